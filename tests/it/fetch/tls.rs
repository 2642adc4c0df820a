//! TLS against real servers on loopback: whom the fetcher trusts, whom it refuses, and what it says then.

use auslese::fetch::{FetchOutcome, FetchReply, Fetcher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{detail, outcome, patient, request};
use crate::support::server::{Server, raw};
use crate::support::tls::{acceptor, network, old_acceptor, serve};

/// A page over HTTP/1.1, and then the end.
async fn page(mut stream: TlsStream<TcpStream>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 16\r\nConnection: close\r\n\r\n<p>vertraut</p>\n";
    let _ = stream.write_all(answer).await;
    let _ = stream.shutdown().await;
}

async fn fetch(fetcher: &Fetcher, port: u16) -> FetchReply {
    fetcher.fetch(request(format!("https://rabensund.test:{port}/").parse().unwrap())).await
}

async fn answer_of(acceptor: TlsAcceptor, trusted: bool) -> FetchReply {
    let port = serve(acceptor, page).await;
    let fetcher = Fetcher::within(patient(), &network(trusted)).unwrap();
    fetch(&fetcher, port).await
}

#[tokio::test]
async fn a_root_of_an_organisation_is_trusted_where_it_is_given() {
    for acceptor in [acceptor("good", &["http/1.1"]), acceptor("good", &[]), old_acceptor("good")] {
        let reply = answer_of(acceptor, true).await;
        let FetchOutcome::Done(fetched) = &reply.outcome else { panic!("{}: {}", outcome(&reply), detail(&reply)) };
        assert_eq!((fetched.status, fetched.body.as_slice()), (200, b"<p>vertraut</p>\n".as_slice()));
        assert_eq!(fetched.final_url.scheme(), "https");
    }
}

#[tokio::test]
async fn who_cannot_be_trusted_is_refused_for_good_with_the_reason() {
    for (certificate, trusted, what) in [
        ("expired", true, "expired"),
        ("too-early", true, "not valid yet"),
        ("other-name", true, "anderswo.test"),
        ("unknown-root", true, "UnknownIssuer"),
        ("self-signed", true, "UnknownIssuer"),
        ("good", false, "UnknownIssuer"),
    ] {
        let reply = answer_of(acceptor(certificate, &["h2", "http/1.1"]), trusted).await;
        assert_eq!(outcome(&reply), "tls", "{certificate}: {}", detail(&reply));
        assert!(detail(&reply).contains(what), "{certificate}: {}", detail(&reply));
        assert!(detail(&reply).starts_with("https://rabensund.test:"), "{}", detail(&reply));
    }
}

#[tokio::test]
async fn what_is_no_tls_or_breaks_in_the_handshake_has_its_reason() {
    let fetcher = Fetcher::within(super::quick(), &network(true)).unwrap();
    let alert = b"\x15\x03\x03\x00\x02\x02\x28".as_slice();
    let cases: [(&str, &[u8], &str); 4] = [
        ("plain text", b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls"),
        ("an alert", alert, "tls"),
        ("nothing, and closed", b"", "connect"),
        ("half a record", b"\x16\x03\x03\x40\x00\x02\x00", "connect"),
    ];
    for (name, bytes, expected) in cases {
        let server = Server::start(move |_, _| raw(bytes)).await;
        let reply = fetch(&fetcher, server.port()).await;
        assert_eq!(outcome(&reply), expected, "{name}: {}", detail(&reply));
    }
}
