//! Gradient-boosted regression trees, trained by LightGBM (Ke et al., 2017) and XGBoost (Chen and Guestrin, 2016), see `training/`.
//!
//! A [`Forest`] gives one number, `classes` one for each of several classes. `file` reads them, `abreast` leads many rows through them at
//! once, `attribution` says what each column added.

mod abreast;
mod attribution;
mod classes;
mod file;

use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::types::Fnv;

use abreast::Trees;
pub(super) use abreast::{ABREAST, Rows};
pub(super) use attribution::Attribution;
pub(super) use classes::Classes;
pub use file::ModelError;

const LEAF: u16 = u16::MAX;

#[derive(Debug, Clone, Copy)]
struct Node {
    column: u16,
    greater: u16,
    threshold: f32,
}

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
    fn of(nodes: Vec<Node>, roots: Vec<u32>, columns: usize, base: f32) -> Self {
        let ends = roots.iter().skip(1).copied().chain([nodes.len() as u32]);
        let trees = roots.iter().zip(ends).filter_map(|(&root, end)| nodes.get(root as usize..end as usize));
        Self { trees: Trees::of(trees), nodes, roots, columns, base }
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
        if row.len() == self.columns { self.walk(|column| row[column]) } else { self.base }
    }

    /// Appends the probability of each row to a list.
    pub(super) fn add_probabilities(&self, rows: &Rows, to: &mut Vec<f32>) {
        // Few rows walk alone.
        let alone = rows.count <= ABREAST / 3 || matches!(self.trees, Trees::Large);
        if rows.columns.len() != self.columns {
            to.extend((0..rows.count).map(|_| logistic(self.base)));
        } else if alone {
            to.extend((0..rows.count).map(|at| logistic(self.walk(|column| rows.columns[column][at]))));
        } else {
            to.extend(self.trees.sums(rows).iter().take(rows.count).map(|sum| logistic(self.base + sum)));
        }
    }

    fn walk(&self, number: impl Fn(usize) -> f32) -> f32 {
        self.base + self.roots.iter().map(|&root| self.leaf(root as usize, &number)).sum::<f32>()
    }

    fn leaf(&self, root: usize, number: impl Fn(usize) -> f32) -> f32 {
        let mut at = root;
        loop {
            let node = self.nodes[at];
            if node.column == LEAF {
                return node.threshold;
            }
            let less = number(usize::from(node.column)) <= node.threshold;
            at = if less { at + 1 } else { root + usize::from(node.greater) };
        }
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

/// The logistic function.
pub(super) fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::abreast::Masked;
    use super::file::{MAGIC, VERSION};
    use super::*;

    /// The probabilities of rows that go through the trees side by side.
    fn abreast(forest: &Forest, all: &[f32]) -> Vec<f32> {
        let (mut rows, mut found) = (Rows::new(forest.columns), Vec::new());
        for group in all.chunks(forest.columns * ABREAST) {
            rows.clear();
            group.chunks(forest.columns).for_each(|row| rows.push(row));
            forest.add_probabilities(&rows, &mut found);
        }
        found
    }

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
        let found = abreast(&forest, &rows.concat());
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
            let mut forest = Forest::of(nodes, vec![0], 5, 0.0);
            let rows: Vec<f32> = (0..5 * 3 * ABREAST).map(|_| roll()).collect();
            let led = abreast(&forest, &rows);
            forest.trees = Trees::Large;
            assert_eq!(led, abreast(&forest, &rows), "{leaves}");
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
