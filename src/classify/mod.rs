//! [`Segments`] → roles: what each block of a page is.
//!
//! `split` parts blocks that ran together; `features` and `model` give the probability that a block is article text (a learned
//! model, `trees` its weights), and what `kind` of page it stands on; `cues`, `shapes`, `items` and `groups` find known wordings
//! and repeated shapes; `parts`, a learned model too, says what each block is within a group of items; `headline` and `article` find the article's parts;
//! `surround` names the rest; `roles` puts it together; `page_type` says what the page is and how sure all that is. `explain`
//! records why, for those who ask ([`Classifier::explain`]). `sketch` counts what recurs on the pages of a site, and `site_wide` takes
//! that out of the article.

mod article;
mod cues;
mod explain;
pub mod features;
mod groups;
mod headline;
mod items;
mod kind;
mod model;
mod page_type;
pub mod parts;
mod roles;
#[cfg(test)]
mod roles_tests;
mod scan;
mod shapes;
mod site_wide;
pub mod sketch;
mod split;
mod surround;
mod tree;
mod trees;
mod words;

pub use explain::{Contribution, Explanation, Opinion, Stage, Step, Vote};
pub use kind::{KINDS, Kinds};
pub use model::{BodyModel, Reading};
pub(crate) use shapes::{is_street, without_bullet};
pub use sketch::{Sketch, SketchError};
pub use trees::{Forest, ModelError, columns_hash};

use std::sync::LazyLock;

use parts::PartModel;
use roles::Evidence;

use crate::parse::Page;
use crate::site::Template;
use crate::types::{Container, Labelled, PageType, Segments};

/// The classifier: immutable, shared by every thread.
#[derive(Debug)]
pub struct Classifier {
    body: BodyModel,
    parts: PartModel,
    name: String,
}

/// A page's blocks, in parts where two ran together, and the row of numbers of each that the model of parts sees: for training it, and so
/// without its weights.
#[must_use]
pub fn part_rows(body: &BodyModel, page: &Page, segments: Segments) -> (Segments, Vec<f32>) {
    let segments = roles::prepare(page, segments).segments;
    let rows = parts::rows(page, &segments, &body.read_page(page, &segments));
    (segments, rows)
}

/// A page with a role for each block.
#[derive(Debug, Clone)]
pub struct Classified {
    /// The blocks in order.
    pub blocks: Vec<Labelled>,
    /// The elements that hold them, as in [`Segments::containers`].
    pub containers: Vec<Container>,
    /// What the page is.
    pub page_type: PageType,
    /// The probability of that type.
    pub page_type_probability: f32,
    /// For each block whether it is part of the page's text: on an article by its role; on another page as the model has it, so that
    /// the items of a list are its text and keep their roles.
    pub text: Vec<bool>,
    /// The expected share of blocks labelled right as article text or not, weighted by length.
    pub confidence: f32,
    /// The [`sketch::fingerprint`] of each block, where they were compared with a sketch.
    pub prints: Option<Vec<Option<u64>>>,
}

impl Classifier {
    /// The classifier with the weights in the binary.
    #[must_use]
    pub fn embedded() -> &'static Self {
        #[expect(clippy::expect_used, reason = "the weights are part of the binary, and a test reads them")]
        static CLASSIFIER: LazyLock<Classifier> =
            LazyLock::new(|| Classifier::with(BodyModel::embedded().expect("the embedded weights fit this build")));
        &CLASSIFIER
    }

    /// A classifier with other weights than those in the binary, for measuring.
    #[must_use]
    pub fn with(body: BodyModel) -> Self {
        #[expect(clippy::expect_used, reason = "the weights are part of the binary, and a test reads them")]
        let parts = PartModel::embedded().expect("the embedded weights fit this build");
        let name = format!("{}-{:08x}", body.name(), parts.fingerprint() as u32);
        Self { body, parts, name }
    }

    /// The name of the model, as recorded in `model`; it changes with the weights.
    #[must_use]
    pub fn model_name(&self) -> &str {
        &self.name
    }

    /// Gives every block a role.
    #[must_use]
    pub fn classify(&self, page: &Page, segments: Segments, template: &Template) -> Classified {
        self.classify_with(page, segments, template, None)
    }

    /// Gives every block a role, knowing what recurs on other pages of the site.
    #[must_use]
    pub fn classify_with(
        &self,
        page: &Page,
        segments: Segments,
        template: &Template,
        sketch: Option<&Sketch>,
    ) -> Classified {
        let split = roles::prepare(page, segments);
        let reading = self.body.read_page(page, &split.segments);
        let (sketch, prints) = compared(sketch, &split.segments);
        let evidence =
            Evidence { reading: &reading, parts: &self.parts, sketch, prints: prints.as_deref().unwrap_or_default() };
        let (blocks, containers) = roles::label(page, split, template, &evidence, &mut ());
        Classified { prints, ..conclude(page, &reading, blocks, containers) }
    }

    /// The same roles, and why: every verdict on a block, and what the model saw of it. For people; several times the cost.
    #[must_use]
    pub fn explain(
        &self,
        page: &Page,
        segments: Segments,
        template: &Template,
        sketch: Option<&Sketch>,
    ) -> (Classified, Explanation) {
        let split = roles::prepare(page, segments);
        let reading = self.body.read_page(page, &split.segments);
        let opinions = self.body.opinions(page, &split.segments);
        let mut explanation = Explanation { opinions, ..Explanation::default() };
        let (sketch, prints) = compared(sketch, &split.segments);
        let evidence =
            Evidence { reading: &reading, parts: &self.parts, sketch, prints: prints.as_deref().unwrap_or_default() };
        let (blocks, containers) = roles::label(page, split, template, &evidence, &mut explanation);
        let classified = Classified { prints, ..conclude(page, &reading, blocks, containers) };
        for (at, block) in classified.blocks.iter().enumerate() {
            explanation.note(at, Stage::Pointers, block.role, block.score, &block.reasons);
        }
        (classified, explanation)
    }
}

/// The sketch, where it has seen enough pages, and the fingerprints of the blocks to be looked up in it.
fn compared<'a>(sketch: Option<&'a Sketch>, segments: &Segments) -> (Option<&'a Sketch>, Option<Vec<Option<u64>>>) {
    let sketch = sketch.filter(|sketch| sketch.is_ripe());
    let prints = sketch.map(|_| segments.blocks.iter().map(|block| sketch::fingerprint(&block.text)).collect());
    (sketch, prints)
}

/// What the labels say of the page as a whole.
fn conclude(page: &Page, reading: &Reading, mut blocks: Vec<Labelled>, containers: Vec<Container>) -> Classified {
    page_type::name_pointers(&mut blocks);
    let (page_type, page_type_probability) = page_type::page_type(page, &reading.kinds, &blocks);
    let text = page_type::text(page, page_type, reading, &blocks);
    let confidence = page_type::confidence(&blocks, &text);
    Classified { blocks, containers, page_type, page_type_probability, text, confidence, prints: None }
}
