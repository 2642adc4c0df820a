//! The output folder: whether it can be written, and where a site's segments lie in it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::SinkError;

/// What stands between the name of a run and the ends of its segment's name.
pub(super) const PREFIX: &str = "articles-";
/// The end of a finished segment's name.
pub(super) const FINISHED: &str = ".jsonl";
/// What a segment that is being written has after that.
pub(super) const PART: &str = ".part";

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

/// A run's id as part of a file's name.
pub(super) fn file_name(run_id: &str) -> String {
    format!("{PREFIX}{}{FINISHED}", folder_name(run_id))
}

/// The run in a segment's name, with or without `.part`.
pub(super) fn run_of(file_name: &str) -> Option<&str> {
    file_name.strip_suffix(PART).unwrap_or(file_name).strip_prefix(PREFIX)?.strip_suffix(FINISHED)
}

/// Brings a folder's names to the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
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
        assert_eq!(run_of(&file_name("20250207T060000Z-ab")), Some("20250207T060000Z-ab"));
        assert_eq!(run_of("articles-x.jsonl.part"), Some("x"));
        assert_eq!(run_of("notes.txt"), None);
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
