//! `auslese segments`: the manifest of a crawl.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use auslese::engine::bytes;
use auslese::frontier::{Segment, SharedView, StateView};
use auslese::sink::{Objects, is_address};
use jiff::Timestamp;
use serde_json::json;

use super::crawl::{explain, must_be_there, with_sources};
use super::log::SUMMARY;
use super::{CliError, Exit, output};

/// Lists the segments of a crawl that count, and sweeps what no worker entered.
///
/// Where many workers share a crawl, only the records of segments in its manifest count. A worker that dies may leave one behind that it
/// had not entered yet: an orphan, whose pages are fetched again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The state of the crawl: postgres://user@host/database, or a file.
    #[arg(short, long, env = "AUSLESE_STATE", value_name = "FILE")]
    state: PathBuf,
    /// Remove orphans from the stores that the manifest names, and list them instead.
    #[arg(long)]
    sweep: bool,
    /// Also look for orphans here, as where no segment has been entered yet.
    #[arg(short, long, env = "AUSLESE_OUTPUT", value_name = "DIR|ADDRESS", requires = "sweep")]
    output: Option<PathBuf>,
    /// Print one JSON object a segment.
    #[arg(long)]
    json: bool,
}

/// The segments that a state knows, and the runs that may be storing more.
pub(super) fn manifest(state: &Path) -> Result<(Vec<Segment>, Vec<String>), CliError> {
    must_be_there(state)?;
    let read = || match state.to_str().filter(|_| is_address(state)) {
        Some(address) => {
            let view = SharedView::look(address, 0)?;
            let live = view.live_runs(Timestamp::now()).into_iter().map(str::to_owned).collect();
            Ok((view.segments, live))
        }
        None => {
            let view = StateView::open(state)?;
            Ok((view.segments()?, view.holder().map(|holder| holder.run_id).into_iter().collect()))
        }
    };
    read().map_err(|error: auslese::frontier::FrontierError| explain(error.into()))
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let (segments, live) = manifest(&args.state)?;
    if args.sweep {
        return sweep(&args, &segments, &live);
    }
    let mut text = String::new();
    for segment in &segments {
        let (mark, whole) = (&segment.mark, segment.finished);
        let line = if args.json {
            json!({
                "store": mark.root, "file": mark.file, "records": mark.records, "bytes": mark.bytes, "complete": whole,
            })
            .to_string()
        } else {
            let open = if whole { "" } else { " (not complete)" };
            format!("{:>9} {:>9}  {}{open}", mark.records, bytes(mark.bytes), mark.root.join(&mark.file).display())
        };
        text.push_str(&line);
        text.push('\n');
    }
    output::print(&text)?;
    let records: u64 = segments.iter().map(|segment| segment.mark.records).sum();
    tracing::info!(target: SUMMARY, "{} segments with {records} records", segments.len());
    Ok(Exit::Done)
}

fn sweep(args: &Args, segments: &[Segment], live: &[String]) -> Result<Exit, CliError> {
    let failed = |error: &dyn std::error::Error| CliError::Failed(with_sources(error));
    let objects = segments.iter().filter(|segment| segment.mark.is_object());
    let mut stores: BTreeSet<String> =
        objects.filter_map(|segment| segment.mark.root.to_str().map(str::to_owned)).collect();
    match args.output.as_deref() {
        Some(address) if is_address(address) => stores.extend(address.to_str().map(str::to_owned)),
        Some(folder) => {
            let store = Objects::in_folder(folder).map_err(|error| failed(&error))?;
            stores.insert(store.address().to_owned());
        }
        None => {}
    }
    let known: BTreeSet<String> = segments.iter().map(|segment| segment.mark.file.clone()).collect();
    let live: Vec<&str> = live.iter().map(String::as_str).collect();
    let mut count = 0;
    for address in stores {
        let store = Objects::at(&address).map_err(|error| failed(&error))?;
        for orphan in store.sweep(&known, &live, Timestamp::now()).map_err(|error| failed(&error))? {
            count += 1;
            output::print(&format!("{}/{}\n", store.address(), orphan.file))?;
        }
    }
    tracing::info!(target: SUMMARY, "{count} orphans removed");
    Ok(Exit::Done)
}

/// Brings the segments of a manifest into a folder, to be read as files; those that are files already are taken where they are.
pub(super) fn fetch(state: &Path, folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let failed = |error: &dyn std::error::Error| CliError::Failed(with_sources(error));
    let (segments, _) = manifest(state)?;
    let mut files = Vec::with_capacity(segments.len());
    for (number, segment) in segments.iter().filter(|segment| segment.finished).enumerate() {
        let mark = &segment.mark;
        let Some(address) = mark.root.to_str().filter(|_| mark.is_object()) else {
            files.push(mark.root.join(&mark.file));
            continue;
        };
        if let Some(root) = address.strip_prefix("file://") {
            files.push(Path::new(root).join(&mark.file));
            continue;
        }
        let bytes = Objects::at(address).and_then(|store| store.get(&mark.file)).map_err(|error| failed(&error))?;
        let name = mark.file.rsplit('/').next().unwrap_or_default();
        let path = folder.join(format!("{number:08}-{name}"));
        std::fs::write(&path, bytes).map_err(|error| failed(&error))?;
        files.push(path);
    }
    Ok(files)
}
