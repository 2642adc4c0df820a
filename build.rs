//! Lists the site profiles and the fixture sites for the binary, so that adding a site is adding a file, and so that
//! `auslese demo` needs no files beside it.
//!
//! A list of `include_bytes!` instead of a crate for it: twenty lines, and a changed page rebuilds the binary.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    site_profiles()?;
    fixture_sites()
}

/// Lists the profiles of `config/sites`.
fn site_profiles() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=config/sites");
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("config/sites");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&root)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    let mut code = String::from("&[\n");
    for path in files {
        let name = path.strip_prefix(&root)?.to_string_lossy().into_owned();
        writeln!(code, "    (\"config/sites/{name}\", include_str!({:?})),", path.to_string_lossy())?;
    }
    code.push_str("]\n");
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("site_profiles.rs");
    std::fs::write(out, code)?;
    Ok(())
}

/// Lists the files of the fixture sites.
fn fixture_sites() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=fixtures/sites");
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("fixtures/sites");
    let mut files = Vec::new();
    for site in folders(&root) {
        // Only what a server serves: folders without a manifest hold pages for the extraction tests.
        if site.join("site.toml").is_file() {
            collect(&site, &mut files)?;
        }
    }
    let mut list = Vec::new();
    for path in files {
        let name = path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        list.push((name, path));
    }
    list.sort();
    let mut code =
        String::from("/// The files of the fixture sites by path, sorted.\nstatic FILES: &[(&str, &[u8])] = &[\n");
    for (name, path) in list {
        writeln!(code, "    ({name:?}, include_bytes!({:?})),", path.to_string_lossy())?;
    }
    code.push_str("];\n");
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("fixture_sites.rs");
    std::fs::write(out, code)?;
    Ok(())
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if !is_gold(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// Expected records are for the tests; the demo does not serve them.
fn is_gold(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.ends_with(".gold.json") || name.ends_with(".expected.json") || name == "README.md"
}
