//! The foot of a task: exactly the outcomes the engine offers the visitor, the draft, and the verbs beside them.

use super::scene::Scene;
use crate::pages::colleagues::{colleagues, link, options};
use crate::pages::happened::said;
use crate::pages::session::Visitor;
use crate::pages::{layout, once};
use crate::runtime::Seen;
use crate::web::App;
use crate::web::ids::within;
use crate::web::problem::Problem;
use crate::web::tasks::Choice;
use crate::web::work::may_be_given;
use engine::case::{PersonId, Task, TaskNo, TaskState, Work};
use engine::matter::{Final, Outcome, Reason, Way};
use engine::text::Text;
use maud::{Markup, html};

/// One way out of a task.
pub struct Exit {
    /// What to send.
    pub outcome: String,
    title: Option<Text>,
    /// Whether it must be said why.
    pub reason: Reason,
    /// Steps it may go back to, with their titles.
    pub back_to: Vec<(String, Text)>,
    /// A paper goes out with it.
    pub papers: bool,
    /// It goes against the applicant.
    pub harms: bool,
}

impl Exit {
    /// Its label.
    pub fn label(&self, visitor: &Visitor) -> String {
        match &self.title {
            Some(title) => visitor.words.of(title).to_owned(),
            None => said(visitor, &self.outcome),
        }
    }

    /// Whether something is asked, or shown, before it happens.
    pub fn asks(&self) -> bool {
        let codes = matches!(&self.reason, Reason::Codes(codes) if codes.len() > 1);
        self.reason == Reason::Ask || codes || self.back_to.len() > 1 || (self.harms && self.papers)
    }
}

/// The ways out that the engine offers, with what each asks for.
pub fn exits(seen: &Seen, task: &Task, choices: Vec<Choice>) -> Vec<Exit> {
    let step = seen.revision.named(task.step()).map(|(_, step)| step);
    let of = |name: &str| {
        let step = step.filter(|_| task.work() == Work::Step)?;
        step.outcomes.iter().find(|o| &*o.name.value == name)
    };
    let exit = |choice: Choice| match of(&choice.outcome) {
        Some(outcome) => ordinary(seen, choice, outcome),
        None => fixed(task, choice),
    };
    choices.into_iter().map(exit).collect()
}

fn ordinary(seen: &Seen, choice: Choice, outcome: &Outcome) -> Exit {
    let back = matches!(outcome.way, Way::BackTo(_));
    let back_to = match &outcome.way {
        Way::BackTo(steps) => steps.iter().map(|s| step(seen, &s.value)).collect(),
        _ => Vec::new(),
    };
    let reason = match (&outcome.reason, back) {
        (Reason::None, true) => Reason::Ask,
        (reason, _) => reason.clone(),
    };
    let title = choice.title_en.map(|en| Text {
        zh: choice.outcome.clone(),
        en,
    });
    Exit {
        title,
        back_to,
        reason,
        papers: !outcome.papers.is_empty(),
        harms: harms(outcome),
        outcome: choice.outcome,
    }
}

fn step(seen: &Seen, name: &str) -> (String, Text) {
    let step = seen.revision.named(name).map(|(_, step)| step);
    let title = step.map_or_else(|| name.into(), |s| s.title.clone());
    (name.to_owned(), title)
}

fn harms(outcome: &Outcome) -> bool {
    match &outcome.way {
        Way::End(end) => !matches!(end.state.value, Final::Completed | Final::CompletedPartial),
        Way::BackTo(_) => false,
        Way::Next | Way::Go(_) | Way::Leave(_) => !outcome.wants_whole_form(),
    }
}

/// The ways the engine itself gives: of a second look, a delivery, a letter.
fn fixed(task: &Task, choice: Choice) -> Exit {
    let against = matches!(choice.outcome.as_str(), "returned" | "refused");
    Exit {
        title: None,
        reason: match against {
            true => Reason::Ask,
            false => Reason::None,
        },
        back_to: Vec::new(),
        papers: false,
        harms: against && !matches!(task.work(), Work::Second),
        outcome: choice.outcome,
    }
}

/// The bar that stays in sight: the default and next, the other outcomes, the draft.
pub fn bar(visitor: &Visitor, scene: &Scene) -> Markup {
    let words = visitor.words;
    let default = scene.exits.iter().find(|e| !e.asks() && !e.harms);
    html! {
        div class="foot" {
            @if scene.asking.is_none() {
                @if let Some(exit) = default {
                    button name="outcome_next" value=(exit.outcome) class="main" data-key="Ctrl+Enter" {
                        (words.say("task.next", &[("outcome", exit.label(visitor))])) " " kbd { "Ctrl+Enter" }
                    }
                }
                @for exit in &scene.exits {
                    button name="outcome" value=(exit.outcome) class=[exit.harms.then_some("harm")] {
                        (exit.label(visitor)) @if exit.asks() { "…" }
                    }
                }
                @if scene.form.is_some() { button name="save" value="1" data-key="Ctrl+S" { (words.t("task.save")) } }
            }
            (scene.saved(visitor, false))
        }
    }
}

/// Claim or give back, transfer, urge: small forms below the page.
///
/// # Errors
/// If the store does not answer.
pub async fn verbs(
    app: &App,
    visitor: &Visitor,
    scene: &Scene,
    task: &Task,
    oob: bool,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let mine =
        matches!(task.state(), TaskState::Held { by, .. } if *by == visitor.caller.principal());
    let open = matches!(task.state(), TaskState::Open) && !scene.exits.is_empty();
    let (caller, matter) = (&visitor.caller, &scene.visible.seen.revision.id.value);
    let other = |who: &str| *who != *caller.id && may_be_given(caller, task, who, matter);
    let others = colleagues(app, visitor, other).await?;
    let live = matches!(task.state(), TaskState::Open | TaskState::Held { .. });
    let asked_by = task.asked_by().map(|of| &**of);
    let asks = asked_by == Some(&*visitor.caller.id);
    let free = asked_by.is_none();
    let (seen, no) = (&scene.visible.seen, TaskNo(scene.id.no));
    let mine_again =
        seen.case
            .may_be_taken_back(&seen.revision, no, &PersonId::from(&*visitor.caller.id));
    let form = |verb: &str, inner: Markup| {
        html! {
            form method="post" action=(format!("{}/{verb}", scene.address())) {
                (layout::token(visitor)) (once::token()) (inner)
            }
        }
    };
    let name = |id: &str| {
        let person = visitor.caller.people.get(id);
        person.map_or(id, |p| p.name.as_str()).to_owned()
    };
    let pass_on = |verb: &str, title: String, hint: Option<String>| {
        html! {
            details { summary class="button" { (title) }
                (form(verb, html! {
                    @if let Some(hint) = hint { p class="hint" { (hint) } }
                    label for=(format!("{verb}-to")) { (words.t("task.to")) }
                    select id=(format!("{verb}-to")) name="to" { (options(&others, "")) }
                    label for=(format!("{verb}-reason")) { (words.t("act.reason")) }
                    input id=(format!("{verb}-reason")) name="reason" required maxlength="200";
                    button { (title) }
                }))
            }
        }
    };
    Ok(html! {
        div id="verbs" hx-swap-oob=[oob.then_some("true")] {
            @if mine_again {
                div class="verbs actions" { (form("take-back", html! { button { (words.t("task.take_back")) } })) }
            }
            @if let (Some(of), true) = (asked_by, mine) {
                p class="hint" { (words.say("task.asked_by", &[("name", name(of))])) }
            }
            @if live {
                div class="verbs actions" {
                    @if open { (form("claim", html! { button data-key="c" { (words.t("task.claim")) " " kbd { "c" } } })) }
                    @if mine { (form("release", html! { button data-key="u" { (words.t("task.release")) " " kbd { "u" } } })) }
                    @if asks { (form("release", html! { button { (words.t("task.recall")) } })) }
                    @if (mine || open) && free && !others.is_empty() {
                        (pass_on("transfer", words.t("task.transfer"), None))
                        @if task.work() == Work::Step { (pass_on("delegate", words.t("task.delegate"), Some(words.t("task.delegate_hint")))) }
                    }
                    @if !mine && !open {
                        (link(visitor, ("task", &within(scene.id.case, scene.id.no)), &seen.number, &scene.address()))
                        details { summary class="button" { (words.t("task.urge")) }
                            (form("urge", html! {
                                label for="words" { (words.t("task.words")) }
                                input id="words" name="words" required maxlength="200";
                                button { (words.t("task.urge")) }
                            }))
                        }
                    }
                }
            }
        }
    })
}
