//! The tables of the worklist.

use super::Found;
use super::asked::Tab;
use super::line::Line;
use super::together::picks;
use crate::pages::session::Visitor;
use crate::pages::{layout, look, once};
use crate::web::App;
use maud::{Markup, html};

/// What a row's button does.
struct Act {
    path: &'static str,
    key: &'static str,
    label: String,
}

/// The rows, with what may be done with one, or with several at once.
pub fn table(app: &App, visitor: &Visitor, found: &Found) -> Markup {
    let words = visitor.words;
    let act = match found.tab {
        Tab::Open => Some(("/work/claim", "c", words.t("work.claim"))),
        Tab::Mine => Some(("/work/release", "u", words.t("work.release"))),
        Tab::Followed => Some(("/work/unfollow", "u", words.t("work.unfollow"))),
        Tab::Waiting | Tab::Done | Tab::Office => None,
    };
    let act = act.map(|(path, key, label)| Act { path, key, label });
    let picks = picks(app, visitor, found.tab);
    let together = found.lines.iter().any(Line::may_be_done_together);
    let caption = words.word("work.tab", found.tab.word());
    let table = html! {
        div class="scroll" {
            table class="list rows" data-list {
                caption class="unseen" { (caption) }
                thead { tr { (heads(visitor, found.tab, picks.is_some())) } }
                tbody {
                    @for line in &found.lines {
                        tr data-row=(line.name()) data-mark=(line.mark()) { (cells(app, visitor, line, found.tab, picks, act.as_ref())) }
                    }
                }
            }
        }
        div class="actions below" {
            @if found.tab == Tab::Open { button name="several" value="1" { (words.t("work.claim_several")) } }
            @if picks == Some("task") && together { button formaction="/work/complete" name="together" value="1" { (words.t("work.together")) "…" } }
            @if picks == Some("task") { button formaction="/work/transfer" name="transfer" value="1" { (words.t("work.transfer_several")) "…" } }
            @if picks == Some("case") {
                label for="urge-words" { (words.t("task.words")) }
                input id="urge-words" name="words" maxlength="200" size="24";
                button formaction="/work/urge" name="urge" value="1" { (words.t("work.urge_several")) }
            }
            span class="gap" {}
            @if !found.asked.after.is_empty() { a href=(found.asked.in_tab(found.tab).address()) { (words.t("work.first")) } }
            @if let Some(next) = &found.next {
                a class="button" rel="next" href=(found.asked.after(next.clone()).address()) { (words.t("work.next")) }
            }
        }
    };
    let action = act.as_ref().map(|act| act.path);
    let usual = picks.map(|picks| match picks {
        "task" => "/work/transfer",
        _ => "/work/urge",
    });
    match action.or(usual) {
        None => table,
        Some(action) => html! {
            form method="post" action=(action) {
                (layout::token(visitor)) (once::token())
                input type="hidden" name="back" value=(found.asked.in_tab(found.tab).address());
                (table)
            }
        },
    }
}

/// What stands above the columns.
fn heads(visitor: &Visitor, tab: Tab, picks: bool) -> Markup {
    let words = visitor.words;
    let columns: &[&str] = match tab {
        Tab::Mine | Tab::Office => &["step", "cities", "holder", "changed"],
        Tab::Open => &["step", "cities", "changed"],
        Tab::Waiting | Tab::Followed => &["status", "waits_for", "cities"],
        Tab::Done => &["step", "outcome", "status", "cities"],
    };
    let first = if tab == Tab::Done { "done_at" } else { "left" };
    let columns = [first, "number", "matter", "applicant"]
        .into_iter()
        .chain(columns.iter().copied());
    html! {
        @if picks { th scope="col" { span class="unseen" { (words.t("work.select")) } } }
        @for column in columns { th scope="col" { (words.word("work.column", column)) } }
        @if matches!(tab, Tab::Mine | Tab::Open | Tab::Followed) { th scope="col" { span class="unseen" { (words.t("work.do")) } } }
    }
}

fn cells(
    app: &App,
    visitor: &Visitor,
    line: &Line,
    tab: Tab,
    picks: Option<&str>,
    act: Option<&Act>,
) -> Markup {
    let words = visitor.words;
    let one = [("number", line.number.clone())];
    html! {
        @if let Some(picks) = picks {
            td { input type="checkbox" name=(picks) value=(line.name()) data-key="x" aria-label=(words.say("work.select_one", &one)); }
        }
        @if tab == Tab::Done { td class="number" { (look::time(line.done)) } }
        @else { td { (line.left(visitor, app.runtime.clock().now())) } }
        td class="number" { (number(line, tab)) }
        td { (line.title(app, visitor)) }
        td { (line.applicant()) }
        @match tab {
            Tab::Mine | Tab::Open | Tab::Office => {
                td { (line.step(visitor)) }
                td class="whole" { (line.cities(visitor)) }
                @if tab != Tab::Open { td class="whole" { (line.holder(visitor)) } }
                td class="number" { (line.changed()) }
            }
            Tab::Waiting | Tab::Followed => {
                td { (look::status(visitor, &line.status)) }
                td class="waits" { (line.waits_for(visitor)) }
                td class="whole" { (line.cities(visitor)) }
            }
            Tab::Done => {
                td { (line.step(visitor)) }
                td { (line.outcome(visitor)) }
                td { (look::status(visitor, &line.status)) }
                td class="whole" { (line.cities(visitor)) }
            }
        }
        @if let Some(act) = act {
            td {
                button class="small" name="one" value=(line.name()) data-key=(act.key) {
                    (act.label) span class="unseen" { " " (line.number) }
                }
            }
        }
    }
}

/// The number, leading to the task, or to the case where nothing is to be done.
fn number(line: &Line, tab: Tab) -> Markup {
    let address = match tab {
        Tab::Mine | Tab::Open | Tab::Office => format!("/tasks/{}", line.name()),
        Tab::Waiting | Tab::Done | Tab::Followed => format!("/cases/{}", line.case_id),
    };
    match line.may_be_opened() {
        true => html! { a href=(address) data-key="o" { (line.number) } },
        false => html! { (line.number) },
    }
}
