//! JSON-LD (<https://www.w3.org/TR/json-ld11/>, vocabulary of <https://schema.org>) → [`Meta`].
//!
//! Read as pages really write it: in comments or CDATA marks, with trailing commas and raw line ends in strings, several
//! values in one script. Only the node of the page's own article is used: the one whose address is the page's, else the
//! first at the top level; a list of other articles is none. References by `@id` are followed once.

use serde_json::{Map, Value};
use url::Url;

use super::dates::parse_date;
use super::entities::decode;
use crate::types::{Author, AuthorKind, Meta, MetaImage, MetaSource, PageType, Sourced};

/// Nodes looked at on one page.
const NODES: usize = 4096;
/// Bytes of `articleBody` that are kept.
const BODY: usize = 2 * 1024 * 1024;
/// Descriptions of one article that are read.
const MIRRORS: usize = 4;
/// Entries of a list that are read.
const LIST: usize = 100;

type Node = Map<String, Value>;

/// Reads a script's text. None where it is no JSON even after mending.
pub(super) fn read(script: &str) -> Vec<Value> {
    let script = unwrap_marks(script);
    let values = read_all(script);
    if !values.is_empty() || script.is_empty() {
        return values;
    }
    read_all(&mend(script))
}

fn read_all(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text).into_iter::<Value>().take(64).map_while(Result::ok).collect()
}

/// Takes comment and CDATA marks and a last semicolon off.
fn unwrap_marks(mut text: &str) -> &str {
    loop {
        let before = text;
        text = text.trim();
        for start in
            ["<!--", "<![CDATA[", "//<![CDATA[", "/*<![CDATA[*/", "/* <![CDATA[ */", "// <![CDATA[", "\u{feff}"]
        {
            text = text.strip_prefix(start).unwrap_or(text);
        }
        for end in ["-->", "]]>", "//]]>", "/*]]>*/", "/* ]]> */", "// ]]>", "//-->", "//", ";"] {
            text = text.strip_suffix(end).unwrap_or(text);
        }
        if text.len() == before.len() {
            return text;
        }
    }
}

/// Mends what parsers of other languages let pass: raw controls and broken escapes in strings, trailing commas, comments.
fn mend(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        if in_string {
            match c {
                '"' => {
                    in_string = false;
                    mended.push(c);
                }
                '\\' => match chars.next() {
                    Some(next @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) => mended.extend(['\\', next]),
                    Some(next) if !next.is_control() => mended.push(next),
                    _ => mended.push(' '),
                },
                c if c.is_control() => mended.push(' '),
                c => mended.push(c),
            }
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                mended.push(c);
            }
            ',' => {
                while chars.next_if(|next| next.is_whitespace() || *next == ',').is_some() {}
                if !matches!(chars.peek(), Some('}' | ']') | None) {
                    mended.push(c);
                }
            }
            '/' if chars.peek() == Some(&'*') => {
                let mut star = false;
                chars.next();
                for next in chars.by_ref() {
                    if star && next == '/' {
                        break;
                    }
                    star = next == '*';
                }
            }
            c if c.is_control() => mended.push(' '),
            c => mended.push(c),
        }
    }
    mended
}

/// The nodes of a page's JSON-LD, and what they say about the page's article.
pub(super) struct Graph<'a> {
    nodes: Vec<&'a Node>,
    /// Where the nodes of each script end: a list of articles is one within a script, references go across.
    ends: Vec<usize>,
}

impl<'a> Graph<'a> {
    /// Gathers the nodes of a page's scripts: those at the top level, in `@graph`, and those that a page says it is about.
    pub(super) fn of(scripts: &'a [Vec<Value>]) -> Self {
        let mut graph = Self { nodes: Vec::new(), ends: Vec::new() };
        for values in scripts {
            let mut open: Vec<&Value> = values.iter().rev().collect();
            while let Some(value) = open.pop() {
                if graph.nodes.len() >= NODES {
                    break;
                }
                match value {
                    Value::Array(list) => open.extend(list.iter().take(NODES).rev()),
                    Value::Object(node) => {
                        graph.nodes.push(node);
                        let inner = ["mainEntityOfPage", "mainEntity", "@graph"];
                        open.extend(
                            inner.iter().filter_map(|name| node.get(*name)).filter(|v| v.is_object() || v.is_array()),
                        );
                    }
                    _ => {}
                }
            }
            graph.ends.push(graph.nodes.len());
        }
        graph
    }

    /// Adds what the page's article says. `addresses` are those of the page, canonical ones included.
    pub(super) fn fill(&self, addresses: &[Url], meta: &mut Meta) {
        for kind in self.nodes.iter().flat_map(|node| types(node)).filter_map(page_type) {
            meta.types.push(Sourced::new(kind, MetaSource::JsonLd));
        }
        let articles = self.articles(addresses);
        let article = articles.first().copied();
        for (at, article) in articles.into_iter().enumerate() {
            if at == 0 {
                self.fill_article(article, meta);
            } else {
                let mut more = Meta::default();
                self.fill_article(article, &mut more);
                complete(meta, more);
            }
        }
        for page in self.nodes.iter().filter(|node| has_type(node, |t| t == "WebPage" || t == "ItemPage")) {
            if article.is_none() {
                push_date(page, &["datePublished"], &mut meta.published);
                push_date(page, &["dateModified"], &mut meta.modified);
                push_all(self.names(page.get("author")), &mut meta.authors);
            }
            push_all(strings(page.get("inLanguage")), &mut meta.languages);
            push_all(strings(page.get("license")), &mut meta.licenses);
        }
        for site in self.nodes.iter().filter(|node| has_type(node, |t| t == "WebSite" || is_organisation(t))) {
            push_all(strings(site.get("name")), &mut meta.site_names);
        }
        for trail in self.nodes.iter().filter(|node| has_type(node, |t| t == "BreadcrumbList")).take(1) {
            let headline = article.and_then(|article| string(article, "headline"));
            push_all(self.section_of(trail, addresses, headline.as_deref()), &mut meta.sections);
        }
    }

    /// The nodes of the page's own article, one a script at most; those that give the page's address come first.
    fn articles(&self, addresses: &[Url]) -> Vec<&'a Node> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let scripts = starts.zip(&self.ends).filter_map(|(start, &end)| self.nodes.get(start..end));
        let mut articles: Vec<(bool, &'a Node)> =
            scripts.filter_map(|nodes| article(nodes, addresses)).take(MIRRORS).collect();
        articles.sort_by_key(|(own, _)| !own);
        articles.into_iter().map(|(_, node)| node).collect()
    }

    fn fill_article(&self, article: &'a Node, meta: &mut Meta) {
        let source = MetaSource::JsonLd;
        push_all(string(article, "headline").or_else(|| string(article, "name")), &mut meta.headlines);
        push_all(string(article, "alternativeHeadline"), &mut meta.headlines);
        push_all(string(article, "description"), &mut meta.descriptions);
        push_date(article, &["datePublished", "dateCreated", "uploadDate"], &mut meta.published);
        push_date(article, &["dateModified"], &mut meta.modified);
        let authors = self.names(article.get("author"));
        let authors = if authors.is_empty() { self.names(article.get("creator")) } else { authors };
        push_all(authors, &mut meta.authors);
        push_all(strings(article.get("articleSection")), &mut meta.sections);
        for keywords in strings(article.get("keywords")) {
            push_all(split_keywords(&keywords), &mut meta.keywords);
        }
        for key in ["image", "thumbnailUrl"] {
            if !meta.images.iter().any(|image| image.source == source) {
                push_all(self.images(article.get(key)), &mut meta.images);
            }
        }
        push_all(self.names(article.get("publisher")).into_iter().map(|author| author.name), &mut meta.site_names);
        push_all(strings(article.get("license")), &mut meta.licenses);
        push_all(strings(article.get("inLanguage")), &mut meta.languages);
        if let Some(free) = article.get("isAccessibleForFree").and_then(truth) {
            meta.is_accessible_for_free.get_or_insert(free);
        }
        if let Some(body) = article.get("articleBody").or_else(|| article.get("text")).and_then(Value::as_str)
            && body.len() <= BODY
            && !body.trim().is_empty()
        {
            meta.article_body.get_or_insert_with(|| decode(body));
        }
    }

    fn resolve(&self, value: &'a Value) -> Option<&'a Node> {
        let node = value.as_object()?;
        let id = node.get("@id").and_then(Value::as_str);
        match id {
            Some(id) if !node.contains_key("name") => self
                .nodes
                .iter()
                .copied()
                .find(|other| other.contains_key("name") && other.get("@id").and_then(Value::as_str) == Some(id)),
            _ => Some(node),
        }
    }

    /// People and organisations of a property.
    fn names(&self, value: Option<&'a Value>) -> Vec<Author> {
        let mut authors = Vec::new();
        for value in list(value) {
            match value {
                Value::String(name) => authors.push(Author { name: clean(name), kind: AuthorKind::Person }),
                Value::Object(_) => {
                    let Some(node) = self.resolve(value) else { continue };
                    let organisation = has_type(node, is_organisation);
                    let kind = if organisation { AuthorKind::Organisation } else { AuthorKind::Person };
                    let mut names = strings(node.get("name"));
                    if names.is_empty()
                        && let (Some(given), Some(family)) = (string(node, "givenName"), string(node, "familyName"))
                    {
                        names.push(format!("{given} {family}"));
                    }
                    authors.extend(names.into_iter().map(|name| Author { name, kind }));
                }
                _ => {}
            }
        }
        authors.retain(|author| !author.name.is_empty());
        authors
    }

    fn images(&self, value: Option<&'a Value>) -> Vec<MetaImage> {
        let image = |value: &'a Value| match value {
            Value::String(url) => Some(MetaImage { url: clean(url), ..MetaImage::default() }),
            Value::Object(node) => {
                let known = node.get("url").or_else(|| node.get("contentUrl")).is_some();
                let id = node.get("@id").and_then(Value::as_str);
                let other = id.and_then(|id| {
                    let same = |other: &&&Node| {
                        other.get("@id").and_then(Value::as_str) == Some(id) && !std::ptr::eq(**other, node)
                    };
                    self.nodes.iter().find(same).copied()
                });
                let node = if known { node } else { other.unwrap_or(node) };
                let url = strings(node.get("url").or_else(|| node.get("contentUrl")));
                let credit = ["creditText", "creator", "author", "copyrightHolder"]
                    .iter()
                    .find_map(|key| self.names(node.get(*key)).into_iter().next());
                Some(MetaImage {
                    url: url.into_iter().next()?,
                    caption: string(node, "caption").or_else(|| string(node, "description")),
                    credit: credit.map(|credit| credit.name),
                })
            }
            _ => None,
        };
        list(value).filter_map(image).filter(|image| !image.url.is_empty()).collect()
    }

    /// The section that a trail of breadcrumbs leads to: its last step before the page itself.
    fn section_of(&self, trail: &'a Node, addresses: &[Url], headline: Option<&str>) -> Option<String> {
        let mut steps: Vec<(String, Option<String>)> = Vec::new();
        for step in list(trail.get("itemListElement")).filter_map(Value::as_object) {
            let item = step.get("item");
            let node = item.and_then(Value::as_object);
            let name = string(step, "name").or_else(|| node.and_then(|node| string(node, "name")));
            let url = item.and_then(Value::as_str).map(str::to_owned).or_else(|| {
                node.and_then(|node| node.get("@id").or_else(|| node.get("url")))
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            });
            steps.extend(name.map(|name| (name, url)));
        }
        let is_page = |(name, url): &(String, Option<String>)| {
            headline.is_some_and(|headline| headline.eq_ignore_ascii_case(name))
                || url.as_deref().is_some_and(|url| addresses.iter().any(|address| is_same_page(url, address)))
        };
        let count = steps.len();
        if steps.last().is_some_and(|last| is_page(last) || (last.1.is_none() && count > 2)) {
            steps.pop();
        }
        let home = |url: &Option<String>| {
            url.as_deref()
                .and_then(|url| Url::parse(url).ok())
                .is_some_and(|url| url.path() == "/" && url.query().is_none())
        };
        steps.into_iter().skip(1).rfind(|(_, url)| !home(url)).map(|(name, _)| name)
    }
}

/// The node of the page's own article among those of one script, and whether it gives the page's address.
fn article<'a>(nodes: &[&'a Node], addresses: &[Url]) -> Option<(bool, &'a Node)> {
    let of_rank = |rank: u8| nodes.iter().copied().filter(move |node| article_rank(node) == Some(rank));
    let is_titled = |node: &&Node| node.contains_key("headline") || node.contains_key("name");
    for rank in 0..3 {
        let own = of_rank(rank).find(|node| {
            let own = node_addresses(node);
            own.iter().any(|own| addresses.iter().any(|address| is_same_page(own, address)))
        });
        if let Some(own) = own {
            return Some((true, own));
        }
        // Three and more articles of which none is the page are a list of others.
        let count = of_rank(rank).filter(is_titled).count();
        if (1..3).contains(&count) || (count > 0 && rank > 0) {
            return of_rank(rank).find(is_titled).map(|node| (false, node));
        }
    }
    None
}

/// Adds what a second description of the article says where the first says nothing.
fn complete(meta: &mut Meta, more: Meta) {
    fn fill<T>(to: &mut Vec<Sourced<T>>, more: Vec<Sourced<T>>) {
        if to.is_empty() {
            *to = more;
        }
    }
    meta.headlines.extend(more.headlines);
    meta.languages.extend(more.languages);
    meta.site_names.extend(more.site_names);
    fill(&mut meta.descriptions, more.descriptions);
    fill(&mut meta.published, more.published);
    fill(&mut meta.modified, more.modified);
    fill(&mut meta.authors, more.authors);
    fill(&mut meta.sections, more.sections);
    fill(&mut meta.keywords, more.keywords);
    fill(&mut meta.images, more.images);
    fill(&mut meta.licenses, more.licenses);
    meta.is_accessible_for_free = meta.is_accessible_for_free.or(more.is_accessible_for_free);
    meta.article_body = meta.article_body.take().or(more.article_body);
}

/// How well a type says that a node is an article; smaller is better.
fn article_rank(node: &Node) -> Option<u8> {
    types(node)
        .filter_map(|name| match name {
            "BlogPosting" | "LiveBlogPosting" | "Report" => Some(0),
            name if name.ends_with("Article") => Some(0),
            "Recipe" | "HowTo" | "Review" | "CriticReview" | "TechArticle" | "AnalysisNewsArticle" => Some(1),
            "VideoObject"
            | "PodcastEpisode"
            | "NewsMediaObject"
            | "SocialMediaPosting"
            | "DiscussionForumPosting"
            | "CreativeWork"
            | "Course"
            | "Event"
            | "Product" => Some(2),
            _ => None,
        })
        .min()
}

fn page_type(name: &str) -> Option<PageType> {
    match name {
        "BlogPosting" | "LiveBlogPosting" | "Report" | "ReportageNewsArticle" => Some(PageType::Article),
        name if name.ends_with("Article") => Some(PageType::Article),
        "CollectionPage" | "SearchResultsPage" | "ItemList" | "Blog" => Some(PageType::Listing),
        "Product"
        | "ProductGroup"
        | "DiscussionForumPosting"
        | "QAPage"
        | "FAQPage"
        | "ContactPage"
        | "Service"
        | "SoftwareApplication"
        | "APIReference" => Some(PageType::Other),
        _ => None,
    }
}

fn is_organisation(name: &str) -> bool {
    name.ends_with("Organization") || matches!(name, "Corporation" | "LocalBusiness" | "Brand" | "NewsAgency")
}

/// The types of a node, without the vocabulary's address.
fn types(node: &Node) -> impl Iterator<Item = &str> {
    list(node.get("@type")).filter_map(Value::as_str).map(|name| name.rsplit(['/', '#', ':']).next().unwrap_or(name))
}

fn has_type(node: &Node, test: impl Fn(&str) -> bool) -> bool {
    types(node).any(test)
}

/// The addresses that a node gives as its own.
fn node_addresses(node: &Node) -> Vec<String> {
    let mut addresses = Vec::new();
    for key in ["url", "@id", "mainEntityOfPage"] {
        match node.get(key) {
            Some(Value::String(url)) => addresses.push(url.clone()),
            Some(Value::Object(page)) => {
                addresses.extend(["@id", "url"].iter().filter_map(|key| page.get(*key)?.as_str().map(str::to_owned)));
            }
            _ => {}
        }
    }
    addresses
}

/// Whether two addresses mean one page: scheme, `www.`, query and fragment aside.
fn is_same_page(written: &str, page: &Url) -> bool {
    let Ok(url) = page.join(written.trim()) else { return false };
    let host = |url: &Url| url.host_str().map(|host| host.trim_start_matches("www.").to_owned());
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    host(&url) == host(page) && path(&url) == path(page) && !(written.trim_start().starts_with('#'))
}

/// A value as a list: an array's entries, or the value itself.
fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (one, many) = match value {
        Some(Value::Array(list)) => (None, Some(list)),
        other => (other, None),
    };
    one.into_iter().chain(many.into_iter().flatten()).take(LIST)
}

/// The strings of a value: itself, its entries, or the names of its objects.
fn strings(value: Option<&Value>) -> Vec<String> {
    list(value)
        .filter_map(|value| match value {
            Value::String(text) => Some(text.as_str()),
            Value::Object(node) => {
                ["name", "@value", "alternateName", "url", "@id"].iter().find_map(|key| node.get(*key)?.as_str())
            }
            _ => None,
        })
        .map(clean)
        .filter(|text| !text.is_empty())
        .collect()
}

fn string(node: &Node, key: &str) -> Option<String> {
    strings(node.get(key)).into_iter().next()
}

fn clean(text: &str) -> String {
    super::meta::collapse(&decode(text))
}

/// Keywords of one string: between commas, or semicolons where there is no comma.
pub(super) fn split_keywords(text: &str) -> Vec<String> {
    let separator = [',', ';', '|'].into_iter().find(|separator| text.contains(*separator)).unwrap_or(',');
    text.split(separator)
        .map(str::trim)
        .filter(|word| !word.is_empty() && word.len() < 200)
        .map(str::to_owned)
        .collect()
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => super::meta::truth(text),
        _ => None,
    }
}

fn push_all<T>(values: impl IntoIterator<Item = T>, to: &mut Vec<Sourced<T>>) {
    to.extend(values.into_iter().map(|value| Sourced::new(value, MetaSource::JsonLd)));
}

fn push_date(node: &Node, keys: &[&str], to: &mut Vec<Sourced<crate::types::DateValue>>) {
    let date = keys.iter().find_map(|key| match node.get(*key)? {
        Value::String(text) => parse_date(text),
        Value::Number(number) => parse_date(&number.to_string()),
        Value::Array(dates) => dates.first().and_then(Value::as_str).and_then(parse_date),
        _ => None,
    });
    push_all(date, to);
}

#[cfg(test)]
#[path = "jsonld_tests.rs"]
mod tests;
