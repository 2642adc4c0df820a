//! The newest state of every article: one line an `id`.
//!
//! Two passes over the files: the first notes which line of each article is the newest, the second writes those lines in the
//! order in which they stand. Memory: about 60 bytes an article, whatever the length of the lines.

use std::collections::HashMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{BadLine, CorpusError, each_line};
use crate::types::RecordType;

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Lines read.
    pub lines: u64,
    /// Articles written.
    pub articles: u64,
    /// Articles whose newest state is that they are gone.
    pub gone: u64,
    /// Lines that are no records.
    pub bad: u64,
}

/// The part of a record that decides.
#[derive(Deserialize)]
struct Line {
    id: String,
    record_type: RecordType,
    fetched_at: String,
    source: Option<Source>,
}

#[derive(Deserialize)]
struct Source {
    captured_at: Option<String>,
}

/// The newest line of an article so far.
struct Newest {
    at: Timestamp,
    file: usize,
    line: u64,
    gone: bool,
}

/// Folds the records of the files to the newest line of each article, which is given to `write` as an `article`. Newest is what
/// was captured last, by an archive or by us; of lines from the same instant the one that was written last. An article that is
/// gone is left out, or written as its tombstone where `tombstones` are wanted.
///
/// # Errors
/// When a file cannot be read, or the result not written. A line that is no record is told to `bad` and left out.
pub fn compact(
    files: &[PathBuf],
    tombstones: bool,
    bad: &mut dyn FnMut(BadLine),
    write: &mut dyn FnMut(&[u8]) -> Result<(), CorpusError>,
) -> Result<Compacted, CorpusError> {
    let mut result = Compacted::default();
    let newest = find_newest(files, bad, &mut result)?;
    let mut wanted: Vec<(usize, u64)> =
        newest.values().filter(|newest| tombstones || !newest.gone).map(|newest| (newest.file, newest.line)).collect();
    result.gone = newest.values().filter(|newest| newest.gone).count() as u64;
    drop(newest);
    wanted.sort_unstable();
    let mut wanted = wanted.into_iter().peekable();
    // What is wrong with the files was told the first time.
    each_line(files, &mut |_| (), &mut |file, line, text| {
        if wanted.next_if_eq(&(file, line)).is_none() {
            return Ok(());
        }
        result.articles += 1;
        match as_article(text) {
            Some(line) => write(&line),
            None => write(text),
        }
    })?;
    Ok(result)
}

fn find_newest(
    files: &[PathBuf],
    bad: &mut dyn FnMut(BadLine),
    result: &mut Compacted,
) -> Result<HashMap<u128, Newest>, CorpusError> {
    let mut newest: HashMap<u128, Newest> = HashMap::new();
    let mut faults = Vec::new();
    let mut broken = 0;
    let mut note = |fault: BadLine| {
        broken += 1;
        bad(fault);
    };
    let mut visit = |file: usize, number: u64, text: &[u8]| {
        result.lines += 1;
        match serde_json::from_slice::<Line>(text) {
            Ok(line) => {
                let seen =
                    Newest { at: time_of(&line), file, line: number, gone: line.record_type == RecordType::Tombstone };
                let known = newest.entry(key(&line.id)).or_insert(Newest { at: Timestamp::MIN, ..seen });
                if seen.at >= known.at {
                    *known = seen;
                }
            }
            Err(error) => faults.push(BadLine {
                file: files.get(file).cloned().unwrap_or_default(),
                line: number,
                fault: format!("no record: {error}"),
            }),
        }
        Ok(())
    };
    each_line(files, &mut note, &mut visit)?;
    result.bad = broken + faults.len() as u64;
    faults.into_iter().for_each(bad);
    Ok(newest)
}

/// When the page looked as the line says; a time that is none counts as the earliest.
fn time_of(line: &Line) -> Timestamp {
    let captured = line.source.as_ref().and_then(|source| source.captured_at.as_deref());
    captured.unwrap_or(&line.fetched_at).parse().unwrap_or(Timestamp::MIN)
}

/// An `id` in 16 bytes: ours are 32 hexadecimal digits, those of others are hashed.
fn key(id: &str) -> u128 {
    if id.len() == 32
        && let Ok(key) = u128::from_str_radix(id, 16)
    {
        return key;
    }
    let digest: [u8; 32] = Sha256::digest(id.as_bytes()).into();
    digest.iter().take(16).fold(0, |key, byte| key << 8 | u128::from(*byte))
}

/// The line of an update as that of an article; none where it is one already, or a tombstone.
fn as_article(text: &[u8]) -> Option<Vec<u8>> {
    let mut record: Value = serde_json::from_slice(text).ok()?;
    let kind = record.get_mut("record_type").filter(|kind| *kind == "update")?;
    *kind = Value::from("article");
    serde_json::to_vec(&record).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(id: &str, kind: &str, at: &str, text: &str) -> String {
        json!({"record_type": kind, "id": id, "fetched_at": at, "text": text, "source": {"captured_at": null}})
            .to_string()
    }

    fn folded(files: &[&[String]], tombstones: bool) -> (Compacted, Vec<Value>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = (0..files.len()).map(|n| folder.path().join(format!("articles-{n}.jsonl"))).collect();
        for (path, lines) in paths.iter().zip(files) {
            std::fs::write(path, lines.join("\n")).unwrap();
        }
        let (mut out, mut bad) = (Vec::new(), Vec::new());
        let mut keep = |line: &[u8]| {
            out.push(serde_json::from_slice(line).unwrap());
            Ok(())
        };
        let result = compact(&paths, tombstones, &mut |fault| bad.push(fault.to_string()), &mut keep).unwrap();
        (result, out, bad)
    }

    #[test]
    fn the_last_update_is_the_article_and_what_is_gone_is_left_out() {
        let first = [
            line("a", "article", "2026-01-01T00:00:00Z", "alt"),
            line("b", "article", "2026-01-01T00:00:01Z", "bleibt"),
            line("c", "article", "2026-01-01T00:00:02Z", "geht"),
        ];
        let second = [
            line("a", "update", "2026-01-03T00:00:00Z", "neu"),
            line("c", "tombstone", "2026-01-04T00:00:00Z", ""),
            line("a", "update", "2026-01-02T00:00:00Z", "dazwischen"),
        ];
        let (result, out, bad) = folded(&[&first, &second], false);
        assert_eq!(result, Compacted { lines: 6, articles: 2, gone: 1, bad: 0 });
        let told: Vec<_> = out.iter().map(|record| [&record["id"], &record["record_type"], &record["text"]]).collect();
        assert_eq!(told, [["b", "article", "bleibt"], ["a", "article", "neu"]]);
        assert!(bad.is_empty());
        let (result, out, _) = folded(&[&first, &second], true);
        assert_eq!((result.articles, out[2]["record_type"].as_str()), (3, Some("tombstone")));
    }

    #[test]
    fn an_archives_capture_counts_by_its_own_date() {
        let mut old: Value = serde_json::from_str(&line("a", "article", "2026-05-01T00:00:00Z", "von 2009")).unwrap();
        old["source"]["captured_at"] = json!("2009-02-01T00:00:00Z");
        let (_, out, _) = folded(&[&[line("a", "article", "2026-01-01T00:00:00Z", "heute"), old.to_string()]], false);
        assert_eq!(out[0]["text"], "heute");
    }

    #[test]
    fn a_bad_line_is_named_and_the_rest_goes_on() {
        let lines = [line("a", "article", "2026-01-01T00:00:00Z", "x"), "{\"id\": 1}".to_owned(), String::new()];
        let (result, out, bad) = folded(&[&lines], false);
        assert_eq!((result.bad, out.len()), (1, 1));
        assert!(bad[0].contains("articles-0.jsonl:2: no record: "), "{bad:?}");
    }

    #[test]
    fn ids_of_others_are_told_apart() {
        assert_eq!(key("000000000000000000000000000000ff"), 255);
        assert_ne!(key("https://seefurt.test/a"), key("https://seefurt.test/b"));
    }
}
