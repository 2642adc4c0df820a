//! Names to addresses, only checked ones: what is checked is what is connected to, so that a name that changes its address
//! between check and use (rebinding) gains nothing.

use std::io;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::{AddressKind, refuse};

/// A name is refused if it has more addresses than this; nobody honest needs them.
const MAX_ADDRESSES: usize = 64;

/// Resolves by the system, and lets only public addresses through unless private ones are allowed.
#[derive(Debug, Clone, Copy)]
pub(super) struct GuardedResolver {
    pub(super) allow_private: bool,
}

/// Why a name gave no address.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResolveFault {
    /// The name has no address.
    #[error("{host} has no address")]
    NoSuchHost { host: String },
    /// The name server could not be asked, or did not know for now.
    #[error("{host} could not be resolved for now")]
    Temporary {
        host: String,
        #[source]
        source: io::Error,
    },
    /// All its addresses are refused.
    #[error("{host} resolves to {address}, which is {kind}; --allow-private permits it")]
    Refused { host: String, address: std::net::IpAddr, kind: AddressKind },
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found =
                tokio::net::lookup_host((host.as_str(), 0)).await.map(|found| found.take(MAX_ADDRESSES).collect());
            let found = match found {
                Ok(found) => found,
                Err(source) => return Err(lookup_fault(host, source).into()),
            };
            let checked = check(host, found, allow_private)?;
            Ok(Box::new(checked.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be connected to.
fn check(host: String, found: Vec<SocketAddr>, allow_private: bool) -> Result<Vec<SocketAddr>, ResolveFault> {
    let Some(first) = found.first().map(SocketAddr::ip) else { return Err(ResolveFault::NoSuchHost { host }) };
    if allow_private {
        return Ok(found);
    }
    let checked: Vec<_> = found.into_iter().filter(|address| refuse(address.ip()).is_none()).collect();
    match refuse(first) {
        Some(kind) if checked.is_empty() => Err(ResolveFault::Refused { host, address: first, kind }),
        _ => Ok(checked),
    }
}

/// The system tells a name that does not exist from a name server that does not answer only by its words.
fn lookup_fault(host: String, source: io::Error) -> ResolveFault {
    let words = source.to_string();
    let unknown = ["not known", "No address associated", "nodename nor servname", "No such host", "no such host"];
    if unknown.iter().any(|known| words.contains(known)) {
        ResolveFault::NoSuchHost { host }
    } else {
        ResolveFault::Temporary { host, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|a| SocketAddr::new(a.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn only_checked_addresses_come_back() {
        let check = |list: &[&str], private| check("example.org".to_owned(), addresses(list), private);
        let mixed = check(&["127.0.0.1", "8.8.4.4", "::1", "2606:4700::1", "10.0.0.1"], false).unwrap();
        assert_eq!(mixed, addresses(&["8.8.4.4", "2606:4700::1"]));
        let refused = check(&["169.254.169.254", "::1"], false).unwrap_err();
        assert!(matches!(refused, ResolveFault::Refused { kind: AddressKind::LinkLocal, .. }), "{refused}");
        assert_eq!(check(&["127.0.0.1"], true).unwrap(), addresses(&["127.0.0.1"]));
        assert!(matches!(check(&[], false), Err(ResolveFault::NoSuchHost { .. })));
    }

    #[tokio::test]
    async fn the_system_resolver_is_guarded_too() {
        let resolve = |allow_private| GuardedResolver { allow_private }.resolve("localhost".parse().unwrap());
        let Err(fault) = resolve(false).await else { panic!("localhost must be refused") };
        assert!(
            matches!(fault.downcast_ref(), Some(ResolveFault::Refused { kind: AddressKind::Loopback, .. })),
            "{fault}"
        );
        assert!(resolve(true).await.unwrap().all(|address| address.ip().is_loopback()));
    }

    #[test]
    fn words_of_the_system() {
        let fault = |words: &str| lookup_fault("x.test".to_owned(), io::Error::other(words.to_owned()));
        let not_known = "failed to lookup address information: Name or service not known";
        assert!(matches!(fault(not_known), ResolveFault::NoSuchHost { .. }));
        let try_again = "failed to lookup address information: Temporary failure in name resolution";
        assert!(matches!(fault(try_again), ResolveFault::Temporary { .. }));
    }
}
