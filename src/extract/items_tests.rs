//! Shapes of pointers, in plain text and in markup. Towns and people are invented.

use super::*;

/// A group of lines; `(text, href)` is linked as a whole.
fn group(lines: &[(&str, Option<&str>)]) -> Vec<TeaserItem> {
    let blocks: Vec<Labelled> = lines
        .iter()
        .map(|(text, href)| {
            let links: Vec<Link> = href
                .map(|href| Link { href: href.to_owned(), text: (*text).to_owned(), rel: String::new() })
                .into_iter()
                .collect();
            let link_chars = if links.is_empty() { 0 } else { text.chars().count() as u32 };
            let block = Block { text: (*text).to_owned(), links, link_chars, ..Block::default() };
            Labelled { block, role: Role::Teaser, score: 1.0, reasons: Vec::new() }
        })
        .collect();
    gather(&blocks, &[], &Url::parse("https://ort.example/").unwrap(), Some("Panorama")).teasers
}

fn plain(lines: &[&str]) -> Vec<TeaserItem> {
    group(&lines.iter().map(|line| (*line, None)).collect::<Vec<_>>())
}

fn item(title: &str, date: &str, summary: &str, caption: Option<&str>) -> TeaserItem {
    TeaserItem {
        title: Some(title.to_owned()),
        url: None,
        date: (!date.is_empty()).then(|| date.to_owned()),
        summary: (!summary.is_empty()).then(|| summary.to_owned()),
        caption: caption.map(str::to_owned),
    }
}

#[test]
fn plain_text_with_captions() {
    let items = plain(&[
        "Weitere Meldungen und Beiträge aus dem Bereich Panorama",
        "Seefurt: Archiv geöffnet Bericht",
        "[7.6.2024] Die Stadt öffnet ihr Archiv. mehr...",
        "Der Lesesaal fasst zwölf Plätze.",
        "Altenquast: Hafen gesperrt",
        "[31.05.2024] Der Hafen bleibt zu. mehr...",
        "Nebelfurt: Neue Brücke",
        "[30.5.2024] Die Brücke steht. Weiterlesen …",
    ]);
    assert_eq!(
        items,
        [
            item(
                "Seefurt: Archiv geöffnet",
                "2024-06-07",
                "Die Stadt öffnet ihr Archiv.",
                Some("Der Lesesaal fasst zwölf Plätze.")
            ),
            item("Altenquast: Hafen gesperrt", "2024-05-31", "Der Hafen bleibt zu.", None),
            item("Nebelfurt: Neue Brücke", "2024-05-30", "Die Brücke steht.", None),
        ]
    );
}

#[test]
fn a_heading_glued_to_a_title_is_cut_off_and_a_title_like_a_heading_stays() {
    let items = plain(&[
        "Weitere Meldungen und Beiträge aus dem Bereich PanoramaSeefurt: Archiv geöffnet",
        "[7.6.2024] Die Stadt öffnet ihr Archiv. mehr...",
        "Weitere Meldungen aus Seefurt",
        "[6.6.2024] Was sonst geschah. mehr...",
    ]);
    assert_eq!(
        items,
        [
            item("Seefurt: Archiv geöffnet", "2024-06-07", "Die Stadt öffnet ihr Archiv.", None),
            item("Weitere Meldungen aus Seefurt", "2024-06-06", "Was sonst geschah.", None),
        ]
    );
}

#[test]
fn everything_in_one_block() {
    let items = plain(&[
        "Seefurt: Archiv geöffnet [7.6.2024] Die Stadt öffnet ihr Archiv. mehr...",
        "Altenquast: Hafen gesperrt [31.5.2024] Der Hafen bleibt zu. mehr…",
    ]);
    assert_eq!(
        items,
        [
            item("Seefurt: Archiv geöffnet", "2024-06-07", "Die Stadt öffnet ihr Archiv.", None),
            item("Altenquast: Hafen gesperrt", "2024-05-31", "Der Hafen bleibt zu.", None),
        ]
    );
}

#[test]
fn titles_and_more_are_linked() {
    let items = group(&[
        ("Seefurt: Archiv geöffnet", Some("/meldung_1")),
        ("[7.6.2024] Die Stadt öffnet ihr Archiv.", None),
        ("mehr...", Some("/meldung_1")),
        ("Altenquast: Hafen gesperrt", None),
        ("[31.5.2024] Der Hafen bleibt zu.", None),
        ("mehr", Some("/meldung_2")),
        ("Kräne am Abend.", None),
    ]);
    let url = |path: &str| Some(format!("https://ort.example/{path}"));
    assert_eq!(
        items,
        [
            TeaserItem {
                url: url("meldung_1"),
                ..item("Seefurt: Archiv geöffnet", "2024-06-07", "Die Stadt öffnet ihr Archiv.", None)
            },
            TeaserItem {
                url: url("meldung_2"),
                ..item("Altenquast: Hafen gesperrt", "2024-05-31", "Der Hafen bleibt zu.", Some("Kräne am Abend."))
            },
        ]
    );
}

#[test]
fn cards_without_dates() {
    let items = group(&[
        ("Auch interessant", None),
        ("Archiv geöffnet", Some("/1")),
        ("Die Stadt Seefurt öffnet ihr Archiv.", Some("/1")),
        ("Hafen gesperrt", Some("/2")),
        ("Neue Brücke in Nebelfurt", Some("/3")),
    ]);
    let titles: Vec<_> = items.iter().map(|i| (i.title.as_deref().unwrap(), i.summary.as_deref())).collect();
    assert_eq!(
        titles,
        [
            ("Archiv geöffnet", Some("Die Stadt Seefurt öffnet ihr Archiv.")),
            ("Hafen gesperrt", None),
            ("Neue Brücke in Nebelfurt", None)
        ]
    );
}

#[test]
fn a_date_before_its_title() {
    let items = group(&[
        ("13.05.2024", None),
        ("Archiv geöffnet", Some("/1")),
        ("12.05.2024", None),
        ("Hafen gesperrt", Some("/2")),
    ]);
    let dates: Vec<_> = items.iter().map(|i| (i.title.as_deref().unwrap(), i.date.as_deref())).collect();
    assert_eq!(dates, [("Archiv geöffnet", Some("2024-05-13")), ("Hafen gesperrt", Some("2024-05-12"))]);
}

#[test]
fn marks_of_paid_content_are_no_items() {
    let labelled = |text: &str| Labelled {
        block: Block { text: text.to_owned(), ..Block::default() },
        role: Role::Advertisement,
        score: 1.0,
        reasons: Vec::new(),
    };
    let blocks =
        ["Anzeige", "Weitere FirmennewsAnzeige", "E-Akte: Umzug leicht gemacht", "[2.3.2024] So geht es. mehr..."];
    let around = gather(&blocks.map(labelled), &[], &Url::parse("https://ort.example/").unwrap(), None);
    assert_eq!(around.advertisements, [item("E-Akte: Umzug leicht gemacht", "2024-03-02", "So geht es.", None)]);
}

#[test]
fn the_kind_of_article_behind_a_linked_title_is_no_item() {
    let link = Link { href: "/1".to_owned(), text: "Seefurt: Archiv geöffnet".to_owned(), rel: String::new() };
    let line = |text: &str, links: Vec<Link>| Labelled {
        block: Block { text: text.to_owned(), link_chars: 24, links, ..Block::default() },
        role: Role::Teaser,
        score: 1.0,
        reasons: Vec::new(),
    };
    let blocks = [
        line("Seefurt: Archiv geöffnet Bericht", vec![link]),
        line("[7.6.2024] Die Stadt öffnet ihr Archiv. mehr...", Vec::new()),
    ];
    let items = gather(&blocks, &[], &Url::parse("https://ort.example/").unwrap(), None).teasers;
    let want = item("Seefurt: Archiv geöffnet", "2024-06-07", "Die Stadt öffnet ihr Archiv.", None);
    assert_eq!(items, [TeaserItem { url: Some("https://ort.example/1".to_owned()), ..want }]);
}

#[test]
fn the_heading_of_a_linked_group_is_no_item() {
    let items = group(&[("More from Council", None), ("Archive opened", Some("/1")), ("Harbour closed", Some("/2"))]);
    assert_eq!(
        items.iter().filter_map(|item| item.title.as_deref()).collect::<Vec<_>>(),
        ["Archive opened", "Harbour closed"]
    );
    assert_eq!(group(&[("Archive opened", None)])[0].title.as_deref(), Some("Archive opened"));
}

#[test]
fn dates_in_other_forms() {
    let items = plain(&[
        "Archiv geöffnet",
        "Freitag, 7. Juni 2024: Die Stadt öffnet ihr Archiv. mehr...",
        "Hafen gesperrt",
        "31. Mai 2024 | Der Hafen bleibt zu. mehr...",
    ]);
    let wanted = [
        item("Archiv geöffnet", "2024-06-07", "Die Stadt öffnet ihr Archiv.", None),
        item("Hafen gesperrt", "2024-05-31", "Der Hafen bleibt zu.", None),
    ];
    assert_eq!(items, wanted);
    let behind = plain(&[
        "Archiv geöffnet (7. Juni 2024)",
        "Die Stadt öffnet ihr Archiv.",
        "Hafen gesperrt (31. Mai 2024)",
        "Der Hafen bleibt zu.",
    ]);
    assert_eq!(behind, wanted);
    let before = plain(&[
        "Weitere Meldungen und Beiträge aus dem Bereich Panorama",
        "07.06.24",
        "Archiv geöffnet",
        "Die Stadt öffnet ihr Archiv.",
        "31.05.24",
        "Hafen gesperrt",
        "Der Hafen bleibt zu.",
    ]);
    assert_eq!(before, wanted);
}

#[test]
fn a_heading_and_a_label_are_no_titles() {
    let block = |text: &str, link: Option<(&str, &str)>, heads: bool| {
        let links = link.map(|(text, href)| Link { text: text.into(), href: href.into(), rel: String::new() });
        let link_chars = links.as_ref().map_or(0, |link| link.text.chars().count() as u32);
        let block = Block { text: text.to_owned(), links: links.into_iter().collect(), link_chars, ..Block::default() };
        let reasons = if heads { vec![Reason::Shape(GROUP_HEADING)] } else { Vec::new() };
        Labelled { block, role: Role::Teaser, score: 1.0, reasons }
    };
    let blocks = [
        block("Mehr aus der Nordheide", None, true),
        block("Archiv geöffnet", None, false),
        block("[7.6.2024] Die Stadt öffnet ihr Archiv. mehr...", None, false),
        block("Lesen Sie auch: Hafen gesperrt", Some(("Hafen gesperrt", "/hafen")), false),
    ];
    let titles: Vec<_> = gather(&blocks, &[], &Url::parse("https://ort.example/").unwrap(), None)
        .teasers
        .into_iter()
        .map(|item| item.title.unwrap_or_default())
        .collect();
    assert_eq!(titles, ["Archiv geöffnet", "Hafen gesperrt"]);
}

#[test]
fn a_date_stands_behind_the_summary_or_before_a_linked_title() {
    let items = plain(&[
        "Archiv geöffnet",
        "Die Stadt öffnet ihr Archiv. [7.6.2024] mehr...",
        "Der Lesesaal fasst zwölf Plätze.",
        "Hafen gesperrt",
        "Der Hafen bleibt zu. [31.5.2024] mehr...",
    ]);
    let caption = Some("Der Lesesaal fasst zwölf Plätze.");
    let wanted = [
        item("Archiv geöffnet", "2024-06-07", "Die Stadt öffnet ihr Archiv.", caption),
        item("Hafen gesperrt", "2024-05-31", "Der Hafen bleibt zu.", None),
    ];
    assert_eq!(items, wanted);
    let linked = group(&[("7.6.2024 Archiv geöffnet", Some("/archiv")), ("31.5.2024 Hafen gesperrt", Some("/hafen"))]);
    let found: Vec<_> = linked.iter().map(|item| (item.title.as_deref(), item.date.as_deref())).collect();
    assert_eq!(found, [(Some("Archiv geöffnet"), Some("2024-06-07")), (Some("Hafen gesperrt"), Some("2024-05-31"))]);
}

#[test]
fn a_line_over_a_title_belongs_to_it_and_a_bullet_does_not() {
    let items = plain(&["Seefurt:", "Archiv geöffnet", "[7.6.2024] Die Stadt öffnet ihr Archiv. mehr..."]);
    assert_eq!(items, [item("Seefurt: Archiv geöffnet", "2024-06-07", "Die Stadt öffnet ihr Archiv.", None)]);
    let items = plain(&["- Archiv geöffnet (7.6.2024)", "- Hafen gesperrt (31.5.2024)"]);
    assert_eq!(
        items,
        [item("Archiv geöffnet", "2024-06-07", "", None), item("Hafen gesperrt", "2024-05-31", "", None)]
    );
}
