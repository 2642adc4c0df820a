//! robots.txt and tdmrep.json over the wire.

use auslese::fetch::{FetchSettings, Fetcher, RobotsFetch};
use auslese::pace::{AllowReason, RobotsAnswer, Signal};
use auslese::types::{DeadReason, HostKey};

use super::{patient, quick};
use crate::support::server::{Server, Step, raw, response};

fn host(server: &Server) -> HostKey {
    HostKey::of(&server.url("/")).unwrap()
}

async fn robots(answer: impl Fn(&str, &str) -> Vec<Step> + Send + Sync + 'static) -> RobotsFetch {
    let server = Server::start(answer).await;
    Fetcher::new(quick()).unwrap().robots(&host(&server)).await
}

fn kind(fetch: &RobotsFetch) -> &'static str {
    match &fetch.answer {
        RobotsAnswer::Rules(_) => "rules",
        RobotsAnswer::AllowAll(_) => "allow",
        RobotsAnswer::Unavailable { .. } => "wait",
    }
}

fn allows(fetch: &RobotsFetch, path: &str) -> bool {
    let RobotsAnswer::Rules(rules) = &fetch.answer else { panic!("{:?}", fetch.answer) };
    rules.check("auslese", &format!("http://example.org{path}").parse().unwrap()).allowed
}

#[tokio::test]
async fn robots_statuses() {
    let rules = robots(|path, _| response("200 OK", &[], format!("User-agent: *\nDisallow: {path}x").as_bytes())).await;
    assert!(!allows(&rules, "/robots.txtx") && allows(&rules, "/a"));
    for (status, expected) in [
        ("401 No", "allow"),
        ("403 No", "allow"),
        ("404 No", "allow"),
        ("410 No", "allow"),
        ("429 No", "wait"),
        ("500 No", "wait"),
        ("503 No", "wait"),
        ("304 No", "wait"),
    ] {
        let fetch = robots(move |_, _| response(status, &[("Retry-After", "7")], b"User-agent: *\nAllow: /")).await;
        assert_eq!(kind(&fetch), expected, "{status}");
        assert_eq!(fetch.dead, None);
    }
}

#[tokio::test]
async fn robots_that_cannot_be_had_never_allow() {
    for steps in [
        vec![],
        vec![Step::Hang],
        vec![Step::Reset],
        raw("nonsense\r\n\r\n"),
        raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nUser-agent: *"),
        response("200 OK", &[("Content-Encoding", "gzip")], b"User-agent: *\nAllow: /"),
        response("200 OK", &[("Content-Encoding", "compress")], b"User-agent: *\nAllow: /"),
    ] {
        let shown = format!("{steps:?}");
        let fetch = robots(move |_, _| steps.clone()).await;
        assert_eq!(kind(&fetch), "wait", "{shown}: {}", fetch.detail);
    }
    let refused = Fetcher::new(FetchSettings::default()).unwrap();
    let fetch = refused.robots(&HostKey::from_stored("http://127.0.0.1:9".to_owned())).await;
    assert_eq!((kind(&fetch), fetch.dead, fetch.signal), ("wait", Some(DeadReason::AddressRefused), Signal::Unsent));
    let nonsense = refused.robots(&HostKey::from_stored("kein Host".to_owned())).await;
    assert_eq!((kind(&nonsense), nonsense.dead), ("wait", Some(DeadReason::NoSuchHost)));
}

#[tokio::test]
async fn robots_redirects_are_followed_five_times_also_to_other_hosts() {
    let other = Server::start(|_, _| response("200 OK", &[], b"User-agent: *\nDisallow: /dort")).await;
    let elsewhere = other.url("/regeln").to_string();
    let fetch = robots(move |_, _| response("302 Found", &[("Location", &elsewhere)], b"")).await;
    assert!(!allows(&fetch, "/dort"));
    assert_eq!(fetch.url.unwrap(), other.url("/regeln"));

    let chain = |length: u32| {
        move |path: &str, _: &str| {
            let at = path.strip_prefix("/hop").and_then(|n| n.parse().ok()).unwrap_or(0);
            let next = format!("/hop{}", at + 1);
            if at == length { response("200 OK", &[], b"") } else { response("301 M", &[("Location", &next)], b"") }
        }
    };
    assert_eq!(kind(&robots(chain(5)).await), "rules");
    let six = robots(chain(6)).await;
    assert!(matches!(six.answer, RobotsAnswer::AllowAll(AllowReason::Redirects)), "{:?}", six.answer);

    let inward = robots(|_, _| response("301 M", &[("Location", "http://[fe80::1]:9/")], b"")).await;
    assert_eq!((kind(&inward), inward.dead), ("wait", None), "a redirect to nowhere says nothing of the host itself");
}

#[tokio::test]
async fn a_robots_of_ten_megabytes_is_read_to_its_limit() {
    let fetch = robots(|_, _| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\nUser-agent: *\nDisallow: /vorn\n";
        vec![
            Step::Send(head.as_bytes().to_vec()),
            Step::Send(b"# Rauschen\n".repeat(60_000)),
            Step::Send(b"Disallow: /hinten\n".to_vec()),
            Step::Hang,
        ]
    })
    .await;
    assert!(!allows(&fetch, "/vorn") && allows(&fetch, "/hinten"), "{}", fetch.detail);
}

#[tokio::test]
async fn tdmrep() {
    let server = Server::start(|path, _| match path {
        "/.well-known/tdmrep.json" => {
            response("200 OK", &[], br#"[{"location": "/archiv/", "tdm-reservation": 1, "tdm-policy": "/tdm.json"}]"#)
        }
        _ => response("404 No", &[], b""),
    })
    .await;
    let fetch = Fetcher::new(patient()).unwrap().tdmrep(&host(&server)).await;
    let policy = Some("/tdm.json".to_owned());
    assert_eq!(fetch.rules.unwrap().reservation_for("/archiv/1"), Some((true, policy)));
    for (status, body, known) in [
        ("404 No", "", true),
        ("200 OK", "<html>", true),
        ("200 OK", "[]", true),
        ("500 No", "", false),
        ("429 No", "", false),
    ] {
        let server = Server::start(move |_, _| response(status, &[], body.as_bytes())).await;
        let fetch = Fetcher::new(patient()).unwrap().tdmrep(&host(&server)).await;
        assert_eq!(fetch.rules.is_some(), known, "{status} {body}: {}", fetch.detail);
        assert!(fetch.rules.is_none_or(|rules| rules.reservation_for("/archiv/1").is_none()));
    }
}
