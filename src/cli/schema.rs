//! `auslese schema`.

use super::{CliError, Exit};

/// Prints the JSON Schema of the record.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
