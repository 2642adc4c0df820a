//! What a crawl is told by file and environment.

use std::path::PathBuf;

use auslese::engine::Resolved;

use super::CliError;
use super::crawl::with_sources;

/// Where the configuration comes from. What is said later goes first: defaults, file, environment, profile of the site,
/// command line.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ConfigurationArgs {
    /// Read the configuration from this file; config/auslese.toml shows every option. Variables of the environment go over
    /// it: AUSLESE_CRAWL_CONCURRENCY is `concurrency` of `[crawl]`.
    #[arg(long, env = "AUSLESE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl ConfigurationArgs {
    /// The configuration that holds, with where each value is from.
    pub(crate) fn resolve(&self) -> Result<Resolved, CliError> {
        // What is not UTF-8 is no option of ours.
        let environment =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Resolved::new(self.config.as_deref(), environment).map_err(|error| CliError::Usage(with_sources(&error)))
    }
}
