//! Posts lent to somebody of another city (队伍共享): one security administrator asks, another agrees, either takes back.

use crate::directory::{Unlendable, Wish, may_be_lent};
use crate::pages::session::{Form, Visitor};
use crate::pages::{layout, lists, look};
use crate::store::{AccountRow, LendingRow};
use crate::web::App;
use crate::web::definitions::must_hold;
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::response::Redirect;
use engine::case::Party;
use engine::clock::civil;
use jiff::{Timestamp, ToSpan};
use maud::{Markup, html};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who may lend posts.
const ADMINISTRATOR: &str = "security-admin";
/// Lendings that ended in so many days still stand on the page.
const SHOWN: i64 = 90;

/// The part of the page of people about posts that are lent.
pub async fn section(app: &App, visitor: &Visitor) -> Result<Markup, Problem> {
    let words = visitor.words;
    let now = app.directory.business_now();
    let since = now.saturating_sub((SHOWN * 24).hours()).unwrap_or(now);
    let accounts = app.directory.accounts();
    let mut rows = accounts.lendings(since.as_millisecond()).await?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.asked));
    let may = visitor.caller.holds(ADMINISTRATOR);
    Ok(html! {
        h2 id="lending" { (words.t("lending.title")) }
        p class="hint" { (words.t("lending.about")) }
        @if rows.is_empty() { p { (words.t("lending.none")) } }
        @else { div class="wide" { table class="list cards" {
            thead { tr { @for head in ["person", "post", "matters", "days", "why", "by", "state"] {
                th scope="col" { (words.word("lending.head", head)) }
            } } }
            tbody { @for row in &rows { (line(app, visitor, row, now, may)) } }
        } } }
        @if may { (form(app, visitor, now)) }
    })
}

fn line(app: &App, visitor: &Visitor, row: &LendingRow, now: Timestamp, may: bool) -> Markup {
    let words = visitor.words;
    let (from, until) = row.days();
    let open = now.as_millisecond() < row.ends;
    let me = &*visitor.caller.id;
    let agrees = may && open && row.approved.is_none() && row.asked_by != me && row.person != me;
    let person = visitor.caller.people.get(&row.person);
    let home = person.and_then(|p| p.posts.first()?.parse::<Party>().ok());
    html! {
        tr {
            td { (lists::person(visitor, &row.person)) @if let Some(home) = home { br; (look::party(visitor, &home)) } }
            td { @match row.post.parse::<Party>() { Ok(post) => (look::party(visitor, &post)), Err(_) => (row.post) } }
            td { @for matter in &row.matters { div { (lists::matter(visitor, app, matter)) } } }
            td class="number" { (from) " – " (until) }
            td { (row.reason) }
            td {
                (lists::person(visitor, &row.asked_by))
                @if let Some(by) = &row.approved_by { br; (words.say("lending.approved", &[("by", lists::person(visitor, by))])) }
            }
            td {
                (words.word("lending.state", state(row, now)))
                @if let Some(by) = &row.ended_by { " · " (lists::person(visitor, by)) }
                @if may && open {
                    form method="post" action="/admin/lending" class="actions" {
                        (layout::token(visitor))
                        @if agrees { button class="main" name="agree" value=(row.id) { (words.t("lending.agree")) } }
                        button class="quiet" name="end" value=(row.id) { (words.t("lending.end")) }
                    }
                }
            }
        }
    }
}

fn state(row: &LendingRow, now: Timestamp) -> &'static str {
    let now = now.as_millisecond();
    match (row.ended_by.is_some(), row.approved.is_some()) {
        (true, _) => "taken_back",
        _ if now >= row.ends => "over",
        (_, false) => "asked",
        _ if now < row.begins => "to_come",
        _ => "holds",
    }
}

fn form(app: &App, visitor: &Visitor, now: Timestamp) -> Markup {
    let words = visitor.words;
    let today = civil(now).date().to_string();
    let serves = |p: &&AccountRow| p.state == "active" && p.kind == "person" && !p.posts.is_empty();
    let people: Vec<&AccountRow> = visitor.caller.people.values().filter(serves).collect();
    let posts = people.iter().flat_map(|p| &p.posts);
    let posts: BTreeSet<&String> = posts.collect();
    let posts = posts.into_iter().filter_map(|p| p.parse::<Party>().ok());
    let label = |of: &str| words.word("lending.head", of);
    html! {
        form method="post" action="/admin/lending" class="panel" {
            (layout::token(visitor))
            h3 { (words.t("lending.new")) }
            div class="filters" {
                div { label for="l-person" { (label("person")) } select id="l-person" name="person" required {
                    option value="" {}
                    @for p in people { option value=(p.id) { (p.name) " " (p.id) } }
                } }
                div { label for="l-post" { (label("post")) } select id="l-post" name="post" required {
                    option value="" {}
                    @for post in posts.filter(may_be_lent) { option value=(post) { (look::party(visitor, &post)) } }
                } }
                div { label for="l-from" { (words.word("absence.head", "from")) } input id="l-from" type="date" name="from" value=(today) required; }
                div { label for="l-until" { (words.word("absence.head", "to")) } input id="l-until" type="date" name="until" value=(today) required; }
                div { label for="l-matters" { (label("matters")) } select id="l-matters" name="matter" multiple size="5" required {
                    @for (id, title) in lists::matters(visitor, app) { option value=(id) { (title) } }
                } }
                div { label for="l-why" { (label("why")) } input id="l-why" name="reason" maxlength="200" required; }
                button class="main" name="ask" value="1" { (words.t("lending.ask")) }
            }
        }
    }
}

/// Asks that a post be lent, agrees to what another asked, or takes a post back.
pub async fn lend(State(app): State<Arc<App>>, sent: Form) -> Result<Redirect, Problem> {
    let caller = &sent.visitor.caller;
    must_hold(&app, caller, ADMINISTRATOR)?;
    sent.fresh(&app).await?;
    let number = |text: &str| {
        text.parse::<i64>()
            .map_err(|_| Problem::new(Code::Malformed))
    };
    let now = app.directory.business_now();
    let accounts = app.directory.accounts();
    match (sent.fields.get("agree"), sent.fields.get("end")) {
        (Some(id), _) => {
            let agreed = accounts.approve_lending(number(id)?, &caller.id, now.as_millisecond());
            if !agreed.await? {
                return Err(Problem::new(Code::SecondPersonRequired));
            }
        }
        (None, Some(id)) => {
            let ended = accounts.end_lending(number(id)?, &caller.id, now.as_millisecond());
            if !ended.await? {
                return Err(Problem::new(Code::StateNotAllowed));
            }
        }
        (None, None) => {
            let library = app.runtime.library();
            let row = wish(&sent)?.row(&caller.people, &library, &caller.id, now);
            accounts.lend(&row.map_err(problem)?).await?;
        }
    }
    Ok(Redirect::to("/admin/directory#lending"))
}

fn wish(sent: &Form) -> Result<Wish, Problem> {
    let text = |name: &str| sent.fields.get(name).unwrap_or_default().to_owned();
    let day = |name: &str| {
        text(name)
            .parse()
            .map_err(|_| Problem::new(Code::Malformed))
    };
    Ok(Wish {
        person: text("person"),
        post: text("post"),
        matters: sent.fields.all("matter").map(str::to_owned).collect(),
        from: day("from")?,
        until: day("until")?,
        reason: text("reason"),
    })
}

fn problem(wrong: Unlendable) -> Problem {
    Problem::field(
        &format!("/{}", wrong.field),
        wrong.why,
        &[("what", wrong.what)],
    )
}
