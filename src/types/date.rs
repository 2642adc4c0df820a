//! Dates as pages give them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A date as found, normalised without inventing what the page did not say: a day known only as a day stays a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateValue {
    /// ISO 8601: `2020`, `2020-06`, `2020-06-15`, `2020-06-15T08:00:00` (no zone known) or `2020-06-15T08:00:00+02:00`.
    pub iso: String,
    /// How much of it is known.
    pub precision: Precision,
    /// As it stood in the page.
    pub raw: String,
}

/// How much of a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Only the year.
    Year,
    /// Year and month.
    Month,
    /// The day.
    Day,
    /// Hour and minute, perhaps seconds; the zone may be unknown.
    Time,
}
