//! Endpoints of webhooks and the list of allowed destinations: written like accounts, beside a running server too, and read by it.
use super::accounts::{Accounts, Pool, fetch};
use super::dialect::Arg;
use super::{Store, StoreError};

/// An endpoint as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRow {
    /// Its number.
    pub id: i64,
    /// `city/department`.
    pub place: String,
    /// Where it is called.
    pub url: String,
    /// JSON list of what it wants to know.
    pub wants: String,
    /// Its secrets, sealed.
    pub sealed: Vec<u8>,
    /// Whether it is called.
    pub on: bool,
    /// What it said when it was switched off.
    pub answer: Option<String>,
    /// UTC milliseconds.
    pub changed: i64,
}

/// A line of the allow-list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationRow {
    /// `https://host:port`, `http://host:port`, or a range.
    pub entry: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// The second person; none: it is not in force yet.
    pub approved_by: Option<String>,
    /// UTC milliseconds.
    pub changed: i64,
}

type Endpoint = (
    i64,
    String,
    String,
    String,
    Vec<u8>,
    String,
    Option<String>,
    i64,
);
type Destination = (String, String, Option<String>, i64);

const ENDPOINTS: &str =
    "SELECT id, place, url, wants, sealed, state, answer, changed FROM endpoint ORDER BY place, id";
const DESTINATIONS: &str =
    "SELECT entry, proposed_by, approved_by, changed FROM destination ORDER BY entry";

impl Accounts {
    /// All endpoints, by office.
    pub async fn endpoints(&self) -> Result<Vec<EndpointRow>, StoreError> {
        let rows: Vec<Endpoint> = fetch!(self, ENDPOINTS)?;
        Ok(rows.into_iter().map(endpoint).collect())
    }

    /// Keeps an endpoint, in place of the one with its number.
    pub async fn keep_endpoint(&self, row: &EndpointRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO endpoint (id, place, url, wants, sealed, state, answer, changed) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET url = excluded.url, \
                   wants = excluded.wants, sealed = excluded.sealed, state = excluded.state, answer = excluded.answer, \
                   changed = excluded.changed RETURNING id";
        let _: Vec<(i64,)> = fetch!(
            self,
            sql,
            row.id,
            &row.place,
            &row.url,
            &row.wants,
            &row.sealed,
            state(row.on),
            &row.answer,
            row.changed
        )?;
        Ok(())
    }

    /// Forgets an endpoint; false: there is none with this number.
    pub async fn drop_endpoint(&self, id: i64) -> Result<bool, StoreError> {
        let sql = "DELETE FROM endpoint WHERE id = $1 RETURNING id";
        let rows: Vec<(i64,)> = fetch!(self, sql, id)?;
        Ok(!rows.is_empty())
    }

    /// The allow-list, with what waits for a second person.
    pub async fn destinations(&self) -> Result<Vec<DestinationRow>, StoreError> {
        let rows: Vec<Destination> = fetch!(self, DESTINATIONS)?;
        Ok(rows.into_iter().map(destination).collect())
    }

    /// Proposes an entry; false: it is there already, or waits.
    pub async fn propose_destination(&self, row: &DestinationRow) -> Result<bool, StoreError> {
        let sql = "INSERT INTO destination (entry, proposed_by, approved_by, changed) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (entry) DO NOTHING RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(
            self,
            sql,
            &row.entry,
            &row.proposed_by,
            &row.approved_by,
            row.changed
        )?;
        Ok(!rows.is_empty())
    }

    /// Puts an entry in force that somebody else has proposed (G54); false: there is none such.
    pub async fn approve_destination(
        &self,
        entry: &str,
        by: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE destination SET approved_by = $2, changed = $3 \
                   WHERE entry = $1 AND approved_by IS NULL AND proposed_by <> $2 RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, entry, by, now)?;
        Ok(!rows.is_empty())
    }

    /// Takes an entry off the list; false: it is not on it.
    pub async fn drop_destination(&self, entry: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM destination WHERE entry = $1 RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, entry)?;
        Ok(!rows.is_empty())
    }

    /// The ways out at whose end nobody answers: kind, since when, and what was said last.
    pub async fn outages(&self) -> Result<Vec<(String, i64, String)>, StoreError> {
        Ok(fetch!(self, OUTAGES)?)
    }
}

const OUTAGES: &str = "SELECT kind, since, answer FROM outage ORDER BY kind";

impl Store {
    /// All endpoints, by office.
    pub async fn endpoints(&self) -> Result<Vec<EndpointRow>, StoreError> {
        let rows: Vec<Endpoint> = self.read(ENDPOINTS, &[]).await?;
        Ok(rows.into_iter().map(endpoint).collect())
    }

    /// The allow-list, with what waits for a second person.
    pub async fn destinations(&self) -> Result<Vec<DestinationRow>, StoreError> {
        let rows: Vec<Destination> = self.read(DESTINATIONS, &[]).await?;
        Ok(rows.into_iter().map(destination).collect())
    }

    /// Switches an endpoint off that wants nothing more (HTTP 410).
    pub async fn switch_off(&self, id: i64, answer: &str, now: i64) -> Result<(), StoreError> {
        let sql = "UPDATE endpoint SET state = 'off', answer = $2, changed = $3 WHERE id = $1 RETURNING id";
        let args = [Arg::Number(id), Arg::Text(answer), Arg::Number(now)];
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }

    /// The ways out at whose end nobody answers: kind, since when, and what was said last.
    pub async fn outages(&self) -> Result<Vec<(String, i64, String)>, StoreError> {
        self.read(OUTAGES, &[]).await
    }

    /// Notes that nobody answers any more; true: that is news.
    pub async fn begin_outage(
        &self,
        kind: &str,
        since: i64,
        answer: &str,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO outage (kind, since, answer) VALUES ($1, $2, $3) ON CONFLICT (kind) DO NOTHING RETURNING since";
        let args = [Arg::Text(kind), Arg::Number(since), Arg::Text(answer)];
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(!rows.is_empty())
    }

    /// Notes that somebody answers again.
    pub async fn end_outage(&self, kind: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM outage WHERE kind = $1 RETURNING since";
        let _: Vec<(i64,)> = self.write(sql, &[Arg::Text(kind)]).await?;
        Ok(())
    }
}

fn state(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn endpoint(row: Endpoint) -> EndpointRow {
    let (id, place, url, wants, sealed, state, answer, changed) = row;
    EndpointRow {
        id,
        place,
        url,
        wants,
        sealed,
        on: state == "on",
        answer,
        changed,
    }
}

fn destination(row: Destination) -> DestinationRow {
    let (entry, proposed_by, approved_by, changed) = row;
    DestinationRow {
        entry,
        proposed_by,
        approved_by,
        changed,
    }
}
