//! Gradient-boosted regression trees: the weights' file format and its evaluation.
//!
//! Format, little-endian: the magic `AUSLTREE`, a `u32` version, a `u64` hash of the column names, a `u32` number of columns,
//! an `f32` base, a `u32` number of trees; for each tree a `u32` number of nodes and the nodes. A node is a `u16` column,
//! a `u16` index of the node taken where the number is *greater* than the threshold (the other one follows directly),
//! and an `f32` threshold. A leaf has the column `0xFFFF` and its value as threshold. Trained by LightGBM
//! (Ke et al., 2017), see `training/`.

use std::hash::Hasher;

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

/// Rows that walk through a tree side by side, so that the processor need not wait for any of them.
const ABREAST: usize = 8;
/// Nodes of a tree and columns of a row that are walked so: powers of two, so that no bound needs a look.
const NODES: usize = 64;
const COLUMNS: usize = 512;

/// A node as it is walked by several rows: without a branch, so that none can be guessed wrong.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    column: u16,
    /// Nodes to go on where the number is not greater than the threshold: 1, or 0 in a leaf.
    next: u8,
    /// Nodes to go on beyond that where it is greater.
    skip: u8,
    /// The threshold's [`key`]; in a leaf the bits of its value.
    threshold: i32,
}

impl Step {
    fn of(node: Node, at: usize) -> Self {
        if node.column == LEAF {
            return Self { threshold: node.threshold.to_bits().cast_signed(), ..Self::default() };
        }
        let skip = usize::from(node.greater).saturating_sub(at + 1) as u8;
        Self { column: node.column, next: 1, skip, threshold: key(node.threshold) }
    }
}

/// A whole number that stands to others as a number does: their difference has a sign, which no branch need ask for.
fn key(number: f32) -> i32 {
    // The zeros are one number; NaN is greater than any.
    let bits = (number + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i32::MAX } else { bits }
}

/// The keys of rows, laid out for a walk.
type Rows = [[i32; COLUMNS]; ABREAST];

/// A forest whose sum, through the logistic function, is a probability.
#[derive(Debug)]
pub struct Forest {
    nodes: Vec<Node>,
    /// The same trees, to be walked by several rows; empty where they or their rows are too large for that.
    steps: Vec<[Step; NODES]>,
    /// Where each tree begins.
    roots: Vec<u32>,
    columns: usize,
    base: f32,
}

/// A hash of column names, so that weights are never used with other columns than they were trained on.
#[must_use]
pub fn columns_hash(names: &[String]) -> u64 {
    // FNV-1a, because training computes it too.
    names
        .join("\n")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
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
        let mut forest = Self { nodes: Vec::new(), steps: Vec::new(), roots: Vec::new(), columns, base };
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

    /// Copies the trees into the form in which several rows walk them, where they fit.
    fn lay_out(&mut self) {
        let ends = self.roots.iter().skip(1).copied().chain([self.nodes.len() as u32]);
        for (&root, end) in self.roots.iter().zip(ends) {
            let nodes = self.nodes.get(root as usize..end as usize).unwrap_or_default();
            if nodes.len() > NODES || self.columns > COLUMNS {
                self.steps.clear();
                return;
            }
            let mut tree = [Step::default(); NODES];
            for (at, (step, node)) in tree.iter_mut().zip(nodes).enumerate() {
                *step = Step::of(*node, at);
            }
            self.steps.push(tree);
        }
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
    pub fn add_probabilities(&self, rows: &[f32], to: &mut Vec<f32>) {
        let width = self.columns.max(1);
        let mut room: Rows = [[0; COLUMNS]; ABREAST];
        for group in rows.chunks(width * ABREAST) {
            // Few rows walk alone.
            if self.steps.is_empty() || group.len() < width * ABREAST / 2 {
                to.extend(group.chunks(width).map(|row| self.probability(row)));
                continue;
            }
            let mut count = 0;
            for (room, row) in room.iter_mut().zip(group.chunks_exact(width)) {
                for (room, number) in room.iter_mut().zip(row) {
                    *room = key(*number);
                }
                count += 1;
            }
            let sums = self.sums(&room);
            to.extend(sums.iter().take(count).map(|sum| logistic(self.base + sum)));
        }
    }

    /// The sums of the rows.
    fn sums(&self, rows: &Rows) -> [f32; ABREAST] {
        let mut sums = [0.0_f32; ABREAST];
        for tree in &self.steps {
            let mut at = [0_usize; ABREAST];
            let mut moved = 1;
            while moved != 0 {
                moved = 0;
                // Two steps between looks at whether all have come to a leaf: who is there stays.
                for _ in 0..2 {
                    moved = 0;
                    for (at, row) in at.iter_mut().zip(rows) {
                        let step = tree[*at % NODES];
                        let number = row[usize::from(step.column) % COLUMNS];
                        // All ones where the number is greater.
                        let greater = (i64::from(step.threshold) - i64::from(number)) >> 63;
                        *at += usize::from(step.next) + (usize::from(step.skip) & greater as usize);
                        moved |= step.next;
                    }
                }
            }
            for (sum, at) in sums.iter_mut().zip(at) {
                *sum += f32::from_bits(tree[at % NODES].threshold.cast_unsigned());
            }
        }
        sums
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
        forest.add_probabilities(&rows.concat(), &mut found);
        assert_eq!(found, rows.iter().map(|row| forest.probability(row)).collect::<Vec<_>>());
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
