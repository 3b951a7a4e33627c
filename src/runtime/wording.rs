//! From what a case owes to the messages that lie in the outbox: whom, by which channel, in which words.
//!
//! The matter's own notices come first, then the default texts of the usual ones. Words are made once, in the transaction of their
//! cause, of safe facts alone; no address lies among them, for it is looked up when the message leaves.

mod facts;
mod words;

pub(super) use facts::{case_facts, form_name, item_fields, office};

use super::held::Held;
use super::lines::Wanted;
use super::owed::Owed;
use super::papers;
use super::reach::Reach;
use engine::case::{
    CardNo, Case, Context, Effect, Event, Fact, FrameNo, Party, Recipient, Status, Task, TaskNo,
    Work,
};
use engine::clock::{Calendar, Limit, Unit, civil, instant};
use engine::text::Lang;
use jiff::{SignedDuration, Timestamp};
use notifications::choice::Send;
use notifications::message::{Body, Channel};
use notifications::retry::by_day;
use notifications::wording::{Notices, Reader, usual_name, webhook};
use std::sync::LazyLock;

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
const NEWS: [&str; 4] = ["received", "accepted", "recounted", "certificate.revoked"];
/// A task of so little time is urgent.
const URGENT: Limit = Limit {
    count: 1,
    unit: Unit::WorkingDays,
};

static NOTHING: LazyLock<Notices> = LazyLock::new(Notices::default);

/// A message and when it may leave.
pub(super) type Timed = (Owed, Timestamp);

/// Words what the events of one command owe.
pub(super) struct Speaker<'a> {
    pub held: &'a Held,
    pub events: &'a [Event],
    pub context: &'a Context<'a>,
    pub reach: &'a Reach,
    pub wanted: &'a Wanted,
}

/// Somebody who may be told.
struct Whom {
    recipient: Recipient,
    /// In the matter's own words.
    by_own: bool,
    /// The matter names him, so that no choice of his office counts.
    must: bool,
}

impl Whom {
    fn is_named(&self) -> bool {
        self.by_own || self.must
    }
}

fn post_of(recipient: &Recipient) -> Option<&Party> {
    match recipient {
        Recipient::Post(post) | Recipient::Person { post, .. } => Some(post),
        Recipient::Applicant | Recipient::Phone(_) => None,
    }
}

/// The post that leads an office.
const LEAD: &str = "lead";

/// What tells of an office that is silent.
const SILENCE: [&str; 3] = ["card.yellow", "card.red", "card.pursued"];

/// What is told whether or not there is a limit.
const PERSONAL: [&str; 8] = [
    "urged",
    "reassigned",
    "delegated",
    "handed_back",
    "card.pursued",
    "card.network",
    "certificate.revoked",
    "certificate.revoked_after",
];

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
    /// The card it tells of.
    card: Option<CardNo>,
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
            Fact::TaskUrged { task, .. }
            | Fact::TaskTransferred { task, .. }
            | Fact::TaskDelegated { task, .. }
            | Fact::TaskHandedBack { task, .. } => {
                let found = self.held.case.tasks().get(task);
                told.task = found.map(|found| (*task, found));
            }
            Fact::ClockReached { clock, card, .. } => {
                told.clock = Some(clock);
                told.card = *card;
            }
            Fact::Recounted { clocks, .. } => {
                let mut moved = clocks.iter().filter(|c| c.moved());
                told.clock = moved.next().map(|c| c.clock.as_str());
            }
            Fact::CardPursued { card, .. } | Fact::CardEscalated { card, .. } => {
                told.card = Some(*card);
                let card = self.held.case.cards().get(card);
                told.clock = card.map(|card| card.clock.as_str());
            }
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
            Fact::ClockResumed { .. }
            | Fact::ClockChanged { .. }
            | Fact::ClockReturned { .. }
            | Fact::Recounted { .. } => {
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
        let mut whom: Vec<Whom> = Vec::new();
        if let Some(own) = own.filter(|_| !told.asked) {
            let named = own.to.iter().filter_map(|party| self.party(party, told));
            whom.extend(named.map(|recipient| Whom {
                recipient,
                by_own: true,
                must: true,
            }));
        }
        for recipient in concerned {
            if !whom.iter().any(|known| known.recipient == *recipient) {
                whom.push(Whom {
                    recipient: recipient.clone(),
                    by_own: own.is_some_and(|own| told.asked || own.to.is_empty()),
                    must: told.asked || told.template.is_some(),
                });
            }
        }
        if own.is_none() && concerned.is_empty() && self.is_news(told.what) {
            whom.push(Whom {
                recipient: Recipient::Applicant,
                by_own: false,
                must: false,
            });
        }
        whom.extend(self.waiting(told, &whom));
        // Whom another deployment serves it tells itself; whoever applied hears from the deployment that has his case.
        whom.retain(|whom| match post_of(&whom.recipient) {
            None => self.held.case.origin().is_none(),
            Some(post) => !self.context.elsewhere.contains_key(&post.city),
        });
        let posts = whom.iter().filter_map(|whom| post_of(&whom.recipient));
        messages.extend(self.calls(told, &posts.collect::<Vec<_>>()));
        for whom in whom {
            if whom.is_named() || self.is_usual(&whom.recipient, told) {
                self.one(told, &whom, &mut messages);
            }
        }
        messages
    }

    /// Who waits for another deployment and hears of its silence himself: the post that decides the case, and who leads its office.
    fn waiting(&self, told: &About<'_>, whom: &[Whom]) -> Vec<Whom> {
        let afar = |whom: &Whom| {
            let post = post_of(&whom.recipient);
            post.is_some_and(|post| self.context.elsewhere.contains_key(&post.city))
        };
        if !SILENCE.contains(&told.what) || !whom.iter().any(afar) {
            return Vec::new();
        }
        let (case, matter) = (&self.held.case, &self.held.published.revision);
        let decides = matter.decides.as_ref();
        let post = decides.and_then(|party| case.post_of(matter, self.context, party, None));
        let post = post.filter(|post| !post.is_applicant());
        let lead = post.clone().map(|post| Party {
            post: LEAD.to_owned(),
            ..post
        });
        let new = post.into_iter().chain(lead).map(Recipient::Post);
        let new = new.filter(|post| !whom.iter().any(|known| known.recipient == *post));
        let told = |recipient| Whom {
            recipient,
            by_own: false,
            must: false,
        };
        new.map(told).collect()
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
            (Recipient::Phone(_), _) => false,
            (Recipient::Person { .. }, _) => !told.reminds,
            (Recipient::Post(_), _) if PERSONAL.contains(&told.what) => true,
            (Recipient::Post(_), Some((_, task))) => {
                !told.reminds && self.held.case.task_due(task).is_some()
            }
            (Recipient::Post(_), None) => told.clock.is_some() || told.paper.is_some(),
        }
    }

    /// The calls to the endpoints of these posts that want to know; one each, however many posts of an office are concerned.
    fn calls(&self, told: &About<'_>, posts: &[&Party]) -> Vec<Timed> {
        if told.reminds || self.wanted.endpoints.is_empty() {
            return Vec::new();
        }
        let usual = usual_name(told.usual.unwrap_or(told.what), Reader::Staff);
        let posts: Vec<String> = posts.iter().map(|post| post.to_string()).collect();
        let choices = &self.wanted.choices;
        let wanted = self.wanted.endpoints.iter().filter_map(|endpoint| {
            let mut hears = posts.iter().filter(|post| endpoint.hears(post, usual));
            let post = hears.find(|p| choices.send(p, usual, Channel::Webhook) != Send::Never)?;
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
        if let Some(no) = told.card {
            links["card"] = link(format!("cards/{}-{}", self.held.id, no.0)).into();
        }
        webhook(usual, self.context.now, &facts, links)
    }

    fn owed(&self, told: &About<'_>, to: String, body: Body) -> Owed {
        Owed {
            about: told.what.to_owned(),
            to,
            person: None,
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
}

/// The mobile number of an applicant, if he gave one, or the one at a place of the form.
pub(super) fn phone<'c>(case: &'c Case, to: &str) -> Option<&'c str> {
    match to {
        APPLICANT => case.applicant().get("phone")?.as_str(),
        place => case.phone_at(place),
    }
    .filter(|phone| !phone.is_empty())
}

/// When a message may leave: a short message to a citizen not at night.
pub(super) fn leaves(owed: &Owed, at: Timestamp) -> Timestamp {
    match owed.body.channel() {
        Channel::Sms if owed.is_to_citizen() => by_day(at),
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
