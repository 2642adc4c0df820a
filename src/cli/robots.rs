//! `auslese robots`.

use std::fs::File;
use std::io::{self, Read};

use serde::Serialize;
use url::Url;

use super::output::Output;
use super::{CliError, Exit};
use auslese::fetch::{FetchSettings, Fetcher};
use auslese::pace::{Robots, RobotsAnswer, Verdict};
use auslese::types::HostKey;

/// Bytes that are read of a file: more than the parser looks at.
const MAX_FILE: u64 = 1 << 20;

/// Says what robots.txt allows, by which line, at what pace.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A robots.txt: a file, `-` for stdin, or any address of a site, whose /robots.txt is fetched.
    #[arg(value_name = "FILE|URL")]
    source: String,
    /// The crawler's product token, or its User-Agent beginning with it.
    #[arg(long, value_name = "NAME", default_value = "auslese")]
    agent: String,
    /// The addresses to judge; paths such as /archive/ are taken for addresses of the same site.
    #[arg(value_name = "URL", required = true)]
    urls: Vec<String>,
    /// One JSON object a line: url, allowed, line, rule, agent_group, crawl_delay_s.
    #[arg(long)]
    json: bool,
    /// Fetch from loopback and private addresses, too.
    #[arg(long)]
    allow_private: bool,
}

/// What is said of one address.
#[derive(Debug, Serialize)]
struct Line<'a> {
    url: &'a str,
    allowed: bool,
    line: Option<u32>,
    rule: Option<String>,
    agent_group: Option<&'a str>,
    crawl_delay_s: Option<f64>,
}

/// What there is to judge by.
enum Found {
    Rules(Robots),
    /// The file cannot be had for now, so that nothing may be fetched.
    Nothing,
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let site = site_of(&args.source);
    let targets = args.urls.iter().map(|url| target(url, site.as_ref())).collect::<Result<Vec<_>, _>>()?;
    let found = match &site {
        Some(site) => fetch(site, args.allow_private)?,
        None => Found::Rules(Robots::parse(&read(&args.source)?)),
    };
    let mut output = Output::stdout();
    for (url, target) in args.urls.iter().zip(&targets) {
        let verdict = match &found {
            Found::Rules(robots) => robots.check(&args.agent, target),
            Found::Nothing => Verdict { allowed: false, rule: None, group: None, crawl_delay: None },
        };
        let line = Line {
            url,
            allowed: verdict.allowed,
            line: verdict.rule.map(|rule| rule.line),
            rule: verdict.rule.map(ToString::to_string),
            agent_group: verdict.group,
            crawl_delay_s: verdict.crawl_delay.map(|delay| delay.as_secs_f64()),
        };
        let unknown = matches!(found, Found::Nothing);
        output.line(if args.json { line.json()? } else { line.text(unknown) }.as_bytes())?;
    }
    output.finish()?;
    Ok(match found {
        Found::Rules(_) => Exit::Done,
        Found::Nothing => Exit::SomeFailed,
    })
}

impl Line<'_> {
    fn json(&self) -> Result<String, CliError> {
        serde_json::to_string(self).map_err(|error| CliError::Failed(format!("cannot write {}: {error}", self.url)))
    }

    /// For people; `unknown` where robots.txt cannot be had.
    fn text(&self, unknown: bool) -> String {
        let word = if self.allowed { "allowed" } else { "disallowed" };
        let why = match (self.line, &self.rule, self.agent_group) {
            (Some(line), Some(rule), Some(group)) => format!("line {line}: {rule} (for {group})"),
            (_, _, Some(group)) => format!("no rule for {group} matches"),
            _ if unknown => "robots.txt cannot be had".to_owned(),
            _ => "no group applies".to_owned(),
        };
        let delay = self.crawl_delay_s.map(|s| format!("\tcrawl-delay {s} s")).unwrap_or_default();
        format!("{word}\t{}\t{why}{delay}", self.url)
    }
}

/// The site whose robots.txt is meant, where the source is an address.
fn site_of(source: &str) -> Option<Url> {
    Url::parse(source).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// An address to judge, or a path of the site.
fn target(text: &str, site: Option<&Url>) -> Result<Url, CliError> {
    let usage = |why: &str| CliError::Usage(format!("{text:?} {why} (give https://… or a path that begins with /)"));
    let url = match Url::parse(text) {
        Ok(url) if url.has_host() => url,
        Ok(_) => return Err(usage("is no address of a site")),
        Err(url::ParseError::RelativeUrlWithoutBase) if text.is_empty() || text.starts_with(['/', '?']) => {
            let base = site.cloned().map_or_else(|| Url::parse("http://localhost/"), Ok);
            base.and_then(|base| base.join("/")?.join(text)).map_err(|error| usage(&format!("is no path: {error}")))?
        }
        Err(error) => return Err(usage(&format!("is no address: {error}"))),
    };
    if let Some(site) = site
        && HostKey::of(site) != HostKey::of(&url)
    {
        tracing::warn!("{text} is of another site, for which this robots.txt does not speak");
    }
    Ok(url)
}

fn read(source: &str) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    let done = match source {
        "-" => io::stdin().lock().take(MAX_FILE).read_to_end(&mut bytes),
        path => File::open(path).and_then(|file| file.take(MAX_FILE).read_to_end(&mut bytes)),
    };
    done.map_err(|error| CliError::Usage(format!("cannot read {source}: {error}")))?;
    Ok(bytes)
}

fn fetch(site: &Url, allow_private: bool) -> Result<Found, CliError> {
    let failed = |what: &dyn std::fmt::Display| CliError::Failed(what.to_string());
    let host = HostKey::of(site).ok_or_else(|| CliError::Usage(format!("{site} names no host")))?;
    let mut settings = FetchSettings { allow_private, ..FetchSettings::default() };
    settings.ports.extend(site.port());
    let fetcher = Fetcher::new(settings).map_err(|error| failed(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))?;
    let fetch = runtime.block_on(fetcher.robots(&host));
    Ok(match fetch.answer {
        RobotsAnswer::Rules(robots) => Found::Rules((*robots).clone()),
        RobotsAnswer::AllowAll(_) => {
            tracing::warn!("there is no robots.txt, so everything is allowed ({})", fetch.detail);
            Found::Rules(Robots::default())
        }
        RobotsAnswer::Unavailable { .. } => {
            tracing::warn!("robots.txt cannot be had, so nothing may be fetched for now ({})", fetch.detail);
            Found::Nothing
        }
    })
}
