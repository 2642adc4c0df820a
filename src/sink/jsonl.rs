//! One segment of JSON lines, whole up to its last mark at any instant.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::types::SegmentMark;

use super::folder::{PART, file_name, folder_name, sync_folder};
use super::{Line, Sink, SinkError};

/// Lines are handed to the file when this many bytes have gathered; the rest at the flush.
const BUFFER: usize = 1 << 20;

/// A run's segment: `<root>/<site>/articles-<run>.jsonl.part`, made at the first write, `.jsonl` when finished.
#[derive(Debug)]
pub struct JsonlSink {
    /// The final path.
    path: PathBuf,
    part: PathBuf,
    /// `None` before the first write and after the end.
    file: Option<File>,
    /// On the disk.
    flushed: SegmentMark,
    /// Given to the file, on the disk or not.
    written: u64,
    /// Not yet given to the file.
    buffer: Vec<u8>,
    /// Lines since the flush.
    lines: u64,
    /// A failed write could not be cut off.
    broken: bool,
}

impl JsonlSink {
    /// The segment of a run. Nothing is written before the first line.
    ///
    /// # Errors
    /// When the folder cannot be made, or this run wrote a segment before.
    pub fn open(root: &Path, site: &str, run_id: &str) -> Result<Self, SinkError> {
        let (folder, name) = (folder_name(site), file_name(run_id));
        let path = root.join(&folder).join(&name);
        let part = root.join(&folder).join(name.clone() + PART);
        fs::create_dir_all(root.join(&folder)).map_err(|e| SinkError::io(&root.join(&folder), "make the folder", e))?;
        sync_folder(root).map_err(|e| SinkError::io(root, "sync the folder", e))?;
        if let Some(taken) = [&path, &part].into_iter().find(|path| path.exists()) {
            return Err(SinkError::Exists { path: taken.clone() });
        }
        let root = root.canonicalize().map_err(|e| SinkError::io(root, "find the folder", e))?;
        let flushed = SegmentMark { root, file: format!("{folder}/{name}"), bytes: 0, records: 0 };
        Ok(Self { path, part, file: None, flushed, written: 0, buffer: Vec::new(), lines: 0, broken: false })
    }

    /// Where the segment will be when it is finished.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How far the segment is on the disk.
    #[must_use]
    pub fn mark(&self) -> &SegmentMark {
        &self.flushed
    }

    fn create(&self) -> io::Result<File> {
        let file = OpenOptions::new().write(true).create_new(true).open(&self.part)?;
        // Its name must be on the disk before a mark speaks of it.
        sync_folder(self.part.parent().unwrap_or(Path::new(".")))?;
        Ok(file)
    }

    /// Gives the buffer to the file.
    fn hand_over(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(self.create()?);
        }
        if let Some(file) = &mut self.file {
            file.write_all(&self.buffer)?;
            self.written += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }

    /// Forgets what came after the mark, in memory and on the disk.
    fn cut(&mut self, to: SegmentMark) -> io::Result<()> {
        self.buffer.clear();
        self.lines = 0;
        if let Some(file) = &mut self.file {
            self.broken = true;
            file.set_len(to.bytes)?;
            file.seek(SeekFrom::Start(to.bytes))?;
            self.broken = false;
        }
        self.written = to.bytes;
        self.flushed = to;
        Ok(())
    }

    /// Undoes a batch that could not be written, and says why.
    fn undo(&mut self, doing: &'static str, error: io::Error) -> SinkError {
        // If this fails too, `broken` stops every later call, and the next start cuts the file.
        let _ = self.cut(self.flushed.clone());
        SinkError::io(&self.part, doing, error)
    }

    fn usable(&self) -> Result<(), SinkError> {
        if self.broken { Err(SinkError::Broken { path: self.part.clone() }) } else { Ok(()) }
    }

    fn order(&self, what: &'static str) -> SinkError {
        SinkError::Order { path: self.part.clone(), what }
    }
}

impl Sink for JsonlSink {
    fn append(&mut self, line: &Line) -> Result<(), SinkError> {
        self.usable()?;
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
        self.lines += 1;
        if self.buffer.len() >= BUFFER {
            self.hand_over().map_err(|e| self.undo("write", e))?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<Option<SegmentMark>, SinkError> {
        self.usable()?;
        if self.lines > 0 {
            self.hand_over().and_then(|()| self.sync()).map_err(|e| self.undo("write", e))?;
            self.flushed.bytes = self.written;
            self.flushed.records += self.lines;
            self.lines = 0;
        }
        Ok((self.flushed.bytes > 0).then(|| self.flushed.clone()))
    }

    fn roll_back(&mut self, to: Option<&SegmentMark>) -> Result<(), SinkError> {
        let to = to.cloned().unwrap_or_else(|| SegmentMark { bytes: 0, records: 0, ..self.flushed.clone() });
        if to.file != self.flushed.file || to.bytes > self.flushed.bytes {
            return Err(self.order("it was to be cut to a mark that is not its own"));
        }
        self.cut(to).map_err(|e| SinkError::io(&self.part, "cut", e))
    }

    fn finish(&mut self) -> Result<Option<SegmentMark>, SinkError> {
        self.usable()?;
        if self.lines > 0 {
            return Err(self.order("it was to be finished with lines that no lease has settled"));
        }
        let Some(file) = self.file.take() else { return Ok(None) };
        drop(file);
        if self.flushed.bytes == 0 {
            fs::remove_file(&self.part).map_err(|e| SinkError::io(&self.part, "remove", e))?;
        } else {
            publish(&self.part, &self.path).map_err(|e| SinkError::io(&self.part, "rename", e))?;
        }
        Ok(Some(self.flushed.clone()))
    }
}

/// Gives a segment its final name, for good.
pub(super) fn publish(part: &Path, path: &Path) -> io::Result<()> {
    fs::rename(part, path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: usize) -> Line {
        Line(format!("{{\"n\":{n}}}").into_bytes())
    }

    fn sink(dir: &tempfile::TempDir) -> JsonlSink {
        JsonlSink::open(dir.path(), "example.org", "r1").unwrap()
    }

    #[test]
    fn lines_are_whole_at_each_mark_and_the_name_comes_last() {
        let dir = tempfile::tempdir().unwrap();
        let mut sink = sink(&dir);
        assert_eq!(sink.flush().unwrap(), None);
        let mut expected = String::new();
        for n in 0..5 {
            sink.append(&line(n)).unwrap();
            expected.push_str(&format!("{{\"n\":{n}}}\n"));
            let mark = sink.flush().unwrap().unwrap();
            assert_eq!((mark.bytes, mark.records), (expected.len() as u64, n as u64 + 1));
            assert_eq!(mark.file, "example.org/articles-r1.jsonl");
            assert_eq!(fs::read_to_string(&sink.part).unwrap(), expected);
            assert!(!sink.path().exists());
        }
        let mark = sink.finish().unwrap().unwrap();
        assert_eq!(fs::read_to_string(dir.path().join(&mark.file)).unwrap(), expected);
        assert!(!sink.part.exists());
        assert_eq!(sink.finish().unwrap(), None);
        assert!(matches!(JsonlSink::open(dir.path(), "example.org", "r1"), Err(SinkError::Exists { .. })));
    }

    #[test]
    fn a_run_without_records_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(sink(&dir).finish().unwrap(), None);
        let mut sink = sink(&dir);
        sink.append(&line(1)).unwrap();
        sink.flush().unwrap();
        sink.roll_back(None).unwrap();
        assert_eq!(sink.finish().unwrap().unwrap().records, 0);
        assert_eq!(fs::read_dir(dir.path().join("example.org")).unwrap().count(), 0);
    }

    #[test]
    fn rolling_back_takes_lines_off_also_those_given_to_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut sink = sink(&dir);
        sink.append(&line(1)).unwrap();
        let first = sink.flush().unwrap().unwrap();
        let long = Line(vec![b'7'; BUFFER]);
        sink.append(&long).unwrap();
        assert!(fs::metadata(&sink.part).unwrap().len() > BUFFER as u64);
        sink.append(&line(2)).unwrap();
        sink.roll_back(Some(&first)).unwrap();
        sink.append(&line(3)).unwrap();
        assert!(matches!(sink.finish(), Err(SinkError::Order { .. })));
        sink.flush().unwrap();
        let beyond = SegmentMark { bytes: 10_000, ..first };
        assert!(matches!(sink.roll_back(Some(&beyond)), Err(SinkError::Order { .. })));
        let mark = sink.finish().unwrap().unwrap();
        assert_eq!(fs::read_to_string(sink.path()).unwrap(), "{\"n\":1}\n{\"n\":3}\n");
        assert_eq!(mark.records, 2);
    }

    #[test]
    fn a_full_disk_cuts_the_batch_and_harms_nothing_committed() {
        let dir = tempfile::tempdir().unwrap();
        let mut sink = sink(&dir);
        sink.append(&line(1)).unwrap();
        let mark = sink.flush().unwrap().unwrap();
        let real = sink.file.take();
        // Every write to /dev/full fails as on a full disk.
        sink.file = Some(OpenOptions::new().write(true).open("/dev/full").unwrap());
        sink.append(&line(2)).unwrap();
        let error = sink.flush().unwrap_err();
        assert!(matches!(error, SinkError::DiskFull { .. }), "{error:?}");
        assert!(error.to_string().contains("articles-r1.jsonl.part"));
        // The device cannot be cut, so the sink takes nothing more; the file is as it was committed.
        assert!(matches!(sink.append(&line(3)), Err(SinkError::Broken { .. })));
        assert_eq!(fs::metadata(&sink.part).unwrap().len(), mark.bytes);
        // Where it can be cut, writing goes on.
        (sink.file, sink.broken) = (real, false);
        sink.append(&line(4)).unwrap();
        assert_eq!(sink.flush().unwrap().unwrap().records, 2);
        assert_eq!(fs::read_to_string(&sink.part).unwrap(), "{\"n\":1}\n{\"n\":4}\n");
    }
}
