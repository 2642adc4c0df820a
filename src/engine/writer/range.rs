//! How far a range of addresses goes: its gaps, and its end.

use crate::types::Via;

/// So many addresses of a range in a row that are not there: what follows is taken to lie past its end.
const PAST: u64 = 1_000;

/// What came of the addresses of ranges so far, in their order.
#[derive(Debug, Default)]
pub(super) struct Range {
    there: u64,
    gaps: u64,
    in_a_row: u64,
}

impl Range {
    /// Notes an answer, whether it was that there is nothing.
    pub(super) fn note(&mut self, via: Via, is_missing: bool) {
        if via != Via::Range {
            return;
        }
        if is_missing {
            self.in_a_row += 1;
        } else {
            // What was missing before this one is a gap.
            self.gaps += std::mem::take(&mut self.in_a_row);
            self.there += 1;
        }
    }

    /// Whether the end is past.
    pub(super) const fn is_past(&self) -> bool {
        self.in_a_row >= PAST
    }

    /// Says what was found.
    pub(super) fn tell(&self) {
        if self.there + self.gaps + self.in_a_row > 0 {
            tracing::info!(
                there = self.there,
                gaps = self.gaps,
                missing_at_the_end = self.in_a_row,
                "addresses of ranges"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_told_from_the_end() {
        let mut range = Range::default();
        for n in 0..5_000 {
            range.note(Via::Link, true);
            range.note(Via::Range, n % 3 == 0);
        }
        assert!(!range.is_past());
        assert_eq!((range.there, range.gaps), (3_333, 1_667));
        for _ in 0..PAST {
            range.note(Via::Range, true);
        }
        assert!(range.is_past());
    }
}
