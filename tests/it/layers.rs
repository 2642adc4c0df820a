//! The layers hold: a module uses lower layers only, and the pure ones know no network, file or clock.

use std::path::{Path, PathBuf};

/// The layers, lowest first; a module may use modules of its own layer and below. `eval` compares records, so it is pure.
const LAYERS: [&[&str]; 5] = [
    &["types"],
    &["site", "parse", "segment", "classify", "extract", "render", "eval", "propose", "pace", "revisit"],
    &["source", "archive", "frontier", "fetch", "sink", "corpus", "demo"],
    &["engine"],
    &["cli"],
];

/// What the pure layers may not name. `tracing` and time passed in are fine.
const IMPURE: [&str; 16] = [
    "tokio",
    "reqwest",
    "rusqlite",
    "axum",
    "std::fs",
    "std::net",
    "std::env::",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "Instant::now",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "println!",
    "eprintln!",
];

struct Source {
    /// The module below `src`, by its first name.
    module: String,
    path: PathBuf,
    /// The text without comments and without its tests.
    code: Vec<(usize, String)>,
}

fn files_below(folder: &Path, to: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, to);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            to.push(path);
        }
    }
}

/// The code of a file: comments cut off, and everything from its test module on. Files of tests count as none.
fn code(path: &Path) -> Vec<(usize, String)> {
    let name = path.file_stem().unwrap().to_string_lossy();
    if name == "tests" || name.ends_with("_tests") || path.components().any(|part| part.as_os_str() == "tests") {
        return Vec::new();
    }
    let text = std::fs::read_to_string(path).unwrap();
    let mut code = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim() == "#[cfg(test)]" {
            // Test modules stand at the end; a single item under the attribute is but one line more to leave out.
            if text.lines().nth(at + 1).is_some_and(|next| next.starts_with("mod ") || next.starts_with("#[path")) {
                break;
            }
        }
        let line = line.split("//").next().unwrap_or_default();
        code.push((at + 1, line.to_owned()));
    }
    code
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files_below(&root, &mut paths);
    paths.sort();
    let source = |path: PathBuf| {
        let below = path.strip_prefix(&root).unwrap().to_owned();
        let first = below.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        Source { module: first.trim_end_matches(".rs").to_owned(), code: code(&path), path: below }
    };
    paths.into_iter().map(source).collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The modules of this crate that a line of code names: `crate::x`, `auslese::x`, also in braces.
fn named(line: &str) -> Vec<String> {
    let mut names = Vec::new();
    for root in ["crate::", "auslese::"] {
        for (at, _) in line.match_indices(root) {
            let rest = &line[at + root.len()..];
            let list = rest.strip_prefix('{').map_or(rest, |list| list.split('}').next().unwrap());
            for part in list.split(',') {
                let name: String = part.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                names.push(name);
                if !rest.starts_with('{') {
                    break;
                }
            }
        }
    }
    names
}

#[test]
fn modules_use_lower_layers_only() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !matches!(source.module.as_str(), "lib" | "main")) {
        let own = layer(&source.module)
            .unwrap_or_else(|| panic!("{}: in no layer; put it into LAYERS", source.path.display()));
        for (number, line) in &source.code {
            for name in named(line) {
                if layer(&name).is_some_and(|other| other > own) {
                    faults.push(format!("src/{}:{number}: uses the higher layer `{name}`", source.path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_pure_layers_know_no_network_file_or_clock() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for source in sources().iter().filter(|source| layer(&source.module).is_some_and(|layer| layer <= 1)) {
        seen += 1;
        for (number, line) in &source.code {
            for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                faults.push(format!("src/{}:{number}: the pure layer names `{word}`", source.path.display()));
            }
        }
    }
    assert!(seen > 30, "only {seen} files looked at");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn uses_are_found_in_any_form() {
    assert_eq!(named("use crate::engine::Run;"), ["engine"]);
    assert_eq!(named("    let x = crate::fetch::get(crate::types::y());"), ["fetch", "types"]);
    assert_eq!(named("use crate::{cli, types::Role};"), ["cli", "types"]);
}

#[test]
fn every_dependency_is_named_with_its_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest: toml::Table = std::fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let page = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let table = page.split("## Dependencies").nth(1).unwrap();
    let mut names = Vec::new();
    for part in ["dependencies", "dev-dependencies"] {
        names.extend(manifest[part].as_table().unwrap().keys());
    }
    let missing: Vec<&String> = names.iter().copied().filter(|name| !table.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md gives no reason for {missing:?}");
    for name in table.split('`').skip(1).step_by(2) {
        assert!(names.iter().any(|known| *known == name), "ARCHITECTURE.md names {name}, which is no dependency");
    }
}
