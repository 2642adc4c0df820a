//! [`Record`](crate::types::Record) → what people read.
//!
//! - [`markdown`] (CommonMark with GitHub's tables) and [`text`]: the article alone, for reading and for passing on.
//! - [`page`]: one self-contained HTML page with every block of the page, its role and why; what `auslese inspect` writes.
//! - `document`: the parts of an article in reading order, which the first two share.
//!
//! Pure: strings in, strings out. Whatever a page says is text here, never markup.

mod document;
mod gloss;
mod inspect;
mod markdown;
mod plain;

pub use inspect::{Inspection, page};
pub use markdown::markdown;
pub use plain::text;

/// For each block of a record the table row that it stands in; empty where nothing is known of rows, and every cell is
/// then a row of its own.
pub type Rows<'a> = &'a [Option<u32>];
