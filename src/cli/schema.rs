//! `auslese schema`: the JSON Schema of a line, made from the type that is written.

use auslese::types::Record;
use serde_json::Value;

use super::{CliError, Exit, output};

/// Prints the JSON Schema of the record.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: Args) -> Result<Exit, CliError> {
    let text = serde_json::to_string_pretty(&schema())
        .map_err(|error| CliError::Failed(format!("the schema cannot be written as JSON: {error}")))?;
    output::print(&text)?;
    Ok(Exit::Done)
}

/// The schema (JSON Schema, draft 2020-12) of one line of JSONL.
pub(super) fn schema() -> Value {
    schemars::schema_for!(Record).to_value()
}
