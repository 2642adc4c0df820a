//! Extracts pages with weights that have not seen them: `held_out GOLD_DIR FOLDS OUT.jsonl`.
//!
//! `FOLDS` is what `training/train.py --cv` writes: a folder a fold (`0`, `1`, ...) with the weights trained without it, and
//! `folds.tsv` (set, page id, fold). `OUT.jsonl` gets a line a page: the record, its `id` that of gold; `auslese eval --records` takes it.
//! So the whole pipeline is measured on pages that its weights don't know.

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use auslese::classify::{BodyModel, Classifier};
use auslese::extract::{Extraction, extract};
use auslese::site::Sites;
use auslese::types::{Fetched, Origin, Via};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [dir, folds, out] = args.as_slice() else { return Err("usage: held_out GOLD_DIR FOLDS OUT.jsonl".into()) };
    let set = dir.file_name().ok_or("GOLD_DIR has no name")?.to_string_lossy().into_owned();
    let mut fold_of = HashMap::new();
    for line in BufReader::new(File::open(folds.join("folds.tsv"))?).lines() {
        let line = line?;
        let mut fields = line.split('\t');
        if let (Some(name), Some(id), Some(fold)) = (fields.next(), fields.next(), fields.next())
            && name == set
        {
            fold_of.insert(id.to_owned(), fold.parse::<usize>()?);
        }
    }
    let classifiers = read_all(folds)?;
    let sites = Sites::embedded()?;
    let mut lines = BufWriter::new(File::create(out)?);
    for line in BufReader::new(File::open(dir.join("gold.jsonl"))?).lines() {
        let gold: serde_json::Value = serde_json::from_str(&line?)?;
        let id = gold["id"].as_str().unwrap_or_default();
        let classifier =
            fold_of.get(id).and_then(|&fold| classifiers.get(fold)).ok_or_else(|| format!("{id}: no fold"))?;
        let row = match extract(&fetched(dir, &gold)?, sites.default_site(), classifier) {
            Ok(Extraction { record, .. }) => {
                let mut row = serde_json::to_value(&record)?;
                row["id"] = id.into();
                row
            }
            Err(unfit) => serde_json::json!({"id": id, "text": "", "error": unfit.to_string()}),
        };
        serde_json::to_writer(&mut lines, &row)?;
        lines.write_all(b"\n")?;
    }
    lines.flush()?;
    Ok(())
}

/// The classifiers of all folds, in their order.
fn read_all(folds: &Path) -> Result<Vec<Classifier>, Box<dyn Error>> {
    let mut classifiers = Vec::new();
    loop {
        let folder = folds.join(classifiers.len().to_string());
        if !folder.is_dir() {
            return Ok(classifiers);
        }
        let [words, first, kind, second] =
            ["words.table", "body-1.trees", "kind.trees", "body-2.trees"].map(|name| std::fs::read(folder.join(name)));
        classifiers.push(Classifier::with(BodyModel::read(&words?, &first?, &kind?, &second?)?));
    }
}

fn fetched(dir: &Path, gold: &serde_json::Value) -> Result<Fetched, Box<dyn Error>> {
    let mut body = Vec::new();
    let path = dir.join(gold["page"].as_str().unwrap_or_default());
    flate2::read::MultiGzDecoder::new(File::open(path)?).read_to_end(&mut body)?;
    let url: url::Url = gold["url"].as_str().unwrap_or_default().parse().or_else(|_| "http://unknown.test/".parse())?;
    Ok(Fetched {
        requested: url.clone(),
        final_url: url,
        hops: Vec::new(),
        status: 200,
        headers: Vec::new(),
        body,
        // No date of a page lies after that.
        fetched_at: jiff::Timestamp::now(),
        origin: Origin::Http,
        via: Via::File,
    })
}
