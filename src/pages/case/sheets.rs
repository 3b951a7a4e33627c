//! The flow of a case for paper: the drawing in sheets of A4, each a picture of its own.

use super::picture;
use crate::pages::layout;
use crate::pages::session::Visitor;
use crate::web::App;
use crate::web::problem::Problem;
use axum::extract::{Path, State};
use maud::{Markup, html};
use std::sync::Arc;

/// The sheets, to be looked at and printed.
pub async fn sheets(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let id = app.case_id(&id).await?;
    let visible = app.read(&visitor.caller, id, "flow").await?;
    let number = &visible.seen.number;
    let rows = app.flow_sheets(&visible, words.0).await?;
    let all = rows.iter().sum::<usize>().to_string();
    let (drawing, mut at) = (picture(&visitor, id), 0);
    let rows: Vec<Vec<usize>> = rows
        .into_iter()
        .map(|count| {
            at += count;
            (at - count + 1..=at).collect()
        })
        .collect();
    let title = words.say("flow.of", &[("number", number.to_string())]);
    let body = html! {
        h1 { (title) }
        div class="actions" {
            a class="button" href=(format!("/cases/{id}?tab=flow")) data-key="Escape" { "← " (number) }
            button type="button" class="main" data-print data-key="p" { (words.t("paper.print")) }
            span class="hint" { (words.say("flow.sheets", &[("n", all.clone())])) }
        }
        div class="drawing" tabindex="0" role="region" aria-label=(title) {
            @for row in &rows {
                div class="strip" {
                    @for sheet in row {
                        @let args = [("n", sheet.to_string()), ("all", all.clone())];
                        img class="diagram" src=(format!("{drawing}&sheet={sheet}")) alt=(words.say("flow.sheet", &args));
                    }
                }
            }
        }
    };
    Ok(layout::framed(&visitor, &title, body))
}
