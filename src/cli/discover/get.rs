//! One page from the web, as politely as a crawl: robots.txt first, each redirect judged again, a pause between requests.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use auslese::fetch::{FetchOutcome, FetchRequest, FetchSettings, Fetcher};
use auslese::pace::RobotsAnswer;
use auslese::types::{Fetched, HostKey, Via};
use url::Url;

use super::super::CliError;

/// The web, as one command sees it.
pub(super) struct Web {
    fetcher: Fetcher,
    runtime: tokio::runtime::Runtime,
    delay: Duration,
    robots: HashMap<HostKey, RobotsAnswer>,
    /// When a host was last asked.
    asked: HashMap<HostKey, Instant>,
}

impl Web {
    pub(super) fn new(allow_private: bool, delay: Duration) -> Result<Self, CliError> {
        let settings = FetchSettings { allow_private, ..FetchSettings::default() };
        let fetcher = Fetcher::new(settings).map_err(|error| CliError::Failed(error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::Failed(format!("cannot start the network: {error}")))?;
        Ok(Self { fetcher, runtime, delay, robots: HashMap::new(), asked: HashMap::new() })
    }

    /// Fetches a page and follows its redirects. An error says why there is none.
    pub(super) fn get(&mut self, url: Url) -> Result<Fetched, String> {
        let Self { fetcher, runtime, delay, robots, asked } = self;
        runtime.block_on(async {
            let mut request = FetchRequest { url, via: Via::Seed, hops: Vec::new(), validators: None };
            loop {
                let host = HostKey::of(&request.url).ok_or("not an http or https address")?;
                if !robots.contains_key(&host) {
                    pause(asked, &host, *delay).await;
                    robots.insert(host.clone(), fetcher.robots(&host).await.answer);
                }
                allowed(robots.get(&host), &fetcher.settings().product, &request.url)?;
                pause(asked, &host, *delay).await;
                match fetcher.fetch(request.clone()).await.outcome {
                    FetchOutcome::Done(fetched) => return Ok(*fetched),
                    // The fetcher bounds the chain by its length and refuses loops.
                    FetchOutcome::Redirect { to, .. } => {
                        request.hops.push(std::mem::replace(&mut request.url, to));
                    }
                    FetchOutcome::NotModified => return Err("304, though no version was asked about".to_owned()),
                    FetchOutcome::Retry { reason, detail, .. } => return Err(format!("{reason}: {detail}")),
                    FetchOutcome::Dead { reason, detail } => return Err(format!("{reason}: {detail}")),
                }
            }
        })
    }
}

/// Waits until a host may be asked again.
async fn pause(asked: &mut HashMap<HostKey, Instant>, host: &HostKey, delay: Duration) {
    if let Some(last) = asked.get(host) {
        tokio::time::sleep(delay.saturating_sub(last.elapsed())).await;
    }
    asked.insert(host.clone(), Instant::now());
}

fn allowed(answer: Option<&RobotsAnswer>, agent: &str, url: &Url) -> Result<(), String> {
    match answer {
        Some(RobotsAnswer::Rules(rules)) => match rules.check(agent, url) {
            verdict if verdict.allowed => Ok(()),
            verdict => Err(match verdict.rule {
                Some(rule) => format!("robots.txt forbids it, line {}: {rule}", rule.line),
                None => "robots.txt forbids it".to_owned(),
            }),
        },
        Some(RobotsAnswer::AllowAll(_)) => Ok(()),
        Some(RobotsAnswer::Unavailable { reason, .. }) => Err(format!("robots.txt cannot be had: {reason}")),
        None => Err("robots.txt was not asked for".to_owned()),
    }
}
