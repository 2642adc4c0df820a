//! What the states in SQLite and in PostgreSQL have in common: how addresses, articles and changes look in rows, whoever stores them.

mod changes;
mod look_up;
mod rows;

pub(super) use changes::Changes;
pub(super) use look_up::{LookUp, rows_of_near};
pub(super) use rows::{
    Address, CandidateRow, DAY, SETTLED_AFTER, State, Unreadable, VISIT_PRIORITY, address_hash, count, hops_text,
    micros, sources, sources_text, time, url_state,
};
