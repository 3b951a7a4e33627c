//! Who is told what, and by which channel: as usual, which is data, and what an office or a post has chosen instead. Pure.

use crate::message::Channel;
use crate::wording::{Reader, usual_name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What an office may want to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Want {
    /// A task or a letter has arrived.
    New,
    /// It came back.
    Returned,
    /// A yellow card.
    Yellow,
    /// A red card.
    Red,
    /// Whatever happens.
    All,
}

impl Want {
    /// What an office is told unless it says otherwise: everything of these.
    pub const USUAL: [Want; 4] = [Want::New, Want::Returned, Want::Yellow, Want::Red];
    /// All there are, with their names.
    pub const EVERY: [(&'static str, Want); 5] = [
        ("new", Want::New),
        ("returned", Want::Returned),
        ("yellow", Want::Yellow),
        ("red", Want::Red),
        ("all", Want::All),
    ];

    /// Whether a usual name of what happened is meant.
    pub fn covers(self, usual: &str) -> bool {
        self == Want::All || Class::of(usual).want() == self
    }
}

/// When something is sent by a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Send {
    /// Not at all.
    #[default]
    Never,
    /// If at most one working day is left.
    Urgent,
    /// Whenever it happens.
    Always,
}

impl Send {
    /// All there are, with their names.
    pub const EVERY: [(&'static str, Send); 3] = [
        ("never", Send::Never),
        ("urgent", Send::Urgent),
        ("always", Send::Always),
    ];
}

/// How urgent a task is: a limit of one working day or less is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// There is time.
    Usual,
    /// At most one working day.
    Urgent,
}

/// What happened, as far as channels go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Class {
    New,
    Returned,
    Yellow,
    Red,
    /// It concerns somebody in particular.
    Person,
    Other,
}

impl Class {
    fn of(usual: &str) -> Class {
        match usual {
            "task.opened" | "handoff.sent" => Class::New,
            "task.returned" | "handoff.refused" => Class::Returned,
            "card.yellow" => Class::Yellow,
            "card.red" => Class::Red,
            "urged"
            | "reassigned"
            | "delegated"
            | "handed_back"
            | "card.pursued"
            | "card.network"
            | "certificate.revoked"
            | "certificate.revoked_after" => Class::Person,
            _ => Class::Other,
        }
    }

    fn want(self) -> Want {
        match self {
            Class::New => Want::New,
            Class::Returned => Want::Returned,
            Class::Yellow => Want::Yellow,
            Class::Red => Want::Red,
            Class::Person | Class::Other => Want::All,
        }
    }
}

/// What goes by which channel as usual.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    staff: BTreeMap<Class, BTreeMap<Channel, Send>>,
    applicant: BTreeMap<Class, BTreeMap<Channel, Send>>,
}

static USUAL: LazyLock<Table> = LazyLock::new(|| {
    // A test reads it; a fault in it cannot ship.
    serde_yaml::from_str(include_str!("../templates/channels.yaml")).unwrap_or_default()
});

/// When something is sent by a channel unless somebody has chosen otherwise.
pub fn usual(about: &str, reader: Reader, channel: Channel) -> Send {
    let class = Class::of(usual_name(about, reader));
    let (table, class) = match reader {
        Reader::Staff => (&USUAL.staff, class),
        Reader::Applicant => (&USUAL.applicant, Class::Other),
    };
    let row = table.get(&class);
    row.and_then(|row| row.get(&channel))
        .copied()
        .unwrap_or_default()
}

/// The same of what an office may choose; `all` stands for what is not named besides.
pub fn usual_of(want: Want, channel: Channel) -> Send {
    let about = match want {
        Want::New => "task.opened",
        Want::Returned => "task.returned",
        Want::Yellow => "card.yellow",
        Want::Red => "card.red",
        Want::All => "case.news",
    };
    usual(about, Reader::Staff, channel)
}

/// What offices and posts have chosen, by `city/department` or `city/department/post`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(BTreeMap<String, BTreeMap<(Want, Channel), Send>>);

impl Choices {
    /// Adds what a place has chosen.
    pub fn add(&mut self, place: String, want: Want, channel: Channel, send: Send) {
        self.0
            .entry(place)
            .or_default()
            .insert((want, channel), send);
    }

    /// What a place itself has chosen of something.
    pub fn of(&self, place: &str, want: Want, channel: Channel) -> Option<Send> {
        self.0.get(place)?.get(&(want, channel)).copied()
    }

    /// When a post, `city/department/post`, is told something by a channel: as the post has chosen, or its office, or as usual;
    /// what is named goes before all.
    pub fn send(&self, post: &str, usual_name: &str, channel: Channel) -> Send {
        let usual = || usual(usual_name, Reader::Staff, channel);
        if self.0.is_empty() {
            return usual();
        }
        let office = post.rsplit_once('/').map_or("", |(office, _)| office);
        let want = Class::of(usual_name).want();
        let mut asked = [post, office]
            .into_iter()
            .flat_map(|place| [(place, want), (place, Want::All)]);
        let chosen = asked.find_map(|(place, want)| self.of(place, want, channel));
        chosen.unwrap_or_else(usual)
    }

    /// Whether it is told so.
    pub fn sends(&self, post: &str, usual_name: &str, channel: Channel, haste: Haste) -> bool {
        match self.send(post, usual_name, channel) {
            Send::Never => false,
            Send::Urgent => haste == Haste::Urgent,
            Send::Always => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Channel::{Bell, Email, Sms, Webhook};

    #[test]
    fn what_is_usual_is_what_the_product_says() {
        let of = |about: &str| [Webhook, Email, Sms, Bell].map(|c| usual(about, Reader::Staff, c));
        let (no, yes, urgent) = (Send::Never, Send::Always, Send::Urgent);
        assert_eq!(of("records.opened"), [yes, yes, urgent, no]);
        assert_eq!(of("records.returned"), [yes, yes, urgent, no]);
        assert_eq!(of("card.red"), [yes, yes, yes, yes]);
        assert_eq!(of("reassigned"), [yes, yes, no, yes]);
        assert_eq!(of("digest"), [yes, yes, no, no]);
        let told = |c| usual("accepted", Reader::Applicant, c);
        assert_eq!([Sms, Email].map(told), [yes, no]);
    }

    #[test]
    fn the_nearest_choice_counts() {
        let mut chosen = Choices::default();
        for (place, want, send) in [
            ("442000/si", Want::All, Send::Never),
            ("442000/si", Want::Red, Send::Always),
            ("442000/si/handler", Want::New, Send::Always),
        ] {
            chosen.add(place.to_owned(), want, Sms, send);
        }
        let of = |post: &str, about: &str| chosen.send(post, about, Sms);
        assert_eq!(of("442000/si/handler", "task.opened"), Send::Always);
        assert_eq!(of("442000/si/reviewer", "task.opened"), Send::Never);
        assert_eq!(of("442000/si/handler", "card.yellow"), Send::Never);
        assert_eq!(of("442000/si/handler", "card.red"), Send::Always);
        assert_eq!(of("442000/mib/handler", "task.opened"), Send::Urgent);
        assert_eq!(
            chosen.send("442000/si/handler", "card.yellow", Email),
            Send::Always
        );
    }
}
