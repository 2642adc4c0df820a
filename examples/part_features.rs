//! Writes what training the model of parts needs of every block of a set of pages:
//!
//! ```text
//! part_features GOLD_DIR OUT        OUT.f32, OUT.names, OUT.jsonl
//! ```
//!
//! Reads `GOLD_DIR/gold.jsonl` (rows with `id`, `page`, `url`, `format`). `OUT.f32` holds a row of little-endian numbers for each block,
//! `OUT.names` a column name a line, `OUT.jsonl` a line a page (`id`, `blocks` with their texts).

mod common;

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use auslese::classify::{BodyModel, part_rows, parts};
use auslese::segment::segment;
use auslese::site::Template;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(dir), Some(out)) = (args.next(), args.next()) else {
        return Err("usage: part_features GOLD_DIR OUT".into());
    };
    let dir = PathBuf::from(dir);
    let file = |ending: &str| File::create(format!("{out}.{ending}")).map(BufWriter::new);
    let body = BodyModel::embedded()?;
    let (mut rows, mut lines) = (file("f32")?, file("jsonl")?);
    for line in BufReader::new(File::open(dir.join("gold.jsonl"))?).lines() {
        let gold: serde_json::Value = serde_json::from_str(&line?)?;
        let page = common::load(&dir, &gold)?;
        let (segments, numbers) = part_rows(&body, &page, segment(&page, &Template::default()));
        for number in numbers {
            rows.write_all(&number.to_le_bytes())?;
        }
        let texts: Vec<&str> = segments.blocks.iter().map(|block| block.text.as_str()).collect();
        serde_json::to_writer(&mut lines, &serde_json::json!({"id": gold["id"], "blocks": texts}))?;
        lines.write_all(b"\n")?;
    }
    rows.flush()?;
    lines.flush()?;
    Ok(std::fs::write(format!("{out}.names"), parts::names().join("\n"))?)
}
