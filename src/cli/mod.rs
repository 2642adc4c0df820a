//! The command line: arguments, and a file a command. Data goes to stdout or files, words to stderr.
//!
//! - `exit`: how a command ends; the only place that knows exit codes.
//! - `log`: words to stderr, as text or JSON ([`Globals`] says how many).
//! - `output`: data to stdout or to a file that appears whole or not at all.
//! - `configuration`: what a crawl is told by file and environment; `metrics`: its counters for Prometheus.
//! - `pages`: saved pages to records; `gold`: what they must hold; `ordered`: on every core, in order; `web`: a few pages, politely; `sites`: profiles.
//!
//! A command's `run` takes its parsed arguments and returns an [`Exit`] or a [`CliError`]; it neither prints its error nor
//! ends the process.

mod backfill;
mod canonical;
mod check;
mod compact;
mod completions;
mod configuration;
mod crawl;
mod demo;
mod discover;
mod eval;
mod exit;
mod export;
mod extract;
mod gold;
mod inspect;
mod learn;
mod log;
mod man;
mod metrics;
mod ordered;
mod output;
mod pages;
mod profile;
mod progress;
mod report;
mod robots;
mod schema;
mod segments;
mod sites;
mod status;
mod validate;
mod web;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

pub(crate) use exit::{CliError, Exit};
pub(crate) use log::Globals;

/// Crawls article pages politely, keeps the article, labels everything else, and writes one clean JSON line an article.
#[derive(Debug, Parser)]
#[command(
    name = "auslese",
    version,
    propagate_version = true,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = exit::HELP
)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(after_help = "Example: auslese demo")]
    Demo(demo::Args),
    #[command(after_help = "Example: auslese crawl kommune21.de --output articles --state kommune21.db --limit 100")]
    Crawl(crawl::Args),
    #[command(after_help = "Example: auslese backfill kommune21.de --via wayback --from 2001 --to 2009 --dry-run")]
    Backfill(backfill::Args),
    #[command(after_help = "Example: auslese extract saved-pages/ --output articles.jsonl")]
    Extract(extract::Args),
    #[command(after_help = "Example: auslese inspect page.html --output inspect.html")]
    Inspect(inspect::Args),
    #[command(after_help = "Example: auslese learn saved-pages/ --site kommune21.de --output kommune21.sketch.json")]
    Learn(learn::Args),
    #[command(after_help = "Example: auslese robots robots.txt --agent auslese https://example.org/archive/")]
    Robots(robots::Args),
    #[command(after_help = "Example: auslese canonical 'HTTP://Example.org:80/a/../b?utm_source=x'")]
    Canonical(canonical::Args),
    #[command(after_help = "Example: auslese discover https://www.kommune21.de/k21-meldungen/feed")]
    Discover(discover::Args),
    #[command(after_help = "Example: auslese schema > record.schema.json")]
    Schema(schema::Args),
    #[command(after_help = "Example: auslese validate articles.jsonl")]
    Validate(validate::Args),
    #[command(after_help = "Example: auslese compact output/kommune21.de --output newest.jsonl")]
    Compact(compact::Args),
    #[command(after_help = "Example: auslese export newest.jsonl --format csv --output articles.csv")]
    Export(export::Args),
    #[command(after_help = "Example: auslese report output --output report.html")]
    Report(report::Args),
    #[command(after_help = "Example: auslese check kommune21.de")]
    Check(check::Args),
    #[command(after_help = "Example: auslese profile new https://www.example.org/ --output example.org.toml")]
    Profile(profile::Args),
    #[command(after_help = "Example: auslese status --state kommune21.db")]
    Status(status::Args),
    #[command(after_help = "Example: auslese segments --state postgres://auslese@db/crawl")]
    Segments(segments::Args),
    #[command(after_help = "Example: auslese eval fixtures/sites")]
    Eval(eval::Args),
    #[command(after_help = "Example: auslese completions bash > /etc/bash_completion.d/auslese")]
    Completions(completions::Args),
    #[command(after_help = "Example: auslese man --output /usr/local/share/man/man1")]
    Man(man::Args),
}

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::conclude_parsing(&error),
    };
    log::init(&cli.globals);
    let globals = &cli.globals;
    // A panic is our own fault, and must not pass for one of the ends that scripts know.
    let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(cli.command, globals)));
    exit::conclude(end.unwrap_or_else(|_| {
        Err(CliError::Failed("a fault in auslese itself (the lines above say where; please report them)".to_owned()))
    }))
}

fn run(command: Command, globals: &Globals) -> Result<Exit, CliError> {
    match command {
        Command::Demo(args) => demo::run(args, globals),
        Command::Crawl(args) => crawl::run(args, globals),
        Command::Backfill(args) => backfill::run(args, globals),
        Command::Extract(args) => extract::run(args, globals),
        Command::Inspect(args) => inspect::run(args),
        Command::Learn(args) => learn::run(args),
        Command::Robots(args) => robots::run(args),
        Command::Canonical(args) => canonical::run(args),
        Command::Discover(args) => discover::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Validate(args) => validate::run(args, globals),
        Command::Compact(args) => compact::run(args),
        Command::Export(args) => export::run(args),
        Command::Report(args) => report::run(args),
        Command::Check(args) => check::run(args),
        Command::Profile(args) => profile::run(args),
        Command::Status(args) => status::run(args),
        Command::Segments(args) => segments::run(args),
        Command::Eval(args) => eval::run(args, globals),
        Command::Completions(args) => completions::run(args, Cli::command()),
        Command::Man(args) => man::run(args, Cli::command()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        super::Cli::command().debug_assert();
    }
}
