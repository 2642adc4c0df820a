//! `auslese validate`: every line of a JSONL file against the schema that `auslese schema` prints.

use std::path::{Path, PathBuf};

use auslese::corpus;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::log::SUMMARY;
use super::output::Output;
use super::{CliError, Exit, Globals, ordered, schema};

/// Invalid lines that are described; the rest is only counted.
const MAX_SHOWN: u64 = 100;
/// Faults of one line that are described.
const MAX_FAULTS: usize = 8;
/// Characters of a value that are shown.
const MAX_VALUE: usize = 80;

/// Checks JSONL files against the schema, and names line and field of every fault.
///
/// Faults go to stdout, one a line: FILE:LINE: FIELD: what is wrong. Exit code 4 where a line is invalid.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// JSONL files, plain, gzip or zstd, or - for stdin.
    #[arg(required = true, value_name = "FILE|-")]
    files: Vec<PathBuf>,
}

/// How it went.
#[derive(Debug, Default)]
struct Counts {
    lines: u64,
    invalid: u64,
}

pub(crate) fn run(args: Args, _globals: &Globals) -> Result<Exit, CliError> {
    let validator = jsonschema::validator_for(&schema::schema())
        .map_err(|error| CliError::Failed(format!("the schema itself is at fault: {error}")))?;
    let mut counts = Counts::default();
    let mut output = Output::stdout();
    for file in &args.files {
        check_file(file, &validator, &mut output, &mut counts)?;
    }
    output.finish()?;
    if counts.invalid > MAX_SHOWN {
        tracing::warn!("{} more invalid lines are not shown", counts.invalid - MAX_SHOWN);
    }
    tracing::info!(target: SUMMARY, "{} lines, {} invalid", counts.lines, counts.invalid);
    Ok(if counts.invalid > 0 { Exit::SomeFailed } else { Exit::Done })
}

fn check_file(file: &Path, validator: &Validator, output: &mut Output, counts: &mut Counts) -> Result<(), CliError> {
    let name = file.display();
    let unreadable = |error: std::io::Error| {
        CliError::Usage(format!("{name}: {error} (give a JSONL file as `auslese extract` writes it)"))
    };
    let lines = corpus::lines(file).map_err(unreadable)?;
    let numbered = (1_u64..).zip(lines);
    let work = |(number, line): (u64, std::io::Result<Vec<u8>>)| line.map(|line| (number, faults(&line, validator)));
    ordered::map(numbered, ordered::threads(), work, |checked| {
        let (number, faults) = checked.map_err(unreadable)?;
        let Some(faults) = faults else { return Ok(()) };
        counts.lines += 1;
        if faults.is_empty() {
            return Ok(());
        }
        counts.invalid += 1;
        if counts.invalid <= MAX_SHOWN {
            for fault in faults {
                output.line(format!("{name}:{number}: {fault}").as_bytes())?;
            }
        }
        Ok(())
    })
}

/// What is wrong with a line; none for one that is empty.
fn faults(line: &[u8], validator: &Validator) -> Option<Vec<String>> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    Some(match serde_json::from_slice::<Value>(line) {
        Ok(value) => validator.iter_errors(&value).take(MAX_FAULTS).map(|error| describe(&error)).collect(),
        Err(error) => vec![format!("column {}: not JSON: {error}", error.column())],
    })
}

/// Field and fault; values are shortened, since one may be a whole article.
fn describe(error: &ValidationError<'_>) -> String {
    let mut field = error.instance_path().to_string().trim_start_matches('/').replace('/', ".");
    if let ValidationErrorKind::Required { property } = error.kind() {
        let name = property.as_str().unwrap_or_default();
        let dot = if field.is_empty() { "" } else { "." };
        return format!("{field}{dot}{name}: missing");
    }
    let value = error.instance().to_string();
    let mut what = error.to_string();
    if value.chars().count() > MAX_VALUE {
        let short: String = value.chars().take(MAX_VALUE).collect();
        what = what.replace(&value, &format!("{short}…"));
    }
    if field.is_empty() {
        field.push_str("the line");
    }
    format!("{field}: {what}")
}
