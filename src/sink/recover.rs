//! What a killed run left in the output folder, brought to what the state knows.
//!
//! A segment that the state does not call finished is cut to its mark and renamed; the new run opens one of its own. A segment of a
//! run of ours without a mark holds nothing that was settled and is removed. A `.part` of a run that the state does not know may be
//! another crawl's, or what is left of a state that was deleted: it is left alone and named. Finished files are never touched.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::frontier::Segment;
use crate::types::SegmentMark;

use super::folder::{SegmentName, old_part_name, part_name, sync_folder};
use super::frames::whole;
use super::jsonl::publish;
use super::{Compression, SinkError};

/// What recovery did and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Segments that are finished now; note each with [`finish_segment`](crate::frontier::Frontier::finish_segment).
    pub finished: Vec<SegmentMark>,
    /// What whoever runs the crawl should know.
    pub warnings: Vec<OutputWarning>,
}

/// Output and state do not fit together. Nothing stops for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputWarning {
    /// A segment that was being written is gone.
    Missing {
        /// Its final path.
        path: PathBuf,
        /// Records in it.
        records: u64,
    },
    /// A segment is shorter than what was committed; it was cut after its last whole line (compressed: its last whole frame).
    Short {
        /// Its final path.
        path: PathBuf,
        /// Bytes that should be there.
        committed: u64,
        /// Bytes that are.
        found: u64,
    },
    /// A `.part` of a run that the state does not know; left alone.
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The state knows of records, and neither their files nor the folders of these are there. Files that somebody took out of their
    /// folder are no fault.
    OutputGone {
        /// The output folder.
        root: PathBuf,
        /// Records in these files.
        records: u64,
    },
    /// The state is new, and finished files of other runs are there.
    StateNew {
        /// The output folder.
        root: PathBuf,
        /// How many.
        files: u64,
    },
}

impl fmt::Display for OutputWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path, records } => write!(
                f,
                "output {}: the file is gone with {records} records; their pages count as done and are not fetched again",
                path.display()
            ),
            Self::Short { path, committed, found } => write!(
                f,
                "output {}: {committed} bytes were committed, {found} are there; the file was cut at its last whole line",
                path.display()
            ),
            Self::Foreign { path } => write!(
                f,
                "output {}: a run that this state does not know is writing it or was; it was left as it is",
                path.display()
            ),
            Self::OutputGone { root, records } => write!(
                f,
                "output {}: none of the files that hold {records} earlier records is here; their pages count as done and are not \
                 fetched again; for that, start with a new state",
                root.display()
            ),
            Self::StateNew { root, files } => write!(
                f,
                "output {}: {files} files of earlier runs are here, but the state is new; their articles may be written again",
                root.display()
            ),
        }
    }
}

/// Brings the output folder to what the state knows. `ours` says whether the state knows the run of this id.
/// It may be cut short at any instant and be done again.
///
/// # Errors
/// When a file cannot be read, cut or renamed.
pub fn recover(root: &Path, segments: &[Segment], ours: &dyn Fn(&str) -> bool) -> Result<Recovered, SinkError> {
    let mut recovered = Recovered::default();
    for segment in segments.iter().filter(|segment| !segment.finished) {
        finish(root, &segment.mark, &mut recovered)?;
    }
    let marked: BTreeSet<String> = segments.iter().flat_map(|segment| names(&segment.mark.file)).collect();
    let files = list(root)?;
    for file in files.iter().filter(|file| !file.finished) {
        let part = &file.path;
        if marked.contains(&file.name) {
            // Left and told of by `finish`.
        } else if ours(&file.run) {
            fs::remove_file(part).map_err(|e| SinkError::io(part, "remove", e))?;
            sync(part)?;
        } else {
            recovered.warnings.push(OutputWarning::Foreign { path: part.clone() });
        }
    }
    let whole: Vec<&Found> = files.iter().filter(|file| file.finished).collect();
    let known = whole.iter().filter(|file| marked.contains(&file.name)).count();
    let records: u64 = segments.iter().filter(|segment| segment.finished).map(|segment| segment.mark.records).sum();
    if segments.is_empty() && !whole.is_empty() {
        recovered.warnings.push(OutputWarning::StateNew { root: root.to_owned(), files: whole.len() as u64 });
    } else if records > 0 && known == 0 && !segments.iter().any(|segment| has_folder(root, &segment.mark)) {
        recovered.warnings.push(OutputWarning::OutputGone { root: root.to_owned(), records });
    }
    Ok(recovered)
}

/// Cuts one segment to its mark and gives it its name.
fn finish(root: &Path, mark: &SegmentMark, recovered: &mut Recovered) -> Result<(), SinkError> {
    let path = place(root, mark);
    let part = parts(&path).into_iter().find(|part| part.exists());
    let Some(part) = part else {
        // Renamed already, the state not yet told; or gone.
        let mark = if path.exists() {
            mark.clone()
        } else {
            if mark.records > 0 {
                recovered.warnings.push(OutputWarning::Missing { path, records: mark.records });
            }
            SegmentMark { bytes: 0, records: 0, ..mark.clone() }
        };
        recovered.finished.push(mark);
        return Ok(());
    };
    if path.exists() {
        // Not our doing: one run writes one file of a name. Neither is touched.
        recovered.warnings.push(OutputWarning::Foreign { path: part });
        return Ok(());
    }
    let fault = |doing| {
        let part = part.clone();
        move |e| SinkError::io(&part, doing, e)
    };
    let found = fs::metadata(&part).map_err(fault("read"))?.len();
    let mut mark = mark.clone();
    if found < mark.bytes {
        recovered.warnings.push(OutputWarning::Short { path: path.clone(), committed: mark.bytes, found });
        (mark.bytes, mark.records) = whole(&part, Compression::of(&mark.file)).map_err(fault("read"))?;
    }
    if mark.bytes == 0 {
        fs::remove_file(&part).map_err(fault("remove"))?;
        sync(&part)?;
    } else {
        let file = OpenOptions::new().write(true).open(&part).map_err(fault("open"))?;
        file.set_len(mark.bytes).and_then(|()| file.sync_all()).map_err(fault("cut"))?;
        publish(&part, &path).map_err(fault("rename"))?;
    }
    recovered.finished.push(mark);
    Ok(())
}

/// Where a segment lies: below the folder of this run, or, where the last run wrote elsewhere, below that one's.
fn place(root: &Path, mark: &SegmentMark) -> PathBuf {
    let here = root.join(&mark.file);
    let there = mark.root.join(&mark.file);
    let exists = |path: &Path| path.exists() || parts(path).iter().any(|part| part.exists());
    if !exists(&here) && mark.root.is_absolute() && exists(&there) { there } else { here }
}

fn has_folder(root: &Path, mark: &SegmentMark) -> bool {
    place(root, mark).parent().is_some_and(Path::is_dir)
}

/// The names that a segment can have, as in marks: finished, and before.
fn names(file: &str) -> [String; 3] {
    [file.to_owned(), part_name(file), old_part_name(file)]
}

/// The paths that a segment can have before it is finished.
fn parts(path: &Path) -> Vec<PathBuf> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    vec![path.with_file_name(part_name(name)), path.with_file_name(old_part_name(name))]
}

fn sync(file: &Path) -> Result<(), SinkError> {
    let folder = file.parent().unwrap_or(Path::new("."));
    sync_folder(folder).map_err(|e| SinkError::io(folder, "sync the folder", e))
}

/// A segment in the output folder.
struct Found {
    path: PathBuf,
    /// Its path below the output folder, as in marks.
    name: String,
    run: String,
    finished: bool,
}

/// The segments in the folders below the root, in order.
fn list(root: &Path) -> Result<Vec<Found>, SinkError> {
    let mut found = Vec::new();
    for (site, folder) in entries(root)? {
        if !folder.is_dir() {
            continue;
        }
        for (name, path) in entries(&folder)? {
            let Some(SegmentName { run, finished }) = SegmentName::parse(&name) else { continue };
            if path.is_file() {
                found.push(Found { name: format!("{site}/{name}"), run: run.to_owned(), finished, path });
            }
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, SinkError> {
    let fault = |e: io::Error| SinkError::io(folder, "list the folder", e);
    let mut entries = Vec::new();
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(entries),
        Err(e) => return Err(fault(e)),
    };
    for entry in listing {
        let entry = entry.map_err(fault)?;
        // Names that are not UTF-8 are none of ours.
        if let Ok(name) = entry.file_name().into_string() {
            entries.push((name, entry.path()));
        }
    }
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(file: &str, bytes: u64, records: u64, finished: bool) -> Segment {
        Segment { mark: SegmentMark { root: PathBuf::new(), file: file.into(), bytes, records }, finished }
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        for (name, text) in files {
            fs::write(dir.path().join("a").join(name), text).unwrap();
        }
        dir
    }

    fn read(dir: &tempfile::TempDir, name: &str) -> String {
        fs::read_to_string(dir.path().join("a").join(name)).unwrap()
    }

    #[test]
    fn a_left_over_is_cut_to_its_mark_and_renamed_however_often() {
        // The second is the name that earlier versions gave.
        for part in ["articles-1.part", "articles-1.jsonl.part"] {
            let dir = folder(&[(part, "{}\n[]\n{\"to")]);
            let segments = [segment("a/articles-1.jsonl", 3, 1, false)];
            for _ in 0..2 {
                let recovered = recover(dir.path(), &segments, &|_| true).unwrap();
                assert_eq!(recovered, Recovered { finished: vec![segments[0].mark.clone()], warnings: vec![] });
                assert_eq!(read(&dir, "articles-1.jsonl"), "{}\n");
            }
        }
    }

    #[test]
    fn what_was_never_settled_goes_and_what_is_not_ours_stays() {
        let dir = folder(&[
            ("articles-mine-00002.part", "{}\n"),
            ("articles-mine.jsonl.part", "{}\n"),
            ("articles-other-00001.part", "{}\n{"),
            ("articles-empty.part", ""),
            ("articles-old.jsonl", "{}\n"),
            ("notes.part", "x"),
        ]);
        let segments = [segment("a/articles-old.jsonl", 3, 1, true), segment("a/articles-empty.jsonl", 0, 0, false)];
        let recovered = recover(dir.path(), &segments, &|run| run == "mine").unwrap();
        assert_eq!(recovered.finished, [segments[1].mark.clone()]);
        let path = dir.path().join("a/articles-other-00001.part");
        assert_eq!(recovered.warnings, [OutputWarning::Foreign { path }]);
        let mut names: Vec<_> = entries(&dir.path().join("a")).unwrap().into_iter().map(|(name, _)| name).collect();
        names.sort();
        assert_eq!(names, ["articles-old.jsonl", "articles-other-00001.part", "notes.part"]);
        assert_eq!(read(&dir, "articles-other-00001.part"), "{}\n{");
    }

    #[test]
    fn a_segment_shorter_than_committed_keeps_its_whole_lines() {
        let dir = folder(&[("articles-1.part", "{}\n[]\n{\"to")]);
        let segments = [segment("a/articles-1.jsonl", 300, 50, false)];
        let recovered = recover(dir.path(), &segments, &|_| true).unwrap();
        assert_eq!((recovered.finished[0].bytes, recovered.finished[0].records), (6, 2));
        assert!(matches!(recovered.warnings[..], [OutputWarning::Short { committed: 300, found: 10, .. }]));
        assert_eq!(read(&dir, "articles-1.jsonl"), "{}\n[]\n");
    }

    #[test]
    fn a_segment_in_another_output_folder_is_finished_there() {
        let before = folder(&[("articles-1.jsonl.part", "{}\n[")]);
        let after = tempfile::tempdir().unwrap();
        let mut segment = segment("a/articles-1.jsonl", 3, 1, false);
        segment.mark.root = before.path().to_owned();
        let recovered = recover(after.path(), &[segment], &|_| true).unwrap();
        assert_eq!((recovered.finished[0].records, recovered.warnings.len()), (1, 0));
        assert_eq!(read(&before, "articles-1.jsonl"), "{}\n");
    }

    #[test]
    fn a_part_beside_a_finished_file_of_its_name_is_left_alone() {
        let dir = folder(&[("articles-1.jsonl.part", "{}\n"), ("articles-1.jsonl", "[]\n")]);
        let recovered = recover(dir.path(), &[segment("a/articles-1.jsonl", 3, 1, false)], &|_| false).unwrap();
        assert!(matches!(recovered.warnings[0], OutputWarning::Foreign { .. }));
        assert_eq!(read(&dir, "articles-1.jsonl"), "[]\n");
        assert_eq!(read(&dir, "articles-1.jsonl.part"), "{}\n");
    }

    #[test]
    fn output_and_state_that_lost_each_other_are_told() {
        let dir = folder(&[("articles-1.jsonl", "{}\n")]);
        let recovered = recover(dir.path(), &[], &|_| false).unwrap();
        assert!(matches!(recovered.warnings[..], [OutputWarning::StateNew { files: 1, .. }]));
        let segments = [segment("b/articles-2.jsonl", 90, 7, true), segment("b/articles-3.jsonl", 9, 4, false)];
        let nowhere = dir.path().join("nowhere");
        let recovered = recover(&nowhere, &segments, &|_| true).unwrap();
        assert!(matches!(
            recovered.warnings[..],
            [OutputWarning::Missing { records: 4, .. }, OutputWarning::OutputGone { records: 7, .. }]
        ));
        assert_eq!(recovered.finished[0].records, 0);
        for warning in &recovered.warnings {
            assert!(warning.to_string().contains("nowhere"), "{warning}");
        }
    }
}
