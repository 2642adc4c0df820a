//! `auslese backfill`: what a site has published over the years, from the site itself or from a web archive.
//!
//! It is a crawl with other beginnings: the ranges, lists and sitemaps of the profile, or the index of an archive. State and output
//! are those of a crawl, so it goes on where it was stopped, and a later crawl knows what it got.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use auslese::engine::{self, Backfill, Config, Plan};
use auslese::frontier::{Frontier, OpenHow, SqliteFrontier, UrlState};
use auslese::site::Site;
use auslese::source::{Choice, WebArchive, Window, days_of};
use auslese::types::Candidate;
use jiff::Timestamp;
use jiff::civil::Date;
use url::Url;

use super::web::Web;
use super::{CliError, Exit, Globals, crawl, output};

/// Between two requests to a web archive: they serve many, and refuse whoever asks faster.
const ARCHIVE_DELAY: Duration = Duration::from_secs(4);
/// How long an archive that refuses is left alone; longer than a run waits, so that the run ends and the next goes on.
const ARCHIVE_REST: Duration = Duration::from_secs(900);
/// Bytes of an index that comes whole, as pywb gives it.
const MAX_INDEX: u64 = 64 << 20;

/// Fetches what a site has published over the years, from the site itself or from a web archive.
///
/// Live, the profile's ranges, lists and sitemaps are gone through to their end. From a web archive, the earliest good capture of each
/// page is taken; its record has the original address and the day of capture. A second run goes on where the first stopped.
#[derive(Debug, clap::Args)]
// The crawl's arguments, which are among these, have the name of the group.
#[group(skip)]
pub(crate) struct Args {
    #[command(flatten)]
    crawl: crawl::Args,
    /// Where the pages come from.
    #[arg(long, value_enum, default_value_t, value_name = "SOURCE")]
    via: Via,
    /// The CDX server to ask: the Internet Archive's, or a pywb's (http://localhost:8080/collection/cdx).
    #[arg(long, value_name = "URL", default_value = WebArchive::INTERNET_ARCHIVE)]
    cdx: Url,
    /// Which captures of a page are taken.
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    captures: Captures,
    /// Nothing published before (2014-10-27, 2014-10, 2014); where no such day is known, captured before.
    #[arg(long, value_name = "DATE", value_parser = first_day)]
    from: Option<Date>,
    /// Nothing published after.
    #[arg(long, value_name = "DATE", value_parser = last_day)]
    to: Option<Date>,
    /// Only say what there would be to fetch, how much of it is done, and how long the rest takes at this pace.
    #[arg(long)]
    dry_run: bool,
}

/// Where pages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Via {
    /// The site.
    #[default]
    Live,
    /// A web archive.
    Wayback,
}

/// Which captures of a page are taken, each payload once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Captures {
    /// The earliest, or a later one where that holds no article.
    #[default]
    Earliest,
    /// The latest, or an earlier one where that holds no article.
    Latest,
    /// All, by their time: later versions of an article become updates.
    All,
}

fn first_day(text: &str) -> Result<Date, String> {
    days_of(text).map(|(first, _)| first)
}

fn last_day(text: &str) -> Result<Date, String> {
    days_of(text).map(|(_, last)| last)
}

pub(crate) fn run(args: Args, globals: &Globals) -> Result<Exit, CliError> {
    let window = Window { from: args.from, to: args.to };
    if window.from.zip(window.to).is_some_and(|(from, to)| from > to) {
        return Err(CliError::Usage("--from is after --to: nothing lies between".to_owned()));
    }
    let mut config = crawl::configure(&args.crawl)?;
    let site = site_of(&args)?;
    let mut plan = Plan::new();
    plan.limit = args.crawl.limit;
    plan.time = args.crawl.time;
    plan.pace.per_host = args.crawl.per_host;
    plan.pace.delay = args.crawl.delay;
    match args.via {
        Via::Live => {
            plan.backfill = Some(Arc::new(Backfill { archive: None, window }));
            plan.add_site(site.clone());
            plan.add_ranges(&site);
        }
        Via::Wayback => {
            let choice = match args.captures {
                Captures::Earliest => Choice::Earliest,
                Captures::Latest => Choice::Latest,
                Captures::All => Choice::All,
            };
            let archive =
                WebArchive::new(&args.cdx, choice, window).map_err(|error| CliError::Usage(error.to_string()))?;
            plan.backfill = Some(Arc::new(Backfill { archive: Some(archive), window }));
            plan.pace.delay = Some(args.crawl.delay.unwrap_or(ARCHIVE_DELAY));
            plan.add_archived(site.clone());
            be_slow(&mut config);
        }
    }
    if plan.is_empty() {
        let name = &args.crawl.sites;
        let message = format!("{}: its profile names no feed, sitemap, list or range to begin with", name.join(" "));
        return Err(CliError::Usage(message));
    }
    if args.dry_run {
        foresee(&args, &config, &plan, &site)
    } else {
        crawl::carry_out(args.crawl, config, plan, globals)
    }
}

/// What archives ask of those who take much from them: one request at a time, and an end where they refuse.
fn be_slow(config: &mut Config) {
    config.pace.per_host = 1;
    config.pace.backoff = config.pace.backoff.max(ARCHIVE_REST);
    config.pace.max_backoff = config.pace.max_backoff.max(ARCHIVE_REST * 4);
    config.pace.refusals = 1;
    // It would speak for the archive, not for the site.
    config.crawl.tdmrep = false;
    config.fetch.max_body = config.fetch.max_body.max(MAX_INDEX);
    config.fetch.max_inflated = config.fetch.max_inflated.max(MAX_INDEX);
}

fn site_of(args: &Args) -> Result<Site, CliError> {
    let [named] = args.crawl.sites.as_slice() else {
        return Err(CliError::Usage("name one site: by its profile, or by the address of its front page".to_owned()));
    };
    let sites = args.crawl.profiles.load()?;
    if let Some(site) = sites.by_name(named).filter(|site| site.home().is_some()) {
        return Ok(site);
    }
    match Url::parse(named) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host_str().is_some() => Ok(sites.for_url(&url)),
        _ => Err(CliError::Usage(format!("{named}: neither a profile nor an address (write https://{named}/)"))),
    }
}

/// Says what there is to fetch. An archive's index is read for it; the site itself is not asked.
fn foresee(args: &Args, config: &Config, plan: &Plan, site: &Site) -> Result<Exit, CliError> {
    let delay = plan.pace.delay.or(site.pace().delay).unwrap_or(config.pace.delay);
    let now = Timestamp::now();
    let mut candidates = plan.range_candidates(now);
    if let Some(archive) = plan.backfill.as_ref().and_then(|backfill| backfill.archive.as_ref()) {
        let web = Web::new(config.fetch.allow_private, delay, args.cdx.port())?;
        let mut questions = archive.questions(site);
        while let Some(question) = questions.pop() {
            let answer = web.fetch(&question).map_err(|error| CliError::Failed(format!("{question}: {error}")))?;
            let found = archive
                .read_index(&answer, site, now)
                .map_err(|error| CliError::Failed(format!("{question}: {error}")))?;
            let (next, captures): (Vec<Candidate>, Vec<Candidate>) =
                found.candidates.into_iter().partition(|candidate| archive.is_index(&candidate.url));
            candidates.extend(captures);
            questions.extend(next.into_iter().map(|candidate| candidate.url));
        }
    }
    let starts = plan.candidates(now).len();
    let done = done_of(args, config, &candidates)?;
    let left = candidates.len() as u64 - done;
    let mut by_source: BTreeMap<&str, u64> = BTreeMap::new();
    for candidate in &candidates {
        *by_source.entry(candidate.via.as_str()).or_default() += 1;
    }
    let mut lines: Vec<String> = by_source.iter().map(|(via, n)| format!("{via}: {n} candidates")).collect();
    lines.push(format!("sources that name more while they are read: {starts}"));
    lines.push(format!("done: {done}; to fetch: {left}"));
    lines.push(format!(
        "time for these: about {} at {} a request",
        engine::duration(delay.saturating_mul(u32::try_from(left).unwrap_or(u32::MAX))),
        engine::duration(delay)
    ));
    output::print(&lines.join("\n"))?;
    Ok(Exit::Done)
}

/// How many of the candidates are settled. A state that is not there is not made.
fn done_of(args: &Args, config: &Config, candidates: &[Candidate]) -> Result<u64, CliError> {
    let state = args.crawl.state.clone().unwrap_or_else(|| match args.crawl.output.to_str() {
        Some("-") => PathBuf::from("auslese.db"),
        _ => args.crawl.output.join("auslese.db"),
    });
    if !state.exists() {
        return Ok(0);
    }
    let now = Timestamp::now();
    let how = OpenHow { run_id: engine::new_run_id(now), now, max_open: config.crawl.max_open };
    let (frontier, _) = SqliteFrontier::open(&state, &how).map_err(|error| crawl::explain(error.into()))?;
    let mut done = 0;
    for candidate in candidates {
        let known = frontier.known(&candidate.url).map_err(|error| crawl::explain(error.into()))?;
        let open = matches!(known, None | Some(UrlState::Ready | UrlState::Waiting | UrlState::Leased));
        done += u64::from(!open);
    }
    Ok(done)
}
