//! Following a case (关注): it then stands in a part of the worklist of its own.

use crate::pages::layout;
use crate::pages::session::{Form, Visitor, onward};
use crate::web::App;
use crate::web::problem::{Code, Problem};
use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use std::sync::Arc;

/// Follows a case, or no more.
pub async fn follow(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Redirect, Problem> {
    let id = app.case_id(&id).await?;
    let follows = sent.fields.get("follow") == Some("1");
    app.follow(&sent.visitor.caller, id, follows).await?;
    Ok(Redirect::to(&format!("/cases/{id}")))
}

/// Follows a case of the worklist no more.
pub async fn unfollow(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let id = sent.fields.get("one").and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| Problem::new(Code::NotFound))?;
    app.follow(&sent.visitor.caller, id, false).await?;
    Ok(Redirect::to(&onward(sent.fields.get("back"))))
}

/// The button.
pub async fn button(app: &App, visitor: &Visitor, case: u64) -> Result<Markup, Problem> {
    let accounts = app.directory.accounts();
    let follows = accounts
        .follows(&visitor.caller.id, case.cast_signed())
        .await?;
    let (value, word) = match follows {
        true => ("0", visitor.words.t("case.unfollow")),
        false => ("1", visitor.words.t("case.follow")),
    };
    Ok(html! {
        form method="post" action=(format!("/cases/{case}/follow")) class="follow" {
            (layout::token(visitor))
            button class="quiet" name="follow" value=(value) { @if follows { "★ " } @else { "☆ " } (word) }
        }
    })
}
