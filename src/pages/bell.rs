//! The bell: what concerns the visitor in particular, the newest first, read and unread. A line shows of its case what he may see now; of
//! a page, what is older of the same case stands behind its newest line.

use super::layout;
use super::look;
use super::session::{Form, Visitor};
use crate::directory::{Caller, Denied};
use crate::runtime::Seen;
use crate::store::BellRow;
use crate::web::App;
use crate::web::problem::{Code, Problem};
use crate::web::{cursor, deliveries};
use axum::extract::{Query, State};
use axum::response::Redirect;
use engine::case::{Card, CardNo, Party, Sight, TaskNo};
use maud::{Markup, html};
use notifications::wording::{Reader, usual_name};
use serde::Deserialize;
use std::sync::Arc;

/// Lines a page has.
const LINES: i64 = 30;

/// What is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `all`: read ones too.
    tab: String,
    /// Where the page begins.
    before: String,
}

/// What a line tells of its case.
struct Told {
    number: String,
    matter: String,
    step: Option<String>,
    /// Where it leads.
    open: String,
}

/// The list.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let unread = asked.tab != "all";
    let before = Some(asked.before.as_str()).filter(|b| !b.is_empty());
    let before = before.map(cursor::bell).transpose()?;
    let store = app.runtime.store();
    let mut rows = store
        .bells(&visitor.caller.id, unread, before, LINES + 1)
        .await?;
    let more = rows.len() > usize::try_from(LINES).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(LINES).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(cursor::after_bell);
    let mut cases: Vec<(i64, Vec<Markup>)> = Vec::new();
    for row in &rows {
        let told = told(&app, &visitor, row).await?;
        let (case, line) = (row.id.case_id, line(&visitor, row, told.as_ref()));
        match cases.iter_mut().find(|(of, _)| *of == case && case != 0) {
            Some((_, lines)) => lines.push(line),
            None => cases.push((case, vec![line])),
        }
    }
    let tabs = [
        ("unread", "/bell", unread),
        ("all", "/bell?tab=all", !unread),
    ];
    let body = html! {
        nav class="tabs" aria-label=(words.t("bell.title")) { ul {
            @for (word, path, here) in tabs { li { a href=(path) aria-current=[here.then_some("page")] { (words.word("bell.tab", word)) } } }
        } }
        @if cases.is_empty() { div class="panel empty" { p { (words.word("bell.empty", if unread { "unread" } else { "all" })) } } }
        @else {
            @if visitor.unread > 0 {
                form method="post" action="/bell/read" class="actions" { (layout::token(&visitor)) button { (words.t("bell.read_all")) } }
            }
            ul class="bells" { @for (_, lines) in &cases { (of_case(&visitor, lines)) } }
        }
        @if let Some(next) = next {
            p { a class="button" href=(format!("/bell?tab={}&before={next}", if unread { "unread" } else { "all" })) { (words.t("bell.more")) } }
        }
    };
    Ok(layout::page(&visitor, &words.t("bell.title"), body))
}

/// The newest line of a case, and behind it the older ones.
fn of_case(visitor: &Visitor, lines: &[Markup]) -> Markup {
    let Some((newest, older)) = lines.split_first() else {
        return html! {};
    };
    let count = [("n", older.len().to_string())];
    html! {
        (newest)
        @if !older.is_empty() {
            li class="older" {
                details {
                    summary { (visitor.words.say("bell.older", &count)) }
                    ul class="bells" { @for line in older { (line) } }
                }
            }
        }
    }
}

fn line(visitor: &Visitor, row: &BellRow, told: Option<&Told>) -> Markup {
    let words = visitor.words;
    let class = row.seen.is_none().then_some("unread");
    html! {
        li class=[class] {
            span class="when" { (look::time(row.at)) }
            @match told {
                Some(told) => {
                    @if row.seen.is_none() { span class="unseen" { (words.t("bell.is_unread")) } }
                    form method="post" action="/bell/open" {
                        (layout::token(visitor))
                        button class="quiet" name="id" value=(deliveries::write(row.id)) {
                            strong { (about(visitor, &row.about)) }
                            " " (told.matter) @if let Some(step) = &told.step { " · " (step) }
                            " " span class="number" { (told.number) }
                        }
                    }
                    @if let Ok(post) = row.post.parse::<Party>() { span class="hint" { (look::party(visitor, &post)) } }
                    @if let Some(person) = &row.for_whom {
                        span class="hint" { (words.say("bell.for", &[("name", super::lists::person(visitor, person))])) }
                    }
                }
                None => span class="hint" { (words.t("bell.hidden")) }
            }
        }
    }
}

/// What happened, in words.
pub fn about(visitor: &Visitor, what: &str) -> String {
    let usual = usual_name(what, Reader::Staff).replace('.', "_");
    visitor.words.word("bell.about", &usual)
}

/// The same, where there are words for it: what a matter names itself has none here.
pub fn known(visitor: &Visitor, what: &str) -> Option<String> {
    let usual = usual_name(what, Reader::Staff).replace('.', "_");
    visitor.words.tell("bell.about", &usual, &[])
}

/// What a line tells, if the visitor may still see the case.
async fn told(app: &App, visitor: &Visitor, row: &BellRow) -> Result<Option<Told>, Problem> {
    if let Some(told) = of_definitions(visitor, row) {
        return Ok(Some(told));
    }
    let Some(seen) = app.runtime.case(row.id.case_id.unsigned_abs()).await? else {
        return Ok(None);
    };
    let caller = &visitor.caller;
    let reader = reader(caller, row);
    let sight = app.sight(&reader.actor(), &seen);
    if sight == Sight::None {
        return Ok(None);
    }
    let no = row.task.and_then(|no| u32::try_from(no).ok()).map(TaskNo);
    let task = no.and_then(|no| Some((no, seen.case.tasks().get(&no)?)));
    let own = |p: &Party| {
        reader
            .posts_in(&seen.revision.id)
            .any(|q| q.city == p.city && q.department == p.department)
    };
    let task =
        task.filter(|(_, task)| sight == Sight::Whole || task.seats().iter().any(|s| own(&s.post)));
    let step = task.and_then(|(_, task)| seen.revision.named(task.step()));
    let card = card_of(row, &seen);
    let open = match (task, card) {
        (Some((no, _)), _) if seen.case.open_tasks().any(|(open, _)| open == no) => {
            format!("/tasks/{}-{}", seen.id, no.0)
        }
        (None, Some(no)) => look::card_address(&seen, no),
        _ => format!("/cases/{}", seen.id),
    };
    Ok(Some(Told {
        number: seen.number.to_string(),
        matter: visitor.words.of(&seen.revision.title).to_owned(),
        step: step.map(|(_, s)| visitor.words.of(&s.title).to_owned()),
        open,
    }))
}

/// What is told of definitions, which is of no case.
fn of_definitions(visitor: &Visitor, row: &BellRow) -> Option<Told> {
    let what = row.about.strip_prefix("definition.")?;
    let (place, open) = match what {
        "published" => ("published", "/admin/published"),
        _ => ("proposed", "/admin/proposed"),
    };
    Some(Told {
        number: String::new(),
        matter: visitor.words.word("admin.place", place),
        step: None,
        open: open.to_owned(),
    })
}

/// The card a line is about, if it is not closed yet: of yellow and red ones the one that was opened then, else the newest.
fn card_of(row: &BellRow, seen: &Seen) -> Option<CardNo> {
    let level = match row.about.as_str() {
        "card.yellow" => Some("yellow"),
        "card.red" => Some("red"),
        "card.pursued" | "card.network" | "urged" => None,
        _ => return None,
    };
    let then = |card: &Card| card.at.as_millisecond() == row.at;
    look::open_card(seen, |card| match level {
        Some(level) => look::card_level(card) == level && then(card),
        None => true,
    })
}

/// The visitor in all the posts he holds; of what he was told for another, as that one's deputy, as long as he is.
fn reader(caller: &Caller, row: &BellRow) -> Caller {
    let whom = row.for_whom.as_deref();
    let deputy = whom.and_then(|person| caller.standing_for(person, None));
    deputy.unwrap_or_else(|| caller.as_himself())
}

/// Opens what a line is about, in the post it was told to if the visitor holds that.
pub async fn open(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let visitor = &sent.visitor;
    let caller = &visitor.caller;
    let id = sent.fields.get("id").and_then(deliveries::read);
    let id = id.ok_or_else(|| Problem::new(Code::NotFound))?;
    let store = app.runtime.store();
    let row = store.bell(&caller.id, id).await?;
    let row = row.ok_or_else(|| Problem::new(Code::NotFound))?;
    let told = told(&app, visitor, &row).await?;
    let told = told.ok_or_else(|| Problem::new(Code::NotFound))?;
    let now = app.runtime.clock().now().as_millisecond();
    store.read_bells(&caller.id, Some(id), now).await?;
    let post: Option<Party> = row.post.parse().ok();
    let whom = row.for_whom.as_deref();
    if let Some(post) = post {
        // Who holds it no longer opens what he may see of it all the same.
        match app.directory.act_as(caller, &post, whom).await {
            Ok(()) | Err(Denied::Unknown) => {}
            Err(denied) => return Err(denied.into()),
        }
    }
    Ok(Redirect::to(&told.open))
}

/// Notes that all have been read.
pub async fn read(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let now = app.runtime.clock().now().as_millisecond();
    let store = app.runtime.store();
    store.read_bells(&sent.visitor.caller.id, None, now).await?;
    Ok(Redirect::to("/bell"))
}
