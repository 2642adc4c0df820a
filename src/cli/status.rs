//! `auslese status`.

use std::fmt::Write as _;
use std::path::PathBuf;

use auslese::engine::{bytes, duration};
use auslese::frontier::{Counts, FrontierError, Holder, HostHealth, Run, Segment, SharedView, StateView, WorkerState};
use auslese::sink::is_address;
use auslese::site::Sites;
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::sites::SitesArgs;
use super::{CliError, Exit, crawl, output};

/// Runs that are shown unless more are asked for.
const RUNS: usize = 10;
/// Hosts in the table; JSON has all.
const HOSTS: usize = 20;

/// Shows the runs of a crawl, its workers, the health of its hosts, and its files.
///
/// Reads the state as it is, also while a crawl is writing it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The state of the crawl: a file, or postgres://user@host/database. [default: auslese.db in the output folder]
    #[arg(short, long, env = "AUSLESE_STATE", value_name = "FILE")]
    state: Option<PathBuf>,
    /// The output folder of the crawl, where the state is looked for.
    #[arg(short, long, env = "AUSLESE_OUTPUT", value_name = "DIR", default_value = "output")]
    output: PathBuf,
    /// Show so many of the last runs.
    #[arg(long, value_name = "N", default_value_t = RUNS)]
    runs: usize,
    /// Print one JSON object, with every host and file.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sites: SitesArgs,
}

/// What the state says.
struct Status {
    file: PathBuf,
    format: i64,
    bytes: u64,
    holder: Option<Holder>,
    counts: Counts,
    runs: Vec<Told>,
    hosts: Vec<Host>,
    segments: Vec<Segment>,
    workers: Vec<WorkerState>,
}

/// A host, and what of it depends on the time of the day.
struct Host {
    health: HostHealth,
    /// When it may be asked again, and what keeps it; none where nothing does.
    rest: Option<(Timestamp, String)>,
    /// Requests of this day, where there is a budget of a day.
    today: Option<u64>,
}

impl Host {
    /// The longest of its waits: a hold, a rest or closing after failures, the quiet hours of its profile.
    fn of(health: HostHealth, sites: &Sites, now: Timestamp) -> Self {
        let url = Url::parse(health.host.as_str()).ok();
        let hours = url.map(|url| sites.for_url(&url).hours().clone()).unwrap_or_default();
        let held = health.held_until.map(|until| (until, health.held_why.clone().unwrap_or_default()));
        let failed = match health.closings {
            0 => "it rests after failures".to_owned(),
            times => format!("closed, time {times} in a row"),
        };
        let rests = health.rests_until.map(|until| (until, failed));
        let quiet = hours.quiet_until(now).map(|until| (until, "quiet hours".to_owned()));
        let waits = [held, quiet, rests].into_iter().flatten().filter(|(until, _)| *until > now);
        let rest = waits.max_by_key(|(until, _)| *until);
        let today = health.spent.map(|(day, requests)| if day == hours.day(now) { requests } else { 0 });
        Self { health, rest, today }
    }
}

/// A run, and what is known of it.
struct Told {
    run: Run,
    end: String,
    pages: Option<u64>,
    records: Option<u64>,
    failed: Option<u64>,
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let file = args.state.unwrap_or_else(|| args.output.join("auslese.db"));
    crawl::must_be_there(&file)?;
    let (sites, now) = (args.sites.load()?, Timestamp::now());
    let status = look(&file, args.runs, &sites, now).map_err(|error| crawl::explain(error.into()))?;
    output::print(&if args.json { format!("{}\n", as_json(&status)) } else { table(&status, now) })?;
    Ok(Exit::Done)
}

fn look(file: &std::path::Path, runs: usize, sites: &Sites, now: Timestamp) -> Result<Status, FrontierError> {
    if let Some(address) = file.to_str().filter(|_| is_address(file)) {
        return look_shared(address, runs, sites, now);
    }
    let view = StateView::open(file)?;
    let (holder, segments) = (view.holder(), view.segments()?);
    let live: Vec<&str> = holder.iter().map(|holder| holder.run_id.as_str()).collect();
    let told = view.runs(runs)?.into_iter().map(|run| tell(run, &live, &segments)).collect();
    Ok(Status {
        file: view.path().to_owned(),
        format: view.version(),
        bytes: view.bytes(),
        counts: view.counts()?,
        runs: told,
        hosts: view.hosts()?.into_iter().map(|host| Host::of(host, sites, now)).collect(),
        holder,
        segments,
        workers: Vec::new(),
    })
}

fn look_shared(address: &str, runs: usize, sites: &Sites, now: Timestamp) -> Result<Status, FrontierError> {
    let view = SharedView::look(address, runs)?;
    let live = view.live_runs(now);
    let told = view.runs.iter().map(|run| tell(run.clone(), &live, &view.segments)).collect();
    Ok(Status {
        file: PathBuf::from(&view.name),
        format: view.version,
        bytes: view.bytes,
        counts: view.counts.clone(),
        runs: told,
        hosts: view.hosts.iter().map(|host| Host::of(host.clone(), sites, now)).collect(),
        holder: None,
        segments: view.segments.clone(),
        workers: view.workers,
    })
}

/// How a run ended, and what it did; of one that never said so, what its files hold.
fn tell(run: Run, live: &[&str], segments: &[Segment]) -> Told {
    let figure = |name: &str| run.summary.as_ref().and_then(|summary| summary.get(name)?.as_u64());
    let end = match (&run.summary, run.ended) {
        (Some(summary), _) => match summary.get("end") {
            Some(Value::String(end)) => end.clone(),
            Some(_) => "failed".to_owned(),
            None => "ended".to_owned(),
        },
        (None, Some(_)) => "ended".to_owned(),
        (None, None) if live.contains(&run.id.as_str()) => "running".to_owned(),
        (None, None) => "killed".to_owned(),
    };
    let name = format!("articles-{}", run.id);
    let of_run = |segment: &&Segment| segment.mark.file.rsplit('/').next().is_some_and(|file| file.starts_with(&name));
    let written = || segments.iter().filter(of_run).map(|segment| segment.mark.records).sum();
    let records = figure("records").or_else(|| run.summary.is_none().then(written));
    Told { end, pages: figure("pages"), records, failed: figure("failed"), run }
}

fn table(status: &Status, now: Timestamp) -> String {
    let mut text = String::new();
    let mut say = |what: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{what:<10} {value}");
    };
    say("state", format!("{} (format {}, {})", status.file.display(), status.format, bytes(status.bytes)));
    let at_work = status.workers.iter().filter(|worker| worker.lives(now)).count();
    let now_is = match &status.holder {
        Some(holder) => holder.to_string(),
        None if at_work > 0 => format!("{at_work} workers"),
        None => "no run".to_owned(),
    };
    say("now", now_is);
    let c = &status.counts;
    let (skipped, dead) = (c.skipped.values().sum::<u64>(), c.dead.values().sum::<u64>());
    say(
        "addresses",
        format!(
            "{} ready, {} waiting, {} leased, {} done, {} aliases, {skipped} skipped, {dead} dead",
            c.ready, c.waiting, c.leased, c.done, c.aliases
        ),
    );
    let whole: Vec<_> = status.segments.iter().filter(|segment| segment.finished).collect();
    let (size, records) = whole
        .iter()
        .fold((0, 0), |(size, records), segment| (size + segment.mark.bytes, records + segment.mark.records));
    let open = status.segments.len() - whole.len();
    let open = if open > 0 { format!(", {open} more not complete") } else { String::new() };
    say("files", format!("{} with {records} records, {}{open}", whole.len(), bytes(size)));
    text.push_str(&workers_table(&status.workers, now));
    text.push_str(&runs_table(&status.runs, now));
    text.push_str(&hosts_table(&status.hosts));
    text
}

/// Workers that share the state; those that ended last of all.
fn workers_table(workers: &[WorkerState], now: Timestamp) -> String {
    let head = ["worker", "heard of", "hosts", "leased", "settled", "records", "a second", "state"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut sorted: Vec<&WorkerState> = workers.iter().collect();
    sorted.sort_by_key(|worker| worker.ended);
    for worker in sorted {
        let state = match worker.until {
            _ if worker.ended => "ended",
            Some(until) if until <= now => "not heard of; its hosts may be taken",
            _ if !worker.lives(now) => "not heard of",
            _ => "at work",
        };
        let heard = now.duration_since(worker.seen).try_into().unwrap_or_default();
        let mut row = vec![worker.name.clone(), format!("{} ago", duration(heard))];
        row.extend([worker.hosts, worker.leased, worker.settled, worker.records].map(|figure| figure.to_string()));
        row.push(worker.rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.1}")));
        row.push(state.to_owned());
        rows.push(row);
    }
    if rows.len() > 1 { columns(&rows) } else { String::new() }
}

fn runs_table(runs: &[Told], now: Timestamp) -> String {
    let mut rows =
        vec![["run", "began (UTC)", "took", "end", "pages", "records", "failed"].map(str::to_owned).to_vec()];
    for told in runs {
        let until = told.run.ended.or_else(|| (told.end == "running").then_some(now));
        let took = until.and_then(|until| until.duration_since(told.run.began).try_into().ok()).map(duration);
        let figure = |figure: Option<u64>| figure.map_or_else(|| "-".to_owned(), |figure| figure.to_string());
        rows.push(vec![
            told.run.id.clone(),
            told.run.began.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            took.unwrap_or_else(|| "-".to_owned()),
            told.end.clone(),
            figure(told.pages),
            figure(told.records),
            figure(told.failed),
        ]);
    }
    if rows.len() > 1 { columns(&rows) } else { String::new() }
}

/// Hosts in trouble first, then those with most to do.
fn hosts_table(hosts: &[Host]) -> String {
    let mut sorted: Vec<&Host> = hosts.iter().collect();
    sorted.sort_by_key(|Host { health, rest, .. }| {
        let open = health.ready + health.waiting + health.leased;
        std::cmp::Reverse((rest.is_some(), health.error_streak, open, health.done))
    });
    let with_budget = hosts.iter().any(|host| host.today.is_some());
    let mut head = vec!["host", "last success (UTC)", "errors", "ready", "waiting", "done", "skipped", "dead"];
    head.extend(with_budget.then_some("today"));
    head.push("not before (UTC)");
    let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    let at = |time: Option<Timestamp>| {
        time.map_or_else(|| "-".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
    };
    for Host { health, rest, today } in sorted.iter().take(HOSTS) {
        let errors = match &health.last_reason {
            Some(reason) if health.error_streak > 0 => format!("{} ({reason})", health.error_streak),
            _ => health.error_streak.to_string(),
        };
        let figures = [health.ready, health.waiting + health.leased, health.done, health.skipped, health.dead];
        let mut row = vec![health.host.to_string(), at(health.last_success), errors];
        row.extend(figures.map(|figure| figure.to_string()));
        row.extend(with_budget.then(|| today.map_or_else(|| "-".to_owned(), |requests| requests.to_string())));
        row.push(match rest {
            Some((until, why)) => format!("{} ({why})", at(Some(*until))),
            None => "-".to_owned(),
        });
        rows.push(row);
    }
    if rows.len() == 1 {
        return String::new();
    }
    let mut text = columns(&rows);
    if hosts.len() > HOSTS {
        let _ = writeln!(text, "and {} hosts more (--json has all)", hosts.len() - HOSTS);
    }
    text
}

/// Rows, the first of them the head, as columns of their widest cells, after an empty line; columns of figures to the right.
fn columns(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let is_figure = |cell: &String| cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let of_figures = |column: usize| rows.iter().skip(1).all(|row| row.get(column).is_some_and(is_figure));
    let mut text = String::from("\n");
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = width(column);
            let _ = match of_figures(column) {
                true => write!(line, "{cell:>width$}  "),
                false => write!(line, "{cell:<width$}  "),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn as_json(status: &Status) -> Value {
    let c = &status.counts;
    json!({
        "state": status.file.display().to_string(),
        "format": status.format,
        "bytes": status.bytes,
        "running": status.holder.as_ref().map(|holder| json!({
            "run_id": holder.run_id, "pid": holder.pid, "host": holder.host, "since": holder.since,
        })),
        "addresses": {
            "ready": c.ready, "waiting": c.waiting, "leased": c.leased, "done": c.done, "aliases": c.aliases,
            "skipped": c.skipped, "dead": c.dead,
        },
        "runs": status.runs.iter().map(|told| json!({
            "run_id": told.run.id, "began": told.run.began, "ended": told.run.ended, "end": told.end, "pages": told.pages,
            "records": told.records, "failed": told.failed, "summary": told.run.summary,
        })).collect::<Vec<_>>(),
        "workers": status.workers.iter().map(|worker| json!({
            "worker": worker.name, "host": worker.machine, "pid": worker.pid, "run_id": worker.run_id, "began": worker.began,
            "seen": worker.seen, "ended": worker.ended, "hosts": worker.hosts, "leased": worker.leased, "until": worker.until,
            "settled": worker.settled, "records": worker.records, "rate": worker.rate,
        })).collect::<Vec<_>>(),
        "hosts": status.hosts.iter().map(|Host { health: host, rest, today }| json!({
            "host": host.host, "ready": host.ready, "waiting": host.waiting, "leased": host.leased, "done": host.done,
            "skipped": host.skipped, "dead": host.dead, "held_until": host.held_until, "held_why": host.held_why,
            "last_success": host.last_success, "last_error": host.last_error, "last_reason": host.last_reason,
            "error_streak": host.error_streak,
            "closings": host.closings, "not_before": rest.as_ref().map(|(until, _)| until),
            "not_before_why": rest.as_ref().map(|(_, why)| why), "requests_today": today,
        })).collect::<Vec<_>>(),
        "files": status.segments.iter().map(|segment| json!({
            "file": segment.mark.file, "folder": segment.mark.root.display().to_string(), "bytes": segment.mark.bytes,
            "records": segment.mark.records, "complete": segment.finished,
        })).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use auslese::frontier::{Frontier, OpenHow, SqliteFrontier};
    use auslese::types::HostKey;

    use super::*;

    fn health(host: &str) -> HostHealth {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state.db");
        let how = OpenHow { run_id: "r".into(), now: Timestamp::UNIX_EPOCH, max_open: 9 };
        let (mut frontier, _) = SqliteFrontier::open(&file, &how).unwrap();
        frontier
            .hold(&HostKey::of(&host.parse().unwrap()).unwrap(), at("10:00"), "its delay is long", at("09:00"))
            .unwrap();
        drop(frontier);
        StateView::open(&file).unwrap().hosts().unwrap().remove(0)
    }

    fn at(time: &str) -> Timestamp {
        format!("2025-03-04T{time}:00Z").parse().unwrap()
    }

    #[test]
    fn of_what_keeps_a_host_the_longest_is_told() {
        let profile = "home = \"https://anzeiger.test/\"\n[pace]\nquiet = [\"20:00-24:00\", \"00:00-06:30\"]\n";
        let sites = Sites::load([("anzeiger.toml", profile)]).unwrap();
        let rest = |health: &HostHealth, now| Host::of(health.clone(), &sites, at(now)).rest;
        let mut health = health("https://anzeiger.test/");
        assert_eq!(rest(&health, "09:30"), Some((at("10:00"), "its delay is long".to_owned())));
        assert_eq!(rest(&health, "10:30"), None);
        assert_eq!(rest(&health, "05:00"), Some((at("10:00"), "its delay is long".to_owned())));
        health.held_until = None;
        assert_eq!(rest(&health, "05:00"), Some((at("06:30"), "quiet hours".to_owned())));
        (health.rests_until, health.closings) = (Some(at("12:00")), 2);
        assert_eq!(rest(&health, "05:00"), Some((at("12:00"), "closed, time 2 in a row".to_owned())));
        health.spent = Some((sites.default_site().hours().day(at("05:00")), 7));
        let today =
            |day: i64| Host::of(health.clone(), &sites, at("05:00") + jiff::SignedDuration::from_hours(24 * day)).today;
        assert_eq!((today(0), today(1)), (Some(7), Some(0)), "another day begins at 0");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["host", "n", "last"], ["http://a.test", "7", "x"], ["b", "1234", "-"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        let expected = "\nhost              n  last\nhttp://a.test     7  x\nb              1234  -\n";
        assert_eq!(columns(&rows), expected);
    }
}
