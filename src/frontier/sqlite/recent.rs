//! Addresses that were offered a moment ago, so that the links that all pages of a site have are not looked up page by page.
//!
//! An address is known by 64 bits of a hash with a key of the process's own, so that nobody can make two that are taken for one. There
//! is a place for each; who comes later takes it.

use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;

use crate::types::Candidate;

/// Places.
const PLACES: usize = 1 << 15;

/// Bounded, about 1 MB; nothing until something is offered.
#[derive(Debug, Default)]
pub(super) struct Recent {
    key: RandomState,
    places: Vec<Option<Offer>>,
}

/// The most that was offered of an address.
#[derive(Debug, Clone, Copy)]
struct Offer {
    hash: u64,
    priority: i32,
    lastmod: Option<Timestamp>,
}

impl Recent {
    fn place(hash: u64) -> usize {
        usize::try_from(hash).unwrap_or(usize::MAX) % PLACES
    }

    fn get(&self, hash: u64) -> Option<Offer> {
        self.places.get(Self::place(hash)).copied().flatten().filter(|offer| offer.hash == hash)
    }

    fn hash(&self, candidate: &Candidate) -> u64 {
        self.key.hash_one(candidate.url.as_str())
    }

    /// Whether the candidate says nothing that was not offered already.
    pub(super) fn holds(&self, candidate: &Candidate) -> bool {
        candidate.hops.is_empty()
            && self
                .get(self.hash(candidate))
                .is_some_and(|offer| candidate.priority <= offer.priority && candidate.lastmod <= offer.lastmod)
    }

    /// Notes what the state knows now.
    pub(super) fn add(&mut self, candidate: &Candidate) {
        if self.places.is_empty() {
            self.places = vec![None; PLACES];
        }
        let hash = self.hash(candidate);
        let known = self.get(hash);
        let priority = known.map_or(candidate.priority, |known| known.priority.max(candidate.priority));
        let lastmod = known.and_then(|known| known.lastmod).max(candidate.lastmod);
        if let Some(place) = self.places.get_mut(Self::place(hash)) {
            *place = Some(Offer { hash, priority, lastmod });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Via;

    fn candidate(path: &str, priority: i32, lastmod: Option<i64>) -> Candidate {
        Candidate {
            url: format!("http://rabensund.test/{path}").parse().unwrap(),
            via: Via::Link,
            priority,
            depth: 1,
            lastmod: lastmod.map(|second| Timestamp::from_second(second).unwrap()),
            referrer: None,
            hops: Vec::new(),
        }
    }

    #[test]
    fn only_what_says_nothing_new_is_held() {
        let mut recent = Recent::default();
        assert!(!recent.holds(&candidate("a", 5, None)));
        recent.add(&candidate("a", 5, Some(100)));
        recent.add(&candidate("a", 3, None));
        assert!(recent.holds(&candidate("a", 5, Some(100))) && recent.holds(&candidate("a", 4, None)));
        assert!(!recent.holds(&candidate("a", 6, None)) && !recent.holds(&candidate("a", 5, Some(101))));
        assert!(!recent.holds(&candidate("b", 5, None)));
        let hops = vec!["http://rabensund.test/x".parse().unwrap()];
        assert!(!recent.holds(&Candidate { hops, ..candidate("a", 5, None) }));
    }

    #[test]
    fn it_is_bounded() {
        let mut recent = Recent::default();
        (0..2 * PLACES).for_each(|at| recent.add(&candidate(&at.to_string(), 1, None)));
        assert_eq!(recent.places.len(), PLACES);
        assert!(recent.holds(&candidate(&(2 * PLACES - 1).to_string(), 1, None)));
    }
}
