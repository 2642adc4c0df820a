//! The counters of a crawl for Prometheus: as a file for node_exporter's textfile collector, written when the run ends, and
//! over HTTP while it runs. Text format 0.0.4. `docs/metrics.md` lists the names; a test holds the two together.

use std::fmt::Display;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use auslese::engine::{Counters, End, Observer, Summary};
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use jiff::Timestamp;
use prometheus::core::Collector;
use prometheus::{Gauge, IntCounterVec, IntGauge, Opts, Registry, TEXT_FORMAT, TextEncoder};

use super::CliError;

/// Who is told the counters.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct MetricsArgs {
    /// Serve the counters for Prometheus at http://ADDR/metrics while the crawl runs (127.0.0.1:9187).
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics: Option<SocketAddr>,
    /// Write the counters to this file when the run ends, for node_exporter's textfile collector (its name must end in
    /// .prom).
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
}

/// The counters of this run, as last seen.
struct Seen {
    /// The label that tells crawls of one machine apart: the sites as named on the command line.
    crawl: String,
    began: Timestamp,
    counters: Counters,
    pending: u64,
    end: Option<Ended>,
}

struct Ended {
    at: Timestamp,
    success: bool,
}

/// Shows the counters of a run while it goes on, and writes them at its end.
pub(crate) struct Metrics {
    seen: Option<Arc<Mutex<Seen>>>,
    file: Option<PathBuf>,
    server: Option<tokio::runtime::Runtime>,
}

impl Metrics {
    /// Starts to serve, where that was asked for.
    pub(crate) fn start(args: MetricsArgs, sites: &[String]) -> Result<Self, CliError> {
        if args.metrics.is_none() && args.metrics_file.is_none() {
            return Ok(Self { seen: None, file: None, server: None });
        }
        let seen = Arc::new(Mutex::new(Seen {
            crawl: sites.join(","),
            began: Timestamp::now(),
            counters: Counters::default(),
            pending: 0,
            end: None,
        }));
        let server = args.metrics.map(|address| serve(address, Arc::clone(&seen))).transpose()?;
        Ok(Self { seen: Some(seen), file: args.metrics_file, server })
    }

    /// What the engine tells how it goes.
    pub(crate) fn observer(&self) -> Option<Observer> {
        let seen = Arc::clone(self.seen.as_ref()?);
        Some(Box::new(move |progress| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.counters.clone_from(progress.counters);
            seen.pending = progress.pending;
        }))
    }

    /// Writes the file; `None` where the run failed.
    pub(crate) fn finish(self, summary: Option<&Summary>) -> Result<(), CliError> {
        if let Some(server) = self.server {
            server.shutdown_background();
        }
        let (Some(seen), Some(file)) = (self.seen, self.file) else { return Ok(()) };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(summary) = summary {
            seen.counters.clone_from(&summary.counters);
            seen.pending = summary.pending;
        }
        let success = summary.is_some_and(|summary| {
            !matches!(summary.end, End::Interrupted | End::NoRoom) && summary.counters.failed == 0
        });
        seen.end = Some(Ended { at: Timestamp::now(), success });
        let text = text(&seen).map_err(|error| CliError::Failed(format!("metrics: {error}")))?;
        write(&file, &text)
            .map_err(|error| CliError::Failed(format!("cannot write the metrics to {}: {error}", file.display())))
    }
}

/// Whole or not at all: the collector may look at any instant.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".tmp");
    let unfinished = PathBuf::from(name);
    std::fs::File::create(&unfinished)?.write_all(text.as_bytes())?;
    std::fs::rename(&unfinished, file)
}

fn serve(address: SocketAddr, seen: Arc<Mutex<Seen>>) -> Result<tokio::runtime::Runtime, CliError> {
    let cannot = |error: &dyn Display| CliError::Usage(format!("cannot serve metrics on {address}: {error}"));
    // A thread of its own, so that a slow reader costs the crawl nothing.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| cannot(&error))?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind(address)).map_err(|error| cannot(&error))?;
    let bound = listener.local_addr().map_err(|error| cannot(&error))?;
    tracing::info!(target: super::log::SUMMARY, "metrics at http://{bound}/metrics");
    let answer = move || async move {
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        // A name of ours that Prometheus refuses shows in the tests; here nothing is told rather than half.
        ([(CONTENT_TYPE, TEXT_FORMAT)], text(&seen).unwrap_or_default())
    };
    let app = axum::Router::new().route("/metrics", get(answer));
    runtime.spawn(async move { axum::serve(listener, app).await });
    Ok(runtime)
}

/// The metrics in text format, families and their members in the order of their names.
fn text(seen: &Seen) -> prometheus::Result<String> {
    let sheet = Sheet { registry: Registry::new(), crawl: &seen.crawl };
    let c = &seen.counters;
    sheet.count("requests", "Requests sent for pages, feeds, sitemaps and lists, repetitions included.", c.requests)?;
    sheet.count("robots_requests", "Requests sent for robots.txt and tdmrep.json.", c.robots_requests)?;
    sheet.count("pages", "Answers with a page.", c.pages)?;
    sheet.count("source_pages", "Of the pages, feeds, sitemaps and lists.", c.sources)?;
    sheet.count("response_bytes", "Body bytes over the wire.", c.bytes)?;
    sheet.count("records", "Records written.", c.records)?;
    sheet.count("redirects", "Answers that led elsewhere.", c.redirected)?;
    sheet.count("unchanged_pages", "Answers that said \"not modified\".", c.unchanged)?;
    sheet.count("found_urls", "Addresses new in the frontier.", c.found)?;
    sheet.count("failed_pages", "Pages that failed for good and count as failures of the run.", c.failed)?;
    sheet.by("skipped_pages", "reason", "Pages that gave no record, by reason.", &c.skipped)?;
    sheet.by("refused_urls", "reason", "Addresses seen and not wanted, by reason.", &c.refused)?;
    sheet.by("retried_pages", "reason", "Pages to be tried again, by reason.", &c.retried)?;
    sheet.by("dead_pages", "reason", "Pages that failed for good, by reason.", &c.dead)?;
    sheet.by("blocks", "role", "Blocks of the records, by role.", &c.blocks)?;
    sheet.gauge(
        "pending_urls",
        "Addresses that wait to be fetched.",
        i64::try_from(seen.pending).unwrap_or(i64::MAX),
    )?;
    sheet.gauge(
        "falling_hosts",
        "Hosts of whose articles the classifier has become less sure, as when a template changes.",
        i64::try_from(c.hosts_falling).unwrap_or(i64::MAX),
    )?;
    sheet.seconds("run_start_timestamp_seconds", "When the run began, in Unix time.", seen.began)?;
    if let Some(bytes) = peak_memory() {
        sheet.gauge("peak_memory_bytes", "The most memory that the process has had, where the system tells.", bytes)?;
    }
    if let Some(end) = &seen.end {
        sheet.seconds("run_end_timestamp_seconds", "When the run ended, in Unix time.", end.at)?;
        let help = "Whether the run ended by itself and no page failed for good (1) or not (0).";
        sheet.gauge("run_success", help, i64::from(end.success))?;
    }
    TextEncoder::new().encode_to_string(&sheet.registry.gather())
}

/// The peak of this process's resident memory, as Linux counts it.
fn peak_memory() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<i64>().ok().map(|kib| kib * 1024)
}

struct Sheet<'a> {
    registry: Registry,
    crawl: &'a str,
}

impl Sheet<'_> {
    fn opts(&self, name: &str, help: &str) -> Opts {
        Opts::new(format!("auslese_{name}"), help).const_label("crawl", self.crawl)
    }

    fn add(&self, collector: impl Collector + 'static) -> prometheus::Result<()> {
        self.registry.register(Box::new(collector))
    }

    fn count(&self, name: &str, help: &str, value: u64) -> prometheus::Result<()> {
        let counter = prometheus::IntCounter::with_opts(self.opts(&format!("{name}_total"), help))?;
        counter.inc_by(value);
        self.add(counter)
    }

    fn by<K: Display>(
        &self,
        name: &str,
        label: &str,
        help: &str,
        counts: &std::collections::BTreeMap<K, u64>,
    ) -> prometheus::Result<()> {
        let counters = IntCounterVec::new(self.opts(&format!("{name}_total"), help), &[label])?;
        for (key, &count) in counts {
            counters.get_metric_with_label_values(&[&key.to_string()])?.inc_by(count);
        }
        self.add(counters)
    }

    fn gauge(&self, name: &str, help: &str, value: i64) -> prometheus::Result<()> {
        let gauge = IntGauge::with_opts(self.opts(name, help))?;
        gauge.set(value);
        self.add(gauge)
    }

    fn seconds(&self, name: &str, help: &str, at: Timestamp) -> prometheus::Result<()> {
        let gauge = Gauge::with_opts(self.opts(name, help))?;
        gauge.set(at.as_duration().as_secs_f64());
        self.add(gauge)
    }
}

#[cfg(test)]
mod tests {
    use auslese::types::{DeadReason, Role, SkipReason, Via};

    use super::*;

    fn seen() -> Seen {
        let mut counters = Counters { requests: 12, records: 7, ..Counters::default() };
        counters.skip(SkipReason::NoArticle);
        counters.refuse(SkipReason::Listing, 2);
        counters.die(DeadReason::NotFound, Via::Link);
        counters.retry(auslese::types::RetryReason::Timeout);
        counters.block(Role::Body);
        let end = Some(Ended { at: Timestamp::UNIX_EPOCH, success: true });
        Seen { crawl: "amtsblick.test".to_owned(), began: Timestamp::UNIX_EPOCH, counters, pending: 3, end }
    }

    #[test]
    fn counters_have_type_help_and_labels() {
        let text = text(&seen()).unwrap();
        assert!(
            text.contains(
                "# TYPE auslese_requests_total counter\nauslese_requests_total{crawl=\"amtsblick.test\"} 12\n"
            )
        );
        assert!(
            text.contains("auslese_skipped_pages_total{crawl=\"amtsblick.test\",reason=\"no_article\"} 1\n"),
            "{text}"
        );
        assert!(text.contains("auslese_blocks_total{crawl=\"amtsblick.test\",role=\"body\"} 1\n"));
        assert!(text.contains("auslese_pending_urls{crawl=\"amtsblick.test\"} 3\n"));
        assert!(text.contains("auslese_run_success{crawl=\"amtsblick.test\"} 1\n"));
    }

    #[test]
    fn the_docs_list_every_metric() {
        let docs = include_str!("../../docs/metrics.md");
        let text = text(&seen()).unwrap();
        let helps: Vec<(&str, &str)> =
            text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split_once(' ')).collect();
        assert!(helps.len() > 15, "{helps:?}");
        for (name, help) in &helps {
            assert!(
                docs.contains(&format!("| `{name}` |")) && docs.contains(help),
                "docs/metrics.md lacks {name}: {help}"
            );
        }
        let listed = docs.lines().filter(|line| line.starts_with("| `auslese_")).count();
        // One is told on Linux only.
        let untold = usize::from(peak_memory().is_none());
        assert_eq!(listed, helps.len() + untold, "docs/metrics.md lists what is not there");
    }
}
