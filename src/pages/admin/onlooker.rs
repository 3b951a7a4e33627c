//! An administrator chooses a post to look as.

use super::{guard, page};
use crate::directory::Denied;
use crate::pages::session::{Form, Visitor};
use crate::pages::{layout, look};
use crate::web::App;
use crate::web::problem::{Code, Problem};
use crate::web::readings::Kind;
use axum::extract::State;
use axum::response::Redirect;
use engine::case::Party;
use maud::{Markup, html};
use std::sync::Arc;

/// The longest reason, in characters.
const LONGEST: usize = 200;

/// City, department and post, and why.
pub async fn look_as(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "onlooker")?;
    let words = visitor.words;
    let network = &visitor.network;
    let body = html! {
        p class="hint" { (words.t("onlooker.hint")) }
        form method="post" action="/admin/look-as" class="panel" {
            (layout::token(&visitor))
            div class="filters" {
                div { label for="look-city" { (words.t("board.city")) } select id="look-city" name="city" {
                    @for city in network.cities() { option value=(city.code) { (city.title(words.0)) } }
                } }
                div { label for="look-post" { (words.t("onlooker.post")) } select id="look-post" name="post" {
                    @for (id, department) in network.departments() {
                        @for post in &department.posts {
                            option value=(format!("{id}/{post}")) { (look::department(&visitor, id)) " · " (look::post(&visitor, post)) }
                        }
                    }
                } }
                div { label for="look-reason" { (words.t("onlooker.reason")) } input id="look-reason" name="reason" required maxlength=(LONGEST) size="40"; }
                button class="main" { (words.t("onlooker.begin")) }
            }
        }
    };
    Ok(page(&visitor, "onlooker", &body))
}

/// Begins the look, which is on record with its reason before anything is shown.
pub async fn begin(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    guard(&app, &sent.visitor, "onlooker")?;
    let text = |name: &str| sent.fields.get(name).unwrap_or_default().trim();
    let reason = text("reason");
    if reason.is_empty() || reason.chars().count() > LONGEST {
        return Err(Problem::field("/reason", "reject.reason", &[]));
    }
    let post = format!("{}/{}", text("city"), text("post"));
    let post: Party = post.parse().map_err(|_| Problem::new(Code::Malformed))?;
    let caller = &sent.visitor.caller;
    let what = format!("onlooker_begin {post}");
    app.record(caller, Kind::Onlook, None, &what, reason)
        .await?;
    let begun = app.directory.look_as(caller, &post, app.wall.now()).await;
    begun.map_err(|denied| match denied {
        Denied::Store(error) => error.into(),
        _ => Problem::new(Code::Forbidden),
    })?;
    Ok(Redirect::to("/work"))
}
