//! `auslese check`.

use super::{CliError, Exit};

/// Checks profiles and says what would be used.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
