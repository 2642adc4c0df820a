//! `auslese extract`.

use super::{CliError, Exit};

/// Extracts articles from saved pages, one JSON line an input.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
