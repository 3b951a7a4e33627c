//! Where messages go: the addresses of posts, and where their links lead.

use super::timetable::Timetable;
use engine::case::Party;
use engine::network::Network;
use engine::text::Lang;
use notifications::Channel;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Whom messages reach, and where their links lead.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Where people find this program, such as `https://s.example`; links begin with it.
    pub base: String,
    /// The same in fewer letters, for links in short messages, if there is such an address.
    pub short: Option<String>,
    /// Addresses by city, `city/department` or `city/department/post`; the longest that fits counts. A person has his own by his id.
    pub addresses: BTreeMap<String, Address>,
    /// Every post is written to, with or without an address: the sandbox has a mailbox for all.
    pub everyone: bool,
    /// The port on which this program listens; it never calls itself.
    pub port: Option<u16>,
}

/// The addresses of a post or of a whole office.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Address {
    /// Mailbox.
    pub email: Option<String>,
    /// Mobile number.
    pub sms: Option<String>,
    /// The number people may ring; papers and messages print it.
    pub phone: Option<String>,
    /// When the digest of the day leaves, if not at half past eight: second, minute, hour, day, month, weekday.
    pub digest: Option<Timetable>,
    /// The language of what the program itself writes to it, if not Chinese.
    pub language: Option<Lang>,
}

/// When the digest leaves unless something else is said [assumed].
static MORNING: LazyLock<Option<Timetable>> =
    LazyLock::new(|| "0 30 8 * * *".to_owned().try_into().ok());

impl Default for Reach {
    fn default() -> Self {
        Reach {
            base: "http://127.0.0.1:8080".to_owned(),
            short: None,
            addresses: BTreeMap::new(),
            everyone: false,
            port: None,
        }
    }
}

impl Reach {
    /// Whether a post is to be written to at all.
    pub(super) fn reaches(&self, post: &Party, channel: Channel) -> bool {
        self.everyone || self.address(&post.to_string(), channel).is_some()
    }

    /// The address of a post, `city/department/post`, or of a person, by his id.
    pub(super) fn address(&self, post: &str, channel: Channel) -> Option<&str> {
        self.nearest(post, |address| match channel {
            Channel::Email => address.email.as_deref(),
            Channel::Sms => address.sms.as_deref(),
            Channel::Webhook | Channel::Bell => None,
        })
    }

    /// Everybody with an address who holds a post of this name, wherever; in the sandbox there is always somebody.
    pub(super) fn holding(&self, post: &str) -> impl Iterator<Item = String> {
        let ending = format!("/{post}");
        let known = self.addresses.keys().filter(|name| name.ends_with(&ending));
        let known: Vec<String> = known.cloned().collect();
        let usual = (known.is_empty() && self.everyone).then(|| post.to_owned());
        known.into_iter().chain(usual)
    }

    /// The number at which a post can be rung: its own, else the one its city has on record.
    pub fn phone<'r>(&'r self, post: &str, network: &'r Network) -> Option<&'r str> {
        let own = self.nearest(post, |address| address.phone.as_deref());
        let city = post.split('/').next().and_then(|code| network.city(code));
        let duty = city.map(|c| c.duty_phone.as_str());
        own.or(duty).filter(|phone| !phone.is_empty())
    }

    /// When the digest of an office leaves.
    pub(super) fn timetable(&self, place: &str) -> Option<&Timetable> {
        let own = self.nearest(place, |address| address.digest.as_ref());
        own.or(MORNING.as_ref())
    }

    /// In which language an office is written to.
    pub(super) fn language(&self, place: &str) -> Lang {
        self.nearest(place, |address| address.language)
            .unwrap_or_default()
    }

    /// What the longest name that fits a post says.
    fn nearest<'a, T>(&'a self, post: &str, of: impl Fn(&'a Address) -> Option<T>) -> Option<T> {
        if self.addresses.is_empty() {
            return None;
        }
        let ends = post.match_indices('/').map(|(at, _)| at);
        let names = std::iter::once(post).chain(ends.rev().filter_map(|at| post.get(..at)));
        let mut known = names.filter_map(|name| self.addresses.get(name));
        known.find_map(of)
    }

    /// The link of a message; a short message has no room for `https://`.
    pub(super) fn link(&self, channel: Channel, path: &str) -> String {
        let base = match channel {
            Channel::Sms => self.host(),
            Channel::Email | Channel::Webhook | Channel::Bell => self.base.trim_end_matches('/'),
        };
        format!("{base}/{path}")
    }

    /// With what a link in a short message begins.
    pub fn host(&self) -> &str {
        let base = self.short.as_ref().unwrap_or(&self.base);
        let base = base.trim_end_matches('/');
        base.split_once("://").map_or(base, |(_, rest)| rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_that_fits_counts() {
        let address = |email: &str| Address {
            email: Some(email.to_owned()),
            ..Address::default()
        };
        let reach = Reach {
            addresses: BTreeMap::from([
                ("520300".to_owned(), address("city@example.org")),
                ("520300/si".to_owned(), address("si@example.org")),
                ("520300/si/lead".to_owned(), address("lead@example.org")),
            ]),
            ..Reach::default()
        };
        let of = |post: &str| reach.address(post, Channel::Email);
        assert_eq!(of("520300/si/lead"), Some("lead@example.org"));
        assert_eq!(of("520300/si/handler"), Some("si@example.org"));
        assert_eq!(of("520300/mib/handler"), Some("city@example.org"));
        assert_eq!(of("442000/si/handler"), None);
        assert_eq!(reach.address("520300/si/lead", Channel::Sms), None);
    }
}
