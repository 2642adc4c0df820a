//! What a backfill would fetch. The index of an archive, feeds and sitemaps are read for it; lists and pages are not asked, and the state
//! is left as it is, also where a run is at it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use auslese::engine::{self, Config, Plan};
use auslese::frontier::{FrontierError, KnownUrls, SharedView, StateView, UrlState};
use auslese::sink::is_address;
use auslese::site::{Site, UrlKind};
use auslese::source::{self, Context, Discovery, WebArchive, Window};
use auslese::types::{Candidate, Via};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use super::Args;
use crate::cli::web::Web;
use crate::cli::{CliError, Exit, crawl, output};

/// Feeds and sitemaps that are read at most.
const MAX_SOURCES: usize = 10_000;

/// Candidates of one source.
#[derive(Default)]
struct Tally {
    all: u64,
    done: u64,
}

pub(super) fn run(args: &Args, config: &Config, plan: &Plan, site: &Site) -> Result<Exit, CliError> {
    let delay = plan.pace.delay.or(site.pace().delay).unwrap_or(config.pace.delay);
    let now = Timestamp::now();
    let backfill = plan.backfill.as_deref();
    let starts = plan.candidates(now);
    let ports = starts.iter().filter_map(|start| start.url.port());
    let web = Web::new(config.fetch.allow_private, delay, ports)?;
    let mut candidates = plan.range_candidates(now);
    let mut lists = 0;
    match backfill.and_then(|backfill| backfill.archive.as_ref()) {
        Some(archive) => candidates.extend(captures(archive, &web, site, now)?),
        None => {
            let window = backfill.map(|backfill| backfill.window).unwrap_or_default();
            let (named, further) = named(&web, site, &starts, window, now);
            candidates.extend(named);
            lists = further;
        }
    }
    let mut seen = HashSet::new();
    candidates.retain(|candidate| seen.insert(candidate.url.clone()));
    let urls: Vec<&Url> = candidates.iter().chain(&starts).map(|candidate| &candidate.url).collect();
    let known = Known::of(args, &urls)?;
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut new = 0;
    for candidate in &candidates {
        let tally = tallies.entry(candidate.via.as_str()).or_default();
        tally.all += 1;
        match known.state_of(&candidate.url) {
            None => new += 1,
            Some(_) if known.is_open(&candidate.url) => {}
            Some(_) => tally.done += 1,
        }
    }
    let done: u64 = tallies.values().map(|tally| tally.done).sum();
    // What is open in the state was named by these sources, or by lists and links of earlier runs; the sources themselves are asked anyway.
    let open_sources = starts.iter().filter(|start| known.is_open(&start.url)).count() as u64;
    let left = new + known.open.saturating_sub(open_sources);
    let from_source = |(via, Tally { all, done }): (&&str, &Tally)| format!("{via}: {all} candidates, {done} done");
    let mut lines: Vec<String> = tallies.iter().map(from_source).collect();
    if lists > 0 {
        lines.push(format!("lists that name more while they are read: {lists}"));
    }
    lines.push(format!("done: {done}; to fetch: {left}"));
    let time = delay.saturating_mul(u32::try_from(left).unwrap_or(u32::MAX));
    lines.push(format!("time for these: about {} at {}", engine::duration(time), pace(delay)));
    output::print(&lines.join("\n"))?;
    Ok(Exit::Done)
}

fn pace(delay: Duration) -> String {
    if delay.is_zero() {
        "no pause between requests".to_owned()
    } else {
        format!("{} a request", engine::duration(delay))
    }
}

/// What the index of an archive names.
fn captures(archive: &WebArchive, web: &Web, site: &Site, now: Timestamp) -> Result<Vec<Candidate>, CliError> {
    let mut all = Vec::new();
    let mut questions = archive.questions(site);
    while let Some(question) = questions.pop() {
        let failed = |error: &dyn std::fmt::Display| CliError::Failed(format!("{question}: {error}"));
        let answer = web.fetch(&question).map_err(|error| failed(&error))?;
        let found = archive.read_index(&answer, site, now).map_err(|error| failed(&error))?;
        let (next, captures): (Vec<Candidate>, Vec<Candidate>) =
            found.candidates.into_iter().partition(|candidate| archive.is_index(&candidate.url));
        all.extend(captures);
        questions.extend(next.into_iter().map(|candidate| candidate.url));
    }
    Ok(all)
}

/// What feeds and sitemaps name within the window, and how many lists there are beside them. One that cannot be read is told of.
fn named(web: &Web, site: &Site, starts: &[Candidate], window: Window, now: Timestamp) -> (Vec<Candidate>, u64) {
    let (mut all, mut lists) = (Vec::new(), 0);
    let mut sources: Vec<(Url, UrlKind)> = Vec::new();
    for start in starts {
        match start.via {
            Via::Feed => sources.push((start.url.clone(), UrlKind::Feed)),
            Via::Sitemap => sources.push((start.url.clone(), UrlKind::Sitemap)),
            _ => lists += 1,
        }
    }
    let mut asked = HashSet::new();
    while let Some((url, kind)) = sources.pop() {
        if asked.len() >= MAX_SOURCES || !asked.insert(url.clone()) {
            continue;
        }
        match read(web, site, &url, kind, now) {
            Ok(found) => {
                for (candidate, kind) in found.candidates.into_iter().zip(found.kinds) {
                    match kind {
                        UrlKind::Feed | UrlKind::Sitemap => sources.push((candidate.url, kind)),
                        UrlKind::Listing => lists += 1,
                        UrlKind::Article | UrlKind::Page if is_early(&candidate, window) => {}
                        UrlKind::Article | UrlKind::Page => all.push(candidate),
                    }
                }
            }
            Err(error) => tracing::warn!("{url}: {error}"),
        }
    }
    (all, lists)
}

fn read(web: &Web, site: &Site, url: &Url, kind: UrlKind, now: Timestamp) -> Result<Discovery, String> {
    let answer = web.fetch(url).map_err(|error| error.to_string())?;
    let context = Context { site, kind, depth: 0, nofollow: false, now };
    source::discover(&answer, None, &context).map_err(|error| error.to_string())
}

/// Whether what was last changed before the window was published before it.
fn is_early(candidate: &Candidate, window: Window) -> bool {
    let day = candidate.lastmod.map(|at| at.to_zoned(TimeZone::UTC).date());
    day.zip(window.from).is_some_and(|(day, from)| day < from)
}

/// What earlier runs know, beside the run that may be at it: nothing is locked, made or changed.
#[derive(Default)]
struct Known {
    states: HashMap<Url, UrlState>,
    /// Addresses that are not settled.
    open: u64,
}

impl Known {
    fn of(args: &Args, urls: &[&Url]) -> Result<Self, CliError> {
        let state = args.crawl.state.clone().unwrap_or_else(|| match args.crawl.output.to_str() {
            Some("-") => PathBuf::from("auslese.db"),
            _ => args.crawl.output.join("auslese.db"),
        });
        let look = || -> Result<Option<KnownUrls>, FrontierError> {
            if let Some(address) = state.to_str().filter(|_| is_address(&state)) {
                return SharedView::known(address, urls);
            }
            if !state.exists() {
                return Ok(None);
            }
            let view = StateView::open(&state)?;
            let states = urls.iter().map(|url| view.known(url)).collect::<Result<_, _>>()?;
            Ok(Some(KnownUrls { counts: view.counts()?, states }))
        };
        let Some(known) = look().map_err(|error| crawl::explain(error.into()))? else {
            return Ok(Self::default());
        };
        let states = urls.iter().zip(known.states).filter_map(|(url, state)| Some(((*url).clone(), state?))).collect();
        Ok(Self { states, open: known.counts.open() })
    }

    fn state_of(&self, url: &Url) -> Option<UrlState> {
        self.states.get(url).copied()
    }

    fn is_open(&self, url: &Url) -> bool {
        matches!(self.state_of(url), Some(UrlState::Ready | UrlState::Waiting | UrlState::Leased))
    }
}
