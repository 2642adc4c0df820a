//! Blocks → numbers: what the learned model sees of a block, its neighbours, its containers and its page.
//!
//! `text` counts over one block; `lexicon` and `odds` say what its words alone and those around it tell; `tree` sums over containers;
//! `meta` compares with what the page says about itself;
//! `context` is the second stage's look at what the first one said, `overview` sums up a page;
//! this file lays the row out. [`names`] names every column, so that training and `inspect` speak of the same thing.
//! The order of columns is part of the model: change it only together with the weights.

pub mod context;
pub mod lexicon;
mod meta;
mod odds;
mod overview;
mod text;
mod tree;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::parse::Page;
use crate::segment::hints;
use crate::types::{Block, BlockTag, Segments};

pub use overview::{OVERVIEW_WIDTH, Overview, overview_names};

use meta::MetaView;
use odds::OddsView;
use text::{TextStats, WORDINGS};
use tree::{LEVELS, TreeView};

/// Which evidence to leave out, for training and for measuring what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Blind {
    /// Class names, ids, roles and microdata.
    pub names: bool,
    /// Metadata: title, description, JSON-LD.
    pub meta: bool,
}

const NEIGHBOURS: [isize; 6] = [-1, 1, -2, 2, -3, 3];
const PER_NEIGHBOUR: [&str; 6] = ["chars", "link_density", "ends_sentence", "tag", "stopwords", "level"];

const LOCAL: [&str; 41] = [
    "chars",
    "words",
    "link_density",
    "bold",
    "italic",
    "ends_sentence",
    "ends_colon",
    "ends_question",
    "sentences",
    "commas",
    "digits",
    "upper",
    "stopwords",
    "word_length",
    "starts_lower",
    "starts_digit",
    "dense",
    "quotes",
    "capitalised",
    "has_mail",
    "has_address",
    "separators",
    "links",
    "images",
    "only_link",
    "has_time",
    "date_ahead",
    "tag",
    "level",
    "after_br",
    "after_gap",
    "position",
    "position_chars",
    "index",
    "index_from_end",
    "repeats_text",
    "same_look",
    "same_look_chars",
    "heading_distance",
    "heading_wording",
    "heading_level",
];
const PAGE: [&str; 14] = [
    "page_blocks",
    "page_chars",
    "page_link_density",
    "page_prose",
    "page_prose_blocks",
    "page_h1",
    "page_says_article",
    "page_path_depth",
    "page_slug_hyphens",
    "page_path_digits",
    "page_is_root",
    "page_articles",
    "page_plain",
    "page_body_known",
];
const META: [&str; 6] =
    ["title_likeness", "title_distance", "description_share", "body_share", "after_title", "h1_distance"];

/// Columns of a row.
pub const WIDTH: usize = LOCAL.len()
    + WORDINGS
    + META.len()
    + odds::COLUMNS.len()
    + hints::BITS
    + tree::TAGS.len()
    + 1
    + LEVELS * tree::PER_LEVEL.len()
    + tree::BEST.len()
    + NEIGHBOURS.len() * PER_NEIGHBOUR.len()
    + PAGE.len();

/// The columns ahead that an average over a page says something about: of text, wording, metadata, words, names and elements
/// around.
const AVERAGED: usize = LOCAL.len() + WORDINGS + META.len() + odds::COLUMNS.len() + hints::BITS + tree::TAGS.len() + 1;

/// The names of the columns.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = LOCAL.iter().map(|n| (*n).to_owned()).collect();
    names.extend((0..WORDINGS).map(|at| format!("wording_{at}")));
    names.extend(META.iter().map(|n| (*n).to_owned()));
    names.extend(odds::COLUMNS.iter().map(|n| (*n).to_owned()));
    names.extend(hints::NAMES.iter().map(|n| format!("hint_{}", n.to_lowercase())));
    names.extend(["hint_hidden_attr", "hint_declared_body", "hint_declared_frame"].map(str::to_owned));
    names.extend(tree::TAGS.iter().map(|n| format!("in_{n}")));
    names.push("depth".to_owned());
    for level in 0..LEVELS {
        names.extend(tree::PER_LEVEL.iter().map(|n| format!("{n}_{level}")));
    }
    names.extend(tree::BEST.iter().map(|n| (*n).to_owned()));
    for at in NEIGHBOURS {
        names.extend(PER_NEIGHBOUR.iter().map(|n| format!("{n}_at{at:+}")));
    }
    names.extend(PAGE.iter().map(|n| (*n).to_owned()));
    names
}

/// A page ready to give the features of its blocks, row by row: rows are wide, and a page may have a million blocks.
pub struct PageFeatures<'a> {
    segments: &'a Segments,
    stats: Vec<TextStats>,
    /// What each block shows of itself to its neighbours.
    beside: Vec<[f32; PER_NEIGHBOUR.len()]>,
    tree: TreeView<'a>,
    meta: MetaView,
    odds: OddsView,
    shared: Shared,
    page_row: [f32; PAGE.len()],
}

impl<'a> PageFeatures<'a> {
    /// Looks over a page once, given what the words of each block say ([`lexicon`]). Linear in its size.
    #[must_use]
    pub fn of(page: &Page, segments: &'a Segments, odds: Vec<f32>, blind: Blind) -> Self {
        let mut lower = Vec::new();
        let stats: Vec<TextStats> = segments.blocks.iter().map(|b| TextStats::of(&b.text, &mut lower)).collect();
        let tree = TreeView::of(segments, &stats, blind.names);
        let meta = MetaView::of(page, segments, &stats, blind.meta);
        let shared = Shared::of(segments, &stats);
        let odds = OddsView::of(segments, &stats, &shared.heading, odds);
        let page_row = page_row(page, segments, &stats, &meta);
        let beside = segments.blocks.iter().zip(&stats).map(|(block, stats)| beside(block, stats)).collect();
        Self { segments, stats, beside, tree, meta, odds, shared, page_row }
    }

    /// Appends the [`WIDTH`] numbers of a block.
    pub fn push(&self, at: usize, row: &mut Vec<f32>) {
        let (Some(block), Some(stats)) = (self.segments.blocks.get(at), self.stats.get(at)) else { return };
        self.shared.push_local(at, self.segments, &self.stats, row);
        row.extend((0..WORDINGS).map(|bit| f32::from(stats.wordings & (1 << bit) != 0)));
        self.meta.push(at, row);
        self.odds.push(at, block.container, row);
        self.tree.push(at, block, row);
        let beside = |offset| at.checked_add_signed(offset).and_then(|at| self.beside.get(at)).copied();
        let none = [-1.0; PER_NEIGHBOUR.len()];
        row.extend_from_slice(NEIGHBOURS.map(|offset| beside(offset).unwrap_or(none)).as_flattened());
        row.extend_from_slice(&self.page_row);
    }

    /// Characters of each block.
    #[must_use]
    pub fn chars(&self) -> Vec<u32> {
        self.stats.iter().map(|s| s.chars).collect()
    }
}

/// A logarithm that is 0 at 0. Most numbers on a page are small, and there are hundreds a block: those are looked up.
fn log(n: u32) -> f32 {
    static SMALL: LazyLock<Vec<f32>> = LazyLock::new(|| (0..2048).map(|n| (n as f32).ln_1p()).collect());
    SMALL.get(n as usize).copied().unwrap_or_else(|| (n as f32).ln_1p())
}

fn ratio(part: u32, whole: u32) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 / whole as f32 }
}

/// Whether a block reads like a paragraph of prose: long, not a link, with sentence ends or in a script without spaces.
fn is_prose(block: &Block, stats: &TextStats) -> bool {
    let long = stats.chars >= 80 || stats.dense >= 30;
    long && block.link_chars * 3 < stats.chars && (stats.ends_sentence || stats.sentences > 1 || stats.stopwords >= 5)
}

fn tag_number(tag: BlockTag) -> f32 {
    f32::from(tag as u8)
}

/// The columns of [`PER_NEIGHBOUR`] of a block.
fn beside(block: &Block, s: &TextStats) -> [f32; PER_NEIGHBOUR.len()] {
    [
        log(s.chars),
        ratio(block.link_chars, s.chars).min(1.0),
        f32::from(s.ends_sentence),
        tag_number(block.tag),
        ratio(s.stopwords, s.words),
        f32::from(block.level.unwrap_or(0)),
    ]
}

/// What needs a look over all blocks first.
struct Shared {
    total_chars: u32,
    chars_before: Vec<u32>,
    looks: Vec<(u32, u32)>,
    repeats: Vec<u32>,
    heading: Vec<Option<usize>>,
}

impl Shared {
    fn of(segments: &Segments, stats: &[TextStats]) -> Self {
        let mut total_chars = 0_u32;
        let mut chars_before = Vec::with_capacity(stats.len());
        let mut looks: FxHashMap<_, (u32, u32)> = FxHashMap::default();
        let mut texts: FxHashMap<&str, u32> = FxHashMap::default();
        let mut heading = Vec::with_capacity(stats.len());
        let mut last = None;
        for (at, (block, s)) in segments.blocks.iter().zip(stats).enumerate() {
            chars_before.push(total_chars);
            total_chars = total_chars.saturating_add(s.chars);
            let look = looks.entry(tree::look(segments, block)).or_default();
            look.0 += 1;
            look.1 = look.1.saturating_add(s.chars);
            *texts.entry(block.text.as_str()).or_default() += 1;
            heading.push(last);
            let strong = block.tag == BlockTag::Heading || (s.chars < 80 && block.bold_chars * 10 > s.chars * 9);
            if strong || s.ends_colon && s.chars < 60 {
                last = Some(at);
            }
        }
        let looks =
            segments.blocks.iter().map(|b| looks.get(&tree::look(segments, b)).copied().unwrap_or_default()).collect();
        let repeats = segments.blocks.iter().map(|b| texts.get(b.text.as_str()).copied().unwrap_or(0)).collect();
        Self { total_chars, chars_before, looks, repeats, heading }
    }

    fn push_local(&self, at: usize, segments: &Segments, stats: &[TextStats], rows: &mut Vec<f32>) {
        let (block, s, blocks) = (&segments.blocks[at], &stats[at], stats.len());
        let heading = self.heading[at];
        rows.extend([
            log(s.chars),
            log(s.words),
            ratio(block.link_chars, s.chars).min(1.0),
            ratio(block.bold_chars, s.chars).min(1.0),
            ratio(block.italic_chars, s.chars).min(1.0),
            f32::from(s.ends_sentence),
            f32::from(s.ends_colon),
            f32::from(s.ends_question),
            log(s.sentences),
            ratio(s.commas * 100, s.chars),
            ratio(s.digits, s.chars),
            ratio(s.upper, s.letters),
            ratio(s.stopwords, s.words),
            ratio(s.letters, s.words),
            f32::from(s.starts_lower),
            f32::from(s.starts_digit),
            ratio(s.dense, s.chars),
            ratio(s.quotes * 100, s.chars),
            ratio(s.capitalised, s.words),
            f32::from(s.has_mail),
            f32::from(s.has_address),
            log(s.separators),
            log(block.links.len() as u32),
            log(block.images.len() as u32),
            f32::from(block.link_chars > 0 && block.link_chars + 2 >= s.chars),
            f32::from(block.datetime.is_some()),
            f32::from(date_ahead(&block.text)),
            tag_number(block.tag),
            f32::from(block.level.unwrap_or(0)),
            f32::from(block.after_br),
            f32::from(block.after_gap),
            at as f32 / blocks as f32,
            ratio(self.chars_before[at], self.total_chars),
            log(at as u32),
            log((blocks - at) as u32),
            log(self.repeats[at]),
            log(self.looks[at].0),
            ratio(self.looks[at].1, self.total_chars),
            heading.map_or(-1.0, |h| log((at - h) as u32)),
            heading.map_or(0.0, |h| stats[h].wordings as f32),
            heading.map_or(0.0, |h| f32::from(segments.blocks[h].level.unwrap_or(7))),
        ]);
    }
}

/// Whether a date stands in the first characters.
fn date_ahead(text: &str) -> bool {
    let mut digits = 0;
    let mut marks = 0;
    for c in text.chars().take(14) {
        match c {
            '0'..='9' => digits += 1,
            '.' | '-' | '/' | '[' if digits > 0 || c == '[' => marks += 1,
            ' ' | ',' => {}
            _ if digits >= 3 && marks >= 1 => break,
            _ => {}
        }
    }
    digits >= 3 && marks >= 1
}

fn page_row(page: &Page, segments: &Segments, stats: &[TextStats], meta: &MetaView) -> [f32; PAGE.len()] {
    let chars: u32 = stats.iter().map(|s| s.chars).fold(0, u32::saturating_add);
    let links: u32 = segments.blocks.iter().map(|b| b.link_chars).fold(0, u32::saturating_add);
    let (mut prose, mut prose_blocks, mut h1) = (0_u32, 0_u32, 0_u32);
    for (block, s) in segments.blocks.iter().zip(stats) {
        if is_prose(block, s) {
            prose = prose.saturating_add(s.chars);
            prose_blocks += 1;
        }
        h1 += u32::from(block.level == Some(1));
    }
    let path = page.url.path();
    let slug = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let articles = segments.containers.iter().filter(|c| c.tag == "article").count();
    [
        log(stats.len() as u32),
        log(chars),
        ratio(links, chars),
        ratio(prose, chars),
        log(prose_blocks),
        log(h1),
        meta.says_article(),
        path.split('/').filter(|s| !s.is_empty()).count() as f32,
        slug.bytes().filter(|b| matches!(b, b'-' | b'_' | b'+')).count() as f32,
        path.bytes().filter(u8::is_ascii_digit).count() as f32,
        f32::from(path.len() <= 1),
        log(articles as u32),
        f32::from(segments.plain_text),
        f32::from(meta.knows_body()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Content, Dom};
    use crate::site::Template;
    use crate::types::Meta;

    fn page(html: &str) -> Page {
        Page {
            url: "https://www.seeburg.example/a/b-c-d.html".parse().unwrap(),
            meta: Meta::default(),
            content: Content::Html(Dom::parse(html)),
            charset: "UTF-8",
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_row_has_a_number_for_each_name() {
        let page = page(
            "<div class=nav><a href=/>Start</a></div><article><h1>Titel</h1><p>Ein Satz, der steht.</p></article>",
        );
        let segments = crate::segment::segment(&page, &Template::default());
        let features = PageFeatures::of(&page, &segments, vec![0.5; 3], Blind::default());
        assert_eq!(WIDTH, names().len());
        for at in 0..3 {
            let mut row = Vec::new();
            features.push(at, &mut row);
            assert_eq!(row.len(), WIDTH);
            assert!(row.iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn an_empty_page_has_no_rows() {
        let page = page("");
        let segments = crate::segment::segment(&page, &Template::default());
        let mut row = Vec::new();
        PageFeatures::of(&page, &segments, Vec::new(), Blind::default()).push(0, &mut row);
        assert!(row.is_empty());
    }

    #[test]
    fn dates_ahead() {
        assert!(date_ahead("[13.5.2024] Der Rat"));
        assert!(date_ahead("2024-05-13"));
        assert!(!date_ahead("Der Rat tagt 2024"));
        assert!(!date_ahead("115 Orte"));
    }
}
