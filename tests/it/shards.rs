//! Batches: the inputs divided into shares, each with outputs of its own that appear whole, under xargs, GNU parallel and the
//! script for Slurm. Real processes are killed with SIGKILL and started again by the same command; what comes out is what
//! undisturbed runs give, byte for byte.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use auslese::demo::Generated;

use crate::support::tools;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const SHARDS: usize = 4;

/// Folders of pages, a manifest and archives.
fn inputs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let site = Generated { articles: 140, page_bytes: 6_000, seed: 5 };
    for year in ["2023", "2024"] {
        std::fs::create_dir(path(year)).unwrap();
    }
    let mut rows = String::new();
    for number in 0..site.articles {
        let page = site.article(number);
        match number {
            0..60 => std::fs::write(path("2023").join(format!("{number:03}.html")), page).unwrap(),
            60..120 => std::fs::write(path("2024").join(format!("{number:03}.html")), page).unwrap(),
            _ => {
                std::fs::write(path(&format!("{number}.page")), page).unwrap();
                rows.push_str(&format!("{{\"path\":\"{number}.page\",\"url\":\"https://a.test/{number}\"}}\n"));
            }
        }
    }
    for archive in 0..5 {
        let pages =
            (0..6).map(|page| record(&format!("https://w.test/{archive}/{page}"), &site.article(archive * 6 + page)));
        std::fs::write(path(&format!("w{archive}.warc")), pages.collect::<Vec<_>>().concat()).unwrap();
    }
    rows.push_str("{\"path\":\"w4.warc\"}\n");
    std::fs::write(path("rows.jsonl"), rows).unwrap();
    std::fs::write(path("list"), "2023\n2024\nw0.warc\nw1.warc\nw2.warc\nw3.warc\n").unwrap();
    folder
}

/// A record of an archive (WARC 1.1).
fn record(url: &str, page: &str) -> Vec<u8> {
    let http = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n{page}",
        page.len()
    );
    let head = format!(
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000000>\r\n\
         WARC-Date: 2024-05-06T07:08:09Z\r\nWARC-Target-URI: {url}\r\nContent-Type: application/http;msgtype=response\r\n\
         Content-Length: {}\r\n\r\n",
        http.len()
    );
    format!("{head}{http}\r\n\r\n").into_bytes()
}

/// The command of a share; the same each time.
fn share(folder: &Path, number: usize, output: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    command.args(["extract", "2023", "2024", "w0.warc", "w1.warc", "w2.warc", "w3.warc", "--manifest", "rows.jsonl"]);
    command.args(["--shard", &format!("{number}/{SHARDS}"), "--threads", "1", "-v", "--output", output]);
    command.current_dir(folder).env_remove("AUSLESE_LOG").stdin(Stdio::null());
    command
}

fn undisturbed(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    for number in 1..=SHARDS {
        let done = share(folder, number, "undisturbed/").output().unwrap();
        assert!(done.status.success(), "{}", words(&done));
    }
    files(&folder.join("undisturbed"))
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every file of a folder, hidden ones included.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

fn lines(files: &BTreeMap<String, Vec<u8>>) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = files.values().flat_map(|bytes| bytes.split(|byte| *byte == b'\n')).collect();
    lines.retain(|line| !line.is_empty());
    lines.sort_unstable();
    lines
}

/// The path with the binary in front, for commands as they are documented.
fn path() -> std::ffi::OsString {
    let binary = Path::new(env!("CARGO_BIN_EXE_auslese")).parent().unwrap().to_owned();
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(binary).chain(std::env::split_paths(&rest))).unwrap()
}

fn shell(folder: &Path, command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder).env("PATH", path()).env_remove("AUSLESE_LOG").stdin(Stdio::null());
    shell
}

#[test]
fn shares_are_the_whole() {
    let folder = inputs();
    let apart = undisturbed(folder.path());
    // Folders and the manifest by their share, archives as they are.
    assert_eq!(apart.len(), 3 * SHARDS + 4, "{:?}", apart.keys());
    assert!(apart.contains_key("2023.1-of-4.jsonl") && apart.contains_key("w0.warc.jsonl"), "{:?}", apart.keys());
    let whole =
        shell(folder.path(), "auslese extract 2023 2024 w?.warc --manifest rows.jsonl --output - | sort -u").output();
    let whole = BTreeMap::from([("whole".to_owned(), whole.unwrap().stdout)]);
    assert_eq!(lines(&apart).len(), 140 + 5 * 6);
    assert_eq!(lines(&apart), lines(&whole));
}

#[test]
fn a_killed_share_goes_on_by_the_same_command() {
    let folder = inputs();
    let expected = undisturbed(folder.path());
    let disturbed = folder.path().join("disturbed");
    let mut kills = 0;
    for number in 1..=SHARDS {
        // Killed whenever it has finished something, until there is nothing left to finish.
        while let Some(finished) = killed(share(folder.path(), number, "disturbed/")) {
            assert!(finished > 0);
            kills += 1;
            for (name, bytes) in files(&disturbed).iter().filter(|(name, _)| !name.starts_with('.')) {
                assert_eq!(expected.get(name), Some(bytes), "{name} is not whole");
            }
        }
        let again = share(folder.path(), number, "disturbed/").output().unwrap();
        assert!(again.status.success(), "{}", words(&again));
        assert!(words(&again).contains("done before"), "{}", words(&again));
    }
    assert!(kills > 0);
    assert!(files(&disturbed) == expected, "{:?}", files(&disturbed).keys());
}

/// Runs a command, kills it once it has finished an output, and says how many it had; none where it got through.
fn killed(mut command: Command) -> Option<usize> {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut finished = 0;
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        assert!(!line.contains("panicked"), "{line}");
        if line.contains(": done (") {
            finished += 1;
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    // It may have come to its end just before it was killed.
    assert!(status.success() || status.code().is_none(), "{status}");
    (!status.success()).then_some(finished)
}

#[test]
fn what_a_killed_run_left_half_written_is_done_again() {
    let folder = inputs();
    let expected = undisturbed(folder.path());
    let out = folder.path().join("left");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join(".w1.warc.jsonl.part"), "{\"half\": \"a li").unwrap();
    for number in 1..=SHARDS {
        assert!(share(folder.path(), number, "left/").status().unwrap().success());
    }
    assert!(files(&out) == expected);
}

#[test]
fn an_input_that_cannot_be_read_is_tried_again() {
    let folder = inputs();
    let run = || shell(folder.path(), "auslese extract w0.warc later.warc --output tried/").output().unwrap();
    let first = run();
    assert_eq!(first.status.code(), Some(4), "{}", words(&first));
    assert_eq!(files(&folder.path().join("tried")).len(), 1);
    std::fs::copy(folder.path().join("w1.warc"), folder.path().join("later.warc")).unwrap();
    let second = run();
    assert_eq!(second.status.code(), Some(0), "{}", words(&second));
    assert!(
        words(&second).contains("6 records") && words(&second).contains("1 input done before"),
        "{}",
        words(&second)
    );
    assert_eq!(files(&folder.path().join("tried")).len(), 2);
}

#[test]
fn xargs_gives_each_input_to_a_process() {
    let folder = inputs();
    if tools::program("xargs").is_none() {
        return;
    }
    let command = "xargs -a list -P 2 -n 1 auslese extract -q --output lines/";
    for _ in 0..2 {
        let done = shell(folder.path(), command).output().unwrap();
        assert!(done.status.success(), "{}", words(&done));
    }
    let made = files(&folder.path().join("lines"));
    assert_eq!(made.len(), 6, "{:?}", made.keys());
    assert_eq!(lines(&made).len(), 120 + 4 * 6);
}

/// GNU parallel starts a job again that ended badly; here one is killed as soon as any has finished an output.
#[test]
fn parallel_starts_a_killed_share_again() {
    if tools::program("parallel").is_none() {
        return;
    }
    let folder = inputs();
    let expected = undisturbed(folder.path());
    let command = "parallel --will-cite -j 2 --retries 3 --line-buffer auslese extract -v --threads 1 2023 2024 w0.warc w1.warc w2.warc \
                   w3.warc --manifest rows.jsonl --shard {}/4 --output lines/ ::: 1 2 3 4";
    let mut parallel = shell(folder.path(), command).stderr(Stdio::piped()).spawn().unwrap();
    let (mut killed, mut said) = (false, String::new());
    for line in BufReader::new(parallel.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        if line.contains(": done (") && !killed {
            killed = kill_one(&parallel);
        }
        said.push_str(&line);
        said.push('\n');
    }
    assert!(parallel.wait().unwrap().success(), "{said}");
    assert!(killed, "nothing was left to kill: {said}");
    assert!(files(&folder.path().join("lines")) == expected, "{said}");
}

/// Kills a process of ours below this one; false where there is none any more.
fn kill_one(parent: &Child) -> bool {
    let mut pids = vec![parent.id().to_string()];
    while let Some(pid) = pids.pop() {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        if name.trim_end() == "auslese" {
            return Command::new("kill").args(["-KILL", &pid]).status().unwrap().success();
        }
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        pids.extend(children.split_whitespace().map(str::to_owned));
    }
    false
}

/// What Slurm sets is set by hand: there is no cluster here.
#[test]
fn the_script_for_slurm_does_its_share_and_starts_again() {
    let folder = inputs();
    let script: PathBuf = Path::new(ROOT).join("contrib/slurm/auslese.sbatch");
    assert!(Command::new("bash").arg("-n").arg(&script).status().unwrap().success());
    let task = |number: usize| {
        let mut task = Command::new("bash");
        task.arg(&script).args(["lines/", "2023", "2024", "w0.warc", "w1.warc", "w2.warc", "w3.warc"]);
        task.args(["--manifest", "rows.jsonl", "-v"])
            .current_dir(folder.path())
            .env("PATH", path())
            .stdin(Stdio::null());
        task.env_remove("AUSLESE_LOG").env_remove("SHARDS").env("SLURM_CPUS_PER_TASK", "1");
        task.env("SLURM_ARRAY_TASK_ID", number.to_string()).env("SLURM_ARRAY_TASK_COUNT", SHARDS.to_string());
        task.env("SLURM_ARRAY_TASK_MIN", "1").env("SLURM_ARRAY_TASK_MAX", SHARDS.to_string());
        task
    };
    let expected = undisturbed(folder.path());
    let mut killed = 0;
    for number in 1..=SHARDS {
        let mut running = task(number).stderr(Stdio::piped()).spawn().unwrap();
        let (mut once, mut said) = (false, String::new());
        for line in BufReader::new(running.stderr.take().unwrap()).lines() {
            let line = line.unwrap();
            if line.contains(": done (") && !once {
                once = kill_one(&running);
            }
            said.push_str(&line);
        }
        assert!(running.wait().unwrap().success(), "{said}");
        killed += usize::from(said.contains("was killed; again"));
    }
    assert!(killed > 0);
    assert!(files(&folder.path().join("lines")) == expected);

    // One task alone would be another division.
    let alone = task(2).env("SLURM_ARRAY_TASK_COUNT", "1").env("SLURM_ARRAY_TASK_MIN", "2").output().unwrap();
    assert_eq!(alone.status.code(), Some(2), "{}", words(&alone));
    assert!(words(&alone).contains("SHARDS="), "{}", words(&alone));
    let told = task(2)
        .env("SLURM_ARRAY_TASK_COUNT", "1")
        .env("SLURM_ARRAY_TASK_MIN", "2")
        .env("SHARDS", "4")
        .output()
        .unwrap();
    assert_eq!(told.status.code(), Some(0), "{}", words(&told));
}
