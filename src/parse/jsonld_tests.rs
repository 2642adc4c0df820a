use super::*;

fn meta_of(script: &str) -> Meta {
    let values = read(script);
    let mut meta = Meta::default();
    Graph::of(&[values]).fill(&[Url::parse("https://www.moorstedt.test/lokales/a-17").unwrap()], &mut meta);
    meta
}

fn authors(meta: &Meta) -> Vec<(&str, AuthorKind)> {
    meta.authors.iter().map(|author| (author.value.name.as_str(), author.value.kind)).collect()
}

#[test]
fn a_graph_with_references_is_followed() {
    let meta = meta_of(
        r##"{"@context":"https://schema.org","@graph":[
        {"@type":"WebPage","@id":"https://moorstedt.test/lokales/a-17","inLanguage":"de-DE","datePublished":"2001-01-01"},
        {"@type":["Article","NewsArticle"],"mainEntityOfPage":{"@id":"https://moorstedt.test/lokales/a-17"},"headline":"Deich hält",
         "author":[{"@id":"#p1"},{"@type":"Organization","name":"Moorstedter Blatt"}],"datePublished":"2022-03-04T05:06:07+01:00",
         "dateModified":"2022-03-05","articleSection":["Lokales"],"keywords":["Deich","Sturm, Flut"],
         "image":{"@type":"ImageObject","url":"https://moorstedt.test/d.jpg","caption":"Der Deich","creditText":"Ida Voss"},
         "publisher":{"@type":"Organization","name":"Moorstedter Blatt"},"isAccessibleForFree":false,"articleBody":"Text."},
        {"@type":"Person","@id":"#p1","name":"Ida Voss"},
        {"@type":"BreadcrumbList","itemListElement":[{"name":"Start","item":"https://moorstedt.test/"},
         {"name":"Küste","item":{"@id":"https://moorstedt.test/kueste"}},{"name":"Deich hält"}]}]}"##,
    );
    assert_eq!(meta.headlines[0].value, "Deich hält");
    assert_eq!(authors(&meta), [("Ida Voss", AuthorKind::Person), ("Moorstedter Blatt", AuthorKind::Organisation)]);
    assert_eq!(
        meta.published.iter().map(|date| date.value.iso.as_str()).collect::<Vec<_>>(),
        ["2022-03-04T05:06:07+01:00"]
    );
    assert_eq!(meta.modified[0].value.iso, "2022-03-05");
    assert_eq!(meta.sections.iter().map(|s| s.value.as_str()).collect::<Vec<_>>(), ["Lokales", "Küste"]);
    assert_eq!(meta.keywords.iter().map(|k| k.value.as_str()).collect::<Vec<_>>(), ["Deich", "Sturm", "Flut"]);
    assert_eq!(meta.images[0].value.credit.as_deref(), Some("Ida Voss"));
    assert_eq!(meta.is_accessible_for_free, Some(false));
    assert_eq!(meta.article_body.as_deref(), Some("Text."));
    assert_eq!(meta.site_names[0].value, "Moorstedter Blatt");
}

#[test]
fn the_article_of_this_page_is_chosen_among_several() {
    let meta = meta_of(
        r#"[{"@type":"NewsArticle","headline":"Andere","url":"https://moorstedt.test/lokales/a-16"},
        {"@type":"NewsArticle","headline":"Diese","url":"https://moorstedt.test/lokales/a-17/#kommentar"}]"#,
    );
    assert_eq!(meta.headlines[0].value, "Diese");
}

#[test]
fn a_list_of_other_articles_is_not_this_one() {
    let item = |n: u8| format!(r#"{{"@type":"Article","headline":"Meldung {n}","url":"https://moorstedt.test/{n}"}}"#);
    assert!(meta_of(&format!("[{},{},{}]", item(1), item(2), item(3))).headlines.is_empty());
    let list = format!(r#"{{"@type":"ItemList","itemListElement":[{}]}}"#, item(1));
    assert!(meta_of(&list).headlines.is_empty());
}

#[test]
fn what_other_parsers_let_pass_is_mended() {
    let meta = meta_of(
        "<!--\n//<![CDATA[\n{\"@type\":\"BlogPosting\",\"headline\":\"Zeile\neins\\'s\", /* x */ \"author\":\"Jan Ott\",}\n//]]>\n-->",
    );
    assert_eq!(meta.headlines[0].value, "Zeile eins's");
    assert_eq!(authors(&meta), [("Jan Ott", AuthorKind::Person)]);
    let two = meta_of(r#"{"@type":"WebSite","name":"Blatt"}{"@type":"Article","headline":"Zwei"};"#);
    assert_eq!((two.site_names[0].value.as_str(), two.headlines[0].value.as_str()), ("Blatt", "Zwei"));
}

#[test]
fn broken_and_deep_scripts_say_nothing() {
    for script in ["", "{", "null", "[]", "{\"@type\":7}", "window.x = 1;", "\"\\", "{\"a\":"] {
        assert!(meta_of(script).headlines.is_empty(), "{script}");
    }
    assert!(meta_of(&"[".repeat(100_000)).headlines.is_empty());
    assert!(meta_of(&"{\"mainEntity\":".repeat(50_000)).headlines.is_empty());
}

#[test]
fn references_go_across_scripts_and_a_second_description_fills_gaps() {
    let scripts = [
        r#"{"@type": "WebPage", "author": {"@type": "Person", "name": "Web Meister"}, "datePublished": "2020-01-01"}"#,
        r##"{"@type": "NewsArticle", "headline": "Steg offen", "url": "https://www.moorstedt.test/lokales/a-17",
            "author": {"@id": "#ida"}}"##,
        r##"[{"@type": "Person", "@id": "#ida", "name": "Ida Voss"},
            {"@type": "Article", "headline": "Steg offen", "author": "Jemand", "datePublished": "2024-05-13"}]"##,
    ];
    let scripts: Vec<_> = scripts.iter().map(|script| read(script)).collect();
    let mut meta = Meta::default();
    Graph::of(&scripts).fill(&[Url::parse("https://www.moorstedt.test/lokales/a-17").unwrap()], &mut meta);
    let names: Vec<_> = meta.authors.iter().map(|author| author.value.name.as_str()).collect();
    assert_eq!(names, ["Ida Voss"]);
    let dates: Vec<_> = meta.published.iter().map(|date| date.value.iso.as_str()).collect();
    assert_eq!(dates, ["2024-05-13"]);
}
