//! TLS to the server, asked for as libpq has it: `sslmode` and `sslrootcert` of the address.
//!
//! | `sslmode` | encrypted | certificate |
//! |---|---|---|
//! | `disable` | never | |
//! | `prefer`, or none | where the server offers it | any |
//! | `require` | always | any; with `sslrootcert` as `verify-ca` |
//! | `verify-ca` | always | of an authority that is trusted |
//! | `verify-full` | always | the same, and for the host's name |
//!
//! Trusted are the authorities of the PEM file `sslrootcert`, or Mozilla's where none is named (or `system`).

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use postgres::config::{Host, SslMode};
use postgres::{Client, Config};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What an address says of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl Mode {
    const ALL: [(&str, Self); 5] = [
        ("disable", Self::Disable),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    fn of(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, mode)| mode).ok_or_else(|| {
            format!("sslmode is {name}, which is none of {}", Self::ALL.map(|(known, _)| known).join(", "))
        })
    }

    const fn to_ask(self) -> SslMode {
        match self {
            Self::Disable => SslMode::Disable,
            Self::Prefer => SslMode::Prefer,
            Self::Require | Self::VerifyCa | Self::VerifyFull => SslMode::Require,
        }
    }
}

/// A server, and how it is spoken to.
pub(super) struct Server {
    pub(super) config: Config,
    tls: MakeRustlsConnect,
}

impl Server {
    /// Takes an address apart; what is wrong with it where that fails.
    pub(super) fn of(address: &str) -> Result<Self, String> {
        let (address, mode, roots) = split(address)?;
        let mut config: Config = address.parse().map_err(|error| super::link::words(&error))?;
        // As in libpq: nobody listens in on a socket of this machine, and the server offers no TLS there.
        let is_near = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
        let mode = if is_near { Mode::Disable } else { mode };
        config.ssl_mode(mode.to_ask());
        Ok(Self { config, tls: connector(mode, roots.as_deref())? })
    }

    pub(super) fn connect(&self) -> Result<Client, postgres::Error> {
        self.config.connect(self.tls.clone())
    }
}

/// The address without the parameters that `postgres` does not know, and what these say.
fn split(address: &str) -> Result<(String, Mode, Option<String>), String> {
    let (mut mode, mut roots) = (Mode::Prefer, None);
    // A password may hold a question mark.
    let credentials = address.find('@').unwrap_or(0);
    let Some(at) = address[credentials..].find('?').map(|at| credentials + at) else {
        return Ok((address.to_owned(), mode, roots));
    };
    let mut others = Vec::new();
    for parameter in address[at + 1..].split('&') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = percent_decode_str(value).decode_utf8_lossy();
        match name {
            "sslmode" => mode = Mode::of(&value)?,
            "sslrootcert" => roots = Some(value.into_owned()),
            _ => others.push(parameter),
        }
    }
    let others = others.join("&");
    let mark = if others.is_empty() { "" } else { "?" };
    Ok((format!("{}{mark}{others}", &address[..at]), mode, roots))
}

fn connector(mode: Mode, roots: Option<&str>) -> Result<MakeRustlsConnect, String> {
    let provider = Arc::new(ring::default_provider());
    let mode = if mode == Mode::Require && roots.is_some() { Mode::VerifyCa } else { mode };
    let authority = match mode {
        Mode::Disable | Mode::Prefer | Mode::Require => None,
        Mode::VerifyCa | Mode::VerifyFull => {
            let built = WebPkiServerVerifier::builder_with_provider(authorities(roots)?, Arc::clone(&provider)).build();
            Some(built.map_err(|error| format!("sslrootcert: {error}"))?)
        }
    };
    let verifier = Verifier { authority, by_name: mode == Mode::VerifyFull, provider: Arc::clone(&provider) };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // `sslnegotiation=direct` wants it.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn authorities(file: Option<&str>) -> Result<Arc<RootCertStore>, String> {
    let mut store = RootCertStore::empty();
    match file.filter(|file| *file != "system") {
        None => drop(store.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned())),
        Some(file) => {
            let fault = |error: &dyn std::fmt::Display| format!("sslrootcert {file}: {error}");
            for certificate in CertificateDer::pem_file_iter(file).map_err(|error| fault(&error))? {
                let certificate = certificate.map_err(|error| fault(&error))?;
                store.add(certificate).map_err(|error| fault(&error))?;
            }
            if store.is_empty() {
                return Err(fault(&"it holds no certificate (PEM is read)"));
            }
        }
    }
    Ok(Arc::new(store))
}

/// Takes a server's certificate, or refuses it.
#[derive(Debug)]
struct Verifier {
    /// What knows the authorities; any certificate is taken without one.
    authority: Option<Arc<WebPkiServerVerifier>>,
    by_name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authority) = &self.authority else { return Ok(ServerCertVerified::assertion()) };
        let verified = authority.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // The name is looked at last: all else holds.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.by_name => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_tls_is_taken_out_of_an_address() {
        let split = |address: &str| split(address).unwrap();
        let plain = "postgres://a@db/crawl";
        assert_eq!(split(plain), (plain.to_owned(), Mode::Prefer, None));
        assert_eq!(split(&format!("{plain}?sslmode=verify-full")), (plain.to_owned(), Mode::VerifyFull, None));
        let both =
            "postgres://a:b?c@db/crawl?connect_timeout=3&sslrootcert=%2Fetc%2Four%20root.pem&sslmode=require&port=1";
        let rest = "postgres://a:b?c@db/crawl?connect_timeout=3&port=1".to_owned();
        assert_eq!(split(both), (rest, Mode::Require, Some("/etc/our root.pem".to_owned())));
        assert!(super::split("postgres://a@db/crawl?sslmode=allow").unwrap_err().contains("verify-full"));
    }

    #[test]
    fn a_socket_of_this_machine_needs_no_tls() {
        let mode = |address: &str| Server::of(address).map(|server| server.config.get_ssl_mode()).ok();
        assert_eq!(mode("postgres://a@%2Ftmp/crawl?sslmode=verify-full"), Some(SslMode::Disable));
        assert_eq!(mode("postgres://a@db/crawl?sslmode=verify-full"), Some(SslMode::Require));
        assert_eq!(mode("postgres://a@db/crawl"), Some(SslMode::Prefer));
        assert_eq!(mode("postgres://a@db/crawl?sslmode=require&sslrootcert=/nowhere.pem"), None);
    }
}
