//! What a visitor switches in the top bar: the language, and the post in which he acts.

use super::session::{FORM_TOKEN, Form, OpenForm, Visit, keep_language, onward};
use super::words::Words;
use crate::directory::{Denied, Preferences};
use crate::web::App;
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use engine::text::Lang;
use std::sync::Arc;

/// Another language, for this browser and for whoever is signed in.
pub async fn language(State(app): State<Arc<App>>, sent: OpenForm) -> Result<Response, Problem> {
    let lang = match sent.fields.get("language") {
        Some("en") => Lang::En,
        _ => Lang::Zh,
    };
    if let Visit::Visitor(visitor) = &sent.visit {
        visitor.checked(sent.fields.get(FORM_TOKEN))?;
        let wanted = Preferences {
            lang: Some(lang),
            ..visitor.caller.preferences.clone()
        };
        app.directory.prefer(&visitor.caller, &wanted).await?;
    }
    let next = onward(sent.fields.get("next"));
    Ok((keep_language(Words(lang)), Redirect::to(&next)).into_response())
}

/// Another of the posts the visitor holds, or one of somebody for whom he stands.
pub async fn acting(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let caller = &sent.visitor.caller;
    let asked = sent.fields.get("post").unwrap_or_default();
    // A post of one's own, or a post and for whom.
    let (asked, person) = match asked.split_once(' ') {
        Some((post, person)) => (post, Some(person)),
        None => (asked, None),
    };
    let post = asked.parse().map_err(|_| Problem::new(Code::Forbidden))?;
    let acting = app.directory.act_as(caller, &post, person).await;
    acting.map_err(|denied| match denied {
        Denied::Store(error) => error.into(),
        _ => Problem::new(Code::Forbidden),
    })?;
    Ok(Redirect::to(&onward(sent.fields.get("next"))))
}
