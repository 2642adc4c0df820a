use super::*;
use crate::types::DateValue;

fn meta_of(page: &str) -> Meta {
    let url = Url::parse("https://www.tanndorfer-bote.test/politik/meldung-7.html").unwrap();
    collect(&Dom::parse(page), &url, &ParseLimits::default())
}

fn values<T: Clone>(list: &[Sourced<T>], source: MetaSource) -> Vec<T> {
    list.iter().filter(|entry| entry.source == source).map(|entry| entry.value.clone()).collect()
}

fn isos(list: &[Sourced<DateValue>], source: MetaSource) -> Vec<String> {
    values(list, source).into_iter().map(|date| date.iso).collect()
}

fn names(list: &[Sourced<Author>], source: MetaSource) -> Vec<String> {
    values(list, source).into_iter().map(|author| author.name).collect()
}

#[test]
fn the_head_of_a_page_is_read() {
    let meta = meta_of(
        r#"<html lang="de-DE"><head><title>Neues  Rathaus
        | Tanndorfer Bote</title><base href="/politik/">
        <link rel=canonical href="https://www.tanndorfer-bote.test/politik/meldung-7"><link rel=license href=/lizenz>
        <link rel=alternate type=application/rss+xml href=/feed><link rel=next href="?seite=2">
        <meta property=og:title content="Neues Rat&shy;haus &#8203;"><meta property=og:site_name content="Tanndorfer Bote">
        <meta property=og:type content=article><meta property="article:published_time" content="2024-05-13T08:00:00+02:00">
        <meta property="article:modified_time" content="2024-05-14"><meta property="article:tag" content="Rathaus">
        <meta property="article:section" content="Politik"><meta property=og:image content="/bild.jpg">
        <meta name=author content="Erna M&uuml;hlbauer"><meta name=keywords content="Rathaus, Umbau,,Tanndorf">
        <meta name="DC.creator" content="Erna Mühlbauer"><meta name="DCTERMS.issued" content="2024-05-13">
        <meta name=robots content="NOARCHIVE, max-snippet:-1"><meta name=tdm-reservation content=1>
        <meta name=tdm-policy content="/tdm.json"><meta http-equiv=Refresh content="300; URL='/politik/'"></head>"#,
    );
    assert_eq!(meta.title.as_deref(), Some("Neues Rathaus | Tanndorfer Bote"));
    assert_eq!(meta.base.as_deref(), Some("https://www.tanndorfer-bote.test/politik/"));
    assert_eq!(meta.canonical[0].value, "https://www.tanndorfer-bote.test/politik/meldung-7");
    assert_eq!((meta.licenses[0].value.as_str(), meta.feeds.as_slice()), ("/lizenz", &["/feed".to_owned()][..]));
    assert_eq!(meta.next.as_deref(), Some("?seite=2"));
    assert_eq!(meta.languages[0].value, "de-DE");
    assert_eq!(values(&meta.headlines, MetaSource::OpenGraph), ["Neues Rathaus"]);
    assert_eq!(isos(&meta.published, MetaSource::OpenGraph), ["2024-05-13T08:00:00+02:00"]);
    assert_eq!(isos(&meta.published, MetaSource::DublinCore), ["2024-05-13"]);
    assert_eq!(isos(&meta.modified, MetaSource::OpenGraph), ["2024-05-14"]);
    assert_eq!(names(&meta.authors, MetaSource::MetaTag), ["Erna Mühlbauer"]);
    assert_eq!(values(&meta.keywords, MetaSource::MetaTag), ["Rathaus", "Umbau", "Tanndorf"]);
    assert_eq!(values(&meta.types, MetaSource::OpenGraph), [PageType::Article]);
    assert_eq!(values(&meta.images, MetaSource::OpenGraph)[0].url, "/bild.jpg");
    assert_eq!((meta.robots.noarchive, meta.robots.noindex), (true, false));
    assert_eq!(meta.robots.raw.as_deref(), Some("NOARCHIVE, max-snippet:-1"));
    assert_eq!(meta.tdm, Some((true, Some("/tdm.json".to_owned()))));
    assert_eq!(meta.refresh, Some((300, "/politik/".to_owned())));
}

#[test]
fn microdata_of_the_article_counts_and_of_comments_does_not() {
    let meta = meta_of(
        r#"<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop=headline>Brücke gesperrt</h1>
        <span itemprop=author itemscope itemtype="https://schema.org/Person">von <b itemprop=name>Jost Anders</b>, Reporter</span>
        <time itemprop=datePublished datetime="2023-11-02T07:15">2. November</time>
        <meta itemprop=dateModified content="2023-11-03"><span itemprop=keywords>Brücke, Verkehr</span>
        <div itemprop=comment itemscope itemtype="https://schema.org/Comment"><i itemprop=author>Leserin7</i>
        <time itemprop=datePublished datetime="2023-12-24">Heiligabend</time></div></div>
        <div itemscope itemtype="https://schema.org/NewsArticle"><h3 itemprop=headline>Anderes</h3></div>"#,
    );
    assert_eq!(values(&meta.headlines, MetaSource::Microdata), ["Brücke gesperrt"]);
    assert_eq!(names(&meta.authors, MetaSource::Microdata), ["Jost Anders"]);
    assert_eq!(isos(&meta.published, MetaSource::Microdata), ["2023-11-02T07:15:00"]);
    assert_eq!(isos(&meta.modified, MetaSource::Microdata), ["2023-11-03"]);
    assert_eq!(values(&meta.keywords, MetaSource::Microdata), ["Brücke", "Verkehr"]);
}

#[test]
fn times_are_taken_for_what_stands_around_them() {
    let meta = meta_of(
        r#"<article><time datetime="2022-01-05">5.1.</time><p>Aktualisiert am <time datetime="2022-01-07">7.1.</time></p>
        <time class="entry-date published" datetime="2022-01-06">6.1.</time></article>
        <aside><time datetime="2019-01-01">1.1.</time></aside><div class=related-posts><time datetime="2018-01-01">alt</time></div>"#,
    );
    assert_eq!(isos(&meta.published, MetaSource::TimeElement), ["2022-01-06", "2022-01-05", "2019-01-01"]);
    assert_eq!(isos(&meta.modified, MetaSource::TimeElement), ["2022-01-07"]);
}

#[test]
fn builders_call_everything_a_widget() {
    let meta = meta_of(
        r#"<div class="has-sidebar"><div class="elementor-widget elementor-widget-post-info"><time>February 9th, 2024</time></div></div>
        <div class="widget"><time>March 1, 2020</time></div><meta name="x-published-date" content="2024-02-09T08:00:00Z">
        <meta name="event-date" content="2030-01-01"><meta name="last_updated_time" content="2024-03-01">"#,
    );
    assert_eq!(isos(&meta.published, MetaSource::TimeElement), ["2024-02-09"]);
    assert_eq!(isos(&meta.published, MetaSource::MetaTag), ["2024-02-09T08:00:00Z"]);
    assert_eq!(isos(&meta.modified, MetaSource::MetaTag), ["2024-03-01"]);
}

#[test]
fn class_names_point_to_bylines_and_dates() {
    let meta = meta_of(
        r#"<h1>Markt zieht um</h1><div class="article-byline">Von <a rel=author href=/team/lis>Lis Brandt</a></div>
        <span class="post-date">Veröffentlicht am 3. März 2021, zuletzt aktualisiert: 4. März 2021</span>
        <div class=comments><span class=comment-author>Troll</span><span class=date>1.1.2022</span></div>"#,
    );
    assert_eq!(names(&meta.authors, MetaSource::Markup), ["Lis Brandt"]);
    assert_eq!(isos(&meta.published, MetaSource::Markup), ["2021-03-03"]);
    assert_eq!(isos(&meta.modified, MetaSource::Markup), ["2021-03-04"]);
    assert_eq!(values(&meta.headlines, MetaSource::Markup), ["Markt zieht um"]);
}

#[test]
fn json_ld_stands_before_the_other_sources() {
    let meta = meta_of(
        r#"<meta property=og:title content="Kurz | Bote"><script type="application/ld+json">
        {"@type":"NewsArticle","headline":"Lang &amp; breit","isAccessibleForFree":"False","datePublished":"2020-06-15"}
        </script>"#,
    );
    assert_eq!(meta.headlines[0], Sourced::new("Lang & breit".to_owned(), MetaSource::JsonLd));
    assert_eq!(meta.is_accessible_for_free, Some(false));
    assert_eq!(isos(&meta.published, MetaSource::JsonLd), ["2020-06-15"]);
}

#[test]
fn robots_directives_are_gathered() {
    let mut robots = RobotsDirectives::default();
    read_robots("index, NoFollow", &mut robots);
    read_robots("none, noai", &mut robots);
    assert_eq!((robots.noindex, robots.nofollow, robots.noarchive, robots.noai), (true, true, false, true));
    assert_eq!(robots.raw.as_deref(), Some("index, NoFollow, none, noai"));
}

#[test]
fn a_script_that_is_too_long_is_not_read() {
    let page = format!(
        "<script type=application/ld+json>{{\"@type\":\"Article\",\"headline\":\"x\",\"articleBody\":\"{}\"}}</script>",
        "y".repeat(5000)
    );
    let url = Url::parse("https://tanndorf.test/").unwrap();
    let limits = ParseLimits { json_ld_bytes: 1000, ..ParseLimits::default() };
    assert!(collect(&Dom::parse(&page), &url, &limits).headlines.is_empty());
    assert!(!collect(&Dom::parse(&page), &url, &ParseLimits::default()).headlines.is_empty());
}

#[test]
fn a_card_names_the_author_where_nothing_else_in_the_head_does() {
    let card = |label: &str| {
        format!(
            r#"<meta name="twitter:label1" content="{label}"><meta name="twitter:data1" content="Erna Mühlbauer">
            <meta name="twitter:label2" content="Lesezeit"><meta name="twitter:data2" content="4 Minuten">"#
        )
    };
    assert_eq!(names(&meta_of(&card("Written by")).authors, MetaSource::MetaTag), ["Erna Mühlbauer"]);
    assert_eq!(names(&meta_of(&card("Verfasst von")).authors, MetaSource::MetaTag), ["Erna Mühlbauer"]);
    assert!(meta_of(&card("Price")).authors.is_empty());
    let both = format!(r#"{}<meta name=author content="Ida Voss">"#, card("Written by"));
    assert_eq!(names(&meta_of(&both).authors, MetaSource::MetaTag), ["Ida Voss"]);
}

#[test]
fn class_names_of_pictures_and_buttons_name_no_author() {
    let of = |class: &str| {
        let page = format!(r#"<div class="{class}">Ida Voss</div>"#);
        names(&meta_of(&page).authors, MetaSource::Markup)
    };
    assert_eq!(of("article-author"), ["Ida Voss"]);
    assert_eq!(of("is-follow author-name"), ["Ida Voss"]);
    assert!(of("bildautor").is_empty() && of("followAuthorBtn").is_empty() && of("comment-author").is_empty());
}
