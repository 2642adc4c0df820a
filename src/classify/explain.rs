//! Why a block got its role: the steps that the rules took, and what the learned model saw.
//!
//! Extraction pays nothing for it: rules report to an [`Observer`], and the one that extraction uses is `()`, whose methods
//! are empty. What the model saw is computed anew, by `model`, only where someone asks.

use super::article::Span;
use super::scan::Mark;
use crate::types::{Reason, Role};

/// A stage of the decision, in the order in which they first come; a later one overrules an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Groups that headings or repeated shapes announce.
    Groups,
    /// What the learned model says of parts of items.
    Parts,
    /// A block that held two parts was split.
    Split,
    /// The site's profile.
    Profile,
    /// What recurs on other pages of the site.
    Site,
    /// Headline, kicker, byline, lead.
    Head,
    /// Captions by images.
    Captions,
    /// Known wordings.
    Cues,
    /// The learned model, within the article's bounds, and the surroundings of what it rejects.
    Model,
    /// What stands between two paragraphs.
    Smoothing,
    /// Lists of links on pages without paragraphs.
    Pointers,
}

/// A verdict on a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// When it came.
    pub stage: Stage,
    /// What the block was said to be.
    pub role: Role,
    /// How sure that was, 0 to 1.
    pub score: f32,
    /// What decided, strongest first.
    pub reasons: Vec<Reason>,
}

/// What a column of the model added to a block's log-odds, compared with the blocks that went the same way through the
/// trees up to there (Saabas, 2014); see [`super::BodyModel`] for how the means are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// The column, as named by [`super::features::names`].
    pub name: String,
    /// Its value for the block.
    pub value: f32,
    /// What it added to the log-odds: positive for article text.
    pub weight: f32,
}

/// What a stage of the learned model made of a block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vote {
    /// The probability that the block is article text.
    pub probability: f32,
    /// The log-odds of the page's mean block, from which the contributions lead to the block's own.
    pub mean: f32,
    /// The columns that moved it most, the strongest first.
    pub contributions: Vec<Contribution>,
    /// What all other columns added.
    pub rest: f32,
}

/// What the learned model made of a block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Opinion {
    /// The first stage: the block, its neighbours, containers and page.
    pub first: Vote,
    /// The second stage, which sees what the first said around the block; none where the first had the last word.
    pub second: Option<Vote>,
}

impl Opinion {
    /// The probability that counted.
    #[must_use]
    pub fn probability(&self) -> f32 {
        self.second.as_ref().unwrap_or(&self.first).probability
    }
}

/// Why the blocks of a page got their roles.
#[derive(Debug, Clone, Default)]
pub struct Explanation {
    /// For each block the verdicts on it, the deciding one last.
    pub steps: Vec<Vec<Step>>,
    /// For each block what the model said.
    pub opinions: Vec<Opinion>,
    /// The article's first block and the one after its last, as the rules drew them; none where there is none.
    pub bounds: Option<(usize, usize)>,
    /// What ended the article, where something did.
    pub ended_by: Option<&'static str>,
}

/// Watches how roles come about.
pub(super) trait Observer {
    /// The marks after a stage.
    fn marks(&mut self, stage: Stage, marks: &[Option<Mark>]);
    /// The verdicts after a stage, when every block has one.
    fn verdicts(&mut self, stage: Stage, verdicts: &[Mark]);
    /// Where the article stands.
    fn bounds(&mut self, span: Span, ended_by: Option<&'static str>);
}

/// Watches nothing.
impl Observer for () {
    fn marks(&mut self, _: Stage, _: &[Option<Mark>]) {}
    fn verdicts(&mut self, _: Stage, _: &[Mark]) {}
    fn bounds(&mut self, _: Span, _: Option<&'static str>) {}
}

impl Explanation {
    /// Notes a verdict where it is not the one that stands already.
    pub(super) fn note(&mut self, at: usize, stage: Stage, role: Role, score: f32, reasons: &[Reason]) {
        if self.steps.len() <= at {
            self.steps.resize_with(at + 1, Vec::new);
        }
        let Some(steps) = self.steps.get_mut(at) else { return };
        if steps.last().is_some_and(|last| last.role == role && last.reasons == reasons) {
            return;
        }
        steps.push(Step { stage, role, score, reasons: reasons.to_vec() });
    }
}

impl Observer for Explanation {
    fn marks(&mut self, stage: Stage, marks: &[Option<Mark>]) {
        for (at, mark) in marks.iter().enumerate() {
            if let Some(mark) = mark {
                self.note(at, stage, mark.role, mark.score, &mark.reasons);
            }
        }
    }

    fn verdicts(&mut self, stage: Stage, verdicts: &[Mark]) {
        for (at, mark) in verdicts.iter().enumerate() {
            self.note(at, stage, mark.role, mark.score, &mark.reasons);
        }
    }

    fn bounds(&mut self, span: Span, ended_by: Option<&'static str>) {
        self.bounds = (span.first < span.end).then_some((span.from, span.end));
        self.ended_by = ended_by;
    }
}
