//! A farm of hosts for `tests/many/run`: serves generated sites at addresses of their own until its stdin ends, then says how they were
//! asked.
//!
//! `cargo run --release --example farm -- ARTICLES LATENCY_MS ADDRESS…` (an address is `IP:PORT`)
//!
//! On stdout comes `ready`, and at the end one JSON object: requests, the largest number under way at one host, and the least time between
//! two of one host.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a tool of the tests")]

use std::time::Duration;

use auslese::demo::{Generated, Server};

fn main() {
    let mut args = std::env::args().skip(1);
    let articles: usize = args.next().unwrap().parse().unwrap();
    let latency = Duration::from_millis(args.next().unwrap().parse().unwrap());
    let servers: Vec<Server> = (1..)
        .zip(args)
        .map(|(seed, address)| {
            let site = Generated { articles, page_bytes: 8_000, seed }.site();
            Server::start_at(address.parse().unwrap(), site, latency).unwrap()
        })
        .collect();
    println!("ready");
    let _ = std::io::stdin().lines().count();
    let (mut requests, mut at_once, mut least) = (0, 0, Duration::MAX);
    let (mut first, mut last) = (Duration::MAX, Duration::ZERO);
    for server in &servers {
        let mut log = server.log();
        log.sort_by_key(|request| request.at);
        requests += log.len();
        at_once = at_once.max(log.iter().map(|request| request.at_once).max().unwrap_or(0));
        least = log.windows(2).map(|pair| pair[1].at - pair[0].at).fold(least, Duration::min);
        first = log.first().map_or(first, |request| request.at.min(first));
        last = log.last().map_or(last, |request| request.at.max(last));
    }
    let seconds = last.saturating_sub(first).as_secs_f64();
    println!(
        "{{\"requests\": {requests}, \"at_once\": {at_once}, \"least_apart_ms\": {}, \"seconds\": {seconds:.1}}}",
        least.as_millis()
    );
}
