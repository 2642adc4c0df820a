//! Sums over the containers around a block.

use rustc_hash::FxHashMap;

use super::text::TextStats;
use super::{is_prose, log, ratio};
use crate::segment::hints;
use crate::types::{Block, ContainerId, Segments};

/// How many containers above a block are looked at.
pub(super) const LEVELS: usize = 5;
pub(super) const PER_LEVEL: [&str; 6] =
    ["up_chars", "up_link_density", "up_blocks", "up_prose_share", "up_prose_of_page", "up_siblings"];
pub(super) const BEST: [&str; 4] = ["in_best", "best_distance", "best_prose", "best_start"];
/// Elements whose presence around a block counts.
pub(super) const TAGS: [&str; 18] = [
    "article",
    "main",
    "nav",
    "aside",
    "header",
    "footer",
    "form",
    "ul",
    "ol",
    "table",
    "figure",
    "blockquote",
    "section",
    "li",
    "td",
    "dl",
    "details",
    "dialog",
];
/// How far up hints and tags are looked for.
const REACH: usize = 24;

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    chars: u32,
    links: u32,
    blocks: u32,
    prose: u32,
    prose_blocks: u32,
    /// Prose close below, halved a level.
    score: f32,
    siblings: u32,
}

/// Containers with what they hold.
pub(super) struct TreeView<'a> {
    segments: &'a Segments,
    sums: Vec<Sums>,
    /// The columns of [`PER_LEVEL`] for each container.
    levels: Vec<[f32; PER_LEVEL.len()]>,
    /// The container with most prose close below it, and its ancestors' flags.
    best: ContainerId,
    best_depth: u16,
    on_best_path: Vec<bool>,
    in_best: Vec<bool>,
    best_start: usize,
    /// Steps up from each container to the nearest one with each hint.
    near: Vec<[u8; hints::BITS]>,
    /// Steps up from each container to the nearest one of each of [`TAGS`].
    tags: Vec<[u8; TAGS.len()]>,
    blind: bool,
    total_prose: u32,
}

/// Blocks that look the same: tag, level and the look of the containers around them.
pub(super) fn look(segments: &Segments, block: &Block) -> (u8, u8, u64) {
    let mut at = block.container;
    let mut key = 0_u64;
    for _ in 0..3 {
        let Some(container) = segments.containers.get(at as usize) else { break };
        key = key.rotate_left(9) ^ container.shape;
        at = container.parent;
    }
    (block.tag as u8, block.level.unwrap_or(0), key)
}

impl<'a> TreeView<'a> {
    pub(super) fn of(segments: &'a Segments, stats: &[TextStats], blind: bool) -> Self {
        let mut sums = vec![Sums::default(); segments.containers.len()];
        for (block, s) in segments.blocks.iter().zip(stats) {
            let Some(sum) = sums.get_mut(block.container as usize) else { continue };
            sum.chars = sum.chars.saturating_add(s.chars);
            sum.links = sum.links.saturating_add(block.link_chars);
            sum.blocks += 1;
            if is_prose(block, s) {
                sum.prose = sum.prose.saturating_add(s.chars);
                sum.prose_blocks += 1;
                sum.score += s.chars as f32;
            }
        }
        add_up(segments, &mut sums);
        count_siblings(segments, &mut sums);
        let best = best_container(&sums);
        let (on_best_path, in_best) = best_flags(segments, best);
        let best_start = segments
            .blocks
            .iter()
            .position(|b| in_best.get(b.container as usize).copied().unwrap_or(false))
            .unwrap_or(0);
        let near = if blind { Vec::new() } else { near_hints(segments) };
        let tags = near_tags(segments);
        let best_depth = segments.containers.get(best as usize).map_or(0, |c| c.depth);
        let total_prose = sums.first().map_or(0, |s| s.prose);
        let level = |sum: &Sums| {
            [
                log(sum.chars),
                ratio(sum.links, sum.chars).min(1.0),
                log(sum.blocks),
                ratio(sum.prose, sum.chars),
                ratio(sum.prose, total_prose),
                log(sum.siblings),
            ]
        };
        let levels = sums.iter().map(level).collect();
        Self {
            segments,
            sums,
            levels,
            best,
            best_depth,
            on_best_path,
            in_best,
            best_start,
            near,
            tags,
            blind,
            total_prose,
        }
    }

    pub(super) fn push(&self, at: usize, block: &Block, rows: &mut Vec<f32>) {
        let own = block.container as usize;
        if self.blind {
            rows.extend([0.0; hints::BITS]);
        } else if let Some(near) = self.near.get(own) {
            rows.extend(near.map(nearness));
        }
        let mut levels = [[-1.0_f32; PER_LEVEL.len()]; LEVELS];
        let mut id = own;
        for level in &mut levels {
            let (Some(container), Some(known)) = (self.segments.containers.get(id), self.levels.get(id)) else { break };
            *level = *known;
            if id == 0 {
                break;
            }
            id = container.parent as usize;
        }
        let far = [u8::MAX; TAGS.len()];
        let tags = self.tags.get(own).copied().unwrap_or(far);
        rows.extend(tags.map(|d| if usize::from(d) < REACH { nearness(d) } else { 0.0 }));
        rows.push(f32::from(self.segments.containers.get(own).map_or(0, |c| c.depth)));
        rows.extend(levels.into_iter().flatten());
        let best = self.sums.get(self.best as usize).copied().unwrap_or_default();
        rows.extend([
            f32::from(self.in_best.get(own).copied().unwrap_or(false)),
            self.distance_to_best(own),
            ratio(best.prose, self.total_prose),
            signed_log(at as i64 - self.best_start as i64),
        ]);
    }

    /// Steps up from a container to the nearest ancestor of the best one, plus from there down to the best one.
    fn distance_to_best(&self, own: usize) -> f32 {
        let mut id = own;
        for up in 0..REACH {
            if self.on_best_path.get(id).copied().unwrap_or(true) {
                let depth = self.segments.containers.get(id).map_or(0, |c| c.depth);
                return up as f32 + f32::from(self.best_depth.saturating_sub(depth));
            }
            id = self.segments.containers.get(id).map_or(0, |c| c.parent as usize);
        }
        REACH as f32
    }
}

pub(super) fn signed_log(n: i64) -> f32 {
    let log = log(n.unsigned_abs() as u32);
    if n < 0 { -log } else { log }
}

/// Adds children to parents; parents stand before their children.
fn add_up(segments: &Segments, sums: &mut [Sums]) {
    for id in (1..sums.len()).rev() {
        let child = sums[id];
        let parent = &mut sums[segments.containers[id].parent as usize];
        parent.chars = parent.chars.saturating_add(child.chars);
        parent.links = parent.links.saturating_add(child.links);
        parent.blocks += child.blocks;
        parent.prose = parent.prose.saturating_add(child.prose);
        parent.prose_blocks += child.prose_blocks;
        parent.score += child.score * 0.6;
    }
}

/// How many siblings look the same.
fn count_siblings(segments: &Segments, sums: &mut [Sums]) {
    let mut counts: FxHashMap<(ContainerId, u64), u32> = FxHashMap::default();
    for container in &segments.containers {
        *counts.entry((container.parent, container.shape)).or_default() += 1;
    }
    for (container, sum) in segments.containers.iter().zip(sums) {
        sum.siblings = counts.get(&(container.parent, container.shape)).copied().unwrap_or(0);
    }
}

fn best_container(sums: &[Sums]) -> ContainerId {
    let mut best = 0;
    for (id, sum) in sums.iter().enumerate() {
        if sum.score > sums[best].score {
            best = id;
        }
    }
    best as ContainerId
}

/// Which containers are the best one's ancestors (itself included), and which stand in it.
fn best_flags(segments: &Segments, best: ContainerId) -> (Vec<bool>, Vec<bool>) {
    let count = segments.containers.len();
    let mut path = vec![false; count];
    let mut id = best as usize;
    while let Some(flag) = path.get_mut(id) {
        *flag = true;
        if id == 0 {
            break;
        }
        id = segments.containers[id].parent as usize;
    }
    let mut inside = vec![false; count];
    for id in 0..count {
        let parent = segments.containers[id].parent as usize;
        inside[id] = id == best as usize || (id > 0 && inside[parent]);
    }
    (path, inside)
}

/// 1 for the container itself, 1/2 for the next one, 0 for none.
fn nearness(steps: u8) -> f32 {
    const OF: [f32; 256] = {
        let mut of = [0.0; 256];
        let mut steps = 0;
        while steps < 255 {
            of[steps] = 1.0 / (1.0 + steps as f32);
            steps += 1;
        }
        of
    };
    OF[usize::from(steps)]
}

/// Distances from one step further down, as far as steps are counted; what is nowhere stays so. Without a branch, so that the compiler makes
/// vectors of it.
fn further<const N: usize>(mut distances: [u8; N]) -> [u8; N] {
    for distance in &mut distances {
        *distance = distance.saturating_add(1).min(u8::MAX - 1).max(*distance);
    }
    distances
}

fn near_tags(segments: &Segments) -> Vec<[u8; TAGS.len()]> {
    let mut near: Vec<[u8; TAGS.len()]> = Vec::with_capacity(segments.containers.len());
    for (id, container) in segments.containers.iter().enumerate() {
        let mut own = match near.get(container.parent as usize) {
            Some(parent) if id > 0 => further(*parent),
            _ => [u8::MAX; TAGS.len()],
        };
        let is_own = |tag: &&str| tag.as_bytes().first() == container.tag.as_bytes().first() && *tag == container.tag;
        if let Some(tag) = TAGS.iter().position(is_own) {
            own[tag] = 0;
        }
        near.push(own);
    }
    near
}

fn near_hints(segments: &Segments) -> Vec<[u8; hints::BITS]> {
    let mut near: Vec<[u8; hints::BITS]> = Vec::with_capacity(segments.containers.len());
    for (id, container) in segments.containers.iter().enumerate() {
        let mut own = match near.get(container.parent as usize) {
            Some(parent) if id > 0 => further(*parent),
            _ => [u8::MAX; hints::BITS],
        };
        let mut bits = container.hints;
        while bits != 0 {
            if let Some(slot) = own.get_mut(bits.trailing_zeros() as usize) {
                *slot = 0;
            }
            bits &= bits - 1;
        }
        near.push(own);
    }
    near
}
