//! Blocks compared with what the page says about itself.

use rustc_hash::FxHashSet;

use super::text::TextStats;
use super::tree::signed_log;
use crate::classify::words::hashes;
use crate::parse::Page;
use crate::types::{PageType, Segments};

/// Likeness of blocks to title, description and JSON-LD body.
pub(super) struct MetaView {
    likeness: Vec<f32>,
    title_at: Option<usize>,
    h1_at: Option<usize>,
    description: Vec<f32>,
    body: Vec<f32>,
    article: f32,
    body_known: bool,
}

impl MetaView {
    pub(super) fn of(page: &Page, segments: &Segments, stats: &[TextStats], blind: bool) -> Self {
        let title = if blind { FxHashSet::default() } else { title_words(page) };
        let description = if blind { FxHashSet::default() } else { description_words(page) };
        let grams = page.meta.article_body.as_deref().filter(|body| !blind && body.len() > 200).map(trigrams);
        let mut view = Self {
            likeness: Vec::with_capacity(stats.len()),
            title_at: None,
            h1_at: segments.blocks.iter().position(|b| b.level == Some(1)),
            description: Vec::with_capacity(stats.len()),
            body: Vec::with_capacity(stats.len()),
            article: if blind { -1.0 } else { declared(page) },
            body_known: grams.is_some(),
        };
        let mut best = 0.5;
        let mut words = Vec::new();
        for (at, (block, s)) in segments.blocks.iter().zip(stats).enumerate() {
            let useful = s.chars <= 250 && !title.is_empty() || s.chars <= 600 && description.len() >= 5;
            words.clear();
            if useful {
                hashes(&block.text, usize::MAX, &mut words);
            }
            let likeness = if s.chars <= 250 { jaccard(&words, &title) } else { 0.0 };
            if likeness > best || (likeness == best && view.title_at.is_none()) {
                best = likeness;
                view.title_at = Some(at);
            }
            view.likeness.push(likeness);
            view.description.push(if description.len() >= 5 && words.len() >= 4 {
                share(&words, &description)
            } else {
                0.0
            });
            view.body.push(match &grams {
                Some(grams) => gram_share(&block.text, grams, &mut words),
                None => -1.0,
            });
        }
        view
    }

    pub(super) fn push(&self, at: usize, rows: &mut Vec<f32>) {
        let from = |anchor: Option<usize>| anchor.map_or(0.0, |anchor| signed_log(at as i64 - anchor as i64));
        rows.extend([
            self.likeness.get(at).copied().unwrap_or(0.0),
            from(self.title_at),
            self.description.get(at).copied().unwrap_or(0.0),
            self.body.get(at).copied().unwrap_or(-1.0),
            self.title_at.map_or(0.0, |title| if at > title { 1.0 } else { -1.0 }),
            from(self.h1_at),
        ]);
    }

    pub(super) fn says_article(&self) -> f32 {
        self.article
    }

    pub(super) fn knows_body(&self) -> bool {
        self.body_known
    }
}

/// 1 where the page says that it is an article, 0 where it says that it is something else, 0.5 where it says nothing.
fn declared(page: &Page) -> f32 {
    match page.meta.types.first() {
        Some(kind) if kind.value == PageType::Article => 1.0,
        Some(_) => 0.0,
        None => 0.5,
    }
}

fn title_words(page: &Page) -> FxHashSet<u64> {
    let title =
        page.meta.headlines.first().map(|h| h.value.as_str()).or(page.meta.title.as_deref()).unwrap_or_default();
    let mut words = Vec::new();
    hashes(title, usize::MAX, &mut words);
    words.into_iter().collect()
}

fn description_words(page: &Page) -> FxHashSet<u64> {
    let mut set = FxHashSet::default();
    let mut words = Vec::new();
    for description in page.meta.descriptions.iter().take(3) {
        hashes(&description.value, usize::MAX, &mut words);
        set.extend(words.iter().copied());
    }
    set
}

fn jaccard(words: &[u64], title: &FxHashSet<u64>) -> f32 {
    if words.is_empty() || title.is_empty() {
        return 0.0;
    }
    // As nearly always; telling the words apart is dear.
    if words.iter().all(|word| !title.contains(word)) {
        return 0.0;
    }
    let mut own = words.to_vec();
    own.sort_unstable();
    own.dedup();
    let shared = own.iter().filter(|w| title.contains(w)).count();
    shared as f32 / (own.len() + title.len() - shared) as f32
}

fn share(words: &[u64], set: &FxHashSet<u64>) -> f32 {
    words.iter().filter(|w| set.contains(w)).count() as f32 / words.len() as f32
}

fn trigrams(text: &str) -> FxHashSet<u64> {
    let mut words = Vec::new();
    hashes(text, usize::MAX, &mut words);
    words.windows(3).map(gram).collect()
}

fn gram(words: &[u64]) -> u64 {
    words.iter().fold(0, |sum, word| sum.rotate_left(21) ^ word)
}

/// The share of a block's word trigrams in the set; short blocks cannot be told.
fn gram_share(text: &str, grams: &FxHashSet<u64>, words: &mut Vec<u64>) -> f32 {
    hashes(text, usize::MAX, words);
    if words.len() < 3 {
        return -0.5;
    }
    let hits = words.windows(3).filter(|w| grams.contains(&gram(w))).count();
    hits as f32 / (words.len() - 2) as f32
}
