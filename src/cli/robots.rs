//! `auslese robots`.

use super::{CliError, Exit};

/// Says what robots.txt allows, by which line, at what pace.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
