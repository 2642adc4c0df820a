//! Records read back: folded, and as tables that other programs read.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use auslese::demo::{Server, Site};
use serde_json::Value;

use crate::support::tools;

fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn auslese(arguments: &[&str]) -> (i32, String, String) {
    run(Command::new(env!("CARGO_BIN_EXE_auslese")).args(arguments))
}

/// A folder with what a crawl of the fixture site wrote, in several files.
fn crawled(folder: &Path) -> PathBuf {
    let server = Server::start(Site::embedded("amtsblick.test").unwrap()).unwrap();
    let output = folder.join("out");
    for _ in 0..2 {
        let (code, _, words) = auslese(&[
            "crawl",
            &server.origin(),
            "--allow-private",
            "--delay",
            "0s",
            "--limit",
            "30",
            "--output",
            output.to_str().unwrap(),
        ]);
        assert_eq!(code, 0, "{words}");
    }
    output
}

fn records(file: &Path) -> Vec<Value> {
    std::fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_crawl_is_folded_to_one_line_an_article() {
    let sandbox = tempfile::tempdir().unwrap();
    let output = crawled(sandbox.path());
    let newest = sandbox.path().join("newest.jsonl");
    let (code, _, words) = auslese(&["compact", output.to_str().unwrap(), "--output", newest.to_str().unwrap()]);
    assert_eq!(code, 0, "{words}");
    let folded = records(&newest);
    let mut ids: Vec<&str> = folded.iter().map(|record| record["id"].as_str().unwrap()).collect();
    assert!(ids.len() > 20, "{words}");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), folded.len());
    // Folding what is folded, twice over, changes nothing.
    let again = sandbox.path().join("again.jsonl");
    let newest = newest.to_str().unwrap();
    assert_eq!(auslese(&["compact", newest, newest, "--output", again.to_str().unwrap()]).0, 0);
    let sorted = |file: &Path| {
        let mut lines: Vec<String> = std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(Path::new(newest)), sorted(&again));
    assert_eq!(auslese(&["validate", newest]).0, 0);
}

#[test]
fn what_is_no_record_is_named() {
    let sandbox = tempfile::tempdir().unwrap();
    let file = sandbox.path().join("a.jsonl");
    std::fs::write(&file, "{\"id\": 7}\n").unwrap();
    let (code, _, words) = auslese(&["compact", file.to_str().unwrap(), "--output", "-"]);
    assert_eq!(code, 4);
    assert!(words.contains("a.jsonl:1: no record: "), "{words}");
    let (code, _, words) = auslese(&["compact", "/nirgends.jsonl", "--output", "-"]);
    assert_eq!(code, 1);
    assert!(words.contains("cannot read /nirgends.jsonl: No such file"), "{words}");
    let (code, _, words) = auslese(&["export", sandbox.path().join("leer").to_str().unwrap(), "-f", "csv", "-o", "-"]);
    assert!(code == 1 && words.contains("leer"), "{words}");
}

#[test]
fn csv_holds_what_the_records_hold() {
    let sandbox = tempfile::tempdir().unwrap();
    let output = crawled(sandbox.path());
    let (code, table, words) = auslese(&["export", output.to_str().unwrap(), "--format", "csv", "--output", "-"]);
    assert_eq!(code, 0, "{words}");
    let mut lines: Vec<Value> = Vec::new();
    for file in auslese::corpus::files(&[output]).unwrap() {
        lines.extend(records(&file));
    }
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let columns = rows.headers().unwrap().clone();
    assert_eq!(columns.len(), lines[0].as_object().unwrap().len());
    let mut count = 0;
    for (row, record) in rows.records().zip(&lines) {
        count += 1;
        for (column, cell) in columns.iter().zip(&row.unwrap()) {
            match &record[column] {
                Value::Null => assert_eq!(cell, ""),
                Value::String(text) => assert_eq!(cell, text),
                other => assert_eq!(&serde_json::from_str::<Value>(cell).unwrap(), other),
            }
        }
    }
    assert_eq!(count, lines.len());
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_what_to_do() {
    let sandbox = tempfile::tempdir().unwrap();
    let file = sandbox.path().join("a.jsonl");
    std::fs::write(&file, "").unwrap();
    let (code, _, words) = auslese(&["export", file.to_str().unwrap(), "-f", "parquet", "-o", "-"]);
    assert_eq!(code, 2);
    assert!(words.contains("cargo build --release --features parquet"), "{words}");
}

#[test]
fn markdown_has_a_file_an_article_with_front_matter_that_yaml_reads() {
    let sandbox = tempfile::tempdir().unwrap();
    let output = crawled(sandbox.path());
    let folder = sandbox.path().join("articles");
    let (code, _, words) =
        auslese(&["export", output.to_str().unwrap(), "--format", "md", "--output", folder.to_str().unwrap()]);
    assert_eq!(code, 0, "{words}");
    let mut lines: Vec<Value> = Vec::new();
    for file in auslese::corpus::files(std::slice::from_ref(&output)).unwrap() {
        lines.extend(records(&file));
    }
    let mut found = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    assert_eq!(found.len(), lines.len());
    let one = lines.iter().find(|line| line["headline"] == "Kein Aktenwagen mehr auf dem Flur").unwrap();
    let place = format!(
        "127.0.0.1/2014/2014-10-27-kein-aktenwagen-mehr-auf-dem-flur-{}.md",
        &one["id"].as_str().unwrap()[..12]
    );
    let text = std::fs::read_to_string(folder.join(&place)).unwrap();
    assert!(
        text.starts_with("---\nid: \"")
            && text.contains("\n---\n\n*Dokumenten-Management*\n\n# Kein Aktenwagen mehr auf dem Flur\n")
    );
    // The same in one stream.
    let (code, stream, words) = auslese(&["export", output.to_str().unwrap(), "--format", "md", "--output", "-"]);
    assert_eq!(code, 0, "{words}");
    assert!(stream.contains(&text) && stream.matches("\n---\n").count() >= 2 * lines.len() - 1);
    let Some(python) = tools::python() else { return };
    let script = "import json, pathlib, sys, yaml\n\
        lines = {l['id']: l for f in sys.argv[2:] for l in map(json.loads, open(f, encoding='utf-8'))}\n\
        for path in pathlib.Path(sys.argv[1]).rglob('*.md'):\n\
        \x20   head = yaml.load(path.read_text('utf-8').split('---\\n')[1], yaml.BaseLoader)\n\
        \x20   line = lines.pop(head['id'])\n\
        \x20   assert head['url'] == line['url'] and head.get('title') == line['headline'], head\n\
        \x20   assert head.get('date') == line['date_published'], head\n\
        \x20   assert head.get('authors', []) == [a['name'] for a in line['authors']], head\n\
        \x20   assert head.get('keywords', []) == line['keywords'], head\n\
        assert not lines";
    let files = auslese::corpus::files(&[output]).unwrap();
    let (code, _, words) = run(Command::new(&python).args(["-c", script]).arg(&folder).args(&files));
    assert_eq!(code, 0, "{words}");
}

/// The commands of docs/downstream.md: DuckDB, pandas and jq read what was written.
#[test]
fn others_read_the_lines() {
    let Some(python) = tools::python() else { return };
    let sandbox = tempfile::tempdir().unwrap();
    let output = crawled(sandbox.path());
    let newest = sandbox.path().join("newest.jsonl");
    assert_eq!(auslese(&["compact", output.to_str().unwrap(), "--output", newest.to_str().unwrap()]).0, 0);
    let count = records(&newest).len();
    let script = "import sys, duckdb, pandas\n\
        frame = pandas.read_json(sys.argv[1], lines=True)\n\
        rows = duckdb.sql(f\"select count(*), count(distinct id), sum(len(teasers)) from read_json('{sys.argv[1]}')\").fetchall()[0]\n\
        assert len(frame) == rows[0] == rows[1], rows\n\
        assert frame.teasers.map(len).sum() == rows[2]\n\
        print(rows[0])";
    let (code, out, words) = run(Command::new(&python).args(["-c", script]).arg(&newest));
    assert_eq!((code, out.trim()), (0, count.to_string().as_str()), "{words}");
    let Some(jq) = tools::program("jq") else { return };
    let (code, out, words) = run(Command::new(jq).args(["-r", "select(.confidence > 0) | .id"]).arg(&newest));
    assert_eq!((code, out.lines().count()), (0, count), "{words}");
}

#[cfg(feature = "parquet")]
#[test]
fn others_read_parquet_with_nested_columns() {
    let Some(python) = tools::python() else { return };
    let sandbox = tempfile::tempdir().unwrap();
    let output = crawled(sandbox.path());
    let table = sandbox.path().join("articles.parquet");
    let (code, _, words) =
        auslese(&["export", output.to_str().unwrap(), "--format", "parquet", "--output", table.to_str().unwrap()]);
    assert_eq!(code, 0, "{words}");
    let script = "import json, sys, duckdb, pandas\n\
        lines = [json.loads(line) for file in sys.argv[2:] for line in open(file, encoding='utf-8')]\n\
        frame = pandas.read_parquet(sys.argv[1])\n\
        assert list(frame.id) == [line['id'] for line in lines]\n\
        assert [[t['title'] for t in ts] for ts in frame.teasers] == [[t['title'] for t in l['teasers']] for l in lines]\n\
        blocks = duckdb.sql(f\"select count(*) from (select unnest(blocks) b from '{sys.argv[1]}') where b.role = 'body'\").fetchall()[0][0]\n\
        assert blocks == sum(b['role'] == 'body' for l in lines for b in l['blocks']) > 0\n\
        assert duckdb.sql(f\"select source.kind from '{sys.argv[1]}' limit 1\").fetchall()[0][0] == 'http'";
    let files = auslese::corpus::files(&[output]).unwrap();
    let (code, _, words) = run(Command::new(&python).args(["-c", script]).arg(&table).args(&files));
    assert_eq!(code, 0, "{words}");
}
