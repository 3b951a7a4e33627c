//! What happened in a scenario, told line by line.

use super::expect::local;
use super::world::{Held, World};
use crate::case::{Fact, FrameNo, Late, Level, Seat};
use crate::matter::Kind;
use crate::network::Network;
use crate::text::{Lang, Text, both, in_both, say};
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
        Fact::CaseOpened { .. } => Some(in_both("story.opened", |lang| {
            vec![("matter", held.matter.title.get(lang).to_owned())]
        })),
        Fact::StepDone {
            frame,
            step,
            outcome,
            seat,
            ..
        } => done(held, (*frame, step), outcome, seat.as_ref(), network),
        Fact::StatusChanged { status, .. } => {
            Some(both(&format!("story.status.{}", status.word()), &[]))
        }
        Fact::PaperIssued { template, .. } => {
            let title = held.matter.paper(template).and_then(heading);
            let title = title.unwrap_or(template);
            Some(in_both("story.paper", |lang| {
                vec![("paper", network.own(lang, title).to_owned())]
            }))
        }
        // A step's own limit shows once it is nearly used.
        Fact::ClockStarted { step: Some(_), .. } => None,
        Fact::ClockStarted { clock, ledger, .. } => Some(in_both("story.clock", |lang| {
            vec![
                ("clock", limit_name(clock, lang, network)),
                ("limit", ledger.limit().words().get(lang).to_owned()),
                ("due", local(ledger.due())),
            ]
        })),
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
            Some(in_both(key, |lang| {
                vec![("clock", limit_name(clock, lang, network))]
            }))
        }
        Fact::CameLate { what } => Some(match what {
            Late::Answer { .. } => both("story.late_answer", &[]),
            Late::Message { name, .. } => in_both("story.late", |lang| {
                let known = network.message(name);
                let called = known.map_or(&**name, |title| title.get(lang));
                vec![("name", called.to_owned())]
            }),
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

/// A step that somebody did, or that was waited for.
fn done(
    held: &Held,
    (frame, step): (FrameNo, &str),
    outcome: &str,
    seat: Option<&Seat>,
    network: &Network,
) -> Option<Text> {
    let (_, def) = held.matter.named(step)?;
    // What nobody did and nobody waited for is no news.
    let by_itself = matches!(
        def.kind,
        Kind::Choice { .. } | Kind::Group { .. } | Kind::Set(_) | Kind::Decide { .. }
    );
    if by_itself && seat.is_none() {
        return None;
    }
    let key = match seat {
        None => "story.done",
        Some(_) => "story.done_by",
    };
    // The engine's own outcomes go by their words.
    let own = format!("picture.outcome.{outcome}");
    Some(in_both(key, |lang| {
        let outcome = say(lang, &own, &[]).unwrap_or_else(|| network.own(lang, outcome).to_owned());
        let who = seat.map(|seat| office(seat, lang, network));
        vec![
            ("who", who.unwrap_or_default()),
            ("step", def.title.get(lang).to_owned()),
            ("address", held.case.address(&held.matter, frame, step)),
            ("outcome", outcome),
        ]
    }))
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

/// What people call a limit.
fn limit_name(clock: &str, lang: Lang, network: &Network) -> String {
    let known = say(lang, &format!("story.{clock}"), &[]);
    known.unwrap_or_else(|| network.own(lang, clock).to_owned())
}

fn office(seat: &Seat, lang: Lang, network: &Network) -> String {
    let party = &seat.post;
    if party.is_applicant() {
        return both("story.applicant", &[]).get(lang).to_owned();
    }
    let post = network.post(&party.post);
    let post = post.map_or(&*party.post, |title| title.get(lang));
    let city = network.city(&party.city).map_or("", |c| c.title(lang));
    match lang {
        Lang::Zh => format!("{city}{post}"),
        Lang::En => format!("{city} {post}"),
    }
}
