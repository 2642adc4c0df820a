//! One run a state: a lock file beside the state that says who holds it.
//!
//! The lock is the operating system's (`flock`), so it ends with the process, however that ends; the text is only for people.
//! Who only looks ([`holder_of`]) takes no lock, or it would keep a run from starting. The file stays when the lock goes: removing it would let two runs lock two files of one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::{FrontierError, Holder};

/// The lock on a state, held until it is dropped.
#[derive(Debug)]
pub(super) struct StateLock {
    file: File,
}

impl StateLock {
    /// Locks the state for this process.
    pub(super) fn acquire(state: &Path, holder: &Holder) -> Result<Self, FrontierError> {
        let path = lock_path(state);
        let access = |doing| {
            let path = path.clone();
            move |source| FrontierError::Access { path, doing, source }
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(access("open its lock file"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // A holder that is just writing its text, or text that is not UTF-8, only costs the name.
                let holder = (&file).take(4096).read_to_string(&mut text).ok().and_then(|_| parse(&text));
                return Err(FrontierError::Locked { path: state.to_owned(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(access("lock its lock file")(source)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(access("write its lock file"))?;
        file.write_all(text(holder).as_bytes()).map_err(access("write its lock file"))?;
        Ok(Self { file })
    }
}

impl Drop for StateLock {
    fn drop(&mut self) {
        // The text must not name a run that is over; if this fails, the next holder overwrites it.
        let _ = self.file.set_len(0);
    }
}

/// The lock file of a state: its name with `.lock` at the end.
fn lock_path(state: &Path) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Who holds a state, as far as that can be said without locking it: what the lock file says, unless the system knows of no lock on
/// it. On another machine, or where the system does not list its locks, the file's word is all there is.
pub(super) fn holder_of(state: &Path) -> Option<Holder> {
    let path = lock_path(state);
    let holder = std::fs::read(&path).ok().and_then(|text| parse(&String::from_utf8_lossy(&text)))?;
    let here = holder.host == machine();
    (!here || is_locked(&path).unwrap_or(true)).then_some(holder)
}

/// Whether the system lists a lock on the file (Linux: proc(5), `/proc/locks`); none where it has no list.
fn is_locked(path: &Path) -> Option<bool> {
    let inode = std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).ok()?);
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    // `1: FLOCK  ADVISORY  WRITE 3548 00:2d:5111 0 EOF`: the inode is the last part of the file's number.
    let of_file = |line: &str| {
        let mut fields = line.split_whitespace();
        fields.any(|field| field == "FLOCK")
            && fields.any(|field| {
                field.rsplit(':').next().and_then(|n| n.parse().ok()) == Some(inode) && field.contains(':')
            })
    };
    Some(locks.lines().any(of_file))
}

/// The name of this machine.
pub(super) fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn text(holder: &Holder) -> String {
    let plain = |text: &str| -> String { text.chars().map(|c| if c.is_control() { '?' } else { c }).collect() };
    let (run, host) = (plain(&holder.run_id), plain(&holder.host));
    format!("pid {}\nhost {host}\nrun {run}\nsince {}\n", holder.pid, holder.since)
}

fn parse(text: &str) -> Option<Holder> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Some(Holder {
        pid: field("pid")?.parse().ok()?,
        // Earlier versions did not say.
        host: field("host").unwrap_or_default().to_owned(),
        run_id: field("run")?.to_owned(),
        since: field("since")?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(run: &str) -> Holder {
        Holder { pid: 17, host: machine(), run_id: run.to_owned(), since: "2025-02-07T06:00:00Z".parse().unwrap() }
    }

    #[test]
    fn the_second_is_told_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("s.db");
        let first = StateLock::acquire(&state, &holder("morning")).unwrap();
        match StateLock::acquire(&state, &holder("noon")) {
            Err(FrontierError::Locked { holder: Some(found), .. }) => assert_eq!(found, holder("morning")),
            other => panic!("{other:?}"),
        }
        assert_eq!(holder_of(&state), Some(holder("morning")));
        drop(first);
        assert_eq!(holder_of(&state), None);
        // As a killed run leaves it.
        std::fs::write(lock_path(&state), text(&holder("killed"))).unwrap();
        if Path::new("/proc/locks").exists() {
            assert_eq!(holder_of(&state), None);
        }
        StateLock::acquire(&state, &holder("noon")).unwrap();
    }

    #[test]
    fn garbage_in_the_lock_file_harms_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("s.db");
        std::fs::write(lock_path(&state), [0xFF, 0, b'\n', b'p']).unwrap();
        let _held = StateLock::acquire(&state, &holder("a\nsince never")).unwrap();
        let read = std::fs::read_to_string(lock_path(&state)).unwrap();
        assert_eq!(parse(&read).unwrap().run_id, "a?since never");
        std::fs::write(lock_path(&state), [0xFF, 0, b'\n', b'p']).unwrap();
        assert!(matches!(StateLock::acquire(&state, &holder("b")), Err(FrontierError::Locked { holder: None, .. })));
    }
}
