//! What whoever runs crawls for years relies on: configuration with its origins, metrics, completions, man pages, units.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use auslese::demo::{Server, Site};

use crate::support::tools;

fn auslese() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    command.stdin(Stdio::null()).env_remove("AUSLESE_CONFIG");
    command
}

fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// The value of a metric in text format.
fn value(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('{')?.rsplit_once(' ')?.1.parse().ok())
}

#[test]
fn check_says_where_each_value_is_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ours.toml");
    std::fs::write(&file, "[crawl]\nconcurrency = 4\n\n[pace]\ndelay = \"3s\"\n").unwrap();
    let (code, out, words) =
        run(auslese().args(["check", "kommune21.de"]).env("AUSLESE_CONFIG", &file).env("AUSLESE_PACE_DELAY", "7s"));
    assert_eq!(code, 0, "{words}");
    let line = |option: &str| out.lines().find(|line| line.trim_start().starts_with(option)).unwrap().to_owned();
    assert!(line("crawl.concurrency").contains(&format!("4          {}:2", file.display())), "{out}");
    assert!(line("pace.delay").contains("\"7s\"") && line("pace.delay").ends_with("AUSLESE_PACE_DELAY"), "{out}");
    assert!(line("crawl.max_attempts").ends_with("default"), "{out}");

    let (code, _, words) = run(auslese().args(["check"]).env("AUSLESE_CRAWL_SPEED", "9"));
    assert_eq!(code, 2);
    assert!(words.contains("AUSLESE_CRAWL_SPEED: no option has this name"), "{words}");
}

#[test]
fn a_run_leaves_its_counters_for_the_textfile_collector() {
    let server = Server::start(Site::embedded("amtsblick.test").unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let metrics = folder.path().join("auslese.prom");
    let (code, _, words) = run(auslese()
        .args(["crawl", &server.origin(), "--allow-private", "--delay", "0s", "--limit", "5", "--output"])
        .arg(folder.path().join("out"))
        .arg("--metrics-file")
        .arg(&metrics));
    assert_eq!(code, 0, "{words}");
    let text = std::fs::read_to_string(&metrics).unwrap();
    assert_eq!(value(&text, "auslese_requests_total"), Some(5.0), "{text}");
    assert_eq!(value(&text, "auslese_run_success"), Some(1.0), "{text}");
    assert!(text.contains(&format!("crawl=\"{}\"", server.origin())), "{text}");
    let names: Vec<PathBuf> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!names.iter().any(|name| name.extension().is_some_and(|end| end == "tmp")), "{names:?}");

    let (code, _, words) = run(auslese()
        .args(["crawl", &server.origin(), "--allow-private", "--limit", "1", "--output"])
        .arg(folder.path().join("out"))
        .arg("--metrics-file")
        .arg(folder.path().join("nosuch/auslese.prom")));
    assert_eq!(code, 1);
    assert!(words.contains("cannot write the metrics to") && words.contains("nosuch/auslese.prom"), "{words}");
}

#[test]
fn a_run_under_way_shows_its_counters() {
    let server = Server::start(Site::embedded("amtsblick.test").unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut crawl = auslese()
        .args(["crawl", &server.origin(), "--allow-private", "--metrics", "127.0.0.1:0", "--output"])
        .arg(folder.path().join("out"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut words = BufReader::new(crawl.stderr.take().unwrap()).lines();
    let told = words.find_map(|line| line.unwrap().split_once("metrics at http://").map(|(_, rest)| rest.to_owned()));
    let told = told.expect("the address of the metrics is said");
    let address: SocketAddr = told.trim().strip_suffix("/metrics").unwrap().parse().unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    crawl.kill().unwrap();
    crawl.wait().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("text/plain; version=0.0.4"), "{answer}");
    assert!(value(&answer, "auslese_run_start_timestamp_seconds").unwrap() > 1.7e9, "{answer}");
    assert_eq!(value(&answer, "auslese_run_end_timestamp_seconds"), None, "{answer}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let (code, _, words) = run(auslese()
        .args(["crawl", "http://127.0.0.1:9/", "--allow-private", "--metrics", &address, "--output"])
        .arg(folder.path()));
    assert_eq!(code, 2);
    assert!(words.contains(&format!("cannot serve metrics on {address}")), "{words}");
}

#[test]
fn completions_are_taken_by_the_shell() {
    let (code, script, _) = run(auslese().args(["completions", "bash"]));
    assert_eq!(code, 0);
    let asked =
        "COMP_WORDS=(auslese crawl --allow); COMP_CWORD=2; _auslese auslese --allow crawl; echo \"${COMPREPLY[@]}\"";
    let Some(bash) = tools::program("bash") else { return };
    let (code, out, words) = run(Command::new(bash).args(["-c", &format!("{script}\n{asked}")]));
    assert_eq!((code, out.trim()), (0, "--allow-private"), "{words}");
}

#[test]
fn every_command_has_a_man_page() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, words) = run(auslese().args(["man", "--output"]).arg(folder.path()));
    assert_eq!(code, 0, "{words}");
    let page = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(page("auslese.1").contains("auslese\\-crawl(1)"), "{}", page("auslese.1"));
    assert!(page("auslese-crawl.1").contains(".TH auslese-crawl 1"), "{}", page("auslese-crawl.1"));
    let (code, printed, _) = run(auslese().arg("man"));
    assert_eq!((code, printed), (0, page("auslese.1")));
}

#[test]
fn the_units_are_right_and_tight() {
    let Some(analyze) = tools::program("systemd-analyze") else { return };
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/systemd");
    let folder = tempfile::tempdir().unwrap();
    // As an instance of its own, with the program where it is now.
    let text = std::fs::read_to_string(units.join("auslese@.service")).unwrap();
    assert!(text.contains("/usr/local/bin/auslese crawl %i "));
    let service = folder.path().join("auslese@kommune21.de.service");
    std::fs::write(&service, text.replace("/usr/local/bin/auslese", env!("CARGO_BIN_EXE_auslese"))).unwrap();
    let timer = folder.path().join("auslese@kommune21.de.timer");
    std::fs::copy(units.join("auslese@.timer"), &timer).unwrap();
    let (code, out, words) = run(Command::new(&analyze).args(["verify", "--man=no"]).args([&service, &timer]));
    assert!(code == 0 && words.is_empty(), "{out}{words}");
    let (code, out, words) =
        run(Command::new(&analyze).args(["security", "--offline=true", "--threshold=30", "--no-pager"]).arg(&service));
    assert_eq!(code, 0, "{out}{words}");
}

/// What the units and the line for cron hand to the program must be what it takes.
#[test]
fn the_command_lines_of_contrib_are_understood() {
    let contrib = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib");
    for file in ["systemd/auslese@.service", "cron/auslese"] {
        let text = std::fs::read_to_string(contrib.join(file)).unwrap();
        let line = text.lines().find(|line| !line.starts_with('#') && line.contains("bin/auslese crawl")).unwrap();
        let arguments: Vec<&str> =
            line.split_once("bin/auslese ").unwrap().1.split(" 2>").next().unwrap().split(' ').collect();
        let (code, out, words) = run(auslese().args(&arguments).arg("--help"));
        assert_eq!(code, 0, "{file}: {words}");
        assert!(out.contains("Usage: auslese crawl"), "{file}");
    }
}
