//! What was published here, the newest first: by whom, whom it was agreed by, since when it holds, and how it differs from the one before.

use super::definitions::title;
use super::{guard, page};
use crate::pages::session::Visitor;
use crate::pages::{lists, look};
use crate::web::App;
use crate::web::problem::Problem;
use axum::extract::State;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Lines a page has.
const LINES: usize = 50;

/// Where the page begins.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Asked {
    before: Option<i64>,
}

/// The list.
pub async fn published(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "published")?;
    let asked: Asked = lists::asked(&visitor)?;
    let words = visitor.words;
    let most = i64::try_from(LINES).unwrap_or(i64::MAX);
    let all = app
        .publications(asked.before.unwrap_or(i64::MAX), most)
        .await?;
    let older = all
        .last()
        .filter(|_| all.len() == LINES)
        .map(|last| last.at);
    let body = html! {
        @if all.is_empty() { div class="panel empty" { p { (words.t("admin.published_none")) } } }
        @else {
            table class="list cards" {
                thead { tr {
                    th { (words.t("admin.published_what")) } th { (words.t("admin.holds_since")) } th { (words.t("admin.proposed_by")) }
                    th { (words.t("admin.second")) } th { (words.t("admin.why")) } th { (words.t("admin.difference")) }
                } }
                tbody { @for one in &all {
                    @let args = [("matter", title(&visitor, &app, &one.id)), ("revision", one.revision.to_string())];
                    tr {
                        td { (words.say("admin.numbered", &args)) }
                        td class="number" data-h=(words.t("admin.holds_since")) { (look::time(one.at)) }
                        td data-h=(words.t("admin.proposed_by")) { (lists::person(&visitor, &one.publisher.by)) }
                        td data-h=(words.t("admin.second")) { @if let Some(second) = &one.publisher.second { (lists::person(&visitor, second)) } @else { "–" } }
                        td data-h=(words.t("admin.why")) { @if one.publisher.why.is_empty() { "–" } @else { (one.publisher.why) } }
                        td { a href=(format!("/admin/definitions/{}/difference?from={}&to={}", one.id, one.revision - 1, one.revision)) { (words.say("admin.differs_from", &[("revision", (one.revision - 1).to_string())])) } }
                    }
                } }
            }
        }
        @if let Some(older) = older { p { a class="button" href=(format!("/admin/published?before={older}")) { (words.t("admin.published_older")) } } }
    };
    Ok(page(&visitor, "published", &body))
}
