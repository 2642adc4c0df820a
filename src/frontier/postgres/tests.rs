//! The PostgreSQL frontier under the conformance suite, against the model, and what is its own: many workers.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::{Client, NoTls};

use super::*;
use crate::frontier::conformance::{Backend, at, conformance, end, page};
use crate::frontier::model::agrees_with_the_model;
use crate::frontier::{KnownUrls, SharedView};
use crate::types::{RetryReason, SkipReason};

/// A server of the tests' own, without its disk's safety: nothing here outlives it.
mod cluster {
    include!("../../../tests/it/support/postgres.rs");
}

/// The server of this process; none where PostgreSQL is not installed.
fn server() -> Option<&'static cluster::Cluster> {
    static SERVER: OnceLock<Option<cluster::Cluster>> = OnceLock::new();
    SERVER.get_or_init(|| cluster::Cluster::start(&["fsync=off"])).as_ref()
}

/// A database of its own.
struct Postgres {
    address: Option<String>,
}

impl Postgres {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let address =
            server().map(|server| server.make_database(&format!("state_{}", NUMBER.fetch_add(1, Ordering::Relaxed))));
        Self { address }
    }

    fn join(&self, worker: &str, now: i64) -> PostgresFrontier {
        let how = OpenWorker {
            run_id: format!("run-{worker}-{now}"),
            worker: worker.into(),
            now: at(now),
            time_of: TimeOf::Caller,
            max_open: 1_000_000,
            host_lease: Duration::from_secs(300),
            source_rest: Duration::ZERO,
        };
        let mut frontier = PostgresFrontier::join(self.address.as_deref().unwrap(), &how).unwrap().0;
        frontier.begin_run(&how.run_id, at(now)).unwrap();
        frontier
    }
}

impl Backend for Postgres {
    fn open(&self, run_id: &str, now: Timestamp, max_open: u64) -> Box<dyn Frontier> {
        let how = OpenWorker {
            run_id: run_id.into(),
            worker: "the one".into(),
            now,
            time_of: TimeOf::Caller,
            max_open,
            host_lease: Duration::from_secs(100 * 365 * 86_400),
            source_rest: Duration::ZERO,
        };
        Box::new(PostgresFrontier::join(self.address.as_deref().unwrap(), &how).unwrap().0)
    }

    fn is_there(&self) -> bool {
        self.address.is_some()
    }
}

conformance!(Postgres::new());

#[test]
fn random_steps_agree_with_the_model() {
    for seed in 0..4 {
        let store = Postgres::new();
        if store.is_there() {
            agrees_with_the_model(&store, seed, 200);
        }
    }
}

#[test]
fn a_state_in_partitions_agrees_with_the_model() {
    let store = Postgres::new();
    let Some(address) = store.address.as_deref() else { return };
    drop(store.open("first", at(0), 9));
    let mut owner = Client::connect(address, NoTls).unwrap();
    owner.batch_execute(include_str!("../../../contrib/postgres/partitions.sql")).unwrap();
    agrees_with_the_model(&store, 7, 300);
    let parts: i64 = owner
        .query_one("SELECT count(*) FROM pg_inherits WHERE inhparent = 'auslese.urls'::regclass", &[])
        .unwrap()
        .get(0);
    let left: i64 = owner.query_one("SELECT count(*) FROM auslese.urls", &[]).unwrap().get(0);
    assert!(parts == 16 && left > 0, "{parts} partitions, {left} addresses");
}

fn hosts(leases: &[Lease]) -> Vec<&str> {
    leases.iter().map(|lease| lease.host.as_str()).collect()
}

fn skip(lease: &Lease) -> Settlement {
    end(lease, Outcome::Skipped { reason: SkipReason::NoArticle, detail: None })
}

const LEASE: Duration = Duration::from_secs(60);

#[test]
fn a_host_is_one_workers_until_its_lease_ends() {
    let store = Postgres::new();
    if !store.is_there() {
        return;
    }
    let (mut one, mut two) = (store.join("one", 0), store.join("two", 0));
    one.offer(&["http://a.test/1", "http://a.test/2", "http://b.test/1"].map(page), at(0)).unwrap();
    let first = one.lease(at(0), LEASE, 1, &|_| 9).unwrap();
    assert_eq!(hosts(&first), ["http://a.test"]);
    let second = two.lease(at(0), LEASE, 9, &|_| 9).unwrap();
    assert_eq!(hosts(&second), ["http://b.test"], "the other host is another's");
    // What others have may become free: look again soon, and not end.
    two.settle(&[skip(&second[0])], &[], at(1)).unwrap();
    let again = two.next_ready(at(1), &|_| true).unwrap().unwrap();
    assert!(again > at(1) && again < at(3), "{again}");
    // While it is heard of it keeps its host, however long; its lease of an address never outlasts that of the host.
    let late = one.lease(at(200), Duration::from_secs(9_999), 9, &|_| 9).unwrap();
    assert!(late.iter().all(|lease| lease.expires <= at(500)), "{late:?}");
    one.tend(at(400)).unwrap();
    assert_eq!(two.lease(at(650), LEASE, 9, &|_| 9).unwrap(), []);
    // Cut off, it loses it; what it settles then is refused, and the other waits for the host's pace as if it had just been asked.
    let taken = two.lease(at(700), LEASE, 9, &|_| 9).unwrap();
    assert_eq!(hosts(&taken), ["http://a.test", "http://a.test"]);
    assert_eq!(two.manners(&taken[0].host).unwrap().asked, Some(at(700)));
    let refused = one.settle(&[skip(&first[0])], &[], at(701)).unwrap();
    assert_eq!((refused.settled, refused.refused), (0, vec![first[0].key]));
    two.settle(&[skip(&taken[0]), skip(&taken[1])], &[], at(702)).unwrap();
    assert!(two.counts().unwrap().is_done() && one.next_ready(at(703), &|_| true).unwrap().is_none());
}

#[test]
fn workers_share_hosts_and_give_back_what_others_are_due() {
    let store = Postgres::new();
    if !store.is_there() {
        return;
    }
    let mut one = store.join("one", 0);
    let pages: Vec<_> = (0..20).map(|n| page(&format!("http://h{}.test/{n}", n % 10))).collect();
    one.offer(&pages, at(0)).unwrap();
    let leases = one.lease(at(0), LEASE, 10, &|_| 1).unwrap();
    assert_eq!(leases.len(), 10, "alone it has all of them");
    let mut two = store.join("two", 1);
    assert_eq!(two.lease(at(1), LEASE, 99, &|_| 9).unwrap(), []);
    one.tend(at(20)).unwrap();
    // Nothing is given back while something of it is leased, or at hand.
    assert_eq!(one.cede(&|_| false, at(20)).unwrap(), []);
    one.settle(&leases.iter().map(skip).collect::<Vec<_>>(), &[], at(21)).unwrap();
    assert_eq!(one.cede(&|_| true, at(21)).unwrap(), []);
    let ceded = one.cede(&|_| false, at(22)).unwrap();
    assert_eq!(ceded.len(), 5);
    let got = two.lease(at(22), LEASE, 99, &|_| 9).unwrap();
    assert_eq!(got.len(), 5);
    assert!(got.iter().all(|lease| ceded.contains(&lease.host)));
    assert_eq!(two.manners(&got[0].host).unwrap().asked, Some(at(22)));
    assert_eq!(one.lease(at(23), LEASE, 99, &|_| 9).unwrap().len(), 5);
    // Who ends gives everything back.
    two.end_run("run-two-1", &serde_json::json!({}), at(24)).unwrap();
    one.tend(at(40)).unwrap();
    assert_eq!(one.lease(at(40), LEASE, 99, &|_| 9).unwrap().len(), 5);
}

#[test]
fn hosts_of_one_machine_are_one_workers() {
    let store = Postgres::new();
    if !store.is_there() {
        return;
    }
    let (mut one, mut two) = (store.join("one", 0), store.join("two", 0));
    one.offer(&["http://a.test/1", "http://b.test/1", "http://c.test/1"].map(page), at(0)).unwrap();
    let a = one.lease(at(0), LEASE, 1, &|_| 1).unwrap().remove(0);
    let b = two.lease(at(0), LEASE, 1, &|_| 1).unwrap().remove(0);
    assert!(one.share(&a.host, "192.0.2.7", at(0)).unwrap());
    assert!(!two.share(&b.host, "192.0.2.7", at(0)).unwrap(), "its machine is another worker's");
    assert_eq!(two.settle(&[skip(&b)], &[], at(1)).unwrap().refused, [b.key]);
    assert_eq!(hosts(&two.lease(at(1), LEASE, 9, &|_| 1).unwrap()), ["http://c.test"]);
    let leases = one.lease(at(1), LEASE, 9, &|_| 1).unwrap();
    assert_eq!(hosts(&leases), ["http://b.test"], "it goes with its machine");
    assert!(one.share(&leases[0].host, "192.0.2.7", at(1)).unwrap());
}

#[test]
fn a_segment_with_a_record_that_may_not_stand_is_not_entered() {
    let store = Postgres::new();
    if !store.is_there() {
        return;
    }
    let (mut one, mut two) = (store.join("one", 0), store.join("two", 0));
    one.offer(&["http://a.test/1", "http://b.test/1", "http://b.test/2"].map(page), at(0)).unwrap();
    let a = one.lease(at(0), LEASE, 1, &|_| 1).unwrap().remove(0);
    let b = two.lease(at(0), LEASE, 2, &|_| 2).unwrap();
    let write = |lease: &Lease, id: &str| {
        let article = Article { id: id.into(), url: lease.candidate.url.to_string(), ..Article::default() };
        end(lease, Outcome::Written(vec![article]))
    };
    let mark = |file: &str| SegmentMark { root: "s3://b/p".into(), file: file.into(), bytes: 9, records: 2 };
    one.settle(&[write(&a, "same")], &[mark("one")], at(1)).unwrap();
    let both = [write(&b[0], "same"), write(&b[1], "other")];
    let withdrawn = two.settle(&both, &[mark("two")], at(1)).unwrap();
    assert!(withdrawn.withdrawn && withdrawn.settled == 0);
    assert_eq!(withdrawn.doubled, ["same"]);
    assert_eq!((two.segments().unwrap().len(), two.article("other").unwrap()), (1, None));
    let alias = [end(&b[0], Outcome::Alias { of: "same".into() }), write(&b[1], "other")];
    assert_eq!(two.settle(&alias, &[mark("three")], at(2)).unwrap().settled, 2);
    let segments = two.segments().unwrap();
    assert_eq!(
        segments.iter().map(|s| (s.mark.file.as_str(), s.finished)).collect::<Vec<_>>(),
        [("one", true), ("three", true)]
    );
    // What was found twice at once is there once.
    one.offer(&[page("http://new.test/1")], at(3)).unwrap();
    assert_eq!(two.offer(&[page("http://new.test/1")], at(3)).unwrap().known, 1);
}

#[test]
fn a_crash_of_the_server_is_survived_and_nothing_done_twice() {
    let Some(server) = cluster::Cluster::start(&[]) else { return };
    let store = Postgres { address: Some(server.make_database("state")) };
    let mut one = store.join("one", 0);
    one.offer(&[page("http://a.test/1"), page("http://a.test/2")], at(0)).unwrap();
    let leases = one.lease(at(0), LEASE, 2, &|_| 2).unwrap();
    server.crash_and_restart();
    let retry = Outcome::Retry { not_before: at(9), reason: RetryReason::Dns, detail: None };
    let settled = one.settle(&[skip(&leases[0]), end(&leases[1], retry)], &[], at(1)).unwrap();
    assert_eq!((settled.settled, settled.refused.len()), (2, 0));
    server.crash_and_restart();
    let counts = one.counts().unwrap();
    assert_eq!((counts.waiting, counts.ready, counts.leased), (1, 0, 0));
    assert_eq!(one.lease(at(9), LEASE, 9, &|_| 9).unwrap().len(), 1);
}

#[test]
fn who_looks_beside_the_workers_is_told_what_they_know() {
    let store = Postgres::new();
    let Some(address) = store.address.as_deref() else { return };
    let urls: Vec<Url> = (0..4).map(|n| page(&format!("http://a.test/{n}")).url).collect();
    let known = || SharedView::known(address, &urls.iter().collect::<Vec<_>>()).unwrap();
    assert_eq!(known(), None, "no state is made by looking");
    let mut one = store.join("one", 0);
    one.offer(&urls[..3].iter().map(|url| page(url.as_str())).collect::<Vec<_>>(), at(0)).unwrap();
    let leases = one.lease(at(0), LEASE, 2, &|_| 9).unwrap();
    one.settle(&[skip(&leases[0])], &[], at(1)).unwrap();
    let KnownUrls { counts, states } = known().unwrap();
    let told: Vec<_> = urls.iter().map(|url| one.known(url).unwrap()).collect();
    assert_eq!((counts, states), (one.counts().unwrap(), told.clone()));
    let ended = Some(UrlState::Skipped(SkipReason::NoArticle));
    assert_eq!(told, [ended, Some(UrlState::Leased), Some(UrlState::Ready), None]);
}

#[test]
fn workers_that_start_at_once_make_one_state() {
    let store = Postgres::new();
    if !store.is_there() {
        return;
    }
    std::thread::scope(|scope| {
        for n in 0..8 {
            let store = &store;
            scope.spawn(move || store.join(&format!("w{n}"), 0).offer(&[page("http://a.test/1")], at(0)).unwrap());
        }
    });
    assert_eq!(store.join("last", 1).counts().unwrap().ready, 1);
}

#[test]
fn two_of_one_name_cannot_be() {
    let store = Postgres::new();
    if !store.is_there() {
        return;
    }
    let _one = store.join("one", 0);
    let how = OpenWorker {
        run_id: "again".into(),
        worker: "one".into(),
        now: at(0),
        time_of: TimeOf::Server,
        max_open: 9,
        host_lease: LEASE,
        source_rest: Duration::ZERO,
    };
    let error = PostgresFrontier::join(store.address.as_deref().unwrap(), &how).err().unwrap();
    assert!(
        matches!(&error, FrontierError::Locked { holder: Some(holder), .. } if holder.run_id == "run-one-0"),
        "{error}"
    );
    assert!(!error.to_string().contains('@'), "{error}");
}
