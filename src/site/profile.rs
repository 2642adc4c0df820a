//! A profile as it stands in its file. Every key is explained in `config/sites/_default.toml`; unknown keys are errors.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{CueScope, UrlKind};
use crate::types::Role;

/// A text of the file, with the place it stands at.
pub(super) type Text = Spanned<String>;

/// Selectors by the role that they give.
pub(super) type Selectors = BTreeMap<Role, Vec<Text>>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Profile {
    pub(super) title: Option<String>,
    pub(super) language: Option<String>,
    pub(super) home: Option<Text>,
    pub(super) hosts: Vec<Text>,
    pub(super) sources: Sources,
    pub(super) urls: Urls,
    pub(super) rule: Vec<Rule>,
    pub(super) identity: Vec<Identity>,
    pub(super) pagination: Pagination,
    pub(super) pace: Pace,
    pub(super) robots: Robots,
    pub(super) limits: Limits,
    pub(super) selectors: Selectors,
    pub(super) cue: Vec<Cue>,
    pub(super) version: Vec<Version>,
    pub(super) range: Vec<Range>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Sources {
    pub(super) seeds: Vec<Text>,
    pub(super) feeds: Vec<Text>,
    pub(super) sitemaps: Vec<Text>,
    pub(super) listings: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Urls {
    pub(super) otherwise: Otherwise,
    pub(super) one_origin: bool,
    pub(super) strip_params: Vec<String>,
    pub(super) sort_query: bool,
    pub(super) refuse_extensions: Vec<String>,
    pub(super) allow_extensions: Vec<String>,
    pub(super) max_length: usize,
    pub(super) max_params: usize,
    pub(super) max_repeats: usize,
    pub(super) calendar_first_year: i16,
    pub(super) calendar_years_ahead: i16,
}

impl Default for Urls {
    fn default() -> Self {
        Self {
            otherwise: Otherwise::Drop,
            one_origin: false,
            strip_params: Vec::new(),
            sort_query: false,
            refuse_extensions: Vec::new(),
            allow_extensions: Vec::new(),
            max_length: 2_048,
            max_params: 10,
            max_repeats: 3,
            calendar_first_year: 1990,
            calendar_years_ahead: 2,
        }
    }
}

/// What becomes of addresses that no rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Otherwise {
    Drop,
    Page,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) keep: Option<Text>,
    #[serde(rename = "as")]
    pub(super) kind: Option<UrlKind>,
    pub(super) drop: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    pub(super) pattern: Text,
    pub(super) canonical: Text,
    #[serde(default)]
    pub(super) rewrite: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Pagination {
    pub(super) pattern: Option<Text>,
    pub(super) selectors: Vec<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Pace {
    pub(super) delay: Option<Text>,
    pub(super) per_host: Option<Spanned<u16>>,
    pub(super) requests_per_run: Option<u64>,
    pub(super) requests_per_day: Option<u64>,
    pub(super) quiet: Vec<Text>,
    pub(super) time_zone: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Robots {
    pub(super) obey_meta_robots: bool,
    pub(super) obey_nofollow: bool,
}

impl Default for Robots {
    fn default() -> Self {
        Self { obey_meta_robots: true, obey_nofollow: true }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Limits {
    pub(super) depth: Option<u16>,
    pub(super) pages: Option<u64>,
    pub(super) revisits: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cue {
    pub(super) name: Option<String>,
    pub(super) pattern: Text,
    pub(super) role: Role,
    #[serde(default)]
    pub(super) scope: CueScope,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    pub(super) name: Text,
    pub(super) from: Option<Text>,
    pub(super) until: Option<Text>,
    #[serde(default)]
    pub(super) selectors: Selectors,
    #[serde(default)]
    pub(super) cue: Vec<Cue>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    pub(super) template: Text,
    pub(super) first: u64,
    pub(super) last: Spanned<u64>,
}
