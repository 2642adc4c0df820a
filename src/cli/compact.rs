//! `auslese compact`.

use std::path::PathBuf;

use auslese::corpus::{self, BadLine};

use super::crawl::with_sources;
use super::log::SUMMARY;
use super::output::Output;
use super::{CliError, Exit};

/// Folds articles, updates and tombstones to one line an article, the newest.
///
/// Newest is what was captured last; an article that is gone is left out. Reads each file twice and keeps a few bytes an
/// article, so that an archive of any size can be folded. A line that is no record is named; exit code 4.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files of records (plain, gzip or zstd), or folders that hold such, as a crawl leaves them.
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Where the lines go; a file appears when it is complete.
    #[arg(short, long, value_name = "FILE|-")]
    output: PathBuf,
    /// Write the tombstone of an article that is gone.
    #[arg(long)]
    tombstones: bool,
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let files = files(&args.paths)?;
    let mut output = Output::create(&args.output)?;
    let mut failed = None;
    let result = corpus::compact(&files, args.tombstones, &mut warn, &mut |line| {
        output.line(line).map_err(|error| {
            failed = Some(error);
            corpus::CorpusError::Write(std::io::ErrorKind::Other.into())
        })
    });
    let result = match (result, failed) {
        (_, Some(error)) => return Err(error),
        (result, None) => result.map_err(|error| CliError::Failed(with_sources(&error)))?,
    };
    output.finish()?;
    let corpus::Compacted { lines, articles, gone, bad } = result;
    tracing::info!(target: SUMMARY, "{articles} articles of {lines} lines in {} files, {gone} gone, {bad} bad lines", files.len());
    Ok(if bad > 0 { Exit::SomeFailed } else { Exit::Done })
}

/// The files of records that the arguments name.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    corpus::files(paths).map_err(|error| CliError::Usage(with_sources(&error)))
}

pub(super) fn warn(line: BadLine) {
    tracing::warn!("{line}");
}
