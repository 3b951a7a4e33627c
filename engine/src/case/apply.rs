//! Takes facts into a case: the only writer. Cannot fail: what is on record has happened. A fact about something the case does
//! not know changes nothing but the sequence number.

use super::{
    Case, Event, Fact, Frame, FrameNo, Handoff, Kept, Paper, Record, Task, TaskState, Timer, Wait,
};
use jiff::Timestamp;
use serde_json::Value as Json;

/// Takes one event into the case. `at` is the recorded time of the command it came from.
pub fn apply(case: &mut Case, at: Timestamp, event: &Event) {
    case.seq += 1;
    let content = &event.content;
    match &event.fact {
        Fact::CaseOpened { .. } => opened(case, at, event),
        Fact::FrameOpened { .. } | Fact::FrameEnded { .. } => frame(case, &event.fact),
        Fact::StepEntered { frame, step } => {
            in_frame(case, *frame, |f| f.at = Some(step.clone()));
        }
        Fact::StepSkipped { .. } => {}
        Fact::StepDone { .. } => done(case, at, event),
        Fact::StepStopped { frame, .. } => in_frame(case, *frame, |f| f.at = None),
        Fact::TaskOpened { .. }
        | Fact::TaskClaimed { .. }
        | Fact::TaskReleased { .. }
        | Fact::TaskDone { .. }
        | Fact::TaskVoided { .. } => task(case, at, &event.fact),
        Fact::MarkSet { mark, frame, at } => {
            // From outside, an item's mark counts once the first has it.
            case.marks.entry(mark.clone()).or_insert(*at);
            if let Some(frame) = frame {
                in_frame(case, *frame, |f| _ = f.marks.insert(mark.clone(), *at));
            }
        }
        Fact::ClockStarted { clock, ledger } | Fact::ClockChanged { clock, ledger } => {
            case.clocks.insert(clock.clone(), ledger.clone());
        }
        Fact::ClockStopped { clock } => _ = case.levels.remove(clock),
        Fact::LevelReached { clock, level, card } => {
            case.levels.insert(clock.clone(), *level);
            count(case, card.map(|c| c.0));
        }
        Fact::TimerSet { timer, at, purpose } => {
            case.timers.insert(
                *timer,
                Timer {
                    at: *at,
                    purpose: purpose.clone(),
                },
            );
            count(case, Some(timer.0));
        }
        Fact::TimerCleared { timer } => _ = case.timers.remove(timer),
        Fact::HandoffSent { .. } | Fact::HandoffReceived { .. } | Fact::HandoffRefused { .. } => {
            handoff(case, at, event)
        }
        Fact::SubcaseAsked { .. } | Fact::NoticeOwed { .. } => {}
        Fact::WaitBegun {
            wait,
            frame,
            step,
            message,
        } => {
            case.waits.insert(
                *wait,
                Wait {
                    frame: *frame,
                    step: step.clone(),
                    message: message.clone(),
                },
            );
            count(case, Some(wait.0));
        }
        Fact::MessageTaken {
            wait: Some(wait), ..
        } => _ = case.waits.remove(wait),
        Fact::MessageTaken {
            name,
            key,
            wait: None,
        } => {
            case.kept.push(Kept {
                name: name.clone(),
                key: key.clone(),
                data: content.clone(),
            });
        }
        Fact::PaperIssued {
            paper,
            template,
            to,
        } => {
            let issued = Paper {
                template: template.clone(),
                to: to.clone(),
                issued: at,
                delivered: None,
                values: content.clone(),
            };
            case.papers.insert(*paper, issued);
            count(case, Some(paper.0));
        }
        Fact::PaperDelivered { paper } => {
            if let Some(paper) = case.papers.get_mut(paper) {
                paper.delivered = Some(at);
            }
        }
        Fact::StatusChanged { status, label } => {
            case.status = *status;
            case.label.clone_from(label);
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
        matter,
        revision,
        accepting_city,
        channel,
        parent,
    } = &event.fact
    else {
        return;
    };
    case.matter = Some(matter.clone());
    case.revision.clone_from(revision);
    case.accepting_city.clone_from(accepting_city);
    case.channel.clone_from(channel);
    case.parent.clone_from(parent);
    case.opened = Some(at);
    let part = |name: &str| event.content.get(name).cloned().unwrap_or(Json::Null);
    (case.applicant, case.form) = (part("applicant"), part("form"));
}

fn frame(case: &mut Case, fact: &Fact) {
    match fact {
        Fact::FrameOpened {
            frame,
            parent,
            step,
            key,
        } => {
            let opened = Frame {
                parent: *parent,
                step: step.clone(),
                key: key.clone(),
                ..Frame::default()
            };
            case.frames.insert(*frame, opened);
            count(case, Some(frame.0));
        }
        Fact::FrameEnded { frame, result } => in_frame(case, *frame, |f| {
            f.at = None;
            f.result = Some(result.clone());
        }),
        _ => {}
    }
}

fn done(case: &mut Case, now: Timestamp, event: &Event) {
    let Fact::StepDone {
        frame,
        step,
        outcome,
        by,
        city,
    } = &event.fact
    else {
        return;
    };
    in_frame(case, *frame, |f| {
        f.at = None;
        let times = f.records.get(step).map_or(1, |r| r.times + 1);
        let (outcome, by, city) = (outcome.clone(), by.clone(), city.clone());
        let record = Record {
            outcome,
            by,
            at: now,
            city,
            times,
            values: event.content.clone(),
        };
        f.records.insert(step.clone(), record);
    });
}

fn task(case: &mut Case, now: Timestamp, fact: &Fact) {
    match fact {
        Fact::TaskOpened {
            task,
            frame,
            step,
            parties,
            first,
        } => {
            let (step, parties, first) = (step.clone(), parties.clone(), first.clone());
            let opened = Task {
                frame: *frame,
                step,
                parties,
                first,
                opened: now,
                state: TaskState::Open,
            };
            case.tasks.insert(*task, opened);
            count(case, Some(task.0));
        }
        Fact::TaskClaimed { task, by } => state(
            case,
            *task,
            TaskState::Held {
                by: by.clone(),
                since: now,
            },
        ),
        Fact::TaskReleased { task } => state(case, *task, TaskState::Open),
        Fact::TaskDone { task, by, outcome } => {
            state(
                case,
                *task,
                TaskState::Done {
                    by: by.clone(),
                    at: now,
                    outcome: outcome.clone(),
                },
            );
        }
        Fact::TaskVoided { task, why } => {
            state(case, *task, TaskState::Void { at: now, why: *why })
        }
        _ => {}
    }
}

fn state(case: &mut Case, task: super::TaskNo, state: TaskState) {
    if let Some(task) = case.tasks.get_mut(&task) {
        task.state = state;
    }
}

fn handoff(case: &mut Case, now: Timestamp, event: &Event) {
    match &event.fact {
        Fact::HandoffSent {
            handoff,
            frame,
            step,
            to,
        } => {
            let (step, to, shared) = (step.clone(), to.clone(), event.content.clone());
            let sent = Handoff {
                frame: *frame,
                step,
                to,
                sent: now,
                received: None,
                refused: None,
                shared,
            };
            case.handoffs.insert(*handoff, sent);
            count(case, Some(handoff.0));
        }
        Fact::HandoffReceived { handoff, by } => {
            if let Some(handoff) = case.handoffs.get_mut(handoff) {
                handoff.received = Some((by.clone(), now));
            }
        }
        Fact::HandoffRefused {
            handoff, reason, ..
        } => {
            if let Some(handoff) = case.handoffs.get_mut(handoff) {
                handoff.refused = Some(reason.clone());
            }
        }
        _ => {}
    }
}

fn in_frame(case: &mut Case, frame: FrameNo, change: impl FnOnce(&mut Frame)) {
    if let Some(frame) = case.frames.get_mut(&frame) {
        change(frame);
    }
}

/// Numbers inside a case never repeat: the counter is the greatest given so far.
fn count(case: &mut Case, number: Option<u32>) {
    case.counter = case.counter.max(number.unwrap_or(0));
}
