//! One article, many captures: two eras of a site in an archive that a real pywb serves, with old and new addresses, print versions,
//! corrections, and captures of something else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use auslese::demo::Generated;
use auslese::types::{Record, RecordType};
use serde_json::json;

use super::backfill::{backfill, records, words};
use crate::support::pywb::Pywb;
use crate::support::tools;

const ARTICLES: usize = 200;
const PROFILE: &str = r#"
title = "Anzeiger"
language = "de"
home = "http://anzeiger.test/"

[urls]
otherwise = "drop"

[[rule]]
keep = '^/(?:druck/)?meldung_\d+'
as = "article"

[[rule]]
keep = '^/meldungen/'
as = "article"

[[identity]]
pattern = '^/meldung_(\d+)'
canonical = '/meldung_$1'
"#;

/// A capture.
struct Capture {
    at: String,
    url: String,
    body: String,
}

/// A pywb with these captures; none where it is not installed.
fn archive(captures: &[Capture]) -> Option<(Pywb, tempfile::TempDir)> {
    let python = tools::python()?;
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = captures
        .iter()
        .map(|Capture { at, url, body }| json!({"at": at, "url": url, "body": body, "status": "200 OK"}).to_string())
        .collect();
    let list = folder.path().join("captures.jsonl");
    std::fs::write(&list, rows.join("\n")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/captures/write.py");
    let made = Command::new(python).arg(script).arg(&list).arg(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::remove_file(list).unwrap();
    Some((Pywb::start(folder.path())?, folder))
}

/// What stands between two marks.
pub(crate) fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap() + from.len();
    &text[start..start + text[start..].find(to).unwrap()]
}

/// The parts of an article of the generator.
struct Parts {
    kicker: String,
    title: String,
    day: String,
    lead: String,
    /// Paragraphs, and whether each is a subheading.
    body: Vec<(bool, String)>,
}

fn made() -> Generated {
    Generated { articles: ARTICLES, page_bytes: 8_000, seed: 11 }
}

fn parts(number: usize) -> Parts {
    let page = made().article(number);
    let body = between(&page, "entry-content\">", "</div>");
    let paragraphs = body.split("</").filter_map(|piece| {
        let (tag, text) = piece.rsplit_once('>')?;
        (!text.trim().is_empty()).then(|| (tag.contains("<h2"), text.trim().to_owned()))
    });
    Parts {
        kicker: between(&page, "post__kicker\">", "</p>").to_owned(),
        title: between(&page, "entry-title\">", "</h1>").to_owned(),
        day: between(&page, "post__date\">", "</p>").trim().to_owned(),
        lead: between(&page, "post__lead\"><strong>", "</strong>").trim().to_owned(),
        body: paragraphs.collect(),
    }
}

/// The page of the old template: layout tables, `<br>` paragraphs, no metadata. `aside` is what stands beside the article that day.
fn old_page(number: usize, correction: &str, aside: &str) -> String {
    let Parts { kicker, title, day, lead, body } = parts(number);
    let text: Vec<String> = body
        .iter()
        .map(|(heading, text)| if *heading { format!("<b>{text}</b>") } else { format!("{text}{correction}") })
        .collect();
    let others =
        (1..5).map(|n| format!("<a href=\"/meldung_{}_Bericht.html\">Meldung {}</a><br>", number + n, number + n));
    format!(
        "<html><head><title>{title} - Anzeiger</title></head><body bgcolor=\"#ffffff\"><table width=760><tr><td colspan=2>\
         <a href=/>Start</a> | <a href=/themen>Themen</a> | <a href=/termine>Termine</a></td></tr><tr><td width=160 valign=top>{}\
         <br>{aside}</td><td valign=top><font size=1>{kicker}</font><br><font size=4><b>{title}</b></font><br><br>\
         {day} <b>{lead}</b><br><br>{}<br><br>Stichwörter: Verwaltung, Portale<br><br>Druckversion&nbsp;&nbsp;PDF&nbsp;&nbsp;\
         Link mailen</td></tr></table></body></html>",
        others.collect::<String>(),
        text.join("<br><br>"),
    )
}

/// The page that was made for the printer.
fn print_page(number: usize, correction: &str) -> String {
    let Parts { kicker, title, day, lead, body } = parts(number);
    let text: Vec<String> = body
        .iter()
        .map(|(heading, text)| if *heading { format!("<h3>{text}</h3>") } else { format!("<p>{text}{correction}</p>") })
        .collect();
    format!(
        "<html><head><title>{title}</title></head><body onload=\"window.print()\"><p>{kicker}</p><h1>{title}</h1><p>{day} \
         <b>{lead}</b></p>{}<p>Stichwörter: Verwaltung, Portale</p></body></html>",
        text.join("")
    )
}

fn new_address(number: usize) -> String {
    format!("http://anzeiger.test/meldungen/bericht-aus-dem-rathaus-{number}/")
}

/// The page of the new template, which names its own address.
fn new_page(number: usize, correction: &str) -> String {
    let page = made().article(number);
    let body = between(&page, "entry-content\">", "</div>");
    let corrected = body.replace(" </p>", &format!("{correction} </p>"));
    let head = format!("<head><link rel=canonical href=\"{}\">", new_address(number));
    page.replace(body, &corrected).replace("<head>", &head)
}

const BLOCKED: &str = "<html><head><title>Sicherheitsprüfung</title></head><body><h1>Einen Moment bitte</h1>\
    <p>Ihr Browser wird geprüft. Bitte lösen Sie das Captcha, um fortzufahren.</p></body></html>";
const CORRECTION: &str = " In einer früheren Fassung stand ein falscher Betrag.";

fn old_address(number: usize) -> String {
    format!("http://anzeiger.test/meldung_{number}_Bericht.html")
}

/// Whether the article was corrected between its first capture and the relaunch.
fn is_corrected(number: usize) -> bool {
    number.is_multiple_of(5)
}

/// Whether the archive came by for the first time when something else stood there.
fn is_blocked(number: usize) -> bool {
    number % 10 == 3
}

fn has_print(number: usize) -> bool {
    number % 8 == 1
}

fn captures() -> Vec<Capture> {
    let mut captures = Vec::new();
    for number in 0..ARTICLES {
        let mut add = |year: u16, url: String, body: String| {
            let at = format!(
                "{year}-{:02}-{:02}T{:02}:{:02}:00Z",
                1 + number % 12,
                1 + number % 28,
                number % 24,
                number % 60
            );
            captures.push(Capture { at, url, body });
        };
        if is_blocked(number) {
            add(2013, old_address(number), BLOCKED.replace("Moment", &format!("Moment ({number})")));
        }
        add(2014, old_address(number), old_page(number, "", "Wetter: heiter"));
        if has_print(number) {
            add(2015, format!("http://anzeiger.test/druck/meldung_{number}"), print_page(number, ""));
        }
        // The same article under another tail, with other things beside it.
        add(2016, old_address(number).replace("_Bericht", ""), old_page(number, "", "Wetter: trüb"));
        let correction = if is_corrected(number) { CORRECTION } else { "" };
        if is_corrected(number) {
            add(2017, old_address(number), old_page(number, correction, "Wetter: Schnee"));
        }
        add(2025, new_address(number), new_page(number, correction));
    }
    captures
}

fn fill(folder: &Path, cdx: &str, more: &[&str]) -> Output {
    let sites = folder.join("sites");
    std::fs::create_dir_all(&sites).unwrap();
    std::fs::write(sites.join("anzeiger.test.toml"), PROFILE).unwrap();
    let archive = ["--via", "wayback", "--cdx", cdx, "--config-dir", sites.to_str().unwrap()];
    backfill(&folder.join("out"), "anzeiger.test", &[&archive[..], more].concat())
}

/// The lines of each article in their order.
fn by_article(records: &[Record]) -> BTreeMap<String, Vec<&Record>> {
    let mut articles: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
    for record in records {
        articles.entry(record.id.clone()).or_default().push(record);
    }
    articles
}

/// The number in an old address.
fn number_in(url: &str) -> usize {
    url.rsplit_once("meldung_").unwrap().1.trim_end_matches("_Bericht.html").parse().unwrap()
}

/// The number of an article, by its headline.
fn number_of(record: &Record) -> usize {
    let headline = record.headline.as_deref().unwrap();
    headline.rsplit_once('(').unwrap().1.trim_end_matches(')').parse().unwrap()
}

#[test]
fn two_hundred_articles_of_two_eras_are_two_hundred_articles() {
    let Some((pywb, _archive)) = archive(&captures()) else { return };
    let folder = tempfile::tempdir().unwrap();
    // It stops in the middle, and goes on.
    let first = fill(folder.path(), &pywb.cdx(), &["--captures", "all", "--limit", "300"]);
    assert_eq!(first.status.code(), Some(0), "{}", words(&first));
    let run = fill(folder.path(), &pywb.cdx(), &["--captures", "all"]);
    assert_eq!(run.status.code(), Some(0), "{}", words(&run));
    let lines = records(&folder.path().join("out"));
    let articles = by_article(&lines);
    assert_eq!(articles.len(), ARTICLES, "{}", words(&run));
    let numbers: BTreeSet<usize> = articles.values().map(|versions| number_of(versions[0])).collect();
    assert_eq!(numbers.len(), ARTICLES);
    for versions in articles.values() {
        let number = number_of(versions[0]);
        let kinds: Vec<RecordType> = versions.iter().map(|record| record.record_type).collect();
        assert_eq!(kinds[0], RecordType::Article);
        assert!(kinds[1..].iter().all(|kind| *kind == RecordType::Update), "{number}: {kinds:?}");
        assert!(versions.is_sorted_by_key(|record| record.source.captured_at.clone()), "{number}: versions in order");
        assert!(
            versions[0].source.captured_at.as_deref().unwrap().starts_with("2014-"),
            "{number}: the first that is one"
        );
        // A correction changes the text once, and stays.
        let texts: Vec<&&Record> =
            versions.iter().filter(|record| record.changed.iter().any(|field| field == "text")).collect();
        assert_eq!(
            texts.len(),
            usize::from(is_corrected(number)),
            "{number}: {:?}",
            texts.iter().map(|r| &r.text).collect::<Vec<_>>()
        );
        let newest = versions.last().unwrap();
        assert_eq!(newest.text.contains(CORRECTION.trim()), is_corrected(number), "{number}");
        // The new address is the article's, the old ones are its other addresses.
        assert_eq!(newest.url, new_address(number));
        let mut others: BTreeSet<String> = [old_address(number), old_address(number).replace("_Bericht", "")].into();
        if has_print(number) {
            others.insert(format!("http://anzeiger.test/druck/meldung_{number}"));
        }
        assert_eq!(newest.aliases.iter().cloned().collect::<BTreeSet<String>>(), others, "{number}");
    }
    let newest = folder.path().join("newest.jsonl");
    let folded = Command::new(env!("CARGO_BIN_EXE_auslese"))
        .arg("compact")
        .arg(folder.path().join("out"))
        .arg("--output")
        .arg(&newest)
        .output()
        .unwrap();
    assert!(folded.status.success());
    let folded: Vec<Record> =
        super::crawl::lines(&newest).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(folded.len(), ARTICLES);
    assert!(folded.iter().all(|record| record.source.captured_at.as_deref().unwrap().starts_with("2025-")));
    let after = words(&fill(folder.path(), &pywb.cdx(), &["--captures", "all", "--dry-run"]));
    assert!(after.contains("to fetch: 0"), "{after}");
}

#[test]
fn where_a_capture_holds_no_article_the_next_is_tried() {
    let few = |capture: &Capture| capture.url.contains("_Bericht") && number_in(&capture.url) < 40;
    let captures: Vec<Capture> = captures().into_iter().filter(few).collect();
    let Some((pywb, _archive)) = archive(&captures) else { return };
    for (which, years) in [("earliest", ["2014-", "2014-"]), ("latest", ["2014-", "2017-"])] {
        let folder = tempfile::tempdir().unwrap();
        let run = fill(folder.path(), &pywb.cdx(), &["--captures", which]);
        assert_eq!(run.status.code(), Some(0), "{}", words(&run));
        let lines = records(&folder.path().join("out"));
        assert_eq!(lines.len(), 40, "one capture of each: {}", words(&run));
        for record in &lines {
            assert_eq!(record.record_type, RecordType::Article);
            let year = years[usize::from(is_corrected(number_of(record)))];
            assert!(record.source.captured_at.as_deref().unwrap().starts_with(year), "{which}: {:?}", record.source);
        }
        // The four whose first capture was blocked cost a question and a capture more, and only those.
        let spoilt = if which == "earliest" { 4 } else { 0 };
        let requests = 1 + 40 + 2 * spoilt;
        assert!(words(&run).contains(&format!("({requests} requests")), "{which}: {}", words(&run));
        let after = words(&fill(folder.path(), &pywb.cdx(), &["--captures", which, "--dry-run"]));
        assert!(after.contains("to fetch: 0"), "{after}");
    }
}
