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

/// What a node is.
#[derive(Debug)]
pub(super) enum Data {
    /// The document, a document type, the content of a `<template>`.
    Other,
    Element(Element),
    Text(StrTendril),
}

/// An element's name, and where its attributes stand.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) space: Namespace,
    pub(super) name: LocalName,
    /// First and one beyond the last in [`Tree::attributes`].
    attributes: (u32, u32),
}

impl Element {
    /// A name that no element has, without attributes.
    pub(super) const fn unnamed() -> Self {
        Self { space: ns!(), name: local_name!(""), attributes: (0, 0) }
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
}

impl Tree {
    /// A document without content, with room for so many nodes.
    pub(super) fn with_capacity(nodes: usize) -> Self {
        let mut tree = Self { nodes: Vec::with_capacity(nodes), attributes: Vec::with_capacity(nodes) };
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
        let attributes = self.add_attributes(attributes);
        self.make(Data::Element(Element { space, name, attributes }))
    }

    fn add_attributes(&mut self, attributes: impl Iterator<Item = Attribute>) -> (u32, u32) {
        let from = self.attributes.len();
        self.attributes.extend(attributes);
        (u32::try_from(from).unwrap_or(NONE), u32::try_from(self.attributes.len()).unwrap_or(NONE))
    }

    /// Adds the attributes that the element does not have.
    pub(super) fn add_missing(&mut self, id: NodeId, attributes: Vec<Attribute>) {
        let Some(Data::Element(Element { attributes: (from, to), .. })) = self.get(id.0).map(|node| &node.data) else {
            return;
        };
        let own = *from as usize..*to as usize;
        let known = self.attributes.get(own.clone()).unwrap_or_default();
        let missing: Vec<Attribute> =
            attributes.into_iter().filter(|new| known.iter().all(|old| old.name != new.name)).collect();
        if missing.is_empty() {
            return;
        }
        let copy = |old: &Attribute| Attribute { name: old.name.clone(), value: old.value.clone() };
        let all: Vec<Attribute> = known.iter().map(copy).chain(missing).collect();
        let place = self.add_attributes(all.into_iter());
        if let Some(Node { data: Data::Element(element), .. }) = self.nodes.get_mut(id.0 as usize) {
            element.attributes = place;
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
            Data::Other | Data::Text(_) => None,
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
        if let Some(text) = self.joined(last, text) {
            let node = self.make(Data::Text(text));
            self.append(parent, node);
        }
    }

    /// Puts text before a node: into its sibling where that is text.
    pub(super) fn insert_text_before(&mut self, sibling: NodeId, text: StrTendril) {
        let before = self.get(sibling.0).map_or(NONE, |node| node.before);
        if let Some(text) = self.joined(before, text) {
            let node = self.make(Data::Text(text));
            self.insert_before(sibling, node);
        }
    }

    /// Adds text to a text node; gives it back where the node is none.
    fn joined(&mut self, id: u32, text: StrTendril) -> Option<StrTendril> {
        match self.nodes.get_mut(id as usize) {
            Some(Node { data: Data::Text(known), .. }) => {
                known.push_tendril(&text);
                None
            }
            _ => Some(text),
        }
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
        match self.get().map(|node| &node.data) {
            Some(Data::Element(element)) => write!(f, "<{}>#{}", element.name, self.id),
            Some(Data::Text(text)) => write!(f, "{:?}#{}", &**text, self.id),
            Some(Data::Other) | None => write!(f, "#{}", self.id),
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

    pub(super) fn data(self) -> Option<&'a Data> {
        self.get().map(|node| &node.data)
    }

    /// Its text, where it is a text.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        match &self.get()?.data {
            Data::Text(text) => Some(text),
            Data::Other | Data::Element(_) => None,
        }
    }

    /// The element that it is.
    #[must_use]
    pub fn element(self) -> Option<ElementRef<'a>> {
        match &self.get()?.data {
            Data::Element(element) => Some(ElementRef { node: self, element }),
            Data::Other | Data::Text(_) => None,
        }
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

    pub(super) const fn local_name(self) -> &'a LocalName {
        &self.element.name
    }

    /// Whether it is HTML's, not SVG's or MathML's.
    #[must_use]
    pub fn is_html(self) -> bool {
        self.element.space == ns!(html)
    }

    pub(super) fn attributes(self) -> &'a [Attribute] {
        let (from, to) = self.element.attributes;
        self.node.tree.attributes.get(from as usize..to as usize).unwrap_or_default()
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
