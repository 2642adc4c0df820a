//! The development benchmarks, where they stand beside the project; their pages belong to others. Without `../shared/bench`
//! these tests skip and say so. The figures themselves are for `auslese eval`; here stands what must hold of the measuring.

use std::path::{Path, PathBuf};
use std::process::Command;

use auslese::classify::Classifier;
use auslese::extract::{extract, simhash, stand_in, word_count};
use auslese::revisit::{NEAR, distance, simhash_bits};
use auslese::site::Sites;
use auslese::types::{Fetched, Origin, Record, Via};
use serde_json::{Value, json};

/// Pages of a set that are measured: enough to compare two ways of counting, few enough for an unoptimised build.
const PAGES: usize = 12;

fn bench() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench");
    if folder.join("score.py").is_file() {
        return Some(folder.canonicalize().unwrap());
    }
    eprintln!("skipped: no benchmarks in {}", folder.display());
    None
}

const SETS: [&str; 3] = ["wcxb-dev", "fundus-dev", "trafilatura-dev"];

/// A page of a set as if it had been fetched.
fn fetched(set: &Path, row: &Value) -> Fetched {
    let bytes = std::fs::read(set.join(row["page"].as_str().unwrap())).unwrap();
    let written = row["url"].as_str().unwrap_or_default();
    // Some are written without their scheme, some not at all.
    let url: Result<url::Url, _> = written.parse().or_else(|_| format!("http://{written}").parse());
    let url = url.unwrap_or_else(|_| "http://ohne-adresse.test/".parse().unwrap());
    Fetched {
        requested: url.clone(),
        final_url: url,
        hops: Vec::new(),
        status: 200,
        headers: Vec::new(),
        body: auslese::fetch::gunzip(bytes, 1 << 28).unwrap(),
        fetched_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        origin: Origin::Http,
        via: Via::Link,
    }
}

/// What was found in every `step`-th page of every set: set and id, its type in gold, whether something stands in for it, its record.
fn pages(bench: &Path, step: usize) -> Vec<(String, String, Option<String>, Record)> {
    let sites = Sites::embedded().unwrap();
    let mut rows: Vec<(String, Value)> = Vec::new();
    for set in SETS {
        let gold = std::fs::read_to_string(bench.join(set).join("gold.jsonl")).unwrap();
        rows.extend(gold.lines().step_by(step).map(|line| (set.to_owned(), serde_json::from_str(line).unwrap())));
    }
    let work = |rows: &[(String, Value)]| -> Vec<(String, String, Option<String>, Record)> {
        rows.iter()
            .filter_map(|(set, row)| {
                let page = fetched(&bench.join(set), row);
                let extraction = extract(&page, &sites.for_url(&page.final_url), Classifier::embedded()).ok()?;
                let found = stand_in(&extraction, &page).map(|found| format!("{found:?}"));
                let name = format!("{set} {}", row["id"].as_str().unwrap());
                Some((name, row["type"].as_str().unwrap_or_default().to_owned(), found, extraction.record))
            })
            .collect()
    };
    let share = rows.len().div_ceil(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)).max(1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = rows.chunks(share).map(|rows| scope.spawn(|| work(rows))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn no_article_of_the_sets_is_taken_for_a_wall() {
    let Some(bench) = bench() else { return };
    let hit: Vec<_> =
        pages(&bench, 20).into_iter().filter(|(_, kind, found, _)| kind == "article" && found.is_some()).collect();
    assert!(hit.is_empty(), "{:?}", hit.iter().map(|(name, _, found, _)| (name, found)).collect::<Vec<_>>());
}

/// Words of a text that stand behind one another by fives.
fn shingles(text: &str) -> std::collections::BTreeSet<String> {
    let words: Vec<String> = auslese::extract::words(text).map(str::to_lowercase).collect();
    words.windows(5).map(|words| words.join(" ")).collect()
}

/// The figures of `docs/again.md`: false alarms of what stands in for a page, and how well near texts are found.
#[test]
#[ignore = "a measurement, minutes long: cargo test --release --test it -- --ignored --nocapture stand_ins_and_near"]
fn stand_ins_and_near_duplicates_are_measured() {
    let Some(bench) = bench() else { return };
    let pages = pages(&bench, 1);
    println!("{} pages, {} of them articles", pages.len(), pages.iter().filter(|page| page.1 == "article").count());
    for (name, kind, found, record) in pages.iter().filter(|page| page.2.is_some()) {
        println!(
            "hit: {name} ({kind}) {} | {:?} | {} words",
            found.as_ref().unwrap(),
            record.headline,
            record.word_count
        );
    }
    let hashed: Vec<(&str, u64, &Record)> = pages
        .iter()
        .filter_map(|(name, _, _, record)| Some((name.as_str(), simhash_bits(record.simhash.as_deref()?)?, record)))
        .collect();
    let (mut near, mut same) = (0, 0);
    for (n, (name, hash, record)) in hashed.iter().enumerate() {
        for (other_name, other, other_record) in &hashed[n + 1..] {
            let apart = distance(*hash, *other);
            if apart > 8 {
                continue;
            }
            let (one, two) = (shingles(&record.text), shingles(&other_record.text));
            let shared = one.intersection(&two).count() as f64 / one.union(&two).count().max(1) as f64;
            if apart <= NEAR {
                near += 1;
                same += usize::from(shared >= 0.7);
            }
            println!("pair at {apart}: {name} / {other_name}, {:.2} of their words in fives shared", shared);
        }
    }
    println!("{} texts with a simhash; within {NEAR}: {near} pairs, {same} of them share 0.7", hashed.len());
    recall(&hashed);
}

/// How many texts are found again after small changes, by their length.
fn recall(hashed: &[(&str, u64, &Record)]) {
    type Change = fn(&str) -> String;
    let changes: [(&str, Change); 5] = [
        ("one word replaced", |text| {
            let mut words: Vec<&str> = text.split(' ').collect();
            let middle = words.len() / 2;
            words[middle] = "Fuchsbau";
            words.join(" ")
        }),
        ("a date and a credit added", |text| format!("24. November 2026, Redaktion Seefurt. {text}")),
        ("a line of ten words added at the end", |text| {
            format!("{text} Dieser Beitrag erschien zuerst in der gedruckten Ausgabe vom vergangenen Samstag")
        }),
        ("the last sentence cut", |text| {
            let end = text.trim_end_matches(['.', '!', '?', '"', ' ', '\n']).rfind(['.', '!', '?']);
            text[..end.map_or(text.len(), |end| end + 1)].to_owned()
        }),
        ("five words replaced", |text| {
            let mut words: Vec<&str> = text.split(' ').collect();
            let step = (words.len() / 6).max(1);
            for n in 1..=5 {
                if let Some(word) = words.get_mut(n * step) {
                    *word = "Fuchsbau";
                }
            }
            words.join(" ")
        }),
    ];
    for (name, change) in changes {
        for (least, most) in [(24, 150), (150, 400), (400, 1_000), (1_000, u64::MAX)] {
            let texts = hashed.iter().filter(|(_, _, record)| (least..most).contains(&word_count(&record.text)));
            let (mut all, mut found) = (0, 0);
            for (_, hash, record) in texts {
                all += 1;
                let changed = simhash(&change(&record.text)).as_deref().and_then(simhash_bits);
                found += usize::from(changed.is_some_and(|changed| distance(*hash, changed) <= NEAR));
            }
            println!("recall, {name}, {least} words and more: {found} of {all}");
        }
    }
}

/// A small copy of a set: every n-th row, its page named by absolute path.
fn sample(set: &Path, sandbox: &Path) -> PathBuf {
    let gold = std::fs::read_to_string(set.join("gold.jsonl")).unwrap();
    let step = gold.lines().count().div_ceil(PAGES);
    let rows = gold.lines().step_by(step).map(|line| {
        let mut row: Value = serde_json::from_str(line).unwrap();
        row["page"] = json!(set.join(row["page"].as_str().unwrap()));
        row["path"] = row["page"].clone();
        row.to_string()
    });
    let path = sandbox.join("gold.jsonl");
    std::fs::write(&path, rows.collect::<Vec<_>>().join("\n")).unwrap();
    path
}

fn auslese(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_auslese")).arg("--quiet").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The numbers of a line, in order.
fn numbers(line: &str) -> Vec<f64> {
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn eval_counts_as_the_benchmarks_script_does() {
    let Some(bench) = bench() else { return };
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: no python3 to run score.py with");
        return;
    }
    for set in ["wcxb-dev", "fundus-dev", "trafilatura-dev"] {
        let sandbox = tempfile::tempdir().unwrap();
        let gold = sample(&bench.join(set), sandbox.path());
        let ours = auslese(&["eval", sandbox.path().to_str().unwrap()]);
        let lines = sandbox.path().join("p.jsonl");
        auslese(&["extract", "--manifest", gold.to_str().unwrap(), "--output", lines.to_str().unwrap()]);
        let theirs = Command::new("python3").arg(bench.join("score.py")).args([&gold, &lines]).output().unwrap();
        assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stderr));
        let theirs = String::from_utf8(theirs.stdout).unwrap();
        let (ours, theirs) = (numbers(ours.lines().nth(2).unwrap()), numbers(theirs.lines().last().unwrap()));
        assert_eq!(ours, theirs, "{set}");
        assert!(ours.len() >= 4, "{set}");
    }
}
