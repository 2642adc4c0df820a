//! The output of a run: a sink for each site.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;

use super::{Clock, EngineError};
use crate::archive::{Packed, WarcSink};
use crate::frontier::Frontier;
use crate::sink::{Line, Sink, SinkError};
use crate::types::{SegmentMark, WarcRef};

/// Opens the sink of a site's folder; called once a folder and run.
pub type OpenSink = Box<dyn FnMut(&str) -> Result<Box<dyn Sink>, SinkError> + Send>;

/// The sinks that a run has opened.
pub(super) struct Sinks {
    open: OpenSink,
    sinks: BTreeMap<String, Slot>,
    /// The folder that marks are relative to; none for streams.
    root: Option<PathBuf>,
    files: Vec<PathBuf>,
    clock: Clock,
    /// The archive of what went over the wire, where one is wanted.
    archive: Option<WarcSink>,
}

struct Slot {
    sink: Box<dyn Sink>,
    /// How far the state knows it.
    committed: Option<SegmentMark>,
    /// How far it is on the disk.
    flushed: Option<SegmentMark>,
    /// Whether lines were written since.
    dirty: bool,
}

impl Sinks {
    pub(super) fn new(open: OpenSink, root: Option<PathBuf>, clock: Clock, archive: Option<WarcSink>) -> Self {
        Self { open, sinks: BTreeMap::new(), root, files: Vec::new(), clock, archive }
    }

    /// Puts what went over the wire into the archive, and says where. It is not safe before [`Self::flush`].
    pub(super) fn keep(&mut self, packed: Packed) -> Result<Option<WarcRef>, EngineError> {
        Ok(self.archive.as_mut().map(|archive| archive.append(packed)).transpose()?)
    }

    /// Adds a line to the folder's sink. It is not safe before [`Self::flush`].
    pub(super) fn append(&mut self, folder: &str, line: &Line) -> Result<(), EngineError> {
        if !self.sinks.contains_key(folder) {
            let slot = Slot { sink: (self.open)(folder)?, committed: None, flushed: None, dirty: false };
            self.sinks.insert(folder.to_owned(), slot);
        }
        if let Some(slot) = self.sinks.get_mut(folder) {
            slot.sink.append(line)?;
            slot.dirty = true;
        }
        Ok(())
    }

    /// Brings every line to the disk and gives the marks to be stored.
    pub(super) fn flush(&mut self) -> Result<Vec<SegmentMark>, EngineError> {
        let mut marks = Vec::new();
        for slot in self.sinks.values_mut().filter(|slot| slot.dirty) {
            slot.flushed = slot.sink.flush()?;
            marks.extend(slot.flushed.clone());
        }
        if let Some(archive) = &mut self.archive {
            marks.extend(archive.flush()?);
        }
        Ok(marks)
    }

    /// The marks of the last flush are in the state.
    pub(super) fn committed(&mut self) {
        for slot in self.sinks.values_mut().filter(|slot| slot.dirty) {
            slot.dirty = false;
            if let Some(object) = slot.flushed.take_if(|mark| mark.is_object()) {
                self.files.push(object.root.join(&object.file));
            }
            slot.committed = slot.flushed.take().or_else(|| slot.committed.take());
        }
        if let Some(archive) = &mut self.archive {
            archive.committed();
        }
    }

    /// Finishes the segments that are large or old enough. Call it where everything is committed.
    pub(super) fn rotate(&mut self, frontier: &mut dyn Frontier) -> Result<(), EngineError> {
        let now = self.clock.now();
        for slot in self.sinks.values_mut() {
            if let Some(mark) = slot.sink.rotate(now)? {
                frontier.finish_segment(&mark, now)?;
                slot.committed = None;
                self.files.extend(self.root.as_ref().map(|root| root.join(&mark.file)));
            }
        }
        if let Some(mark) = self.archive.as_mut().map(WarcSink::rotate).transpose()?.flatten() {
            frontier.finish_segment(&mark, now)?;
        }
        Ok(())
    }

    /// When the first segment is old enough.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.sinks.values().filter_map(|slot| slot.sink.due()).min()
    }

    /// The marks of the last flush did not get into the state.
    pub(super) fn roll_back(&mut self) -> Result<(), EngineError> {
        for slot in self.sinks.values_mut().filter(|slot| slot.dirty) {
            slot.sink.roll_back(slot.committed.as_ref())?;
            slot.dirty = false;
        }
        if let Some(archive) = &mut self.archive {
            archive.roll_back()?;
        }
        Ok(())
    }

    /// Gives every segment its final name.
    pub(super) fn finish(&mut self, frontier: &mut dyn Frontier) -> Result<(), EngineError> {
        for slot in self.sinks.values_mut() {
            if let Some(mark) = slot.sink.finish()? {
                frontier.finish_segment(&mark, self.clock.now())?;
                if mark.records > 0 {
                    self.files.extend(self.root.as_ref().map(|root| root.join(&mark.file)));
                }
            }
        }
        if let Some(mark) = self.archive.as_mut().map(WarcSink::finish).transpose()?.flatten() {
            frontier.finish_segment(&mark, self.clock.now())?;
        }
        Ok(())
    }

    /// The finished files.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.files.clone()
    }
}
