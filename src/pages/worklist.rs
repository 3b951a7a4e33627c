//! The worklist: what waits for the visitor and his post, the most urgent first.

use super::session::Visitor;
use super::{layout, look};
use crate::store::{Listed, Office, TaskFilter};
use crate::web::App;
use crate::web::problem::Problem;
use axum::extract::State;
use maud::{Markup, html};
use std::sync::Arc;

/// Rows a page has.
const ROWS: i64 = 30;

/// The tasks of the post in which the visitor acts.
pub async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    let posts = visitor.caller.posts.iter().map(|p| Office {
        city: Some(p.city.clone()),
        department: Some(p.department.clone()),
        post: Some(p.post.clone()),
    });
    let which = TaskFilter {
        within: Some(posts.collect()),
        ..TaskFilter::default()
    };
    let rows = app.runtime.store().tasks(&which, None, ROWS).await?;
    let words = visitor.words;
    let body = html! {
        table class="list" {
            thead { tr {
                th { (words.t("work.level")) }
                th { (words.t("work.number")) }
                th { (words.t("work.step")) }
                th { (words.t("work.state")) }
                th { (words.t("work.due")) }
            } }
            tbody { @for row in &rows { (line(&visitor, row)) } }
        }
    };
    Ok(layout::page(&visitor, &words.t("work.title"), body))
}

fn line(visitor: &Visitor, row: &Listed) -> Markup {
    let task = &row.task;
    html! {
        tr {
            td { (look::level(visitor, &task.level, None)) }
            td { a href=(format!("/tasks/{}-{}", task.case_id, task.no)) { (row.number) } }
            td { (task.step) }
            td { (look::state(visitor, &task.state)) " " (look::status(visitor, &row.status)) }
            td { @if let Some(due) = task.due { (look::time(due)) } }
        }
    }
}
