//! What is sent from the page of an application: kept as it is typed, thrown away, or handed in.

use super::sheet::Application;
use super::{drawn, matter};
use crate::pages::late::LateForm;
use crate::pages::look;
use crate::pages::once;
use crate::pages::session::Visitor;
use crate::pages::task::to_sign_in;
use crate::pages::{brought, certified};
use crate::runtime::Target;
use crate::web::App;
use crate::web::problem::{Code, Problem, with_preview};
use crate::web::uploads::with_files;
use crate::web::work::Desk;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::Command;
use engine::clock::civil;
use engine::matter::Revision;
use forms::posted;
use maud::{Markup, html};
use serde_json::Value;
use std::sync::Arc;

/// The application that was sent, with its files; true if only its sheet was changed.
async fn read(
    app: &App,
    revision: &Revision,
    sent: &mut LateForm,
) -> Result<(Application, bool), Problem> {
    let mut application = Application::new(&sent.visitor, revision)?;
    application.brought.take(app, sent).await?;
    let changed = application.read(&sent.visitor, &sent.fields.0);
    application.channel = sent.fields.get("channel").unwrap_or("window").to_owned();
    application.look_for(app, &sent.visitor, revision).await?;
    let seen = sent.fields.get("draft");
    application.draft = seen.and_then(|version| version.parse().ok());
    Ok((application, changed))
}

/// Keeps what is typed so far (暂存). The same request draws the sheet again where fields depend on others, and the files.
pub async fn draft(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    mut sent: LateForm,
) -> Result<Response, Problem> {
    let revision = matter(&app, &name)?;
    let (mut application, _) = read(&app, &revision, &mut sent).await?;
    let today = civil(app.runtime.clock().now()).date();
    let visitor = &sent.visitor;
    let overwrites = sent.fields.get("overwrite").is_some();
    let stored = application.keep(&app, visitor, &name, overwrites).await;
    let wanted = headers.get("hx-target").and_then(|t| t.to_str().ok());
    match (stored, wanted) {
        (Ok(()), _) => {}
        (Err(problem), Some(_)) if problem.code() == Code::Stale => {
            return Ok(newer(visitor, &name));
        }
        (Err(problem), _) => return Err(problem),
    }
    let address = format!("/new/{name}");
    if sent.late {
        return Ok(to_sign_in(&address, application.draft, wanted.is_some()));
    }
    if wanted == Some("same") {
        application.check_id(today);
    }
    let live = format!("{address}/draft");
    // What is offered of earlier cases follows from the number that was typed; where nothing of it has changed the page stays still.
    let new_offers = sent.fields.get("offered") != Some(&application.brought.offered());
    let files = |oob| match application.brought.is_empty() {
        true => html! {},
        false => application.brought.draw(visitor, &live, oob),
    };
    let others = html! { @if new_offers { (files(true)) } };
    Ok(match wanted {
        Some("files") => {
            html! { (files(false)) (application.saved(visitor, true)) }.into_response()
        }
        Some("sheet") => html! { (application.draw(visitor, today, &live)) (application.saved(visitor, true)) (others) }.into_response(),
        Some("same") => html! { (same(visitor, &application)) (name_of(&application)) (application.saved(visitor, true)) (others) }.into_response(),
        Some(_) => html! { (application.saved(visitor, false)) (others) }.into_response(),
        None => Redirect::to(&address).into_response(),
    })
}

/// Somebody has gone on with the same draft elsewhere: whose is to stand.
fn newer(visitor: &Visitor, name: &str) -> Response {
    let words = visitor.words;
    let body = html! {
        div id="told" {
            div class="notice warn" role="alert" {
                p { strong { (words.t("conflict.draft")) } }
                p class="actions" {
                    button form="task" formaction=(format!("/new/{name}/draft")) name="overwrite" value="1" { (words.t("conflict.mine")) }
                    a class="button" href=(format!("/new/{name}")) { (words.t("conflict.theirs")) }
                }
            }
        }
    };
    let headers = [("hx-retarget", "#told"), ("hx-reswap", "outerHTML")];
    (StatusCode::CONFLICT, headers, body).into_response()
}

/// Throws away what was typed.
pub async fn discard(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    sent: LateForm,
) -> Result<Redirect, Problem> {
    if sent.late {
        return Err(Problem::new(Code::SessionExpired));
    }
    brought::forget(&app, &sent.visitor.caller, &Desk::Intake(name)).await?;
    Ok(Redirect::to("/new"))
}

/// Keeps a form that is not handed in yet, and shows it again.
async fn kept(
    app: &App,
    revision: &Revision,
    mut application: Application,
    sent: &LateForm,
    saved: bool,
) -> Result<Response, Problem> {
    let (visitor, name) = (&sent.visitor, &*revision.id.value);
    application.keep(app, visitor, name, false).await?;
    if sent.late {
        return Ok(to_sign_in(
            &format!("/new/{name}"),
            application.draft,
            false,
        ));
    }
    if application.looks_up() {
        application.check_id(civil(app.runtime.clock().now()).date());
    }
    let told = html! { @if saved { div class="notice good" role="status" { p { (visitor.words.t("task.kept")) } } } };
    let status = match sent.refused() || application.brought.refused() {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    let page = drawn(app, visitor, revision, &application, told);
    Ok((status, with_preview(page)).into_response())
}

/// Whether a certificate was taken or declined by a button, and nothing else is wanted.
fn changes(sent: &LateForm) -> bool {
    let buttons = [certified::TAKE, certified::DECLINE, certified::UNDO];
    buttons.iter().any(|name| sent.fields.get(name).is_some())
}

/// Opens the case, unless something is to be put right or the person has one already.
pub async fn send(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    mut sent: LateForm,
) -> Result<Response, Problem> {
    let revision = matter(&app, &name)?;
    let refused = sent.refused();
    let (mut application, changed) = read(&app, &revision, &mut sent).await?;
    let visitor = &sent.visitor;
    let key = once::key(&visitor.caller, &format!("/new/{name}"), &sent.fields)?;
    let saves = sent.fields.get("save").is_some();
    if sent.late || saves || changed || refused || sent.changes_files() || changes(&sent) {
        return kept(&app, &revision, application, &sent, saves && !refused).await;
    }
    let today = civil(app.runtime.clock().now()).date();
    let asked = posted::asked(&application.form, &application.input, today);
    let part = |name: &str| {
        asked
            .get(name)
            .cloned()
            .unwrap_or_else(|| Value::Object(Default::default()))
    };
    let open = Command::Open {
        id: 0,
        number: String::new(),
        accepting_city: visitor.acting().map(|p| p.city.clone()).unwrap_or_default(),
        channel: application.channel.clone(),
        applicant: part("applicant"),
        form: part("form"),
        parent: None,
    };
    let certificates = std::mem::take(&mut application.brought.certified.chosen);
    let open = match certificates.is_empty() {
        true => open,
        false => Command::Recognise {
            certificates: certificates.clone(),
            with: Box::new(open),
        },
    };
    application.brought.certified.chosen = certificates;
    let command = with_files(application.brought.named(), open);
    let target = Target::New(name.clone());
    // A form that was sent before has its answer; the person's open case is then this very one.
    let again = !application.same.is_empty() && sent.fields.get("anyway").is_none();
    if again && !app.runtime.is_answered(&key).await? {
        application.asks = true;
        application.keep(&app, visitor, &name, true).await?;
        let page = drawn(&app, visitor, &revision, &application, html! {});
        return Ok((StatusCode::CONFLICT, with_preview(page)).into_response());
    }
    match app
        .hand_in(&visitor.caller, Some(key), None, target, command)
        .await
    {
        Ok(answer) => {
            let desk = Desk::Intake(name.clone());
            brought::forget(&app, &visitor.caller, &desk).await?;
            let case = format!("/cases/{}", answer.seen.id);
            let next = match answer.seen.revision.no_receipt {
                true => case,
                false => format!("{case}/receipt?fresh=1"),
            };
            Ok(Redirect::to(&next).into_response())
        }
        Err(problem) if problem.code() == Code::Invalid && !problem.errors().is_empty() => {
            // What was handed in is the newest there is, whatever kept itself while it was on its way.
            application.keep(&app, visitor, &name, true).await?;
            application.errors = once::errors(&problem);
            let page = drawn(
                &app,
                visitor,
                &revision,
                &application,
                others(visitor, &application),
            );
            Ok((StatusCode::UNPROCESSABLE_ENTITY, with_preview(page)).into_response())
        }
        Err(problem) if problem.code() == Code::DuplicateCase => {
            application.keep(&app, visitor, &name, true).await?;
            application.same.clear();
            let told = html! {
                div class="notice warn" role="alert" {
                    p { (visitor.words.of(problem.message())) }
                    @if let Some(case) = problem.named("case").and_then(Value::as_str) {
                        p { a class="button" href=(format!("/cases/{case}")) { (visitor.words.t("conflict.case")) } }
                    }
                }
            };
            let page = drawn(&app, visitor, &revision, &application, told);
            Ok((StatusCode::CONFLICT, with_preview(page)).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// What is wrong outside the fields of the form, such as the channel.
fn others(visitor: &Visitor, application: &Application) -> Markup {
    let inside = |e: &&forms::FieldError| {
        e.pointer.starts_with("/applicant") || e.pointer.starts_with("/form")
    };
    let outside: Vec<_> = application.errors.iter().filter(|e| !inside(e)).collect();
    html! {
        @if !outside.is_empty() {
            div class="notice bad" role="alert" { @for error in outside { p { (visitor.words.of(&error.message)) } } }
        }
    }
}

/// What is known of whoever applies: that his number cannot be right, and his open cases; once he was to be taken in all the same, with
/// the way to do so, unless the matter allows one alone.
pub fn same(visitor: &Visitor, application: &Application) -> Markup {
    let (words, rows) = (visitor.words, &application.same);
    html! {
        div id="same" aria-live="polite" {
            @for error in application.errors.iter().filter(|_| !application.looks_up() && application.only_id()) {
                div class="notice bad" { p { (words.of(&error.message)) } }
            }
            @if !rows.is_empty() {
                div class="notice warn" role=[application.asks.then_some("alert")] {
                    p { strong { (words.t("new.same")) } }
                    ul { @for row in rows {
                        li { a href=(format!("/cases/{}", row.id)) { (row.number) } " " (look::status(visitor, &row.status)) " " (look::time(row.opened)) }
                    } }
                    @if application.only_one { p { (words.t("new.only_one")) } }
                    @else if application.asks { p { button form="task" name="anyway" value="1" { (words.t("new.anyway")) } } }
                }
            }
        }
    }
}

/// The name that is known, in its field.
fn name_of(application: &Application) -> Markup {
    html! {
        @if let Some(name) = &application.name {
            input id="sheet-applicant-name" name="/applicant/name" type="text" value=(name) maxlength="50" autocomplete="off"
                aria-required="true" hx-swap-oob="true";
        }
    }
}
