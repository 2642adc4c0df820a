//! The nodes of a document in one arena: links are numbers, text and attribute values are parts of the page's one buffer.
//!
//! Small and flat, because every page is walked several times and dropped soon after.

use std::fmt;

use html5ever::tendril::StrTendril;
use html5ever::{LocalName, Namespace, local_name, ns};

/// No node.
const NONE: u32 = u32::MAX;

/// A node's place in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    /// The document itself.
    pub(super) const DOCUMENT: Self = Self(0);
}

/// What a node is. Sixteen bytes, since a page of data has hundreds of thousands.
#[derive(Debug)]
#[expect(
    clippy::box_collection,
    reason = "a string alone is larger than all else that a node may be, and hardly any node has one"
)]
pub(super) enum Data {
    /// The document, a document type, the content of a `<template>`.
    Other,
    Element(Element),
    /// A text that is part of the page: its first byte, and one beyond its last.
    Part(u32, u32),
    /// A text of so many bytes.
    Short(u8, [u8; SHORT]),
    /// A text that stands nowhere in the page as a whole.
    Own(Box<String>),
}

/// Bytes of the texts that are kept in their node: html5ever copies those of as many.
const SHORT: usize = 8;

/// The standard that an element's name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Html,
    Svg,
    MathMl,
    Other,
}

impl Space {
    fn of(namespace: &Namespace) -> Self {
        match *namespace {
            ns!(html) => Self::Html,
            ns!(svg) => Self::Svg,
            ns!(mathml) => Self::MathMl,
            _ => Self::Other,
        }
    }

    pub(super) fn namespace(self) -> &'static Namespace {
        static NAMESPACES: [Namespace; 4] = [ns!(html), ns!(svg), ns!(mathml), ns!()];
        match self {
            Self::Html => &NAMESPACES[0],
            Self::Svg => &NAMESPACES[1],
            Self::MathMl => &NAMESPACES[2],
            Self::Other => &NAMESPACES[3],
        }
    }
}

/// An element's name, and where its attributes stand.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: LocalName,
    /// The first of them in [`Tree::attributes`], and how many there are.
    attributes: u32,
    count: u16,
    pub(super) space: Space,
}

impl Element {
    /// A name that no element has, without attributes.
    pub(super) const fn unnamed() -> Self {
        Self { space: Space::Other, name: local_name!(""), attributes: 0, count: 0 }
    }

    fn range(&self) -> std::ops::Range<usize> {
        let from = self.attributes as usize;
        from..from + usize::from(self.count)
    }
}

/// An attribute; of `xlink:href` and the like the local name.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: LocalName,
    pub(super) value: StrTendril,
}

#[derive(Debug)]
struct Node {
    parent: u32,
    before: u32,
    after: u32,
    first: u32,
    last: u32,
    data: Data,
}

/// The nodes of a document. The tree builder makes it; whoever reads takes a [`NodeRef`].
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    /// The page, which texts are parts of.
    page: StrTendril,
}

impl Tree {
    /// A document without content, with room for so many nodes, whose texts are parts of a page.
    pub(super) fn with_capacity(nodes: usize, page: StrTendril) -> Self {
        let mut tree = Self { nodes: Vec::with_capacity(nodes), attributes: Vec::with_capacity(nodes), page };
        tree.make(Data::Other);
        tree
    }

    /// A node that stands nowhere yet.
    pub(super) fn make(&mut self, data: Data) -> NodeId {
        let id = u32::try_from(self.nodes.len()).unwrap_or(NONE);
        self.nodes.push(Node { parent: NONE, before: NONE, after: NONE, first: NONE, last: NONE, data });
        NodeId(id)
    }

    /// An element that stands nowhere yet.
    pub(super) fn make_element(
        &mut self,
        space: Namespace,
        name: LocalName,
        attributes: impl Iterator<Item = Attribute>,
    ) -> NodeId {
        let (attributes, count) = self.add_attributes(attributes);
        self.make(Data::Element(Element { space: Space::of(&space), name, attributes, count }))
    }

    /// Adds attributes, as many as can be counted.
    fn add_attributes(&mut self, attributes: impl Iterator<Item = Attribute>) -> (u32, u16) {
        let from = self.attributes.len();
        self.attributes.extend(attributes.take(usize::from(u16::MAX)));
        let count = self.attributes.len() - from;
        (u32::try_from(from).unwrap_or(NONE), u16::try_from(count).unwrap_or(u16::MAX))
    }

    /// Adds the attributes that the element does not have.
    pub(super) fn add_missing(&mut self, id: NodeId, attributes: Vec<Attribute>) {
        let Some(element) = self.element(id) else { return };
        let known = self.attributes.get(element.range()).unwrap_or_default();
        let missing: Vec<Attribute> =
            attributes.into_iter().filter(|new| known.iter().all(|old| old.name != new.name)).collect();
        if missing.is_empty() {
            return;
        }
        let copy = |old: &Attribute| Attribute { name: old.name.clone(), value: old.value.clone() };
        let all: Vec<Attribute> = known.iter().map(copy).chain(missing).collect();
        let place = self.add_attributes(all.into_iter());
        if let Some(Node { data: Data::Element(element), .. }) = self.nodes.get_mut(id.0 as usize) {
            (element.attributes, element.count) = place;
        }
    }

    fn get(&self, id: u32) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// Changes a link of a node, where there is one.
    fn link(&mut self, id: u32, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            change(node);
        }
    }

    pub(super) fn element(&self, id: NodeId) -> Option<&Element> {
        match &self.get(id.0)?.data {
            Data::Element(element) => Some(element),
            Data::Other | Data::Part(..) | Data::Short(..) | Data::Own(_) => None,
        }
    }

    fn text<'a>(&'a self, data: &'a Data) -> Option<&'a str> {
        match data {
            Data::Part(from, to) => self.page.get(*from as usize..*to as usize),
            Data::Short(length, bytes) => std::str::from_utf8(bytes.get(..usize::from(*length))?).ok(),
            Data::Own(text) => Some(text),
            Data::Other | Data::Element(_) => None,
        }
    }

    /// A text as it is kept.
    fn keep(&self, text: &str) -> Data {
        let (page, begin) = (self.page.as_ptr() as usize, text.as_ptr() as usize);
        let part = begin.checked_sub(page).and_then(|from| {
            let to = from + text.len();
            (to <= self.page.len()).then_some((u32::try_from(from).ok()?, u32::try_from(to).ok()?))
        });
        if let Some((from, to)) = part {
            return Data::Part(from, to);
        }
        let mut short = [0; SHORT];
        match short.get_mut(..text.len()) {
            Some(own) => {
                own.copy_from_slice(text.as_bytes());
                Data::Short(text.len() as u8, short)
            }
            None => Data::Own(Box::new(text.to_owned())),
        }
    }

    pub(super) fn parent(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.get(id.0)?.parent;
        (parent != NONE).then_some(NodeId(parent))
    }

    pub(super) fn first_child(&self, id: NodeId) -> Option<NodeId> {
        let first = self.get(id.0)?.first;
        (first != NONE).then_some(NodeId(first))
    }

    /// Takes a node out of where it stands.
    pub(super) fn detach(&mut self, id: NodeId) {
        let Some(&Node { parent, before, after, .. }) = self.get(id.0) else { return };
        self.link(before, |node| node.after = after);
        self.link(after, |node| node.before = before);
        self.link(parent, |node| {
            if node.first == id.0 {
                node.first = after;
            }
            if node.last == id.0 {
                node.last = before;
            }
        });
        self.link(id.0, |node| (node.parent, node.before, node.after) = (NONE, NONE, NONE));
    }

    /// Makes a node the last child of another.
    pub(super) fn append(&mut self, parent: NodeId, child: NodeId) {
        self.detach(child);
        let last = self.get(parent.0).map_or(NONE, |node| node.last);
        self.link(child.0, |node| (node.parent, node.before) = (parent.0, last));
        self.link(last, |node| node.after = child.0);
        self.link(parent.0, |node| {
            node.last = child.0;
            if node.first == NONE {
                node.first = child.0;
            }
        });
    }

    /// Puts a node before another one, which stands somewhere.
    pub(super) fn insert_before(&mut self, sibling: NodeId, new: NodeId) {
        self.detach(new);
        let Some(&Node { parent, before, .. }) = self.get(sibling.0) else { return };
        self.link(new.0, |node| (node.parent, node.before, node.after) = (parent, before, sibling.0));
        self.link(sibling.0, |node| node.before = new.0);
        self.link(before, |node| node.after = new.0);
        self.link(parent, |node| {
            if node.first == sibling.0 {
                node.first = new.0;
            }
        });
    }

    /// Appends text to a node: to its last child where that is text.
    pub(super) fn append_text(&mut self, parent: NodeId, text: StrTendril) {
        let last = self.get(parent.0).map_or(NONE, |node| node.last);
        if !self.join(last, &text) {
            let node = self.make(self.keep(&text));
            self.append(parent, node);
        }
    }

    /// Puts text before a node: into its sibling where that is text.
    pub(super) fn insert_text_before(&mut self, sibling: NodeId, text: StrTendril) {
        let before = self.get(sibling.0).map_or(NONE, |node| node.before);
        if !self.join(before, &text) {
            let node = self.make(self.keep(&text));
            self.insert_before(sibling, node);
        }
    }

    /// Adds text to a node, where it is a text.
    fn join(&mut self, id: u32, text: &str) -> bool {
        let Some(node) = self.get(id) else { return false };
        let Some(known) = self.text(&node.data) else { return false };
        let joined = match (&node.data, self.keep(text)) {
            // As it stands in the page.
            (Data::Part(from, middle), Data::Part(next, to)) if *middle == next => Data::Part(*from, to),
            (Data::Own(_), _) => {
                self.link(id, |node| {
                    if let Data::Own(known) = &mut node.data {
                        known.push_str(text);
                    }
                });
                return true;
            }
            _ => self.keep(&[known, text].concat()),
        };
        self.link(id, |node| node.data = joined);
        true
    }

    /// Makes all children of a node those of another.
    pub(super) fn move_children(&mut self, from: NodeId, to: NodeId) {
        while let Some(child) = self.first_child(from) {
            self.append(to, child);
        }
    }

    pub(super) fn node(&self, id: NodeId) -> NodeRef<'_> {
        NodeRef { tree: self, id: id.0 }
    }

    /// Every node in the order in which they were made.
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeRef<'_>> {
        (0..self.nodes.len()).map(|id| NodeRef { tree: self, id: id as u32 })
    }
}

/// A node of a document.
#[derive(Clone, Copy)]
pub struct NodeRef<'a> {
    tree: &'a Tree,
    id: u32,
}

impl fmt::Debug for NodeRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.element(), self.text()) {
            (Some(element), _) => write!(f, "<{}>#{}", element.name(), self.id),
            (None, Some(text)) => write!(f, "{text:?}#{}", self.id),
            (None, None) => write!(f, "#{}", self.id),
        }
    }
}

/// A step of a walk.
#[derive(Debug, Clone, Copy)]
pub enum Edge<'a> {
    /// A node begins.
    Open(NodeRef<'a>),
    /// A node that began has ended.
    Close(NodeRef<'a>),
}

impl<'a> NodeRef<'a> {
    fn get(self) -> Option<&'a Node> {
        self.tree.get(self.id)
    }

    fn at(self, id: u32) -> Option<Self> {
        (id != NONE).then_some(Self { tree: self.tree, id })
    }

    /// Its place in the document.
    #[must_use]
    pub const fn id(self) -> NodeId {
        NodeId(self.id)
    }

    /// Its text, where it is a text.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        self.tree.text(&self.get()?.data)
    }

    /// The element that it is.
    #[must_use]
    pub fn element(self) -> Option<ElementRef<'a>> {
        self.tree.element(self.id()).map(|element| ElementRef { node: self, element })
    }

    /// The node that it stands in.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        self.at(self.get()?.parent)
    }

    /// The nodes that it stands in, innermost first.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), |node| node.parent())
    }

    /// Its first child.
    #[must_use]
    pub fn first_child(self) -> Option<Self> {
        self.at(self.get()?.first)
    }

    /// The node before it in its parent.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        self.at(self.get()?.before)
    }

    /// The node after it in its parent.
    #[must_use]
    pub fn after(self) -> Option<Self> {
        self.at(self.get()?.after)
    }

    /// The nodes before it in its parent, nearest first.
    pub fn all_before(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.before(), |node| node.before())
    }

    /// The nodes after it in its parent.
    pub fn all_after(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.after(), |node| node.after())
    }

    /// The node and everything in it, in the order of the page.
    pub fn descendants(self) -> impl Iterator<Item = Self> {
        self.walk().filter_map(|edge| match edge {
            Edge::Open(node) => Some(node),
            Edge::Close(_) => None,
        })
    }

    /// The beginnings and ends of the node and everything in it.
    #[must_use]
    pub const fn walk(self) -> Walk<'a> {
        Walk { root: self, next: Some(Edge::Open(self)) }
    }

    /// The text within, as it stands there.
    #[must_use]
    pub fn inner_text(self) -> String {
        self.descendants().filter_map(NodeRef::text).collect()
    }
}

/// A walk over a node and everything in it.
#[derive(Debug)]
pub struct Walk<'a> {
    root: NodeRef<'a>,
    next: Option<Edge<'a>>,
}

impl<'a> Iterator for Walk<'a> {
    type Item = Edge<'a>;

    fn next(&mut self) -> Option<Edge<'a>> {
        let edge = self.next?;
        self.next = match edge {
            Edge::Open(node) => Some(node.first_child().map_or(Edge::Close(node), Edge::Open)),
            Edge::Close(node) if node.id == self.root.id => None,
            Edge::Close(node) => node.after().map(Edge::Open).or_else(|| node.parent().map(Edge::Close)),
        };
        Some(edge)
    }
}

/// An element of a document.
#[derive(Clone, Copy)]
pub struct ElementRef<'a> {
    node: NodeRef<'a>,
    element: &'a Element,
}

impl fmt::Debug for ElementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

impl<'a> ElementRef<'a> {
    /// The node that it is.
    #[must_use]
    pub const fn node(self) -> NodeRef<'a> {
        self.node
    }

    /// Its place in the document.
    #[must_use]
    pub const fn id(self) -> NodeId {
        self.node.id()
    }

    /// Its name, lower case but for some of SVG's.
    #[must_use]
    pub fn name(self) -> &'a str {
        &self.element.name
    }

    pub(super) fn namespace(self) -> &'static Namespace {
        self.element.space.namespace()
    }

    pub(super) const fn local_name(self) -> &'a LocalName {
        &self.element.name
    }

    /// Whether it is HTML's, not SVG's or MathML's.
    #[must_use]
    pub fn is_html(self) -> bool {
        self.element.space == Space::Html
    }

    pub(super) fn attributes(self) -> &'a [Attribute] {
        self.node.tree.attributes.get(self.element.range()).unwrap_or_default()
    }

    /// Its attributes in the order of the page: names in lower case, values.
    pub fn attrs(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.attributes().iter().map(|attribute| (&*attribute.name, &*attribute.value))
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attr(self, name: &str) -> Option<&'a str> {
        self.attrs().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The element that it stands in.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        self.node.parent()?.element()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_small() {
        assert_eq!((size_of::<Data>(), size_of::<Node>()), (16, 40));
    }

    #[test]
    fn texts_are_joined_as_parts_and_as_copies() {
        let page = StrTendril::from_slice("Der Ort liegt am Fluss, der Fluss am Ort.");
        let part = |from: u32, length: u32| page.try_subtendril(from, length).unwrap();
        let mut tree = Tree::with_capacity(4, page.clone());
        for (texts, whole) in [
            (vec![part(0, 22), part(22, 19)], &*page),
            (vec![part(0, 13), part(22, 11)], "Der Ort liegt, der Fluss"),
            (
                vec![part(4, 3), StrTendril::from_slice("e"), part(7, 15), StrTendril::from_slice("!")],
                "Orte liegt am Fluss!",
            ),
            (vec![StrTendril::from_slice("Wort"), StrTendril::from_slice(" und")], "Wort und"),
        ] {
            let parent = tree.make(Data::Other);
            texts.into_iter().for_each(|text| tree.append_text(parent, text));
            let node = tree.node(parent).first_child().unwrap();
            assert_eq!((node.text(), node.after().is_none()), (Some(whole), true));
        }
    }
}
