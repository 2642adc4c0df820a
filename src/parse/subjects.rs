//! The names that `<meta>` elements go by, and what each is about.

use crate::types::MetaSource;

/// What one `<meta>` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Headline,
    Description,
    Author,
    Published,
    Modified,
    Section,
    Keywords,
    Keyword,
    Image,
    SiteName,
    Language,
    License,
    Type,
    Canonical,
    Free,
}

/// What a `<meta>` of that lower-case name is about.
pub(super) fn subject_of(name: &str) -> Option<(Subject, MetaSource)> {
    use MetaSource::{DublinCore, MetaTag, Microdata, OpenGraph};
    use Subject as S;
    if let Some(term) =
        name.strip_prefix("dcterms.").or_else(|| name.strip_prefix("dc.")).or_else(|| name.strip_prefix("dc:"))
    {
        let subject = match term {
            "title" => S::Headline,
            "creator" | "author" => S::Author,
            "date" | "issued" | "date.issued" | "created" | "date.created" | "available" | "date.published" => {
                S::Published
            }
            "modified" | "date.modified" => S::Modified,
            "description" | "abstract" => S::Description,
            "subject" => S::Keywords,
            "publisher" => S::SiteName,
            "language" => S::Language,
            "rights" | "license" | "rights.license" => S::License,
            _ => return None,
        };
        return Some((subject, DublinCore));
    }
    let of_graph = graph_subject(name).map(|subject| (subject, OpenGraph));
    let of_item = || item_subject(name).map(|subject| (subject, Microdata));
    of_graph
        .or_else(of_item)
        .or_else(|| named_subject(name).or_else(|| dated_name(name)).map(|subject| (subject, MetaTag)))
}

/// Properties of Open Graph and its `article:` kind (<https://ogp.me>).
fn graph_subject(name: &str) -> Option<Subject> {
    use Subject as S;
    Some(match name {
        "og:title" => S::Headline,
        "og:description" => S::Description,
        "og:site_name" => S::SiteName,
        "og:image" | "og:image:url" | "og:image:secure_url" => S::Image,
        "og:locale" => S::Language,
        "og:type" => S::Type,
        "og:url" => S::Canonical,
        "article:author" | "og:article:author" | "article:author:name" => S::Author,
        "article:published_time"
        | "article:published"
        | "og:published_time"
        | "og:article:published_time"
        | "og:pubdate"
        | "article:publish_time" => S::Published,
        "article:modified_time"
        | "article:modified"
        | "og:updated_time"
        | "og:modified_time"
        | "og:article:modified_time" => S::Modified,
        "article:section" | "og:article:section" => S::Section,
        "article:tag" | "og:article:tag" => S::Keyword,
        "article:content_tier" => S::Free,
        _ => return None,
    })
}

/// Properties of schema.org, set in the head.
fn item_subject(name: &str) -> Option<Subject> {
    use Subject as S;
    Some(match name {
        "headline" => S::Headline,
        "datepublished" => S::Published,
        "datemodified" => S::Modified,
        "articlesection" => S::Section,
        "isaccessibleforfree" => S::Free,
        "inlanguage" => S::Language,
        "license" => S::License,
        _ => return None,
    })
}

/// Names that content systems and analytics use.
fn named_subject(name: &str) -> Option<Subject> {
    use Subject as S;
    Some(match name {
        "twitter:title" | "title" | "citation_title" | "parsely-title" | "sailthru.title" | "cxenseparse:title"
        | "hdl" => S::Headline,
        "description" | "twitter:description" | "sailthru.description" | "abstract" => S::Description,
        "author" | "authors" | "parsely-author" | "sailthru.author" | "citation_author" | "citation_authors"
        | "byl" | "byline" | "article.author" | "article_author" | "cxenseparse:author" | "vr:author" | "rbauthors" => {
            S::Author
        }
        "date"
        | "pubdate"
        | "pub_date"
        | "publishdate"
        | "publish-date"
        | "publish_date"
        | "published"
        | "publication_date"
        | "publication-date"
        | "date_published"
        | "date-published"
        | "parsely-pub-date"
        | "sailthru.date"
        | "citation_publication_date"
        | "citation_date"
        | "citation_online_date"
        | "article.published"
        | "article.created"
        | "article_date_original"
        | "originalpublicationdate"
        | "cxenseparse:publishtime"
        | "cxenseparse:recs:publishtime"
        | "bt:pubdate"
        | "vr:published_time"
        | "shareaholic:article_published_time"
        | "ptime"
        | "displaydate"
        | "created"
        | "creation_date"
        | "article:create"
        | "rnews:datepublished" => S::Published,
        "last-modified"
        | "lastmod"
        | "modified"
        | "revised"
        | "article.updated"
        | "date_modified"
        | "utime"
        | "vr:updated_time"
        | "shareaholic:article_modified_time"
        | "dateupdated" => S::Modified,
        "section" | "parsely-section" | "article.section" | "cxenseparse:section" | "category" => S::Section,
        "keywords" | "news_keywords" | "parsely-tags" | "sailthru.tags" | "citation_keywords" => S::Keywords,
        "twitter:image" | "twitter:image:src" | "parsely-image-url" | "thumbnail" | "image" => S::Image,
        "application-name" | "publisher" | "apple-mobile-web-app-title" | "cre" => S::SiteName,
        "language" => S::Language,
        _ => return None,
    })
}

/// Names of a site's own making that say what date they hold: `published-date`, `w-published-date`, `last_updated_time`.
fn dated_name(name: &str) -> Option<Subject> {
    let holds = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if !holds(&["date", "time", "_at", "-at", "_on", "-on"]) || holds(&["expir", "unpublish", "archive", "event"]) {
        return None;
    }
    if holds(&["modif", "updat"]) {
        return Some(Subject::Modified);
    }
    // The last time that a system published a page is the last time that it built it.
    (holds(&["publish", "publicat"]) && !name.contains("last")).then_some(Subject::Published)
}
