//! `auslese extract`: saved pages or addresses in, one JSON line each out, in the order of the inputs; or, for people,
//! Markdown or plain text (`format`).
//!
//! `inputs` lists what to read, records of archives included; every core works on it (`ordered`), and the lines come in order.
//! An input that gives no line is named on stderr and makes the exit code 4; the rest goes on. `counts` tells how it went, `folder`
//! gives each input an output of its own, `shard` is a share of the inputs.

mod counts;
mod folder;
mod format;
pub(super) mod inputs;
pub(super) mod shard;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use auslese::archive::{ArchiveLimits, Fault, page_of};
use auslese::extract::{Extractor, Unfit};
use auslese::parse::InputFormat;
use auslese::types::{ArchiveReason, DeadReason};
use clap::ValueEnum;
use url::Url;

use super::log::SUMMARY;
use super::output::Output;
use super::pages;
use super::sites::SitesArgs;
use super::web::Web;
use super::{CliError, Exit, Globals, crawl, ordered};
use counts::Counts;
use format::OutputFormat;
use inputs::{Input, Inputs, Kind};
use shard::Shard;

/// What bounds a record of an archive.
pub(super) const LIMITS: ArchiveLimits = ArchiveLimits { max_block: 21 << 20, max_inflated: 50 << 20 };

/// Extracts articles from saved pages and archives, one JSON line a page.
///
/// Folders are walked in the order of their names; gzip is read as it is. WARC and WET files (plain, gzip, zstd) and WACZ
/// give a line for each page in them. A page without an article gives a line with an empty text; a file that cannot be read,
/// or holds no text, gives none, is named on stderr and makes the exit code 4, and so does a damaged record.
///
/// Markdown and text are for reading: title, authors and date, the text with its lists, quotations, tables and images, and the
/// links. Several articles are parted by a line.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, folders, addresses (fetched politely), or - for stdin.
    #[arg(value_name = "FILE|DIR|URL|-", required_unless_present = "manifest")]
    inputs: Vec<String>,
    /// Where the lines go; a file appears when it is complete. A folder gets a file for each input, and an input whose file is
    /// there already is not done again.
    #[arg(short, long, value_name = "FILE|DIR|-", default_value = "-")]
    output: PathBuf,
    /// What to write: a JSON line with everything, or the article alone for people.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: OutputFormat,
    /// A JSONL file of {"path", "url"}: what to read, and the address it had. Paths are relative to the manifest's folder.
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// What the inputs are.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    input_format: Format,
    /// The profile to use whatever the address: kommune21.de, or _default for none.
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// The address of the page, for one file or stdin.
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// Do only this share of the inputs: 1/4 is the first of four. An archive is one input; of a folder's pages and a manifest's
    /// rows each share does its part.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// What recurs on the pages of the site they are from, as `auslese learn` wrote it: none of that is taken for an article.
    #[arg(long, value_name = "FILE")]
    sketch: Option<PathBuf>,
    /// How many pages to work on at once [default: the number of cores].
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Also ask private, loopback and link-local addresses.
    #[arg(long)]
    allow_private: bool,
    /// Least time between two requests to a host; robots.txt can only make it longer.
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = crawl::duration)]
    delay: Duration,
    #[command(flatten)]
    profiles: SitesArgs,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Format {
    /// HTML.
    Html,
    /// Plain text, as left by an earlier extraction.
    Text,
    /// Told by type, name and content.
    #[default]
    Auto,
}

impl From<Format> for InputFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Html => InputFormat::Html,
            Format::Text => InputFormat::Text,
            Format::Auto => InputFormat::Auto,
        }
    }
}

/// What came of an input.
enum Outcome {
    Line {
        line: Vec<u8>,
        label: String,
        empty: bool,
        is_record: bool,
    },
    Failed {
        label: String,
        detail: String,
    },
    /// A record that gives no line.
    Passed {
        label: String,
        reason: ArchiveReason,
        detail: String,
    },
}

pub(crate) fn run(args: Args, _globals: &Globals) -> Result<Exit, CliError> {
    let started = Instant::now();
    let extractor = pages::extractor(&args.profiles, args.site.as_deref(), args.input_format.into())?
        .with_sketch(args.sketch.as_deref().map(pages::sketch).transpose()?);
    let mut inputs = Inputs::new(&args.inputs, args.manifest.as_deref(), args.url.as_ref(), args.shard)?;
    let web = match inputs.has_urls() {
        true => Some(Web::new(args.allow_private, args.delay, inputs.ports())?),
        false => None,
    };
    let threads = args.threads.unwrap_or_else(ordered::threads).clamp(1, 256);
    let work = Work { extractor, web, threads, format: args.format };
    let mut counts = Counts::default();
    if args.output.is_dir() || args.output.to_string_lossy().ends_with('/') {
        folder::run(&args.output, inputs, &work, &mut counts)?;
    } else {
        let mut output = Output::create(&args.output)?;
        work.on(&mut inputs, &mut output, &mut counts)?;
        output.finish()?;
    }
    let seconds = started.elapsed().as_secs_f64();
    tracing::info!(target: SUMMARY, "{} in {seconds:.1} s", counts.words());
    Ok(if counts.has_failures() { Exit::SomeFailed } else { Exit::Done })
}

/// What every input is worked on with.
struct Work {
    extractor: Extractor,
    web: Option<Web>,
    threads: usize,
    format: OutputFormat,
}

impl Work {
    /// Works on the inputs and puts their lines into one output.
    fn on(&self, inputs: &mut Inputs, output: &mut Output, counts: &mut Counts) -> Result<(), CliError> {
        let work = |input: Result<Input, Unreadable>| match input {
            Ok(input) => guarded(self, input),
            Err(Unreadable { label, detail, reason: None }) => Outcome::Failed { label, detail },
            Err(Unreadable { label, detail, reason: Some(reason) }) => Outcome::Passed { label, reason, detail },
        };
        let mut first = true;
        ordered::map(inputs, self.threads, work, |outcome| {
            if matches!(outcome, Outcome::Line { .. })
                && !std::mem::take(&mut first)
                && let Some(between) = self.format.between()
            {
                output.line(between.as_bytes())?;
            }
            counts.take(outcome, output)
        })
    }
}

/// An input that cannot even be named as a file: a bad row of the manifest, a folder that cannot be listed, a damaged record.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) label: String,
    pub(super) detail: String,
    reason: Option<ArchiveReason>,
}

impl Unreadable {
    fn file(label: String, detail: String) -> Self {
        Self { label, detail, reason: None }
    }

    fn record(label: &str, fault: &Fault) -> Self {
        let label = format!("{label}, offset {}", fault.offset);
        Self { label, detail: fault.detail.clone(), reason: Some(fault.reason) }
    }
}

/// Works on one input. A fault of ours on one page must not cost the others.
fn guarded(work: &Work, input: Input) -> Outcome {
    let label = match &input.kind {
        Kind::Record(record) => format!("{}, offset {}", input.label, record.offset),
        Kind::File(_) | Kind::Url(_) => input.label.clone(),
    };
    let is_record = matches!(input.kind, Kind::Record(_));
    match catch_unwind(AssertUnwindSafe(|| line(work, input))) {
        Ok(Ok((line, empty))) => Outcome::Line { line, label, empty, is_record },
        Ok(Err(NoLine::Unfit(unfit))) => Outcome::Failed { label, detail: unfit.to_string() },
        Ok(Err(NoLine::Passed(fault))) => Outcome::Passed { label, reason: fault.reason, detail: fault.detail },
        Err(_) => {
            let detail = "a fault in auslese itself (please report the page)".to_owned();
            Outcome::Failed { label, detail }
        }
    }
}

/// Why an input gives no line.
enum NoLine {
    Unfit(Unfit),
    Passed(Fault),
}

impl From<Unfit> for NoLine {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit)
    }
}

/// What is written of an input, and whether it has no text.
fn line(work: &Work, input: Input) -> Result<(Vec<u8>, bool), NoLine> {
    let dead = |reason, detail| Unfit::Dead { reason, detail };
    let fetched = match (input.kind, &work.web) {
        (Kind::File(path), _) => pages::read(&path, &input.label, input.url.as_ref())?,
        (Kind::Url(url), Some(web)) => web.fetch(&url)?,
        (Kind::Url(_), None) => {
            return Err(dead(DeadReason::Unreadable, "addresses cannot be fetched".to_owned()).into());
        }
        (Kind::Record(record), _) => page_of(*record, &input.label, &LIMITS).map_err(NoLine::Passed)?,
    };
    let extraction = work.extractor.extract(&fetched)?;
    Ok((work.format.write(&extraction)?, extraction.record.text.is_empty()))
}
