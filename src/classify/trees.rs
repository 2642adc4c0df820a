//! Gradient-boosted regression trees: the weights' file format and its evaluation.
//!
//! Format, little-endian: the magic `AUSLTREE`, a `u32` version, a `u64` hash of the column names, a `u32` number of columns,
//! an `f32` base, a `u32` number of trees; for each tree a `u32` number of nodes and the nodes. A node is a `u16` column,
//! a `u16` index of the node taken where the number is *greater* than the threshold (the other one follows directly),
//! and an `f32` threshold. A leaf has the column `0xFFFF` and its value as threshold. Trained by LightGBM
//! (Ke et al., 2017), see `training/`.

use std::hash::Hasher;

use crate::types::Fnv;
use rustc_hash::FxHasher;

const MAGIC: &[u8; 8] = b"AUSLTREE";
const VERSION: u32 = 1;
const LEAF: u16 = u16::MAX;

/// Why weights cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ModelError {
    /// The bytes end early, or are not weights at all.
    #[error("not a file of tree weights, or cut short at byte {0}")]
    Malformed(usize),
    /// Weights of another format.
    #[error("tree weights of version {0}; this build reads version {VERSION}")]
    Version(u32),
    /// Weights for other columns than this build computes.
    #[error("tree weights for other columns (hash {found:016x}, this build computes {expected:016x}); train again")]
    Columns {
        /// In the file.
        found: u64,
        /// Of this build.
        expected: u64,
    },
    /// Another number of forests than expected.
    #[error("{found} forests where {expected} were expected; train again")]
    Count {
        /// In the file.
        found: usize,
        /// Of this build.
        expected: usize,
    },
    /// A node points outside its tree or to an unknown column.
    #[error("tree {0} is malformed")]
    Tree(usize),
}

#[derive(Debug, Clone, Copy)]
struct Node {
    column: u16,
    greater: u16,
    threshold: f32,
}

/// Rows that are looked at side by side.
pub(super) const ABREAST: usize = 32;

/// A tree as several rows are led through it: without a branch, so that none can be guessed wrong, and many rows an instruction.
///
/// Every node is asked of every row. Where its number is greater than the threshold, the leaves on the other side of the node are
/// out of reach; of those left over in the end, the first is the row's (Lucchese et al., QuickScorer, 2015).
#[derive(Debug)]
struct Masked<M> {
    nodes: Vec<MaskedNode<M>>,
    /// The values of the leaves in their order; as many as a mask has bits, so that no bound needs a look.
    leaves: Vec<f32>,
}

#[derive(Debug, Clone, Copy)]
struct MaskedNode<M> {
    column: u16,
    threshold: f32,
    /// The leaves within reach of a greater number.
    mask: M,
}

/// A set of leaves, a bit each.
trait Mask: Copy + std::ops::BitAnd<Output = Self> + std::ops::BitOr<Output = Self> {
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
    fn of(nodes: &[Node]) -> Option<Self> {
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
        let mut leaves: Vec<f32> = nodes.iter().filter(|node| node.column == LEAF).map(|node| node.threshold).collect();
        if leaves.len() > M::LEAVES {
            return None;
        }
        leaves.resize(M::LEAVES, 0.0);
        let inner = nodes.iter().enumerate().filter(|(_, node)| node.column != LEAF);
        let nodes = inner.map(|(at, node)| {
            let mask = M::without(before[at], before[usize::from(node.greater)]);
            MaskedNode { column: node.column, threshold: node.threshold, mask }
        });
        Some(Self { nodes: nodes.collect(), leaves })
    }

    /// Adds the value of each row's leaf.
    fn add(&self, rows: &[[f32; ABREAST]], sums: &mut [f32; ABREAST]) {
        let mut reach = [M::NONE; ABREAST];
        self.reach(rows, &mut reach);
        let leaves = &self.leaves[..M::LEAVES];
        for (sum, reach) in sums.iter_mut().zip(reach) {
            *sum += leaves[reach.first()];
        }
    }

    /// The leaves that each row may reach. A function of its own, of arrays only: so the compiler makes vectors of it.
    #[inline(never)]
    fn reach(&self, rows: &[[f32; ABREAST]], to: &mut [M; ABREAST]) {
        let mut reach = [M::ALL; ABREAST];
        for node in &self.nodes {
            let numbers = &rows[usize::from(node.column)];
            let mut next = [M::NONE; ABREAST];
            for at in 0..ABREAST {
                let kept = node.mask | if numbers[at] <= node.threshold { M::ALL } else { M::NONE };
                next[at] = reach[at] & kept;
            }
            reach = next;
        }
        *to = reach;
    }
}

/// The trees of a forest in the form in which several rows are led through them.
#[derive(Debug)]
enum Trees {
    Narrow(Vec<Masked<u32>>),
    Wide(Vec<Masked<u64>>),
    /// They are too large for that.
    Large,
}

/// Room for rows side by side, to be used again and again.
#[derive(Debug, Default)]
pub(super) struct Room(Vec<[f32; ABREAST]>);

/// A forest whose sum, through the logistic function, is a probability.
#[derive(Debug)]
pub struct Forest {
    nodes: Vec<Node>,
    trees: Trees,
    /// Where each tree begins.
    roots: Vec<u32>,
    columns: usize,
    base: f32,
}

/// A hash of column names, so that weights are never used with other columns than they were trained on.
#[must_use]
pub fn columns_hash(names: &[String]) -> u64 {
    // FNV-1a, because training computes it too.
    Fnv::default().bytes(names.join("\n").as_bytes()).plain()
}

impl Forest {
    /// Reads weights for the columns of those names.
    ///
    /// # Errors
    /// Where the bytes are no weights, or weights for other columns.
    pub fn read(bytes: &[u8], names: &[String]) -> Result<Self, ModelError> {
        Self::read_next(&mut Reader { bytes, at: 0 }, names)
    }

    /// Reads weights of several forests that stand one behind the other.
    ///
    /// # Errors
    /// As for one.
    pub fn read_all(bytes: &[u8], names: &[String]) -> Result<Vec<Self>, ModelError> {
        let mut from = Reader { bytes, at: 0 };
        let mut forests = Vec::new();
        while from.at < bytes.len() {
            forests.push(Self::read_next(&mut from, names)?);
        }
        Ok(forests)
    }

    fn read_next(from: &mut Reader<'_>, names: &[String]) -> Result<Self, ModelError> {
        if from.take::<8>()? != *MAGIC {
            return Err(ModelError::Malformed(0));
        }
        let version = from.u32()?;
        if version != VERSION {
            return Err(ModelError::Version(version));
        }
        let (found, expected) = (u64::from_le_bytes(from.take()?), columns_hash(names));
        if found != expected {
            return Err(ModelError::Columns { found, expected });
        }
        let columns = from.u32()? as usize;
        let base = f32::from_le_bytes(from.take()?);
        let trees = from.u32()? as usize;
        let mut forest = Self { nodes: Vec::new(), trees: Trees::Large, roots: Vec::new(), columns, base };
        for tree in 0..trees {
            forest.roots.push(forest.nodes.len() as u32);
            let count = from.u32()? as usize;
            let start = forest.nodes.len();
            for at in 0..count {
                let column = u16::from_le_bytes(from.take()?);
                let greater = u16::from_le_bytes(from.take()?);
                let threshold = f32::from_le_bytes(from.take()?);
                let inner = column != LEAF;
                // Both children stand behind their parent, so that every walk ends.
                if inner
                    && (usize::from(column) >= columns
                        || usize::from(greater) <= at + 1
                        || usize::from(greater) >= count)
                {
                    return Err(ModelError::Tree(tree));
                }
                forest.nodes.push(Node { column, greater, threshold });
            }
            if count == 0 || forest.nodes[start + count - 1].column != LEAF {
                return Err(ModelError::Tree(tree));
            }
        }
        forest.lay_out();
        Ok(forest)
    }

    /// Copies the trees into the form in which several rows are led through them, where they fit.
    fn lay_out(&mut self) {
        let ends = self.roots.iter().skip(1).copied().chain([self.nodes.len() as u32]);
        let trees = || {
            self.roots.iter().zip(ends.clone()).filter_map(|(&root, end)| self.nodes.get(root as usize..end as usize))
        };
        self.trees = match (trees().map(Masked::of).collect(), trees().map(Masked::of).collect()) {
            (Some(narrow), _) => Trees::Narrow(narrow),
            (None, Some(wide)) => Trees::Wide(wide),
            (None, None) => Trees::Large,
        };
    }

    /// The columns a row must have.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The probability for a row; a row of another width than [`Forest::columns`] gives the base rate.
    #[must_use]
    pub fn probability(&self, row: &[f32]) -> f32 {
        logistic(self.sum(row))
    }

    /// The sum of the trees for a row; a row of another width than [`Forest::columns`] gives the base.
    #[must_use]
    pub fn sum(&self, row: &[f32]) -> f32 {
        if row.len() != self.columns {
            return self.base;
        }
        let sum: f32 = self.roots.iter().map(|&root| self.leaf(root as usize, row)).sum();
        self.base + sum
    }

    /// Appends the probability of each row to a list; the rows stand one behind the other.
    pub(super) fn add_probabilities(&self, rows: &[f32], room: &mut Room, to: &mut Vec<f32>) {
        let from = to.len();
        self.add_sums(rows, room, to);
        to.iter_mut().skip(from).for_each(|sum| *sum = logistic(*sum));
    }

    /// Appends the sum of the trees for each row to a list.
    pub(super) fn add_sums(&self, rows: &[f32], room: &mut Room, to: &mut Vec<f32>) {
        let width = self.columns.max(1);
        room.0.resize(width, [0.0; ABREAST]);
        for group in rows.chunks(width * ABREAST) {
            let count = group.len() / width;
            // Few rows walk alone.
            if count <= ABREAST / 3 || matches!(self.trees, Trees::Large) {
                to.extend(group.chunks(width).map(|row| self.sum(row)));
                continue;
            }
            for (at, row) in group.chunks_exact(width).enumerate() {
                for (room, number) in room.0.iter_mut().zip(row) {
                    room[at % ABREAST] = *number;
                }
            }
            let mut sums = [0.0; ABREAST];
            match &self.trees {
                Trees::Narrow(trees) => trees.iter().for_each(|tree| tree.add(&room.0, &mut sums)),
                Trees::Wide(trees) => trees.iter().for_each(|tree| tree.add(&room.0, &mut sums)),
                Trees::Large => {}
            }
            to.extend(sums.iter().take(count).map(|sum| self.base + sum));
        }
    }

    fn leaf(&self, root: usize, row: &[f32]) -> f32 {
        let mut at = root;
        loop {
            let node = self.nodes[at];
            if node.column == LEAF {
                return node.threshold;
            }
            at =
                if row[usize::from(node.column)] <= node.threshold { at + 1 } else { root + usize::from(node.greater) };
        }
    }

    /// The nodes on a row's way through each tree, by their index over all trees, the root first.
    fn ways(&self, row: &[f32], mut visit: impl FnMut(usize, Node)) {
        if row.len() != self.columns {
            return;
        }
        for &root in &self.roots {
            let root = root as usize;
            let mut at = root;
            loop {
                let node = self.nodes[at];
                visit(at, node);
                if node.column == LEAF {
                    break;
                }
                let less = row[usize::from(node.column)] <= node.threshold;
                at = if less { at + 1 } else { root + usize::from(node.greater) };
            }
        }
    }

    /// Prepares to say what each column adds for rows of a page; `each` hands out all of them, one after the other.
    ///
    /// A node's mean is that of its leaves, weighted by how many of the page's rows went there, and one more for either
    /// side: so a block is compared with the page's others, and also where all go the same way something is left to say.
    pub(super) fn attribution(&self, each: impl FnOnce(&mut dyn FnMut(&[f32]))) -> Attribution<'_> {
        let mut visits = vec![0_u32; self.nodes.len()];
        each(&mut |row| self.ways(row, |at, _| visits[at] += 1));
        let mut means = vec![0.0_f32; self.nodes.len()];
        let ends = self.roots.iter().skip(1).map(|&root| root as usize).chain([self.nodes.len()]);
        for (&root, end) in self.roots.iter().zip(ends) {
            let root = root as usize;
            // Children stand behind their parent.
            for at in (root..end).rev() {
                let node = self.nodes[at];
                means[at] = if node.column == LEAF {
                    node.threshold
                } else {
                    let (less, more) = (at + 1, root + usize::from(node.greater));
                    let [a, b] = [less, more].map(|child| visits[child] as f32 + 1.0);
                    (a * means[less] + b * means[more]) / (a + b)
                };
            }
        }
        let mean = self.base + self.roots.iter().map(|&root| means[root as usize]).sum::<f32>();
        Attribution { forest: self, means, mean }
    }

    /// A short name for these weights: a hash of their bytes.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = FxHasher::default();
        for node in &self.nodes {
            hasher.write_u16(node.column);
            hasher.write_u32(node.threshold.to_bits());
        }
        hasher.finish()
    }
}

/// What each column adds to a forest's sum.
#[derive(Debug)]
pub(super) struct Attribution<'a> {
    forest: &'a Forest,
    /// The mean of each node.
    means: Vec<f32>,
    /// The sum of the page's mean row.
    pub(super) mean: f32,
}

impl Attribution<'_> {
    /// For each column what it adds for a row; with [`Attribution::mean`] they make the row's sum.
    pub(super) fn columns(&self, row: &[f32]) -> Vec<f32> {
        let mut columns = vec![0.0; self.forest.columns];
        let mut before: Option<(usize, u16)> = None;
        self.forest.ways(row, |at, node| {
            if let Some((parent, column)) = before
                && let Some(sum) = columns.get_mut(usize::from(column))
            {
                *sum += self.means[at] - self.means[parent];
            }
            before = (node.column != LEAF).then_some((at, node.column));
        });
        columns
    }
}

/// The logistic function.
pub(super) fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let part = self.bytes.get(self.at..self.at + N).and_then(|part| part.try_into().ok());
        self.at += N;
        part.ok_or(ModelError::Malformed(self.at - N))
    }

    fn u32(&mut self) -> Result<u32, ModelError> {
        self.take().map(u32::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        vec!["a".to_owned(), "b".to_owned()]
    }

    /// One tree: a <= 1 ? (b <= 2 ? -1 : 1) : 3.
    fn bytes(greater: u16) -> Vec<u8> {
        let mut out = Vec::from(*MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.extend(columns_hash(&names()).to_le_bytes());
        out.extend(2_u32.to_le_bytes());
        out.extend(0.5_f32.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out.extend(5_u32.to_le_bytes());
        let nodes: [(u16, u16, f32); 5] =
            [(0, greater, 1.0), (1, 3, 2.0), (LEAF, 0, -1.0), (LEAF, 0, 1.0), (LEAF, 0, 3.0)];
        for (column, greater, threshold) in nodes {
            out.extend(column.to_le_bytes());
            out.extend(greater.to_le_bytes());
            out.extend(threshold.to_le_bytes());
        }
        out
    }

    #[test]
    fn a_tree_is_walked() {
        let forest = Forest::read(&bytes(4), &names()).unwrap();
        for (row, sum) in [([1.0, 2.0], -0.5), ([1.0, 2.1], 1.5), ([1.1, 0.0], 3.5)] {
            assert!((forest.probability(&row) - logistic(sum)).abs() < 1e-6);
        }
    }

    #[test]
    fn columns_add_up_to_the_sum() {
        let forest = Forest::read(&bytes(4), &names()).unwrap();
        let rows = [[1.0, 2.0], [1.0, 2.1], [1.1, 0.0], [0.0, 0.0]];
        let attribution = forest.attribution(|each| rows.iter().for_each(|row| each(row)));
        for row in rows {
            let columns = attribution.columns(&row);
            let sum = attribution.mean + columns.iter().sum::<f32>();
            assert!((logistic(sum) - forest.probability(&row)).abs() < 1e-5, "{columns:?}");
        }
        // Only the first column leads to the leaf with 3, and upwards.
        let columns = attribution.columns(&[1.1, 0.0]);
        assert!(columns[0] > 0.0 && columns[1] == 0.0, "{columns:?}");
    }

    #[test]
    fn rows_side_by_side_give_what_each_gives_alone() {
        let forest = Forest::read(&bytes(4), &names()).unwrap();
        let few = [[1.0, 2.0], [1.0, 2.1], [1.1, 0.0], [0.0, 0.0], [f32::NAN, 1.0], [1.0, f32::NAN], [3.0, 3.0]];
        let rows: Vec<[f32; 2]> = few.into_iter().cycle().take(17).collect();
        let mut found = Vec::new();
        forest.add_probabilities(&rows.concat(), &mut Room::default(), &mut found);
        assert_eq!(found, rows.iter().map(|row| forest.probability(row)).collect::<Vec<_>>());
    }

    /// A tree of so many leaves, the lesser side of each node the deeper one, and then the greater.
    fn grown(leaves: u16, columns: u16) -> Vec<Node> {
        if leaves == 1 {
            return vec![Node { column: LEAF, greater: 0, threshold: f32::from(columns) }];
        }
        let (lesser, more) = (leaves / 3 + 1, leaves - leaves / 3 - 1);
        let below = |to: u16, from: u16| grown(to, columns.wrapping_mul(7).wrapping_add(from) % 1000);
        let (mut left, mut right) = (below(lesser, 1), below(more, 2));
        let shift = |nodes: &mut [Node], by: usize| {
            nodes.iter_mut().filter(|node| node.column != LEAF).for_each(|node| node.greater += by as u16);
        };
        let greater = left.len() + 1;
        shift(&mut left, 1);
        shift(&mut right, greater);
        let own = Node { column: columns % 5, greater: greater as u16, threshold: f32::from(columns % 11) - 5.0 };
        [vec![own], left, right].concat()
    }

    #[test]
    fn a_row_is_led_to_the_leaf_that_it_walks_to() {
        let mut state = 7_u32;
        let mut roll = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 20) % 13) as f32 - 6.0
        };
        for (leaves, narrow, wide) in
            [(1, true, true), (2, true, true), (32, true, true), (33, false, true), (65, false, false)]
        {
            let nodes = grown(leaves, 3);
            assert_eq!(nodes.iter().filter(|node| node.column == LEAF).count(), usize::from(leaves));
            let of = (Masked::<u32>::of(&nodes), Masked::<u64>::of(&nodes));
            assert_eq!((of.0.is_some(), of.1.is_some()), (narrow, wide), "{leaves}");
            let mut forest = Forest { nodes, trees: Trees::Large, roots: vec![0], columns: 5, base: 0.0 };
            let rows: Vec<f32> = (0..5 * 3 * ABREAST).map(|_| roll()).collect();
            let mut found = [Vec::new(), Vec::new()];
            forest.add_probabilities(&rows, &mut Room::default(), &mut found[0]);
            forest.lay_out();
            forest.add_probabilities(&rows, &mut Room::default(), &mut found[1]);
            assert_eq!(found[0], found[1], "{leaves}");
        }
    }

    #[test]
    fn damaged_weights_are_refused() {
        assert_eq!(Forest::read(b"", &names()).unwrap_err(), ModelError::Malformed(0));
        assert_eq!(Forest::read(&bytes(9), &names()).unwrap_err(), ModelError::Tree(0));
        assert_eq!(Forest::read(&bytes(0), &names()).unwrap_err(), ModelError::Tree(0));
        assert!(matches!(Forest::read(&bytes(4), &["c".to_owned()]), Err(ModelError::Columns { .. })));
        let whole = bytes(4);
        assert!(matches!(Forest::read(&whole[..whole.len() - 1], &names()), Err(ModelError::Malformed(_))));
        assert_eq!(Forest::read_all(&[bytes(4), bytes(4)].concat(), &names()).unwrap().len(), 2);
        assert!(Forest::read_all(&whole[..whole.len() - 1], &names()).is_err());
    }
}
