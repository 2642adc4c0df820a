//! Crawls article pages politely, keeps the article, labels everything else, and writes one clean JSON line an article.
//!
//! The library knows no terminal. Its layers, each using only those before it:
//! [`types`]; the pure ones ([`site`], [`parse`], [`segment`], [`classify`], [`extract`], [`render`], [`eval`], [`propose`], [`pace`], [`revisit`]),
//! which know no network, file or clock; and, with the feature `crawl`, the adapters (`source`, `archive`, `frontier`, `fetch`, `sink`) and the `engine`.

pub mod types;

pub mod classify;
pub mod eval;
pub mod extract;
pub mod pace;
pub mod parse;
pub mod propose;
pub mod render;
pub mod revisit;
pub mod segment;
pub mod site;

#[cfg(feature = "crawl")]
pub mod archive;
#[cfg(feature = "crawl")]
pub mod corpus;
#[cfg(feature = "crawl")]
pub mod demo;
#[cfg(feature = "crawl")]
pub mod engine;
#[cfg(feature = "crawl")]
pub mod fetch;
#[cfg(feature = "crawl")]
pub mod frontier;
#[cfg(feature = "crawl")]
pub mod sink;
#[cfg(feature = "crawl")]
pub mod source;
