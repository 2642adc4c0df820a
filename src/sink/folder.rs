//! The output folder: whether it can be written, and where a site's segments lie in it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::{Compression, SinkError};

/// What a segment's name begins with.
pub(super) const PREFIX: &str = "articles-";
/// What a finished segment's name has, before the end that names its compression.
pub(super) const FINISHED: &str = ".jsonl";
/// The end of the name of a segment that is being written.
pub(super) const PART: &str = ".part";
/// Digits of a segment's number at least, so that names sort; more where a run has more segments.
const DIGITS: usize = 5;

/// Makes the output folder where there is none, and tries whether files can be written in it.
///
/// # Errors
/// When it cannot be made or written, or the disk is full: say so before anything is fetched.
pub fn check_folder(root: &Path) -> Result<(), SinkError> {
    fs::create_dir_all(root).map_err(|e| SinkError::io(root, "make the folder", e))?;
    let probe = root.join(format!(".probe-{}", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&probe)
        .and_then(|mut file| file.write_all(b"auslese\n").and_then(|()| file.sync_data()));
    let removed = fs::remove_file(&probe);
    written.and(removed).map_err(|e| SinkError::io(root, "write in the folder", e))
}

/// A site's name as a folder's: letters, digits, `.`, `-` and `_`, at most 100 characters, never hidden.
pub(super) fn folder_name(site: &str) -> String {
    let bare = site.split_once("://").map_or(site, |(_, rest)| rest);
    let name: String = bare
        .trim_start_matches('.')
        .chars()
        .take(100)
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    if name.is_empty() { "site".to_owned() } else { name }
}

/// The name of a run's finished segment.
pub(super) fn file_name(run_id: &str, number: u32, compression: Compression) -> String {
    format!("{PREFIX}{}-{number:0DIGITS$}{FINISHED}{}", folder_name(run_id), compression.suffix())
}

/// The name that a segment has until it is finished. It does not hold `.jsonl`, so that who reads `*.jsonl*` does not see it.
pub(super) fn part_name(finished: &str) -> String {
    let stem = finished.rsplit_once(FINISHED).map_or(finished, |(stem, _)| stem);
    format!("{stem}{PART}")
}

/// The name that earlier versions gave it.
pub(super) fn old_part_name(finished: &str) -> String {
    format!("{finished}{PART}")
}

/// A segment's name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentName<'a> {
    /// The run that wrote it.
    pub(super) run: &'a str,
    /// Whether it is finished.
    pub(super) finished: bool,
}

impl<'a> SegmentName<'a> {
    /// None for what is no segment.
    pub(super) fn parse(name: &'a str) -> Option<Self> {
        let name = name.strip_prefix(PREFIX)?;
        let (stem, finished) = match name.rfind(FINISHED) {
            Some(at) if Compression::ends_a_name(&name[at..]) => (&name[..at], true),
            _ => {
                let stem = name.strip_suffix(PART)?;
                (stem.strip_suffix(FINISHED).unwrap_or(stem), false)
            }
        };
        let numbered = |number: &str| number.len() >= DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
        let run = stem.rsplit_once('-').filter(|(_, number)| numbered(number)).map_or(stem, |(run, _)| run);
        Some(Self { run, finished })
    }
}

/// Brings a folder's names to the disk.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_their_folder() {
        assert_eq!(folder_name("kommune21.de"), "kommune21.de");
        assert_eq!(folder_name("http://127.0.0.1:8080"), "127.0.0.1_8080");
        assert_eq!(folder_name("../../etc/x"), "_.._etc_x");
        assert_eq!(folder_name(".."), "site");
        assert_eq!(folder_name(&"ä".repeat(500)).len(), 100);
    }

    #[test]
    fn names_of_segments_sort_and_tell_their_run() {
        let names: Vec<String> = [1, 2, 10, 99_999]
            .into_iter()
            .map(|number| file_name("20250207T060000Z-1234", number, Compression::Zstd))
            .collect();
        assert_eq!(names[0], "articles-20250207T060000Z-1234-00001.jsonl.zst");
        assert!(names.is_sorted());
        for finished in &names {
            let run = "20250207T060000Z-1234";
            assert_eq!(SegmentName::parse(finished), Some(SegmentName { run, finished: true }));
            let part = part_name(finished);
            assert!(!part.contains(".jsonl"), "{part}");
            assert_eq!(SegmentName::parse(&part), Some(SegmentName { run, finished: false }));
        }
        // As earlier versions named them.
        let old = SegmentName { run: "20250207T060000Z-1234", finished: true };
        assert_eq!(SegmentName::parse("articles-20250207T060000Z-1234.jsonl"), Some(old));
        let old = SegmentName { finished: false, ..old };
        assert_eq!(SegmentName::parse("articles-20250207T060000Z-1234.jsonl.part"), Some(old));
        for other in ["notes.txt", "articles-x", "articles-x.jsonl.bak", "x.jsonl", "notes.part"] {
            assert_eq!(SegmentName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("a/b");
        check_folder(&root).unwrap();
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
        fs::write(dir.path().join("file"), "").unwrap();
        let error = check_folder(&dir.path().join("file")).unwrap_err();
        assert!(matches!(&error, SinkError::Access { .. }) && error.to_string().contains("file"), "{error}");
    }
}
