//! `auslese canonical`.

use std::io::BufRead;

use auslese::site::Sites;
use serde::Serialize;
use url::Url;

use super::output::Output;
use super::sites::{self, SitesArgs};
use super::{CliError, Exit};

/// Prints the canonical form of addresses, one line each, in their order.
///
/// An address that is none gives an empty line (with --json, a line with `error`) and exit code 4.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Addresses; - reads them from stdin, one a line.
    #[arg(required = true, value_name = "URL")]
    urls: Vec<String>,
    /// Use the rules of this profile, whatever the host.
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Print a JSON object a line: input, canonical, identity, profile, error.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    profiles: SitesArgs,
}

/// What is said of one address.
#[derive(Debug, Serialize)]
struct Line<'a> {
    input: &'a str,
    canonical: Option<String>,
    /// What makes it the same article as another address; no address to fetch.
    identity: Option<String>,
    profile: Option<String>,
    error: Option<String>,
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let sites = args.profiles.load()?;
    if let Some(name) = &args.site {
        sites::by_name(&sites, name)?;
    }
    let mut to = Output::stdout();
    let mut failed = 0_u64;
    for input in &args.urls {
        if input == "-" {
            for (at, line) in std::io::stdin().lock().lines().enumerate() {
                let line =
                    line.map_err(|error| CliError::Failed(format!("cannot read stdin, line {}: {error}", at + 1)))?;
                failed += u64::from(!write_one(&line, &args, &sites, &mut to)?);
            }
        } else {
            failed += u64::from(!write_one(input, &args, &sites, &mut to)?);
        }
    }
    to.finish()?;
    Ok(if failed == 0 { Exit::Done } else { Exit::SomeFailed })
}

/// Writes the line of one address; false where it is none.
fn write_one(input: &str, args: &Args, sites: &Sites, to: &mut Output) -> Result<bool, CliError> {
    let line = match Url::parse(input.trim()) {
        Ok(url) => {
            let site = sites::for_url(sites, args.site.as_deref(), &url)?;
            Line {
                input,
                canonical: Some(site.canonical(&url).into()),
                identity: Some(site.identity(&url)),
                profile: Some(site.name().to_owned()),
                error: None,
            }
        }
        Err(error) => {
            let advice =
                if error == url::ParseError::RelativeUrlWithoutBase { " (begin it with https://)" } else { "" };
            let error = format!("{error}{advice}");
            if !args.json {
                tracing::warn!("not an address: {input:?}: {error}");
            }
            Line { input, canonical: None, identity: None, profile: None, error: Some(error) }
        }
    };
    if args.json {
        let json = serde_json::to_vec(&line).map_err(|error| CliError::Failed(error.to_string()))?;
        to.line(&json)?;
    } else {
        to.line(line.canonical.as_deref().unwrap_or_default().as_bytes())?;
    }
    Ok(line.error.is_none())
}
