//! What a person sets for himself, and how long his sign-in still lasts.

use super::layout;
use super::session::{Form, Visitor};
use crate::directory::Preferences;
use crate::runtime::ADMINISTRATOR;
use crate::web::App;
use crate::web::problem::Problem;
use axum::extract::{Query, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Whether something has just been kept.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    saved: Option<String>,
}

/// The page of settings.
pub async fn page(visitor: Visitor, Query(coming): Query<Coming>) -> Markup {
    let words = visitor.words;
    let mail = !visitor.caller.preferences.no_mail;
    let keeps = visitor.caller.holds("lead") || visitor.caller.holds(ADMINISTRATOR);
    let single = !visitor.caller.preferences.no_single_keys;
    let body = html! {
        @if coming.saved.is_some() { div class="notice good" role="status" { p { (words.t("settings.saved")) } } }
        form method="post" action="/settings" class="panel" {
            (layout::token(&visitor))
            p {
                input id="keys-on" type="checkbox" name="single_keys" value="1" checked[single] aria-describedby="keys-hint";
                label for="keys-on" { (words.t("settings.keys")) }
            }
            p id="keys-hint" class="hint" { (words.t("settings.keys_hint")) }
            p {
                input id="mail-on" type="checkbox" name="mail" value="1" checked[mail] aria-describedby="mail-hint";
                label for="mail-on" { (words.t("settings.mail")) }
            }
            p id="mail-hint" class="hint" { (words.t("settings.mail_hint")) }
            button class="main" { (words.t("settings.save")) }
        }
        p { a href="/settings/factor" { (words.t("factor.title")) } }
        p { a href="/settings/absence" { (words.t("absence.title")) } }
        @if keeps { p { a href="/settings/notices" { (words.t("settings.notices")) } } }
    };
    layout::page(&visitor, &words.t("settings.title"), body)
}

/// Keeps them.
pub async fn keep(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let caller = &sent.visitor.caller;
    let wanted = Preferences {
        no_single_keys: sent.fields.get("single_keys").is_none(),
        no_mail: sent.fields.get("mail").is_none(),
        ..caller.preferences.clone()
    };
    app.directory.prefer(caller, &wanted).await?;
    Ok(Redirect::to("/settings?saved=1"))
}

/// Puts a matter among those the person takes in most often, or takes it out; what he looked for stays.
pub async fn favourite(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let caller = &sent.visitor.caller;
    let mut wanted = caller.preferences.clone();
    let matter = sent.fields.get("put").or(sent.fields.get("drop"));
    wanted.favourites.retain(|known| Some(&**known) != matter);
    let put = sent
        .fields
        .get("put")
        .filter(|id| app.runtime.library().matters.contains_key(*id));
    wanted.favourites.extend(put.map(str::to_owned));
    app.directory.prefer(caller, &wanted).await?;
    Ok(Redirect::to("/new"))
}

/// The seconds until the sign-in ends; asked by the page itself, and by whoever goes on.
pub async fn session(State(app): State<Arc<App>>, visitor: Visitor) -> String {
    let rest = app.directory.rest(&visitor.caller, app.wall.now());
    rest.to_string()
}
