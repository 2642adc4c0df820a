//! Programs of others that some tests run, as `tests/tools/install` installs them.

use std::path::{Path, PathBuf};

/// The program of this name, from the search path or the tests' virtual environment. `None`, with a word on stderr,
/// where it is not installed; a failure where `AUSLESE_TOOLS=required`.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/venv/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::iter::once(venv).chain(std::env::split_paths(&path)).map(|dir| dir.join(name)).find(|p| p.is_file());
    if found.is_none() {
        missing(name);
    }
    found
}

/// The Python that has the packages of `tests/tools/python.txt`.
pub(crate) fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/venv/bin/python");
    if python.is_file() {
        return Some(python);
    }
    missing("Python with the tests' packages");
    None
}

fn missing(name: &str) {
    let required = std::env::var("AUSLESE_TOOLS").is_ok_and(|value| value == "required");
    assert!(!required, "{name} is not installed; run tests/tools/install");
    eprintln!("skipped: {name} is not installed; tests/tools/install installs it");
}
