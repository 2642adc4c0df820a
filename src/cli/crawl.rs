//! `auslese crawl`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use auslese::engine::{self, Config, EngineError, Observer, Output, Plan, Stop, Store, Summary};
use auslese::fetch::FetchSettings;
use auslese::frontier::FrontierError;
use auslese::sink::{Compression, is_address};
use auslese::site::{Site, Sites};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::configuration::ConfigurationArgs;
use super::metrics::{Metrics, MetricsArgs};
use super::progress::Bar;
use super::sites::SitesArgs;
use super::{CliError, Exit, Globals, output};

/// Crawls sites and writes their articles as JSONL.
///
/// A second run with the same state goes on where the first stopped: feeds, sitemaps and lists are asked again, articles
/// are not. Ctrl-C and SIGTERM finish what is under way, save the state and end with 5; a second signal ends at once.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A site by the name of its profile (kommune21.de), or an address to start from. An address without a profile of its
    /// own is crawled by the default profile, which stays on its host.
    #[arg(value_name = "SITE|URL")]
    pub(crate) sites: Vec<String>,
    /// Where records go: DIR/<site>/articles-<run>-<number>.jsonl, - for stdout, or s3://bucket/prefix. A file has this name when it is
    /// complete.
    #[arg(short, long, env = "AUSLESE_OUTPUT", value_name = "DIR", default_value = "output")]
    pub(crate) output: PathBuf,
    /// The state of the crawl, kept from run to run: a file, or postgres://user@host/database, which many workers share. [default:
    /// auslese.db in the output folder; in this one for `-`]
    #[arg(short, long, env = "AUSLESE_STATE", value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Fetch at most so many pages, feeds, sitemaps and lists included.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Fetch nothing new after this time (90s, 20m, 2h).
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub(crate) time: Option<Duration>,
    /// What recurs on the pages, as `auslese learn` wrote it; it is used as it is, and nothing is learnt in the crawl.
    #[arg(long, value_name = "FILE")]
    pub(crate) sketch: Option<PathBuf>,
    /// Requests under way at once, over all hosts. [default: 32]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) concurrency: Option<u32>,
    /// Requests to a host at once. [default: the profile's, else 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) per_host: Option<u16>,
    /// Least time between two requests to a host (0s, 500ms, 2s). [default: the profile's, else 1s; robots.txt can only
    /// make it longer]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) delay: Option<Duration>,
    /// How the files of the output are compressed: none, gzip or zstd. [default: none]
    #[arg(long, value_name = "FORM", value_parser = compression)]
    pub(crate) compression: Option<Compression>,
    /// Also keep what goes over the wire, as WARC files in this folder; records name file and offset. [default: none]
    #[arg(long, value_name = "DIR")]
    pub(crate) warc: Option<PathBuf>,
    /// Also ask private, loopback and link-local addresses.
    #[arg(long)]
    pub(crate) allow_private: bool,
    /// Where the run's one line of summary goes: log (stderr), stdout, or json (one object with every counter, on stdout).
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    pub(crate) summary: SummaryTo,
    /// Say so often how it goes (60s, 10m; 0s: never), where stderr is no terminal; on one, a line moves. [default: never; 10m for a
    /// backfill]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) progress: Option<Duration>,
    #[command(flatten)]
    pub(crate) profiles: SitesArgs,
    #[command(flatten)]
    pub(crate) configuration: ConfigurationArgs,
    #[command(flatten)]
    pub(crate) metrics: MetricsArgs,
}

/// A duration as written on the command line: `0s`, `500ms`, `20m`, `1h 30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration: write 0s, 500ms, 90s, 20m or 2h");
    let span: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).map_err(|_| wrong())
}

/// Where the summary goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum SummaryTo {
    /// To stderr with all other words.
    #[default]
    Log,
    /// To stdout, as text.
    Stdout,
    /// To stdout, as JSON.
    Json,
}

fn compression(text: &str) -> Result<Compression, String> {
    let known = Compression::ALL.into_iter().find(|form| form.as_str() == text);
    known.ok_or_else(|| format!("`{text}` is no compression: write none, gzip or zstd"))
}

pub(crate) fn run(args: Args, globals: &Globals) -> Result<Exit, CliError> {
    let config = configure(&args)?;
    let plan = plan(&args, &config.fetch)?;
    carry_out(args, config, plan, globals)
}

/// Runs a plan, and tells how it went.
pub(super) fn carry_out(args: Args, config: Config, plan: Plan, globals: &Globals) -> Result<Exit, CliError> {
    let output = match args.output.to_str() {
        Some("-") => Output::Stdout,
        Some(address) if is_address(&args.output) => Output::Store(address.to_owned()),
        _ => Output::Folder(args.output.clone()),
    };
    if output == Output::Stdout && args.summary != SummaryTo::Log {
        let message = "--summary: stdout takes the records (--output -); leave the summary to the log".to_owned();
        return Err(CliError::Usage(message));
    }
    let state = args.state.unwrap_or_else(|| match &output {
        Output::Folder(root) => root.join("auslese.db"),
        Output::Stdout | Output::Store(_) => PathBuf::from("auslese.db"),
    });
    let run_id = engine::new_run_id(Timestamp::now());
    let mut store = engine::open(&state, &output, &run_id, &config).map_err(explain)?;
    let bar = Bar::start(globals, args.progress.unwrap_or_default());
    let metrics = Metrics::start(args.metrics, &args.sites)?;
    store.observer = both(bar.observer(), metrics.observer());
    let summary = crawl(&config, &plan, store);
    bar.finish();
    let end = summary.as_ref().ok().and_then(Option::as_ref);
    // A run that fails must leave word of it, too.
    let told = metrics.finish(end);
    let Some(summary) = summary? else { return Ok(Exit::Interrupted) };
    told?;
    if globals.verbose > 0 {
        tracing::info!(target: super::log::SUMMARY, "{}", summary.table().trim_end());
    }
    tell(&summary, args.summary)?;
    if summary.end == engine::End::NoRoom {
        let message =
            "the disk is nearly full, so the run ended, with the state saved; make room and start again".to_owned();
        return Err(CliError::Failed(message));
    }
    Ok(end_of(&summary))
}

/// Says in one line what the run did.
fn tell(summary: &Summary, to: SummaryTo) -> Result<(), CliError> {
    match to {
        SummaryTo::Log => tracing::info!(target: super::log::SUMMARY, "{}", summary.line()),
        SummaryTo::Stdout => output::print(&summary.line())?,
        SummaryTo::Json => {
            let line = serde_json::to_string(summary)
                .map_err(|error| CliError::Failed(format!("the summary cannot be written as JSON: {error}")))?;
            output::print(&line)?;
        }
    }
    Ok(())
}

/// Two that watch as one.
fn both(first: Option<Observer>, second: Option<Observer>) -> Option<Observer> {
    match (first, second) {
        (Some(mut first), Some(mut second)) => Some(Box::new(move |progress| {
            first(progress);
            second(progress);
        })),
        (first, second) => first.or(second),
    }
}

/// How the command ends after a run.
pub(crate) fn end_of(summary: &Summary) -> Exit {
    match summary.end {
        engine::End::Interrupted => Exit::Interrupted,
        _ if summary.counters.failed > 0 => Exit::SomeFailed,
        engine::End::Finished
        | engine::End::Waiting
        | engine::End::Limit
        | engine::End::Deadline
        | engine::End::NoRoom => Exit::Done,
    }
}

pub(super) fn configure(args: &Args) -> Result<Config, CliError> {
    let mut config = args.configuration.resolve()?.config;
    if let Some(concurrency) = args.concurrency {
        config.crawl.concurrency = usize::try_from(concurrency).unwrap_or(usize::MAX);
    }
    if let Some(compression) = args.compression {
        config.output.compression = compression;
    }
    config.fetch.allow_private |= args.allow_private;
    if let Some(warc) = &args.warc {
        config.output.warc.clone_from(warc);
    }
    if let Some(per_host) = args.per_host {
        config.fetch.max_idle_per_host = config.fetch.max_idle_per_host.max(usize::from(per_host));
    }
    Ok(config)
}

fn plan(args: &Args, fetch: &FetchSettings) -> Result<Plan, CliError> {
    let sites = args.profiles.load()?;
    if args.sites.is_empty() {
        return Err(CliError::Usage(format!(
            "nothing to crawl: name a site that has a profile ({}), or an address to start from (https://example.org/)",
            names_of(&sites)
        )));
    }
    let mut plan = Plan::new();
    plan.limit = args.limit;
    plan.time = args.time;
    plan.pace.delay = args.delay;
    plan.pace.per_host = args.per_host;
    plan.sketch = args.sketch.as_deref().map(super::pages::sketch).transpose()?.map(std::sync::Arc::new);
    for named in &args.sites {
        add(&mut plan, &sites, named, fetch)?;
    }
    Ok(plan)
}

fn add(plan: &mut Plan, sites: &Sites, named: &str, fetch: &FetchSettings) -> Result<(), CliError> {
    if let Some(site) = sites.by_name(named).filter(|site| site.home().is_some()) {
        plan.add_site(site);
        return Ok(());
    }
    let url = Url::parse(named).map_err(|_| {
        CliError::Usage(format!(
            "{named}: neither a profile (there are {}) nor an address (write https://{named}/)",
            names_of(sites)
        ))
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(CliError::Usage(format!("{named}: only http and https addresses can be crawled")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(CliError::Usage(
            "an address with a user name or password is not crawled; leave them out".to_owned(),
        ));
    }
    if let Some((address, kind)) = fetch.refuse_literal(&url) {
        return Err(CliError::Usage(format!(
            "{named}: {address} is a {kind} address; it is asked only with --allow-private"
        )));
    }
    plan.add_url(sites.for_url(&url), &url);
    Ok(())
}

/// The profiles that can be crawled by their name.
fn names_of(sites: &Sites) -> String {
    let names: Vec<&str> = sites.iter().filter(|site| site.home().is_some()).map(Site::name).collect();
    names.join(", ")
}

/// Crawls until the end, or until a second signal, where nothing is waited for: the state is whole at any instant.
pub(crate) fn crawl(config: &Config, plan: &Plan, store: Store) -> Result<Option<Summary>, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Failed(format!("cannot start the runtime: {error}")))?;
    let stop = Stop::new();
    let summary = runtime.block_on(async {
        let run = engine::run(config, plan, store, &stop);
        tokio::pin!(run);
        let mut signals = Signals::listen()?;
        for _ in 0..2 {
            tokio::select! {
                summary = &mut run => return summary.map(Some).map_err(explain),
                () = signals.next() => {
                    if !stop.is_asked() {
                        tracing::warn!("ending: what is under way is finished and saved; a second signal ends at once");
                    }
                    stop.ask();
                }
            }
        }
        Ok(None)
    });
    // Requests that were cut off are not waited for.
    runtime.shutdown_background();
    summary
}

/// SIGINT and SIGTERM.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self, CliError> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen =
            |kind| signal(kind).map_err(|error| CliError::Failed(format!("cannot listen for signals: {error}")));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What an engine's fault means for the exit code: what the user can change by other arguments is usage.
pub(crate) fn explain(error: EngineError) -> CliError {
    let message = with_sources(&error);
    match error {
        EngineError::Frontier(FrontierError::Locked { .. } | FrontierError::Displaced { .. }) => {
            CliError::Locked(message)
        }
        EngineError::Frontier(
            FrontierError::NotAState { .. } | FrontierError::Newer { .. } | FrontierError::Address { .. },
        )
        | EngineError::Config(_)
        | EngineError::NothingToDo
        | EngineError::Sink(auslese::sink::SinkError::Address { .. })
        | EngineError::Fetch(auslese::fetch::FetchError::Settings { .. }) => CliError::Usage(message),
        EngineError::Sink(auslese::sink::SinkError::Closed) => CliError::StdoutClosed,
        EngineError::Frontier(_)
        | EngineError::Sink(_)
        | EngineError::Fetch(_)
        | EngineError::Thread(_)
        | EngineError::Lost(_) => CliError::Failed(message),
    }
}

/// A state that is read must be there: a file, or an address that is asked.
pub(super) fn must_be_there(state: &Path) -> Result<(), CliError> {
    if is_address(state) || state.exists() {
        return Ok(());
    }
    Err(CliError::Usage(format!("state {}: there is none; name it with --state", state.display())))
}

/// An error with what caused it.
pub(super) fn with_sources(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        source = cause.source();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_write_them() {
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("20m"), Ok(Duration::from_secs(1_200)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7_200)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5_400)));
        for wrong in ["", "5", "fast", "-1s", "1 parsec"] {
            assert!(duration(wrong).unwrap_err().contains("500ms"), "{wrong}");
        }
    }

    #[test]
    fn a_name_that_is_neither_profile_nor_address_is_explained() {
        let sites = Sites::embedded().unwrap();
        let mut plan = Plan::new();
        let (public, private) =
            (FetchSettings::default(), FetchSettings { allow_private: true, ..FetchSettings::default() });
        let error = add(&mut plan, &sites, "unknown.test", &public).unwrap_err().to_string();
        assert!(error.contains("https://unknown.test/"), "{error}");
        assert!(add(&mut plan, &sites, "ftp://example.org/", &public).unwrap_err().to_string().contains("only http"));
        let error = add(&mut plan, &sites, "http://me:secret@example.org/", &public).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
        add(&mut plan, &sites, "http://example.org/", &public).unwrap();
        let error = add(&mut plan, &sites, "http://127.0.0.1:8080/", &public).unwrap_err().to_string();
        assert!(error.contains("--allow-private"), "{error}");
        add(&mut plan, &sites, "http://127.0.0.1:8080/", &private).unwrap();
        assert!(
            plan.candidates(Timestamp::now()).iter().any(|candidate| candidate.url.as_str() == "http://example.org/")
        );
    }
}
