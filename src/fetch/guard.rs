//! Which addresses may be asked: public unicast ones on the ports of the web, and what the settings allow besides. Everything
//! else could reach what is not on the public web, the machine itself and a cloud's metadata service first of all.
//!
//! There is one gate for every address, wherever it comes from (seed, link, redirect, feed, sitemap, canonical, robots.txt and
//! where it redirects): each request passes [`Guard::admit`], each name is resolved through [`Guard::refuse`].
//!
//! Sources: the IANA special-purpose registries for
//! [IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry) and
//! [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry). Addresses that carry an IPv4 address (mapped, NAT64)
//! are judged by that.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::{Host, Url};

use super::FetchSettings;

/// The gate, as the settings make it.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    allow_private: bool,
    allowed: Vec<Net>,
    ports: Vec<u16>,
}

/// Why a request may not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// Neither `http` nor `https`.
    #[error("only http and https are fetched")]
    Scheme,
    /// A port that is not among those of the web.
    #[error("port {0} is not among fetch.ports")]
    Port(u16),
    /// An address that is not public.
    #[error("{0} is {1}; fetch.allow_addresses or --allow-private permits it")]
    Address(IpAddr, AddressKind),
}

impl Guard {
    /// The gate of these settings. Entries that are no address are left out; [`FetchSettings::validate`] names them.
    pub(super) fn new(settings: &FetchSettings) -> Self {
        let allowed = settings.allow_addresses.iter().filter_map(|text| text.parse().ok()).collect();
        Self { allow_private: settings.allow_private, allowed, ports: settings.ports.clone() }
    }

    /// Whether a request to this address may be sent, as far as the address itself says. A name is judged when it is resolved.
    pub(super) fn admit(&self, url: &Url) -> Result<(), Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme);
        }
        if let Some(address) = literal(url)
            && let Some(kind) = self.refuse(address)
        {
            return Err(Refusal::Address(address, kind));
        }
        // Whoever allows every private address asks servers of their own, which stand at any port.
        match url.port_or_known_default() {
            Some(port) if !self.allow_private && !self.ports.contains(&port) => Err(Refusal::Port(port)),
            _ => Ok(()),
        }
    }

    /// Why an address may not be connected to; none where it may.
    pub(super) fn refuse(&self, address: IpAddr) -> Option<AddressKind> {
        let allowed = || self.allow_private || self.allowed.iter().any(|net| net.contains(address));
        refuse(address).filter(|_| !allowed())
    }
}

/// Addresses with the same first bits. Written `10.0.0.5`, `192.168.1.0/24`, `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Net {
    /// As a number; IPv4 mapped into IPv6.
    first: u128,
    bits: u32,
}

impl Net {
    fn contains(&self, address: IpAddr) -> bool {
        let differ = number(address) ^ self.first;
        differ.leading_zeros() >= self.bits
    }
}

/// An address as a number; IPv4 mapped into IPv6, so that both spellings of one address are one.
pub(super) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl FromStr for Net {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().map_err(drop)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(drop)?;
        let (most, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let bits = bits.unwrap_or(most);
        if bits > most { Err(()) } else { Ok(Self { first: number(address), bits: bits + before }) }
    }
}

/// Why an address may not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressKind {
    /// This machine.
    Loopback,
    /// A private network: RFC 1918, unique local, site-local.
    Private,
    /// Link-local, which the metadata services of clouds use.
    LinkLocal,
    /// No address: `0.0.0.0/8`, `::`.
    Unspecified,
    /// Multicast or broadcast.
    Multicast,
    /// Shared by a carrier's customers (`100.64.0.0/10`).
    CarrierNat,
    /// For documentation or benchmarks.
    Documentation,
    /// A tunnel or translation whose end cannot be judged: 6to4, Teredo, local NAT64, ISATAP.
    Tunnel,
    /// A service of a cloud for its own machines at a public address.
    Metadata,
    /// Reserved for anything else.
    Reserved,
}

impl fmt::Display for AddressKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Unspecified => "unspecified",
            Self::Multicast => "multicast or broadcast",
            Self::CarrierNat => "carrier-grade NAT",
            Self::Documentation => "for documentation or benchmarks",
            Self::Tunnel => "a tunnel",
            Self::Metadata => "a cloud's own service",
            Self::Reserved => "reserved",
        })
    }
}

/// Why an address may not be asked; none for public ones.
#[must_use]
pub fn refuse(address: IpAddr) -> Option<AddressKind> {
    match address {
        IpAddr::V4(v4) => refuse_v4(v4),
        IpAddr::V6(v6) => refuse_v6(v6),
    }
}

/// The same for an address written as the host of a URL; none for names, which are judged when they are resolved.
/// Odd spellings (`0x7f.1`, `2130706433`) are no concern here: [`Url`] brings them to one form.
#[must_use]
pub fn refuse_literal(url: &Url) -> Option<(IpAddr, AddressKind)> {
    let address = literal(url)?;
    refuse(address).map(|kind| (address, kind))
}

/// The address written as the host of a URL.
pub(super) fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(v4) => Some(IpAddr::V4(v4)),
        Host::Ipv6(v6) => Some(IpAddr::V6(v6)),
        Host::Domain(_) => None,
    }
}

fn refuse_v4(address: Ipv4Addr) -> Option<AddressKind> {
    Some(match address.octets() {
        [0, ..] => AddressKind::Unspecified,
        [127, ..] => AddressKind::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => AddressKind::Private,
        [169, 254, ..] => AddressKind::LinkLocal,
        [100, 64..=127, ..] => AddressKind::CarrierNat,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18..=19, ..] => AddressKind::Documentation,
        [192, 88, 99, _] => AddressKind::Tunnel,
        [192, 0, 0, _] => AddressKind::Reserved,
        // Azure's; those of other clouds are link-local, shared or reserved.
        [168, 63, 129, 16] => AddressKind::Metadata,
        [224..=239, ..] | [255, 255, 255, 255] => AddressKind::Multicast,
        [240..=255, ..] => AddressKind::Reserved,
        _ => return None,
    })
}

fn refuse_v6(address: Ipv6Addr) -> Option<AddressKind> {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        refuse_v4(Ipv4Addr::new(a, b, c, d))
    };
    Some(match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressKind::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressKind::Loopback,
        // Mapped, and NAT64 with the well-known prefix.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => return embedded(high, low),
        [0x64, 0xff9b, ..] | [0x2001, 0, ..] | [0x2002, ..] => AddressKind::Tunnel,
        // ISATAP: the end of the tunnel is in the last four bytes.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => AddressKind::Tunnel,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] | [0x2001, 2, 0, ..] => AddressKind::Documentation,
        // The rest of the IETF's protocol assignments, ORCHID among them.
        [0x2001, 0..=0x1ff, ..] => AddressKind::Reserved,
        [0xfe80..=0xfebf, ..] => AddressKind::LinkLocal,
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => AddressKind::Private,
        [0xff00..=0xffff, ..] => AddressKind::Multicast,
        [0x2000..=0x3fff, ..] => return None,
        // Only 2000::/3 is given out.
        _ => AddressKind::Reserved,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        use AddressKind::*;
        for (address, expected) in [
            ("127.0.0.1", Some(Loopback)),
            ("127.255.0.9", Some(Loopback)),
            ("10.1.2.3", Some(Private)),
            ("172.16.0.1", Some(Private)),
            ("172.31.255.255", Some(Private)),
            ("172.32.0.1", None),
            ("192.168.4.5", Some(Private)),
            ("169.254.169.254", Some(LinkLocal)),
            ("0.0.0.0", Some(Unspecified)),
            ("0.1.2.3", Some(Unspecified)),
            ("100.64.0.1", Some(CarrierNat)),
            ("100.127.255.255", Some(CarrierNat)),
            ("100.128.0.1", None),
            ("198.18.0.1", Some(Documentation)),
            ("198.20.0.1", None),
            ("192.0.2.7", Some(Documentation)),
            ("198.51.100.7", Some(Documentation)),
            ("203.0.113.7", Some(Documentation)),
            ("192.0.0.8", Some(Reserved)),
            ("192.88.99.1", Some(Tunnel)),
            // The metadata services of Amazon, Google and most others; Alibaba's; Oracle's; Azure's.
            ("169.254.169.254", Some(LinkLocal)),
            ("100.100.100.200", Some(CarrierNat)),
            ("192.0.0.192", Some(Reserved)),
            ("168.63.129.16", Some(Metadata)),
            ("168.63.129.17", None),
            ("224.0.0.1", Some(Multicast)),
            ("255.255.255.255", Some(Multicast)),
            ("240.0.0.1", Some(Reserved)),
            ("8.8.4.4", None),
            ("::", Some(Unspecified)),
            ("::1", Some(Loopback)),
            ("::ffff:127.0.0.1", Some(Loopback)),
            ("::ffff:8.8.4.4", None),
            ("::127.0.0.1", Some(Reserved)),
            ("64:ff9b::7f00:1", Some(Loopback)),
            ("64:ff9b::808:404", None),
            ("64:ff9b:1::808:404", Some(Tunnel)),
            ("2002:7f00:1::", Some(Tunnel)),
            ("2001:0:1::1", Some(Tunnel)),
            ("2001:2::1", Some(Documentation)),
            ("2001:10::1", Some(Reserved)),
            ("2001:db8::1", Some(Documentation)),
            ("3fff:1::1", Some(Documentation)),
            ("2606:4700::5efe:7f00:1", Some(Tunnel)),
            ("2606:4700::200:5efe:a00:1", Some(Tunnel)),
            ("::ffff:0:127.0.0.1", Some(Reserved)),
            ("::ffff:168.63.129.16", Some(Metadata)),
            ("64:ff9b::a9fe:a9fe", Some(LinkLocal)),
            ("5f00::1", Some(Reserved)),
            ("fe80::1", Some(LinkLocal)),
            ("fec0::1", Some(Private)),
            ("fd00:ec2::254", Some(Private)),
            ("fc00::1", Some(Private)),
            ("ff02::1", Some(Multicast)),
            ("100::1", Some(Reserved)),
            ("4000::1", Some(Reserved)),
            ("2606:4700::1", None),
        ] {
            assert_eq!(refuse(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn odd_spellings_of_loopback() {
        for host in [
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "0177.0.0.1",
            "0x7f.0x0.0x0.0x1",
            "127.0.1",
            "0x7F.0.1",
            "127.0x00.0.01",
            "%31%32%37.0.0.1",
            "0xa9fea9fe",
            "2852039166",
            "0251.0376.0251.0376",
            "[2002:7f00:1::]",
            "[2001:0:7f00:1::1]",
            "[fe80::1]",
            "127.0.0.1.",
            "１２７.0.0.1",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::127.0.0.1]",
            "0",
            "①②⑦.0.0.1",
        ] {
            let url: Url = format!("http://me:secret@{host}/").parse().unwrap();
            assert!(refuse_literal(&url).is_some(), "{host} became {url}");
        }
        assert_eq!(refuse_literal(&"http://localhost/".parse().unwrap()), None, "names are judged when resolved");
        assert_eq!(refuse_literal(&"http://8.8.4.4/".parse().unwrap()), None);
    }

    fn guard(allow_private: bool, allow: &[&str], ports: &[u16]) -> Guard {
        Guard::new(&FetchSettings {
            allow_private,
            allow_addresses: allow.iter().map(|&text| text.to_owned()).collect(),
            ports: ports.to_vec(),
            ..FetchSettings::default()
        })
    }

    #[test]
    fn only_what_is_allowed_opens_and_nothing_beside_it() {
        let own = guard(false, &["10.0.0.5", "192.168.1.0/24", "fd00::/8"], &[80]);
        let refused = |address: &str| own.refuse(address.parse().unwrap()).is_some();
        for open in ["10.0.0.5", "::ffff:10.0.0.5", "192.168.1.0", "192.168.1.255", "fd12:3456::1", "8.8.4.4"] {
            assert!(!refused(open), "{open}");
        }
        for closed in ["10.0.0.4", "192.168.2.1", "127.0.0.1", "169.254.169.254", "fe80::1", "::1"] {
            assert!(refused(closed), "{closed}");
        }
        assert!(guard(false, &["0.0.0.0/0"], &[80]).refuse("127.0.0.1".parse().unwrap()).is_none());
        assert!(guard(false, &["0.0.0.0/0"], &[80]).refuse("::1".parse().unwrap()).is_some());
        for wrong in ["", "10.0.0", "10.0.0.5/33", "fd00::/129", "10.0.0.5/-1", "example.org", "10.0.0.5/8/8"] {
            assert_eq!(wrong.parse::<Net>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn ports_and_schemes() {
        let web = guard(false, &[], &[80, 443]);
        let judge = |guard: &Guard, url: &str| guard.admit(&url.parse().unwrap());
        assert_eq!(judge(&web, "http://example.org/"), Ok(()));
        assert_eq!(judge(&web, "https://example.org/"), Ok(()));
        assert_eq!(judge(&web, "http://example.org:443/"), Ok(()));
        for port in [0, 21, 22, 25, 110, 3306, 6379, 8080, 65_535] {
            assert_eq!(judge(&web, &format!("http://example.org:{port}/")), Err(Refusal::Port(port)));
        }
        assert_eq!(judge(&guard(true, &[], &[80]), "http://127.0.0.1:3000/"), Ok(()));
        assert!(matches!(judge(&web, "http://127.0.0.1:3000/"), Err(Refusal::Address(..))));
        for other in
            ["ftp://example.org/", "file:///etc/passwd", "gopher://example.org:80/", "data:,x", "ws://example.org/"]
        {
            assert_eq!(judge(&guard(true, &[], &[80]), other), Err(Refusal::Scheme), "{other}");
        }
    }
}
