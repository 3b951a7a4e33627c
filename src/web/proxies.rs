//! Who sent a request that proxies have passed on: what they say of it is believed of those that are known, and of nobody else (G80).

use axum::http::HeaderMap;
use axum::http::header::FORWARDED;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

/// What proxies write that do not know RFC 7239.
const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies that are believed; none unless something is said.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<IpNet>);

/// Where a request came from.
#[derive(Clone, Copy, Debug)]
pub struct Came {
    /// Who has connected.
    pub peer: IpAddr,
    /// Who has sent it, which is somebody else where a proxy passed it on.
    pub source: IpAddr,
}

impl Proxies {
    /// Reads addresses and ranges: `10.0.0.5`, `10.1.0.0/24`, `fd00::/8`.
    ///
    /// # Errors
    /// The first that is neither, or that is everybody.
    pub fn read(texts: &[String]) -> Result<Self, String> {
        let one = |text: &String| {
            let address = text.parse::<IpAddr>().map(IpNet::from);
            let range = address.or_else(|_| text.parse::<IpNet>()).ok();
            range
                .filter(|range| range.prefix_len() > 0)
                .ok_or_else(|| text.clone())
        };
        texts.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// Where a request came from.
    pub(super) fn came(&self, peer: IpAddr, headers: &HeaderMap) -> Came {
        let peer = peer.to_canonical();
        let source = match self.0.is_empty() || !self.knows(peer) {
            true => {
                tell_once(peer, headers);
                peer
            }
            false => self.source(peer, headers),
        };
        Came { peer, source }
    }

    /// As the proxies tell it. Where both headers stand and differ, one of them was written by whoever sent it: neither is believed.
    fn source(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let forwarded = self.first_stranger(peer, &hops(headers, FORWARDED.as_str(), forwarded));
        let plain = self.first_stranger(peer, &hops(headers, X_FORWARDED_FOR, node));
        match (forwarded, plain) {
            (Some(one), Some(other)) if one != other => peer,
            (one, other) => one.or(other).unwrap_or(peer),
        }
    }

    /// The nearest address that is no known proxy: what stands before it could be written by anybody. None if nothing stands there.
    fn first_stranger(&self, peer: IpAddr, hops: &[Option<IpAddr>]) -> Option<IpAddr> {
        let mut source = peer;
        for hop in hops.iter().rev() {
            // Hidden, unknown, or no address at all: the last one that is known stands for it.
            let Some(hop) = hop else { break };
            source = hop.to_canonical();
            if !self.knows(source) {
                break;
            }
        }
        (!hops.is_empty()).then_some(source)
    }

    fn knows(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(&address))
    }
}

/// Tells the operator of a proxy that nobody has named, behind which all are one source.
fn tell_once(peer: IpAddr, headers: &HeaderMap) {
    static TOLD: Once = Once::new();
    if TOLD.is_completed() {
        return;
    }
    if headers.contains_key(FORWARDED) || headers.contains_key(X_FORWARDED_FOR) {
        TOLD.call_once(|| {
            tracing::warn!(%peer, "passes requests on and is no trusted proxy: whoever comes through it is one source");
        });
    }
}

/// The addresses a header names, in the order in which they passed it on.
fn hops(
    headers: &HeaderMap,
    name: &str,
    read: impl Fn(&str) -> Option<IpAddr>,
) -> Vec<Option<IpAddr>> {
    let mut hops = Vec::new();
    for line in headers.get_all(name) {
        match line.to_str() {
            Ok(line) => hops.extend(unquoted(line, ',').map(|hop| read(hop.trim()))),
            Err(_) => hops.push(None),
        }
    }
    hops
}

/// `for=` of one element of `Forwarded` (RFC 7239).
fn forwarded(element: &str) -> Option<IpAddr> {
    let pairs = unquoted(element, ';').filter_map(|pair| pair.split_once('='));
    let mut sources = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    let (_, value) = sources.next()?;
    let value = value.trim();
    let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    node(quoted.unwrap_or(value))
}

/// An address, with or without port and brackets.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse::<IpAddr>().ok();
    address.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

/// The parts of a text between separators that stand in no quotes.
fn unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |letter| {
        let escapes = quoted && !escaped && letter == '\\';
        quoted ^= letter == '"' && !escaped;
        escaped = escapes;
        letter == separator && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "10.0.0.5";

    fn source(trusted: &[&str], peer: &str, headers: &[(&'static str, &str)]) -> String {
        let texts: Vec<String> = trusted.iter().map(|t| (*t).to_owned()).collect();
        let proxies = Proxies::read(&texts).unwrap();
        let mut sent = HeaderMap::new();
        for (name, value) in headers {
            sent.append(*name, value.parse().unwrap());
        }
        let came = proxies.came(peer.parse().unwrap(), &sent);
        came.source.to_string()
    }

    #[test]
    fn g080_only_known_proxies_are_believed() {
        let told = [("x-forwarded-for", "192.0.2.7")];
        assert_eq!(source(&[], PEER, &told), PEER);
        assert_eq!(source(&["10.0.0.6"], PEER, &told), PEER);
        assert_eq!(source(&[PEER], PEER, &told), "192.0.2.7");
        assert_eq!(source(&["10.0.0.0/24"], PEER, &told), "192.0.2.7");
        assert_eq!(source(&[PEER], "::ffff:10.0.0.5", &told), "192.0.2.7");
        assert_eq!(source(&[PEER], PEER, &[]), PEER);
    }

    #[test]
    fn g080_what_stands_before_a_stranger_is_not_believed() {
        let xff = |text| source(&["10.0.0.0/24"], PEER, &[("x-forwarded-for", text)]);
        assert_eq!(xff("198.51.100.1, 192.0.2.7"), "192.0.2.7");
        assert_eq!(xff("127.0.0.1,192.0.2.7, 10.0.0.9"), "192.0.2.7");
        assert_eq!(xff("192.0.2.7:4711"), "192.0.2.7");
        assert_eq!(xff("[2001:db8::7]:4711"), "2001:db8::7");
        assert_eq!(xff("2001:db8::7"), "2001:db8::7");
        assert_eq!(xff("10.0.0.8"), "10.0.0.8");
        assert_eq!(xff("192.0.2.7, nonsense"), PEER);
        assert_eq!(xff("192.0.2.7, unknown, 10.0.0.9"), "10.0.0.9");
        let lines = [
            ("x-forwarded-for", "198.51.100.1"),
            ("x-forwarded-for", "192.0.2.7"),
        ];
        assert_eq!(source(&[PEER], PEER, &lines), "192.0.2.7");
    }

    #[test]
    fn g080_forwarded_is_read_as_rfc_7239_has_it() {
        let told = |text| source(&["10.0.0.0/24"], PEER, &[("forwarded", text)]);
        assert_eq!(
            told("for=192.0.2.60;proto=http;by=203.0.113.43"),
            "192.0.2.60"
        );
        assert_eq!(
            told("For=\"[2001:db8:cafe::17]:4711\""),
            "2001:db8:cafe::17"
        );
        assert_eq!(told("for=192.0.2.43, for=198.51.100.17"), "198.51.100.17");
        assert_eq!(
            told("for=198.51.100.17;host=\"a, for=192.0.2.1;\\\"\", for=10.0.0.9"),
            "198.51.100.17"
        );
        for hidden in ["for=unknown", "for=_mdn", "proto=https", "\"", ""] {
            assert_eq!(told(hidden), PEER, "{hidden}");
        }
    }

    /// Whoever sends the header that his proxy passes on untouched gains nothing by it.
    #[test]
    fn g080_headers_that_differ_are_not_believed() {
        let both = |one, other| {
            source(
                &[PEER],
                PEER,
                &[("forwarded", one), ("x-forwarded-for", other)],
            )
        };
        assert_eq!(both("for=192.0.2.7", "192.0.2.7"), "192.0.2.7");
        assert_eq!(both("for=198.51.100.1", "192.0.2.7"), PEER);
    }

    #[test]
    fn g080_everybody_is_no_proxy() {
        for wrong in ["0.0.0.0/0", "::/0", "proxy.example", "10.0.0.0/33", ""] {
            let read = Proxies::read(&[PEER.to_owned(), wrong.to_owned()]);
            assert_eq!(read.unwrap_err(), wrong);
        }
    }
}
