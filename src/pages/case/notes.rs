//! What an office notes among itself on a case: read and written beside a task and on the page of the case.

use crate::pages::session::{Form, Visitor, onward};
use crate::pages::{layout, lists, look};
use crate::web::App;
use crate::web::notes::LONGEST;
use crate::web::problem::Problem;
use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use std::sync::Arc;

/// Keeps a note, and goes back to where it was written.
pub async fn note(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Redirect, Problem> {
    let id = app.case_id(&id).await?;
    let words = sent.fields.get("note").unwrap_or_default();
    app.note(&sent.visitor.caller, id, words).await?;
    Ok(Redirect::to(&onward(sent.fields.get("back"))))
}

/// The notes, and a place for one more.
pub async fn notes(app: &App, visitor: &Visitor, case: u64) -> Result<Markup, Problem> {
    let words = visitor.words;
    let notes = app.notes(&visitor.caller, case).await?;
    Ok(html! {
        section class="panel notes" aria-labelledby="notes-title" {
            h2 id="notes-title" { (words.t("notes.title")) }
            p class="hint" { (words.t("notes.for_whom")) }
            ul {
                @for note in &notes {
                    li {
                        p class="long" { (note.words) }
                        p class="hint" { (lists::person(visitor, &note.by)) " · " (look::time(note.at)) }
                    }
                }
            }
            details {
                summary { (words.t("notes.new")) }
                form method="post" action=(format!("/cases/{case}/notes")) {
                    (layout::token(visitor))
                    input type="hidden" name="back" value=(visitor.here);
                    textarea id="note" name="note" rows="2" maxlength=(LONGEST) required aria-label=(words.t("notes.new")) {}
                    button { (words.t("notes.keep")) }
                }
            }
        }
    })
}
