//! Many rows through a tree at once: without a branch, so that none can be guessed wrong, and many rows an instruction.

use super::{LEAF, Node};

/// Rows that are looked at side by side.
pub(in crate::classify) const ABREAST: usize = 32;

/// Up to [`ABREAST`] rows, column by column: as trees ask for them.
#[derive(Debug)]
pub(in crate::classify) struct Rows {
    pub(super) columns: Vec<[f32; ABREAST]>,
    pub(super) count: usize,
}

impl Rows {
    /// Room for rows of so many columns.
    pub(in crate::classify) fn new(columns: usize) -> Self {
        Self { columns: vec![[0.0; ABREAST]; columns], count: 0 }
    }

    pub(in crate::classify) fn clear(&mut self) {
        self.count = 0;
    }

    /// Adds a row; one more than there is room for takes the first one's place.
    pub(in crate::classify) fn push(&mut self, row: &[f32]) {
        let at = self.count % ABREAST;
        for (column, number) in self.columns.iter_mut().zip(row) {
            column[at] = *number;
        }
        self.count = at + 1;
    }
}

/// The trees of a forest in the form in which several rows are led through them.
#[derive(Debug)]
pub(super) enum Trees {
    Narrow(Vec<(Masked<u32>, Vec<f32>)>),
    Wide(Vec<(Masked<u64>, Vec<f32>)>),
    /// They are too large for that.
    Large,
}

impl Trees {
    /// From the nodes of each tree.
    pub(super) fn of<'a>(trees: impl Iterator<Item = &'a [Node]> + Clone) -> Self {
        let narrow = trees.clone().map(with_leaves).collect::<Option<_>>().map(Self::Narrow);
        narrow.or_else(|| trees.map(with_leaves).collect::<Option<_>>().map(Self::Wide)).unwrap_or(Self::Large)
    }

    /// The sum of the leaves of each row.
    pub(super) fn sums(&self, rows: &Rows) -> [f32; ABREAST] {
        match self {
            Self::Narrow(trees) => sums(trees, rows),
            Self::Wide(trees) => sums(trees, rows),
            Self::Large => [0.0; ABREAST],
        }
    }
}

fn with_leaves<M: Mask>(nodes: &[Node]) -> Option<(Masked<M>, Vec<f32>)> {
    let tree = Masked::of(nodes)?;
    let mut leaves: Vec<f32> = nodes.iter().filter(|node| node.column == LEAF).map(|node| node.threshold).collect();
    // As many as a mask has bits, so that no bound needs a look.
    leaves.resize(M::LEAVES, 0.0);
    Some((tree, leaves))
}

fn sums<M: Mask>(trees: &[(Masked<M>, Vec<f32>)], rows: &Rows) -> [f32; ABREAST] {
    let mut sums = [0.0; ABREAST];
    for (tree, leaves) in trees {
        let leaves = &leaves[..M::LEAVES];
        for (sum, reach) in sums.iter_mut().zip(tree.reach(rows)) {
            *sum += leaves[reach.first()];
        }
    }
    sums
}

/// A tree whose every node is asked of every row. Where its number is greater than the threshold, the leaves on the other side of the
/// node are out of reach; of those left over in the end, the first is the row's (Lucchese et al., QuickScorer, 2015).
#[derive(Debug)]
pub(super) struct Masked<M> {
    nodes: Vec<MaskedNode<M>>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct MaskedNode<M> {
    column: u16,
    threshold: f32,
    /// The leaves within reach of a greater number.
    mask: M,
}

/// A set of leaves, a bit each.
pub(super) trait Mask: Copy + std::ops::BitAnd<Output = Self> + std::ops::BitOr<Output = Self> {
    const LEAVES: usize;
    const ALL: Self;
    const NONE: Self;

    /// All but those from one leaf on, up to another.
    fn without(from: usize, to: usize) -> Self;

    fn first(self) -> usize;
}

macro_rules! mask {
    ($number:ty) => {
        impl Mask for $number {
            const LEAVES: usize = Self::BITS as usize;
            const ALL: Self = Self::MAX;
            const NONE: Self = 0;

            fn without(from: usize, to: usize) -> Self {
                (from..to).fold(Self::MAX, |mask, leaf| mask & !(1 << leaf))
            }

            fn first(self) -> usize {
                // The last leaf bounds the search, which is dear without a bound.
                (self | 1 << (Self::BITS - 1)).trailing_zeros() as usize
            }
        }
    };
}
mask!(u32);
mask!(u64);

impl<M: Mask> Masked<M> {
    /// The tree of nodes as the file has them; none where it has more leaves than a mask has bits, or a node that two lead to.
    pub(super) fn of(nodes: &[Node]) -> Option<Self> {
        // What stands below each node ends before this one.
        let mut ends = vec![0; nodes.len()];
        for (at, node) in nodes.iter().enumerate().rev() {
            let greater = usize::from(node.greater);
            ends[at] = match node.column {
                LEAF => at + 1,
                _ if ends[at + 1] == greater => ends[greater],
                _ => return None,
            };
        }
        // Leaves before each node: both sides of a node stand behind it, the lesser one first.
        let before: Vec<usize> = nodes
            .iter()
            .scan(0, |leaves, node| {
                let before = *leaves;
                *leaves += usize::from(node.column == LEAF);
                Some(before)
            })
            .collect();
        if nodes.iter().filter(|node| node.column == LEAF).count() > M::LEAVES {
            return None;
        }
        let inner = nodes.iter().enumerate().filter(|(_, node)| node.column != LEAF);
        let nodes = inner.map(|(at, node)| {
            let mask = M::without(before[at], before[usize::from(node.greater)]);
            MaskedNode { column: node.column, threshold: node.threshold, mask }
        });
        Some(Self { nodes: nodes.collect() })
    }

    /// The leaves that each row may reach. A function of its own, of arrays only: so the compiler makes vectors of it.
    #[inline(never)]
    pub(super) fn reach(&self, rows: &Rows) -> [M; ABREAST] {
        let mut reach = [M::ALL; ABREAST];
        for node in &self.nodes {
            let numbers = &rows.columns[usize::from(node.column)];
            let mut next = [M::NONE; ABREAST];
            for at in 0..ABREAST {
                let kept = node.mask | if numbers[at] <= node.threshold { M::ALL } else { M::NONE };
                next[at] = reach[at] & kept;
            }
            reach = next;
        }
        reach
    }
}
