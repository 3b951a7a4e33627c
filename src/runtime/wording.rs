//! From what a case owes to the messages that lie in the outbox: whom, by which channel, in which words.
//!
//! The matter's own notices come first, then the default texts of the usual ones. Words are made once, in the transaction of their
//! cause, of safe facts alone; no address lies among them, for it is looked up when the message leaves.

use super::held::Held;
use super::papers;
use super::reach::Reach;
use super::spoken::spoken;
use crate::endpoint::Endpoint;
use engine::case::{
    Actor, Case, Context, Effect, Event, Fact, Frame, FrameNo, Party, Recipient, Status, Task,
    TaskNo, TaskState, Work,
};
use engine::clock::{Calendar, Limit, Unit, civil, due, instant};
use engine::matter::{Kind, ROUND, Revision};
use engine::text::{Lang, say};
use forms::{Field, Form, Fragments, Kind as Holds};
use jiff::{SignedDuration, Timestamp};
use notifications::facts::{CaseFacts, Facts, TaskFacts};
use notifications::message::{Body, Channel};
use notifications::retry::by_day;
use notifications::wording::{
    Haste, Notice, Notices, Reader, find, usual_channels, usual_name, webhook,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A message as it lies in the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Owed {
    /// What happened.
    pub about: String,
    /// `applicant`, or a post as `city/department/post`.
    pub to: String,
    /// When it happened.
    pub at: Timestamp,
    /// The task it asks somebody to do: once that is done, it is stale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<u32>,
    /// When that task must be done, where the message only reminds of it: another date is for another reminder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// The clock whose card it tells of: once that has stopped, it is stale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
    /// The endpoint it goes to, if it is a webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<i64>,
    /// The way out it tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
    /// Its words.
    #[serde(flatten)]
    pub body: Body,
}

/// What stands in a message where the applicant's link ends, as long as that is: what opens a case lies in no outbox (G56). It is put
/// in when the message leaves.
const HOLE: &str = "······················";

/// A message of an applicant with the end of his link in its place.
pub(super) fn with_link(message: &str, link: &str) -> String {
    message.replace(HOLE, link)
}

/// The name of the applicant among recipients.
pub(super) const APPLICANT: &str = "applicant";
/// What an applicant is told where his matter says nothing, besides what is missing and how it ended.
const NEWS: [&str; 2] = ["received", "accepted"];
/// A task of so little time is urgent.
const URGENT: Limit = Limit {
    count: 1,
    unit: Unit::WorkingDays,
};

static NOTHING: LazyLock<Notices> = LazyLock::new(Notices::default);

impl Owed {
    /// Whether it was not to leave at once, but at its hour.
    pub(super) fn is_planned(&self) -> bool {
        self.due.is_some() || leaves(self, self.at) > self.at
    }

    /// Whether its reason has gone (G32).
    pub(super) fn is_stale(&self, case: &Case) -> bool {
        let open = |no: u32| {
            let task = case.tasks().get(&TaskNo(no))?;
            let gone = matches!(
                task.state(),
                TaskState::Done { .. } | TaskState::Void { .. }
            );
            (!gone).then_some(task)
        };
        let task = self.task.map(open);
        let moved = |due: Timestamp| {
            let now = task.flatten().and_then(|task| case.task_due(task));
            now != Some(due)
        };
        let stopped = |clock: &String| case.clock(clock).is_none_or(|c| c.is_stopped());
        task.is_some_and(|task| task.is_none())
            || self.due.is_some_and(moved)
            || self.clock.as_ref().is_some_and(stopped)
    }
}

/// A message and when it may leave.
pub(super) type Timed = (Owed, Timestamp);

/// Words what the events of one command owe.
pub(super) struct Speaker<'a> {
    pub held: &'a Held,
    pub events: &'a [Event],
    pub context: &'a Context<'a>,
    pub reach: &'a Reach,
    pub endpoints: &'a [Endpoint],
}

/// What one notice is about.
#[derive(Clone, Copy, Default)]
struct About<'a> {
    /// What happened.
    what: &'a str,
    /// The default text, where it goes by another name.
    usual: Option<&'a str>,
    /// A text the matter names for it.
    template: Option<&'a str>,
    /// The matter says who is told: an outcome's `notify`.
    asked: bool,
    frame: Option<FrameNo>,
    task: Option<(TaskNo, &'a Task)>,
    clock: Option<&'a str>,
    /// The paper it tells of.
    paper: Option<&'a str>,
    /// It only reminds.
    reminds: bool,
}

impl Speaker<'_> {
    /// The messages an effect of one event leads to; the event is the `at`-th of the command.
    pub(super) fn notice(&self, at: usize, effect: &Effect) -> Vec<Timed> {
        let Effect::Notice {
            about,
            to,
            template,
        } = effect
        else {
            return Vec::new();
        };
        let Some(event) = self.events.get(at) else {
            return Vec::new();
        };
        let sent;
        let mut told = About {
            what: about,
            template: template.as_deref(),
            ..About::default()
        };
        match &event.fact {
            Fact::TaskOpened {
                task, frame, step, ..
            } => {
                let found = self.held.case.tasks().get(task);
                told.task = found.map(|found| (*task, found));
                told.frame = Some(*frame);
                // To receive a letter is to be told that it was sent.
                if found.is_some_and(|t| matches!(t.work(), Work::Receive(_))) {
                    sent = format!("{step}.sent");
                    told.what = &sent;
                }
                let correction = self.corrects(step) && to.contains(&Recipient::Applicant);
                told.usual = correction.then_some("correction");
            }
            Fact::StepDone { frame, .. } => told.frame = Some(*frame),
            Fact::TaskUrged { task, .. } => {
                let found = self.held.case.tasks().get(task);
                told.task = found.map(|found| (*task, found));
            }
            Fact::ClockReached { clock, .. } => told.clock = Some(clock),
            Fact::NoticeOwed { about, .. } => {
                told.asked = true;
                told.frame = self.frame_of(at, about);
            }
            _ => {}
        }
        self.tell(&told, to)
    }

    /// What an event owes besides its effects: a paper's arrival at a post, and reminders where the matter has some.
    pub(super) fn besides(&self, event: &Event) -> Vec<Timed> {
        match &event.fact {
            Fact::PaperIssued {
                to: Some(post),
                template,
                frame,
                ..
            } => {
                let title = papers::heading(&self.held.published.revision, template);
                let told = About {
                    what: "paper.issued",
                    frame: Some(*frame),
                    paper: Some(title),
                    ..About::default()
                };
                self.tell(&told, &[Recipient::Post(post.clone())])
            }
            Fact::TaskOpened { task, .. } => self.remind(*task),
            Fact::ClockResumed { .. } | Fact::ClockChanged { .. } => {
                let open = self.held.case.open_tasks();
                open.flat_map(|(no, _)| self.remind(no)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Plans the reminder of a task; of one whose end moved, a new one, and the old goes stale.
    fn remind(&self, no: TaskNo) -> Vec<Timed> {
        let Some(task) = self.held.case.tasks().get(&no) else {
            return Vec::new();
        };
        let what = format!("{}.reminder", task.step());
        let notice = self.held.published.notices.get(&what);
        let before = notice.and_then(|notice| notice.before.as_ref()?.parse::<Limit>().ok());
        let clock = self.held.case.task_clock(task);
        let (Some(before), Some(clock)) = (before, clock) else {
            return Vec::new();
        };
        let calendar = self.context.network.calendar(clock.city());
        let at = ahead(clock.ledger().due(), before, &calendar);
        if at <= self.context.now {
            return Vec::new();
        }
        let told = About {
            what: &what,
            frame: Some(task.frame()),
            task: Some((no, task)),
            reminds: true,
            ..About::default()
        };
        let planned = self.tell(&told, &[]).into_iter();
        planned
            .map(|(owed, _)| {
                let leaves = leaves(&owed, at);
                (owed, leaves)
            })
            .collect()
    }

    /// Whether a step waits for what the applicant has to hand in.
    fn corrects(&self, step: &str) -> bool {
        let step = self.held.published.revision.named(step);
        let status = step.and_then(|(_, step)| step.status.as_ref());
        status.is_some_and(|s| s.value == Status::Correction.word())
    }

    /// The sequence of the step that a `notify` belongs to: it was done earlier in the same command.
    fn frame_of(&self, at: usize, about: &str) -> Option<FrameNo> {
        let before = self.events.get(..at)?.iter().rev();
        before
            .filter_map(|event| match &event.fact {
                Fact::StepDone {
                    frame,
                    step,
                    outcome,
                    ..
                } => Some((frame, step, outcome)),
                _ => None,
            })
            .find(|(_, step, outcome)| about.strip_prefix(&***step) == Some(&format!(".{outcome}")))
            .map(|(frame, ..)| *frame)
    }

    /// Everybody who is told of one thing.
    fn tell(&self, told: &About<'_>, concerned: &[Recipient]) -> Vec<Timed> {
        let own = self.held.published.notices.get(told.what);
        let mut messages = Vec::new();
        let mut whom: Vec<(Recipient, bool)> = Vec::new();
        if let Some(own) = own.filter(|_| !told.asked) {
            let named = own.to.iter().filter_map(|party| self.party(party, told));
            whom.extend(named.map(|recipient| (recipient, true)));
        }
        for recipient in concerned {
            if !whom.iter().any(|(known, _)| known == recipient) {
                let by_own = own.is_some_and(|own| told.asked || own.to.is_empty());
                whom.push((recipient.clone(), by_own));
            }
        }
        if own.is_none() && concerned.is_empty() && self.is_news(told.what) {
            whom.push((Recipient::Applicant, false));
        }
        // Whom another deployment serves it tells itself; whoever applied hears from the deployment that has his case.
        whom.retain(|(recipient, _)| match recipient {
            Recipient::Applicant => self.held.case.origin().is_none(),
            Recipient::Post(post) => !self.context.elsewhere.contains_key(&post.city),
        });
        let posts = whom.iter().filter_map(|(recipient, _)| match recipient {
            Recipient::Post(post) => Some(post),
            Recipient::Applicant => None,
        });
        messages.extend(self.calls(told, &posts.collect::<Vec<_>>()));
        for (recipient, by_own) in whom {
            let named = by_own || told.asked || told.template.is_some();
            if named || self.is_usual(&recipient, told) {
                self.one(told, &recipient, by_own, named, &mut messages);
            }
        }
        messages
    }

    fn party(&self, party: &str, told: &About<'_>) -> Option<Recipient> {
        let (case, matter) = (&self.held.case, &self.held.published.revision);
        let post = case.post_of(matter, self.context, party, told.frame)?;
        Some(match post.is_applicant() {
            true => Recipient::Applicant,
            false => Recipient::Post(post),
        })
    }

    fn is_news(&self, what: &str) -> bool {
        NEWS.contains(&what) || Status::named(what).is_some_and(Status::is_final)
    }

    /// Whether somebody is told though the matter does not say so. An applicant hears of his own case, not of its parts. A post
    /// hears by when something is wanted of it; what has no end waits in its list.
    fn is_usual(&self, recipient: &Recipient, told: &About<'_>) -> bool {
        match (recipient, told.task) {
            (Recipient::Applicant, _) => {
                let news = told.usual.is_some() || self.is_news(told.what);
                news && self.held.case.parent().is_none()
            }
            (Recipient::Post(_), Some((_, task))) => {
                let urged = told.what == "urged";
                !told.reminds && (urged || self.held.case.task_due(task).is_some())
            }
            (Recipient::Post(_), None) => told.clock.is_some() || told.paper.is_some(),
        }
    }

    /// The calls to the endpoints of these posts that want to know; one each, however many posts of an office are concerned.
    fn calls(&self, told: &About<'_>, posts: &[&Party]) -> Vec<Timed> {
        if told.reminds || self.endpoints.is_empty() {
            return Vec::new();
        }
        let usual = usual_name(told.usual.unwrap_or(told.what), Reader::Staff);
        let posts: Vec<String> = posts.iter().map(|post| post.to_string()).collect();
        let wanted = self.endpoints.iter().filter_map(|endpoint| {
            let post = posts.iter().find(|post| endpoint.hears(post, usual))?;
            Some((endpoint.id, post.clone()))
        });
        let calls = wanted.map(|(endpoint, to)| {
            let owed = Owed {
                endpoint: Some(endpoint),
                ..self.owed(told, to, self.call(told, usual))
            };
            (owed, self.context.now)
        });
        calls.collect()
    }

    /// What a call says: which case and task, where to look, and nothing of any form.
    fn call(&self, told: &About<'_>, usual: &str) -> Body {
        let link = |path: String| self.reach.link(Channel::Webhook, &path);
        let case = link(format!("cases/{}", self.held.id));
        let mut facts = case_facts(self.held, "", Lang::Zh);
        let mut links = serde_json::json!({ "case": case });
        if let Some((no, task)) = told.task {
            facts = self.with_task(facts, no, task, Lang::Zh);
            links["task"] = link(format!("tasks/{}-{}", self.held.id, no.0)).into();
        }
        webhook(usual, self.context.now, &facts, links)
    }

    fn owed(&self, told: &About<'_>, to: String, body: Body) -> Owed {
        Owed {
            about: told.what.to_owned(),
            to,
            at: self.context.now,
            task: told.task.map(|(no, _)| no.0),
            due: told
                .task
                .filter(|_| told.reminds)
                .and_then(|(_, task)| self.held.case.task_due(task)),
            clock: told.clock.map(str::to_owned),
            endpoint: None,
            way: None,
            body,
        }
    }

    /// The messages to one recipient, one a channel. The usual ones go only where there is an address.
    fn one(
        &self,
        told: &About<'_>,
        recipient: &Recipient,
        by_own: bool,
        named: bool,
        messages: &mut Vec<Timed>,
    ) {
        let (reader, lang) = match recipient {
            Recipient::Applicant => (Reader::Applicant, self.language()),
            Recipient::Post(_) => (Reader::Staff, Lang::Zh),
        };
        let usual = told.usual.unwrap_or(told.what);
        let haste = match recipient {
            Recipient::Applicant => Haste::Usual,
            Recipient::Post(_) => self.haste(told),
        };
        for channel in usual_channels(usual, reader, haste) {
            let reached = match recipient {
                _ if *channel == Channel::Webhook => false,
                Recipient::Applicant => named || phone(&self.held.case).is_some(),
                Recipient::Post(post) => named || self.reach.reaches(post, *channel),
            };
            if !reached {
                continue;
            }
            // A matter's own words are Chinese.
            let own = match by_own && lang == Lang::Zh || told.template.is_some() {
                true => &self.held.published.notices,
                false => &*NOTHING,
            };
            let own = find(own, told.what, told.template, reader, *channel, lang);
            let default = find(&NOTHING, usual, None, reader, *channel, lang);
            let Some(body) = self.words(told, (*channel, reader, lang), [own, default]) else {
                tracing::error!(
                    case = self.held.id,
                    about = told.what,
                    "there are no words for a message"
                );
                continue;
            };
            let to = match recipient {
                Recipient::Applicant => APPLICANT.to_owned(),
                Recipient::Post(post) => post.to_string(),
            };
            let owed = self.owed(told, to, body);
            let at = leaves(&owed, self.context.now);
            messages.push((owed, at));
        }
    }

    /// The first text that can be filled and fits; without the link before there is none at all.
    fn words(
        &self,
        told: &About<'_>,
        (channel, reader, lang): (Channel, Reader, Lang),
        texts: [Option<&Notice>; 2],
    ) -> Option<Body> {
        let path = match told.task {
            _ if reader == Reader::Applicant => format!("p/{HOLE}"),
            Some((no, _)) => format!("tasks/{}-{}", self.held.id, no.0),
            None => format!("cases/{}", self.held.id),
        };
        let links = [self.reach.link(channel, &path), String::new()];
        let mut tries = links.iter().flat_map(|link| {
            texts
                .into_iter()
                .flatten()
                .map(move |notice| (link, notice))
        });
        tries.find_map(|(link, notice)| {
            let facts = self.facts(told, link, lang, notice);
            notice.word(channel, &facts).ok()
        })
    }

    fn language(&self) -> Lang {
        match self.held.case.applicant().get("language") {
            Some(language) if language == "en" => Lang::En,
            _ => Lang::Zh,
        }
    }

    /// How soon a task must be done.
    fn haste(&self, told: &About<'_>) -> Haste {
        let clock = told.task.and_then(|(_, t)| self.held.case.task_clock(t));
        let urgent = clock.is_some_and(|clock| {
            let calendar = self.context.network.calendar(clock.city());
            clock.ledger().due() <= due(&calendar, self.context.now, URGENT, &[]).at
        });
        match urgent {
            true => Haste::Urgent,
            false => Haste::Usual,
        }
    }

    /// The safe facts a notice names; what it does not name is not fetched.
    fn facts(&self, told: &About<'_>, link: &str, lang: Lang, notice: &Notice) -> Facts {
        let named: BTreeSet<&str> = notice.names().collect();
        let mut facts = case_facts(self.held, link, lang);
        if let Some((no, task)) = told.task {
            facts = self.with_task(facts, no, task, lang);
        }
        if named.contains("office") {
            let (office, phone) = issuing_office(self.held, self.context, self.reach);
            facts = facts.office(&office, &phone);
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

    fn with_task(&self, facts: Facts, no: TaskNo, task: &Task, lang: Lang) -> Facts {
        let (case, revision) = (&self.held.case, &self.held.published.revision);
        let step = revision.named(task.step()).map(|(_, step)| step);
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
            title: step.map_or("", |step| step.title.get(lang)),
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
    let text = include_str!("round.schema.json");
    let form = Form::read("round", text, &Fragments::default());
    form.map_or_else(|_| Vec::new(), |form| form.fields().to_vec())
});

/// What an item that goes by a name can hold: a round, or the items of a matter's lists. A name that two lists have is safe only if it
/// is in both.
pub(super) fn item_fields(revision: &Revision, alias: &str) -> Vec<Field> {
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
pub(super) fn form_name(kind: &Kind) -> Option<&str> {
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
pub(super) fn case_facts(held: &Held, link: &str, lang: Lang) -> Facts {
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

/// The office that acts, its name and telephone: that of whoever did it; where the engine did, the one that decides.
pub(super) fn issuing_office(
    held: &Held,
    context: &Context<'_>,
    reach: &Reach,
) -> (String, String) {
    let (case, revision) = (&held.case, &held.published.revision);
    let acting = match context.actor {
        Actor::Person { posts, .. } => posts.first().cloned(),
        _ => None,
    };
    let decides = || {
        let party = revision.decides.as_ref()?;
        case.post_of(revision, context, party, None)
    };
    let post: Option<Party> = acting.or_else(decides);
    post.map_or_else(Default::default, |post| {
        let name = context.network.office(&post.city, &post.department);
        let phone = reach.phone(&post.to_string()).unwrap_or_default();
        (name, phone.to_owned())
    })
}

/// The mobile number of an applicant, if he gave one.
pub(super) fn phone(case: &Case) -> Option<&str> {
    let phone = case.applicant().get("phone")?.as_str()?;
    (!phone.is_empty()).then_some(phone)
}

/// When a message may leave: a short message to an applicant not at night.
fn leaves(owed: &Owed, at: Timestamp) -> Timestamp {
    match owed.body.channel() {
        Channel::Sms if owed.to == APPLICANT => by_day(at),
        _ => at,
    }
}

/// So long before an instant, at the same time of day where it counts days.
fn ahead(end: Timestamp, by: Limit, calendar: &Calendar) -> Timestamp {
    let back = |span: SignedDuration| end.checked_sub(span).unwrap_or(end);
    let count = i64::from(by.count);
    match by.unit {
        Unit::Minutes => back(SignedDuration::from_mins(count)),
        Unit::Hours => back(SignedDuration::from_hours(count)),
        Unit::WorkingDays => {
            let local = civil(end);
            let mut day = local.date();
            let mut left = by.count;
            while left > 0
                && let Ok(before) = day.yesterday()
            {
                day = before;
                left -= u32::from(calendar.day(day).working);
            }
            instant(day.to_datetime(local.time()))
        }
        Unit::Days => back(SignedDuration::from_hours(24 * count)),
        Unit::Months => back(SignedDuration::from_hours(24 * 30 * count)),
        Unit::Years => back(SignedDuration::from_hours(24 * 365 * count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_fits_where_it_is_put() {
        let link = super::super::Keys::new([7; 32]).link(1, 0);
        assert_eq!(HOLE.chars().count(), link.chars().count());
    }
}
