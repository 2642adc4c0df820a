//! What whoever runs crawls for years relies on: configuration with its origins, metrics, completions, man pages, units.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use auslese::demo::{Route, Server, Site};

use super::crawl::Bench;
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

#[test]
fn a_template_that_has_changed_shows_in_the_confidence() {
    let before = Server::start(super::crawl::small(70).site()).unwrap();
    // After the relaunch the article runs through cells of tables, each with a link in the next.
    let words =
        ["Steg", "Hafen", "Markt", "Turm", "Brunnen", "Rathaus", "Ufer", "Wehr", "Kirche", "Schule", "Bad", "Park"];
    let page = |number: usize| {
        let cell = |(n, word): (usize, &&str)| {
            format!(
                "<table><tr><td>Der {word} Nummer {number} wird im Jahr {} erneuert, und die Kosten tragen Stadt und Land.\
                 </td><td><a href=/bild/{n}>Der {word} im Bild</a></td></tr></table>",
                2000 + number + n
            )
        };
        let body: String = words.iter().enumerate().map(cell).collect();
        format!(
            "<html><head><title>Bericht {number}</title></head><body><h1>Bericht {number} vom Amt</h1>{body}</body></html>"
        )
    };
    let html = "text/html; charset=utf-8";
    let links: String =
        (0..40).map(|n| format!("<p><a href=\"/bericht-{n}.html\">Bericht {n} vom Amt</a></p>")).collect();
    let mut site = Site::new("http://anzeiger.test").route("/", Route::ok(html, links));
    for number in 0..40 {
        site = site.route(&format!("/bericht-{number}.html"), Route::ok(html, page(number)));
    }
    let after = Server::start(site).unwrap();
    let bench = Bench::new();
    let first = bench.crawl(&before);
    assert!(first.counters.hosts_falling == 0 && !first.line().contains("falls"), "{}", first.line());
    let second = bench.crawl(&after);
    let known = second.confidence["127.0.0.1"];
    assert!(second.counters.records >= 20 && known.falls(), "{known:?}: {}", second.line());
    assert_eq!(second.counters.hosts_falling, 1);
    assert!(second.line().contains("confidence at 127.0.0.1 falls from 0."), "{}", second.line());
}

#[test]
fn check_shows_field_by_field_what_a_profile_gets_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("fixtures/seefurt.test/2014");
    std::fs::create_dir_all(&pages).unwrap();
    let profile =
        "home = \"http://seefurt.test/\"\n[[version]]\nname = \"alt\"\n[version.selectors]\nheadline = [\".titel\"]\n";
    std::fs::write(folder.path().join("seefurt.test.toml"), profile).unwrap();
    let page = "<html lang=de><head><title>Seefurt</title></head><body><div class=titel>Neuer Steg am See</div><p>Der Steg am See ist \
        fertig, sagt die Stadt am Montag. Er misst vierzig Meter und trägt auch den Wagen der Feuerwehr.</p></body></html>";
    for (name, headline, language) in [("a", "Neuer Steg am See", "de"), ("b", "Neuer Steg am Fluss", "en")] {
        std::fs::write(pages.join(format!("{name}.html")), page).unwrap();
        let gold = serde_json::json!({"url": "http://seefurt.test/a", "headline": headline, "language": language, "template": "alt"});
        std::fs::write(pages.join(format!("{name}.gold.json")), gold.to_string()).unwrap();
    }
    let check = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
        let output = command.args(["check", "seefurt.test", "--config-dir", ".", "--fixtures", "fixtures"]);
        let output = output.current_dir(folder.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
    };
    let (code, words) = check();
    assert_eq!(code, Some(4), "{words}");
    assert!(words.contains("fixtures       2 pages in fixtures/seefurt.test, 1 right"), "{words}");
    let faults = words.split("1 right\n").nth(1).unwrap();
    let expected = "  fixtures/seefurt.test/2014/b.html\n    headline         wanted \"Neuer Steg am Fluss\"\n                     \
        got    \"Neuer Steg am See\"\n    language         wanted \"en\"\n                     got    \"de\"\n";
    assert!(faults.starts_with(expected), "{faults}");
    std::fs::remove_file(pages.join("b.gold.json")).unwrap();
    assert_eq!(check().0, Some(0));
}
