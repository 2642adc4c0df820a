//! Opening what a run works on: the state with its lock, and the output brought to what the state knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::{Clock, Config, EngineError, Store};
use crate::archive::{WarcInfo, WarcSink, is_archive_mark, recover_archive};
use crate::frontier::{Frontier, FrontierError, OpenHow, SqliteFrontier};
use crate::sink::{Compression, JsonlSink, ObjectSink, Objects, Room, StdoutSink, check_folder, is_address, recover};

/// Where records go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Segments in a folder, one folder a site within it.
    Folder(PathBuf),
    /// Segments as objects of the store at an address (`s3://bucket/prefix`).
    Store(String),
    /// Lines on stdout.
    Stdout,
}

/// A name for a run that begins now: its time and something by chance.
#[must_use]
pub fn new_run_id(now: Timestamp) -> String {
    format!("{}-{:04x}", now.strftime("%Y%m%dT%H%M%SZ"), fastrand::u16(..))
}

/// Opens state and output for one run. What an earlier run left unfinished in the output is cut to what the state knows
/// and finished.
///
/// # Errors
/// [`FrontierError::Locked`] where another run holds the state; else what is wrong with state or output, or that their disks
/// keep less than the reserve.
pub fn open(state: &Path, output: &Output, run_id: &str, config: &Config) -> Result<Store, EngineError> {
    open_at(state, output, run_id, config, Clock::system())
}

/// [`open`] for a run of another time.
///
/// # Errors
/// As [`open`].
pub fn open_at(
    state: &Path,
    output: &Output,
    run_id: &str,
    config: &Config,
    clock: Clock,
) -> Result<Store, EngineError> {
    if let Output::Folder(root) = output {
        check_folder(root)?;
    }
    let now = clock.now();
    if let Some(address) = is_address(state).then(|| state.to_str()).flatten() {
        return join(address, output, run_id, config, clock);
    }
    let how = OpenHow { run_id: run_id.to_owned(), now, max_open: config.crawl.max_open };
    let (mut frontier, opened) = SqliteFrontier::open(state, &how)?;
    if opened.unclean {
        tracing::warn!(state = %state.display(), released = opened.released, "the last run did not end cleanly; going on where it was");
    }
    if let Some(back) = opened.clock_back {
        tracing::warn!(?back, "the clock is behind the last run; waits were moved with it");
    }
    recover_archives(&mut frontier, now)?;
    if let Output::Folder(root) = output {
        recover_output(root, &mut frontier, now)?;
    }
    let mut places = vec![state.to_owned()];
    if let Output::Folder(root) = output {
        places.push(root.clone());
    }
    let archive = open_archive(run_id, config)?;
    places.extend(archive.is_some().then(|| config.output.warc.clone()));
    let room = Room::new(places, config.output.reserve);
    room.check()?;
    let (run, form) = (run_id.to_owned(), config.output.form());
    let open_sink: super::OpenSink = match output.clone() {
        Output::Folder(root) => Box::new(move |site| Ok(Box::new(JsonlSink::open(&root, site, &run, &form)?))),
        Output::Store(address) => objects(Objects::at(&address)?, run, form.compression),
        Output::Stdout => Box::new(|_| Ok(Box::new(StdoutSink::new(std::io::stdout())))),
    };
    let output = match output {
        Output::Folder(root) => Some(root.clone()),
        Output::Store(address) => Some(PathBuf::from(address)),
        Output::Stdout => None,
    };
    let frontier = Box::new(frontier);
    Ok(Store { run_id: run_id.to_owned(), frontier, open_sink, output, archive, room, observer: None, clock })
}

/// Sinks that store each segment as an object.
fn objects(objects: Objects, run_id: String, compression: Compression) -> super::OpenSink {
    let objects = Arc::new(objects);
    Box::new(move |site| Ok(Box::new(ObjectSink::new(Arc::clone(&objects), site, &run_id, compression)?)))
}

/// Joins the workers that share a state. Its output is objects whatever holds them, as no disk may be needed to go on after a worker.
#[cfg(feature = "postgres")]
fn join(address: &str, output: &Output, run_id: &str, config: &Config, clock: Clock) -> Result<Store, EngineError> {
    use crate::frontier::{OpenWorker, PostgresFrontier, TimeOf};
    if !config.output.warc.as_os_str().is_empty() {
        let message = "output.warc: an archive lies on one machine; leave it out where workers share a state";
        return Err(EngineError::Config(message.to_owned()));
    }
    let (store, places) = match output {
        Output::Folder(root) => (Objects::in_folder(root)?, vec![root.clone()]),
        Output::Store(address) => (Objects::at(address)?, Vec::new()),
        Output::Stdout => {
            let message = "--output -: a stream cannot be shared by workers; name a folder, or s3://bucket/prefix";
            return Err(EngineError::Config(message.to_owned()));
        }
    };
    let room = Room::new(places, config.output.reserve);
    room.check()?;
    let how = OpenWorker {
        run_id: run_id.to_owned(),
        worker: if config.crawl.worker.is_empty() {
            crate::frontier::worker_name()
        } else {
            config.crawl.worker.clone()
        },
        now: clock.now(),
        time_of: if clock == Clock::system() { TimeOf::Server } else { TimeOf::Caller },
        max_open: config.crawl.max_open,
        host_lease: config.crawl.host_lease,
        source_rest: config.crawl.source_rest,
    };
    let (frontier, joined) = PostgresFrontier::join(address, &how)?;
    if joined.unclean {
        tracing::warn!(
            worker = how.worker,
            released = joined.released,
            "the last worker of this name did not end cleanly; going on where it was"
        );
    }
    let output = Some(PathBuf::from(store.address()));
    let open_sink = objects(store, run_id.to_owned(), config.output.compression);
    let frontier = Box::new(frontier);
    Ok(Store { run_id: run_id.to_owned(), frontier, open_sink, output, archive: None, room, observer: None, clock })
}

#[cfg(not(feature = "postgres"))]
fn join(address: &str, _: &Output, _: &str, _: &Config, _: Clock) -> Result<Store, EngineError> {
    Err(crate::frontier::not_built(address).into())
}

/// The archive that the configuration asks for.
fn open_archive(run_id: &str, config: &Config) -> Result<Option<WarcSink>, EngineError> {
    if config.output.warc.as_os_str().is_empty() {
        return Ok(None);
    }
    let info = WarcInfo { operator: config.fetch.contact.clone(), user_agent: config.fetch.user_agent() };
    Ok(Some(WarcSink::open(&config.output.warc, run_id, info, config.output.warc_size)?))
}

/// Finishes the archives of runs that did not end cleanly, wherever they lie.
fn recover_archives(frontier: &mut SqliteFrontier, now: Timestamp) -> Result<(), EngineError> {
    for segment in
        frontier.segments()?.into_iter().filter(|segment| !segment.finished && is_archive_mark(&segment.mark))
    {
        let (mark, warning) = recover_archive(&segment.mark)?;
        if let Some(warning) = warning {
            tracing::warn!("{warning}");
        }
        frontier.finish_segment(&mark, now)?;
    }
    Ok(())
}

fn recover_output(root: &Path, frontier: &mut SqliteFrontier, now: Timestamp) -> Result<(), EngineError> {
    let mut segments = frontier.segments()?;
    segments.retain(|segment| !is_archive_mark(&segment.mark));
    let ours = |run: &str| -> Result<bool, FrontierError> { Ok(frontier.run(run)?.is_some()) };
    // A state that cannot be read here cannot be read a line later either, where the error is told.
    let recovered = recover(root, &segments, &|run| ours(run).unwrap_or(false))?;
    for warning in &recovered.warnings {
        tracing::warn!("{warning}");
    }
    for mark in &recovered.finished {
        frontier.finish_segment(mark, now)?;
    }
    Ok(())
}
