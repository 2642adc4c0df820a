//! `auslese report`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use auslese::corpus::{self, BadLine};
use auslese::frontier::{Run, SharedView, StateView};
use auslese::render::{Figures, FiguresLine, History, HistoryRun, report};
use auslese::sink::is_address;
use serde_json::{Value, json};

use super::compact::{files, warn};
use super::crawl::{explain, must_be_there, with_sources};
use super::log::SUMMARY;
use super::output::Output;
use super::{CliError, Exit};

/// Runs of the state that are shown.
const RUNS: usize = 500;

/// Shows what was got, as an HTML page for people: when, from where, how sure, and what is missing.
///
/// One self-contained file: articles by month with gaps marked, by template version and source; confidence, with links to
/// the lowest; lengths, authors, sections; with the state of the crawl also its runs, its pace and its failures by reason.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files of records (plain, gzip or zstd), or folders that hold such, as a crawl leaves them.
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Where it goes; it appears when it is complete.
    #[arg(short, long, value_name = "FILE|-")]
    output: PathBuf,
    /// The state of the crawl. [default: auslese.db in a folder that is named, where there is one]
    #[arg(short, long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The title of the page. [default: the names of the sites]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Write the figures as one JSON object, rather than a page.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let files = files(&args.paths)?;
    let (figures, bad) = count(&files)?;
    let history = state_of(&args).map(|file| history(&file)).transpose()?;
    let text = if args.json {
        json!({"figures": figures, "gaps": figures.gaps(), "history": history}).to_string()
    } else {
        let title = args.title.unwrap_or_else(|| title(&figures));
        report(&title, &figures, history.as_ref()).map_err(|error| CliError::Failed(error.to_string()))?
    };
    let mut output = Output::create(&args.output)?;
    output.line(text.trim_end().as_bytes())?;
    output.finish()?;
    tracing::info!(target: SUMMARY, "{} articles of {} files, {bad} bad lines", figures.articles(), files.len());
    Ok(if bad > 0 { Exit::SomeFailed } else { Exit::Done })
}

fn count(files: &[PathBuf]) -> Result<(Figures, u64), CliError> {
    let (mut figures, mut faults, mut torn) = (Figures::default(), 0, 0);
    let mut note = |fault: BadLine| {
        torn += 1;
        warn(fault);
    };
    let mut add = |file: usize, line: u64, text: &[u8]| {
        match serde_json::from_slice::<FiguresLine>(text) {
            Ok(record) => figures.add(&record),
            Err(error) => {
                faults += 1;
                let file = files.get(file).cloned().unwrap_or_default();
                warn(BadLine { file, line, fault: format!("no record: {error}") });
            }
        }
        Ok(())
    };
    corpus::each_line(files, &mut note, &mut add).map_err(|error| CliError::Failed(with_sources(&error)))?;
    Ok((figures.finish(), torn + faults))
}

/// The state that was named, or stands in a folder that was.
fn state_of(args: &Args) -> Option<PathBuf> {
    let near = |path: &PathBuf| Some(path.join("auslese.db")).filter(|file| file.is_file());
    args.state.clone().or_else(|| args.paths.iter().find_map(near))
}

fn history(file: &Path) -> Result<History, CliError> {
    must_be_there(file)?;
    let runs = match file.to_str().filter(|_| is_address(file)) {
        Some(address) => SharedView::look(address, RUNS).map(|view| view.runs),
        None => StateView::open(file).and_then(|view| view.runs(RUNS)),
    };
    let mut runs = runs.map_err(|error| explain(error.into()))?;
    runs.reverse();
    let mut history = History::default();
    for run in &runs {
        let summary = run.summary.as_ref();
        for (counts, key) in [(&mut history.dead, "dead"), (&mut history.skipped, "skipped")] {
            add_counts(counts, summary.and_then(|summary| summary.get(key)));
        }
        history.runs.push(told(run));
    }
    Ok(history)
}

fn add_counts(counts: &mut BTreeMap<String, u64>, by_reason: Option<&Value>) {
    for (reason, count) in by_reason.and_then(Value::as_object).into_iter().flatten() {
        *counts.entry(reason.clone()).or_default() += count.as_u64().unwrap_or_default();
    }
}

fn told(run: &Run) -> HistoryRun {
    let of = |key: &str| run.summary.as_ref().and_then(|summary| summary.get(key));
    let number = |key: &str| of(key).and_then(Value::as_u64).unwrap_or_default();
    HistoryRun {
        began: run.began.to_string(),
        end: of("end").and_then(Value::as_str).unwrap_or("not recorded").replace('_', " "),
        seconds: of("seconds").and_then(Value::as_f64).unwrap_or_default(),
        requests: number("requests"),
        records: number("records"),
        failed: number("failed"),
    }
}

fn title(figures: &Figures) -> String {
    // Saved pages without an address have no site.
    let mut domains: Vec<(&String, &u64)> = figures.domains.iter().filter(|(name, _)| !name.is_empty()).collect();
    domains.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    match domains.as_slice() {
        [] => "Articles".to_owned(),
        [(one, _)] => (*one).clone(),
        [(first, _), rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}
