//! The three real pages of the first site, as plain text, against what a record of each must hold. They belong to their
//! publisher and are not part of the project: without `../shared/seeds` beside it, these tests skip and say so.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// The folder of the seeds, or none after a word on stderr.
fn seeds() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/seeds");
    if folder.join("expected.jsonl").is_file() {
        return Some(folder);
    }
    eprintln!("skipped: no seeds in {}", folder.display());
    None
}

fn expected(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("expected.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The records of the seeds, by file name.
fn records(arguments: &[&str], manifest: &Path) -> Vec<(String, Value)> {
    let output = Command::new(env!("CARGO_BIN_EXE_auslese"))
        .args(["extract", "--quiet", "--manifest"])
        .arg(manifest)
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let name = |record: &Value| record["source"]["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    records.map(|record| (name(&record), record)).collect()
}

fn items(list: &Value) -> Vec<Value> {
    let item = |item: &Value| json!({"title": item["title"], "date": item["date"], "summary": item["summary"], "caption": item["caption"]});
    list.as_array().unwrap().iter().map(item).collect()
}

fn vendors(list: &Value) -> Vec<Value> {
    let vendor = |v: &Value| json!({"name": v["name"], "postal_code": v["postal_code"], "city": v["city"]});
    list.as_array().unwrap().iter().map(vendor).collect()
}

fn names(authors: &Value) -> Vec<Value> {
    authors.as_array().unwrap().iter().map(|author| author["name"].clone()).collect()
}

fn compare(arguments: &[&str], profile: &str) {
    let Some(folder) = seeds() else { return };
    let expected = expected(&folder);
    let sandbox = tempfile::tempdir().unwrap();
    let manifest = sandbox.path().join("manifest.jsonl");
    let rows: Vec<String> = expected
        .iter()
        .map(|page| {
            let path = folder.canonicalize().unwrap().join(page["id"].as_str().unwrap());
            json!({"path": path, "url": page["url"]}).to_string()
        })
        .collect();
    std::fs::write(&manifest, rows.join("\n")).unwrap();
    let records = records(arguments, &manifest);
    assert_eq!(records.len(), expected.len());
    for (want, (name, got)) in expected.iter().zip(records) {
        assert_eq!(name, want["id"].as_str().unwrap(), "lines come in the order of the inputs");
        assert_eq!(got["profile"], profile, "{name}");
        for (field, theirs) in [
            ("text", "text"),
            ("headline", "title"),
            ("kicker", "kicker"),
            ("date_published", "date"),
            ("keywords", "keywords"),
        ] {
            assert_eq!(got[field], want[theirs], "{name}: {field}");
        }
        assert_eq!(&names(&got["authors"]), want["authors"].as_array().unwrap(), "{name}: authors");
        assert_eq!(items(&got["teasers"]), items(&want["teasers"]), "{name}: teasers");
        assert_eq!(items(&got["advertisements"]), items(&want["sponsored"]), "{name}: advertisements");
        assert_eq!(vendors(&got["vendors"]), vendors(&want["vendors"]), "{name}: vendors");
    }
}

#[test]
fn with_the_sites_profile() {
    compare(&[], "kommune21.de");
}

#[test]
fn with_the_default_profile_alone() {
    compare(&["--site", "_default"], "_default");
}
