//! Papers as they are issued: filled once, in the transaction of their event, sealed, and never made again.
//!
//! The event holds the values of the steps; the rest of what a paper says — number, addressee, dates, office, reason in words — is
//! taken from the case as it stands after the command that issued it.

use super::held::{Held, Loader};
use super::links;
use super::spoken::{plain, spoken};
use super::wording::{case_facts, form_name, office};
use crate::store::codec::{self, Key, Place};
use crate::store::{PaperNumberRow, PaperRow};
use engine::case::{Context, Event, Fact, Frame, FrameNo, Paper, PaperNo, file_fields};
use engine::clock::civil;
use engine::matter::{Kind, Revision};
use engine::text::{Lang, list, say};
use forms::Form;
use jiff::Timestamp;
use notifications::message::Channel;
use notifications::paper::Finished;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A paper as it was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// Its number 文号.
    pub number: String,
    /// SHA-256 of its text in UTF-8, in hexadecimal.
    pub sha256: String,
    /// The link that stands on it as a QR code, drawn whenever it is read: the drawing is thirty times as long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Title, text and page.
    #[serde(flatten)]
    pub finished: Finished,
}

/// The title of a paper: the first heading of its template.
pub fn heading<'r>(revision: &'r Revision, template: &'r str) -> &'r str {
    let text = revision.paper(template).unwrap_or_default();
    let heading = text.lines().find_map(|line| line.strip_prefix("# "));
    heading.map_or(template, str::trim)
}

/// The papers that the events of a command issue.
pub(super) fn issue(
    held: &Held,
    events: &[Event],
    context: &Context<'_>,
    loader: &Loader,
) -> Vec<PaperRow> {
    let issued = events.iter().filter_map(|event| match &event.fact {
        Fact::PaperIssued { paper, .. } => Some(*paper),
        _ => None,
    });
    issued
        .filter_map(|no| {
            let row = row(held, no, context, loader);
            if row.is_none() {
                tracing::error!(case = held.id, paper = no.0, "a paper cannot be filled");
            }
            row
        })
        .collect()
}

/// The numbers that the events of a command give to papers, as they are stored.
pub(super) fn numbered(held: &Held, events: &[Event]) -> impl Iterator<Item = PaperNumberRow> {
    let case_id = held.id.cast_signed();
    events.iter().filter_map(move |event| match &event.fact {
        Fact::PaperIssued {
            paper,
            number: Some(number),
            ..
        } => Some(PaperNumberRow {
            number: number.clone(),
            case_id,
            no: paper.0.into(),
        }),
        _ => None,
    })
}

/// The papers that a command would issue which has been tried on a copy of its case; nothing is kept of them.
pub(super) fn tried(
    held: &Held,
    events: &[Event],
    context: &Context<'_>,
    loader: &Loader,
) -> Vec<Issued> {
    let issued = events.iter().filter_map(|event| match &event.fact {
        Fact::PaperIssued { paper, .. } => {
            let later = say(Lang::Zh, "paper.number_later", &[]).unwrap_or_default();
            made(held, *paper, later, context, loader)
        }
        _ => None,
    });
    issued.map(shown).collect()
}

fn made(
    held: &Held,
    no: PaperNo,
    number: String,
    context: &Context<'_>,
    loader: &Loader,
) -> Option<Issued> {
    let paper = held.case.papers().get(&no)?;
    let template = held.published.paper(&paper.template)?;
    let mut values = values(held, paper, &number, context, loader);
    template.complete(&mut values);
    let link = values.get("link").and_then(Json::as_str);
    let code = link.filter(|_| paper.to.is_none()).map(str::to_owned);
    let finished = template.fill(&values).ok()?;
    Some(Issued {
        number,
        sha256: sha256(&finished.text),
        code,
        finished,
    })
}

/// A paper as it is read: with its code drawn.
fn shown(mut issued: Issued) -> Issued {
    if let Some(drawn) = issued.code.as_deref().and_then(links::drawn) {
        issued.finished.show_code(&drawn);
    }
    issued
}

fn row(held: &Held, no: PaperNo, context: &Context<'_>, loader: &Loader) -> Option<PaperRow> {
    let number = held.case.paper_number(no);
    let issued = made(held, no, number, context, loader)?;
    let plain = serde_json::to_vec(&issued).ok()?;
    let case_id = held.id.cast_signed();
    let sealed = codec::seal(
        &held.key,
        rand::random(),
        place(case_id, no.0.into()),
        &codec::pack(&plain),
    );
    Some(PaperRow {
        case_id,
        no: no.0.into(),
        sealed: sealed.ok()?,
    })
}

fn sha256(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first number at which the papers stored of a case are not those its history issued: one is missing, or too many, cannot be
/// opened, has another number, or another text than its hash says.
pub(super) fn flaw(held: &Held, rows: &[PaperRow]) -> Option<i64> {
    let sound = |no: PaperNo, row: &PaperRow| {
        let issued = unsealed(row, &held.key);
        issued.is_some_and(|i| {
            i.number == held.case.paper_number(no) && i.sha256 == sha256(&i.finished.text)
        })
    };
    let stored: BTreeMap<i64, &PaperRow> = rows.iter().map(|row| (row.no, row)).collect();
    let issued = held.case.papers().keys();
    let mut wrong = issued.filter(|no| {
        let row = stored.get(&no.0.into());
        !row.is_some_and(|row| sound(**no, row))
    });
    let known =
        |no: &i64| u32::try_from(*no).is_ok_and(|no| held.case.papers().contains_key(&PaperNo(no)));
    let wrong = wrong.next().map(|no| i64::from(no.0));
    wrong.or_else(|| stored.into_keys().find(|no| !known(no)))
}

/// A paper opened again; none if the row was damaged or moved.
pub(super) fn open(row: &PaperRow, key: &Key) -> Option<Issued> {
    unsealed(row, key).map(shown)
}

fn unsealed(row: &PaperRow, key: &Key) -> Option<Issued> {
    let packed = codec::unseal(key, place(row.case_id, row.no), &row.sealed).ok()?;
    serde_json::from_slice(&codec::unpack(&packed).ok()?).ok()
}

fn place(case_id: i64, no: i64) -> Place<'static> {
    Place {
        table: "paper",
        column: "sealed",
        case_id,
        seq: no,
    }
}

/// Everything a paper may name.
fn values(
    held: &Held,
    paper: &Paper,
    number: &str,
    context: &Context<'_>,
    loader: &Loader,
) -> Json {
    let (case, revision, network) = (&held.case, &held.published.revision, context.network);
    let (keys, reach, times) = (&loader.keys, &*loader.reach, case.renewed());
    let path = match paper.to {
        None => format!("p/{}", keys.link(held.id, times)),
        Some(_) => format!("cases/{}", held.id),
    };
    let link = reach.link(Channel::Email, &path);
    let facts = case_facts(held, &link, Lang::Zh).values();
    let mut out = Map::new();
    for (mark, at) in case.marks() {
        out.insert(mark.to_string(), date(*at).into());
    }
    let snapshot = paper.values.as_object().cloned().unwrap_or_default();
    for (name, value) in snapshot {
        let value = written(held, paper, &name, value, context);
        out.insert(name, value);
    }
    let form = revision.form.as_ref().and_then(|f| revision.form(&f.value));
    let form = form.map(|form| spoken(form.fields(), case.form(), network));
    out.insert("form".into(), form.unwrap_or_default());
    let person = forms::person().map(Form::fields).unwrap_or_default();
    let applicant = spoken(person, case.applicant(), network);
    out.insert("applicant".into(), applicant);
    let mut about = facts.get("case").cloned().unwrap_or_default();
    let city = |code: &str| {
        network
            .city(code)
            .map_or(code, |c| c.name.as_str())
            .to_owned()
    };
    if let Some(about) = about.as_object_mut() {
        about.insert("accepting_city".into(), city(case.accepting_city()).into());
        about.insert("label".into(), case.label().unwrap_or_default().into());
        let parent = case.parent().map(|p| p.number.as_str());
        about.insert("parent".into(), parent.unwrap_or_default().into());
        if paper.to.is_none() {
            let code = keys.query_code(&held.number, times);
            about.insert("query_code".into(), code.into());
        }
    }
    out.insert("case".into(), about);
    let words = out.shift_remove("reason_words");
    out.insert("reason".into(), reason(paper, words.as_ref(), context));
    if let Some(parent) = case.parent() {
        // The number of a case begins with the city that took it in.
        let city = parent.number.split('-').next().unwrap_or_default();
        let office = network.office(city, "si");
        let parent = json!({ "number": parent.number, "office": office });
        out.insert("parent".into(), parent);
    }
    let (name, phone) = office(paper.office.clone(), context, reach);
    let office = json!({ "name": name, "phone": phone, "address": "" });
    out.insert("office".into(), office);
    out.insert("task".into(), task(held));
    out.insert("handed_in".into(), handed_in(held).into());
    out.insert("link".into(), link.into());
    let title = heading(revision, &paper.template);
    let printed = json!({ "number": number, "date": date(context.now), "title": title });
    out.insert("paper".into(), printed);
    Json::Object(out)
}

/// What was handed in, by the titles of the matter, each once.
fn handed_in(held: &Held) -> String {
    let revision = &held.published.revision;
    let beside = file_fields(revision, None);
    let mut titles: Vec<&str> = Vec::new();
    for file in held.case.files() {
        let known = revision.material(&file.material).map(|m| &m.title);
        let field = || beside.iter().find(|field| *field.name == *file.material);
        let title = known.or_else(|| field().map(|field| &field.title));
        let title = title.map_or(&*file.material, |title| title.zh.as_str());
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    list(Lang::Zh, &titles)
}

/// What the snapshot holds under a name, in the words of its form; branches and items with title, result and reason in words.
fn written(held: &Held, paper: &Paper, name: &str, value: Json, context: &Context<'_>) -> Json {
    let revision = &held.published.revision;
    let step = revision.named(name).map(|(_, step)| step);
    match (value, step.map(|step| &step.kind)) {
        (Json::Array(list), kind) => {
            let entries = list.into_iter();
            entries.map(|entry| branch(entry, kind, context)).collect()
        }
        (value, Some(kind)) => match form_name(kind).and_then(|form| revision.form(form)) {
            Some(form) => spoken(form.fields(), &value, context.network),
            None => plain(&value),
        },
        (value, None) if around(held, paper.frame).any(|f| alias(revision, f) == Some(name)) => {
            let fields = super::wording::item_fields(revision, name);
            spoken(&fields, &value, context.network)
        }
        (value, None) => value,
    }
}

/// The sequences around a paper.
fn around(held: &Held, frame: FrameNo) -> impl Iterator<Item = &Frame> {
    let frames = held.case.frames();
    std::iter::successors(frames.get(&frame), |frame| frames.get(&frame.parent()?))
}

/// The name an item goes by inside.
fn alias<'r>(revision: &'r Revision, frame: &Frame) -> Option<&'r str> {
    revision.named(frame.step()?)?.1.kind.alias()
}

fn branch(entry: Json, kind: Option<&Kind>, context: &Context<'_>) -> Json {
    let Json::Object(mut entry) = entry else {
        return entry;
    };
    if !entry.contains_key("result") {
        return Json::Object(entry);
    }
    let text = |name: &str| entry.get(name).and_then(Json::as_str).unwrap_or_default();
    let (key, result) = (text("key"), text("result"));
    let title = match kind {
        Some(Kind::Parallel { branches, .. }) => {
            let branch = branches.iter().find(|b| *b.name.value == *key);
            branch.map_or(key, |b| b.title.zh.as_str()).to_owned()
        }
        _ => key.to_owned(),
    };
    let words = say(Lang::Zh, &format!("paper.result.{result}"), &[]);
    let words = words.unwrap_or_else(|| result.to_owned());
    let reason = match result {
        "done" | "skipped" | "open" => None,
        _ => entry.values().filter_map(last_reason).max(),
    };
    let reason = reason.map(|(_, reason)| in_words(reason, context).to_owned());
    entry
        .values_mut()
        .for_each(|step| name_cities(step, context));
    entry.insert("title".into(), title.into());
    entry.insert("result_text".into(), words.into());
    entry.insert("reason".into(), reason.unwrap_or_default().into());
    Json::Object(entry)
}

/// Puts names in place of the codes of cities: what a sub-case gives has no form that would say so.
fn name_cities(step: &mut Json, context: &Context<'_>) {
    let fields = step.as_object_mut().into_iter().flatten();
    for (_, value) in fields.filter(|(name, _)| name.ends_with("city")) {
        let city = value.as_str().and_then(|code| context.network.city(code));
        if let Some(city) = city {
            *value = city.name.as_str().into();
        }
    }
}

/// The reason a step last gave, and when; of branches and items the last of all.
fn last_reason(step: &Json) -> Option<(&str, &str)> {
    match step {
        Json::Array(entries) => {
            let steps = entries.iter().filter_map(Json::as_object);
            steps.flat_map(Map::values).filter_map(last_reason).max()
        }
        _ => Some((step.get("at")?.as_str()?, step.get("reason")?.as_str()?)),
    }
}

/// A reason as people read it.
fn in_words<'c>(reason: &'c str, context: &Context<'c>) -> &'c str {
    let known = context.network.reason(reason);
    known.map_or(reason, |text| text.zh.as_str())
}

/// A reason code in words, with what was said besides.
fn reason(paper: &Paper, words: Option<&Json>, context: &Context<'_>) -> Json {
    let code = paper.reason.as_deref().unwrap_or_default();
    let known = context.network.reason(code).map(|text| text.zh.as_str());
    let words = words.and_then(Json::as_str).filter(|words| *words != code);
    let said = [Some(known.unwrap_or(code)), words];
    let said: Vec<&str> = said
        .into_iter()
        .flatten()
        .filter(|s| !s.is_empty())
        .collect();
    let code = if known.is_some() { code } else { "" };
    json!({ "code": code, "text": said.join("；"), "advice": "" })
}

/// The task a paper calls for: the applicant's, if he has one, else the first that is open.
fn task(held: &Held) -> Json {
    let mut open: Vec<_> = held.case.open_tasks().collect();
    open.sort_by_key(|(_, task)| !task.seats().iter().any(|s| s.post.is_applicant()));
    let task = open.first().map(|(_, task)| *task);
    let due = task.and_then(|task| held.case.task_due(task));
    let step = task.and_then(|task| held.published.revision.named(task.step()));
    let title = step.map(|(_, step)| step.title.zh.as_str());
    json!({ "title": title.unwrap_or_default(), "due_date": due.map(date).unwrap_or_default() })
}

/// `2026年11月23日`
fn date(at: Timestamp) -> String {
    let day = civil(at).date();
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}
