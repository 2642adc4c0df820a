//! How far a range of addresses goes: its gaps, and its end.

use std::collections::BTreeSet;

use crate::types::{Lease, Via};

/// So many addresses of a range in a row that are not there: what follows is taken to lie past its end.
const PAST: usize = 1_000;

/// What came of the addresses of ranges so far. Answers come in any order; the addresses' own order is that of the frontier's keys.
#[derive(Debug, Default)]
pub(super) struct Range {
    there: u64,
    gaps: u64,
    last: i64,
    /// Those behind the last that is there.
    missing: BTreeSet<i64>,
}

impl Range {
    /// Notes an answer, whether it was that there is nothing.
    pub(super) fn note(&mut self, lease: &Lease, is_missing: bool) {
        if lease.candidate.via == Via::Range {
            self.note_key(lease.key, is_missing);
        }
    }

    fn note_key(&mut self, key: i64, is_missing: bool) {
        match is_missing {
            true if key > self.last => drop(self.missing.insert(key)),
            true => self.gaps += 1,
            false => {
                self.there += 1;
                self.last = self.last.max(key);
                // What was missing before it is a gap.
                let behind = self.missing.split_off(&key);
                self.gaps += self.missing.len() as u64;
                self.missing = behind;
            }
        }
    }

    /// Whether the end is past.
    pub(super) fn is_past(&self) -> bool {
        self.missing.len() >= PAST
    }

    /// Says what was found.
    pub(super) fn tell(&self) {
        if self.there + self.gaps > 0 || !self.missing.is_empty() {
            let (there, gaps, missing_at_the_end) = (self.there, self.gaps, self.missing.len());
            tracing::info!(there, gaps, missing_at_the_end, "addresses of ranges");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_told_from_the_end_in_whatever_order_answers_come() {
        let mut range = Range::default();
        for n in (1..=3_000).filter(|n| n % 3 == 0) {
            range.note_key(n, true);
        }
        assert!(range.is_past(), "as long as nothing is known to be there");
        for n in (1..=3_000).rev().filter(|n| n % 3 != 0) {
            range.note_key(n, false);
        }
        assert!(!range.is_past());
        assert_eq!((range.there, range.gaps, range.missing.len()), (2_000, 999, 1));
        (3_001..4_000).for_each(|n| range.note_key(n, true));
        assert!(range.is_past());
        range.note_key(2_999, true);
        assert_eq!(range.gaps, 1_000);
    }
}
