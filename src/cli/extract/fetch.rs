//! Addresses given to `extract`: fetched one after the other, robots.txt obeyed, a second between requests to a host.
//! For a few pages at hand; whoever wants a site crawls it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use auslese::extract::Unfit;
use auslese::fetch::{FetchOutcome, FetchRequest, FetchSettings, Fetcher};
use auslese::pace::RobotsAnswer;
use auslese::types::{DeadReason, Fetched, HostKey, SkipReason, Via};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use crate::cli::CliError;

/// Time between the starts of two requests to a host; a crawl-delay can only make it longer.
const DELAY: Duration = Duration::from_secs(1);
/// A crawl-delay beyond this is no wait for a command that someone looks at.
const MAX_DELAY: Duration = Duration::from_secs(60);

/// A fetcher that keeps its manners.
pub(super) struct PoliteFetch {
    runtime: Runtime,
    fetcher: Fetcher,
    /// Held during a request, so that there is one at a time.
    hosts: Mutex<HashMap<HostKey, Host>>,
}

struct Host {
    robots: RobotsAnswer,
    last: Instant,
}

impl PoliteFetch {
    pub(super) fn new(allow_private: bool) -> Result<Self, CliError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::Failed(format!("cannot start the network runtime: {error}")))?;
        let settings = FetchSettings { allow_private, ..FetchSettings::default() };
        let fetcher = Fetcher::new(settings).map_err(|error| CliError::Failed(error.to_string()))?;
        Ok(Self { runtime, fetcher, hosts: Mutex::default() })
    }

    /// Fetches a page, following redirects; robots.txt is asked at every hop.
    pub(super) fn fetch(&self, url: &Url) -> Result<Fetched, Unfit> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut request = FetchRequest { url: url.clone(), via: Via::Seed, hops: Vec::new(), validators: None };
        loop {
            self.wait_for_turn(&mut hosts, &request.url)?;
            let asked = request.url.clone();
            let hops = request.hops.clone();
            match self.runtime.block_on(self.fetcher.fetch(request)).outcome {
                FetchOutcome::Done(fetched) => return Ok(*fetched),
                // The fetcher bounds the chain and refuses loops.
                FetchOutcome::Redirect { to, .. } => {
                    let hops = hops.into_iter().chain([asked]).collect();
                    request = FetchRequest { url: to, via: Via::Seed, hops, validators: None };
                }
                FetchOutcome::NotModified => {
                    let detail = "answered 304 to a request without conditions".to_owned();
                    return Err(Unfit::Dead { reason: DeadReason::UnexpectedStatus, detail });
                }
                FetchOutcome::Retry { detail, .. } => {
                    let detail = format!("{detail} (try again later)");
                    return Err(Unfit::Dead { reason: DeadReason::RetriesExhausted, detail });
                }
                FetchOutcome::Dead { reason, detail } => return Err(Unfit::Dead { reason, detail }),
            }
        }
    }

    /// Waits until the address may be asked for.
    fn wait_for_turn(&self, hosts: &mut HashMap<HostKey, Host>, url: &Url) -> Result<(), Unfit> {
        let dead = |reason, detail: &str| Unfit::Dead { reason, detail: detail.to_owned() };
        let key = HostKey::of(url).ok_or_else(|| dead(DeadReason::BadRedirect, "the address has no host"))?;
        if !hosts.contains_key(&key) {
            let robots = self.runtime.block_on(self.fetcher.robots(&key)).answer;
            hosts.insert(key.clone(), Host { robots, last: Instant::now() });
        }
        let Some(host) = hosts.get_mut(&key) else { return Ok(()) };
        let product = self.fetcher.settings().product.as_str();
        let delay = match &host.robots {
            RobotsAnswer::AllowAll(_) => DELAY,
            RobotsAnswer::Rules(rules) => {
                let verdict = rules.check(product, url);
                if !verdict.allowed {
                    let detail = "robots.txt forbids it (see `auslese robots`)".to_owned();
                    return Err(Unfit::Skip { reason: SkipReason::Robots, detail });
                }
                verdict.crawl_delay.unwrap_or_default().clamp(DELAY, MAX_DELAY)
            }
            RobotsAnswer::Unavailable { reason, .. } => {
                let detail =
                    format!("robots.txt cannot be had ({reason}), so nothing may be fetched (try again later)");
                return Err(Unfit::Dead { reason: DeadReason::RetriesExhausted, detail });
            }
        };
        std::thread::sleep(delay.saturating_sub(host.last.elapsed()));
        host.last = Instant::now();
        Ok(())
    }
}
