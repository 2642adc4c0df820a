//! A page as a sequence of blocks, and the tree of containers they stand in.

use super::{Part, Role};

/// An index into [`Segments::containers`].
pub type ContainerId = u32;

/// A page cut into blocks, in reading order, with the tree of elements around them.
///
/// Plain text gives the same shape: blocks are lines, and there is one container, the page.
#[derive(Debug, Clone, Default)]
pub struct Segments {
    /// The blocks in the order of the page.
    pub blocks: Vec<Block>,
    /// The elements that hold blocks, parents before children; the first is the page.
    pub containers: Vec<Container>,
    /// Whether the page came as plain text, so that structure is absent and not merely poor.
    pub plain_text: bool,
}

/// The smallest unit that has one role: a paragraph, a heading, a list item, a cell, or one line between `<br>`s.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// The text, white space collapsed, never empty; line feeds only in [`BlockTag::Pre`].
    pub text: String,
    /// What kind of element the text stood in.
    pub tag: BlockTag,
    /// 1 to 6 for headings.
    pub level: Option<u8>,
    /// The element around it.
    pub container: ContainerId,
    /// Links within the block, in order; `href` as written.
    pub links: Vec<Link>,
    /// Images that stand in the block or between the block before it and it.
    pub images: Vec<ImageRef>,
    /// Characters of the text that are link text.
    pub link_chars: u32,
    /// Characters of the text that are bold.
    pub bold_chars: u32,
    /// Characters of the text that are italic.
    pub italic_chars: u32,
    /// Whether a `<br>` (not a block boundary) stands before the block.
    pub after_br: bool,
    /// Whether an empty line (plain text), `<br><br>` or a block boundary stands before the block.
    pub after_gap: bool,
    /// `datetime` of a `<time>` within the block.
    pub datetime: Option<String>,
    /// What a selector of the site's profile says the block is.
    pub profile_role: Option<Role>,
}

/// The kind of element that a block's text stood in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BlockTag {
    /// `<p>`.
    P,
    /// `<h1>` to `<h6>`; the level is in [`Block::level`].
    Heading,
    /// `<li>`.
    Li,
    /// `<td>`, `<th>`.
    Cell,
    /// `<blockquote>`, `<q>` as a block.
    Quote,
    /// `<pre>`.
    Pre,
    /// `<figcaption>`, `<caption>`.
    Caption,
    /// `<dt>`, `<dd>`.
    Definition,
    /// `<button>`, `<label>`, `<legend>`, `<option>`, `<summary>`.
    Control,
    /// `<div>`, `<section>`, `<td>` text cut by `<br>`, any other element, or a line of plain text.
    #[default]
    Div,
}

/// A link in a block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// The address as written in the page.
    pub href: String,
    /// The link's text, white space collapsed.
    pub text: String,
    /// `rel`, lower case, as written.
    pub rel: String,
}

/// An image in or before a block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageRef {
    /// The address as written in the page (`src`, or a lazy-loading attribute).
    pub src: String,
    /// `alt`.
    pub alt: String,
    /// `title`.
    pub title: String,
}

/// An element that holds blocks or other containers.
#[derive(Debug, Clone, Default)]
pub struct Container {
    /// The element around it; the page is its own parent.
    pub parent: ContainerId,
    /// Depth below the page.
    pub depth: u16,
    /// The element's name, lower case.
    pub tag: &'static str,
    /// A hash of tag and class names, the same for containers that look the same.
    pub shape: u64,
    /// What class names, ids, roles and microdata say about it (evidence, never a verdict).
    pub hints: u64,
}

/// A block with its role.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// The block.
    pub block: Block,
    /// What it is.
    pub role: Role,
    /// How sure the classifier is of the role, 0 to 1.
    pub score: f32,
    /// What decided, strongest first.
    pub reasons: Vec<Reason>,
}

/// Why a block got its role.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// A rule of the site's profile, by its name.
    Profile(String),
    /// A cue: a known wording.
    Cue(&'static str),
    /// A shape: the way the block and its neighbours look.
    Shape(&'static str),
    /// The learned model, with the probability it gave.
    Model(f32),
    /// The learned model of parts: what the block is within a group of items.
    Part(Part),
    /// The text recurs on pages of the site.
    Recurs {
        /// Pages with it.
        on: u32,
        /// Pages looked at.
        of: u32,
    },
}
