use super::*;

fn url(path: &str) -> Url {
    Url::parse("https://example.org").unwrap().join(path).unwrap()
}

fn allowed(file: &str, agent: &str, path: &str) -> bool {
    Robots::parse(file.as_bytes()).check(agent, &url(path)).allowed
}

fn deciding_line(file: &str, agent: &str, path: &str) -> Option<u32> {
    Robots::parse(file.as_bytes()).check(agent, &url(path)).rule.map(|r| r.line)
}

#[test]
fn groups() {
    let file = "Allow: /lost\n\
        User-agent: Amsel\nDisallow: /a\n\
        User-agent: Drossel\nUser-agent: Fink\n\nUnknown: line\nSitemap: /s.xml\nUser-agent: Star\nDisallow: /b\n\n\nDisallow: /c\n\
        user-agent: AMSEL\nDisallow: /d\n\
        User-agent: *\nDisallow: /\nUser-agent: Meise";
    for (agent, path, expected) in [
        ("Amsel", "/a", false),
        ("amsel", "/d", false),
        ("Amsel", "/b", true),
        ("Drossel", "/b", false),
        ("Fink", "/c", false),
        ("Star", "/b", false),
        ("Star", "/a", true),
        ("Spatz", "/x", false),
        ("Spatz", "/lost", false),
        ("Meise", "/x", true),
    ] {
        assert_eq!(allowed(file, agent, path), expected, "{agent} {path}");
    }
}

#[test]
fn rules_without_a_group_and_no_rules_at_all() {
    for file in ["", "Disallow: /", "Allow: /x\nDisallow: /\n", "<html><body>Disallow: /</body>", "User-agent: Amsel"] {
        assert!(allowed(file, "Amsel", "/x"), "{file:?}");
    }
    assert!(allowed("User-agent: *\nDisallow: /\nUser-agent: Amsel\nDisallow:\n", "Amsel", "/x"), "empty disallow");
    assert!(!allowed("User-agent:\nUser-agent: Amsel\nDisallow: /", "Amsel", "/x"), "an empty name changes nothing");
}

#[test]
fn agents() {
    let file = |name: &str| format!("User-agent: *\nDisallow: /\nUser-agent: {name}\nAllow: /\n");
    for (name, agent, own) in [
        ("Amsel", "Amsel", true),
        ("AMSEL", "amsel", true),
        ("Amsel/2.1", "Amsel", true),
        ("Amsel", "Amsel/2.1 (+https://example.org/bot)", true),
        ("Amsel Bot", "Amsel", true),
        ("Amsel Bot", "Amsel Bot", false),
        ("Amsel*", "Amsel", true),
        ("Amsel_A-b", "amsel_a-B", true),
        ("Amsel2", "Amsel", true),
        ("Amsel2", "Amsel2", true),
        ("Amsel", "Amsel-News", false),
        ("Amsel-News", "Amsel", false),
        ("Ams", "Amsel", false),
        ("Ämsel", "Ämsel", true),
        ("4amsel", "4amsel", true),
        ("Amsel", "", false),
    ] {
        assert_eq!(allowed(&file(name), agent, "/x"), own, "{name:?} for {agent:?}");
    }
}

#[test]
fn longest_match_and_ties() {
    let file = |rules: &str| format!("User-agent: *\n{rules}");
    for (rules, path, expected) in [
        ("Allow: /p\nDisallow: /", "/page", true),
        ("Disallow: /ort\nAllow: /ort", "/ort/page", true),
        ("Allow: /page\nDisallow: /*.htm", "/page.htm", false),
        ("Allow: /page\nDisallow: /*.ph", "/page.php5", true),
        ("Allow: /$\nDisallow: /", "/", true),
        ("Allow: /$\nDisallow: /", "/page.htm", false),
        ("Disallow: /a\nAllow: /a/", "/a", false),
        ("Disallow: /a\nAllow: /a/", "/a/", true),
        ("Disallow: \nAllow: ", "/a", true),
        ("Disallow: /\nAllow:", "/a", false),
        ("Disallow: *\nAllow: /", "/a", true),
        ("Disallow: /ort/%C3%A4\nAllow: /ort/ab", "/ort/ä", false),
        ("Disallow: /\nAllow: /q?x=http://example.org?y&z", "/q?x=http://example.org?y&z", true),
        ("Disallow: /*?", "/a", true),
        ("Disallow: /*?", "/a?", false),
        ("Disallow: /a;b", "/a;b?c", false),
        ("Disallow: /a#b", "/a", false),
    ] {
        assert_eq!(allowed(&file(rules), "Amsel", path), expected, "{rules:?} {path}");
    }
}

#[test]
fn the_index_of_an_allowed_directory() {
    let file = "User-agent: *\nAllow: /stadt/index.html\nDisallow: /\n";
    for (path, expected) in
        [("/stadt/", true), ("/stadt/index.html", true), ("/stadt/index.htm", false), ("/stadt/x", false), ("/", false)]
    {
        assert_eq!(allowed(file, "Amsel", path), expected, "{path}");
    }
    assert_eq!(deciding_line(file, "Amsel", "/stadt/"), Some(2), "the line that says so is named");
    assert!(allowed("User-agent: *\nDisallow: /stadt/index.html\n", "Amsel", "/stadt/"), "nothing more is disallowed");
}

#[test]
fn robots_txt_itself_is_allowed() {
    assert!(allowed("User-agent: *\nDisallow: /", "Amsel", "/robots.txt"));
    assert!(!allowed("User-agent: *\nDisallow: /", "Amsel", "/robots.txt.bak"));
}

#[test]
fn the_verdict_names_line_rule_and_group() {
    let robots = Robots::parse(
        b"\xEF\xBB\xBF# Hallo\r\nUser-agent: Amsel\r\nCrawl-delay: 2.5\r\nDisallow: /k\xF6nig # warum\r\n",
    );
    let target = url("/k%F6nig/x");
    let verdict = robots.check("Amsel/1.0", &target);
    assert!(!verdict.allowed);
    assert_eq!(verdict.group, Some("amsel"));
    assert_eq!(verdict.crawl_delay, Some(Duration::from_millis(2_500)));
    let rule = verdict.rule.unwrap();
    assert_eq!((rule.line, rule.to_string().as_str()), (4, "Disallow: /k\u{FFFD}nig"));
}

#[test]
fn crawl_delays() {
    let delay = |file: &str, agent: &str| Robots::parse(file.as_bytes()).crawl_delay(agent).map(|d| d.as_secs_f64());
    assert_eq!(delay("User-agent: a\nCrawl-delay: 3\nDisallow: /x\nCrawl-delay: 5", "a"), Some(5.0));
    assert_eq!(delay("User-agent: a\nDisallow: /x\nCrawl-delay: 0.5", "a"), Some(0.5));
    assert_eq!(delay("User-agent: a\nCrawl-delay: 10s", "a"), Some(10.0));
    assert_eq!(delay("User-agent: a\nCrawl-delay: 99999999999", "a"), Some(86_400.0));
    for odd in ["", "soon", "-1", "1.2.3", "NaN", "inf"] {
        assert_eq!(delay(&format!("User-agent: a\nCrawl-delay: {odd}"), "a"), None, "{odd}");
    }
    assert_eq!(delay("Crawl-delay: 3\nUser-agent: a\nDisallow:", "a"), None, "before any agent");

    // A delay is no rule, so that it does not end the group; but it is not for those named after it.
    let file = "User-agent: a\nCrawl-delay: 9\n\nUser-agent: *\nDisallow: /x\n";
    assert_eq!((delay(file, "a"), delay(file, "b")), (Some(9.0), None));
    assert!(!allowed(file, "a", "/x"));
    let both =
        "User-agent: a\nUser-agent: b\nCrawl-delay: 9\nUser-agent: a\nDisallow: /\nUser-agent: b\nCrawl-delay: 2";
    assert_eq!((delay(both, "a"), delay(both, "b")), (Some(9.0), Some(9.0)), "the largest of all groups");
}

#[test]
fn sitemaps_stand_anywhere() {
    let robots =
        Robots::parse(b"Sitemap: https://example.org/1.xml\nUser-agent: *\nsitemap: /2.xml\nDisallow:\nSITEMAP:\n");
    assert_eq!(robots.sitemaps(), ["https://example.org/1.xml", "/2.xml"]);
}

#[test]
fn a_cut_line_still_rules() {
    let long = format!("/x/{}", "a".repeat(16_650));
    let file = format!("User-agent: *\nDisallow: {long}/und/mehr\n");
    assert!(!allowed(&file, "Amsel", &format!("{long}/anderes")));
    assert!(allowed(&file, "Amsel", "/anderes"));
}

#[test]
fn hostile_files_cost_linear_time() {
    let many_names = "User-agent: a\n".repeat(30_000) + "Disallow: /x\nAllow: /*y\n";
    assert!(!allowed(&many_names, "a", "/x"));
    let many_delays =
        (0..15_000).map(|n| format!("User-agent: a{n}\n")).collect::<String>() + &"Crawl-delay: 1\n".repeat(15_000);
    assert!(Robots::parse(many_delays.as_bytes()).crawl_delay("a7").is_some());
    let stars = format!("User-agent: *\n{}", format!("Disallow: /{}b\n", "*a".repeat(200)).repeat(1_200));
    assert!(allowed(&stars, "x", &format!("/{}", "a".repeat(2_000))));
}

#[test]
fn any_bytes_are_a_file() {
    let mut rng = fastrand::Rng::with_seed(5);
    let parts: [&[u8]; 12] = [
        b"User-agent",
        b":",
        b"\n",
        b"\r",
        b" ",
        b"*",
        b"$",
        b"%",
        b"Disallow: /",
        b"Allow:",
        b"\xFF",
        b"Crawl-delay: 1e9",
    ];
    for _ in 0..2_000 {
        let file: Vec<u8> = (0..rng.usize(0..60)).flat_map(|_| parts[rng.usize(0..parts.len())]).copied().collect();
        let robots = Robots::parse(&file);
        let _ = robots.check("x", &url("/%zz?*$"));
    }
}
