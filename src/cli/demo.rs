//! `auslese demo`.

use super::{CliError, Exit};

/// Crawls the fixture site on loopback and shows what came of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
