//! What the head of an answer decides: statuses, redirects, waiting, types, addresses.

use std::time::Duration;

use auslese::fetch::{FetchOutcome, FetchRequest, FetchSettings, Fetcher, Validators};
use auslese::pace::Signal;

use super::{detail, fetch, outcome, patient, quick, request};
use crate::support::server::{Server, Step, raw, response};

const HTML: (&str, &str) = ("Content-Type", "text/html");

#[tokio::test]
async fn a_page_comes_with_its_headers_and_what_led_to_it() {
    let server = Server::start(|_, _| {
        let extra = [HTML, ("X-Robots-Tag", "noarchive"), ("X-Odd", "Stra\u{df}e"), ("Link", "<a>"), ("Link", "<b>")];
        response("200 OK", &extra, b"<p>Hallo</p>")
    })
    .await;
    let first = server.url("/alt");
    let asked = FetchRequest { hops: vec![first.clone()], ..request(server.url("/neu?a=b#c")) };
    let reply = Fetcher::new(patient()).unwrap().fetch(asked).await;
    let FetchOutcome::Done(page) = reply.outcome else { panic!("{:?}", reply.outcome) };
    assert_eq!(page.body, b"<p>Hallo</p>");
    assert_eq!((page.status, page.requested, page.final_url.path()), (200, first, "/neu"));
    assert_eq!(page.headers.iter().find(|(n, _)| n == "x-robots-tag").unwrap().1, "noarchive");
    assert_eq!(page.headers.iter().filter(|(n, _)| n == "link").count(), 2);
    assert_eq!(reply.wire_bytes, 12);
    assert!(matches!(reply.signal, Signal::Ok { latency } if latency < Duration::from_secs(5)));
    let head = &server.requests()[0];
    assert!(head.starts_with("GET /neu?a=b HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains(&format!("user-agent: auslese/{}", env!("CARGO_PKG_VERSION"))), "{head}");
    assert!(!head.to_lowercase().contains("cookie") && !head.to_lowercase().contains("referer"), "{head}");
}

#[tokio::test]
async fn statuses() {
    let server = Server::start(|path, _| response(&path[1..].replace('-', " "), &[HTML], b"<p>Fehler</p>")).await;
    for (status, expected, signal) in [
        ("404", "not_found", "ok"),
        ("410", "gone", "ok"),
        ("401", "forbidden", "refused"),
        ("403", "forbidden", "refused"),
        ("451", "forbidden", "refused"),
        ("418", "client_error", "ok"),
        ("408", "timeout", "timeout"),
        ("429", "too_many_requests", "throttled"),
        ("500", "server_error", "server"),
        ("503", "server_error", "throttled"),
        ("599", "server_error", "server"),
        ("206", "unexpected_status", "ok"),
        ("304", "unexpected_status", "ok"),
        ("300", "unexpected_status", "ok"),
        ("999", "unexpected_status", "ok"),
        ("204", "empty_body", "ok"),
    ] {
        let reply = fetch(patient(), server.url(&format!("/{status}-X"))).await;
        assert_eq!(outcome(&reply), expected, "{status}: {:?}", reply.outcome);
        let got = match reply.signal {
            Signal::Ok { .. } => "ok",
            Signal::Throttled { .. } => "throttled",
            Signal::ServerError => "server",
            Signal::Timeout => "timeout",
            Signal::ConnectError => "connect",
            Signal::Refused => "refused",
            Signal::Unsent => "unsent",
        };
        assert_eq!(got, signal, "{status}");
        assert!(detail(&reply).contains(status) && detail(&reply).contains("127.0.0.1"), "{}", detail(&reply));
    }
}

#[tokio::test]
async fn retry_after_in_seconds_dates_and_garbage() {
    let server = Server::start(|path, _| {
        let value = match path {
            "/seconds" => "120",
            "/date" => "Fri, 31 Dec 2100 23:59:59 GMT",
            "/past" => "Sat, 01 Jan 2000 00:00:00 GMT",
            _ => "bald wieder",
        };
        response("503 Service Unavailable", &[("Retry-After", value)], b"")
    })
    .await;
    for (path, expected) in [("/seconds", Some(120)), ("/past", Some(0)), ("/garbage", None)] {
        let reply = fetch(patient(), server.url(path)).await;
        let expected = expected.map(Duration::from_secs);
        assert!(matches!(reply.outcome, FetchOutcome::Retry { after, .. } if after == expected), "{:?}", reply.outcome);
        assert_eq!(reply.signal, Signal::Throttled { retry_after: expected });
    }
    let reply = fetch(patient(), server.url("/date")).await;
    let year = Duration::from_secs(31_536_000);
    assert!(
        matches!(reply.outcome, FetchOutcome::Retry { after: Some(after), .. } if after > year),
        "{:?}",
        reply.outcome
    );
}

#[tokio::test]
async fn redirects_are_data() {
    let server = Server::start(|path, _| {
        let location: &[(&str, &str)] = match path {
            "/relative" => &[("Location", "ziel?x#y")],
            "/absolute" => &[("Location", "https://example.org/ziel")],
            "/ftp" => &[("Location", "ftp://example.org/ziel")],
            "/script" => &[("Location", "javascript:alert(1)")],
            "/self" => &[("Location", "/self")],
            "/utf8" => &[("Location", "/übersicht")],
            _ => &[],
        };
        response("301 Moved", location, b"moved")
    })
    .await;
    let target = async |path: &str| {
        let reply = fetch(patient(), server.url(path)).await;
        match reply.outcome {
            FetchOutcome::Redirect { to, status: 301 } => to.to_string(),
            _ => outcome(&reply).to_owned(),
        }
    };
    assert_eq!(target("/relative").await, server.url("/ziel?x#y").as_str());
    assert_eq!(target("/absolute").await, "https://example.org/ziel");
    assert_eq!(target("/utf8").await, server.url("/%C3%BCbersicht").as_str());
    assert_eq!(target("/ftp").await, "bad_redirect");
    assert_eq!(target("/script").await, "bad_redirect");
    assert_eq!(target("/missing").await, "bad_redirect");
    assert_eq!(target("/self").await, "redirect_loop");

    let fetcher = Fetcher::new(patient()).unwrap();
    let hops: Vec<_> = (0..10).map(|n| server.url(&format!("/{n}"))).collect();
    let looped =
        fetcher.fetch(FetchRequest { hops: vec![server.url("/ziel?x")], ..request(server.url("/relative")) }).await;
    assert_eq!(outcome(&looped), "redirect_loop");
    let many = fetcher.fetch(FetchRequest { hops, ..request(server.url("/relative")) }).await;
    assert_eq!(outcome(&many), "too_many_redirects");
}

#[tokio::test]
async fn conditional_requests() {
    let server = Server::start(|_, head| {
        let known = head.to_lowercase().contains("if-none-match: \"v1\"");
        if known { raw("HTTP/1.1 304 Not Modified\r\n\r\n") } else { response("200 OK", &[HTML], b"<p>neu</p>") }
    })
    .await;
    let fetcher = Fetcher::new(patient()).unwrap();
    let with = async |etag: &str| {
        let modified = Some("Tue, 04 Mar 2025 10:00:00 GMT".to_owned());
        let validators = Some(Validators { etag: Some(etag.to_owned()), last_modified: modified });
        outcome(&fetcher.fetch(FetchRequest { validators, ..request(server.url("/")) }).await)
    };
    assert_eq!(with("\"v1\"").await, "not_modified");
    assert_eq!(with("\"v2\"").await, "done");
    assert_eq!(with("\"v2\"\r\nX: y").await, "done", "what is no header value is left out");
    assert!(server.requests()[0].to_lowercase().contains("if-modified-since: tue, 04 mar 2025"));
}

#[tokio::test]
async fn types_that_hold_no_article_are_not_read() {
    let server = Server::start(|path, _| {
        let mut steps = raw(format!("HTTP/1.1 200 OK\r\nContent-Type: {}\r\n\r\n", &path[1..]));
        steps.push(Step::Hang);
        steps
    })
    .await;
    for kind in ["image/png", "application/pdf", "video/mp4", "application/octet-stream", "text/css"] {
        assert_eq!(outcome(&fetch(patient(), server.url(&format!("/{kind}"))).await), "content_type", "{kind}");
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_or_is_none() {
    let server = Server::start(|path, _| match path {
        "/silent" => vec![Step::Hang],
        "/half" => vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec()), Step::Hang],
        "/drip" => vec![
            Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()),
            Step::Forever(b"X: y\r\n".to_vec(), Duration::from_millis(20)),
        ],
        "/reset" => vec![Step::Reset],
        "/closed" => vec![],
        "/cut" => raw("HTTP/1.1 200 OK\r\nContent-Type: te"),
        "/ssh" => raw("SSH-2.0-OpenSSH_9.2\r\n"),
        "/cookies" => {
            let cookies: Vec<_> = (0..1_000).map(|n| format!("Set-Cookie: c{n}=1\r\n")).collect();
            raw(format!("HTTP/1.1 200 OK\r\n{}\r\n", cookies.concat()))
        }
        "/giant" => raw(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(2_000_000))),
        "/invalid" => {
            raw(b"HTTP/1.1 200 OK\r\nX\xFF: \x01\r\nX-Latin: Stra\xDFe\r\nContent-Type: text/html\r\n\r\n<p>x</p>")
        }
        _ => raw("HTTP/1.1 200 OK\r\nContent-Length: zwei\r\n\r\n<p>"),
    })
    .await;
    for (path, expected) in [
        ("/silent", "timeout"),
        ("/half", "timeout"),
        ("/drip", "timeout"),
        ("/reset", "broken"),
        ("/closed", "broken"),
        ("/cut", "broken"),
        ("/ssh", "bad_response"),
        ("/cookies", "bad_response"),
        ("/giant", "bad_response"),
        ("/invalid", "done"),
        ("/length", "bad_response"),
    ] {
        let reply = fetch(quick(), server.url(path)).await;
        assert_eq!(outcome(&reply), expected, "{path}: {:?}", reply.outcome);
    }
}

#[tokio::test]
async fn private_addresses_are_refused_unless_allowed() {
    let server = Server::start(|_, _| response("200 OK", &[HTML], b"<p>geheim</p>")).await;
    let port = server.url("/").port().unwrap();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "169.254.169.254", "[::1]"] {
        let url = format!("http://user:secret@{host}:{port}/").parse().unwrap();
        let reply = fetch(FetchSettings { ports: vec![port], ..FetchSettings::default() }, url).await;
        assert_eq!(outcome(&reply), "address_refused", "{host}: {:?}", reply.outcome);
        assert_eq!(reply.signal, Signal::Unsent);
        assert!(!detail(&reply).contains("secret"), "{}", detail(&reply));
        assert!(detail(&reply).contains("--allow-private"), "{}", detail(&reply));
    }
    assert_eq!(server.requests().len(), 0);
    let by_name = format!("http://user:secret@localhost:{port}/").parse().unwrap();
    assert_eq!(outcome(&fetch(patient(), by_name).await), "done");
    assert!(!server.requests()[0].to_lowercase().contains("authorization"), "credentials are not sent");
}

#[tokio::test]
async fn addresses_that_cannot_be_asked() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = fetch(patient(), format!("http://{free}/").parse().unwrap()).await;
    assert_eq!((outcome(&refused), refused.signal), ("connect", Signal::ConnectError), "{:?}", refused.outcome);

    let nowhere = fetch(quick(), "http://nirgends.invalid/".parse().unwrap()).await;
    assert!(["no_such_host", "dns", "timeout"].contains(&outcome(&nowhere)), "{:?}", nowhere.outcome);

    let long = format!("http://127.0.0.1:9/{}", "a".repeat(10_000)).parse().unwrap();
    let long = fetch(patient(), long).await;
    assert_eq!((outcome(&long), long.signal), ("client_error", Signal::Unsent));
    assert!(detail(&long).len() < 1_000);

    let ftp = fetch(patient(), "ftp://127.0.0.1/".parse().unwrap()).await;
    assert_eq!((outcome(&ftp), ftp.signal), ("client_error", Signal::Unsent));

    let server = Server::start(|_, _| response("200 OK", &[HTML], b"no TLS here")).await;
    let tls = server.url("/").as_str().replace("http:", "https:").parse().unwrap();
    assert_eq!(outcome(&fetch(patient(), tls).await), "tls");
}
