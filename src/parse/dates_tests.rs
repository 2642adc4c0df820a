use super::*;

fn iso(text: &str) -> Option<String> {
    parse_date(text).map(|date| date.iso)
}

fn found(text: &str) -> Vec<(String, String)> {
    find_dates(text).into_iter().map(|(range, date)| (text[range].to_owned(), date.iso)).collect()
}

#[test]
fn iso_8601_in_its_usual_forms() {
    for (text, want) in [
        ("2020-06-15", "2020-06-15"),
        ("2020-06-15T08:00", "2020-06-15T08:00:00"),
        ("2020-06-15T08:00:07Z", "2020-06-15T08:00:07Z"),
        ("2020-06-15T08:00:07.123+02:00", "2020-06-15T08:00:07+02:00"),
        ("2020-06-15T08:00:07+0200", "2020-06-15T08:00:07+02:00"),
        ("2020-06-15 08:00:07 +02:00", "2020-06-15T08:00:07+02:00"),
        ("2020-06-15T08:00:07-05", "2020-06-15T08:00:07-05:00"),
        ("2020-06-15t08:00:07z", "2020-06-15T08:00:07Z"),
        ("20200615T080007Z", "2020-06-15T08:00:07Z"),
        ("20200615", "2020-06-15"),
        ("20200615080007", "2020-06-15T08:00:07"),
        ("2020-06", "2020-06"),
        ("2020", "2020"),
        ("2020/06/15", "2020-06-15"),
        ("  \"2020-06-15\"  ", "2020-06-15"),
    ] {
        assert_eq!(iso(text).as_deref(), Some(want), "{text}");
    }
}

#[test]
fn mail_server_and_script_dates() {
    for (text, want) in [
        ("Fri, 07 Feb 2025 14:30:00 +0100", "2025-02-07T14:30:00+01:00"),
        ("Fri, 07 Feb 2025 14:30:00 GMT", "2025-02-07T14:30:00Z"),
        ("Fri Feb 07 14:30:00 CET 2025", "2025-02-07T14:30:00+01:00"),
        ("Fri Feb 07 2025 14:30:00 GMT+0100 (CET)", "2025-02-07T14:30:00+01:00"),
        ("1738935000", "2025-02-07T13:30:00Z"),
        ("1738935000123", "2025-02-07T13:30:00Z"),
    ] {
        assert_eq!(iso(text).as_deref(), Some(want), "{text}");
    }
}

#[test]
fn german_dates() {
    for (text, want) in [
        ("[13.5.2024]", "2024-05-13"),
        ("07.02.2025", "2025-02-07"),
        ("7. Februar 2025", "2025-02-07"),
        ("7. Feb. 2025, 14:30 Uhr", "2025-02-07T14:30:00"),
        ("Freitag, 7. Februar 2025 um 14.30 Uhr", "2025-02-07T14:30:00"),
        ("07.02.2025 - 9 Uhr", "2025-02-07T09:00:00"),
        ("Stand: 12. Jänner 2024", "2024-01-12"),
        ("3. März 2021 | 06:05", "2021-03-03T06:05:00"),
        ("Juni 2020", "2020-06"),
        ("15.6.20", "2020-06-15"),
        ("1. 2. 2003", "2003-02-01"),
    ] {
        assert_eq!(iso(text).as_deref(), Some(want), "{text}");
    }
    assert_eq!(iso("Freitag, 7. Februar"), None);
    assert_eq!(parse_date("7. Februar 2025").unwrap().precision, Precision::Day);
    assert_eq!(parse_date("Juni 2020").unwrap().precision, Precision::Month);
    assert_eq!(parse_date("2020").unwrap().precision, Precision::Year);
    assert_eq!(parse_date("7.2.2025 8:15").unwrap().precision, Precision::Time);
}

#[test]
fn dates_of_other_languages() {
    for (text, want) in [
        ("Feb 7, 2025", "2025-02-07"),
        ("February 7th, 2025 at 2:30 p.m. EST", "2025-02-07T14:30:00-05:00"),
        ("7th of February 2025", "2025-02-07"),
        ("12:15 is no date but May 3 2021, 12:15 AM is", "2021-05-03T00:15:00"),
        ("07-Feb-2025", "2025-02-07"),
        ("le 1er août 2019 à 14h30", "2019-08-01T14:30:00"),
        ("3 marzo 2018", "2018-03-03"),
        ("3 de marzo de 2018", "2018-03-03"),
        ("3 de março de 2018", "2018-03-03"),
        ("3 maart 2018", "2018-03-03"),
        ("3 października 2018", "2018-10-03"),
        ("3 Ağustos 2018", "2018-08-03"),
        ("2024年5月13日", "2024-05-13"),
        ("2024. 5. 13.", "2024-05-13"),
    ] {
        assert_eq!(iso(text).as_deref(), Some(want), "{text}");
    }
}

#[test]
fn an_ambiguous_date_needs_a_language() {
    assert_eq!(iso("2/7/2025"), None);
    assert_eq!(iso("13/7/2025").as_deref(), Some("2025-07-13"));
    assert_eq!(iso("7/13/2025").as_deref(), Some("2025-07-13"));
    assert_eq!(iso("5/5/2025").as_deref(), Some("2025-05-05"));
    let in_language = |tag| parse_date_in("2/7/2025", DateOrder::of_language(tag)).map(|date| date.iso);
    assert_eq!(in_language("en-US").as_deref(), Some("2025-02-07"));
    assert_eq!(in_language("en_GB").as_deref(), Some("2025-07-02"));
    assert_eq!(in_language("de").as_deref(), Some("2025-07-02"));
    assert_eq!(in_language("en"), None);
}

#[test]
fn what_is_no_date_gives_none() {
    for text in [
        "",
        "31.2.2024",
        "29.2.2023",
        "0.1.2020",
        "15.13.2020",
        "32. Mai 2020",
        "1.2.2020.7",
        "192.168.2.2001",
        "heute",
        "vor 3 Stunden",
        "Version 1.2.3",
        "12345",
        "99999999",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00Z",
        "may be",
        "März",
        "-1",
        "999999999999999999999999",
    ] {
        assert_eq!(iso(text), None, "{text}");
    }
    assert_eq!(iso("29.2.2024").as_deref(), Some("2024-02-29"));
}

#[test]
fn dates_in_text_have_their_place() {
    let text = "Tanndorf, 7. Februar 2025 (sib) – Am 3.3.2025, 10 Uhr, tagt der Rat; 1848 war ein Jahr, der 18. März 1848 ein Tag.";
    let want = [("7. Februar 2025", "2025-02-07"), ("3.3.2025, 10 Uhr", "2025-03-03T10:00:00")];
    assert_eq!(found(text), want.map(|(raw, iso)| (raw.to_owned(), iso.to_owned())));
    assert_eq!(found("Am 9. Februar kostet es 10.50 Euro."), []);
}

#[test]
fn a_leading_date_is_taken_off() {
    let strip = |text| strip_leading_date(text).map(|(date, rest)| (date.iso, rest));
    assert_eq!(strip("[15.6.2020] Die Stadt lädt ein."), Some(("2020-06-15".to_owned(), "Die Stadt lädt ein.")));
    assert_eq!(strip(" (07.02.2025) Text"), Some(("2025-02-07".to_owned(), "Text")));
    assert_eq!(strip("07.02.2025, 14:30 Uhr – Text"), Some(("2025-02-07T14:30:00".to_owned(), "Text")));
    assert_eq!(strip("[15.6.2020]"), Some(("2020-06-15".to_owned(), "")));
    assert_eq!(strip("7. Februar 2025 war ein Freitag."), None);
    assert_eq!(strip("Am [15.6.2020] war es kalt."), None);
    assert_eq!(strip("[Kommentar] 15.6.2020"), None);
    assert_eq!(strip(""), None);
}

#[test]
fn long_and_odd_text_costs_little_and_breaks_nothing() {
    for piece in
        ["1", "1.", "1.1.", "7. Februar ", "Feb 7 12:", "ä", "年", "2024年", "May May ", " ", "1/1/", "T", "’7.º"]
    {
        let text = piece.repeat(20_000);
        let _ = find_dates(&text);
        let _ = parse_date(&text[..text.char_indices().nth(30).unwrap().0]);
        let _ = strip_leading_date(&text);
    }
}

#[test]
fn the_year_may_stand_before_a_month_by_name_where_a_date_is_meant() {
    let day = |text: &str| parse_date(text).map(|date| date.iso);
    assert_eq!(day("2023 Jan 7").as_deref(), Some("2023-01-07"));
    assert_eq!(day("2023-Mai-07").as_deref(), Some("2023-05-07"));
    assert!(find_dates("In 2023 May 7 people came.").is_empty());
}

#[test]
fn a_bullet_may_stand_right_before_a_month() {
    let found = find_dates("Ida Voss •Oct 20, 2025");
    assert_eq!(found.iter().map(|(_, date)| date.iso.as_str()).collect::<Vec<_>>(), ["2025-10-20"]);
}
