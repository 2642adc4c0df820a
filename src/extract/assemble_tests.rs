//! Orders of parts. Towns and people are invented.

use super::*;
use crate::types::Link;

/// Reads lines of `(part, text, href)`; a line with an address is linked as a whole.
fn items(lines: &[(Part, &str, Option<&str>)]) -> Vec<TeaserItem> {
    let links: Vec<Vec<Link>> = lines
        .iter()
        .map(|(_, text, href)| {
            let link = |href: &&str| Link { href: (*href).to_owned(), text: (*text).to_owned(), rel: String::new() };
            href.iter().map(link).collect()
        })
        .collect();
    let lines: Vec<Line<'_>> = lines
        .iter()
        .zip(&links)
        .map(|((part, text, _), links)| Line { part: Some(*part), links, ..Line::of_text(text) })
        .collect();
    let mut to = Vec::new();
    read(&lines, &Url::parse("https://ort.example/").unwrap(), &mut to);
    to
}

fn of(title: &str, date: &str, summary: &str, caption: &str) -> TeaserItem {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    TeaserItem { title: some(title), url: None, date: some(date), summary: some(summary), caption: some(caption) }
}

#[test]
fn dates_stand_before_titles_or_behind_summaries() {
    use Part::{Date, Summary, Title};
    let wanted =
        [of("Hafen gesperrt", "2024-06-07", "Er bleibt zu.", ""), of("Neue Brücke", "2024-05-30", "Sie steht.", "")];
    let (one, two) = ((Title, "Hafen gesperrt", None), (Title, "Neue Brücke", None));
    let (first, second) = ((Summary, "Er bleibt zu.", None), (Summary, "Sie steht.", None));
    let (june, may) = ((Date, "7. Juni 2024", None), (Date, "[30.5.2024]", None));
    assert_eq!(items(&[june, one, first, may, two, second]), wanted);
    assert_eq!(items(&[one, june, first, two, may, second]), wanted);
    assert_eq!(items(&[one, first, june, two, second, may]), wanted);
}

#[test]
fn a_missing_part_breaks_no_item() {
    use Part::{Date, Summary, Title};
    let lines = [
        (Date, "7.6.2024", None),
        (Title, "Hafen gesperrt", None),
        (Summary, "Er bleibt zu.", None),
        (Title, "Neue Brücke", None),
        (Summary, "Sie steht.", None),
        (Date, "1.6.2024", None),
        (Title, "Markt zieht um", None),
    ];
    let wanted = [
        of("Hafen gesperrt", "2024-06-07", "Er bleibt zu.", ""),
        of("Neue Brücke", "", "Sie steht.", ""),
        of("Markt zieht um", "2024-06-01", "", ""),
    ];
    assert_eq!(items(&lines), wanted);
}

#[test]
fn kickers_and_marks_find_their_title() {
    use Part::{AdHeading, Extra, More, Summary, Title};
    let lines = [
        (AdHeading, "Anzeige", None),
        (Title, "Seefurt", None),
        (Title, "Hafen gesperrt", Some("/1")),
        (Extra, "Lesezeit: 3 Min.", None),
        (Summary, "[7.6.2024] Er bleibt zu. [mehr]", None),
        (AdHeading, "Anzeige", None),
        (Title, "Nebelfurt", None),
        (Title, "Neue Brücke (30.5.2024)", Some("/2")),
        (Summary, "Sie steht.", None),
        (More, "weiter", Some("/2")),
    ];
    let url = |at: u8| Some(format!("https://ort.example/{at}"));
    let wanted = [
        TeaserItem { url: url(1), ..of("Seefurt: Hafen gesperrt", "2024-06-07", "Er bleibt zu.", "") },
        TeaserItem { url: url(2), ..of("Nebelfurt: Neue Brücke", "2024-05-30", "Sie steht.", "") },
    ];
    assert_eq!(items(&lines), wanted);
}

#[test]
fn title_and_summary_in_one_line_are_parted() {
    for text in [
        "Hafen gesperrt [7.6.2024] Er bleibt zu. mehr...",
        "7.6.2024 Hafen gesperrt – Er bleibt zu.",
        "» Hafen gesperrt | Er bleibt zu. (7.6.2024)",
    ] {
        assert_eq!(
            items(&[(Part::Whole, text, None)]),
            [of("Hafen gesperrt", "2024-06-07", "Er bleibt zu.", "")],
            "{text}"
        );
    }
}

/// The same of lines with how near each stands to the one before it.
fn near(lines: &[(Part, &str, u32)]) -> Vec<TeaserItem> {
    let lines: Vec<Line<'_>> = lines
        .iter()
        .map(|(part, text, nearness)| Line { part: Some(*part), nearness: *nearness, ..Line::of_text(text) })
        .collect();
    let mut to = Vec::new();
    read(&lines, &Url::parse("https://ort.example/").unwrap(), &mut to);
    to
}

#[test]
fn items_end_where_their_elements_do() {
    use Part::{Caption, Summary, Title};
    let lines = [
        (Title, "Hafen gesperrt", 0),
        (Summary, "Er bleibt zu.", 8),
        (Caption, "Die Mole bei Ebbe", 4),
        (Title, "Neue Brücke", 8),
        (Summary, "Sie steht.", 8),
        (Title, "Markt zieht um", 4),
        (Summary, "Er zieht im Mai.", 8),
        (Title, "Nächste Termine", 2),
    ];
    let wanted = [
        of("Hafen gesperrt", "", "Er bleibt zu.", ""),
        of("Neue Brücke", "", "Sie steht.", "Die Mole bei Ebbe"),
        of("Markt zieht um", "", "Er zieht im Mai.", ""),
    ];
    assert_eq!(near(&lines), wanted);
}

#[test]
fn what_titles_of_a_group_have_in_common_is_cut_off() {
    use Part::{Summary, Title};
    let dated = [(Title, "Hafen gesperrt 7. Juni 2024", None), (Title, "Neue Brücke 30. Mai 2024", None)];
    assert_eq!(items(&dated), [of("Hafen gesperrt", "2024-06-07", "", ""), of("Neue Brücke", "2024-05-30", "", "")]);
    let one = [(Title, "Hafen gesperrt 7. Juni 2024", None), (Title, "Neue Brücke bis 30. Mai 2024", None)];
    assert!(items(&one).iter().all(|item| item.date.is_none()));
    let counted = [(Title, "1. Hafen gesperrt", None), (Title, "2. Neue Brücke", None), (Title, "3. Markt", None)];
    assert_eq!(items(&counted)[2].title.as_deref(), Some("Markt"));
    let alone = [(Title, "1. Mai ohne Umzug", None), (Summary, "Er fällt aus.", None)];
    assert_eq!(items(&alone)[0].title.as_deref(), Some("1. Mai ohne Umzug"));
}

#[test]
fn codes_pages_and_authors_are_no_fields() {
    use Part::{Summary, Title};
    for tail in ["[gr]", "(abc)", "Seite 24", "(S. 12)"] {
        let summary = format!("Er bleibt zu. {tail}");
        let lines = [(Title, "Hafen gesperrt", None), (Summary, summary.as_str(), None)];
        assert_eq!(items(&lines)[0].summary.as_deref(), Some("Er bleibt zu."), "{tail}");
    }
    let aside = [
        (Title, "Hafen gesperrt", None),
        (Title, "Von Anna Berg", None),
        (Summary, "3 Min. Lesezeit", None),
        (Summary, "Er bleibt zu.", None),
    ];
    assert_eq!(items(&aside), [of("Hafen gesperrt", "", "Er bleibt zu.", "")]);
    let counted = [(Title, "Hafen gesperrt 9120 Zugriffe", None), (Summary, "Er bleibt zu.", None)];
    assert_eq!(items(&counted), [of("Hafen gesperrt", "", "Er bleibt zu.", "")]);
    let places = [(Part::Extra, "Landkreis Ostersiel", None), counted[0], counted[1]];
    assert_eq!(items(&places), [of("Landkreis Ostersiel: Hafen gesperrt", "", "Er bleibt zu.", "")]);
    let links = [Link { href: "/1".to_owned(), text: "Hafen gesperrt bis Mai".to_owned(), rel: String::new() }];
    for behind in [" von Anna Berg", " 9120 Zugriffe"] {
        let text = format!("Hafen gesperrt bis Mai{behind}");
        let line = Line { part: Some(Title), links: &links, ..Line::of_text(&text) };
        let mut to = Vec::new();
        read(&[line], &Url::parse("https://ort.example/").unwrap(), &mut to);
        assert_eq!(to[0].title.as_deref(), Some("Hafen gesperrt bis Mai"));
    }
}

#[test]
fn days_before_a_summary_may_have_words_and_hours() {
    use Part::{Summary, Title};
    for day in ["(am 7.6.2024)", "vom 7. Juni 2024 –", "7. Juni 2024 14:30", "Fr, 07.06.2024 - 07:11"] {
        let summary = format!("{day} Er bleibt zu.");
        let lines = [(Title, "Hafen gesperrt", None), (Summary, summary.as_str(), None)];
        assert_eq!(items(&lines), [of("Hafen gesperrt", "2024-06-07", "Er bleibt zu.", "")], "{day}");
    }
}

#[test]
fn a_bold_beginning_is_the_title() {
    let text = "Hafen gesperrt Er bleibt bis Mai zu. (7.6.24)";
    let line = Line { part: Some(Part::Whole), bold_chars: 15, ..Line::of_text(text) };
    let mut to = Vec::new();
    read(&[line], &Url::parse("https://ort.example/").unwrap(), &mut to);
    assert_eq!(to, [of("Hafen gesperrt", "2024-06-07", "Er bleibt bis Mai zu.", "")]);
}

#[test]
fn a_few_names_are_captions_and_many_are_authors() {
    use Part::{Extra, Summary, Title};
    let (one, two, three) =
        ((Title, "Hafen gesperrt", None), (Title, "Neue Brücke", None), (Title, "Markt zieht um", None));
    let (name, text) = ((Extra, "Anna Berg", None), (Summary, "Er bleibt zu.", None));
    assert_eq!(items(&[one, text, two, text, three, text, name])[2].caption.as_deref(), Some("Anna Berg"));
    assert!(items(&[one, text, name, two, text, name]).iter().all(|item| item.caption.is_none()));
}

#[test]
fn an_element_with_no_title_that_leads_nowhere_is_the_caption_before_it() {
    use Part::{Caption, Summary, Title};
    for kind in [Caption, Summary] {
        let found = near(&[
            (Title, "Hafen gesperrt", 0),
            (Summary, "[7.6.2024] Er bleibt zu.", 9),
            (kind, "Der Hafen von Tangast im Juni.", 0),
            (Title, "Neue Brücke", 0),
            (Summary, "[30.5.2024] Sie steht.", 9),
        ]);
        let wanted = [
            of("Hafen gesperrt", "2024-06-07", "Er bleibt zu.", "Der Hafen von Tangast im Juni."),
            of("Neue Brücke", "2024-05-30", "Sie steht.", ""),
        ];
        assert_eq!(found, wanted, "{kind:?}");
    }
}
