//! Facts about tasks, into the case.

use super::count;
use crate::case::{Case, Event, Fact, Help, PersonId, Proposal, Seat, Task, TaskNo, TaskState};
use jiff::Timestamp;
use serde_json::Value as Json;

/// Notes who acted for which party in which city, for those who must be somebody else.
pub(super) fn acted(case: &mut Case, seat: Option<&Seat>, event: &Event) {
    let by = match &event.fact {
        Fact::StepDone { by: Some(by), .. }
        | Fact::TaskDone { by, .. }
        | Fact::TaskHandedBack { by, .. }
        | Fact::Proposed { by, .. } => by,
        _ => return,
    };
    if let Some(seat) = seat {
        let whom = format!("{}@{}", seat.party, seat.post.city);
        case.acted.entry(whom).or_default().insert(by.clone());
    }
}

pub(super) fn task(case: &mut Case, now: Timestamp, event: &Event) {
    match &event.fact {
        Fact::TaskOpened {
            task,
            frame,
            step,
            work,
            seats,
            first,
        } => {
            count(case, task.0);
            if let Some(at) = case.frames.get_mut(frame).and_then(|f| f.at.as_mut()) {
                at.tasks.push(*task);
            }
            case.open_tasks.insert(*task);
            let opened = Task {
                frame: *frame,
                step: step.clone(),
                work: *work,
                seats: seats.clone(),
                first: first.clone(),
                opened: now,
                changed: case.seq,
                proposal: None,
                help: None,
                state: TaskState::Open,
            };
            case.tasks.insert(*task, opened);
        }
        Fact::TaskClaimed { task, by } | Fact::TaskTransferred { task, to: by, .. } => {
            let by = by.clone();
            state(case, *task, TaskState::Held { by, since: now });
        }
        Fact::TaskDelegated { task, by, to } => {
            help(case, *task, by, Json::Null, true);
            let by = to.clone();
            state(case, *task, TaskState::Held { by, since: now });
        }
        Fact::TaskHandedBack { task, to, seat, .. } => {
            acted(case, seat.as_ref(), event);
            help(case, *task, to, event.content.clone(), false);
            let by = to.clone();
            state(case, *task, TaskState::Held { by, since: now });
        }
        Fact::TaskReleased { task } => state(case, *task, TaskState::Open),
        Fact::TaskUrged { task, .. } => {
            let seq = case.seq;
            if let Some(task) = case.tasks.get_mut(task) {
                task.changed = seq;
            }
            crate::case::afar::told(case, &event.fact);
        }
        Fact::TaskDone {
            task,
            by,
            outcome,
            seat,
        } => {
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
        Fact::TaskVoided { task, why } => {
            state(case, *task, TaskState::Void { at: now, why: *why });
        }
        Fact::Proposed {
            task,
            second,
            what,
            by,
            seat,
            reason,
        } => {
            acted(case, seat.as_ref(), event);
            let proposal = Proposal {
                task: *task,
                what: what.clone(),
                by: by.clone(),
                seat: seat.clone(),
                reason: reason.clone(),
                content: event.content.clone(),
            };
            if let Some(second) = case.tasks.get_mut(second) {
                second.proposal = Some(proposal);
            }
            if task.is_none() {
                case.proposed_acts.insert(*second);
            }
            if let Some(task) = task {
                let (on, by) = (*second, by.clone());
                state(case, *task, TaskState::Waiting { on, by, since: now });
            }
        }
        _ => {}
    }
}

fn help(case: &mut Case, task: TaskNo, of: &PersonId, filled: Json, open: bool) {
    if let Some(task) = case.tasks.get_mut(&task) {
        let of = of.clone();
        task.help = Some(Box::new(Help { of, filled, open }));
    }
}

pub(super) fn state(case: &mut Case, task: TaskNo, state: TaskState) {
    if matches!(state, TaskState::Done { .. } | TaskState::Void { .. }) {
        case.open_tasks.remove(&task);
        case.proposed_acts.remove(&task);
    }
    let (seq, accepted) = (case.seq, case.marks.contains_key("accepted"));
    if let Some(task) = case.tasks.get_mut(&task) {
        let taken = !matches!(state, TaskState::Open | TaskState::Void { .. });
        let office = task.seats.iter().any(|s| !s.post.is_applicant());
        case.begun |= accepted && taken && office;
        task.state = state;
        task.changed = seq;
    }
}
