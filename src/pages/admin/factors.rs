//! Who has a second factor; and taking one away from whoever has lost his device: one security administrator asks, another does it.

use super::{guard, page};
use crate::pages::session::{Form, Visitor};
use crate::pages::{layout, lists, look};
use crate::store::ResetRow;
use crate::web::App;
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The longest reason (G82), in characters.
const LONGEST: usize = 200;

/// All persons with their second factors, and what waits for a second administrator.
pub async fn factors(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    guard(&app, &visitor, "factors")?;
    let words = visitor.words;
    let accounts = app.directory.accounts();
    let since: BTreeMap<String, i64> = accounts.factors().await?.into_iter().collect();
    let resets = accounts.resets().await?;
    let people = visitor.caller.people.values();
    let people = people.filter(|person| {
        let known = since.contains_key(&person.id) || app.directory.demands(person);
        person.state == "active" && known
    });
    let body = html! {
        @for reset in resets.iter().filter(|reset| reset.done.is_none()) { (waiting(&visitor, reset)) }
        p class="hint" { (words.t("factors.about")) }
        div class="wide" { table class="list" {
            thead { tr {
                th scope="col" { (words.t("factors.who")) } th scope="col" { (words.t("factors.post")) }
                th scope="col" { (words.t("factors.since")) } th scope="col" { (words.t("factors.lost")) }
            } }
            tbody { @for person in people {
                tr {
                    td { (person.name) " " code { (person.id) } }
                    td { @for post in &person.posts { div { @if let Ok(post) = post.parse() { (look::party(&visitor, &post)) } @else { (post) } } } }
                    td class="number" { @match since.get(&person.id) { Some(at) => (look::time(*at)), None => (words.t("factors.none")) } }
                    @let waits = resets.iter().any(|r| r.account == person.id && r.done.is_none());
                    td { @if since.contains_key(&person.id) && !waits && person.id != *visitor.caller.id { (ask(&visitor, &person.id, &person.name)) } }
                }
            } }
        } }
        @let done: Vec<&ResetRow> = resets.iter().filter(|reset| reset.done.is_some()).collect();
        @if !done.is_empty() {
            h2 { (words.t("factors.done")) }
            ul { @for reset in done { li { (record(&visitor, reset)) } } }
        }
    };
    Ok(page(&visitor, "factors", &body))
}

fn ask(visitor: &Visitor, account: &str, name: &str) -> Markup {
    let words = visitor.words;
    let label = words.say("factors.reason", &[("name", name.to_owned())]);
    html! {
        form method="post" action="/admin/factors" class="actions" {
            (layout::token(visitor))
            input name="reason" aria-label=(label) placeholder=(words.t("factors.why")) maxlength=(LONGEST) required;
            button name="ask" value=(account) { (words.t("factors.ask")) }
        }
    }
}

fn waiting(visitor: &Visitor, reset: &ResetRow) -> Markup {
    let words = visitor.words;
    let me = &*visitor.caller.id;
    html! {
        div class="notice warn" {
            p { (record(visitor, reset)) }
            @if reset.asked_by != me && reset.account != me {
                form method="post" action="/admin/factors" {
                    (layout::token(visitor))
                    input type="hidden" name="account" value=(reset.account);
                    button class="main" name="confirm" value=(reset.asked) { (words.t("factors.confirm")) }
                }
            } @else { p class="hint" { (words.t("factors.other")) } }
        }
    }
}

/// Who asked when and why, and who did it.
fn record(visitor: &Visitor, reset: &ResetRow) -> Markup {
    let words = visitor.words;
    let args = [
        ("by", lists::person(visitor, &reset.asked_by)),
        ("who", lists::person(visitor, &reset.account)),
        ("reason", reset.reason.clone()),
    ];
    html! {
        (look::time(reset.asked)) " " (words.say("factors.asked", &args))
        @if let (Some(done), Some(by)) = (reset.done, &reset.done_by) {
            " " (look::time(done)) " " (words.say("factors.did", &[("by", lists::person(visitor, by))]))
        }
    }
}

/// Asks that a factor be taken away, or as a second person does what another asked.
pub async fn reset(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let visitor = &sent.visitor;
    guard(&app, visitor, "factors")?;
    sent.fresh(&app).await?;
    match (sent.fields.get("ask"), sent.fields.get("confirm")) {
        (Some(account), _) => {
            let reason = sent.fields.get("reason").unwrap_or_default().trim();
            ask_for(&app, visitor, account, reason).await?;
        }
        (None, Some(asked)) => {
            let account = sent.fields.get("account").unwrap_or_default();
            let asked = asked.parse().map_err(|_| Problem::new(Code::Malformed))?;
            confirm(&app, visitor, account, asked).await?;
        }
        (None, None) => return Err(Problem::new(Code::Malformed)),
    }
    Ok(Redirect::to("/admin/factors"))
}

async fn ask_for(app: &App, visitor: &Visitor, account: &str, reason: &str) -> Result<(), Problem> {
    if reason.is_empty() || reason.chars().count() > LONGEST {
        return Err(Problem::field("/reason", "reject.reason", &[]));
    }
    let accounts = app.directory.accounts();
    let waits = accounts.resets().await?;
    let waits = waits
        .iter()
        .any(|r| r.account == account && r.done.is_none());
    let has = accounts.factor(account).await?.is_some();
    if waits || !has || account == &*visitor.caller.id {
        return Err(Problem::new(Code::StateNotAllowed));
    }
    let row = ResetRow {
        account: account.to_owned(),
        asked: app.wall.now().as_millisecond(),
        asked_by: visitor.caller.id.to_string(),
        reason: reason.to_owned(),
        done: None,
        done_by: None,
    };
    accounts.ask_reset(&row).await?;
    Ok(())
}

async fn confirm(app: &App, visitor: &Visitor, account: &str, asked: i64) -> Result<(), Problem> {
    let accounts = app.directory.accounts();
    let (me, now) = (&visitor.caller.id, app.wall.now().as_millisecond());
    match accounts.do_reset(account, asked, me, now).await? {
        true => {
            accounts.drop_factor(account).await?;
            Ok(accounts.end_sessions(account).await?)
        }
        false => Err(Problem::new(Code::SecondPersonRequired)),
    }
}
