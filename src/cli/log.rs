//! Words to stderr: one channel (`tracing`) for logs, warnings, errors and the closing summary, as text or JSON.
//!
//! As text: `warning: what happened field=value`, with the time from `-v` on. The summary of a command is an event of
//! the target [`SUMMARY`], shown without a prefix and dropped by `-q` only.

use std::fmt;
use std::io::IsTerminal;

use clap::ValueEnum;
use tracing::{Event, Level, Subscriber, field::Field};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::Visit;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, format::Writer};
use tracing_subscriber::registry::LookupSpan;

/// The target of a command's closing summary: `tracing::info!(target: SUMMARY, "3 pages")`.
pub(crate) const SUMMARY: &str = "auslese::summary";

/// What every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Globals {
    /// Say nothing but errors: no summary, no warnings, no progress.
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Words on stderr")]
    pub(crate) quiet: bool,
    /// Say more: -v what is done, -vv every skip with its reason, -vvv everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Words on stderr")]
    pub(crate) verbose: u8,
    /// How words are written: text for people, json for machines (one object a line).
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Words on stderr")]
    pub(crate) log_format: LogFormat,
}

/// How words are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Globals {
    /// Whether progress may be drawn: a terminal, text, and neither `-q` nor `-v`, whose lines would run into it.
    pub(crate) fn progress(&self) -> bool {
        !self.quiet
            && self.verbose == 0
            && self.log_format == LogFormat::Text
            && std::io::stderr().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    }

    /// Whether stderr takes colours: a terminal, and `NO_COLOR` unset or empty (<https://no-color.org>).
    pub(crate) fn colour() -> bool {
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    fn filter(&self) -> String {
        if self.quiet {
            return "error".to_owned();
        }
        let ours = match self.verbose {
            0 => "warn",
            1 => "info",
            2 => "debug",
            _ => "trace",
        };
        let others = if self.verbose > 2 { "debug" } else { "warn" };
        // html5ever tells what it repairs of a page, with parts of the page: thousands of lines that help nobody.
        format!("{others},html5ever=off,auslese={ours},{SUMMARY}=info")
    }
}

/// Starts the log. `AUSLESE_LOG` (directives as `tracing-subscriber` reads them) overrides `-q` and `-v`.
pub(crate) fn init(globals: &Globals) {
    let filter = EnvFilter::try_from_env("AUSLESE_LOG").unwrap_or_else(|_| EnvFilter::new(globals.filter()));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // It fails only where a log was started before, and then that one is in use.
    let _ = match globals.log_format {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
        LogFormat::Text => log.event_format(Lines { colour: Globals::colour(), time: globals.verbose > 0 }).try_init(),
    };
}

/// The text form: a line an event, the level first, fields last.
#[derive(Debug, Clone, Copy)]
struct Lines {
    colour: bool,
    time: bool,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Line::default();
        event.record(&mut line);
        if event.metadata().target() == SUMMARY {
            return writeln!(to, "{}{}", line.message, line.fields);
        }
        if self.time {
            SystemTime.format_time(&mut to)?;
            to.write_char(' ')?;
        }
        let (word, paint) = match *event.metadata().level() {
            Level::ERROR => ("error", "\x1b[1;31m"),
            Level::WARN => ("warning", "\x1b[1;33m"),
            Level::INFO => ("info", "\x1b[1;32m"),
            Level::DEBUG => ("debug", "\x1b[1;34m"),
            Level::TRACE => ("trace", "\x1b[2m"),
        };
        let (paint, reset) = if self.colour { (paint, "\x1b[0m") } else { ("", "") };
        writeln!(to, "{paint}{word}:{reset} {}{}", line.message, line.fields)
    }
}

/// An event's message and its fields, control characters escaped: what pages and servers say must not steer a terminal.
#[derive(Debug, Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            push_printable(&mut self.message, value, true);
        } else {
            push_field(&mut self.fields, field.name(), value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

fn push_field(to: &mut String, name: &str, value: &str) {
    to.push(' ');
    to.push_str(name);
    to.push('=');
    if value.is_empty() || value.contains([' ', '"']) {
        push_printable(to, &format!("{value:?}"), false);
    } else {
        push_printable(to, value, false);
    }
}

/// Appends text; line feeds stay only where a message may have several lines.
fn push_printable(to: &mut String, text: &str, lines: bool) {
    for c in text.chars() {
        if c.is_control() && !(lines && c == '\n') {
            to.extend(c.escape_default());
        } else {
            to.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_cannot_steer_the_terminal() {
        let mut line = String::new();
        push_printable(&mut line, "a\x1b[2Jb\nc", true);
        push_field(&mut line, "path", "x y\n");
        assert_eq!(line, "a\\u{1b}[2Jb\nc path=\"x y\\n\"");
    }

    #[test]
    fn quiet_beats_the_summary_and_verbose_widens() {
        let globals = |quiet, verbose| Globals { quiet, verbose, ..Globals::default() };
        assert_eq!(globals(true, 0).filter(), "error");
        assert_eq!(globals(false, 0).filter(), "warn,html5ever=off,auslese=warn,auslese::summary=info");
        assert_eq!(globals(false, 2).filter(), "warn,html5ever=off,auslese=debug,auslese::summary=info");
    }
}
