//! `auslese demo`.

use super::{CliError, Exit, Globals};

/// Crawls the fixture site on loopback and shows what came of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args, _globals: &Globals) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
