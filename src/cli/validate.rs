//! `auslese validate`.

use super::{CliError, Exit, Globals};

/// Checks a JSONL file against the schema.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args, _globals: &Globals) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
