//! The fixture site, served for real: what `auslese demo` crawls and what the tests of the engine run against.
//!
//! - [`Site`]: routes with their bodies, read from a folder with a `site.toml`, taken from the binary, or built in code;
//! - [`Generated`]: sites of any size, for benches;
//! - [`Server`]: an HTTP server on loopback in a thread of its own, with a log of what was asked when.
//!
//! Not for: serving anything to anybody else. It binds to loopback only.

mod generated;
mod server;
mod site;

pub use generated::Generated;
pub use server::{Request, Server};
pub use site::{DemoError, First, Route, Site};
