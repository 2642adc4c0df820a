//! What is wrong with a profile, and where.

use std::fmt;

/// A fault in a profile: file, line, and what to do about it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {fault}")]
pub struct SiteError {
    /// The file, as it was given to [`super::Sites::load`].
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    #[source]
    pub fault: Fault,
}

/// What is wrong with a profile.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// Not TOML, an unknown key, or a value of another type.
    #[error("{0} (config/sites/_default.toml shows every key with its default)")]
    Toml(String),
    /// A CSS selector that cannot be read.
    #[error("`{selector}` is not a CSS selector: {problem}")]
    Selector {
        /// As written.
        selector: String,
        /// What the parser says.
        problem: String,
    },
    /// A regular expression that cannot be read.
    #[error("`{pattern}` is not a regular expression: {problem}")]
    Regex {
        /// As written.
        pattern: String,
        /// The last line of what the parser says, which names the fault.
        problem: String,
        /// What the parser says.
        #[source]
        source: regex::Error,
    },
    /// A date of a template version that is none.
    #[error("`{0}` is not a date: write it as \"2024-11-01\"")]
    Date(String),
    /// A duration that cannot be read.
    #[error("`{0}` is not a duration: write it as \"1s\", \"500ms\" or \"2m\"")]
    Duration(String),
    /// An address that cannot be read.
    #[error("`{address}` is not an http or https address, nor a path below `home`: {problem}")]
    Address {
        /// As written.
        address: String,
        /// Why not.
        problem: String,
    },
    /// A host that cannot be read.
    #[error("`{0}` is not a host: write it as \"www.example.org\", \"*.example.org\" or \"127.0.0.1:8080\"")]
    Host(String),
    /// Keys that do not go together, or one that is missing.
    #[error("{0}")]
    Rule(String),
}

/// Every fault found in a set of profiles; never empty.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub struct SiteErrors(
    /// The faults, in the order of the files and lines.
    pub Vec<SiteError>,
);

impl fmt::Display for SiteErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}
