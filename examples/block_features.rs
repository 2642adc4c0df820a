//! Writes what training needs of every block of a set of pages, one stage after the other:
//!
//! ```text
//! block_features GOLD_DIR OUT --words                            OUT.words, OUT.jsonl
//! block_features GOLD_DIR OUT --odds FILE [--blind-names]        OUT.f32, OUT.names
//! block_features GOLD_DIR OUT --odds FILE --first FILE           OUT.f32, OUT.names, OUT.pages.f32, OUT.pages.names
//! ```
//!
//! Reads `GOLD_DIR/gold.jsonl` (rows with `id`, `page`, `url`). `OUT.words` holds for each block a `u32` count and its entries in the
//! table of words, `OUT.jsonl` a line a page (`id`, `blocks` with text, tag, level), `OUT.f32` the first stage's rows of numbers,
//! `OUT.names` a column name a line. `--odds` gives what the words of each block say, `--first` what the first stage says of it, both in
//! the same order; with the latter come the second stage's columns, and in `OUT.pages.*` the row of each page. All numbers are little-endian.

mod common;

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use auslese::classify::features::context::{self, Context};
use auslese::classify::features::{self, Blind, Overview, PageFeatures, lexicon, overview_names};
use auslese::parse::Page;
use auslese::segment::segment;
use auslese::site::Template;
use auslese::types::Segments;

const USAGE: &str = "usage: block_features GOLD_DIR OUT (--words | --odds FILE [--blind-names] [--first FILE])";

/// Little-endian numbers, a block each.
type Numbers = BufReader<File>;

/// What is written.
enum Stage {
    Words,
    First { odds: Numbers, blind: Blind },
    Second { odds: Numbers, first: Numbers },
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(dir), Some(out)) = (args.next(), args.next()) else { return Err(USAGE.into()) };
    let (mut words, mut blind, mut odds, mut first) = (false, Blind::default(), None, None);
    while let Some(flag) = args.next() {
        let mut file = || args.next().ok_or(USAGE).map(File::open);
        match flag.as_str() {
            "--words" => words = true,
            "--blind-names" => blind.names = true,
            "--odds" => odds = Some(BufReader::new(file()??)),
            "--first" => first = Some(BufReader::new(file()??)),
            _ => return Err(format!("unknown flag {flag}; {USAGE}").into()),
        }
    }
    let stage = match (words, odds, first) {
        (true, None, None) => Stage::Words,
        (false, Some(odds), None) => Stage::First { odds, blind },
        (false, Some(odds), Some(first)) => Stage::Second { odds, first },
        _ => return Err(USAGE.into()),
    };
    write(&PathBuf::from(dir), &out, stage)
}

fn write(dir: &Path, out: &str, mut stage: Stage) -> Result<(), Box<dyn Error>> {
    let file = |ending: &str| File::create(format!("{out}.{ending}")).map(BufWriter::new);
    let mut pages = Vec::new();
    match &mut stage {
        Stage::Words => {
            let (mut words, mut lines) = (file("words")?, file("jsonl")?);
            each_page(dir, |gold, _, segments| {
                write_words(segments, &mut words)?;
                write_line(gold, segments, &mut lines)
            })?;
            words.flush()?;
            return Ok(lines.flush()?);
        }
        Stage::First { odds, blind } => {
            let mut rows = file("f32")?;
            each_page(dir, |_, page, segments| {
                let features = PageFeatures::of(page, segments, numbers(odds, segments)?, *blind);
                let mut row = Vec::new();
                (0..segments.blocks.len()).for_each(|at| features.push(at, &mut row));
                write_numbers(&row, &mut rows)
            })?;
            rows.flush()?;
        }
        Stage::Second { odds, first } => {
            let mut rows = file("f32")?;
            each_page(dir, |_, page, segments| {
                let features = PageFeatures::of(page, segments, numbers(odds, segments)?, Blind::default());
                let first = numbers(first, segments)?;
                pages.extend(overview(&features, &first));
                let context = Context::of(segments, &features.chars(), first);
                let mut row = Vec::new();
                (0..segments.blocks.len()).for_each(|at| context.push(at, &mut row));
                write_numbers(&row, &mut rows)
            })?;
            rows.flush()?;
            std::fs::write(format!("{out}.pages.names"), overview_names().join("\n"))?;
            let mut rows = file("pages.f32")?;
            write_numbers(&pages, &mut rows)?;
            rows.flush()?;
        }
    }
    let names = if matches!(stage, Stage::Second { .. }) { context::names() } else { features::names() };
    Ok(std::fs::write(format!("{out}.names"), names.join("\n"))?)
}

fn each_page(
    dir: &Path,
    mut each: impl FnMut(&serde_json::Value, &Page, &Segments) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    for line in BufReader::new(File::open(dir.join("gold.jsonl"))?).lines() {
        let gold: serde_json::Value = serde_json::from_str(&line?)?;
        let page = common::load(dir, &gold)?;
        let segments = segment(&page, &Template::default());
        each(&gold, &page, &segments)?;
    }
    Ok(())
}

/// The next number of each block of a page.
fn numbers(from: &mut Numbers, segments: &Segments) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut bytes = vec![0; 4 * segments.blocks.len()];
    from.read_exact(&mut bytes)?;
    Ok(bytes.as_chunks::<4>().0.iter().map(|n| f32::from_le_bytes(*n)).collect())
}

fn write_numbers(numbers: &[f32], to: &mut impl Write) -> Result<(), Box<dyn Error>> {
    for number in numbers {
        to.write_all(&number.to_le_bytes())?;
    }
    Ok(())
}

fn write_words(segments: &Segments, to: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut entries = Vec::new();
    for block in &segments.blocks {
        entries.clear();
        lexicon::buckets(&block.text, |entry| entries.push(entry));
        to.write_all(&(entries.len() as u32).to_le_bytes())?;
        for entry in &entries {
            to.write_all(&entry.to_le_bytes())?;
        }
    }
    Ok(())
}

fn write_line(gold: &serde_json::Value, segments: &Segments, to: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let blocks: Vec<_> = segments
        .blocks
        .iter()
        .map(|b| serde_json::json!({"text": b.text, "tag": format!("{:?}", b.tag), "level": b.level}))
        .collect();
    serde_json::to_writer(&mut *to, &serde_json::json!({"id": gold["id"], "blocks": blocks}))?;
    Ok(to.write_all(b"\n")?)
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
