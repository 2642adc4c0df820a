//! `auslese extract`.

use super::{CliError, Exit, Globals};

/// Extracts articles from saved pages, one JSON line an input.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args, _globals: &Globals) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
