//! When to look at a page again.
//!
//! An article is looked at an hour, a day, a week and a month after it appeared, for that is when most corrections come. From then on
//! its own rate decides: changes are taken for a Poisson process, as Cho and Garcia-Molina do ("Estimating Frequency of Change", ACM
//! Transactions on Internet Technology 3(3), 2003). Of a visit it is known only whether anything changed since the one before, not how
//! often, and visits are not equally far apart, so the rate is the one under which what was seen is most likely: the root of
//!
//! ```text
//! Σ over visits with a change  t / (e^(λt) − 1)  =  Σ over visits without  t
//! ```
//!
//! with t the time since the visit before. Half a visit without change is added to the right, which is what their correction
//! −log((n − X + 0.5) / (n + 0.5)) is where all t are equal: without it, a page that changed at each visit would have an infinite rate.
//! The next visit comes after the mean time between two changes, bounded; where no change was ever seen, after as long as the page has
//! been watched, which doubles from visit to visit.

use jiff::{SignedDuration, Timestamp};

use crate::types::Visit;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The ages, in seconds, at which a new article is looked at.
const RUNGS: [i64; 4] = [HOUR, DAY, 7 * DAY, 30 * DAY];
/// An article's visits are at least and at most so far apart, once its rate decides; one never seen to change at least a month.
const ARTICLE: (i64, i64) = (DAY, 365 * DAY);
const STILL: i64 = 30 * DAY;
/// The same of pages that turned out to be lists.
const LIST: (i64, i64) = (HOUR, 30 * DAY);
/// Visits remembered: what a page did long ago says little of what it will do.
const REMEMBERED: usize = 16;
/// A source that says "changed" where nothing has is believed again after an hour, then two, and so on up to this.
const DOUBT: i64 = 30 * DAY;
/// The second look at a page that is missing, after the first.
const MISSING_AGAIN: i64 = 3 * DAY;
/// A page must be missing for so long before it counts as gone.
pub const MISSING_FOR: SignedDuration = SignedDuration::from_hours(48);
/// The next try of a visit that failed.
const FAILED_AGAIN: i64 = DAY;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An article.
    Article,
    /// A page that turned out to be a list of pointers.
    List,
}

/// Changes a day, most likely.
pub type Rate = f64;

/// Whether a page had changed, visit by visit, the oldest first; the last sixteen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History(Vec<(u32, bool)>);

impl History {
    /// From the bytes of [`Self::to_bytes`]. What is no history is an empty one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let looks = bytes.as_chunks::<4>().0.iter().map(|look| {
            let look = u32::from_le_bytes(*look);
            (look >> 1, look & 1 == 1)
        });
        Self(looks.take(REMEMBERED).collect())
    }

    /// Four bytes a visit: minutes since the one before, and a bit for "changed".
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(minutes, changed)| ((minutes << 1) | u32::from(*changed)).to_le_bytes()).collect()
    }

    /// Adds a visit, `seconds` after the one before.
    pub fn add(&mut self, seconds: i64, changed: bool) {
        let minutes = u32::try_from(seconds.max(0) / 60).unwrap_or(u32::MAX >> 1).clamp(1, u32::MAX >> 1);
        if self.0.len() >= REMEMBERED {
            self.0.remove(0);
        }
        self.0.push((minutes, changed));
    }

    /// The time that the visits span, in seconds.
    #[must_use]
    pub fn watched(&self) -> i64 {
        self.0.iter().map(|(minutes, _)| i64::from(*minutes) * 60).sum()
    }
}

/// The change rate under which the history is most likely; 0 where no change was seen.
#[must_use]
pub fn change_rate(history: &History) -> Rate {
    let days = |minutes: u32| f64::from(minutes) / (24.0 * 60.0);
    let changed: Vec<f64> = history.0.iter().filter(|(_, changed)| *changed).map(|(t, _)| days(*t)).collect();
    if changed.is_empty() {
        return 0.0;
    }
    let visits = f64::from(u32::try_from(history.0.len()).unwrap_or(u32::MAX));
    let all: f64 = history.0.iter().map(|(t, _)| days(*t)).sum();
    let still: f64 = all - changed.iter().sum::<f64>() + 0.5 * all / visits;
    let seen = |rate: f64| changed.iter().map(|t| t / (rate * t).exp_m1()).sum::<f64>();
    // The left side falls from infinity to nothing as the rate grows: halve the span that holds the root, in its logarithm.
    let (mut low, mut high) = (-20.0_f64, 20.0_f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if seen(middle.exp()) > still { low = middle } else { high = middle }
    }
    low.exp()
}

/// What is kept after a page was seen: `before` as it was kept, none at the first visit; `born` when the article appeared, as far as
/// the page says; `changed` whether it had changed since the visit before.
#[must_use]
pub fn after_visit(
    subject: Subject,
    before: Option<&Visit>,
    born: Option<Timestamp>,
    changed: bool,
    now: Timestamp,
) -> Visit {
    let mut history = before.map(|visit| History::from_bytes(&visit.history)).unwrap_or_default();
    if let Some(before) = before {
        history.add(now.as_second() - before.at.as_second(), changed);
    }
    let born = before.map_or(born.unwrap_or(now), |visit| visit.born).min(now);
    let misled = match before {
        Some(visit) if visit.hinted && !changed => visit.misled.saturating_add(1),
        Some(visit) if !changed => visit.misled,
        _ => 0,
    };
    let doubt = HOUR.checked_shl(misled.into()).unwrap_or(DOUBT).min(DOUBT);
    let age = now.as_second() - born.as_second();
    let (wait, rank) = match subject {
        Subject::Article => article_wait(age, &history),
        Subject::List => (list_wait(&history), Visit::BY_RATE),
    };
    Visit {
        at: now,
        born,
        next: Some(later(now, wait)),
        rank,
        history: history.to_bytes(),
        hint_after: later(now, doubt),
        misled,
        ..Visit::default()
    }
}

/// The seconds to the next visit of an article of that age, and how it ranks.
fn article_wait(age: i64, history: &History) -> (i64, u8) {
    // A rung that is nearly reached was looked at already.
    if let Some(rung) = RUNGS.iter().find(|rung| age <= *rung / 4 * 3) {
        return (rung - age, Visit::NEW);
    }
    let rate = change_rate(history);
    let wait = if rate > 0.0 { mean_seconds(rate) } else { history.watched().max(age / 4).max(STILL) };
    (wait.clamp(ARTICLE.0, ARTICLE.1), Visit::BY_RATE)
}

fn list_wait(history: &History) -> i64 {
    let rate = change_rate(history);
    let wait = if rate > 0.0 { mean_seconds(rate) } else { history.watched().max(DAY) };
    wait.clamp(LIST.0, LIST.1)
}

/// The mean time between two changes.
#[expect(clippy::cast_possible_truncation, reason = "bounded first; a fraction of a second is nothing")]
fn mean_seconds(rate: Rate) -> i64 {
    (86_400.0 / rate).clamp(0.0, 1e12) as i64
}

/// What is kept after a visit that gave no answer to go by: the page is tried again a day later.
#[must_use]
pub fn after_failure(before: &Visit, now: Timestamp) -> Visit {
    Visit { next: Some(later(now, FAILED_AGAIN)), hinted: false, ..before.clone() }
}

/// What is kept after the server said that there is no such page; none where it has said so for long enough, and the article is gone.
#[must_use]
pub fn after_missing(before: &Visit, now: Timestamp) -> Option<Visit> {
    let since = before.missing_since.unwrap_or(now);
    if now.duration_since(since) >= MISSING_FOR {
        return None;
    }
    let next = Some(later(since, MISSING_AGAIN).max(later(now, HOUR)));
    Some(Visit { next, rank: Visit::NEW, missing_since: Some(since), hinted: false, ..before.clone() })
}

fn later(time: Timestamp, seconds: i64) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn history(looks: &[(i64, bool)]) -> History {
        let mut history = History::default();
        for (seconds, changed) in looks {
            history.add(*seconds, *changed);
        }
        history
    }

    /// The waits, in seconds, of an article that is visited whenever it is due.
    fn waits(visits: usize, born: i64, changed: impl Fn(usize) -> bool) -> Vec<i64> {
        let (mut now, mut kept) = (at(0), None::<Visit>);
        (0..visits)
            .map(|n| {
                let visit = after_visit(Subject::Article, kept.as_ref(), Some(at(born)), n > 0 && changed(n), now);
                let next = visit.next.unwrap();
                let wait = next.as_second() - now.as_second();
                (now, kept) = (next, Some(visit));
                wait
            })
            .collect()
    }

    #[test]
    fn a_new_article_is_looked_at_after_an_hour_a_day_a_week_and_a_month() {
        let waits = waits(8, 0, |_| false);
        assert_eq!(waits[..4], [HOUR, DAY - HOUR, 6 * DAY, 23 * DAY]);
        assert_eq!(waits[4..], [30 * DAY, 60 * DAY, 120 * DAY, 240 * DAY], "then twice as long each time");
    }

    #[test]
    fn no_wait_is_longer_than_a_year_nor_after_the_first_month_shorter_than_a_day() {
        assert_eq!(waits(40, 0, |_| false).into_iter().max(), Some(365 * DAY));
        let busy = waits(40, 0, |_| true);
        assert!(busy[4..].iter().all(|wait| *wait >= DAY), "{busy:?}");
        assert_eq!(busy[39], DAY, "one that changes all the time is looked at daily");
    }

    #[test]
    fn an_old_article_is_not_new_because_it_was_found_today() {
        assert_eq!(waits(2, -10 * 365 * DAY, |_| false), [365 * DAY, 365 * DAY]);
        assert_eq!(waits(1, -3 * DAY, |_| false), [4 * DAY], "a week after it appeared");
        assert_eq!(waits(1, 99 * DAY, |_| false), [HOUR], "a date in the future is none");
    }

    #[test]
    fn where_visits_are_equally_far_apart_the_rate_is_that_of_the_known_formula() {
        for (visits, changes) in [(10, 1), (10, 5), (10, 10), (3, 2), (16, 15)] {
            let looks: Vec<(i64, bool)> = (0..visits).map(|n| (2 * DAY, n < changes)).collect();
            let (n, x) = (f64::from(visits), f64::from(changes));
            let expected = -((n - x + 0.5) / (n + 0.5)).ln() / 2.0;
            let rate = change_rate(&history(&looks));
            assert!((rate - expected).abs() < 1e-6, "{x} of {n}: {rate}, not {expected}");
        }
        assert!(change_rate(&history(&[(DAY, false), (9 * DAY, false)])).abs() < 1e-12);
        assert!(change_rate(&History::default()).abs() < 1e-12);
    }

    #[test]
    fn the_rate_of_a_page_is_found_from_visits_at_odd_times() {
        let mut rng = fastrand::Rng::with_seed(5);
        // Over many pages that change every ten days in the mean, visited after 1 to 30 days, the middle estimate is near.
        let mut rates: Vec<f64> = (0..400)
            .map(|_| {
                let looks: Vec<(i64, bool)> = (0..16)
                    .map(|_| {
                        let days = rng.i64(1..30);
                        let still = (-0.1 * f64::from(i32::try_from(days).unwrap())).exp();
                        (days * DAY, rng.f64() > still)
                    })
                    .collect();
                change_rate(&history(&looks))
            })
            .collect();
        rates.sort_by(f64::total_cmp);
        assert!((0.085..0.115).contains(&rates[200]), "{}", rates[200]);
    }

    #[test]
    fn a_history_comes_back_from_its_bytes_and_forgets_the_oldest() {
        let mut looks: Vec<(i64, bool)> = (1..30).map(|n| (n * HOUR, n % 3 == 0)).collect();
        looks.push((i64::MAX, true));
        looks.push((-5, false));
        let history = history(&looks);
        assert_eq!(history.0.len(), REMEMBERED);
        assert_eq!(History::from_bytes(&history.to_bytes()), history);
        assert_eq!(History::from_bytes(b"abc"), History::default());
    }

    #[test]
    fn who_says_changed_in_vain_is_believed_less_and_less() {
        let mut kept = after_visit(Subject::Article, None, None, false, at(0));
        assert_eq!(kept.hint_after, at(HOUR));
        for n in 1..40_u32 {
            let hinted = Visit { hinted: true, ..kept.clone() };
            kept = after_visit(Subject::Article, Some(&hinted), None, false, at(i64::from(n) * DAY));
            let doubt = kept.hint_after.as_second() - kept.at.as_second();
            assert_eq!(doubt, HOUR.checked_shl(n).unwrap_or(DOUBT).clamp(0, DOUBT).max(HOUR), "{n}");
        }
        let right = after_visit(Subject::Article, Some(&kept), None, true, at(99 * DAY));
        assert_eq!((right.misled, right.hint_after), (0, at(99 * DAY + HOUR)));
    }

    #[test]
    fn a_missing_page_is_looked_at_again_days_later_and_only_then_gone() {
        let kept = after_visit(Subject::Article, None, None, false, at(0));
        let once = after_missing(&kept, at(HOUR)).unwrap();
        assert_eq!((once.missing_since, once.next), (Some(at(HOUR)), Some(at(HOUR + 3 * DAY))));
        let twice = after_missing(&once, at(DAY)).unwrap();
        assert_eq!((twice.missing_since, twice.next), (once.missing_since, once.next), "too soon to tell");
        assert_eq!(after_missing(&twice, at(HOUR + 2 * DAY)), None);
        let back = after_visit(Subject::Article, Some(&once), None, false, at(2 * DAY));
        assert_eq!(back.missing_since, None);
    }

    #[test]
    fn a_list_is_looked_at_by_its_rate() {
        let mut kept = after_visit(Subject::List, None, None, true, at(0));
        assert_eq!(kept.next, Some(at(DAY)));
        for n in 1..20 {
            kept = after_visit(Subject::List, Some(&kept), None, true, at(n * HOUR));
        }
        assert_eq!(kept.next.unwrap().as_second() - kept.at.as_second(), HOUR);
        let failed = after_failure(&kept, at(20 * HOUR));
        assert_eq!((failed.next, &failed.history), (Some(at(20 * HOUR + DAY)), &kept.history));
    }
}
