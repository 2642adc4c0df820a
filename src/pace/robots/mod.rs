//! robots.txt.

use std::time::Duration;

use url::Url;

/// A parsed robots.txt.
#[derive(Debug, Clone, Default)]
pub struct Robots {
    groups: Vec<RobotsGroup>,
    sitemaps: Vec<String>,
}

/// Rules for the agents named before them.
#[derive(Debug, Clone, Default)]
pub struct RobotsGroup {
    /// The product tokens, lower case; `*` for all others.
    pub agents: Vec<String>,
    /// Its rules, in order.
    pub rules: Vec<RobotsRule>,
    /// The largest crawl-delay of the group.
    pub crawl_delay: Option<Duration>,
}

/// One line of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsRule {
    /// Allow or disallow.
    pub kind: RuleKind,
    /// The pattern as written.
    pub pattern: String,
    /// Its line, from 1.
    pub line: u32,
}

/// Allow or disallow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// `Allow:`.
    Allow,
    /// `Disallow:`.
    Disallow,
}

/// What robots.txt says of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// Whether it may be fetched.
    pub allowed: bool,
    /// The rule that decided; none where no rule matches.
    pub rule: Option<&'a RobotsRule>,
    /// The agent that the deciding group is for, lower case: the product token or `*`; none where no group applies.
    pub group: Option<&'a str>,
    /// The crawl-delay of that group.
    pub crawl_delay: Option<Duration>,
}

impl Robots {
    /// Parses a file. Never fails: what is not understood is skipped.
    #[must_use]
    pub fn parse(_bytes: &[u8]) -> Self {
        Self::default()
    }

    /// Whether an agent may fetch an address. `agent` is a product token, or a whole User-Agent that begins with it.
    #[must_use]
    pub fn check(&self, _agent: &str, _url: &Url) -> Verdict<'_> {
        Verdict { allowed: self.groups.is_empty(), rule: None, group: None, crawl_delay: None }
    }

    /// The crawl-delay for an agent.
    #[must_use]
    pub fn crawl_delay(&self, _agent: &str) -> Option<Duration> {
        None
    }

    /// The addresses of `Sitemap:` lines, as written, in order.
    #[must_use]
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }
}
