//! What happened in a scenario, told line by line.

use super::expect::local;
use super::world::{Held, World};
use crate::case::{Fact, Late, Level, Seat};
use crate::matter::Kind;
use crate::network::Network;
use crate::text::{Lang, Text, both, say};
use jiff::Timestamp;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// In which case: the number people know.
    pub case: String,
    /// What.
    pub words: Text,
}

/// Everything that happened in a world, in order.
pub(super) fn story(world: &World<'_>) -> Vec<Told> {
    let network = &world.library.network;
    let mut out = Vec::new();
    for held in world.cases.values() {
        for (at, event) in &held.events {
            let words = told(held, &event.fact, network);
            out.extend(words.map(|words| Told {
                at: *at,
                case: held.case.number().to_owned(),
                words,
            }));
        }
    }
    out.sort_by_key(|t| t.at);
    out
}

fn told(held: &Held, fact: &Fact, network: &Network) -> Option<Text> {
    match fact {
        Fact::CaseOpened { .. } => Some(both(
            "story.opened",
            &[("matter", held.matter.title.zh.clone())],
        )),
        Fact::StepDone {
            frame,
            step,
            outcome,
            seat,
            ..
        } => {
            let (_, def) = held.matter.named(step)?;
            // What nobody did and nobody waited for is no news.
            let by_itself = matches!(
                def.kind,
                Kind::Choice { .. } | Kind::Group { .. } | Kind::Set(_) | Kind::Decide { .. }
            );
            if by_itself && seat.is_none() {
                return None;
            }
            let who = seat
                .as_ref()
                .map(|s| office(s, network))
                .unwrap_or_default();
            // The engine's own outcomes go by their words.
            let own = format!("picture.outcome.{outcome}");
            let args = |title: &str, lang: Lang| {
                let outcome = say(lang, &own, &[]).unwrap_or_else(|| outcome.to_string());
                [
                    ("who", who.clone()),
                    ("step", title.to_owned()),
                    ("address", held.case.address(&held.matter, *frame, step)),
                    ("outcome", outcome),
                ]
            };
            let key = if who.is_empty() {
                "story.done"
            } else {
                "story.done_by"
            };
            Some(Text {
                zh: both(key, &args(&def.title.zh, Lang::Zh)).zh,
                en: both(key, &args(&def.title.en, Lang::En)).en,
            })
        }
        Fact::StatusChanged { status, .. } => {
            Some(both(&format!("story.status.{}", status.word()), &[]))
        }
        Fact::PaperIssued { template, .. } => {
            let title = held.matter.paper(template).and_then(heading);
            let title = title.unwrap_or(template);
            Some(both("story.paper", &[("paper", title.to_owned())]))
        }
        // A step's own limit shows once it is nearly used.
        Fact::ClockStarted { step: Some(_), .. } => None,
        Fact::ClockStarted { clock, ledger, .. } => Some(both(
            "story.clock",
            &[
                ("clock", limit_name(clock)),
                ("limit", ledger.limit().to_string()),
                ("due", local(ledger.due())),
            ],
        )),
        Fact::ClockReached {
            clock,
            level,
            card: Some(_),
            ..
        } => {
            let key = if *level == Level::Red {
                "story.red"
            } else {
                "story.yellow"
            };
            Some(both(key, &[("clock", limit_name(clock))]))
        }
        Fact::CameLate { what } => Some(match what {
            Late::Answer { .. } => both("story.late_answer", &[]),
            Late::Message { name, .. } => both("story.late", &[("name", name.to_string())]),
            Late::Reply { .. } => both("story.late_reply", &[]),
        }),
        Fact::StepFailed {
            step, why, args, ..
        } => Some(because("story.failed", step, why, args)),
        Fact::CallFailed { step, cause, .. } => {
            Some(because("story.call_failed", step, &cause.why, &cause.args))
        }
        _ => None,
    }
}

/// A sentence that holds another: why a step did not go as it should.
fn because(key: &str, step: &str, why: &str, args: &[(String, String)]) -> Text {
    let args = args.iter().map(|(k, v)| (k.as_str(), v.clone()));
    let Text { zh, en } = both(why, &args.collect::<Vec<_>>());
    let step = step.to_owned();
    Text {
        zh: both(key, &[("step", step.clone()), ("why", zh)]).zh,
        en: both(key, &[("step", step), ("why", en)]).en,
    }
}

/// The title of a paper: its first heading.
fn heading(markdown: &str) -> Option<&str> {
    markdown.lines().find_map(|line| line.strip_prefix("# "))
}

/// What people call the limits that every matter has.
fn limit_name(clock: &str) -> String {
    match clock {
        "promised" | "statutory" => both(&format!("story.{clock}"), &[]).zh,
        other => other.to_owned(),
    }
}

fn office(seat: &Seat, network: &Network) -> String {
    let party = &seat.post;
    if party.is_applicant() {
        return both("story.applicant", &[]).zh;
    }
    let post = network
        .post(&party.post)
        .map_or(party.post.as_str(), |t| t.zh.as_str());
    let city = network.city(&party.city).map_or("", |c| c.name.as_str());
    format!("{city}{post}")
}
