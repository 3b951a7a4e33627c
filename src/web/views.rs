//! What the API shows of a case: shapes alone, taken from a case as far as the caller may see it.

use super::ids::within;
use super::mask::masked;
use super::materials::{Material, materials};
use crate::runtime::{Seen, heading};
use crate::store::AccountRow;
use engine::case::{Paper, PaperNo, Running, Sight, Status, Task, TaskNo, TaskState, Work};
use engine::clock::{Amount, Calendar, Level};
use engine::guidance::Advice;
use engine::library::Library;
use engine::matter::Kind;
use engine::network::Network;
use engine::text::{Lang, Text};
use forms::person;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Everybody by id, for their names.
pub type People = BTreeMap<String, AccountRow>;

/// An instant as the API writes it: RFC 3339, Beijing time, to the second.
pub fn at(instant: Timestamp) -> String {
    // China has had no summer time since 1991; the offset is all there is to its zone.
    let zone = TimeZone::fixed(Offset::constant(8));
    let local = instant.to_zoned(zone);
    local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A person as others see him.
#[derive(Serialize, ToSchema)]
pub struct Person {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

impl Person {
    /// By id; somebody whom the directory does not know goes by it.
    pub fn of(id: &str, people: &People) -> Self {
        Person {
            id: id.to_owned(),
            name: people.get(id).map_or(id, |p| &p.name).to_owned(),
        }
    }
}

/// The answer to a write: the case as it then is, in short.
#[derive(Serialize, ToSchema)]
pub struct Written {
    /// Its id.
    pub id: String,
    /// The number people know.
    pub number: String,
    /// Its matter.
    pub matter: String,
    /// The revision it stays on.
    pub revision: u64,
    /// Its state.
    #[schema(value_type = String, example = "in_progress")]
    pub status: Status,
    /// The matter's own name for the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Number of its last event; for `If-Match`.
    pub version: u64,
    /// The applicant's query code, for the receipt; only with the answer that opens the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_code: Option<String>,
    /// When its limit ends.
    pub due: Option<String>,
    /// Its open tasks.
    pub tasks: Vec<TaskBrief>,
}

/// An open task of a case.
#[derive(Serialize, ToSchema)]
pub struct TaskBrief {
    /// Its id.
    pub id: String,
    /// Its address in the case, such as `legs.遵义.issue`.
    pub step: String,
    /// What people call the step.
    pub title: String,
    /// `open`, `held` or `waiting`.
    pub state: &'static str,
    /// Id of whoever holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<Person>,
    /// The posts that may take it, city/department/post.
    pub posts: Vec<String>,
    /// The worse of step and case.
    #[schema(value_type = String, example = "normal")]
    pub level: Level,
    /// When it must be done.
    pub due: Option<String>,
    /// For `If-Match`.
    pub version: u64,
}

/// A clock: a ledger whose parts add up to the minute.
#[derive(Serialize, ToSchema)]
pub struct ClockView {
    /// What passing it means: `statutory`, `promised` or `internal`.
    pub kind: &'static str,
    /// The city on whose calendar it counts.
    pub city: String,
    /// What may be used, such as `7wd`.
    pub budget: String,
    /// The same as days and minutes.
    pub total: Portion,
    /// What has been used.
    pub used: Portion,
    /// What is left; negative once it has passed.
    pub left: Portion,
    /// When it ends.
    pub due: String,
    /// A year without a published calendar took part.
    pub provisional: bool,
    /// How far it is used.
    #[schema(value_type = String, example = "normal")]
    pub level: Level,
    /// It has stopped for good.
    pub stopped: bool,
    /// The times it stood still.
    pub paused: Vec<Pause>,
    /// Every day from its start to its end and what became of it; only where the clocks alone are asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Day>,
}

/// A day of a limit.
#[derive(Serialize, ToSchema)]
pub struct Day {
    /// The day.
    pub date: String,
    /// The city on whose calendar it was looked at.
    pub city: String,
    /// Its number in the count; null where it was not counted.
    pub number: Option<u32>,
    /// Counted or not, and why.
    #[schema(value_type = super::problem::Both)]
    pub why: Text,
    /// It would have counted, but the clock stood still.
    #[serde(skip)]
    pub stands: bool,
}

/// Days that count, and office time beside them.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Portion {
    /// Whole days; 0 for limits in hours and minutes.
    pub days: i64,
    /// Office minutes beside the days.
    pub minutes: i64,
    /// Office minutes a day has there.
    pub day_minutes: i64,
}

/// A time in which a clock stood still.
#[derive(Serialize, ToSchema)]
pub struct Pause {
    /// From when.
    pub from: String,
    /// Until when; null: still.
    pub to: Option<String>,
    /// Why.
    pub reason: String,
    /// The paper that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper: Option<String>,
}

/// A case opened by this one.
#[derive(Serialize, ToSchema)]
pub struct Child {
    /// Its id.
    pub id: String,
    /// The step that waits for it.
    pub step: String,
    /// Its matter.
    pub matter: String,
    /// Its state.
    #[schema(value_type = String)]
    pub status: Status,
}

/// A letter to another city or department that nobody has answered yet.
#[derive(Serialize, ToSchema)]
pub struct Letter {
    /// Its id, for `/handoffs/{id}/…`.
    pub id: String,
    /// The step.
    pub step: String,
    /// To which post.
    pub to: String,
    /// Somebody there has taken it.
    pub received: bool,
}

/// A paper as it was issued.
#[derive(Serialize, ToSchema)]
pub struct Document {
    /// Its id.
    pub id: String,
    /// Its number 文号.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its template.
    pub template: String,
    /// Whom it goes to.
    pub to: String,
    /// When it was issued.
    pub issued: String,
    /// When it was delivered.
    pub delivered: Option<String>,
}

/// A case as far as the caller may see it.
#[derive(Serialize, ToSchema)]
pub struct CaseView {
    /// As after a write.
    #[serde(flatten)]
    pub brief: Written,
    /// What people call the matter.
    pub title: String,
    /// The city that took the application.
    pub accepting_city: String,
    /// The city that decides.
    pub deciding_city: String,
    /// Who has it now: offices and cities by name, also those of the cases it opened; the applicant is left out.
    pub who: Vec<String>,
    /// The way it came.
    pub channel: String,
    /// The case that opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// When it was opened.
    pub opened: Option<String>,
    /// When it came to its end.
    pub ended: Option<String>,
    /// Nothing can happen to it any more.
    pub closed: bool,
    /// The worst of its limits.
    #[schema(value_type = String)]
    pub level: Level,
    /// Its limits by name.
    pub clocks: BTreeMap<String, ClockView>,
    /// Names of the materials that are missing.
    pub missing: Vec<String>,
    /// What the applicant brings, with the files that show it.
    pub materials: Vec<Material>,
    /// Cases it opened.
    pub children: Vec<Child>,
    /// The groups it waits to enter while another case of the same key is there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub awaits_turn: Vec<AwaitedTurn>,
    /// Letters nobody has answered yet.
    pub handoffs: Vec<Letter>,
    /// Papers issued.
    pub documents: Vec<Document>,
    /// What it gave, once it has ended.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub results: Json,
    /// Who applied; numbers are masked. Null where the caller's posts do not need it.
    pub applicant: Json,
    /// The application; numbers are masked. Null where the caller's posts do not need it.
    pub form: Json,
    /// How many parts the caller's posts do not show.
    pub hidden: u32,
}

/// The answer to a write.
pub fn written(seen: &Seen, sight: Sight, now: Timestamp, people: &People) -> Written {
    let case = &seen.case;
    Written {
        id: seen.id.to_string(),
        number: seen.number.to_string(),
        matter: seen.revision.id.value.to_string(),
        revision: seen.revision_number,
        status: case.status(),
        label: case.label().map(str::to_owned),
        version: case.seq(),
        query_code: None,
        due: case.due().map(at),
        tasks: match sight {
            Sight::None => Vec::new(),
            _ => case
                .open_tasks()
                .map(|(no, task)| brief(seen, no, task, now, people))
                .collect(),
        },
    }
}

/// An open task in short.
pub fn brief(seen: &Seen, no: TaskNo, task: &Task, now: Timestamp, people: &People) -> TaskBrief {
    let (state, holder) = state(task);
    TaskBrief {
        id: within(seen.id, no.0),
        step: seen.case.address(&seen.revision, task.frame(), task.step()),
        title: title(seen, task),
        state,
        holder: holder.map(|id| Person::of(id, people)),
        posts: task.seats().iter().map(|s| s.post.to_string()).collect(),
        level: seen.case.task_level(task, now),
        due: seen.case.task_due(task).map(at),
        version: task.version(),
    }
}

/// The name of a task's state, and who has it.
pub fn state(task: &Task) -> (&'static str, Option<&str>) {
    match task.state() {
        TaskState::Open => ("open", None),
        TaskState::Held { by, .. } => ("held", Some(by)),
        TaskState::Waiting { by, .. } => ("waiting", Some(by)),
        TaskState::Done { by, .. } => ("done", Some(by)),
        TaskState::Void { .. } => ("void", None),
    }
}

/// What people call the step of a task.
pub fn title(seen: &Seen, task: &Task) -> String {
    title_in(Lang::Zh, seen, task).to_owned()
}

/// The same in a language.
pub fn title_in<'s>(lang: Lang, seen: &'s Seen, task: &'s Task) -> &'s str {
    let step = seen.revision.named(task.step()).map(|(_, step)| step);
    step.map_or(task.step(), |step| step.title.get(lang))
}

/// What helps whoever does a task; nothing where another's proposal is confirmed, or a paper delivered that another step issued.
pub fn advice<'l>(library: &'l Library, seen: &Seen, task: &Task) -> Option<&'l Advice> {
    let (at, step) = seen.revision.named(task.step())?;
    let own = match task.work() {
        Work::Step | Work::Receive(_) | Work::Answer(_) => true,
        Work::Deliver(_) => matches!(step.kind, Kind::Paper(_)),
        Work::Second => false,
    };
    library.advice(&seen.revision, at).filter(|_| own)
}

/// The form a task is done with.
pub fn form_of<'s>(seen: &'s Seen, task: &Task) -> Option<&'s forms::Form> {
    let (_, step) = seen.revision.named(task.step())?;
    let name = match (&step.kind, task.work()) {
        (Kind::Task { form, .. }, Work::Step) => form.as_ref()?,
        (Kind::Handoff { form, .. }, Work::Answer(_)) => form.as_ref()?,
        _ => return None,
    };
    seen.revision.form(&name.value)
}

/// The form of what a second person is asked about: of a step, or of an act that was proposed.
pub fn proposed_form<'s>(seen: &'s Seen, task: &Task) -> Option<&'s forms::Form> {
    let name = match seen.revision.named(task.step()) {
        Some((_, step)) => match &step.kind {
            Kind::Task { form, .. } => form.as_ref(),
            _ => None,
        },
        None => {
            let mut events = seen.revision.event_defs.iter();
            let event = events.find(|event| event.name.value == *task.step())?;
            event.form.as_ref()
        }
    };
    seen.revision.form(&name?.value)
}

/// A case as far as the caller may see it.
pub fn case(
    seen: &Seen,
    sight: Sight,
    now: Timestamp,
    deciding: String,
    network: &Network,
    people: &People,
) -> CaseView {
    let case = &seen.case;
    let whole = sight == Sight::Whole;
    let shown = |value: Json| if whole { value } else { Json::Null };
    let form = seen.revision.form.as_ref();
    let form = form.and_then(|name| seen.revision.form(&name.value));
    CaseView {
        brief: written(seen, sight, now, people),
        title: seen.revision.title.zh.clone(),
        accepting_city: case.accepting_city().to_owned(),
        deciding_city: deciding,
        who: Vec::new(),
        channel: case.channel().to_owned(),
        parent: case.parent().map(|p| p.case.to_string()),
        opened: case.opened().map(at),
        ended: case.ended().map(at),
        closed: case.is_closed(),
        level: case.level(now),
        clocks: clocks(seen, now, network),
        missing: case.missing().to_vec(),
        materials: materials(seen, sight, Lang::Zh),
        children: case
            .children()
            .map(|(id, step, matter, status)| Child {
                id: id.to_string(),
                step: step.to_string(),
                matter: matter.to_string(),
                status,
            })
            .collect(),
        awaits_turn: case
            .awaited_turns()
            .map(|(step, since)| AwaitedTurn {
                step: step.to_string(),
                since: at(since),
            })
            .collect(),
        handoffs: case
            .letters()
            .map(|(no, step, to, received)| Letter {
                id: within(seen.id, no.0),
                step: step.to_string(),
                to: to.post.to_string(),
                received,
            })
            .collect(),
        documents: if whole { documents(seen) } else { Vec::new() },
        results: shown(case.results().clone()),
        applicant: shown(masked(person(), case.applicant())),
        form: shown(form.map_or(Json::Null, |f| masked(Some(f), case.form()))),
        hidden: if whole { 0 } else { 4 },
    }
}

/// A group that one case at a time is in, and since when this one waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct AwaitedTurn {
    /// The group.
    pub step: String,
    /// Since when.
    pub since: String,
}

/// The papers issued so far.
pub fn documents(seen: &Seen) -> Vec<Document> {
    let papers = seen.case.papers().iter();
    papers
        .map(|(no, paper)| document(seen, *no, paper))
        .collect()
}

/// The clocks by name, each with its days.
pub fn clocks_by_day(
    seen: &Seen,
    now: Timestamp,
    network: &Network,
) -> BTreeMap<String, ClockView> {
    let mut views = clocks(seen, now, network);
    for (name, running) in seen.case.clocks() {
        let days = running
            .ledger()
            .days(running.city(), now, |c| network.calendar(c));
        let day = |(city, day): (String, engine::clock::DayCount)| Day {
            date: day.date.to_string(),
            city,
            number: day.number,
            why: day.words(),
            stands: day.why == engine::clock::Why::Paused,
        };
        if let Some(view) = views.get_mut(name) {
            view.days = days.into_iter().map(day).collect();
        }
    }
    views
}

/// What there is to say of a paper besides its text.
pub fn document(seen: &Seen, no: PaperNo, paper: &Paper) -> Document {
    Document {
        id: within(seen.id, no.0),
        number: seen.case.paper_number(no),
        title: heading(&seen.revision, &paper.template).to_owned(),
        template: paper.template.to_string(),
        to: paper
            .to
            .as_ref()
            .map_or_else(|| "applicant".to_owned(), ToString::to_string),
        issued: at(paper.issued),
        delivered: paper.delivered.as_ref().map(|(_, when)| at(*when)),
    }
}

/// The clocks by name.
pub fn clocks(seen: &Seen, now: Timestamp, network: &Network) -> BTreeMap<String, ClockView> {
    let clocks = seen.case.clocks().iter();
    clocks
        .map(|(name, running)| (name.clone(), clock(running, now, network)))
        .collect()
}

/// One clock.
pub fn clock(running: &Running, now: Timestamp, network: &Network) -> ClockView {
    clock_at(running, running.ledger(), now, network)
}

/// A clock of a case by a ledger it has or had, at an instant.
pub fn clock_at(
    running: &Running,
    ledger: &engine::case::Clock,
    now: Timestamp,
    network: &Network,
) -> ClockView {
    let calendar: Calendar = network.calendar(running.city());
    ClockView {
        kind: match running.kind() {
            engine::matter::LimitKind::Statutory => "statutory",
            engine::matter::LimitKind::Promised => "promised",
            engine::matter::LimitKind::Internal => "internal",
        },
        city: running.city().to_owned(),
        budget: ledger.limit().to_string(),
        total: rest(ledger.total(&calendar)),
        used: portion(ledger.used(now, &calendar)),
        left: rest(ledger.left(now, &calendar)),
        due: at(ledger.due()),
        provisional: ledger.is_provisional(),
        level: running.level(now),
        stopped: running.is_stopped(),
        paused: ledger
            .stops()
            .iter()
            .map(|stop| Pause {
                from: at(stop.from),
                to: stop.to.map(at),
                reason: stop.reason.clone(),
                paper: stop.paper.clone(),
            })
            .collect(),
        days: Vec::new(),
    }
}

/// What is left, to the minute that [`portion`] has not counted yet, so that both add up (G26).
fn rest(amount: Amount) -> Portion {
    let minutes = -(-amount.seconds).div_euclid(60);
    let whole = amount.day_length / 60;
    let carried = i64::from(whole > 0 && amount.days > 0 && minutes >= whole);
    Portion {
        days: amount.days + carried,
        minutes: minutes - carried * whole,
        day_minutes: whole,
    }
}

fn portion(amount: Amount) -> Portion {
    Portion {
        days: amount.days,
        minutes: amount.seconds.div_euclid(60),
        day_minutes: amount.day_length / 60,
    }
}
