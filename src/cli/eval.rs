//! `auslese eval`: extracts the pages of a gold folder and says how far the records agree with gold.
//!
//! `sets` reads a benchmark (gold.jsonl beside its pages), `fixtures` a folder of `*.gold.json` with the role of every
//! block, `report` and `metadata` write figures for people.

mod fixtures;
mod metadata;
mod report;
mod sets;

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::output;
use super::sites::SitesArgs;
use super::{CliError, Exit, Globals};

/// Measures extraction against gold.
///
/// A folder with gold.jsonl and its pages gives the figures of a benchmark, each with a 95% interval by bootstrap over
/// pages: the text, headline, date and authors, and what a confidence was worth. A folder with *.gold.json beside its pages (fixtures/sites) gives the roles taken for each other and the items
/// around the article found.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folders with gold.jsonl, or with *.gold.json beside the pages.
    #[arg(required = true, value_name = "GOLD_DIR")]
    folders: Vec<PathBuf>,
    /// Only pages of .de, .at and .ch.
    #[arg(long)]
    de: bool,
    /// List the N worst pages.
    #[arg(long, value_name = "N", default_value_t = 0)]
    worst: usize,
    /// Score the texts of this JSONL, matched to gold by `id` or by the file name of `source.path`, instead of extracting.
    /// For one folder with gold.jsonl; figures only, whatever wrote them.
    #[arg(long, value_name = "FILE")]
    records: Option<PathBuf>,
    /// Exit with 4 where a figure falls short: wordF1, shF1, exact, segF, title, date, authors, a page type; for fixtures
    /// roles, teasers, advertisements, vendors or a field.
    #[arg(long, value_name = "KEY=MIN", value_parser = requirement)]
    require: Vec<(String, f64)>,
    /// Figures as JSON, one object a folder.
    #[arg(long)]
    json: bool,
    /// The profile to use whatever the address; _default for none.
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// How many pages to work on at once [default: the number of cores].
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    #[command(flatten)]
    profiles: SitesArgs,
}

/// What a folder gave.
struct Report {
    text: String,
    json: Value,
    /// Requirements that are not met, in words.
    short: Vec<String>,
}

fn requirement(text: &str) -> Result<(String, f64), String> {
    let (key, least) = text.split_once('=').ok_or("give KEY=MIN, as in wordF1=0.90")?;
    let least = least.parse::<f64>().map_err(|error| format!("{least}: {error}"))?;
    Ok((key.to_owned(), least))
}

pub(crate) fn run(args: Args, _globals: &Globals) -> Result<Exit, CliError> {
    let mut end = Exit::Done;
    for folder in &args.folders {
        let gold = folder.join("gold.jsonl");
        let report = if gold.is_file() { sets::run(folder, &gold, &args)? } else { fixtures::run(folder, &args)? };
        output::print(&if args.json { report.json.to_string() } else { report.text })?;
        for short in &report.short {
            tracing::warn!("{}: {short}", name_of(folder));
            end = Exit::SomeFailed;
        }
    }
    Ok(end)
}

/// What falls short of the requirements; `figure` looks one up.
fn shortfalls(require: &[(String, f64)], figure: impl Fn(&str) -> Option<f64>) -> Vec<String> {
    let short = |(key, least): &(String, f64)| match figure(key) {
        Some(value) if value >= *least => None,
        Some(value) => Some(format!("{key} {value:.3} is less than {least}")),
        None => Some(format!("{key} is no figure of this folder")),
    };
    require.iter().filter_map(short).collect()
}

fn name_of(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| folder.display().to_string())
}
