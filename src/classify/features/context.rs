//! The second look: what the first stage said of a block's neighbours, containers, look-alikes and of the page as a whole.

use rustc_hash::FxHashMap;

use super::log;
use super::tree::{look, signed_log};
use crate::types::{BlockTag, Segments};

const OFFSETS: [isize; 8] = [-1, 1, -2, 2, -3, 3, -4, 4];
const WINDOWS: [usize; 4] = [2, 5, 12, 30];
const LEVELS: usize = 6;
/// What a block must promise beyond, for a subtree to gain by holding it.
const BIASES: [f32; 2] = [0.3, 0.6];

const REST: [&str; 32] = [
    "s_before",
    "s_after",
    "s_best_a",
    "s_best_a_steps",
    "s_best_b",
    "s_best_b_steps",
    "s_in_run",
    "s_run_start",
    "s_run_end",
    "s_look_mean",
    "s_look_count",
    "s_siblings_mean",
    "s_siblings_count",
    "s_page_sum",
    "s_page_share",
    "s_page_max",
    "s_page_likely",
    "s_sum_before",
    "s_heading",
    "s_last_likely",
    "s_next_likely",
    "s_run_share",
    "s_tag_mean",
    "s_up_rest_0",
    "s_up_rest_1",
    "s_look_rest",
    "s_look_of_page",
    "s_siblings_rest",
    "s_section_mean",
    "s_rank",
    "s_page_f1",
    "s_page_doubt",
];

/// Columns of a row, after those of the first stage.
pub const WIDTH: usize = 1 + OFFSETS.len() + WINDOWS.len() + 3 * LEVELS + REST.len();

/// The names of the columns, after those of the first stage.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names = vec!["s_own".to_owned()];
    names.extend(OFFSETS.iter().map(|at| format!("s_at{at:+}")));
    names.extend(WINDOWS.iter().map(|n| format!("s_window_{n}")));
    for level in 0..LEVELS {
        names.extend(["mean", "sum", "of_page"].map(|n| format!("s_up_{n}_{level}")));
    }
    names.extend(REST.map(str::to_owned));
    names
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    chars: f32,
    likely: f32,
}

impl Sum {
    fn add(&mut self, chars: f32, p: f32) {
        self.chars += chars;
        self.likely += chars * p;
    }

    fn mean(self) -> f32 {
        if self.chars > 0.0 { self.likely / self.chars } else { 0.0 }
    }

    /// The mean of the others; -1 where there are none.
    fn rest(self, chars: f32, p: f32) -> f32 {
        if self.chars > chars { (self.likely - chars * p) / (self.chars - chars) } else { -1.0 }
    }
}

/// The subtree that gains most.
struct Subtree {
    inside: Vec<bool>,
    on_path: Vec<bool>,
}

/// A page with the first stage's probabilities, ready to give the second stage's columns.
pub struct Context<'a> {
    segments: &'a Segments,
    first: Vec<f32>,
    /// Sums over blocks 0..n, for windows.
    prefix: Vec<Sum>,
    containers: Vec<Sum>,
    /// For each container the columns of a level.
    levels: Vec<[f32; 3]>,
    best: [Subtree; BIASES.len()],
    run: (usize, usize),
    run_share: f32,
    looks: FxHashMap<(u8, u8, u64), (Sum, u32)>,
    siblings: FxHashMap<(u32, u64), (Sum, u32)>,
    tags: [Sum; 16],
    heading: Vec<f32>,
    /// For each block the mean of its section, from one heading to the next.
    sections: Vec<f32>,
    last_likely: Vec<i64>,
    next_likely: Vec<i64>,
    page_max: f32,
    likely_blocks: u32,
    /// For each block the characters of those that are likelier, and its own, by the characters expected to be text.
    rank: Vec<f32>,
    f1: f32,
    doubt: f32,
}

impl<'a> Context<'a> {
    /// Looks over a page once, given the characters of its blocks and what the first stage said of them. Linear.
    #[must_use]
    pub fn of(segments: &'a Segments, chars: &[u32], first: Vec<f32>) -> Self {
        let weight: Vec<f32> = chars.iter().map(|&c| c as f32).collect();
        let mut prefix = vec![Sum::default()];
        let mut containers = vec![Sum::default(); segments.containers.len().max(1)];
        let mut gains = BIASES.map(|_| vec![0.0_f32; containers.len()]);
        let mut looks: FxHashMap<_, (Sum, u32)> = FxHashMap::default();
        let mut siblings: FxHashMap<_, (Sum, u32)> = FxHashMap::default();
        let mut tags = [Sum::default(); 16];
        let mut heading = Vec::with_capacity(first.len());
        let mut last_heading = -1.0;
        for ((block, &w), &p) in segments.blocks.iter().zip(&weight).zip(&first) {
            let mut sum = prefix.last().copied().unwrap_or_default();
            sum.add(w, p);
            prefix.push(sum);
            containers[block.container as usize].add(w, p);
            for (gain, bias) in gains.iter_mut().zip(BIASES) {
                gain[block.container as usize] += w * (p - bias);
            }
            let entry = looks.entry(look(segments, block)).or_default();
            entry.0.add(w, p);
            entry.1 += 1;
            for key in sibling_keys(segments, block.container) {
                let entry = siblings.entry(key).or_default();
                entry.0.add(w, p);
                entry.1 += 1;
            }
            tags[block.tag as usize & 15].add(w, p);
            heading.push(last_heading);
            if block.tag == BlockTag::Heading {
                last_heading = p;
            }
        }
        for id in (1..containers.len()).rev() {
            let (sum, parent) = (containers[id], segments.containers[id].parent as usize);
            containers[parent].chars += sum.chars;
            containers[parent].likely += sum.likely;
            for gain in &mut gains {
                gain[parent] += gain[id];
            }
        }
        let best = gains.map(|gain| subtree(segments, &gain));
        let run = best_run(&weight, &first);
        let total = prefix.last().copied().unwrap_or_default();
        let in_run = prefix[run.1].likely - prefix[run.0].likely;
        let (rank, f1) = ranks(&weight, &first, total.likely);
        let doubt: f32 = weight.iter().zip(&first).map(|(w, p)| w * p.min(1.0 - p)).sum();
        Self {
            segments,
            levels: containers
                .iter()
                .map(|sum| {
                    let of_page = if total.likely > 0.0 { sum.likely / total.likely } else { 0.0 };
                    [sum.mean(), log(sum.likely as u32), of_page]
                })
                .collect(),
            containers,
            best,
            run,
            run_share: if total.likely > 0.0 { in_run / total.likely } else { 0.0 },
            looks,
            siblings,
            tags,
            heading,
            sections: sections(segments, &weight, &first),
            rank,
            f1,
            doubt: doubt / total.likely.max(1.0),
            last_likely: distances(first.iter().copied()),
            next_likely: {
                let mut d = distances(first.iter().rev().copied());
                d.reverse();
                d
            },
            page_max: first.iter().copied().fold(0.0, f32::max),
            likely_blocks: first.iter().filter(|&&p| p > 0.5).count() as u32,
            prefix,
            first,
        }
    }

    /// What the first stage said of each block.
    #[must_use]
    pub fn first(&self) -> &[f32] {
        &self.first
    }

    fn window(&self, from: usize, to: usize) -> f32 {
        let (low, high) = (self.prefix[from], self.prefix[to.min(self.first.len())]);
        Sum { chars: high.chars - low.chars, likely: high.likely - low.likely }.mean()
    }

    /// Appends the [`WIDTH`] numbers of a block.
    pub fn push(&self, at: usize, rows: &mut Vec<f32>) {
        let Some(block) = self.segments.blocks.get(at) else { return };
        let total = self.prefix.last().copied().unwrap_or_default();
        rows.push(self.first[at]);
        rows.extend(OFFSETS.map(|o| at.checked_add_signed(o).and_then(|n| self.first.get(n)).copied().unwrap_or(-1.0)));
        rows.extend(WINDOWS.map(|n| self.window(at.saturating_sub(n), at + n + 1)));
        let mut id = block.container as usize;
        for level in 0..LEVELS {
            if level > 0 && id == 0 {
                rows.extend([-1.0; 3]);
                continue;
            }
            rows.extend(self.levels[id]);
            id = self.segments.containers[id].parent as usize;
        }
        let look = self.looks.get(&look(self.segments, block)).copied().unwrap_or_default();
        let [near, far] =
            sibling_keys(self.segments, block.container).map(|k| self.siblings.get(&k).copied().unwrap_or_default());
        let sibling = if near.1 > 1 { near } else { far };
        let (own, p) = (self.prefix[at + 1].chars - self.prefix[at].chars, self.first[at]);
        let parent = self.segments.containers[block.container as usize].parent as usize;
        rows.extend([
            self.window(at.saturating_sub(10), at),
            self.window(at + 1, at + 11),
            f32::from(self.best[0].inside[block.container as usize]),
            steps(self.segments, &self.best[0].on_path, block.container),
            f32::from(self.best[1].inside[block.container as usize]),
            steps(self.segments, &self.best[1].on_path, block.container),
            f32::from(at >= self.run.0 && at < self.run.1),
            signed_log(at as i64 - self.run.0 as i64),
            signed_log(at as i64 - self.run.1 as i64),
            look.0.mean(),
            log(look.1),
            sibling.0.mean(),
            log(sibling.1),
            log(total.likely as u32),
            total.mean(),
            self.page_max,
            log(self.likely_blocks),
            if total.likely > 0.0 { self.prefix[at].likely / total.likely } else { 0.0 },
            self.heading[at],
            log(self.last_likely[at] as u32),
            log(self.next_likely[at] as u32),
            self.run_share,
            self.tags[block.tag as usize & 15].mean(),
            self.containers[block.container as usize].rest(own, p),
            self.containers[parent].rest(own, p),
            look.0.rest(own, p),
            if total.likely > 0.0 { look.0.likely / total.likely } else { 0.0 },
            sibling.0.rest(own, p),
            self.sections[at],
            self.rank[at],
            self.f1,
            self.doubt,
        ]);
    }
}

/// For each block the weight of all that are at least as likely, by the expected weight of text; and the F1 to be expected
/// of the best choice of blocks, by likelihood.
fn ranks(weight: &[f32], p: &[f32], total: f32) -> (Vec<f32>, f32) {
    let total = total.max(1e-3);
    let mut order: Vec<u32> = (0..p.len() as u32).collect();
    order.sort_by(|a, b| p[*b as usize].total_cmp(&p[*a as usize]));
    let (mut rank, mut best) = (vec![0.0; p.len()], 0.0_f32);
    let mut sum = Sum::default();
    for at in order {
        let at = at as usize;
        sum.add(weight[at], p[at]);
        rank[at] = sum.chars / total;
        best = best.max(2.0 * sum.likely / (sum.chars + total));
    }
    (rank, best)
}

/// The F1 to be expected of the best choice of blocks with these probabilities.
#[must_use]
pub fn expected_f1(chars: &[u32], p: &[f32]) -> f32 {
    let weight: Vec<f32> = chars.iter().map(|&c| c as f32).collect();
    let total = weight.iter().zip(p).map(|(w, p)| w * p).sum();
    ranks(&weight, p, total).1
}

/// For each block the mean of its section; a heading begins one.
fn sections(segments: &Segments, weight: &[f32], first: &[f32]) -> Vec<f32> {
    let mut means = Vec::with_capacity(first.len());
    let mut sum = Sum::default();
    for (at, block) in segments.blocks.iter().enumerate().take(first.len()) {
        if block.tag == BlockTag::Heading {
            means.resize(at, sum.mean());
            sum = Sum::default();
        }
        sum.add(weight[at], first[at]);
    }
    means.resize(first.len(), sum.mean());
    means
}

/// The groups of look-alike containers that a block's own container and its parent belong to.
fn sibling_keys(segments: &Segments, container: u32) -> [(u32, u64); 2] {
    let own = &segments.containers[container as usize];
    let parent = &segments.containers[own.parent as usize];
    [(own.parent, own.shape), (parent.parent, parent.shape)]
}

fn subtree(segments: &Segments, gain: &[f32]) -> Subtree {
    let mut best = 0;
    for (id, g) in gain.iter().enumerate() {
        // The deepest of those that hold the same.
        if *g >= gain[best] {
            best = id;
        }
    }
    let mut on_path = vec![false; gain.len()];
    let mut id = best;
    loop {
        on_path[id] = true;
        if id == 0 {
            break;
        }
        id = segments.containers[id].parent as usize;
    }
    let mut inside = vec![false; gain.len()];
    for id in 0..gain.len() {
        inside[id] = id == best || (id > 0 && inside[segments.containers[id].parent as usize]);
    }
    Subtree { inside, on_path }
}

/// Steps up to the nearest ancestor that holds the best subtree.
fn steps(segments: &Segments, on_path: &[bool], container: u32) -> f32 {
    let mut id = container as usize;
    for up in 0..24 {
        if on_path[id] {
            return up as f32;
        }
        id = segments.containers[id].parent as usize;
    }
    24.0
}

/// The contiguous blocks that gain most (Kadane's algorithm).
fn best_run(weight: &[f32], first: &[f32]) -> (usize, usize) {
    let (mut best, mut best_sum, mut from, mut sum) = ((0, 0), 0.0_f32, 0, 0.0_f32);
    for (at, (w, p)) in weight.iter().zip(first).enumerate() {
        if sum <= 0.0 {
            (from, sum) = (at, 0.0);
        }
        sum += w * (p - 0.5);
        if sum > best_sum {
            (best, best_sum) = ((from, at + 1), sum);
        }
    }
    best
}

/// Blocks since the last likely one, that one not counting itself; large where there was none.
fn distances(first: impl Iterator<Item = f32>) -> Vec<i64> {
    let mut since = 1_000_i64;
    first
        .map(|p| {
            since += 1;
            let distance = since;
            if p > 0.5 {
                since = 0;
            }
            distance
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Dom;
    use crate::site::Template;

    #[test]
    fn rows_are_as_wide_as_the_names_and_finite() {
        let page = crate::parse::Page {
            url: "https://www.seeburg.example/a".parse().unwrap(),
            meta: Default::default(),
            content: crate::parse::Content::Html(Dom::parse("<div><p>eins<p>zwei</div><ul><li>drei<li>vier</ul>")),
            charset: "UTF-8",
            warnings: Vec::new(),
        };
        let segments = crate::segment::segment(&page, &Template::default());
        let context = Context::of(&segments, &[4, 4, 4, 4], vec![0.9, 0.8, 0.1, 0.0]);
        let mut rows = Vec::new();
        (0..4).for_each(|at| context.push(at, &mut rows));
        assert_eq!(WIDTH, names().len());
        assert_eq!(rows.len(), 4 * WIDTH);
        assert!(rows.iter().all(|x| x.is_finite()));
        let run = names().iter().position(|n| n == "s_in_run").unwrap();
        let width = names().len();
        assert_eq!((0..4).map(|at| rows[at * width + run]).collect::<Vec<_>>(), [1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn sure_blocks_promise_more_than_doubtful_ones() {
        assert!((expected_f1(&[100, 100], &[1.0, 0.0]) - 1.0).abs() < 1e-6);
        // Of two even chances both are taken: 2 * 100 / (200 + 100).
        assert!((expected_f1(&[100, 100], &[0.5, 0.5]) - 2.0 / 3.0).abs() < 1e-6);
        assert_eq!(expected_f1(&[], &[]), 0.0);
    }

    #[test]
    fn the_best_run_is_the_heaviest() {
        assert_eq!(best_run(&[10.0, 10.0, 1.0, 10.0, 10.0], &[0.9, 0.0, 0.9, 0.9, 0.9]), (2, 5));
        assert_eq!(best_run(&[], &[]), (0, 0));
    }
}
