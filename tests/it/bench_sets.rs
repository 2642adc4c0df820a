//! The development benchmarks, where they stand beside the project; their pages belong to others. Without `../shared/bench`
//! these tests skip and say so. The figures themselves are for `auslese eval`; here stands what must hold of the measuring.

use std::path::{Path, PathBuf};
use std::process::Command;

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
