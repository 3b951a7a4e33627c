//! What the store shows of a case: its row, its open tasks, its timers. All of it follows from the case alone, so that it can be
//! made anew and compared.

use super::held::Held;
use crate::store::{CardRow, CaseRow, CaseWrite, EventRow, SpentRow, TaskRow, TimerRow};
use engine::case::{
    Card, CardNo, Case, Context, Event, Level, Task, TaskNo, TaskState, TimerNo, Touched, touched,
};
use jiff::Timestamp;

/// What a command changed, written from the case after it; `waits` are the waits there were before.
pub(super) fn write(
    held: &Held,
    event: EventRow,
    events: &[Event],
    waits: &[TimerNo],
    context: &Context<'_>,
) -> CaseWrite {
    let case = &*held.case;
    let mut touched = touched(case, events);
    let ended = waits.iter().filter(|no| case.timer(**no).is_none());
    touched.timers.extend(ended);
    let mut write = CaseWrite {
        row: case_row(held, context),
        only_grew: false,
        event,
        tasks: Vec::new(),
        closed: Vec::new(),
        timers: Vec::new(),
        cleared: Vec::new(),
        outbox: Vec::new(),
        papers: Vec::new(),
        numbered: Vec::new(),
        attached: Vec::new(),
        link: None,
        certificate: None,
        cards: moved_cards(case, &touched),
        spent: Vec::new(),
    };
    for no in touched.tasks {
        match case.tasks().get(&no) {
            Some(task) if is_open(task) => write.tasks.extend(task_rows(case, no, task)),
            task => {
                write.closed.push(no.0.into());
                write.spent.extend(task.and_then(|t| spent(held, no, t)));
            }
        }
    }
    for no in touched.timers {
        match case.timer(no) {
            Some(at) => write.timers.push(timer_row(case, no, at)),
            None => write.cleared.push(no.0.into()),
        }
    }
    write
}

/// The row of a case as it stands.
pub(super) fn case_row(held: &Held, context: &Context<'_>) -> CaseRow {
    let case = &*held.case;
    CaseRow {
        id: held.id.cast_signed(),
        number: held.number.as_ref().to_owned(),
        matter: held.published.revision.id.value.as_ref().to_owned(),
        revision: held.published.number,
        status: case.status().word().to_owned(),
        version: case.seq().cast_signed(),
        accepting: case.accepting_city().to_owned(),
        deciding: case.deciding_city(&held.published.revision, context),
        level: word(level(case, held.last)).to_owned(),
        due: case.due().map(Timestamp::as_millisecond),
        parent: case.parent().map(|parent| parent.case.cast_signed()),
        key: Some(held.wrapped.clone()),
        opened: held.opened.as_millisecond(),
        closed: case.ended().map(Timestamp::as_millisecond),
        // A letter has one case for ever.
        once: (held.once.clone()).filter(|_| !case.is_closed() || case.origin().is_some()),
        since: case.status_since().map(Timestamp::as_millisecond),
    }
}

/// What a row of a list shows: the worst of all limits, and of an ended case whether it ended in time.
fn level(case: &Case, now: Timestamp) -> Level {
    match case.ended() {
        None => case.worst_level(now),
        Some(_) if case.was_late() => Level::Red,
        Some(_) => Level::Normal,
    }
}

/// All cards, with whoever has the work now, or had it last.
pub(super) fn all_cards(case: &Case) -> impl Iterator<Item = CardRow> {
    case.cards()
        .iter()
        .map(|(no, card)| card_row(case, *no, card))
}

/// Cards that were opened or spoken of, and with tasks all of them, for somebody else may now have the work.
fn moved_cards(case: &Case, touched: &Touched) -> Vec<CardRow> {
    let cards = case.cards().iter();
    let moved = cards.filter(|(no, _)| !touched.tasks.is_empty() || touched.cards.contains(*no));
    moved.map(|(no, card)| card_row(case, *no, card)).collect()
}

fn card_row(case: &Case, no: CardNo, card: &Card) -> CardRow {
    let work = case.work_of(card);
    let work = work.last();
    let seat = work.and_then(|task| task.seats().first());
    let of_seat = |part: fn(&engine::case::Party) -> &String| {
        seat.map(|s| part(&s.post).clone()).unwrap_or_default()
    };
    CardRow {
        case_id: case.id().cast_signed(),
        no: no.0.into(),
        level: word(card.level).to_owned(),
        clock: card.clock.clone(),
        step: work.map(|task| task.step().to_string()).unwrap_or_default(),
        city: of_seat(|p| &p.city),
        department: of_seat(|p| &p.department),
        post: of_seat(|p| &p.post),
        holder: work.and_then(|task| whose(task)).map(str::to_owned),
        opened: card.at.as_millisecond(),
        explained: card.explained().map(Timestamp::as_millisecond),
        pursued: card.pursued().map(Timestamp::as_millisecond),
        closed: card.closed().map(Timestamp::as_millisecond),
    }
}

/// Who has a task, or did it.
fn whose(task: &Task) -> Option<&str> {
    match task.state() {
        TaskState::Held { by, .. } | TaskState::Waiting { by, .. } | TaskState::Done { by, .. } => {
            Some(by)
        }
        TaskState::Open | TaskState::Void { .. } => None,
    }
}

/// How long a task took, if it was done.
fn spent(held: &Held, no: TaskNo, task: &Task) -> Option<SpentRow> {
    let TaskState::Done { at, by, .. } = task.state() else {
        return None;
    };
    Some(SpentRow {
        case_id: held.id.cast_signed(),
        no: no.0.into(),
        matter: held.published.revision.id.value.as_ref().to_owned(),
        step: task.step().as_ref().to_owned(),
        city: task.seats().first()?.post.city.clone(),
        opened: task.opened().as_millisecond(),
        done: at.as_millisecond(),
        person: Some(by.as_ref().to_owned()),
    })
}

/// All rows of open tasks.
pub(super) fn all_tasks(case: &Case) -> Vec<TaskRow> {
    let open = case.open_tasks();
    open.flat_map(|(no, task)| task_rows(case, no, task))
        .collect()
}

/// All rows of timers.
pub(super) fn all_timers(case: &Case) -> Vec<TimerRow> {
    let timers = case.timers().into_iter();
    let mut rows: Vec<TimerRow> = timers.map(|(at, no)| timer_row(case, no, at)).collect();
    rows.sort_by_key(|row| row.no);
    rows
}

/// A row for every post a task is offered to.
fn task_rows(case: &Case, no: TaskNo, task: &Task) -> Vec<TaskRow> {
    let (state, holder) = match task.state() {
        TaskState::Held { by, .. } => ("held", Some(by)),
        TaskState::Waiting { by, .. } => ("waiting", Some(by)),
        _ => ("open", None),
    };
    let now = case.changed().unwrap_or_default();
    // The end of the limit that a list shows beside the level, so that what stands first is what has least time left.
    let due = case.pressing_clock(task, now).map(|c| c.ledger().due());
    let due = due.map(Timestamp::as_millisecond);
    let level = word(case.task_level(task, now));
    let seats = task.seats().iter().zip(0..);
    let rows = seats.map(|(seat, place)| TaskRow {
        case_id: case.id().cast_signed(),
        no: no.0.into(),
        place,
        step: task.step().as_ref().to_owned(),
        city: seat.post.city.clone(),
        department: seat.post.department.clone(),
        post: seat.post.post.clone(),
        holder: holder.map(|by| by.as_ref().to_owned()),
        state: state.to_owned(),
        level: level.to_owned(),
        due,
        opened: task.opened().as_millisecond(),
        version: task.version().cast_signed(),
    });
    rows.collect()
}

/// A timer is never due before its instant (G20): a part of a millisecond counts as a whole one.
fn timer_row(case: &Case, no: TimerNo, at: Timestamp) -> TimerRow {
    let part = i64::from(at.subsec_nanosecond() % 1_000_000 > 0);
    TimerRow {
        due: at.as_millisecond() + part,
        case_id: case.id().cast_signed(),
        no: no.0.into(),
    }
}

fn is_open(task: &Task) -> bool {
    !matches!(
        task.state(),
        TaskState::Done { .. } | TaskState::Void { .. }
    )
}

/// The name of a level in lists and in the API.
pub(super) fn word(level: Level) -> &'static str {
    match level {
        Level::Normal => "normal",
        Level::Reminder => "reminder",
        Level::Yellow => "yellow",
        Level::Red => "red",
        Level::Paused => "paused",
    }
}
