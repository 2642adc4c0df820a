//! Writes the features of every block of a set of pages, for training: `block_features GOLD_DIR OUT [--blind-names] [--first FILE]`.
//!
//! Reads `GOLD_DIR/gold.jsonl` (rows with `id`, `page`, `url`), writes `OUT.f32` (little-endian rows), `OUT.jsonl` (a line a
//! page: `id`, `width`, `blocks` with text, tag, level) and `OUT.names` (a column name a line). With `--first FILE` (the first
//! stage's probabilities, little-endian, in the same order) it writes the second stage's columns instead, and to `OUT.pages.f32`
//! and `OUT.pages.names` the row of each page.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use auslese::classify::features::context::{self, Context};
use auslese::classify::features::{self, Blind, Overview, PageFeatures, overview_names};
use auslese::parse::{Input, InputFormat, Page, ParseLimits, parse_bytes};
use auslese::segment::segment;
use auslese::site::Template;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(dir), Some(out)) = (args.next(), args.next()) else {
        return Err("usage: block_features GOLD_DIR OUT [--blind-names]".into());
    };
    let (mut blind, mut first) = (Blind::default(), None);
    while let Some(flag) = args.next() {
        match flag.as_str() {
            "--blind-names" => blind.names = true,
            "--first" => first = args.next().map(File::open).transpose()?.map(BufReader::new),
            _ => return Err(format!("unknown flag {flag}").into()),
        }
    }
    let dir = PathBuf::from(dir);
    let mut rows = BufWriter::new(File::create(format!("{out}.f32"))?);
    let mut lines = BufWriter::new(File::create(format!("{out}.jsonl"))?);
    let names = if first.is_some() { context::names() } else { features::names() };
    std::fs::write(format!("{out}.names"), names.join("\n"))?;
    std::fs::write(format!("{out}.pages.names"), overview_names().join("\n"))?;
    let mut page_rows = Vec::new();
    for line in BufReader::new(File::open(dir.join("gold.jsonl"))?).lines() {
        let gold: serde_json::Value = serde_json::from_str(&line?)?;
        let page = load(&dir, &gold)?;
        let segments = segment(&page, &Template::default());
        let features = PageFeatures::of(&page, &segments, blind);
        let (mut numbers, width) = (Vec::new(), if first.is_some() { context::WIDTH } else { features::WIDTH });
        match &mut first {
            Some(first) => {
                let mut bytes = vec![0; 4 * segments.blocks.len()];
                first.read_exact(&mut bytes)?;
                let first: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|n| f32::from_le_bytes(*n)).collect();
                page_rows.extend(overview(&features, &first));
                let context = Context::of(&segments, &features.chars(), first);
                (0..segments.blocks.len()).for_each(|at| context.push(at, &mut numbers));
            }
            None => (0..segments.blocks.len()).for_each(|at| features.push(at, &mut numbers)),
        }
        for number in &numbers {
            rows.write_all(&number.to_le_bytes())?;
        }
        let blocks: Vec<_> = segments
            .blocks
            .iter()
            .map(|b| serde_json::json!({"text": b.text, "tag": format!("{:?}", b.tag), "level": b.level}))
            .collect();
        serde_json::to_writer(&mut lines, &serde_json::json!({"id": gold["id"], "width": width, "blocks": blocks}))?;
        lines.write_all(b"\n")?;
    }
    rows.flush()?;
    lines.flush()?;
    std::fs::write(format!("{out}.pages.f32"), page_rows.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>())?;
    Ok(())
}

/// The page's row, given what the first stage says of its blocks.
fn overview(features: &PageFeatures<'_>, first: &[f32]) -> Vec<f32> {
    let (mut overview, mut row) = (Overview::default(), Vec::new());
    for (at, (&p, chars)) in first.iter().zip(features.chars()).enumerate() {
        row.clear();
        features.push(at, &mut row);
        overview.add(&row, chars, p);
    }
    overview.row()
}

fn load(dir: &Path, gold: &serde_json::Value) -> Result<Page, Box<dyn Error>> {
    let mut bytes = Vec::new();
    let path = dir.join(gold["page"].as_str().unwrap_or_default());
    flate2::read::MultiGzDecoder::new(File::open(path)?).read_to_end(&mut bytes)?;
    let url = gold["url"].as_str().unwrap_or_default().parse().or_else(|_| "http://unknown.test/".parse())?;
    let format = if gold["format"] == "text" { InputFormat::Text } else { InputFormat::Html };
    let input = Input { url: &url, content_type: None, path: None, body: &bytes, format };
    Ok(parse_bytes(&input, &ParseLimits::default())?)
}
