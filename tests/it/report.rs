//! `auslese report`, on records of two decades, in a real browser.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::browser::show;

fn auslese(arguments: &[&str]) -> (i32, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_auslese")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

/// A record of our own extraction, again and again with other dates.
fn records(folder: &Path) -> std::path::PathBuf {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sites/amtsblick.test/pages/2012/meldung_203.html");
    let (code, line, words) = auslese(&["extract", page.to_str().unwrap()]);
    assert_eq!(code, 0, "{words}");
    let mut lines = String::new();
    for number in 0..400_u32 {
        let mut record: Value = serde_json::from_str(&line).unwrap();
        let (year, month) = (2001 + number / 12 % 22, 1 + number % 12);
        record["id"] = json!(format!("{number:032x}"));
        // The whole of 2010 is missing.
        record["date_published"] = if year == 2010 { Value::Null } else { json!(format!("{year}-{month:02}-14")) };
        record["template"] = json!(if year < 2012 { "tables" } else { "classic" });
        record["confidence"] = json!(f64::from(number % 100) / 100.0);
        record["section"] = json!(["Hafen", "Rat", "Schule <b>"][number as usize % 3]);
        lines.push_str(&format!("{record}\n"));
    }
    let file = folder.join("articles.jsonl");
    std::fs::write(&file, lines).unwrap();
    file
}

#[test]
fn a_report_shows_months_gaps_and_doubts() {
    let sandbox = tempfile::tempdir().unwrap();
    let file = records(sandbox.path());
    let page = sandbox.path().join("report.html");
    let (code, _, words) = auslese(&["report", file.to_str().unwrap(), "--output", page.to_str().unwrap()]);
    assert_eq!(code, 0, "{words}");
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.contains("2010-01, 2010-02") && html.contains("Schule &lt;b&gt;"));
    assert!(!html.contains("src=") && !html.contains("@import") && !html.contains("style=\""));

    let (code, figures, words) = auslese(&["report", file.to_str().unwrap(), "--json", "--output", "-"]);
    assert_eq!(code, 0, "{words}");
    let figures: Value = serde_json::from_str(&figures).unwrap();
    assert_eq!(figures["figures"]["record_types"]["article"], 400);
    assert_eq!(figures["figures"]["lowest"].as_array().unwrap().len(), 25);
    assert_eq!(figures["history"], Value::Null);

    let Some(light) = show(&page, false) else { return };
    assert_eq!(light.console, Vec::<String>::new());
    assert_eq!(light.dom.matches("<svg ").count(), 4);
    // The script ran: heads of tables are buttons.
    assert!(light.dom.contains("<button type=\"button\">Articles</button>"));
    assert!(light.corner.iter().all(|&c| c > 200), "{:?}", light.corner);
    let dark = show(&page, true).unwrap();
    assert!(dark.corner.iter().all(|&c| c < 60), "{:?}", dark.corner);
}

#[test]
fn tables_sort_by_a_press() {
    const DRIVER: &str = r#"<script>
      const table = [...document.querySelectorAll("table")].find((table) => table.caption.textContent === "Least sure");
      const confidence = () => [...table.tBodies[0].rows].map((row) => Number(row.cells[2].dataset.value));
      const sorted = (list, sign) => list.every((value, at) => at === 0 || sign * (value - list[at - 1]) >= 0);
      const seen = { first: sorted(confidence(), 1) };
      table.tHead.rows[0].cells[2].querySelector("button").click();
      seen.falling = sorted(confidence(), -1) && table.tHead.rows[0].cells[2].getAttribute("aria-sort") === "descending";
      table.tHead.rows[0].cells[2].querySelector("button").click();
      seen.rising = sorted(confidence(), 1);
      document.title = JSON.stringify(seen);
    </script>"#;
    let sandbox = tempfile::tempdir().unwrap();
    let file = records(sandbox.path());
    let page = sandbox.path().join("report.html");
    assert_eq!(auslese(&["report", file.to_str().unwrap(), "--output", page.to_str().unwrap()]).0, 0);
    // The policy would not let a driver run.
    let html = std::fs::read_to_string(&page).unwrap();
    let policy = html.find("<meta http-equiv").unwrap()..html.find("<meta name=\"referrer\"").unwrap();
    let driven = html.replace(&html[policy], "").replace("</body>", &format!("{DRIVER}</body>"));
    std::fs::write(&page, driven).unwrap();
    let Some(shown) = show(&page, false) else { return };
    assert!(
        shown.dom.contains(r#"<title>{"first":true,"falling":true,"rising":true}</title>"#),
        "{}",
        &shown.dom[..600]
    );
}

#[test]
fn the_state_adds_runs_and_failures() {
    let sandbox = tempfile::tempdir().unwrap();
    let server = auslese::demo::Server::start(auslese::demo::Site::embedded("amtsblick.test").unwrap()).unwrap();
    let output = sandbox.path().join("out");
    let output = output.to_str().unwrap();
    let crawl = ["crawl", &server.origin(), "--allow-private", "--delay", "0s", "--limit", "25", "--output", output];
    assert_eq!(auslese(&crawl).0, 0);
    let (code, figures, words) = auslese(&["report", output, "--json", "--output", "-"]);
    assert_eq!(code, 0, "{words}");
    let figures: Value = serde_json::from_str(&figures).unwrap();
    assert_eq!(figures["history"]["runs"][0]["requests"], 25, "{figures}");
    assert_eq!(figures["history"]["runs"][0]["records"], figures["figures"]["record_types"]["article"]);
    let (code, page, _) = auslese(&["report", output, "--output", "-"]);
    assert!(code == 0 && page.contains("Requests a minute") && page.contains("limit"));
}
