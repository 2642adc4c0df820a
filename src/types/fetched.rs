//! A response, wherever it came from.

use jiff::Timestamp;
use url::Url;

use super::Via;

/// A response as the extractor takes it. Live pages, files and archives join here.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The address asked for.
    pub requested: Url,
    /// The address that answered, after redirects.
    pub final_url: Url,
    /// Every address that redirected on the way, `requested` first; empty where nothing redirected.
    pub hops: Vec<Url>,
    /// The HTTP status; 200 for files.
    pub status: u16,
    /// Response headers in order; names in lower case, values decoded as Latin-1 where they are not UTF-8.
    pub headers: Vec<(String, String)>,
    /// The body, content encoding removed.
    pub body: Vec<u8>,
    /// When it was fetched, or captured by the archive it comes from.
    pub fetched_at: Timestamp,
    /// Where it came from.
    pub origin: Origin,
    /// How its address was found.
    pub via: Via,
}

impl Fetched {
    /// The first value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Every value of a header, by its lower-case name.
    pub fn header_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Where a response came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Fetched by us.
    Http,
    /// A saved page.
    File {
        /// The path as given by the user or the manifest.
        path: String,
    },
    /// A record of a WARC file.
    Warc {
        /// The file.
        path: String,
        /// Byte offset of the record in the file as it is on disk.
        offset: u64,
    },
    /// A capture of a web archive.
    Wayback {
        /// The archive's address of the capture.
        url: Url,
    },
}
