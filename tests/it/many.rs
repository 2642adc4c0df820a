//! Many workers, one crawl: processes that share a state in PostgreSQL crawl a farm of hosts on loopback, each host at an address of its
//! own. One is killed, the database crashes and comes back. The servers' logs then say whether every host was asked as politely as by one
//! worker, and the manifest whether every article is there exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use auslese::demo::{Generated, Server};
use serde_json::Value;

use super::support::postgres::Cluster;
#[cfg(feature = "object-store")]
use super::support::tools;

const ARTICLES: usize = 8;
/// Between two requests to a host.
const DELAY: Duration = Duration::from_millis(600);
/// What a busy machine may add to the way of one request and take off the next.
const TOLERANCE: Duration = Duration::from_millis(250);

/// Hosts on loopback, at 127.0.`net`.1 and so on.
fn farm(net: u8, hosts: u8) -> Vec<Server> {
    let server = |host: u8| {
        let address = SocketAddr::from((Ipv4Addr::new(127, 0, net, host), 0));
        let site = Generated { articles: ARTICLES, page_bytes: 2_000, seed: u64::from(host) }.site();
        Server::start_at(address, site, Duration::from_millis(20)).unwrap()
    };
    (1..=hosts).map(server).collect()
}

struct Crawl<'a> {
    folder: tempfile::TempDir,
    state: String,
    output: String,
    farm: &'a [Server],
    environment: Vec<(&'static str, String)>,
}

impl<'a> Crawl<'a> {
    fn new(state: String, farm: &'a [Server]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = "[crawl]\ntdmrep = false\nconcurrency = 8\nhost_lease = \"8s\"\n[fetch]\nconnect_timeout = \"1s\"\nheader_timeout = \"2s\"\n\
            chunk_timeout = \"2s\"\ntotal_timeout = \"2s\"\n[output]\nsegment_time = \"300ms\"\nreserve = 0\ncompression = \"zstd\"\n";
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        let output = folder.path().join("output").display().to_string();
        Self { folder, state, output, farm, environment: Vec::new() }
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
        command.arg(name).env_remove("AUSLESE_LOG").envs(self.environment.iter().cloned()).stdin(Stdio::null());
        command
    }

    fn start(&self, worker: &str) -> Child {
        let log = std::fs::File::create(self.log(worker)).unwrap();
        let mut command = self.command("crawl");
        command.args(self.farm.iter().map(|server| format!("{}/", server.origin())));
        command.args(["--allow-private", "--delay", "600ms", "--state", &self.state, "--output", &self.output]);
        command.arg("--config").arg(self.folder.path().join("config.toml")).env("AUSLESE_CRAWL_WORKER", worker);
        command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    fn log(&self, worker: &str) -> PathBuf {
        self.folder.path().join(format!("{worker}.log"))
    }

    fn words(&self, worker: &str) -> String {
        std::fs::read_to_string(self.log(worker)).unwrap_or_default()
    }

    fn told(&self, name: &str, args: &[&str]) -> String {
        let done = self.command(name).args(args).args(["--state", &self.state]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    fn asked(&self) -> usize {
        self.farm.iter().map(|server| server.log().len()).sum()
    }

    fn must_end_well(&self, worker: &str, child: &mut Child) {
        let status = child.wait().unwrap();
        assert!(status.success(), "{worker}: {status}: {}", self.words(worker));
        assert!(!self.words(worker).contains("panicked"), "{}", self.words(worker));
    }

    /// Every host was asked as if there were one worker.
    fn was_polite(&self) {
        for server in self.farm {
            let mut log = server.log();
            log.sort_by_key(|request| request.at);
            assert!(log.iter().all(|request| request.at_once == 1), "{}: more at once than allowed", server.origin());
            for pair in log.windows(2) {
                let apart = pair[1].at - pair[0].at;
                assert!(apart + TOLERANCE >= DELAY, "{}: {apart:?} between {pair:?}", server.origin());
            }
        }
    }

    /// The addresses of the records in these files, each there once.
    fn addresses(&self, files: &[PathBuf]) -> BTreeSet<String> {
        let mut addresses = BTreeSet::new();
        for line in files.iter().flat_map(|file| super::crawl::lines(file)) {
            let record: Value = serde_json::from_str(&line).unwrap();
            let url = record["url"].as_str().unwrap().to_owned();
            assert!(addresses.insert(url.clone()), "{url} was written twice");
        }
        addresses
    }

    fn expected(&self) -> BTreeSet<String> {
        let of = |server: &Server| -> Vec<String> {
            let origin = server.origin();
            (0..ARTICLES).map(|number| format!("{origin}{}", Generated::article_path(number))).collect()
        };
        self.farm.iter().flat_map(of).collect()
    }
}

/// Waits for something that must come, and looks again and again.
fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(120), "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_worker_is_killed_and_the_database_crashes_and_no_host_or_article_suffers() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let farm = farm(77, 6);
    let crawl = Crawl::new(cluster.make_database("crawl"), &farm);
    let mut workers: BTreeMap<&str, Child> =
        ["one", "two", "three"].into_iter().map(|worker| (worker, crawl.start(worker))).collect();
    wait_for("the middle of the crawl", || crawl.asked() > 6 * ARTICLES / 2);
    // Some worker that has hosts now.
    let status: Value = serde_json::from_str(&crawl.told("status", &["--json"])).unwrap();
    let busy = status["workers"].as_array().unwrap().iter().max_by_key(|worker| worker["hosts"].as_u64()).unwrap();
    assert!(busy["hosts"].as_u64() > Some(0), "{status}");
    let victim = busy["worker"].as_str().unwrap();
    let mut killed = workers.remove(victim).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    cluster.crash_and_restart();
    for (worker, child) in &mut workers {
        crawl.must_end_well(worker, child);
    }
    crawl.was_polite();
    let listed = crawl.told("segments", &["--json"]);
    let files: Vec<PathBuf> = listed
        .lines()
        .map(|line| {
            let segment: Value = serde_json::from_str(line).unwrap();
            let root = segment["store"].as_str().unwrap().strip_prefix("file://").unwrap();
            Path::new(root).join(segment["file"].as_str().unwrap())
        })
        .collect();
    assert_eq!(crawl.addresses(&files), crawl.expected());
    let table = crawl.told("export", &["--format", "csv", "--columns", "id", "--output", "-"]);
    assert_eq!(table.lines().count(), crawl.expected().len() + 1);
    assert!(crawl.told("status", &[]).contains(victim));
    // A worker that comes late finds nothing left to do.
    let asked = crawl.asked();
    crawl.must_end_well("late", &mut crawl.start("late"));
    assert_eq!(crawl.asked(), asked, "{}", crawl.words("late"));
}

#[cfg(feature = "object-store")]
#[test]
fn segments_are_objects_of_a_store_that_speaks_s3() {
    let (Some(cluster), Some(moto)) = (Cluster::start(&["fsync=off"]), tools::program("moto_server")) else { return };
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let quiet = Stdio::null;
    let mut s3 = Command::new(moto)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(quiet())
        .stderr(quiet())
        .spawn()
        .unwrap();
    wait_for("the S3 server", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let made = put_bucket(port);
    assert!(made.starts_with("HTTP/1.1 200"), "{made}");
    let farm = farm(78, 2);
    let mut crawl = Crawl::new(cluster.make_database("crawl"), &farm);
    crawl.output = "s3://bucket/articles".to_owned();
    crawl.environment = vec![
        ("AWS_ENDPOINT", format!("http://127.0.0.1:{port}")),
        ("AWS_ALLOW_HTTP", "true".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
    ];
    let mut workers = ["one", "two"].map(|worker| (worker, crawl.start(worker)));
    for (worker, child) in &mut workers {
        crawl.must_end_well(worker, child);
    }
    crawl.was_polite();
    let table = crawl.told("export", &["--format", "csv", "--columns", "url", "--output", "-"]);
    let rows: Vec<String> = table.lines().skip(1).map(str::to_owned).collect();
    assert_eq!(rows.len(), crawl.expected().len());
    assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), crawl.expected());
    assert!(crawl.told("segments", &[]).contains("s3://bucket/articles/127.0.78.1/articles-"));
    assert_eq!(crawl.told("segments", &["--sweep", "--output", "s3://bucket/articles"]), "");
    s3.kill().unwrap();
    s3.wait().unwrap();
}

#[cfg(feature = "object-store")]
fn put_bucket(port: u16) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let body =
        "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>";
    let head = format!(
        "PUT /bucket HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said
}
