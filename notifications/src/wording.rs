//! From what happened to the words of a message: a matter's `notices.yaml` first, then the default texts of `templates/`. Pure.
//!
//! Both have one form: `notices: { WHAT: { to, before, sms, email: { subject, body } } }`, where `WHAT` is `received`, `accepted`,
//! an end state, `STEP.opened`, `STEP.reminder`, `STEP.OUTCOME`, `card.yellow`, …

use crate::escape;
use crate::facts::{Facts, in_beijing};
use crate::message::{
    Body, Channel, LONG_SMS_CHARACTERS, SMS_CHARACTERS, Sms, Subject, characters,
};
use crate::template::{Escape, FillError, Problem, Template};
use forms::Lang;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The notices of a matter, or the default ones.
#[derive(Clone, Debug, Default)]
pub struct Notices(BTreeMap<String, Notice>);

/// What to say about one thing that happened.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Whom, by party; empty in the defaults, where it is whoever is concerned.
    pub to: Vec<String>,
    /// For a `STEP.reminder`: how long before the limit ends (`7d`).
    pub before: Option<String>,
    /// The short message.
    pub sms: Option<Template>,
    /// The mail.
    pub email: Option<Mail>,
}

/// The two texts of a mail.
#[derive(Clone, Debug)]
pub struct Mail {
    /// One line.
    pub subject: Template,
    /// The plain part, from which the page is made.
    pub body: Template,
}

/// Who reads a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The applicant.
    Applicant,
    /// People of an office.
    Staff,
}

/// A text of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `sms`
    Sms,
    /// `email.subject`
    Subject,
    /// `email.body`
    Body,
}

/// Why a `notices.yaml` cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoticesError {
    /// Its shape is wrong.
    #[error("{line}:{column}: {what}")]
    Shape {
        /// Line, from 1; 0 if unknown.
        line: usize,
        /// Column, from 1; 0 if unknown.
        column: usize,
        /// What the YAML reader says.
        what: String,
    },
    /// A text of it is wrong.
    #[error("{about} {part:?}: {problems:?}")]
    Text {
        /// Which notice.
        about: String,
        /// Which text of it.
        part: Part,
        /// What is wrong with it.
        problems: Vec<Problem>,
    },
}

/// Why there are no words.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unworded {
    /// There is no text for this channel.
    #[error("no text for this channel")]
    NoText,
    /// A text could not be filled.
    #[error(transparent)]
    Fill(#[from] FillError),
}

static ZH: LazyLock<Notices> = LazyLock::new(|| shipped(include_str!("../templates/zh-CN.yaml")));
static EN: LazyLock<Notices> = LazyLock::new(|| shipped(include_str!("../templates/en.yaml")));

/// A test reads both texts; a fault in them cannot ship.
fn shipped(text: &str) -> Notices {
    Notices::read(text).unwrap_or_default()
}

/// The notice for what happened: the one a `notify` names, the matter's own, or the default for this reader. A notice that has no
/// text for the channel is passed over.
pub fn find<'n>(
    own: &'n Notices,
    about: &str,
    template: Option<&str>,
    reader: Reader,
    channel: Channel,
    lang: Lang,
) -> Option<&'n Notice> {
    let usual: &'n Notices = Notices::shipped(lang);
    let named = template.and_then(|name| own.get(name).or_else(|| usual.get(name)));
    let candidates = [named, own.get(about), usual.get(usual_name(about, reader))];
    candidates
        .into_iter()
        .flatten()
        .find(|notice| notice.has(channel))
}

/// The default text that stands for what happened, by who reads it.
pub fn usual_name(about: &str, reader: Reader) -> &str {
    let last = about.rsplit('.').next().unwrap_or(about);
    match reader {
        Reader::Applicant if APPLICANT.contains(&about) => about,
        Reader::Applicant => match last {
            "opened" => "applicant.task",
            "reminder" => "applicant.reminder",
            _ => "applicant.news",
        },
        Reader::Staff if STAFF.contains(&about) => about,
        Reader::Staff => match last {
            "opened" => "task.opened",
            "returned" => "task.returned",
            "reminder" => "task.reminder",
            "sent" => "handoff.sent",
            "refused" if about != "refused" => "handoff.refused",
            _ => "case.news",
        },
    }
}

const APPLICANT: &[&str] = &[
    "received",
    "accepted",
    "correction",
    "not_accepted",
    "refused",
    "completed",
    "completed_partial",
    "withdrawn",
    "closed",
    "suspended",
    "resumed",
    "extended",
    "recounted",
    "certificate.revoked",
];
const STAFF: &[&str] = &[
    "task.opened",
    "task.returned",
    "task.reminder",
    "handoff.sent",
    "handoff.refused",
    "card.yellow",
    "card.red",
    "card.pursued",
    "card.network",
    "certificate.revoked",
    "certificate.revoked_after",
    "urged",
    "recounted",
    "reassigned",
    "delegated",
    "handed_back",
    "paper.issued",
    "digest",
    "delivery.dead",
    "exchange.turned_away",
    "channel.down",
    "look.many",
    "definition.proposed",
    "definition.published",
    "definition.taken_back",
];

impl Notices {
    /// Reads a `notices.yaml`.
    pub fn read(text: &str) -> Result<Notices, NoticesError> {
        let file: File = serde_yaml::from_str(text).map_err(|e| {
            let at = e.location();
            NoticesError::Shape {
                line: at.as_ref().map_or(0, |l| l.line()),
                column: at.as_ref().map_or(0, |l| l.column()),
                what: e.to_string(),
            }
        })?;
        let read = file
            .notices
            .into_iter()
            .map(|(about, written)| Ok((about.clone(), written.notice(&about)?)));
        Ok(Notices(read.collect::<Result<_, _>>()?))
    }

    /// The default texts.
    pub fn shipped(lang: Lang) -> &'static Notices {
        if lang == Lang::En { &EN } else { &ZH }
    }

    /// What to say about something.
    pub fn get(&self, about: &str) -> Option<&Notice> {
        self.0.get(about)
    }

    /// The same notices, each under the name that `rename` gives what it is about.
    #[must_use]
    pub fn renamed(self, rename: impl Fn(&str) -> String) -> Notices {
        let renamed = self.0.into_iter();
        Notices(
            renamed
                .map(|(about, notice)| (rename(&about), notice))
                .collect(),
        )
    }

    /// All of them, by what they are about.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Notice)> {
        self.0
            .iter()
            .map(|(about, notice)| (about.as_str(), notice))
    }
}

impl Notice {
    /// Whether there are words for a channel.
    pub fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Sms => self.sms.is_some(),
            Channel::Email => self.email.is_some(),
            Channel::Webhook | Channel::Bell => false,
        }
    }

    /// The values its texts name, without what they name of them: `case`, `link`, `relation`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let fields = self.texts().flat_map(|(_, text)| text.fields());
        fields.filter_map(|field| field.path.split(['.', '[']).next())
    }

    /// Its texts, for a check of the fields they name.
    pub fn texts(&self) -> impl Iterator<Item = (Part, &Template)> {
        let mail = self
            .email
            .iter()
            .flat_map(|m| [(Part::Subject, &m.subject), (Part::Body, &m.body)]);
        self.sms.iter().map(|t| (Part::Sms, t)).chain(mail)
    }

    /// Completes facts with an empty text for each field its texts name and the facts lack.
    #[must_use]
    pub fn complete(&self, mut facts: Facts) -> Facts {
        for (_, template) in self.texts() {
            facts.complete(template);
        }
        facts
    }

    /// The words for a channel.
    pub fn word(&self, channel: Channel, facts: &Facts) -> Result<Body, Unworded> {
        match (channel, &self.sms, &self.email) {
            (Channel::Sms, Some(text), _) => Ok(Body::Sms {
                text: short(text, facts)?,
            }),
            (Channel::Email, _, Some(mail)) => {
                let values = facts.values();
                let subject = Subject::new(&starred(&mail.subject.fill(&values)?));
                let text = starred(mail.body.fill(&values)?.trim());
                let link = values
                    .get("link")
                    .and_then(Json::as_str)
                    .unwrap_or_default();
                let html = page(subject.as_str(), &text, link);
                Ok(Body::Email {
                    subject,
                    text,
                    html,
                })
            }
            _ => Err(Unworded::NoText),
        }
    }

    /// How many characters the short message takes with the longest values to be expected (70 fit); `None` without one.
    pub fn longest_sms(&self, matter_title: &str) -> Option<usize> {
        let template = self.sms.as_ref()?;
        let mut values = Json::Object(Map::new());
        for field in template.fields() {
            let length = longest(&field.path, matter_title);
            put(&mut values, &field.path, "字".repeat(length).into());
        }
        template.fill(&values).ok().map(|text| characters(&text))
    }
}

/// The words of a call to another system; its id is put in when it leaves. The links lead to the task, if there is one, and the case.
pub fn webhook(kind: &str, at: Timestamp, facts: &Facts, links: Json) -> Body {
    let values = facts.values();
    let pick = |object: &str, keys: &[&str]| -> Json {
        let from = values.get(object).and_then(Json::as_object);
        let pairs = keys
            .iter()
            .filter_map(|k| Some(((*k).to_owned(), from?.get(*k)?.clone())));
        pairs
            .filter(|(_, v)| v.as_str() != Some(""))
            .collect::<Map<_, _>>()
            .into()
    };
    Body::Webhook {
        kind: kind.to_owned(),
        json: json!({
            "type": kind, "at": in_beijing(at),
            "case": pick("case", &["id", "number", "matter", "revision"]),
            "task": pick("task", &["id", "step", "due"]),
            "links": links,
        }),
    }
}

/// So much of a matter's title still says which matter it is.
const TELLING: usize = 6;

/// A short message. Where it does not fit into one, the matter's title gives way as far as it still says something; else it goes out whole,
/// in two parts. What is too long even for these has a shorter title, and at last an end that is cut off: never other words.
fn short(template: &Template, facts: &Facts) -> Result<Sms, FillError> {
    let text = starred(&template.fill(&facts.values())?);
    for most in [SMS_CHARACTERS, LONG_SMS_CHARACTERS] {
        let over = characters(&text).saturating_sub(most);
        if over == 0 {
            break;
        }
        if let Some(title) = shortened(facts.title(), over) {
            let shorter = starred(&template.fill(&facts.with_title(&title))?);
            if characters(&shorter) <= most {
                return Ok(Sms::cut(&shorter));
            }
        }
    }
    Ok(Sms::cut(&text))
}

/// A title without so many characters and one more, for the mark that some are missing; none where too little would be left.
fn shortened(title: &str, over: usize) -> Option<String> {
    let kept = title.chars().count().checked_sub(over + 1)?;
    let kept = (kept >= TELLING).then(|| title.chars().take(kept))?;
    Some(kept.chain(['…']).collect())
}

/// The last defence of G33: a run of 15 or more digits (an ID number, a card) is starred, whatever field it came from.
fn starred(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        match digits.len() {
            15.. => out.push_str(&"*".repeat(digits.len())),
            _ => out.push_str(&digits),
        }
        digits.clear();
        out.push(c);
    }
    out.pop();
    out
}

/// The mail as a page: paragraphs; a line that ends in the link, or in a longer one that begins with it, leads there.
fn page(title: &str, text: &str, link: &str) -> String {
    let mut body = String::new();
    for paragraph in text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()) {
        let lines: Vec<String> = paragraph.lines().map(|line| html(line, link)).collect();
        body.push_str(&format!("<p>{}</p>\n", lines.join("<br>\n")));
    }
    let title = escape::html(title);
    format!(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body>\n{body}</body></html>\n"
    )
}

/// A line of a mail as HTML.
fn html(line: &str, link: &str) -> String {
    let start = line.rfind(char::is_whitespace);
    let start = start.map_or(0, |at| {
        at + line[at..].chars().next().map_or(0, char::len_utf8)
    });
    let (words, last) = line.split_at(start);
    if !link.starts_with("http") || !last.starts_with(link) {
        return escape::html(line);
    }
    let url = escape::html(last);
    let words = escape::html(words);
    format!("{words}<a href=\"{url}\">{url}</a>")
}

/// The longest value to be expected of a field, in characters.
fn longest(path: &str, matter_title: &str) -> usize {
    match path.rsplit('.').next().unwrap_or(path) {
        "matter_title" => matter_title.chars().count(),
        "number" => "450400-YCXDY-20261123-00017-L".len(),
        "tail" => 4,
        "due_day" | "received_day" => "12月31日".chars().count(),
        "due_date" | "received_date" => "2026年12月31日".chars().count(),
        // What opens a case has 128 bits.
        "link" => "s.example/p/".len() + 22,
        "city" => 5,
        _ => 12,
    }
}

/// Puts a value at a path; `[]` is a list of one.
fn put(into: &mut Json, path: &str, value: Json) {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, is_list) = match name.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (name, false),
    };
    if !into.is_object() {
        *into = Json::Object(Map::new());
    }
    let Some(map) = into.as_object_mut() else {
        return;
    };
    let mut place = map.entry(name).or_insert(Json::Null);
    if is_list {
        if !place.is_array() {
            *place = json!([null]);
        }
        let Some(first) = place.get_mut(0) else {
            return;
        };
        place = first;
    }
    match rest {
        "" if place.is_null() => *place = value,
        "" => {}
        rest => put(place, rest, value),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    notices: BTreeMap<String, Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    to: Names,
    before: Option<String>,
    sms: Option<String>,
    email: Option<WrittenMail>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMail {
    subject: String,
    body: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Many(Vec<String>),
}

impl Default for Names {
    fn default() -> Self {
        Names::Many(Vec::new())
    }
}

impl Written {
    fn notice(self, about: &str) -> Result<Notice, NoticesError> {
        let compile = |part, source: &str| {
            Template::compile(source, Escape::Plain).map_err(|problems| NoticesError::Text {
                about: about.to_owned(),
                part,
                problems,
            })
        };
        let mail = |mail: WrittenMail| {
            Ok(Mail {
                subject: compile(Part::Subject, &mail.subject)?,
                body: compile(Part::Body, &mail.body)?,
            })
        };
        Ok(Notice {
            to: match self.to {
                Names::One(name) => vec![name],
                Names::Many(names) => names,
            },
            before: self.before,
            sms: self.sms.map(|text| compile(Part::Sms, &text)).transpose()?,
            email: self.email.map(mail).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests;
