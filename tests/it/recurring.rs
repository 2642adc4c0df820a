//! What recurs on pages of a site: pages of an invented paper whose notice and biography no single page gives away.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use auslese::classify::Sketch;
use auslese::classify::sketch::fingerprints;
use auslese::demo::{Route, Server, Site};
use serde_json::Value;

use crate::crawl::Bench;

/// Stands in the middle of every article, as a paragraph like its neighbours.
const NOTICE: &str = "Der Elschebote erscheint seit dem Frühjahr an drei Tagen in der Woche. Wer ihn regelmäßig liest, hilft der \
    Redaktion, auch über die kleinen Orte an der Elsche zu berichten, für die sonst niemand Zeit hat.";
/// Stands at the end of every article.
const BIOGRAPHY: &str = "Merle Ahlers schreibt seit vierzehn Jahren über die Orte zwischen Elsche und Heidekanal. Sie ist in Seefurt \
    aufgewachsen, hat in einer Druckerei gelernt und kennt jeden Deich beim Namen.";
/// Stands on three of the articles: it was printed again.
const QUOTED: &str = "Die alte Schleuse von Brackenau wurde in einer einzigen Nacht gebaut, so erzählt es die Chronik des Müllers, und \
    am Morgen fehlte nur noch das Tor.";

const TOWNS: [&str; 24] = [
    "Ulmau",
    "Seefurt",
    "Brackenau",
    "Moorhude",
    "Altenquast",
    "Elschede",
    "Tiefensiel",
    "Grabau",
    "Hohenrade",
    "Krummbeck",
    "Lindholt",
    "Neuwarder",
    "Osterfehn",
    "Pahlen",
    "Quarnbüll",
    "Rethwisch",
    "Sandkrug",
    "Twielen",
    "Uhlenhoop",
    "Vierbergen",
    "Wehrden",
    "Zarnow",
    "Birkenloh",
    "Dornhagen",
];
const SUBJECTS: [&str; 6] =
    ["der Wochenmarkt", "die Bücherei", "das Freibad", "der Bahnhof", "die Feuerwehr", "der Stadtpark"];
const VERBS: [&str; 4] = ["zieht um", "wird größer", "öffnet wieder", "bekommt ein neues Dach"];

fn pages() -> usize {
    TOWNS.len()
}

/// An article of the paper.
fn page(at: usize) -> String {
    let (town, subject, verb) = (TOWNS[at], SUBJECTS[at % SUBJECTS.len()], VERBS[at % VERBS.len()]);
    let (next, cost) = (TOWNS[(at + 7) % TOWNS.len()], 120 + 37 * at);
    let title = format!("{town}: {subject} {verb}");
    let own = [
        format!(
            "In {town} ist es entschieden: Im kommenden Jahr {verb} {subject}, und der Rat hat dafür {cost}.000 Euro bewilligt."
        ),
        format!(
            "Die Bürgermeisterin von {town} sprach am Montag von einem langen Weg. Drei Anläufe waren gescheitert, zuletzt am Einspruch aus {next}."
        ),
        format!(
            "Gebaut wird in {} Abschnitten. Während der ersten Wochen bleibt ein Eingang offen, damit die Leute aus {town} nicht nach {next} fahren müssen.",
            2 + at % 3
        ),
        format!(
            "Ob die {cost}.000 Euro reichen, weiß niemand genau. Der Kämmerer rechnet in seiner Vorlage mit einem Aufschlag von {} Prozent.",
            3 + at
        ),
    ];
    let quoted = if at % 10 == 3 { format!("<p>{QUOTED}</p>") } else { String::new() };
    format!(
        "<!doctype html><html lang=de><head><meta charset=utf-8><title>{title} - Elschebote</title></head><body>\
         <div class=x1><a href=/>Start</a> <a href=/meldungen/>Meldungen</a></div><div class=x2><h1>{title}</h1>\
         <p>{}</p><p>{}</p><p>{NOTICE}</p>{quoted}<p>{}</p><p>{}</p><p>{BIOGRAPHY}</p></div></body></html>",
        own[0], own[1], own[2], own[3]
    )
}

fn auslese(arguments: &[&str], folder: &Path) -> Vec<u8> {
    let done = Command::new(env!("CARGO_BIN_EXE_auslese")).current_dir(folder).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

fn saved(folder: &Path, range: std::ops::Range<usize>) -> Vec<PathBuf> {
    let save = |at: usize| {
        let path = folder.join(format!("{at:02}.html"));
        std::fs::write(&path, page(at)).unwrap();
        path
    };
    range.map(save).collect()
}

fn texts(lines: &[u8]) -> Vec<String> {
    let records = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    records.map(|line| serde_json::from_slice::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_recurs_is_left_out_and_what_is_printed_again_stays() {
    let sandbox = tempfile::tempdir().unwrap();
    let folder = sandbox.path();
    saved(folder, 0..pages());
    let alone = texts(&auslese(&["extract", "."], folder));
    assert_eq!(alone.len(), pages());
    // No single page gives them away: this is what the sketch is for.
    let fooled = alone.iter().filter(|text| text.contains(NOTICE)).count();
    assert!(fooled * 10 >= pages() * 9, "{fooled} of {} pages take the notice for the article", pages());
    std::fs::create_dir(folder.join("out")).unwrap();
    auslese(&["learn", ".", "--output", "out/sketch.json"], folder);
    let with = texts(&auslese(&["extract", ".", "--sketch", "out/sketch.json"], folder));
    for (at, (text, alone)) in with.iter().zip(&alone).enumerate() {
        assert!(!text.contains("Elschebote erscheint") && !text.contains("Merle Ahlers schreibt"), "page {at}: {text}");
        // Nothing else is lost.
        let kept: Vec<&str> = alone.lines().filter(|line| *line != NOTICE && *line != BIOGRAPHY).collect();
        assert_eq!(text.lines().collect::<Vec<_>>(), kept, "page {at}");
        assert_eq!(text.contains(QUOTED), at % 10 == 3, "page {at}");
    }
    // The same pages give the same sketch, and a page the same record, whatever the threads.
    auslese(&["learn", ".", "--output", "out/again.json"], folder);
    let read = |name: &str| std::fs::read(folder.join("out").join(name)).unwrap();
    assert_eq!(read("sketch.json"), read("again.json"));
    let one = auslese(&["extract", "07.html", "--sketch", "out/sketch.json"], folder);
    assert_eq!(texts(&one)[0], with[7]);
    let record: Value = serde_json::from_slice(&one).unwrap();
    assert!(record["model"].as_str().unwrap().ends_with("+site"), "{}", record["model"]);
}

#[test]
fn too_few_pages_change_nothing() {
    let sandbox = tempfile::tempdir().unwrap();
    let folder = sandbox.path();
    saved(folder, 0..9);
    std::fs::create_dir(folder.join("out")).unwrap();
    auslese(&["learn", ".", "--output", "out/sketch.json"], folder);
    // The same articles once more are no further pages.
    auslese(&["learn", ".", ".", "--output", "out/twice.json"], folder);
    let read = |name: &str| std::fs::read(folder.join("out").join(name)).unwrap();
    assert_eq!(read("sketch.json"), read("twice.json"));
    let alone = auslese(&["extract", "."], folder);
    assert_eq!(auslese(&["extract", ".", "--sketch", "out/sketch.json"], folder), alone);
}

#[test]
fn a_file_that_is_no_sketch_is_named() {
    let sandbox = tempfile::tempdir().unwrap();
    std::fs::write(sandbox.path().join("a.html"), page(0)).unwrap();
    std::fs::write(sandbox.path().join("s.json"), "{\"pages\":3}").unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_auslese"))
        .current_dir(sandbox.path())
        .args(["extract", "a.html", "--sketch", "s.json"])
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(2));
    let words = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(words.contains("s.json") && words.contains("auslese learn"), "{words}");
}

fn path(at: usize) -> String {
    format!("/meldungen/{at}-{}.html", SUBJECTS[at % SUBJECTS.len()].replace([' ', 'ü'], "-"))
}

/// The paper's site.
fn served() -> Server {
    let links: String = (0..pages()).map(|at| format!("<li><a href='{}'>{}</a></li>", path(at), TOWNS[at])).collect();
    let index = format!("<!doctype html><title>Elschebote</title><ul>{links}</ul>");
    let mut site = Site::new("").route("/", Route::ok("text/html; charset=utf-8", index));
    for at in 0..pages() {
        site = site.route(&path(at), Route::ok("text/html; charset=utf-8", page(at)));
    }
    Server::start(site).unwrap()
}

fn fooled(bench: &Bench) -> usize {
    bench.records().iter().filter(|record| record.text.contains(NOTICE)).count()
}

#[test]
fn a_crawl_learns_by_itself_and_its_state_keeps_it() {
    let server = served();
    let mut bench = Bench::new();
    (bench.config.crawl.parsers, bench.config.crawl.concurrency) = (1, 1);
    let mut plan = Bench::plan(&[&server.origin()]);
    plan.limit = Some(19);
    bench.run(&plan);
    let (first, records) = (fooled(&bench), bench.records().len());
    assert_eq!(records, 18);
    // Ten articles teach it, and the next may be under way.
    assert!((10..=15).contains(&first), "{first} of {records}");
    plan.limit = None;
    bench.run(&plan);
    assert_eq!((bench.records().len(), fooled(&bench)), (pages(), first));
    let mut again: Vec<usize> = Vec::new();
    for record in bench.records().iter().filter(|record| record.text.contains(QUOTED)) {
        again.push(record.text.matches(QUOTED).count());
    }
    assert_eq!(again, [1, 1, 1]);
}

#[test]
fn an_article_written_before_its_site_was_known_does_not_come_again_without_it() {
    let server = served();
    let mut bench = Bench::new();
    (bench.config.crawl.parsers, bench.config.crawl.concurrency) = (1, 1);
    let plan = Bench::plan(&[&server.origin()]);
    bench.run(&plan);
    let first = fooled(&bench);
    assert!(first >= 10, "{first}");
    let visit = |days: i64| bench.run_later(&plan, jiff::SignedDuration::from_hours(24 * days)).counters;
    let counters = visit(40);
    assert_eq!((counters.revisits, counters.updates), (pages() as u64, 0), "the same pages, read otherwise");
    // Articles that were read either way are changed.
    for at in 0..pages() {
        server.put(&path(at), Route::ok("text/html; charset=utf-8", page(at).replace("langen Weg", "weiten Weg")));
    }
    let counters = visit(100);
    assert_eq!((counters.revisits, counters.updates), (pages() as u64, pages() as u64));
    assert_eq!(fooled(&bench), first, "the new versions are read with what is known by now");
}

#[test]
fn a_crawl_that_is_given_a_sketch_uses_it_for_every_page() {
    let server = served();
    let mut sketch = Sketch::default();
    (0..12).for_each(|_| sketch.add(&fingerprints([NOTICE, BIOGRAPHY].into_iter())));
    let bench = Bench::new();
    let mut plan = Bench::plan(&[&server.origin()]);
    plan.sketch = Some(Arc::new(sketch));
    bench.run(&plan);
    assert_eq!((bench.records().len(), fooled(&bench)), (pages(), 0));
    let mut off = Bench::new();
    off.config.crawl.recurring = false;
    off.run(&Bench::plan(&[&server.origin()]));
    assert_eq!((off.records().len(), fooled(&off)), (pages(), pages()));
}
