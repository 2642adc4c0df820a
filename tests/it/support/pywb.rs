//! A web archive: pywb from PyPI.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::tools;

/// A pywb that serves the archives of a folder.
pub(crate) struct Pywb {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Pywb {
    pub(crate) fn start(archives: &Path) -> Option<Self> {
        let program = tools::program("wayback")?;
        let folder = tempfile::tempdir().unwrap();
        let place = archives.display();
        let config = format!("collections:\n  all:\n    index_paths: {place}\n    archive_paths: {place}/\n");
        std::fs::write(folder.path().join("config.yaml"), config).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(program)
            .args(["-b", "127.0.0.1", "-p", &port.to_string()])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "pywb ended");
            assert!(began.elapsed() < Duration::from_secs(120), "pywb does not come up");
            std::thread::yield_now();
        }
        Some(Self { child, port, _folder: folder })
    }

    pub(crate) fn cdx(&self) -> String {
        format!("http://127.0.0.1:{}/all/cdx", self.port)
    }
}

impl Drop for Pywb {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
