//! What stands before html5ever's tree builder and keeps the work for each token small.
//!
//! - Open elements: start tags below the depth limit are dropped with their end tags; their text stays.
//! - Open formatting elements (`<b>`, `<font>` and the like): html5ever opens each again in every following paragraph. When
//!   [`FORMATTING`] of them are open, end tags are sent for all.
//! - Elements altogether: when the limit is reached, the rest of the page is dropped.
//! - Long attribute values are emptied, and `<html>` and `<body>` after the first few dropped, because each merges its
//!   attributes into the element that is there.
//!
//! Not for: the number of attributes of a tag, which whoever reads the text has bounded (see [`super::tokens`]).

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Doctype, Tag, TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, LocalName, Namespace, QualName, local_name};
use rustc_hash::FxHashMap;

use super::ParseLimits;
use super::tree::{self, Data, Element, NodeId, Tree};

/// How many formatting elements may be open. More than this is never meant.
const FORMATTING: u32 = 16;
/// How many `<html>` and `<body>` tags are merged.
const ROOTS: u32 = 8;
/// Bytes of an attribute's value; longer ones are images or data within the page.
const VALUE: usize = 64 * 1024;

/// The line that the tree builder is told: nobody asks for it.
const LINE: u64 = 1;

/// The guard: takes tokens, and passes them on to the tree builder.
pub(super) struct Guard<'a> {
    builder: TreeBuilder<NodeId, Sink>,
    limits: &'a ParseLimits,
    /// Elements of the page, at most.
    elements: usize,
    /// Start tags dropped for their depth and not yet closed, by name.
    dropped: RefCell<FxHashMap<LocalName, u32>>,
    /// Formatting elements opened and not closed, by their place in [`formatting`].
    formatting: RefCell<[u32; 12]>,
    roots: Cell<u32>,
}

impl<'a> Guard<'a> {
    /// A guard for a page.
    pub(super) fn new(limits: &'a ParseLimits, page: &StrTendril) -> Self {
        let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
        Self {
            builder: TreeBuilder::new(Sink::new(page), options),
            limits,
            // Elements that the tree builder opens again in every paragraph must not outgrow the page.
            elements: limits.elements.min(50_000 + page.len() / 4),
            dropped: RefCell::default(),
            formatting: RefCell::default(),
            roots: Cell::new(0),
        }
    }

    /// Whether the page has all the elements it may have.
    pub(super) fn is_full(&self) -> bool {
        self.builder.sink.elements.get() > self.elements
    }

    /// The elements after which the page was cut.
    pub(super) fn cut_after(&self) -> Option<usize> {
        self.is_full().then_some(self.elements)
    }

    /// Ends the page and gives its tree.
    pub(super) fn finish(self) -> Tree {
        let _ = self.builder.process_token(Token::EOFToken, LINE);
        self.builder.end();
        self.builder.sink.finish()
    }

    /// Whether the next element would stand in one of SVG or MathML.
    pub(super) fn is_foreign(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }

    /// Takes a document type.
    pub(super) fn doctype(&self, doctype: Doctype) {
        let _ = self.builder.process_token(Token::DoctypeToken(doctype), LINE);
    }

    /// Takes text.
    pub(super) fn text(&self, text: StrTendril) {
        let _ = self.builder.process_token(Token::CharacterTokens(text), LINE);
    }

    fn pass(&self, tag: Tag) -> TokenSinkResult<NodeId> {
        self.builder.process_token(Token::TagToken(tag), LINE)
    }

    /// Takes a start tag; says whether its content is no markup.
    pub(super) fn start(&self, mut tag: Tag) -> TokenSinkResult<NodeId> {
        if self.is_full() {
            return TokenSinkResult::Continue;
        }
        if matches!(tag.name, local_name!("html") | local_name!("body")) {
            self.roots.set(self.roots.get().saturating_add(1));
            if self.roots.get() > ROOTS {
                return TokenSinkResult::Continue;
            }
        } else if self.is_too_deep(&tag.name) {
            *self.dropped.borrow_mut().entry(tag.name).or_default() += 1;
            return TokenSinkResult::Continue;
        }
        for attribute in tag.attrs.iter_mut().filter(|attribute| attribute.value.len() > VALUE) {
            attribute.value = StrTendril::new();
        }
        if let Some(at) = formatting(&tag.name) {
            if self.formatting.borrow().iter().sum::<u32>() >= FORMATTING {
                self.close_formatting();
            }
            if let Some(open) = self.formatting.borrow_mut().get_mut(at) {
                *open += 1;
            }
        }
        self.pass(tag)
    }

    /// Whether an element must not be opened here. The tree builder closes elements without a word, so that the depth known
    /// here may be too large; a space tells where it stands, and keeps the words apart that a dropped tag stood between.
    fn is_too_deep(&self, name: &LocalName) -> bool {
        let sink = &self.builder.sink;
        let is_deep = || sink.depth() >= self.limits.depth;
        if is_deep() && keeps_depth(name) {
            return false;
        }
        if is_deep() && formatting(name).is_none() {
            sink.probing.set(true);
            self.text(StrTendril::from_char(' '));
            sink.probing.set(false);
        }
        if is_deep() {
            return true;
        }
        if !self.dropped.borrow().is_empty() {
            self.dropped.borrow_mut().clear();
        }
        false
    }

    /// Takes an end tag.
    pub(super) fn end_tag(&self, tag: Tag) {
        if let Some(open) = self.dropped.borrow_mut().get_mut(&tag.name)
            && *open > 0
        {
            *open -= 1;
            return;
        }
        if let Some(at) = formatting(&tag.name)
            && let Some(open) = self.formatting.borrow_mut().get_mut(at)
        {
            *open = open.saturating_sub(1);
        }
        let _ = self.pass(tag);
    }

    /// Sends an end tag for every formatting element that may be open.
    fn close_formatting(&self) {
        let open = std::mem::take(&mut *self.formatting.borrow_mut());
        for (name, count) in FORMATTING_NAMES.iter().zip(open) {
            for _ in 0..count {
                let tag = Tag {
                    kind: TagKind::EndTag,
                    name: LocalName::from(*name),
                    self_closing: false,
                    attrs: Vec::new(),
                    had_duplicate_attributes: false,
                };
                let _ = self.pass(tag);
            }
        }
    }
}

const FORMATTING_NAMES: [&str; 12] =
    ["b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"];

/// The place of a formatting element in [`FORMATTING_NAMES`]. Links and `<nobr>` close their like, so that they never pile up.
fn formatting(name: &LocalName) -> Option<usize> {
    Some(match *name {
        local_name!("b") => 0,
        local_name!("big") => 1,
        local_name!("code") => 2,
        local_name!("em") => 3,
        local_name!("font") => 4,
        local_name!("i") => 5,
        local_name!("s") => 6,
        local_name!("small") => 7,
        local_name!("strike") => 8,
        local_name!("strong") => 9,
        local_name!("tt") => 10,
        local_name!("u") => 11,
        _ => return None,
    })
}

/// Elements that may be passed at any depth: they have no content, or content that the tokenizer must read as no markup.
fn keeps_depth(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("area")
            | local_name!("base")
            | local_name!("br")
            | local_name!("col")
            | local_name!("embed")
            | local_name!("hr")
            | local_name!("img")
            | local_name!("input")
            | local_name!("link")
            | local_name!("meta")
            | local_name!("param")
            | local_name!("source")
            | local_name!("track")
            | local_name!("wbr")
            | local_name!("script")
            | local_name!("style")
            | local_name!("textarea")
            | local_name!("title")
            | local_name!("iframe")
            | local_name!("noembed")
            | local_name!("noframes")
            | local_name!("xmp")
            | local_name!("plaintext")
            | local_name!("head")
    )
}

/// The tree as it grows, and how deep the tree builder stands.
struct Sink {
    tree: RefCell<Tree>,
    /// The open elements as far as they can be seen from here: each appended element cuts the path to its parent, so that
    /// what was closed without a word falls off at the next one.
    path: RefCell<Vec<NodeId>>,
    /// Whether text cuts the path, too.
    probing: Cell<bool>,
    elements: Cell<usize>,
}

impl Sink {
    fn new(page: &StrTendril) -> Self {
        // An element and its text take fifty bytes or more on most pages; the rest is added as it comes.
        let room = (page.len() / 64).min(4096);
        Self {
            tree: RefCell::new(Tree::with_capacity(room, page.clone())),
            path: RefCell::default(),
            probing: Cell::new(false),
            elements: Cell::new(0),
        }
    }

    fn depth(&self) -> usize {
        self.path.borrow().len()
    }

    /// Notes that something was appended to a parent.
    fn descend(&self, parent: NodeId, child: &NodeOrText<NodeId>) {
        let child = match child {
            NodeOrText::AppendNode(child) => Some(*child),
            NodeOrText::AppendText(_) if self.probing.get() => None,
            NodeOrText::AppendText(_) => return,
        };
        let mut path = self.path.borrow_mut();
        match path.iter().rposition(|open| *open == parent) {
            Some(at) => path.truncate(at + 1),
            None => {
                path.clear();
                let tree = self.tree.borrow();
                path.extend(std::iter::successors(Some(parent), |node| tree.parent(*node)));
                path.reverse();
            }
        }
        path.extend(child);
    }

    /// Notes an element that was put before a table because it may not stand within.
    fn foster(&self, table: NodeId, child: &NodeOrText<NodeId>) {
        if let NodeOrText::AppendNode(child) = child {
            let mut path = self.path.borrow_mut();
            if let Some(at) = path.iter().rposition(|open| *open == table) {
                path.truncate(at + 1);
            }
            path.push(*child);
        }
    }
}

/// The name of an element in the tree.
#[derive(Debug)]
struct Name<'a>(Ref<'a, Element>);

impl ElemName for Name<'_> {
    fn ns(&self) -> &Namespace {
        self.0.space.namespace()
    }

    fn local_name(&self) -> &LocalName {
        &self.0.name
    }
}

fn append(tree: &mut Tree, parent: NodeId, child: NodeOrText<NodeId>) {
    match child {
        NodeOrText::AppendNode(child) => tree.append(parent, child),
        NodeOrText::AppendText(text) => tree.append_text(parent, text),
    }
}

fn insert_before(tree: &mut Tree, sibling: NodeId, child: NodeOrText<NodeId>) {
    if let NodeOrText::AppendNode(child) = child {
        tree.detach(child);
    }
    if tree.parent(sibling).is_none() {
        return;
    }
    match child {
        NodeOrText::AppendNode(child) => tree.insert_before(sibling, child),
        NodeOrText::AppendText(text) => tree.insert_text_before(sibling, text),
    }
}

fn attributes(attrs: Vec<Attribute>) -> impl Iterator<Item = tree::Attribute> {
    attrs.into_iter().map(|attribute| tree::Attribute { name: attribute.name.local, value: attribute.value })
}

impl TreeSink for Sink {
    type Output = Tree;
    type Handle = NodeId;
    type ElemName<'a> = Name<'a>;

    fn finish(self) -> Tree {
        self.tree.into_inner()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn get_document(&self) -> NodeId {
        NodeId::DOCUMENT
    }

    fn same_node(&self, x: &NodeId, y: &NodeId) -> bool {
        x == y
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Name<'a> {
        // The tree builder asks for elements only; another answer than a name there is none.
        static NONE: Element = Element::unnamed();
        Name(Ref::map(self.tree.borrow(), |tree| tree.element(*target).unwrap_or(&NONE)))
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        self.elements.set(self.elements.get() + 1);
        let mut tree = self.tree.borrow_mut();
        let element = tree.make_element(name.ns, name.local, attributes(attrs));
        if flags.template {
            let content = tree.make(Data::Other);
            tree.append(element, content);
        }
        element
    }

    fn create_comment(&self, _: StrTendril) -> NodeId {
        self.tree.borrow_mut().make(Data::Other)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> NodeId {
        self.tree.borrow_mut().make(Data::Other)
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        self.descend(*parent, &child);
        append(&mut self.tree.borrow_mut(), *parent, child);
    }

    fn append_before_sibling(&self, sibling: &NodeId, child: NodeOrText<NodeId>) {
        self.foster(*sibling, &child);
        insert_before(&mut self.tree.borrow_mut(), *sibling, child);
    }

    fn append_based_on_parent_node(&self, element: &NodeId, previous: &NodeId, child: NodeOrText<NodeId>) {
        self.foster(*element, &child);
        let mut tree = self.tree.borrow_mut();
        if tree.parent(*element).is_some() {
            insert_before(&mut tree, *element, child);
        } else {
            append(&mut tree, *previous, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn pop(&self, node: &NodeId) {
        let mut path = self.path.borrow_mut();
        if let Some(at) = path.iter().rposition(|open| open == node) {
            path.truncate(at);
        }
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.tree.borrow_mut().detach(*target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        self.tree.borrow_mut().move_children(*node, *new_parent);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attrs: Vec<Attribute>) {
        self.tree.borrow_mut().add_missing(*target, attributes(attrs).collect());
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        self.tree.borrow().first_child(*target).unwrap_or(*target)
    }
}
