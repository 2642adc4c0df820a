//! `auslese inspect`: a page's blocks with their roles and why, as an HTML page to look at.

use std::path::{Path, PathBuf};
use std::time::Duration;

use auslese::render::{Inspection, page};
use url::Url;

use super::extract::Format;
use super::output::Output;
use super::pages;
use super::sites::SitesArgs;
use super::web::Web;
use super::{CliError, Exit};

/// Shows a page's blocks, their roles and why, as an HTML page.
///
/// One self-contained file, made for a browser: the blocks in order, coloured by role, each with its score and what decided
/// (wordings, shapes, the profile, the learned model and the columns that moved it), and the record beside them. It loads
/// nothing and runs nothing but its own script; `?` in it lists its keys.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A file, an address (fetched politely), or - for stdin.
    #[arg(value_name = "FILE|URL|-")]
    input: String,
    /// Where the page goes; it appears when it is complete.
    #[arg(short, long, value_name = "FILE|-", default_value = "-")]
    output: PathBuf,
    /// What the input is.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    input_format: Format,
    /// The profile to use whatever the address: kommune21.de, or _default for none.
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// The address of the page, for a file or stdin.
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// What recurs on the pages of the site, as `auslese learn` wrote it.
    #[arg(long, value_name = "FILE")]
    sketch: Option<PathBuf>,
    /// Also ask private, loopback and link-local addresses.
    #[arg(long)]
    allow_private: bool,
    #[command(flatten)]
    profiles: SitesArgs,
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let extractor = pages::extractor(&args.profiles, args.site.as_deref(), args.input_format.into())?
        .with_sketch(args.sketch.as_deref().map(pages::sketch).transpose()?);
    let address = Url::parse(&args.input).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let fetched = match &address {
        Some(url) => Web::new(args.allow_private, Duration::ZERO, url.port())?.fetch(url),
        None => pages::read(Path::new(&args.input), &args.input, args.url.as_ref()),
    };
    let explained = fetched.and_then(|fetched| extractor.explain(&fetched));
    let (extraction, explanation) = match explained {
        Ok(explained) => explained,
        Err(unfit) => {
            tracing::warn!("{}: {unfit}", args.input);
            return Ok(Exit::SomeFailed);
        }
    };
    let inspection = Inspection {
        record: &extraction.record,
        classified: &extraction.classified,
        explanation: &explanation,
        rows: &extraction.rows(),
    };
    let mut output = Output::create(&args.output)?;
    output.line(page(&inspection).trim_end().as_bytes())?;
    output.finish()?;
    Ok(Exit::Done)
}
