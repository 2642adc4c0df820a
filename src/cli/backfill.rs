//! `auslese backfill`: what a site has published over the years, from the site itself or from a web archive.
//!
//! It is a crawl with other beginnings: the ranges, lists and sitemaps of the profile, or the index of an archive. State and output
//! are those of a crawl, so it goes on where it was stopped, and a later crawl knows what it got. `foresee` says what there would be to
//! do (`--dry-run`).

mod foresee;

use std::sync::Arc;
use std::time::Duration;

use auslese::engine::{Backfill, Config, Plan};
use auslese::site::Site;
use auslese::source::{Choice, WebArchive, Window, days_of};
use jiff::civil::Date;
use url::Url;

use super::{CliError, Exit, Globals, crawl};

/// Between two requests to a web archive: they serve many, and refuse whoever asks faster.
const ARCHIVE_DELAY: Duration = Duration::from_secs(4);
/// How long an archive that refuses is left alone; longer than a run waits, so that the run ends and the next goes on.
const ARCHIVE_REST: Duration = Duration::from_secs(900);
/// How often it is said how it goes, where nobody looks at a terminal.
const TOLD_EVERY: Duration = Duration::from_secs(600);
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
        foresee::run(&args, &config, &plan, &site)
    } else {
        let mut crawl = args.crawl;
        crawl.progress.get_or_insert(TOLD_EVERY);
        crawl::carry_out(crawl, config, plan, globals)
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
