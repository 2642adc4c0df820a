//! What to extract: the arguments and the manifest, as inputs one after the other; folders are listed when their turn comes, the
//! records of archives are read when theirs does.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use auslese::archive::{ArchiveFile, Collection, Entry, RawRecord, Reading, is_archive_name};
use auslese::corpus;
use auslese::types::without_credentials;
use serde::Deserialize;
use url::Url;

use super::shard::Shard;
use super::{LIMITS, Unreadable};
use crate::cli::CliError;

/// Names that saved pages have in folders, besides `.gz` behind them; others are passed over. A file named by itself is
/// read whatever its name.
const EXTENSIONS: [&str; 12] =
    ["html", "htm", "xhtml", "shtml", "mht", "txt", "text", "md", "php", "asp", "aspx", "jsp"];

/// One input.
#[derive(Debug)]
pub(in crate::cli) struct Input {
    /// As the user or the manifest names it.
    pub(in crate::cli) label: String,
    pub(in crate::cli) kind: Kind,
    /// The address that the page had.
    pub(in crate::cli) url: Option<Url>,
}

/// Where an input is.
#[derive(Debug)]
pub(in crate::cli) enum Kind {
    File(PathBuf),
    Url(Url),
    /// A record of an archive; the label is the archive's.
    Record(Box<RawRecord>),
}

/// The inputs, in order.
pub(in crate::cli) struct Inputs {
    /// What is still to be opened, the next at the end.
    ahead: Vec<Pending>,
    manifest: Option<Manifest>,
    has_urls: bool,
    /// Every archive among the inputs.
    archives: Collection,
    /// The archive that is being read, by its label.
    reading: Option<(String, Reading)>,
    shard: Option<Shard>,
    /// Files and addresses so far, those of other shards included.
    seen: u64,
}

/// An input that gets an output of its own.
pub(super) struct Apart {
    /// As the user names it.
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// The share to do of a folder or manifest.
    pub(super) shard: Option<Shard>,
    /// Whether it is one of this share.
    pub(super) is_mine: bool,
    /// For [`Inputs::only`].
    pub(super) pending: Pending,
}

/// An input that is still to be opened.
pub(super) enum Pending {
    /// A file or folder.
    Path {
        path: PathBuf,
        label: String,
        url: Option<Url>,
        named: bool,
    },
    Url(Url),
    /// An archive, by its number in the collection.
    Archive(usize),
    Manifest(Manifest),
    /// An archive that cannot be read.
    Unreadable(Unreadable),
}

/// A JSONL file of paths and addresses.
pub(super) struct Manifest {
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
    /// The arguments, then the manifest's rows. The archives of a folder come after its pages.
    pub(in crate::cli) fn new(
        arguments: &[String],
        manifest: Option<&Path>,
        url: Option<&Url>,
        shard: Option<Shard>,
    ) -> Result<Self, CliError> {
        if url.is_some() && (arguments.len() != 1 || manifest.is_some()) {
            let message = "--url is the address of one file (for several, give --manifest rows of path and url)";
            return Err(CliError::Usage(message.to_owned()));
        }
        let mut archives = Collection::new(LIMITS.max_block);
        let mut ahead: Vec<Pending> = Vec::new();
        for argument in arguments {
            pending(argument, url, &mut archives, &mut ahead);
        }
        if let Some(manifest) = manifest {
            ahead.push(Pending::Manifest(Manifest::open(manifest)?));
        }
        ahead.reverse();
        let has_urls = ahead.iter().any(|pending| matches!(pending, Pending::Url(_)));
        Ok(Self { ahead, manifest: None, has_urls, archives, reading: None, shard, seen: 0 })
    }

    /// Takes the inputs apart, for an output each. Of folders and manifests every share does its part; all other inputs are
    /// divided as they are.
    pub(super) fn take_apart(&mut self) -> Vec<Apart> {
        let mut ahead = std::mem::take(&mut self.ahead);
        ahead.reverse();
        let shard = self.shard.take();
        let mine = |number| shard.is_none_or(|shard| shard.has(number));
        let mut wholes = 0..;
        let apart = |pending: Pending| {
            let (name, path) = (self.name_of(&pending), self.path_of(&pending));
            let is_divided = match &pending {
                Pending::Path { path, label, .. } => label != "-" && path.is_dir(),
                Pending::Manifest(_) => true,
                Pending::Url(_) | Pending::Archive(_) | Pending::Unreadable(_) => false,
            };
            let shard = shard.filter(|_| is_divided);
            let is_mine = is_divided || wholes.next().is_none_or(&mine);
            Apart { name, path, shard, is_mine, pending }
        };
        ahead.into_iter().map(apart).collect()
    }

    /// Gives this input next, and then no other.
    pub(super) fn only(&mut self, pending: Pending, shard: Option<Shard>) {
        self.ahead = vec![pending];
        self.shard = shard;
        self.seen = 0;
    }

    fn name_of(&self, pending: &Pending) -> String {
        match pending {
            Pending::Path { label, .. } | Pending::Unreadable(Unreadable { label, .. }) => label.clone(),
            Pending::Url(url) => url.host_str().unwrap_or("address").to_owned(),
            Pending::Archive(number) => {
                self.archives.file(*number).map(|file| file.label().to_owned()).unwrap_or_default()
            }
            Pending::Manifest(manifest) => manifest.name.clone(),
        }
    }

    fn path_of(&self, pending: &Pending) -> PathBuf {
        match pending {
            Pending::Path { path, .. } => path.clone(),
            Pending::Archive(number) => {
                self.archives.file(*number).map(|file| file.path().to_owned()).unwrap_or_default()
            }
            Pending::Manifest(manifest) => PathBuf::from(&manifest.name),
            Pending::Url(_) | Pending::Unreadable(_) => PathBuf::new(),
        }
    }

    /// Whether the next file or address is one of this shard.
    fn is_mine(&mut self) -> bool {
        let number = self.seen;
        self.seen += 1;
        self.shard.is_none_or(|shard| shard.has(number))
    }

    /// The archives that a manifest's row names, the first at the end; none where it is a page.
    fn archives_of(&mut self, row: &Result<Input, Unreadable>) -> Option<Vec<Pending>> {
        let Ok(Input { label, kind: Kind::File(path), .. }) = row else { return None };
        if !is_archive_name(label) {
            return None;
        }
        let mut found = Vec::new();
        put_archive(path, label, &mut self.archives, &mut found).then(|| {
            found.reverse();
            found
        })
    }

    fn open_archive(&mut self, number: usize) -> Option<Unreadable> {
        let label = self.archives.file(number)?.label().to_owned();
        match self.archives.read(number) {
            Ok(reading) => {
                self.reading = Some((label, reading));
                None
            }
            Err(error) => Some(Unreadable::file(label, format!("cannot be read: {error}"))),
        }
    }

    /// The next record of the archive that is being read.
    fn next_record(&mut self) -> Option<Result<Input, Unreadable>> {
        let (label, reading) = self.reading.as_mut()?;
        match self.archives.next(reading) {
            Some(Entry::Record(record)) => {
                Some(Ok(Input { label: label.clone(), kind: Kind::Record(record), url: None }))
            }
            Some(Entry::Fault(fault)) => Some(Err(Unreadable::record(label, &fault))),
            None => {
                self.reading = None;
                None
            }
        }
    }

    /// Whether any input must be fetched.
    pub(in crate::cli) fn has_urls(&self) -> bool {
        self.has_urls
    }

    /// The ports of the addresses that are named, where they are not the usual ones.
    pub(super) fn ports(&self) -> Vec<u16> {
        let port = |pending: &Pending| match pending {
            Pending::Url(url) => url.port(),
            _ => None,
        };
        self.ahead.iter().filter_map(port).collect()
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
            // Archives stand in line by themselves.
            if is_archive_name(&name) && !is_folder {
                continue;
            }
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
            if let Some(record) = self.next_record() {
                return Some(record);
            }
            if let Some(row) = self.manifest.as_mut().and_then(Manifest::next_row) {
                if let Some(archives) = self.archives_of(&row) {
                    // They go first, then the manifest goes on.
                    self.ahead.extend(self.manifest.take().map(Pending::Manifest));
                    self.ahead.extend(archives);
                } else if self.is_mine() {
                    return Some(row);
                }
                continue;
            }
            self.manifest = None;
            match self.ahead.pop()? {
                Pending::Manifest(manifest) => self.manifest = Some(manifest),
                Pending::Path { path, label, named, .. } if label != "-" && path.is_dir() => {
                    if let Err(error) = self.open_folder(&path, &label) {
                        return Some(Err(Unreadable::file(label, format!("cannot be listed: {error}"))));
                    }
                    if named && self.ahead.is_empty() {
                        tracing::warn!("{label}: no pages in this folder (looked for html, htm, txt and the like)");
                    }
                }
                _ if !self.is_mine() => {}
                Pending::Path { path, label, url, .. } => {
                    return Some(Ok(Input { label, kind: Kind::File(path), url }));
                }
                Pending::Url(url) => {
                    return Some(Ok(Input { label: url.to_string(), kind: Kind::Url(url), url: None }));
                }
                Pending::Archive(number) => {
                    if let Some(unreadable) = self.open_archive(number) {
                        return Some(Err(unreadable));
                    }
                }
                Pending::Unreadable(unreadable) => return Some(Err(unreadable)),
            }
        }
    }
}

/// Puts an argument in line: an address, an archive, a page, or a folder with the archives in it.
fn pending(argument: &str, url: Option<&Url>, archives: &mut Collection, to: &mut Vec<Pending>) {
    match Url::parse(argument) {
        Ok(address) if matches!(address.scheme(), "http" | "https") => {
            return to.push(Pending::Url(without_credentials(address)));
        }
        _ => {}
    }
    let path = PathBuf::from(argument);
    let is_folder = argument != "-" && path.is_dir();
    if argument != "-" && !is_folder && put_archive(&path, argument, archives, to) {
        return;
    }
    let (mut found, mut has_pages) = (Vec::new(), !is_folder);
    if is_folder {
        has_pages = look_through(&path, argument, &mut found);
    }
    if has_pages || found.is_empty() {
        to.push(Pending::Path { path, label: argument.to_owned(), url: url.cloned(), named: true });
    }
    for (path, label) in found {
        put_archive(&path, &label, archives, to);
    }
}

/// Puts an archive in line, or each of those in a WACZ; false where the file is none.
fn put_archive(path: &Path, label: &str, archives: &mut Collection, to: &mut Vec<Pending>) -> bool {
    match ArchiveFile::find(path, label) {
        Ok(Some(files)) => to.extend(files.into_iter().map(|file| Pending::Archive(archives.add(file)))),
        Ok(None) => return false,
        // A page that cannot be read says so in its turn.
        Err(_) if !is_archive_name(label) => return false,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            to.push(Pending::Unreadable(Unreadable::file(label.to_owned(), format!("{error}{cause}"))));
        }
    }
    true
}

/// Finds the archives in a folder, in the order of their names, and says whether there is any page. What cannot be listed
/// is told of when the folder's turn comes.
fn look_through(folder: &Path, label: &str, to: &mut Vec<(PathBuf, String)>) -> bool {
    let Ok(listing) = fs::read_dir(folder) else { return true };
    let mut entries: Vec<fs::DirEntry> = listing.filter_map(Result::ok).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut has_pages = false;
    for entry in entries {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Ok(kind) = entry.file_type() else { continue };
        if name.starts_with('.') {
            continue;
        }
        let label = format!("{}/{name}", label.trim_end_matches('/'));
        if kind.is_dir() {
            has_pages |= look_through(&entry.path(), &label, to);
        } else if is_archive_name(&name) {
            to.push((entry.path(), label));
        } else {
            has_pages |= is_page(&name);
        }
    }
    has_pages
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
        let lines = corpus::lines(path).map_err(|error| {
            CliError::Usage(format!("--manifest {name}: {error} (give a JSONL file of path and url)"))
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { name, folder, lines: Box::new(lines), number: 0 })
    }

    fn next_row(&mut self) -> Option<Result<Input, Unreadable>> {
        loop {
            let line = self.lines.next()?;
            self.number += 1;
            let failed = |detail: String| Unreadable::file(format!("{}, line {}", self.name, self.number), detail);
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
