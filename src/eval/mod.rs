//! Measures extraction against gold: pure figures, no files.
//!
//! - `text`: how far a text agrees with gold, as the public benchmarks count it ([`TextScore`]).
//! - `set`: the figures of a set of pages, with bootstrap intervals ([`SetScore`]).
//! - `metadata`: whether headline, date and authors are right, and what a confidence is worth ([`MetadataScore`]).
//! - `roles`: which role was taken for which, and items found or missed ([`RoleScore`]).
//!
//! Metrics: bag-of-words F1 (WCXB), 4-gram shingle F1 (scrapinghub article-extraction-benchmark), decisive segments
//! (Trafilatura's evaluation).

mod metadata;
mod roles;
mod set;
mod text;

pub use metadata::{Fact, FactScore, Half, MetadataScore, PageFacts, Said, Verdict, half_of};
pub use roles::{ItemScore, RoleScore, fields_equal};
pub use set::{Figure, PageFigures, SetScore};
pub use text::{TextScore, Words, squeeze};
