//! Where calls may go (G37): an allow-list of scheme, host and port, and of ranges of the government network. Spellings are
//! normalised first; every address a name stands for is looked at, when an endpoint is saved and whenever a connection is made.

use reqwest::Url;
use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// One line of the allow-list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// `https://host:port`, or `http://…` for a host inside a listed range.
    Host {
        /// TLS, or none.
        secure: bool,
        /// Its name in lower case and in letters of ASCII, or its address.
        host: String,
        /// Its port.
        port: u16,
    },
    /// `10.12.0.0/16`: private addresses of the government network.
    Range {
        /// The first address.
        first: Ipv4Addr,
        /// So many leading bits count.
        bits: u8,
    },
}

/// Why an address is not called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    /// It cannot be read as an address.
    #[error("not an address of the form https://host[:port]/path")]
    Shape,
    /// It has a user or password in it.
    #[error("credentials in the address")]
    Credentials,
    /// It is neither `https` nor `http`.
    #[error("only https")]
    Scheme,
    /// It is not on the list.
    #[error("not on the list of allowed destinations: {0}")]
    Unlisted(String),
    /// It leads to a place that is never called.
    #[error("leads to {0}, which is never called")]
    Never(IpAddr),
    /// It leads into a private range that is not listed.
    #[error("leads to {0}, which lies in no listed range")]
    Private(IpAddr),
    /// Plain `http` to a place outside the listed ranges.
    #[error("plain http leads to {0}, which lies in no listed range")]
    Plain(IpAddr),
    /// The program itself listens there.
    #[error("this program itself")]
    Own,
    /// The name stands for no address.
    #[error("no address is known for {0}")]
    Nowhere(String),
}

/// What may be called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The allow-list.
    pub entries: BTreeSet<Entry>,
    /// Loopback and plain http are allowed, as only the sandbox does.
    pub sandbox: bool,
    /// Ports on which this program listens itself.
    pub own: BTreeSet<u16>,
}

impl Barred {
    /// The key of the sentence that says so to people, and what it names.
    pub fn told(&self) -> (&'static str, String) {
        match self {
            Barred::Shape => ("barred.shape", String::new()),
            Barred::Credentials => ("barred.credentials", String::new()),
            Barred::Scheme => ("barred.scheme", String::new()),
            Barred::Unlisted(entry) => ("barred.unlisted", entry.clone()),
            Barred::Never(ip) => ("barred.never", ip.to_string()),
            Barred::Private(ip) => ("barred.private", ip.to_string()),
            Barred::Plain(ip) => ("barred.plain", ip.to_string()),
            Barred::Own => ("barred.own", String::new()),
            Barred::Nowhere(host) => ("barred.nowhere", host.clone()),
        }
    }
}

impl FromStr for Entry {
    type Err = Barred;

    fn from_str(text: &str) -> Result<Entry, Barred> {
        if let Some((first, bits)) = text.split_once('/')
            && let (Ok(first), Ok(bits)) = (first.parse::<Ipv4Addr>(), bits.parse::<u8>())
        {
            // Wider than the widest private range, or not private at all: no range of ours.
            let own = (8..=32).contains(&bits) && is_private(first);
            let even = u32::from(first) & !mask(bits) == 0;
            return match own && even {
                true => Ok(Entry::Range { first, bits }),
                false => Err(Barred::Shape),
            };
        }
        let url = plain(text)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        match bare {
            true => entry(&url),
            false => Err(Barred::Shape),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entry::Host { secure, host, port } => {
                let scheme = if *secure { "https" } else { "http" };
                write!(out, "{scheme}://{host}:{port}")
            }
            Entry::Range { first, bits } => write!(out, "{first}/{bits}"),
        }
    }
}

/// The address as everybody would read it: no credentials, https or http, nothing hidden in its spelling.
fn plain(text: &str) -> Result<Url, Barred> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if text.contains(odd) {
        return Err(Barred::Shape);
    }
    let url = Url::parse(text).map_err(|_| Barred::Shape)?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(Barred::Scheme);
    }
    // `https:///host` and `https:host` are read as `https://host` by browsers and otherwise by others.
    let head = format!("{}://", url.scheme());
    let begins = text.get(..head.len());
    let rest = text.get(head.len()..).unwrap_or_default();
    if !begins.is_some_and(|b| b.eq_ignore_ascii_case(&head)) || rest.starts_with('/') {
        return Err(Barred::Shape);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(Barred::Credentials);
    }
    Ok(url)
}

fn entry(url: &Url) -> Result<Entry, Barred> {
    let host = url.host_str().ok_or(Barred::Shape)?;
    let host = host.strip_suffix('.').unwrap_or(host).to_owned();
    let port = url.port_or_known_default().ok_or(Barred::Shape)?;
    match host.is_empty() || port == 0 {
        true => Err(Barred::Shape),
        false => Ok(Entry::Host {
            secure: url.scheme() == "https",
            host,
            port,
        }),
    }
}

impl Rules {
    /// The address in its one spelling, if it is on the list and, where it names a number, that number may be called.
    pub fn allow(&self, text: &str) -> Result<Url, Barred> {
        let mut url = plain(text)?;
        let entry = entry(&url)?;
        let Entry::Host { secure, host, port } = &entry else {
            return Err(Barred::Shape);
        };
        if !self.entries.contains(&entry) {
            return Err(Barred::Unlisted(entry.to_string()));
        }
        if let Some(ip) = literal(host) {
            self.address(ip, *secure)?;
            if self.own.contains(port) && is_here(ip) {
                return Err(Barred::Own);
            }
        }
        if self.own.contains(port) && host == "localhost" {
            return Err(Barred::Own);
        }
        url.set_fragment(None);
        _ = url.set_host(Some(host)); // without the dot at its end it is the same name
        Ok(url)
    }

    /// As [`Rules::allow`], with every address the name stands for at present.
    pub async fn reachable(&self, text: &str) -> Result<Url, Barred> {
        let url = self.allow(text)?;
        let host = url.host_str().unwrap_or_default();
        if literal(host).is_none() {
            self.resolve(host, url.scheme() == "https").await?;
        }
        Ok(url)
    }

    /// The addresses of a name; none where one of them may not be called.
    pub async fn resolve(&self, host: &str, secure: bool) -> Result<Vec<SocketAddr>, Barred> {
        let nowhere = || Barred::Nowhere(host.to_owned());
        let found = tokio::net::lookup_host((host, 0)).await;
        let found: Vec<SocketAddr> = found.map_err(|_| nowhere())?.collect();
        for address in &found {
            self.address(address.ip(), secure)?;
        }
        match found.is_empty() {
            true => Err(nowhere()),
            false => Ok(found),
        }
    }

    /// Whether an address may be called, whatever way it is written.
    pub fn address(&self, ip: IpAddr, secure: bool) -> Result<(), Barred> {
        for inner in inside(ip) {
            let here = inner.is_loopback();
            match kind(inner) {
                _ if here && self.sandbox => {}
                Kind::Never => return Err(Barred::Never(ip)),
                Kind::Private if !self.lists(inner) => return Err(Barred::Private(ip)),
                Kind::Public if !secure => return Err(Barred::Plain(ip)),
                Kind::Private | Kind::Public => {}
            }
        }
        Ok(())
    }

    fn lists(&self, ip: IpAddr) -> bool {
        let IpAddr::V4(ip) = ip else {
            return false;
        };
        let holds = |entry: &Entry| match entry {
            Entry::Range { first, bits } => u32::from(ip) & mask(*bits) == u32::from(*first),
            Entry::Host { .. } => false,
        };
        self.entries.iter().any(holds)
    }
}

fn mask(bits: u8) -> u32 {
    u32::MAX
        .checked_shl(32_u32.saturating_sub(bits.into()))
        .unwrap_or(0)
}

/// The number a host is written as.
fn literal(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

fn is_here(ip: IpAddr) -> bool {
    inside(ip)
        .iter()
        .any(|ip| ip.is_loopback() || ip.is_unspecified())
}

enum Kind {
    Never,
    Private,
    Public,
}

fn kind(ip: IpAddr) -> Kind {
    match ip {
        IpAddr::V4(ip) if is_private(ip) => Kind::Private,
        IpAddr::V4(ip) if is_special(ip) => Kind::Never,
        IpAddr::V4(_) => Kind::Public,
        // Global unicast, without what is for documents.
        IpAddr::V6(ip) => match ip.segments() {
            [0x2001, 0x0db8, ..] | [0x3fff, ..] => Kind::Never,
            [first, ..] if first & 0xe000 == 0x2000 => Kind::Public,
            _ => Kind::Never,
        },
    }
}

fn is_private(ip: Ipv4Addr) -> bool {
    ip.is_private()
}

/// This network, loopback, link-local with the metadata services, shared address space, protocol assignments, documentation,
/// benchmarks, multicast, reserved, broadcast; and the metadata service of a cloud that put it elsewhere.
fn is_special(ip: Ipv4Addr) -> bool {
    match ip.octets() {
        [0 | 127, ..] | [169, 254, ..] | [224..=255, ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => true,
        [198, 51, 100, _] | [203, 0, 113, _] | [168, 63, 129, 16] => true,
        _ => false,
    }
}

/// The addresses an address leads to: itself, or the old one written into a new one.
fn inside(ip: IpAddr) -> Vec<IpAddr> {
    let IpAddr::V6(ip) = ip else {
        return vec![ip];
    };
    let four = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match ip.segments() {
        _ if ip == Ipv6Addr::LOCALHOST || ip == Ipv6Addr::UNSPECIFIED => vec![ip.into()],
        // Mapped, compatible, translated.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => {
            vec![four(high, low)]
        }
        // NAT64, also of a local prefix.
        [0x0064, 0xff9b, .., high, low] => vec![four(high, low)],
        // 6to4.
        [0x2002, high, low, ..] => vec![ip.into(), four(high, low)],
        // Teredo: server, and the client turned over.
        [0x2001, 0, s1, s2, _, _, c1, c2] => vec![ip.into(), four(s1, s2), four(!c1, !c2)],
        // ISATAP.
        [.., 0 | 0x0200, 0x5efe, high, low] => vec![ip.into(), four(high, low)],
        _ => vec![ip.into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(entries: &[&str], sandbox: bool) -> Rules {
        Rules {
            entries: entries.iter().map(|e| e.parse().unwrap()).collect(),
            sandbox,
            own: BTreeSet::from([8080]),
        }
    }

    /// Everything an attacker could have listed, so that not the list but the address itself must bar it.
    fn lists_all(text: &str) -> Rules {
        let entries = plain(text).and_then(|url| entry(&url)).into_iter();
        Rules {
            entries: entries.collect(),
            ..Rules::default()
        }
    }

    /// The collection of addresses that are never called, though each stands on the list.
    #[test]
    fn g037_a_bad_address_is_refused_however_it_is_spelt() {
        let table = include_str!("../tests/bad-addresses.txt");
        let lines = table
            .lines()
            .filter(|l| !l.trim().is_empty() && !l.starts_with("# "));
        let mut count = 0;
        for line in lines {
            let (expected, text) = line.split_once(' ').unwrap();
            let text = text.replace("\\t", "\t").replace("\\n", "\n");
            let found = match lists_all(&text).allow(&text) {
                Ok(url) => panic!("{text} is called as {url}"),
                Err(Barred::Shape) => "shape",
                Err(Barred::Credentials) => "credentials",
                Err(Barred::Scheme) => "scheme",
                Err(Barred::Never(_)) => "never",
                Err(Barred::Private(_)) => "private",
                Err(Barred::Plain(_)) => "plain",
                Err(other) => panic!("{text}: {other}"),
            };
            assert_eq!(found, expected, "{text}");
            count += 1;
        }
        assert!(count >= 30, "{count}");
    }

    #[test]
    fn only_what_is_listed_is_called_and_in_one_spelling() {
        let rules = rules(&["https://Hooks.Example.org"], false);
        let called = |text: &str| rules.allow(text).map(String::from);
        assert_eq!(
            called("https://HOOKS.example.org.:443/in?x=1#y").unwrap(),
            "https://hooks.example.org/in?x=1"
        );
        for unlisted in [
            "https://hooks.example.org:8443/",
            "http://hooks.example.org:443/",
            "https://other.example.org/",
            "https://hooks.example.org.evil.example/",
        ] {
            assert!(
                matches!(called(unlisted), Err(Barred::Unlisted(_))),
                "{unlisted}"
            );
        }
    }

    #[test]
    fn plain_http_goes_only_into_a_listed_range() {
        let rules = rules(
            &["http://10.12.3.4:8088", "http://8.8.8.8", "10.12.0.0/16"],
            false,
        );
        assert!(rules.allow("http://10.12.3.4:8088/in").is_ok());
        assert!(matches!(
            rules.allow("http://8.8.8.8/"),
            Err(Barred::Plain(_))
        ));
        let other: IpAddr = "10.13.0.1".parse().unwrap();
        assert_eq!(rules.address(other, true), Err(Barred::Private(other)));
        for wrong in ["8.8.0.0/16", "10.0.0.0/7", "10.12.3.0/16", "10.0.0.0/33"] {
            assert!(wrong.parse::<Entry>().is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_name_is_looked_up_and_all_it_stands_for_is_checked() {
        let listed = ["https://localhost", "http://localhost:8080"];
        let real = rules(&listed, false);
        assert!(matches!(
            real.reachable("https://localhost/").await,
            Err(Barred::Never(_))
        ));
        let sandbox = rules(&listed, true);
        assert!(sandbox.reachable("https://localhost/").await.is_ok());
        assert_eq!(
            sandbox.allow("http://localhost:8080/"),
            Err(Barred::Own),
            "never itself"
        );
    }
}
