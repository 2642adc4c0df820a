//! How a crawl goes: on a terminal one line that moves; elsewhere, where that is wanted, a line from time to time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use auslese::engine::{Observer, Progress, bytes, duration};
use indicatif::{ProgressBar, ProgressStyle};

use super::Globals;
use super::log::SUMMARY;

/// The pace is that of so long a time.
const WINDOW: Duration = Duration::from_secs(300);
/// Looks at the counters that are kept for it.
const LOOKS: usize = 64;

/// Where it is said how a crawl goes.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    /// Time between two lines where there is no terminal; zero for none.
    every: Duration,
}

impl Bar {
    pub(crate) fn start(globals: &Globals, every: Duration) -> Self {
        if !globals.progress() {
            return Self { bar: None, every };
        }
        let template = if Globals::colour() { "{spinner:.green} {elapsed} {msg}" } else { "{spinner} {elapsed} {msg}" };
        // The templates are fixed and known to be right; were one not, the bar has its default look.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style).with_message("starting");
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar: Some(bar), every }
    }

    /// What the engine tells how it goes.
    pub(crate) fn observer(&self) -> Option<Observer> {
        let mut pace = Pace::default();
        let began = Instant::now();
        if let Some(bar) = self.bar.clone() {
            return Some(Box::new(move |progress| {
                pace.note(began.elapsed(), progress.counters.requests);
                bar.set_message(words(progress, pace.per_minute()));
            }));
        }
        if self.every.is_zero() {
            return None;
        }
        let every = self.every;
        let mut told = Duration::ZERO;
        Some(Box::new(move |progress| {
            let now = began.elapsed();
            pace.note(now, progress.counters.requests);
            if now.saturating_sub(told) >= every {
                told = now;
                tracing::info!(target: SUMMARY, "{}", words(progress, pace.per_minute()));
            }
        }))
    }

    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// How it goes, in a line.
fn words(progress: &Progress<'_>, per_minute: Option<f64>) -> String {
    let c = progress.counters;
    let mut words = format!(
        "{} records of {} pages, {} to fetch, {} failed, {}",
        c.records,
        c.pages,
        progress.pending,
        c.failed,
        bytes(c.bytes)
    );
    if let Some(rate) = per_minute {
        words.push_str(&format!("; {rate:.1} requests a minute"));
        if progress.pending > 0 {
            let left = Duration::try_from_secs_f64(progress.pending as f64 * 60.0 / rate).unwrap_or(Duration::MAX);
            words.push_str(&format!(", about {} left", duration(left)));
        }
    }
    if let Some(host) = progress.host {
        words.push_str(&format!("; at {host}"));
    }
    if let Some(day) = progress.reached {
        words.push_str(&format!(", {day}"));
    }
    words
}

/// Requests a minute in the last minutes. Time is passed in, as that since the beginning.
#[derive(Debug, Default)]
struct Pace {
    looks: VecDeque<(Duration, u64)>,
}

impl Pace {
    fn note(&mut self, at: Duration, requests: u64) {
        let far_enough = |last: &(Duration, u64)| at.saturating_sub(last.0) >= WINDOW / LOOKS as u32;
        // The last look moves until it is far enough from the one before.
        if self.looks.len() >= 2 && !self.looks.get(self.looks.len() - 2).is_some_and(far_enough) {
            self.looks.pop_back();
        }
        self.looks.push_back((at, requests));
        while self.looks.len() > LOOKS || self.looks.get(1).is_some_and(|second| at.saturating_sub(second.0) > WINDOW) {
            self.looks.pop_front();
        }
    }

    /// None while it is not known, or nothing comes.
    fn per_minute(&self) -> Option<f64> {
        let ((began, first), (now, last)) = (self.looks.front()?, self.looks.back()?);
        let span = now.saturating_sub(*began);
        let requests = last.saturating_sub(*first);
        (span >= Duration::from_secs(1) && requests > 0).then(|| requests as f64 * 60.0 / span.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use auslese::engine::Counters;

    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_minutes() {
        let mut pace = Pace::default();
        assert_eq!(pace.per_minute(), None);
        // A request a second for ten minutes, then one in four.
        for second in 0..=600 {
            pace.note(Duration::from_secs(second), second);
        }
        assert!((pace.per_minute().unwrap() - 60.0).abs() < 0.5, "{pace:?}");
        for second in 601..=1_200 {
            pace.note(Duration::from_secs(second), 600 + (second - 600) / 4);
        }
        assert!((pace.per_minute().unwrap() - 15.0).abs() < 0.5, "{pace:?}");
        assert!(pace.looks.len() <= LOOKS + 1);
        let mut quick = Pace::default();
        (0..1_000).for_each(|n| quick.note(Duration::from_millis(n), n));
        assert!(quick.looks.len() <= 2, "looks at every instant are not kept");
    }

    #[test]
    fn a_line_says_rate_time_left_host_and_day() {
        let counters = Counters { records: 12, pages: 20, ..Counters::default() };
        let host =
            "http://archive.test".parse::<url::Url>().ok().and_then(|url| auslese::types::HostKey::of(&url)).unwrap();
        let progress = Progress { counters: &counters, pending: 90, host: Some(&host), reached: Some("2014-10-27") };
        assert_eq!(
            words(&progress, Some(15.0)),
            "12 records of 20 pages, 90 to fetch, 0 failed, 0 B; 15.0 requests a minute, about 6 min 0 s left; \
             at http://archive.test, 2014-10-27"
        );
        let early = Progress { host: None, reached: None, ..progress };
        assert_eq!(words(&early, None), "12 records of 20 pages, 90 to fetch, 0 failed, 0 B");
    }
}
