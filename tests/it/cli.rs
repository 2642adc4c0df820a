//! The binary's contract: help, exit codes, data on stdout, words on stderr.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const PAGE: &str = "<!DOCTYPE html><html lang=de><head><title>Archiv geöffnet</title></head><body><h1>Archiv geöffnet</h1>\
    <p>Die Stadt Seefurt hat ihr Archiv für alle geöffnet. Wer die alten Pläne sehen will, meldet sich im Rathaus und \
    bekommt einen Platz am Lesetisch.</p><p>Das Angebot gilt vorerst bis zum Ende des Jahres, sagte die Leiterin des Hauses. \
    Danach soll der Rat neu darüber beraten, ob es dabei bleibt und wer die Kosten trägt.</p></body></html>";

fn auslese() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    command.env_remove("AUSLESE_LOG").env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    auslese().args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The commands that `--help` lists, with what it says of each.
fn commands() -> Vec<(String, String)> {
    let help = out(&run(&["--help"]));
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in list.lines() {
        match line.strip_prefix("  ") {
            Some(entry) if !entry.starts_with(' ') => {
                let (name, about) = entry.split_once(' ').unwrap();
                commands.push((name.to_owned(), about.trim().to_owned()));
            }
            // A long description goes on in the next line.
            _ => {
                let about = &mut commands.last_mut().unwrap().1;
                about.push(' ');
                about.push_str(line.trim());
            }
        }
    }
    commands
}

#[test]
fn every_command_explains_itself() {
    let commands = commands();
    assert!(commands.len() >= 10, "{commands:?}");
    for (name, about) in commands {
        assert!(about.ends_with(|c: char| c.is_alphanumeric()) && about.len() > 10, "{name}: {about}");
        let help = run(&[&name, "--help"]);
        assert_eq!(help.status.code(), Some(0), "{name}");
        let text = out(&help);
        assert!(text.contains("Usage:") && text.contains(&format!("Example: auslese {name}")), "{name}: {text}");
        assert!(help.stderr.is_empty(), "{name}");
    }
}

#[test]
fn the_readme_lists_the_commands_as_help_does() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let listed: Vec<(String, String)> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `auslese "))
        .map(|row| {
            let (name, about) = row.split_once('|').unwrap();
            let about = about.trim().trim_end_matches('|').trim();
            (name.trim().trim_end_matches('`').to_owned(), about.to_owned())
        })
        .collect();
    assert_eq!(listed, commands());
}

#[test]
fn the_readme_has_the_exit_codes_of_help() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let help = out(&run(&["--help"]));
    let codes: Vec<&str> = help.split("Exit codes:\n").nth(1).unwrap().lines().collect();
    assert_eq!(codes.len(), 6);
    for line in codes {
        let (code, meaning) = line.trim().split_once("  ").unwrap();
        assert!(readme.contains(&format!("| {code} | {meaning} |")), "the README lacks `| {code} | {meaning} |`");
    }
}

#[test]
fn wrong_usage_is_2_and_says_so_on_stderr() {
    for arguments in
        [&["nosuch"][..], &["extract"], &["extract", "--no-such"], &["extract", "--site", "nosuch", "-"], &[]]
    {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", err(&output));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
    assert_eq!(run(&["--version"]).status.code(), Some(0));
}

#[test]
fn data_go_to_stdout_and_words_to_stderr() {
    let sandbox = tempfile::tempdir().unwrap();
    std::fs::write(sandbox.path().join("a.html"), PAGE).unwrap();
    let page = sandbox.path().join("a.html");
    let output = run(&["extract", page.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let record: Value = serde_json::from_str(out(&output).trim()).unwrap();
    assert_eq!(record["headline"], "Archiv geöffnet");
    assert!(record["text"].as_str().unwrap().starts_with("Die Stadt Seefurt"));
    assert!(err(&output).starts_with("1 record, "), "{}", err(&output));
    assert!(run(&["--quiet", "extract", page.to_str().unwrap()]).stderr.is_empty());
    assert!(!run(&["extract", "-vv", page.to_str().unwrap()]).stdout.is_empty());
}

#[test]
fn a_bad_input_is_named_and_the_rest_goes_on() {
    let sandbox = tempfile::tempdir().unwrap();
    let path = |name: &str| sandbox.path().join(name);
    std::fs::write(path("b.html"), PAGE).unwrap();
    std::fs::write(path("a.html"), [0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, 0, 1, 2, 3]).unwrap();
    std::fs::write(path("c.html"), "").unwrap();
    std::fs::write(path("photo.jpg"), [0xff, 0xd8]).unwrap();
    std::fs::create_dir(path("sub")).unwrap();
    std::fs::write(path("sub/d.html.gz"), gzip(PAGE.as_bytes())).unwrap();
    let output = run(&["extract", sandbox.path().to_str().unwrap(), path("nosuch.html").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4));
    let paths: Vec<String> = out(&output)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["source"]["path"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(paths, [path("b.html"), path("sub/d.html.gz")].map(|path| path.to_str().unwrap().to_owned()));
    for name in ["a.html", "c.html", "nosuch.html"] {
        let named = err(&output).lines().any(|line| line.starts_with("warning: ") && line.contains(name));
        assert!(named, "{name} is not named: {}", err(&output));
    }
    assert!(!err(&output).contains("photo.jpg"), "{}", err(&output));
}

#[test]
fn a_manifest_gives_addresses_and_order() {
    let sandbox = tempfile::tempdir().unwrap();
    std::fs::write(sandbox.path().join("z.html"), PAGE).unwrap();
    std::fs::write(sandbox.path().join("a.html"), PAGE.replace("lang=de>", "lang=de><!-- second -->")).unwrap();
    let rows = "{\"path\": \"z.html\", \"url\": \"https://www.seefurt.example/1\"}\n\nnonsense\n\
        {\"path\": \"a.html\", \"url\": \"https://www.seefurt.example/2\", \"note\": 1}\n";
    let manifest = sandbox.path().join("rows.jsonl");
    std::fs::write(&manifest, rows).unwrap();
    let result = sandbox.path().join("out.jsonl");
    let output = run(&["extract", "--manifest", manifest.to_str().unwrap(), "--output", result.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4));
    assert!(err(&output).contains("rows.jsonl, line 3: not a row"), "{}", err(&output));
    let lines = std::fs::read_to_string(&result).unwrap();
    let records: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let brief: Vec<(&str, &str)> = records
        .iter()
        .map(|record| (record["source"]["path"].as_str().unwrap(), record["url"].as_str().unwrap()))
        .collect();
    assert_eq!(brief, [("z.html", "https://www.seefurt.example/1"), ("a.html", "https://www.seefurt.example/2")]);
    assert_ne!(records[0]["id"], records[1]["id"]);
    assert_eq!(records[0]["source_domain"], "seefurt.example");
    // Nothing is left beside the result.
    assert_eq!(std::fs::read_dir(sandbox.path()).unwrap().count(), 4);
}

#[test]
fn stdin_is_an_input() {
    let mut child = auslese()
        .args(["extract", "-", "--url", "https://seefurt.example/archiv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&gzip(PAGE.as_bytes())).unwrap();
    let output = child.wait_with_output().unwrap();
    let record: Value = serde_json::from_str(out(&output).trim()).unwrap();
    assert_eq!((&record["url"], &record["source"]["path"]), (&"https://seefurt.example/archiv".into(), &"-".into()));
}

#[test]
fn what_is_written_is_valid_and_what_is_not_is_named() {
    let sandbox = tempfile::tempdir().unwrap();
    let (page, lines) = (sandbox.path().join("a.html"), sandbox.path().join("a.jsonl"));
    std::fs::write(&page, PAGE).unwrap();
    assert!(run(&["extract", page.to_str().unwrap(), "-o", lines.to_str().unwrap()]).status.success());
    let good = run(&["validate", lines.to_str().unwrap()]);
    assert_eq!((good.status.code(), out(&good).as_str()), (Some(0), ""), "{}", err(&good));
    let line = std::fs::read_to_string(&lines).unwrap();
    let mut record: Value = serde_json::from_str(&line).unwrap();
    record["word_count"] = "many".into();
    record["images"] = serde_json::json!([{"url": null, "caption": null}]);
    std::fs::write(&lines, gzip(format!("{line}{record}\n{{\"torn\": ").as_bytes())).unwrap();
    let bad = run(&["validate", lines.to_str().unwrap()]);
    assert_eq!(bad.status.code(), Some(4));
    let faults: Vec<String> =
        out(&bad).lines().map(|line| line.rsplit("a.jsonl:").next().unwrap().to_owned()).collect();
    assert!(faults.iter().any(|fault| fault.starts_with("2: word_count: ")), "{faults:?}");
    assert!(faults.contains(&"2: images.0.credit: missing".to_owned()), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.starts_with("3: ") && fault.contains("not JSON")), "{faults:?}");
    assert_eq!(run(&["validate", "/nosuch.jsonl"]).status.code(), Some(2));
}

#[test]
fn the_schema_is_a_schema_that_asks_for_every_field() {
    let schema: Value = serde_json::from_str(&out(&run(&["schema"]))).unwrap();
    let required = schema["required"].as_array().unwrap();
    assert_eq!(required.len(), schema["properties"].as_object().unwrap().len());
    for name in ["id", "url", "text", "duplicate_of"] {
        assert!(required.contains(&name.into()), "{name}");
    }
}

#[test]
fn an_output_that_cannot_be_written_is_a_fault_of_the_machine() {
    let sandbox = tempfile::tempdir().unwrap();
    let page = sandbox.path().join("a.html");
    std::fs::write(&page, PAGE).unwrap();
    let nowhere = sandbox.path().join("no/such/out.jsonl");
    let output = run(&["extract", page.to_str().unwrap(), "-o", nowhere.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).starts_with("error: cannot write ") && err(&output).contains("(make the folder first)"));
    let below = format!("{}/lines/", page.display());
    let folder = run(&["extract", page.to_str().unwrap(), "-o", &below]);
    assert_eq!(folder.status.code(), Some(1));
    assert!(err(&folder).starts_with("error: cannot make the folder "), "{}", err(&folder));
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let sandbox = tempfile::tempdir().unwrap();
    for n in 0..400 {
        std::fs::write(sandbox.path().join(format!("{n:03}.html")), PAGE).unwrap();
    }
    let mut child = auslese()
        .args(["extract", sandbox.path().to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    let mut words = String::new();
    child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{words}");
    assert_eq!(words, "");
    assert!(line.starts_with('{'));
}

#[test]
fn json_words_are_json() {
    let sandbox = tempfile::tempdir().unwrap();
    let page = sandbox.path().join("a.html");
    std::fs::write(&page, PAGE).unwrap();
    let output = run(&["--log-format", "json", "extract", page.to_str().unwrap(), "/nosuch.html"]);
    let words = err(&output);
    let lines: Vec<Value> = words.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{words}");
    assert_eq!(lines[0]["level"], "WARN");
    assert!(lines[0]["message"].as_str().unwrap().starts_with("/nosuch.html: "));
    assert_eq!(lines[1]["target"], "auslese::summary");
    let failed = run(&["--log-format", "json", "validate", "/nosuch.jsonl"]);
    assert_eq!(serde_json::from_str::<Value>(err(&failed).trim()).unwrap()["level"], "ERROR");
}

#[test]
fn requirements_that_are_not_met_are_4() {
    let sandbox = tempfile::tempdir().unwrap();
    std::fs::write(sandbox.path().join("a.html"), PAGE).unwrap();
    let gold = serde_json::json!({
        "id": "a", "page": "a.html", "url": "https://seefurt.example/a", "type": "article", "title": "Archiv: Geöffnet",
        "text": "Die Stadt Seefurt hat ihr Archiv für alle geöffnet.", "with": ["Stadt Seefurt"], "without": ["Impressum"],
    });
    std::fs::write(sandbox.path().join("gold.jsonl"), gold.to_string()).unwrap();
    let folder = sandbox.path().to_str().unwrap();
    let met = run(&["eval", folder, "--require", "segF=0.99", "--require", "title=1", "--json"]);
    assert_eq!(met.status.code(), Some(0), "{}", err(&met));
    let figures: Value = serde_json::from_str(out(&met).trim()).unwrap();
    assert_eq!((&figures["segF"]["value"], &figures["pages"]), (&1.0.into(), &1.into()));
    let short = run(&["eval", folder, "--require", "wordF1=0.9"]);
    assert_eq!(short.status.code(), Some(4));
    assert!(err(&short).contains("wordF1") && err(&short).contains("less than 0.9"), "{}", err(&short));
    assert_eq!(run(&["eval", "/nosuch"]).status.code(), Some(2));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn addresses_are_fetched_politely() {
    use auslese::demo::{Route, Server, Site};
    let site = Site::new("http://127.0.0.1:1")
        .route("/robots.txt", Route::ok("text/plain", "User-agent: *\nDisallow: /private/\n"))
        .route("/archiv", Route::ok("text/html; charset=utf-8", PAGE))
        .route("/alt", Route::status(301).header("location", "/archiv"))
        .route("/tor", Route::status(302).header("location", "/private/a"))
        .route("/private/a", Route::ok("text/html; charset=utf-8", PAGE));
    let server = Server::start(site).unwrap();
    let at = |path: &str| format!("{}{path}", server.origin());
    let (old, gate, gone) = (at("/alt"), at("/tor"), at("/nosuch"));
    let output = run(&["extract", "--allow-private", "--delay", "0s", &old, &gate, &gone]);
    assert_eq!(output.status.code(), Some(4));
    let records: Vec<Value> = out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 1, "{}", err(&output));
    assert_eq!(records[0]["url"].as_str().unwrap(), at("/archiv"));
    assert_eq!(records[0]["requested_url"].as_str().unwrap(), at("/alt"));
    assert_eq!(records[0]["aliases"], serde_json::json!([at("/alt")]));
    assert!(err(&output).contains("/tor: robots.txt forbids it, line 2"), "{}", err(&output));
    assert!(server.log().iter().all(|request| request.path != "/private/a"));
    let refused = run(&["extract", &at("/archiv")]);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(4), 0), "loopback is refused by default");
}
