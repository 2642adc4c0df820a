//! How much the disks still take, so that a run ends before they are full.

use std::path::{Path, PathBuf};

use super::SinkError;

/// The disks that must keep a reserve.
#[derive(Debug, Clone, Default)]
pub struct Room {
    /// A folder or file on each.
    places: Vec<PathBuf>,
    reserve: u64,
}

impl Room {
    /// The disks of these folders or files, which are to keep so many bytes free; 0 asks for none.
    #[must_use]
    pub fn new(places: Vec<PathBuf>, reserve: u64) -> Self {
        Self { places, reserve }
    }

    /// Whether each disk keeps its reserve.
    ///
    /// # Errors
    /// [`SinkError::NoRoom`] for the first that does not. What cannot be asked (a file system that does not tell) is taken to have
    /// room.
    pub fn check(&self) -> Result<(), SinkError> {
        if self.reserve == 0 {
            return Ok(());
        }
        for place in &self.places {
            match free(place) {
                Ok(free) if free < self.reserve => {
                    return Err(SinkError::NoRoom { path: place.clone(), free, reserve: self.reserve });
                }
                Ok(_) => {}
                Err(error) => tracing::debug!(place = %place.display(), %error, "the disk does not say what is free"),
            }
        }
        Ok(())
    }
}

/// Bytes that this process may still write to the disk of a path.
fn free(path: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_the_reserve_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let places = vec![dir.path().to_owned()];
        Room::new(places.clone(), 0).check().unwrap();
        Room::new(places.clone(), 1).check().unwrap();
        let error = Room::new(places, u64::MAX).check().unwrap_err();
        let SinkError::NoRoom { free, .. } = &error else { panic!("{error:?}") };
        assert!(*free > 0);
        assert!(error.to_string().contains(&dir.path().display().to_string()), "{error}");
        Room::new(vec![dir.path().join("gone")], u64::MAX).check().unwrap();
    }
}
