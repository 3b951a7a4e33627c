//! The worklist, and one task with everything needed to do it.

use super::body::Asked;
use super::ids::{Within, within};
use super::mask::{masked, shared};
use super::materials::{Material, materials};
use super::problem::{Code, Problem};
use super::sight::Visible;
use super::uploads::Materials;
use super::views::{self, Person, TaskBrief};
use super::work::{Desk, Draft};
use super::{App, Here, cursor, readings};
use crate::directory::Caller;
use crate::runtime::Seen;
use crate::store::{Listed, Office, TaskFilter};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine::case::{
    Actor, Cause, Command, HandoffNo, Name, Rejection, Sight, Task, TaskNo, Work, decide,
};
use engine::clock::civil;
use engine::matter::{Kind, Reason, Way};
use engine::text::{Lang, Text, both};
use forms::Form;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// The longest text to look for (G82), in characters.
const LONGEST: usize = 200;

/// Rows are counted up to here.
const COUNTED: i64 = 1_000;

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// City, six digits or short name.
    city: Option<String>,
    /// Department.
    department: Option<String>,
    /// Post.
    post: Option<String>,
    /// `open`, `held` or `waiting`.
    state: Option<String>,
    /// `me`: what the caller holds.
    holder: Option<Holder>,
    /// Level of warning.
    level: Option<String>,
    /// Matter.
    matter: Option<String>,
    /// Beginning of a case number.
    q: Option<String>,
    /// Order; only `due`, the most urgent first.
    sort: Option<Sort>,
    /// Where the next page begins, as the page before said.
    cursor: Option<String>,
    /// Rows a page has, at most 200.
    limit: Option<u32>,
}

/// Orders of the worklist.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Sort {
    /// The most urgent first.
    Due,
}

/// Whose tasks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Holder {
    /// The caller's.
    Me,
}

/// A page of the worklist.
#[derive(Serialize, ToSchema)]
pub(super) struct TaskPage {
    /// Rows.
    tasks: Vec<TaskLine>,
    /// Rows in all; null for more than a thousand, which nobody reads and which would cost more to count than to show.
    total: Option<i64>,
    /// Where the next page begins; null on the last.
    cursor: Option<String>,
}

/// A row of the worklist.
#[derive(Serialize, ToSchema)]
pub(super) struct TaskLine {
    id: String,
    case: String,
    number: String,
    matter: String,
    status: String,
    step: String,
    post: String,
    state: String,
    holder: Option<Person>,
    level: String,
    due: Option<String>,
    opened: String,
    version: i64,
}

/// Open tasks of the caller's offices.
#[utoipa::path(get, path = "/api/v1/tasks", tag = "tasks", params(Filter), responses((status = 200, body = TaskPage)))]
pub(super) async fn list(
    State(app): Here,
    caller: Caller,
    Asked(asked): Asked<Filter>,
) -> Result<Json<TaskPage>, Problem> {
    let limit = cursor::limit(asked.limit)?;
    let after = asked.cursor.as_deref().map(cursor::task).transpose()?;
    let which = filter(&app, &caller, asked)?;
    let store = app.runtime.store();
    let rows = store.tasks(&which, after, i64::from(limit) + 1).await?;
    let total = store.count_tasks(&which, COUNTED + 1).await?;
    let people = app.directory.people().await?;
    let more = rows.len() > limit as usize;
    let rows: Vec<Listed> = rows.into_iter().take(limit as usize).collect();
    let last = rows.last().filter(|_| more).map(|row| &row.task);
    Ok(Json(TaskPage {
        cursor: last.map(cursor::after_task),
        tasks: rows.into_iter().map(|row| line(row, &people)).collect(),
        total: (total <= COUNTED).then_some(total),
    }))
}

fn filter(app: &App, caller: &Caller, asked: Filter) -> Result<TaskFilter, Problem> {
    if asked
        .q
        .as_ref()
        .is_some_and(|q| q.chars().count() > LONGEST)
    {
        let most = [("most", LONGEST.to_string())];
        return Err(Problem::says(Code::Malformed, "api.long_search", &most));
    }
    let mut within = caller.offices(true);
    // There is one order so far; whoever asks for it gets it.
    let (Some(Sort::Due) | None) = asked.sort;
    let office = Office {
        city: asked.city.map(|c| app.city(&c)),
        department: asked.department,
        post: asked.post,
        matters: None,
    };
    // Of his offices those he asks for: one is read in order from its index.
    let meets = |own: &Option<String>, asked: &Option<String>| asked.is_none() || own == asked;
    within
        .retain(|own| meets(&own.city, &office.city) && meets(&own.department, &office.department));
    Ok(TaskFilter {
        within: Some(within),
        office,
        holder: asked
            .holder
            .map(|Holder::Me| caller.principal().to_string()),
        state: asked.state,
        level: asked.level,
        matter: asked.matter,
        number: asked.q.filter(|q| !q.is_empty()),
        ..TaskFilter::default()
    })
}

fn line(row: Listed, people: &views::People) -> TaskLine {
    let task = row.task;
    TaskLine {
        id: format!("{}-{}", task.case_id, task.no),
        case: task.case_id.to_string(),
        number: row.number,
        matter: row.matter,
        status: row.status,
        step: task.step,
        post: format!("{}/{}/{}", task.city, task.department, task.post),
        state: task.state,
        holder: task.holder.map(|id| Person::of(&id, people)),
        level: task.level,
        due: task.due.and_then(super::cases::instant),
        opened: super::cases::instant(task.opened).unwrap_or_default(),
        version: task.version,
    }
}

/// A task with everything needed to do it.
#[derive(Serialize, ToSchema)]
pub(super) struct TaskView {
    /// As in a list.
    #[serde(flatten)]
    brief: TaskBrief,
    /// The case, in short.
    case: CaseOfTask,
    /// The form's JSON Schema; null where there is none.
    #[schema(value_type = Object)]
    form: Value,
    /// What was filled in: the draft, else what the step held before.
    #[schema(value_type = Object)]
    data: Value,
    /// The version of the draft, for `If-Match` on the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<i64>,
    /// What the step shows beside its form, by step; numbers are masked.
    shows: Map<String, Value>,
    /// What helps whoever does it; nothing where the matter says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    guidance: Option<Guidance>,
    /// What the applicant brings.
    materials: Vec<Material>,
    /// The files the draft names, by material.
    #[serde(skip_serializing_if = "Materials::is_empty")]
    draft_materials: Materials,
    /// What the caller may choose now.
    outcomes: Vec<Choice>,
    /// What a second person is asked to confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<Proposal>,
    /// The call to another system that came to nothing, so that a person has to do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_call: Option<FailedCall>,
}

/// What helps at a step.
#[derive(Serialize, ToSchema)]
struct Guidance {
    /// What to do, line by line.
    #[schema(value_type = Vec<super::problem::Both>)]
    r#do: Vec<Text>,
    /// What to read, as far as it is valid today.
    see: Vec<Reference>,
}

/// Something to read.
#[derive(Serialize, ToSchema)]
struct Reference {
    #[schema(value_type = super::problem::Both)]
    title: Text,
    /// Articles it rests on.
    basis: Vec<String>,
    /// A decision table, by name.
    table: Option<String>,
    #[schema(value_type = Option<super::problem::Both>)]
    note: Option<Text>,
}

impl Guidance {
    fn of(app: &App, seen: &Seen, task: &Task) -> Option<Guidance> {
        let library = app.runtime.library();
        let advice = views::advice(&library, seen, task)?;
        let today = civil(app.runtime.clock().now()).date();
        let see = advice.valid(today).map(|r| Reference {
            title: r.title.clone(),
            basis: r
                .basis
                .iter()
                .map(|b| b.cited(&library.network, Lang::Zh))
                .collect(),
            table: r.table.as_ref().map(|t| t.value.clone()),
            note: r.note.clone(),
        });
        Some(Guidance {
            r#do: advice.lines.clone(),
            see: see.collect(),
        })
    }
}

/// A call that came to nothing.
#[derive(Serialize, ToSchema)]
struct FailedCall {
    /// The step that asked.
    step: String,
    /// Why, in words.
    #[schema(value_type = super::problem::Both)]
    why: Text,
}

impl FailedCall {
    fn of((step, cause): (&Name, &Cause)) -> Self {
        let args = cause.args.iter().map(|(k, v)| (k.as_str(), v.clone()));
        FailedCall {
            step: step.to_string(),
            why: both(&cause.why, &args.collect::<Vec<_>>()),
        }
    }
}

/// The case a task belongs to.
#[derive(Serialize, ToSchema)]
struct CaseOfTask {
    id: String,
    number: String,
    matter: String,
    title: String,
    status: String,
    version: u64,
}

/// An outcome the caller may choose.
#[derive(Serialize, ToSchema)]
pub struct Choice {
    /// The text to send.
    pub outcome: String,
    /// Its English label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    /// A reason must be given.
    pub asks_reason: bool,
    /// It goes back to an earlier step.
    pub returns: bool,
}

/// What was proposed, and by whom.
#[derive(Serialize, ToSchema)]
struct Proposal {
    outcome: String,
    by: Person,
}

/// One task with form, data, materials and the outcomes the caller may choose.
#[utoipa::path(get, path = "/api/v1/tasks/{id}", tag = "tasks", params(("id" = String, Path, description = "Id of the task")),
    responses((status = 200, body = TaskView)))]
pub(super) async fn one(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = task_id(&id)?;
    let visible = app.read_task(&caller, id).await?;
    let Some(task) = visible.seen.case.tasks().get(&TaskNo(id.no)) else {
        return Err(Problem::new(Code::NotFound));
    };
    let people = app.directory.people().await?;
    let draft = Draft::of(&app, &caller, &Desk::Task(id)).await?;
    let view = view(
        &app,
        &caller.actor(),
        &visible,
        (TaskNo(id.no), task),
        draft,
        &people,
    );
    let tag = format!("\"{}\"", task.version());
    Ok(([(header::ETAG, tag)], Json(view)).into_response())
}

/// The name of a task in an address.
pub fn task_id(text: &str) -> Result<Within, Problem> {
    Within::read(text).ok_or_else(|| Problem::new(Code::NotFound))
}

impl App {
    /// The case of a task as [`App::task`] has it; that the caller reads it is on record before he gets it.
    pub async fn read_task(&self, caller: &Caller, id: Within) -> Result<Visible, Problem> {
        let visible = self.task(caller, id).await?;
        let what = format!("task {}", id.no);
        self.record(caller, readings::Kind::Read, Some(id.case), &what, "")
            .await?;
        Ok(visible)
    }

    /// The case of a task, if the caller may see the task: those of his office, and all of a case he sees whole.
    pub async fn task(&self, caller: &Caller, id: Within) -> Result<Visible, Problem> {
        let visible = self.visible(&caller.actor(), id.case).await?;
        let task = visible.seen.case.tasks().get(&TaskNo(id.no));
        let Some(task) = task else {
            return Err(Problem::new(Code::NotFound));
        };
        let matter = &visible.seen.revision.id.value;
        let office = |p: &engine::case::Party| {
            let own = |q: &engine::case::Party| q.city == p.city && q.department == p.department;
            caller.posts_in(matter).any(own)
        };
        let own = task.seats().iter().any(|s| office(&s.post));
        if own || visible.sight >= Sight::Outline {
            return Ok(visible);
        }
        let needed = task.seats().iter().map(|s| s.post.clone()).collect();
        let rejection = Rejection::Forbidden { needed };
        Err(self.rejected(rejection).await)
    }
}

fn view(
    app: &App,
    actor: &Actor,
    visible: &Visible,
    (no, task): (TaskNo, &Task),
    draft: Option<Draft>,
    people: &views::People,
) -> TaskView {
    let seen = &visible.seen;
    let now = app.runtime.clock().now();
    let form = views::form_of(seen, task);
    let before = seen.case.so_far(task);
    let before = before.map(|values| masked(form, &values));
    let version = draft.as_ref().map(|d| d.version);
    let (drafted, draft_materials) = draft.map(|d| (d.data, d.materials)).unzip();
    let draft_materials = draft_materials.unwrap_or_default();
    TaskView {
        brief: views::brief(seen, no, task, now, people),
        case: CaseOfTask {
            id: seen.id.to_string(),
            number: seen.number.to_string(),
            matter: seen.revision.id.value.to_string(),
            title: seen.revision.title.zh.clone(),
            status: seen.case.status().word().to_owned(),
            version: seen.version(),
        },
        form: form.map_or(Value::Null, |f| f.schema().clone()),
        data: drafted.or(before).unwrap_or(Value::Null),
        draft: version,
        shows: shows(seen, task),
        guidance: Guidance::of(app, seen, task),
        materials: materials(seen, visible.sight, Lang::Zh),
        draft_materials,
        outcomes: outcomes(app, actor, seen, no, task),
        proposal: task.proposal().map(|(what, by, _)| Proposal {
            outcome: what.to_string(),
            by: Person::of(by, people),
        }),
        failed_call: seen.case.failed_call(task.frame()).map(FailedCall::of),
    }
}

/// What the engine offers, if it would let the caller act on the task at all.
pub fn outcomes(app: &App, actor: &Actor, seen: &Seen, no: TaskNo, task: &Task) -> Vec<Choice> {
    if !matches!(views::state(task).0, "open" | "held") {
        return Vec::new();
    }
    let names = app.with_context(actor, |context| {
        let mut case = (*seen.case).clone();
        let claim = decide(
            &seen.revision,
            &mut case,
            &Command::Claim { task: no },
            context,
        );
        let barred = matches!(
            claim,
            Err(Rejection::Forbidden { .. }
                | Rejection::SecondPerson { .. }
                | Rejection::Held { .. })
        );
        match barred {
            true => Vec::new(),
            false => case.outcomes(&seen.revision, no, context),
        }
    });
    let step = seen.revision.named(task.step()).map(|(_, step)| step);
    let of = |name: &str| step.and_then(|s| s.outcomes.iter().find(|o| &*o.name.value == name));
    let choice = |name: engine::case::Name| {
        let outcome = of(&name);
        let returns = outcome.is_some_and(|o| matches!(o.way, Way::BackTo(_)));
        Choice {
            title_en: outcome.and_then(|o| o.title_en.clone()),
            asks_reason: returns || outcome.is_some_and(|o| matches!(o.reason, Reason::Ask)),
            returns,
            outcome: name.to_string(),
        }
    };
    names.into_iter().map(choice).collect()
}

/// What a letter shares is shown under this name.
pub const SHARED: &str = "shared";

/// Something shown beside a form: values with the form that says what they are.
pub struct Shown<'s> {
    /// `applicant`, `form`, `shared`, or the step that wrote them.
    pub name: String,
    /// The form they were filled in by; what a step worked out or a letter shares has none.
    pub form: Option<&'s Form>,
    /// The values. Private.
    pub values: &'s Value,
    /// Worked out by a table or shared by a letter.
    pub plain: bool,
}

/// The values of the steps that the step of a task says it shows; the application too, for whoever does it needs to know what it is
/// about. Whoever got a letter sees what that shares instead, also inside of the hand-off (G53).
pub fn shown<'s>(seen: &'s Seen, task: &Task) -> Vec<Shown<'s>> {
    let mut all = Vec::new();
    match letter_of(seen, task) {
        Some(no) => all.extend(seen.case.shared(no).map(|values| Shown {
            name: SHARED.to_owned(),
            form: None,
            values,
            plain: true,
        })),
        None => {
            let form = seen.revision.form.as_ref();
            all.push(Shown {
                name: "applicant".to_owned(),
                form: forms::person(),
                values: seen.case.applicant(),
                plain: false,
            });
            all.push(Shown {
                name: "form".to_owned(),
                form: form.and_then(|name| seen.revision.form(&name.value)),
                values: seen.case.form(),
                plain: false,
            });
        }
    }
    let step = seen.revision.named(task.step()).map(|(_, step)| step);
    let Some(Kind::Task { shows, .. }) = step.map(|s| &s.kind) else {
        return all;
    };
    all.extend(
        shows
            .iter()
            .filter_map(|name| written_by(seen, &name.value)),
    );
    all
}

/// The letter a task is about, or inside of.
pub fn letter_of(seen: &Seen, task: &Task) -> Option<HandoffNo> {
    match task.work() {
        Work::Receive(no) | Work::Answer(no) => Some(no),
        _ => seen.case.letter_around(&seen.revision, task),
    }
}

/// What a step left behind.
pub fn written_by<'s>(seen: &'s Seen, name: &str) -> Option<Shown<'s>> {
    let (_, step) = seen.revision.named(name)?;
    let mut frames = seen.case.frames().values();
    let record = frames.find_map(|f| f.record(name))?;
    let form = match &step.kind {
        Kind::Task { form, .. } | Kind::Handoff { form, .. } => form.as_ref(),
        _ => None,
    };
    Some(Shown {
        name: name.to_owned(),
        form: form.and_then(|form| seen.revision.form(&form.value)),
        values: record.values(),
        plain: matches!(step.kind, Kind::Decide { .. }),
    })
}

/// The same for programs: numbers masked.
fn shows(seen: &Seen, task: &Task) -> Map<String, Value> {
    let known = |s: &Shown<'_>| s.plain || s.form.is_some() || s.name == "form";
    let value = |s: Shown<'_>| match s.plain {
        true => (s.name, shared(&seen.revision, s.values)),
        false => (s.name, masked(s.form, s.values)),
    };
    shown(seen, task)
        .into_iter()
        .filter(known)
        .map(value)
        .collect()
}

/// How a task in the store is called outside.
pub fn name(id: Within) -> String {
    within(id.case, id.no)
}
