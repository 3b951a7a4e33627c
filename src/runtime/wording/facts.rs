//! What a text may say: safe facts of a case, its tasks, forms, items and offices.

use super::super::held::Held;
use super::super::reach::Reach;
use super::super::spoken::spoken;
use super::{APPLICANT, About, Speaker};
use engine::case::{Context, Frame, FrameNo, Party, Task, TaskNo};
use engine::matter::{Kind, ROUND, Revision};
use engine::text::{Lang, say};
use forms::{Field, Form, Fragments, Kind as Holds};
use notifications::facts::{CaseFacts, Facts, TaskFacts};
use notifications::wording::Notice;
use std::collections::BTreeSet;
use std::sync::LazyLock;

impl Speaker<'_> {
    /// The safe facts a notice names; what it does not name is not fetched.
    pub(super) fn facts(&self, told: &About<'_>, link: &str, lang: Lang, notice: &Notice) -> Facts {
        let named: BTreeSet<&str> = notice.names().collect();
        let mut facts = case_facts(self.held, link, lang);
        if let Some((no, task)) = told.task {
            facts = self.with_task(facts, no, task, lang);
        }
        if named.contains("office") {
            let (case, revision) = (&self.held.case, &self.held.published.revision);
            let post = case.acting_office(revision, self.context);
            let (name, phone) = office(post, self.context, self.reach);
            facts = facts.office(&name, &phone);
        }
        if let Some(title) = told.paper {
            facts = facts.words("paper", serde_json::json!({ "title": title }));
        }
        let (case, revision) = (&self.held.case, &self.held.published.revision);
        let form = revision.form.as_ref().filter(|_| named.contains("form"));
        if let Some(form) = form.and_then(|f| revision.form(&f.value)) {
            let values = spoken(form.fields(), case.form(), self.context.network);
            facts = facts.form("form", form, &values);
        }
        if let Some(name) = case.applicant().get("name") {
            facts = facts.words(APPLICANT, serde_json::json!({ "name": name }));
        }
        let around: Vec<&Frame> = self.around(told.frame).collect();
        for frame in around.into_iter().rev() {
            facts = self.with_frame(facts, frame, &named);
        }
        notice.complete(facts)
    }

    pub(super) fn with_task(&self, facts: Facts, no: TaskNo, task: &Task, lang: Lang) -> Facts {
        let (case, revision) = (&self.held.case, &self.held.published.revision);
        let step = revision.named(task.step()).map(|(_, step)| step);
        // What an event asks of a second person goes by the name of the event.
        let event = say(lang, &format!("picture.outcome.{}", task.step()), &[]);
        let event = event.unwrap_or_else(|| task.step().to_string());
        let clock = case.task_clock(task);
        let left = clock.map(|clock| {
            let calendar = self.context.network.calendar(clock.city());
            let left = clock.ledger().left(self.context.now, &calendar);
            let (key, count) = match (left.days, left.seconds) {
                (days, _) if days > 0 => ("left.days", days),
                (_, seconds) if seconds >= 3600 => ("left.hours", seconds / 3600),
                (_, seconds) if seconds > 0 => ("left.minutes", (seconds / 60).max(1)),
                _ => ("left.none", 0),
            };
            say(lang, key, &[("count", count.to_string())])
        });
        let told = TaskFacts {
            id: &format!("{}-{}", self.held.id, no.0),
            step: &case.address(revision, task.frame(), task.step()),
            title: step.map_or(&event, |step| step.title.get(lang)),
            due: case.task_due(task),
            left: &left.flatten().unwrap_or_default(),
        };
        facts.task(&told, lang)
    }

    /// The sequences around a place, innermost first.
    fn around(&self, frame: Option<FrameNo>) -> impl Iterator<Item = &Frame> {
        let frames = self.held.case.frames();
        let root = frames.keys().next().copied();
        let first = frame.or(root).and_then(|no| frames.get(&no));
        std::iter::successors(first, |frame| frames.get(&frame.parent()?))
    }

    /// What the steps of a sequence have written, and the item it is for: safe fields only.
    fn with_frame(&self, mut facts: Facts, frame: &Frame, named: &BTreeSet<&str>) -> Facts {
        let revision = &self.held.published.revision;
        let opened_by = frame.step().and_then(|step| revision.named(step));
        if let Some((_, step)) = opened_by
            && let Some(alias) = step.kind.alias().filter(|alias| named.contains(alias))
        {
            let fields = item_fields(revision, alias);
            let item = spoken(&fields, frame.content(), self.context.network);
            facts = facts.fields(alias, &fields, &item);
        }
        let records = frame.records().iter();
        for (name, record) in records.filter(|(name, _)| named.contains(&***name)) {
            let form = revision
                .named(name)
                .and_then(|(_, step)| form_name(&step.kind));
            if let Some(form) = form.and_then(|form| revision.form(form)) {
                let values = spoken(form.fields(), record.values(), self.context.network);
                facts = facts.form(name, form, &values);
            }
        }
        facts
    }
}

/// Number and date of a round by the calendar.
static ROUND_FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let text = include_str!("../round.schema.json");
    let form = Form::read("round", text, &Fragments::default());
    form.map_or_else(|_| Vec::new(), |form| form.fields().to_vec())
});

/// What an item that goes by a name can hold: a round, or the items of a matter's lists. A name that two lists have is safe only if it
/// is in both.
pub(in crate::runtime) fn item_fields(revision: &Revision, alias: &str) -> Vec<Field> {
    if alias == ROUND {
        return ROUND_FIELDS.clone();
    }
    let form = revision.form.as_ref().and_then(|f| revision.form(&f.value));
    let mut all: Vec<Field> = Vec::new();
    for field in form.into_iter().flat_map(|form| form.fields()) {
        let Holds::Rows { fields, .. } = &field.kind else {
            continue;
        };
        for field in fields {
            match all.iter_mut().find(|known| known.name == field.name) {
                Some(known) => known.safe &= field.safe,
                None => all.push(field.clone()),
            }
        }
    }
    all
}

/// The form whose fields a step leaves behind.
pub(in crate::runtime) fn form_name(kind: &Kind) -> Option<&str> {
    let form = match kind {
        Kind::Task { form, .. }
        | Kind::Handoff { form, .. }
        | Kind::Wait { form, .. }
        | Kind::Call { form, .. } => form.as_ref(),
        _ => None,
    };
    form.map(|form| form.value.as_str())
}

/// What a text may say of a case.
pub(in crate::runtime) fn case_facts(held: &Held, link: &str, lang: Lang) -> Facts {
    let (case, revision) = (&held.case, &held.published.revision);
    let told = CaseFacts {
        id: &held.id.to_string(),
        number: &held.number,
        matter: &revision.id.value,
        matter_title: revision.title.get(lang),
        revision: &held.published.number.to_string(),
        received: case.opened(),
        due: case.due(),
    };
    Facts::new(&told, link, lang)
}

/// Name and telephone of the office of a post; nothing where there is none.
pub(in crate::runtime) fn office(
    post: Option<Party>,
    context: &Context<'_>,
    reach: &Reach,
) -> (String, String) {
    post.map_or_else(Default::default, |post| {
        let name = context.network.office(&post.city, &post.department);
        let phone = reach
            .phone(&post.to_string(), context.network)
            .unwrap_or_default();
        (name, phone.to_owned())
    })
}
