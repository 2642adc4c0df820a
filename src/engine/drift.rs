//! Whether the classifier becomes less sure of a host's pages: its template has changed, most likely.
//!
//! Two means of the confidence run along a host's articles, one over the last few hundred, one over the last twenty. They are kept from
//! run to run with the runs' summaries, so that it shows in hourly runs of few pages as well.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Articles that the usual confidence is the mean of, and the recent one.
const USUAL: f64 = 500.0;
const RECENT: f64 = 20.0;
/// Articles before anything is said.
const KNOWN: u64 = 50;
/// A fall by so much is told.
const FALL: f64 = 0.1;
/// Hosts that are watched in a run, the first that come.
const HOSTS: usize = 256;

/// How sure the classifier is of a host's articles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Confidence {
    /// Articles so far, over runs.
    pub pages: u64,
    /// The mean over the last 500, about.
    pub usual: f64,
    /// The mean over the last 20, about.
    pub recent: f64,
}

impl Confidence {
    fn note(&mut self, confidence: f64) {
        self.pages += 1;
        let pages = self.pages as f64;
        self.usual += (confidence - self.usual) / pages.min(USUAL);
        self.recent += (confidence - self.recent) / pages.min(RECENT);
    }

    /// Whether it has fallen.
    #[must_use]
    pub fn falls(&self) -> bool {
        self.pages >= KNOWN && self.usual - self.recent >= FALL
    }

    /// To three digits, which is all that a confidence means.
    fn rounded(self) -> Self {
        let round = |mean: f64| (mean * 1000.0).round() / 1000.0;
        Self { pages: self.pages, usual: round(self.usual), recent: round(self.recent) }
    }
}

/// The hosts of a run.
#[derive(Debug, Default)]
pub(super) struct Drift {
    /// As earlier runs left it.
    before: BTreeMap<String, Confidence>,
    hosts: BTreeMap<String, Confidence>,
    told: BTreeSet<String>,
}

impl Drift {
    /// Takes up what earlier runs left, the newest run first.
    pub(super) fn take_up<'a>(&mut self, summaries: impl Iterator<Item = &'a serde_json::Value>) {
        for hosts in summaries.filter_map(|summary| summary.get("confidence")?.as_object()) {
            for (host, kept) in hosts {
                if let Ok(kept) = Confidence::deserialize(kept)
                    && !self.before.contains_key(host)
                {
                    self.before.insert(host.clone(), kept);
                }
            }
        }
    }

    /// Notes an article; gives the host's confidence where that is to be told now.
    pub(super) fn note(&mut self, host: &str, confidence: f64) -> Option<Confidence> {
        if !self.hosts.contains_key(host) {
            if self.hosts.len() >= HOSTS {
                return None;
            }
            self.hosts.insert(host.to_owned(), self.before.get(host).copied().unwrap_or_default());
        }
        let known = self.hosts.get_mut(host)?;
        known.note(confidence);
        (known.falls() && self.told.insert(host.to_owned())).then(|| known.rounded())
    }

    /// The hosts of this run.
    pub(super) fn hosts(&self) -> BTreeMap<String, Confidence> {
        self.hosts.iter().map(|(host, known)| (host.clone(), known.rounded())).collect()
    }

    /// How many of them fall.
    pub(super) fn falling(&self) -> u64 {
        self.hosts.values().filter(|known| known.falls()).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_is_told_once_and_over_runs() {
        let mut drift = Drift::default();
        // As pages differ from one another.
        let usual = |n: u32| 0.9 + f64::from(n % 7) * 0.01 - 0.03;
        for n in 0..400 {
            assert_eq!(drift.note("amt.test", usual(n)), None);
        }
        assert_eq!(drift.note("neu.test", 0.4), None, "one page says nothing");
        let summary = serde_json::json!({"confidence": drift.hosts()});
        // The next runs have five pages each.
        let mut summaries = vec![summary];
        let mut told = Vec::new();
        for _ in 0..4 {
            let mut drift = Drift::default();
            drift.take_up(summaries.iter().rev());
            told.push((0..5).filter_map(|_| drift.note("amt.test", 0.65)).count());
            summaries.push(serde_json::json!({"confidence": drift.hosts(), "end": "finished"}));
            assert_eq!(drift.falling(), u64::from(told.contains(&1)));
        }
        assert_eq!(told, [0, 0, 1, 1], "not by the first pages, then once in each run");
        let kept = Confidence::deserialize(&summaries[4]["confidence"]["amt.test"]).unwrap();
        assert!(kept.falls() && kept.pages == 420 && kept.usual > 0.87 && kept.recent < 0.75, "{kept:?}");
    }

    #[test]
    fn hosts_are_bounded() {
        let mut drift = Drift::default();
        for n in 0..1_000 {
            drift.note(&format!("{n}.test"), 0.5);
        }
        assert_eq!(drift.hosts().len(), HOSTS);
    }
}
