//! The one integration binary. Each topic has its file; nothing here reaches past loopback, and nothing sleeps to wait for time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod again;
mod archive;
mod backfill;
mod bench_sets;
mod canonical;
mod captures;
mod cli;
mod config;
mod corpus;
mod crawl;
mod demo;
mod discover;
#[cfg(feature = "postgres")]
mod encrypted;
mod evaluation;
mod faults;
mod fetch;
mod frontier;
mod fuzz;
mod golden;
mod hostile;
mod inspect;
mod kills;
mod layers;
mod manners;
#[cfg(feature = "postgres")]
mod many;
mod operation;
mod pace;
mod propose;
mod recurring;
mod render;
mod report;
mod robots;
mod seeds;
mod shards;
mod sink;
mod status;
mod support;
mod warc;
