//! CSS selectors of profiles: matched by scraper, on a copy of the tree in its own form, made only where there are any.

use html5ever::tendril::StrTendril;
use html5ever::tree_builder::{ElementFlags, NodeOrText, TreeSink};
use html5ever::{Attribute, QualName, ns};
use rustc_hash::FxHashMap;
use scraper::{Html, HtmlTreeSink, Selector};

use super::tree::{Edge, NodeId, NodeRef};

/// A document in the form that selectors are matched on.
pub(super) struct Copied {
    html: Html,
    /// Which node of the document each element is.
    ids: FxHashMap<ego_tree::NodeId, NodeId>,
}

impl Copied {
    /// Copies a document.
    pub(super) fn of(document: NodeRef<'_>) -> Self {
        let sink = HtmlTreeSink::new(Html::new_document());
        let mut ids = FxHashMap::default();
        let mut open = vec![sink.get_document()];
        for edge in document.walk().skip(1) {
            let Some(parent) = open.last().copied() else { break };
            match edge {
                Edge::Open(node) => open.push(copy(node, &sink, parent, &mut ids)),
                Edge::Close(_) => {
                    open.pop();
                }
            }
        }
        Self { html: sink.finish(), ids }
    }

    /// The elements that a selector matches.
    pub(super) fn select(&self, selector: &Selector) -> impl Iterator<Item = NodeId> {
        self.html.select(selector).filter_map(|element| self.ids.get(&element.id()).copied())
    }

    #[cfg(test)]
    pub(super) fn html(&self) -> String {
        self.html.html()
    }
}

/// Copies a node below a parent; gives the node that its children go below.
fn copy(
    node: NodeRef<'_>,
    sink: &HtmlTreeSink,
    parent: ego_tree::NodeId,
    ids: &mut FxHashMap<ego_tree::NodeId, NodeId>,
) -> ego_tree::NodeId {
    match (node.element(), node.text()) {
        (Some(element), _) => {
            let attributes = element.attributes().iter().map(|attribute| Attribute {
                name: QualName::new(None, ns!(), attribute.name.clone()),
                value: attribute.value.clone(),
            });
            let name = QualName::new(None, element.namespace().clone(), element.local_name().clone());
            let copied = sink.create_element(name, attributes.collect(), ElementFlags::default());
            ids.insert(copied, node.id());
            sink.append(&parent, NodeOrText::AppendNode(copied));
            copied
        }
        (None, Some(text)) => {
            sink.append(&parent, NodeOrText::AppendText(StrTendril::from_slice(text)));
            parent
        }
        // The content of a template hangs in a node that scraper makes with the element.
        (None, None) => {
            let html = sink.0.borrow();
            html.tree.get(parent).and_then(|node| node.first_child()).map_or(parent, |node| node.id())
        }
    }
}
