//! The pacer's time: set from outside, never running back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::nanos::Nanos;
use jiff::{SignedDuration, Timestamp};

/// The wall clock may jump back by so much before it is taken for reset: threads hand in times slightly out of order.
const TOLERANCE: u64 = 5_000_000_000;

/// The largest moment and span, 146 years: a quarter of the range, so that a few of them always add up.
const MAX_MOMENT: Moment = u64::MAX / 4;

/// A moment, as nanoseconds since the pacer's first.
pub(super) type Moment = u64;

/// Wall time made steady. A small step back stands still; a large one (the clock was set back) goes on from where we were,
/// so that no host waits for hours that have been waited already.
#[derive(Debug, Default)]
pub(super) struct Time {
    /// Wall time of moment 0.
    epoch: Option<Timestamp>,
    clock: SetClock,
}

impl Time {
    /// Sets the time, and gives it as a moment.
    pub(super) fn set(&mut self, now: Timestamp) -> Moment {
        let last = self.clock.get();
        let moment = self.moment(now);
        if moment >= last {
            self.clock.set(moment);
            return moment;
        }
        if last - moment > TOLERANCE || self.is_before_epoch(now) {
            self.epoch = now.checked_sub(span(last)).ok();
        }
        last
    }

    /// The moment of a wall time; those before the first are the first.
    pub(super) fn moment(&mut self, at: Timestamp) -> Moment {
        let epoch = *self.epoch.get_or_insert(at);
        let since = at.duration_since(epoch).as_nanos().max(0);
        u64::try_from(since).unwrap_or(u64::MAX).min(MAX_MOMENT)
    }

    /// The wall time of a moment.
    pub(super) fn timestamp(&self, moment: Moment) -> Timestamp {
        self.epoch.unwrap_or(Timestamp::UNIX_EPOCH).saturating_add(span(moment)).unwrap_or(Timestamp::MAX)
    }

    /// The clock that limiters read.
    pub(super) fn clock(&self) -> SetClock {
        self.clock.clone()
    }

    fn is_before_epoch(&self, now: Timestamp) -> bool {
        self.epoch.is_some_and(|epoch| epoch.duration_since(now) > span(TOLERANCE))
    }
}

fn span(moment: Moment) -> SignedDuration {
    SignedDuration::from_nanos(i64::try_from(moment).unwrap_or(i64::MAX))
}

/// Nanoseconds of a duration, cut at what fits.
pub(super) fn nanos(duration: Duration) -> Moment {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).min(MAX_MOMENT)
}

/// A governor clock that stands where it was set.
#[derive(Debug, Clone, Default)]
pub(super) struct SetClock(Arc<AtomicU64>);

impl SetClock {
    pub(super) fn set(&self, moment: Moment) {
        self.0.store(moment, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> Moment {
        self.0.load(Ordering::Relaxed)
    }
}

impl Clock for SetClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn time_never_runs_back() {
        const SECOND: u64 = 1_000_000_000;
        let mut time = Time::default();
        assert_eq!(time.set(at(0)), 0);
        assert_eq!(time.set(at(10)), 10 * SECOND);
        assert_eq!(time.set(at(7)), 10 * SECOND, "a small step back stands still");
        assert_eq!(time.set(at(11)), 11 * SECOND, "and does not shift time");
        assert_eq!(time.timestamp(12 * SECOND), at(12));
        assert_eq!(time.set(at(-3_600)), 11 * SECOND, "a clock set back by an hour goes on from here");
        assert_eq!(time.set(at(-3_598)), 13 * SECOND);
        assert_eq!(time.timestamp(14 * SECOND), at(-3_597));
    }
}
