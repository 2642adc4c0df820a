//! `auslese eval`.

use super::{CliError, Exit, Globals};

/// Measures extraction against gold.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args, _globals: &Globals) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
