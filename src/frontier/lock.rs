//! One run a state: a lock file beside the state that says who holds it.
//!
//! The lock is the operating system's (`flock`), so it ends with the process, however that ends; the text is only for people.
//! The file stays when the lock goes: removing it would let two runs lock two files of one name.

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

fn text(holder: &Holder) -> String {
    let run: String = holder.run_id.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    format!("pid {}\nrun {run}\nsince {}\n", holder.pid, holder.since)
}

fn parse(text: &str) -> Option<Holder> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Some(Holder {
        pid: field("pid")?.parse().ok()?,
        run_id: field("run")?.to_owned(),
        since: field("since")?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(run: &str) -> Holder {
        Holder { pid: 17, run_id: run.to_owned(), since: "2025-02-07T06:00:00Z".parse().unwrap() }
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
        drop(first);
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
