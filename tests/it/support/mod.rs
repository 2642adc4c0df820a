//! What several topics need.

pub(crate) mod server;
pub(crate) mod tools;
