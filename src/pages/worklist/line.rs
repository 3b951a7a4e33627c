//! A row of the worklist: what the store says of it, and the case as it stands.

use crate::pages::happened;
use crate::pages::session::Visitor;
use crate::pages::{look, span};
use crate::runtime::Seen;
use crate::store::{CaseRow, DoneTask, Listed};
use crate::web::App;
use crate::web::cursor;
use crate::web::holders::Holder;
use crate::web::tasks::{SHARED, shown};
use engine::case::{Sight, Task, TaskNo, TaskState};
use engine::matter::Kind;
use jiff::Timestamp;
use maud::{Markup, html};

/// A row.
pub struct Line {
    /// The case.
    pub case_id: i64,
    /// The task, where the row is about one.
    no: Option<i64>,
    /// Number of the case.
    pub number: String,
    matter: String,
    /// State of the case.
    pub status: String,
    accepting: String,
    deciding: String,
    step: String,
    /// Level of warning.
    pub level: String,
    /// Who holds the task, and its state.
    holder: Option<String>,
    state: String,
    /// When it was done, UTC milliseconds.
    pub done: i64,
    version: i64,
    cursor: String,
    /// The case and how much of it the visitor may see; none if it cannot be read just now.
    seen: Option<(Seen, Sight)>,
    /// Who has it where it has no open task of its own.
    elsewhere: Vec<Holder>,
}

impl Line {
    /// Of an open task.
    pub fn task(row: Listed) -> Self {
        let task = row.task;
        Line {
            cursor: cursor::after_task(&task),
            case_id: task.case_id,
            no: Some(task.no),
            number: row.number,
            matter: row.matter,
            status: row.status,
            accepting: row.accepting,
            deciding: row.deciding,
            step: task.step,
            level: task.level,
            holder: task.holder,
            state: task.state,
            done: 0,
            version: task.version,
            seen: None,
            elsewhere: Vec::new(),
        }
    }

    /// Of a case that waits for others.
    pub fn case(row: CaseRow) -> Self {
        Line {
            cursor: cursor::after_urgent(row.due, row.id),
            case_id: row.id,
            no: None,
            number: row.number,
            matter: row.matter,
            status: row.status,
            accepting: row.accepting,
            deciding: row.deciding,
            step: String::new(),
            level: row.level,
            holder: None,
            state: String::new(),
            done: 0,
            version: row.version,
            seen: None,
            elsewhere: Vec::new(),
        }
    }

    /// Of a task that was done.
    pub fn done(row: DoneTask) -> Self {
        Line {
            cursor: cursor::write('d', &[row.done, row.case_id, row.no]),
            case_id: row.case_id,
            no: Some(row.no),
            number: row.number,
            matter: row.matter,
            status: row.status,
            accepting: row.accepting,
            deciding: row.deciding,
            step: row.step,
            level: String::new(),
            holder: None,
            state: String::new(),
            done: row.done,
            version: row.done,
            seen: None,
            elsewhere: Vec::new(),
        }
    }

    /// True if the matter lets several tasks of its step be finished together.
    pub fn may_be_done_together(&self) -> bool {
        let step = self.seen().and_then(|seen| seen.revision.named(&self.step));
        step.is_some_and(|(_, step)| matches!(step.kind, Kind::Task { bulk: true, .. }))
    }

    /// Where the page behind this row begins.
    pub fn cursor(&self) -> String {
        self.cursor.clone()
    }

    /// The task, else the case, as addresses name it.
    pub fn name(&self) -> String {
        match self.no {
            Some(no) => format!("{}-{no}", self.case_id),
            None => self.case_id.to_string(),
        }
    }

    /// What is new about the row when it changes.
    pub fn mark(&self) -> String {
        format!(
            "{} {} {} {}\n",
            self.name(),
            self.version,
            self.level,
            self.status
        )
    }

    /// Looks at the case.
    pub async fn look(&mut self, app: &App, visitor: &Visitor) {
        let seen = app.runtime.case(self.case_id.unsigned_abs()).await;
        let seen = seen.ok().flatten();
        if let Some(seen) = seen
            .as_ref()
            .filter(|s| s.case.open_tasks().next().is_none())
        {
            self.elsewhere = app.holders(seen).await.unwrap_or_default();
        }
        self.seen = seen.map(|seen| {
            let sight = app.sight(&visitor.caller.actor(), &seen);
            (seen, sight)
        });
    }

    /// True if the visitor may look at the case at all.
    pub fn may_be_opened(&self) -> bool {
        self.seen
            .as_ref()
            .is_some_and(|(_, sight)| *sight != Sight::None)
    }

    fn seen(&self) -> Option<&Seen> {
        self.seen.as_ref().map(|(seen, _)| seen)
    }

    fn of_task(&self) -> Option<(&Seen, &Task)> {
        let no = u32::try_from(self.no?).ok()?;
        let seen = self.seen()?;
        Some((seen, seen.case.tasks().get(&TaskNo(no))?))
    }

    /// The level, and the time left by the clock that ends first.
    pub fn left(&self, visitor: &Visitor, now: Timestamp) -> Markup {
        let left = match self.of_task() {
            Some((seen, task)) => span::left(visitor, seen, task, now),
            None => self
                .seen()
                .and_then(|seen| span::left_of_case(visitor, seen, now)),
        };
        match self.seen() {
            Some(seen) => look::carded(visitor, seen, &self.level, left.as_deref()),
            None => look::level(visitor, &self.level, left.as_deref()),
        }
    }

    /// What people call the matter.
    pub fn title(&self, app: &App, visitor: &Visitor) -> String {
        let words = visitor.words;
        if let Some(seen) = self.seen() {
            return words.of(&seen.revision.title).to_owned();
        }
        let library = app.runtime.library();
        let matter = library.matters.get(&self.matter);
        matter
            .map_or(self.matter.as_str(), |m| words.of(&m.title))
            .to_owned()
    }

    /// The applicant's surname, for those who see the whole case or have a letter that names him.
    pub fn applicant(&self) -> String {
        let Some((seen, sight)) = &self.seen else {
            return String::new();
        };
        let letter = || {
            shown(seen, self.of_task()?.1)
                .into_iter()
                .find(|s| s.name == SHARED)
        };
        match sight {
            Sight::Part => letter().map_or_else(String::new, |s| look::named_by(s.values)),
            sight => look::applicant(seen, *sight),
        }
    }

    /// What people call the step.
    pub fn step(&self, visitor: &Visitor) -> String {
        if let Some((seen, task)) = self.of_task() {
            return look::step(visitor, seen, task);
        }
        let named = self.seen().and_then(|seen| seen.revision.named(&self.step));
        let title = named.map(|(_, step)| visitor.words.of(&step.title));
        title.unwrap_or(&self.step).to_owned()
    }

    /// From which city to which: of a letter from the one that sent it to the one that answers.
    pub fn cities(&self, visitor: &Visitor) -> Markup {
        let cities = (self.accepting.as_str(), self.deciding.as_str());
        let seats = self.of_task().map(|(_, task)| task.seats());
        let there = seats
            .and_then(|seats| seats.first())
            .map(|seat| seat.post.city.as_str());
        let there = there.filter(|city| !city.is_empty() && *city != cities.0 && *city != cities.1);
        let (from, to) = there.map_or(cities, |there| (cities.1, there));
        html! { (look::city(visitor, from)) "→" (look::city(visitor, to)) }
    }

    /// Who has the task, or that anybody may take it.
    pub fn holder(&self, visitor: &Visitor) -> Markup {
        match &self.holder {
            Some(id) => html! { (name(visitor, id)) },
            None => look::state(visitor, &self.state),
        }
    }

    /// When the case last changed.
    pub fn changed(&self) -> Markup {
        let at = self.seen().and_then(|seen| seen.case.changed());
        html! { @if let Some(at) = at { (look::time(at.as_millisecond())) } }
    }

    /// For whom a case waits, and since when: everybody who has a task; the applicant who is to bring something.
    pub fn waits_for(&self, visitor: &Visitor) -> Markup {
        let Some(seen) = self.seen() else {
            return html! {};
        };
        // Whoever has proposed something waits himself for the one who is to agree.
        let waits = |task: &Task| matches!(task.state(), TaskState::Waiting { .. });
        let all: Vec<&Task> = seen.case.open_tasks().map(|(_, task)| task).collect();
        let others = all.iter().any(|task| !waits(task));
        let open = all.iter().filter(|task| !(others && waits(task)));
        let nobody = all.is_empty();
        let words = visitor.words;
        html! {
            @for task in open { p { (whom(visitor, task)) } }
            @if nobody && self.status == "correction" { p { (words.t("work.applicant_too")) } }
            @for holder in &self.elsewhere { p {
                (words.of(&holder.name)) " · " (words.of(&holder.step))
                @if let Some(at) = holder.since { " · " (since(visitor, at)) }
            } }
        }
    }

    /// The outcome by which the task was done.
    pub fn outcome(&self, visitor: &Visitor) -> Markup {
        match self.of_task().map(|(_, task)| task.state()) {
            Some(TaskState::Done { outcome, .. }) => html! { (happened::said(visitor, outcome)) },
            _ => html! {},
        }
    }
}

fn whom(visitor: &Visitor, task: &Task) -> Markup {
    let seat = task.seats().first();
    let (by, at) = match task.state() {
        TaskState::Held { by, since } | TaskState::Waiting { by, since, .. } => (Some(by), *since),
        _ => (None, task.opened()),
    };
    html! {
        @match seat {
            Some(seat) if seat.post.is_applicant() => (visitor.words.t("time.applicant")),
            Some(seat) => { (look::city(visitor, &seat.post.city)) " · " (look::post(visitor, &seat.post.post)) },
            None => {},
        }
        @if let Some(by) = by { " · " (name(visitor, by)) }
        " · " (since(visitor, at))
    }
}

fn since(visitor: &Visitor, at: Timestamp) -> Markup {
    html! { (visitor.words.t("work.waits_since")) " " (look::time(at.as_millisecond())) }
}

fn name(visitor: &Visitor, id: &str) -> String {
    let person = visitor.caller.people.get(id);
    person.map_or(id, |p| &p.name).to_owned()
}
