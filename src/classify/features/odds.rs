//! What the words of a block and of those around it say.

use super::text::TextStats;
use crate::types::{ContainerId, Segments};

const OFFSETS: [isize; 4] = [-1, 1, -2, 2];
const WINDOWS: [usize; 2] = [4, 12];
const LEVELS: usize = 3;

pub(super) const COLUMNS: [&str; 2 + OFFSETS.len() + WINDOWS.len() + LEVELS] = [
    "lex",
    "lex_at-1",
    "lex_at+1",
    "lex_at-2",
    "lex_at+2",
    "lex_near_4",
    "lex_near_12",
    "lex_up_0",
    "lex_up_1",
    "lex_up_2",
    "lex_heading",
];

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    chars: f32,
    odds: f32,
}

impl Sum {
    fn mean(self) -> f32 {
        if self.chars > 0.0 { self.odds / self.chars } else { 0.0 }
    }
}

/// The log-odds of all blocks, and their means.
pub(super) struct OddsView {
    odds: Vec<f32>,
    /// Sums over blocks 0..n.
    prefix: Vec<Sum>,
    containers: Vec<Sum>,
    parents: Vec<ContainerId>,
    heading: Vec<f32>,
}

impl OddsView {
    /// `heading`: for each block the last heading before it.
    pub(super) fn of(segments: &Segments, stats: &[TextStats], heading: &[Option<usize>], odds: Vec<f32>) -> Self {
        let mut prefix = Vec::with_capacity(odds.len() + 1);
        let mut containers = vec![Sum::default(); segments.containers.len()];
        let mut sum = Sum::default();
        prefix.push(sum);
        for ((block, s), &own) in segments.blocks.iter().zip(stats).zip(&odds) {
            let chars = s.chars as f32;
            sum = Sum { chars: sum.chars + chars, odds: sum.odds + chars * own };
            prefix.push(sum);
            if let Some(container) = containers.get_mut(block.container as usize) {
                container.chars += chars;
                container.odds += chars * own;
            }
        }
        let parents: Vec<ContainerId> = segments.containers.iter().map(|container| container.parent).collect();
        for id in (1..containers.len()).rev() {
            let (child, parent) = (containers[id], parents[id] as usize);
            containers[parent].chars += child.chars;
            containers[parent].odds += child.odds;
        }
        let heading = heading.iter().map(|at| at.and_then(|at| odds.get(at)).copied().unwrap_or(0.0)).collect();
        Self { odds, prefix, containers, parents, heading }
    }

    pub(super) fn push(&self, at: usize, container: ContainerId, row: &mut Vec<f32>) {
        let odds = |at: Option<usize>| at.and_then(|at| self.odds.get(at)).copied().unwrap_or(0.0);
        row.push(odds(Some(at)));
        row.extend(OFFSETS.map(|offset| odds(at.checked_add_signed(offset))));
        let last = self.prefix.len() - 1;
        row.extend(WINDOWS.map(|n| {
            let (from, to) = (self.prefix[at.saturating_sub(n).min(last)], self.prefix[(at + n + 1).min(last)]);
            Sum { chars: to.chars - from.chars, odds: to.odds - from.odds }.mean()
        }));
        let mut id = container as usize;
        for _ in 0..LEVELS {
            row.push(self.containers.get(id).map_or(0.0, |sum| sum.mean()));
            id = self.parents.get(id).map_or(0, |&parent| parent as usize);
        }
        row.push(self.heading.get(at).copied().unwrap_or(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Block, Container};

    #[test]
    fn means_are_over_characters() {
        let block = |container| Block { container, ..Block::default() };
        let segments = Segments {
            containers: vec![Container::default(), Container::default()],
            blocks: vec![block(0), block(1), block(1)],
            plain_text: false,
        };
        let stats = [10, 30, 10].map(|chars| TextStats { chars, ..TextStats::default() });
        let view = OddsView::of(&segments, &stats, &[None, Some(0), Some(0)], vec![1.0, -1.0, 3.0]);
        let mut row = Vec::new();
        view.push(1, 1, &mut row);
        assert_eq!(row.len(), COLUMNS.len());
        // Own, before, after, two before, two after; all near; own container, its parent, whose parent it is itself; heading.
        assert_eq!(row, [-1.0, 1.0, 3.0, 0.0, 0.0, 0.2, 0.2, 0.0, 0.2, 0.2, 1.0]);
    }
}
