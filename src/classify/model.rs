//! The learned part: how likely each block is article text.
//!
//! Two forests: the first sees a block, its neighbours, containers and page ([`PageFeatures`]); the second sees that and what
//! the first said around the block ([`Context`]).

use super::features::context::{self, Context};
use super::features::{self, Blind, PageFeatures};
use super::trees::{Forest, ModelError};
use crate::parse::Page;
use crate::types::Segments;

const FIRST: &[u8] = include_bytes!("../../config/models/body-1.trees");
const SECOND: &[u8] = include_bytes!("../../config/models/body-2.trees");

/// Below this the first stage has the last word. On pages of sites held out, 29% of wcxb-dev's blocks lie there and 63% of
/// fundus-dev's, with 0.07% and 0.03% of the articles' words.
const SURE: std::ops::Range<f32> = 0.0..0.01;

/// The two stages of the body model.
#[derive(Debug)]
pub struct BodyModel {
    first: Forest,
    second: Forest,
    name: String,
}

impl BodyModel {
    /// The weights in the binary.
    ///
    /// # Errors
    /// Where they do not fit this build's columns; a test holds that they do.
    pub fn embedded() -> Result<Self, ModelError> {
        Self::read(FIRST, SECOND)
    }

    /// Weights of both stages.
    ///
    /// # Errors
    /// Where they are malformed or made for other columns.
    pub fn read(first: &[u8], second: &[u8]) -> Result<Self, ModelError> {
        let mut names = features::names();
        let first = Forest::read(first, &names)?;
        names.extend(context::names());
        let second = Forest::read(second, &names)?;
        let name = format!("body-{:08x}", (first.fingerprint() ^ second.fingerprint().rotate_left(1)) as u32);
        Ok(Self { first, second, name })
    }

    /// A name that changes with the weights.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// For each block the probability that it is article text.
    #[must_use]
    pub fn probabilities(&self, page: &Page, segments: &Segments) -> Vec<f32> {
        let base = PageFeatures::of(page, segments, Blind::default());
        let mut row = Vec::with_capacity(self.second.columns());
        let blocks = segments.blocks.len();
        let mut first = Vec::with_capacity(blocks);
        for at in 0..blocks {
            row.clear();
            base.push(at, &mut row);
            first.push(self.first.probability(&row));
        }
        let context = Context::of(segments, &base.chars(), &first);
        let mut second = Vec::with_capacity(blocks);
        for (at, &p) in first.iter().enumerate() {
            // Most of a page is menus and link lists, of which the first stage is certain.
            if SURE.contains(&p) {
                second.push(p);
                continue;
            }
            row.clear();
            base.push(at, &mut row);
            context.push(at, &mut row);
            second.push(self.second.probability(&row));
        }
        second
    }
}

#[cfg(test)]
mod tests {
    use super::BodyModel;

    #[test]
    fn the_embedded_weights_fit_the_columns() {
        BodyModel::embedded().unwrap();
    }
}
