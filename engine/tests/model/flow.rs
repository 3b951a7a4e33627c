//! A workflow as the generator makes it and the interpreter runs it: only what language.md §6 speaks of.

use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

/// A workflow with the values its form is filled with.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    pub root: Seq,
    pub events: Vec<Event>,
    /// The limit of the whole, and its name.
    pub limit: Option<Limit>,
    /// Values of the fields `n0`, `n1`, … that conditions look at.
    pub numbers: Vec<i64>,
    /// Keys of the lists `list0`, `list1`, … that `for_each` runs over.
    pub lists: Vec<Vec<String>>,
}

/// Steps one after the other.
#[derive(Clone, Debug, Default)]
pub struct Seq {
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub id: String,
    pub kind: Kind,
    pub outcomes: Vec<Out>,
    pub only_if: Option<Cond>,
    pub needs: Option<String>,
    pub beside: bool,
    pub events: Vec<Event>,
    /// Of a group the limit of what runs inside; of any other step its own, which starts when it opens or is received.
    pub limit: Option<Limit>,
    /// The limits around stand still while it is open.
    pub pauses: bool,
}

/// How long something may take. When that is up is for the clock to say, not for the model.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Its name, where it is not named after its step.
    pub name: String,
    pub length: &'static str,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Task,
    /// For a message named like the step.
    Wait,
    /// A letter to another city, answered by whoever received it or by steps of its own; perhaps with a limit for receiving it.
    Handoff(Option<Seq>, Option<&'static str>),
    /// A case of the matter [`PART`].
    Subcase,
    /// Row n goes by outcome n; the last row has no condition.
    Choice(Vec<Cond>),
    /// With whether one case at a time may be in it.
    Group(Seq, bool),
    /// With the results its join counts like `done`.
    Parallel(Vec<Branch>, Join, Vec<String>),
    Each {
        list: usize,
        gives: Vec<String>,
        body: Seq,
        join: Join,
        counts: Vec<String>,
    },
    End(&'static str),
}

#[derive(Clone, Debug)]
pub struct Branch {
    pub name: String,
    pub only_if: Option<Cond>,
    pub gives: Vec<String>,
    pub body: Seq,
    pub events: Vec<Event>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Join {
    All,
    Any,
    Number(usize),
    MoreThanHalf,
    Branches(Vec<String>),
}

#[derive(Clone, Debug)]
pub struct Out {
    pub name: String,
    pub way: Way,
    pub mark: Option<String>,
    /// A second person must agree.
    pub second: bool,
    /// The other branches go on.
    pub rest: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    Next,
    Go(String),
    BackTo(String),
    Leave(String),
    End(&'static str),
}

/// What may happen at any time while the region runs. With a way it interrupts, after its steps if it has any.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub trigger: Trigger,
    pub way: Option<Way>,
    pub body: Option<Seq>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// A handler causes it.
    Act,
    /// A message of its name comes.
    Message,
    /// The limit of this name has passed.
    Limit(String),
    /// The sub-case of one of these steps is suspended; until none is, the limits stand still.
    Suspended(Vec<String>),
}

/// `form.nI < LIMIT`
#[derive(Clone, Debug)]
pub struct Cond {
    pub field: usize,
    pub below: i64,
}

/// The matter of all sub-cases: one task that ends it in one way or another.
pub const PART: &str = r#"
matter: part
title: 子件
code: PART
form: part
decides: handler
parties: { handler: { title: 经办, city: 中山, department: si, post: handler } }
steps:
  - id: work
    title: 办理
    task: handler
    limit: 3wd
    outcomes:
      办结: { end: completed }
      部分办结: { end: completed_partial }
      不予办理: { end: refused, reason: R14 }
      overdue: { end: closed, reason: R14 }
events: { withdraw: { by: handler, end: withdrawn, reason: R14 } }
"#;

/// What the form of a sub-case asks: nothing.
pub const PART_FORM: &str = r#"{ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "表", "type": "object", "properties": {} }"#;

/// The workflow as the text of a matter of this name, which is also its code; JSON is YAML.
pub fn matter(flow: &Flow, name: &str) -> String {
    let mut m = json!({
        "matter": name, "title": "随机流程", "code": name.to_uppercase(), "form": "apply", "decides": "handler",
        "parties": {
            "handler": { "title": "经办", "city": "中山", "department": "si", "post": "handler" },
            "reviewer": { "title": "复核", "city": "中山", "department": "si", "post": "reviewer" },
            "other": { "title": "外地经办", "city": "遵义", "department": "si", "post": "handler" },
        },
        "steps": seq(&flow.root),
    });
    if !flow.events.is_empty() {
        put(&mut m, "events", events(&flow.events));
    }
    if let Some(limit) = &flow.limit {
        put(&mut m, "limits", limits(limit));
    }
    serde_json::to_string_pretty(&m).unwrap()
}

/// The schema of the form conditions look at.
pub fn form(flow: &Flow) -> String {
    let mut fields = Map::new();
    for n in 0..flow.numbers.len() {
        fields.insert(format!("n{n}"), json!({ "title": "数", "type": "integer" }));
    }
    for n in 0..flow.lists.len() {
        let item = json!({ "type": "object", "properties": { "k": { "title": "名", "type": "string" } }, "required": ["k"] });
        fields.insert(
            format!("list{n}"),
            json!({ "title": "列", "type": "array", "items": item }),
        );
    }
    let required: Vec<&String> = fields.keys().collect();
    json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "表", "type": "object", "properties": fields, "required": required }).to_string()
}

/// What the form is filled with.
pub fn filled(flow: &Flow) -> Json {
    let numbers = flow
        .numbers
        .iter()
        .enumerate()
        .map(|(n, v)| (format!("n{n}"), json!(v)));
    let rows = |keys: &Vec<String>| keys.iter().map(|k| json!({ "k": k })).collect::<Json>();
    let lists = flow
        .lists
        .iter()
        .enumerate()
        .map(|(n, keys)| (format!("list{n}"), rows(keys)));
    numbers.chain(lists).collect::<Map<_, _>>().into()
}

fn put(json: &mut Json, key: &str, value: impl Into<Json>) {
    json.as_object_mut()
        .unwrap()
        .insert(key.to_owned(), value.into());
}

fn seq(seq: &Seq) -> Json {
    seq.steps.iter().map(step).collect()
}

fn condition(cond: &Cond) -> String {
    format!("=form.n{} < {}", cond.field, cond.below)
}

fn step(step: &Step) -> Json {
    let mut out = json!({ "id": step.id, "title": step.id });
    match &step.kind {
        Kind::Task => put(&mut out, "task", "handler"),
        Kind::Wait => put(&mut out, "wait", json!({ "message": step.id, "key": "K" })),
        Kind::Handoff(body, receive) => {
            put(&mut out, "handoff", "other");
            if let Some(body) = body {
                put(&mut out, "shares", json!(["form"]));
                put(&mut out, "steps", seq(body));
            }
            if let Some(receive) = receive {
                put(&mut out, "receive", *receive);
            }
        }
        Kind::Subcase => put(&mut out, "subcase", "part"),
        Kind::Choice(rows) => {
            let mut lines: Vec<Json> = Vec::new();
            for (row, o) in rows.iter().zip(&step.outcomes) {
                let mut line = way(o);
                put(&mut line, "if", condition(row));
                lines.push(line);
            }
            lines.push(json!({ "else": step.outcomes.last().map(way) }));
            put(&mut out, "choice", lines);
        }
        Kind::Group(body, alone) => {
            put(&mut out, "steps", seq(body));
            if *alone {
                put(&mut out, "alone", "=case.number");
            }
        }
        Kind::Parallel(branches, join, counts) => {
            put(
                &mut out,
                "parallel",
                branches
                    .iter()
                    .map(|b| (b.name.clone(), branch(b)))
                    .collect::<Map<_, _>>(),
            );
            joins(&mut out, join, counts);
        }
        Kind::Each {
            list,
            gives,
            body,
            join,
            counts,
        } => {
            put(&mut out, "for_each", format!("=form.list{list}"));
            put(&mut out, "as", format!("item{}", step.id));
            put(&mut out, "key", format!("=item{}.k", step.id));
            put(&mut out, "steps", seq(body));
            if !gives.is_empty() {
                put(&mut out, "gives", gives.clone());
            }
            joins(&mut out, join, counts);
        }
        Kind::End(state) => put(&mut out, "end", *state),
    }
    if let Some(cond) = &step.only_if {
        put(&mut out, "if", condition(cond));
    }
    if let Some(mark) = &step.needs {
        put(&mut out, "needs", json!([mark]));
    }
    if step.beside {
        put(&mut out, "beside", true);
    }
    if step.pauses {
        put(&mut out, "pauses", "all");
    }
    match &step.limit {
        Some(limit) if matches!(step.kind, Kind::Group(..)) => {
            put(&mut out, "limits", limits(limit));
        }
        Some(limit) => put(&mut out, "limit", limit.length),
        None => {}
    }
    if !step.events.is_empty() {
        put(&mut out, "events", events(&step.events));
    }
    if !step.outcomes.is_empty() && !matches!(step.kind, Kind::Choice(_)) {
        put(
            &mut out,
            "outcomes",
            step.outcomes
                .iter()
                .map(|o| (o.name.clone(), way(o)))
                .collect::<Map<_, _>>(),
        );
    }
    out
}

fn limits(limit: &Limit) -> Json {
    json!({ &limit.name: { "limit": limit.length, "kind": "internal" } })
}

fn branch(b: &Branch) -> Json {
    let mut out = json!({ "title": b.name, "steps": seq(&b.body) });
    if let Some(cond) = &b.only_if {
        put(&mut out, "if", condition(cond));
    }
    if !b.gives.is_empty() {
        put(&mut out, "gives", b.gives.clone());
    }
    if !b.events.is_empty() {
        put(&mut out, "events", events(&b.events));
    }
    out
}

fn joins(out: &mut Json, join: &Join, counts: &[String]) {
    if !counts.is_empty() {
        put(out, "counts", counts.to_vec());
    }
    match join {
        Join::All => {}
        Join::Any => put(out, "join", "any"),
        Join::Number(n) => put(out, "join", n.to_string()),
        Join::MoreThanHalf => put(out, "join", "more_than_half"),
        Join::Branches(names) => put(out, "join", names.clone()),
    }
}

fn way(o: &Out) -> Json {
    let mut out = match &o.way {
        Way::Next => json!({ "go": "next" }),
        Way::Go(id) => json!({ "go": id }),
        Way::BackTo(id) => json!({ "back_to": id }),
        Way::Leave(name) => json!({ "leave": name }),
        Way::End(state) => json!({ "end": state, "reason": "R14" }),
    };
    if let Some(mark) = &o.mark {
        put(&mut out, "marks", mark.clone());
    }
    if o.second {
        put(&mut out, "four_eyes", "reviewer");
    }
    if o.rest {
        put(&mut out, "rest", "continue");
    }
    out
}

fn events(events: &[Event]) -> Json {
    let one = |e: &Event| {
        let mut out = match &e.trigger {
            Trigger::Act => json!({ "by": "handler" }),
            Trigger::Message => json!({ "message": e.name, "key": "K" }),
            Trigger::Limit(name) => json!({ "limit": name, "at": "overdue" }),
            Trigger::Suspended(steps) => json!({ "suspended": steps, "pauses": "all" }),
        };
        if e.way.is_some() && e.body.is_some() {
            put(&mut out, "once", true);
        }
        match &e.way {
            Some(Way::Leave(name)) => put(&mut out, "leave", name.clone()),
            Some(Way::End(state)) => {
                put(&mut out, "end", *state);
                put(&mut out, "reason", "R14");
            }
            _ => {}
        }
        if let Some(body) = &e.body {
            put(&mut out, "steps", seq(body));
        }
        out
    };
    events
        .iter()
        .map(|e| (e.name.clone(), one(e)))
        .collect::<Map<_, _>>()
        .into()
}

/// The list of all messages that matters wait for.
pub fn messages(matters: &[(String, String)]) -> String {
    let named = matters
        .iter()
        .flat_map(|(_, text)| text.split("\"message\": \"").skip(1));
    let names: BTreeSet<&str> = named.filter_map(|rest| rest.split('"').next()).collect();
    let lines = names.iter().map(|name| format!("  {name}: {name}\n"));
    format!("messages:\n{}", lines.collect::<String>())
}
