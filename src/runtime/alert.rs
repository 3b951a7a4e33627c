//! What the administrator is told: a message that could not be delivered, and a way out at whose end nobody answers. These
//! messages are of no case, and go by case 0 in the outbox.

use super::lines::Lines;
use super::reach::Reach;
use super::wording::Owed;
use crate::endpoint::WEBHOOK;
use crate::store::{OutboxId, OutboxRow, RefusalRow, Store, StoreError};
use engine::text::Lang;
use jiff::Timestamp;
use notifications::facts::{CaseFacts, Facts};
use notifications::message::Channel;
use notifications::wording::{Notices, Reader, find};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The post that looks after deliveries.
pub(crate) const ADMINISTRATOR: &str = "system-admin";
/// The case of messages that are of no case.
pub(super) const NO_CASE: i64 = 0;
/// What could not be delivered is told once an hour for each way out; the list has them all.
const HOUR: i64 = 3_600_000;
const DOWN: &str = "channel.down";
const DEAD: &str = "delivery.dead";
const TURNED_AWAY: &str = "exchange.turned_away";

static NOTHING: LazyLock<Notices> = LazyLock::new(Notices::default);

/// What there is to tell.
pub(super) struct Alert<'a> {
    pub store: &'a Store,
    pub reach: &'a Reach,
    pub now: Timestamp,
}

impl Alert<'_> {
    /// A way out is down since `since`.
    pub(super) async fn down(&self, kind: &str, since: i64, said: &str) -> Result<(), StoreError> {
        let told = json!({ "channel": kind, "answer": said });
        self.tell(DOWN, kind, since, told).await
    }

    /// A message could not be delivered.
    pub(super) async fn dead(
        &self,
        kind: &str,
        id: &str,
        attempts: i64,
        said: &str,
    ) -> Result<(), StoreError> {
        let told = json!({ "channel": kind, "id": id, "attempts": attempts, "answer": said });
        let now = self.now.as_millisecond();
        self.tell(DEAD, kind, now - now.rem_euclid(HOUR), told)
            .await
    }

    /// Something came in the name of another deployment and was turned away; told once an hour for each cause.
    pub(super) async fn turned_away(&self, row: &RefusalRow) -> Result<(), StoreError> {
        let told = json!({ "channel": row.peer, "answer": row.why, "id": row.sha256 });
        let kind = format!("{}:{}", row.peer, row.why);
        self.tell(TURNED_AWAY, &kind, row.hour, told).await
    }

    /// To every administrator with an address: by mail, and by short message that mail is down.
    async fn tell(
        &self,
        what: &str,
        kind: &str,
        at: i64,
        told: serde_json::Value,
    ) -> Result<(), StoreError> {
        let channel = match kind {
            "email" => Channel::Sms,
            _ => Channel::Email,
        };
        let posts = self.reach.holding(ADMINISTRATOR);
        let rows = posts.filter_map(|post| {
            let facts = Facts::new(&CaseFacts::default(), &self.reach.base, Lang::Zh);
            let facts = facts.words("delivery", told.clone());
            let notice = find(&NOTHING, what, None, Reader::Staff, channel, Lang::Zh)?;
            let body = notice.word(channel, &notice.complete(facts)).ok()?;
            let owed = Owed::of_no_case(what, &post, self.now, body, Some(kind));
            owed.row(name(&[what, kind, &post], at), self.now)
        });
        self.store.post(&rows.collect::<Vec<_>>()).await.map(drop)
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
        body: notifications::Body,
        way: Option<&str>,
    ) -> Self {
        Owed {
            about: about.to_owned(),
            to: to.to_owned(),
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
        }
    }

    /// Whether it tells of an outage that is over.
    pub(super) fn is_over(&self, lines: &Lines) -> bool {
        let over = |way: &String| lines.outage(way).is_none();
        self.about == DOWN && self.way.as_ref().is_some_and(over)
    }
}
