//! HTTP/2 against its rules, frame by frame over real TLS: each behaviour answers every request of its server, and the crawl must count
//! its reason, end in bounded time, and go on to another server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use auslese::demo::Generated;
use auslese::engine::Clock;
use auslese::frontier::{Frontier, OpenHow, RobotsCopy, SqliteFrontier};
use auslese::types::HostKey;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use url::Url;

use super::server::{HTML, counted, ok, quick, text};
use crate::crawl::{Bench, small};
use crate::support::server::{Server, Step, response};
use crate::support::tls::{acceptor, network, serve};

/// One behaviour: what is sent once a request has come, on its stream.
struct Row {
    name: &'static str,
    counted: &'static str,
    steps: fn(u32) -> Vec<Step>,
}

const fn row(name: &'static str, counted: &'static str, steps: fn(u32) -> Vec<Step>) -> Row {
    Row { name, counted, steps }
}

// RFC 9113, section 6.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `:status: 200` and `content-type: text/html`, as HPACK (RFC 7541) without Huffman.
fn head() -> Vec<u8> {
    [&b"\x88\x0f\x10\x09"[..], b"text/html"].concat()
}

/// A field of the head that is in no table.
fn field(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| match u8::try_from(text.len()) {
        Ok(short) if short < 127 => vec![short],
        // An integer over the prefix, in pieces of seven bits.
        _ => {
            let mut rest = text.len() - 127;
            let mut bytes = vec![127];
            while rest >= 128 {
                bytes.push(u8::try_from(rest % 128).unwrap() | 128);
                rest /= 128;
            }
            bytes.push(u8::try_from(rest).unwrap());
            bytes
        }
    };
    [&[0], &length(name)[..], name.as_bytes(), &length(value)[..], value.as_bytes()].concat()
}

fn begun(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &head())
}

fn once(frames: &[Vec<u8>]) -> Vec<Step> {
    vec![Step::Send(frames.concat())]
}

fn and_hang(frames: &[Vec<u8>]) -> Vec<Step> {
    vec![Step::Send(frames.concat()), Step::Hang]
}

fn and_forever(frames: &[Vec<u8>], piece: Vec<u8>) -> Vec<Step> {
    vec![Step::Send(frames.concat()), Step::Forever(piece, Duration::ZERO)]
}

fn code(number: u32) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn goaway(last: u32, error: u32) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[code(last), code(error)].concat())
}

const ROWS: &[Row] = &[
    row("a page as it should be", "skipped.no_article", |s| once(&[begun(s), frame(DATA, END_STREAM, s, &text(1))])),
    row("a padded page", "skipped.no_article", |s| {
        let padded = [&[9], &text(1)[..], &[0; 9]].concat();
        once(&[begun(s), frame(DATA, PADDED, s, &padded), frame(DATA, END_STREAM, s, b"")])
    }),
    row("says nothing", "retried.timeout", |_| vec![Step::Hang]),
    row("closes", "retried.broken", |_| Vec::new()),
    row("goes away before the answer", "retried.broken", |_| once(&[goaway(0, 0)])),
    row("goes away in the middle", "retried.broken", |s| once(&[begun(s), frame(DATA, 0, s, &text(3)), goaway(0, 2)])),
    row("goes away and hangs", "retried.timeout", |s| and_hang(&[goaway(s, 0)])),
    row("enhance your calm", "retried.broken", |_| once(&[goaway(0, 11)])),
    row("goes away for ever", "retried.timeout", |s| and_forever(&[], goaway(s, 0))),
    row("resets the stream", "retried.broken", |s| and_hang(&[frame(RST_STREAM, 0, s, &code(8))])),
    row("refuses the stream", "retried.timeout", |s| and_hang(&[frame(RST_STREAM, 0, s, &code(7))])),
    row("wants HTTP/1.1", "retried.broken", |s| and_hang(&[frame(RST_STREAM, 0, s, &code(13))])),
    row("resets within the body", "retried.broken", |s| {
        and_hang(&[begun(s), frame(DATA, 0, s, &text(3)), frame(RST_STREAM, 0, s, &code(2))])
    }),
    row("settings of a megabyte", "retried.broken", |_| and_hang(&[frame(SETTINGS, 0, 0, &[0; 1_048_572])])),
    row("settings of all kinds", "retried.timeout", |_| {
        let all: Vec<u8> = (10..2_700_u16).flat_map(|id| [&id.to_be_bytes()[..], &[255; 4]].concat()).collect();
        and_hang(&[frame(SETTINGS, 0, 0, &all)])
    }),
    row("settings for ever", "retried.timeout", |_| and_forever(&[], frame(SETTINGS, 0, 0, b"\0\x03\0\0\0\x64"))),
    row("settings that cannot be", "retried.broken", |_| and_hang(&[frame(SETTINGS, 0, 0, b"\0\x04\xff\xff\xff\xff")])),
    row("no streams allowed", "retried.timeout", |_| and_hang(&[frame(SETTINGS, 0, 0, b"\0\x03\0\0\0\0")])),
    row("pings for ever", "retried.timeout", |_| and_forever(&[], frame(PING, 0, 0, &[7; 8]))),
    row("a head that goes on for ever", "retried.broken", |s| {
        and_forever(&[frame(HEADERS, 0, s, &head())], frame(CONTINUATION, 0, s, &field("x", &"y".repeat(1_000))))
    }),
    row("a head of empty pieces for ever", "retried.broken", |s| {
        and_forever(&[frame(HEADERS, 0, s, &head())], frame(CONTINUATION, 0, s, b""))
    }),
    row("a head of a megabyte", "retried.broken", |s| {
        let piece = field("x", &"y".repeat(16_000));
        let pieces: Vec<Vec<u8>> = (0..64).map(|_| frame(CONTINUATION, 0, s, &piece)).collect();
        and_hang(&[frame(HEADERS, 0, s, &head()), pieces.concat(), frame(CONTINUATION, END_HEADERS, s, b"")])
    }),
    row("a bomb in the head", "retried.broken", |s| {
        // A field of 4,000 bytes goes into the table and is named 12,000 times, at a byte each.
        let mut bomb = field("x", &"y".repeat(4_000));
        bomb[0] = 0x40;
        bomb.extend([0xbe; 12_000]);
        and_hang(&[frame(HEADERS, END_HEADERS | END_STREAM, s, &[head(), bomb].concat())])
    }),
    row("a head that is no HPACK", "retried.broken", |s| and_hang(&[frame(HEADERS, END_HEADERS, s, &[0xff; 40])])),
    row("a head without status", "retried.broken", |s| and_hang(&[frame(HEADERS, END_HEADERS, s, &field("a", "b"))])),
    row("a head of capitals", "retried.broken", |s| {
        and_hang(&[frame(HEADERS, END_HEADERS, s, &[head(), field("Gross", "x")].concat())])
    }),
    row("interim answers for ever", "retried.timeout", |s| {
        and_forever(&[], frame(HEADERS, END_HEADERS, s, &field(":status", "103")))
    }),
    row("two heads", "retried.broken", |s| and_hang(&[begun(s), begun(s)])),
    row("a piece of a head that nobody began", "retried.broken", |s| {
        and_hang(&[frame(CONTINUATION, END_HEADERS, s, &head())])
    }),
    row("the body does not come", "retried.timeout", |s| and_hang(&[begun(s)])),
    row("a body before its head", "retried.broken", |s| and_hang(&[frame(DATA, 0, s, &text(1))])),
    row("a body without end", "dead.body_too_large", |s| and_forever(&[begun(s)], frame(DATA, 0, s, &[b'x'; 16_000]))),
    row("empty pieces for ever", "retried.broken", |s| and_forever(&[begun(s)], frame(DATA, 0, s, b""))),
    row("padding for ever", "retried.broken", |s| {
        and_forever(&[begun(s)], frame(DATA, PADDED, s, &[&[255][..], &[0; 255]].concat()))
    }),
    row("more padding than there is", "retried.broken", |s| {
        and_hang(&[begun(s), frame(DATA, PADDED, s, &[200, 0, 0])])
    }),
    row("shorter than its length", "retried.broken", |s| {
        let head = [head(), field("content-length", "9000")].concat();
        and_hang(&[frame(HEADERS, END_HEADERS, s, &head), frame(DATA, END_STREAM, s, &text(1))])
    }),
    row("longer than its length", "retried.broken", |s| {
        let head = [head(), field("content-length", "3")].concat();
        and_hang(&[frame(HEADERS, END_HEADERS, s, &head), frame(DATA, END_STREAM, s, &text(1))])
    }),
    row("a frame of sixteen megabytes", "retried.broken", |s| {
        and_hang(&[begun(s), frame(DATA, 0, s, &[b'x'; 16_000_000])])
    }),
    row("a stream that nobody opened", "retried.broken", |_| and_hang(&[begun(4_711)])),
    row("a push that nobody asked for", "retried.broken", |s| {
        and_hang(&[frame(PUSH_PROMISE, END_HEADERS, s, &[code(2), head()].concat())])
    }),
    row("a window of nothing more", "retried.broken", |_| and_hang(&[frame(WINDOW_UPDATE, 0, 0, &code(0))])),
    row("a window beyond all bounds", "retried.broken", |_| {
        and_hang(&[frame(WINDOW_UPDATE, 0, 0, &code(0x7fff_ffff)), frame(WINDOW_UPDATE, 0, 0, &code(0x7fff_ffff))])
    }),
    row("frames of unknown kinds for ever", "retried.timeout", |s| and_forever(&[], frame(77, 0, s, b"?"))),
    row("the other protocol", "retried.broken", |_| {
        once(&[b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()])
    }),
];

/// Reads what the client begins with, up to its request; the request's stream.
async fn request(stream: &mut TlsStream<TcpStream>) -> std::io::Result<u32> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        stream.read_exact(&mut vec![0; length]).await?;
        if head[3] == HEADERS {
            return Ok(u32::from_be_bytes([head[5], head[6], head[7], head[8]]));
        }
    }
}

async fn answer(mut stream: TlsStream<TcpStream>, steps: fn(u32) -> Vec<Step>) {
    let _ = stream.write_all(&frame(SETTINGS, 0, 0, b"")).await;
    let Ok(number) = request(&mut stream).await else { return };
    let (mut read, mut write) = split(stream);
    // What the client says to it is nobody's business, but must not fill the pipe.
    let gone = Arc::new(tokio::sync::Notify::new());
    let told = Arc::clone(&gone);
    tokio::spawn(async move {
        let mut nothing = [0; 4_096];
        while read.read(&mut nothing).await.is_ok_and(|bytes| bytes > 0) {}
        told.notify_one();
    });
    let _ = write.write_all(&frame(SETTINGS, 1, 0, b"")).await;
    for step in steps(number) {
        match step {
            Step::Send(bytes) if write.write_all(&bytes).await.is_ok() => {}
            Step::Forever(piece, _) => while write.write_all(&piece).await.is_ok() {},
            Step::Hang => gone.notified().await,
            Step::Send(_) | Step::Reset => return,
        }
        let _ = write.flush().await;
    }
    let _ = write.shutdown().await;
}

/// What a behaviour did to a crawl; nothing where all is as it must be.
fn fault_of(row: &Row, runtime: &tokio::runtime::Runtime) -> Option<String> {
    let far = small(2).site().body(&Generated::article_path(1)).unwrap().to_vec();
    let steps = row.steps;
    let port = runtime.block_on(serve(acceptor("good", &["h2"]), move |stream| answer(stream, steps)));
    let neighbour = runtime.block_on(Server::start(move |path, _| match path {
        "/" => ok(&[], b"<a href=/far>fern</a>"),
        "/far" => ok(&[], &far),
        _ => response("404 Not Found", &[HTML], b"?"),
    }));
    let bench = quick();
    let odd: Url = format!("https://rabensund.test:{port}/odd").parse().unwrap();
    // It has no robots.txt, as is known since a moment ago: what is looked at here are its pages.
    let how = OpenHow { run_id: "before".to_owned(), now: Timestamp::now(), max_open: 1_000 };
    let kept = RobotsCopy { status: Some(404), body: Vec::new(), fetched_at: Timestamp::now() };
    let (mut state, _) = SqliteFrontier::open(&bench.state(), &how).unwrap();
    state.put_robots(&HostKey::of(&odd).unwrap(), &kept).unwrap();
    drop(state);
    let plan = Bench::plan(&[odd.as_str(), neighbour.url("/").as_str()]);
    let began = Instant::now();
    let summary = bench.run_within(&plan, &network(true), Clock::system());
    let elapsed = began.elapsed();
    let mut faults = Vec::new();
    // The neighbour's front page is no article either.
    let usual = u64::from(row.counted == "skipped.no_article");
    if counted(&summary, row.counted) <= usual {
        faults.push(format!("nothing counted as {}", row.counted));
    }
    if !bench.records().iter().any(|record| record.url.ends_with("/far")) {
        faults.push("the page of the neighbour was not written".to_owned());
    }
    if elapsed > Duration::from_secs(30) {
        faults.push(format!("it took {elapsed:?}"));
    }
    (!faults.is_empty()).then(|| format!("{}: {} ({:?})", row.name, faults.join(", "), summary.counters))
}

#[test]
fn http2_of_any_kind() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let faults: Vec<String> = ROWS.iter().filter_map(|row| fault_of(row, &runtime)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
