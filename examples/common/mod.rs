//! What several examples do alike.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use auslese::parse::{Input, InputFormat, Page, ParseLimits, parse_bytes};

/// A page of a set, parsed: `gold` is its row of `gold.jsonl`, `dir` the set's folder.
///
/// # Errors
/// Where its file cannot be read, or is no page.
pub(crate) fn load(dir: &Path, gold: &serde_json::Value) -> Result<Page, Box<dyn Error>> {
    let mut bytes = Vec::new();
    let path = dir.join(gold["page"].as_str().unwrap_or_default());
    flate2::read::MultiGzDecoder::new(File::open(path)?).read_to_end(&mut bytes)?;
    let url = gold["url"].as_str().unwrap_or_default().parse().or_else(|_| "http://unknown.test/".parse())?;
    let format = if gold["format"] == "text" { InputFormat::Text } else { InputFormat::Html };
    let input = Input { url: &url, content_type: None, path: None, body: &bytes, format };
    Ok(parse_bytes(&input, &ParseLimits::default())?)
}
