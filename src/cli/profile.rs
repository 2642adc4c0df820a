//! `auslese profile new`: from pages of a site to a profile to start from.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use auslese::archive::page_of;
use auslese::extract::Extractor;
use auslese::parse::{InputFormat, ParseLimits, parse};
use auslese::propose::{self, ProposeError};
use auslese::site::{Site, Sites, UrlKind};
use auslese::source::{Context, discover};
use auslese::types::Fetched;
use jiff::Timestamp;
use url::Url;

use super::extract::inputs::{Input, Inputs, Kind};
use super::extract::{LIMITS, Unreadable};
use super::log::SUMMARY;
use super::output::Output;
use super::web::Web;
use super::{CliError, Exit, crawl, pages};

/// Requests for each article that is wanted, at most: not every link leads to one.
const REQUESTS: usize = 3;

/// Makes profiles of sites.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    #[command(
        after_help = "Example: auslese profile new saved-pages/ --home https://www.example.org/ --output example.org.toml"
    )]
    New(NewArgs),
}

/// Proposes a profile that fits some pages of a site.
///
/// It names the shape of articles' addresses, elements that hold headline, date, author and text and nothing else, and wordings that
/// recur around the articles, each with the number of pages that it holds over. What would change a page's headline, text or date is left
/// out. Ten pages or more of each template are a good start.
#[derive(Debug, clap::Args)]
struct NewArgs {
    /// Saved pages, folders of them, archives, or addresses. Of an address that is no article the links are followed.
    #[arg(value_name = "FILE|DIR|URL", required_unless_present = "manifest")]
    inputs: Vec<String>,
    /// Where the profile goes. [default: stdout]
    #[arg(short, long, value_name = "FILE|-", default_value = "-")]
    output: PathBuf,
    /// The site's front page, where the pages do not tell.
    #[arg(long, value_name = "URL")]
    home: Option<Url>,
    /// A JSONL file of {"path", "url"}: what to read, and the address it had.
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Articles that are fetched behind an address.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pages: usize,
    /// Time between two requests.
    #[arg(long, value_name = "DURATION", value_parser = crawl::duration, default_value = "1s")]
    delay: Duration,
    /// Also ask private, loopback and link-local addresses.
    #[arg(long)]
    allow_private: bool,
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let What::New(args) = args.what;
    let inputs = Inputs::new(&args.inputs, args.manifest.as_deref(), None, None)?;
    let (mut pages, mut failed) = (Vec::new(), 0_u64);
    let mut leave_out = |label: &str, detail: &str| {
        failed += 1;
        tracing::warn!("{label}: {detail} (left out)");
    };
    for input in inputs {
        match input {
            Ok(Input { kind: Kind::Url(url), label, .. }) => match from_web(&url, &args) {
                Ok(found) => pages.extend(found),
                Err(CliError::Failed(detail)) => leave_out(&label, &detail),
                Err(error) => return Err(error),
            },
            Ok(input) => {
                let label = input.label.clone();
                match read(input) {
                    Ok(page) => pages.push(page),
                    Err(detail) => leave_out(&label, &detail),
                }
            }
            Err(Unreadable { label, detail, .. }) => leave_out(&label, &detail),
        }
    }
    let proposal = propose::propose(&pages, args.home.as_ref()).map_err(|error| match error {
        ProposeError::NoHome => CliError::Usage(format!("{error}, as in --home https://www.example.org/")),
        ProposeError::NoArticle(_) => CliError::Usage(error.to_string()),
        ProposeError::Profile(_) => CliError::Failed(error.to_string()),
    })?;
    let mut output = Output::create(&args.output)?;
    output.bytes(proposal.toml.as_bytes())?;
    output.finish()?;
    let (all, articles) = proposal.draft.pages;
    tracing::info!(
        target: SUMMARY,
        "{}: {} rules, {} roles by selectors, {} wordings, from {articles} articles of {all} pages; {failed} left out. Save it as \
         sites/{}.toml in the folder that --config-dir names",
        proposal.name,
        proposal.draft.rules.len(),
        proposal.draft.selectors.len(),
        proposal.draft.wordings.len(),
        proposal.name
    );
    Ok(if failed > 0 { Exit::SomeFailed } else { Exit::Done })
}

fn read(input: Input) -> Result<Fetched, String> {
    match input.kind {
        Kind::File(path) => pages::read(&path, &input.label, input.url.as_ref()).map_err(|unfit| unfit.to_string()),
        Kind::Record(record) => page_of(*record, &input.label, &LIMITS).map_err(|fault| fault.detail),
        Kind::Url(url) => Err(format!("{url} is not a saved page")),
    }
}

/// The page at an address, and where it is no article, articles that it leads to.
fn from_web(url: &Url, args: &NewArgs) -> Result<Vec<Fetched>, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Failed(error.to_string());
    let web = Web::new(args.allow_private, args.delay, url.port())?;
    let sites = Sites::embedded().map_err(|error| failed(&error))?;
    let site = sites.default_site().at(url);
    let extractor = Extractor::new(sites, Some(site.clone()), InputFormat::Auto);
    let is_article =
        |page: &Fetched| extractor.extract(page).is_ok_and(|extraction| extraction.skip_reason().is_none());
    let first = web.fetch(url).map_err(|error| failed(&error))?;
    if is_article(&first) {
        return Ok(vec![first]);
    }
    let links = links(&first, &site);
    let (mut found, mut asked) = (0, 0);
    let mut pages = vec![first];
    for link in links {
        if found >= args.pages || asked >= args.pages.saturating_mul(REQUESTS) {
            break;
        }
        asked += 1;
        match web.fetch(&link) {
            Ok(page) => {
                found += usize::from(is_article(&page));
                pages.push(page);
            }
            Err(error) => tracing::info!(%link, %error, "left out"),
        }
    }
    Ok(pages)
}

/// The links of a page, those first that look most like articles'.
fn links(page: &Fetched, site: &Site) -> Vec<Url> {
    let parsed = parse(page, &ParseLimits::default()).ok();
    let context = Context { site, kind: UrlKind::Page, depth: 0, nofollow: false, now: Timestamp::now() };
    let Ok(found) = discover(page, parsed.as_ref(), &context) else { return Vec::new() };
    let pages = found.candidates.into_iter().zip(found.kinds);
    let mut links: Vec<Url> = pages
        .filter(|(_, kind)| matches!(kind, UrlKind::Article | UrlKind::Page))
        .map(|(candidate, _)| candidate.url)
        .collect();
    let mut seen = HashSet::new();
    links.retain(|link| seen.insert(link.clone()));
    // Titles and numbers make addresses of articles long.
    let looks = |url: &Url| {
        let last = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        last.bytes().filter(|byte| b"-_+".contains(byte) || byte.is_ascii_digit()).count().min(6)
    };
    links.sort_by_key(|url| std::cmp::Reverse(looks(url)));
    links
}
