//! TLS to the database: a real PostgreSQL takes only encrypted connections, with certificates of `fixtures/tls`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use auslese::frontier::{FrontierError, SharedView};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::support::postgres::{Cluster, NOBODY};

/// Certificates as files, readable to the server.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("auslese-tls").tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    /// A file of `fixtures/tls` in PEM.
    fn pem(&self, name: &str) -> PathBuf {
        let der = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls").join(format!("{name}.der")));
        let kind = if name == "key" { "PRIVATE KEY" } else { "CERTIFICATE" };
        let text = STANDARD.encode(der.unwrap());
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let path = self.folder.path().join(format!("{name}.pem"));
        let text = format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"));
        std::fs::write(&path, text).unwrap();
        // A key that others may read is refused.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(if name == "key" { 0o600 } else { 0o644 }))
            .unwrap();
        if std::fs::metadata(&path).unwrap().uid() == 0 {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        path
    }

    /// A server with this certificate that refuses what is not encrypted; it answers at a port of 127.0.0.1.
    fn server(&self, certificate: &str) -> Option<(Cluster, u16)> {
        let rules = self.folder.path().join("hba.conf");
        std::fs::write(&rules, "local all all trust\nhostssl all all 127.0.0.1/32 trust\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Cluster::start(&[
            "listen_addresses = '127.0.0.1'",
            &format!("port = {port}"),
            "ssl = on",
            &format!("ssl_cert_file = '{}'", self.pem(certificate).display()),
            &format!("ssl_key_file = '{}'", self.pem("key").display()),
            &format!("hba_file = '{}'", rules.display()),
        ])?;
        Some((cluster, port))
    }
}

/// Why a look at a database failed; none where the server took the connection (and holds no state).
fn refusal(host: &str, port: u16, parameters: &str) -> Option<String> {
    let address = format!("postgres://auslese@{host}:{port}/postgres?hostaddr=127.0.0.1{parameters}");
    match SharedView::look(&address, 0) {
        Err(FrontierError::NotAState { .. }) => None,
        // At once: what does not pass is not tried again and again.
        Err(FrontierError::Database { source, .. }) => {
            let why = source.source().map_or_else(|| source.to_string(), ToString::to_string);
            Some(why)
        }
        Err(FrontierError::Address { why, .. }) => Some(why),
        other => panic!("{address}: {other:?}"),
    }
}

#[test]
fn a_certificate_is_checked_as_far_as_the_address_says() {
    let files = Files::new();
    let Some((_cluster, port)) = files.server("good") else { return };
    let (root, other) = (files.pem("root"), files.pem("self-signed"));
    let (root, other) = (format!("&sslrootcert={}", root.display()), format!("&sslrootcert={}", other.display()));
    let (named, misnamed) = ("rabensund.test", "anderswo.test");
    let cases: [(&str, &str, &str, Option<&str>); 13] = [
        (named, "disable", "", Some("no encryption")),
        (misnamed, "prefer", "", None),
        (misnamed, "require", "", None),
        (misnamed, "require", &root, None),
        (named, "require", &other, Some("UnknownIssuer")),
        (misnamed, "verify-ca", &root, None),
        (named, "verify-ca", &other, Some("UnknownIssuer")),
        (named, "verify-ca", "", Some("UnknownIssuer")),
        (named, "verify-full", &root, None),
        (misnamed, "verify-full", &root, Some("not valid for name")),
        (named, "verify-full", "&sslrootcert=system", Some("UnknownIssuer")),
        (named, "verify-full", "&sslrootcert=/nowhere.pem", Some("/nowhere.pem")),
        (named, "allow", "", Some("verify-full")),
    ];
    for (host, mode, roots, expected) in cases {
        let found = refusal(host, port, &format!("&sslmode={mode}{roots}"));
        let holds = match (&found, expected) {
            (None, None) => true,
            (Some(found), Some(expected)) => found.contains(expected),
            _ => false,
        };
        assert!(holds, "{host} {mode}{roots}: {found:?} where {expected:?} is expected");
    }
    assert_eq!(refusal(misnamed, port, ""), None, "encrypted where nothing is said");
}

#[test]
fn an_expired_certificate_is_refused() {
    let files = Files::new();
    let Some((_cluster, port)) = files.server("expired") else { return };
    let full = format!("&sslmode=verify-full&sslrootcert={}", files.pem("root").display());
    let why = refusal("rabensund.test", port, &full).unwrap();
    assert!(why.contains("expired"), "{why}");
    assert_eq!(refusal("rabensund.test", port, "&sslmode=require"), None);
}

#[test]
fn a_server_without_tls_is_refused_where_it_must_be_encrypted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 8];
        stream.read_exact(&mut asked).unwrap();
        stream.write_all(b"N").unwrap();
        let mut more = Vec::new();
        stream.read_to_end(&mut more).unwrap();
        (asked, more)
    });
    let why = refusal("rabensund.test", port, "&sslmode=require").unwrap();
    assert!(why.contains("does not support TLS"), "{why}");
    let (asked, more) = server.join().unwrap();
    assert_eq!(
        (asked[4..].to_vec(), more),
        (80_877_103_u32.to_be_bytes().to_vec(), Vec::new()),
        "nothing more is said"
    );
}
