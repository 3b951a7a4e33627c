//! The network as data: pools, cities, departments, posts, people, parameters with dates, reasons, laws, messages. Read from `workflows/`.

mod closure;
mod people;
mod read;

pub use closure::Closure;
pub(crate) use read::read;

use crate::clock::{Calendar, Calendars, Limit, Unit};
use crate::english::English;
use crate::source::Span;
use crate::text::{Lang, Text, both};
use jiff::SignedDuration;
use jiff::civil::Date;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The parameter that says for how many days a message is kept that came before its wait.
const EARLY: &str = "early_message_days";
/// So many where the network has no such parameter.
const EARLY_DAYS: i64 = 30;

/// Everything about the network that a case may ask for. Cheap to share, never changed while cases run on it.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Code and name.
    pub(crate) pools: BTreeMap<String, Text>,
    pub(crate) cities: BTreeMap<String, City>,
    pub(crate) departments: BTreeMap<String, Department>,
    pub(crate) posts: BTreeMap<String, Text>,
    pub(crate) offices: BTreeMap<(String, String), String>,
    pub(crate) paper_prefixes: BTreeMap<(String, String), String>,
    pub(crate) people: Vec<Person>,
    pub(crate) windows: Vec<Window>,
    pub(crate) parameters: BTreeMap<String, Parameter>,
    pub(crate) reasons: BTreeMap<String, Text>,
    pub(crate) laws: BTreeMap<String, Law>,
    pub(crate) messages: BTreeMap<String, Text>,
    pub(crate) closures: Vec<Closure>,
    pub(crate) calendars: Calendars,
    pub(crate) english: English,
    pub(crate) link_host: Option<String>,
}

/// The longest host to be expected in the links of short messages, where a network names none [assumed].
const LINK_HOST: &str = "ywt.zhongshan.gov.cn";

/// A city of the network.
#[derive(Clone, Debug, Default)]
pub struct City {
    /// Six digits (GB/T 2260).
    pub code: String,
    /// Short name, as YAML writes it.
    pub name: String,
    /// Full official name.
    pub full_name: String,
    /// English name.
    pub en: String,
    /// Code of its pool (`440000`, the Corps `66`).
    pub pool: String,
    /// At which an office of another city is answered while the windows are open; empty: none is on record.
    pub duty_phone: String,
    /// `sure`, `likely`, `demo`, …
    pub tag: String,
}

/// A window (专窗) that takes in for other cities.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Its id.
    pub id: String,
    /// Code of its city.
    pub city: String,
    /// Its name.
    pub title: Text,
}

/// A kind of office.
#[derive(Clone, Debug, Default)]
pub struct Department {
    /// Its name.
    pub title: Text,
    /// What it is called for short in the numbers of its papers; empty: its name.
    pub short: String,
    /// Posts it has.
    pub posts: Vec<String>,
    /// True where every city has one; a national platform or a province's bureau stands elsewhere.
    pub in_every_city: bool,
}

/// An example person of the directory.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `city/department/post`, each.
    pub posts: Vec<String>,
    /// Posts in other cities, lent to him for some matters and days.
    pub lent: Vec<LentPost>,
    /// The person he stands for.
    pub deputy_of: Option<String>,
}

/// A post in another city, held for some matters and days.
#[derive(Clone, Debug)]
pub struct LentPost {
    /// `city/department/post`.
    pub post: String,
    /// The matters, and where they are named.
    pub matters: Vec<(String, Span)>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub by: String,
    /// The second person, who agreed.
    pub agreed_by: String,
}

/// A parameter: a value that differs by place and date.
#[derive(Clone, Debug, Default)]
pub struct Parameter {
    /// What it is.
    pub title: Text,
    /// `limit`, `money`, `integer`, `amount`, `text`, …
    pub kind: String,
    /// What an integer counts: `days`, `months`, `years`, `age` (of a person); empty: nothing of these.
    pub unit: String,
    /// `sure`, `likely`, `assumed`, `to_enter`.
    pub tag: String,
    /// What people call the words that are its values.
    pub labels: BTreeMap<String, Text>,
    /// Where the values come from; empty: nobody has said.
    pub source: String,
    /// Values, each with the day from which it holds and where.
    pub values: Vec<ParameterValue>,
}

impl Parameter {
    /// A value as people say it: a limit as its length, money in 元, a word by its label, yes or no.
    pub fn said(&self, value: &Json) -> Text {
        let plain = match value {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        if let Some(label) = self.labels.get(&plain) {
            return label.clone();
        }
        let unit = match self.unit.as_str() {
            "days" => Some(Unit::Days),
            "months" => Some(Unit::Months),
            "years" => Some(Unit::Years),
            _ => None,
        };
        let counted = || {
            Some(Limit {
                count: plain.parse().ok()?,
                unit: unit?,
            })
        };
        let limit = match self.kind.as_str() {
            "limit" => plain.parse().ok(),
            _ => counted(),
        };
        match (limit, self.kind.as_str(), value) {
            (Some(limit), ..) => limit.words(),
            _ if self.unit == "age" => both("words.age", &[("n", plain)]),
            (None, "money", _) => both("words.money", &[("n", plain)]),
            (None, _, Json::Bool(true)) => both("words.true", &[]),
            (None, _, Json::Bool(false)) => both("words.false", &[]),
            _ => Text {
                zh: plain.clone(),
                en: plain,
            },
        }
    }
}

/// One value of a parameter.
#[derive(Clone, Debug)]
pub struct ParameterValue {
    /// First day.
    pub from: Date,
    /// Pool code, if it holds only there.
    pub pool: Option<String>,
    /// City code, if it holds only there.
    pub city: Option<String>,
    /// The value: a text for limits, money and texts, a number for integers.
    pub value: Json,
}

/// A document of `laws.yaml`.
#[derive(Clone, Debug, Default)]
pub struct Law {
    /// Its title.
    pub title: Text,
    /// Its number.
    pub number: String,
    /// `sure`, `likely`, `assumed`.
    pub tag: String,
}

impl City {
    /// Its short name in a language.
    pub fn title(&self, lang: Lang) -> &str {
        match lang {
            Lang::En if !self.en.is_empty() => &self.en,
            _ => &self.name,
        }
    }
}

impl Network {
    /// A city by code or by short name.
    pub fn city(&self, code_or_name: &str) -> Option<&City> {
        self.cities
            .get(code_or_name)
            .or_else(|| self.cities.values().find(|c| c.name == code_or_name))
    }

    /// All cities by code.
    pub fn cities(&self) -> impl Iterator<Item = &City> {
        self.cities.values()
    }

    /// With what links in short messages begin, as the check counts them.
    pub fn link_host(&self) -> &str {
        self.link_host.as_deref().unwrap_or(LINK_HOST)
    }

    /// The code of a pool given by code or name.
    pub fn pool<'n>(&'n self, code_or_name: &'n str) -> Option<&'n str> {
        let mut pools = self.pools();
        let found = pools.find(|(code, name)| *code == code_or_name || *name == code_or_name);
        found.map(|(code, _)| code)
    }

    /// All pools: code and Chinese name.
    pub fn pools(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pools.iter().map(|(code, name)| (&**code, &*name.zh))
    }

    /// What a city or a pool given by code is called in a language; any other text stays as it is.
    pub fn place<'n>(&'n self, lang: Lang, code: &'n str) -> &'n str {
        let city = self.cities.get(code).map(|city| city.title(lang));
        let pool = || self.pools.get(code).map(|name| name.get(lang));
        city.or_else(pool).unwrap_or(code)
    }

    /// A department by its type id (`si`, `mib`, …).
    pub fn department(&self, id: &str) -> Option<&Department> {
        self.departments.get(id)
    }

    /// The name of an office: the city's own name for it, else city and department.
    pub fn office(&self, city: &str, department: &str) -> String {
        let own = self.offices.get(&(city.to_owned(), department.to_owned()));
        own.cloned().unwrap_or_else(|| {
            let city = self.city(city).map_or(city, |c| c.full_name.as_str());
            let department = self
                .department(department)
                .map_or(department, |d| d.title.zh.as_str());
            format!("{city}{department}")
        })
    }

    /// 机关代字: with what the numbers of an office's papers begin. The office's own, else its city — for what stands above cities, its pool —
    /// and what the department is called for short. Without blanks, as people read and type it.
    pub fn paper_prefix(&self, city: &str, department: &str) -> String {
        let own = (city.to_owned(), department.to_owned());
        if let Some(own) = self.paper_prefixes.get(&own) {
            return without_blanks(own);
        }
        let (known, place) = (self.department(department), self.city(city));
        let above = known.is_some_and(|d| !d.in_every_city);
        let place = place.map_or(city, |place| match self.pools.get(&place.pool) {
            Some(pool) if above => pool.zh.as_str(),
            _ => &place.name,
        });
        let short = known.map_or(department, |d| match d.short.is_empty() {
            true => d.title.zh.as_str(),
            false => &d.short,
        });
        without_blanks(&format!("{place}{short}"))
    }

    /// The name of an office in a language; its own name is Chinese.
    pub fn office_in(&self, lang: Lang, city: &str, department: &str) -> String {
        match lang {
            Lang::Zh => self.office(city, department),
            Lang::En => {
                let city = self.city(city).map_or(city, |c| c.title(lang));
                let title = self.department(department).map(|d| d.title.get(lang));
                format!("{city} {}", title.unwrap_or(department))
            }
        }
    }

    /// All departments by type id.
    pub fn departments(&self) -> &BTreeMap<String, Department> {
        &self.departments
    }

    /// What people call a post.
    pub fn post(&self, id: &str) -> Option<&Text> {
        self.posts.get(id)
    }

    /// The example people.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The windows of a city, in the order of the file.
    pub fn windows<'n>(&'n self, city: &'n str) -> impl Iterator<Item = &'n Window> {
        self.windows.iter().filter(move |w| w.city == city)
    }

    /// The words of a reason code.
    pub fn reason(&self, code: &str) -> Option<&Text> {
        self.reasons.get(code)
    }

    /// All reason codes with their words.
    pub fn reasons(&self) -> &BTreeMap<String, Text> {
        &self.reasons
    }

    /// All documents of law by the name `basis` uses.
    pub fn laws(&self) -> &BTreeMap<String, Law> {
        &self.laws
    }

    /// A document of law by the name `basis` uses.
    pub fn law(&self, doc: &str) -> Option<&Law> {
        self.laws.get(doc)
    }

    /// What people call a message of another system.
    pub fn message(&self, name: &str) -> Option<&Text> {
        self.messages.get(name)
    }

    /// All messages that other systems send, with what people call them.
    pub fn messages(&self) -> &BTreeMap<String, Text> {
        &self.messages
    }

    /// The calendar of a city, by six-digit code.
    pub fn calendar(&self, city: &str) -> Calendar {
        // Calendars name a province by its two digits, the Corps by its `66`.
        let pool = self.cities.get(city).and_then(|c| c.pool.get(..2));
        self.calendars.of(city, pool)
    }

    /// A name that is its own title in a language: one that authors gave, or a city's.
    pub fn own<'n>(&'n self, lang: Lang, name: &'n str) -> &'n str {
        match (lang, self.english.of(name)) {
            (Lang::Zh, _) => name,
            (Lang::En, Some(english)) => english,
            (Lang::En, None) => {
                let city = self.city(name).map(|city| city.code.as_str());
                self.place(lang, city.or_else(|| self.pool(name)).unwrap_or(name))
            }
        }
    }

    /// All calendars.
    pub fn calendars(&self) -> &Calendars {
        &self.calendars
    }

    /// The value of a parameter in a city on a day: the city's before the pool's before the network's, the latest that holds.
    pub fn parameter(&self, name: &str, city: &str, day: Date) -> Option<&Json> {
        let pool = self.cities.get(city).map(|c| c.pool.as_str());
        let rank = |v: &ParameterValue| match (&v.city, &v.pool) {
            (Some(c), _) => (c == city).then_some(2),
            (None, Some(p)) => (Some(p.as_str()) == pool).then_some(1),
            (None, None) => Some(0),
        };
        let values = self
            .parameters
            .get(name)?
            .values
            .iter()
            .filter(|v| v.from <= day);
        let best = values
            .filter_map(|v| Some((rank(v)?, v.from, v)))
            .max_by_key(|v| (v.0, v.1))?;
        Some(&best.2.value)
    }

    /// For how long a message is kept that came before anybody waited for it (G34).
    pub fn kept_early(&self, city: &str, day: Date) -> SignedDuration {
        let days = self.parameter(EARLY, city, day).and_then(Json::as_i64);
        SignedDuration::from_hours(24 * days.unwrap_or(EARLY_DAYS).clamp(0, 3650))
    }

    /// All parameters by name.
    pub fn parameters(&self) -> &BTreeMap<String, Parameter> {
        &self.parameters
    }
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}
