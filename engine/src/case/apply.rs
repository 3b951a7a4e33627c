//! Takes facts into a case: the only writer. Cannot fail: what is on record has happened. A fact about something the case does
//! not know changes nothing but the sequence number.

mod certificates;
mod clocks;
mod tasks;

use certificates::certificate;
use clocks::{card, clock, moved, recounted};
use tasks::{acted, state, stood, task};

use super::{
    At, Beside, Case, Counted, Event, Fact, Filed, Fork, Frame, FrameNo, Handoff, Kept, Name,
    Paper, Purpose, Rating, Record, Status, Subcase, TaskState, TimerNo, Turn, TurnState, Wait,
};
use jiff::Timestamp;
use serde_json::Value as Json;

/// Takes one event into the case. `at` is the recorded time of the command it came from.
pub fn apply(case: &mut Case, at: Timestamp, event: &Event) {
    case.seq += 1;
    case.changed = Some(at);
    match &event.fact {
        Fact::CaseOpened { .. } => opened(case, at, event),
        Fact::LetterTaken { origin } => super::afar::taken(case, origin, &event.content),
        Fact::FrameOpened { .. } | Fact::FrameEnded { .. } | Fact::FrameDetached { .. } => {
            frame(case, event);
        }
        Fact::StepEntered { .. }
        | Fact::StepHeld { .. }
        | Fact::StepSkipped { .. }
        | Fact::StepStopped { .. }
        | Fact::StepFailed { .. } => step(case, &event.fact),
        Fact::StepDone { .. } => {
            done(case, at, event);
            if case.foreign.is_some() {
                super::afar::told(case, &event.fact);
            }
        }
        Fact::StepTakenBack { frame, step, .. } => {
            let frame = case.frames.get_mut(frame);
            if let Some(record) = frame.and_then(|f| f.records.get_mut(step)) {
                record.times = record.times.saturating_sub(1);
            }
        }
        Fact::TaskOpened { .. }
        | Fact::TaskClaimed { .. }
        | Fact::TaskReleased { .. }
        | Fact::TaskTransferred { .. }
        | Fact::TaskDelegated { .. }
        | Fact::TaskHandedBack { .. }
        | Fact::TaskUrged { .. }
        | Fact::TaskDone { .. }
        | Fact::TaskVoided { .. }
        | Fact::Proposed { .. } => task(case, at, event),
        Fact::StoodFor { .. } => stood(case, &event.fact),
        Fact::TakenIn { by, city } => {
            let at_the_counter = case.acted.entry(format!("@{city}"));
            at_the_counter.or_default().insert(by.clone());
        }
        Fact::MarkSet {
            mark,
            frame,
            within,
            at,
        } => {
            // From outside, an item's mark counts once the first has it.
            case.marks.entry(mark.clone()).or_insert(*at);
            for frame in [frame, within].into_iter().flatten() {
                if let Some(frame) = case.frames.get_mut(frame) {
                    frame.marks.entry(mark.clone()).or_insert(*at);
                }
            }
        }
        Fact::MaterialsChecked {
            missing,
            faulty,
            promised,
        } => {
            case.missing.clone_from(missing);
            case.faulty.clone_from(faulty);
            case.promised.clone_from(promised);
        }
        Fact::FileAdded { .. } => filed(case, at, event),
        Fact::CertificateIssued { .. }
        | Fact::CertificateUsed { .. }
        | Fact::CertificateEnded { .. }
        | Fact::CertificateTaken { .. }
        | Fact::CertificateDeclined { .. }
        | Fact::CertificateRevoked { .. } => certificate(case, at, event),
        Fact::AccessRenewed { times } => case.renewed = *times,
        Fact::Rated { grade } => case.ratings.push(Rating {
            grade: *grade,
            at,
            words: words(event, "words"),
        }),
        Fact::CallBackAsked { child, .. } => case.call_back = Some(*child),
        Fact::ClockStarted { .. }
        | Fact::ClockPaused { .. }
        | Fact::ClockResumed { .. }
        | Fact::ClockChanged { .. }
        | Fact::ClockReturned { .. }
        | Fact::ClockReached { .. }
        | Fact::ClockStopped { .. } => clock(case, at, &event.fact),
        Fact::Recounted {
            calendar,
            clocks,
            waits,
        } => {
            recounted(case, at, *calendar, clocks);
            moved(case, *calendar, waits);
        }
        Fact::CardEscalated { .. } => {
            card(case, at, event);
            super::afar::told(case, &event.fact);
        }
        Fact::CardExplained { .. } | Fact::CardPursued { .. } | Fact::CardClosed { .. } => {
            card(case, at, event);
        }
        Fact::HandoffSent { .. }
        | Fact::HandoffReceived { .. }
        | Fact::HandoffRefused { .. }
        | Fact::HandoffCalledOff { .. } => {
            handoff(case, at, event);
            super::afar::told(case, &event.fact);
        }
        Fact::SubcaseAsked { .. }
        | Fact::SubcaseMoved { .. }
        | Fact::SubcaseHeld { .. }
        | Fact::SubcaseCalledOff { .. } => subcase(case, event),
        Fact::CaseHeld { held } => case.held_above = *held,
        Fact::TurnAsked { .. } | Fact::TurnTaken { .. } | Fact::TurnLeft { .. } => {
            turn(case, at, &event.fact);
        }
        Fact::WaitBegun { .. } | Fact::RoundAwaited { .. } => wait(case, at, event),
        Fact::MessageTaken { name } => message(case, at, name, event),
        Fact::Happened { event, frame, .. } => {
            if let Some(frame) = case.frames.get_mut(frame) {
                *frame.happened.entry(event.clone()).or_default() += 1;
            }
        }
        Fact::CallMade {
            frame, connector, ..
        } => case.call_made(*frame, connector),
        Fact::CallFailed { frame, cause, .. } => case.call_failed(*frame, cause),
        Fact::NoticeOwed { .. } | Fact::CameLate { .. } => {}
        Fact::PaperIssued { .. } | Fact::PaperDelivered { .. } => paper(case, at, event),
        Fact::StatusChanged { status, label } => {
            if case.status != *status {
                case.since = Some(at);
            }
            case.status = *status;
            case.label.clone_from(label);
            if status.is_final() {
                case.results.clone_from(&event.content);
                case.ended = Some(at);
            }
        }
        Fact::CaseClosed => case.closed = true,
    }
}

/// The case that events in order have made; `at` of each is the recorded time of its command.
pub fn fold<'e>(events: impl IntoIterator<Item = (Timestamp, &'e Event)>) -> Case {
    let mut case = Case::default();
    for (at, event) in events {
        apply(&mut case, at, event);
    }
    case
}

fn opened(case: &mut Case, at: Timestamp, event: &Event) {
    let Fact::CaseOpened {
        id,
        number,
        matter,
        revision,
        accepting_city,
        channel,
        parent,
    } = &event.fact
    else {
        return;
    };
    case.id = *id;
    case.number.clone_from(number);
    case.matter = Some(matter.clone());
    case.revision.clone_from(revision);
    case.accepting_city.clone_from(accepting_city);
    case.channel.clone_from(channel);
    case.parent.clone_from(parent);
    (case.opened, case.since) = (Some(at), Some(at));
    let part = |name: &str| event.content.get(name).cloned().unwrap_or(Json::Null);
    (case.applicant, case.form) = (part("applicant"), part("form"));
}

fn filed(case: &mut Case, at: Timestamp, event: &Event) {
    let Fact::FileAdded {
        file,
        material,
        kind,
        size,
        sha256,
        source,
    } = &event.fact
    else {
        return;
    };
    case.files.push(Filed {
        id: file.clone(),
        material: material.clone(),
        kind: kind.clone(),
        size: *size,
        sha256: sha256.clone(),
        source: *source,
        at,
        name: words(event, "name"),
        origin: words(event, "origin"),
    });
}

/// A text of the content.
fn words(event: &Event, name: &str) -> String {
    let text = event.content.get(name).and_then(Json::as_str);
    text.unwrap_or_default().to_owned()
}

fn frame(case: &mut Case, event: &Event) {
    match &event.fact {
        Fact::FrameOpened {
            frame,
            parent,
            step,
            key,
            beside,
        } => {
            count(case, frame.0);
            if let Some(around) = parent.and_then(|p| case.frames.get_mut(&p)) {
                match (beside, &mut around.at) {
                    (Some(Beside::Event { .. }), _) => {
                        around.events.push(*frame);
                    }
                    (Some(Beside::Step), _) => around.children.push(*frame),
                    (None, at) => {
                        around.children.push(*frame);
                        if let Some(at) = at {
                            at.fork.open += 1;
                        }
                    }
                }
            }
            if matches!(beside, Some(Beside::Event { pauses: true, .. })) {
                case.pausers.insert(*frame);
            }
            let detached = matches!(beside, Some(Beside::Step));
            if detached {
                case.obligations.insert(*frame);
            }
            let opened = Frame {
                parent: *parent,
                step: step.clone(),
                key: key.clone(),
                beside: beside.clone(),
                content: event.content.clone(),
                detached,
                ..Frame::default()
            };
            case.frames.insert(*frame, opened);
        }
        Fact::FrameEnded { frame, result } => {
            leave_place(case, *frame);
            case.pausers.remove(frame);
            case.obligations.remove(frame);
            let Some(ended) = case.frames.get_mut(frame) else {
                return;
            };
            ended.result = Some(result.clone());
            let (parent, counted) = (ended.parent, !ended.detached && ended.beside.is_none());
            let around = parent.and_then(|p| case.frames.get_mut(&p));
            if let Some(around) = around {
                around.events.retain(|e| e != frame);
                if let Some(at) = around.at.as_mut().filter(|_| counted) {
                    at.fork.open = at.fork.open.saturating_sub(1);
                    *at.fork.results.entry(result.clone()).or_default() += 1;
                }
            }
        }
        Fact::FrameDetached { frame } => {
            let Some(detached) = case.frames.get_mut(frame) else {
                return;
            };
            detached.detached = true;
            case.obligations.insert(*frame);
            let parent = detached.parent;
            let at = parent.and_then(|p| case.frames.get_mut(&p)?.at.as_mut());
            if let Some(at) = at {
                at.fork.open = at.fork.open.saturating_sub(1);
            }
        }
        _ => {}
    }
}

fn step(case: &mut Case, fact: &Fact) {
    match fact {
        Fact::StepEntered {
            frame,
            step,
            status,
            pauses,
        } => {
            let mut at = place(case, *frame, step);
            at.status = *status;
            at.pauses = *pauses;
            set_place(case, *frame, at);
        }
        Fact::StepHeld { frame, step } => {
            let mut at = place(case, *frame, step);
            at.held = true;
            set_place(case, *frame, at);
        }
        Fact::StepSkipped { frame, .. } | Fact::StepStopped { frame, .. } => {
            leave_place(case, *frame);
        }
        Fact::StepFailed {
            frame,
            step,
            why,
            args,
        } => {
            let mut at = place(case, *frame, step);
            at.failed = Some((why.clone(), args.clone()));
            set_place(case, *frame, at);
        }
        _ => {}
    }
}

fn place(case: &Case, frame: FrameNo, step: &super::Name) -> At {
    let now = case.frames.get(&frame).and_then(|f| f.at.clone());
    now.filter(|at| at.step == *step).map_or_else(
        || At {
            step: step.clone(),
            since: case.counter,
            held: false,
            failed: None,
            status: None,
            pauses: false,
            tasks: Vec::new(),
            wait: None,
            handoff: None,
            subcase: None,
            call: None,
            fork: Fork::default(),
        },
        |at| At {
            held: false,
            failed: None,
            ..at
        },
    )
}

/// Puts a place in its frame and into what is looked up.
fn set_place(case: &mut Case, frame: FrameNo, at: At) {
    leave_place(case, frame);
    if at.held {
        case.held.insert(frame);
    }
    if at.failed.is_some() {
        case.failed.insert(frame);
    }
    if at.pauses {
        case.pausers.insert(frame);
    }
    if let Some(status) = at.status {
        *case.statuses.entry(status).or_default() += 1;
    }
    if let Some(frame) = case.frames.get_mut(&frame) {
        frame.at = Some(at);
    }
}

fn leave_place(case: &mut Case, frame: FrameNo) {
    let Some(at) = case.frames.get_mut(&frame).and_then(|f| f.at.take()) else {
        return;
    };
    case.held.remove(&frame);
    case.failed.remove(&frame);
    if at.pauses {
        case.pausers.remove(&frame);
    }
    if let Some(wait) = at.wait {
        case.waits.remove(&wait);
        case.timers.remove(&TimerNo(wait.0));
    }
    if let Some(status) = at.status {
        let left = case.statuses.get(&status).copied().unwrap_or(1) - 1;
        if left == 0 {
            case.statuses.remove(&status);
        } else {
            case.statuses.insert(status, left);
        }
    }
}

fn done(case: &mut Case, now: Timestamp, event: &Event) {
    let Fact::StepDone {
        frame,
        step,
        outcome,
        task,
        by,
        seat,
        ..
    } = &event.fact
    else {
        return;
    };
    if let (Some(task), Some(by)) = (task, by) {
        let (by, outcome) = (by.clone(), outcome.clone());
        state(
            case,
            *task,
            TaskState::Done {
                by,
                at: now,
                outcome,
            },
        );
        acted(case, seat.as_ref(), event);
    }
    let seq = case.seq;
    let at = case.frames.get(frame).and_then(|f| f.at.as_ref());
    let since = at.map(|at| at.since);
    let cause = at.and_then(|at| at.call.as_ref()?.cause().cloned());
    if let Some(letter) = at.and_then(|at| at.handoff)
        && let Some(letter) = case.handoffs.get_mut(&letter)
    {
        letter.over = true;
    }
    leave_place(case, *frame);
    let Some(frame) = case.frames.get_mut(frame) else {
        return;
    };
    let record = Record {
        seq,
        since: since.unwrap_or_default(),
        outcome: outcome.clone(),
        by: by.clone(),
        at: now,
        city: seat.as_ref().map(|s| s.post.city.clone()),
        times: frame.records.get(step).map_or(1, |r| r.times + 1),
        values: event.content.clone(),
        cause,
    };
    frame.records.insert(step.clone(), record);
}

fn handoff(case: &mut Case, now: Timestamp, event: &Event) {
    match &event.fact {
        Fact::HandoffSent {
            handoff,
            frame,
            step,
            to,
            away,
        } => {
            count(case, handoff.0);
            if let Some(at) = case.frames.get_mut(frame).and_then(|f| f.at.as_mut()) {
                at.handoff = Some(*handoff);
            }
            let sent = Handoff {
                frame: *frame,
                step: step.clone(),
                to: to.clone(),
                sent: now,
                seq: case.seq,
                received: None,
                over: false,
                called_off: false,
                shared: event.content.clone(),
                away: away.clone().map(|to| super::afar::Away { to, words: 0 }),
            };
            case.handoffs.insert(*handoff, sent);
        }
        Fact::HandoffReceived { handoff, by } => {
            if let Some(handoff) = case.handoffs.get_mut(handoff) {
                handoff.received = Some((by.clone(), now));
            }
        }
        Fact::HandoffRefused { handoff, .. } | Fact::HandoffCalledOff { handoff } => {
            if let Some(handoff) = case.handoffs.get_mut(handoff) {
                handoff.over = true;
                handoff.called_off = matches!(event.fact, Fact::HandoffCalledOff { .. });
            }
        }
        _ => {}
    }
}

fn subcase(case: &mut Case, event: &Event) {
    match &event.fact {
        Fact::SubcaseAsked {
            frame,
            step,
            matter,
            child,
        } => {
            if let Some(at) = case.frames.get_mut(frame).and_then(|f| f.at.as_mut()) {
                at.subcase = Some(*child);
            }
            let asked = Subcase {
                frame: *frame,
                step: step.clone(),
                matter: matter.clone(),
                status: Status::Received,
                over: false,
                reason: None,
            };
            case.subcases.insert(*child, asked);
        }
        Fact::SubcaseMoved { child, status } => {
            case.begun |= case.marks.contains_key("accepted") && *status > Status::Accepted;
            if let Some(subcase) = case.subcases.get_mut(child) {
                subcase.status = *status;
                subcase.over |= status.is_final();
                let reason = event.content.get("reason").and_then(Json::as_str);
                subcase.reason = reason.map(str::to_owned);
            }
            match status {
                Status::Suspended => _ = case.suspended_parts.insert(*child),
                _ => _ = case.suspended_parts.remove(child),
            }
            if status.is_final() {
                case.held_parts.remove(child);
            }
        }
        Fact::SubcaseCalledOff { child } => {
            if let Some(subcase) = case.subcases.get_mut(child) {
                subcase.over = true;
            }
            case.suspended_parts.remove(child);
            case.held_parts.remove(child);
        }
        Fact::SubcaseHeld { child, held: true } => _ = case.held_parts.insert(*child),
        Fact::SubcaseHeld { child, held: false } => _ = case.held_parts.remove(child),
        _ => {}
    }
}

fn turn(case: &mut Case, at: Timestamp, fact: &Fact) {
    match fact {
        Fact::TurnAsked { turn, frame, step } => {
            count(case, turn.0);
            let asked = Turn {
                frame: *frame,
                step: step.clone(),
                since: at,
                state: TurnState::Asked,
            };
            case.turns.insert(*turn, asked);
        }
        Fact::TurnTaken { turn } => {
            if let Some(turn) = case.turns.get_mut(turn) {
                turn.state = TurnState::Has;
            }
        }
        Fact::TurnLeft { turn, rests: true } => {
            if let Some(turn) = case.turns.get_mut(turn) {
                turn.state = TurnState::Rests;
            }
        }
        Fact::TurnLeft { turn, rests: false } => _ = case.turns.remove(turn),
        _ => {}
    }
}

/// A message stays for every wait of its name and key.
fn message(case: &mut Case, at: Timestamp, name: &Name, event: &Event) {
    let key = words(event, "key");
    let mut waits = case.waits.values().filter_map(|w| w.message.as_ref());
    let taken = waits.any(|(n, k)| n == name && *k == key);
    case.kept.push(Kept {
        name: name.clone(),
        key,
        at,
        data: event.content.get("data").cloned().unwrap_or_default(),
        taken,
    });
}

fn wait(case: &mut Case, now: Timestamp, event: &Event) {
    let mut counted = None;
    let (wait, frame, step, message, until, purpose) = match &event.fact {
        Fact::WaitBegun {
            wait,
            frame,
            step,
            message,
            until,
            lasts,
        } => {
            counted = lasts.clone().map(|lasts| Counted {
                since: now,
                lasts,
                moved: None,
            });
            let purpose = Purpose::Wait(*wait);
            let message = message.clone().map(|name| (name, words(event, "key")));
            (*wait, *frame, step, message, *until, purpose)
        }
        // The first step is the place of the round before it opens.
        Fact::RoundAwaited {
            wait,
            frame,
            step,
            until,
        } => {
            let at = place(case, *frame, step);
            set_place(case, *frame, at);
            let purpose = Purpose::Round(*frame);
            (*wait, *frame, step, None, Some(*until), purpose)
        }
        _ => return,
    };
    count(case, wait.0);
    if let Some(at) = case.frames.get_mut(&frame).and_then(|f| f.at.as_mut()) {
        at.wait = Some(wait);
    }
    let begun = Wait {
        frame,
        step: step.clone(),
        message,
        counted,
    };
    case.waits.insert(wait, begun);
    if let Some(until) = until {
        case.timers.insert(TimerNo(wait.0), (until, purpose));
    }
}

fn paper(case: &mut Case, now: Timestamp, event: &Event) {
    match &event.fact {
        Fact::PaperIssued {
            paper,
            office,
            number,
            template,
            frame,
            to,
            reason,
        } => {
            count(case, paper.0);
            let issued = Paper {
                office: office.clone(),
                number: number.clone(),
                template: template.clone(),
                frame: *frame,
                to: to.clone(),
                issued: now,
                delivered: None,
                reason: reason.clone(),
                values: event.content.clone(),
            };
            case.papers.insert(*paper, issued);
        }
        Fact::PaperDelivered { paper, by } => {
            if let Some(paper) = case.papers.get_mut(paper) {
                paper.delivered = Some((by.clone(), now));
            }
        }
        _ => {}
    }
}

/// Numbers inside a case never repeat: the counter is the greatest given so far.
fn count(case: &mut Case, number: u32) {
    case.counter = case.counter.max(number);
}
