//! The checks of the fuzz targets on their seeds, on everything that fuzzing ever found, and on the hostile fixtures: without a nightly
//! compiler, in every run.

#[path = "../../fuzz/checks.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets need them")]
mod checks;

use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn what_the_fuzz_targets_begin_with_and_have_found_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, check) in checks::ALL {
        let seeds = files(&root.join("fuzz/seeds").join(name));
        assert!(!seeds.is_empty(), "{name}: no seeds");
        let fixtures: &[&str] = match *name {
            "feed" | "sitemap" => &["sources"],
            "page" => &["pages", "stand-ins"],
            _ => &[],
        };
        let fixtures = fixtures.iter().flat_map(|folder| files(&root.join("fixtures/hostile").join(folder)));
        for path in seeds.into_iter().chain(files(&root.join("fuzz/found").join(name))).chain(fixtures) {
            // Printed only where the test fails, and then it is the last line that tells.
            println!("{name}: {}", path.display());
            check(&std::fs::read(&path).unwrap());
        }
    }
}

/// Bytes as a transfer leaves them: cut off, one bit turned, a piece twice; the same ones every time.
#[test]
fn what_is_cut_off_or_turned_around_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, check) in checks::ALL {
        for path in files(&root.join("fuzz/seeds").join(name)) {
            let whole = std::fs::read(&path).unwrap();
            for at in (0..whole.len()).step_by(whole.len() / 24 + 1) {
                println!("{name}: {}, at {at}", path.display());
                check(&whole[..at]);
                let mut turned = whole.clone();
                turned[at] ^= 1 << (at % 8);
                check(&turned);
                check(&[&whole[..at], &whole[at / 2..]].concat());
            }
        }
    }
}

/// Every target has its file, its seeds and its name in the script, so that none is forgotten.
#[test]
fn targets_files_and_script_agree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut names: Vec<String> = files(&root.join("fuzz_targets"))
        .iter()
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let mut checked: Vec<&str> = checks::ALL.iter().map(|(name, _)| *name).collect();
    let script = std::fs::read_to_string(root.join("run")).unwrap();
    assert!(script.contains(&format!("targets=({})", checked.join(" "))), "fuzz/run");
    names.sort();
    checked.sort_unstable();
    assert_eq!(names, checked);
}
