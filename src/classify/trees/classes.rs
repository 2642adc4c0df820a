//! Trees whose leaves hold a number for each of several classes: one walk for all of them.

use super::abreast::{ABREAST, Mask, Masked, Rows};
use crate::types::Fnv;

/// A forest for N classes; its sums, through the softmax function, are their probabilities.
#[derive(Debug)]
pub(in crate::classify) struct Classes<const N: usize> {
    trees: Vec<(Masked<u32>, Vec<[f32; N]>)>,
    columns: usize,
    base: [f32; N],
    print: u64,
}

impl<const N: usize> Classes<N> {
    /// Of trees with their leaves, and the bytes that they were read from.
    pub(super) fn of(trees: Vec<(Masked<u32>, Vec<[f32; N]>)>, columns: usize, base: [f32; N], bytes: &[u8]) -> Self {
        Self { trees, columns, base, print: Fnv::default().bytes(bytes).plain() }
    }

    /// The columns a row must have.
    pub(in crate::classify) fn columns(&self) -> usize {
        self.columns
    }

    /// A short name for these weights: a hash of their bytes.
    pub(in crate::classify) fn fingerprint(&self) -> u64 {
        self.print
    }

    /// The sums of each row, in their order; the bases for rows of another width than [`Classes::columns`].
    pub(in crate::classify) fn sums(&self, rows: &Rows) -> impl Iterator<Item = [f32; N]> {
        let mut sums = [self.base; ABREAST];
        let fits = rows.columns.len() == self.columns;
        for (tree, leaves) in self.trees.iter().filter(|_| fits) {
            for (sums, reach) in sums.iter_mut().zip(tree.reach(rows)).take(rows.count) {
                let Some(leaf) = leaves.get(reach.first()) else { continue };
                sums.iter_mut().zip(leaf).for_each(|(sum, number)| *sum += number);
            }
        }
        sums.into_iter().take(rows.count)
    }
}
