//! `auslese crawl`.

use super::{CliError, Exit};

/// Crawls sites and writes their articles as JSONL.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
