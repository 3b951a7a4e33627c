//! Other deployments, the envelopes that came from them, and what was turned away at the door.
use super::accounts::{Accounts, Pool, fetch};
use super::dialect::Arg;
use super::{Store, StoreError};

/// Another deployment, as it is proposed or in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRow {
    /// What it is called here.
    pub name: String,
    /// Address, cities and keys as JSON.
    pub content: String,
    /// SHA-256 of that, in hexadecimal.
    pub hash: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// The second person; none: it is not in force yet.
    pub approved_by: Option<String>,
    /// UTC milliseconds.
    pub changed: i64,
}

/// An envelope that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvelopeRow {
    /// The deployment it came from.
    pub peer: String,
    /// Its id there.
    pub id: String,
    /// The exchange.
    pub subject: String,
    /// `sender` or `receiver` of the letter: who speaks.
    pub side: String,
    /// Its number among all that this side says.
    pub sequence: i64,
    /// How far it has come.
    pub state: Stage,
    /// UTC milliseconds.
    pub received: i64,
    /// The envelope and its signature, sealed.
    pub sealed: Vec<u8>,
    /// The receipt and its signature, JSON.
    pub receipt: String,
}

/// How far an envelope has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for those before it, or to be looked at.
    Waiting,
    /// It has had its effect.
    Done,
    /// It came when nothing could come of it any more.
    Late,
    /// Those before it did not come for so long that it is kept no more.
    Expired,
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Stage::Waiting => "waiting",
            Stage::Done => "done",
            Stage::Late => "late",
            Stage::Expired => "expired",
        }
    }
}

/// What became of an envelope that was to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is new.
    New,
    /// It came before; this is what was kept then.
    Known(EnvelopeRow),
    /// Another one has its place in the exchange.
    Clash,
}

/// What was turned away at the door, in one hour, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalRow {
    /// Whose key it named; empty: nobody's.
    pub peer: String,
    /// Why, a stable code.
    pub why: String,
    /// The beginning of the hour, UTC milliseconds.
    pub hour: i64,
    /// How often.
    pub times: i64,
    /// When last, UTC milliseconds.
    pub last: i64,
    /// SHA-256 of the last one.
    pub sha256: String,
}

type Peer = (String, String, String, String, Option<String>, i64);
type Envelope = (
    String,
    String,
    String,
    String,
    i64,
    String,
    i64,
    Vec<u8>,
    String,
);
type Refusal = (String, String, i64, i64, i64, String);

const PEERS: &str =
    "SELECT name, content, hash, proposed_by, approved_by, changed FROM peer ORDER BY name, state";
const ENVELOPE: &str =
    "SELECT peer, id, subject, side, sequence, state, received, sealed, receipt FROM envelope";
const TURNED_AWAY: &str = "SELECT peer, why, hour, times, last, sha256 FROM turned_away WHERE last >= $1 ORDER BY last DESC LIMIT 100";

impl Accounts {
    /// All deployments, in force and proposed.
    pub async fn peers(&self) -> Result<Vec<PeerRow>, StoreError> {
        let rows: Vec<Peer> = fetch!(self, PEERS)?;
        Ok(rows.into_iter().map(peer).collect())
    }

    /// Proposes a deployment, in place of what was proposed of it before.
    pub async fn propose_peer(&self, row: &PeerRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO peer (name, state, content, hash, proposed_by, approved_by, changed) \
                   VALUES ($1, 'proposed', $2, $3, $4, NULL, $5) ON CONFLICT (name, state) DO UPDATE SET \
                   content = excluded.content, hash = excluded.hash, proposed_by = excluded.proposed_by, \
                   changed = excluded.changed RETURNING changed";
        let _: Vec<(i64,)> = fetch!(
            self,
            sql,
            &row.name,
            &row.content,
            &row.hash,
            &row.proposed_by,
            row.changed
        )?;
        Ok(())
    }

    /// Puts in force what somebody else has proposed, if it is exactly what this hash says (G54); false: there is none such.
    pub async fn approve_peer(
        &self,
        name: &str,
        hash: &str,
        by: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO peer (name, state, content, hash, proposed_by, approved_by, changed) \
                   SELECT name, 'approved', content, hash, proposed_by, $3, $4 FROM peer \
                   WHERE name = $1 AND state = 'proposed' AND hash = $2 AND proposed_by <> $3 \
                   ON CONFLICT (name, state) DO UPDATE SET content = excluded.content, hash = excluded.hash, \
                   proposed_by = excluded.proposed_by, approved_by = excluded.approved_by, changed = excluded.changed RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, name, hash, by, now)?;
        if rows.is_empty() {
            return Ok(false);
        }
        let sql = "DELETE FROM peer WHERE name = $1 AND state = 'proposed' AND hash = $2 RETURNING changed";
        let _: Vec<(i64,)> = fetch!(self, sql, name, hash)?;
        Ok(true)
    }

    /// Takes a deployment away; false: there is none of the name.
    pub async fn drop_peer(&self, name: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM peer WHERE name = $1 RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, name)?;
        Ok(!rows.is_empty())
    }

    /// What was turned away at the door since an instant, the latest first.
    pub async fn turned_away(&self, since: i64) -> Result<Vec<RefusalRow>, StoreError> {
        let rows: Vec<Refusal> = fetch!(self, TURNED_AWAY, since)?;
        Ok(rows.into_iter().map(refusal).collect())
    }
}

impl Store {
    /// All deployments, in force and proposed.
    pub async fn peers(&self) -> Result<Vec<PeerRow>, StoreError> {
        let rows: Vec<Peer> = self.read(PEERS, &[]).await?;
        Ok(rows.into_iter().map(peer).collect())
    }

    /// When another deployment was last heard, UTC milliseconds.
    pub async fn heard(&self, peer: &str) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT received FROM envelope WHERE peer = $1 ORDER BY received DESC LIMIT 1";
        let rows: Vec<(i64,)> = self.read(sql, &[Arg::Text(peer)]).await?;
        Ok(rows.first().map(|row| row.0))
    }

    /// Notes that a deployment (empty: this one) was known by a key.
    pub async fn note_key(&self, peer: &str, key: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO known_key (peer, key) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING key";
        let _: Vec<(String,)> = self.write(sql, &[Arg::Text(peer), Arg::Text(key)]).await?;
        Ok(())
    }

    /// Every key a deployment (empty: this one) was ever known by.
    pub async fn known_keys(&self, peer: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT key FROM known_key WHERE peer = $1 ORDER BY key";
        let rows: Vec<(String,)> = self.read(sql, &[Arg::Text(peer)]).await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Keeps an envelope that came, once.
    pub async fn put_envelope(&self, row: &EnvelopeRow) -> Result<Put, StoreError> {
        let sql = "INSERT INTO envelope (peer, id, subject, side, sequence, state, received, sealed, receipt, note) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL) ON CONFLICT DO NOTHING RETURNING received";
        let args = [
            Arg::Text(&row.peer),
            Arg::Text(&row.id),
            Arg::Text(&row.subject),
            Arg::Text(&row.side),
            Arg::Number(row.sequence),
            Arg::Text(row.state.word()),
            Arg::Number(row.received),
            Arg::Bytes(&row.sealed),
            Arg::Text(&row.receipt),
        ];
        let new: Vec<(i64,)> = self.write(sql, &args).await?;
        if !new.is_empty() {
            return Ok(Put::New);
        }
        let known = self.envelope(&row.peer, &row.id).await?;
        Ok(known.map_or(Put::Clash, Put::Known))
    }

    /// An envelope that came.
    pub async fn envelope(&self, peer: &str, id: &str) -> Result<Option<EnvelopeRow>, StoreError> {
        let sql = format!("{ENVELOPE} WHERE peer = $1 AND id = $2");
        let args = [Arg::Text(peer), Arg::Text(id)];
        let rows: Vec<Envelope> = self.read(&sql, &args).await?;
        Ok(rows.into_iter().next().map(envelope))
    }

    /// All envelopes of an exchange that came, in their order.
    pub async fn exchange(
        &self,
        peer: &str,
        subject: &str,
    ) -> Result<Vec<EnvelopeRow>, StoreError> {
        let sql = format!("{ENVELOPE} WHERE peer = $1 AND subject = $2 ORDER BY side, sequence");
        let args = [Arg::Text(peer), Arg::Text(subject)];
        let rows: Vec<Envelope> = self.read(&sql, &args).await?;
        Ok(rows.into_iter().map(envelope).collect())
    }

    /// Envelopes that wait and those before which have had their effect, the oldest first.
    pub async fn envelopes_due(&self, limit: i64) -> Result<Vec<EnvelopeRow>, StoreError> {
        let sql = format!(
            "{ENVELOPE} WHERE state = 'waiting' AND (sequence = 1 OR EXISTS (SELECT 1 FROM envelope before \
             WHERE before.peer = envelope.peer AND before.subject = envelope.subject AND before.side = envelope.side \
             AND before.sequence = envelope.sequence - 1 AND before.state <> 'waiting')) ORDER BY received LIMIT $1"
        );
        let rows: Vec<Envelope> = self.read(&sql, &[Arg::Number(limit)]).await?;
        Ok(rows.into_iter().map(envelope).collect())
    }

    /// Lets go of those that have waited since before an instant for others before them; answers how many.
    pub async fn expire_envelopes(&self, before: i64) -> Result<usize, StoreError> {
        let sql = "UPDATE envelope SET state = 'expired' WHERE state = 'waiting' AND received < $1 RETURNING id";
        let rows: Vec<(String,)> = self.write(sql, &[Arg::Number(before)]).await?;
        Ok(rows.len())
    }

    /// Says how far an envelope has come, and why it had no effect.
    pub async fn settle_envelope(
        &self,
        row: &EnvelopeRow,
        stage: Stage,
        note: &str,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE envelope SET state = $3, note = nullif($4, '') WHERE peer = $1 AND id = $2 RETURNING received";
        let args = [
            Arg::Text(&row.peer),
            Arg::Text(&row.id),
            Arg::Text(stage.word()),
            Arg::Text(note),
        ];
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }

    /// Puts on record what was turned away; once an hour for each cause, with how often. True: it is the first of its hour.
    pub async fn turn_away(&self, row: &RefusalRow) -> Result<bool, StoreError> {
        let sql = "INSERT INTO turned_away (peer, why, hour, times, last, sha256) VALUES ($1, $2, $3, 1, $4, $5) \
                   ON CONFLICT (peer, why, hour) DO UPDATE SET times = turned_away.times + 1, last = excluded.last, \
                   sha256 = excluded.sha256 RETURNING times";
        let args = [
            Arg::Text(&row.peer),
            Arg::Text(&row.why),
            Arg::Number(row.hour),
            Arg::Number(row.last),
            Arg::Text(&row.sha256),
        ];
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(rows.first().is_some_and(|row| row.0 == 1))
    }

    /// What was turned away at the door since an instant, the latest first.
    pub async fn turned_away(&self, since: i64) -> Result<Vec<RefusalRow>, StoreError> {
        let rows: Vec<Refusal> = self.read(TURNED_AWAY, &[Arg::Number(since)]).await?;
        Ok(rows.into_iter().map(refusal).collect())
    }
}

fn peer(row: Peer) -> PeerRow {
    let (name, content, hash, proposed_by, approved_by, changed) = row;
    PeerRow {
        name,
        content,
        hash,
        proposed_by,
        approved_by,
        changed,
    }
}

fn envelope(row: Envelope) -> EnvelopeRow {
    let (peer, id, subject, side, sequence, state, received, sealed, receipt) = row;
    let stages = [Stage::Done, Stage::Late, Stage::Expired].into_iter();
    EnvelopeRow {
        peer,
        id,
        subject,
        side,
        sequence,
        state: stages
            .clone()
            .find(|s| s.word() == state)
            .unwrap_or(Stage::Waiting),
        received,
        sealed,
        receipt,
    }
}

fn refusal(row: Refusal) -> RefusalRow {
    let (peer, why, hour, times, last, sha256) = row;
    RefusalRow {
        peer,
        why,
        hour,
        times,
        last,
        sha256,
    }
}
