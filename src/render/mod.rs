//! [`Record`](crate::types::Record) → what people read.
//!
//! - [`markdown`] (CommonMark with GitHub's tables) and [`text`]: the article alone, for reading and for passing on;
//!   [`front_matter`]: what stands before it in a file of Markdown.
//! - [`page`]: one self-contained HTML page with every block of the page, its role and why; what `auslese inspect` writes.
//! - [`report`]: one such page over many records: what was got, when, from where, how sure; what `auslese report` writes.
//! - `document`: the parts of an article in reading order, which the first two share.
//!
//! Pure: strings in, strings out. Whatever a page says is text here, never markup.

mod document;
mod front_matter;
mod gloss;
mod html;
mod inspect;
mod markdown;
mod plain;
#[cfg(feature = "crawl")]
mod report;

pub use front_matter::front_matter;
pub use inspect::{Inspection, page};
pub use markdown::markdown;
pub use plain::text;
#[cfg(feature = "crawl")]
pub use report::{CONFIDENCE_BINS, Figures, FiguresLine, History, HistoryRun, LENGTH_BINS, ReportError, report};

/// For each block of a record the table row that it stands in; empty where nothing is known of rows, and every cell is
/// then a row of its own.
pub type Rows<'a> = &'a [Option<u32>];
