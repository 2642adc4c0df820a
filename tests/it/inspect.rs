//! The page that `auslese inspect` writes, in a real browser: what it shows, in light and dark, by key, and what it refuses.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::browser::show;

/// A page whose text tries to become markup, a script or a request.
const HOSTILE: &str = "<!doctype html><title>&lt;/title&gt;&lt;script&gt;document.title='owned'&lt;/script&gt;</title>\
    <h1>&lt;img src=x onerror=\"document.title='owned'\"&gt; &lt;/h1&gt; Titel</h1>\
    <p>Der Rat von Ulmau hat am Montag &lt;/p&gt;&lt;/li&gt;&lt;script&gt;document.title=\"owned\"&lt;/script&gt; beschlossen, dass \
    der Markt umzieht. &lt;!-- Die Halle wird saniert, und zwar zwei Jahre lang. ]]&gt; &amp;lt;b&amp;gt;</p>\
    <p>Mehr dazu steht <a href=\"https://a.example/&quot;onmouseover=alert(1)\">hier</a> und <a href=\"javascript:alert(1)\">dort</a>, \
    sagte die Marktmeisterin. &lt;iframe src=//a.example&gt;&lt;link rel=stylesheet href=//a.example&gt; \u{202e}verkehrt</p>\
    <script type=application/ld+json>{\"@type\":\"NewsArticle\",\"author\":\"</scr\\u0069pt><script>document.title='owned'\"}</script>";

fn inspect(input: &Path, output: &Path) {
    let done = Command::new(env!("CARGO_BIN_EXE_auslese"))
        .args(["inspect", input.to_str().unwrap(), "--output", output.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn record(input: &Path) -> Value {
    let done = Command::new(env!("CARGO_BIN_EXE_auslese")).args(["extract", input.to_str().unwrap()]).output().unwrap();
    serde_json::from_slice(&done.stdout).unwrap()
}

fn count(dom: &str, part: &str) -> usize {
    dom.matches(part).count()
}

#[test]
fn a_page_shows_every_block_with_its_role_in_light_and_dark() {
    let sandbox = tempfile::tempdir().unwrap();
    let (input, output) = (fixture("sites/amtsblick.test/pages/2012/meldung_203.html"), sandbox.path().join("a.html"));
    inspect(&input, &output);
    let record = record(&input);
    let blocks = record["blocks"].as_array().unwrap();
    let Some(light) = show(&output, false) else { return };
    assert_eq!(light.console, Vec::<String>::new());
    assert_eq!(count(&light.dom, "<li class=\"block\""), blocks.len());
    for block in blocks {
        let role = block["role"].as_str().unwrap();
        let marked = format!("<span class=\"badge\" data-role=\"{role}\">");
        assert!(light.dom.contains(&marked), "no block is shown as {role}");
    }
    // The script ran: it counts what is shown.
    assert!(light.dom.contains(&format!(">{} blocks</output>", blocks.len())));
    assert!(light.dom.contains("data-scheme=\"light\"") && light.corner.iter().all(|&c| c > 200), "{:?}", light.corner);
    // What decided, what was overruled, what the model saw.
    for part in ["dated lead", "overruled", "first stage", "article text with", "the article begins here", "dataset"] {
        assert!(light.dom.contains(part), "{part}");
    }
    let dark = show(&output, true).unwrap();
    assert!(dark.dom.contains("data-scheme=\"dark\"") && dark.corner.iter().all(|&c| c < 60), "{:?}", dark.corner);
}

#[test]
fn keys_move_filter_and_explain() {
    const DRIVER: &str = r##"<script>
      const press = (key) => (document.activeElement || document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      const shown = () => [...document.querySelectorAll(".block")].filter((block) => !block.hidden);
      const roles = () => new Set(shown().map((block) => block.dataset.role));
      const seen = {};
      const all = shown().length;
      press("j"); press("j"); press("j"); press("k");
      seen.focus = document.activeElement.id;
      press("Enter");
      seen.open = document.querySelector("#b1 .why").open;
      press("a");
      seen.article = shown().every((block) => "article" in block.dataset) && shown().length > 0 && shown().length < all;
      press("a");
      seen.back = shown().length === all;
      const chip = document.querySelector('.chip[data-key="1"]');
      press("1");
      seen.hidden = !roles().has(chip.dataset.toggle) && chip.getAttribute("aria-pressed") === "false";
      press("j");
      seen.skips = document.activeElement.dataset.role !== chip.dataset.toggle;
      press("0");
      document.querySelector("#b8").focus();
      press("s");
      seen.one = [...roles()].join();
      press("0");
      press("/");
      seen.find = document.activeElement.id;
      document.activeElement.value = "AKTENWAGEN";
      document.activeElement.dispatchEvent(new Event("input"));
      seen.found = shown().length > 0 && shown().every((block) => block.textContent.toLowerCase().includes("aktenwagen"));
      press("Escape");
      press("v");
      seen.json = document.getElementById("json").open;
      press("t");
      seen.theme = document.documentElement.dataset.theme;
      press("?");
      seen.help = document.getElementById("help").open;
      document.getElementById("help").close();
      seen.again = shown().length === all;
      document.title = JSON.stringify(seen);
    </script></body>"##;
    let sandbox = tempfile::tempdir().unwrap();
    let (output, driven) = (sandbox.path().join("a.html"), sandbox.path().join("b.html"));
    inspect(&fixture("sites/amtsblick.test/pages/2012/meldung_203.html"), &output);
    // The driver is a script of its own, which the page's policy rightly refuses: so it runs in a copy without one.
    let page = std::fs::read_to_string(&output).unwrap();
    let (before, rest) = page.split_once("<meta http-equiv=\"Content-Security-Policy\"").unwrap();
    let rest = rest.split_once(">\n").unwrap().1.replace("</body>", DRIVER);
    std::fs::write(&driven, format!("{before}{rest}")).unwrap();
    let Some(shown) = show(&driven, false) else { return };
    assert_eq!(shown.console, Vec::<String>::new());
    let title = shown.dom.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0;
    let seen: Value = serde_json::from_str(&title.replace("&quot;", "\"")).unwrap();
    let expected = serde_json::json!({
        "focus": "b1", "open": true, "article": true, "back": true, "hidden": true, "skips": true, "one": "headline",
        "find": "find", "found": true, "json": true, "theme": "dark", "help": true, "again": true
    });
    assert_eq!(seen, expected);
}

#[test]
fn nothing_that_a_page_says_becomes_markup_or_a_request() {
    let sandbox = tempfile::tempdir().unwrap();
    let (input, output) = (sandbox.path().join("a.html"), sandbox.path().join("b.html"));
    std::fs::write(&input, HOSTILE).unwrap();
    inspect(&input, &output);
    let page = std::fs::read_to_string(&output).unwrap();
    for (part, times) in [("<script", 1), ("</script", 1), ("<style", 1), ("</head>", 1), ("<meta http-equiv", 1)] {
        assert_eq!(count(&page, part), times, "{part}");
    }
    for part in ["<img", "<iframe", "<link", "<base", "<form action", "href=\"javascript", "<!--"] {
        assert!(!page.contains(part), "{part}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("&lt;script&gt;"));
    let Some(shown) = show(&output, false) else { return };
    assert!(!shown.dom.contains("<title>owned"), "a script of the page ran");
    assert_eq!(shown.console, Vec::<String>::new());
}

#[test]
fn what_is_no_page_is_named() {
    let sandbox = tempfile::tempdir().unwrap();
    let (input, output) = (sandbox.path().join("a.html"), sandbox.path().join("b.html"));
    std::fs::write(&input, "").unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_auslese"))
        .args(["inspect", input.to_str().unwrap(), "--output", output.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&done.stderr).contains("a.html") && !output.exists());
}
