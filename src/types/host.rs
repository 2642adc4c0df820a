//! The unit of politeness.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

/// A host as the unit of politeness: scheme, lower-case host and port.
///
/// ```
/// use auslese::types::HostKey;
/// let a = HostKey::of(&"http://Example.org:80/x".parse().unwrap()).unwrap();
/// let b = HostKey::of(&"http://example.org/y?z".parse().unwrap()).unwrap();
/// assert_eq!(a, b);
/// assert_eq!(a.as_str(), "http://example.org");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostKey(String);

impl HostKey {
    /// The key of an `http` or `https` address; none for others, or where there is no host.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
        Some(Self(match url.port() {
            Some(port) => format!("{}://{host}:{port}", url.scheme()),
            None => format!("{}://{host}", url.scheme()),
        }))
    }

    /// A key as it was stored by [`HostKey::as_str`].
    #[must_use]
    pub fn from_stored(key: String) -> Self {
        Self(key)
    }

    /// `scheme://host[:port]`, the port only where it is not the scheme's own.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
