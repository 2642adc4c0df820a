//! `auslese export`.

mod markdown;

use std::io::Write;
use std::path::{Path, PathBuf};

use auslese::corpus::{self, CorpusError, Table};
use markdown::Articles;

use super::compact::{files, warn};
use super::crawl::with_sources;
use super::log::SUMMARY;
use super::output::Output;
use super::{CliError, Exit};

/// Writes records in a form that other programs read.
///
/// One row a line of the files: fold them first with `auslese compact` where the newest state is wanted. A line that is no
/// record is named; exit code 4.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files of records (plain, gzip or zstd), or folders that hold such, as a crawl leaves them.
    #[arg(required_unless_present = "state", value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Instead: every segment in the manifest of this state (postgres://user@host/database, or a file).
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    state: Option<PathBuf>,
    /// csv: a column a field, lists and objects as JSON in their cell. parquet: lists and objects as nested columns. md: a file an article,
    /// with front matter.
    #[arg(short, long, value_enum)]
    format: Format,
    /// Where it goes; a file appears when it is complete. For md a folder, in which each article is <domain>/<year>/<day>-<headline>-<id>.md;
    /// or, where it is - or ends in .md, all articles one after the other.
    #[arg(short, long, value_name = "FILE|DIR|-")]
    output: PathBuf,
    /// Only these columns of CSV, in this order (id,date_published,headline,text).
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',')]
    columns: Vec<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Csv,
    /// Needs a build with `--features parquet`.
    Parquet,
    /// Markdown with front matter in YAML.
    #[value(alias = "markdown")]
    Md,
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let folder = Fetched::new()?;
    let files = match &args.state {
        Some(state) => super::segments::fetch(state, &folder.0)?,
        None => files(&args.paths)?,
    };
    if matches!(args.format, Format::Md) {
        return articles(&files, &args.output);
    }
    let mut output = Sink { output: Output::create(&args.output)?, fault: None };
    let mut bad = 0;
    let result = match args.format {
        Format::Csv => csv(&files, &args.columns, &mut output, &mut bad),
        Format::Parquet | Format::Md => parquet(&files, &mut output, &mut bad)?,
    };
    let Sink { output, fault } = output;
    if let Some(fault) = fault {
        return Err(fault);
    }
    let rows = result.map_err(|error| CliError::Failed(with_sources(&error)))?;
    output.finish()?;
    tracing::info!(target: SUMMARY, "{rows} records of {} files, {bad} bad lines", files.len());
    Ok(if bad > 0 { Exit::SomeFailed } else { Exit::Done })
}

fn articles(files: &[PathBuf], output: &Path) -> Result<Exit, CliError> {
    let mut articles = Articles::create(output)?;
    let (mut bad, mut written, mut fault) = (0, 0_u64, None);
    let read = each_record(files, &mut bad, &mut |record| match articles.add(&record) {
        Ok(is_one) => {
            written += u64::from(is_one);
            Ok(())
        }
        Err(error) => {
            fault = Some(error);
            Err(CorpusError::Write(std::io::ErrorKind::Other.into()))
        }
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    read.map_err(|error| CliError::Failed(with_sources(&error)))?;
    articles.finish()?;
    tracing::info!(target: SUMMARY, "{written} articles of {} files, {bad} bad lines", files.len());
    Ok(if bad > 0 { Exit::SomeFailed } else { Exit::Done })
}

fn csv(files: &[PathBuf], columns: &[String], output: &mut Sink, bad: &mut u64) -> Result<u64, CorpusError> {
    let mut table = Table::new(output, columns);
    let mut rows = 0;
    each_record(files, bad, &mut |record| {
        rows += 1;
        table.add(&record)
    })?;
    table.finish()?;
    Ok(rows)
}

/// Calls `visit` with every record; what is none is named and counted.
fn each_record<R: serde::de::DeserializeOwned>(
    files: &[PathBuf],
    bad: &mut u64,
    visit: &mut dyn FnMut(R) -> Result<(), CorpusError>,
) -> Result<(), CorpusError> {
    let mut torn = 0;
    let mut note = |fault| {
        torn += 1;
        warn(fault);
    };
    let mut faults = 0;
    corpus::each_line(files, &mut note, &mut |file, line, text| match serde_json::from_slice(text) {
        Ok(record) => visit(record),
        Err(error) => {
            faults += 1;
            let file = files.get(file).cloned().unwrap_or_default();
            warn(corpus::BadLine { file, line, fault: format!("no record: {error}") });
            Ok(())
        }
    })?;
    *bad += torn + faults;
    Ok(())
}

#[cfg(not(feature = "parquet"))]
fn parquet(_: &[PathBuf], _: &mut Sink, _: &mut u64) -> Result<Result<u64, CorpusError>, CliError> {
    Err(CliError::Usage(
        "this auslese was built without Parquet (build it with `cargo build --release --features parquet`)".to_owned(),
    ))
}

#[cfg(feature = "parquet")]
fn parquet(files: &[PathBuf], output: &mut Sink, bad: &mut u64) -> Result<Result<u64, CorpusError>, CliError> {
    let mut table = corpus::ParquetTable::new(output).map_err(|error| CliError::Failed(with_sources(&error)))?;
    let mut fault = None;
    let read = each_record(files, bad, &mut |record| {
        table.add(&record).map_err(|error| {
            fault = Some(error);
            CorpusError::Write(std::io::ErrorKind::Other.into())
        })
    });
    if let Some(error) = fault {
        return Err(CliError::Failed(with_sources(&error)));
    }
    if let Err(error) = read {
        return Ok(Err(error));
    }
    table.finish().map(Ok).map_err(|error| CliError::Failed(with_sources(&error)))
}

/// A folder for segments that are fetched, as long as they are read.
struct Fetched(PathBuf);

impl Fetched {
    fn new() -> Result<Self, CliError> {
        let name = format!("auslese-export-{}-{:08x}", std::process::id(), fastrand::u32(..));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder)
            .map_err(|error| CliError::Failed(format!("{}: cannot make the folder: {error}", folder.display())))?;
        Ok(Self(folder))
    }
}

impl Drop for Fetched {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An [`Output`] as writers of tables want it; its own fault, which says more, is kept.
struct Sink {
    output: Output,
    fault: Option<CliError>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.output.bytes(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(error) => {
                self.fault = Some(error);
                Err(std::io::ErrorKind::Other.into())
            }
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
