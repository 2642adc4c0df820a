//! An output for each input, in a folder: an input whose output is there already is not done again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::Work;
use super::counts::Counts;
use super::inputs::{Apart, Inputs};
use crate::cli::CliError;
use crate::cli::output::Output;

/// Works on the inputs one after the other. Each output appears when it is complete, so that what is there need not be done
/// again; one that is older than its input is, and one that could not be read has none.
pub(super) fn run(folder: &Path, mut inputs: Inputs, work: &Work, counts: &mut Counts) -> Result<(), CliError> {
    fs::create_dir_all(folder)
        .map_err(|error| CliError::Failed(format!("cannot make the folder {}: {error}", folder.display())))?;
    let mut taken = BTreeSet::new();
    let mut mine = Vec::new();
    // Names of other shares count, too: they are in the same folder.
    for apart in inputs.take_apart() {
        let name = output_name(&apart, work.format.extension());
        if taken.contains(&name) {
            let message = format!("two inputs would be written to {name} (give them one by one, or --output FILE)");
            return Err(CliError::Usage(message));
        }
        if apart.is_mine {
            mine.push((apart, folder.join(&name)));
        }
        taken.insert(name);
    }
    for (apart, path) in mine {
        if is_done(&path, &apart.path) {
            tracing::info!("{}: done before ({})", apart.name, path.display());
            counts.done_before += 1;
            continue;
        }
        inputs.only(apart.pending, apart.shard);
        let mut own = Counts::default();
        let mut output = Output::create(&path)?;
        work.on(&mut inputs, &mut output, &mut own)?;
        if own.is_unreadable() {
            drop(output);
        } else {
            output.finish()?;
            tracing::info!("{}: done ({})", apart.name, path.display());
        }
        counts.add(own);
    }
    Ok(())
}

fn output_name(apart: &Apart, extension: &str) -> String {
    let name = file_name(&apart.name);
    match apart.shard {
        Some(shard) => format!("{name}.{shard}.{extension}"),
        None => format!("{name}.{extension}"),
    }
}

/// Whether the output is there and not older than the input.
fn is_done(output: &Path, input: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified());
    match (modified(output), modified(input)) {
        (Ok(output), Ok(input)) => output >= input,
        (Ok(_), Err(_)) => true,
        (Err(_), _) => false,
    }
}

/// Bytes of an input's name in that of its output.
const LONGEST: usize = 150;

/// A name for an input's output: its path with what cannot stand in a name replaced, so that inputs of one name in several
/// folders do not get into each other's way.
fn file_name(label: &str) -> String {
    let bare = label.trim_matches('/').trim_start_matches("./").trim_start_matches("../");
    let name: String =
        bare.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect();
    let name = name.trim_start_matches('.');
    // The end of a path tells more than its beginning; file systems take 255 bytes, of which some are for what is put around it.
    let cut = (name.len().saturating_sub(LONGEST)..name.len()).find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    match name.get(cut..) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => "input".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_folder() {
        assert_eq!(file_name("crawl/x.warc.gz"), "crawl_x.warc.gz");
        assert_eq!(file_name("../../a b/ä.warc"), "a_b_ä.warc");
        assert_eq!(file_name("-"), "-");
        assert_eq!(file_name("/"), "input");
        assert_eq!(file_name(&"x/".repeat(400)).len(), 150);
        assert_eq!(file_name(&"äx".repeat(400)).len(), 150);
        assert_eq!(file_name(&"xö".repeat(400)).len(), 150);
    }
}
