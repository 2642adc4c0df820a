//! Archives read: files that warcio writes from the fixture pages, whole and damaged.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use auslese::types::{PageType, Record, SourceKind};
use flate2::bufread::GzDecoder;

use crate::support::tools;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const SITE: &str = "fixtures/sites/amtsblick.test";

/// The folder with the archives, made once; none where Python is missing.
fn archives() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<tempfile::TempDir>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let python = tools::python()?;
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new(python)
            .arg(Path::new(ROOT).join("tests/it/archive/write.py"))
            .args([&Path::new(ROOT).join(SITE), folder.path()])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Some(folder)
    });
    folder.as_ref().map(tempfile::TempDir::path)
}

struct Extracted {
    records: Vec<Record>,
    words: String,
    code: Option<i32>,
}

fn extract(folder: &Path, arguments: &[&str]) -> Extracted {
    let output = Command::new(env!("CARGO_BIN_EXE_auslese"))
        .arg("extract")
        .args(arguments)
        .current_dir(folder)
        .env_remove("AUSLESE_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Extracted {
        records: text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        words: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}

/// What does not depend on how a page is packed.
fn content(records: &[Record]) -> Vec<Record> {
    let plain = |record: &Record| {
        let mut record = record.clone();
        record.source.path = None;
        record.source.offset = None;
        record.warc = None;
        record
    };
    records.iter().map(plain).collect()
}

/// Asserts that these are the same pages, whatever they are packed in.
fn same(got: &[Record], expected: &[Record]) {
    let names = |records: &[Record]| -> Vec<String> { records.iter().map(|record| record.url.clone()).collect() };
    assert_eq!(names(got), names(expected));
    for (got, expected) in content(got).iter().zip(content(expected)) {
        assert_eq!(*got, expected, "{}", got.url);
    }
}

/// The members of a `.warc.gz` with their offsets.
fn members(file: &Path) -> Vec<(u64, Vec<u8>)> {
    let bytes = std::fs::read(file).unwrap();
    let mut rest = bytes.as_slice();
    let mut members = Vec::new();
    while !rest.is_empty() {
        let offset = (bytes.len() - rest.len()) as u64;
        let mut decoder = GzDecoder::new(rest);
        let mut member = Vec::new();
        decoder.read_to_end(&mut member).unwrap();
        rest = decoder.into_inner();
        members.push((offset, member));
    }
    members
}

#[test]
fn every_packing_gives_the_same_pages() {
    let Some(folder) = archives() else { return };
    let reference = extract(folder, &["members.warc.gz"]);
    assert_eq!(reference.code, Some(0), "{}", reference.words);
    assert!(reference.records.len() > 20);
    assert!(reference.words.contains("content_type 2, scheme 1") && reference.words.contains("status 1"));
    for name in ["plain.warc", "one.warc.gz", "stored.wacz", "packed.wacz"] {
        let got = extract(folder, &[name]);
        assert_eq!(got.code, Some(0), "{name}: {}", got.words);
        same(&got.records, &reference.records);
    }
    for record in &reference.records {
        assert_eq!(record.source.kind, SourceKind::Warc);
        assert_eq!(record.source.path.as_deref(), Some("members.warc.gz"));
        let captured = record.source.captured_at.as_deref().unwrap();
        assert!(captured.starts_with("2015-03-") || captured.starts_with("2016-01-01"), "{captured}");
    }
    let last = reference.records.last().unwrap();
    assert_eq!(last.text, reference.records[0].text, "a revisit is the page that it repeats");
    assert_eq!(last.source.captured_at.as_deref(), Some("2016-01-01T00:00:00Z"));
}

#[test]
fn the_pages_are_those_of_the_saved_files() {
    let Some(folder) = archives() else { return };
    let from_archive = extract(folder, &["members.warc.gz"]).records;
    let saved = extract(&Path::new(ROOT).join(SITE), &["pages"]).records;
    let by_text: BTreeMap<&str, &Record> = saved.iter().map(|record| (record.text.as_str(), record)).collect();
    // What is content of a page that is no article, its address decides, too.
    let articles: Vec<&Record> = from_archive.iter().filter(|record| record.page_type == PageType::Article).collect();
    assert!(articles.len() > 10);
    for record in articles {
        let same = by_text.get(record.text.as_str()).unwrap_or_else(|| panic!("{}", record.url));
        assert_eq!(same.headline, record.headline, "{}", record.url);
    }
}

#[test]
fn offsets_are_those_of_warcio() {
    let Some(folder) = archives() else { return };
    for name in ["members.warc.gz", "plain.warc"] {
        let warcio = tools::program("warcio").unwrap();
        let index = Command::new(warcio)
            .args(["index", "-f", "offset,warc-type,warc-target-uri", name])
            .current_dir(folder)
            .output()
            .unwrap();
        let index = String::from_utf8(index.stdout).unwrap();
        let records = extract(folder, &[name]).records;
        assert!(!records.is_empty());
        for record in records {
            let offset = record.source.offset.unwrap();
            let row = index.lines().find(|row| row.contains(&format!("\"offset\": \"{offset}\"")));
            let row = row.unwrap_or_else(|| panic!("{name}: nothing begins at {offset}"));
            assert!(row.contains("\"response\"") || row.contains("\"revisit\""), "{row}");
            assert!(row.contains(&record.requested_url) || row.contains(&record.url), "{row}");
            assert_eq!(record.warc.as_ref().map(|warc| (warc.file.as_str(), warc.offset)), Some((name, offset)));
        }
    }
}

#[test]
fn zstd_with_and_without_a_dictionary() {
    let Some(folder) = archives() else { return };
    let expected = extract(folder, &["members.warc.gz"]).records;
    let members = members(&folder.join("members.warc.gz"));
    let dictionary = members[1].1.clone();
    let mut plain = Vec::new();
    let mut with = vec![0x5d, 0x2a, 0x4d, 0x18];
    with.extend(u32::try_from(dictionary.len()).unwrap().to_le_bytes());
    with.extend(&dictionary);
    for (_, member) in &members {
        plain.extend(zstd::encode_all(member.as_slice(), 3).unwrap());
        let mut encoder = zstd::stream::write::Encoder::with_dictionary(Vec::new(), 3, &dictionary).unwrap();
        encoder.write_all(member).unwrap();
        with.extend(encoder.finish().unwrap());
    }
    let out = tempfile::tempdir().unwrap();
    for (name, bytes) in [("plain.warc.zst", plain), ("with.warc.zst", with)] {
        std::fs::write(out.path().join(name), bytes).unwrap();
        let got = extract(out.path(), &[name]);
        assert_eq!(got.code, Some(0), "{name}: {}", got.words);
        same(&got.records, &expected);
    }
}

#[test]
fn wet_files_give_their_texts() {
    let Some(folder) = archives() else { return };
    let got = extract(folder, &["text.warc.wet.gz"]);
    assert_eq!((got.code, got.records.len()), (Some(0), 3), "{}", got.words);
    assert_eq!(got.records[2].url, "http://wet.test/2");
    assert!(got.records[2].text.contains("Altenquast"), "{}", got.records[2].text);
}

#[test]
fn a_revisit_finds_its_original_in_files_given_together() {
    let Some(folder) = archives() else { return };
    for files in [["first.warc.gz", "again.warc.gz"], ["again.warc.gz", "first.warc.gz"]] {
        let got = extract(folder, &files);
        assert_eq!((got.code, got.records.len()), (Some(0), 2), "{files:?}: {}", got.words);
        assert_eq!(got.records[0].text, got.records[1].text);
        assert_ne!(got.records[0].source, got.records[1].source);
    }
    let alone = extract(folder, &["again.warc.gz"]);
    assert_eq!((alone.code, alone.records.len()), (Some(4), 0));
    assert!(alone.words.contains("unresolved 1"), "{}", alone.words);
}

/// Damages a copy of an archive and extracts it.
fn damaged(name: &str, damage: impl FnOnce(&mut Vec<u8>)) -> Extracted {
    let folder = archives().unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(folder.join(name)).unwrap();
    damage(&mut bytes);
    std::fs::write(out.path().join(name), bytes).unwrap();
    extract(out.path(), &[name])
}

/// Asserts that exactly the page of `lost` is missing.
fn lost_one(got: &Extracted, whole: &[Record], lost: &str, reason: &str) {
    assert_eq!(got.code, Some(4), "{}", got.words);
    assert!(got.words.contains(reason), "{}", got.words);
    let expected: Vec<Record> = whole.iter().filter(|record| record.requested_url != lost).cloned().collect();
    same(&got.records, &expected);
}

#[test]
fn a_member_that_goes_on_behind_its_record_is_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let record = |behind: &str| {
        let body = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Die Stadt Seefurt hat ihr Archiv geöffnet.";
        let head = format!(
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://seefurt.test/archiv\r\n\
             WARC-Date: 2024-05-13T08:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n\
             WARC-Record-ID: <urn:uuid:6a2f1d3c-7e6b-4f0a-9f5e-0c8b1d2e3f40>\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut member, format!("{head}{body}{behind}").as_bytes()).unwrap();
        member.finish().unwrap()
    };
    // Letters that a record or a compressed one could begin with, where data are damaged.
    for (behind, records) in [("\r\n\r\n", 1), ("Wald", 0), ("Post", 0), ("\r\nWARK", 0)] {
        std::fs::write(folder.path().join("eins.warc.gz"), record(behind)).unwrap();
        let got = extract(folder.path(), &["eins.warc.gz"]);
        assert_eq!(got.records.len(), records, "{behind:?}: {}", got.words);
        assert_eq!(got.words.contains("bad_length 1"), records == 0, "{behind:?}: {}", got.words);
    }
}

#[test]
fn damage_costs_the_record_it_is_in_and_no_other() {
    let Some(folder) = archives() else { return };
    let whole = extract(folder, &["members.warc.gz"]).records;
    // Not the first page, which the revisit at the end repeats.
    let (place, next) = (whole[5].source.offset.unwrap(), whole[6].source.offset.unwrap());
    let lost = whole[5].requested_url.clone();
    let middle = usize::try_from(place).unwrap() + 600;

    let flipped = damaged("members.warc.gz", |bytes| bytes[middle] ^= 0x55);
    lost_one(&flipped, &whole, &lost, "damaged 1");
    let zeros = damaged("members.warc.gz", |bytes| bytes[middle..middle + 200].fill(0));
    lost_one(&zeros, &whole, &lost, "damaged 1");
    let shortened = damaged("members.warc.gz", |bytes| {
        bytes.drain(middle..middle + 20);
    });
    lost_one(&shortened, &whole, &lost, "damaged 1");
    // A writer died in the middle of a record, and another went on in the same file. Its request goes with it.
    let cut = damaged("members.warc.gz", |bytes| {
        let end = usize::try_from(next).unwrap();
        bytes.drain(middle..end);
    });
    lost_one(&cut, &whole, &lost, "damaged 1");
    let garbage = damaged("members.warc.gz", |bytes| {
        let at = usize::try_from(place).unwrap();
        bytes.splice(at..at, b"<html>kein Archiv \x1f\x8b\x08\0\0\0 nur Text</html>\r\n".repeat(50));
    });
    assert_eq!(garbage.code, Some(4), "{}", garbage.words);
    same(&garbage.records, &whole);
    let truncated = damaged("members.warc.gz", |bytes| bytes.truncate(bytes.len() - 9));
    same(&truncated.records, &whole[..whole.len() - 1]);
    assert!(truncated.words.contains("truncated 1"), "{}", truncated.words);
}

#[test]
fn records_that_lie_about_their_length_are_left_out_alone() {
    let Some(folder) = archives() else { return };
    let whole = extract(folder, &["plain.warc"]).records;
    let lost = whole[5].requested_url.clone();
    let place = usize::try_from(whole[5].source.offset.unwrap()).unwrap();
    let relabel = |to: &'static str, bytes: &mut Vec<u8>| {
        let at = place + memchr::memmem::find(&bytes[place..], b"Content-Length: ").unwrap() + 16;
        let end = at + memchr::memchr(b'\r', &bytes[at..]).unwrap();
        bytes.splice(at..end, to.bytes());
    };
    lost_one(&damaged("plain.warc", |bytes| relabel("700", bytes)), &whole, &lost, "bad_length 1");
    lost_one(&damaged("plain.warc", |bytes| relabel("9000", bytes)), &whole, &lost, "bad_length 1");
    lost_one(&damaged("plain.warc", |bytes| relabel("many", bytes)), &whole, &lost, "bad_header 1");
    // Longer than the file: nothing behind it is lost.
    lost_one(&damaged("plain.warc", |bytes| relabel("20000000", bytes)), &whole, &lost, "truncated 1");
    lost_one(&damaged("plain.warc", |bytes| relabel("99999999999", bytes)), &whole, &lost, "too_large 1");
}

#[test]
fn each_input_has_its_output_and_is_done_once() {
    let Some(folder) = archives() else { return };
    let (input, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for name in ["first.warc.gz", "again.warc.gz", "text.warc.wet.gz"] {
        std::fs::copy(folder.join(name), input.path().join(name)).unwrap();
    }
    std::fs::write(input.path().join("seite.html"), "<p>Die Stadt Seefurt hat ihr Archiv für alle geöffnet.").unwrap();
    let to = format!("{}/lines/", out.path().display());
    let lines = |name: &str| -> usize {
        let path = out.path().join("lines").join(name);
        std::fs::read_to_string(path).unwrap().lines().count()
    };
    // Two machines, a half each. What a revisit repeats is found in the other's file.
    for shard in ["1/2", "2/2"] {
        let got = extract(input.path(), &[".", "--output", &to, "--shard", shard]);
        assert_eq!(got.code, Some(0), "{}", got.words);
    }
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(out.path().join("lines")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    // Of the folder's pages each share does its part, in a file of its own.
    assert_eq!(names.len(), 5, "{names:?}");
    assert_eq!(lines("again.warc.gz.jsonl"), 1);
    assert_eq!(lines("first.warc.gz.jsonl"), 1);
    assert_eq!(lines("text.warc.wet.gz.jsonl"), 3);
    std::fs::remove_file(out.path().join("lines/text.warc.wet.gz.jsonl")).unwrap();
    let again: Vec<Extracted> =
        ["1/2", "2/2"].iter().map(|shard| extract(input.path(), &[".", "--output", &to, "--shard", shard])).collect();
    let [done, written] = [" inputs done before", " records"].map(|what| {
        let number = |words: &str| words.split(what).next()?.rsplit(' ').next()?.parse::<usize>().ok();
        again.iter().map(|run| number(run.words.trim()).unwrap_or(0)).sum::<usize>()
    });
    assert_eq!((done, written), (4, 3), "{}{}", again[0].words, again[1].words);
    assert_eq!(lines("text.warc.wet.gz.jsonl"), 3);
}
