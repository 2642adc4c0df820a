//! Blocks → numbers: what the model of parts sees of a block, its neighbours, the blocks that look like it, and what stands over it.
//!
//! Look-alikes are the heart of it: parts of a list come again and again in the same elements, so that what one of them does not show (a date,
//! a link, a postal code) the others do. All counts over ranges are prefix sums: the cost is linear in the page.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::super::cues::Cue;
use super::super::scan::Scan;
use super::super::shapes::{Facts, is_street};
use super::super::tree::Around;
use super::wording::{self, Wording};
use crate::segment::hints;
use crate::types::{Block, BlockTag};

/// Neighbours whose looks are columns.
const NEIGHBOURS: [(isize, &str); 8] =
    [(-1, "at-1_"), (1, "at1_"), (-2, "at-2_"), (2, "at2_"), (-3, "at-3_"), (3, "at3_"), (-4, "at-4_"), (4, "at4_")];
/// Blocks to either side of which more is seen than how long they are and where they stand.
const CLOSE: isize = 2;
/// Elements around a block whose content is summed up, counted from the inside.
const LEVELS: [(usize, &str); 4] = [(1, "up1_"), (2, "up2_"), (3, "up3_"), (5, "up5_")];
/// Elements around a block that make its look.
const PATH: usize = 6;
/// Blocks to either side whose sum is a column.
const WINDOW: usize = 10;
/// Characters of an item's longest part.
const LONGEST: usize = 1200;
/// From this probability on the body model is sure of text.
const SURE_TEXT: f32 = 0.95;
/// Blocks to either side in which an address makes a linked word a vendor's name.
const NEAR: usize = 2;
/// Blocks back to which a line of words announces what follows.
const OPENED: usize = 120;

/// Takes columns, one after the other: their numbers or their names.
pub(super) trait Sink {
    fn put(&mut self, name: &str, value: f32);
    fn within(&mut self, _prefix: &str) {}
}

impl Sink for Vec<f32> {
    fn put(&mut self, _: &str, value: f32) {
        self.push(value);
    }
}

/// The names of columns.
#[derive(Debug, Default)]
pub(super) struct Names {
    prefix: String,
    pub(super) names: Vec<String>,
}

impl Sink for Names {
    fn put(&mut self, name: &str, _: f32) {
        self.names.push(format!("{}{name}", self.prefix));
    }

    fn within(&mut self, prefix: &str) {
        prefix.clone_into(&mut self.prefix);
    }
}

/// What is counted over ranges of blocks.
const SUMS: usize = 10;
type Sums = [f32; SUMS];
const SUM_NAMES: [&str; SUMS] =
    ["blocks", "linked", "dates", "sentences", "postal", "streets", "contacts", "firms", "more", "text"];

/// What one block looks like to the model of parts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    pub(super) postal: bool,
    street: bool,
    contact: bool,
    firm: bool,
    colon: bool,
    pub(super) wording: Wording,
    /// A hash of the elements around it with their classes, and one of the elements alone.
    pub(super) styled: u64,
    bare: u64,
    /// Where its first link leads; 0 for nowhere.
    pub(super) target: u64,
}

impl Look {
    fn of(scan: &Scan<'_>, i: usize) -> Self {
        let (block, facts) = (&scan.blocks[i], &scan.facts[i]);
        let text = block.text.as_str();
        let short = facts.chars <= 200;
        Self {
            postal: facts.place || short && wording::has_postal(text),
            street: short && (is_street(text) || wording::begins_with_street(text)),
            contact: short && wording::is_contact(text),
            firm: short && wording::names_firm(text),
            colon: text.get(2..).and_then(|rest| rest.find(": ")).is_some_and(|at| at < 60),
            wording: if facts.chars <= 100 { Wording::of(text) } else { Wording::default() },
            target: block.links.iter().find(|link| !link.href.is_empty()).map_or(0, |link| hash(&link.href)),
            styled: 0,
            bare: 0,
        }
    }

    fn sums(&self, facts: &Facts, p: f32) -> Sums {
        let is = |yes: bool| f32::from(u8::from(yes));
        [
            1.0,
            is(facts.linked),
            is(dates(facts) > 0.0),
            is(facts.sentence),
            is(self.postal),
            is(self.street),
            is(self.contact),
            is(self.firm),
            is(facts.more || facts.cue == Some(Cue::More)),
            p,
        ]
    }
}

/// What the blocks of one look have in common.
#[derive(Debug, Clone, Copy, Default)]
struct Mates {
    sums: Sums,
    chars: f32,
    titles: f32,
    first: u32,
    last: u32,
}

/// What the model of parts looks at.
pub(super) struct PartFeatures<'a> {
    scan: &'a Scan<'a>,
    headline: Option<usize>,
    pub(super) looks: Vec<Look>,
    /// Sums over all blocks before each.
    prefix: Vec<Sums>,
    /// The last line of words before each block that may announce something.
    pub(super) opener: Vec<Option<u32>>,
    /// Blocks of the same look: what they share, and for each block the one before and after it.
    styled: Repeats,
    bare: Repeats,
    /// Text-like blocks before each.
    text_before: Vec<u32>,
}

#[derive(Debug, Default)]
struct Repeats {
    mates: FxHashMap<u64, Mates>,
    before: Vec<u32>,
    after: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Repeats {
    fn of(scan: &Scan<'_>, looks: &[Look], key: impl Fn(&Look) -> u64) -> Self {
        let mut repeats = Self { before: vec![NONE; looks.len()], after: vec![NONE; looks.len()], ..Self::default() };
        for (i, look) in looks.iter().enumerate() {
            let facts = &scan.facts[i];
            let mates =
                repeats.mates.entry(key(look)).or_insert(Mates { first: i as u32, last: NONE, ..Mates::default() });
            if mates.last != NONE {
                repeats.before[i] = mates.last;
                repeats.after[mates.last as usize] = i as u32;
            }
            mates.last = i as u32;
            mates.chars += log(facts.chars);
            mates.titles += f32::from(u8::from(facts.title));
            let sums = look.sums(facts, scan.p(i));
            mates.sums.iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
        }
        repeats
    }

    fn push(&self, i: usize, key: u64, looks: &[Look], to: &mut impl Sink) {
        let mates = self.mates.get(&key).copied().unwrap_or_default();
        let count = mates.sums[0].max(1.0);
        let step = |other: Option<&u32>| {
            other.filter(|&&o| o != NONE).map_or(99.0, |&o| (o as f32 - i as f32).abs().min(98.0))
        };
        let (before, after) = (step(self.before.get(i)), step(self.after.get(i)));
        to.put("count", log(count as usize));
        to.put("before", before);
        to.put("after", after);
        to.put("chars", mates.chars / count);
        to.put("titles", mates.titles / count);
        for (name, sum) in SUM_NAMES.iter().zip(mates.sums).skip(1) {
            to.put(name, sum / count);
        }
        to.put("span", log((mates.last.saturating_sub(mates.first)) as usize));
        let other = |list: &[u32]| {
            list.get(i).filter(|&&o| o != NONE).and_then(|&o| looks.get(o as usize)).map_or(0, |look| look.target)
        };
        let target = looks.get(i).map_or(0, |look| look.target);
        to.put(
            "same_target",
            f32::from(u8::from(target != 0 && (other(&self.before) == target || other(&self.after) == target))),
        );
    }
}

impl<'a> PartFeatures<'a> {
    pub(super) fn of(scan: &'a Scan<'a>, headline: Option<usize>) -> Self {
        let mut looks: Vec<Look> = (0..scan.len()).map(|i| Look::of(scan, i)).collect();
        for (i, look) in looks.iter_mut().enumerate() {
            (look.styled, look.bare) = paths(scan, i);
        }
        let mut prefix = vec![Sums::default()];
        let mut opener = Vec::with_capacity(looks.len());
        let mut text_before = vec![0];
        let mut last = None;
        for (i, look) in looks.iter().enumerate() {
            let facts = &scan.facts[i];
            let mut sums = prefix[i];
            sums.iter_mut().zip(look.sums(facts, scan.p(i))).for_each(|(sum, more)| *sum += more);
            prefix.push(sums);
            opener.push(last);
            let announces = look.wording.any()
                && facts.words <= 12
                && !facts.sentence
                && facts.dated.is_none()
                && facts.cue != Some(Cue::More);
            if announces {
                last = Some(i as u32);
            }
            text_before.push(text_before[i] + u32::from(scan.p(i) >= 0.5 && facts.prose()));
        }
        let styled = Repeats::of(scan, &looks, |look| look.styled);
        let bare = Repeats::of(scan, &looks, |look| look.bare);
        Self { scan, headline, looks, prefix, opener, styled, bare, text_before }
    }

    /// Whether a block needs a look: not within the article's plain paragraphs, in menus, or one of linked words in a row far from any address.
    pub(super) fn may_be_part(&self, i: usize) -> bool {
        let (scan, facts) = (self.scan, &self.scan.facts[i]);
        let text = |j: usize| scan.p(j) >= SURE_TEXT;
        let plain = facts.link_density == 0.0 && facts.dated.is_none() && !facts.more && !facts.inner_date;
        if plain && text(i) && i > 0 && text(i - 1) && text(i + 1) {
            return false;
        }
        let postal = || {
            let at = |j: usize| self.prefix.get(j.min(scan.len())).map_or(0.0, |sums| sums[4]);
            at(i + NEAR) - at(i.saturating_sub(NEAR)) > 0.0
        };
        // Words beside words are a menu; one alone may be a title, or a label over one.
        let word = |i: usize| {
            scan.facts.get(i).is_some_and(|facts| {
                facts.linked && facts.words <= 1 && facts.chars <= 20 && facts.cue.is_none() && !facts.date_only
            })
        };
        let menu = scan.tree.around(scan.blocks[i].container).has(Around::NAV);
        // Words that lead to the same place are parts of one item.
        let apart = |other: usize| word(other) && self.looks[other].target != self.looks[i].target;
        let row = || word(i) && (apart(i + 1) || i > 0 && apart(i - 1));
        !(menu || facts.chars > LONGEST || row() && !postal())
    }

    /// Appends the row of a block.
    pub(super) fn push(&self, i: usize, to: &mut impl Sink) {
        to.within("");
        self.own(i, to);
        for (offset, prefix) in NEIGHBOURS {
            to.within(prefix);
            self.neighbour(i, offset, to);
        }
        to.within("styled_");
        self.styled.push(i, self.looks.get(i).map_or(0, |look| look.styled), &self.looks, to);
        to.within("bare_");
        self.bare.push(i, self.looks.get(i).map_or(0, |look| look.bare), &self.looks, to);
        to.within("opener_");
        self.opener(i, to);
        to.within("");
        self.containers(i, to);
        self.place(i, to);
    }

    fn own(&self, i: usize, to: &mut impl Sink) {
        let scan = self.scan;
        let empty = (Block::default(), Facts::default(), Look::default());
        let (block, facts, look) = (
            scan.blocks.get(i).unwrap_or(&empty.0),
            scan.facts.get(i).unwrap_or(&empty.1),
            self.looks.get(i).unwrap_or(&empty.2),
        );
        let is = |yes: bool| f32::from(u8::from(yes));
        to.put("chars", log(facts.chars));
        to.put("words", log(facts.words));
        to.put("link_density", facts.link_density);
        to.put("dates", dates(facts));
        to.put("bracketed", is(facts.bracketed));
        to.put("more", is(facts.more));
        to.put("sentence", is(facts.sentence));
        to.put("sentences", facts.sentences.min(9) as f32);
        to.put("label", is(facts.label));
        to.put("title", is(facts.title));
        to.put("bold", is(facts.bold));
        to.put("postal", is(look.postal));
        to.put("street", is(look.street));
        to.put("contact", is(look.contact));
        to.put("firm", is(look.firm));
        to.put("colon", is(look.colon));
        to.put("cue", cue(facts.cue));
        look.wording.push(to);
        to.put("tag", tag(block.tag));
        to.put("level", block.level.map_or(0.0, f32::from));
        to.put("text", scan.p(i));
        to.put("links", block.links.len().min(5) as f32);
        to.put("after_br", is(block.after_br));
        to.put("after_gap", is(block.after_gap));
        let last_short = block
            .links
            .last()
            .is_some_and(|link| link.text.len() <= 20 && block.text.ends_with(link.text.as_str()) && facts.chars > 40);
        to.put("ends_in_link", is(last_short));
        let first_long = block
            .links
            .first()
            .is_some_and(|link| link.text.len() >= 12 && block.text.starts_with(link.text.as_str()) && !facts.linked);
        to.put("begins_with_link", is(first_long));
        to.put("datetime", is(block.datetime.is_some()));
        to.put("capitals", capitals(facts, &block.text));
        to.put("commas", block.text.matches(',').count().min(9) as f32);
        to.put(
            "digits",
            (block.text.bytes().filter(u8::is_ascii_digit).count() as f32 / facts.chars.max(1) as f32).min(1.0),
        );
    }

    fn neighbour(&self, i: usize, offset: isize, to: &mut impl Sink) {
        let scan = self.scan;
        let other = i.checked_add_signed(offset).filter(|&j| j < scan.len());
        let is = |yes: bool| f32::from(u8::from(yes));
        let facts = other.map(|j| &scan.facts[j]);
        let look = other.and_then(|j| self.looks.get(j)).copied().unwrap_or_default();
        let own = self.looks.get(i).copied().unwrap_or_default();
        let of = |value: fn(&Facts) -> f32| facts.map_or(-1.0, value);
        to.put("chars", of(|f| log(f.chars)));
        to.put("linked", of(|f| f.link_density));
        to.put("sentence", of(|f| f32::from(u8::from(f.sentence))));
        to.put("title", of(|f| f32::from(u8::from(f.title))));
        to.put("text", other.map_or(-1.0, |j| scan.p(j)));
        to.put("same_styled", is(other.is_some() && look.styled == own.styled));
        to.put("same_bare", is(other.is_some() && look.bare == own.bare));
        to.put("apart", other.map_or(-1.0, |j| self.apart(i, j)));
        if offset.abs() > CLOSE {
            return;
        }
        to.put("dates", of(dates));
        to.put("more", of(|f| f32::from(u8::from(f.more))));
        to.put("bold", of(|f| f32::from(u8::from(f.bold))));
        to.put("cue", of(|f| cue(f.cue)));
        to.put("postal", is(look.postal) + is(look.street) * 2.0);
        to.put("contact", is(look.contact));
        to.put("firm", is(look.firm));
        to.put("tag", other.map_or(-1.0, |j| tag(scan.blocks[j].tag)));
        to.put("same_target", is(look.target != 0 && look.target == own.target));
    }

    /// How many elements end and begin between two blocks.
    fn apart(&self, i: usize, j: usize) -> f32 {
        let tree = &self.scan.tree;
        let (a, b) = (self.scan.blocks[i].container, self.scan.blocks[j].container);
        if a == b {
            return 0.0;
        }
        for (up, outer) in tree.ancestors(a).enumerate().take(8) {
            let (from, end) = tree.span(outer);
            if (from..end).contains(&j) {
                return (up + tree.ancestors(b).take(8).take_while(|&c| c != outer).count()) as f32;
            }
        }
        16.0
    }

    fn opener(&self, i: usize, to: &mut impl Sink) {
        let scan = self.scan;
        let found = self.opener.get(i).copied().flatten().map(|j| j as usize).filter(|&j| i - j <= OPENED);
        to.put("distance", found.map_or(-1.0, |j| (i - j) as f32));
        let look = found.and_then(|j| self.looks.get(j)).copied().unwrap_or_default();
        look.wording.push(to);
        to.put("cue", found.map_or(-1.0, |j| cue(scan.facts[j].cue)));
        to.put("tag", found.map_or(-1.0, |j| tag(scan.blocks[j].tag)));
        to.put("apart", found.map_or(-1.0, |j| self.apart(i, j)));
        to.put("text_between", found.map_or(-1.0, |j| (self.text_before[i] - self.text_before[j]).min(20) as f32));
    }

    fn containers(&self, i: usize, to: &mut impl Sink) {
        let scan = self.scan;
        let home = scan.blocks.get(i).map_or(0, |block| block.container);
        for (level, prefix) in LEVELS {
            to.within(prefix);
            let around = scan.tree.ancestors(home).nth(level);
            let (from, end) = around.map_or((i, i), |around| scan.tree.span(around));
            self.range(from, end, to);
            to.put("position", if end > from { (i - from) as f32 / (end - from) as f32 } else { -1.0 });
        }
        to.within("own_");
        let (from, end) = scan.tree.span(home);
        to.put("blocks", log(end.saturating_sub(from)));
        to.put("position", i.saturating_sub(from).min(50) as f32);
        to.within("window_");
        self.range(i.saturating_sub(WINDOW), (i + WINDOW + 1).min(scan.len()), to);
        to.within("");
        to.put("aside", f32::from(u8::from(scan.tree.around(home).has(Around::ASIDE))));
        let bits = scan.hints(i);
        let names = [
            ("teaser", hints::TEASER | hints::RELATED),
            ("ad", hints::AD),
            ("caption", hints::CAPTION),
            ("comment", hints::COMMENT),
            ("content", hints::CONTENT),
        ];
        to.within("named_");
        for (name, bit) in names {
            to.put(name, f32::from(u8::from(bits & bit != 0)));
        }
    }

    /// The shares of a range.
    fn range(&self, from: usize, end: usize, to: &mut impl Sink) {
        let at = |i: usize| self.prefix.get(i.min(self.scan.len())).copied().unwrap_or_default();
        let (before, after) = (at(from), at(end.max(from)));
        let count = (after[0] - before[0]).max(1.0);
        to.put("blocks", log(count as usize));
        for (at, name) in SUM_NAMES.iter().enumerate().skip(1) {
            to.put(name, (after[at] - before[at]) / count);
        }
    }

    fn place(&self, i: usize, to: &mut impl Sink) {
        to.within("page_");
        let len = self.scan.len();
        let from_headline = self.headline.map_or(-1000.0, |h| i as f32 - h as f32);
        to.put("from_headline", from_headline.clamp(-200.0, 200.0));
        let at = |i: usize| self.text_before.get(i.min(len)).copied().unwrap_or_default() as f32;
        to.put("text_before", at(i).min(60.0));
        to.put("text_after", (at(len) - at(i + 1)).clamp(0.0, 60.0));
        to.put("plain", f32::from(u8::from(self.scan.plain)));
        let all = self.prefix.last().copied().unwrap_or_default();
        to.put("blocks", log(len));
        to.put("dates", log(all[2] as usize));
    }
}

/// A block's look: a hash of the elements around it with their classes, and one of the elements alone.
fn paths(scan: &Scan<'_>, i: usize) -> (u64, u64) {
    let (block, facts) = (&scan.blocks[i], &scan.facts[i]);
    let (mut styled, mut bare) = (FxHasher::default(), FxHasher::default());
    let own = (block.tag as u8, facts.bold, facts.linked, facts.date_only);
    own.hash(&mut styled);
    (block.tag as u8, facts.linked).hash(&mut bare);
    for container in scan.tree.ancestors(block.container).take(PATH) {
        let (shape, tag) = scan.tree.shape(container);
        shape.hash(&mut styled);
        tag.hash(&mut bare);
    }
    (styled.finish(), bare.finish())
}

fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish() | 1
}

fn log(count: usize) -> f32 {
    (count as f32 + 1.0).ln()
}

/// How a block is dated: not, at its start, as a whole, within, at its end.
fn dates(facts: &Facts) -> f32 {
    match facts {
        _ if facts.date_only => 2.0,
        _ if facts.dated.is_some() => 1.0,
        _ if facts.inner_date => 3.0,
        _ if facts.ends_dated => 4.0,
        _ => 0.0,
    }
}

fn tag(tag: BlockTag) -> f32 {
    match tag {
        BlockTag::Div => 0.0,
        BlockTag::P => 1.0,
        BlockTag::Heading => 2.0,
        BlockTag::Li => 3.0,
        BlockTag::Cell => 4.0,
        BlockTag::Definition => 5.0,
        BlockTag::Caption => 6.0,
        BlockTag::Quote => 7.0,
        BlockTag::Pre => 8.0,
        BlockTag::Control => 9.0,
    }
}

/// The share of a short line's words that begin with a capital: all of a person's name.
fn capitals(facts: &Facts, text: &str) -> f32 {
    if facts.chars > 80 {
        return -1.0;
    }
    let (mut words, mut capitals) = (0_u8, 0_u8);
    for word in text.split(' ').filter(|word| word.starts_with(char::is_alphabetic)).take(20) {
        words += 1;
        capitals += u8::from(word.starts_with(char::is_uppercase));
    }
    f32::from(capitals) / f32::from(words.max(1))
}

/// The cues that say something of parts, those alike side by side.
fn cue(cue: Option<Cue>) -> f32 {
    match cue {
        None => 0.0,
        Some(Cue::More) => 1.0,
        Some(Cue::TeaserHeading) => 2.0,
        Some(Cue::Ticker) => 3.0,
        Some(Cue::TeaserInline) => 4.0,
        Some(Cue::AdHeading) => 5.0,
        Some(Cue::AdMark) => 6.0,
        Some(Cue::VendorHeading) => 7.0,
        Some(Cue::Notice) => 8.0,
        Some(Cue::Events) => 9.0,
        Some(Cue::Updated) => 10.0,
        Some(Cue::Credit | Cue::Agency) => 11.0,
        Some(Cue::Comments | Cue::Social | Cue::Login | Cue::Bio) => 12.0,
        Some(Cue::Keywords | Cue::KeywordsLabel) => 13.0,
        Some(Cue::Subscription | Cue::Cover | Cue::Consent | Cue::Paywall) => 14.0,
        Some(Cue::Tools | Cue::Search | Cue::Pagination | Cue::Breadcrumb | Cue::Legal) => 15.0,
    }
}
