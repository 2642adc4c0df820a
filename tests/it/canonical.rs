//! Addresses in one canonical form.

use auslese::types::{CanonicalRules, MAX_HREF, canonicalize, resolve};
use url::Url;

fn canonical(address: &str) -> String {
    canonicalize(&Url::parse(address).unwrap(), &CanonicalRules::default()).into()
}

fn all(cases: &[(&str, &str)]) {
    for (address, expected) in cases {
        assert_eq!(canonical(address), *expected, "{address}");
        assert_eq!(canonical(expected), *expected, "{expected} is not its own canonical form");
    }
}

#[test]
fn scheme_host_and_port() {
    all(&[
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("http://example.org:443/a", "http://example.org:443/a"),
        ("http://example.org./a", "http://example.org/a"),
        ("http://user:secret@example.org/a", "http://example.org/a"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://BÜCHER.example/", "http://xn--bcher-kva.example/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("http://www.example.org/", "http://www.example.org/"),
    ]);
}

#[test]
fn paths() {
    all(&[
        ("http://example.org/a/./b/../c", "http://example.org/a/c"),
        ("http://example.org/../../a", "http://example.org/a"),
        ("http://example.org/a/%2e%2E/b", "http://example.org/b"),
        ("http://example.org/%7ejana/%41%2d%5F", "http://example.org/~jana/A-_"),
        ("http://example.org/%c3%bc", "http://example.org/%C3%BC"),
        ("http://example.org/ü", "http://example.org/%C3%BC"),
        ("http://example.org/a b", "http://example.org/a%20b"),
        ("http://example.org/a|b^c", "http://example.org/a%7Cb%5Ec"),
        ("http://example.org/a%2fb", "http://example.org/a%2Fb"),
        ("http://example.org/100%", "http://example.org/100%25"),
        ("http://example.org/%zz%4%41", "http://example.org/%25zz%254A"),
        ("http://example.org/%2541", "http://example.org/%2541"),
        ("http://example.org//a//b/", "http://example.org//a//b/"),
        ("http://example.org/A", "http://example.org/A"),
        ("http://example.org/Land+und+Leute.html", "http://example.org/Land+und+Leute.html"),
    ]);
}

#[test]
fn index_files() {
    all(&[
        ("http://example.org/index.html", "http://example.org/"),
        ("http://example.org/a/INDEX.HTM", "http://example.org/a/"),
        ("http://example.org/a/index.php", "http://example.org/a/"),
        ("http://example.org/a/index.php?utm_source=x", "http://example.org/a/"),
        ("http://example.org/a/index.php?id=7", "http://example.org/a/index.php?id=7"),
        ("http://example.org/a/index.html?id=7", "http://example.org/a/?id=7"),
        ("http://example.org/Default.aspx", "http://example.org/"),
        ("http://example.org/default.asp", "http://example.org/"),
        ("http://example.org/index.html/a", "http://example.org/index.html/a"),
        ("http://example.org/myindex.html", "http://example.org/myindex.html"),
        ("http://example.org/index%2ehtml", "http://example.org/"),
    ]);
}

#[test]
fn fragments_and_queries() {
    all(&[
        ("http://example.org/a#top", "http://example.org/a"),
        ("http://example.org/a#!/page", "http://example.org/a"),
        ("http://example.org/a?", "http://example.org/a"),
        ("http://example.org/a?&&b=1&", "http://example.org/a?b=1"),
        ("http://example.org/a?b=&c", "http://example.org/a?b=&c"),
        ("http://example.org/a?z=1&b=2", "http://example.org/a?z=1&b=2"),
        ("http://example.org/a?q=%c3%a4%2d%41", "http://example.org/a?q=%C3%A4-A"),
        ("http://example.org/a?f[]=1|2", "http://example.org/a?f%5B%5D=1%7C2"),
        ("http://example.org/a?q=a+b", "http://example.org/a?q=a+b"),
        ("http://example.org/a?q=it's", "http://example.org/a?q=it%27s"),
    ]);
}

#[test]
fn tracking_parameters() {
    all(&[
        ("http://example.org/a?utm_source=x&utm_medium=y&id=7", "http://example.org/a?id=7"),
        ("http://example.org/a?UTM_Campaign=x", "http://example.org/a"),
        ("http://example.org/a?utm%5Fsource=x", "http://example.org/a"),
        ("http://example.org/a?fbclid=1&gclid=2&dclid=3&msclkid=4&yclid=5", "http://example.org/a"),
        ("http://example.org/a?mc_cid=1&mc_eid=2&igshid=3&_ga=4", "http://example.org/a"),
        ("http://example.org/a?ref=rss", "http://example.org/a"),
        ("http://example.org/a?ref=main", "http://example.org/a?ref=main"),
        ("http://example.org/a?reference=rss", "http://example.org/a?reference=rss"),
    ]);
}

#[test]
fn session_ids() {
    all(&[
        ("http://example.org/a?PHPSESSID=1", "http://example.org/a"),
        ("http://example.org/a;jsessionid=0AFE12?b=1", "http://example.org/a?b=1"),
        ("http://example.org/a;JSESSIONID=0AFE12.node1/b;v=2", "http://example.org/a/b;v=2"),
        ("http://example.org/index.html;jsessionid=1", "http://example.org/"),
        ("http://example.org/a?ASPSESSIONIDQQ=x&CFID=1&CFTOKEN=2", "http://example.org/a"),
        ("http://example.org/a?sid=0123456789abcdef0123456789abcdef", "http://example.org/a"),
        ("http://example.org/a?sid=12", "http://example.org/a?sid=12"),
        ("http://example.org/a?s=landwirtschaftsmesse", "http://example.org/a?s=landwirtschaftsmesse"),
    ]);
}

#[test]
fn rules_of_a_profile() {
    let rules = CanonicalRules { strip_params: vec!["Print".to_owned(), "x_*".to_owned()], sort_query: true };
    let url = Url::parse("http://example.org/a?z=1&print=1&x_y=2&b=2&a=3&b=1").unwrap();
    let once = canonicalize(&url, &rules);
    assert_eq!(once.as_str(), "http://example.org/a?a=3&b=2&b=1&z=1");
    assert_eq!(canonicalize(&once, &rules), once);
}

#[test]
fn other_schemes_stay() {
    all(&[("mailto:a@example.org?subject=x#y", "mailto:a@example.org?subject=x#y"), ("tel:+49301", "tel:+49301")]);
}

#[test]
fn links_are_read_as_browsers_do() {
    let base = Url::parse("https://example.org/a/b?c=d").unwrap();
    let cases = [
        ("x", Some("https://example.org/a/x")),
        (" \n/x\t ", Some("https://example.org/x")),
        ("\u{a0}https://example.org/y\u{a0}", Some("https://example.org/y")),
        ("/li\nne\tbreak", Some("https://example.org/linebreak")),
        ("\u{1}/control", Some("https://example.org/control")),
        ("//other.example/x", Some("https://other.example/x")),
        ("?q", Some("https://example.org/a/b?q")),
        ("#top", Some("https://example.org/a/b?c=d#top")),
        ("", Some("https://example.org/a/b?c=d")),
        ("\\x\\y", Some("https://example.org/x/y")),
        ("mailto:a@example.org", Some("mailto:a@example.org")),
        ("javascript:void(0)", None),
        (" JavaScript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("http://", None),
        ("http://exa mple.org/", None),
        ("https://[::1", None),
    ];
    for (href, expected) in cases {
        assert_eq!(resolve(&base, href).as_ref().map(Url::as_str), expected, "{href:?}");
    }
    assert_eq!(resolve(&base, &"x".repeat(MAX_HREF + 1)), None);
    assert!(resolve(&base, &"x".repeat(MAX_HREF)).is_some());
}

/// Addresses put together at random from parts that once were trouble; the seed is fixed.
#[test]
fn canonical_forms_are_canonical() {
    const PARTS: &[&str] = &[
        "/",
        "//",
        "/./",
        "/../",
        ".",
        "..",
        "%2e",
        "%2E%2e",
        "%2f",
        "%25",
        "%",
        "%4",
        "%zz",
        "%41",
        "%c3%bc",
        "ü",
        ";",
        "=",
        "&",
        "?",
        "#",
        ":",
        "@",
        "index.html",
        "/index.php",
        "/Default.asp",
        "index%2ehtml",
        ";jsessionid=1",
        ";sid=",
        "jsessionid",
        "0123456789abcdef0123",
        "utm_source=x",
        "&ref=rss",
        "sid=",
        "PHPSESSID",
        "a",
        "B",
        "+",
        " ",
        "'",
        "|",
        "[",
        "]",
        "\\",
        "\u{0}",
        "\t",
        "日本",
        "!",
        "~",
        "^",
        "`",
        "{",
        "}",
        "\"",
        "<",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    let sorted = CanonicalRules { strip_params: vec!["a*".to_owned()], sort_query: true };
    let mut read = 0;
    for _ in 0..60_000 {
        let mut address = String::from(if random.bool() { "http://example.org" } else { "https://Example.org.:443/" });
        for _ in 0..random.usize(0..14) {
            address.push_str(PARTS[random.usize(0..PARTS.len())]);
        }
        let Ok(url) = Url::parse(&address) else { continue };
        read += 1;
        for rules in [&CanonicalRules::default(), &sorted] {
            let once = canonicalize(&url, rules);
            assert_eq!(canonicalize(&once, rules), once, "{address}");
            assert_eq!(Url::parse(once.as_str()).unwrap(), once, "{address} does not read back");
            assert_eq!(once.fragment(), None);
        }
    }
    assert!(read > 30_000, "only {read} addresses could be read at all");
}

fn auslese(args: &[&str], stdin: &str) -> (i32, String) {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_auslese"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    (out.status.code().unwrap(), String::from_utf8(out.stdout).unwrap())
}

#[test]
fn the_command_prints_a_line_an_address() {
    let (code, out) = auslese(&["canonical", "HTTP://Example.org:80/a/../b?utm_source=x", "http://Example.org"], "");
    assert_eq!((code, out.as_str()), (0, "http://example.org/b\nhttp://example.org/\n"));

    let (code, out) = auslese(&["canonical", "--json", "-"], "http://kommune21.de/meldung_7_Titel.html\nnichts\n");
    assert_eq!(code, 4);
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["canonical"], "https://www.kommune21.de/meldung_7_Titel.html");
    assert_eq!(lines[0]["identity"], "kommune21.de/meldung_7");
    assert_eq!((&lines[1]["canonical"], lines[1]["error"].is_string()), (&serde_json::Value::Null, true));

    let (code, out) = auslese(&["canonical", "--site", "kommune21.de", "http://kommune21.de/x#y"], "");
    assert_eq!((code, out.as_str()), (0, "https://www.kommune21.de/x\n"));
    assert_eq!(auslese(&["canonical", "--site", "niemand.test", "http://a.test/"], "").0, 2);
}
