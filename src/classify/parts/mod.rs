//! The parts of what stands around an article: headings of groups, titles, dates, summaries, vendors and their addresses.
//!
//! A learned model (weights in `config/models/part.trees`) says how likely each block is which [`Part`]. It sees a block, its neighbours and
//! the blocks that look like it (`features`; `wording` is what words hint at). Look-alikes below one heading then vote, so that one strange
//! item breaks no group; runs of parts become groups, whose headings say what they are of: pointers, paid pointers, vendors.

mod features;
mod runs;
mod wording;

use rustc_hash::FxHashMap;
use url::Url;

use super::headline;
use super::model::Reading;
use super::scan::{Mark, Scan};
use super::trees::{ABREAST, Classes, ModelError, Rows};
use crate::parse::{Content, Page};
use crate::site::Template;
use crate::types::{Meta, Part, Segments};

use features::{Names, PartFeatures};

const WEIGHTS: &[u8] = include_bytes!("../../../config/models/part.trees");

/// How many parts there are.
const PARTS: usize = Part::ALL.len();

/// The probability of each part.
type Odds = [f32; PARTS];

/// Look-alikes below one heading from which on they vote.
const VOTERS: f32 = 3.0;
/// What the vote weighs against a block's own looks.
const VOTE: f32 = 0.5;

/// The model of parts.
#[derive(Debug)]
pub(super) struct PartModel(Classes<PARTS>);

impl PartModel {
    /// The weights in the binary.
    pub(super) fn embedded() -> Result<Self, ModelError> {
        Classes::read(WEIGHTS, &names()).map(Self)
    }

    /// A number that changes with the weights.
    pub(super) fn fingerprint(&self) -> u64 {
        self.0.fingerprint()
    }

    /// Marks what belongs to groups of items. Linear in the blocks.
    pub(super) fn mark(&self, scan: &Scan<'_>, headline: Option<usize>, marks: &mut [Option<Mark>]) {
        let features = PartFeatures::of(scan, headline);
        let mut odds = self.read(&features, scan.len());
        vote(&features, &mut odds);
        runs::mark(scan, (headline, &features), &odds, marks);
    }

    fn read(&self, features: &PartFeatures<'_>, blocks: usize) -> Vec<Odds> {
        let (mut row, mut rows) = (Vec::new(), Rows::new(self.0.columns()));
        let mut none = Odds::default();
        none[Part::None as usize] = 1.0;
        let mut all = vec![none; blocks];
        let may_be: Vec<usize> = (0..blocks).filter(|&at| features.may_be_part(at)).collect();
        for batch in may_be.chunks(ABREAST) {
            rows.clear();
            for &at in batch {
                row.clear();
                features.push(at, &mut row);
                rows.push(&row);
            }
            for (&at, sums) in batch.iter().zip(self.0.sums(&rows)) {
                all[at] = sums;
                softmax(&mut all[at]);
            }
        }
        all
    }
}

fn softmax(odds: &mut Odds) {
    let top = odds.iter().copied().fold(f32::MIN, f32::max);
    odds.iter_mut().for_each(|odds| *odds = (*odds - top).exp());
    let sum: f32 = odds.iter().sum();
    odds.iter_mut().for_each(|odds| *odds /= sum);
}

/// Blocks of one look below one heading vote on what they are: the mean of their log-odds moves each.
fn vote(features: &PartFeatures<'_>, odds: &mut [Odds]) {
    // What stands over them, but for lines that are parts of the list themselves.
    let mut opener = None;
    let heads = |odds: &Odds| {
        [Part::TeaserHeading, Part::AdHeading, Part::VendorHeading].iter().map(|&part| odds[part as usize]).sum::<f32>()
    };
    let own: Vec<bool> = odds.iter().map(|odds| odds[0] < 0.5 && heads(odds) < 0.3).collect();
    let openers: Vec<Option<u32>> = (0..odds.len())
        .map(|i| {
            opener = features.opener[i].filter(|&at| !own[at as usize]).or(opener);
            opener
        })
        .collect();
    let key = |i: usize| (features.looks[i].styled, openers[i]);
    let mut votes: FxHashMap<_, (f32, Odds)> = FxHashMap::default();
    for (i, own) in odds.iter().enumerate() {
        let (count, sums) = votes.entry(key(i)).or_default();
        *count += 1.0;
        sums.iter_mut().zip(own).for_each(|(sum, p)| *sum += p.max(1e-4).ln());
    }
    for (i, own) in odds.iter_mut().enumerate() {
        let Some((count, sums)) = votes.get(&key(i)).filter(|(count, _)| *count >= VOTERS) else { continue };
        for (p, sum) in own.iter_mut().zip(sums) {
            *p = (1.0 - VOTE) * p.max(1e-4).ln() + VOTE * sum / count;
        }
        softmax(own);
    }
}

/// The names of the columns.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names = Names::default();
    if let Ok(url) = Url::parse("http://empty.test/") {
        let content = Content::Text(String::new());
        let page = Page { url, meta: Meta::default(), content, charset: "utf-8", warnings: Vec::new() };
        let (segments, reading) = (Segments::default(), Reading::default());
        let scan = Scan::new(&page, &segments, &Template::default(), &reading);
        PartFeatures::of(&scan, None).push(0, &mut names);
    }
    names.names
}

/// The rows of a page's blocks, one behind the other, for training.
pub(super) fn rows(page: &Page, segments: &Segments, reading: &Reading) -> Vec<f32> {
    let scan = Scan::new(page, segments, &Template::default(), reading);
    let features = PartFeatures::of(&scan, headline::find(&scan));
    let mut rows = Vec::new();
    (0..scan.len()).for_each(|at| features.push(at, &mut rows));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_weights_fit_the_columns() {
        PartModel::embedded().unwrap();
    }
}
