//! What to extract: the arguments and the manifest, as inputs one after the other; folders are listed when their turn comes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use super::Unreadable;
use crate::cli::{CliError, pages};

/// Names that saved pages have in folders, besides `.gz` behind them; others are passed over. A file named by itself is
/// read whatever its name.
const EXTENSIONS: [&str; 12] =
    ["html", "htm", "xhtml", "shtml", "mht", "txt", "text", "md", "php", "asp", "aspx", "jsp"];

/// One input.
#[derive(Debug)]
pub(super) struct Input {
    /// As the user or the manifest names it.
    pub(super) label: String,
    pub(super) kind: Kind,
    /// The address that the page had.
    pub(super) url: Option<Url>,
}

/// Where an input is.
#[derive(Debug)]
pub(super) enum Kind {
    File(PathBuf),
    Url(Url),
}

/// The inputs, in order.
pub(super) struct Inputs {
    /// What is still to be opened, the next at the end.
    ahead: Vec<Pending>,
    manifest: Option<Manifest>,
    has_urls: bool,
}

enum Pending {
    /// A file or folder.
    Path {
        path: PathBuf,
        label: String,
        url: Option<Url>,
        named: bool,
    },
    Url(Url),
}

struct Manifest {
    name: String,
    folder: PathBuf,
    lines: Box<dyn Iterator<Item = io::Result<Vec<u8>>> + Send>,
    number: u64,
}

/// A row of a manifest; further fields are the user's own.
#[derive(Debug, Deserialize)]
struct Row {
    path: String,
    #[serde(default)]
    url: Option<String>,
}

impl Inputs {
    /// The arguments, then the manifest's rows.
    pub(super) fn new(arguments: &[String], manifest: Option<&Path>, url: Option<&Url>) -> Result<Self, CliError> {
        if url.is_some() && (arguments.len() != 1 || manifest.is_some()) {
            let message = "--url is the address of one file (for several, give --manifest rows of path and url)";
            return Err(CliError::Usage(message.to_owned()));
        }
        let mut ahead: Vec<Pending> = arguments.iter().map(|argument| pending(argument, url)).collect();
        ahead.reverse();
        let has_urls = ahead.iter().any(|pending| matches!(pending, Pending::Url(_)));
        let manifest = manifest.map(Manifest::open).transpose()?;
        Ok(Self { ahead, manifest, has_urls })
    }

    /// Whether any input must be fetched.
    pub(super) fn has_urls(&self) -> bool {
        self.has_urls
    }

    /// Puts a folder's entries in line, in the order of their names.
    fn open_folder(&mut self, folder: &Path, label: &str) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries.into_iter().rev() {
            let name = entry.file_name();
            let Some(name) = name.to_str().map(str::to_owned) else {
                tracing::warn!("{label}: passed over a name that is not UTF-8: {}", name.display());
                continue;
            };
            // A link to a folder could lead round in a circle.
            let kind = entry.file_type()?;
            let is_folder = kind.is_dir();
            if name.starts_with('.') || (kind.is_symlink() && entry.path().is_dir()) || !(is_folder || is_page(&name)) {
                tracing::debug!("{label}: passed over {name}");
                continue;
            }
            let label = format!("{}/{name}", label.trim_end_matches('/'));
            self.ahead.push(Pending::Path { path: entry.path(), label, url: None, named: false });
        }
        Ok(())
    }
}

impl Iterator for Inputs {
    type Item = Result<Input, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(pending) = self.ahead.pop() else { return self.manifest.as_mut()?.next_row() };
            match pending {
                Pending::Url(url) => {
                    return Some(Ok(Input { label: url.to_string(), kind: Kind::Url(url), url: None }));
                }
                Pending::Path { path, label, url, named } => {
                    if label != "-" && path.is_dir() {
                        if let Err(error) = self.open_folder(&path, &label) {
                            return Some(Err(Unreadable { label, detail: format!("cannot be listed: {error}") }));
                        }
                        if named && self.ahead.is_empty() {
                            tracing::warn!("{label}: no pages in this folder (looked for html, htm, txt and the like)");
                        }
                        continue;
                    }
                    return Some(Ok(Input { label, kind: Kind::File(path), url }));
                }
            }
        }
    }
}

fn pending(argument: &str, url: Option<&Url>) -> Pending {
    match Url::parse(argument) {
        Ok(address) if matches!(address.scheme(), "http" | "https") => Pending::Url(address),
        _ => Pending::Path { path: argument.into(), label: argument.to_owned(), url: url.cloned(), named: true },
    }
}

fn is_page(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.') {
        Some((_, extension)) => EXTENSIONS.contains(&extension) || extension.len() > 5,
        None => true,
    }
}

impl Manifest {
    fn open(path: &Path) -> Result<Self, CliError> {
        let name = path.display().to_string();
        let lines = pages::lines(path).map_err(|error| {
            CliError::Usage(format!("--manifest {name}: {error} (give a JSONL file of path and url)"))
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { name, folder, lines: Box::new(lines), number: 0 })
    }

    fn next_row(&mut self) -> Option<Result<Input, Unreadable>> {
        loop {
            let line = self.lines.next()?;
            self.number += 1;
            let failed = |detail: String| Unreadable { label: format!("{}, line {}", self.name, self.number), detail };
            let line = match line {
                Ok(line) => line,
                Err(error) => {
                    self.lines = Box::new(std::iter::empty());
                    return Some(Err(failed(format!("cannot be read: {error}"))));
                }
            };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Some(match serde_json::from_slice::<Row>(&line) {
                Ok(row) => self.input(row).map_err(failed),
                Err(error) => Err(failed(format!("not a row of path and url: {error}"))),
            });
        }
    }

    fn input(&self, row: Row) -> Result<Input, String> {
        let url = match row.url.as_deref().filter(|url| !url.is_empty()) {
            Some(url) => Some(Url::parse(url).map_err(|error| format!("url `{url}`: {error}"))?),
            None => None,
        };
        Ok(Input { kind: Kind::File(self.folder.join(&row.path)), label: row.path, url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_by_name() {
        for name in ["a.html", "b.HTM.gz", "c.txt", "meldung_12_Titel", "v1.2_notes-long"] {
            assert!(is_page(name), "{name}");
        }
        for name in ["a.jpg", "b.css", "c.json", "d.warc.gz"] {
            assert!(!is_page(name), "{name}");
        }
    }
}
