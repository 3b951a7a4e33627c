//! What is sent from the page of a task: a draft as it is typed, or an outcome.

use super::conflict;
use super::foot;
use super::next;
use super::scene::{Asking, Scene};
use crate::directory::Caller;
use crate::pages::clock::time_of_day;
use crate::pages::late::LateForm;
use crate::pages::session::Visitor;
use crate::pages::{brought, certified, facts, once};
use crate::runtime::{IdempotencyKey, Refused, Target};
use crate::web::App;
use crate::web::problem::{Code, Problem, with_preview};
use crate::web::uploads::with_files;
use crate::web::work::Desk;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::{Chosen, Command, Rejection, TaskNo, TaskState};
use forms::posted;
use maud::html;
use serde_json::Value;
use std::sync::Arc;

/// Keeps what is typed so far; the first time takes the task. The same request draws the form again where fields depend on others.
pub async fn draft(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    mut sent: LateForm,
) -> Result<Response, Problem> {
    let mut scene = Scene::load(&app, &sent.visitor, &id).await?;
    scene.brought.take(&app, &mut sent).await?;
    let visitor = &sent.visitor;
    let version = scene.visible.seen.version();
    let changed = read(&mut scene, &sent);
    let wanted = headers.get("hx-target").and_then(|t| t.to_str().ok());
    if let Err(problem) = keep(&app, &mut scene, &sent).await {
        let told = conflict::is_one(problem.code()) || problem.code() == Code::Stale;
        return match (told, wanted) {
            (true, Some(_)) => Ok(conflict::notice(visitor, &scene, &problem)),
            (true, None) => conflict::page(&app, visitor, &scene, &problem).await,
            (false, _) => Err(problem),
        };
    }
    if sent.late {
        return Ok(to_sign_in(&scene.address(), scene.draft, wanted.is_some()));
    }
    if let Some(one) = deed(&scene, &sent) {
        return recognise(&app, visitor, &scene, one, wanted.is_some()).await;
    }
    scene.focus = changed;
    let files = match wanted {
        Some("files") => Some(scene.files(&app, visitor).await?),
        _ => None,
    };
    let task = scene.task()?;
    // Whoever has just taken it may give it back from now on.
    let now = html! {
        (scene.bar(&app, visitor, task, true))
        @if scene.visible.seen.version() != version { (foot::verbs(&app, visitor, &scene, task, true).await?) }
    };
    Ok(match wanted {
        Some("files") => {
            html! { (files.unwrap_or_default()) (scene.saved(visitor, true)) (now) }.into_response()
        }
        Some("sheet") => {
            html! { (scene.sheet(visitor)) (scene.saved(visitor, true)) (now) }.into_response()
        }
        Some(_) => html! { (scene.saved(visitor, false)) (now) }.into_response(),
        None => Redirect::to(&format!("{}?saved=1", scene.address())).into_response(),
    })
}

/// What is done with a certificate, unless it still lacks its reason.
fn deed(scene: &Scene, sent: &LateForm) -> Option<Chosen> {
    certified::deed(&sent.fields).filter(|_| !scene.brought.certified.lacks_reason())
}

/// Takes a certificate for a material, or declines it, at once; what is typed was kept before. Then the page stands anew.
async fn recognise(
    app: &App,
    visitor: &Visitor,
    scene: &Scene,
    one: Chosen,
    partial: bool,
) -> Result<Response, Problem> {
    let caller = &visitor.caller;
    let command = Command::Recognise {
        certificates: vec![one],
        with: Box::new(Command::Claim {
            task: TaskNo(scene.id.no),
        }),
    };
    let case = Target::Case(scene.id.case);
    let problem = match (
        app.hand_in(caller, None, None, case, command).await,
        partial,
    ) {
        (Ok(_), false) => return Ok(Redirect::to(&scene.address()).into_response()),
        (Ok(_), true) => {
            let to = [(HeaderName::from_static("hx-redirect"), scene.address())];
            return Ok((to, html! {}).into_response());
        }
        (Err(problem), _) => problem,
    };
    if problem.code() != Code::Invalid {
        return Err(problem);
    }
    let body = html! {
        div id="told" {
            div class="notice bad" role="alert" {
                @for error in problem.errors() { p { (visitor.words.of(&error.message)) } }
            }
        }
        (scene.saved(visitor, true))
    };
    let headers = [("hx-retarget", "#told"), ("hx-reswap", "outerHTML")];
    Ok((StatusCode::UNPROCESSABLE_ENTITY, headers, body).into_response())
}

/// Takes over what was typed; the place of a row or field that was changed by a button of the form.
fn read(scene: &mut Scene, sent: &LateForm) -> Option<String> {
    let form = scene.form.as_ref()?;
    let read = facts::read(&sent.visitor.network, form, &sent.fields.0);
    scene.input = read.input;
    scene.brought.judge(form, &scene.input);
    read.changed
}

/// Takes the task if nobody has it, and keeps the draft in place of the one that was seen.
async fn keep(app: &App, scene: &mut Scene, sent: &LateForm) -> Result<(), Problem> {
    let caller = &sent.visitor.caller;
    if !sent.late {
        take(app, scene, caller).await?;
    }
    if scene.form.is_none() && scene.brought.files.is_empty() && scene.draft.is_none() {
        return Ok(());
    }
    let seen = match sent.fields.get("overwrite") {
        Some(_) => None,
        None => Some(
            sent.fields
                .get("draft")
                .and_then(|v| v.parse().ok())
                .unwrap_or(0),
        ),
    };
    let version = app
        .keep_draft(
            caller,
            &Desk::Task(scene.id),
            &filled(&scene.input),
            &scene.brought.named(),
            seen,
        )
        .await?;
    scene.draft = Some(version);
    Ok(())
}

/// What was typed, as a draft holds it: a task without a form has none.
fn filled(input: &Value) -> Value {
    match input {
        Value::Null => Value::Object(Default::default()),
        input => input.clone(),
    }
}

/// Claims the task, in one step with the first thing that is typed into it.
async fn take(app: &App, scene: &mut Scene, caller: &Caller) -> Result<(), Problem> {
    let mine = match scene.task()?.state() {
        TaskState::Held { by, .. } => *by == caller.principal(),
        _ => false,
    };
    if mine {
        return Ok(());
    }
    let task = TaskNo(scene.id.no);
    let claim = Command::Claim { task };
    let taken = app.hand_in(caller, None, None, Target::Case(scene.id.case), claim);
    scene.visible.seen = taken.await?.seen;
    Ok(())
}

/// Whoever's sign-in ended by time signs in, reads until when his draft is kept, and comes back.
pub fn to_sign_in(place: &str, draft: Option<i64>, partial: bool) -> Response {
    let saved = time_of_day(draft.unwrap_or_default());
    let query = [
        ("next", place.to_owned()),
        ("ended", "1".to_owned()),
        ("saved", saved),
    ];
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    let address = format!("/sign-in?{query}");
    match partial {
        false => Redirect::to(&address).into_response(),
        true => {
            let to = HeaderName::from_static("hx-redirect");
            (StatusCode::UNAUTHORIZED, [(to, address)], html! {}).into_response()
        }
    }
}

/// What was chosen.
struct Choice {
    outcome: String,
    next: bool,
    reason: String,
    back_to: String,
    /// The question was put before.
    asked: bool,
    confirmed: bool,
}

impl Choice {
    fn of(sent: &LateForm) -> Option<Choice> {
        let field = |name| sent.fields.get(name).unwrap_or_default().to_owned();
        let next = sent.fields.get("outcome_next").map(|o| (o, true));
        let (outcome, next) = next.or(sent.fields.get("outcome").map(|o| (o, false)))?;
        Some(Choice {
            asked: field("asked") == outcome,
            confirmed: field("confirmed") == outcome,
            outcome: outcome.to_owned(),
            next,
            reason: field("reason"),
            back_to: field("back_to"),
        })
    }

    fn command(&self, scene: &Scene) -> Command {
        let data = match &scene.form {
            Some(form) => posted::asked(form, &scene.input, scene.today),
            None => Value::Null,
        };
        let given = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        Command::Complete {
            task: TaskNo(scene.id.no),
            outcome: self.outcome.as_str().into(),
            data,
            reason: given(&self.reason),
            back_to: given(&self.back_to).map(Into::into),
        }
    }

    fn asking(&self) -> Asking {
        Asking {
            outcome: self.outcome.clone(),
            next: self.next,
            reason: self.reason.clone(),
            back_to: self.back_to.clone(),
            papers: None,
        }
    }
}

/// Finishes the task by an outcome, or says what is missing, has changed, or would go out.
pub async fn send(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    mut sent: LateForm,
) -> Result<Response, Problem> {
    let mut scene = Scene::load(&app, &sent.visitor, &id).await?;
    let refused = sent.refused();
    scene.brought.take(&app, &mut sent).await?;
    let refused = refused || scene.brought.certified.lacks_reason();
    let visitor = &sent.visitor;
    let version = once::version(&sent.fields)?;
    let key = once::key(&visitor.caller, &scene.address(), &sent.fields)?;
    let changed = read(&mut scene, &sent);
    if sent.late {
        keep(&app, &mut scene, &sent).await?;
        return Ok(to_sign_in(&scene.address(), scene.draft, false));
    }
    if let Some(one) = deed(&scene, &sent) {
        keep(&app, &mut scene, &sent).await?;
        return recognise(&app, visitor, &scene, one, false).await;
    }
    // Files came or went, or one of them must be chosen anew: the page again, with all that was good of it kept.
    if refused || sent.changes_files() {
        keep(&app, &mut scene, &sent).await?;
        let status = match refused {
            true => StatusCode::UNPROCESSABLE_ENTITY,
            false => StatusCode::OK,
        };
        let page = scene.draw(&app, visitor).await?;
        return Ok((status, with_preview(page)).into_response());
    }
    let choice = match (changed, Choice::of(&sent)) {
        (None, Some(choice)) => choice,
        (Some(focus), _) => {
            scene.focus = Some(focus);
            return Ok(with_preview(scene.draw(&app, visitor).await?));
        }
        (None, None) => {
            return match keep(&app, &mut scene, &sent).await {
                Ok(()) => Ok(Redirect::to(&format!("{}?saved=1", scene.address())).into_response()),
                Err(problem) => conflict::page(&app, visitor, &scene, &problem).await,
            };
        }
    };
    let exit = scene.exits.iter().find(|e| e.outcome == choice.outcome);
    // Nothing may be done any more: the key knows whether that was done by this very form.
    let Some(exit) = exit else {
        return finish(&app, visitor, scene, choice, key).await;
    };
    let asks = exit.asks() && !choice.confirmed;
    if let Some(changed) = conflict::changed(&app, visitor, &scene, version).await? {
        scene.changed = Some(changed);
        let page = scene.draw(&app, visitor).await?;
        return Ok((StatusCode::PRECONDITION_FAILED, with_preview(page)).into_response());
    }
    match asks {
        true => question(&app, visitor, scene, choice).await,
        false => finish(&app, visitor, scene, choice, key).await,
    }
}

/// Asks why, and shows the papers that would go out.
async fn question(
    app: &App,
    visitor: &Visitor,
    mut scene: Scene,
    choice: Choice,
) -> Result<Response, Problem> {
    let actor = visitor.caller.actor();
    let command = choice.command(&scene);
    let tried = app.runtime.tried(scene.id.case, &command, &actor);
    let mut asking = choice.asking();
    if asking.reason.is_empty() && !choice.asked {
        asking.reason = noted(&scene.input);
    }
    let mut status = StatusCode::OK;
    match tried.await {
        Ok(papers) => asking.papers = Some(papers),
        Err(Refused::Rejected(Rejection::Invalid(errors))) => {
            // The question has only now been put: an answer that is missing is not yet wrong.
            let asked = choice.asked || !choice.reason.is_empty();
            scene.errors = errors
                .into_iter()
                .filter(|e| e.pointer != "/reason" || asked)
                .collect();
            if !scene.errors.is_empty() {
                status = StatusCode::UNPROCESSABLE_ENTITY;
            }
        }
        Err(other) => {
            let problem = app.refused(&actor, Some(scene.id.case), other).await;
            return match problem.code() {
                code if conflict::is_one(code) => {
                    conflict::page(app, visitor, &scene, &problem).await
                }
                Code::Invalid => again(app, visitor, scene, &problem).await,
                _ => Err(problem),
            };
        }
    }
    let only_form = scene.errors.iter().any(|e| e.pointer != "/reason");
    scene.asking = Some(asking).filter(|_| !only_form);
    let page = scene.draw(app, visitor).await?;
    Ok((status, with_preview(page)).into_response())
}

/// What was noted on the form, with which a reason begins: it need not be typed twice.
fn noted(input: &Value) -> String {
    let note = input.get("note").and_then(Value::as_str);
    note.unwrap_or_default().trim().to_owned()
}

/// Hands the outcome in, and goes on.
async fn finish(
    app: &App,
    visitor: &Visitor,
    mut scene: Scene,
    choice: Choice,
    key: IdempotencyKey,
) -> Result<Response, Problem> {
    let caller = &visitor.caller;
    // What was shown has been compared; who comes second is told by the task itself, which can be finished only once (G46).
    let case = Target::Case(scene.id.case);
    let command = with_files(scene.brought.named(), choice.command(&scene));
    let done = app.hand_in(caller, Some(key), None, case, command);
    match done.await {
        Ok(answer) => {
            brought::forget(app, caller, &Desk::Task(scene.id)).await?;
            let to = onward(app, caller, &scene, &choice).await?;
            let mut response = Redirect::to(&to).into_response();
            if answer.replayed {
                let replayed = HeaderName::from_static("idempotency-replayed");
                response
                    .headers_mut()
                    .insert(replayed, axum::http::HeaderValue::from_static("true"));
            }
            Ok(response)
        }
        Err(problem) if problem.code() == Code::Invalid && !problem.errors().is_empty() => {
            scene.errors = once::errors(&problem);
            if scene.errors.iter().any(|e| e.pointer == "/reason") {
                scene.asking = Some(choice.asking());
            }
            let page = scene.draw(app, visitor).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, with_preview(page)).into_response())
        }
        Err(problem) if problem.code() == Code::Invalid => {
            again(app, visitor, scene, &problem).await
        }
        Err(problem) if conflict::is_one(problem.code()) || problem.code() == Code::Stale => {
            conflict::page(app, visitor, &scene, &problem).await
        }
        Err(problem) => Err(problem),
    }
}

/// The form again with all that was typed, and why it cannot be finished so.
async fn again(
    app: &App,
    visitor: &Visitor,
    mut scene: Scene,
    problem: &Problem,
) -> Result<Response, Problem> {
    let why = visitor.words.of(problem.message());
    scene.changed = Some(html! { div class="notice bad" role="alert" { p { (why) } } });
    let page = scene.draw(app, visitor).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, with_preview(page)).into_response())
}

async fn onward(
    app: &App,
    caller: &Caller,
    scene: &Scene,
    choice: &Choice,
) -> Result<String, Problem> {
    let name = crate::web::tasks::name(scene.id);
    if !choice.next {
        let done = crate::pages::case::percent(&choice.outcome);
        return Ok(format!("/cases/{}?done={done}&task={name}", scene.id.case));
    }
    let next = next::most_urgent(app, caller, scene.id).await?;
    Ok(next.map_or_else(|| "/work".to_owned(), |next| format!("{next}?after={name}")))
}
