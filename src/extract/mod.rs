//! Labelled blocks and metadata → [`Record`](crate::types::Record).
