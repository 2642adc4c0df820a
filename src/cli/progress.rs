//! How a crawl goes, on a terminal: one line that moves. Elsewhere nothing is drawn; the summary says what was done.

use std::time::Duration;

use auslese::engine::{Observer, bytes};
use indicatif::{ProgressBar, ProgressStyle};

use super::Globals;

/// The moving line; draws nothing where there is no terminal.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
}

impl Bar {
    pub(crate) fn start(globals: &Globals) -> Self {
        if !globals.progress() {
            return Self { bar: None };
        }
        let template = if Globals::colour() { "{spinner:.green} {elapsed} {msg}" } else { "{spinner} {elapsed} {msg}" };
        // The templates are fixed and known to be right; were one not, the bar has its default look.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style).with_message("starting");
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar: Some(bar) }
    }

    /// What the engine tells how it goes.
    pub(crate) fn observer(&self) -> Option<Observer> {
        let bar = self.bar.clone()?;
        Some(Box::new(move |progress| {
            let c = progress.counters;
            bar.set_message(format!(
                "{} records of {} pages, {} to fetch, {} failed, {}",
                c.records,
                c.pages,
                progress.pending,
                c.failed,
                bytes(c.bytes)
            ));
        }))
    }

    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
