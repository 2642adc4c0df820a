//! `auslese discover`.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use auslese::extract::directives;
use auslese::parse::{ParseLimits, parse};
use auslese::site::{Site, Sites, UrlKind};
use auslese::source::{Context, Discovery, Format, discover, sniff};
use auslese::types::{Fetched, Origin, Via};
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::log::SUMMARY;
use super::output::Output;
use super::sites::{self, SitesArgs};
use super::web::Web;
use super::{CliError, Exit};

/// Bytes of a file, inflated, at most: that of a sitemap.
const MAX_FILE: usize = 52_428_800;
/// The base of a file that says nothing of where it comes from.
const NOWHERE: &str = "http://nowhere.invalid/";

/// Lists what a feed, sitemap, listing or page would add to the frontier, and each refusal with its reason.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files (- for stdin) or addresses.
    #[arg(required = true, value_name = "FILE|URL")]
    inputs: Vec<String>,
    /// Use the rules of this profile, whatever the host.
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Where a file comes from: its address. Without it, the site's home or what the file itself says.
    #[arg(long, value_name = "URL")]
    base: Option<Url>,
    /// What the inputs are; told by address and content where it is not said.
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Print a JSON object a line.
    #[arg(long)]
    json: bool,
    /// Allow addresses on private and loopback networks.
    #[arg(long)]
    allow_private: bool,
    /// Time between two requests to a host.
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = duration)]
    delay: Duration,
    #[command(flatten)]
    profiles: SitesArgs,
}

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum KindArg {
    /// One article.
    Article,
    /// A list of pointers to articles.
    Listing,
    /// An RSS, Atom or JSON feed.
    Feed,
    /// A sitemap or sitemap index.
    Sitemap,
    /// Any other page.
    Page,
}

impl From<KindArg> for UrlKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Article => UrlKind::Article,
            KindArg::Listing => UrlKind::Listing,
            KindArg::Feed => UrlKind::Feed,
            KindArg::Sitemap => UrlKind::Sitemap,
            KindArg::Page => UrlKind::Page,
        }
    }
}

/// `1s`, `500ms`, `2m`.
fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text.parse().map_err(|_| "write it as 1s, 500ms or 2m".to_owned())?;
    Duration::try_from(span).map_err(|_| "it cannot be negative".to_owned())
}

/// A line of the output.
#[derive(Debug, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
enum Line<'a> {
    Add { url: &'a str, kind: UrlKind, via: Via, date: Option<String>, priority: i32, depth: u16, input: &'a str },
    Refuse { url: &'a str, reason: &'static str, input: &'a str },
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let sites = args.profiles.load()?;
    if let Some(name) = &args.site {
        sites::by_name(&sites, name)?;
    }
    let ports = args.inputs.iter().filter_map(|input| Url::parse(input).ok()?.port());
    let web = Web::new(args.allow_private, args.delay, ports)?;
    let mut to = Output::stdout();
    let mut failed = false;
    for input in &args.inputs {
        let found = read(input, &args, &web).and_then(|fetched| look(fetched, input, &args, &sites));
        match found {
            Ok(found) => {
                write(input, &found, args.json, &mut to)?;
                to.flush()?;
                tell(input, &found);
            }
            Err(Fault::Input(message)) => {
                tracing::error!("{input}: {message}");
                failed = true;
            }
            Err(Fault::Command(error)) => return Err(error),
        }
    }
    to.finish()?;
    Ok(if failed { Exit::SomeFailed } else { Exit::Done })
}

/// What went wrong: with one input, or with the command.
#[derive(Debug)]
enum Fault {
    Input(String),
    Command(CliError),
}

/// A response; whether its address is known, and not only that of nowhere.
struct Response {
    fetched: Fetched,
    known: bool,
}

fn read(input: &str, args: &Args, web: &Web) -> Result<Response, Fault> {
    if input.starts_with("http://") || input.starts_with("https://") {
        let url = Url::parse(input).map_err(|error| Fault::Input(format!("not an address: {error}")))?;
        return Ok(Response {
            fetched: web.fetch(&url).map_err(|unfit| Fault::Input(unfit.to_string()))?,
            known: true,
        });
    }
    let raw = read_file(input).map_err(|error| Fault::Input(format!("cannot be read: {error}")))?;
    let body = inflated(raw).map_err(Fault::Input)?;
    let nowhere = || Url::parse(NOWHERE).map_err(|error| Fault::Command(CliError::Failed(error.to_string())));
    let url = args.base.clone().map_or_else(nowhere, Ok)?;
    let fetched = Fetched {
        requested: url.clone(),
        final_url: url,
        hops: Vec::new(),
        status: 200,
        headers: Vec::new(),
        body,
        fetched_at: Timestamp::now(),
        origin: Origin::File { path: input.to_owned() },
        via: Via::File,
    };
    Ok(Response { fetched, known: args.base.is_some() })
}

fn read_file(input: &str) -> std::io::Result<Vec<u8>> {
    let bound = u64::try_from(MAX_FILE).unwrap_or(u64::MAX) + 1;
    let mut bytes = Vec::new();
    if input == "-" {
        std::io::stdin().lock().take(bound).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(PathBuf::from(input))?.take(bound).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// A file as it is, or inflated where it is gzip and no sitemap (those are inflated where they are read).
fn inflated(raw: Vec<u8>) -> Result<Vec<u8>, String> {
    let too_long = || format!("longer than {MAX_FILE} bytes");
    if raw.len() > MAX_FILE {
        return Err(too_long());
    }
    if !raw.starts_with(&[0x1f, 0x8b]) {
        return Ok(raw);
    }
    let mut bytes = Vec::new();
    let bound = u64::try_from(MAX_FILE).unwrap_or(u64::MAX) + 1;
    match MultiGzDecoder::new(raw.as_slice()).take(bound).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() > MAX_FILE => Err(too_long()),
        Ok(_) => Ok(bytes),
        // Damaged: what can be read of it is for the source's reader to say.
        Err(_) => Ok(raw),
    }
}

/// Finds the profile and the kind, and looks at the response.
fn look(response: Response, input: &str, args: &Args, sites: &Sites) -> Result<Discovery, Fault> {
    let Response { mut fetched, mut known } = response;
    if !known && let Some(base) = base_of(&fetched, args, sites)? {
        (fetched.requested, fetched.final_url, known) = (base.clone(), base, true);
    }
    if !known {
        let advice = "says nothing of where it comes from: give its address with --base URL";
        return Err(Fault::Input(advice.to_owned()));
    }
    let site = sites::for_url(sites, args.site.as_deref(), &fetched.final_url).map_err(Fault::Command)?;
    tracing::info!("{input}: by the rules of {} ({})", site.name(), site.file());
    let found = discover_in(&fetched, &site, args.kind)?;
    Ok(found)
}

fn discover_in(fetched: &Fetched, site: &Site, kind: Option<KindArg>) -> Result<Discovery, Fault> {
    let now = Timestamp::now();
    let judged = || site.judge(&site.canonical(&fetched.final_url), 0, now).unwrap_or(UrlKind::Page);
    let kind = kind.map_or_else(judged, UrlKind::from);
    let is_source = matches!(sniff(fetched), Format::Feed | Format::Sitemap);
    let is_page = !is_source && !matches!(kind, UrlKind::Feed | UrlKind::Sitemap);
    let page = match is_page {
        true => Some(parse(fetched, &ParseLimits::default()).map_err(|error| Fault::Input(error.to_string()))?),
        false => None,
    };
    let nofollow = page.as_ref().is_some_and(|page| directives(&page.meta, fetched).nofollow);
    let context = Context { site, kind, depth: 0, nofollow, now };
    discover(fetched, page.as_ref(), &context).map_err(|error| Fault::Input(error.to_string()))
}

/// Where a file comes from: the home of the profile named, what a page says of itself, the site of the first address that a
/// feed or sitemap names.
fn base_of(fetched: &Fetched, args: &Args, sites: &Sites) -> Result<Option<Url>, Fault> {
    if let Some(name) = &args.site {
        let home = sites::by_name(sites, name).map_err(Fault::Command)?.home().cloned();
        if home.is_some() {
            return Ok(home);
        }
    }
    if matches!(sniff(fetched), Format::Feed | Format::Sitemap) || args.kind == Some(KindArg::Sitemap) {
        let site = sites.default_site().at(&fetched.final_url);
        let found = discover_in(fetched, &site, args.kind)?;
        // Seen from nowhere, every whole address is another site's.
        let mut elsewhere = found.refused.iter().filter_map(|refused| Url::parse(&refused.address).ok());
        return Ok(elsewhere.find(|url| matches!(url.scheme(), "http" | "https")).and_then(|url| url.join("/").ok()));
    }
    let Ok(page) = parse(fetched, &ParseLimits::default()) else { return Ok(None) };
    let said = page.meta.canonical.iter().map(|canonical| canonical.value.as_str()).chain(page.meta.base.as_deref());
    Ok(said
        .filter_map(|address| Url::parse(address).ok())
        .find(|url| matches!(url.scheme(), "http" | "https") && url.host_str() != fetched.final_url.host_str()))
}

fn write(input: &str, found: &Discovery, json: bool, to: &mut Output) -> Result<(), CliError> {
    for (candidate, kind) in found.candidates.iter().zip(&found.kinds) {
        let date = candidate.lastmod.map(|date| date.to_string());
        let url = candidate.url.as_str();
        if json {
            let (via, priority, depth) = (candidate.via, candidate.priority, candidate.depth);
            write_json(&Line::Add { url, kind: *kind, via, date, priority, depth, input }, to)?;
        } else {
            let date = date.unwrap_or_else(|| "-".to_owned());
            let line = format!("add    {kind:<8} {:<10} {date:<20} {:>5} {url}", candidate.via, candidate.priority);
            to.line(line.as_bytes())?;
        }
    }
    for refused in &found.refused {
        let (url, reason) = (refused.address.as_str(), refused.reason.as_str());
        if json {
            write_json(&Line::Refuse { url, reason, input }, to)?;
        } else {
            // What a page writes as an address may hold a line feed; a line stays a line.
            let url: String = url.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            to.line(format!("refuse {reason:<46} {url}").as_bytes())?;
        }
    }
    Ok(())
}

fn write_json(line: &Line<'_>, to: &mut Output) -> Result<(), CliError> {
    let json = serde_json::to_vec(line).map_err(|error| CliError::Failed(error.to_string()))?;
    to.line(&json)
}

/// Says on stderr what was found in an input.
fn tell(input: &str, found: &Discovery) {
    for warning in &found.warnings {
        tracing::warn!("{input}: {warning}");
    }
    let (format, added, refused) = (found.format, found.candidates.len(), found.refused.len());
    let (repeated, omitted) = (found.repeated, found.omitted);
    tracing::info!(
        target: SUMMARY,
        "{input}: {format}, {added} to add, {refused} refused, {repeated} repeated, {omitted} beyond the bounds"
    );
}
