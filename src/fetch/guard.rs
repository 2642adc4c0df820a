//! Which addresses may be asked: public unicast ones. Everything else could reach what is not on the public web, the
//! machine itself and a cloud's metadata service first of all.
//!
//! Sources: the IANA special-purpose registries for
//! [IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry) and
//! [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry). Addresses that carry an IPv4 address (mapped, NAT64)
//! are judged by that.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

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
    /// A tunnel or translation whose end cannot be judged: 6to4, Teredo, local NAT64.
    Tunnel,
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
    let address = match url.host()? {
        Host::Ipv4(v4) => IpAddr::V4(v4),
        Host::Ipv6(v6) => IpAddr::V6(v6),
        Host::Domain(_) => return None,
    };
    refuse(address).map(|kind| (address, kind))
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
}
