//! What several topics need.

pub(crate) mod browser;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod pywb;
pub(crate) mod server;
pub(crate) mod tls;
pub(crate) mod tools;
