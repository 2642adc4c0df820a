//! The learned part: how likely each block is article text, and what kind of page it stands on.
//!
//! A table of words says what a block's words alone tell ([`Lexicon`]); a forest sees a block, its neighbours, containers and page ([`PageFeatures`]); what it says of all blocks is summed up
//! ([`Overview`]), and by that small forests tell the kind of the page; the second stage sees all of this around a block
//! ([`Context`]).

use super::explain::{Contribution, Opinion, Vote};
use super::features::context::{self, Context};
use super::features::lexicon::Lexicon;
use super::features::{self, Blind, Overview, PageFeatures, overview_names};
use super::kind::{KINDS, Kinds};
use super::trees::{ABREAST, Attribution, Forest, ModelError, Rows, logistic};
use crate::parse::Page;
use crate::types::Segments;

const WORDS: &[u8] = include_bytes!("../../config/models/words.table");
const FIRST: &[u8] = include_bytes!("../../config/models/body-1.trees");
const SECOND: &[u8] = include_bytes!("../../config/models/body-2.trees");
const KIND: &[u8] = include_bytes!("../../config/models/kind.trees");

/// Below this the first stage has the last word. On pages of sites held out, 37% of the blocks of wcxb-dev and fundus-dev lie
/// there, with 0.1% of the gold's words.
const SURE: f32 = 0.01;

/// Columns that an explanation names; the others are summed up.
const NAMED: usize = 6;

/// The learned model: two stages for blocks, and one for the page between them.
#[derive(Debug)]
pub struct BodyModel {
    lexicon: Lexicon,
    first: Forest,
    kind: Vec<Forest>,
    second: Forest,
    name: String,
}

/// What the model says of a page.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// For each block the probability that it is article text, so moved that the block belongs to the text from 0.5 on.
    pub body: Vec<f32>,
    /// What kind of page it is.
    pub kinds: Kinds,
}

/// A page on its way through the stages.
struct Pass<'a> {
    base: PageFeatures<'a>,
    context: Context<'a>,
    kinds: Kinds,
}

impl Pass<'_> {
    fn fill(&self, at: usize, deep: bool, row: &mut Vec<f32>) {
        row.clear();
        self.base.push(at, row);
        if deep {
            self.context.push(at, row);
            row.extend_from_slice(&self.kinds.0);
        }
    }
}

impl BodyModel {
    /// The weights in the binary.
    ///
    /// # Errors
    /// Where they do not fit this build's columns; a test holds that they do.
    pub fn embedded() -> Result<Self, ModelError> {
        Self::read(WORDS, FIRST, KIND, SECOND)
    }

    /// Weights of words, of the first stage, of the kinds of pages (a forest each, in the order of [`KINDS`]) and of the second stage.
    ///
    /// # Errors
    /// Where they are malformed or made for other columns.
    pub fn read(words: &[u8], first: &[u8], kind: &[u8], second: &[u8]) -> Result<Self, ModelError> {
        let lexicon = Lexicon::read(words)?;
        let first = Forest::read(first, &features::names())?;
        let kind = Forest::read_all(kind, &overview_names())?;
        if kind.len() != KINDS.len() {
            return Err(ModelError::Count { found: kind.len(), expected: KINDS.len() });
        }
        let second = Forest::read(second, &second_names())?;
        let prints = std::iter::once(&first).chain(&kind).chain(std::iter::once(&second)).map(Forest::fingerprint);
        let name =
            format!("body-{:08x}", prints.fold(lexicon.fingerprint(), |sum, print| sum.rotate_left(1) ^ print) as u32);
        Ok(Self { lexicon, first, kind, second, name })
    }

    /// A name that changes with the weights.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the model says of a page. Linear but for a sort of the blocks.
    #[must_use]
    pub fn read_page(&self, page: &Page, segments: &Segments) -> Reading {
        let pass = self.pass(page, segments);
        let mut body = pass.context.first().to_vec();
        // Most of a page is menus and link lists, of which the first stage is certain.
        let unsure: Vec<usize> = (0..body.len()).filter(|&at| body[at] >= SURE).collect();
        let (mut row, mut rows) = (Vec::new(), Rows::new(self.second.columns()));
        let mut found = Vec::with_capacity(ABREAST);
        for batch in unsure.chunks(ABREAST) {
            rows.clear();
            for &at in batch {
                pass.fill(at, true, &mut row);
                rows.push(&row);
            }
            found.clear();
            self.second.add_probabilities(&rows, &mut found);
            for (&at, &p) in batch.iter().zip(&found) {
                body[at] = p;
            }
        }
        let shift = shift(&pass, &body);
        body.iter_mut().for_each(|p| *p = moved(*p, shift));
        Reading { body, kinds: pass.kinds }
    }

    fn pass<'a>(&self, page: &Page, segments: &'a Segments) -> Pass<'a> {
        let odds = segments.blocks.iter().map(|block| self.lexicon.odds(&block.text)).collect();
        let base = PageFeatures::of(page, segments, odds, Blind::default());
        let chars = base.chars();
        let (mut wide, mut rows) = (Vec::new(), Rows::new(self.first.columns()));
        let mut first = Vec::with_capacity(chars.len());
        let mut overview = Overview::default();
        for from in (0..chars.len()).step_by(ABREAST) {
            wide.clear();
            rows.clear();
            (from..chars.len().min(from + ABREAST)).for_each(|at| base.push(at, &mut wide));
            wide.chunks(features::WIDTH).for_each(|row| rows.push(row));
            self.first.add_probabilities(&rows, &mut first);
            for ((row, &chars), &p) in wide.chunks(features::WIDTH).zip(&chars[from..]).zip(&first[from..]) {
                overview.add(row, chars, p);
            }
        }
        let page_row = overview.row();
        let odds: Vec<f32> = self.kind.iter().map(|forest| forest.sum(&page_row)).collect();
        Pass { context: Context::of(segments, &chars, first), base, kinds: Kinds::from_odds(&odds) }
    }

    /// For each block what the model made of it, and the columns that moved it most. Computes everything anew.
    #[must_use]
    pub fn opinions(&self, page: &Page, segments: &Segments) -> Vec<Opinion> {
        let pass = self.pass(page, segments);
        let blocks = segments.blocks.len();
        let [shallow, deep] = [(&self.first, false), (&self.second, true)].map(|(forest, deep)| {
            forest.attribution(|each| {
                let mut row = Vec::new();
                for at in 0..blocks {
                    pass.fill(at, deep, &mut row);
                    each(&row);
                }
            })
        });
        let names = second_names();
        let mut row = Vec::with_capacity(self.second.columns());
        let mut vote = |at: usize, attribution: &Attribution<'_>, second: bool| {
            pass.fill(at, second, &mut row);
            let (contributions, rest) = strongest(&attribution.columns(&row), &row, &names);
            let mean = attribution.mean;
            let sum = mean + rest + contributions.iter().map(|c| c.weight).sum::<f32>();
            Vote { probability: logistic(sum), mean, contributions, rest }
        };
        let mut opinions: Vec<Opinion> = pass
            .context
            .first()
            .iter()
            .enumerate()
            .map(|(at, &p)| Opinion {
                first: vote(at, &shallow, false),
                second: (p >= SURE).then(|| vote(at, &deep, true)),
            })
            .collect();
        let body: Vec<f32> = opinions.iter().map(Opinion::probability).collect();
        let shift = shift(&pass, &body);
        for opinion in &mut opinions {
            // The page's threshold moves the block that all begin from.
            let last = opinion.second.as_mut().unwrap_or(&mut opinion.first);
            last.mean += shift;
            last.probability = moved(last.probability, shift);
        }
        opinions
    }
}

fn second_names() -> Vec<String> {
    let mut names = features::names();
    names.extend(context::names());
    names.extend(KINDS.iter().map(|kind| format!("kind_{kind}")));
    names
}

/// The threshold for articles, found by cross-validation.
const ARTICLE: f32 = 0.5;

/// The threshold for other pages lies between these: where the model is sure of nothing, the best choice takes more in.
const OTHERS: (f32, f32) = (0.2, 0.5);

/// What is added to log-odds so that 0.5 is the threshold that promises the best F1: half of that F1 (Lipton, Elkan and
/// Naryanaswamy, 2014), which on a page whose blocks are all in doubt is far below one half.
fn shift(pass: &Pass<'_>, body: &[f32]) -> f32 {
    let own = (context::expected_f1(&pass.base.chars(), body) / 2.0).clamp(OTHERS.0, OTHERS.1);
    let article = pass.kinds.article();
    let threshold = article * ARTICLE + (1.0 - article) * own;
    ((1.0 - threshold) / threshold).ln()
}

fn moved(p: f32, shift: f32) -> f32 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    logistic((p / (1.0 - p)).ln() + shift)
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
        for (opinion, p) in opinions.iter().zip(model.read_page(&page, &segments).body) {
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
