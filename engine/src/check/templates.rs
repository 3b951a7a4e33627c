//! Papers and notices name only values that are seen where they are issued; a notice only those that may leave the office, and a short
//! message fits (E0305, E0321–E0323, E0329).

mod phones;

use super::Subject;
use super::scope::Scope;
use super::tags::{self, Tag};
use super::types;
use super::ways::Region;
use crate::diagnostic::Diagnostic;
use crate::expr::{Named, Type};
use crate::matter::{Kind, StepIx};
use crate::source::Span;
use crate::yaml::{Entry, Node};
use forms::Field;
use std::collections::BTreeSet;

/// Longest short message, in characters (`product.md` §6).
const SMS: usize = 70;
/// What stands behind the host of a link: `/p/` and 22 letters and digits, which are 128 bits (G56).
const PATH: usize = 3 + 22;
/// What a step's notice may be about, besides its outcomes.
const MOMENTS: [&str; 6] = [
    "opened",
    "sent",
    "received",
    "reminder",
    "returned",
    "delivered",
];
/// What a case's notice may be about, besides its states.
const NEWS: [&str; 9] = [
    "resumed",
    "extended",
    "recounted",
    "card.yellow",
    "card.red",
    "card.pursued",
    "urged",
    "certificate.revoked",
    "certificate.revoked_after",
];

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let mut issued = BTreeSet::new();
    for (region, paper) in &subject.mentions.papers {
        issued.insert(paper.value.as_str());
        if let Some(text) = subject.draft.papers.get(&paper.value) {
            let scope = words(subject, &region_scope(subject, region));
            template(&text.value, text.span, &scope, found);
        }
    }
    // A paper nobody names is one the program issues by itself, or one of the matter's own left over.
    for (_, text) in subject
        .draft
        .papers
        .iter()
        .filter(|p| !issued.contains(p.0.as_str()))
    {
        let scope = words(subject, &subject.shape.at_case(None));
        template(&text.value, text.span, &scope, found);
    }
    for e in notices(subject) {
        notice(subject, e, found);
    }
    phones::check(subject, found);
}

/// The matter's own notices.
fn notices<'s>(subject: &'s Subject) -> &'s [Entry] {
    let file = subject.draft.notices.as_ref();
    let notices = file.and_then(|n| n.get("notices"));
    notices.map(Node::entries).unwrap_or_default()
}

fn region_scope(subject: &Subject, region: &Region) -> Scope {
    let mut scope = match region {
        Region::Step(step) => subject.shape.at_step(*step, None),
        Region::Branch(step, _) => subject.shape.inside(*step, None),
        Region::Matter => subject.shape.at_case(None),
    };
    if let Region::Step(step) = region
        && let Some(Kind::Handoff { .. } | Kind::ForEach { .. } | Kind::Repeat { .. }) =
            subject.matter.step(*step).map(|s| &s.kind)
    {
        scope.extend(subject.shape.inside(*step, None));
    }
    scope
}

/// What a text may name.
struct Seen {
    scope: Scope,
    /// Steps by name: what stands in another branch may be asked for, and is not there.
    steps: BTreeSet<String>,
}

/// What a text may name besides the values of the matter.
fn words(subject: &Subject, scope: &Scope) -> Seen {
    let mut scope = scope.clone();
    let texts = |names: &[&str]| {
        let all = names
            .iter()
            .map(|n| ((*n).to_owned(), Named::sure(Type::Text)));
        Type::Record(all.collect())
    };
    let mut put = |name: &str, ty: Type| scope.insert(name.to_owned(), Named::sure(ty));
    put("paper", texts(&["number", "date", "title"]));
    put("office", texts(&["name", "phone", "address"]));
    put("reason", texts(&["text", "code", "advice"]));
    put(crate::law::TAG, Type::Text);
    put("parent", texts(&["office", "number"]));
    put(
        "task",
        texts(&["id", "step", "title", "left", "due", "due_date", "due_day"]),
    );
    put("link", Type::Text);
    put("handed_in", Type::Text);
    if let Some(Named {
        ty: Type::Record(case),
        ..
    }) = scope.get_mut("case")
    {
        let more = [
            "id",
            "tail",
            "matter",
            "matter_title",
            "revision",
            "received_date",
            "received_day",
            "due_date",
            "due_day",
            "query_code",
        ];
        case.extend(more.map(|n| (n.to_owned(), Named::sure(Type::Text))));
    }
    for named in scope.values_mut() {
        if let Type::List(item) = &mut named.ty
            && let Type::Record(fields) = &mut **item
            && fields.contains_key("result")
        {
            let more = ["title", "result_text", "reason"];
            fields.extend(more.map(|n| (n.to_owned(), Named::sure(Type::Text))));
        }
    }
    for event in &subject.matter.event_defs {
        let form = event.form.as_ref();
        if let Some(form) = form.and_then(|f| subject.draft.forms.get(&f.value)) {
            let fields = Type::Record(types::of_fields(form.fields()));
            scope.insert(event.name.value.to_string(), Named::sure(fields));
        }
    }
    let names = subject.ways.names();
    let steps = names.flat_map(|name| [name.split('.').next(), name.rsplit('.').next()]);
    let steps = steps.flatten().map(str::to_owned).collect();
    Seen { scope, steps }
}

/// Checks every tag of a text that begins at `at`.
fn template(text: &str, at: Span, seen: &Seen, found: &mut Vec<Diagnostic>) {
    let mut around: Vec<Option<Type>> = Vec::new();
    for (range, tag) in tags::find(text) {
        let place = at.part(range.start, range.end);
        match tag {
            Tag::Each(path) => {
                let ty = resolve(&path, seen, &around, place, found);
                let item = match ty {
                    Some(Type::List(item)) => Some(*item),
                    _ => None,
                };
                around.push(Some(item.unwrap_or(Type::Any)));
            }
            Tag::If(path) => {
                resolve(&path, seen, &around, place, found);
                around.push(None);
            }
            Tag::Value(path) => {
                resolve(&path, seen, &around, place, found);
            }
            Tag::End => {
                around.pop();
            }
            Tag::Wrong(text) => {
                found.push(Diagnostic::new("E0330", place).with("name", text));
            }
        }
    }
}

/// The type of a path: of the innermost list's item, else of the whole; none, and a finding, where there is no such value.
fn resolve(
    path: &str,
    seen: &Seen,
    around: &[Option<Type>],
    place: Span,
    found: &mut Vec<Diagnostic>,
) -> Option<Type> {
    let mut parts = path.split('.');
    let root = parts.next().unwrap_or_default();
    let item = around.iter().rev().flatten().next();
    let fields = match item {
        Some(Type::Record(fields)) => Some(fields),
        Some(Type::Any) => return Some(Type::Any),
        _ => None,
    };
    if root == "this" {
        return item.cloned();
    }
    let inside = fields.and_then(|f| f.get(root));
    let names: Vec<&str> = fields
        .into_iter()
        .chain([&seen.scope])
        .flat_map(|s| s.keys().map(String::as_str))
        .collect();
    let mut wrong = |part: &str, names: &mut dyn Iterator<Item = &str>| {
        let finding = Diagnostic::new("E0321", place).with("name", path);
        found.push(near(finding, path, part, names));
        None
    };
    let Some(named) = inside.or_else(|| seen.scope.get(root)) else {
        return match path != root && seen.steps.contains(root) {
            true => None,
            false => wrong(root, &mut names.into_iter()),
        };
    };
    let mut ty = named.ty.clone();
    for part in parts {
        ty = match ty {
            Type::Record(fields) => match fields.get(part) {
                Some(named) => named.ty.clone(),
                None => return wrong(part, &mut fields.keys().map(String::as_str)),
            },
            Type::Any => return Some(Type::Any),
            _ => return wrong(part, &mut std::iter::empty()),
        };
    }
    Some(ty)
}

/// The nearest right name, with what stands before it.
fn near(
    mut finding: Diagnostic,
    path: &str,
    wrong: &str,
    names: &mut dyn Iterator<Item = &str>,
) -> Diagnostic {
    if let Some(near) = crate::diagnostic::nearest(wrong, names) {
        finding.near = Some(path.replacen(wrong, &near, 1));
    }
    finding
}

fn notice(subject: &Subject, e: &Entry, found: &mut Vec<Diagnostic>) {
    let step = match about(subject, e) {
        Ok(step) => step,
        Err(wrong) => return found.push(*wrong),
    };
    if !is_told(subject, e, step) {
        found.push(Diagnostic::new("E0340", e.key_span).with("name", e.key.as_str()));
    }
    let region = step.map_or(Region::Matter, Region::Step);
    let to = e.value.get("to");
    let parties = to.map(|n| {
        if n.items().is_empty() {
            std::slice::from_ref(n)
        } else {
            n.items()
        }
    });
    for party in parties.unwrap_or_default() {
        recipient(subject, &region, party, found);
    }
    let scope = words(subject, &region_scope(subject, &region));
    let mail = e.value.get("email");
    let texts = [
        e.value.get("sms"),
        mail.and_then(|m| m.get("subject")),
        mail.and_then(|m| m.get("body")),
    ];
    for node in texts.into_iter().flatten() {
        let text = node.text().unwrap_or_default();
        let at = inner(node, text);
        template(text, at, &scope, found);
        unsafe_fields(subject, step, text, at, found);
    }
    if let Some(sms) = e.value.get("sms") {
        let long = length(subject, step, sms.text().unwrap_or_default());
        if long > SMS {
            let wrong = Diagnostic::new("E0323", sms.span).with("count", long.to_string());
            found.push(wrong.with("most", SMS.to_string()));
        }
    }
}

/// The text of a scalar without its quotes.
fn inner(node: &Node, text: &str) -> Span {
    let width = (node.span.end - node.span.start) as usize;
    let quote = (width.saturating_sub(text.len()) / 2).min(1);
    node.span.part(quote, width - quote)
}

/// The step a notice is about; none for the case itself.
fn about(subject: &Subject, e: &Entry) -> Result<Option<StepIx>, Box<Diagnostic>> {
    let key = e.key.as_str();
    let events = subject.matter.event_defs.iter().map(|e| &*e.name.value);
    let whole: Vec<&str> = types::STATES
        .into_iter()
        .chain(NEWS)
        .chain(events)
        .collect();
    if whole.contains(&key) {
        return Ok(None);
    }
    let tells = |(_, s): &(StepIx, &crate::matter::Step)| matches!(s.kind, Kind::Notify(_));
    if let Some((at, _)) = subject.matter.find(key).filter(tells) {
        return Ok(Some(at));
    }
    let wrong = || Diagnostic::new("E0322", e.key_span).with("name", key);
    let Some((address, last)) = key.rsplit_once('.') else {
        return Err(Box::new(wrong().near(key, whole)));
    };
    // In an address the groups around a step may stand before it.
    let starts = std::iter::once(0).chain(address.match_indices('.').map(|(at, _)| at + 1));
    let named = starts
        .filter_map(|at| subject.matter.find(address.get(at..)?))
        .next();
    let Some((at, step)) = named else {
        let steps: Vec<String> = subject
            .ways
            .names()
            .map(|n| format!("{n}.{last}"))
            .collect();
        return Err(Box::new(
            wrong().near(key, steps.iter().map(String::as_str)),
        ));
    };
    let outcomes = step.outcomes.iter().map(|o| &*o.name.value);
    let known: Vec<&str> = MOMENTS.into_iter().chain(outcomes).collect();
    if known.contains(&last) {
        return Ok(Some(at));
    }
    let known: Vec<String> = known.iter().map(|k| format!("{address}.{k}")).collect();
    Err(Box::new(
        wrong().near(key, known.iter().map(String::as_str)),
    ))
}

/// Whether anybody is told by a notice: whom it names itself; whom the outcome, step or event tells, or whoever uses it as a template;
/// and those whom the program always tells.
fn is_told(subject: &Subject, e: &Entry, step: Option<StepIx>) -> bool {
    let key = e.key.as_str();
    let used = subject.mentions.told.contains(key);
    let news = || types::STATES.contains(&key) || NEWS.contains(&key);
    let own = e.value.get("to").is_some_and(|to| !to.is_empty());
    let Some(step) = step.and_then(|at| subject.matter.step(at)) else {
        return used || news();
    };
    let last = key.rsplit('.').next().unwrap_or(key);
    let outcome = step.outcomes.iter().find(|o| &*o.name.value == last);
    match outcome {
        Some(outcome) => used || own || !outcome.notify.is_empty(),
        None => used || matches!(step.kind, Kind::Notify(_)) || MOMENTS.contains(&last),
    }
}

fn recipient(subject: &Subject, region: &Region, party: &Node, found: &mut Vec<Diagnostic>) {
    let name = party.text().unwrap_or_default();
    let known = super::parties::names(subject, region);
    if !known.iter().any(|k| k == name) {
        let wrong = Diagnostic::new("E0301", party.span).with("name", name);
        found.push(wrong.near(name, known.iter().map(String::as_str)));
    }
}

/// The form's field a path names, where the path leads into a form.
fn field<'s>(subject: &'s Subject, step: Option<StepIx>, path: &str) -> Option<&'s Field> {
    let (root, rest) = path.split_once('.')?;
    let form = match root {
        "form" => subject.matter.form.as_ref(),
        _ => {
            let named = subject.matter.find(root).map(|(_, s)| s);
            let step = named.or_else(|| step.and_then(|s| subject.matter.step(s)))?;
            match &step.kind {
                Kind::Task { form, .. } | Kind::Wait { form, .. } if &*step.id.value == root => {
                    form.as_ref()
                }
                _ => None,
            }
        }
    };
    subject.draft.forms.get(&form?.value)?.field(rest)
}

fn unsafe_fields(
    subject: &Subject,
    step: Option<StepIx>,
    text: &str,
    at: Span,
    found: &mut Vec<Diagnostic>,
) {
    for (range, tag) in tags::find(text) {
        let Tag::Value(path) = tag else {
            continue;
        };
        let private = path.starts_with("applicant.") && path != "applicant.name";
        if private || field(subject, step, &path).is_some_and(|f| !f.safe) {
            let place = at.part(range.start, range.end);
            found.push(Diagnostic::new("E0329", place).with("name", path));
        }
    }
}

/// How long a short message becomes with the longest values that really occur.
fn length(subject: &Subject, step: Option<StepIx>, text: &str) -> usize {
    let mut length = text.chars().count();
    for (range, tag) in tags::find(text) {
        if matches!(tag, Tag::Wrong(_)) {
            continue;
        }
        length -= text.get(range).unwrap_or_default().chars().count() + 4;
        if let Tag::Value(path) = tag {
            length += longest(subject, step, &path);
        }
    }
    length
}

fn longest(subject: &Subject, step: Option<StepIx>, path: &str) -> usize {
    let city = || {
        let names = subject
            .world
            .network
            .cities()
            .map(|c| c.name.chars().count());
        names.max().unwrap_or(4)
    };
    match path {
        "link" => subject.world.network.link_host().len() + PATH,
        "case.tail" => 4,
        "case.number" => "442000-YLZY-20261123-00042-S".len(),
        "case.matter_title" => subject.matter.title.zh.chars().count(),
        _ if path.ends_with("_day") => "12月31日".chars().count(),
        _ if path.ends_with("_date") => "2026年12月31日".chars().count(),
        "applicant.name" => 4,
        _ if path.ends_with("city") => city(),
        _ => match field(subject, step, path).map(|f| &f.kind) {
            Some(forms::Kind::Choice(all)) => {
                let titles = all.iter().map(|c| c.title.zh.chars().count());
                titles.max().unwrap_or(0)
            }
            Some(forms::Kind::Integer { .. } | forms::Kind::Boolean) => 4,
            Some(forms::Kind::Date) => 11,
            Some(forms::Kind::Month) => 7,
            _ => 12,
        },
    }
}
