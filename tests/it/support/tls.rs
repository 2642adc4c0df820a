//! Servers on loopback that speak TLS, with the certificates of `fixtures/tls`.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use auslese::fetch::{Looking, Lookup, Network};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto, version};
use tokio_rustls::server::TlsStream;

fn file(name: &str) -> Vec<u8> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls");
    std::fs::read(folder.join(format!("{name}.der"))).unwrap()
}

/// What a server shows and speaks: a certificate of `fixtures/tls`, protocols in the order of its liking.
pub(crate) fn acceptor(certificate: &str, protocols: &[&str]) -> TlsAcceptor {
    acceptor_of(certificate, protocols, true)
}

/// The same, of TLS 1.2 only.
pub(crate) fn old_acceptor(certificate: &str) -> TlsAcceptor {
    acceptor_of(certificate, &[], false)
}

fn acceptor_of(certificate: &str, protocols: &[&str], new: bool) -> TlsAcceptor {
    let versions: &[_] = if new { &[&version::TLS13, &version::TLS12] } else { &[&version::TLS12] };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(file("key")));
    let mut config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(file(certificate))], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// Serves every connection whose handshake succeeds; the port. It ends with the runtime of the test.
pub(crate) async fn serve<F>(
    acceptor: TlsAcceptor,
    answer: impl Fn(TlsStream<TcpStream>) -> F + Clone + Send + 'static,
) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    answer(stream).await;
                }
            });
        }
    });
    port
}

/// Every name is this machine.
#[derive(Debug)]
struct Here;

impl Lookup for Here {
    fn lookup(&self, _host: String) -> Looking {
        Box::pin(async { Ok::<_, io::Error>(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]) })
    }
}

/// A network in which every name is this machine, and our authority is trusted where that is wanted.
pub(crate) fn network(trusted: bool) -> Network {
    Network { lookup: Arc::new(Here), roots: trusted.then(|| file("root")).into_iter().collect() }
}
