//! What becomes of an article after it was written: when to look again, what has changed, whether it repeats another.
//!
//! - `schedule`: from an address's [`History`] to its next visit ([`after_visit`]), by the change rate that was seen.
//! - `change`: [`Facets`], the fingerprints of what counts as the article, and which of them differ.
//! - `imprint`: what is kept of the page, by which another page is told from another reading of the same one.
//! - `near`: simhashes that are near one another, by keys that an index can hold ([`near_keys`]).
//!
//! Pure: time is passed in. Not here: keeping any of it (`frontier`), the budget of visits and the records (`engine`).

mod change;
mod imprint;
mod near;
mod schedule;

pub use change::{Facets, Told, published_at};
pub use imprint::{Imprint, imprint_of};
pub use near::{NEAR, distance, near_keys, simhash_bits};
pub use schedule::{History, MISSING_FOR, Rate, Subject, after_failure, after_missing, after_visit, change_rate};
