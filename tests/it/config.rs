//! Profiles of sites: those in the binary, what they make of addresses, and what is said of broken ones.

use auslese::site::{Fault, Site, SiteErrors, Sites, UrlKind};
use auslese::types::{Role, SkipReason, Via};
use jiff::Timestamp;
use url::Url;

fn url(address: &str) -> Url {
    Url::parse(address).unwrap()
}

fn now() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn judge(site: &Site, address: &str) -> Result<UrlKind, SkipReason> {
    site.judge(&site.canonical(&url(address)), 1, now())
}

fn load(text: &str) -> Result<Site, SiteErrors> {
    Sites::load([("profiles/beispiel.test.toml", text)]).map(|sites| sites.by_name("beispiel.test").unwrap())
}

fn only_fault(text: &str) -> (usize, Fault, String) {
    let errors = load(text).unwrap_err();
    assert_eq!(errors.0.len(), 1, "{errors}");
    assert!(errors.to_string().starts_with("profiles/beispiel.test.toml:"), "{errors}");
    (errors.0[0].line, errors.0[0].fault.clone(), errors.to_string())
}

const HOME: &str = "home = \"https://www.beispiel.test/\"\n";

#[test]
fn every_embedded_profile_loads() {
    let sites = Sites::embedded().unwrap();
    let names: Vec<&str> = sites.iter().map(Site::name).collect();
    assert!(names.contains(&"kommune21.de") && names.contains(&"move-online.de"), "{names:?}");
    for site in sites.iter() {
        assert!(!site.start().is_empty(), "{} starts from nothing", site.name());
        for (address, via) in site.start() {
            let kind = site.judge(&address, 0, now());
            let expected = match via {
                Via::Feed => UrlKind::Feed,
                Via::Sitemap => UrlKind::Sitemap,
                Via::Listing => UrlKind::Listing,
                _ => UrlKind::Page,
            };
            assert_eq!(kind, Ok(expected), "{address}");
            assert_eq!(site.canonical(&address), address, "a source in canonical form");
        }
    }
}

#[test]
fn files_in_the_folder_are_the_profiles_in_the_binary() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/sites");
    let mut files: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let sites = Sites::embedded().unwrap();
    let mut names: Vec<String> = sites.iter().map(|site| format!("{}.toml", site.name())).collect();
    names.push("_default.toml".to_owned());
    names.sort();
    assert_eq!(files, names);
}

/// `_default.toml` is the documentation of the keys: each commented key must be one, with a value of its type.
#[test]
fn every_key_that_the_default_profile_shows_is_one() {
    let shown = include_str!("../../config/sites/_default.toml");
    let is_key = |line: &str| {
        let line = line.strip_prefix("# ").unwrap_or_default();
        // Rules, cues and the like are shown indented; prose begins in upper case or holds no ` = `.
        let bare = line.trim_start();
        bare.starts_with('[')
            || bare.split_once(" = ").is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    };
    let mut uncommented = String::new();
    let mut keys = 0;
    for line in shown.lines() {
        // Keys before the first section would end up in the section above once their comment is gone: they come first.
        match is_key(line) {
            true => {
                keys += 1;
                uncommented.push_str(line.strip_prefix("# ").unwrap_or(line));
            }
            false => uncommented.push_str(line),
        }
        uncommented.push('\n');
    }
    // The samples stand within the tables that they follow; TOML wants `[pagination]` and the others only once, which they are.
    assert!(keys > 28, "only {keys} commented keys");
    let site = load(&uncommented).unwrap_or_else(|errors| panic!("{errors}\n{uncommented}"));
    assert_eq!(site.pace().delay, Some(std::time::Duration::from_secs(1)));
    assert_eq!(site.limits().depth, Some(10));
    assert_eq!(site.ranges().len(), 1);
    assert_eq!(site.templates().count(), 1);

    // What is shown as a default is the default.
    let site = site.at(&url("https://www.beispiel.test/"));
    let plain = load(HOME).unwrap();
    assert_eq!(plain.robots(), site.robots());
    let long = format!("https://www.beispiel.test/{}", "x".repeat(2_100));
    for address in [
        &long,
        "https://www.beispiel.test/?a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9&j=0&k=1",
        "https://www.beispiel.test/a/b/a/c/a/",
    ] {
        assert_eq!(judge(&plain, address), judge(&site, address), "{address}");
    }
}

#[test]
fn a_site_without_a_profile_is_its_host() {
    let sites = Sites::embedded().unwrap();
    let site = sites.for_url(&url("http://stadtblatt.test/a"));
    assert_eq!((site.name(), site.home().unwrap().as_str()), ("_default", "http://stadtblatt.test/"));
    assert_eq!(site.start(), [(url("http://stadtblatt.test/"), Via::Seed)]);
    let cases = [
        ("http://stadtblatt.test/a", Ok(UrlKind::Page)),
        ("https://www.stadtblatt.test/a", Ok(UrlKind::Page)),
        ("http://stadtblatt.test/sitemap_index.xml", Ok(UrlKind::Sitemap)),
        ("http://stadtblatt.test/feed/", Ok(UrlKind::Feed)),
        ("http://stadtblatt.test/news.rss", Ok(UrlKind::Feed)),
        ("http://stadtblatt.test/comments/feed/", Err(SkipReason::Dropped)),
        ("http://stadtblatt.test/a?replytocom=7", Err(SkipReason::Dropped)),
        ("http://stadtblatt.test/bild.JPG", Err(SkipReason::FileType)),
        ("http://stadtblatt.test/archiv.tar.gz", Err(SkipReason::FileType)),
        ("http://stadtblatt.test/Dr.+Muster", Ok(UrlKind::Page)),
        ("http://stadtblatt.test/seite.php", Ok(UrlKind::Page)),
        ("http://stadtblatt.test:8080/a", Err(SkipReason::OffSite)),
        ("http://anderes.test/a", Err(SkipReason::OffSite)),
        ("http://nicht-stadtblatt.test/a", Err(SkipReason::OffSite)),
        ("http://foto.stadtblatt.test/a", Err(SkipReason::OffSite)),
        ("ftp://stadtblatt.test/a", Err(SkipReason::Scheme)),
        ("mailto:a@stadtblatt.test", Err(SkipReason::Scheme)),
    ];
    for (address, expected) in cases {
        assert_eq!(judge(&site, address), expected, "{address}");
    }
    let local = sites.for_url(&url("http://127.0.0.1:4711/"));
    assert_eq!(judge(&local, "http://127.0.0.1:4711/x"), Ok(UrlKind::Page));
    assert_eq!(judge(&local, "http://127.0.0.1:4712/x"), Err(SkipReason::OffSite));
}

#[test]
fn traps_are_refused_by_the_address() {
    let site = Sites::embedded().unwrap().for_url(&url("http://stadtblatt.test/"));
    let cases = [
        ("/a/b/c/a/b/c/", Err(SkipReason::TrapRepeat)),
        ("/img/img/img/", Err(SkipReason::TrapRepeat)),
        ("/a/x/a/y/a/z", Err(SkipReason::TrapRepeat)),
        ("/rat/rat/", Ok(UrlKind::Page)),
        ("/2012/12/12/titel", Ok(UrlKind::Page)),
        ("/12/12/12/12/", Ok(UrlKind::Page)),
        ("/a?b=1&b=1", Err(SkipReason::TrapQuery)),
        ("/a?b=1&b=2&b=3", Ok(UrlKind::Page)),
        ("/a?b=1&b=2&b=3&b=4", Err(SkipReason::TrapQuery)),
        ("/a?a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9&j=0", Ok(UrlKind::Page)),
        ("/a?a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9&j=0&k=1", Err(SkipReason::TrapQuery)),
        ("/kalender/2027/05", Ok(UrlKind::Page)),
        ("/kalender/2029/05", Err(SkipReason::TrapCalendar)),
        ("/kalender/1989/05", Err(SkipReason::TrapCalendar)),
        ("/termine/2031-07-01", Err(SkipReason::TrapCalendar)),
        ("/1848/05/12/revolution", Ok(UrlKind::Page)),
        ("/2199/05/12/", Err(SkipReason::TrapCalendar)),
        ("/9999-bausteine", Ok(UrlKind::Page)),
        ("/artikel/4711", Ok(UrlKind::Page)),
        ("/termine?month=2040-01", Err(SkipReason::TrapCalendar)),
        ("/x?year=1700&month=1", Err(SkipReason::TrapCalendar)),
        ("/x?year=2020&month=1", Ok(UrlKind::Page)),
        ("/x?tribe-bar-date=2035-02-01", Err(SkipReason::TrapCalendar)),
        ("/x?id=20400101", Ok(UrlKind::Page)),
    ];
    for (path, expected) in cases {
        assert_eq!(judge(&site, &format!("http://stadtblatt.test{path}")), expected, "{path}");
    }
    let long = format!("http://stadtblatt.test/{}", "x".repeat(2_048));
    assert_eq!(judge(&site, &long), Err(SkipReason::UrlTooLong));
    // Hostile addresses within the length cost no more than others.
    let segments: Vec<String> = (0..450).map(|n| format!("s{n}")).collect();
    let twice = format!("http://stadtblatt.test/{}", segments[..200].join("/"));
    assert_eq!(judge(&site, &twice), Ok(UrlKind::Page));
}

#[test]
fn addresses_of_the_first_site() {
    let sites = Sites::embedded().unwrap();
    let site = sites.for_url(&url("http://kommune21.de/"));
    assert_eq!((site.name(), site.title(), site.language()), ("kommune21.de", Some("Kommune21"), Some("de")));
    let cases = [
        ("/meldung_43841_Land+und+Leute.html", Ok(UrlKind::Article)),
        ("/meldung_43841", Ok(UrlKind::Article)),
        ("/meldung_43841_Land+und+Leute.pdf", Err(SkipReason::FileType)),
        ("/k21-meldungen/ein-titel/", Ok(UrlKind::Article)),
        ("/k21-meldungen/feed", Ok(UrlKind::Feed)),
        ("/k21-meldungen/ein-titel/feed/", Err(SkipReason::Dropped)),
        ("/k21-meldungen/page/7/", Ok(UrlKind::Listing)),
        ("/page/7/", Ok(UrlKind::Listing)),
        ("/k21-themen/portale/", Ok(UrlKind::Listing)),
        ("/k21-heftarchiv/2020/", Ok(UrlKind::Listing)),
        ("/k21-termine/", Err(SkipReason::Dropped)),
        ("/k21-it-guide/firma/", Err(SkipReason::Dropped)),
        ("/impressum/", Err(SkipReason::NotKept)),
        ("/sitemap.xml", Ok(UrlKind::Sitemap)),
    ];
    for (path, expected) in cases {
        assert_eq!(judge(&site, &format!("https://www.kommune21.de{path}")), expected, "{path}");
    }
    assert_eq!(sites.for_url(&url("https://www.move-online.de/k21-meldungen/x/")).name(), "move-online.de");
    assert_eq!((site.ranges()[0].template.as_str(), site.ranges()[0].last), ("/meldung_{n}", 45_000));
}

#[test]
fn one_article_has_one_identity() {
    let site = Sites::embedded().unwrap().by_name("kommune21.de").unwrap();
    let article = "kommune21.de/meldung_43841";
    for address in [
        "https://www.kommune21.de/meldung_43841_Land+und+Leute.html",
        "http://kommune21.de/meldung_43841_Ganz+anders.html?utm_source=x",
        "https://www.kommune21.de/meldung_43841",
    ] {
        assert_eq!(site.identity(&url(address)), article, "{address}");
    }
    assert_ne!(site.identity(&url("https://www.kommune21.de/meldung_438")), article);
    assert_eq!(
        site.identity(&url("https://www.kommune21.de/k21-meldungen/titel")),
        "kommune21.de/k21-meldungen/titel/"
    );
    // The address to fetch keeps its title, and moves to the site's origin.
    assert_eq!(
        site.canonical(&url("http://kommune21.de:80/meldung_43841_Land+und+Leute.html#top")).as_str(),
        "https://www.kommune21.de/meldung_43841_Land+und+Leute.html"
    );
}

#[test]
fn rewritten_addresses_are_those_fetched() {
    let text =
        format!("{HOME}[[identity]]\npattern = '^/druck/(\\d+)'\ncanonical = '/artikel/${{1}}.html'\nrewrite = true\n");
    let site = load(&text).unwrap();
    let canonical = site.canonical(&url("https://www.beispiel.test/druck/7?x=1"));
    assert_eq!(canonical.as_str(), "https://www.beispiel.test/artikel/7.html");
    assert_eq!(site.canonical(&canonical), canonical);
}

#[test]
fn a_profile_holds_at_another_origin() {
    let site = Sites::embedded().unwrap().by_name("kommune21.de").unwrap().at(&url("http://127.0.0.1:4711/x"));
    assert_eq!(site.start()[0], (url("http://127.0.0.1:4711/k21-meldungen/feed"), Via::Feed));
    assert_eq!(judge(&site, "http://127.0.0.1:4711/meldung_1"), Ok(UrlKind::Article));
    assert_eq!(judge(&site, "https://www.kommune21.de/meldung_1"), Err(SkipReason::OffSite));
}

#[test]
fn templates_are_chosen_by_date() {
    let text = format!(
        "{HOME}[selectors]\nheadline = [\"h1\"]\n[[cue]]\npattern = 'Anzeige$'\nrole = \"advertisement\"\n\
         [[version]]\nname = \"neu\"\nfrom = \"2020-06-15\"\n[version.selectors]\nteaser = [\".box\", \".more\"]\n\
         [[version]]\nname = \"alt\"\nuntil = \"2020-06-15\"\n[[version.cue]]\npattern = 'Mehr'\nrole = \"teaser\"\nscope = \"group\"\n"
    );
    let site = load(&text).unwrap();
    let name = |date| site.template_for(date).name.clone();
    for (date, expected) in [
        (Some("2020-06-14"), Some("alt")),
        (Some("2001"), Some("alt")),
        (Some("2020-06"), Some("alt")),
        (Some("2020-06-15"), Some("neu")),
        (Some("2020-06-15T08:00:00+02:00"), Some("neu")),
        (Some("2030-01"), Some("neu")),
        (Some("gestern"), None),
        (None, None),
    ] {
        assert_eq!(name(date).as_deref(), expected, "{date:?}");
    }
    let roles = |date| -> Vec<Role> { site.template_for(date).selectors.iter().map(|(role, _)| *role).collect() };
    assert_eq!(roles(Some("2001")), [Role::Headline]);
    assert_eq!(roles(Some("2021")), [Role::Teaser, Role::Teaser, Role::Headline]);
    assert_eq!(roles(None), [Role::Teaser, Role::Teaser, Role::Headline]);
    let cues = &site.template_for(None).cues;
    assert_eq!(cues.iter().map(|cue| cue.role).collect::<Vec<_>>(), [Role::Teaser, Role::Advertisement]);
    // A cue holds from the start of a block.
    assert!(cues[1].pattern.is_match("Anzeige") && !cues[1].pattern.is_match("Kleine Anzeige"));
}

#[test]
fn cues_of_the_first_site_match_its_wordings() {
    let site = Sites::embedded().unwrap().by_name("kommune21.de").unwrap();
    let role = |text: &str| {
        let template = site.template_for(Some("2020-06-15"));
        template.cues.iter().find(|cue| cue.pattern.is_match(text)).map(|cue| cue.role)
    };
    for (text, expected) in [
        ("Druckversion    PDF     Link mailen", Some(Role::Tools)),
        ("Link mailen", Some(Role::Tools)),
        ("Anzeige", Some(Role::Advertisement)),
        ("Anzeigen lassen sich jetzt im Netz aufgeben.", None),
        ("Weitere Meldungen und Beiträge aus dem Bereich Panorama", Some(Role::Teaser)),
        ("Weitere FirmennewsAnzeige", Some(Role::Advertisement)),
        ("Suchen...", Some(Role::Search)),
        ("Suchen Sie nicht weiter.", None),
        ("Aktuelle Information des Verlags", Some(Role::Notice)),
        ("Kommune21, Ausgabe 6/2021", Some(Role::Subscription)),
        ("Aboverwaltung", Some(Role::Subscription)),
        ("Abbonement kuendigen", Some(Role::Subscription)),
        ("Ausgewählte Anbieter aus dem Bereich Portale:", Some(Role::VendorList)),
        ("IT-Guide PlusMusterhaus Software GmbH", Some(Role::VendorList)),
        ("Aktuelle Meldungen", Some(Role::Navigation)),
        ("Stichwörter: Portale, Musterstadt", Some(Role::Keywords)),
        ("Bildquelle: Stadt Musterstadt", Some(Role::Credit)),
        ("Die Stadt hat ein neues Portal.", None),
    ] {
        assert_eq!(role(text), expected, "{text}");
    }
}

#[test]
fn faults_name_file_line_and_remedy() {
    let cases = [
        ("[urls]\n\nsort_querry = true\n", 4, "unknown field `sort_querry`"),
        ("title = \"a\ntitle2 = 3\n", 2, "_default.toml shows every key"),
        ("language = 7\n", 2, "invalid type"),
        ("[selectors]\nheadline = [\n  \"h1\",\n  \"h1[\",\n]\n", 5, "`h1[` is not a CSS selector"),
        ("[selectors]\nheadlin = [\"h1\"]\n", 3, "headlin"),
        (
            "[[version]]\nname = \"a\"\n\n[version.selectors]\nteaser = [\"p:nonsense\"]\n",
            6,
            "`p:nonsense` is not a CSS",
        ),
        ("[pagination]\nselectors = [\"a >\"]\n", 3, "`a >`"),
        ("[[rule]]\nkeep = '^/a'\n[[rule]]\ndrop = '^/b('\n", 5, "unclosed group"),
        ("[[cue]]\nrole = \"tools\"\npattern = '*'\n", 4, "`*` is not a regular expression"),
        ("[[cue]]\nrole = \"tools\"\npattern = 'x{999999}'\n", 4, "is not a regular expression"),
        ("[[cue]]\nrole = \"toolz\"\npattern = 'x'\n", 3, "toolz"),
        ("[[cue]]\nrole = \"tools\"\npattern = 'x'\nscope = \"page\"\n", 5, "page"),
        ("[[rule]]\nkeep = '^/a'\ndrop = '^/b'\n", 3, "either `keep`"),
        ("[[rule]]\nkeep = '^/a'\nas = \"story\"\n", 4, "story"),
        ("[[version]]\nname = \"a\"\nfrom = \"15.6.2020\"\n", 4, "write it as \"2024-11-01\""),
        ("[[version]]\nname = \"a\"\nfrom = \"2020-02-30\"\n", 4, "`2020-02-30` is not a date"),
        ("[[version]]\nname = \"a\"\nfrom = \"2020-02-02\"\nuntil = \"2020-02-02\"\n", 3, "before it begins"),
        ("[[version]]\nname = \"a\"\n[[version]]\nname = \"a\"\n", 5, "two versions"),
        ("[pace]\ndelay = \"fast\"\n", 3, "`fast` is not a duration"),
        ("[pace]\nper_host = 0\n", 3, "at least 1"),
        ("[pace]\ndelay = \"-1s\"\n", 3, "`-1s` is not a duration"),
        ("[sources]\nfeeds = [\n\"/ok\",\n\"http://[\",\n]\n", 5, "`http://[` is not an http"),
        ("[[identity]]\npattern = 'x'\ncanonical = 'y'\n", 4, "begin it with `/`"),
        ("[[range]]\ntemplate = \"/a\"\nfirst = 1\nlast = 2\n", 3, "{n}"),
        ("[[range]]\ntemplate = \"/a{n}\"\nfirst = 3\nlast = 2\n", 5, "before it begins at 3"),
    ];
    for (text, line, said) in cases {
        let (at, _, message) = only_fault(&format!("{HOME}{text}"));
        assert_eq!(at, line, "{message}\nof\n{text}");
        assert!(message.contains(said), "{message}\ndoes not say {said}");
        assert!(!message.contains('\n'), "{message}");
    }
    let (line, _, message) = only_fault("hosts = [\"a b\"]\nhome = \"https://beispiel.test/\"\n");
    assert_eq!((line, message.contains("`a b` is not a host")), (1, true), "{message}");
    let (line, _, message) = only_fault("title = \"x\"\nhome = \"beispiel.test\"\n");
    assert_eq!((line, message.contains("`beispiel.test` is not an http")), (2, true), "{message}");
    let (line, _, message) = only_fault("title = \"x\"\n");
    assert_eq!((line, message.contains("`home` is missing")), (1, true), "{message}");
}

#[test]
fn all_faults_of_all_profiles_are_said_at_once() {
    let one = format!("{HOME}[selectors]\nlead = [\"[\"]\nbody = [\"]\"]\n[pace]\ndelay = \"x\"\n");
    let errors = Sites::load([("a.test.toml", one.as_str()), ("b.test.toml", "nonsense")]).unwrap_err();
    let places: Vec<(&str, usize)> = errors.0.iter().map(|error| (error.file.as_str(), error.line)).collect();
    assert_eq!(places, [("a.test.toml", 3), ("a.test.toml", 4), ("a.test.toml", 6), ("b.test.toml", 1)], "{errors}");
}

#[test]
fn a_host_belongs_to_one_profile() {
    let errors = Sites::load([("a.test.toml", HOME), ("b.test.toml", HOME)]).unwrap_err();
    assert!(errors.to_string().contains("beispiel.test belongs to a.test.toml already"), "{errors}");
}

#[test]
fn a_profile_of_the_same_name_replaces_the_embedded_one() {
    let sites =
        Sites::load([("mine/kommune21.de.toml", "title = \"Meins\"\nhome = \"https://www.kommune21.de/\"")]).unwrap();
    assert_eq!(sites.for_url(&url("https://kommune21.de/x")).title(), Some("Meins"));
    assert_eq!(sites.iter().count(), Sites::embedded().unwrap().iter().count());
}

fn auslese(args: &[&str]) -> (i32, String, String) {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_auslese")).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

#[test]
fn check_says_what_would_be_used() {
    let (code, out, _) = auslese(&["check", "kommune21.de"]);
    assert_eq!(code, 0, "{out}");
    for said in [
        "https://www.kommune21.de/k21-meldungen/feed (feed)",
        "delay 1s",
        "classic (until 2025-01-01)",
        "otherwise drop",
    ] {
        assert!(out.contains(said), "{out} does not say {said}");
    }
    let (code, _, words) = auslese(&["check", "niemand.test"]);
    assert_eq!(code, 2);
    assert!(words.contains("there is no profile niemand.test (there are "), "{words}");
}

#[test]
fn check_names_the_faults_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let sites = folder.path().join("sites");
    std::fs::create_dir(&sites).unwrap();
    std::fs::write(sites.join("gut.test.toml"), "home = \"https://gut.test/\"\n").unwrap();
    let dir = folder.path().to_str().unwrap();
    let (code, out, _) = auslese(&["check", "--config-dir", dir, "gut.test"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("gut.test.toml)") && out.contains("otherwise drop"), "{out}");

    std::fs::write(sites.join("b.test.toml"), "home = \"https://b.test/\"\n[selectors]\nlead = [\"p[\"]\n").unwrap();
    let (code, out, words) = auslese(&["check", "--config-dir", dir]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(words.contains("b.test.toml:3: `p[` is not a CSS selector"), "{words}");

    std::fs::remove_file(sites.join("b.test.toml")).unwrap();
    std::fs::write(folder.path().join("auslese.toml"), "[crawl]\nnonsense = 1\n").unwrap();
    let file = folder.path().join("auslese.toml");
    let (code, _, words) = auslese(&["check", "--config", file.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(words.contains("auslese.toml:2") && words.contains("nonsense"), "{words}");

    let (code, _, words) = auslese(&["check", "--config-dir", "/nirgends/da"]);
    assert!(code == 2 && words.contains("cannot read /nirgends/da"), "{words}");
}

#[test]
fn subdomains_and_ports() {
    let site = load(
        "home = \"https://www.beispiel.test/\"\nhosts = [\"*.beispiel.test\", \"127.0.0.1:8080\", \"[::1]:9000\"]\n",
    )
    .unwrap();
    for address in
        ["https://foto.beispiel.test/", "http://127.0.0.1:8080/", "http://beispiel.test/", "http://[::1]:9000/"]
    {
        assert!(site.contains(&url(address)), "{address}");
    }
    for address in ["https://xbeispiel.test/", "http://127.0.0.1/", "https://beispiel.test.evil.example/"] {
        assert!(!site.contains(&url(address)), "{address}");
    }
    assert_eq!(site.hosts().collect::<Vec<_>>(), ["beispiel.test", "*.beispiel.test", "127.0.0.1:8080", "[::1]:9000"]);
}
