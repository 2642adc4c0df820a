//! The output as its readers see it: only whole lines, and only settled ones once a file has its name.

use std::fs;

use auslese::sink::{JsonlSink, Line, SegmentForm, Sink, SinkError, StreamSink, check_folder};
use serde_json::json;

#[test]
fn a_reader_of_finished_files_never_sees_a_line_that_was_not_flushed() {
    let dir = tempfile::tempdir().unwrap();
    check_folder(dir.path()).unwrap();
    let mut sink = JsonlSink::open(dir.path(), "musterstadt.test", "r1", &SegmentForm::default()).unwrap();
    let finished = || {
        fs::read_dir(dir.path().join("musterstadt.test"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains(".jsonl"))
            .count()
    };
    sink.append(&Line::of(&json!({"id": "1", "text": "Zeile\nZeile\u{2028}Zeile"})).unwrap()).unwrap();
    assert_eq!(finished(), 0);
    let mark = sink.flush().unwrap().unwrap();
    assert_eq!(finished(), 0);
    sink.finish().unwrap();
    assert_eq!(finished(), 1);
    let text = fs::read_to_string(dir.path().join(&mark.file)).unwrap();
    assert_eq!((text.len() as u64, text.lines().count()), (mark.bytes, 1));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["text"], "Zeile\nZeile\u{2028}Zeile");
}

#[test]
fn an_output_that_is_a_file_is_refused_before_anything_is_fetched() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("out");
    fs::write(&file, "mine").unwrap();
    assert!(matches!(check_folder(&file), Err(SinkError::Access { .. })));
    assert!(JsonlSink::open(&file, "a.test", "r", &SegmentForm::default()).is_err());
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_full_stream_is_named() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut sink = StreamSink::new(full);
    sink.append(&Line::of(&json!({})).unwrap()).unwrap();
    assert!(matches!(sink.flush(), Err(SinkError::DiskFull { .. })));
}
