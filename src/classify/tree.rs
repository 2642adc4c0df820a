//! The containers of a page, as far as roles need them: which blocks each holds, and what stands around a block.

use crate::segment::hints;
use crate::types::{ContainerId, Segments};

/// Elements that say where in the page their blocks stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Around(u16);

impl Around {
    pub(super) const NAV: Self = Self(1);
    pub(super) const HEADER: Self = Self(1 << 1);
    pub(super) const FOOTER: Self = Self(1 << 2);
    pub(super) const ASIDE: Self = Self(1 << 3);
    pub(super) const LIST: Self = Self(1 << 4);
    pub(super) const TABLE: Self = Self(1 << 5);
    pub(super) const FIGURE: Self = Self(1 << 6);
    pub(super) const FORM: Self = Self(1 << 7);
    pub(super) const ARTICLE: Self = Self(1 << 8);

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn of(tag: &str) -> Self {
        match tag {
            "nav" => Self::NAV,
            "header" => Self::HEADER,
            "footer" => Self::FOOTER,
            "aside" => Self::ASIDE,
            "ul" | "ol" | "dl" => Self::LIST,
            "table" => Self::TABLE,
            "figure" => Self::FIGURE,
            "form" | "fieldset" => Self::FORM,
            "article" | "main" => Self::ARTICLE,
            _ => Self(0),
        }
    }
}

/// What is known of every container.
#[derive(Debug)]
pub(super) struct Tree {
    parents: Vec<ContainerId>,
    /// The blocks of each container and those in it: from, to (not included).
    spans: Vec<(u32, u32)>,
    around: Vec<Around>,
    hints: Vec<u64>,
    /// How each element looks: [`Container::shape`](crate::types::Container::shape), and its name.
    shapes: Vec<(u64, &'static str)>,
}

/// Ancestors looked at, at most: what stands further out says nothing about a block.
const REACH: usize = 48;

impl Tree {
    /// Reads the containers of a page. Linear.
    pub(super) fn of(segments: &Segments, chars: &[usize]) -> Self {
        let count = segments.containers.len().max(1);
        let mut spans = vec![(u32::MAX, 0u32); count];
        let mut mass = vec![0usize; count];
        for (index, block) in segments.blocks.iter().enumerate() {
            let at = block.container as usize;
            if let (Some(span), Some(mass)) = (spans.get_mut(at), mass.get_mut(at)) {
                *span = (span.0.min(index as u32), span.1.max(index as u32 + 1));
                *mass += chars.get(index).copied().unwrap_or_default();
            }
        }
        let mut parents = vec![0; count];
        for (id, container) in segments.containers.iter().enumerate() {
            // Parents come first, so that one pass in either direction reaches everything.
            parents[id] = container.parent.min(id.saturating_sub(1) as u32);
        }
        for id in (1..count).rev() {
            let (span, parent) = (spans[id], parents[id] as usize);
            spans[parent] = (spans[parent].0.min(span.0), spans[parent].1.max(span.1));
            mass[parent] += mass[id];
        }
        let whole = mass.first().copied().unwrap_or_default();
        let mut around = vec![Around::default(); count];
        let mut bits = vec![0u64; count];
        for (id, container) in segments.containers.iter().enumerate() {
            let parent = parents[id] as usize;
            around[id] = Around(around[parent].0 | Around::of(container.tag).0);
            // A name on what holds most of the page says nothing about a part of it.
            let own =
                if mass[id] * 2 > whole && whole > 0 { container.hints & hints::HIDDEN_ATTR } else { container.hints };
            bits[id] = bits[parent] | own;
        }
        let shapes = segments.containers.iter().map(|container| (container.shape, container.tag)).collect();
        Self { parents, spans, around, hints: bits, shapes }
    }

    /// How an element looks: a hash of its name and classes, and its name.
    pub(super) fn shape(&self, id: ContainerId) -> (u64, &'static str) {
        self.shapes.get(id as usize).copied().unwrap_or_default()
    }

    /// The elements around a container, itself included.
    pub(super) fn around(&self, id: ContainerId) -> Around {
        self.around.get(id as usize).copied().unwrap_or_default()
    }

    /// The hints of a container and those around it, but for those that hold most of the page.
    pub(super) fn hints(&self, id: ContainerId) -> u64 {
        self.hints.get(id as usize).copied().unwrap_or_default()
    }

    /// The blocks of a container: from, to (not included).
    pub(super) fn span(&self, id: ContainerId) -> (usize, usize) {
        let (from, to) = self.spans.get(id as usize).copied().unwrap_or_default();
        (from as usize, to as usize)
    }

    /// A container and those around it, innermost first, as far as they matter.
    pub(super) fn ancestors(&self, id: ContainerId) -> impl Iterator<Item = ContainerId> + '_ {
        let mut next = Some(id);
        std::iter::from_fn(move || {
            let id = next?;
            next = match self.parents.get(id as usize) {
                Some(&parent) if parent != id => Some(parent),
                _ => None,
            };
            Some(id)
        })
        .take(REACH)
    }

    /// The innermost container around `id` that goes on after block `index`.
    pub(super) fn beyond(&self, id: ContainerId, index: usize) -> Option<ContainerId> {
        self.ancestors(id).find(|&c| self.span(c).1 > index + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Block, Container};

    #[test]
    fn spans_reach_from_the_first_block_to_the_last() {
        let container = |parent, tag| Container { parent, tag, ..Container::default() };
        let block = |container| Block { container, ..Block::default() };
        let segments = Segments {
            containers: vec![container(0, "other"), container(0, "div"), container(1, "nav"), container(1, "p")],
            blocks: vec![block(0), block(2), block(3), block(3)],
            plain_text: false,
        };
        let tree = Tree::of(&segments, &[1, 1, 1, 1]);
        assert_eq!(tree.span(0), (0, 4));
        assert_eq!(tree.span(1), (1, 4));
        assert_eq!(tree.span(3), (2, 4));
        assert_eq!(tree.beyond(2, 1), Some(1));
        assert_eq!(tree.beyond(3, 3), None);
        assert!(tree.around(2).has(Around::NAV) && !tree.around(3).has(Around::NAV));
    }
}
