//! The cases that belong to one: the one that opened it, those it opened, and the call-back, each with how it stands.

use crate::pages::look;
use crate::pages::session::Visitor;
use crate::runtime::Seen;
use crate::web::App;
use crate::web::holders::names;
use crate::web::problem::Problem;
use crate::web::sight::Visible;
use engine::case::Status;
use maud::{Markup, html};

/// A case that belongs to this one.
struct Linked {
    id: u64,
    number: String,
    title: String,
    step: String,
    status: Status,
    /// Its level, who has it, and by when it is to be done; of one that runs.
    stands: Option<Markup>,
}

/// How a case stands in a line: level, holder, end.
async fn stands(app: &App, visitor: &Visitor, seen: &Seen) -> Result<Markup, Problem> {
    let words = visitor.words;
    let level = serde_json::to_value(seen.case.worst_level(app.runtime.clock().now()));
    let level = level.unwrap_or_default();
    let holders = app.holders(seen).await?;
    let who = names(&holders);
    Ok(html! {
        (look::level(visitor, level.as_str().unwrap_or_default(), None))
        @if !holders.is_empty() { " · " (words.of(&who)) }
        @if let Some(due) = seen.case.due() { " · " (words.t("case.due")) " " (look::time(due.as_millisecond())) }
    })
}

/// The case that opened this one and those it opened, one click away.
pub async fn list(app: &App, visitor: &Visitor, visible: &Visible) -> Result<Markup, Problem> {
    let seen = &visible.seen;
    let words = visitor.words;
    let parent = seen.case.parent();
    let mut children = Vec::new();
    for (id, step, matter, status) in seen.case.children() {
        let child = app.runtime.case(id).await?;
        let title = child
            .as_ref()
            .map(|c| words.of(&c.revision.title).to_owned());
        let step = seen
            .revision
            .named(step)
            .map_or_else(|| step.to_string(), |(_, s)| words.of(&s.title).to_owned());
        children.push(Linked {
            id,
            number: child
                .as_ref()
                .map_or_else(|| id.to_string(), |c| c.number.to_string()),
            title: title.unwrap_or_else(|| matter.to_string()),
            step,
            status,
            stands: match &child {
                Some(child) if !status.is_final() => Some(stands(app, visitor, child).await?),
                _ => None,
            },
        });
    }
    if let Some(id) = seen.case.call_back()
        && let Some(back) = app.runtime.case(id).await?
    {
        let title = words.of(&back.revision.title).to_owned();
        let status = back.case.status();
        children.push(Linked {
            id,
            number: back.number.to_string(),
            title,
            step: words.t("case.call_back"),
            status,
            stands: match status.is_final() {
                true => None,
                false => Some(stands(app, visitor, &back).await?),
            },
        });
    }
    Ok(html! {
        @if parent.is_some() || !children.is_empty() {
            h2 { (words.t("case.linked")) }
            ul {
                @if let Some(parent) = parent { li { (words.t("case.parent")) " " a href=(format!("/cases/{}", parent.case)) { (parent.number) } } }
                @for one in children {
                    li {
                        (one.step) ": " a href=(format!("/cases/{}", one.id)) { (one.title) " " (one.number) } " " (look::status(visitor, one.status.word()))
                        @if let Some(stands) = one.stands { br; span class="hint" { (stands) } }
                    }
                }
            }
        }
    })
}
