//! `auslese extract`: saved pages or addresses in, one JSON line each out, in the order of the inputs.
//!
//! `inputs` lists what to read; every core works on it (`ordered`), and the lines come in order. An input that gives no line
//! is named on stderr and makes the exit code 4; the rest goes on.

mod inputs;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use auslese::extract::Extractor;
use auslese::extract::Unfit;
use auslese::parse::InputFormat;
use auslese::types::DeadReason;
use clap::ValueEnum;
use url::Url;

use super::log::SUMMARY;
use super::output::Output;
use super::pages;
use super::sites::SitesArgs;
use super::web::Web;
use super::{CliError, Exit, Globals, crawl, ordered};
use inputs::{Input, Inputs, Kind};

/// Extracts articles from saved pages, one JSON line an input.
///
/// Folders are walked in the order of their names; gzip is read as it is. A page without an article gives a line with an
/// empty text; a file that cannot be read, or holds no text, gives none, is named on stderr and makes the exit code 4.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, folders, addresses (fetched politely), or - for stdin.
    #[arg(value_name = "FILE|DIR|URL|-", required_unless_present = "manifest")]
    inputs: Vec<String>,
    /// Where the lines go; a file appears when it is complete.
    #[arg(short, long, value_name = "FILE|-", default_value = "-")]
    output: PathBuf,
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
enum Format {
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
    Line { line: Vec<u8>, label: String, empty: bool },
    Failed { label: String, detail: String },
}

/// How it went.
#[derive(Debug, Default)]
struct Counts {
    lines: u64,
    empty: u64,
    failed: u64,
}

pub(crate) fn run(args: Args, _globals: &Globals) -> Result<Exit, CliError> {
    let started = Instant::now();
    let extractor = pages::extractor(&args.profiles, args.site.as_deref(), args.input_format.into())?;
    let inputs = Inputs::new(&args.inputs, args.manifest.as_deref(), args.url.as_ref())?;
    let web = if inputs.has_urls() { Some(Web::new(args.allow_private, args.delay)?) } else { None };
    let mut output = Output::create(&args.output)?;
    let threads = args.threads.unwrap_or_else(ordered::threads).clamp(1, 256);
    let mut counts = Counts::default();
    let work = |input: Result<Input, Unreadable>| match input {
        Ok(input) => guarded(&extractor, web.as_ref(), &input),
        Err(Unreadable { label, detail }) => Outcome::Failed { label, detail },
    };
    ordered::map(inputs, threads, work, |outcome| counts.take(outcome, &mut output))?;
    output.finish()?;
    let seconds = started.elapsed().as_secs_f64();
    tracing::info!(target: SUMMARY, "{} in {seconds:.1} s", counts.words());
    Ok(if counts.failed > 0 { Exit::SomeFailed } else { Exit::Done })
}

/// An input that cannot even be named as a file: a bad row of the manifest, a folder that cannot be listed.
struct Unreadable {
    label: String,
    detail: String,
}

impl Counts {
    fn take(&mut self, outcome: Outcome, output: &mut Output) -> Result<(), CliError> {
        match outcome {
            Outcome::Line { line, label, empty } => {
                output.line(&line)?;
                self.lines += 1;
                if empty {
                    self.empty += 1;
                    tracing::warn!("{label}: no article found (its line has an empty text)");
                }
            }
            Outcome::Failed { label, detail } => {
                self.failed += 1;
                tracing::warn!("{label}: {detail} (left out)");
            }
        }
        Ok(())
    }

    fn words(&self) -> String {
        let plural = |n: u64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
        format!(
            "{}, {} without an article, {}",
            plural(self.lines, "record", "records"),
            self.empty,
            plural(self.failed, "input left out", "inputs left out"),
        )
    }
}

/// Works on one input. A fault of ours on one page must not cost the others.
fn guarded(extractor: &Extractor, web: Option<&Web>, input: &Input) -> Outcome {
    let result = catch_unwind(AssertUnwindSafe(|| line(extractor, web, input)));
    let failed = |detail: String| Outcome::Failed { label: input.label.clone(), detail };
    match result {
        Ok(Ok((line, empty))) => Outcome::Line { line, label: input.label.clone(), empty },
        Ok(Err(unfit)) => failed(unfit.to_string()),
        Err(_) => failed("a fault in auslese itself (please report the page)".to_owned()),
    }
}

/// The record of an input as JSON, and whether it has no text.
fn line(extractor: &Extractor, web: Option<&Web>, input: &Input) -> Result<(Vec<u8>, bool), Unfit> {
    let fetched = match (&input.kind, web) {
        (Kind::File(path), _) => pages::read(path, &input.label, input.url.as_ref())?,
        (Kind::Url(url), Some(web)) => web.fetch(url)?,
        (Kind::Url(_), None) => {
            return Err(Unfit::Dead {
                reason: DeadReason::Unreadable,
                detail: "addresses cannot be fetched".to_owned(),
            });
        }
    };
    let extraction = extractor.extract(&fetched)?;
    let line = serde_json::to_vec(&extraction.record).map_err(|error| Unfit::Dead {
        reason: DeadReason::Malformed,
        detail: format!("its record cannot be written as JSON: {error}"),
    })?;
    Ok((line, extraction.record.text.is_empty()))
}
