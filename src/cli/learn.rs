//! `auslese learn`: what recurs on the saved pages of a site, as a file that `extract`, `inspect` and `crawl` use.

use std::collections::HashSet;
use std::path::PathBuf;

use auslese::archive::page_of;
use auslese::classify::Sketch;
use auslese::extract::Extraction;

use super::extract::inputs::{Input, Inputs, Kind};
use super::extract::{Format, LIMITS, Unreadable};
use super::log::SUMMARY;
use super::output::Output;
use super::sites::SitesArgs;
use super::{CliError, Exit, ordered, pages};

/// Learns from saved pages of a site which blocks recur on them.
///
/// A notice in prose or an author's biography reads like an article; that the same block stands on many pages tells it
/// apart. The file is for `--sketch` of extract, inspect and crawl; it holds counts of hashes, no text. Ten articles are the
/// least, and all must be of one site. An article that comes twice counts once.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Saved pages, folders of them, or archives.
    #[arg(value_name = "FILE|DIR", required_unless_present = "manifest")]
    inputs: Vec<String>,
    /// Where the sketch goes; the file appears when it is complete.
    #[arg(short, long, value_name = "FILE|-", default_value = "-")]
    output: PathBuf,
    /// The profile to use whatever the address: kommune21.de, or _default for none.
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// A JSONL file of {"path", "url"}: what to read, and the address it had.
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// What the inputs are.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    input_format: Format,
    #[command(flatten)]
    profiles: SitesArgs,
}

/// What a page gives to the sketch.
enum Learnt {
    Article {
        id: String,
        prints: Vec<u64>,
    },
    /// No article: lists repeat what articles say.
    Passed,
    Failed {
        label: String,
        detail: String,
    },
}

pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let extractor = pages::extractor(&args.profiles, args.site.as_deref(), args.input_format.into())?;
    let inputs = Inputs::new(&args.inputs, args.manifest.as_deref(), None, None)?;
    if inputs.has_urls() {
        let message = "addresses cannot be learnt from (crawl the site: a crawl learns by itself)";
        return Err(CliError::Usage(message.to_owned()));
    }
    let work = |input: Result<Input, Unreadable>| {
        let input = match input {
            Ok(input) => input,
            Err(Unreadable { label, detail, .. }) => return Learnt::Failed { label, detail },
        };
        let label = input.label.clone();
        match read(input).and_then(|fetched| extractor.extract(&fetched).map_err(|unfit| unfit.to_string())) {
            Ok(extraction) => learn(&extraction),
            Err(detail) => Learnt::Failed { label, detail },
        }
    };
    let (mut sketch, mut known, mut failed, mut passed) = (Sketch::default(), HashSet::new(), 0_u64, 0_u64);
    ordered::map(inputs, ordered::threads(), work, |learnt| {
        match learnt {
            Learnt::Article { id, prints } if known.insert(id.clone()) => sketch.add(&prints),
            Learnt::Article { .. } | Learnt::Passed => passed += 1,
            Learnt::Failed { label, detail } => {
                failed += 1;
                tracing::warn!("{label}: {detail} (left out)");
            }
        }
        Ok(())
    })?;
    if !sketch.is_ripe() {
        tracing::warn!(
            "{} articles are too few to tell what recurs: the sketch is not used until it has 10",
            known.len()
        );
    }
    let mut output = Output::create(&args.output)?;
    output.line(sketch.to_json().as_bytes())?;
    output.finish()?;
    tracing::info!(
        target: SUMMARY,
        "learnt from {} articles; {passed} pages passed over (no article, or one that was there already), {failed} left out",
        known.len()
    );
    Ok(if failed > 0 { Exit::SomeFailed } else { Exit::Done })
}

fn read(input: Input) -> Result<auslese::types::Fetched, String> {
    match input.kind {
        Kind::File(path) => pages::read(&path, &input.label, input.url.as_ref()).map_err(|unfit| unfit.to_string()),
        Kind::Record(record) => page_of(*record, &input.label, &LIMITS).map_err(|fault| fault.detail),
        Kind::Url(url) => Err(format!("{url} is not a saved page")),
    }
}

fn learn(extraction: &Extraction) -> Learnt {
    match extraction.skip_reason() {
        None => Learnt::Article { id: extraction.record.id.clone(), prints: extraction.fingerprints() },
        Some(_) => Learnt::Passed,
    }
}
