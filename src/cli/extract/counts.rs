//! How an extraction went: lines, what was left out, and why.

use std::collections::BTreeMap;

use auslese::types::ArchiveReason;

use super::Outcome;
use crate::cli::CliError;
use crate::cli::output::Output;

/// Damaged records are named one by one up to here; the rest is counted.
const NAMED: u64 = 100;

/// How it went.
#[derive(Debug, Default)]
pub(super) struct Counts {
    lines: u64,
    empty: u64,
    failed: u64,
    /// Records of archives that gave no line.
    passed: BTreeMap<ArchiveReason, u64>,
    faults: u64,
    /// Inputs whose output was there already.
    pub(super) done_before: u64,
}

impl Counts {
    pub(super) fn take(&mut self, outcome: Outcome, output: &mut Output) -> Result<(), CliError> {
        match outcome {
            Outcome::Line { line, label, empty, is_record } => {
                output.line(&line)?;
                self.lines += 1;
                if empty {
                    self.empty += 1;
                    // Most pages of an archive are no articles: that is nothing to be warned of.
                    if is_record {
                        tracing::debug!("{label}: no article found (its line has an empty text)");
                    } else {
                        tracing::warn!("{label}: no article found (its line has an empty text)");
                    }
                }
            }
            Outcome::Failed { label, detail } => {
                self.failed += 1;
                tracing::warn!("{label}: {detail} (left out)");
            }
            Outcome::Passed { label, reason, detail } => {
                *self.passed.entry(reason).or_default() += 1;
                self.faults += u64::from(reason.is_fault());
                match reason.is_fault() {
                    true if self.faults <= NAMED => tracing::warn!("{label}: {reason}: {detail} (left out)"),
                    true if self.faults == NAMED + 1 => {
                        tracing::warn!("further damaged records are only counted; -v names them");
                    }
                    true => tracing::info!("{label}: {reason}: {detail} (left out)"),
                    false => tracing::debug!("{label}: {reason}: {detail}"),
                }
            }
        }
        Ok(())
    }

    /// Adds what came of another input.
    pub(super) fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.empty += other.empty;
        self.failed += other.failed;
        self.faults += other.faults;
        self.done_before += other.done_before;
        for (reason, count) in other.passed {
            *self.passed.entry(reason).or_default() += count;
        }
    }

    /// Whether nothing could be read where something should have been.
    pub(super) const fn is_unreadable(&self) -> bool {
        self.lines == 0 && self.failed > 0
    }

    /// Whether anything that should have given a line gave none.
    pub(super) const fn has_failures(&self) -> bool {
        self.failed + self.faults > 0
    }

    pub(super) fn words(&self) -> String {
        let plural = |n: u64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
        let mut words = format!(
            "{}, {} without an article, {}",
            plural(self.lines, "record", "records"),
            self.empty,
            plural(self.failed, "input left out", "inputs left out"),
        );
        if self.done_before > 0 {
            words.push_str(&format!(", {} done before", plural(self.done_before, "input", "inputs")));
        }
        if !self.passed.is_empty() {
            let reasons: Vec<String> = self.passed.iter().map(|(reason, n)| format!("{reason} {n}")).collect();
            words.push_str(&format!("; of archives passed over: {}", reasons.join(", ")));
        }
        words
    }
}
