//! Pages with the role of every block: `x.gold.json` beside `x.html` or `x.txt`.

use std::path::Path;

use auslese::eval::{RoleScore, fields_equal};
use auslese::parse::InputFormat;
use auslese::types::Role;
use serde_json::Value;

use super::{Args, Report, name_of, report, shortfalls};
use crate::cli::gold::{self, FIELDS, ITEMS, Measured, alike, block};
use crate::cli::{CliError, ordered, pages};

/// A page that is not all right.
pub(super) struct Miss {
    pub(super) page: String,
    pub(super) wrong: Vec<String>,
}

pub(super) fn run(folder: &Path, args: &Args) -> Result<Report, CliError> {
    let extractor = pages::extractor(&args.profiles, args.site.as_deref(), InputFormat::Auto)?;
    let golds = gold::find(folder).map_err(|error| CliError::Usage(format!("{}: {error}", folder.display())))?;
    if golds.is_empty() {
        let message = format!("{}: neither gold.jsonl nor *.gold.json in there (see the README)", folder.display());
        return Err(CliError::Usage(message));
    }
    let (mut score, mut misses, mut pages) = (RoleScore::default(), Vec::new(), 0);
    let threads = args.threads.unwrap_or_else(ordered::threads);
    ordered::map(
        golds.into_iter(),
        threads,
        |gold| gold::measure(&extractor, &gold),
        |measured| {
            let measured = measured?;
            pages += 1;
            let wrong = add(&mut score, &measured);
            if !wrong.is_empty() {
                misses.push(Miss { page: measured.page, wrong });
            }
            Ok::<(), CliError>(())
        },
    )?;
    misses.sort_by_key(|miss| std::cmp::Reverse(miss.wrong.len()));
    misses.truncate(args.worst);
    let name = name_of(folder);
    Ok(Report {
        text: report::roles(&name, pages, &score, &misses),
        json: report::roles_json(&name, pages, &score),
        short: shortfalls(&args.require, |key| figure(&score, key)),
    })
}

/// Adds a page; returns what is wrong with it.
fn add(score: &mut RoleScore, measured: &Measured) -> Vec<String> {
    let Measured { gold, record, .. } = measured;
    let mut wrong = Vec::new();
    let got = record.as_ref().and_then(|record| serde_json::to_value(record).ok()).unwrap_or(Value::Null);
    for name in FIELDS {
        let Some(wanted) = gold.get(name) else { continue };
        let right = got.get(name).is_some_and(|got| alike(wanted, got));
        score.add_field(name, right);
        if !right {
            wrong.push(name.to_owned());
        }
    }
    let none = Vec::new();
    for kind in ITEMS {
        let list = |of: &'_ Value| of.get(kind).and_then(Value::as_array).cloned().unwrap_or_default();
        let (wanted, found) = (list(gold), list(&got));
        score.add_items(kind, &wanted, &found);
        if wanted.len() != found.len() || wanted.iter().zip(&found).any(|(a, b)| !fields_equal(a, b)) {
            wrong.push(kind.to_owned());
        }
    }
    if let Some(blocks) = gold.get("blocks").and_then(Value::as_array) {
        let blocks: Vec<(Role, String)> = blocks.iter().filter_map(block).collect();
        let got = record.as_ref().map_or(&none, |record| &record.blocks);
        score.add_blocks(&blocks, got);
        let right = got.len() == blocks.len() && got.iter().zip(&blocks).all(|(a, b)| (a.role, &a.text) == (b.0, &b.1));
        if !right {
            let off = got.iter().zip(&blocks).find(|(a, b)| (a.role, &a.text) != (b.0, &b.1));
            let what = off.map(|(got, gold)| format!("{} for {}: {:.40}", got.role, gold.0, gold.1));
            wrong.push(format!("roles ({})", what.unwrap_or_else(|| "another number of blocks".to_owned())));
        }
    }
    wrong
}

/// A figure by the name that `--require` takes.
fn figure(score: &RoleScore, key: &str) -> Option<f64> {
    if key == "roles" {
        return Some(score.accuracy());
    }
    if let Some(items) = score.items.get(key) {
        return Some(items.figures()[2]);
    }
    score.fields.get(key).map(|&(right, all)| right as f64 / all.max(1) as f64)
}
