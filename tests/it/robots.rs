//! `auslese robots`.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::server::{Server, response};

const FILE: &str = "# Regeln\nUser-agent: *\nCrawl-delay: 1.5\nDisallow: /intern\nAllow: /intern/presse$\n\n\
    User-agent: Amsel\nDisallow:\nSitemap: https://example.org/sitemap.xml\n";

fn auslese(args: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_auslese"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that ends on its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

fn json_lines(output: &Output) -> Vec<Value> {
    let text = str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_address_with_its_line_rule_group_and_delay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("robots.txt");
    std::fs::write(&path, FILE).unwrap();
    let path = path.to_str().unwrap();
    let urls = ["https://example.org/intern/a", "/intern/presse", "/offen?x=1", "/robots.txt"];
    let output = auslese(&[&["robots", path, "--agent", "Drossel/1.0", "--json"], &urls[..]].concat(), "");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines = json_lines(&output);
    let line = |n: usize, keys: [&str; 5]| keys.map(|key| lines[n].get(key).cloned().unwrap());
    let keys = ["url", "allowed", "line", "rule", "agent_group"];
    let expect =
        |url: &str, allowed: bool, line: Value, rule: Value| [url.into(), allowed.into(), line, rule, "*".into()];
    assert_eq!(line(0, keys), expect(urls[0], false, 4.into(), "Disallow: /intern".into()));
    assert_eq!(line(1, keys), expect(urls[1], true, 5.into(), "Allow: /intern/presse$".into()));
    assert_eq!(line(2, keys), expect(urls[2], true, Value::Null, Value::Null));
    assert_eq!(line(3, keys), expect(urls[3], true, Value::Null, Value::Null));
    assert!(lines.iter().all(|l| l["crawl_delay_s"] == 1.5 && l.as_object().unwrap().len() == 6));

    let own = json_lines(&auslese(&["robots", "-", "--agent", "AMSEL", "--json", "/intern"], FILE));
    assert_eq!((own[0]["allowed"].clone(), own[0]["agent_group"].clone()), (true.into(), "amsel".into()));
    assert_eq!(own[0]["crawl_delay_s"], Value::Null);
}

#[test]
fn text_for_people() {
    let output = auslese(&["robots", "-", "/intern", "/"], FILE);
    assert_eq!(output.status.code(), Some(0));
    let text = str::from_utf8(&output.stdout).unwrap();
    assert_eq!(
        text,
        "disallowed\t/intern\tline 4: Disallow: /intern (for *)\tcrawl-delay 1.5 s\n\
         allowed\t/\tno rule for * matches\tcrawl-delay 1.5 s\n"
    );
}

#[test]
fn usage() {
    for args in [
        &["robots", "kein/robots.txt", "/"][..],
        &["robots", "-"],
        &["robots", "-", "kein Pfad"],
        &["robots", "-", "mailto:a@example.org"],
    ] {
        let output = auslese(args, FILE);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
    let named = auslese(&["robots", "kein/robots.txt", "/"], "");
    assert!(String::from_utf8_lossy(&named.stderr).contains("kein/robots.txt"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_site() {
    let server = Server::start(|_, _| response("200 OK", &[], FILE.as_bytes())).await;
    let site = server.url("/seite/1").to_string();
    let refused = auslese(&["robots", &site, "--json", "/intern"], "");
    assert_eq!((refused.status.code(), json_lines(&refused)[0]["allowed"].clone()), (Some(4), false.into()));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--allow-private"), "{refused:?}");
    let asked = auslese(&["robots", &site, "--allow-private", "--json", "/intern", "/"], "");
    let allowed: Vec<_> = json_lines(&asked).iter().map(|l| l["allowed"].clone()).collect();
    assert_eq!((asked.status.code(), allowed), (Some(0), vec![false.into(), true.into()]));
    assert!(server.requests()[0].starts_with("GET /robots.txt "));

    let down = Server::start(|_, _| response("503 Down", &[], b"")).await;
    let waiting = auslese(&["robots", down.url("/").as_str(), "--allow-private", "--json", "/"], "");
    assert_eq!((waiting.status.code(), json_lines(&waiting)[0]["allowed"].clone()), (Some(4), false.into()));
    let none = Server::start(|_, _| response("404 No", &[], b"")).await;
    let free = auslese(&["robots", none.url("/").as_str(), "--allow-private", "--json", "/"], "");
    assert_eq!((free.status.code(), json_lines(&free)[0]["allowed"].clone()), (Some(0), true.into()));
}
