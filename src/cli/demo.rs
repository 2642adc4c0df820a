//! `auslese demo`.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use auslese::demo::{DemoError, Server, Site};
use auslese::engine::{self, Config, Output, Plan};
use auslese::site::Sites;
use auslese::types::Record;
use jiff::Timestamp;
use url::Url;

use super::crawl::{crawl, end_of, explain};
use super::progress::Bar;
use super::{CliError, Exit, Globals};

/// The fixture site that is shown.
const SITE: &str = "amtsblick.test";
/// Blocks of the shown record.
const SHOWN_BLOCKS: usize = 12;
/// Characters shown of a text.
const SHOWN_CHARS: usize = 100;

/// Crawls the fixture site on loopback and shows what came of it.
///
/// A real HTTP server serves an invented magazine of three template generations; the crawl of it is the real one, with
/// robots.txt, pace, retries and redirects, only faster than a stranger's site would be asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where records and state go.
    #[arg(short, long, value_name = "DIR", default_value = "output/demo")]
    output: PathBuf,
}

pub(crate) fn run(args: Args, globals: &Globals) -> Result<Exit, CliError> {
    let server = Site::embedded(SITE).and_then(Server::start).map_err(|error| failed(&error))?;
    let origin = server.origin();
    let url =
        Url::parse(&origin).map_err(|error| CliError::Failed(format!("the server's address {origin}: {error}")))?;
    let sites = Sites::embedded().map_err(|errors| CliError::Failed(format!("profiles in the binary: {errors}")))?;
    let mut plan = Plan::new();
    plan.add_url(sites.for_url(&url), &url);
    let config = config();
    let run_id = engine::new_run_id(Timestamp::now());
    let output = Output::Folder(args.output.clone());
    let state = args.output.join("auslese.db");
    let mut store = engine::open(&state, &output, &run_id, &config).map_err(explain)?;
    tracing::info!(target: super::log::SUMMARY, "serving {SITE} on {origin}, crawling it at {} requests a second", 1000 / DELAY.as_millis());
    let bar = Bar::start(globals, Duration::ZERO);
    store.observer = bar.observer();
    let summary = crawl(&config, &plan, store);
    bar.finish();
    let summary = summary?;
    server.stop();
    let Some(summary) = summary else { return Ok(Exit::Interrupted) };
    let mut shown = summary.table();
    if let Some(file) = summary.files.first() {
        shown.push_str("\none of its records:\n");
        shown.push_str(&first_record(file)?);
    }
    std::io::stdout().write_all(shown.as_bytes()).map_err(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => CliError::StdoutClosed,
        _ => CliError::Failed(format!("cannot write to stdout: {error}")),
    })?;
    Ok(end_of(&summary))
}

/// Between two requests: fit to be watched, and still a pace.
const DELAY: Duration = Duration::from_millis(50);

fn config() -> Config {
    let mut config = Config::default();
    config.fetch.allow_private = true;
    config.pace.delay = DELAY;
    config.pace.backoff = Duration::from_millis(500);
    config.crawl.retry_after = Duration::from_secs(1);
    config.crawl.patience = Duration::from_secs(20);
    config
}

fn failed(error: &DemoError) -> CliError {
    CliError::Failed(error.to_string())
}

/// A record in a few lines. Of the first ones the one with the most kinds of blocks, since it shows most.
fn first_record(file: &Path) -> Result<String, CliError> {
    let wrong = |what: &dyn std::fmt::Display| CliError::Failed(format!("{}: {what}", file.display()));
    let lines = BufReader::new(File::open(file).map_err(|error| wrong(&error))?).lines();
    let mut best: Option<(usize, Record)> = None;
    for line in lines.take(20) {
        let record: Record =
            serde_json::from_str(&line.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
        let mut roles: Vec<_> = record.blocks.iter().map(|block| block.role).collect();
        roles.sort_unstable();
        roles.dedup();
        if best.as_ref().is_none_or(|(kinds, _)| roles.len() > *kinds) {
            best = Some((roles.len(), record));
        }
    }
    Ok(best.map(|(_, record)| show(&record)).unwrap_or_default())
}

fn show(record: &Record) -> String {
    let mut lines = Vec::new();
    let mut field = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            lines.push(format!("  {name:<16} {}", short(value)));
        }
    };
    field("url", Some(&record.url));
    field("kicker", record.kicker.as_deref());
    field("headline", record.headline.as_deref());
    field("date_published", record.date_published.as_deref());
    let authors: Vec<&str> = record.authors.iter().map(|author| author.name.as_str()).collect();
    field("authors", Some(&authors.join(", ")));
    field("lead", record.lead.as_deref());
    field("text", Some(&record.text));
    field("keywords", Some(&record.keywords.join(", ")));
    lines.push(format!(
        "  {:<16} {} teasers, {} advertisements, {} vendors",
        "around it",
        record.teasers.len(),
        record.advertisements.len(),
        record.vendors.len()
    ));
    lines.push(format!("  {:<16} {:.2}", "confidence", record.confidence));
    for block in record.blocks.iter().take(SHOWN_BLOCKS) {
        lines.push(format!("    {:<14} {}", block.role.as_str(), short(&block.text)));
    }
    if record.blocks.len() > SHOWN_BLOCKS {
        lines.push(format!("    and {} blocks more", record.blocks.len() - SHOWN_BLOCKS));
    }
    lines.join("\n") + "\n"
}

/// The beginning of a text, on one line, cut between words.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN_CHARS {
        return line;
    }
    let cut: String = line.chars().take(SHOWN_CHARS).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{cut} …")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_words() {
        assert_eq!(short("ein\n zwei"), "ein zwei");
        let long = "wort ".repeat(50);
        assert!(short(&long).ends_with("wort …") && short(&long).chars().count() <= SHOWN_CHARS + 2);
    }
}
