//! The crawl.

mod counters;
mod summary;

pub use counters::{Counters, is_failure};
pub use summary::{End, Summary, bytes, duration};
