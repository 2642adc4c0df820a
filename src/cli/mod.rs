//! The command line: arguments, and a file a command. Data goes to stdout or files, words to stderr.

mod canonical;
mod check;
mod crawl;
mod demo;
mod discover;
mod eval;
mod exit;
mod extract;
mod robots;
mod schema;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use exit::{CliError, Exit};

/// Crawls article pages politely, keeps the article, labels everything else, and writes one clean JSON line an article.
#[derive(Debug, Parser)]
#[command(name = "auslese", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Crawl(crawl::Args),
    Extract(extract::Args),
    Robots(robots::Args),
    Canonical(canonical::Args),
    Discover(discover::Args),
    Schema(schema::Args),
    Validate(validate::Args),
    Check(check::Args),
    Eval(eval::Args),
}

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let end = match cli.command {
        Command::Demo(args) => demo::run(args),
        Command::Crawl(args) => crawl::run(args),
        Command::Extract(args) => extract::run(args),
        Command::Robots(args) => robots::run(args),
        Command::Canonical(args) => canonical::run(args),
        Command::Discover(args) => discover::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Validate(args) => validate::run(args),
        Command::Check(args) => check::run(args),
        Command::Eval(args) => eval::run(args),
    };
    exit::conclude(end)
}
