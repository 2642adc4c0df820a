//! A page as the rules see it: its blocks, what each looks like, where it stands, and how likely it is article text.

use super::cues::Cue;
use super::model::Reading;
use super::shapes::Facts;
use super::tree::{Around, Tree};
use crate::parse::Page;
use crate::parse::letters::{each_lower, is_alphanumeric};
use crate::site::{CueScope, Template};
use crate::types::{Block, Reason, Role, Segments};

/// Everything the rules look at.
pub(super) struct Scan<'a> {
    pub page: &'a Page,
    pub blocks: &'a [Block],
    pub facts: Vec<Facts>,
    pub tree: Tree,
    /// The probability that a block is article text.
    pub body: &'a [f32],
    pub plain: bool,
    /// What the profile's cues say of each block: role, scope, name.
    profile: Vec<Option<(Role, CueScope, String)>>,
}

/// A verdict on a block, with what decided it.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub role: Role,
    pub score: f32,
    pub reasons: Vec<Reason>,
}

impl Mark {
    pub(super) fn new(role: Role, score: f32, reason: Reason) -> Self {
        // Often another one follows.
        let mut reasons = Vec::with_capacity(2);
        reasons.push(reason);
        Self { role, score, reasons }
    }

    pub(super) fn shape(role: Role, score: f32, shape: &'static str) -> Self {
        Self::new(role, score, Reason::Shape(shape))
    }

    pub(super) fn cue(cue: Cue) -> Self {
        Self::new(cue.role(), 0.95, Reason::Cue(cue.name()))
    }
}

impl<'a> Scan<'a> {
    pub(super) fn new(page: &'a Page, segments: &'a Segments, template: &Template, reading: &'a Reading) -> Self {
        let mut facts: Vec<Facts> = segments.blocks.iter().map(Facts::of).collect();
        let chars: Vec<usize> = facts.iter().map(|f| f.chars).collect();
        let profile = segments.blocks.iter().map(|block| profile_cue(template, &block.text)).collect();
        let tree = Tree::of(segments, &chars);
        for i in 0..facts.len() {
            if facts[i].cue.is_some_and(in_menus) && in_menu(&segments.blocks, &facts, &tree, i) {
                facts[i].cue = None;
            }
        }
        let body = reading.body.as_slice();
        Self { page, blocks: &segments.blocks, facts, tree, body, plain: segments.plain_text, profile }
    }

    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// What the profile's cues say of a block.
    pub(super) fn profile_cue(&self, i: usize) -> Option<(Role, CueScope, Reason)> {
        let (role, scope, name) = self.profile.get(i)?.as_ref()?;
        Some((*role, *scope, Reason::Profile(name.clone())))
    }

    /// The general cue of a block.
    pub(super) fn cue(&self, i: usize) -> Option<Cue> {
        self.facts.get(i).and_then(|f| f.cue)
    }

    /// Whether a wording, of the profile or general, says what the block is.
    pub(super) fn has_cue(&self, i: usize) -> bool {
        self.cue(i).is_some() || self.profile.get(i).is_some_and(Option::is_some)
    }

    /// The probability that a block is article text.
    pub(super) fn p(&self, i: usize) -> f32 {
        self.body.get(i).copied().unwrap_or_default()
    }

    /// Whether a block looks like a paragraph of an article, to the model or by its shape.
    pub(super) fn paragraph(&self, i: usize) -> bool {
        self.facts.get(i).is_some_and(|f| f.prose() && f.cue.is_none()) && (self.p(i) >= 0.5 || self.plain)
    }

    /// The hints around a block.
    pub(super) fn hints(&self, i: usize) -> u64 {
        self.blocks.get(i).map_or(0, |b| self.tree.hints(b.container))
    }

    /// Whether two texts are the same but for case, white space and punctuation.
    pub(super) fn same_text(&self, i: usize, j: usize) -> bool {
        match (self.blocks.get(i), self.blocks.get(j)) {
            (Some(a), Some(b)) => letters(&a.text) == letters(&b.text),
            _ => false,
        }
    }
}

/// Cues whose words stand in menus too, where they say nothing.
const fn in_menus(cue: Cue) -> bool {
    matches!(
        cue,
        Cue::Events
            | Cue::VendorHeading
            | Cue::Subscription
            | Cue::Ticker
            | Cue::TeaserHeading
            | Cue::KeywordsLabel
            | Cue::Search
            | Cue::Notice
            | Cue::AdHeading
            | Cue::AdMark
            | Cue::Comments
            | Cue::Login
    )
}

/// Whether a block is an entry of a menu: a link among short links.
fn in_menu(blocks: &[Block], facts: &[Facts], tree: &Tree, i: usize) -> bool {
    if !facts[i].linked {
        return false;
    }
    if tree.around(blocks[i].container).has(Around::NAV) {
        return true;
    }
    let home = |j: usize| tree.ancestors(blocks[j].container).nth(1);
    let entry = |j: &usize| {
        let facts = &facts[*j];
        *j != i && facts.linked && facts.chars <= 30 && facts.cue.is_none() && home(*j) == home(i)
    };
    (i.saturating_sub(3)..(i + 4).min(facts.len())).filter(entry).count() >= 3
}

/// Letters and digits in lower case.
pub(super) fn letters(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    text.chars().filter(|c| is_alphanumeric(*c)).for_each(|c| each_lower(c, |c| letters.push(c)));
    letters
}

fn profile_cue(template: &Template, text: &str) -> Option<(Role, CueScope, String)> {
    template
        .cues
        .iter()
        .find(|cue| cue.pattern.find(text).is_some_and(|found| found.start() == 0))
        .map(|cue| (cue.role, cue.scope, cue.name.clone()))
}
