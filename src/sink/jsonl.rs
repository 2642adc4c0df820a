//! One segment of JSON lines, whole up to its last mark at any instant.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::types::SegmentMark;

use super::folder::{file_name, folder_name, part_name, sync_folder};
use super::frames::Encoder;
use super::{Compression, Line, Sink, SinkError};

/// Lines are handed to the file when this many bytes have gathered; the rest at the flush.
const BUFFER: usize = 1 << 20;

/// When a segment is finished and the next one begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rotation {
    /// From so many bytes on, as they are on the disk; 0 for any number.
    pub bytes: u64,
    /// So long after its first line; zero for ever.
    pub age: Duration,
}

/// What a run's segments are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SegmentForm {
    /// How they are compressed.
    pub compression: Compression,
    /// How large and how old they get.
    pub rotation: Rotation,
}

/// A run's segments, one after the other: `<root>/<site>/articles-<run>-<number>.part`, made at the first write, `.jsonl` (and the
/// end of its compression) when finished.
#[derive(Debug)]
pub struct JsonlSink {
    form: SegmentForm,
    run_id: String,
    number: u32,
    /// The site's folder.
    folder: PathBuf,
    /// The final path.
    path: PathBuf,
    part: PathBuf,
    /// `None` before the first write and after the end.
    file: Option<File>,
    encoder: Encoder,
    /// On the disk.
    flushed: SegmentMark,
    /// Given to the file, on the disk or not.
    written: u64,
    /// Not yet given to the file.
    buffer: Vec<u8>,
    /// Lines since the flush.
    lines: u64,
    /// When the first line was seen to be there.
    since: Option<Timestamp>,
    /// A failed write could not be cut off.
    broken: bool,
}

impl JsonlSink {
    /// The segments of a run. Nothing is written before the first line.
    ///
    /// # Errors
    /// When the folder cannot be made, or this run wrote a segment before.
    pub fn open(root: &Path, site: &str, run_id: &str, form: &SegmentForm) -> Result<Self, SinkError> {
        let site = folder_name(site);
        let folder = root.join(&site);
        fs::create_dir_all(&folder).map_err(|e| SinkError::io(&folder, "make the folder", e))?;
        sync_folder(root).map_err(|e| SinkError::io(root, "sync the folder", e))?;
        let root = root.canonicalize().map_err(|e| SinkError::io(root, "find the folder", e))?;
        let encoder = Encoder::new(form.compression).map_err(|e| SinkError::io(&folder, "compress", e))?;
        let mut sink = Self {
            form: *form,
            run_id: run_id.to_owned(),
            number: 0,
            path: PathBuf::new(),
            part: PathBuf::new(),
            folder,
            file: None,
            encoder,
            flushed: SegmentMark { root, file: site, bytes: 0, records: 0 },
            written: 0,
            buffer: Vec::new(),
            lines: 0,
            since: None,
            broken: false,
        };
        sink.next()?;
        Ok(sink)
    }

    /// Goes on to the next segment of the run.
    fn next(&mut self) -> Result<(), SinkError> {
        self.number += 1;
        let name = file_name(&self.run_id, self.number, self.form.compression);
        self.path = self.folder.join(&name);
        self.part = self.folder.join(part_name(&name));
        let site = self.flushed.file.split('/').next().unwrap_or_default();
        self.flushed.file = format!("{site}/{name}");
        (self.flushed.bytes, self.flushed.records, self.written, self.since) = (0, 0, 0, None);
        match [&self.path, &self.part].into_iter().find(|path| path.exists()) {
            Some(taken) => Err(SinkError::Exists { path: taken.clone() }),
            None => Ok(()),
        }
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
            let frame = self.encoder.frame(&self.buffer)?;
            file.write_all(&frame)?;
            self.written += frame.len() as u64;
            drop(frame);
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

    fn rotate(&mut self, now: Timestamp) -> Result<Option<SegmentMark>, SinkError> {
        if self.flushed.bytes == 0 {
            return Ok(None);
        }
        // Where the clock went back, the age counts anew.
        self.since = Some(self.since.map_or(now, |since| since.min(now)));
        let bytes = self.form.rotation.bytes;
        let large = bytes > 0 && self.flushed.bytes >= bytes;
        let old = self.due().is_some_and(|due| due <= now);
        if !large && !old {
            return Ok(None);
        }
        let mark = self.finish()?;
        self.next()?;
        Ok(mark)
    }

    fn due(&self) -> Option<Timestamp> {
        let age = SignedDuration::try_from(self.form.rotation.age).ok().filter(|age| !age.is_zero())?;
        self.since?.checked_add(age).ok()
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
        JsonlSink::open(dir.path(), "example.org", "r1", &SegmentForm::default()).unwrap()
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
            assert_eq!(mark.file, "example.org/articles-r1-00001.jsonl");
            assert_eq!(fs::read_to_string(&sink.part).unwrap(), expected);
            assert!(!sink.path().exists());
        }
        let mark = sink.finish().unwrap().unwrap();
        assert_eq!(fs::read_to_string(dir.path().join(&mark.file)).unwrap(), expected);
        assert!(!sink.part.exists());
        assert_eq!(sink.finish().unwrap(), None);
        let again = JsonlSink::open(dir.path(), "example.org", "r1", &SegmentForm::default());
        assert!(matches!(again, Err(SinkError::Exists { .. })));
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
        assert!(error.to_string().contains("articles-r1-00001.part"));
        // The device cannot be cut, so the sink takes nothing more; the file is as it was committed.
        assert!(matches!(sink.append(&line(3)), Err(SinkError::Broken { .. })));
        assert_eq!(fs::metadata(&sink.part).unwrap().len(), mark.bytes);
        // Where it can be cut, writing goes on.
        (sink.file, sink.broken) = (real, false);
        sink.append(&line(4)).unwrap();
        assert_eq!(sink.flush().unwrap().unwrap().records, 2);
        assert_eq!(fs::read_to_string(&sink.part).unwrap(), "{\"n\":1}\n{\"n\":4}\n");
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn names(dir: &tempfile::TempDir) -> Vec<String> {
        let listing = fs::read_dir(dir.path().join("example.org")).unwrap();
        let mut names: Vec<String> = listing.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_large_segment_makes_room_for_the_next() {
        for compression in Compression::ALL {
            let dir = tempfile::tempdir().unwrap();
            let form = SegmentForm { compression, rotation: Rotation { bytes: 60, age: Duration::ZERO } };
            let mut sink = JsonlSink::open(dir.path(), "example.org", "r1", &form).unwrap();
            assert_eq!(sink.rotate(at(0)).unwrap(), None);
            let mut marks = Vec::new();
            for n in 0..20 {
                sink.append(&line(1_000_000_000 + n)).unwrap();
                let flushed = sink.flush().unwrap().unwrap();
                let rotated = sink.rotate(at(0)).unwrap();
                assert_eq!(rotated.is_some(), flushed.bytes >= 60);
                assert!(rotated.is_none_or(|mark| {
                    marks.push(mark.clone());
                    mark == flushed
                }));
            }
            marks.extend(sink.finish().unwrap());
            assert_eq!(marks.iter().map(|mark| mark.records).sum::<u64>(), 20);
            assert!(marks.len() > 4 && marks.iter().map(|mark| &mark.file).is_sorted());
            for (number, (name, mark)) in (1..).zip(names(&dir).iter().zip(&marks)) {
                assert_eq!(*name, format!("articles-r1-{number:05}.jsonl{}", compression.suffix()));
                assert!(mark.file.ends_with(name.as_str()));
                let path = dir.path().join("example.org").join(name);
                let whole = crate::sink::frames::whole(&path, compression).unwrap();
                assert_eq!(whole, (mark.bytes, mark.records));
                assert_eq!(fs::metadata(&path).unwrap().len(), mark.bytes);
            }
        }
    }

    #[test]
    fn an_old_segment_makes_room_for_the_next_also_where_the_clock_jumps() {
        let dir = tempfile::tempdir().unwrap();
        let form =
            SegmentForm { rotation: Rotation { bytes: 0, age: Duration::from_secs(60) }, ..SegmentForm::default() };
        let mut sink = JsonlSink::open(dir.path(), "example.org", "r1", &form).unwrap();
        assert_eq!((sink.rotate(at(0)).unwrap(), sink.due()), (None, None));
        let write = |sink: &mut JsonlSink, now| {
            sink.append(&line(1)).unwrap();
            sink.flush().unwrap();
            sink.rotate(at(now)).unwrap().map(|mark| mark.records)
        };
        assert_eq!(write(&mut sink, 100), None);
        assert_eq!(sink.due(), Some(at(160)));
        assert_eq!(write(&mut sink, 159), None);
        // Back by an hour: a minute from then on, not an hour and a minute.
        assert_eq!(write(&mut sink, -3_600), None);
        assert_eq!(sink.due(), Some(at(-3_540)));
        assert_eq!(write(&mut sink, -3_540), Some(4));
        assert_eq!((sink.rotate(at(9_999)).unwrap(), sink.due()), (None, None));
        assert_eq!(write(&mut sink, 9_999), None);
        assert_eq!(sink.rotate(at(99_999)).unwrap().unwrap().records, 1);
        assert_eq!(sink.finish().unwrap(), None);
        assert_eq!(names(&dir).len(), 2);
    }

    #[test]
    fn rolling_back_a_compressed_segment_leaves_whole_frames() {
        for compression in [Compression::Gzip, Compression::Zstd] {
            let dir = tempfile::tempdir().unwrap();
            let form = SegmentForm { compression, ..SegmentForm::default() };
            let mut sink = JsonlSink::open(dir.path(), "example.org", "r1", &form).unwrap();
            sink.append(&line(1)).unwrap();
            let first = sink.flush().unwrap().unwrap();
            sink.append(&line(2)).unwrap();
            sink.flush().unwrap();
            sink.roll_back(Some(&first)).unwrap();
            sink.append(&line(3)).unwrap();
            sink.flush().unwrap();
            let mark = sink.finish().unwrap().unwrap();
            let whole = crate::sink::frames::whole(&dir.path().join(&mark.file), compression).unwrap();
            assert_eq!(whole, (mark.bytes, 2));
        }
    }
}
