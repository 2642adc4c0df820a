//! What feeds, sitemaps, lists and pages add to the frontier.

use std::io::Write;

use auslese::parse::{ParseLimits, parse};
use auslese::site::{Site, Sites, UrlKind};
use auslese::source::{Context, Discovery, Format, MAX_LINKS, SourceError, discover, sniff};
use auslese::types::{Fetched, Origin, SkipReason, Via};
use jiff::Timestamp;
use url::Url;

fn url(address: &str) -> Url {
    Url::parse(address).unwrap()
}

fn now() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn fetched(address: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Fetched {
    Fetched {
        requested: url(address),
        final_url: url(address),
        hops: Vec::new(),
        status: 200,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: body.into(),
        fetched_at: now(),
        origin: Origin::Http,
        via: Via::Seed,
    }
}

fn site() -> Site {
    Sites::embedded().unwrap().for_url(&url("https://blatt.test/"))
}

fn context(site: &Site, kind: UrlKind) -> Context<'_> {
    Context { site, kind, depth: 1, nofollow: false, now: now() }
}

fn source(kind: UrlKind, body: impl Into<Vec<u8>>) -> Result<Discovery, SourceError> {
    let site = site();
    discover(&fetched("https://blatt.test/quelle.xml", "application/xml", body), None, &context(&site, kind))
}

fn feed(body: &str) -> Discovery {
    source(UrlKind::Feed, body).unwrap()
}

fn sitemap(body: impl Into<Vec<u8>>) -> Discovery {
    source(UrlKind::Sitemap, body).unwrap()
}

fn page_of(site: &Site, kind: UrlKind, address: &str, html: &str) -> Discovery {
    let fetched = fetched(address, "text/html; charset=utf-8", html);
    let page = parse(&fetched, &ParseLimits::default()).unwrap();
    discover(&fetched, Some(&page), &context(site, kind)).unwrap()
}

fn page(kind: UrlKind, html: &str) -> Discovery {
    page_of(&site(), kind, "https://blatt.test/liste/", html)
}

fn addresses(found: &Discovery) -> Vec<&str> {
    found.candidates.iter().map(|candidate| candidate.url.as_str()).collect()
}

fn refused(found: &Discovery) -> Vec<(&str, SkipReason)> {
    found.refused.iter().map(|refused| (refused.address.as_str(), refused.reason)).collect()
}

fn dates(found: &Discovery) -> Vec<Option<String>> {
    found.candidates.iter().map(|candidate| candidate.lastmod.map(|date| date.to_string())).collect()
}

const RSS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Blatt</title><link>https://blatt.test/</link>
<atom:link rel="self" href="https://blatt.test/feed"/>
<item><title>Eins</title><link> https://blatt.test/eins?utm_source=rss&amp;a=1 </link><guid>https://blatt.test/?p=1</guid>
  <pubDate>Mon, 15 Jun 2020 08:00:00 +0200</pubDate><description><![CDATA[<a href="/nicht">x</a>]]></description></item>
<item><title>Zwei</title><guid isPermaLink="true">https://blatt.test/zwei</guid><dc:date>2020-06-14</dc:date></item>
<item><title>Drei</title><guid isPermaLink="false">https://blatt.test/?p=3</guid></item>
<item><title>Vier</title><link>https://anderswo.test/vier</link></item>
<item><title>Eins noch einmal</title><link>https://blatt.test/eins?a=1</link></item>
<item><title>Bild</title><link>/bild.jpg</link><image><link>https://blatt.test/auch-nicht</link></image></item>
</channel></rss>"#;

#[test]
fn rss() {
    let found = feed(RSS);
    assert_eq!(found.format, Format::Feed);
    assert_eq!(addresses(&found), ["https://blatt.test/eins?a=1", "https://blatt.test/zwei"]);
    assert_eq!(dates(&found), [Some("2020-06-15T06:00:00Z".to_owned()), Some("2020-06-14T00:00:00Z".to_owned())]);
    assert_eq!(
        refused(&found),
        [
            ("(entry without a link) Drei", SkipReason::InvalidUrl),
            ("https://anderswo.test/vier", SkipReason::OffSite),
            ("https://blatt.test/bild.jpg", SkipReason::FileType),
        ]
    );
    assert_eq!((found.repeated, found.omitted, found.warnings.len()), (1, 0, 0));
    for candidate in &found.candidates {
        assert_eq!((candidate.via, candidate.depth), (Via::Feed, 2));
        assert_eq!(candidate.referrer, Some(url("https://blatt.test/quelle.xml")));
    }
}

#[test]
fn older_and_odder_rss() {
    for (version, body) in [
        ("0.91", r#"<rss version="0.91"><channel><item><link>https://blatt.test/a</link></item></channel></rss>"#),
        ("none", r#"<rss><channel><item><link>https://blatt.test/a</link></item></channel></rss>"#),
        (
            "2.01",
            r#"<!-- x --><!DOCTYPE rss [<!ENTITY e "x">]><rss version="2.01"><item><link>https://blatt.test/a</link></item></rss>"#,
        ),
        (
            "1.0",
            r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><items/>
            </channel><item rdf:about="https://blatt.test/b"><link>https://blatt.test/a</link></item></rdf:RDF>"#,
        ),
        (
            "0.9",
            r#"<rdf:RDF xmlns:rdf="x" xmlns="http://my.netscape.com/rdf/simple/0.9/"><item rdf:about="https://blatt.test/a"/></rdf:RDF>"#,
        ),
        (
            "burned",
            r#"<rss><item><link>https://zaehler.test/1</link><feedburner:origLink>https://blatt.test/a</feedburner:origLink></item></rss>"#,
        ),
        (
            "amp",
            r#"<rss><item><link>https://blatt.test/a?utm_source=x&utm_medium=y</link><title>A & B &nbsp; &eigen;</title></item></rss>"#,
        ),
    ] {
        let found = feed(body);
        assert_eq!(addresses(&found), ["https://blatt.test/a"], "{version}");
        assert_eq!(found.warnings, Vec::<String>::new(), "{version}");
    }
}

#[test]
fn atom() {
    let found = feed(
        r#"<?xml version="1.0"?><a:feed xmlns:a="http://www.w3.org/2005/Atom" xml:base="https://blatt.test/tief/">
        <a:link rel="next" href="?seite=2"/><a:updated>2021-01-01T00:00:00Z</a:updated>
        <a:entry><a:id>tag:blatt.test,2020:1</a:id><a:link rel="edit" href="/falsch"/><a:link rel="alternate" type="application/json" href="json"/>
          <a:link href="eins"/><a:published>2020-06-15T08:00:00Z</a:published><a:updated>2020-07-01T00:00:00Z</a:updated>
          <a:source><a:link href="/fremd"/><a:updated>1999-01-01T00:00:00Z</a:updated></a:source></a:entry>
        <a:entry xml:base="/anders/"><a:link rel="alternate" type="text/html" href="zwei"/><a:updated>2020-07-01</a:updated></a:entry>
        <a:entry><a:id>https://blatt.test/drei</a:id></a:entry></a:feed>"#,
    );
    assert_eq!(
        addresses(&found),
        [
            "https://blatt.test/tief/?seite=2",
            "https://blatt.test/tief/eins",
            "https://blatt.test/anders/zwei",
            "https://blatt.test/drei"
        ]
    );
    assert_eq!(found.kinds, [UrlKind::Feed, UrlKind::Page, UrlKind::Page, UrlKind::Page]);
    assert_eq!(found.candidates[0].via, Via::Pagination);
    assert_eq!(dates(&found)[1..], [Some("2020-06-15T08:00:00Z".into()), Some("2020-07-01T00:00:00Z".into()), None]);
}

#[test]
fn json_feed() {
    let found = feed(
        "\u{feff}{\"version\": \"https://jsonfeed.org/version/1.1\", \"next_url\": \"https://blatt.test/feed2.json\", \"items\": [
        {\"id\": 7, \"url\": \"/eins\", \"date_published\": \"2020-06-15T08:00:00+02:00\"}, {\"id\": \"https://blatt.test/zwei\"}, {\"id\": \"3\"}]}",
    );
    assert_eq!(
        addresses(&found),
        ["https://blatt.test/eins", "https://blatt.test/zwei", "https://blatt.test/feed2.json"]
    );
    assert_eq!(refused(&found), [("(entry without a link) ", SkipReason::InvalidUrl)]);
    let error = source(UrlKind::Feed, "{\"version\": \"https://jsonfeed.org/version/1\",\n \"items\": [}").unwrap_err();
    assert!(error.to_string().starts_with("malformed JSON feed, line 2, column 12"), "{error}");
}

#[test]
fn broken_feeds_give_what_can_be_read_and_the_place() {
    let cut = &RSS[..RSS.find("Drei").unwrap()];
    let found = feed(cut);
    assert_eq!(addresses(&found).len(), 2);
    assert_eq!(
        found.warnings,
        ["malformed feed, line 8, column 14: the document ends within <title>; 2 entries were read"]
    );

    let found = feed(
        "<rss>\n<item><link>https://blatt.test/a</link><description>Nur <b>halb<br> fertig</description></item>\n</rss>",
    );
    assert_eq!(addresses(&found), ["https://blatt.test/a"]);
    assert_eq!(
        found.warnings,
        ["malformed feed, line 2, column 75: </description> stands where <br> is open; 1 entries were read"]
    );

    let error = source(UrlKind::Feed, "<rss>\n<channel>\n <item><link>https://blatt.test/a</li").unwrap_err();
    assert!(matches!(error, SourceError::Malformed { line: 3, .. }), "{error}");
}

#[test]
fn what_is_no_feed_is_named() {
    let html = "<!doctype html><html><head><title>Seite &amp; mehr</title></head><body>Nicht gefunden</body></html>";
    let error = source(UrlKind::Feed, html).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a feed, but the answer is an HTML page (\"Seite & mehr\"): open the address in a browser and correct it"
    );
    let error = source(UrlKind::Sitemap, " \n").unwrap_err();
    assert_eq!(error.to_string(), "the sitemap is empty");
    let error = source(UrlKind::Sitemap, "Wartungsarbeiten bis 18 Uhr").unwrap_err();
    assert_eq!(error.to_string(), "expected a sitemap, but the answer begins with `Wartungsarbeiten bis 18 Uhr`");
}

#[test]
fn external_and_growing_entities_are_not_read() {
    let found = feed(
        r#"<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY a "https://blatt.test/b"><!ENTITY b "&a;&a;&a;">]>
        <rss><item><link>https://blatt.test/&x;&b;</link></item></rss>"#,
    );
    assert_eq!(addresses(&found), ["https://blatt.test/&x;&b;"]);
}

#[test]
fn feeds_in_old_encodings() {
    let mut body =
        b"<?xml version='1.0' encoding='ISO-8859-1'?><rss><item><link>https://blatt.test/m\xfcll</link></item></rss>"
            .to_vec();
    assert_eq!(addresses(&source(UrlKind::Feed, body.clone()).unwrap()), ["https://blatt.test/m%C3%BCll"]);
    // Declared as UTF-8, and yet Latin-1.
    let at = body.windows(10).position(|window| window == b"ISO-8859-1").unwrap();
    body.splice(at..at + 10, *b"UTF-8");
    assert_eq!(addresses(&source(UrlKind::Feed, body).unwrap()), ["https://blatt.test/m%C3%BCll"]);
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain("<rss><item><link>https://blatt.test/a</link></item></rss>".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(addresses(&source(UrlKind::Feed, wide).unwrap()), ["https://blatt.test/a"]);
}

#[test]
fn sitemaps() {
    let body = r#"<?xml version="1.0" encoding="UTF-8"?>
        <sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
          xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
        <sm:url><sm:loc>https://blatt.test/eins?a=1&amp;b=2</sm:loc><sm:lastmod>2026-02-28</sm:lastmod>
          <image:image><image:loc>https://blatt.test/bild</image:loc></image:image></sm:url>
        <sm:url><sm:loc> https://blatt.test/zwei </sm:loc>
          <news:news><news:publication_date>2020-06-15T08:00+02:00</news:publication_date></news:news></sm:url>
        <sm:url><sm:loc>https://anderswo.test/</sm:loc></sm:url><sm:url><sm:lastmod>2020</sm:lastmod></sm:url></sm:urlset>"#;
    let found = sitemap(body);
    assert_eq!(found.format, Format::Sitemap);
    assert_eq!(addresses(&found), ["https://blatt.test/eins?a=1&b=2", "https://blatt.test/zwei"]);
    assert_eq!(dates(&found), [Some("2026-02-28T00:00:00Z".into()), Some("2020-06-15T06:00:00Z".into())]);
    assert_eq!(
        refused(&found),
        [("https://anderswo.test/", SkipReason::OffSite), ("(entry without <loc>)", SkipReason::InvalidUrl)]
    );
    assert!(found.candidates[0].priority > found.candidates[1].priority, "the newer is fetched first");

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(body.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    assert_eq!(addresses(&sitemap(gzip.clone())), addresses(&found));
    let cut = sitemap(&gzip[..gzip.len() - 40]);
    assert_eq!(addresses(&cut)[0], "https://blatt.test/eins?a=1&b=2");
    assert!(cut.warnings[0].starts_with("damaged gzip data after "), "{:?}", cut.warnings);
    assert!(matches!(
        source(UrlKind::Sitemap, &gzip[..10]),
        Err(SourceError::Gzip { .. } | SourceError::Unknown { .. })
    ));
}

#[test]
fn sitemap_indexes_and_plain_lists() {
    let found = sitemap(
        "<sitemapindex><sitemap><loc>https://blatt.test/teil?nr=1</loc><lastmod>2020-01-01</lastmod></sitemap>
         <sitemap><loc>https://anderswo.test/sitemap.xml</loc></sitemap></sitemapindex>",
    );
    assert_eq!((addresses(&found), &found.kinds[..]), (vec!["https://blatt.test/teil?nr=1"], &[UrlKind::Sitemap][..]));
    assert_eq!(refused(&found), [("https://anderswo.test/sitemap.xml", SkipReason::OffSite)]);

    let found = sitemap("\u{feff}https://blatt.test/a\r\nhttps://blatt.test/b\n\nkeine Adresse\n/pfad\n");
    assert_eq!(addresses(&found), ["https://blatt.test/a", "https://blatt.test/b"]);
    assert_eq!(refused(&found), [("keine Adresse", SkipReason::InvalidUrl), ("/pfad", SkipReason::InvalidUrl)]);
}

#[test]
fn a_feed_may_stand_where_a_sitemap_is_expected() {
    assert_eq!(sitemap(RSS).format, Format::Feed);
}

#[test]
fn sitemaps_are_bounded() {
    let mut body = String::from("<urlset>");
    for n in 0..50_010 {
        body.push_str(&format!("<url><loc>https://blatt.test/{n}</loc></url>"));
    }
    let found = sitemap(body);
    assert_eq!((found.candidates.len(), found.omitted), (50_000, 10));

    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let block = [b' '; 1 << 20];
    bomb.write_all(b"<urlset>").unwrap();
    for _ in 0..51 {
        bomb.write_all(&block).unwrap();
    }
    let error = source(UrlKind::Sitemap, bomb.finish().unwrap()).unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { limit: 52_428_800 }), "{error}");
}

#[test]
fn deep_documents_end_with_a_word() {
    let error = source(UrlKind::Sitemap, format!("<urlset>{}", "<a>".repeat(100_000))).unwrap_err();
    assert!(error.to_string().contains("nested deeper than 512"), "{error}");
    let feed = format!("<rss><item><link>https://blatt.test/a</link></item>{}", "<a>".repeat(100_000));
    assert_eq!(source(UrlKind::Feed, feed).unwrap().candidates.len(), 1);
}

#[test]
fn links_of_a_page() {
    let found = page(
        UrlKind::Page,
        r##"<title>x</title><link rel="stylesheet" href="/x.css"><link rel=alternate hreflang=en href="/en/">
        <link rel="alternate" type="application/json+oembed" href="/oembed"><link rel="alternate" type="application/rss+xml" href="/feed">
        <a href="eins#a">1</a><a href="/liste/eins#b">noch einmal</a><a href="#oben">oben</a><a>ohne</a><a href="">leer</a>
        <map><area href=" /zwei "></map><a rel="Nofollow ugc" href="/werbung">x</a><a rel=nofollow href="/eins-nofollow">x</a>
        <a href="/eins-nofollow">y</a><a href="mailto:a@blatt.test">m</a><a href="javascript:void(0)">j</a>
        <a href="https://anderswo.test/x">extern</a><a href="http://[">kaputt</a><a href="/liste/">selbst</a>
        <frame src="/rahmen"><script>var x = '<a href="/nie">x</a>';</script><!-- <a href="/auch-nie">x</a> -->"##,
    );
    assert_eq!(found.format, Format::Html);
    let mut got = addresses(&found);
    // `<frame>` outside a frameset is dropped by the parser of HTML; `frames` has its own test.
    got.retain(|address| !address.ends_with("/rahmen"));
    assert_eq!(
        got,
        [
            "https://blatt.test/en/",
            "https://blatt.test/liste/eins",
            "https://blatt.test/zwei",
            "https://blatt.test/eins-nofollow"
        ]
    );
    assert_eq!(
        refused(&found),
        [
            ("mailto:a@blatt.test", SkipReason::Scheme),
            ("javascript:void(0)", SkipReason::InvalidUrl),
            ("https://anderswo.test/x", SkipReason::OffSite),
            ("http://[", SkipReason::InvalidUrl),
            ("https://blatt.test/werbung", SkipReason::Nofollow),
        ]
    );
    assert!(found.candidates.iter().all(|candidate| candidate.via == Via::Link && candidate.depth == 2));
    // Twice the same, once itself, once with and without nofollow.
    assert_eq!(found.repeated, 3);
}

#[test]
fn frames() {
    let found = page(
        UrlKind::Page,
        r#"<html><frameset cols="1,2"><frame src="menu.html"><frame src="text.html"></frameset></html>"#,
    );
    assert_eq!(addresses(&found), ["https://blatt.test/liste/menu.html", "https://blatt.test/liste/text.html"]);
}

#[test]
fn feeds_are_taken_where_a_crawl_starts() {
    let html = r#"<link rel="alternate" type="application/rss+xml" href="/feed"><a href="/a">a</a>"#;
    let found = page(UrlKind::Listing, html);
    assert_eq!(found.kinds, [UrlKind::Feed, UrlKind::Page]);
    assert!(found.candidates[0].priority > found.candidates[1].priority);
    assert_eq!(page(UrlKind::Article, html).kinds, [UrlKind::Page]);
}

#[test]
fn nofollow_holds_for_the_page_the_header_and_not_against_the_profile() {
    let html = r#"<a href="/a">a</a>"#;
    let site = site();
    let fetched = fetched("https://blatt.test/liste/", "text/html", html);
    let page = parse(&fetched, &ParseLimits::default()).unwrap();
    let mut context = context(&site, UrlKind::Page);
    context.nofollow = true;
    let found = discover(&fetched, Some(&page), &context).unwrap();
    assert_eq!(refused(&found), [("https://blatt.test/a", SkipReason::Nofollow)]);

    let profile = "home = \"https://blatt.test/\"\n[urls]\notherwise = \"page\"\n[robots]\nobey_nofollow = false\n";
    let sites = Sites::load([("blatt.test.toml", profile)]).unwrap();
    let site = sites.by_name("blatt.test").unwrap();
    context.site = &site;
    assert_eq!(discover(&fetched, Some(&page), &context).unwrap().candidates.len(), 1);
}

#[test]
fn lists_and_their_other_pages() {
    let html = r##"<a href="/artikel-1">Ein Titel</a> <a href="/artikel-2">weiter</a> <a href="/liste/?page=2">2</a>
        <a href="/liste/?page=3">3</a> <a href="/liste/?page=2">Nächste Seite »</a> <a href="/2024/05/13/">13</a>
        <a class="mehr" href="/nachladen/2"><span>mehr laden</span></a>"##;
    let via = |found: &Discovery| -> Vec<(String, Via, u16)> {
        found
            .candidates
            .iter()
            .map(|c| (c.url.path().to_owned() + c.url.query().unwrap_or_default(), c.via, c.depth))
            .collect()
    };
    let found = page(UrlKind::Listing, html);
    assert_eq!(
        via(&found),
        [
            ("/artikel-1".to_owned(), Via::Listing, 2),
            ("/artikel-2".to_owned(), Via::Listing, 2),
            ("/liste/page=2".to_owned(), Via::Pagination, 1),
            ("/liste/page=3".to_owned(), Via::Pagination, 1),
            ("/2024/05/13/".to_owned(), Via::Listing, 2),
            ("/nachladen/2".to_owned(), Via::Listing, 2),
        ]
    );
    // What a profile names is a page of the list, whatever it looks like.
    let profile = "home = \"https://blatt.test/\"\n[urls]\notherwise = \"page\"\n[pagination]\nselectors = [\"a.mehr\"]\npattern = '^/2024/'\n";
    let site = Sites::load([("blatt.test.toml", profile)]).unwrap().by_name("blatt.test").unwrap();
    let found = page_of(&site, UrlKind::Listing, "https://blatt.test/liste/", html);
    let paged: Vec<String> =
        via(&found).into_iter().filter(|(_, via, _)| *via == Via::Pagination).map(|(path, ..)| path).collect();
    assert_eq!(paged, ["/liste/page=2", "/liste/page=3", "/2024/05/13/", "/nachladen/2"]);
}

#[test]
fn rel_next_is_the_next_page() {
    let found = page(UrlKind::Listing, r#"<link rel="next" href="?s=2"><a rel="next" href="/woanders">x</a>"#);
    assert!(found.candidates.iter().all(|candidate| candidate.via == Via::Pagination));
    assert_eq!(addresses(&found), ["https://blatt.test/liste/?s=2", "https://blatt.test/woanders"]);
}

#[test]
fn links_are_bounded_and_counted() {
    let html: String = (0..MAX_LINKS + 7).map(|n| format!("<a href=/{n}>x</a>")).collect();
    let found = page(UrlKind::Page, &html);
    assert_eq!((found.candidates.len(), found.omitted), (MAX_LINKS, 7));
    let found = page(
        UrlKind::Page,
        &format!("<a href='/{}'>x</a><a href='data:{}'>y</a>", "x".repeat(5_000), "x".repeat(9_000)),
    );
    assert_eq!(
        found.refused.iter().map(|refused| refused.reason).collect::<Vec<_>>(),
        [SkipReason::UrlTooLong, SkipReason::InvalidUrl]
    );
    assert!(found.refused.iter().all(|refused| refused.address.len() <= 2_048));
}

#[test]
fn the_same_article_under_two_tails_is_offered_once() {
    let site = Sites::embedded().unwrap().by_name("kommune21.de").unwrap();
    let html = r#"<a href="/meldung_7_Ein+Titel.html">x</a><a href="/meldung_7">y</a><a href="/k21-termine/">z</a>"#;
    let found = page_of(&site, UrlKind::Article, "https://www.kommune21.de/meldung_8", html);
    assert_eq!(addresses(&found), ["https://www.kommune21.de/meldung_7_Ein+Titel.html"]);
    assert_eq!(
        (found.repeated, refused(&found)),
        (1, vec![("https://www.kommune21.de/k21-termine/", SkipReason::Dropped)])
    );
}

#[test]
fn contents_are_told_by_their_first_bytes() {
    let cases: &[(&str, &str, Format)] = &[
        ("<?xml version='1.0'?>\n<!-- c --><rss>", "text/html", Format::Feed),
        ("\u{feff}  <feed xmlns='http://www.w3.org/2005/Atom'>", "text/plain", Format::Feed),
        ("<urlset>", "text/html", Format::Sitemap),
        ("<ns0:sitemapindex xmlns:ns0='x'>", "text/xml", Format::Sitemap),
        ("<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x' 'y'><html>", "application/xhtml+xml", Format::Html),
        ("<!doctype html><p>rss", "text/html", Format::Html),
        ("Text ohne Kopf <body>", "text/html", Format::Html),
        ("<p>Nur ein Absatz", "", Format::Html),
        ("{\"a\": 1}", "application/json", Format::Other),
        ("<svg xmlns='x'>", "image/svg+xml", Format::Other),
        ("Ein Satz.\nhttp://blatt.test/", "text/plain", Format::Other),
        ("http://blatt.test/a\nhttp://blatt.test/b", "text/plain", Format::Sitemap),
        ("", "text/html", Format::Html),
        ("<", "", Format::Other),
        ("<!--", "", Format::Other),
        ("<!DOCTYPE", "", Format::Other),
    ];
    for (body, content_type, expected) in cases {
        assert_eq!(sniff(&fetched("https://blatt.test/", content_type, *body)), *expected, "{body}");
    }
}

/// Bytes put together at random from parts of feeds and sitemaps: whatever comes, an answer and no panic.
#[test]
fn debris_is_survived() {
    const PARTS: &[&str] = &[
        "<rss>",
        "<channel>",
        "<item>",
        "</item>",
        "<link>",
        "</link>",
        "<link href='x'/>",
        "https://blatt.test/a",
        "<urlset>",
        "<url>",
        "<loc>",
        "</loc>",
        "</url>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "&amp;",
        "&",
        ";",
        "&#x110000;",
        "&#0;",
        "<",
        ">",
        "</",
        "\"",
        "'",
        "=",
        "<entry xml:base='//'>",
        "</entry>",
        "<a:b",
        "xml:base='http://['",
        "<?xml encoding='x",
        "?>",
        "<!DOCTYPE x [",
        "\u{0}",
        "ü",
        "{\"version\":\"https://jsonfeed.org/version/1\",",
        "\"items\":[",
        "{}",
        "]}",
        "\n",
        "\u{feff}",
    ];
    let mut random = fastrand::Rng::with_seed(11);
    let site = site();
    let mut read = 0;
    for _ in 0..20_000 {
        let mut body: Vec<u8> = Vec::new();
        for _ in 0..random.usize(1..25) {
            body.extend_from_slice(PARTS[random.usize(0..PARTS.len())].as_bytes());
        }
        if random.bool() {
            let at = random.usize(0..body.len());
            body[at] = random.u8(..);
        }
        let kind = if random.bool() { UrlKind::Feed } else { UrlKind::Sitemap };
        let fetched = fetched("https://blatt.test/quelle", "text/xml", body);
        if let Ok(found) = discover(&fetched, None, &context(&site, kind)) {
            read += found.candidates.len();
        }
    }
    assert!(read > 100, "only {read} addresses: the parts no longer make feeds");
}

fn auslese(args: &[&str]) -> (i32, String, String) {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_auslese")).arg("discover").args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

#[test]
fn the_command_lists_what_files_add() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    // A feed says itself whose it is.
    let (code, out, words) = auslese(&["--json", &file("feed.xml", RSS)]);
    assert_eq!(code, 0, "{words}");
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["action"], &lines[0]["url"]), (&"add".into(), &"https://blatt.test/eins?a=1".into()));
    assert_eq!(
        (&lines[0]["kind"], &lines[0]["via"], &lines[0]["date"]),
        (&"page".into(), &"feed".into(), &"2020-06-15T06:00:00Z".into())
    );
    assert!(lines.iter().any(|line| line["action"] == "refuse" && line["reason"] == "off_site"), "{out}");
    assert!(words.contains("feed, 2 to add, 3 refused, 1 repeated"), "{words}");

    // A page without an address needs one.
    let page = file("seite.html", "<a href='/meldung_7'>x</a><a href='/k21-termine/'>y</a>");
    let (code, out, words) = auslese(&[&page]);
    assert_eq!((code, out.as_str()), (4, ""));
    assert!(words.contains("--base URL"), "{words}");
    for args in
        [[page.as_str(), "--base", "https://www.kommune21.de/meldung_8"], [page.as_str(), "--site", "kommune21.de"]]
    {
        let (code, out, _) = auslese(&args);
        assert_eq!(code, 0);
        let words: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words[0][..2], ["add", "article"], "{out}");
        assert_eq!(words[0].last(), Some(&"https://www.kommune21.de/meldung_7"));
        assert_eq!(words[1], ["refuse", "dropped", "https://www.kommune21.de/k21-termine/"]);
    }
}

#[test]
fn the_command_goes_on_after_a_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("gut.txt"), "https://blatt.test/a\nhttps://blatt.test/b\n").unwrap();
    std::fs::write(path("bild.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    std::fs::write(path("kaputt.xml"), "<urlset>\n<url><loc>https://blatt.test/").unwrap();
    let (code, out, words) = auslese(&[
        &path("fehlt"),
        &path("bild.png"),
        &path("kaputt.xml"),
        &path("gut.txt"),
        "--base",
        "https://blatt.test/sitemap.txt",
    ]);
    assert_eq!((code, out.lines().count()), (4, 2), "{words}");
    assert_eq!(words.lines().count(), 4, "a line a fault, and one for what was read: {words}");
    for said in [
        "fehlt: cannot be read",
        "bild.png: expected a sitemap, but the answer begins with `‰PNG",
        "kaputt.xml: malformed sitemap, line 2, column 30",
    ] {
        assert!(words.contains(said), "{words}\ndoes not say {said}");
    }
}

/// A server on loopback that answers until the test ends.
fn serve() -> u16 {
    use std::io::{BufRead, BufReader};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let path = lines
                .next()
                .and_then(Result::ok)
                .and_then(|line| line.split(' ').nth(1).map(str::to_owned))
                .unwrap_or_default();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            let (status, header, body) = match path.as_str() {
                "/robots.txt" => {
                    ("200 OK", "content-type: text/plain".to_owned(), "User-agent: *\nDisallow: /geheim\n".to_owned())
                }
                "/alt" => ("301 Moved", format!("location: http://127.0.0.1:{port}/feed"), String::new()),
                "/feed" => {
                    let feed = RSS.replace("https://blatt.test", &format!("http://127.0.0.1:{port}"));
                    ("200 OK", "content-type: text/html".to_owned(), feed)
                }
                _ => ("404 Not Found", "content-type: text/html".to_owned(), "weg".to_owned()),
            };
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\n{header}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
    });
    port
}

#[test]
fn the_command_fetches_addresses_as_a_crawl_would() {
    let port = serve();
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let (code, out, words) = auslese(&["--allow-private", "--delay", "0s", &at("/alt")]);
    assert_eq!(code, 0, "{words}");
    assert!(out.contains(&at("/eins?a=1")) && out.contains(&at("/zwei")), "{out}{words}");

    let (code, _, words) = auslese(&["--allow-private", "--delay", "0s", &at("/geheim")]);
    assert!(code == 4 && words.contains("robots.txt forbids it, line 2: Disallow: /geheim"), "{words}");
    let (code, _, words) = auslese(&["--allow-private", "--delay", "0s", &at("/weg")]);
    assert!(code == 4 && words.contains("not_found"), "{words}");
    let (code, _, words) = auslese(&["--delay", "0s", &at("/feed")]);
    assert!(code == 4 && words.contains("127.0.0.1"), "without --allow-private: {words}");
}
