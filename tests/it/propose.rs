//! Profiles proposed from pages: of each template of the fixture sites, of saved pages and of a site that is asked.

use std::path::{Path, PathBuf};
use std::process::Command;

use auslese::demo::{Server, Site};
use serde_json::{Value, json};

fn auslese(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    let output = command.args(arguments).current_dir(folder).env_remove("AUSLESE_LOG").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A manifest of the pages of a template, with the addresses that they were served at.
fn manifest(pages: &Path, to: &Path) -> usize {
    let mut rows = Vec::new();
    for entry in std::fs::read_dir(pages).unwrap() {
        let path = entry.unwrap().path();
        let Some(stem) = path.to_str().unwrap().strip_suffix(".gold.json").map(str::to_owned) else { continue };
        let gold: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        rows.push(json!({"path": format!("{stem}.html"), "url": gold["url"]}).to_string());
    }
    rows.sort();
    std::fs::write(to, rows.join("\n")).unwrap();
    rows.len()
}

/// The pages of a site that a profile gets right, of all.
fn right(folder: &Path, site: &str, fixtures: &Path) -> (usize, String) {
    let fixtures = fixtures.to_str().unwrap();
    let (_, out, words) = auslese(folder, &["check", site, "--config-dir", ".", "--fixtures", fixtures]);
    let line = out.lines().find(|line| line.starts_with("fixtures ")).unwrap_or_else(|| panic!("{out}{words}"));
    let count = line.rsplit_once(", ").unwrap().1.split(' ').next().unwrap().parse().unwrap();
    (count, out)
}

fn sites() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sites")
}

#[test]
fn each_template_of_the_fixture_sites_gives_a_profile_that_check_accepts() {
    for template in [
        "amtsblick.test/pages/2001",
        "amtsblick.test/pages/2012",
        "amtsblick.test/pages/2025",
        "harbourledger.test/pages",
    ] {
        let (site, pages) = (template.split('/').next().unwrap(), sites().join(template));
        let folder = tempfile::tempdir().unwrap();
        let count = manifest(&pages, &folder.path().join("pages.jsonl"));
        let file = format!("{site}.toml");
        let (code, _, words) =
            auslese(folder.path(), &["profile", "new", "--manifest", "pages.jsonl", "--output", &file]);
        assert_eq!(code, Some(0), "{template}: {words}");
        let toml = std::fs::read_to_string(folder.path().join(&file)).unwrap();
        assert!(toml.contains(&format!("proposed from {count} pages")), "{template}: {toml}");
        let (code, out, words) = auslese(folder.path(), &["check", site, "--config-dir", "."]);
        assert_eq!(code, Some(0), "{template}: {out}{words}");
        assert!(toml.contains("[[rule]]\nkeep = '^/") && toml.contains("[selectors]"), "{template}: {toml}");
        assert!(toml.contains("\nheadline = [\""), "{template}: {toml}");
        // Of the template's pages it gets as many right as the general rules do.
        let fixtures = folder.path().join("fixtures");
        std::fs::create_dir(&fixtures).unwrap();
        std::os::unix::fs::symlink(&pages, fixtures.join(site)).unwrap();
        let plain = tempfile::tempdir().unwrap();
        std::fs::write(plain.path().join(&file), format!("home = \"http://www.{site}/\"\n")).unwrap();
        let (before, _) = right(plain.path(), site, &fixtures);
        let (after, out) = right(folder.path(), site, &fixtures);
        assert!(after >= before, "{template}: {before} pages right without it, {after} with it\n{toml}\n{out}");
        if std::env::var_os("SHOW").is_some() {
            println!("{template}:\n{toml}");
        }
    }
}

#[test]
fn a_site_that_is_asked_gives_a_profile() {
    let server = Server::start(Site::embedded("amtsblick.test").unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let front = format!("{}/", server.origin());
    let ask = ["profile", "new", &front, "--allow-private", "--delay", "0s", "--pages", "8", "--output", "neu.toml"];
    let (code, _, words) = auslese(folder.path(), &ask);
    assert_eq!(code, Some(0), "{words}");
    let toml = std::fs::read_to_string(folder.path().join("neu.toml")).unwrap();
    assert!(toml.contains("of them articles") && toml.contains("[[rule]]"), "{toml}");
    assert!(server.log().iter().any(|request| request.path == "/robots.txt"), "it asks first what it may");
    let asked = server.log().len();
    assert!(asked <= 8 * 3 + 2, "{asked} requests");
    let (code, _, words) = auslese(folder.path(), &["profile", "new", "/nirgends.html"]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("/nirgends.html") && words.contains("none of the 0 pages"), "{words}");
}
