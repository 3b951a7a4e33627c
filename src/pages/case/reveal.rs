//! One masked value shown in full: asked for with a reason, recorded before it is sent (G60).

use crate::pages::session::{Form, Visitor};
use crate::pages::{facts, layout};
use crate::runtime::Seen;
use crate::web::App;
use crate::web::mask::stars;
use crate::web::problem::Problem;
use crate::web::tasks::{SHARED, Shown, name, task_id};
use axum::extract::{Path, State};
use maud::{Markup, html};
use std::sync::Arc;

/// Where one may ask for a value of what is shown, on a task for its sake; nothing where nothing is masked.
pub fn ask(
    visitor: &Visitor,
    seen: &Seen,
    shown: &Shown<'_>,
    task: Option<(&str, &str)>,
) -> Markup {
    let words = visitor.words;
    let masked = match shown.form {
        Some(form) => facts::masked(form, shown.values),
        None if shown.name == SHARED => stars(&seen.revision, shown.values),
        None => Vec::new(),
    };
    let id = format!("why-{}", shown.name.replace('.', "-"));
    html! {
        @if !masked.is_empty() {
            details class="reveal" {
                summary { (words.t("reveal.ask")) }
                form method="post" action=(format!("/cases/{}/reveal", seen.id)) {
                    (layout::token(visitor))
                    input type="hidden" name="of" value=(shown.name);
                    @if let Some((task, _)) = task { input type="hidden" name="task" value=(task); }
                    div class="field" {
                        label for=(id) { (words.t("reveal.reason")) " " span class="must" { (words.t("act.must")) } }
                        input id=(id) name="reason" maxlength="200" required value=[task.map(|(_, why)| why)];
                    }
                    div class="actions" {
                        @for (pointer, field) in &masked {
                            button name="pointer" value=(pointer) { (words.say("reveal.show", &[("what", words.of(&field.title).to_owned())])) }
                        }
                    }
                }
            }
        }
    }
}

/// Shows the value, after it has been recorded who asked and why.
pub async fn reveal(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Markup, Problem> {
    let visitor = &sent.visitor;
    let words = visitor.words;
    let field = |name| sent.fields.get(name).unwrap_or_default();
    let id = app.case_id(&id).await?;
    let told = app
        .reveal(
            &visitor.caller,
            id,
            field("of"),
            field("pointer"),
            field("reason"),
        )
        .await?;
    // Whoever works on a letter sees no data of the case besides it.
    let back = match (task_id(field("task")), field("of")) {
        (Ok(task), _) => format!("/tasks/{}", name(task)),
        (Err(_), SHARED) => format!("/cases/{id}"),
        (Err(_), _) => format!("/cases/{id}?tab=data"),
    };
    let body = html! {
        h1 { (words.of(&told.title)) }
        div class="panel" {
            p class="revealed" { (told.value) }
            p class="hint" { (words.t("reveal.recorded")) }
            p { a class="button" href=(back) { (words.t("reveal.back")) } }
        }
    };
    Ok(layout::framed(visitor, words.of(&told.title), body))
}
