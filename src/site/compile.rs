//! Profile → [`Compiled`]: everything that can be wrong is found here, with its line.

use std::ops::Range;
use std::time::Duration;

use jiff::civil::Date;
use regex::{Regex, RegexBuilder};
use scraper::Selector;
use url::Url;

use super::profile::{self, Otherwise, Profile, Selectors, Text};
use super::scope::{self, HostPattern, Scope};
use super::traps::Bounds;
use super::{Cue, Fault, NumberRange, SiteError, SiteLimits, SitePace, SiteRobots, Template, UrlKind};
use crate::pace::{Hours, HoursError};
use crate::types::{CanonicalRules, Fnv, Role, Via};

/// A regular expression may grow to this size when compiled, in bytes: a profile cannot eat the memory.
const REGEX_SIZE: usize = 1 << 20;

/// A profile, ready for use.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) name: String,
    /// Of the profile's text.
    pub(super) digest: u64,
    pub(super) file: String,
    pub(super) title: Option<String>,
    pub(super) language: Option<String>,
    /// Address as written, line, and what it is.
    pub(super) sources: Vec<(String, usize, Via, UrlKind)>,
    pub(super) canonical: CanonicalRules,
    pub(super) one_origin: bool,
    pub(super) otherwise: Otherwise,
    pub(super) rules: Vec<Rule>,
    pub(super) refuse_extensions: Vec<String>,
    pub(super) allow_extensions: Vec<String>,
    pub(super) bounds: Bounds,
    pub(super) identities: Vec<Identity>,
    pub(super) pagination: Option<Regex>,
    pub(super) pagination_selectors: Vec<Selector>,
    pub(super) pace: SitePace,
    pub(super) hours: Hours,
    pub(super) robots: SiteRobots,
    pub(super) limits: SiteLimits,
    /// What holds for every version; used where no version does.
    pub(super) undated: Template,
    /// Oldest first.
    pub(super) versions: Vec<Version>,
    pub(super) ranges: Vec<NumberRange>,
}

/// A rule on path and query; the first that matches decides.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) pattern: Regex,
    /// None: dropped.
    pub(super) keep: Option<UrlKind>,
}

/// What makes addresses the same.
#[derive(Debug)]
pub(super) struct Identity {
    pattern: Regex,
    canonical: String,
    pub(super) rewrite: bool,
}

impl Identity {
    /// The address by this rule, where it matches.
    pub(super) fn apply(&self, url: &Url) -> Option<Url> {
        let target = super::judge::path_and_query(url);
        let captures = self.pattern.captures(&target)?;
        let mut path = String::new();
        captures.expand(&self.canonical, &mut path);
        // A path that begins with two slashes would be read as a host.
        if path.starts_with("//") {
            return None;
        }
        url.join(&path).ok().filter(|joined| joined.host_str() == url.host_str())
    }
}

/// A generation of pages with its days.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) template: Template,
    from: Option<Date>,
    until: Option<Date>,
}

impl Version {
    pub(super) fn days(&self) -> String {
        match (self.from, self.until) {
            (None, None) => "all days".to_owned(),
            (Some(from), None) => format!("from {from}"),
            (None, Some(until)) => format!("until {until}"),
            (Some(from), Some(until)) => format!("from {from} until {until}"),
        }
    }
}

impl Compiled {
    pub(super) fn template_for(&self, date: Option<&str>) -> &Template {
        let day = date.and_then(first_day);
        let covers = |version: &&Version| match day {
            Some(day) => version.from.is_none_or(|from| from <= day) && version.until.is_none_or(|until| day < until),
            // One of all days is that of any.
            None => version.from.is_none() && version.until.is_none(),
        };
        self.versions.iter().find(covers).map_or(&self.undated, |version| &version.template)
    }
}

/// The first day of a date of any precision: `2020`, `2020-06`, `2020-06-15`, `2020-06-15T08:00:00+02:00`.
fn first_day(iso: &str) -> Option<Date> {
    let day = iso.split(['T', ' ']).next().unwrap_or(iso);
    match day.len() {
        4 => format!("{day}-01-01").parse().ok(),
        7 => format!("{day}-01").parse().ok(),
        _ => day.parse().ok(),
    }
}

/// Compiles the text of a profile.
pub(super) fn compile(file: &str, text: &str) -> Result<(Compiled, Scope), Vec<SiteError>> {
    let mut reader = Reader { file, text, errors: Vec::new() };
    let profile: Profile = match toml::from_str(text) {
        Ok(profile) => profile,
        Err(error) => {
            let fault = Fault::Toml(error.message().replace('\n', " "));
            reader.fail(error.span().unwrap_or(0..0), fault);
            return Err(reader.errors);
        }
    };
    let compiled = reader.compile(&profile);
    let scope = reader.scope(&profile, &compiled);
    if reader.errors.is_empty() { Ok((compiled, scope)) } else { Err(reader.errors) }
}

/// The name of a profile: the file's without folder and `.toml`.
pub(super) fn name_of(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.strip_suffix(".toml").unwrap_or(name)
}

/// Reads the parts of a profile and keeps every fault, so that one look shows them all.
struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    errors: Vec<SiteError>,
}

impl Reader<'_> {
    fn fail(&mut self, span: Range<usize>, fault: Fault) {
        let error = SiteError { file: self.file.to_owned(), line: self.line(span.start), fault };
        self.errors.push(error);
    }

    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    fn compile(&mut self, profile: &Profile) -> Compiled {
        let shared = Template {
            selectors: self.selectors(&profile.selectors),
            cues: self.cues(&profile.cue),
            ..Template::default()
        };
        let versions = self.versions(&profile.version, &shared);
        Compiled {
            name: name_of(self.file).to_owned(),
            digest: Fnv::default().bytes(self.text.as_bytes()).finish(),
            file: self.file.to_owned(),
            title: profile.title.clone(),
            language: profile.language.clone(),
            sources: self.sources(&profile.sources),
            canonical: CanonicalRules {
                strip_params: profile.urls.strip_params.clone(),
                sort_query: profile.urls.sort_query,
            },
            one_origin: profile.urls.one_origin,
            otherwise: profile.urls.otherwise,
            rules: profile.rule.iter().filter_map(|rule| self.rule(rule)).collect(),
            refuse_extensions: lower(&profile.urls.refuse_extensions),
            allow_extensions: lower(&profile.urls.allow_extensions),
            bounds: Bounds {
                max_length: profile.urls.max_length,
                max_params: profile.urls.max_params,
                max_repeats: profile.urls.max_repeats,
                first_year: profile.urls.calendar_first_year,
                years_ahead: profile.urls.calendar_years_ahead,
            },
            identities: profile.identity.iter().filter_map(|rule| self.identity(rule)).collect(),
            pagination: profile.pagination.pattern.as_ref().and_then(|pattern| self.regex(pattern)),
            pagination_selectors: profile.pagination.selectors.iter().filter_map(|css| self.selector(css)).collect(),
            pace: self.pace(&profile.pace),
            hours: self.hours(&profile.pace),
            robots: SiteRobots {
                obey_meta_robots: profile.robots.obey_meta_robots,
                obey_nofollow: profile.robots.obey_nofollow,
            },
            limits: SiteLimits {
                depth: profile.limits.depth,
                pages: profile.limits.pages,
                revisits: profile.limits.revisits,
            },
            undated: undated(shared, &versions),
            versions,
            ranges: profile.range.iter().filter_map(|range| self.range(range)).collect(),
        }
    }

    fn scope(&mut self, profile: &Profile, compiled: &Compiled) -> Scope {
        let mut hosts = Vec::new();
        for host in &profile.hosts {
            match HostPattern::parse(host.as_ref()) {
                Some(pattern) if hosts.contains(&pattern) => {}
                Some(pattern) => hosts.push(pattern),
                None => self.fail(host.span(), Fault::Host(host.as_ref().clone())),
            }
        }
        let Some(written) = &profile.home else {
            if compiled.name != super::DEFAULT_SITE {
                let fault = "`home` is missing: give the site's address, home = \"https://www.example.org/\"";
                self.fail(0..0, Fault::Rule(fault.to_owned()));
            }
            return Scope { hosts, ..Scope::default() };
        };
        let home = match Url::parse(written.as_ref()) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => url,
            Ok(_) => return self.no_home(written, "it is neither http nor https"),
            Err(error) => return self.no_home(written, &error.to_string()),
        };
        if let Some(pattern) = HostPattern::of(&home)
            && !hosts.contains(&pattern)
        {
            hosts.insert(0, pattern);
        }
        let mut sources: Vec<scope::Source> = Vec::new();
        for source in scope::sources(&home, compiled) {
            match source {
                Ok(source) if sources.iter().any(|known| known.url == source.url) => {}
                Ok(source) => sources.push(source),
                Err((line, address, error)) => self.errors.push(SiteError {
                    file: self.file.to_owned(),
                    line,
                    fault: Fault::Address { address: address.to_owned(), problem: error.to_string() },
                }),
            }
        }
        Scope { home: Some(home), hosts, sources }
    }

    fn no_home(&mut self, written: &Text, problem: &str) -> Scope {
        let fault = Fault::Address { address: written.as_ref().clone(), problem: problem.to_owned() };
        self.fail(written.span(), fault);
        Scope::default()
    }

    fn sources(&mut self, sources: &profile::Sources) -> Vec<(String, usize, Via, UrlKind)> {
        let groups = [
            (&sources.feeds, Via::Feed, UrlKind::Feed),
            (&sources.sitemaps, Via::Sitemap, UrlKind::Sitemap),
            (&sources.listings, Via::Listing, UrlKind::Listing),
            (&sources.seeds, Via::Seed, UrlKind::Page),
        ];
        let mut all = Vec::new();
        for (group, via, kind) in groups {
            for address in group {
                all.push((address.as_ref().clone(), self.line(address.span().start), via, kind));
            }
        }
        all
    }

    fn rule(&mut self, rule: &profile::Rule) -> Option<Rule> {
        match (&rule.keep, rule.kind, &rule.drop) {
            (Some(pattern), kind, None) => {
                Some(Rule { pattern: self.regex(pattern)?, keep: Some(kind.unwrap_or(UrlKind::Article)) })
            }
            (None, None, Some(pattern)) => Some(Rule { pattern: self.regex(pattern)?, keep: None }),
            (keep, _, drop) => {
                let span = keep.as_ref().or(drop.as_ref()).map_or(0..0, Text::span);
                let fault = "a [[rule]] has either `keep` (with `as`, article unless given) or `drop`, and not both";
                self.fail(span, Fault::Rule(fault.to_owned()));
                None
            }
        }
    }

    fn identity(&mut self, rule: &profile::Identity) -> Option<Identity> {
        let canonical = rule.canonical.as_ref();
        if !canonical.starts_with('/') {
            let fault = format!("`{canonical}` is not a path: begin it with `/`, as in canonical = '/item/$1'");
            self.fail(rule.canonical.span(), Fault::Rule(fault));
            return None;
        }
        Some(Identity { pattern: self.regex(&rule.pattern)?, canonical: canonical.clone(), rewrite: rule.rewrite })
    }

    fn range(&mut self, range: &profile::Range) -> Option<NumberRange> {
        let template = range.template.as_ref();
        if !template.contains("{n}") && !template.contains("{yyyy}") {
            let fault =
                format!("`{template}` has no `{{n}}`, which stands for the number, nor `{{yyyy}}` for the year");
            self.fail(range.template.span(), Fault::Rule(fault));
            return None;
        }
        let last = *range.last.as_ref();
        if last < range.first {
            let fault = format!("the range ends at {last}, before it begins at {}", range.first);
            self.fail(range.last.span(), Fault::Rule(fault));
            return None;
        }
        Some(NumberRange { template: template.clone(), first: range.first, last })
    }

    fn pace(&mut self, pace: &profile::Pace) -> SitePace {
        if let Some(per_host) = pace.per_host.as_ref().filter(|per_host| *per_host.as_ref() == 0) {
            self.fail(per_host.span(), Fault::Rule("`per_host` is at least 1".to_owned()));
        }
        SitePace {
            delay: pace.delay.as_ref().and_then(|text| self.duration(text)),
            per_host: pace.per_host.as_ref().map(|per_host| *per_host.as_ref()),
            requests_per_run: pace.requests_per_run,
            requests_per_day: pace.requests_per_day,
        }
    }

    fn hours(&mut self, pace: &profile::Pace) -> Hours {
        let zone = pace.time_zone.as_ref().map(|zone| zone.as_ref().as_str());
        Hours::new(pace.quiet.iter().map(|quiet| quiet.as_ref().as_str()), zone).unwrap_or_else(|error| {
            let wrong = match &error {
                HoursError::Zone(_) => pace.time_zone.as_ref(),
                HoursError::Window(text) => pace.quiet.iter().find(|quiet| quiet.as_ref() == text),
                HoursError::WholeDay => pace.quiet.first(),
            };
            let span = wrong.map_or(0..0, |wrong| wrong.span());
            self.fail(span, Fault::Rule(error.to_string()));
            Hours::default()
        })
    }

    fn duration(&mut self, text: &Text) -> Option<Duration> {
        let parsed = text.as_ref().parse::<jiff::SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
        if parsed.is_none() {
            self.fail(text.span(), Fault::Duration(text.as_ref().clone()));
        }
        parsed
    }

    fn versions(&mut self, versions: &[profile::Version], shared: &Template) -> Vec<Version> {
        let mut all: Vec<Version> = Vec::new();
        for version in versions {
            let mut template = shared.clone();
            template.name = Some(version.name.as_ref().clone());
            // The version's own come first: they are more to the point than what is shared.
            let (selectors, cues) = (self.selectors(&version.selectors), self.cues(&version.cue));
            (template.own_selectors, template.own_cues) = (selectors.len(), cues.len());
            template.selectors.splice(0..0, selectors);
            template.cues.splice(0..0, cues);
            let from = version.from.as_ref().and_then(|text| self.date(text));
            let until = version.until.as_ref().and_then(|text| self.date(text));
            if from.zip(until).is_some_and(|(from, until)| until <= from) {
                let fault = "the version ends (`until`, that day excluded) before it begins (`from`)";
                self.fail(version.name.span(), Fault::Rule(fault.to_owned()));
            }
            if all.iter().any(|known| known.template.name == template.name) {
                let fault = format!("two versions are named `{}`", version.name.as_ref());
                self.fail(version.name.span(), Fault::Rule(fault));
            }
            all.push(Version { template, from, until });
        }
        all.sort_by_key(|version| version.from);
        all
    }

    fn date(&mut self, text: &Text) -> Option<Date> {
        let date = text.as_ref().parse().ok();
        if date.is_none() {
            self.fail(text.span(), Fault::Date(text.as_ref().clone()));
        }
        date
    }

    fn selectors(&mut self, selectors: &Selectors) -> Vec<(Role, Selector)> {
        let each = selectors.iter().flat_map(|(role, list)| list.iter().map(move |css| (*role, css)));
        each.filter_map(|(role, css)| Some((role, self.selector(css)?))).collect()
    }

    fn selector(&mut self, css: &Text) -> Option<Selector> {
        match Selector::parse(css.as_ref()) {
            Ok(selector) => Some(selector),
            Err(error) => {
                let fault = Fault::Selector { selector: css.as_ref().clone(), problem: said(&error.to_string()) };
                self.fail(css.span(), fault);
                None
            }
        }
    }

    fn cues(&mut self, cues: &[profile::Cue]) -> Vec<Cue> {
        let mut compiled = Vec::with_capacity(cues.len());
        for cue in cues {
            let written = cue.pattern.as_ref();
            // Read as written first, so that an error shows the pattern that stands in the file.
            let Some(_) = self.regex(&cue.pattern) else { continue };
            match build(&format!(r"\A(?:{written})")) {
                Ok(pattern) => compiled.push(Cue {
                    name: cue.name.clone().unwrap_or_else(|| written.clone()),
                    pattern,
                    role: cue.role,
                    scope: cue.scope,
                }),
                Err(error) => self.bad_regex(&cue.pattern, error),
            }
        }
        compiled
    }

    fn regex(&mut self, pattern: &Text) -> Option<Regex> {
        match build(pattern.as_ref()) {
            Ok(regex) => Some(regex),
            Err(error) => {
                self.bad_regex(pattern, error);
                None
            }
        }
    }

    fn bad_regex(&mut self, pattern: &Text, source: regex::Error) {
        let said = source.to_string();
        let problem = said.lines().last().unwrap_or(&said).trim_start_matches("error: ").to_owned();
        self.fail(pattern.span(), Fault::Regex { pattern: pattern.as_ref().clone(), problem, source });
    }
}

/// The parser's message in one line, without its request to report what is our profile's fault.
fn said(message: &str) -> String {
    let lines = message.lines().filter(|line| !line.contains("Please report"));
    lines.collect::<Vec<_>>().join(" ")
}

fn build(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(REGEX_SIZE).build()
}

/// What is known when the date is not: what is shared, then every version's own, newest first.
fn undated(shared: Template, versions: &[Version]) -> Template {
    let mut all = Template::default();
    for Version { template, .. } in versions.iter().rev() {
        all.selectors.extend_from_slice(template.own_selectors());
        all.cues.extend_from_slice(template.own_cues());
    }
    all.selectors.extend(shared.selectors);
    all.cues.extend(shared.cues);
    all
}

fn lower(extensions: &[String]) -> Vec<String> {
    extensions.iter().map(|ext| ext.trim_start_matches('.').to_ascii_lowercase()).collect()
}
