//! `auslese eval` over texts that somebody else wrote.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const PAGES: [(&str, &str); 2] = [
    (
        "bruecke",
        "Die Brücke über die Elsche ist seit Montag wieder offen. Wer nach Seefurt will, spart damit den Umweg.",
    ),
    (
        "archiv",
        "Das Archiv der Stadt zieht in die alte Molkerei. Der Umzug dauert bis in den Herbst, sagt die Leiterin.",
    ),
];

fn run(arguments: &[&str]) -> (i32, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_auslese")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

/// A folder with gold.jsonl and its pages.
fn gold(folder: &Path) {
    let mut rows = String::new();
    for (name, text) in PAGES {
        let page = format!("<html lang=de><title>x</title><body><h1>Meldung</h1><p>{text}</p></body></html>");
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
        let row = json!({"id": name, "page": format!("{name}.html"), "url": "https://seefurt.test/a", "text": text});
        rows.push_str(&format!("{row}\n"));
    }
    std::fs::write(folder.join("gold.jsonl"), rows).unwrap();
}

#[test]
fn records_score_as_their_extraction_does() {
    let sandbox = tempfile::tempdir().unwrap();
    let folder = sandbox.path().to_str().unwrap();
    gold(sandbox.path());
    let lines = sandbox.path().join("records.jsonl");
    let lines = lines.to_str().unwrap();
    assert_eq!(
        run(&["extract", &format!("{folder}/bruecke.html"), &format!("{folder}/archiv.html"), "--output", lines]).0,
        0
    );
    let (code, extracted, _) = run(&["eval", folder, "--json"]);
    assert_eq!(code, 0);
    let (code, scored, words) = run(&["eval", folder, "--json", "--records", lines]);
    assert_eq!((code, &scored), (0, &extracted), "{words}");
}

#[test]
fn lines_of_others_are_matched_by_id_and_a_missing_one_counts_as_empty() {
    let sandbox = tempfile::tempdir().unwrap();
    let folder = sandbox.path().to_str().unwrap();
    gold(sandbox.path());
    let lines = sandbox.path().join("theirs.jsonl");
    std::fs::write(&lines, json!({"id": "archiv", "text": PAGES[1].1}).to_string()).unwrap();
    let (code, out, _) = run(&["eval", folder, "--json", "--records", lines.to_str().unwrap()]);
    assert_eq!(code, 0);
    let score: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&score["empty"], &score["wordF1"]["value"]), (&json!(1), &json!(0.5)), "{score}");

    std::fs::write(&lines, "{\"id\": \"archiv\", \"text\": 7}\n").unwrap();
    let (code, _, words) = run(&["eval", folder, "--records", lines.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(words.contains("theirs.jsonl, line 1: invalid type"), "{words}");
}

/// Pages of trade news in templates of sixteen magazines; what is right there stays right.
#[test]
fn items_of_the_known_trade_pages_are_found() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/trade/known");
    let least = ["teasers=0.94", "advertisements=0.98", "vendors=0.95", "text=0.65"];
    let required = least.iter().flat_map(|least| ["--require", least]);
    let (code, figures, words) = run(&[vec!["eval", folder], required.collect()].concat());
    assert_eq!(code, 0, "{figures}{words}");
    // The blocks are not in this gold, so that nothing is said of them.
    assert!(figures.starts_with("known: 16 pages\n") && !figures.contains("no such block"), "{figures}");
    let (code, ..) = run(&["eval", folder, "--require", "teasers=1.0"]);
    assert_eq!(code, 4);
}
