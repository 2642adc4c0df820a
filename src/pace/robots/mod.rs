//! robots.txt after [RFC 9309](https://www.rfc-editor.org/rfc/rfc9309), with `Crawl-delay` and `Sitemap`.
//!
//! Where the RFC leaves room, Google's parser decides:
//! - Keys may be misspelled in the ways that it knows, and the colon may be missing between two words. Each such line
//!   makes us obey more, never less.
//! - `Allow: /dir/index.html` allows `/dir/` too. This is the one liberty that makes us obey less: the two are one page.
//! - Lines are cut at 16,663 bytes; lines that are neither rules nor agents never end a group.
//!
//! Where the two differ, the RFC decides: escapes of unreserved characters are undone before comparing, so that
//! `/%62%61%7A` is `/baz`.

mod lines;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use super::pattern::{PathPattern, path_of};
use lines::{Key, Line, lines};

/// No crawl-delay asks for more than a day.
const MAX_CRAWL_DELAY: f64 = 86_400.0;

/// A parsed robots.txt.
#[derive(Debug, Clone, Default)]
pub struct Robots {
    rules: Vec<RobotsRule>,
    groups: Vec<Group>,
    /// By product token, lower case; `*` is one of them.
    agents: BTreeMap<String, Agent>,
    sitemaps: Vec<String>,
}

/// One `Allow` or `Disallow` line.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleKind {
    /// `Allow:`.
    Allow,
    /// `Disallow:`.
    Disallow,
}

impl std::fmt::Display for RobotsRule {
    /// The rule as a line of its own, spelled as it should be.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = match self.kind {
            RuleKind::Allow => "Allow",
            RuleKind::Disallow => "Disallow",
        };
        write!(f, "{key}: {}", self.pattern)
    }
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

/// The rules of one group, the ones that win first.
#[derive(Debug, Clone, Default)]
struct Group {
    rules: Vec<Compiled>,
}

#[derive(Debug, Clone)]
struct Compiled {
    pattern: PathPattern,
    kind: RuleKind,
    /// Index into [`Robots::rules`].
    rule: usize,
}

impl Compiled {
    /// Rules with a smaller rank win: the longest, and of the same length an allow.
    fn rank(&self) -> (Reverse<usize>, RuleKind) {
        (Reverse(self.pattern.len()), self.kind)
    }
}

/// What applies to an agent: all groups that name it, and the largest crawl-delay of theirs.
#[derive(Debug, Clone, Default)]
struct Agent {
    groups: Vec<usize>,
    crawl_delay: Option<Duration>,
}

impl Robots {
    /// Parses a file, its first 500 KiB. Never fails: what is not understood is skipped.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let mut builder = Builder::default();
        for line in lines(bytes) {
            builder.take(line);
        }
        builder.finish()
    }

    /// Whether an agent may fetch an address. `agent` is a product token (letters, `_` and `-`), or `token/version …`.
    /// `/robots.txt` itself is always allowed. Costs about the length of the address times the rules that apply.
    #[must_use]
    pub fn check(&self, agent: &str, url: &Url) -> Verdict<'_> {
        let Some((group, entry)) = self.agent(agent) else {
            return Verdict { allowed: true, rule: None, group: None, crawl_delay: None };
        };
        let mut verdict = Verdict { allowed: true, rule: None, group: Some(group), crawl_delay: entry.crawl_delay };
        if url.path() == "/robots.txt" {
            return verdict;
        }
        let path = path_of(url);
        let matching = |&group: &usize| self.groups.get(group)?.rules.iter().find(|r| r.pattern.matches(&path));
        if let Some(best) = entry.groups.iter().filter_map(matching).min_by_key(|r| r.rank()) {
            verdict.allowed = best.kind == RuleKind::Allow;
            verdict.rule = self.rules.get(best.rule);
        }
        verdict
    }

    /// The crawl-delay for an agent, at most a day.
    #[must_use]
    pub fn crawl_delay(&self, agent: &str) -> Option<Duration> {
        self.agent(agent)?.1.crawl_delay
    }

    /// The addresses of `Sitemap:` lines, as written, in order.
    #[must_use]
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// What applies to an agent: its own groups, or else those for `*`.
    fn agent(&self, agent: &str) -> Option<(&str, &Agent)> {
        let token = agent.split('/').next().unwrap_or_default().trim().to_ascii_lowercase();
        let own = self.agents.get_key_value(&token);
        own.or_else(|| self.agents.get_key_value("*")).map(|(token, entry)| (token.as_str(), entry))
    }
}

/// A file on its way to [`Robots`].
#[derive(Default)]
struct Builder {
    robots: Robots,
    state: State,
    /// Names that the current group is for.
    names: Vec<String>,
    /// The largest crawl-delay since the last of the names, and the first name that it is for.
    delay: Option<Duration>,
    delay_from: usize,
}

/// What the lines before were, as far as groups go.
#[derive(Default, PartialEq)]
enum State {
    /// No group yet: rules mean nothing.
    #[default]
    Outside,
    /// Names of agents: further ones join the group.
    Names,
    /// Names, and a crawl-delay for them: further names join the group, but not that delay.
    Delay,
    /// Rules: the next name opens a new group.
    Rules,
}

impl Builder {
    fn take(&mut self, line: Line<'_>) {
        match line.key {
            Key::UserAgent => self.name(line.value),
            Key::Allow => self.rule(RuleKind::Allow, line),
            Key::Disallow => self.rule(RuleKind::Disallow, line),
            Key::CrawlDelay => self.crawl_delay(line.value),
            Key::Sitemap if !line.value.is_empty() => {
                self.robots.sitemaps.push(String::from_utf8_lossy(line.value).into_owned());
            }
            Key::Sitemap => {}
        }
    }

    fn name(&mut self, value: &[u8]) {
        if self.state != State::Names {
            self.settle_delay();
        }
        if matches!(self.state, State::Outside | State::Rules) {
            self.names.clear();
            self.delay_from = 0;
            self.robots.groups.push(Group::default());
        }
        self.state = State::Names;
        let group = self.robots.groups.len().saturating_sub(1);
        for name in names_of(value) {
            let groups = &mut self.robots.agents.entry(name.clone()).or_default().groups;
            if groups.last() != Some(&group) {
                groups.push(group);
                self.names.push(name);
            }
        }
    }

    fn rule(&mut self, kind: RuleKind, line: Line<'_>) {
        if self.state == State::Outside {
            return;
        }
        self.state = State::Rules;
        let Some(group) = self.robots.groups.last_mut() else { return };
        let Some(pattern) = PathPattern::compile(line.value) else { return };
        let rule = self.robots.rules.len();
        group.rules.push(Compiled { pattern, kind, rule });
        if kind == RuleKind::Allow
            && let Some(pattern) = directory_of_index(line.value)
        {
            group.rules.push(Compiled { pattern, kind, rule });
        }
        let pattern = String::from_utf8_lossy(line.value).into_owned();
        self.robots.rules.push(RobotsRule { kind, pattern, line: line.number });
    }

    fn crawl_delay(&mut self, value: &[u8]) {
        self.delay = self.delay.max(parse_delay(value));
        if self.state == State::Names {
            self.state = State::Delay;
        }
    }

    /// Gives the names that wait for it their crawl-delay. Each name is visited once, however many delay lines there are.
    fn settle_delay(&mut self) {
        let delay = self.delay.take();
        for name in self.names.get(self.delay_from..).unwrap_or_default() {
            if let Some(agent) = self.robots.agents.get_mut(name) {
                agent.crawl_delay = agent.crawl_delay.max(delay);
            }
        }
        self.delay_from = self.names.len();
    }

    fn finish(mut self) -> Robots {
        self.settle_delay();
        for group in &mut self.robots.groups {
            group.rules.sort_by_key(Compiled::rank);
        }
        self.robots
    }
}

/// The names that a `User-agent` line stands for, lower case: its product token, up to the first other character than a
/// letter, `_` or `-`; and, where digits or dots follow, the whole first word too, since such agents exist.
fn names_of(value: &[u8]) -> impl Iterator<Item = String> {
    let word = value.split(|b| b.is_ascii_whitespace() || *b == b'/').next().unwrap_or_default();
    let token_end = word.iter().position(|&b| !is_token(b)).unwrap_or(word.len());
    let (token, more) = word.split_at(token_end);
    let whole = if token.is_empty() || !more.is_empty() { Some(word) } else { None };
    let lower = |name: &[u8]| String::from_utf8_lossy(name).to_ascii_lowercase();
    [Some(token), whole].into_iter().flatten().filter(|name| !name.is_empty()).map(lower)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-')
}

/// `/dir/index.html` → `/dir/$`.
fn directory_of_index(pattern: &[u8]) -> Option<PathPattern> {
    let slash = pattern.iter().rposition(|&b| b == b'/')?;
    let (directory, file) = pattern.split_at(slash + 1);
    file.starts_with(b"index.htm").then(|| PathPattern::compile(&[directory, b"$"].concat())).flatten()
}

/// Seconds, also with decimals; what follows the number is not looked at.
fn parse_delay(value: &[u8]) -> Option<Duration> {
    let end = value.iter().position(|b| !b.is_ascii_digit() && *b != b'.').unwrap_or(value.len());
    let seconds: f64 = str::from_utf8(value.get(..end)?).ok()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds.clamp(0.0, MAX_CRAWL_DELAY)).ok()
}

#[cfg(test)]
mod tests;
