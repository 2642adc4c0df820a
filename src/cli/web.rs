//! A few pages from the web, for commands that take addresses: one after the other, robots.txt asked at every hop, a pause
//! between requests to a host. Whoever wants a whole site crawls it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use auslese::extract::Unfit;
use auslese::fetch::{FetchOutcome, FetchRequest, FetchSettings, Fetcher};
use auslese::pace::RobotsAnswer;
use auslese::types::{DeadReason, Fetched, HostKey, SkipReason, Via};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use super::CliError;

/// A crawl-delay beyond this is no wait for a command that someone looks at.
const MAX_DELAY: Duration = Duration::from_secs(60);

/// A fetcher that keeps its manners.
pub(crate) struct Web {
    runtime: Runtime,
    fetcher: Fetcher,
    /// Time between the starts of two requests to a host; a crawl-delay can only make it longer.
    delay: Duration,
    /// Held during a request, so that there is one at a time.
    hosts: Mutex<HashMap<HostKey, Host>>,
}

struct Host {
    robots: RobotsAnswer,
    last: Instant,
}

impl Web {
    /// `ports` are those of the addresses that the user names: they are asked for beside the usual ones.
    pub(crate) fn new(
        allow_private: bool,
        delay: Duration,
        ports: impl IntoIterator<Item = u16>,
    ) -> Result<Self, CliError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::Failed(format!("cannot start the network runtime: {error}")))?;
        let mut settings = FetchSettings { allow_private, ..FetchSettings::default() };
        settings.ports.extend(ports);
        let fetcher = Fetcher::new(settings).map_err(|error| CliError::Failed(error.to_string()))?;
        Ok(Self { runtime, fetcher, delay, hosts: Mutex::default() })
    }

    /// Fetches a page, following redirects; robots.txt is asked at every hop.
    pub(crate) fn fetch(&self, url: &Url) -> Result<Fetched, Unfit> {
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
                FetchOutcome::Retry { reason, detail, .. } => {
                    let detail = format!("{reason}: {detail} (try again later)");
                    return Err(Unfit::Dead { reason: DeadReason::RetriesExhausted, detail });
                }
                FetchOutcome::Dead { reason, detail } => {
                    return Err(Unfit::Dead { reason, detail: format!("{reason}: {detail}") });
                }
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
            RobotsAnswer::AllowAll(_) => self.delay,
            RobotsAnswer::Rules(rules) => {
                let verdict = rules.check(product, url);
                if !verdict.allowed {
                    let rule = verdict.rule.map(|rule| format!(", line {}: {rule}", rule.line)).unwrap_or_default();
                    let detail = format!("robots.txt forbids it{rule}");
                    return Err(Unfit::Skip { reason: SkipReason::Robots, detail });
                }
                verdict.crawl_delay.unwrap_or_default().min(MAX_DELAY).max(self.delay)
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
