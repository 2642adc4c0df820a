//! Records as Markdown: a file an article in a folder, or all of them in one stream.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use auslese::render;
use auslese::types::{Record, RecordType};

use crate::cli::CliError;
use crate::cli::output::Output;

/// Letters of a headline in a file's name.
const SLUG: usize = 60;
/// Digits of the `id` in a file's name: it tells articles of one headline apart, and stays over exports.
const ID: usize = 12;

/// Where the articles go.
pub(super) enum Articles {
    /// One after the other, each with its front matter.
    Stream(Output),
    /// `<domain>/<year>/<day>-<headline>-<id>.md` below a folder.
    Folder(PathBuf),
}

impl Articles {
    /// A folder, unless the path is `-`, a file, or has the name of one (`articles.md`).
    pub(super) fn create(path: &Path) -> Result<Self, CliError> {
        let is_file =
            path.is_file() || path.extension().is_some_and(|extension| extension == "md" || extension == "markdown");
        if path.as_os_str() == "-" || (is_file && !path.is_dir()) {
            return Ok(Self::Stream(Output::create(path)?));
        }
        fs::create_dir_all(path).map_err(|error| failed(path, &error))?;
        Ok(Self::Folder(path.to_owned()))
    }

    /// Writes an article; whether it is one.
    pub(super) fn add(&mut self, record: &Record) -> Result<bool, CliError> {
        if record.record_type == RecordType::Tombstone {
            return Ok(false);
        }
        let text = format!("{}\n{}\n", render::front_matter(record), render::markdown(record, &[]));
        match self {
            Self::Stream(output) => {
                output.bytes(text.as_bytes())?;
                output.bytes(b"\n")?;
            }
            Self::Folder(root) => {
                let path = root.join(place_of(record));
                write(&path, text.as_bytes()).map_err(|error| failed(&path, &error))?;
            }
        }
        Ok(true)
    }

    pub(super) fn finish(self) -> Result<(), CliError> {
        match self {
            Self::Stream(output) => output.finish(),
            Self::Folder(_) => Ok(()),
        }
    }
}

/// Whole or not at all.
fn write(path: &Path, text: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let part = path.with_extension("md.part");
    fs::File::create(&part)?.write_all(text)?;
    fs::rename(part, path)
}

fn failed(path: &Path, error: &std::io::Error) -> CliError {
    CliError::Failed(format!("cannot write {}: {error}", path.display()))
}

/// Where an article goes below the folder.
fn place_of(record: &Record) -> PathBuf {
    let domain = plain(&record.source_domain, usize::MAX, true);
    let domain = if domain.is_empty() { "local".to_owned() } else { domain };
    let id: String = plain(&record.id, ID, false);
    let slug = plain(record.headline.as_deref().unwrap_or_default(), SLUG, false);
    let date = record.date_published.as_deref().and_then(|date| date.split('T').next()).unwrap_or_default();
    let is_date = date.len() >= 4 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let (year, day) = if is_date { (date.get(..4).unwrap_or("undated"), date) } else { ("undated", "") };
    let name: Vec<&str> = [day, &slug, &id].into_iter().filter(|part| !part.is_empty()).collect();
    Path::new(&domain).join(year).join(format!("{}.md", name.join("-")))
}

/// Letters and digits, in lower case, umlauts spelt out, `-` between words: safe on every file system.
fn plain(text: &str, longest: usize, dots: bool) -> String {
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'a'..='z' | '0'..='9' => out.push(c),
            '.' if dots && !out.is_empty() && !out.ends_with('.') => out.push('.'),
            _ if out.is_empty() || out.ends_with(['-', '.']) => {}
            _ => out.push('-'),
        }
        if out.len() >= longest {
            break;
        }
    }
    out.truncate(longest);
    out.trim_end_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        assert_eq!(plain("Förderung: „Große Straße“ (2/3)", SLUG, false), "foerderung-grosse-strasse-2-3");
        assert_eq!(plain("www.Amts-Blick.test", usize::MAX, true), "www.amts-blick.test");
        assert_eq!(plain("../../etc/passwd", usize::MAX, true), "etc-passwd");
        assert!(plain(&"Überlang ".repeat(40), SLUG, false).len() <= SLUG);
    }
}
