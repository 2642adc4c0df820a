//! What stands between html5ever's tokenizer and its tree builder and keeps the work for each token small.
//!
//! - Open elements: start tags below the depth limit are dropped with their end tags; their text stays.
//! - Open formatting elements (`<b>`, `<font>` and the like): html5ever opens each again in every following paragraph. When
//!   [`FORMATTING`] of them are open, end tags are sent for all.
//! - Elements altogether: when the limit is reached, the rest of the page is dropped.
//! - Long attribute values are emptied, comments dropped, and `<html>` and `<body>` after the first few, because each merges
//!   its attributes into the element that is there.
//!
//! Not for: the number of attributes of a tag, which the tokenizer has compared before a token comes (see
//! [`super::attributes`]).

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};

use ego_tree::NodeId;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, LocalName, QualName, local_name};
use rustc_hash::FxHashMap;
use scraper::{Html, HtmlTreeSink};

use super::ParseLimits;

/// How many formatting elements may be open. More than this is never meant.
const FORMATTING: u32 = 16;
/// How many `<html>` and `<body>` tags are merged.
const ROOTS: u32 = 8;
/// Bytes of an attribute's value; longer ones are images or data within the page.
const VALUE: usize = 64 * 1024;

/// The guard: a token sink that passes tokens on to the tree builder.
pub(super) struct Guard<'a> {
    builder: TreeBuilder<NodeId, Sink>,
    limits: &'a ParseLimits,
    /// Tokens seen, for whoever feeds the tokenizer.
    tokens: &'a Cell<u64>,
    /// Start tags dropped for their depth and not yet closed, by name.
    dropped: RefCell<FxHashMap<LocalName, u32>>,
    /// Formatting elements opened and not closed, by their place in [`formatting`].
    formatting: RefCell<[u32; 12]>,
    roots: Cell<u32>,
}

impl<'a> Guard<'a> {
    pub(super) fn new(limits: &'a ParseLimits, tokens: &'a Cell<u64>) -> Self {
        let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
        Self {
            builder: TreeBuilder::new(Sink::default(), options),
            limits,
            tokens,
            dropped: RefCell::default(),
            formatting: RefCell::default(),
            roots: Cell::new(0),
        }
    }

    /// Whether the page has all the elements it may have.
    pub(super) fn is_full(&self) -> bool {
        self.builder.sink.elements.get() > self.limits.elements
    }

    pub(super) fn finish(self) -> Html {
        self.builder.sink.finish()
    }

    fn pass(&self, tag: Tag, line: u64) -> TokenSinkResult<NodeId> {
        self.builder.process_token(Token::TagToken(tag), line)
    }

    fn start(&self, mut tag: Tag, line: u64) -> TokenSinkResult<NodeId> {
        if self.is_full() {
            return TokenSinkResult::Continue;
        }
        if matches!(tag.name, local_name!("html") | local_name!("body")) {
            self.roots.set(self.roots.get().saturating_add(1));
            if self.roots.get() > ROOTS {
                return TokenSinkResult::Continue;
            }
        } else if self.is_too_deep(&tag.name, line) {
            *self.dropped.borrow_mut().entry(tag.name).or_default() += 1;
            return TokenSinkResult::Continue;
        }
        tag.attrs.truncate(self.limits.attributes);
        for attribute in tag.attrs.iter_mut().filter(|attribute| attribute.value.len() > VALUE) {
            attribute.value = StrTendril::new();
        }
        if let Some(at) = formatting(&tag.name) {
            if self.formatting.borrow().iter().sum::<u32>() >= FORMATTING {
                self.close_formatting(line);
            }
            if let Some(open) = self.formatting.borrow_mut().get_mut(at) {
                *open += 1;
            }
        }
        self.pass(tag, line)
    }

    /// Whether an element must not be opened here. The tree builder closes elements without a word, so that the depth known
    /// here may be too large; a space tells where it stands, and keeps the words apart that a dropped tag stood between.
    fn is_too_deep(&self, name: &LocalName, line: u64) -> bool {
        let sink = &self.builder.sink;
        let is_deep = || sink.depth() >= self.limits.depth;
        if is_deep() && keeps_depth(name) {
            return false;
        }
        if is_deep() && formatting(name).is_none() {
            sink.probing.set(true);
            let _ = self.builder.process_token(Token::CharacterTokens(StrTendril::from_char(' ')), line);
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

    fn end_tag(&self, tag: Tag, line: u64) -> TokenSinkResult<NodeId> {
        if let Some(open) = self.dropped.borrow_mut().get_mut(&tag.name)
            && *open > 0
        {
            *open -= 1;
            return TokenSinkResult::Continue;
        }
        if let Some(at) = formatting(&tag.name)
            && let Some(open) = self.formatting.borrow_mut().get_mut(at)
        {
            *open = open.saturating_sub(1);
        }
        self.pass(tag, line)
    }

    /// Sends an end tag for every formatting element that may be open.
    fn close_formatting(&self, line: u64) {
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
                let _ = self.pass(tag, line);
            }
        }
    }
}

impl TokenSink for Guard<'_> {
    type Handle = NodeId;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<NodeId> {
        match token {
            Token::ParseError(_) => return TokenSinkResult::Continue,
            _ => self.tokens.set(self.tokens.get() + 1),
        }
        match token {
            Token::CommentToken(_) => TokenSinkResult::Continue,
            Token::TagToken(tag) => match tag.kind {
                TagKind::StartTag => self.start(tag, line),
                TagKind::EndTag => self.end_tag(tag, line),
            },
            token => self.builder.process_token(token, line),
        }
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
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

/// scraper's tree sink, which also knows how deep the tree builder stands.
struct Sink {
    tree: HtmlTreeSink,
    /// The open elements as far as they can be seen from here: each appended element cuts the path to its parent, so that
    /// what was closed without a word falls off at the next one.
    path: RefCell<Vec<NodeId>>,
    /// Whether text cuts the path, too.
    probing: Cell<bool>,
    elements: Cell<usize>,
}

impl Default for Sink {
    fn default() -> Self {
        Self {
            tree: HtmlTreeSink::new(Html::new_document()),
            path: RefCell::default(),
            probing: Cell::new(false),
            elements: Cell::new(0),
        }
    }
}

impl Sink {
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
                let html = self.tree.0.borrow();
                let Some(parent) = html.tree.get(parent) else { return };
                path.clear();
                path.extend(parent.ancestors().map(|node| node.id()));
                path.reverse();
                path.push(parent.id());
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

impl TreeSink for Sink {
    type Output = Html;
    type Handle = NodeId;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Html {
        self.tree.finish()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.tree.set_quirks_mode(mode);
    }

    fn get_document(&self) -> NodeId {
        self.tree.get_document()
    }

    fn same_node(&self, x: &NodeId, y: &NodeId) -> bool {
        x == y
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Ref<'a, QualName> {
        self.tree.elem_name(target)
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        self.elements.set(self.elements.get() + 1);
        self.tree.create_element(name, attrs, flags)
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
        self.tree.create_comment(text)
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.tree.create_pi(target, data)
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        self.descend(*parent, &child);
        self.tree.append(parent, child);
    }

    fn append_before_sibling(&self, sibling: &NodeId, child: NodeOrText<NodeId>) {
        self.foster(*sibling, &child);
        self.tree.append_before_sibling(sibling, child);
    }

    fn append_based_on_parent_node(&self, element: &NodeId, previous: &NodeId, child: NodeOrText<NodeId>) {
        self.foster(*element, &child);
        self.tree.append_based_on_parent_node(element, previous, child);
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        self.tree.append_doctype_to_document(name, public_id, system_id);
    }

    fn pop(&self, node: &NodeId) {
        let mut path = self.path.borrow_mut();
        if let Some(at) = path.iter().rposition(|open| open == node) {
            path.truncate(at);
        }
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.tree.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        self.tree.reparent_children(node, new_parent);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attrs: Vec<Attribute>) {
        self.tree.add_attrs_if_missing(target, attrs);
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        self.tree.get_template_contents(target)
    }
}
