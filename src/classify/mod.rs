//! [`Segments`] → roles: what each block of a page is.

use crate::parse::Page;
use crate::site::Template;
use crate::types::{Labelled, PageType, Segments};

/// The classifier: immutable, shared by every thread.
#[derive(Debug)]
pub struct Classifier {
    _private: (),
}

/// A page with a role for each block.
#[derive(Debug, Clone)]
pub struct Classified {
    /// The blocks in order.
    pub blocks: Vec<Labelled>,
    /// What the page is.
    pub page_type: PageType,
    /// The probability of that type.
    pub page_type_probability: f32,
    /// The expected share of blocks labelled right as article text or not, weighted by length.
    pub confidence: f32,
}

impl Classifier {
    /// The classifier with the weights in the binary.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static CLASSIFIER: Classifier = Classifier { _private: () };
        &CLASSIFIER
    }

    /// The name and date of the model, as recorded in `model`.
    #[must_use]
    pub fn model_name(&self) -> &str {
        "none"
    }

    /// Gives every block a role.
    #[must_use]
    pub fn classify(&self, _page: &Page, segments: Segments, _template: &Template) -> Classified {
        let _ = segments;
        Classified { blocks: Vec::new(), page_type: PageType::Other, page_type_probability: 0.0, confidence: 0.0 }
    }
}
