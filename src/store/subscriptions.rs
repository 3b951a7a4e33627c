//! What offices and posts have chosen to be told: written like accounts, beside a running server too, and read by it.
use super::accounts::{Accounts, Pool, fetch};
use super::dialect::Arg;
use super::{Store, StoreError};
use notifications::choice::{Choices, Send, Want};
use notifications::message::Channel;

/// One choice of an office or post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// `city/department` or `city/department/post`.
    pub place: String,
    /// What happened.
    pub event: String,
    /// By which channel.
    pub channel: String,
    /// When it is sent; empty: as usual, which is no row.
    pub send: String,
    /// Who chose it.
    pub by: String,
    /// UTC milliseconds.
    pub changed: i64,
}

type Subscription = (String, String, String, String, String, i64);

const ALL: &str = "SELECT place, event, channel, send, by_whom, changed FROM subscription ORDER BY place, event, channel";

impl SubscriptionRow {
    /// The choices that rows are; a word that is none any more says nothing.
    pub fn choices(rows: Vec<SubscriptionRow>) -> Choices {
        let mut choices = Choices::default();
        for row in rows {
            let read = (
                named(&Want::EVERY, &row.event),
                named(&Channel::EVERY, &row.channel),
            );
            if let ((Some(want), Some(channel)), Some(send)) =
                (read, named(&Send::EVERY, &row.send))
            {
                choices.add(row.place, want, channel, send);
            }
        }
        choices
    }
}

/// What goes by a name.
pub fn named<T: Copy>(all: &[(&str, T)], name: &str) -> Option<T> {
    all.iter().find(|(n, _)| *n == name).map(|(_, t)| *t)
}

impl Store {
    /// All choices.
    pub async fn subscriptions(&self) -> Result<Vec<SubscriptionRow>, StoreError> {
        let rows: Vec<Subscription> = self.read(ALL, &[]).await?;
        Ok(rows.into_iter().map(subscription).collect())
    }

    /// Whether a person wants the pages some way, as JSON: for what is sent to him.
    pub(crate) async fn preference(&self, account: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT value FROM preference WHERE account = $1";
        let rows: Vec<(String,)> = self.read(sql, &[Arg::Text(account)]).await?;
        Ok(rows.into_iter().next().map(|row| row.0))
    }
}

impl Accounts {
    /// All choices.
    pub async fn subscriptions(&self) -> Result<Vec<SubscriptionRow>, StoreError> {
        let rows: Vec<Subscription> = fetch!(self, ALL)?;
        Ok(rows.into_iter().map(subscription).collect())
    }

    /// Keeps a choice; one that is as usual is forgotten.
    pub async fn choose(&self, row: &SubscriptionRow) -> Result<(), StoreError> {
        if row.send.is_empty() {
            let sql = "DELETE FROM subscription WHERE place = $1 AND event = $2 AND channel = $3 RETURNING changed";
            let _: Vec<(i64,)> = fetch!(self, sql, &row.place, &row.event, &row.channel)?;
            return Ok(());
        }
        let sql = "INSERT INTO subscription (place, event, channel, send, by_whom, changed) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (place, event, channel) DO UPDATE SET send = excluded.send, by_whom = excluded.by_whom, \
                   changed = excluded.changed RETURNING changed";
        let _: Vec<(i64,)> = fetch!(
            self,
            sql,
            &row.place,
            &row.event,
            &row.channel,
            &row.send,
            &row.by,
            row.changed
        )?;
        Ok(())
    }
}

fn subscription(row: Subscription) -> SubscriptionRow {
    let (place, event, channel, send, by, changed) = row;
    SubscriptionRow {
        place,
        event,
        channel,
        send,
        by,
        changed,
    }
}
