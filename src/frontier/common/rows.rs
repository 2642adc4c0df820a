//! The columns of addresses.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use url::Url;

use crate::frontier::{Counts, UrlState};
use crate::types::{Candidate, DeadReason, Fnv, HostKey, SkipReason, Via};

/// Visits come after all that is new.
pub(in crate::frontier) const VISIT_PRIORITY: i32 = -1_000_000;
/// A sitemap that was read so long after the date its index gives for it holds nothing new. Dates are days, often, and of any zone.
pub(in crate::frontier) const SETTLED_AFTER: i64 = 48 * 3_600 * 1_000_000;
/// A date without a time stands for its whole day.
pub(in crate::frontier) const DAY: i64 = 24 * 3_600 * 1_000_000;

/// A stored value that cannot be read back.
#[derive(Debug)]
pub(in crate::frontier) struct Unreadable {
    pub(in crate::frontier) what: &'static str,
    pub(in crate::frontier) value: String,
}

impl Unreadable {
    fn of(what: &'static str, value: impl ToString) -> Self {
        Self { what, value: value.to_string() }
    }
}

/// `urls.state`. The numbers are stored: never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::frontier) enum State {
    Ready = 0,
    Waiting = 1,
    Leased = 2,
    Done = 3,
    Alias = 4,
    Skipped = 5,
    Dead = 6,
}

impl State {
    pub(in crate::frontier) const ALL: [Self; 7] =
        [Self::Ready, Self::Waiting, Self::Leased, Self::Done, Self::Alias, Self::Skipped, Self::Dead];

    pub(in crate::frontier) const fn code(self) -> i64 {
        self as i64
    }

    pub(in crate::frontier) fn of(code: i64) -> Result<Self, Unreadable> {
        let found = Self::ALL.into_iter().find(|state| state.code() == code);
        found.ok_or_else(|| Unreadable::of("urls.state", code))
    }

    pub(in crate::frontier) const fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Waiting | Self::Leased)
    }
}

/// A state with its reason, as the outside knows it.
pub(in crate::frontier) fn url_state(state: State, reason: &str) -> Result<UrlState, Unreadable> {
    let unknown = || Unreadable::of("urls.reason", reason);
    Ok(match state {
        State::Ready => UrlState::Ready,
        State::Waiting => UrlState::Waiting,
        State::Leased => UrlState::Leased,
        State::Done => UrlState::Done,
        State::Alias => UrlState::Alias,
        State::Skipped => UrlState::Skipped(SkipReason::from_name(reason).ok_or_else(unknown)?),
        State::Dead => UrlState::Dead(DeadReason::from_name(reason).ok_or_else(unknown)?),
    })
}

/// Enters a row of `counts`.
pub(in crate::frontier) fn count(counts: &mut Counts, state: State, reason: &str, n: i64) -> Result<(), Unreadable> {
    let n = u64::try_from(n).map_err(|_| Unreadable::of("counts.n", n))?;
    match url_state(state, reason)? {
        UrlState::Ready => counts.ready = n,
        UrlState::Waiting => counts.waiting = n,
        UrlState::Leased => counts.leased = n,
        UrlState::Done => counts.done = n,
        UrlState::Alias => counts.aliases = n,
        UrlState::Skipped(reason) => drop(counts.skipped.insert(reason, n)),
        UrlState::Dead(reason) => drop(counts.dead.insert(reason, n)),
    }
    Ok(())
}

/// Microseconds since 1970.
pub(in crate::frontier) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

pub(in crate::frontier) fn time(what: &'static str, micros: i64) -> Result<Timestamp, Unreadable> {
    Timestamp::from_microsecond(micros).map_err(|_| Unreadable::of(what, micros))
}

fn parse_url(what: &'static str, text: &str) -> Result<Url, Unreadable> {
    Url::parse(text).map_err(|_| Unreadable::of(what, text))
}

/// An address as the table splits it.
#[derive(Debug, Clone)]
pub(in crate::frontier) struct Address<'a> {
    pub(in crate::frontier) host: HostKey,
    /// From the path on; the whole address where that does not start with its host's key.
    pub(in crate::frontier) rest: &'a str,
    pub(in crate::frontier) hash: i64,
}

impl<'a> Address<'a> {
    /// None for what no host serves, and for addresses with a name or password in them, which are not stored.
    pub(in crate::frontier) fn of(url: &'a Url) -> Option<Self> {
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let host = HostKey::of(url)?;
        let whole = url.as_str();
        let rest = whole.strip_prefix(host.as_str()).filter(|rest| rest.starts_with('/')).unwrap_or(whole);
        let hash = address_hash(host.as_str(), rest);
        Some(Self { host, rest, hash })
    }

    /// 64 bits more of the hash, where it alone is to tell addresses apart.
    #[cfg(feature = "postgres")]
    pub(in crate::frontier) fn more(&self) -> i64 {
        bits_of(&digest(self.host.as_str(), self.rest), 5, 8).cast_signed()
    }
}

/// The hash that an address is found by: 12 bits of its host, 12 of its folder, 40 of all of it.
///
/// Addresses come by host and folder (the links of a page, the lines of a sitemap). With hashes all over the index each of them
/// would change a page of its own: 4 KiB written for 15 bytes.
pub(in crate::frontier) fn address_hash(host: &str, rest: &str) -> i64 {
    let path = rest.find(['?', '#']).map_or(rest, |end| &rest[..end]);
    let folder = path.trim_end_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder);
    let low = bits_of(&digest(host, rest), 0, 5);
    (bits(host) << 52 | bits(folder) << 40 | low).cast_signed()
}

fn digest(host: &str, rest: &str) -> [u8; 32] {
    let mut whole = Sha256::new();
    if rest.starts_with('/') {
        whole.update(host.as_bytes());
    }
    whole.update(rest.as_bytes());
    whole.finalize().into()
}

fn bits_of(digest: &[u8], skip: usize, bytes: usize) -> u64 {
    digest.iter().skip(skip).take(bytes).fold(0, |bits, byte| (bits << 8) | u64::from(*byte))
}

/// 12 bits of a text (FNV-1a, folded).
fn bits(text: &str) -> u64 {
    let hash = Fnv::default().bytes(text.as_bytes()).plain();
    (hash ^ (hash >> 12) ^ (hash >> 24) ^ (hash >> 36) ^ (hash >> 48)) & 0xfff
}

/// The columns of a candidate.
#[derive(Debug)]
pub(in crate::frontier) struct CandidateRow {
    pub(in crate::frontier) rest: String,
    pub(in crate::frontier) priority: i32,
    pub(in crate::frontier) via: String,
    pub(in crate::frontier) depth: u16,
    pub(in crate::frontier) lastmod: Option<i64>,
    pub(in crate::frontier) referrer: Option<String>,
    pub(in crate::frontier) hops: Option<String>,
}

impl CandidateRow {
    pub(in crate::frontier) fn read(self, host: &HostKey) -> Result<Candidate, Unreadable> {
        let url = if self.rest.starts_with('/') { format!("{host}{}", self.rest) } else { self.rest };
        let hops = self.hops.iter().flat_map(|text| text.split('\n'));
        Ok(Candidate {
            url: parse_url("urls.rest", &url)?,
            priority: self.priority,
            via: Via::from_name(&self.via).ok_or_else(|| Unreadable::of("urls.via", &self.via))?,
            depth: self.depth,
            lastmod: self.lastmod.map(|micros| time("urls.lastmod", micros)).transpose()?,
            referrer: self.referrer.map(|text| parse_url("urls.referrer", &text)).transpose()?,
            hops: hops.map(|hop| parse_url("urls.hops", hop)).collect::<Result<_, _>>()?,
        })
    }
}

/// Hops as one column: a line each. Addresses hold no line feed.
pub(in crate::frontier) fn hops_text(hops: &[Url]) -> Option<String> {
    (!hops.is_empty()).then(|| hops.iter().map(Url::as_str).collect::<Vec<_>>().join("\n"))
}

/// Sources of a page as one column: a line each, its date in microseconds (or nothing) and its address.
pub(in crate::frontier) fn sources_text(sources: &[(Url, Option<Timestamp>)]) -> Option<String> {
    let line = |(url, date): &(Url, Option<Timestamp>)| {
        format!("{} {url}", date.map(|date| micros(date).to_string()).unwrap_or_default())
    };
    (!sources.is_empty()).then(|| sources.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// The same read back.
pub(in crate::frontier) fn sources(text: &str) -> Result<Vec<(Url, Option<Timestamp>)>, Unreadable> {
    text.lines()
        .map(|line| {
            let (date, url) = line.split_once(' ').unwrap_or(("", line));
            let date = date.parse().ok().map(|date| time("visits.sources", date)).transpose()?;
            Ok((parse_url("visits.sources", url)?, date))
        })
        .collect()
}
