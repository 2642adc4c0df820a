//! Which statement of a date counts. Places and people are invented.

use super::*;
use crate::parse::dates::parse_date;
use crate::types::Block;

fn chosen(published: &[(&str, MetaSource)], url: &str) -> Option<(String, MetaSource)> {
    let meta = Meta {
        published: published.iter().map(|(text, source)| Sourced::new(parse_date(text).unwrap(), *source)).collect(),
        ..Meta::default()
    };
    let url = Url::parse(url).unwrap();
    let fetched_at = "2025-06-01T00:00:00Z".parse().unwrap();
    let evidence = Evidence { meta: &meta, blocks: &[], before_lead: None, url: &url, fetched_at };
    super::published(&evidence).map(|date| (date.value.iso, date.source))
}

#[test]
fn the_most_trusted_source_counts_and_may_be_made_finer() {
    let dates = [
        ("2024-05-14T09:00", MetaSource::TimeElement),
        ("2024-05-13T08:00:00Z", MetaSource::MetaTag),
        ("2024-05-13", MetaSource::JsonLd),
    ];
    assert_eq!(chosen(&dates, "https://a.test/"), Some(("2024-05-13T08:00:00Z".to_owned(), MetaSource::MetaTag)));
    assert_eq!(chosen(&[("2031-01-01", MetaSource::JsonLd)], "https://a.test/x"), None);
}

fn labelled(role: Role, text: &str, datetime: Option<&str>) -> Labelled {
    let block = Block { text: text.to_owned(), datetime: datetime.map(str::to_owned), ..Block::default() };
    Labelled { block, role, score: 1.0, reasons: Vec::new() }
}

fn of_page(blocks: &[Labelled], times: &[&str]) -> Option<(String, MetaSource)> {
    let published = times.iter().map(|time| Sourced::new(parse_date(time).unwrap(), MetaSource::TimeElement)).collect();
    let meta = Meta { published, ..Meta::default() };
    let url = Url::parse("https://a.test/x").unwrap();
    let fetched_at = "2025-06-01T00:00:00Z".parse().unwrap();
    let evidence = Evidence { meta: &meta, blocks, before_lead: None, url: &url, fetched_at };
    super::published(&evidence).map(|date| (date.value.iso, date.source))
}

#[test]
fn a_time_counts_where_it_stands_at_the_article() {
    let time = "2024-05-13";
    let body = || labelled(Role::Body, "Ein Satz.", None);
    let of = |role, text| {
        let shown = of_page(&[labelled(role, text, Some(time)), body()], &[time]);
        shown.map(|(_, source)| source)
    };
    assert_eq!(of(Role::Other, "13. Mai"), Some(MetaSource::TimeElement));
    assert_eq!(of(Role::Teaser, "13. Mai"), None);
    assert_eq!(of(Role::Comment, "13.05.2024"), None);
    let mut below = vec![body()];
    below.extend((0..8).map(|_| labelled(Role::Other, "Dies und das", None)));
    below.push(labelled(Role::Other, "13. Mai", Some(time)));
    assert_eq!(of_page(&below, &[time]), None);
    assert_eq!(of_page(&[body()], &[time]), None);
}

#[test]
fn a_line_by_the_headline_dates_the_article_where_nothing_else_does() {
    let of = |role, text: &str| {
        let page = [
            labelled(Role::Headline, "Titel", None),
            labelled(role, text, None),
            labelled(Role::Body, "Ein Satz.", None),
        ];
        of_page(&page, &[]).map(|(iso, _)| iso)
    };
    assert_eq!(of(Role::Other, "13.05.2024 · 6 Minuten").as_deref(), Some("2024-05-13"));
    assert_eq!(of(Role::Navigation, "Ida Voss 13 May 2024").as_deref(), Some("2024-05-13"));
    assert_eq!(of(Role::Other, "Aktualisiert am 13.05.2024"), None);
    assert_eq!(
        of(
            Role::Caption,
            "Der Flur am 13.05.2024, als noch niemand ahnte, wie voll es hier eines Tages werden sollte."
        ),
        None
    );
    let below = |text| {
        let page = [
            labelled(Role::Headline, "Titel", None),
            labelled(Role::Body, "Ein Satz.", None),
            labelled(Role::Body, "Noch einer.", None),
        ];
        let mut page = page.to_vec();
        page.extend((0..4).map(|_| labelled(Role::Tools, "Drucken", None)));
        page.push(labelled(Role::Other, text, None));
        of_page(&page, &[])
    };
    assert_eq!(below("13.05.2024"), None);
    assert_eq!(below("Veröffentlicht am 13.05.2024").map(|(iso, _)| iso).as_deref(), Some("2024-05-13"));
}

#[test]
fn a_label_dates_the_article_wherever_it_stands() {
    let page = |lines: &[&str]| {
        let mut page = vec![labelled(Role::Headline, "Titel", None)];
        page.extend((0..20).map(|_| labelled(Role::Body, "Ein Satz.", None)));
        page.extend((0..20).map(|_| labelled(Role::Navigation, "Mehr", None)));
        page.extend(lines.iter().map(|text| labelled(Role::Navigation, text, None)));
        of_page(&page, &[]).map(|(iso, _)| iso)
    };
    assert_eq!(page(&["Published", "July 8, 2024"]).as_deref(), Some("2024-07-08"));
    assert_eq!(page(&["Essay – Veröffentlicht am 8.7.2024 | Politik"]).as_deref(), Some("2024-07-08"));
    assert_eq!(page(&["Updated", "July 8, 2024"]), None);
    assert_eq!(page(&["Published and updated on July 8, 2024"]), None);
    assert_eq!(page(&["July 8, 2024"]), None);
    let reviewed = [
        labelled(Role::Headline, "Titel", None),
        labelled(Role::Other, "Reviewed by Ida Voss", None),
        labelled(Role::Other, "July 8, 2024 · 8 min read", None),
        labelled(Role::Body, "Ein Satz.", None),
    ];
    assert_eq!(of_page(&reviewed, &[]).map(|(iso, _)| iso).as_deref(), Some("2024-07-08"));
}

#[test]
fn the_day_of_the_last_build_gives_way_to_the_day_that_is_shown() {
    let of = |published: &str, modified: &str| {
        let date = |text| vec![Sourced::new(parse_date(text).unwrap(), MetaSource::JsonLd)];
        let meta = Meta { published: date(published), modified: date(modified), ..Meta::default() };
        let blocks = [
            labelled(Role::Headline, "Titel", None),
            labelled(Role::Other, "13.05.2024", None),
            labelled(Role::Body, "Ein Satz.", None),
        ];
        let url = Url::parse("https://a.test/x").unwrap();
        let fetched_at = "2025-06-01T00:00:00Z".parse().unwrap();
        let evidence = Evidence { meta: &meta, blocks: &blocks, before_lead: None, url: &url, fetched_at };
        super::published(&evidence).map(|date| date.value.iso).unwrap()
    };
    assert_eq!(of("2025-03-01", "2025-03-01"), "2024-05-13");
    assert_eq!(of("2025-03-01", "2025-04-01"), "2025-03-01");
    assert_eq!(of("2024-05-14", "2024-05-14"), "2024-05-14");
}

#[test]
fn the_date_line_that_the_profile_names_counts_first() {
    let mut line = labelled(Role::Dateline, "13.05.2024", None);
    line.block.profile_role = Some(Role::Dateline);
    let blocks = [labelled(Role::Dateline, "01.02.2024", None), line, labelled(Role::Body, "Ein Satz.", None)];
    assert_eq!(of_page(&blocks, &[]), Some(("2024-05-13".to_owned(), MetaSource::Profile)));
}

#[test]
fn the_address_is_the_last_resort() {
    let of = |url| chosen(&[], url).map(|(iso, _)| iso);
    assert_eq!(of("https://a.test/2024/05/13/titel").as_deref(), Some("2024-05-13"));
    assert_eq!(of("https://a.test/2024/05/titel").as_deref(), Some("2024-05"));
    assert_eq!(of("https://a.test/news/2024-05-13-titel").as_deref(), Some("2024-05-13"));
    assert_eq!(of("https://a.test/20240513/titel").as_deref(), Some("2024-05-13"));
    assert_eq!(of("https://a.test/1234/99/titel-20240513"), None);
    assert_eq!(of("https://a.test/blog/2024/may/3/title").as_deref(), Some("2024-05-03"));
}

#[test]
fn a_change_is_no_publication() {
    let modified = Sourced::new(parse_date("2024-05-13").unwrap(), MetaSource::JsonLd);
    let meta = Meta { modified: vec![modified.clone()], ..Meta::default() };
    let url = Url::parse("https://a.test/x").unwrap();
    let fetched_at = "2025-06-01T00:00:00Z".parse().unwrap();
    let evidence = Evidence { meta: &meta, blocks: &[], before_lead: None, url: &url, fetched_at };
    assert_eq!(super::published(&evidence), None);
    assert_eq!(super::modified(&evidence, None), Some(modified));
}

/// The dates of publication and change of a page that declares some and shows a line.
fn dated(published: &[(&str, MetaSource)], modified: &[&str], line: &str) -> (Option<String>, Option<String>) {
    let date = |text: &str, source| Sourced::new(parse_date(text).unwrap(), source);
    let meta = Meta {
        published: published.iter().map(|(text, source)| date(text, *source)).collect(),
        modified: modified.iter().map(|text| date(text, MetaSource::MetaTag)).collect(),
        ..Meta::default()
    };
    let blocks = [
        labelled(Role::Headline, "Titel", None),
        labelled(Role::Other, line, None),
        labelled(Role::Body, "Ein Satz.", None),
    ];
    let url = Url::parse("https://a.test/x").unwrap();
    let fetched_at = "2025-06-01T00:00:00Z".parse().unwrap();
    let evidence = Evidence { meta: &meta, blocks: &blocks, before_lead: None, url: &url, fetched_at };
    let iso = |date: Option<Sourced<DateValue>>| date.map(|date| date.value.iso);
    let published = super::published(&evidence);
    let modified = super::modified(&evidence, published.as_ref());
    (iso(published), iso(modified))
}

#[test]
fn a_publication_after_the_change_gives_way_to_one_before() {
    let said = [("2025-03-09T08:00:00Z", MetaSource::MetaTag), ("2021-02-16", MetaSource::MetaTag)];
    assert_eq!(dated(&said, &["2024-07-30"], "Lesezeit").0.as_deref(), Some("2021-02-16"));
    assert_eq!(dated(&said, &["2025-04-30"], "Lesezeit").0.as_deref(), Some("2025-03-09T08:00:00Z"));
    let said = [("2024-07-05", MetaSource::DublinCore)];
    assert_eq!(dated(&said, &["2024-07-05"], "1. März 2024").0.as_deref(), Some("2024-03-01"));
}

#[test]
fn the_publishers_clock_tells_the_day_of_an_instant() {
    let of = |time: &str| {
        let said = [("2024-05-14T03:05:00Z", MetaSource::OpenGraph), (time, MetaSource::MetaTag)];
        dated(&said, &[], "Lesezeit").0
    };
    assert_eq!(of("2024-05-13T19:05:00-08:00").as_deref(), Some("2024-05-13T19:05:00-08:00"));
    assert_eq!(of("2024-05-13T19:06:00-08:00").as_deref(), Some("2024-05-14T03:05:00Z"));
}

#[test]
fn a_line_by_the_headline_says_when_the_article_was_changed() {
    let of = |line| dated(&[("2024-05-13", MetaSource::JsonLd)], &[], line).1;
    assert_eq!(of("Aktualisiert am 20.05.2024").as_deref(), Some("2024-05-20"));
    assert_eq!(of("Published May 13, 2024 · Updated May 20, 2024").as_deref(), Some("2024-05-20"));
    assert_eq!(of("20.05.2024"), None);
    assert_eq!(of("Updated May 1, 2024"), None);
    assert_eq!(dated(&[], &[], "Updated May 1, 2024"), (None, Some("2024-05-01".to_owned())));
}

#[test]
fn a_labelled_date_counts_in_what_looks_like_an_item_and_leads_nowhere() {
    let linked = |href: &str| {
        let mut date = labelled(Role::Teaser, "July 8, 2024", None);
        let link = || crate::types::Link { href: href.to_owned(), ..crate::types::Link::default() };
        date.block.links = (!href.is_empty()).then(link).into_iter().collect();
        let mut page = vec![labelled(Role::Headline, "Titel", None)];
        page.extend((0..20).map(|_| labelled(Role::Body, "Ein Satz.", None)));
        page.extend([labelled(Role::Teaser, "Published", None), date]);
        of_page(&page, &[]).map(|(iso, _)| iso)
    };
    assert_eq!(linked("").as_deref(), Some("2024-07-08"));
    assert_eq!(linked("/anders"), None);
}
