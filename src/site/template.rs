//! One generation of a site's pages: what its elements and wordings mean.

use regex::Regex;
use scraper::Selector;

use crate::types::Role;

/// One generation of a site's pages.
#[derive(Debug, Clone, Default)]
pub struct Template {
    /// Its name, as recorded in `template`.
    pub name: Option<String>,
    /// Elements whose blocks have a known role.
    pub selectors: Vec<(Role, Selector)>,
    /// Wordings that tell a role.
    pub cues: Vec<Cue>,
    /// How many of the selectors, from the first, are this generation's own, and not shared with others.
    pub own_selectors: usize,
    /// How many of the cues are.
    pub own_cues: usize,
}

impl Template {
    /// The selectors that only this generation has.
    #[must_use]
    pub fn own_selectors(&self) -> &[(Role, Selector)] {
        self.selectors.get(..self.own_selectors).unwrap_or_default()
    }

    /// The cues that only this generation has.
    #[must_use]
    pub fn own_cues(&self) -> &[Cue] {
        self.cues.get(..self.own_cues).unwrap_or_default()
    }
}

/// A wording that tells what a block, or what follows it, is.
#[derive(Debug, Clone)]
pub struct Cue {
    /// Its name in reasons: the profile's `name`, else the pattern as written.
    pub name: String,
    /// Matches the text of a block, from its start (the pattern is anchored there at load).
    pub pattern: Regex,
    /// What it is.
    pub role: Role,
    /// How far it reaches.
    pub scope: CueScope,
}

/// How far a cue reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CueScope {
    /// This block.
    #[default]
    Block,
    /// This block and the group that it is the heading of.
    Group,
    /// Everything from here on is not the article.
    Rest,
}
