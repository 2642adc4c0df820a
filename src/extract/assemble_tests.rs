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
