//! Why a source could not be read.

use crate::site::UrlKind;

/// Why a feed or sitemap could not be read. Lines and columns count from 1.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nothing there.
    #[error("the {expected} is empty")]
    Empty {
        /// What was expected.
        expected: UrlKind,
    },
    /// An HTML page instead: an error page, a consent wall, a feed that has moved.
    #[error("expected a {expected}, but the answer is an HTML page{}: open the address in a browser and correct it", titled(.title))]
    Html {
        /// What was expected.
        expected: UrlKind,
        /// The page's `<title>`.
        title: Option<String>,
    },
    /// Neither a feed nor a sitemap nor HTML.
    #[error("expected a {expected}, but the answer begins with `{begins}`")]
    Unknown {
        /// What was expected.
        expected: UrlKind,
        /// How it begins.
        begins: String,
    },
    /// XML that ends early or breaks off.
    #[error("malformed {expected}, line {line}, column {column}: {problem}")]
    Malformed {
        /// What was expected.
        expected: UrlKind,
        /// Line.
        line: usize,
        /// Column, in bytes.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// JSON that is not a feed.
    #[error("malformed JSON feed, line {}, column {}: {source}", .source.line(), .source.column())]
    Json {
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// A damaged gzip file.
    #[error("damaged gzip data after {read} bytes: {source}")]
    Gzip {
        /// Bytes that could be read, inflated.
        read: usize,
        /// What the decoder says.
        #[source]
        source: std::io::Error,
    },
    /// Longer than the limit once inflated.
    #[error("longer than {limit} bytes once inflated")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

fn titled(title: &Option<String>) -> String {
    title.as_ref().map(|title| format!(" (\"{title}\")")).unwrap_or_default()
}
