use super::*;

fn host(name: &str) -> HostKey {
    HostKey::of(&format!("http://{name}.test/").parse().unwrap()).unwrap()
}

/// Milliseconds after some moment.
fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + ms).unwrap()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

const OK: Signal = Signal::Ok { latency: Duration::from_millis(100) };

fn settings() -> PaceSettings {
    PaceSettings { jitter: 0.0, ..PaceSettings::default() }
}

fn not_before(start: Start) -> i64 {
    match start {
        Start::NotBefore(when) => when.as_millisecond() - 1_700_000_000_000,
        other => panic!("expected to wait, got {other:?}"),
    }
}

/// A pacer with one host that has just answered `signal` to a request sent at 0 and ended at 100 ms.
fn after(settings: PaceSettings, signal: Signal) -> (Pacer, HostKey) {
    let (mut pacer, host) = (Pacer::new(settings, 1), host("a"));
    assert_eq!(pacer.try_start(&host, at(0)), Start::Go);
    pacer.finish(&host, at(100), at(0), signal);
    (pacer, host)
}

#[test]
fn one_at_a_time_and_one_a_second() {
    let (mut pacer, a) = (Pacer::new(settings(), 1), host("a"));
    assert_eq!(pacer.try_start(&a, at(0)), Start::Go);
    assert_eq!(pacer.try_start(&a, at(10)), Start::Busy);
    assert_eq!(pacer.try_start(&a, at(5_000)), Start::Busy, "the first is still under way");
    assert_eq!(pacer.try_start(&host("b"), at(5_000)), Start::Go, "hosts do not hold each other back");
    pacer.finish(&a, at(5_100), at(0), Signal::Ok { latency: ms(100) });
    assert_eq!(pacer.try_start(&a, at(5_100)), Start::Go);
    pacer.finish(&a, at(5_200), at(5_100), OK);
    assert_eq!(not_before(pacer.try_start(&a, at(5_200))), 6_100);
    assert_eq!(pacer.try_start(&a, at(6_100)), Start::Go);
}

#[test]
fn no_delay_means_as_fast_as_the_server_gives() {
    let fast = PaceSettings { delay: Duration::ZERO, per_host: 16, ..PaceSettings::default() };
    let (mut pacer, a) = (Pacer::new(fast, 1), host("a"));
    for round in 0..100 {
        for _ in 0..16 {
            assert_eq!(pacer.try_start(&a, at(round)), Start::Go);
        }
        assert_eq!(pacer.try_start(&a, at(round)), Start::Busy);
        for _ in 0..16 {
            pacer.finish(&a, at(round), at(round), Signal::Ok { latency: ms(400) });
        }
    }
}

#[test]
fn a_crawl_delay_can_only_slow() {
    let (mut pacer, a) = after(settings(), OK);
    pacer.set_crawl_delay(&a, Some(ms(4_000)), at(100));
    assert_eq!(not_before(pacer.try_start(&a, at(1_000))), 4_000, "it holds for the request just sent");
    assert_eq!(pacer.try_start(&a, at(4_000)), Start::Go);
    pacer.finish(&a, at(4_100), at(4_000), OK);
    pacer.set_crawl_delay(&a, Some(ms(10)), at(4_100));
    assert_eq!(pacer.try_start(&a, at(8_000)), Start::Go);
    pacer.finish(&a, at(8_100), at(8_000), OK);
    assert_eq!(not_before(pacer.try_start(&a, at(8_100))), 9_000, "the delay that is set still holds");
    pacer.set_crawl_delay(&a, Some(Duration::MAX), at(8_100));
    assert_eq!(not_before(pacer.try_start(&a, at(9_000))), 8_000 + 86_400_000);
}

#[test]
fn a_profile_sets_its_own_pace() {
    let (mut pacer, a) = (Pacer::new(settings(), 1), host("a"));
    pacer.set_override(&a, PaceOverride { delay: Some(ms(50)), per_host: Some(2) });
    assert_eq!(pacer.try_start(&a, at(0)), Start::Go);
    assert_eq!(not_before(pacer.try_start(&a, at(49))), 50);
    assert_eq!(pacer.try_start(&a, at(50)), Start::Go);
    assert_eq!(pacer.try_start(&a, at(100)), Start::Busy);
}

#[test]
fn a_slow_host_is_asked_less_often() {
    let (mut pacer, a) = after(settings(), Signal::Ok { latency: ms(3_000) });
    assert_eq!(not_before(pacer.try_start(&a, at(1_000))), 6_000);
    let (mut pacer, a) = after(settings(), Signal::Ok { latency: Duration::MAX });
    assert_eq!(not_before(pacer.try_start(&a, at(1_000))), 30_000, "bounded");
}

#[test]
fn jitter_only_adds() {
    let jittery = PaceSettings { jitter: 0.5, ..PaceSettings::default() };
    let waits: Vec<_> = (0..50)
        .map(|seed| {
            let mut pacer = Pacer::new(jittery.clone(), seed);
            assert_eq!(pacer.try_start(&host("a"), at(0)), Start::Go);
            pacer.finish(&host("a"), at(0), at(0), OK);
            not_before(pacer.try_start(&host("a"), at(1)))
        })
        .collect();
    assert!(waits.iter().all(|w| (1_000..=1_500).contains(w)), "{waits:?}");
    assert!(waits.iter().max().unwrap() - waits.iter().min().unwrap() > 300, "{waits:?}");
}

#[test]
fn failures_double_the_rest_up_to_its_bound() {
    let (mut pacer, a) = after(settings(), Signal::Timeout);
    let mut now = 100;
    for rest in [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000] {
        let ready = not_before(pacer.try_start(&a, at(now)));
        assert_eq!(ready - now, rest);
        assert_eq!(pacer.try_start(&a, at(ready)), Start::Go);
        now = ready + 100;
        pacer.finish(&a, at(now), at(ready), Signal::ServerError);
    }
}

/// Lets the host's next request go as soon as it may, and ends it with `signal`; gives how long the host then rests.
fn next_rest(pacer: &mut Pacer, host: &HostKey, now: &mut i64, signal: Signal) -> i64 {
    if let Start::NotBefore(when) = pacer.try_start(host, at(*now)) {
        *now = when.as_millisecond() - 1_700_000_000_000;
        assert_eq!(pacer.try_start(host, at(*now)), Start::Go);
    }
    let began = *now;
    *now += 100;
    pacer.finish(host, at(*now), at(began), signal);
    pacer.penalty(host, at(*now)).map_or(0, |penalty| penalty.until.as_millisecond() - 1_700_000_000_000 - *now)
}

#[test]
fn a_host_that_goes_on_failing_is_closed_for_a_time_that_doubles() {
    let (mut pacer, a) = after(settings(), Signal::Timeout);
    let mut now = 100;
    for rest in [10, 20, 40, 80, 160, 320] {
        assert_eq!(next_rest(&mut pacer, &a, &mut now, Signal::ConnectError), rest * 1_000);
    }
    for minutes in [30, 60, 120, 240, 480, 960, 1_440, 1_440] {
        assert_eq!(next_rest(&mut pacer, &a, &mut now, Signal::ServerError), minutes * 60_000);
    }
    // In a later run it is closed still, and for as long as before when it fails again.
    let penalty = pacer.penalty(&a, at(now)).unwrap();
    assert_eq!(penalty.closings, 8);
    let mut later = Pacer::new(settings(), 2);
    later.restore(&a, penalty, at(now));
    assert_eq!(next_rest(&mut later, &a, &mut now, Signal::Timeout), 1_440 * 60_000);
    // One answer opens it; the pace comes back step by step, and the doubling begins anew.
    next_rest(&mut later, &a, &mut now, OK);
    assert_eq!(later.penalty(&a, at(now)).unwrap().closings, 0);
    assert!(later.health(&a, at(now)).unwrap().delay <= Duration::from_secs(600));
    assert_eq!(next_rest(&mut later, &a, &mut now, Signal::Timeout), 30 * 60_000);
}

#[test]
fn a_storm_of_refusals_closes_the_host_at_once() {
    let (mut pacer, a) = after(PaceSettings { refusals: 3, ..settings() }, OK);
    let mut now = 100;
    let refused = |pacer: &mut Pacer, now: &mut i64| next_rest(pacer, &a, now, Signal::Refused);
    assert_eq!((refused(&mut pacer, &mut now), refused(&mut pacer, &mut now)), (0, 0));
    assert_eq!(refused(&mut pacer, &mut now), 30 * 60_000);
    assert_eq!(refused(&mut pacer, &mut now), 60 * 60_000, "one request tries it");
    let penalty = pacer.penalty(&a, at(now)).unwrap();
    let mut later = Pacer::new(PaceSettings { refusals: 3, ..settings() }, 2);
    later.restore(&a, penalty, at(now));
    assert_eq!(refused(&mut later, &mut now), 120 * 60_000, "also in the next run");
    next_rest(&mut later, &a, &mut now, OK);
    assert!(refused(&mut later, &mut now) <= 0, "an answer opens it");
}

#[test]
fn a_server_that_gets_slower_is_asked_less_often() {
    let (mut pacer, a) = after(settings(), Signal::Ok { latency: ms(100) });
    let mut now = 1_000;
    let mut gaps = Vec::new();
    for _ in 0..12 {
        assert_eq!(pacer.try_start(&a, at(now)), Start::Go);
        pacer.finish(&a, at(now + 10), at(now), Signal::Ok { latency: ms(4_000) });
        // The next whole millisecond.
        let ready = not_before(pacer.try_start(&a, at(now + 10))) + 1;
        gaps.push(ready - now);
        now = ready;
    }
    assert!(gaps.is_sorted() && gaps[3] > 5_000 && *gaps.last().unwrap() > 7_500, "{gaps:?}");
    for _ in 0..30 {
        assert_eq!(pacer.try_start(&a, at(now)), Start::Go);
        pacer.finish(&a, at(now + 10), at(now), Signal::Ok { latency: ms(50) });
        // The next whole millisecond.
        let ready = not_before(pacer.try_start(&a, at(now + 10))) + 1;
        gaps.push(ready - now);
        now = ready;
    }
    assert_eq!(*gaps.last().unwrap(), 1_001, "and back, never faster than was set: {gaps:?}");
}

#[test]
fn hosts_of_one_machine_share_its_pace() {
    let mut pacer = Pacer::new(settings(), 1);
    let (a, b, far) = (host("a"), host("b"), host("far"));
    // The first two requests went before anybody knew.
    assert_eq!((pacer.try_start(&a, at(0)), pacer.try_start(&far, at(0))), (Start::Go, Start::Go));
    for (host, machine) in [(&a, 7), (&b, 7), (&far, 8)] {
        pacer.share(host, machine);
    }
    assert_eq!(pacer.try_start(&b, at(100)), Start::Busy, "a request to the same machine is under way");
    pacer.finish(&a, at(200), at(0), OK);
    assert_eq!(pacer.freed(&a), std::slice::from_ref(&b));
    assert!(pacer.freed(&a).is_empty());
    assert_eq!(pacer.try_start(&b, at(200)), Start::Go);
    pacer.finish(&b, at(300), at(200), OK);
    assert_eq!(not_before(pacer.try_start(&a, at(1_000))), 1_200, "a second after the machine's last start");
    pacer.finish(&far, at(400), at(0), OK);
    assert_eq!(pacer.try_start(&far, at(1_000)), Start::Go, "another machine");
    // A rest is the host's own: the other one goes on.
    assert_eq!(pacer.try_start(&a, at(1_200)), Start::Go);
    pacer.finish(&a, at(1_300), at(1_200), Signal::Throttled { retry_after: Some(ms(60_000)) });
    assert_eq!(pacer.try_start(&b, at(2_200)), Start::Go);
    pacer.finish(&b, at(2_300), at(2_200), OK);
    // Moved to another machine, it is free of this one.
    pacer.share(&b, 9);
    assert_eq!(pacer.try_start(&b, at(3_200)), Start::Go);
}

#[test]
fn a_machine_is_asked_no_faster_for_its_many_names_and_each_gets_its_turn() {
    for seed in 0..30 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let set = PaceSettings { per_host: rng.u16(1..3), jitter: 0.0, latency_factor: 0.0, ..PaceSettings::default() };
        let mut pacer = Pacer::new(set.clone(), seed);
        let hosts: Vec<HostKey> = (0..rng.usize(2..6)).map(|n| host(&format!("h{n}"))).collect();
        hosts.iter().for_each(|host| pacer.share(host, 1));
        let mut ready: std::collections::BinaryHeap<std::cmp::Reverse<(i64, usize)>> =
            (0..hosts.len()).map(|n| std::cmp::Reverse((0, n))).collect();
        let mut under_way: Vec<(i64, i64, usize)> = Vec::new();
        let (mut starts, mut turns) = (Vec::new(), vec![0; hosts.len()]);
        let mut now = 0;
        while now < 300_000 {
            let next_end = under_way.iter().map(|(end, ..)| *end).min().unwrap_or(i64::MAX);
            let next_ready = ready.peek().map_or(i64::MAX, |std::cmp::Reverse((at, _))| *at);
            now = next_end.min(next_ready).max(now);
            if next_end <= next_ready {
                let place = under_way.iter().position(|(end, ..)| *end == next_end).unwrap();
                let (_, began, n) = under_way.swap_remove(place);
                pacer.finish(&hosts[n], at(now), at(began), OK);
                for freed in pacer.freed(&hosts[n]) {
                    ready.push(std::cmp::Reverse((now, hosts.iter().position(|host| *host == freed).unwrap())));
                }
                ready.push(std::cmp::Reverse((now, n)));
                continue;
            }
            let std::cmp::Reverse((_, n)) = ready.pop().unwrap();
            match pacer.try_start(&hosts[n], at(now)) {
                Start::Go => {
                    starts.push(now);
                    turns[n] += 1;
                    under_way.push((now + rng.i64(50..400), now, n));
                    assert!(under_way.len() <= usize::from(set.per_host));
                }
                Start::Busy => {}
                Start::NotBefore(when) => {
                    let when = when.as_millisecond() - 1_700_000_000_000;
                    assert!(when > now, "seed {seed}");
                    ready.push(std::cmp::Reverse((when, n)));
                }
            }
        }
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= 1_000), "seed {seed}: too close");
        assert!(starts.len() > 290, "seed {seed}: the machine stood idle, {} starts", starts.len());
        let (least, most) = (turns.iter().min().unwrap(), turns.iter().max().unwrap());
        assert!(*least * 10 >= *most * 9, "seed {seed}: {turns:?}");
    }
}

#[test]
fn success_brings_it_back_step_by_step() {
    let (mut pacer, a) = after(settings(), Signal::ConnectError);
    assert_eq!(pacer.try_start(&a, at(5_100)), Start::Go);
    pacer.finish(&a, at(5_200), at(5_100), Signal::Throttled { retry_after: None });
    assert_eq!(pacer.penalty(&a, at(5_200)), Some(Penalty { level: 2, closings: 0, until: at(15_200) }));
    assert_eq!(pacer.try_start(&a, at(15_200)), Start::Go);
    pacer.finish(&a, at(15_300), at(15_200), OK);
    assert_eq!(not_before(pacer.try_start(&a, at(15_300))), 20_200, "half the rest, counted from the start");
    assert_eq!(pacer.try_start(&a, at(20_200)), Start::Go);
    pacer.finish(&a, at(20_300), at(20_200), OK);
    assert_eq!(pacer.penalty(&a, at(20_300)), None);
}

#[test]
fn requests_that_fail_together_count_once_and_a_late_success_counts_nothing() {
    let many = PaceSettings { delay: Duration::ZERO, per_host: 4, ..settings() };
    let (mut pacer, a) = (Pacer::new(many, 1), host("a"));
    for _ in 0..4 {
        assert_eq!(pacer.try_start(&a, at(0)), Start::Go);
    }
    pacer.finish(&a, at(100), at(0), Signal::ServerError);
    pacer.finish(&a, at(200), at(0), Signal::ServerError);
    pacer.finish(&a, at(300), at(0), Signal::ServerError);
    pacer.finish(&a, at(400), at(0), OK);
    assert_eq!(pacer.penalty(&a, at(400)), Some(Penalty { level: 1, closings: 0, until: at(5_300) }));
    assert_eq!(pacer.try_start(&a, at(5_300)), Start::Go);
    assert_eq!(pacer.try_start(&a, at(5_300)), Start::Busy, "a probe goes alone");
    pacer.finish(&a, at(5_400), at(5_300), OK);
    assert_eq!(pacer.penalty(&a, at(5_400)), None);
    for _ in 0..4 {
        assert_eq!(pacer.try_start(&a, at(5_400)), Start::Go);
    }
}

#[test]
fn retry_after_can_only_slow() {
    let throttled = |seconds| Signal::Throttled { retry_after: Some(Duration::from_secs(seconds)) };
    let wait = |seconds| {
        let (mut pacer, a) = after(settings(), throttled(seconds));
        not_before(pacer.try_start(&a, at(1_000)))
    };
    assert_eq!(wait(0), 5_100, "less than the backoff says nothing");
    assert_eq!(wait(120), 120_100);
    assert_eq!(wait(u64::MAX), 86_400_100, "clamped");

    let (mut pacer, a) = after(PaceSettings { per_host: 2, delay: ms(1), ..settings() }, OK);
    assert_eq!((pacer.try_start(&a, at(1_000)), pacer.try_start(&a, at(1_200))), (Start::Go, Start::Go));
    pacer.finish(&a, at(1_300), at(1_000), throttled(100));
    pacer.finish(&a, at(1_400), at(1_200), throttled(10));
    assert_eq!(not_before(pacer.try_start(&a, at(1_500))), 101_300, "a shorter one does not shorten a longer one");
}

#[test]
fn refusals_count_only_in_a_row() {
    let strict = PaceSettings { refusals: 3, delay: Duration::ZERO, ..settings() };
    let (mut pacer, a) = (Pacer::new(strict, 1), host("a"));
    let mut answer = |n: i64, signal| {
        assert_eq!(pacer.try_start(&a, at(n)), Start::Go);
        pacer.finish(&a, at(n), at(n), signal);
        pacer.penalty(&a, at(n))
    };
    assert_eq!(answer(1, Signal::Refused), None);
    assert_eq!(answer(2, Signal::Refused), None);
    assert_eq!(answer(3, OK), None);
    assert_eq!(answer(4, Signal::Refused), None);
    assert_eq!(answer(5, Signal::Refused), None);
    assert_eq!(answer(6, Signal::Refused), Some(Penalty { level: 1, closings: 1, until: at(1_800_006) }), "a storm");
}

#[test]
fn a_request_that_was_not_sent_says_nothing() {
    let (mut pacer, a) = after(settings(), Signal::Unsent);
    assert_eq!(pacer.penalty(&a, at(100)), None);
    assert_eq!(not_before(pacer.try_start(&a, at(100))), 1_000, "its slot in time is spent all the same");
    assert_eq!(pacer.health(&a, at(100)).unwrap().in_flight, 0);
}

#[test]
fn penalties_outlive_a_run() {
    let (mut first, a) = after(settings(), Signal::Throttled { retry_after: Some(ms(7_200_000)) });
    let penalty = first.penalty(&a, at(200)).unwrap();
    let mut second = Pacer::new(settings(), 2);
    second.restore(&a, penalty, at(60_000));
    assert_eq!(not_before(second.try_start(&a, at(60_000))), 7_200_100);
    assert_eq!(second.penalty(&a, at(60_000)), Some(penalty));
    second.restore(&a, Penalty { level: 200, closings: 200, until: Timestamp::MAX }, at(60_000));
    assert_eq!(not_before(second.try_start(&a, at(60_000))), 60_000 + 86_400_000, "nonsense is bounded");
}

#[test]
fn a_clock_set_back_does_not_stop_a_host() {
    let (mut pacer, a) = after(settings(), OK);
    assert_eq!(not_before(pacer.try_start(&a, at(-3_600_000))), -3_600_000 + 900);
    assert_eq!(pacer.try_start(&a, at(-3_600_000 + 900)), Start::Go);
}

#[test]
fn memory_is_bounded_and_no_penalty_is_forgotten() {
    let small = PaceSettings { max_hosts: 8, ..settings() };
    let mut pacer = Pacer::new(small, 1);
    let bad = host("bad");
    assert_eq!(pacer.try_start(&bad, at(0)), Start::Go);
    pacer.finish(&bad, at(0), at(0), Signal::Throttled { retry_after: Some(ms(3_600_000)) });
    for n in 0..500_i64 {
        let host = host(&format!("h{n}"));
        let now = n * 500;
        if pacer.try_start(&host, at(now)) == Start::Go {
            pacer.finish(&host, at(now), at(now), OK);
        }
        assert!(pacer.hosts.len() <= 8);
    }
    assert_eq!(not_before(pacer.try_start(&bad, at(250_000))), 3_600_000);

    let mut full = Pacer::new(PaceSettings { max_hosts: 1, ..settings() }, 1);
    assert_eq!(full.try_start(&host("a"), at(0)), Start::Go);
    assert_eq!(not_before(full.try_start(&host("b"), at(10))), 1_010, "no room while the other is under way");
    full.finish(&host("a"), at(20), at(0), OK);
    assert_eq!(full.try_start(&host("b"), at(1_010)), Start::Go);
}

/// What the pacer promised for one host, kept independently of it.
#[derive(Default)]
struct Ledger {
    starts: Vec<i64>,
    under_way: Vec<i64>,
    held_until: i64,
}

#[test]
fn the_pace_holds_under_any_order_of_events() {
    for seed in 0..60 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let set = PaceSettings {
            delay: ms(rng.u64(0..3) * 400),
            per_host: rng.u16(1..5),
            jitter: f64::from(rng.u8(0..3)) * 0.3,
            backoff: ms(1_000),
            max_backoff: ms(20_000),
            close: ms(15_000),
            max_close: ms(60_000),
            ..PaceSettings::default()
        };
        let mut pacer = Pacer::new(set.clone(), seed);
        let hosts = [host("a"), host("b"), host("c")];
        let crawl_delay = rng.bool().then(|| ms(rng.u64(100..2_000)));
        let mut ledgers: [Ledger; 3] = Default::default();
        let mut now = 0_i64;
        let mut started = 0;
        pacer.set_crawl_delay(&hosts[2], crawl_delay, at(0));
        for _ in 0..4_000 {
            now += rng.i64(0..300);
            let which = rng.usize(0..3);
            let (host, ledger) = (&hosts[which], &mut ledgers[which]);
            if rng.bool() && !ledger.under_way.is_empty() {
                let begun = ledger.under_way.swap_remove(rng.usize(0..ledger.under_way.len()));
                let asked = rng.u64(0..30);
                let signal = match rng.u8(0..12) {
                    0 => Signal::Throttled { retry_after: Some(Duration::from_secs(asked)) },
                    1 => Signal::Throttled { retry_after: None },
                    2 => Signal::ServerError,
                    3 => Signal::Timeout,
                    4 => Signal::Refused,
                    5 => Signal::Unsent,
                    _ => Signal::Ok { latency: ms(u64::try_from(now - begun).unwrap()) },
                };
                if let Signal::Throttled { retry_after: Some(_) } = signal {
                    ledger.held_until = ledger.held_until.max(now + i64::try_from(asked).unwrap() * 1_000);
                }
                pacer.finish(host, at(now), at(begun), signal);
                continue;
            }
            match pacer.try_start(host, at(now)) {
                Start::Go => {
                    started += 1;
                    let pace = if which == 2 { set.delay.max(crawl_delay.unwrap_or_default()) } else { set.delay };
                    if let Some(last) = ledger.starts.last() {
                        assert!(now - last >= i64::try_from(pace.as_millis()).unwrap(), "seed {seed}: too close");
                    }
                    assert!(now >= ledger.held_until, "seed {seed}: sooner than Retry-After");
                    ledger.starts.push(now);
                    ledger.under_way.push(now);
                    assert!(ledger.under_way.len() <= usize::from(set.per_host), "seed {seed}: too many at once");
                }
                Start::Busy => assert!(!ledger.under_way.is_empty(), "seed {seed}: busy with nothing"),
                Start::NotBefore(when) => {
                    assert!(when > at(now) && when < at(now + 120_000), "seed {seed}: {when}");
                    // Whoever waits as told gets through, or finds the slots taken.
                    if rng.u8(0..20) == 0 && ledger.under_way.is_empty() {
                        now = when.as_millisecond() - 1_700_000_000_000 + 1;
                        assert_eq!(
                            pacer.try_start(host, at(now)),
                            Start::Go,
                            "seed {seed}: told a time that does not hold"
                        );
                        started += 1;
                        ledger.starts.push(now);
                        ledger.under_way.push(now);
                    }
                }
            }
        }
        assert!(started > 30, "seed {seed}: the crawl must get on, got {started}");
    }
}
