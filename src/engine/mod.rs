//! The crawl.

mod counters;
mod stop;
mod summary;

pub use counters::{Counters, is_failure};
pub use stop::Stop;
pub use summary::{End, Summary, bytes, duration};
