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

/// The schema (JSON Schema, draft 2020-12) of one line of JSONL. Every field is required: a line without one is torn or
/// comes from elsewhere.
pub(super) fn schema() -> Value {
    let mut schema = schemars::schema_for!(Record).to_value();
    require_all(&mut schema);
    schema
}

/// Makes every property of every object required; the types leave out those that may be null.
fn require_all(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                let names = properties.keys().cloned().map(Value::String).collect();
                object.insert("required".to_owned(), Value::Array(names));
            }
            object.values_mut().for_each(require_all);
        }
        Value::Array(list) => list.iter_mut().for_each(require_all),
        _ => {}
    }
}
