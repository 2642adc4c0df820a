// PostgreSQL as Debian packages it, as a server of the tests' own: in a folder of its own, by an unprivileged user. A shell watches over
// it and removes it when the test's process is gone, however that ends.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Debian's `nobody`.
pub(crate) const NOBODY: u32 = 65_534;

/// A running server.
pub(crate) struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    watch: Child,
}

/// The folder with PostgreSQL's programs, the newest version's.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    versions.retain(|folder| folder.join("pg_ctl").exists());
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = versions.pop().or_else(|| std::env::split_paths(&path).find(|folder| folder.join("pg_ctl").exists()));
    if found.is_none() {
        let required = std::env::var("AUSLESE_TOOLS").is_ok_and(|value| value == "required");
        assert!(!required, "PostgreSQL is not installed; run tests/tools/install");
        eprintln!("skipped: PostgreSQL is not installed; tests/tools/install installs it");
    }
    found
}

/// A command as the user that PostgreSQL runs as: it refuses root.
fn command(program: &Path, is_root: bool) -> Command {
    let mut command = Command::new(program);
    if is_root {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir("/").env("LC_ALL", "C.UTF-8");
    command
}

impl Cluster {
    /// Starts a server that listens at a socket in its folder, with these settings (`name=value`) beside its own. None where PostgreSQL is
    /// not installed.
    pub(crate) fn start(settings: &[&str]) -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("auslese-pg").tempdir_in("/tmp").unwrap();
        let is_root = std::fs::metadata(folder.path()).unwrap().uid() == 0;
        if is_root {
            std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let data = folder.path().join("data");
        let made = command(&programs.join("initdb"), is_root)
            .args([
                "--username=auslese",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut lines = vec![
            format!("unix_socket_directories = '{}'", folder.path().display()),
            "listen_addresses = ''".to_owned(),
            "max_connections = 60".to_owned(),
        ];
        lines.extend(settings.iter().map(|setting| setting.to_string()));
        let file = data.join("postgresql.auto.conf");
        std::fs::write(&file, lines.join("\n") + "\n").unwrap();
        if is_root {
            std::os::unix::fs::chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let script = "\"$1/pg_ctl\" -D \"$2/data\" -l \"$2/log\" -w start >/dev/null && echo ready; \
                      cat >/dev/null; \"$1/pg_ctl\" -D \"$2/data\" -m immediate stop >/dev/null; rm -rf \"$2\"/*";
        let mut watch = command(Path::new("/bin/sh"), is_root)
            .args(["-c", script, "sh"])
            .arg(&programs)
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(watch.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        assert!(said.contains("ready"), "PostgreSQL does not start: {log}");
        Some(Self { folder, programs, watch })
    }

    /// The address of a database.
    pub(crate) fn address(&self, database: &str) -> String {
        let host = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://auslese@{host}/{database}")
    }

    /// Makes a database; gives its address.
    pub(crate) fn make_database(&self, name: &str) -> String {
        let made = Command::new(self.programs.join("createdb"))
            .arg("--host")
            .arg(self.folder.path())
            .args(["--username=auslese", name])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        self.address(name)
    }

    /// Stops the server as a crash does, and starts it again.
    #[allow(dead_code, reason = "not every test does")]
    pub(crate) fn crash_and_restart(&self) {
        let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        let done = command(&self.programs.join("pg_ctl"), is_root)
            .args(["-m", "immediate", "-w", "-D"])
            .arg(self.folder.path().join("data"))
            .arg("-l")
            .arg(self.folder.path().join("log"))
            .arg("restart")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(done.success());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}
