//! What administrators and supervisors are told of the work itself: a message that could not be delivered, a way out at whose end nobody
//! answers, many masked values shown to one person. These messages are of no case, and go by case 0 in the outbox.

use super::Runtime;
use super::owed::{Owed, name};
use super::reach::Reach;
use crate::store::{RefusalRow, Store, StoreError};
use engine::case::Party;
use engine::text::Lang;
use jiff::Timestamp;
use notifications::facts::{CaseFacts, Facts};
use notifications::message::Channel;
use notifications::wording::{Notices, Reader, find};
use serde_json::json;
use std::sync::LazyLock;

/// The post that looks after deliveries.
pub(crate) const ADMINISTRATOR: &str = "system-admin";
/// The case of messages that are of no case.
pub(super) const NO_CASE: i64 = 0;
/// What could not be delivered is told once an hour for each way out; the list has them all.
const HOUR: i64 = 3_600_000;
/// What it is called that nobody answers.
pub(super) const DOWN: &str = "channel.down";
const DEAD: &str = "delivery.dead";
const LOOKS: &str = "look.many";
/// The post that looks after how people work.
const SUPERVISOR: &str = "supervisor";
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

    /// Somebody of an office has had many masked values shown on a day (G60); told once a day to the supervisor of his office.
    pub(super) async fn looked(
        &self,
        office: &Party,
        who: &str,
        count: i64,
        day: i64,
    ) -> Result<(), StoreError> {
        let supervisor = Party {
            post: SUPERVISOR.to_owned(),
            ..office.clone()
        };
        if !self.reach.reaches(&supervisor, Channel::Email) {
            return Ok(());
        }
        let post = supervisor.to_string();
        let told = json!({ "name": who, "count": count });
        let facts = Facts::new(&CaseFacts::default(), &self.reach.base, Lang::Zh);
        let facts = facts.words("look", told);
        let mail = Channel::Email;
        let notice = find(&NOTHING, LOOKS, None, Reader::Staff, mail, Lang::Zh);
        let body = notice.and_then(|notice| notice.word(mail, &notice.complete(facts)).ok());
        let owed = body.map(|body| Owed::of_no_case(LOOKS, &post, self.now, body, None));
        let row = owed.and_then(|owed| owed.row(name(&[LOOKS, who, &post], day), self.now));
        let rows: Vec<_> = row.into_iter().collect();
        self.store.post(&rows).await.map(drop)
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

impl Runtime {
    /// Tells the supervisor of an office, once a day, that somebody of it has had more than `count` masked values shown.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn many_looks(
        &self,
        office: &Party,
        who: &str,
        count: i64,
        day: i64,
    ) -> Result<(), StoreError> {
        let alert = Alert {
            store: self.store(),
            reach: self.reach(),
            now: self.clock().now(),
        };
        alert.looked(office, who, count, day).await?;
        self.0.signals.outbox.ring();
        Ok(())
    }
}
