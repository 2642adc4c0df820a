//! An HTML tree: one walk, in document order.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::cards::is_card;
use super::elements::{self, Kind};
use super::{add, hints, is_full, push_collapsed};
use crate::parse::{Dom, Edge, ElementRef, NodeId, NodeRef};
use crate::site::Template;
use crate::types::{Block, BlockTag, Container, ContainerId, ImageRef, Link, Role, Segments};

/// Text of `<noscript>`, in bytes, that may be a page's content.
const NOSCRIPT: usize = 800;

/// Cuts a document into blocks. Where nearly all of its text stands in `<noscript>`, as on pages that a script builds, that is read.
pub(super) fn segment(dom: &Dom, template: &Template) -> Segments {
    let mut seen = walk(dom, Walk::new(selected(dom, template)));
    let text = || seen.segments.blocks.iter().map(|block| block.text.len()).sum::<usize>();
    if seen.noscript_bytes >= NOSCRIPT && seen.noscript_bytes / 3 > text() {
        let roles = std::mem::take(&mut seen.roles);
        seen = walk(dom, Walk { read_noscript: true, ..Walk::new(roles) });
    }
    seen.finish()
}

fn walk<'a>(dom: &'a Dom, mut walk: Walk<'a>) -> Walk<'a> {
    for edge in dom.root().walk() {
        match edge {
            Edge::Open(node) => match (node.text(), node.element()) {
                (Some(text), _) => walk.text(text),
                (None, Some(element)) => walk.open(element),
                (None, None) => {}
            },
            Edge::Close(node) => {
                if node.element().is_some() {
                    walk.close();
                }
            }
        }
    }
    walk
}

/// The elements that a profile's selectors name, with their roles; the first selector wins.
fn selected(dom: &Dom, template: &Template) -> FxHashMap<NodeId, Role> {
    let mut roles = FxHashMap::default();
    let matched = dom.select(template.selectors.iter().map(|(_, selector)| selector));
    for ((role, _), elements) in template.selectors.iter().zip(matched) {
        for element in elements {
            roles.entry(element.id()).or_insert(*role);
        }
    }
    roles
}

/// An open element that changes how text in it is taken.
#[derive(Debug, Clone, Copy)]
enum Open {
    Skip,
    Noscript,
    Block {
        outer: Frame,
        paragraph: bool,
    },
    Link,
    Bold,
    Italic,
    /// An inline element that a profile's selector names.
    Named {
        outer: Option<Role>,
    },
    /// The leading part of a headline that is a kicker by its markup.
    Part,
    Inline {
        spaced: bool,
    },
}

/// A link whose end has not come yet.
#[derive(Debug)]
struct OpenLink {
    link: Link,
    /// Where its text begins in the block at hand.
    start: usize,
    /// Whether a block has it already.
    used: bool,
}

/// What block-level elements around the text say about it.
#[derive(Debug, Clone, Copy)]
struct Frame {
    container: ContainerId,
    tag: BlockTag,
    level: Option<u8>,
    role: Option<Role>,
}

struct Walk<'a> {
    names: hints::Names<'a>,
    roles: FxHashMap<NodeId, Role>,
    segments: Segments,
    open: Vec<Open>,
    frame: Frame,
    skip: u32,
    noscript: u32,
    /// Text passed over in `<noscript>`.
    noscript_bytes: usize,
    /// Whether to take it instead.
    read_noscript: bool,
    bold: u32,
    italic: u32,
    /// The block being gathered.
    block: Block,
    /// White space is owed before the next word.
    space: bool,
    /// An inline element has just ended, so that the next one may stand apart without white space in the source.
    seam: bool,
    link: Option<OpenLink>,
    /// How many elements are open where each one more is a part of a link that is a card.
    card: Option<usize>,
    breaks: u32,
    boundary: bool,
    images: Vec<ImageRef>,
}

impl<'a> Walk<'a> {
    fn new(roles: FxHashMap<NodeId, Role>) -> Self {
        let page = Container { tag: "other", ..Container::default() };
        Self {
            names: hints::Names::new(),
            roles,
            segments: Segments { containers: vec![page], ..Segments::default() },
            open: Vec::with_capacity(64),
            frame: Frame { container: 0, tag: BlockTag::Div, level: None, role: None },
            skip: 0,
            noscript: 0,
            noscript_bytes: 0,
            read_noscript: false,
            bold: 0,
            italic: 0,
            block: Block::default(),
            space: false,
            seam: false,
            link: None,
            card: None,
            breaks: 0,
            boundary: true,
            images: Vec::new(),
        }
    }

    fn open(&mut self, element: ElementRef<'a>) {
        let name = element.name();
        let kind = elements::kind(name);
        if self.skip > 0 {
            self.open.push(Open::Skip);
            self.skip += 1;
            return;
        }
        if self.card == Some(self.open.len()) {
            self.flush();
        }
        let entry = match kind {
            Kind::Skip => {
                self.skip += 1;
                Open::Skip
            }
            Kind::Noscript => {
                self.noscript += 1;
                Open::Noscript
            }
            Kind::Block(tag) => self.open_block(element, name, tag),
            Kind::Break => {
                self.flush();
                self.breaks += 1;
                Open::Inline { spaced: false }
            }
            Kind::Rule => {
                self.flush();
                self.boundary = true;
                Open::Inline { spaced: false }
            }
            Kind::Link => {
                self.join_seam();
                if self.frame.tag != BlockTag::Heading && is_card(element) {
                    self.flush();
                    self.card = Some(self.open.len() + 1);
                }
                self.link = Some(OpenLink { link: link_of(element), start: self.block.text.len(), used: false });
                Open::Link
            }
            Kind::Bold => {
                self.bold += 1;
                Open::Bold
            }
            Kind::Italic => {
                self.italic += 1;
                Open::Italic
            }
            Kind::Image => {
                self.images.extend(image_of(element));
                Open::Inline { spaced: false }
            }
            Kind::Custom if self.frame.tag == BlockTag::Div => self.open_block(element, name, None),
            Kind::Time | Kind::Inline | Kind::Custom => self.open_inline(element, name),
        };
        self.open.push(entry);
    }

    fn open_inline(&mut self, element: ElementRef<'a>, name: &str) -> Open {
        if is_hidden(element) {
            self.skip += 1;
            return Open::Skip;
        }
        if name == "time"
            && self.block.datetime.is_none()
            && let Some(value) = element.attr("datetime")
        {
            self.block.datetime = Some(value.to_owned());
        }
        if let Some(&role) = self.roles.get(&element.id()) {
            self.flush();
            let outer = self.frame.role.replace(role);
            return Open::Named { outer };
        }
        if self.frame.tag == BlockTag::Heading && is_leading_part(element, name, self.frame.level, &mut self.names) {
            self.flush();
            return Open::Part;
        }
        let spaced = matches!(name, "span" | "time" | "small" | "font");
        if spaced {
            self.join_seam();
        }
        Open::Inline { spaced }
    }

    fn open_block(&mut self, element: ElementRef<'a>, name: &str, tag: Option<BlockTag>) -> Open {
        self.flush();
        self.boundary = true;
        let outer = self.frame;
        let (shape, mut bits) = look_of(element, name, &mut self.names);
        if is_hidden(element) {
            bits |= hints::HIDDEN_ATTR;
        }
        let depth = self.segments.containers[outer.container as usize].depth.saturating_add(1);
        // What holds blocks that are not told apart need not be told apart either.
        let id = if is_full(&self.segments) {
            outer.container
        } else {
            let tag = elements::static_name(name);
            let container = Container { parent: outer.container, depth, tag, shape, hints: bits };
            self.segments.containers.push(container);
            self.segments.containers.len() as ContainerId - 1
        };
        let nested = elements::nest(outer.tag, tag);
        let level = match (nested, tag) {
            (BlockTag::Heading, Some(BlockTag::Heading)) => {
                name.as_bytes().get(1).map(|digit| digit.saturating_sub(b'0'))
            }
            (BlockTag::Heading, _) => outer.level,
            _ => None,
        };
        let role = self.roles.get(&element.id()).copied().or(outer.role);
        self.frame = Frame { container: id, tag: nested, level, role };
        Open::Block { outer, paragraph: name == "p" }
    }

    fn close(&mut self) {
        let closed = self.open.pop();
        if self.card == Some(self.open.len()) {
            self.flush();
        }
        match closed {
            Some(Open::Skip) => self.skip -= 1,
            Some(Open::Noscript) => self.noscript -= 1,
            Some(Open::Block { outer, paragraph }) => {
                self.flush();
                self.settle_links();
                self.boundary = true;
                self.frame = outer;
                // `<p></p>` and `<p>&nbsp;</p>` are how old pages make room between parts.
                if paragraph {
                    self.breaks = self.breaks.max(1);
                }
            }
            Some(Open::Link) => {
                self.card = None;
                if let Some(link) = self.link.take() {
                    let text = self.text_of(&link);
                    self.block.links.extend(text.map(|text| Link { text, ..link.link }));
                }
                self.seam = true;
            }
            Some(Open::Bold) => self.bold = self.bold.saturating_sub(1),
            Some(Open::Italic) => self.italic = self.italic.saturating_sub(1),
            Some(Open::Named { outer }) => {
                self.flush();
                self.frame.role = outer;
            }
            Some(Open::Part) => self.flush(),
            Some(Open::Inline { spaced }) => self.seam |= spaced,
            None => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.skip > 0 {
            return;
        }
        if self.noscript > 0 && !self.read_noscript {
            self.noscript_bytes += text.trim().len();
            return;
        }
        let added = if self.frame.tag == BlockTag::Pre {
            self.block.text.push_str(text);
            text.chars().count() as u32
        } else {
            push_collapsed(&mut self.block.text, text, &mut self.space)
        };
        if added == 0 {
            return;
        }
        self.seam = false;
        if self.link.is_some() {
            self.block.link_chars += added;
        }
        if self.bold > 0 {
            self.block.bold_chars += added;
        }
        if self.italic > 0 {
            self.block.italic_chars += added;
        }
    }

    /// Two inline elements side by side are shown apart by their style; without white space their words would run together.
    fn join_seam(&mut self) {
        if self.seam && self.block.text.ends_with(char::is_alphanumeric) {
            self.space = true;
        }
        self.seam = false;
    }

    /// The text that a link has in the block at hand, where it is to be noted there.
    fn text_of(&self, open: &OpenLink) -> Option<String> {
        let text = self.block.text.get(open.start..).unwrap_or_default().trim();
        // A link without text (around an image) counts for the block that follows; but not after one that had its text.
        (!text.is_empty() || (self.block.text.is_empty() && !open.used)).then(|| text.to_owned())
    }

    /// Ends the part that an open link has in the block at hand.
    fn part_link(&mut self) {
        let Some(mut open) = self.link.take() else { return };
        if let Some(text) = self.text_of(&open) {
            self.block.links.push(Link { text, ..open.link.clone() });
            open.used = true;
        }
        open.start = 0;
        self.link = Some(open);
    }

    /// At the end of an element: a link around an image below text of the element belongs to that text, not to what follows the element.
    fn settle_links(&mut self) {
        // Elements within this one have begun after it.
        let own = self.frame.container;
        if let Some(last) = self.segments.blocks.last_mut().filter(|last| last.container >= own)
            && self.link.is_none()
            && self.block.text.is_empty()
        {
            let links = self.block.links.drain(..);
            last.links.extend(links.take(usize::from(last.links.is_empty())));
        }
    }

    /// Ends the block at hand, if it has text.
    fn flush(&mut self) {
        self.space = false;
        self.seam = false;
        if self.block.text.is_empty() || self.block.text.chars().all(|c| c.is_whitespace()) {
            self.block.text.clear();
            return;
        }
        self.part_link();
        let mut block = std::mem::take(&mut self.block);
        if self.frame.tag == BlockTag::Pre {
            block.text = trim_lines(&block.text);
        }
        block.tag = self.frame.tag;
        block.level = self.frame.level;
        block.container = self.frame.container;
        block.profile_role = self.frame.role;
        block.after_gap = self.boundary || self.breaks > 1;
        block.after_br = !self.boundary && self.breaks > 0;
        block.images = std::mem::take(&mut self.images);
        add(&mut self.segments, block);
        self.boundary = false;
        self.breaks = 0;
    }

    fn finish(mut self) -> Segments {
        self.flush();
        if let Some(last) = self.segments.blocks.last_mut() {
            last.images.append(&mut self.images);
        }
        self.segments
    }
}

/// Preformatted text without empty lines at its ends and without trailing spaces.
fn trim_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_matches(['\n', '\r']).lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// A hash of tag and class names, and what the names hint at.
fn look_of<'a>(element: ElementRef<'a>, name: &str, names: &mut hints::Names<'a>) -> (u64, u64) {
    let mut hasher = FxHasher::default();
    name.hash(&mut hasher);
    let mut bits = 0;
    for (key, value) in element.attrs() {
        match key {
            "class" => {
                value.hash(&mut hasher);
                bits |= names.hints(value);
            }
            "id" => bits |= names.hints(value),
            "itemprop" => {
                if value.eq_ignore_ascii_case("articleBody") {
                    bits |= hints::DECLARED_BODY;
                }
                bits |= names.hints(value);
            }
            "role" => match value {
                "main" => bits |= hints::DECLARED_BODY,
                "navigation" | "complementary" | "banner" | "contentinfo" | "search" => bits |= hints::DECLARED_FRAME,
                _ => {}
            },
            _ => {}
        }
    }
    (hasher.finish(), bits)
}

fn is_hidden(element: ElementRef<'_>) -> bool {
    element.attrs().any(|(key, value)| match key {
        "hidden" => true,
        "aria-hidden" => value == "true",
        "style" => value.contains("display:none") || value.contains("display: none"),
        _ => false,
    })
}

fn link_of(element: ElementRef<'_>) -> Link {
    let mut link = Link::default();
    for (key, value) in element.attrs() {
        match key {
            "href" => link.href = value.trim().to_owned(),
            "rel" => link.rel = value.to_ascii_lowercase(),
            _ => {}
        }
    }
    link
}

fn image_of(element: ElementRef<'_>) -> Option<ImageRef> {
    let mut image = ImageRef::default();
    for (key, value) in element.attrs() {
        match key {
            "src" => image.src = value.trim().to_owned(),
            "alt" => image.alt = value.trim().to_owned(),
            "title" => image.title = value.trim().to_owned(),
            _ => {}
        }
    }
    if image.src.is_empty() || image.src.starts_with("data:") {
        let whole = ["data-src", "data-original", "data-lazy-src"].into_iter().find_map(|name| element.attr(name));
        let first = || {
            let sets = ["data-srcset", "srcset"].into_iter().filter_map(|name| element.attr(name));
            sets.flat_map(str::split_whitespace).next()
        };
        if let Some(lazy) = whole.map(str::trim).or_else(first) {
            image.src = lazy.to_owned();
        }
    }
    (!image.src.is_empty() && !image.src.starts_with("data:")).then_some(image)
}

/// Whether an inline element is the leading part of a headline (a kicker), to be a block of its own: it stands first,
/// and either its class says so, or it is glued to what follows, or it is a `<span>`/`<small>` before bare text in `<h1>`.
fn is_leading_part<'a>(element: ElementRef<'a>, name: &str, level: Option<u8>, names: &mut hints::Names<'a>) -> bool {
    let blank = |node: NodeRef<'_>| node.text().is_some_and(|text| text.trim().is_empty());
    let first = element.node().all_before().all(blank);
    let Some(next) = element.node().all_after().find(|node| !blank(*node)) else {
        return false;
    };
    if !first || !matches!(name, "span" | "small" | "font" | "big") {
        return false;
    }
    let (_, bits) = look_of(element, name, names);
    if bits & hints::KICKER != 0 {
        return true;
    }
    match next.element() {
        Some(other) => level.is_some_and(|l| l <= 2) && matches!(other.name(), "span" | "small" | "font"),
        None => level == Some(1) && next.text().is_some(),
    }
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
