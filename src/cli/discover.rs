//! `auslese discover`.

use super::{CliError, Exit};

/// Lists what a feed, sitemap, listing or page would add to the frontier.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args) -> Result<Exit, CliError> {
    Err(CliError::Failed("not built yet".to_owned()))
}
