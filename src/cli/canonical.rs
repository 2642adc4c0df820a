//! `auslese canonical`.

use super::{CliError, Exit};

/// Prints the canonical form of addresses.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
