//! `auslese crawl`.

use super::{CliError, Exit, Globals};

/// Crawls sites and writes their articles as JSONL.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args, _globals: &Globals) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
