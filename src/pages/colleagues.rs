//! To whom a task may be given: how many tasks each has in hand, and until when who is away.

use super::lists;
use super::session::Visitor;
use crate::runtime::Seen;
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::work::may_be_given;
use engine::case::{Command, TaskNo, TaskState, decide};
use engine::clock::civil;
use jiff::Timestamp;
use maud::{Markup, html};

/// Somebody to whom a task may be given.
#[derive(Debug)]
pub struct Colleague {
    /// His account.
    pub id: String,
    label: String,
}

/// Everybody active of whom this is true: who is there before who is away, and who has least to do first.
///
/// # Errors
/// If the store does not answer.
pub async fn colleagues(
    app: &App,
    visitor: &Visitor,
    may: impl Fn(&str) -> bool,
) -> Result<Vec<Colleague>, Problem> {
    let words = visitor.words;
    let chosen: Vec<&String> = visitor.caller.people.keys().filter(|id| may(id)).collect();
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let now = app.runtime.clock().now().as_millisecond();
    let absences = app.directory.accounts().absences(now).await?;
    let held = app.runtime.store().held().await?;
    let mut all: Vec<(bool, i64, Colleague)> = Vec::new();
    for id in chosen {
        let mut away = absences.iter().filter(|row| row.person == *id);
        let until = away.find(|row| row.begins <= now).map(|row| row.ends);
        let tasks = held.get(id).copied().unwrap_or(0);
        let args = [
            ("name", lists::person(visitor, id)),
            ("tasks", tasks.to_string()),
            ("to", until.map_or_else(String::new, last_day)),
        ];
        let label = match until {
            Some(_) => words.say("colleague.away", &args),
            None => words.say("colleague.here", &args),
        };
        let id = id.clone();
        all.push((until.is_some(), tasks, Colleague { id, label }));
    }
    all.sort_by_key(|(away, tasks, _)| (*away, *tasks));
    Ok(all.into_iter().map(|(.., one)| one).collect())
}

/// The last day of an absence that ends at an instant.
fn last_day(ends: i64) -> String {
    let last = Timestamp::from_millisecond(ends.saturating_sub(1));
    last.map_or_else(|_| String::new(), |at| civil(at).date().to_string())
}

/// The same, to choose from.
pub fn options(all: &[Colleague], chosen: &str) -> Markup {
    html! { @for one in all { option value=(one.id) selected[one.id == chosen] { (one.label) } } }
}

/// Those to whom the visitor may give a task of a case, but not whoever holds it.
///
/// # Errors
/// As of [`colleagues`].
pub async fn of_task(
    app: &App,
    visitor: &Visitor,
    seen: &Seen,
    no: TaskNo,
) -> Result<Vec<Colleague>, Problem> {
    let Some(task) = seen.case.tasks().get(&no) else {
        return Ok(Vec::new());
    };
    let holder = match task.state() {
        TaskState::Held { by, .. } => &**by,
        _ => "",
    };
    let matter = &seen.revision.id.value;
    let may = |id: &str| id != holder && may_be_given(&visitor.caller, task, id, matter);
    let all = colleagues(app, visitor, may).await?;
    let allowed = all.first().is_some_and(|to| {
        let command = Command::Transfer {
            task: no,
            to: to.id.as_str().into(),
            reason: ".".to_owned(),
        };
        let mut case = (*seen.case).clone();
        app.with_context(&visitor.caller.actor(), |context| {
            decide(&seen.revision, &mut case, &command, context).is_ok()
        })
    });
    Ok(if allowed { all } else { Vec::new() })
}

/// The way to the page on which tasks are given away, for whoever looks after an office; `of` is `task`, `card` or `case` with its id.
pub fn link(visitor: &Visitor, of: (&str, &str), number: &str, back: &str) -> Markup {
    let caller = &visitor.caller;
    let may = caller.looks_as.is_none() && ["supervisor", "lead"].iter().any(|p| caller.holds(p));
    let query = serde_urlencoded::to_string([of, ("back", back)]).unwrap_or_default();
    html! {
        @if may {
            a class="give" href=(format!("/work/transfer?{query}")) {
                (visitor.words.t("card.transfer")) span class="unseen" { " " (number) }
            }
        }
    }
}
