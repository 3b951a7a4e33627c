//! A message as it lies in the outbox: its name, what it is about, whom it is for, and whether it is still wanted.

use super::alert::{DOWN, NO_CASE};
use super::digest::DIGEST;
use super::lines::Lines;
use super::wording::{APPLICANT, leaves};
use crate::endpoint::WEBHOOK;
use crate::store::{OutboxId, OutboxRow};
use engine::case::{Case, TaskNo, TaskState};
use engine::clock::civil;
use jiff::Timestamp;
use notifications::message::{Body, Channel};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The kind of messages that go to the bell.
pub(super) const BELL: &str = "bell";

/// A message as it lies in the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Owed {
    /// What happened.
    pub about: String,
    /// `applicant`, a place of the form as `form.survivors.0.phone`, a post as `city/department/post`, or an office.
    pub to: String,
    /// Whom it concerns of those who hold the post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
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

impl Owed {
    /// Whether it goes to somebody outside the offices: the applicant, or a number of the form.
    pub(super) fn is_to_citizen(&self) -> bool {
        self.to == APPLICANT || self.to.starts_with("form.")
    }

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

/// The name of a message of no case: the same for the same thing, whoever makes it and however often.
pub(super) fn name(what: &[&str], at: i64) -> OutboxId {
    let hash = Sha256::digest(what.join("\0").as_bytes());
    let number = hash
        .iter()
        .take(5)
        .fold(0, |n, byte| n << 8 | i64::from(*byte));
    OutboxId {
        case_id: NO_CASE,
        seq: at,
        position: number,
    }
}

impl Owed {
    /// A message of no case; one about a way out is stale once that answers again.
    pub(super) fn of_no_case(
        about: &str,
        to: &str,
        at: Timestamp,
        body: Body,
        way: Option<&str>,
    ) -> Self {
        Owed {
            about: about.to_owned(),
            to: to.to_owned(),
            person: None,
            at,
            task: None,
            due: None,
            clock: None,
            endpoint: None,
            way: way.map(str::to_owned),
            body,
        }
    }

    /// As it lies in the outbox.
    pub(super) fn row(&self, id: OutboxId, leaves: Timestamp) -> Option<OutboxRow> {
        Some(OutboxRow {
            id,
            kind: self.kind(),
            body: serde_json::to_string(self).ok()?,
            next_at: leaves.as_millisecond(),
        })
    }

    /// Which way out it takes.
    pub(super) fn kind(&self) -> String {
        match (self.body.channel(), self.endpoint) {
            (Channel::Sms, _) => "sms".to_owned(),
            (Channel::Email, _) => "email".to_owned(),
            (Channel::Webhook, Some(endpoint)) => format!("{WEBHOOK}:{endpoint}"),
            (Channel::Webhook, None) => WEBHOOK.to_owned(),
            (Channel::Bell, _) => BELL.to_owned(),
        }
    }

    /// Whether it tells of an outage that is over, or of a day.
    pub(super) fn is_over(&self, lines: &Lines, now: Timestamp) -> bool {
        let over = |way: &String| lines.outage(way).is_none();
        let yesterday = self.about == DIGEST && civil(self.at).date() < civil(now).date();
        yesterday || self.about == DOWN && self.way.as_ref().is_some_and(over)
    }
}
