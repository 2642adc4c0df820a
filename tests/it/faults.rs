//! What can befall state and output from outside: a clear word, the right exit code, and nothing lost.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use auslese::demo::Server;
use auslese::engine::{self, Clock, Output, Stop};

use super::crawl::{Bench, auslese, finish, ids, segments, small, until_settled};

const LONG: Duration = Duration::from_secs(120);

fn run(bench: &Bench, server: &Server, more: &[&str]) -> (Option<i32>, String) {
    finish(auslese(bench, server, more).spawn().unwrap(), LONG)
}

fn remove_state(bench: &Bench) {
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(PathBuf::from(format!("{}{end}", bench.state().display())));
    }
}

#[test]
fn a_state_that_was_deleted_is_told_and_the_output_stays() {
    let server = Server::start(small(8).site()).unwrap();
    let bench = Bench::new();
    assert_eq!(run(&bench, &server, &[]).0, Some(0));
    let before = segments(&bench.output());
    remove_state(&bench);
    let (code, words) = run(&bench, &server, &[]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("the state is new") && words.contains("may be written again"), "{words}");
    assert!(before.iter().all(|file| file.is_file()));
    assert_eq!(segments(&bench.output()).len(), before.len() + 1);
}

#[test]
fn an_output_that_was_deleted_is_told_and_the_state_goes_on() {
    let server = Server::start(small(8).site()).unwrap();
    let bench = Bench::new();
    assert_eq!(run(&bench, &server, &[]).0, Some(0));
    std::fs::remove_dir_all(bench.output()).unwrap();
    let (code, words) = run(&bench, &server, &[]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("not fetched again") && words.contains("8 earlier records"), "{words}");
}

#[test]
fn files_that_were_taken_away_are_no_fault() {
    let server = Server::start(small(8).site()).unwrap();
    let bench = Bench::new();
    assert_eq!(run(&bench, &server, &[]).0, Some(0));
    for file in segments(&bench.output()) {
        std::fs::rename(&file, bench.folder.path().join(file.file_name().unwrap())).unwrap();
    }
    let (code, words) = run(&bench, &server, &[]);
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(words.lines().count(), 1, "only the summary: {words}");
}

#[test]
fn a_clock_that_jumps_back_between_runs_is_told_and_loses_nothing() {
    let server = Server::start(small(30).site()).unwrap();
    let bench = Bench::new();
    let mut plan = Bench::plan(&[&server.origin()]);
    plan.limit = Some(10);
    let year = Clock::ahead(jiff::SignedDuration::from_hours(24 * 365));
    let output = Output::Folder(bench.output());
    let store = engine::open_at(&bench.state(), &output, "ahead", &bench.config, year).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(engine::run(&bench.config, &plan, store, &Stop::new())).unwrap();
    let (code, words) = run(&bench, &server, &["--per-host", "4"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("the clock is behind the last run"), "{words}");
    assert_eq!(ids(&bench.records()).len(), 30);
}

#[test]
fn budgets_end_a_run_cleanly() {
    let server = Server::start(small(30).site()).unwrap();
    let bench = Bench::new();
    let (code, words) = run(&bench, &server, &["--limit", "6"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.starts_with("limit reached: ") && words.contains(" of 6 pages"), "{words}");
    let (code, words) = run(&bench, &server, &["--for", "0s"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.starts_with("time is over: "), "{words}");
    assert_eq!(run(&bench, &server, &["--for", "20m"]).0, Some(0));
    assert_eq!(ids(&bench.records()).len(), 30);
}

#[test]
fn an_output_that_was_deleted_under_a_killed_run_is_told() {
    // Long enough that the run is still under way when its first records are settled, however busy the machine is.
    let server = Server::start_slow(small(60).site(), Duration::from_millis(100)).unwrap();
    let bench = Bench::new();
    let mut child = auslese(&bench, &server, &[]).spawn().unwrap();
    until_settled(&bench, 1);
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_dir_all(bench.output()).unwrap();
    let (code, words) = run(&bench, &server, &["--per-host", "8"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("the file is gone with") && words.contains("did not end cleanly"), "{words}");
    assert!(ids(&bench.records()).len() < 60, "what was settled is not fetched again");
}

#[test]
fn a_state_of_a_newer_version_is_refused_and_left_alone() {
    let server = Server::start(small(3).site()).unwrap();
    let bench = Bench::new();
    assert_eq!(run(&bench, &server, &[]).0, Some(0));
    let conn = rusqlite::Connection::open(bench.state()).unwrap();
    conn.pragma_update(None, "user_version", 999).unwrap();
    drop(conn);
    let asked = server.log().len();
    let (code, words) = run(&bench, &server, &[]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("version 999") && words.contains("update the program"), "{words}");
    assert_eq!(server.log().len(), asked, "nothing was asked in vain");
}

#[test]
fn a_corrupt_state_is_named_and_a_new_one_goes_on() {
    let server = Server::start_slow(small(200).site(), Duration::from_millis(50)).unwrap();
    let bench = Bench::new();
    let mut child = auslese(&bench, &server, &["--per-host", "4"]).spawn().unwrap();
    until_settled(&bench, 1);
    child.kill().unwrap();
    child.wait().unwrap();
    // Everything into the file, then damage in its middle.
    let conn = rusqlite::Connection::open(bench.state()).unwrap();
    conn.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(())).unwrap();
    drop(conn);
    let mut bytes = std::fs::read(bench.state()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xA5);
    std::fs::write(bench.state(), &bytes).unwrap();
    let (code, words) = run(&bench, &server, &[]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("damaged") && words.contains("move it away"), "{words}");
    assert_eq!(std::fs::read(bench.state()).unwrap(), bytes, "left as it is");
    let finished = segments(&bench.output());
    remove_state(&bench);
    let (code, words) = run(&bench, &server, &["--per-host", "8"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("a run that this state does not know"), "the part of the killed run is named: {words}");
    let new = segments(&bench.output());
    assert!(finished.iter().all(|file| new.contains(file)));
}

/// A file system in memory, gone with the value. None, with a word, where this process may not mount.
pub(crate) struct Disk {
    pub(crate) at: PathBuf,
}

impl Disk {
    pub(crate) fn mount(at: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let mounted = mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"], &at);
        if !mounted {
            eprintln!("skipped: mounting a small disk needs root");
        }
        mounted.then_some(Self { at })
    }

    pub(crate) fn remount(&self, options: &str) {
        assert!(mount(&["-o", &format!("remount,{options}")], &self.at));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    let mut command = Command::new("mount");
    command.args(arguments).arg(at).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Crawls with output and state on the disk.
fn run_on(disk: &Disk, server: &Server, reserve: u64) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, format!("[crawl]\ntdmrep = false\n[output]\nreserve = {reserve}\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    command.args(["crawl", &format!("{}/", server.origin()), "--allow-private", "--delay", "0s", "--per-host", "8"]);
    command
        .arg("--config")
        .arg(&config)
        .arg("--output")
        .arg(disk.at.join("out"))
        .arg("--state")
        .arg(disk.at.join("state.db"));
    command.env_remove("AUSLESE_LOG").stdout(Stdio::null()).stderr(Stdio::piped());
    finish(command.spawn().unwrap(), LONG)
}

fn ids_on(disk: &Disk) -> std::collections::BTreeSet<String> {
    let lines = segments(&disk.at.join("out")).into_iter().flat_map(|path| super::crawl::lines(&path));
    let records: Vec<auslese::types::Record> = lines.map(|line| serde_json::from_str(&line).unwrap()).collect();
    ids(&records)
}

#[test]
fn a_disk_that_fills_up_ends_the_run_and_loses_nothing() {
    let server = Server::start(small(300).site()).unwrap();
    for size in ["200k", "600k", "1400k"] {
        let folder = tempfile::tempdir().unwrap();
        let Some(disk) = Disk::mount(folder.path().join("disk"), size) else { return };
        let (code, words) = run_on(&disk, &server, 0);
        assert_eq!(code, Some(1), "{size}: {words}");
        assert!(words.contains("the disk is full") && words.contains("make room"), "{size}: {words}");
        disk.remount("size=64m");
        let (code, words) = run_on(&disk, &server, 0);
        assert_eq!(code, Some(0), "{size}: {words}");
        assert_eq!(ids_on(&disk).len(), 300, "{size}");
    }
}

#[test]
fn a_run_ends_before_the_disk_is_full() {
    let server = Server::start(small(300).site()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path().join("disk"), "8m") else { return };
    let (code, words) = run_on(&disk, &server, 7_800_000);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("disk nearly full") && words.contains("reserve"), "{words}");
    let left = std::fs::read_dir(disk.at.join("out/127.0.0.1")).unwrap().flatten();
    assert!(left.into_iter().all(|file| file.path().extension().is_some_and(|end| end == "jsonl")));
    let before = ids_on(&disk).len();
    assert!(before < 300);
    let asked = server.log().len();
    let (code, words) = run_on(&disk, &server, 7_900_000);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("make room and start again"), "{words}");
    assert_eq!(server.log().len(), asked, "nothing was asked in vain");
    disk.remount("size=64m");
    assert_eq!(run_on(&disk, &server, 7_800_000).0, Some(0));
    assert_eq!(ids_on(&disk).len(), 300);
}

#[test]
fn a_disk_that_cannot_be_written_is_named() {
    let server = Server::start(small(3).site()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path().join("disk"), "8m") else { return };
    assert_eq!(run_on(&disk, &server, 0).0, Some(0));
    let asked = server.log().len();
    disk.remount("ro");
    let (code, words) = run_on(&disk, &server, 0);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains(&disk.at.display().to_string()) && words.contains("may be written"), "{words}");
    assert_eq!(server.log().len(), asked, "nothing was asked in vain");
    disk.remount("rw");
    assert_eq!(run_on(&disk, &server, 0).0, Some(0));
    assert_eq!(ids_on(&disk).len(), 3);
}

/// A user who is not root, where this is root: root may write everywhere.
fn as_nobody(command: &mut Command) {
    if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        command.uid(65_534).gid(65_534);
    }
}

#[test]
fn folders_that_may_not_be_written_are_named() {
    let server = Server::start(small(3).site()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let allow = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    allow(folder.path(), 0o755);
    let (locked, open) = (folder.path().join("locked"), folder.path().join("open"));
    for (path, mode) in [(&locked, 0o555), (&open, 0o777)] {
        std::fs::create_dir(path).unwrap();
        allow(path, mode);
    }
    for (output, state) in [(locked.join("out"), open.join("s.db")), (open.join("out"), locked.join("s.db"))] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
        command
            .args(["crawl", &server.origin(), "--allow-private", "--output"])
            .arg(&output)
            .arg("--state")
            .arg(&state);
        command.env_remove("AUSLESE_LOG").stdout(Stdio::null()).stderr(Stdio::piped()).current_dir("/");
        as_nobody(&mut command);
        let Ok(child) = command.spawn() else {
            eprintln!("skipped: the binary lies where no other user may start it");
            return;
        };
        let (code, words) = finish(child, LONG);
        assert_eq!(code, Some(1), "{words}");
        assert!(words.contains(&locked.display().to_string()) && words.contains("may be written"), "{words}");
    }
    assert!(server.log().is_empty(), "nothing was asked in vain");
}
