//! What every backend of the frontier must do. A backend's tests name it once: `conformance!(MyBackend::new())`.
//!
//! Time is passed in and hostile: it stands still, leaps and goes back. Nothing sleeps.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Article, Frontier, HostManners, Offered, Outcome, RobotsCopy, Settled, Settlement, UrlState};
use crate::pace::Penalty;
use crate::types::{Candidate, DeadReason, HostKey, Lease, RetryReason, SegmentMark, SkipReason, Via, Visit};

/// A store that outlives its frontiers, as a file does.
pub(super) trait Backend {
    /// Opens the store, as one run does.
    fn open(&self, run_id: &str, now: Timestamp, max_open: u64) -> Box<dyn Frontier>;

    /// Whether what it needs is installed.
    fn is_there(&self) -> bool {
        true
    }
}

/// Makes a test of every case.
macro_rules! conformance {
    ($backend:expr; $($case:ident)+) => {
        $(#[test]
        fn $case() {
            let backend = $backend;
            if $crate::frontier::conformance::Backend::is_there(&backend) {
                $crate::frontier::conformance::$case(&backend);
            }
        })+
    };
    ($backend:expr) => {
        conformance! { $backend;
            offers_count_what_is_new_and_keep_what_is_known
            a_full_frontier_takes_redirects_only
            the_best_and_then_the_oldest_comes_first
            busy_held_and_leased_hosts_are_passed_over
            several_addresses_of_one_host_at_once
            an_expired_lease_is_handed_out_again_and_the_late_settlement_refused
            a_retry_waits_and_counts
            released_leases_are_ready_and_not_counted
            every_end_is_counted_by_reason
            a_settlement_counts_once
            a_refused_settlement_leaves_nothing
            articles_and_aliases
            a_redirect_goes_through_the_frontier_with_its_hops
            a_late_redirect_to_a_written_article_is_an_alias
            reopened_sources_are_ready_again
            a_source_that_has_moved_is_asked_where_it_was
            sources_read_days_after_their_date_are_left_alone
            visits_that_are_due_come_last_and_no_more_than_asked_for
            visits_that_were_not_made_are_closed
            a_later_date_brings_a_visit_forward
            what_a_visit_left_comes_back
            an_update_takes_the_place_of_the_version_before
            near_articles_are_found_whatever_bits_differ
            next_ready_names_the_first_end_of_a_wait
            a_page_that_gave_way_to_nothing_comes_back
            a_dead_end_behind_a_redirect_is_none_of_its_pages
            the_waits_of_other_hosts_do_not_count
            a_clock_that_jumps_back_lengthens_no_wait
            a_clock_that_leaps_ahead_loses_nothing
            a_new_run_takes_over_what_a_killed_one_held
            an_address_that_kills_runs_goes_last
            runs_robots_and_segments_are_kept
            manners_of_hosts_are_kept
            odd_addresses_keep_their_form
            a_candidate_comes_back_as_it_went_in
        }
    };
}
pub(super) use conformance;

const KEPT: Outcome = Outcome::Kept { failed: None };
const LEASE: Duration = Duration::from_secs(60);

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

pub(super) fn page(url: &str) -> Candidate {
    Candidate {
        url: url.parse().unwrap(),
        via: Via::Link,
        priority: 0,
        depth: 1,
        lastmod: None,
        referrer: None,
        hops: Vec::new(),
    }
}

fn ranked(url: &str, priority: i32) -> Candidate {
    Candidate { priority, ..page(url) }
}

pub(super) fn end(lease: &Lease, outcome: Outcome) -> Settlement {
    Settlement::new(lease.clone(), outcome)
}

fn article(id: &str, url: &str) -> Article {
    Article {
        id: id.into(),
        url: url.into(),
        version_id: format!("{id}-v1"),
        content_hash: "00ff".into(),
        ..Article::default()
    }
}

fn skipped(reason: SkipReason) -> Outcome {
    Outcome::Skipped { reason, detail: None }
}

fn one(_: &HostKey) -> usize {
    1
}

fn many(_: &HostKey) -> usize {
    usize::MAX
}

fn all(_: &HostKey) -> bool {
    true
}

fn urls(leases: &[Lease]) -> Vec<&str> {
    leases.iter().map(|lease| lease.candidate.url.as_str()).collect()
}

fn open(backend: &dyn Backend) -> Box<dyn Frontier> {
    backend.open("run", at(0), 1_000_000)
}

fn host(url: &str) -> HostKey {
    HostKey::of(&url.parse().unwrap()).unwrap()
}

fn known(frontier: &dyn Frontier, url: &str) -> Option<UrlState> {
    frontier.known(&url.parse().unwrap()).unwrap()
}

pub(super) fn offers_count_what_is_new_and_keep_what_is_known(backend: &dyn Backend) {
    let mut f = open(backend);
    let two = [page("http://a.test/1"), page("http://a.test/2"), page("http://a.test/1"), page("mailto:x@a.test")];
    let offered = f.offer(&two, at(0)).unwrap();
    assert_eq!(offered, Offered { new: 2, known: 1, refused: 1, ..Offered::default() });
    let lease = f.lease(at(0), LEASE, 1, &one).unwrap().remove(0);
    f.settle(&[end(&lease, skipped(SkipReason::NoArticle))], &[], at(1)).unwrap();
    assert_eq!(f.offer(&two[..2], at(2)).unwrap(), Offered { known: 2, ..Offered::default() });
    assert_eq!(known(&*f, "http://a.test/1"), Some(UrlState::Skipped(SkipReason::NoArticle)));
    assert_eq!(known(&*f, "http://a.test/2"), Some(UrlState::Ready));
    assert_eq!(known(&*f, "http://a.test/3"), None);
    assert_eq!(f.counts().unwrap().open(), 1);
}

pub(super) fn a_full_frontier_takes_redirects_only(backend: &dyn Backend) {
    let mut f = backend.open("run", at(0), 2);
    let three = [page("http://a.test/1"), page("http://a.test/2"), page("http://a.test/3")];
    assert_eq!(f.offer(&three, at(0)).unwrap(), Offered { new: 2, full: 1, ..Offered::default() });
    let lease = f.lease(at(0), LEASE, 1, &one).unwrap().remove(0);
    let to = Candidate { hops: vec![lease.candidate.url.clone()], ..page("http://a.test/target") };
    let mut settlement = end(&lease, Outcome::Redirected { to });
    settlement.found = vec![page("http://a.test/4")];
    let settled = f.settle(&[settlement], &[], at(1)).unwrap();
    assert_eq!(settled.offered, Offered { new: 1, full: 1, ..Offered::default() });
    assert_eq!(known(&*f, "http://a.test/target"), Some(UrlState::Ready));
}

pub(super) fn the_best_and_then_the_oldest_comes_first(backend: &dyn Backend) {
    let mut f = open(backend);
    f.offer(&[ranked("http://a.test/low", 1), ranked("http://b.test/old", 5), ranked("http://c.test/new", 5)], at(0))
        .unwrap();
    f.offer(&[ranked("http://a.test/top", 9), ranked("http://a.test/low2", 1)], at(1)).unwrap();
    let leases = f.lease(at(2), LEASE, 10, &one).unwrap();
    assert_eq!(urls(&leases), ["http://a.test/top", "http://b.test/old", "http://c.test/new"]);
    // A priority may rise, also while another address of the host is leased; it never falls.
    f.offer(&[ranked("http://a.test/low2", 2), ranked("http://a.test/low", -7)], at(3)).unwrap();
    assert_eq!(urls(&f.lease(at(3), LEASE, 10, &many).unwrap()), ["http://a.test/low2", "http://a.test/low"]);
}

pub(super) fn busy_held_and_leased_hosts_are_passed_over(backend: &dyn Backend) {
    let mut f = open(backend);
    f.offer(&[ranked("http://a.test/", 3), ranked("http://b.test/", 2), ranked("http://c.test/", 1)], at(0)).unwrap();
    f.hold(&host("http://a.test/"), at(100), "Retry-After", at(0)).unwrap();
    // A shorter hold later changes nothing, nor one that is over.
    f.hold(&host("http://a.test/"), at(50), "again", at(0)).unwrap();
    f.hold(&host("http://a.test/"), at(-5), "over", at(0)).unwrap();
    let busy = host("http://b.test/");
    let leases = f.lease(at(1), LEASE, 10, &|host| usize::from(*host != busy)).unwrap();
    assert_eq!(urls(&leases), ["http://c.test/"]);
    assert!(f.lease(at(99), LEASE, 10, &|host| usize::from(*host != busy)).unwrap().iter().all(|l| l.attempt == 1));
    assert_eq!(urls(&f.lease(at(100), LEASE, 1, &one).unwrap()), ["http://a.test/"]);
    // A host may be held before anything of it is known.
    f.hold(&host("http://new.test/"), at(300), "asked", at(100)).unwrap();
    f.offer(&[ranked("http://new.test/x", 99)], at(100)).unwrap();
    assert_eq!(urls(&f.lease(at(100), LEASE, 10, &one).unwrap()), ["http://b.test/"]);
}

pub(super) fn several_addresses_of_one_host_at_once(backend: &dyn Backend) {
    let mut f = open(backend);
    let pages: Vec<_> = (0..10).map(|n| page(&format!("http://a.test/{n}"))).collect();
    f.offer(&pages, at(0)).unwrap();
    f.offer(&[page("http://b.test/")], at(0)).unwrap();
    let leases = f.lease(at(0), LEASE, 5, &|_| 4).unwrap();
    assert_eq!(
        urls(&leases),
        ["http://a.test/0", "http://a.test/1", "http://a.test/2", "http://a.test/3", "http://b.test/"]
    );
    assert_eq!(f.lease(at(0), LEASE, 0, &many).unwrap(), []);
    assert_eq!(f.lease(at(0), LEASE, 100, &many).unwrap().len(), 6);
    assert_eq!(f.lease(at(0), LEASE, 100, &many).unwrap(), []);
}

pub(super) fn an_expired_lease_is_handed_out_again_and_the_late_settlement_refused(backend: &dyn Backend) {
    let mut f = open(backend);
    f.offer(&[page("http://a.test/")], at(0)).unwrap();
    let first = f.lease(at(0), LEASE, 1, &one).unwrap().remove(0);
    assert_eq!((first.attempt, first.expires), (0, at(60)));
    assert_eq!(f.lease(at(59), LEASE, 1, &one).unwrap(), []);
    // Over, but nobody else has it: it may still be settled.
    assert!(f.is_current(&first).unwrap());
    let second = f.lease(at(60), LEASE, 1, &one).unwrap().remove(0);
    assert_eq!((second.key, second.attempt), (first.key, 1));
    assert!(!f.is_current(&first).unwrap());
    assert!(f.is_current(&second).unwrap());
    let written = Outcome::Written(vec![article("x", "http://a.test/")]);
    let late = f.settle(&[end(&first, written.clone())], &[], at(61)).unwrap();
    assert_eq!(late, Settled { refused: vec![first.key], ..Settled::default() });
    assert_eq!(f.article("x").unwrap(), None);
    let settled = f.settle(&[end(&second, written)], &[], at(62)).unwrap();
    assert_eq!((settled.settled, settled.refused.len()), (1, 0));
    assert!(f.counts().unwrap().is_done());
}

pub(super) fn a_retry_waits_and_counts(backend: &dyn Backend) {
    let mut f = open(backend);
    f.offer(&[page("http://a.test/")], at(0)).unwrap();
    for attempt in 0..4 {
        let now = at(100 * i64::from(attempt));
        let lease = f.lease(now, LEASE, 1, &one).unwrap().remove(0);
        assert_eq!(lease.attempt, attempt);
        let not_before = at(100 * (i64::from(attempt) + 1));
        let retry = Outcome::Retry { not_before, reason: RetryReason::ServerError, detail: Some("503".into()) };
        f.settle(&[end(&lease, retry)], &[], now).unwrap();
        let counts = f.counts().unwrap();
        assert_eq!((counts.waiting, counts.leased, counts.ready), (1, 0, 0));
        assert_eq!(f.lease(not_before - SignedDuration::from_micros(1), LEASE, 1, &one).unwrap(), []);
    }
    assert_eq!(known(&*f, "http://a.test/"), Some(UrlState::Waiting));
}

pub(super) fn released_leases_are_ready_and_not_counted(backend: &dyn Backend) {
    let mut f = open(backend);
    f.offer(&[page("http://a.test/")], at(0)).unwrap();
    for _ in 0..3 {
        let lease = f.lease(at(0), LEASE, 1, &one).unwrap().remove(0);
        assert_eq!(lease.attempt, 0);
        f.settle(&[end(&lease, Outcome::Released)], &[], at(0)).unwrap();
        assert!(!f.is_current(&lease).unwrap());
    }
    assert_eq!(f.counts().unwrap().ready, 1);
}

pub(super) fn every_end_is_counted_by_reason(backend: &dyn Backend) {
    let mut f = open(backend);
    let mut expected = f.counts().unwrap();
    let mut outcomes = vec![Outcome::Written(vec![article("w", "http://h0.test/")])];
    outcomes.extend(SkipReason::ALL.iter().map(|reason| skipped(*reason)));
    outcomes.extend(DeadReason::ALL.iter().map(|reason| Outcome::Dead { reason: *reason, detail: None }));
    expected.done = 1;
    expected.skipped = SkipReason::ALL.iter().map(|reason| (*reason, 1)).collect();
    expected.dead = DeadReason::ALL.iter().map(|reason| (*reason, 1)).collect();
    let pages: Vec<_> = (0..outcomes.len()).map(|n| page(&format!("http://h{n}.test/"))).collect();
    f.offer(&pages, at(0)).unwrap();
    let leases = f.lease(at(0), LEASE, pages.len(), &one).unwrap();
    let settlements: Vec<_> = leases.iter().zip(outcomes).map(|(lease, outcome)| end(lease, outcome)).collect();
    assert_eq!(f.settle(&settlements, &[], at(1)).unwrap().settled, settlements.len() as u64);
    assert_eq!(f.counts().unwrap(), expected);
    for (lease, settlement) in leases.iter().zip(&settlements) {
        let state = match settlement.outcome {
            Outcome::Skipped { reason, .. } => UrlState::Skipped(reason),
            Outcome::Dead { reason, .. } => UrlState::Dead(reason),
            _ => UrlState::Done,
        };
        assert_eq!(f.known(&lease.candidate.url).unwrap(), Some(state));
    }
}

pub(super) fn a_settlement_counts_once(backend: &dyn Backend) {
    let mut f = open(backend);
    f.offer(&[page("http://a.test/")], at(0)).unwrap();
    let lease = f.lease(at(0), LEASE, 1, &one).unwrap().remove(0);
    let gone = end(&lease, Outcome::Dead { reason: DeadReason::Gone, detail: None });
    let twice = f.settle(&[gone.clone(), gone.clone()], &[], at(1)).unwrap();
    assert_eq!((twice.settled, twice.refused), (1, vec![lease.key]));
    assert_eq!(f.settle(&[gone], &[], at(2)).unwrap().settled, 0);
    assert_eq!(f.counts().unwrap().dead.get(&DeadReason::Gone), Some(&1));
    let foreign = Lease { key: 987_654, ..lease };
    assert_eq!(f.settle(&[end(&foreign, Outcome::Released)], &[], at(3)).unwrap().refused, [987_654]);
}

pub(super) fn a_refused_settlement_leaves_nothing(backend: &dyn Backend) {
    let mut f = open(backend);
    f.offer(&[page("http://a.test/")], at(0)).unwrap();
    let old = f.lease(at(0), LEASE, 1, &one).unwrap().remove(0);
    f.lease(at(60), LEASE, 1, &one).unwrap();
    for outcome in [
        Outcome::Released,
        Outcome::Alias { of: "x".into() },
        Outcome::Redirected { to: page("http://b.test/") },
        skipped(SkipReason::Listing),
    ] {
        let late = Settlement { found: vec![page("http://c.test/")], ..end(&old, outcome) };
        f.settle(&[late], &[], at(61)).unwrap();
    }
    assert_eq!(f.counts().unwrap().leased, 1);
    assert_eq!(f.counts().unwrap().open(), 1);
    assert_eq!(known(&*f, "http://b.test/"), None);
    assert_eq!(known(&*f, "http://c.test/"), None);
}

pub(super) fn a_page_that_gave_way_to_nothing_comes_back(backend: &dyn Backend) {
    let mut f = open(backend);
    let led = |main: &str, to: &str| {
        let to = Candidate { hops: vec![main.parse().unwrap()], ..page(&main.replace("main", to)) };
        Outcome::Redirected { to }
    };
    let ends: [&dyn Fn(&str) -> Outcome; 7] = [
        &|_| Outcome::Dead { reason: DeadReason::NotFound, detail: None },
        &|_| skipped(SkipReason::Noindex),
        &|main| led(main, "print"),
        &|main| led(main, "other"),
        &|main| Outcome::Written(vec![article(main, main)]),
        &|_| Outcome::Retry { not_before: at(90), reason: RetryReason::Dns, detail: None },
        &|main| Outcome::NotCanonical { canonical: main.replace("main", "print").parse().unwrap() },
    ];
    for (n, ending) in ends.iter().enumerate() {
        // The page ends before its canonical address, in the same settle before it, and after it.
        for (m, order) in [vec![vec![0], vec![1]], vec![vec![0, 1]], vec![vec![1, 0]]].into_iter().enumerate() {
            let print = format!("http://a{n}{m}.test/print");
            let main = print.replace("print", "main");
            f.offer(&[page(&print), page(&main)], at(0)).unwrap();
            let leases = f.lease(at(0), LEASE, 2, &many).unwrap();
            let gives_way = Outcome::NotCanonical { canonical: main.parse().unwrap() };
            let ends = [end(&leases[0], gives_way), end(&leases[1], ending(&main))];
            for step in order {
                let step: Vec<Settlement> = step.into_iter().map(|n| ends[n].clone()).collect();
                f.settle(&step, &[], at(1)).unwrap();
            }
            // Two that give way to each other: the second one comes back.
            let back = if n == 6 { (m == 2, m != 2) } else { (n < 3, false) };
            assert_eq!(known(&*f, &print) == Some(UrlState::Ready), back.0, "end {n}, order {m}");
            assert_eq!(known(&*f, &main) == Some(UrlState::Ready), back.1, "end {n}, order {m}");
            f.hold(&host(&print), at(9_000_000), "done with", at(1)).unwrap();
        }
    }
}

pub(super) fn a_dead_end_behind_a_redirect_is_none_of_its_pages(backend: &dyn Backend) {
    let mut f = open(backend);
    f.offer(&[page("http://a.test/print"), page("http://a.test/main")], at(0)).unwrap();
    let leases = f.lease(at(0), LEASE, 2, &many).unwrap();
    let gives_way = Outcome::NotCanonical { canonical: "http://a.test/main".parse().unwrap() };
    let to = Candidate { hops: vec!["http://a.test/main".parse().unwrap()], ..page("http://a.test/moved") };
    f.settle(&[end(&leases[0], gives_way), end(&leases[1], Outcome::Redirected { to })], &[], at(1)).unwrap();
    let moved = f.lease(at(1), LEASE, 2, &many).unwrap().remove(0);
    assert_eq!(known(&*f, "http://a.test/print"), Some(UrlState::Skipped(SkipReason::NotCanonical)));
    let dead = Outcome::Dead { reason: DeadReason::Gone, detail: None };
    f.settle(&[end(&moved, dead)], &[], at(2)).unwrap();
    assert_eq!(known(&*f, "http://a.test/print"), Some(UrlState::Ready));
    let counts = f.counts().unwrap();
    assert_eq!((counts.ready, counts.aliases, counts.skipped.get(&SkipReason::NotCanonical).copied()), (1, 1, None));
}

pub(super) fn the_waits_of_other_hosts_do_not_count(backend: &dyn Backend) {
    let mut f = open(backend);
    let pages = ["http://a.test/", "http://b.test/", "http://c.test/"].map(page);
    f.offer(&pages, at(0)).unwrap();
    let leases = f.lease(at(0), LEASE, 3, &one).unwrap();
    let waits: Vec<Settlement> = [50, 20, 30]
        .iter()
        .zip(&leases)
        .map(|(wait, lease)| {
            end(lease, Outcome::Retry { not_before: at(*wait), reason: RetryReason::Dns, detail: None })
        })
        .collect();
    f.settle(&waits, &[], at(1)).unwrap();
    assert_eq!(f.next_ready(at(2), &all).unwrap(), Some(at(20)));
    assert_eq!(f.next_ready(at(2), &|host| host.as_str() != "http://b.test").unwrap(), Some(at(30)));
    assert_eq!(f.next_ready(at(2), &|host| host.as_str() == "http://d.test").unwrap(), None);
    f.hold(&host("http://c.test/"), at(70), "slow", at(3)).unwrap();
    assert_eq!(f.next_ready(at(4), &|host| host.as_str() == "http://c.test").unwrap(), Some(at(70)));
}

pub(super) fn articles_and_aliases(backend: &dyn Backend) {
    let mut f = open(backend);
    let hop: url::Url = "http://a.test/old".parse().unwrap();
    let via_hop = Candidate { hops: vec![hop], ..page("http://a.test/news?print=1") };
    f.offer(&[via_hop, page("http://a.test/twin"), page("http://a.test/double")], at(0)).unwrap();
    let leases = f.lease(at(0), LEASE, 3, &many).unwrap();
    let written = article("id1", "http://a.test/news");
    let settled = f.settle(&[end(&leases[0], Outcome::Written(vec![written.clone()]))], &[], at(1)).unwrap();
    assert_eq!(settled.doubled, Vec::<String>::new());
    assert_eq!(f.article("id1").unwrap(), Some(written.clone()));
    assert_eq!(f.aliases("id1").unwrap(), ["http://a.test/old", "http://a.test/news?print=1"]);
    f.settle(&[end(&leases[1], Outcome::Alias { of: "id1".into() })], &[], at(2)).unwrap();
    assert_eq!(f.aliases("id1").unwrap().last().unwrap(), "http://a.test/twin");
    assert_eq!(known(&*f, "http://a.test/twin"), Some(UrlState::Alias));
    let settled = f.settle(&[end(&leases[2], Outcome::Written(vec![written]))], &[], at(3)).unwrap();
    assert_eq!(settled.doubled, ["id1"]);
    assert_eq!(f.counts().unwrap().aliases, 1);
}

pub(super) fn a_redirect_goes_through_the_frontier_with_its_hops(backend: &dyn Backend) {
    let mut f = open(backend);
    f.offer(&[page("http://a.test/1"), page("http://a.test/3")], at(0)).unwrap();
    let leases = f.lease(at(0), LEASE, 1, &one).unwrap();
    let hops = vec![leases[0].candidate.url.clone()];
    let to = Candidate { via: Via::Redirect, hops: hops.clone(), ..page("https://b.test/2") };
    f.settle(&[end(&leases[0], Outcome::Redirected { to })], &[], at(1)).unwrap();
    assert_eq!(known(&*f, "http://a.test/1"), Some(UrlState::Alias));
    // The next hop leads to an address that is open already: it learns the hops.
    let second = f.lease(at(1), LEASE, 5, &|host| usize::from(host.as_str() == "https://b.test")).unwrap().remove(0);
    assert_eq!(second.candidate.hops, hops);
    let hops = vec![hops[0].clone(), second.candidate.url.clone()];
    let to = Candidate { via: Via::Redirect, hops: hops.clone(), ..page("http://a.test/3") };
    let settled = f.settle(&[end(&second, Outcome::Redirected { to })], &[], at(2)).unwrap();
    assert_eq!(settled.offered, Offered { known: 1, ..Offered::default() });
    let third = f.lease(at(2), LEASE, 5, &one).unwrap().remove(0);
    assert_eq!(third.candidate.hops, hops);
    f.settle(&[end(&third, Outcome::Written(vec![article("id", "http://a.test/3")]))], &[], at(3)).unwrap();
    assert_eq!(f.aliases("id").unwrap(), ["http://a.test/1", "https://b.test/2"]);
}

pub(super) fn a_late_redirect_to_a_written_article_is_an_alias(backend: &dyn Backend) {
    let mut f = open(backend);
    f.offer(&[page("http://a.test/new"), page("http://a.test/old")], at(0)).unwrap();
    let leases = f.lease(at(0), LEASE, 2, &many).unwrap();
    f.settle(&[end(&leases[0], Outcome::Written(vec![article("id", "http://a.test/new")]))], &[], at(1)).unwrap();
    let to = Candidate { hops: vec![leases[1].candidate.url.clone()], ..page("http://a.test/new") };
    f.settle(&[end(&leases[1], Outcome::Redirected { to })], &[], at(2)).unwrap();
    assert_eq!(f.aliases("id").unwrap(), ["http://a.test/old"]);
    assert!(f.counts().unwrap().is_done());
}

pub(super) fn reopened_sources_are_ready_again(backend: &dyn Backend) {
    let mut f = open(backend);
    let feed = ranked("http://a.test/feed", 9);
    let waits = page("http://b.test/");
    f.offer(&[feed.clone(), waits.clone()], at(0)).unwrap();
    let leases = f.lease(at(0), LEASE, 2, &one).unwrap();
    let retry = Outcome::Retry { not_before: at(500), reason: RetryReason::Timeout, detail: None };
    f.settle(&[end(&leases[0], skipped(SkipReason::Source)), end(&leases[1], retry)], &[], at(1)).unwrap();
    let offered = f.reopen(&[feed.clone(), waits, page("http://c.test/")], at(2)).unwrap();
    assert_eq!(offered, Offered { new: 1, known: 1, reopened: 1, ..Offered::default() });
    let again = f.lease(at(2), LEASE, 5, &one).unwrap();
    assert_eq!(urls(&again), ["http://a.test/feed", "http://c.test/"]);
    assert_eq!(again[0].attempt, 0);
    assert_eq!(f.counts().unwrap().skipped.values().sum::<u64>(), 0);
    // Leased: it stays with its holder.
    assert_eq!(f.reopen(&[feed], at(3)).unwrap().reopened, 0);
    assert!(f.is_current(&again[0]).unwrap());
}

pub(super) fn a_source_that_has_moved_is_asked_where_it_was(backend: &dyn Backend) {
    let mut f = open(backend);
    let front = page("http://a.test/");
    f.offer(std::slice::from_ref(&front), at(0)).unwrap();
    let lease = f.lease(at(0), LEASE, 1, &one).unwrap().remove(0);
    let to = Candidate { hops: vec![front.url.clone()], ..page("http://a.test/start") };
    f.settle(&[end(&lease, Outcome::Redirected { to: to.clone() })], &[], at(1)).unwrap();
    let lease = f.lease(at(1), LEASE, 1, &one).unwrap().remove(0);
    f.settle(&[end(&lease, skipped(SkipReason::Source))], &[], at(2)).unwrap();
    assert_eq!(f.reopen(std::slice::from_ref(&front), at(3)).unwrap().reopened, 1);
    let lease = f.lease(at(3), LEASE, 1, &one).unwrap().remove(0);
    let moved = Settlement { again: vec![to.clone()], ..end(&lease, Outcome::Redirected { to }) };
    assert_eq!(f.settle(&[moved], &[], at(4)).unwrap().offered.reopened, 1);
    assert_eq!(urls(&f.lease(at(4), LEASE, 9, &many).unwrap()), ["http://a.test/start"]);
}

pub(super) fn sources_read_days_after_their_date_are_left_alone(backend: &dyn Backend) {
    const DAY: i64 = 86_400;
    let mut f = open(backend);
    let map = |day: i64| Candidate { lastmod: Some(at(day * DAY)), ..page("http://a.test/map.xml") };
    f.offer(&[map(0)], at(0)).unwrap();
    for (now, dated, asked) in [(1, 0, true), (3, 0, true), (9, 0, false), (9, 4, true), (10, 4, false), (11, 11, true)]
    {
        if now > 1 {
            let offered = f.reopen(&[map(dated)], at(now * DAY)).unwrap();
            assert_eq!(offered.reopened == 1, asked, "day {now}, dated {dated}");
        }
        if let Some(lease) = f.lease(at(now * DAY), LEASE, 1, &one).unwrap().pop() {
            let visit = Some(Visit { at: at(now * DAY), ..Visit::default() });
            f.settle(&[Settlement { visit, ..end(&lease, skipped(SkipReason::Source)) }], &[], at(now * DAY)).unwrap();
        }
    }
}

/// Articles at these addresses, the next visit of each due at its second.
fn visited(f: &mut dyn Frontier, due: &[(&str, i64, u8)]) {
    let pages: Vec<_> = due.iter().map(|(url, ..)| page(url)).collect();
    f.offer(&pages, at(0)).unwrap();
    for lease in f.lease(at(0), LEASE, due.len(), &many).unwrap() {
        let url = lease.candidate.url.as_str();
        let (_, next, rank) = due.iter().find(|(known, ..)| *known == url).unwrap();
        let visit = Some(Visit { at: at(0), next: Some(at(*next)), rank: *rank, ..Visit::default() });
        let written = Outcome::Written(vec![article(url, url)]);
        f.settle(&[Settlement { visit, ..end(&lease, written) }], &[], at(0)).unwrap();
    }
}

pub(super) fn visits_that_are_due_come_last_and_no_more_than_asked_for(backend: &dyn Backend) {
    let mut f = open(backend);
    let due = [
        ("http://a.test/late", 20, Visit::BY_RATE),
        ("http://a.test/rate", 10, Visit::BY_RATE),
        ("http://a.test/new", 30, Visit::NEW),
        ("http://a.test/future", 99, Visit::HINTED),
        ("http://b.test/x", 5, Visit::NEW),
    ];
    visited(&mut *f, &due);
    assert_eq!(f.revisit(at(4), &many).unwrap(), []);
    let a = host("http://a.test/");
    let room = |host: &HostKey| if *host == a { 2 } else { 0 };
    assert_eq!(f.revisit(at(50), &room).unwrap(), [(a.clone(), 2)]);
    assert_eq!(f.revisit(at(50), &room).unwrap(), [(a.clone(), 1)], "what is open is not opened again");
    f.offer(&[ranked("http://a.test/fresh", -9)], at(50)).unwrap();
    let leases = f.lease(at(50), LEASE, 9, &many).unwrap();
    let order = ["http://a.test/fresh", "http://a.test/new", "http://a.test/late", "http://a.test/rate"];
    assert_eq!(urls(&leases), order);
    assert!(leases[0].before.is_none());
    let before = leases[1].before.as_deref().unwrap();
    assert!(before.due && before.article.as_deref() == Some("http://a.test/new"));
    f.settle(&[end(&leases[1], KEPT)], &[], at(51)).unwrap();
    assert_eq!(known(&*f, "http://a.test/new"), Some(UrlState::Done));
}

pub(super) fn visits_that_were_not_made_are_closed(backend: &dyn Backend) {
    let mut f = open(backend);
    visited(&mut *f, &[("http://a.test/1", 5, Visit::NEW), ("http://a.test/2", 6, Visit::NEW)]);
    f.begin_run("run", at(9)).unwrap();
    f.revisit(at(9), &many).unwrap();
    let lease = f.lease(at(9), LEASE, 1, &one).unwrap().remove(0);
    assert_eq!(f.counts().unwrap().open(), 2);
    f.settle(&[end(&lease, Outcome::Released)], &[], at(9)).unwrap();
    f.end_run("run", &json!({}), at(9)).unwrap();
    assert_eq!((f.counts().unwrap().open(), f.counts().unwrap().done), (0, 2));
    assert_eq!(f.revisit(at(10), &many).unwrap(), [(host("http://a.test/"), 2)], "as due as before");
    f.lease(at(10), LEASE, 1, &one).unwrap();
    // The same after a kill, one of them leased.
    drop(f);
    let mut f = backend.open("run2", at(11), 100);
    f.begin_run("run2", at(11)).unwrap();
    assert_eq!((f.counts().unwrap().open(), f.counts().unwrap().done), (0, 2));
    assert_eq!(f.lease(at(11), LEASE, 9, &many).unwrap(), []);
}

pub(super) fn a_later_date_brings_a_visit_forward(backend: &dyn Backend) {
    let mut f = open(backend);
    visited(&mut *f, &[("http://a.test/1", 900_000, Visit::BY_RATE), ("http://a.test/2", 900_000, Visit::BY_RATE)]);
    let dated = |n: u32, seconds| Candidate { lastmod: Some(at(seconds)), ..page(&format!("http://a.test/{n}")) };
    f.offer(&[dated(1, -7), dated(2, 400)], at(500)).unwrap();
    assert_eq!(f.revisit(at(500), &many).unwrap(), [(host("http://a.test/"), 1)]);
    let lease = f.lease(at(500), LEASE, 9, &many).unwrap().remove(0);
    assert_eq!(lease.candidate.url.as_str(), "http://a.test/2");
    let before = lease.before.clone().unwrap();
    assert!(before.visit.hinted && before.visit.rank == Visit::HINTED);
    // After a hint in vain no source is believed for a while.
    let visit = Visit { at: at(500), next: Some(at(900_000)), hint_after: at(5_000), ..Visit::default() };
    f.settle(&[Settlement { visit: Some(visit), ..end(&lease, KEPT) }], &[], at(500)).unwrap();
    f.offer(&[dated(2, 600)], at(700)).unwrap();
    assert_eq!(f.revisit(at(700), &many).unwrap(), []);
    assert_eq!(f.revisit(at(5_000), &many).unwrap(), [(host("http://a.test/"), 1)]);
}

pub(super) fn what_a_visit_left_comes_back(backend: &dyn Backend) {
    let mut f = open(backend);
    let feed = page("http://a.test/feed");
    f.offer(std::slice::from_ref(&feed), at(0)).unwrap();
    let visit = Visit {
        at: at(1),
        born: at(-8),
        next: Some(at(77)),
        rank: Visit::NEW,
        history: vec![1, 2, 3, 4],
        etag: Some("W/\"x\"".into()),
        last_modified: Some("Mon, 03 Mar 2025 08:00:00 GMT".into()),
        hinted: true,
        hint_after: at(9),
        misled: 3,
        missing_since: Some(at(4)),
        sources: vec![
            ("http://a.test/one.xml".parse().unwrap(), Some(at(5))),
            ("http://a.test/two?x=1%20y".parse().unwrap(), None),
        ],
    };
    let lease = f.lease(at(0), LEASE, 1, &one).unwrap().remove(0);
    let settlement = Settlement { visit: Some(visit.clone()), ..end(&lease, skipped(SkipReason::Source)) };
    f.settle(&[settlement], &[], at(1)).unwrap();
    f.reopen(&[feed], at(2)).unwrap();
    let before = f.lease(at(2), LEASE, 1, &one).unwrap().remove(0).before.unwrap();
    assert_eq!((before.visit, before.article, before.due), (visit, None, false));
}

pub(super) fn an_update_takes_the_place_of_the_version_before(backend: &dyn Backend) {
    let mut f = open(backend);
    let (old, new) = ("http://a.test/old", "http://a.test/new");
    visited(&mut *f, &[(old, 5, Visit::NEW)]);
    let to = Candidate { hops: vec![old.parse().unwrap()], ..page(new) };
    f.offer(&[to], at(9)).unwrap();
    let lease = f.lease(at(9), LEASE, 1, &one).unwrap().remove(0);
    let next = Article { version_id: "v2".into(), facets: vec![7; 8], simhash: Some(u64::MAX), ..article(old, new) };
    f.settle(&[end(&lease, Outcome::Updated(next.clone()))], &[], at(9)).unwrap();
    assert_eq!(f.article(old).unwrap(), Some(next.clone()));
    assert_eq!(f.owner(&old.parse().unwrap()).unwrap(), Some(next.clone()));
    assert_eq!(f.owner(&new.parse().unwrap()).unwrap(), Some(next));
    assert_eq!(f.aliases(old).unwrap(), [old], "it has moved");
    assert_eq!((known(&*f, old), known(&*f, new)), (Some(UrlState::Alias), Some(UrlState::Done)));
    assert_eq!(f.revisit(at(9_999), &many).unwrap(), [], "the old address is visited no more");
    f.reopen(&[page(new)], at(10)).unwrap();
    let lease = f.lease(at(10), LEASE, 1, &one).unwrap().remove(0);
    let gone = Outcome::Gone { reason: DeadReason::Gone, article: old.into() };
    f.settle(&[end(&lease, gone)], &[], at(10)).unwrap();
    assert!(f.article(old).unwrap().unwrap().gone);
    assert_eq!(known(&*f, new), Some(UrlState::Dead(DeadReason::Gone)));
}

pub(super) fn near_articles_are_found_whatever_bits_differ(backend: &dyn Backend) {
    let mut f = open(backend);
    let hash = 0x0123_4567_89ab_cdef_u64;
    let of = |n: u64, simhash: Option<u64>, text: u64| {
        let url = format!("http://a.test/{n}");
        let (id, content_hash) = (format!("{n:016x}{n:016x}"), format!("{text:016x}{:048}", 0));
        Article { simhash, content_hash, ..article(&id, &url) }
    };
    let articles = [
        of(u64::MAX, Some(hash), 1 << 60),
        of(u64::MAX - 9, Some(!hash), 2 << 60),
        of(5, None, 3 << 60),
        of(6, Some(hash ^ 1), 4 << 60),
    ];
    for article in &articles {
        f.offer(&[page(&article.url)], at(0)).unwrap();
        let lease = f.lease(at(0), LEASE, 1, &one).unwrap().remove(0);
        f.settle(&[end(&lease, Outcome::Written(vec![article.clone()]))], &[], at(0)).unwrap();
    }
    let found = |simhash, text: &str| -> Vec<String> {
        f.near(simhash, text).unwrap().into_iter().map(|article| article.url).collect()
    };
    let (first, other) = (articles[0].url.clone(), articles[3].url.clone());
    assert_eq!(found(Some(hash), "?"), [first.clone(), other.clone()], "the nearest first");
    for (one, two) in [(1, 2), (13, 40), (25, 63), (51, 52)] {
        let near = hash ^ (1 << one) ^ (1 << two) ^ (1 << 60);
        assert_eq!(found(Some(near), "?"), std::slice::from_ref(&first), "{one} {two}");
        assert!(found(Some(near ^ (1 << 30)), "?").is_empty());
    }
    let same = articles[2].content_hash.clone();
    assert_eq!(found(None, &same), [articles[2].url.clone()], "the same text, however short");
    // A new version is found by its own text, and no more by that of the one before.
    f.reopen(&[page(&first)], at(1)).unwrap();
    let lease = f.lease(at(1), LEASE, 1, &one).unwrap().remove(0);
    let next = Article { simhash: Some(hash.rotate_left(7)), content_hash: "f".repeat(64), ..articles[0].clone() };
    f.settle(&[end(&lease, Outcome::Updated(next.clone()))], &[], at(1)).unwrap();
    assert_eq!(f.near(Some(hash), &articles[0].content_hash).unwrap(), [articles[3].clone()]);
    assert_eq!(f.near(next.simhash, "?").unwrap(), [next]);
}

pub(super) fn next_ready_names_the_first_end_of_a_wait(backend: &dyn Backend) {
    let mut f = open(backend);
    assert_eq!(f.next_ready(at(0), &all).unwrap(), None);
    f.offer(&[page("http://a.test/"), page("http://b.test/")], at(0)).unwrap();
    assert_eq!(f.next_ready(at(0), &all).unwrap(), None);
    let leases = f.lease(at(0), LEASE, 1, &one).unwrap();
    assert_eq!(f.next_ready(at(5), &all).unwrap(), Some(at(60)));
    f.hold(&host("http://b.test/"), at(30), "slow", at(5)).unwrap();
    f.hold(&host("http://nobody.test/"), at(10), "nothing waits there", at(5)).unwrap();
    assert_eq!(f.next_ready(at(5), &all).unwrap(), Some(at(30)));
    let retry = Outcome::Retry { not_before: at(20), reason: RetryReason::Dns, detail: None };
    f.settle(&[end(&leases[0], retry)], &[], at(6)).unwrap();
    assert_eq!(f.next_ready(at(6), &all).unwrap(), Some(at(20)));
    // Due, not yet handed out: now.
    assert_eq!(f.next_ready(at(25), &all).unwrap(), Some(at(25)));
}

pub(super) fn a_clock_that_jumps_back_lengthens_no_wait(backend: &dyn Backend) {
    const YEAR: i64 = 31_536_000;
    let mut f = backend.open("run", at(YEAR), 100);
    f.offer(&[page("http://a.test/"), page("http://b.test/"), page("http://c.test/")], at(YEAR)).unwrap();
    let leases = f.lease(at(YEAR), LEASE, 2, &one).unwrap();
    let retry = Outcome::Retry { not_before: at(YEAR + 50), reason: RetryReason::Dns, detail: None };
    f.settle(&[end(&leases[0], retry)], &[], at(YEAR)).unwrap();
    f.hold(&host("http://c.test/"), at(YEAR + 40), "slow", at(YEAR)).unwrap();
    // Small steps back are none.
    assert_eq!(f.lease(at(YEAR - 30), LEASE, 9, &one).unwrap(), []);
    assert_eq!(f.next_ready(at(YEAR), &all).unwrap(), Some(at(YEAR + 40)));
    assert_eq!(f.lease(at(0), LEASE, 9, &one).unwrap(), []);
    assert_eq!(f.next_ready(at(0), &all).unwrap(), Some(at(40)));
    assert_eq!(urls(&f.lease(at(40), LEASE, 9, &one).unwrap()), ["http://c.test/"]);
    assert_eq!(urls(&f.lease(at(50), LEASE, 9, &one).unwrap()), ["http://a.test/"]);
    assert!(f.is_current(&leases[1]).unwrap());
    assert_eq!(urls(&f.lease(at(60), LEASE, 9, &one).unwrap()), ["http://b.test/"]);
    // The same between two runs.
    drop(f);
    let f = backend.open("run2", at(-2 * YEAR), 100);
    assert_eq!(f.next_ready(at(-2 * YEAR), &all).unwrap(), None);
    assert_eq!(f.counts().unwrap().ready, 3);
}

pub(super) fn a_clock_that_leaps_ahead_loses_nothing(backend: &dyn Backend) {
    let mut f = open(backend);
    f.offer(&[page("http://a.test/"), page("http://b.test/")], at(0)).unwrap();
    let leases = f.lease(at(0), LEASE, 2, &one).unwrap();
    let far = Timestamp::MAX;
    let retry = Outcome::Retry { not_before: far, reason: RetryReason::Dns, detail: None };
    f.settle(&[end(&leases[0], retry)], &[], at(0)).unwrap();
    assert_eq!(f.lease(far, Duration::MAX, 9, &one).unwrap().len(), 2);
    assert_eq!(f.counts().unwrap().open(), 2);
    // The right time again. These leases could not be longer than time itself, so they are over.
    assert_eq!(f.lease(at(1), LEASE, 9, &one).unwrap().len(), 2);
    assert_eq!(f.lease(Timestamp::MIN, LEASE, 9, &one).unwrap(), []);
    assert!(f.next_ready(Timestamp::MIN, &all).unwrap().is_some());
    assert_eq!(f.lease(far, Duration::MAX, 9, &one).unwrap().len(), 2);
}

pub(super) fn a_new_run_takes_over_what_a_killed_one_held(backend: &dyn Backend) {
    let mut f = open(backend);
    f.begin_run("run", at(0)).unwrap();
    f.offer(&[page("http://a.test/1"), page("http://a.test/2")], at(0)).unwrap();
    let lease = f.lease(at(0), LEASE, 1, &one).unwrap().remove(0);
    drop(f);
    let mut f = backend.open("run2", at(1), 100);
    let again = f.lease(at(1), LEASE, 1, &one).unwrap().remove(0);
    assert_eq!((again.key, again.attempt), (lease.key, 0));
    assert!(!f.is_current(&lease).unwrap());
    assert_eq!(f.settle(&[end(&lease, Outcome::Released)], &[], at(1)).unwrap().refused, [lease.key]);
}

pub(super) fn an_address_that_kills_runs_goes_last(backend: &dyn Backend) {
    for n in 0..3 {
        let mut f = backend.open(&format!("run{n}"), at(n), 100);
        f.begin_run(&format!("run{n}"), at(n)).unwrap();
        f.offer(&[ranked("http://a.test/poison", 5), ranked("http://a.test/good", 1)], at(n)).unwrap();
        assert_eq!(urls(&f.lease(at(n), LEASE, 1, &one).unwrap()), ["http://a.test/poison"]);
    }
    let mut f = backend.open("run9", at(9), 100);
    assert_eq!(urls(&f.lease(at(9), LEASE, 9, &many).unwrap()), ["http://a.test/good", "http://a.test/poison"]);
}

pub(super) fn runs_robots_and_segments_are_kept(backend: &dyn Backend) {
    let mut f = open(backend);
    let a = host("http://a.test/");
    let copy = RobotsCopy { status: Some(200), body: b"User-agent: *\n\xFF".to_vec(), fetched_at: at(3) };
    let none = RobotsCopy { status: None, body: Vec::new(), fetched_at: at(4) };
    f.put_robots(&a, &none).unwrap();
    f.put_robots(&a, &copy).unwrap();
    f.begin_run("one", at(0)).unwrap();
    f.end_run("one", &json!({"records": 3}), at(5)).unwrap();
    f.begin_run("two", at(6)).unwrap();
    let mark = |file: &str, bytes, records| SegmentMark { root: "/out".into(), file: file.into(), bytes, records };
    f.settle(&[], &[mark("a/1.jsonl", 10, 1)], at(7)).unwrap();
    f.settle(&[], &[mark("a/1.jsonl", 30, 3), mark("a/2.jsonl", 0, 0)], at(8)).unwrap();
    f.finish_segment(&mark("a/1.jsonl", 30, 3), at(9)).unwrap();
    drop(f);
    let mut f = backend.open("three", at(10), 100);
    assert_eq!(f.robots(&a).unwrap(), Some(copy));
    assert_eq!(f.robots(&host("http://b.test/")).unwrap(), None);
    f.put_sketch(&a, "one", at(11)).unwrap();
    f.put_sketch(&a, "two", at(12)).unwrap();
    assert_eq!(f.sketch(&a).unwrap().as_deref(), Some("two"));
    assert_eq!(f.sketch(&host("http://b.test/")).unwrap(), None);
    let runs = f.runs(9).unwrap();
    assert_eq!(runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["two", "one"]);
    assert_eq!((runs[0].ended, runs[1].ended), (None, Some(at(5))));
    assert_eq!(f.run("one").unwrap().unwrap().summary, Some(json!({"records": 3})));
    assert_eq!(f.run("four").unwrap(), None);
    let segments = f.segments().unwrap();
    assert_eq!(segments[0].mark, mark("a/1.jsonl", 30, 3));
    assert_eq!(segments.iter().map(|segment| segment.finished).collect::<Vec<_>>(), [true, false]);
    f.finish_segment(&mark("a/2.jsonl", 0, 0), at(11)).unwrap();
    assert_eq!(f.segments().unwrap().len(), 1);
}

pub(super) fn manners_of_hosts_are_kept(backend: &dyn Backend) {
    let mut frontier = open(backend);
    let host = HostKey::from_stored("http://a.test".to_owned());
    assert_eq!(frontier.manners(&host).unwrap(), HostManners::default());
    let penalty = Penalty { level: 9, closings: 3, until: at(7_200) };
    frontier.keep_penalty(&host, Some(&penalty)).unwrap();
    frontier
        .spend(&[(host.clone(), 20_250_801, 3), (HostKey::from_stored("http://b.test".to_owned()), 20_250_801, 1)])
        .unwrap();
    frontier.spend(&[(host.clone(), 20_250_801, 4)]).unwrap();
    drop(frontier);
    let mut frontier = backend.open("next", at(60), u64::MAX);
    let kept = HostManners { penalty: Some(penalty), spent: Some((20_250_801, 7)), asked: None };
    assert_eq!(frontier.manners(&host).unwrap(), kept);
    frontier.keep_penalty(&host, None).unwrap();
    frontier.spend(&[(host.clone(), 20_250_802, 2)]).unwrap();
    assert_eq!(
        frontier.manners(&host).unwrap(),
        HostManners { spent: Some((20_250_802, 2)), ..HostManners::default() }
    );
    // Holds are lifted by their reason.
    frontier.offer(&[page("http://a.test/1"), page("http://b.test/1")], at(60)).unwrap();
    frontier.hold(&host, at(9_000), "quiet", at(60)).unwrap();
    frontier.hold(&HostKey::from_stored("http://b.test".to_owned()), at(9_000), "rest", at(60)).unwrap();
    assert!(frontier.lease(at(61), LEASE, 9, &|_| 9).unwrap().is_empty());
    frontier.lift(&["quiet", "budget"]).unwrap();
    let leases = frontier.lease(at(62), LEASE, 9, &|_| 9).unwrap();
    assert_eq!(leases.iter().map(|lease| lease.host.as_str()).collect::<Vec<_>>(), ["http://a.test"]);
}

pub(super) fn odd_addresses_keep_their_form(backend: &dyn Backend) {
    let mut f = open(backend);
    let odd = [
        "http://a.test./dot",
        "https://a.test/?q=%00%0A'\";--",
        "http://[::1]:8080/v6",
        "http://a.test:81/",
        "https://xn--mnchen-3ya.test/%C3%BC?x#part",
    ];
    f.offer(&odd.map(page), at(0)).unwrap();
    let mut found = Vec::new();
    for lease in f.lease(at(0), LEASE, 9, &many).unwrap() {
        assert_eq!(HostKey::of(&lease.candidate.url), Some(lease.host));
        found.push(lease.candidate.url.to_string());
    }
    found.sort();
    let mut odd = odd.map(|url| url::Url::parse(url).unwrap().to_string());
    odd.sort();
    assert_eq!(found, odd);
    // Secrets in addresses are not stored.
    assert_eq!(f.offer(&[page("http://me:secret@a.test/")], at(0)).unwrap().refused, 1);
}

pub(super) fn a_candidate_comes_back_as_it_went_in(backend: &dyn Backend) {
    let mut f = open(backend);
    for (n, via) in Via::ALL.iter().enumerate() {
        let candidate = Candidate {
            url: format!("http://h{n}.test/x").parse().unwrap(),
            via: *via,
            priority: if n % 2 == 0 { i32::MIN } else { i32::MAX },
            depth: u16::MAX,
            lastmod: Some(at(-999_999)),
            referrer: Some("http://other.test/r?s".parse().unwrap()),
            hops: vec!["http://x.test/1".parse().unwrap(), "https://y.test/2".parse().unwrap()],
        };
        f.offer(std::slice::from_ref(&candidate), at(0)).unwrap();
        let lease = f.lease(at(0), LEASE, 1, &one).unwrap().remove(0);
        assert_eq!(lease.candidate, candidate);
    }
    // A later date is recorded, an earlier one is not.
    let dated = |seconds| Candidate { lastmod: Some(at(seconds)), ..page("http://dated.test/") };
    for seconds in [5, 9, 7] {
        f.offer(&[dated(seconds)], at(0)).unwrap();
    }
    assert_eq!(f.lease(at(0), LEASE, 1, &one).unwrap()[0].candidate.lastmod, Some(at(9)));
}
