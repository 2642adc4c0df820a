//! What each column adds to a forest's sum, for people who ask why.

use super::{Forest, LEAF, Node};

/// What each column adds to a forest's sum.
#[derive(Debug)]
pub(in crate::classify) struct Attribution<'a> {
    forest: &'a Forest,
    /// The mean of each node.
    means: Vec<f32>,
    /// The sum of the page's mean row.
    pub(in crate::classify) mean: f32,
}

impl Attribution<'_> {
    /// For each column what it adds for a row; with [`Attribution::mean`] they make the row's sum.
    pub(in crate::classify) fn columns(&self, row: &[f32]) -> Vec<f32> {
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

impl Forest {
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
    pub(in crate::classify) fn attribution(&self, each: impl FnOnce(&mut dyn FnMut(&[f32]))) -> Attribution<'_> {
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
}
