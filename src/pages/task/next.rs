//! The next most urgent task of the post in which somebody acts.

use crate::directory::Caller;
use crate::pages::happened::said;
use crate::pages::session::Visitor;
use crate::store::{Listed, TaskFilter};
use crate::web::App;
use crate::web::ids::{Within, within};
use crate::web::problem::Problem;
use engine::case::{TaskNo, TaskState};

/// Looked at to find one that is not this.
const FEW: i64 = 3;

/// The address of the task that is most urgent besides this one: held by the visitor, or open to his post.
pub async fn most_urgent(
    app: &App,
    caller: &Caller,
    besides: Within,
) -> Result<Option<String>, Problem> {
    let open = TaskFilter {
        within: Some(caller.offices(false)),
        state: Some("open".to_owned()),
        ..TaskFilter::default()
    };
    let held = TaskFilter {
        holder: Some(caller.principal().to_string()),
        within: Some(caller.offices(false)),
        state: Some("held".to_owned()),
        ..TaskFilter::default()
    };
    let store = app.runtime.store();
    let mut found: Vec<Listed> = store.tasks(&held, None, FEW).await?;
    found.extend(store.tasks(&open, None, FEW).await?);
    let name = |row: &Listed| {
        let no = u32::try_from(row.task.no).unwrap_or_default();
        within(row.task.case_id.unsigned_abs(), no)
    };
    let this = within(besides.case, besides.no);
    let next = found.iter().filter(|row| name(row) != this);
    let next = next.min_by_key(|row| row.task.due.unwrap_or(i64::MAX));
    Ok(next.map(|row| format!("/tasks/{}", name(row))))
}

/// What was done with the task before, in words; nothing of one the visitor may not see.
pub async fn finished(app: &App, visitor: &Visitor, id: &str) -> Result<Option<String>, Problem> {
    let Some(id) = Within::read(id) else {
        return Ok(None);
    };
    let Ok(visible) = app.task(&visitor.caller, id).await else {
        return Ok(None);
    };
    let task = visible.seen.case.tasks().get(&TaskNo(id.no));
    let Some(TaskState::Done { outcome, .. }) = task.map(|t| t.state()) else {
        return Ok(None);
    };
    let args = [
        ("number", visible.seen.number.to_string()),
        ("outcome", said(visitor, outcome)),
    ];
    Ok(Some(visitor.words.say("task.after", &args)))
}
