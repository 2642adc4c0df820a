//! The state of one host.

use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::Signal;
use super::clock::{Moment, SetClock, nanos};
use super::machine::Machine;
use crate::pace::{PaceOverride, PaceSettings};

type Limiter = RateLimiter<NotKeyed, InMemoryState, SetClock, NoOpMiddleware<Nanos>>;

/// The rest doubles at most so often; `max_backoff` ends it long before.
const MAX_LEVEL: u8 = 30;
/// A crawl-delay is forgotten with an idle host after this long: robots.txt is asked for again by then.
const CRAWL_DELAY_HOLDS: Duration = Duration::from_secs(86_400);

#[derive(Debug, Default)]
pub(super) struct Host {
    crawl_delay: Duration,
    /// The rate limiter and the delay that it was made for; none without a delay.
    limiter: Option<(Duration, Limiter)>,
    in_flight: u16,
    last_start: Option<Moment>,
    /// No start before: what jitter, latency and backoff add to the limiter.
    next: Moment,
    latency: Option<Duration>,
    /// How often the rest doubled; 0 for a host in good standing.
    level: u8,
    /// No start before: rest after a failure, or `Retry-After`.
    held_until: Moment,
    /// When the last failure came.
    penalised_at: Option<Moment>,
    /// Refusals in a row.
    refusals: u16,
    /// How often in a row it was closed.
    closings: u8,
    /// The machine that it shares with others.
    pub(super) machine: Option<u128>,
    /// Its place in that machine's line.
    slot: Option<Moment>,
}

/// A failure, as it came in.
#[derive(Debug, Clone, Copy)]
struct Failure {
    now: Moment,
    started_at: Moment,
    /// How long the server asks to wait.
    asked: Duration,
    /// Whether it closes the host whatever came before.
    closes: bool,
}

/// What holds a host back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) level: u8,
    pub(super) closings: u8,
    pub(super) until: Moment,
}

/// What a host's own pace makes of the settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace<'a> {
    pub(super) settings: &'a PaceSettings,
    pub(super) own: PaceOverride,
}

impl Pace<'_> {
    fn delay(&self, host: &Host) -> Duration {
        self.own.delay.unwrap_or(self.settings.delay).max(host.crawl_delay)
    }

    fn per_host(&self, host: &Host) -> u16 {
        // One at a time while it recovers: a probe, not a flood.
        if host.level > 0 { 1 } else { self.own.per_host.unwrap_or(self.settings.per_host).max(1) }
    }

    /// The rest at a level.
    fn backoff(&self, level: u8) -> Duration {
        match level.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => {
                self.settings.backoff.saturating_mul(1 << doublings.min(MAX_LEVEL)).min(self.settings.max_backoff)
            }
        }
    }

    /// How long a host is closed the so manieth time in a row.
    fn closing(&self, times: u8) -> Duration {
        let doublings = times.saturating_sub(1).min(MAX_LEVEL);
        self.settings.close.saturating_mul(1 << doublings).min(self.settings.max_close)
    }

    /// Least time between two starts on one machine: what was set, without what single hosts ask for.
    fn shared(&self) -> Moment {
        nanos(self.own.delay.unwrap_or(self.settings.delay))
    }

    /// Least time between two starts of a host in good standing.
    fn usual(&self, host: &Host) -> Duration {
        let delay = self.delay(host);
        let adaptive = match host.latency {
            Some(latency) if !delay.is_zero() => {
                scale(latency, self.settings.latency_factor, self.settings.max_adaptive_delay)
            }
            _ => Duration::ZERO,
        };
        delay.max(adaptive)
    }

    /// Least time between two starts as things stand, backoff included.
    pub(super) fn spacing(&self, host: &Host) -> Duration {
        self.usual(host).max(self.backoff(host.level))
    }
}

/// Whether and when a host may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ready {
    Now,
    Busy,
    At(Moment),
}

impl Host {
    /// Starts a request if one may start. `draw` is the jitter's, from 0 to 1; `machine` is the one that it shares.
    pub(super) fn try_start(
        &mut self,
        pace: Pace<'_>,
        clock: &SetClock,
        now: Moment,
        draw: f64,
        mut machine: Option<&mut Machine>,
    ) -> Ready {
        if now < self.held_until {
            return Ready::At(self.held_until.max(self.next));
        }
        if self.in_flight >= pace.per_host(self) {
            return Ready::Busy;
        }
        if now < self.next {
            return Ready::At(self.next);
        }
        if let Some(machine) = machine.as_deref_mut() {
            let at_once = pace.per_host(self);
            match machine.ready(&mut self.slot, now, pace.shared(), at_once) {
                Ready::Now => {}
                wait => return wait,
            }
        }
        if let Some(limiter) = self.limiter(pace.delay(self), clock)
            && let Err(until) = limiter.check()
        {
            return Ready::At(until.earliest_possible().as_u64());
        }
        if let Some(machine) = machine {
            machine.started(now, pace.shared());
        }
        self.slot = None;
        self.in_flight = self.in_flight.saturating_add(1);
        self.last_start = Some(now);
        // What backoff adds is known when the request has ended: a success halves it.
        let usual = pace.usual(self);
        self.next = now + nanos(usual) + nanos(scale(usual, pace.settings.jitter * draw, usual.saturating_mul(100)));
        Ready::Now
    }

    /// The limiter for a delay. One made for another delay is replaced, and told when the last request started.
    fn limiter(&mut self, delay: Duration, clock: &SetClock) -> Option<&Limiter> {
        if self.limiter.as_ref().map(|(made_for, _)| *made_for) != Some(delay) {
            self.limiter = Quota::with_period(delay).map(|quota| {
                let now = clock.get();
                clock.set(self.last_start.unwrap_or(now));
                let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
                if self.last_start.is_some() {
                    let _ = limiter.check();
                }
                clock.set(now);
                (delay, limiter)
            });
        }
        self.limiter.as_ref().map(|(_, limiter)| limiter)
    }

    pub(super) fn set_crawl_delay(&mut self, pace: Pace<'_>, delay: Duration) {
        self.crawl_delay = delay;
        self.slow_down(pace);
    }

    /// Takes in the end of a request.
    pub(super) fn finish(&mut self, pace: Pace<'_>, now: Moment, started_at: Moment, signal: Signal) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match signal {
            Signal::Ok { latency } => {
                self.refusals = 0;
                self.latency =
                    Some(self.latency.map_or(latency, |usual| usual.saturating_mul(3).saturating_add(latency) / 4));
                if self.is_news(started_at) {
                    self.level = self.level.saturating_sub(1);
                    self.closings = 0;
                }
            }
            Signal::Throttled { retry_after } => {
                let asked = retry_after.unwrap_or_default().min(pace.settings.max_retry_after);
                self.penalise(pace, Failure { now, started_at, asked, closes: false });
            }
            Signal::ServerError | Signal::Timeout | Signal::ConnectError => {
                self.penalise(pace, Failure { now, started_at, asked: Duration::ZERO, closes: false });
            }
            Signal::Refused => {
                self.refusals = self.refusals.saturating_add(1);
                if self.refusals >= pace.settings.refusals || self.closings > 0 {
                    self.penalise(pace, Failure { now, started_at, asked: Duration::ZERO, closes: true });
                }
            }
            Signal::Unsent => {}
        }
        self.slow_down(pace);
    }

    /// Whether a request tells more than the last failure did. Those that were under way when it came do not, so that sixteen
    /// requests that fail together count once.
    fn is_news(&self, started_at: Moment) -> bool {
        self.penalised_at.is_none_or(|at| started_at > at)
    }

    fn penalise(&mut self, pace: Pace<'_>, failure: Failure) {
        let mut rest = failure.asked;
        if self.is_news(failure.started_at) {
            self.level = (self.level + 1).min(MAX_LEVEL);
            if failure.closes || self.level >= pace.settings.close_after || self.closings > 0 {
                self.closings = self.closings.saturating_add(1);
                rest = rest.max(pace.closing(self.closings));
            }
        }
        self.penalised_at = Some(failure.now);
        self.hold(failure.now + nanos(pace.backoff(self.level).max(rest)));
    }

    fn hold(&mut self, until: Moment) {
        self.held_until = self.held_until.max(until);
    }

    /// The next start moves back where things got slower; it never moves forward.
    fn slow_down(&mut self, pace: Pace<'_>) {
        if let Some(last) = self.last_start {
            self.next = self.next.max(last + nanos(pace.spacing(self)));
        }
    }

    pub(super) fn restore(&mut self, pace: Pace<'_>, standing: Standing, now: Moment) {
        let Standing { level, closings, until } = standing;
        self.level = self.level.max(level.min(MAX_LEVEL));
        self.closings = self.closings.max(closings);
        let longest = pace.settings.max_backoff.max(pace.settings.max_retry_after).max(pace.settings.max_close);
        self.hold(until.min(now + nanos(longest)));
    }

    /// Somebody else asked it.
    pub(super) fn asked(&mut self, pace: Pace<'_>, at: Moment) {
        if self.last_start.is_none_or(|last| last < at) {
            self.last_start = Some(at);
            // One made anew is told of the last start.
            self.limiter = None;
            self.slow_down(pace);
        }
    }

    /// What holds the host back at `now`.
    pub(super) fn standing(&self, now: Moment) -> Option<Standing> {
        let held = self.level > 0 || self.closings > 0 || self.held_until > now;
        held.then_some(Standing { level: self.level, closings: self.closings, until: self.held_until })
    }

    pub(super) fn in_flight(&self) -> u16 {
        self.in_flight
    }

    pub(super) fn latency(&self) -> Option<Duration> {
        self.latency
    }

    /// Whether forgetting the host at `now` would let it be asked no sooner than remembering it.
    pub(super) fn is_forgettable(&self, settings: &PaceSettings, now: Moment) -> bool {
        let ready = self.held_until.max(self.next);
        let rested = match (self.closings, self.level > 0 || self.refusals > 0) {
            (0, false) => 0,
            (0, true) => nanos(settings.max_backoff),
            _ => nanos(settings.max_backoff.max(settings.max_close)),
        };
        let paced = if self.crawl_delay.is_zero() { 0 } else { nanos(CRAWL_DELAY_HOLDS) };
        self.in_flight == 0 && now >= ready.saturating_add(rested.max(paced))
    }
}

/// A duration times a number, at most `most`; 0 for what is not a number.
fn scale(duration: Duration, by: f64, most: Duration) -> Duration {
    let seconds = (duration.as_secs_f64() * by).min(most.as_secs_f64());
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
