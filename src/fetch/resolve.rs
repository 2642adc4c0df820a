//! Names to addresses, only checked ones: what is checked is what is connected to, so that a name that changes its address
//! between check and use (rebinding) gains nothing.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustc_hash::FxHashMap;

use super::guard::{AddressKind, Guard};

/// A name is refused if it has more addresses than this; nobody honest needs them.
const MAX_ADDRESSES: usize = 64;
/// Checked addresses of a name are used for so long.
const KEPT_FOR: Duration = Duration::from_secs(300);
/// Names kept at once.
const MAX_KEPT: usize = 4_096;

/// How names become addresses. What comes back is checked before anything is connected to.
pub trait Lookup: fmt::Debug + Send + Sync {
    /// The addresses of a name.
    fn lookup(&self, host: String) -> Looking;
}

/// The answer to a [`Lookup`]. An error of kind `NotFound` says that there is no such name; any other, that it is not known for
/// now.
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Asks the system, as every program on it does.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> Looking {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await.map_err(told_apart)?;
            Ok(found.map(|address| address.ip()).take(MAX_ADDRESSES).collect())
        })
    }
}

/// Resolves names, and lets only addresses through that the guard permits. What was checked is kept for a while, so that one
/// name is one set of addresses for whoever asks.
#[derive(Debug, Clone)]
pub(super) struct GuardedResolver {
    lookup: Arc<dyn Lookup>,
    guard: Arc<Guard>,
    kept: Arc<Mutex<Kept>>,
}

/// The addresses of names, and since when they are known.
type Kept = FxHashMap<String, (Instant, Vec<IpAddr>)>;

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
    #[error("{host} resolves to {address}, which is {kind}; fetch.allow_addresses or --allow-private permits it")]
    Refused { host: String, address: IpAddr, kind: AddressKind },
}

impl GuardedResolver {
    pub(super) fn new(lookup: Arc<dyn Lookup>, guard: Arc<Guard>) -> Self {
        Self { lookup, guard, kept: Arc::default() }
    }

    /// The addresses of a name that may be connected to, at least one.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, ResolveFault> {
        if let Some(known) = self.known(host) {
            return Ok(known);
        }
        let found = match self.lookup.lookup(host.to_owned()).await {
            Ok(found) => found,
            Err(source) if source.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(ResolveFault::Temporary { host: host.to_owned(), source }),
        };
        let checked = check(host, found, &self.guard)?;
        self.keep(host, &checked);
        Ok(checked)
    }

    fn known(&self, host: &str) -> Option<Vec<IpAddr>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(host).filter(|(at, _)| at.elapsed() < KEPT_FOR).map(|(_, addresses)| addresses.clone())
    }

    fn keep(&self, host: &str, addresses: &[IpAddr]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.retain(|_, (at, _)| at.elapsed() < KEPT_FOR);
        }
        // Full of fresh ones: the name is resolved again when it is needed again.
        if kept.len() < MAX_KEPT {
            kept.insert(host.to_owned(), (Instant::now(), addresses.to_vec()));
        }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let checked = resolver.addresses(name.as_str()).await?;
            let addresses: Vec<SocketAddr> = checked.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be connected to.
fn check(host: &str, mut found: Vec<IpAddr>, guard: &Guard) -> Result<Vec<IpAddr>, ResolveFault> {
    found.truncate(MAX_ADDRESSES);
    let Some(&first) = found.first() else { return Err(ResolveFault::NoSuchHost { host: host.to_owned() }) };
    let refused = guard.refuse(first);
    found.retain(|address| guard.refuse(*address).is_none());
    match refused {
        Some(kind) if found.is_empty() => Err(ResolveFault::Refused { host: host.to_owned(), address: first, kind }),
        _ => Ok(found),
    }
}

/// The system tells a name that does not exist from a name server that does not answer only by its words.
fn told_apart(error: io::Error) -> io::Error {
    let words = error.to_string();
    let unknown = ["not known", "No address associated", "nodename nor servname", "No such host", "no such host"];
    if unknown.iter().any(|known| words.contains(known)) {
        io::Error::new(io::ErrorKind::NotFound, error)
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::fetch::FetchSettings;

    fn addresses(list: &[&str]) -> Vec<IpAddr> {
        list.iter().map(|address| address.parse().unwrap()).collect()
    }

    fn guard(allow_private: bool) -> Arc<Guard> {
        Arc::new(Guard::new(&FetchSettings { allow_private, ..FetchSettings::default() }))
    }

    /// Answers one after the other, the last one again and again.
    #[derive(Debug)]
    struct Flip(Mutex<VecDeque<Vec<IpAddr>>>);

    impl Lookup for Flip {
        fn lookup(&self, _: String) -> Looking {
            let mut answers = self.0.lock().unwrap();
            let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
            Box::pin(async move { Ok(answer) })
        }
    }

    #[test]
    fn only_checked_addresses_come_back() {
        let check = |list: &[&str], private| check("example.org", addresses(list), &guard(private));
        let mixed = check(&["127.0.0.1", "8.8.4.4", "::1", "2606:4700::1", "10.0.0.1"], false).unwrap();
        assert_eq!(mixed, addresses(&["8.8.4.4", "2606:4700::1"]));
        let refused = check(&["169.254.169.254", "::1"], false).unwrap_err();
        assert!(matches!(refused, ResolveFault::Refused { kind: AddressKind::LinkLocal, .. }), "{refused}");
        assert_eq!(check(&["127.0.0.1"], true).unwrap(), addresses(&["127.0.0.1"]));
        assert!(matches!(check(&[], false), Err(ResolveFault::NoSuchHost { .. })));
        let many: Vec<String> = (0..1_000).map(|n| format!("8.8.{}.{}", n / 250, n % 250)).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(check(&many, false).unwrap().len(), MAX_ADDRESSES);
    }

    #[tokio::test]
    async fn each_answer_is_checked_and_a_checked_one_is_kept() {
        let answers = [&["127.0.0.1"][..], &["8.8.4.4"], &["127.0.0.1"]].map(addresses);
        let resolver = GuardedResolver::new(Arc::new(Flip(Mutex::new(answers.into()))), guard(false));
        assert!(matches!(resolver.addresses("flip.test").await, Err(ResolveFault::Refused { .. })));
        assert_eq!(resolver.addresses("flip.test").await.unwrap(), addresses(&["8.8.4.4"]));
        // The name says loopback by now; nobody asks it again, and what is connected to was checked.
        assert_eq!(resolver.addresses("flip.test").await.unwrap(), addresses(&["8.8.4.4"]));
        assert!(matches!(resolver.addresses("other.test").await, Err(ResolveFault::Refused { .. })));
    }

    #[tokio::test]
    async fn the_system_resolver_is_guarded_too() {
        let resolve = async |allow_private| {
            let resolver = GuardedResolver::new(Arc::new(SystemLookup), guard(allow_private));
            resolver.resolve("localhost".parse().unwrap()).await
        };
        let Err(fault) = resolve(false).await else { panic!("localhost must be refused") };
        assert!(
            matches!(fault.downcast_ref(), Some(ResolveFault::Refused { kind: AddressKind::Loopback, .. })),
            "{fault}"
        );
        assert!(resolve(true).await.unwrap().all(|address| address.ip().is_loopback()));
    }

    #[test]
    fn words_of_the_system() {
        let kind = |words: &str| told_apart(io::Error::other(words.to_owned())).kind();
        assert_eq!(kind("failed to lookup address information: Name or service not known"), io::ErrorKind::NotFound);
        assert_eq!(
            kind("failed to lookup address information: Temporary failure in name resolution"),
            io::ErrorKind::Other
        );
    }
}
