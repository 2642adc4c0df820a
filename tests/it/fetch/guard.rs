//! The address guard against real servers: what is checked is what is connected to, on every hop and from every source.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use auslese::demo::Generated;
use auslese::engine::{Clock, End, Plan};
use auslese::fetch::{FetchReply, FetchSettings, Fetcher, Looking, Lookup, Network};
use auslese::site::Sites;
use auslese::types::{HostKey, RetryReason};
use url::Url;

use super::{detail, outcome, request};
use crate::crawl::{Bench, small};
use crate::support::server::{Server, Step, response};

const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");

/// Answers each question for a name with the next of its answers, the last one again and again, and counts.
#[derive(Debug, Default)]
struct Names {
    answers: BTreeMap<&'static str, Vec<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    fn of<const N: usize>(names: [(&'static str, &[&[&str]]); N]) -> Arc<Self> {
        let parsed = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        let answers = names.iter().map(|(name, answers)| (*name, answers.iter().map(parsed).collect())).collect();
        Arc::new(Self { answers, asked: Mutex::default() })
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Lookup for Names {
    fn lookup(&self, host: String) -> Looking {
        let mut asked = self.asked.lock().unwrap();
        let before = asked.iter().filter(|name| **name == host).count();
        let answer = self.answers.get(host.as_str()).map(|answers| answers[before.min(answers.len() - 1)].clone());
        asked.push(host);
        Box::pin(async move { answer.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound)) })
    }
}

/// Only the first address of loopback is open, and one port.
fn closed(port: u16) -> FetchSettings {
    FetchSettings { allow_addresses: vec!["127.0.0.1".to_owned()], ports: vec![port], ..FetchSettings::default() }
}

fn within(settings: FetchSettings, names: &Arc<Names>) -> Fetcher {
    let lookup: Arc<dyn Lookup> = Arc::clone(names) as Arc<dyn Lookup>;
    Fetcher::within(settings, &Network { lookup, ..Network::default() }).unwrap()
}

/// Two servers of one port: the open one, and one that must never be asked.
async fn pair(answer: impl Fn(&str, &str) -> Vec<Step> + Send + Sync + 'static) -> (Server, Server) {
    let open = Server::start(answer).await;
    let at = format!("127.0.0.2:{}", open.port());
    let inner = Server::start_at(&at, |_, _| response("200 OK", &[HTML], b"<p>internal</p>")).await;
    (open, inner)
}

#[tokio::test]
async fn a_name_that_flips_its_address_gains_nothing() {
    let (open, inner) = pair(|_, _| response("200 OK", &[HTML], b"<p>public</p>")).await;
    let names = Names::of([
        ("flips.test", &[&["127.0.0.1"], &["127.0.0.2"]]),
        ("inner.test", &[&["127.0.0.2"], &["127.0.0.1"]]),
        ("both.test", &[&["127.0.0.2", "127.0.0.1"]]),
        ("meta.test", &[&["169.254.169.254"]]),
        ("mapped.test", &[&["::ffff:127.0.0.2"]]),
    ]);
    let fetcher = within(closed(open.port()), &names);
    let get = async |host: &str| -> FetchReply {
        fetcher.fetch(request(format!("http://{host}:{}/", open.port()).parse().unwrap())).await
    };
    // Every answer closes its connection, so that each request needs an address: the one that was checked.
    for _ in 0..3 {
        assert_eq!(outcome(&get("flips.test").await), "done");
    }
    assert_eq!((open.requests().len(), names.asked()), (3, 1), "resolved once, and connected to what was resolved");
    assert_eq!(outcome(&get("inner.test").await), "address_refused");
    assert_eq!(outcome(&get("inner.test").await), "done", "each answer is judged by itself");
    assert_eq!(outcome(&get("both.test").await), "done", "of several addresses the checked ones are used");
    for host in ["meta.test", "mapped.test", "127.0.0.2", "[::1]", "0x7f.0.0.2", "2130706434", "169.254.169.254"] {
        let reply = get(host).await;
        assert_eq!(outcome(&reply), "address_refused", "{host}: {}", detail(&reply));
    }
    let other_port = fetcher.fetch(request("http://flips.test:1/".parse().unwrap())).await;
    assert_eq!(outcome(&other_port), "address_refused", "{}", detail(&other_port));
    assert!(detail(&other_port).contains("port 1 "), "{}", detail(&other_port));
    assert!(inner.requests().is_empty());
}

#[tokio::test]
async fn files_of_a_host_are_not_followed_inwards() {
    let (open, inner) = pair(|path, head| {
        let port =
            head.to_lowercase().split("host: 127.0.0.1:").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        response("302 Found", &[("Location", &format!("http://127.0.0.2:{port}{path}"))], b"")
    })
    .await;
    let fetcher = Fetcher::new(closed(open.port())).unwrap();
    let host = HostKey::of(&open.url("/")).unwrap();
    let robots = fetcher.robots(&host).await;
    assert!(robots.detail.contains("127.0.0.2 is loopback"), "{}", robots.detail);
    assert!(robots.kept.is_none() && robots.dead.is_none());
    let tdm = fetcher.tdmrep(&host).await;
    assert!(tdm.detail.contains("127.0.0.2 is loopback") && tdm.rules.is_none(), "{}", tdm.detail);
    let page = fetcher.fetch(request(open.url("/page"))).await;
    assert_eq!(outcome(&page), "redirect", "a page's redirect is data");
    assert!(inner.requests().is_empty());
}

/// A site that belongs to itself and to a host within the network: whatever names that host, nothing reaches it.
const PROFILE: &str = r#"
home = "http://www.hafenblatt.test:PORT/"
hosts = ["intern.hafenblatt.test:PORT"]

[sources]
listings = ["/"]
feeds = ["http://intern.hafenblatt.test:PORT/feed.xml"]
sitemaps = ["http://intern.hafenblatt.test:PORT/sitemap.xml"]

[urls]
otherwise = "page"
"#;

#[test]
fn no_source_leads_inwards() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let article = |number: usize| small(number + 1).site().body(&Generated::article_path(number)).unwrap().to_vec();
    let (one, two) = (article(0), article(1));
    let (open, inner) = runtime.block_on(pair(move |path, head| {
        let port = head.to_lowercase().split("hafenblatt.test:").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let inside = format!("http://intern.hafenblatt.test:{port}");
        match path {
            "/robots.txt" => {
                response("200 OK", &[], format!("User-agent: *\nSitemap: {inside}/robots-map.xml\n").as_bytes())
            }
            "/" => {
                let links = format!(
                    "<a href=/one>1</a> <a href=/two>2</a> <a href=/leads-in>3</a> <a href='{inside}/link'>4</a> \
                     <a href='//me:secret@intern.hafenblatt.test:{port}/key'>5</a> <a href='http://127.0.0.2:{port}/raw'>6</a>"
                );
                response("200 OK", &[HTML], links.as_bytes())
            }
            "/one" => response("200 OK", &[HTML], &one),
            "/two" => {
                let canonical = format!("<link rel=canonical href='{inside}/two'></head>");
                let page = String::from_utf8(two.clone()).unwrap().replace("</head>", &canonical);
                response("200 OK", &[HTML], page.as_bytes())
            }
            "/leads-in" => response("302 Found", &[("Location", &format!("{inside}/secret"))], b""),
            _ => response("404 Not Found", &[HTML], b"?"),
        }
    }));
    let mut bench = Bench::new();
    let text = PROFILE.replace("PORT", &open.port().to_string());
    let site = Sites::load([("hafenblatt.test.toml", text.as_str())]).unwrap();
    let home = Url::parse(&format!("http://www.hafenblatt.test:{}/", open.port())).unwrap();
    let mut plan = Plan::new();
    plan.add_site(site.for_url(&home));
    bench.config.fetch = FetchSettings { allow_private: false, ..closed(open.port()) };
    bench.config.crawl.patience = std::time::Duration::from_millis(10);
    let names = Names::of([
        ("www.hafenblatt.test", &[&["127.0.0.1"], &["127.0.0.2"]]),
        ("intern.hafenblatt.test", &[&["127.0.0.2"]]),
    ]);
    let network = Network { lookup: names, ..Network::default() };
    let summary = bench.run_within(&plan, &network, Clock::system());
    assert!(inner.requests().is_empty(), "{:?}", inner.requests());
    assert_eq!(summary.end, End::Waiting, "what stands within waits: {summary:?}");
    assert_eq!(summary.counters.retried.get(&RetryReason::RobotsUnavailable), Some(&1));
    assert!(bench.records().iter().any(|record| record.url.ends_with("/one")), "{summary:?}");
    let state = std::fs::read(bench.state()).unwrap();
    let wal = std::fs::read(bench.state().with_extension("db-wal")).unwrap_or_default();
    for bytes in [state, wal] {
        assert!(!bytes.windows(6).any(|window| window == b"secret@"), "credentials were stored");
    }
}

#[test]
fn proxies_of_the_environment_are_ignored_and_credentials_dropped() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let page = "<html><body><h1>Der Deich hält</h1><p>In Grauwiek steht der Deich seit gestern wieder fest, sagt der \
                Deichvogt Henner Lüders am Morgen. Die Arbeiten haben drei Wochen gedauert und 40.000 Euro gekostet.</p>\
                <p><a href='http://gast:geheim@grauwiek.test/plan'>Der Plan des Amtes</a> liegt im Rathaus aus.</p></body></html>";
    let server = runtime.block_on(Server::start(move |path, _| match path {
        "/robots.txt" => response("404 Not Found", &[], b""),
        _ => response("200 OK", &[HTML], page.as_bytes()),
    }));
    let proxy = runtime.block_on(Server::start(|_, _| response("200 OK", &[HTML], b"<p>of the proxy</p>")));
    let url = format!("http://nutzer:geheim@127.0.0.1:{}/deich", server.port());
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    command.args(["extract", &url, "--allow-private", "--delay", "0s", "-v", "--output", "-"]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        command.env(name, proxy.url("/").as_str());
    }
    let done = command
        .env_remove("NO_PROXY")
        .env("AUSLESE_LOG", "auslese=trace,reqwest=trace,hyper_util=trace")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (line, words) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{words}");
    assert!(line.contains("Deichvogt"), "{line} {words}");
    assert!(proxy.requests().is_empty());
    assert!(!line.contains("geheim") && !words.contains("geheim"), "{line} {words}");
    let seen = server.requests().join("\n").to_lowercase();
    assert!(!seen.contains("authorization") && !seen.contains("geheim"), "{seen}");
}
