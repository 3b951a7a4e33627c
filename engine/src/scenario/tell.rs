//! What happened in a scenario, told line by line.

use super::expect::local;
use super::status_name;
use super::world::{Held, World};
use crate::case::{Fact, Level, Seat};
use crate::network::Network;
use crate::text::{Text, both};
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
            let who = seat
                .as_ref()
                .map(|s| office(s, network))
                .unwrap_or_default();
            let args = |title: &str| {
                [
                    ("who", who.clone()),
                    ("step", title.to_owned()),
                    ("address", held.case.address(&held.matter, *frame, step)),
                    ("outcome", outcome.to_string()),
                ]
            };
            let key = if who.is_empty() {
                "story.done"
            } else {
                "story.done_by"
            };
            Some(Text {
                zh: both(key, &args(&def.title.zh)).zh,
                en: both(key, &args(&def.title.en)).en,
            })
        }
        Fact::StatusChanged { status, .. } => Some(both(
            "story.status",
            &[("status", status_name(*status).to_owned())],
        )),
        Fact::PaperIssued { template, .. } => {
            Some(both("story.paper", &[("paper", template.to_string())]))
        }
        Fact::ClockStarted { clock, ledger, .. } => Some(both(
            "story.clock",
            &[
                ("clock", clock.clone()),
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
            Some(both(key, &[("clock", clock.clone())]))
        }
        Fact::StepFailed {
            step, why, args, ..
        } => {
            let args: Vec<(&str, String)> =
                args.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
            let Text { zh, en } = both(why, &args);
            let step = step.to_string();
            Some(Text {
                zh: both("story.failed", &[("step", step.clone()), ("why", zh)]).zh,
                en: both("story.failed", &[("step", step), ("why", en)]).en,
            })
        }
        _ => None,
    }
}

fn office(seat: &Seat, network: &Network) -> String {
    let party = &seat.post;
    let post = network
        .post(&party.post)
        .map_or(party.post.as_str(), |t| t.zh.as_str());
    let city = network.city(&party.city).map_or("", |c| c.name.as_str());
    format!("{city}{post}")
}
