//! Segments as objects: each is stored whole under a name of its own and never changed. It counts once the state's manifest names it, in
//! the transaction that settles its leases; what was stored and never entered is an orphan, which nobody reads and [`Objects::sweep`]
//! removes.
//!
//! A store is a folder (`file:///articles`), or with the feature `object-store` one that speaks S3 (`s3://bucket/prefix`, its
//! credentials and region from the variables that AWS's tools read).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::folder::{SegmentName, file_name, folder_name, sync_folder};
use super::frames::Encoder;
use super::{Compression, Line, Sink, SinkError};
use crate::types::SegmentMark;

/// What was stored so lately is never swept: whoever stored it may be about to enter it.
const YOUNG: SignedDuration = SignedDuration::from_mins(10);

/// Whether an output is named by an address, and not a folder's path.
#[must_use]
pub fn is_address(output: &Path) -> bool {
    output.to_str().is_some_and(|output| output.contains("://"))
}

/// A store of objects below an address.
#[derive(Debug)]
pub struct Objects {
    address: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    #[cfg(feature = "object-store")]
    Remote(remote::Remote),
}

/// An object that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name below the address, as in marks.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// When it was stored, as the store says.
    pub at: Timestamp,
}

impl Objects {
    /// The store at an address: `file:///folder` or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// When the address is of another kind, or the store's settings make no sense.
    pub fn at(address: &str) -> Result<Self, SinkError> {
        let address = address.trim_end_matches('/').to_owned();
        let place = match address.strip_prefix("file://") {
            Some(folder) => Place::Folder(PathBuf::from(folder)),
            None => Self::remote(&address)?,
        };
        Ok(Self { address, place })
    }

    /// The folder as a store.
    ///
    /// # Errors
    /// When it cannot be found, or its name is no text.
    pub fn in_folder(folder: &Path) -> Result<Self, SinkError> {
        let folder = folder.canonicalize().map_err(|e| SinkError::io(folder, "find the folder", e))?;
        Self::at(&format!("file://{}", folder.display()))
    }

    #[cfg(feature = "object-store")]
    fn remote(address: &str) -> Result<Place, SinkError> {
        remote::Remote::at(address).map(Place::Remote)
    }

    #[cfg(not(feature = "object-store"))]
    fn remote(address: &str) -> Result<Place, SinkError> {
        let why = "this auslese was built without object stores (build it with `cargo build --release --features object-store`)";
        Err(SinkError::Address { address: address.to_owned(), why: why.to_owned() })
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Stores an object; on return it is safe.
    ///
    /// # Errors
    /// When it cannot be stored; the store may then hold it all the same.
    pub fn put(&self, file: &str, bytes: Vec<u8>) -> Result<(), SinkError> {
        match &self.place {
            Place::Folder(root) => put_file(&root.join(file), &bytes),
            #[cfg(feature = "object-store")]
            Place::Remote(remote) => remote.put(file, bytes),
        }
    }

    /// The bytes of an object.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn get(&self, file: &str) -> Result<Vec<u8>, SinkError> {
        match &self.place {
            Place::Folder(root) => {
                let path = root.join(file);
                fs::read(&path).map_err(|e| SinkError::io(&path, "read", e))
            }
            #[cfg(feature = "object-store")]
            Place::Remote(remote) => remote.get(file),
        }
    }

    /// The segments that are there, also those that were not stored to their end, by their names.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn list(&self) -> Result<Vec<Stored>, SinkError> {
        let mut found = match &self.place {
            Place::Folder(root) => list_folder(root)?,
            #[cfg(feature = "object-store")]
            Place::Remote(remote) => remote.list()?,
        };
        let is_segment = |file: &str| file.rsplit('/').next().and_then(SegmentName::parse).is_some();
        found.retain(|stored| is_segment(&stored.file));
        found.sort_by(|a, b| a.file.cmp(&b.file));
        Ok(found)
    }

    /// Removes an object.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, file: &str) -> Result<(), SinkError> {
        match &self.place {
            Place::Folder(root) => {
                let path = root.join(file);
                fs::remove_file(&path).map_err(|e| SinkError::io(&path, "remove", e))
            }
            #[cfg(feature = "object-store")]
            Place::Remote(remote) => remote.remove(file),
        }
    }

    /// Orphans: segments that are in no manifest, of no run that lives, and not stored just now.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn orphans(
        &self,
        manifest: &BTreeSet<String>,
        live_runs: &[&str],
        now: Timestamp,
    ) -> Result<Vec<Stored>, SinkError> {
        let mut found = self.list()?;
        found.retain(|stored| {
            let name = stored.file.rsplit('/').next().unwrap_or_default();
            let lives = SegmentName::parse(name).is_some_and(|name| live_runs.contains(&name.run));
            let young = now.duration_since(stored.at) < YOUNG;
            !manifest.contains(&stored.file) && !lives && !young
        });
        Ok(found)
    }

    /// Removes orphans, as [`Objects::orphans`] says which; gives them.
    ///
    /// # Errors
    /// When the store cannot be listed, or one cannot be removed.
    pub fn sweep(
        &self,
        manifest: &BTreeSet<String>,
        live_runs: &[&str],
        now: Timestamp,
    ) -> Result<Vec<Stored>, SinkError> {
        let orphans = self.orphans(manifest, live_runs, now)?;
        for orphan in &orphans {
            self.remove(&orphan.file)?;
        }
        Ok(orphans)
    }
}

/// Writes a file that appears whole, and survives a loss of power.
fn put_file(path: &Path, bytes: &[u8]) -> Result<(), SinkError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|e| SinkError::io(folder, "make the folder", e))?;
    let part = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)?;
        sync_folder(folder)?;
        sync_folder(folder.parent().unwrap_or(folder))
    };
    write().map_err(|e| {
        // Were it to stay, it would be swept.
        let _ = fs::remove_file(&part);
        SinkError::io(path, "store", e)
    })
}

fn list_folder(root: &Path) -> Result<Vec<Stored>, SinkError> {
    let mut found = Vec::new();
    let list = |folder: &Path| match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.flatten().collect()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(SinkError::io(folder, "list the folder", e)),
    };
    let folders: Vec<fs::DirEntry> = list(root)?;
    for folder in folders {
        if !folder.path().is_dir() {
            continue;
        }
        for entry in list(&folder.path())? {
            let (Ok(meta), Ok(site), Ok(name)) =
                (entry.metadata(), folder.file_name().into_string(), entry.file_name().into_string())
            else {
                continue;
            };
            let at = meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or(Timestamp::MAX);
            if meta.is_file() {
                found.push(Stored { file: format!("{site}/{name}"), bytes: meta.len(), at });
            }
        }
    }
    Ok(found)
}

/// A site's segments in a store: each flush is one.
#[derive(Debug)]
pub struct ObjectSink {
    objects: std::sync::Arc<Objects>,
    site: String,
    run_id: String,
    compression: Compression,
    encoder: Encoder,
    number: u32,
    buffer: Vec<u8>,
    lines: u64,
    /// Stored by the last flush.
    stored: Option<String>,
}

impl ObjectSink {
    /// The segments of a run for a site. Nothing is stored before the first flush with lines.
    ///
    /// # Errors
    /// When the compression cannot be set up.
    pub fn new(
        objects: std::sync::Arc<Objects>,
        site: &str,
        run_id: &str,
        compression: Compression,
    ) -> Result<Self, SinkError> {
        let encoder = Encoder::new(compression).map_err(|e| SinkError::io(Path::new(site), "compress", e))?;
        let (site, run_id) = (folder_name(site), run_id.to_owned());
        let (buffer, stored) = (Vec::new(), None);
        Ok(Self { objects, site, run_id, compression, encoder, number: 0, buffer, lines: 0, stored })
    }
}

impl Sink for ObjectSink {
    fn append(&mut self, line: &Line) -> Result<(), SinkError> {
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
        self.lines += 1;
        Ok(())
    }

    fn flush(&mut self) -> Result<Option<SegmentMark>, SinkError> {
        if self.lines == 0 {
            return Ok(None);
        }
        // A number is never given twice, also where storing fails: the store may hold it all the same.
        self.number += 1;
        let file = format!("{}/{}", self.site, file_name(&self.run_id, self.number, self.compression));
        let (lines, buffer) = (std::mem::take(&mut self.lines), std::mem::take(&mut self.buffer));
        let bytes =
            self.encoder.frame(&buffer).map_err(|e| SinkError::io(Path::new(&file), "compress", e))?.into_owned();
        let size = bytes.len() as u64;
        self.objects.put(&file, bytes)?;
        self.stored = Some(file.clone());
        let root = PathBuf::from(self.objects.address());
        Ok(Some(SegmentMark { root, file, bytes: size, records: lines }))
    }

    fn roll_back(&mut self, _to: Option<&SegmentMark>) -> Result<(), SinkError> {
        (self.lines, self.buffer) = (0, Vec::new());
        if let Some(file) = self.stored.take()
            && let Err(error) = self.objects.remove(&file)
        {
            tracing::debug!(file, %error, "an orphan stays until it is swept");
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<SegmentMark>, SinkError> {
        match self.lines {
            0 => Ok(None),
            _ => Err(SinkError::Order {
                path: PathBuf::from(self.objects.address()),
                what: "it was to be finished with lines that no lease has settled",
            }),
        }
    }
}

#[cfg(feature = "object-store")]
mod remote {
    use std::sync::OnceLock;

    use futures_util::TryStreamExt as _;
    use jiff::Timestamp;
    use object_store::aws::AmazonS3Builder;
    use object_store::path::Path;
    use object_store::{ObjectStore, ObjectStoreExt as _};
    use tokio::runtime::Runtime;

    use super::Stored;
    use crate::sink::SinkError;

    /// A store behind a network.
    #[derive(Debug)]
    pub(super) struct Remote {
        store: Box<dyn ObjectStore>,
        prefix: Path,
        address: String,
        /// Made where it is first used, which is a thread that may block.
        runtime: OnceLock<Runtime>,
    }

    impl Remote {
        pub(super) fn at(address: &str) -> Result<Self, SinkError> {
            let wrong = |why: String| SinkError::Address { address: address.to_owned(), why };
            let url: url::Url = address.parse().map_err(|error| wrong(format!("it is no address ({error})")))?;
            if url.scheme() != "s3" || url.host_str().is_none() {
                return Err(wrong("write s3://bucket/prefix or the path of a folder".to_owned()));
            }
            // The store's client takes the provider of the process; that one was set already is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let store =
                AmazonS3Builder::from_env().with_url(address).build().map_err(|error| wrong(error.to_string()))?;
            let prefix = Path::parse(url.path().trim_matches('/')).map_err(|error| wrong(error.to_string()))?;
            Ok(Self { store: Box::new(store), prefix, address: address.to_owned(), runtime: OnceLock::new() })
        }

        fn run<T>(
            &self,
            doing: &'static str,
            work: impl Future<Output = Result<T, object_store::Error>>,
        ) -> Result<T, SinkError> {
            let fail = |source: Box<dyn std::error::Error + Send + Sync>| SinkError::Store {
                address: self.address.clone(),
                doing,
                source,
            };
            if self.runtime.get().is_none() {
                let made = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let _ = self.runtime.set(made.map_err(|error| fail(Box::new(error)))?);
            }
            match self.runtime.get() {
                Some(runtime) => runtime.block_on(work).map_err(|error| fail(Box::new(error))),
                None => Err(fail("no runtime".into())),
            }
        }

        fn path(&self, file: &str) -> Path {
            file.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
        }

        pub(super) fn put(&self, file: &str, bytes: Vec<u8>) -> Result<(), SinkError> {
            let path = self.path(file);
            self.run("store a segment", self.store.put(&path, bytes.into())).map(drop)
        }

        pub(super) fn get(&self, file: &str) -> Result<Vec<u8>, SinkError> {
            let path = self.path(file);
            let got = async { self.store.get(&path).await?.bytes().await };
            self.run("read a segment", got).map(|bytes| bytes.to_vec())
        }

        pub(super) fn remove(&self, file: &str) -> Result<(), SinkError> {
            let path = self.path(file);
            self.run("remove a segment", self.store.delete(&path))
        }

        pub(super) fn list(&self) -> Result<Vec<Stored>, SinkError> {
            let prefix = Some(&self.prefix).filter(|prefix| !prefix.as_ref().is_empty());
            let found: Vec<_> = self.run("list its segments", self.store.list(prefix).try_collect())?;
            let depth = self.prefix.parts().count();
            let stored = |meta: object_store::ObjectMeta| {
                let parts: Vec<String> =
                    meta.location.parts().skip(depth).map(|part| part.as_ref().to_owned()).collect();
                let at = Timestamp::from_second(meta.last_modified.timestamp()).unwrap_or(Timestamp::MAX);
                Stored { file: parts.join("/"), bytes: meta.size, at }
            };
            Ok(found.into_iter().map(stored).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_segment_is_stored_whole_and_an_orphan_swept() {
        let dir = tempfile::tempdir().unwrap();
        let objects = Arc::new(Objects::in_folder(dir.path()).unwrap());
        let mut sink = ObjectSink::new(Arc::clone(&objects), "musterau.test", "r1", Compression::Gzip).unwrap();
        assert_eq!(sink.flush().unwrap(), None);
        sink.append(&Line(b"{\"n\":1}".to_vec())).unwrap();
        sink.append(&Line(b"{\"n\":2}".to_vec())).unwrap();
        assert!(matches!(sink.finish(), Err(SinkError::Order { .. })));
        let mark = sink.flush().unwrap().unwrap();
        assert!(mark.is_object() && mark.records == 2);
        assert_eq!(mark.file, "musterau.test/articles-r1-00001.jsonl.gz");
        assert_eq!(objects.get(&mark.file).unwrap().len() as u64, mark.bytes);
        // What could not be entered goes, and its name with it.
        sink.append(&Line(b"{}".to_vec())).unwrap();
        sink.flush().unwrap().unwrap();
        sink.roll_back(None).unwrap();
        sink.append(&Line(b"{}".to_vec())).unwrap();
        let third = sink.flush().unwrap().unwrap();
        assert!(third.file.ends_with("-00003.jsonl.gz"));
        assert_eq!(sink.finish().unwrap(), None);
        // As a worker leaves it that was killed before it entered its segment.
        let later = Timestamp::now() + SignedDuration::from_hours(1);
        fs::write(dir.path().join("musterau.test/notes.txt"), "no segment").unwrap();
        let manifest = BTreeSet::from([mark.file.clone()]);
        assert_eq!(objects.orphans(&manifest, &["r1"], later).unwrap(), [], "its run lives");
        assert_eq!(objects.orphans(&manifest, &[], Timestamp::now()).unwrap(), [], "it is young");
        let swept = objects.sweep(&manifest, &["r2"], later).unwrap();
        assert_eq!(swept.iter().map(|stored| stored.file.as_str()).collect::<Vec<_>>(), [third.file]);
        assert_eq!(objects.list().unwrap().len(), 1);
        assert!(dir.path().join("musterau.test/notes.txt").exists());
    }

    #[test]
    fn addresses_of_other_kinds_are_refused() {
        for address in ["ftp://a/b", "s3:///prefix", "gs://bucket"] {
            let error = Objects::at(address).unwrap_err().to_string();
            assert!(error.contains(address), "{error}");
        }
    }
}
