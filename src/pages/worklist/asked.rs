//! What is asked of the worklist; all of it stands in the address, so that going back, bookmarks and sharing work.

use crate::pages::intake::catalogue;
use crate::pages::session::Visitor;
use crate::runtime::day;
use crate::store::{CaseFilter, DoneFilter, Method, Order, TaskFilter};
use crate::web::App;
use engine::clock::instant;
use engine::library::Library;
use engine::matter::Kind;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The parts of the worklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Held by the visitor.
    Mine,
    /// Anybody of the visitor's post may take them.
    Open,
    /// Cases the visitor has worked on, and that wait for somebody else.
    Waiting,
    /// What the visitor has done in the last thirty days.
    Done,
    /// Cases the visitor follows.
    Followed,
    /// Whatever is open in the visitor's office, whoever has it.
    Office,
}

impl Tab {
    /// All of them, in order.
    pub const ALL: [Tab; 6] = [
        Tab::Mine,
        Tab::Open,
        Tab::Waiting,
        Tab::Done,
        Tab::Followed,
        Tab::Office,
    ];

    /// As it stands in the address.
    pub fn word(self) -> &'static str {
        match self {
            Tab::Mine => "mine",
            Tab::Open => "open",
            Tab::Waiting => "waiting",
            Tab::Done => "done",
            Tab::Followed => "followed",
            Tab::Office => "office",
        }
    }
}

/// So long somebody finds again what he has done.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What the store is asked for a part: the same for its list and for its number.
pub enum Which {
    /// Tasks that wait for the visitor.
    Tasks(TaskFilter),
    /// Cases that wait for others.
    Cases(CaseFilter),
    /// Tasks that are done.
    Done(DoneFilter),
}

/// The query of the address. What is empty is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Which part; none: the visitor's own tasks, or what may be taken while he has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tab: Option<Tab>,
    /// A matter by its title or name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub matter: String,
    /// A city that took in the case or decides it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// A step of the matter.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// A level of warning.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub level: String,
    /// How the case is handled.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// A part of the case's number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// Of the office: the state of the tasks.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// Of the office: the day on which their limit ends.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub due: String,
    /// Of the office: since when they have been there, to the minute.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub since: String,
    /// Where the page begins.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
}

impl Asked {
    /// The address of the worklist for this.
    pub fn address(&self) -> String {
        let query = serde_urlencoded::to_string(self).unwrap_or_default();
        match query.is_empty() {
            true => "/work".to_owned(),
            false => format!("/work?{query}"),
        }
    }

    /// The first page of another part, with the same filters as far as it has them.
    pub fn in_tab(&self, tab: Tab) -> Self {
        let own = |filter: &String| match tab {
            Tab::Office => filter.clone(),
            _ => String::new(),
        };
        Asked {
            tab: Some(tab),
            after: String::new(),
            state: own(&self.state),
            due: own(&self.due),
            since: own(&self.since),
            ..self.clone()
        }
    }

    /// The same list from another place on.
    pub fn after(&self, cursor: String) -> Self {
        Asked {
            after: cursor,
            ..self.clone()
        }
    }

    /// A part without filters.
    pub fn plain(tab: Tab) -> Self {
        Asked::default().in_tab(tab)
    }

    /// True if some filter is set.
    pub fn narrows(&self) -> bool {
        let all = [
            &self.matter,
            &self.city,
            &self.step,
            &self.level,
            &self.method,
            &self.q,
            &self.state,
            &self.due,
            &self.since,
        ];
        all.iter().any(|filter| !filter.is_empty())
    }

    /// What only the list of the office is narrowed by, with its names in the address.
    pub fn of_office(&self) -> [(&'static str, &str); 3] {
        [
            ("state", &self.state),
            ("due", &self.due),
            ("since", &self.since),
        ]
    }

    /// The same in words, for nothing else on the page shows it.
    pub fn told(&self, visitor: &Visitor) -> Vec<String> {
        let words = visitor.words;
        let said = |(name, value): (&str, &str)| {
            let value = match name {
                "state" => words.word("state", value),
                _ => value.replace('T', " "),
            };
            words.tell("work.office", name, &[("value", value)])
        };
        let given = self.of_office().into_iter();
        given
            .filter(|(_, v)| !v.is_empty())
            .filter_map(said)
            .collect()
    }

    /// The name of the matter asked for: given by name or title, in whichever language, or by as much of it as finds it at intake. One that
    /// nobody knows stays as it is, and matches nothing.
    pub fn matter_name<'a>(&'a self, library: &'a Library) -> Option<&'a str> {
        let asked = self.matter.trim();
        let titled = |title: &engine::text::Text| title.zh == asked || title.en == asked;
        if asked.is_empty() {
            return None;
        }
        let exact = library.matters.iter().find(|(_, m)| titled(&m.title));
        // Else as at intake: by a part of the title, by code, by initials.
        let best = || {
            let found = catalogue::found(library, asked);
            library.matters.get_key_value(&*found.first()?.id.value)
        };
        let found = exact.or_else(best);
        Some(found.map_or(asked, |(name, _)| name))
    }

    /// What the store is asked for a part.
    pub fn which(&self, app: &App, visitor: &Visitor, tab: Tab) -> Which {
        let library = app.runtime.library();
        let matter = self.matter_name(&library).map(str::to_owned);
        let part = given(&self.q).map(|q| q.to_uppercase());
        let case_city = given(&self.city).map(|city| app.city(&city));
        let (step, level) = (given(&self.step), given(&self.level));
        let method = method(&library, &self.method);
        let person = visitor.caller.principal().to_string();
        match tab {
            Tab::Mine | Tab::Open => Which::Tasks(TaskFilter {
                within: Some(visitor.caller.offices(false)),
                state: Some(if tab == Tab::Mine { "held" } else { "open" }.to_owned()),
                holder: (tab == Tab::Mine).then_some(person),
                order: Order::Urgency,
                step,
                level,
                matter,
                part,
                case_city,
                method,
                ..TaskFilter::default()
            }),
            Tab::Office => Which::Tasks(TaskFilter {
                within: Some(visitor.caller.offices(true)),
                state: given(&self.state),
                due_within: self.due.parse().ok().map(day),
                opened_from: self
                    .since
                    .parse()
                    .ok()
                    .map(|at| instant(at).as_millisecond()),
                order: Order::Urgency,
                step,
                level,
                matter,
                part,
                case_city,
                method,
                ..TaskFilter::default()
            }),
            Tab::Waiting => Which::Cases(CaseFilter {
                open: Some(true),
                left_by: Some(person),
                level,
                matter,
                part,
                case_city,
                method,
                ..CaseFilter::default()
            }),
            Tab::Followed => Which::Cases(CaseFilter {
                within: Some(app.spheres(&visitor.caller)),
                followed_by: Some(person),
                level,
                matter,
                part,
                case_city,
                method,
                ..CaseFilter::default()
            }),
            Tab::Done => Which::Done(DoneFilter {
                from: since(app.runtime.clock().now()),
                person,
                step,
                matter,
                part,
                case_city,
                method,
            }),
        }
    }
}

/// The ways to handle a case (办理方式), as they stand in the address.
pub const METHODS: [&str; 5] = ["online", "collected", "joint", "video", "local"];

/// What a way to handle a case means. Several cities work together (`joint`) in matters with letters to other cities; of all others taken in
/// at a window one city collects and another decides, or all of it is done in one place.
fn method(library: &Library, word: &str) -> Option<Method> {
    let letters = |kind: &Kind| matches!(kind, Kind::Handoff { .. });
    let joint = library.matters.iter();
    let joint = joint.filter(|(_, m)| m.steps.iter().any(|step| letters(&step.kind)));
    let joint = || joint.clone().map(|(name, _)| name.clone()).collect();
    let (channel, across, matters) = match word {
        "online" | "video" => (word, None, None),
        "joint" => ("window", None, Some((true, joint()))),
        "collected" => ("window", Some(true), Some((false, joint()))),
        "local" => ("window", Some(false), Some((false, joint()))),
        _ => return None,
    };
    Some(Method {
        channel: channel.to_owned(),
        across,
        matters,
    })
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn since(now: Timestamp) -> i64 {
    now.saturating_sub(KEPT).unwrap_or(now).as_millisecond()
}
