//! What a run did, for people, for logs and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::counters::{Counters, total};
use super::drift::Confidence;

/// What a run did.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The run's name, as in the records' `run_id`.
    pub run_id: String,
    /// Why it ended.
    pub end: End,
    /// How long it took.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Addresses in the frontier that still wait to be fetched.
    pub pending: u64,
    /// The counters.
    #[serde(flatten)]
    pub counters: Counters,
    /// How sure the classifier is of the hosts' articles.
    pub confidence: BTreeMap<String, Confidence>,
    /// The files that hold the records of this run.
    pub files: Vec<PathBuf>,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Nothing is left to fetch.
    Finished,
    /// What is left may not be fetched for longer than the run is willing to wait; the next run takes it up.
    Waiting,
    /// As many pages as asked for were fetched.
    Limit,
    /// The time asked for is over.
    Deadline,
    /// A disk keeps no more than its reserve; the state is saved.
    NoRoom,
    /// A signal; the state is saved.
    Interrupted,
}

impl End {
    /// The name used in output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            End::Finished => "finished",
            End::Waiting => "waiting",
            End::Limit => "limit reached",
            End::Deadline => "time is over",
            End::NoRoom => "disk nearly full",
            End::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

fn seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((elapsed.as_secs_f64() * 1000.0).round() / 1000.0)
}

impl Summary {
    /// One line, for a log.
    #[must_use]
    pub fn line(&self) -> String {
        let c = &self.counters;
        let (updates, gone) = (c.updates, c.tombstones);
        let kinds = if updates + gone > 0 { format!(" ({updates} updates, {gone} gone)") } else { String::new() };
        let mut line = format!(
            "{}: {} records{kinds} of {} pages ({} requests, {} found, {} unchanged, {} skipped, {} retried, {} dead, {} failed), {}, {} pending, in {}",
            self.end,
            c.records,
            c.pages,
            c.requests,
            c.found,
            c.unchanged,
            total(&c.skipped),
            total(&c.retried),
            total(&c.dead),
            c.failed,
            bytes(c.bytes),
            self.pending,
            duration(self.elapsed),
        );
        for fall in self.falls() {
            line.push_str(&format!("; {fall}"));
        }
        line
    }

    /// The hosts of whose articles the classifier has become less sure, in words.
    fn falls(&self) -> impl Iterator<Item = String> + '_ {
        let falling = self.confidence.iter().filter(|(_, known)| known.falls());
        falling.map(|(host, known)| {
            format!(
                "confidence at {host} falls from {:.2} to {:.2}: has its template changed?",
                known.usual, known.recent
            )
        })
    }

    /// A table, for people.
    #[must_use]
    pub fn table(&self) -> String {
        let c = &self.counters;
        let mut table = Table::default();
        table.row("run", format!("{} ({})", self.run_id, self.end));
        table.row("time", duration(self.elapsed));
        table.row("requests", format!("{} and {} for robots.txt", c.requests, c.robots_requests));
        table.row("pages", format!("{} ({} of them feeds, sitemaps and lists)", c.pages, c.sources));
        table.row("bytes", bytes(c.bytes));
        table.row("records", c.records.to_string());
        table.row_unless_zero("updates", c.updates);
        table.row_unless_zero("gone", c.tombstones);
        table.row("addresses found", format!("{} ({} still to fetch)", c.found, self.pending));
        table.row_unless_zero("redirected", c.redirected);
        table.row_unless_zero("revisits", c.revisits);
        table.row_unless_zero("unchanged", c.unchanged);
        table.row_unless_zero("missing", c.missing);
        table.group("skipped", c.skipped.iter().map(|(reason, n)| (reason.as_str(), *n)));
        table.group("refused links", c.refused.iter().map(|(reason, n)| (reason.as_str(), *n)));
        table.group("retried", c.retried.iter().map(|(reason, n)| (reason.as_str(), *n)));
        table.group("dead", c.dead.iter().map(|(reason, n)| (reason.as_str(), *n)));
        table.row_unless_zero("failed", c.failed);
        table.row_unless_zero("hosts closed", c.hosts_closed);
        for fall in self.falls() {
            table.row("warning", fall);
        }
        table.group("blocks", c.blocks.iter().map(|(role, n)| (role.as_str(), *n)));
        for file in &self.files {
            table.row("file", file.display().to_string());
        }
        table.text
    }
}

#[derive(Default)]
struct Table {
    text: String,
}

impl Table {
    fn row(&mut self, name: &str, value: String) {
        self.text.push_str(&format!("{name:<16} {value}\n"));
    }

    fn row_unless_zero(&mut self, name: &str, value: u64) {
        if value > 0 {
            self.row(name, value.to_string());
        }
    }

    /// The sum, then its parts, the largest first.
    fn group<'a>(&mut self, name: &str, parts: impl Iterator<Item = (&'a str, u64)>) {
        let mut parts: Vec<_> = parts.filter(|(_, n)| *n > 0).collect();
        let sum: u64 = parts.iter().map(|(_, n)| n).sum();
        if sum == 0 {
            return;
        }
        parts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let listed: Vec<String> = parts.iter().map(|(part, n)| format!("{part} {n}")).collect();
        self.row(name, format!("{sum} ({})", listed.join(", ")));
    }
}

/// A number of bytes for people, in powers of 1,000.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub fn bytes(count: u64) -> String {
    let count = count as f64;
    for (unit, size) in [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)] {
        if count >= size {
            return format!("{:.1} {unit}", count / size);
        }
    }
    format!("{count} B")
}

/// A duration for people.
#[must_use]
pub fn duration(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", span.as_secs_f64()),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Role, SkipReason, Via};

    fn summary() -> Summary {
        let mut counters = Counters { requests: 12, pages: 10, records: 7, bytes: 123_456, ..Counters::default() };
        counters.skip(SkipReason::Listing);
        counters.skip(SkipReason::Listing);
        counters.skip(SkipReason::NoArticle);
        counters.die(crate::types::DeadReason::NotFound, Via::Link);
        counters.block(Role::Body);
        Summary {
            run_id: "r1".to_owned(),
            end: End::Finished,
            elapsed: Duration::from_millis(61_500),
            pending: 0,
            counters,
            confidence: BTreeMap::new(),
            files: vec![PathBuf::from("output/a.jsonl")],
        }
    }

    #[test]
    fn the_line_has_no_line_feed_and_the_main_figures() {
        let line = summary().line();
        assert!(!line.contains('\n'));
        assert!(line.contains("7 records of 10 pages"), "{line}");
        assert!(line.contains("3 skipped") && line.contains("1 dead, 0 failed") && line.contains("123.5 kB"), "{line}");
        assert!(line.ends_with("1 min 1 s"), "{line}");
        let mut falling = summary();
        let known = Confidence { pages: 80, usual: 0.93, recent: 0.71 };
        falling.confidence =
            [("amt.test".to_owned(), known), ("b.test".to_owned(), Confidence { recent: 0.9, ..known })].into();
        let warned = "confidence at amt.test falls from 0.93 to 0.71: has its template changed?";
        assert!(falling.line().ends_with(&format!("; {warned}")), "{}", falling.line());
        assert!(falling.table().contains(warned));
    }

    #[test]
    fn the_table_lists_reasons_the_largest_first() {
        let table = summary().table();
        assert!(table.contains("3 (listing 2, no_article 1)"), "{table}");
        assert!(
            table.contains("not_found 1") && table.contains("body 1") && table.contains("output/a.jsonl"),
            "{table}"
        );
        assert!(!table.contains("retried"), "{table}");
    }

    #[test]
    fn json_is_flat() {
        let json = serde_json::to_value(summary()).unwrap();
        assert_eq!(json["end"], "finished");
        assert_eq!(json["skipped"]["listing"], 2);
        assert_eq!(json["blocks"]["body"], 1);
        assert_eq!(json["seconds"], 61.5);
    }
}
