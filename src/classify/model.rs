//! The learned part: how likely each block is article text.
//!
//! Two forests: the first sees a block, its neighbours, containers and page ([`PageFeatures`]); the second sees that and what
//! the first said around the block ([`Context`]).

use super::explain::{Contribution, Opinion, Vote};
use super::features::context::{self, Context};
use super::features::{self, Blind, PageFeatures};
use super::trees::{Attribution, Forest, ModelError, logistic};
use crate::parse::Page;
use crate::types::Segments;

const FIRST: &[u8] = include_bytes!("../../config/models/body-1.trees");
const SECOND: &[u8] = include_bytes!("../../config/models/body-2.trees");

/// Below this the first stage has the last word. On pages of sites held out, 29% of wcxb-dev's blocks lie there and 63% of
/// fundus-dev's, with 0.07% and 0.03% of the articles' words.
const SURE: std::ops::Range<f32> = 0.0..0.01;

/// Columns that an explanation names; the others are summed up.
const NAMED: usize = 6;

/// Rows that are laid out before the trees are walked: few, because rows are wide and a page may have a million blocks.
const BATCH: usize = 16;

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
        let mut rows = Vec::with_capacity(BATCH * self.second.columns());
        let blocks = segments.blocks.len();
        let mut first = Vec::with_capacity(blocks);
        for from in (0..blocks).step_by(BATCH) {
            rows.clear();
            (from..blocks.min(from + BATCH)).for_each(|at| base.push(at, &mut rows));
            self.first.add_probabilities(&rows, &mut first);
        }
        let context = Context::of(segments, &base.chars(), &first);
        let mut second = first.clone();
        // Most of a page is menus and link lists, of which the first stage is certain.
        let unsure: Vec<usize> = (0..blocks).filter(|&at| !SURE.contains(&first[at])).collect();
        let mut found = Vec::with_capacity(BATCH);
        for batch in unsure.chunks(BATCH) {
            rows.clear();
            for &at in batch {
                base.push(at, &mut rows);
                context.push(at, &mut rows);
            }
            found.clear();
            self.second.add_probabilities(&rows, &mut found);
            for (&at, &p) in batch.iter().zip(&found) {
                second[at] = p;
            }
        }
        second
    }

    /// For each block what the model made of it, and the columns that moved it most. Computes everything anew.
    #[must_use]
    pub fn opinions(&self, page: &Page, segments: &Segments) -> Vec<Opinion> {
        let base = PageFeatures::of(page, segments, Blind::default());
        let blocks = segments.blocks.len();
        let mut row = Vec::with_capacity(self.second.columns());
        let mut first = Vec::with_capacity(blocks);
        for at in 0..blocks {
            row.clear();
            base.push(at, &mut row);
            first.push(self.first.probability(&row));
        }
        let context = Context::of(segments, &base.chars(), &first);
        let fill = |at: usize, deep: bool, row: &mut Vec<f32>| {
            row.clear();
            base.push(at, row);
            if deep {
                context.push(at, row);
            }
        };
        let [shallow, deep] = [(&self.first, false), (&self.second, true)].map(|(forest, deep)| {
            forest.attribution(|each| {
                let mut row = Vec::new();
                for at in 0..blocks {
                    fill(at, deep, &mut row);
                    each(&row);
                }
            })
        });
        let mut names = features::names();
        names.extend(context::names());
        let mut vote = |at: usize, probability: f32, attribution: &Attribution<'_>, second: bool| {
            fill(at, second, &mut row);
            let (contributions, rest) = strongest(&attribution.columns(&row), &row, &names);
            Vote { probability, mean: attribution.mean, contributions, rest }
        };
        first
            .iter()
            .enumerate()
            .map(|(at, &p)| {
                let own = vote(at, p, &shallow, false);
                let second = (!SURE.contains(&p)).then(|| {
                    let mut vote = vote(at, 0.0, &deep, true);
                    let sum = vote.mean + vote.rest + vote.contributions.iter().map(|c| c.weight).sum::<f32>();
                    vote.probability = logistic(sum);
                    vote
                });
                Opinion { first: own, second }
            })
            .collect()
    }
}

/// The columns that weigh most, and the sum of the others.
fn strongest(weights: &[f32], row: &[f32], names: &[String]) -> (Vec<Contribution>, f32) {
    let mut order: Vec<usize> = (0..weights.len()).filter(|&at| weights[at] != 0.0).collect();
    order.sort_by(|&a, &b| weights[b].abs().total_cmp(&weights[a].abs()));
    let rest = order.iter().skip(NAMED).map(|&at| weights[at]).sum();
    let named = order.iter().take(NAMED).filter_map(|&at| {
        Some(Contribution { name: names.get(at)?.clone(), value: *row.get(at)?, weight: weights[at] })
    });
    (named.collect(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Input, InputFormat, ParseLimits, parse_bytes};
    use crate::segment::segment;
    use crate::site::Template;

    #[test]
    fn the_embedded_weights_fit_the_columns() {
        BodyModel::embedded().unwrap();
    }

    #[test]
    fn an_opinion_adds_up_to_the_probability() {
        let body = "<title>Der Markt zieht um</title><nav><a href=/a>Start</a> <a href=/b>Orte</a></nav><h1>Der Markt zieht um</h1>\
            <p>Der Wochenmarkt in Ulmau zieht im Mai auf den Platz vor dem Bahnhof, weil die alte Halle saniert wird.</p>\
            <p>Die Händler haben dem Umzug zugestimmt, sagte die Marktmeisterin am Montag.</p><footer>Impressum</footer>";
        let url = "https://www.stadtblatt.test/markt.html".parse().unwrap();
        let input =
            Input { url: &url, content_type: None, path: None, body: body.as_bytes(), format: InputFormat::Html };
        let page = parse_bytes(&input, &ParseLimits::default()).unwrap();
        let segments = segment(&page, &Template::default());
        let model = BodyModel::embedded().unwrap();
        let opinions = model.opinions(&page, &segments);
        for (opinion, p) in opinions.iter().zip(model.probabilities(&page, &segments)) {
            assert!((opinion.probability() - p).abs() < 1e-3, "{opinion:?}");
            for vote in std::iter::once(&opinion.first).chain(&opinion.second) {
                let sum = vote.mean + vote.rest + vote.contributions.iter().map(|c| c.weight).sum::<f32>();
                assert!((logistic(sum) - vote.probability).abs() < 1e-3, "{vote:?}");
                assert!(!vote.contributions.is_empty());
            }
        }
        assert_eq!(opinions.len(), segments.blocks.len());
    }
}
