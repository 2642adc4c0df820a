//! What `extract --format` writes for people, against files that were looked at. To write them anew, and look again:
//! `cargo test --test it render::bless -- --ignored`.

use std::path::{Path, PathBuf};
use std::process::Command;

const PAGES: [&str; 4] = [
    "render/markt.html",
    "sites/amtsblick.test/pages/2012/meldung_217.html",
    "sites/amtsblick.test/pages/2001/meldung_110.html",
    "sites/harbourledger.test/pages/article_3.html",
];
const FORMATS: [(&str, &str); 2] = [("markdown", "md"), ("text", "txt")];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn gold(page: &str, extension: &str) -> PathBuf {
    let name = Path::new(page).file_stem().unwrap();
    fixtures().join("render").join(name).with_extension(extension)
}

fn rendered(pages: &[&str], format: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_auslese"))
        .current_dir(fixtures())
        .args(["--quiet", "extract", "--site", "_default", "--format", format])
        .args(pages)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn articles_read_as_they_should() {
    for page in PAGES {
        for (format, extension) in FORMATS {
            let path = gold(page, extension);
            let gold = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(rendered(&[page], format), gold, "{page} as {format}; see {}", path.display());
        }
    }
}

#[test]
fn several_articles_are_parted() {
    for (format, line) in [("markdown", "\n---\n\n"), ("text", "\n------")] {
        let two = rendered(&PAGES[..2], format);
        assert!(two.starts_with(&rendered(&PAGES[..1], format)), "{format}");
        assert_eq!(two.matches(line).count(), 1, "{format}: {two}");
        assert!(two.ends_with(&rendered(&PAGES[1..2], format)), "{format}");
    }
    let lines = rendered(&PAGES[..2], "jsonl");
    assert_eq!(lines.lines().filter(|line| line.starts_with('{')).count(), 2);
}

#[test]
#[ignore = "writes the files that the test above compares with"]
fn bless() {
    for page in PAGES {
        for (format, extension) in FORMATS {
            std::fs::write(gold(page, extension), rendered(&[page], format)).unwrap();
        }
    }
}
