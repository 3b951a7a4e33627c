//! What may be done to a case at any time: withdraw, suspend, resume, extend, and what else its matter offers to the visitor. What ends
//! it or sends a paper out is shown before it happens.

use crate::pages::session::{Form, Visitor};
use crate::pages::{clock, facts, happened, layout, look, once};
use crate::runtime::{Expected, Issued, Refused, Target};
use crate::web::App;
use crate::web::deliveries;
use crate::web::problem::{Code, Problem};
use crate::web::sight::Visible;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::{Command, Name, Sight};
use engine::clock::civil;
use engine::matter::Reason;
use forms::render::Sheet;
use forms::{FieldError, posted};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// One act the visitor may do.
struct Act {
    address: String,
    /// Of an extension: the clock.
    limit: Option<String>,
    /// Of a message entered for another system: the wait it is for.
    message: Option<Message>,
    form: Option<String>,
    reason: Reason,
    grave: bool,
}

/// What another system should have sent.
struct Message {
    wait: u32,
    step: String,
    name: Name,
    key: String,
}

/// The address of a message entered by hand.
const MESSAGE: &str = "message";

/// Which act.
#[derive(Debug, Deserialize)]
pub struct Asked {
    act: String,
    #[serde(default)]
    limit: Option<String>,
    #[serde(default)]
    wait: Option<u32>,
}

/// What was typed so far, and what is wrong with it.
#[derive(Default)]
struct Typed {
    input: Value,
    reason: String,
    errors: Vec<FieldError>,
    /// The papers that would go out; there when only the confirmation is missing.
    papers: Option<Vec<Issued>>,
}

fn acts(app: &App, visitor: &Visitor, visible: &Visible) -> Vec<Act> {
    let seen = &visible.seen;
    app.with_context(&visitor.caller.actor(), |context| {
        let offered = (*seen.case).clone().acts(&seen.revision, context);
        let mut all: Vec<Act> = offered
            .into_iter()
            .map(|act| Act {
                address: act.address,
                limit: None,
                message: None,
                form: act.form.map(str::to_owned),
                reason: act.reason,
                grave: act.ends || act.papers,
            })
            .collect();
        let clocks = seen.case.extensions(&seen.revision, context);
        all.extend(clocks.into_iter().map(|clock| Act {
            address: "extend".to_owned(),
            limit: Some(clock),
            message: None,
            form: None,
            reason: Reason::Ask,
            grave: true,
        }));
        let awaited = seen.case.awaited(&seen.revision, context).into_iter();
        all.extend(awaited.map(|message| Act {
            address: MESSAGE.to_owned(),
            limit: None,
            form: message.form.map(str::to_owned),
            reason: Reason::None,
            grave: false,
            message: Some(Message {
                wait: message.wait.0,
                step: look::step_at(visitor, seen, message.frame, &message.step.id.value),
                name: message.name.clone(),
                key: message.key.to_owned(),
            }),
        }));
        all
    })
}

fn title(visitor: &Visitor, visible: &Visible, act: &Act) -> String {
    if let Some(message) = &act.message {
        let args = [
            ("step", message.step.clone()),
            ("key", message.shown(visible)),
        ];
        return visitor.words.say("case.enter", &args);
    }
    let name = happened::act(visitor, &act.address);
    match &act.limit {
        Some(limit) => format!("{name} · {}", clock::name(visitor, &visible.seen, limit)),
        None => name,
    }
}

impl Message {
    /// The key, by which several waits of one step are told apart; one that is the applicant's number is not shown.
    fn shown(&self, visible: &Visible) -> String {
        let applicant = visible.seen.case.applicant().as_object();
        let mut own = applicant.into_iter().flat_map(|a| a.values());
        match own.any(|value| value.as_str() == Some(&self.key)) {
            true => String::new(),
            false => self.key.clone(),
        }
    }
}

impl Act {
    /// What an address says beside the act, to tell it from others of its kind.
    fn which(&self) -> Option<(&'static str, String)> {
        let limit = self.limit.clone().map(|limit| ("limit", limit));
        let wait = self.message.as_ref();
        limit.or_else(|| wait.map(|message| ("wait", message.wait.to_string())))
    }
}

/// What may be done now, as links.
pub fn offered(app: &App, visitor: &Visitor, visible: &Visible) -> Markup {
    let all = acts(app, visitor, visible);
    html! {
        @if !all.is_empty() {
            h2 { (visitor.words.t("act.offered")) }
            p class="actions" {
                @for act in &all {
                    @let query = [("act", act.address.clone())].into_iter().chain(act.which());
                    @let query = serde_urlencoded::to_string(query.collect::<Vec<_>>()).unwrap_or_default();
                    a class="button" href=(format!("/cases/{}/act?{query}", visible.seen.id)) { (title(visitor, visible, act)) }
                }
            }
        }
    }
}

async fn found(
    app: &App,
    visitor: &Visitor,
    id: &str,
    asked: &Asked,
) -> Result<(Visible, Act), Problem> {
    let id = app.case_id(id).await?;
    let visible = app.visible(&visitor.caller.actor(), id).await?;
    let mut all = acts(app, visitor, &visible).into_iter();
    let wait = |act: &Act| act.message.as_ref().map(|message| message.wait);
    let act = all.find(|act| {
        act.address == asked.act && act.limit == asked.limit && wait(act) == asked.wait
    });
    let refused = || {
        let event = happened::act(visitor, &asked.act);
        Problem::says(
            Code::StateNotAllowed,
            "reject.not_offered",
            &[("event", event)],
        )
    };
    Ok((visible, act.ok_or_else(refused)?))
}

/// The page of one act.
pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let (visible, act) = found(&app, &visitor, &id, &asked).await?;
    Ok(drawn(&app, &visitor, &visible, &act, &Typed::default()))
}

fn drawn(app: &App, visitor: &Visitor, visible: &Visible, act: &Act, typed: &Typed) -> Markup {
    let (seen, words) = (&visible.seen, visitor.words);
    let today = civil(app.runtime.clock().now()).date();
    let form = act
        .form
        .as_deref()
        .and_then(|name| seen.revision.form(name));
    let regions = facts::regions(&visitor.network);
    let heading = title(visitor, visible, act);
    let body = html! {
        p { a href=(format!("/cases/{}", seen.id)) { "← " (seen.number) } }
        h1 { (heading) }
        form method="post" class="panel act" action=(format!("/cases/{}/act", seen.id)) {
            (layout::token(visitor)) (once::token())
            input type="hidden" name="act" value=(act.address);
            @if let Some((name, value)) = act.which() { input type="hidden" name=(name) value=(value); }
            input type="hidden" name="version" value=(seen.version());
            @if let Some(form) = form {
                ({
                    Sheet { errors: &typed.errors, regions: &regions, lang: words.0, ..Sheet::new(form, &typed.input, today) }.draw()
                })
            }
            (reason(visitor, &act.reason, &typed.reason, wrong(visitor, typed)))
            @if let Some(papers) = &typed.papers {
                input type="hidden" name="confirmed" value="1";
                (shown(visitor, papers))
                div class="actions" { button class="main harm" name="do" value="1" { (words.say("act.confirm", &[("act", heading)])) } }
            } @else {
                div class="actions" { button class="main" name="do" value="1" { (match act.grave { true => words.t("act.preview"), false => heading }) } }
            }
        }
    };
    layout::framed(visitor, &seen.number, body)
}

fn wrong(visitor: &Visitor, typed: &Typed) -> Option<String> {
    let error = typed.errors.iter().find(|e| e.pointer == "/reason")?;
    Some(visitor.words.of(&error.message).to_owned())
}

/// The papers that would go out, as they would read.
pub fn shown(visitor: &Visitor, papers: &[Issued]) -> Markup {
    let words = visitor.words;
    html! {
        @if papers.is_empty() { p class="hint" { (words.t("act.no_paper")) } }
        @for paper in papers {
            section class="preview" aria-label=(paper.finished.title) {
                p class="hint" { (words.t("act.will_issue")) }
                article class="paper" tabindex="0" { (PreEscaped(super::paper::inner(&paper.finished.html))) }
            }
        }
    }
}

/// Where it is said why, if it must be: in words, or one of the reasons of the matter.
pub fn reason(visitor: &Visitor, asked: &Reason, given: &str, wrong: Option<String>) -> Markup {
    let words = visitor.words;
    let told = wrong.as_ref().map(|_| "reason-error");
    let error =
        html! { @if let Some(wrong) = &wrong { p id="reason-error" class="error" { (wrong) } } };
    match asked {
        Reason::Ask => html! {
            div class={ "field" @if wrong.is_some() { " wrong" } } {
                label for="reason" { (words.t("act.reason")) " " span class="must" { (words.t("act.must")) } }
                (error)
                textarea id="reason" name="reason" rows="3" maxlength="500" aria-required="true" aria-describedby=[told] aria-invalid=[told.map(|_| "true")] { (given) }
            }
        },
        Reason::Codes(codes) if codes.len() > 1 => html! {
            fieldset class={ "field" @if wrong.is_some() { " wrong" } } aria-describedby=[told] {
                legend { (words.t("act.reason")) " " span class="must" { (words.t("act.must")) } }
                (error)
                div class="options" {
                    @for (i, code) in codes.iter().enumerate() {
                        @let text = visitor.network.reason(&code.value).map_or(code.value.as_str(), |t| words.of(t));
                        label class="option" {
                            input type="radio" id=[(i == 0).then_some("reason")] name="reason" value=(code.value) checked[given == code.value];
                            span { (text) }
                        }
                    }
                }
            }
        },
        _ => html! {},
    }
}

/// Does it, or says what is missing, or shows what would go out.
pub async fn act(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    let field = |name| sent.fields.get(name).map(str::to_owned);
    let asked = Asked {
        act: field("act").unwrap_or_default(),
        limit: field("limit"),
        wait: field("wait").and_then(|wait| wait.parse().ok()),
    };
    let place = format!("/cases/{id}/act");
    let key = once::key(&visitor.caller, &place, &sent.fields)?;
    let case_id = app.case_id(&id).await?;
    let version = once::version(&sent.fields)?;
    let reason = field("reason").filter(|r| !r.trim().is_empty());
    let done = format!("/cases/{case_id}?done={}", percent(&asked.act));
    let attempt = found(&app, visitor, &id, &asked).await;
    let (visible, act) = match attempt {
        Ok(found) => found,
        // What was sent before and has been done is not offered any more: the key knows its answer.
        Err(problem) => {
            let command = command(&asked, None, Value::Null, reason);
            let again = app.hand_in(
                &visitor.caller,
                Some(key),
                None,
                Target::Case(case_id),
                command,
            );
            return match again.await {
                Ok(answer) if answer.replayed => Ok(Redirect::to(&done).into_response()),
                _ => Err(problem),
            };
        }
    };
    let seen = &visible.seen;
    let today = civil(app.runtime.clock().now()).date();
    let form = act
        .form
        .as_deref()
        .and_then(|name| seen.revision.form(name));
    let mut typed = Typed {
        reason: reason.clone().unwrap_or_default(),
        ..Typed::default()
    };
    let mut data = Value::Null;
    if let Some(form) = form {
        let read = facts::read(&visitor.network, form, &sent.fields.0);
        data = posted::asked(form, &read.input, today);
        typed.input = read.input;
        if read.changed.is_some() {
            return Ok(drawn(&app, visitor, &visible, &act, &typed).into_response());
        }
    }
    let command = command(&asked, act.message.as_ref(), data, reason);
    if act.grave && field("confirmed").is_none() {
        let tried = app
            .runtime
            .tried(seen.id, &command, &visitor.caller.actor())
            .await;
        let status = match tried {
            Ok(papers) => {
                typed.papers = Some(papers);
                StatusCode::OK
            }
            Err(Refused::Rejected(engine::case::Rejection::Invalid(errors))) => {
                typed.errors = errors;
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Err(other) => {
                return Err(app
                    .refused(&visitor.caller.actor(), Some(seen.id), other)
                    .await);
            }
        };
        return Ok((status, drawn(&app, visitor, &visible, &act, &typed)).into_response());
    }
    let expect = Some(Expected::Case(version));
    let answer = app.hand_in(
        &visitor.caller,
        Some(key),
        expect,
        Target::Case(seen.id),
        command,
    );
    match answer.await {
        Ok(_) => Ok(Redirect::to(&done).into_response()),
        Err(problem) if problem.code() == Code::Invalid && !problem.errors().is_empty() => {
            typed.errors = once::errors(&problem);
            let page = drawn(&app, visitor, &visible, &act, &typed);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn command(
    asked: &Asked,
    message: Option<&Message>,
    data: Value,
    reason: Option<String>,
) -> Command {
    if let Some(message) = message {
        return Command::Message {
            name: message.name.clone(),
            key: message.key.clone(),
            data,
        };
    }
    let data = match &asked.limit {
        Some(limit) => json!({ "limit": limit }),
        None => data,
    };
    Command::Act {
        event: asked.act.clone(),
        data,
        reason,
    }
}

/// A text as it stands in the query of an address.
pub fn percent(text: &str) -> String {
    let pair = serde_urlencoded::to_string([("", text)]).unwrap_or_default();
    pair.trim_start_matches('=').to_owned()
}

/// Sends a message of the case again that could not be delivered.
pub async fn resend(
    State(app): State<Arc<App>>,
    Path((id, notice)): Path<(String, String)>,
    sent: Form,
) -> Result<Redirect, Problem> {
    let caller = &sent.visitor.caller;
    let id = app.case_id(&id).await?;
    let visible = app.visible(&caller.actor(), id).await?;
    let message = deliveries::read(&notice).filter(|m| m.case_id.unsigned_abs() == id);
    let message = message.ok_or_else(|| Problem::new(Code::NotFound))?;
    if visible.sight != Sight::Whole {
        return Err(Problem::new(Code::Forbidden));
    }
    app.runtime.redeliver(message).await?;
    Ok(Redirect::to(&format!("/cases/{id}?tab=notices")))
}
