//! [`Page`] → [`Segments`]: cuts a page into blocks.

use crate::parse::Page;
use crate::site::Template;
use crate::types::Segments;

/// Cuts a page into blocks.
#[must_use]
pub fn segment(_page: &Page, _template: &Template) -> Segments {
    Segments::default()
}
