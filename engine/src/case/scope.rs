//! What an expression sees when it runs: items, events and steps of the sequence and those around it, then what every case has.

use super::place::{block_of, owner};
use super::{At, Case, Context, Frame, FrameNo, Name, Record};
use crate::clock::civil;
use crate::expr::{Fuel, Value, Values, part};
use crate::matter::{Kind, LimitValue, Revision};
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;

/// What every case has, wherever an expression stands; no step, item or event is named so.
pub(crate) const COMMON: [&str; 7] = [
    "applicant",
    "form",
    "case",
    "materials",
    "parameters",
    "today",
    "now",
];

/// The fields of `case`.
const CASE_FIELDS: [&str; 6] = [
    "number",
    "accepting_city",
    "channel",
    "status",
    "parent",
    "label",
];

/// A place from which an expression looks.
pub(super) struct Scope<'a> {
    pub case: &'a Case,
    pub matter: &'a Revision,
    pub context: &'a Context<'a>,
    pub frame: FrameNo,
    /// The step it belongs to, for the names of the block around.
    pub step: &'a str,
    /// What is being handed in: seen through `materials` and, where an outcome is being chosen, by the name of its step.
    pub pending: Option<&'a Json>,
    /// The deciding city is being found out, which parameters depend on.
    pub resolving: bool,
}

impl Scope<'_> {
    /// What stands at a path such as `letter.months`, as letters between offices share and return it.
    pub(super) fn along(&self, path: &str) -> Option<Json> {
        let mut parts = path.split('.');
        let root = self.get(parts.next()?)?;
        parts
            .try_fold(&*root, |value, part| value.get(part))
            .cloned()
    }
}

impl Values for Scope<'_> {
    fn get(&self, root: &str) -> Option<Cow<'_, Json>> {
        if COMMON.contains(&root) {
            return self.common(root);
        }
        let inner = format!("{}{root}", block_of(self.step));
        if inner == self.step
            && let Some(pending) = self.pending
        {
            return Some(Cow::Borrowed(pending));
        }
        let names: &[&str] = if inner == root {
            &[root]
        } else {
            &[&inner, root]
        };
        for (no, frame) in self.case.chain(self.frame) {
            if self.content_name(frame).is_some_and(|n| &*n == root) {
                return Some(Cow::Borrowed(&frame.content));
            }
            if let Some(found) = names.iter().find_map(|n| self.step_value(no, frame, n)) {
                return Some(Cow::Owned(found));
            }
        }
        let given = self.case.foreign.as_ref();
        if let Some(given) = given.and_then(|letter| letter.given(root)) {
            return Some(Cow::Borrowed(given));
        }
        let own = self.case.chain(self.frame);
        let own = own.into_iter().find_map(|(_, f)| f.marks.get(root));
        let mark = own.or_else(|| self.case.marks.get(root))?;
        Some(Cow::Owned(mark.to_string().into()))
    }

    fn field(&self, root: &str, name: &str) -> Option<Cow<'_, Json>> {
        if root == "case" {
            return Some(Cow::Owned(self.case_field(name)?));
        }
        part(self.get(root)?, name)
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        match (name, args) {
            ("count", [Value::Text(step)]) => Some(Ok(Value::Number(self.count(step).into()))),
            ("workdays", [Value::Number(n), Value::Text(city), from @ ..]) => {
                let from = match from {
                    [Value::Date(day)] => *day,
                    _ => civil(self.context.now).date(),
                };
                Some(Ok(self.workdays(
                    u32::try_from(*n).unwrap_or(0),
                    city,
                    from,
                )))
            }
            ("parameter", [Value::Text(name), more @ ..]) => Some(self.parameter(name, more)),
            _ => None,
        }
    }
}

impl<'a> Scope<'a> {
    /// From a sequence of a case, outside any step.
    pub(super) fn at(
        case: &'a Case,
        matter: &'a Revision,
        context: &'a Context<'a>,
        frame: FrameNo,
    ) -> Scope<'a> {
        Scope {
            case,
            matter,
            context,
            frame,
            step: "",
            pending: None,
            resolving: false,
        }
    }
}

impl Scope<'_> {
    /// The name by which the content of a frame goes: the alias of an item or round, the name of an event.
    fn content_name(&self, frame: &Frame) -> Option<Name> {
        if let Some(super::Beside::Event { name, .. }) = &frame.beside {
            return Some(name.clone());
        }
        let step = self.matter.named(frame.step.as_deref()?)?.1;
        let alias = step.kind.alias().filter(|_| frame.beside.is_none())?;
        Some(alias.into())
    }

    /// What a step has written, seen from a sequence: its own step, or one inside a group of it.
    fn step_value(&self, no: FrameNo, frame: &Frame, name: &str) -> Option<Json> {
        if let Some(at) = frame.at.as_ref().filter(|at| &*at.step == name) {
            return self.open_value(frame, at);
        }
        if let Some((key, record)) = frame.records.get_key_value(name) {
            return Some(self.record_value(frame, key, record));
        }
        self.inside(no, frame, name)
    }

    fn open_value(&self, frame: &Frame, at: &At) -> Option<Json> {
        let before = frame.records.get(&at.step);
        let mut value = match &self.matter.named(&at.step)?.1.kind {
            Kind::Parallel { .. } | Kind::ForEach { .. } | Kind::Repeat { .. } => {
                return Some(self.branches(frame, &at.step, at.since));
            }
            Kind::Group { .. } => self.group(frame, &at.step, at.since),
            _ => before.map_or_else(Map::new, record_fields),
        };
        if let Some(child) = at.subcase.and_then(|c| self.case.subcases.get(&c)) {
            value.insert("status".into(), json!(child.status));
            if let Some(reason) = &child.reason {
                value.insert("reason".into(), reason.as_str().into());
            }
        }
        if let Some(letter) = at.handoff.and_then(|h| self.case.handoffs.get(&h)) {
            let status = if letter.received.is_some() {
                "received"
            } else {
                "sent"
            };
            value.insert("status".into(), status.into());
        }
        (!value.is_empty()).then_some(Json::Object(value))
    }

    fn record_value(&self, frame: &Frame, name: &Name, record: &Record) -> Json {
        match self.matter.named(name).map(|(_, s)| &s.kind) {
            Some(Kind::Parallel { .. } | Kind::ForEach { .. } | Kind::Repeat { .. }) => {
                self.branches(frame, name, record.since)
            }
            Some(Kind::Group { .. }) => {
                let mut value = self.group(frame, name, record.since);
                value.extend(record_fields(record));
                Json::Object(value)
            }
            _ => Json::Object(self.fields(name, record)),
        }
    }

    /// The fields of a step that is done; a sub-case keeps the state it ended in, a letter has been answered.
    fn fields(&self, name: &Name, record: &Record) -> Map<String, Json> {
        let mut out = record_fields(record);
        match self.matter.named(name).map(|(_, s)| &s.kind) {
            Some(Kind::Subcase { .. }) => {
                // Its outcome is the state it ended in, but where a limit passed first.
                let overdue = matches!(&*record.outcome, "overdue" | "missed");
                let status = if overdue { "closed" } else { &*record.outcome };
                out.insert("status".into(), status.into());
            }
            Some(Kind::Handoff { .. }) => _ = out.insert("status".into(), "answered".into()),
            _ => {}
        }
        out
    }

    /// The inside of a group by the names of its steps.
    fn group(&self, frame: &Frame, name: &Name, since: u32) -> Map<String, Json> {
        let mut out = Map::new();
        for (_, child) in self.round(frame, name, since) {
            let prefix = format!("{name}.");
            for (step, record) in &child.records {
                let short = step.strip_prefix(&*prefix).unwrap_or(step);
                out.insert(short.to_owned(), Json::Object(self.fields(step, record)));
            }
        }
        out
    }

    /// The list a fork is known by: one entry per branch, item or round with `key`, `item`, `result` and the steps inside.
    fn branches(&self, frame: &Frame, name: &Name, since: u32) -> Json {
        let one = |(no, child): (FrameNo, &Frame)| {
            let mut entry = Map::new();
            for (step, record) in &child.records {
                entry.insert(step.to_string(), self.record_value(child, step, record));
            }
            for inner in self.steps_inside(no) {
                if let Some(value) = self.inside(no, child, &inner) {
                    entry.entry(inner.to_string()).or_insert(value);
                }
            }
            entry.insert("key".into(), json!(child.key));
            if !child.content.is_null() {
                entry.insert("item".into(), child.content.clone());
            }
            let result = child.result.as_deref().unwrap_or("open");
            entry.insert("result".into(), result.into());
            Json::Object(entry)
        };
        self.round(frame, name, since)
            .into_iter()
            .map(one)
            .collect()
    }

    /// Names of steps that lie in fixed branches and groups of a sequence.
    fn steps_inside(&self, frame: FrameNo) -> Vec<Name> {
        let Some(sequence) = self.case.sequence(self.matter, frame) else {
            return Vec::new();
        };
        let steps = self.matter.matter.steps.iter();
        let below = |s: &&crate::matter::Step| {
            s.within != sequence && self.path_to(s.within, sequence).is_some()
        };
        steps.filter(below).map(|s| s.id.value.clone()).collect()
    }

    /// The frames a group step opened in its last round.
    fn round<'f>(&'f self, frame: &Frame, step: &Name, since: u32) -> Vec<(FrameNo, &'f Frame)> {
        let children = frame.children.iter().filter(|c| c.0 > since);
        let children = children.filter_map(|c| Some((*c, self.case.frames.get(c)?)));
        children
            .filter(|(_, f)| f.step.as_ref() == Some(step))
            .collect()
    }

    /// A step inside groups and fixed branches of this sequence.
    fn inside(&self, no: FrameNo, frame: &Frame, name: &str) -> Option<Json> {
        let (_, step) = self.matter.named(name)?;
        let here = self.case.sequence(self.matter, no)?;
        let path = self.path_to(step.within, here)?;
        let mut at: Vec<&Frame> = vec![frame];
        for (group, branch) in &path {
            let mut next = Vec::new();
            for frame in at {
                let now = frame
                    .at
                    .as_ref()
                    .filter(|a| a.step == *group)
                    .map(|a| a.since);
                let since = now.or_else(|| Some(frame.records.get(group)?.since))?;
                let key = branch.as_deref();
                let fits = |f: &&Frame| key.is_none_or(|b| f.key.as_deref() == Some(b));
                next.extend(
                    self.round(frame, group, since)
                        .into_iter()
                        .map(|(_, f)| f)
                        .filter(fits),
                );
            }
            at = next;
        }
        let frame = at.first()?;
        let (key, record) = frame.records.get_key_value(name)?;
        Some(self.record_value(frame, key, record))
    }

    /// The groups to go through from one sequence down to another; none where a `for_each`, `repeat` or hand-off lies between.
    fn path_to(
        &self,
        mut from: crate::matter::SequenceIx,
        to: crate::matter::SequenceIx,
    ) -> Option<Vec<(Name, Option<Name>)>> {
        let mut path = Vec::new();
        while from != to {
            let (step, branch) = owner(self.matter, from)?;
            if !matches!(step.kind, Kind::Group { .. } | Kind::Parallel { .. }) {
                return None;
            }
            path.push((step.id.value.clone(), branch.cloned()));
            from = step.within;
        }
        path.reverse();
        Some(path)
    }

    /// What every case has; the names of [`COMMON`].
    fn common(&self, root: &str) -> Option<Cow<'_, Json>> {
        Some(Cow::Owned(match root {
            "applicant" => return Some(Cow::Borrowed(&self.case.applicant)),
            "form" => return Some(Cow::Borrowed(&self.case.form)),
            "case" => {
                let fields = CASE_FIELDS.into_iter();
                let fields = fields.filter_map(|f| Some((f.to_owned(), self.case_field(f)?)));
                Json::Object(fields.collect())
            }
            "materials" => self.materials(),
            "parameters" if !self.resolving => self.parameters(),
            "today" => civil(self.context.now).date().to_string().into(),
            "now" => self.context.now.to_string().into(),
            _ => return None,
        }))
    }

    fn case_field(&self, name: &str) -> Option<Json> {
        let case = self.case;
        let given = case.foreign.as_ref();
        if let Some(given) = given.and_then(|letter| letter.case_field(name)) {
            return Some(given);
        }
        Some(match name {
            "number" => case.number.as_str().into(),
            "accepting_city" => case.accepting_city.as_str().into(),
            "channel" => case.channel.as_str().into(),
            "status" => case.status.word().into(),
            "parent" => case.parent.as_ref()?.number.as_str().into(),
            "label" => case.label.as_deref()?.into(),
            _ => return None,
        })
    }

    fn materials(&self) -> Json {
        let found = self.pending.and_then(super::flow::lacking);
        let missing = found.as_ref().unwrap_or(&self.case.missing);
        let title = |name: &str| {
            let known = self.matter.material(name).map(|m| m.title.zh.as_str());
            known.unwrap_or(name).to_owned()
        };
        let lacks = |name: &String| {
            let promise = self.matter.promise(name).is_some();
            let faulty = self.case.faulty.contains(name);
            json!({ "name": name, "title": title(name), "promise": promise, "faulty": faulty })
        };
        let awaited = |name: &String| {
            let within = match self.matter.promise(name)? {
                LimitValue::Fixed(limit) => limit.value.to_string().into(),
                LimitValue::Computed(formula) => {
                    let value = super::decide::run(self, formula, &mut Fuel::default());
                    value.ok()?.to_json()
                }
            };
            Some(json!({ "name": name, "title": title(name), "within": within }))
        };
        let taken = self.case.recognised.iter();
        let taken = taken.filter(|r| r.state == super::Recognition::Taken);
        let certified = |r: &super::Recognised| {
            let city = self.context.network.city(&r.city);
            let city = city.map_or(r.city.as_str(), |c| c.name.as_str());
            json!({ "name": r.material, "title": title(&r.material), "number": r.number, "city": city, "until": r.until.to_string() })
        };
        json!({
            "missing": missing.iter().map(lacks).collect::<Vec<_>>(),
            "promised": self.case.promised.iter().filter_map(awaited).collect::<Vec<_>>(),
            "recognised": taken.map(certified).collect::<Vec<_>>(),
        })
    }

    fn parameters(&self) -> Json {
        let day = civil(self.context.now).date();
        let city = self.case.deciding_city(self.matter, self.context);
        let network = self.context.network;
        let names = network.parameters().keys();
        let values =
            names.filter_map(|n| Some((n.clone(), network.parameter(n, &city, day)?.clone())));
        Json::Object(values.collect())
    }

    fn parameter(&self, name: &str, more: &[Value]) -> Result<Value, String> {
        let text = |v: &Value| match v {
            Value::Text(t) => Some(t.clone()),
            _ => None,
        };
        let city = more.first().and_then(text);
        let city = city.unwrap_or_else(|| self.case.deciding_city(self.matter, self.context));
        let city = self
            .context
            .network
            .city(&city)
            .map_or(city.clone(), |c| c.code.clone());
        let day = match more.get(1) {
            Some(Value::Date(day)) => *day,
            _ => civil(self.context.now).date(),
        };
        let value = self.context.network.parameter(name, &city, day);
        let number = value.and_then(|v| crate::expr::read(v, &crate::expr::Type::Number));
        number.ok_or_else(|| name.to_owned())
    }

    fn count(&self, step: &str) -> u32 {
        let inner = format!("{}{step}", block_of(self.step));
        let frames = self.case.chain(self.frame);
        let mut times = frames.filter_map(|(_, f)| f.records.get(&*inner).or(f.records.get(step)));
        times.next().map_or(0, |r| r.times)
    }

    /// How many days on from a day so many working days of a city are over.
    fn workdays(&self, count: u32, city: &str, from: jiff::civil::Date) -> Value {
        let network = self.context.network;
        let code = network.city(city).map_or(city, |c| c.code.as_str());
        let calendar = network.calendar(code);
        let working = crate::clock::days_after(from).filter(|d| calendar.day(*d).working);
        let last = working.take(count as usize).last().unwrap_or(from);
        let days = last.since(from).map_or(0, |s| s.get_days());
        Value::Duration {
            months: 0,
            days: days.into(),
        }
    }

    /// The values a paper prints: everything the steps around have written, by name.
    pub(super) fn snapshot(&self) -> Json {
        let mut out = Map::new();
        let mut chain: Vec<_> = self.case.chain(self.frame).collect();
        chain.reverse();
        for (no, frame) in chain {
            if let Some(name) = self.content_name(frame) {
                out.insert(name.to_string(), frame.content.clone());
            }
            for (name, record) in &frame.records {
                out.insert(name.to_string(), self.record_value(frame, name, record));
            }
            for name in self.steps_inside(no) {
                if let Some(value) = self.inside(no, frame, &name) {
                    out.entry(name.to_string()).or_insert(value);
                }
            }
        }
        for (name, value) in self.case.foreign.iter().flat_map(|letter| letter.values()) {
            out.entry(name.clone()).or_insert_with(|| value.clone());
        }
        if !self.case.missing.is_empty() || !self.case.recognised.is_empty() {
            out.insert("materials".to_owned(), self.materials());
        }
        Json::Object(out)
    }
}

fn record_fields(record: &Record) -> Map<String, Json> {
    let mut out = record.values.as_object().cloned().unwrap_or_default();
    out.insert("outcome".into(), (&*record.outcome).into());
    out.insert("at".into(), record.at.to_string().into());
    if let Some(by) = &record.by {
        out.insert("by".into(), (&**by).into());
    }
    if let Some(city) = &record.city {
        out.insert("city".into(), city.clone().into());
    }
    out
}
