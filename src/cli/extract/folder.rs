//! An output for each input, in a folder: an input whose output is there already is not done again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::Work;
use super::counts::Counts;
use super::inputs::Inputs;
use crate::cli::CliError;

/// Works on the inputs one after the other. Each output appears when it is complete, so that what is there need not be done
/// again; one that is older than its input is.
pub(super) fn run(folder: &Path, mut inputs: Inputs, work: &Work, counts: &mut Counts) -> Result<(), CliError> {
    fs::create_dir_all(folder)
        .map_err(|error| CliError::Failed(format!("cannot make the folder {}: {error}", folder.display())))?;
    let mut taken = BTreeSet::new();
    for (label, path, pending) in inputs.take_apart() {
        let name = file_name(&label);
        if !taken.insert(name.clone()) {
            let message = format!(
                "two inputs would be written to {name}.{} (give them one by one, or --output FILE)",
                work.format.extension()
            );
            return Err(CliError::Usage(message));
        }
        let output = folder.join(format!("{name}.{}", work.format.extension()));
        if is_done(&output, &path) {
            tracing::info!("{label}: done before ({})", output.display());
            counts.done_before += 1;
            continue;
        }
        inputs.only(pending);
        work.on(&mut inputs, &output, counts)?;
    }
    Ok(())
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

/// A name for an input's output: its path with what cannot stand in a name replaced, so that inputs of one name in several
/// folders do not get into each other's way.
fn file_name(label: &str) -> String {
    let bare = label.trim_matches('/').trim_start_matches("./").trim_start_matches("../");
    let name: String =
        bare.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect();
    let name = name.trim_start_matches('.');
    // The end of a path tells more than its beginning.
    let cut = name.char_indices().rev().nth(149).map_or(0, |(at, _)| at);
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
        assert_eq!(file_name(&"x/".repeat(400)).chars().count(), 150);
    }
}
