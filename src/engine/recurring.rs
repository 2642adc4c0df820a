//! What recurs on the pages of each host, while a crawl goes on: the parsers judge by it, the writer lets it grow.
//!
//! A sketch is used from its tenth article on. What parsers see is a copy that changes only now and then (when a quarter more
//! articles have come in, at most 64), and that is what the state keeps; so a kill loses at most the counts since then, and
//! an article is never counted twice: only what is written for the first time counts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use crate::classify::Sketch;
use crate::types::HostKey;

/// Hosts with a sketch at once; a crawl of more does without for the others.
const HOSTS: usize = 1024;
/// Articles after which the copy in use is renewed at the latest.
const RENEW: u32 = 64;

/// The sketches of a run.
#[derive(Debug)]
pub(super) struct Recurring {
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    Off,
    /// Learnt before, used for every page as it is.
    Given(Arc<Sketch>),
    Growing(Mutex<FxHashMap<HostKey, Host>>),
}

#[derive(Debug, Default)]
struct Host {
    /// What pages are judged by, and what the state keeps.
    used: Arc<Sketch>,
    growing: Sketch,
    /// Articles counted since `used` was made.
    since: u32,
    /// `used` is newer than what the state keeps.
    unsaved: bool,
}

impl Recurring {
    pub(super) fn new(on: bool, given: Option<Arc<Sketch>>) -> Self {
        let mode = match given {
            Some(sketch) => Mode::Given(sketch),
            None if on => Mode::Growing(Mutex::default()),
            None => Mode::Off,
        };
        Self { mode }
    }

    fn hosts(&self) -> Option<MutexGuard<'_, FxHashMap<HostKey, Host>>> {
        match &self.mode {
            Mode::Growing(hosts) => Some(hosts.lock().unwrap_or_else(PoisonError::into_inner)),
            Mode::Off | Mode::Given(_) => None,
        }
    }

    /// Whether sketches grow, so that the state is to be asked for them.
    pub(super) fn grows(&self) -> bool {
        matches!(self.mode, Mode::Growing(_))
    }

    /// What a host's pages are judged by.
    pub(super) fn of(&self, host: &HostKey) -> Option<Arc<Sketch>> {
        match &self.mode {
            Mode::Off => None,
            Mode::Given(sketch) => Some(Arc::clone(sketch)),
            Mode::Growing(_) => {
                self.hosts()?.get(host).map(|host| Arc::clone(&host.used)).filter(|used| used.is_ripe())
            }
        }
    }

    /// Takes up what the state keeps of a host.
    pub(super) fn take_up(&self, host: &HostKey, kept: &str) {
        match Sketch::from_json(kept) {
            Ok(sketch) => {
                if let Some(mut hosts) = self.hosts().filter(|hosts| hosts.len() < HOSTS) {
                    let growing = sketch.clone();
                    hosts.insert(host.clone(), Host { used: Arc::new(sketch), growing, ..Host::default() });
                }
            }
            Err(error) => tracing::warn!(%host, %error, "what recurs on this host is learnt anew"),
        }
    }

    /// Counts an article that is written for the first time.
    pub(super) fn count(&self, host: &HostKey, prints: &[u64]) {
        let Some(mut hosts) = self.hosts() else { return };
        if hosts.len() >= HOSTS && !hosts.contains_key(host) {
            return;
        }
        let host = hosts.entry(host.clone()).or_default();
        host.growing.add(prints);
        host.since += 1;
        let due = (host.used.pages() / 4).clamp(1, RENEW);
        if host.growing.is_ripe() && host.since >= due {
            host.renew();
        }
    }

    /// What the state is to keep now: each host's sketch as it is used, where that changed. At the end of a run what came in
    /// since is kept, too.
    pub(super) fn unsaved(&self, at_end: bool) -> Vec<(HostKey, Arc<Sketch>)> {
        let Some(mut hosts) = self.hosts() else { return Vec::new() };
        let mut unsaved = Vec::new();
        for (key, host) in hosts.iter_mut() {
            if at_end && host.since > 0 {
                host.renew();
            }
            if std::mem::take(&mut host.unsaved) {
                unsaved.push((key.clone(), Arc::clone(&host.used)));
            }
        }
        unsaved
    }
}

impl Host {
    fn renew(&mut self) {
        self.used = Arc::new(self.growing.clone());
        self.since = 0;
        self.unsaved = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::sketch::{fingerprint, fingerprints};

    const NOTICE: &str = "Der Bote prüft jede Zahl, bevor er sie druckt.";

    fn host(name: &str) -> HostKey {
        HostKey::of(&format!("http://{name}/").parse().unwrap()).unwrap()
    }

    fn count(recurring: &Recurring, host: &HostKey, pages: std::ops::Range<u32>) {
        for page in pages {
            let own = format!("Eigener Absatz von Seite {page}");
            recurring.count(host, &fingerprints([own.as_str(), NOTICE].into_iter()));
        }
    }

    #[test]
    fn a_host_is_judged_by_its_own_pages_from_the_tenth_on() {
        let (recurring, a, b) = (Recurring::new(true, None), host("a.test"), host("b.test"));
        count(&recurring, &a, 0..9);
        assert!(recurring.of(&a).is_none() && recurring.unsaved(false).is_empty());
        count(&recurring, &a, 9..10);
        assert!(recurring.of(&a).unwrap().recurs(fingerprint(NOTICE).unwrap()).is_some());
        assert!(recurring.of(&b).is_none());
        assert_eq!(recurring.unsaved(false).len(), 1);
        assert!(recurring.unsaved(false).is_empty());
    }

    #[test]
    fn what_is_used_changes_now_and_then_and_comes_back() {
        let (recurring, a) = (Recurring::new(true, None), host("a.test"));
        count(&recurring, &a, 0..500);
        let versions = recurring.of(&a).unwrap();
        count(&recurring, &a, 500..500 + RENEW / 2);
        let after = recurring.of(&a).unwrap();
        assert!(after.pages() - versions.pages() == 0 || after.pages() - versions.pages() >= RENEW / 2);
        let kept = recurring.unsaved(true);
        assert_eq!(kept[0].1.pages(), 500 + RENEW / 2);
        let next = Recurring::new(true, None);
        next.take_up(&a, &kept[0].1.to_json());
        assert_eq!(*next.of(&a).unwrap(), *kept[0].1);
        next.take_up(&host("b.test"), "damaged");
        assert!(next.of(&host("b.test")).is_none());
    }

    #[test]
    fn a_given_sketch_stays_as_it_is() {
        let mut sketch = Sketch::default();
        (0..10).for_each(|_| sketch.add(&fingerprints([NOTICE].into_iter())));
        let (given, a) = (Arc::new(sketch), host("a.test"));
        let recurring = Recurring::new(false, Some(Arc::clone(&given)));
        count(&recurring, &a, 0..20);
        assert!(!recurring.grows() && recurring.unsaved(true).is_empty());
        assert_eq!(*recurring.of(&a).unwrap(), *given);
        assert!(Recurring::new(false, None).of(&a).is_none());
    }

    #[test]
    fn hosts_are_bounded() {
        let recurring = Recurring::new(true, None);
        for at in 0..HOSTS + 9 {
            recurring.count(&host(&format!("h{at}.test")), &[1]);
        }
        assert_eq!(recurring.hosts().unwrap().len(), HOSTS);
    }
}
