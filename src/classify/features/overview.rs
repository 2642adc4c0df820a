//! A page as one row: what its blocks are like on average, all of them and those likely to be text. Kinds of pages are told by it.

use super::{AVERAGED, PAGE, WIDTH, log};

const SUMS: [&str; 6] = ["likely_chars", "likely_share", "likely_max", "likely_blocks", "doubt", "chars"];

/// Columns of a row.
pub const OVERVIEW_WIDTH: usize = 2 * AVERAGED + PAGE.len() + SUMS.len();

/// The names of the columns.
#[must_use]
pub fn overview_names() -> Vec<String> {
    let block = super::names();
    let averaged = &block[..AVERAGED];
    let mut names: Vec<String> = averaged.iter().map(|name| format!("mean_{name}")).collect();
    names.extend(averaged.iter().map(|name| format!("likely_{name}")));
    names.extend(PAGE.iter().map(|name| (*name).to_owned()));
    names.extend(SUMS.iter().map(|name| format!("sum_{name}")));
    names
}

/// Sums over the rows of a page's blocks.
#[derive(Debug, Clone)]
pub struct Overview {
    sums: [f32; AVERAGED],
    likely: [f32; AVERAGED],
    page: [f32; PAGE.len()],
    blocks: u32,
    chars: f32,
    likely_chars: f32,
    likely_max: f32,
    likely_blocks: u32,
    doubt: f32,
}

impl Default for Overview {
    fn default() -> Self {
        Self {
            sums: [0.0; AVERAGED],
            likely: [0.0; AVERAGED],
            page: [0.0; PAGE.len()],
            blocks: 0,
            chars: 0.0,
            likely_chars: 0.0,
            likely_max: 0.0,
            likely_blocks: 0,
            doubt: 0.0,
        }
    }
}

impl Overview {
    /// Adds a block: its row of [`WIDTH`] numbers, its characters, and how likely it is text.
    pub fn add(&mut self, row: &[f32], chars: u32, p: f32) {
        if row.len() != WIDTH {
            return;
        }
        let chars = chars as f32;
        let weight = chars * p;
        for ((sum, likely), &x) in self.sums.iter_mut().zip(&mut self.likely).zip(row) {
            *sum += x;
            *likely += weight * x;
        }
        self.page.copy_from_slice(&row[WIDTH - PAGE.len()..]);
        self.blocks += 1;
        self.chars += chars;
        self.likely_chars += weight;
        self.likely_max = self.likely_max.max(p);
        self.likely_blocks += u32::from(p > 0.5);
        self.doubt += chars * p.min(1.0 - p);
    }

    /// The page's row of [`OVERVIEW_WIDTH`] numbers.
    #[must_use]
    pub fn row(&self) -> Vec<f32> {
        let mut row = Vec::with_capacity(OVERVIEW_WIDTH);
        let (blocks, likely) = (self.blocks.max(1) as f32, self.likely_chars.max(1.0));
        row.extend(self.sums.iter().map(|sum| sum / blocks));
        row.extend(self.likely.iter().map(|sum| sum / likely));
        row.extend_from_slice(&self.page);
        row.extend([
            log(self.likely_chars as u32),
            self.likely_chars / self.chars.max(1.0),
            self.likely_max,
            self.likely_blocks as f32,
            self.doubt / likely,
            log(self.chars as u32),
        ]);
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_number_for_each_name() {
        let mut overview = Overview::default();
        assert_eq!(overview.row().len(), OVERVIEW_WIDTH);
        assert_eq!(overview_names().len(), OVERVIEW_WIDTH);
        let rows = [vec![1.0; WIDTH], vec![3.0; WIDTH]];
        overview.add(&rows[0], 10, 0.0);
        overview.add(&rows[1], 10, 1.0);
        let row = overview.row();
        // The mean of all, and the mean of what is likely text.
        assert_eq!((row[0], row[AVERAGED]), (2.0, 3.0));
        assert!(row.iter().all(|x| x.is_finite()));
    }
}
