//! Accounts and their tokens. They have connections of their own: a command line beside a running server writes here too, and a
//! look-up never waits for the writer of cases.
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use serde_json::Value as Json;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::StoreError;
use super::codec::Hash;
use super::leaps::LeapRow;
use super::lendings::LendingRow;

/// The tables `account`, `token`, `preference`, `draft` and `follow`.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub(super) pool: Pool,
    /// A file that grows whenever rights have changed; none where the database counts the changes itself.
    marker: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub(super) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Somebody who may sign in or call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Id.
    pub id: String,
    /// Name people read.
    pub name: String,
    /// `person` or `system`.
    pub kind: String,
    /// Argon2 text of the password; empty: no sign-in by password.
    pub secret: String,
    /// `city/department/post`, each.
    pub posts: Vec<String>,
    /// Posts lent to him now or later; no column of the account, but what the directory knows beside it.
    pub lent: Vec<LendingRow>,
    /// `active` or `disabled`.
    pub state: String,
    /// UTC milliseconds.
    pub changed: i64,
}

/// A sign-in or an API token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// SHA-256 of the token.
    pub hash: Hash,
    /// Whose.
    pub account: String,
    /// `session`, `api`, or `half`: the password was right, the second factor is still to come.
    pub kind: String,
    /// The posts it is narrowed to; empty: all of the account's.
    pub posts: Vec<String>,
    /// UTC milliseconds.
    pub created: i64,
    /// UTC milliseconds.
    pub expires: i64,
    /// When a sign-in was last used, UTC milliseconds.
    pub used: Option<i64>,
    /// The person for whom a sign-in acts.
    pub stands_for: Option<String>,
    /// The hash under which the sign-in began.
    pub root: Hash,
    /// The post as which its person looks without holding it, and until when, UTC milliseconds.
    pub looks_as: Option<(String, i64)>,
}

/// A form begun and not yet handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    /// The form, sealed.
    pub sealed: Vec<u8>,
    /// UTC milliseconds; also its version.
    pub changed: i64,
}

type Account = (String, String, String, String, String, String, i64);
type Token = (
    Vec<u8>,
    String,
    String,
    String,
    i64,
    i64,
    Option<i64>,
    Option<String>,
    Option<Vec<u8>>,
    Option<String>,
    Option<i64>,
);

/// Runs one statement on whichever database there is and takes all its rows.
macro_rules! fetch {
    ($accounts:expr, $sql:expr $(, $arg:expr)*) => {
        match &$accounts.pool {
            Pool::Sqlite(pool) => sqlx::query_as($sql)$(.bind($arg))*.fetch_all(pool).await,
            Pool::Postgres(pool) => sqlx::query_as($sql)$(.bind($arg))*.fetch_all(pool).await,
        }
    };
}
pub(super) use fetch;

impl Accounts {
    /// Opens the tables of a store that has been opened, and so brought up to date, before; it may be open elsewhere.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let Some(path) = url.strip_prefix("sqlite:") else {
            let pool = PgPoolOptions::new().max_connections(2).connect(url).await?;
            return Ok(Self {
                pool: Pool::Postgres(pool),
                marker: None,
            });
        };
        let path = path.trim_start_matches("//");
        let options = SqliteConnectOptions::from_str(path)?
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(super::sqlite::BUSY);
        let pool = SqlitePoolOptions::new().max_connections(2);
        Ok(Self {
            pool: Pool::Sqlite(pool.connect_with(options).await?),
            marker: Some(PathBuf::from(format!("{path}.accounts"))),
        })
    }

    /// Grows with every change of accounts and every token that is taken away, whichever process made it.
    pub async fn version(&self) -> Result<u64, StoreError> {
        if let Some(marker) = &self.marker {
            return Ok(std::fs::metadata(marker).map_or(0, |file| file.len()));
        }
        let rows: Vec<(i64,)> = fetch!(self, "SELECT version FROM rights")?;
        Ok(rows.first().map_or(0, |(version,)| version.unsigned_abs()))
    }

    /// Tells every process on this store that rights have changed; PostgreSQL has done so with the change.
    pub fn changed(&self) -> Result<(), StoreError> {
        if let Some(marker) = &self.marker {
            let file = OpenOptions::new().create(true).append(true).open(marker);
            file?.write_all(b".")?;
        }
        Ok(())
    }

    /// Adds an account; false: there is one with this id.
    pub async fn add(&self, row: &AccountRow) -> Result<bool, StoreError> {
        let sql = "INSERT INTO account (id, name, kind, secret, posts, state, changed) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                   ON CONFLICT (id) DO NOTHING RETURNING changed";
        let posts = list(&row.posts);
        let rows: Vec<(i64,)> = fetch!(
            self,
            sql,
            &row.id,
            &row.name,
            &row.kind,
            &row.secret,
            &posts,
            &row.state,
            row.changed
        )?;
        Ok(!rows.is_empty())
    }

    /// Sets the state of an account; false: there is none with this id.
    pub async fn set_state(&self, id: &str, state: &str, now: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE account SET state = $2, changed = $3 WHERE id = $1 RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, id, state, now)?;
        self.changed()?;
        Ok(!rows.is_empty())
    }

    /// Gives an account these posts in place of those it had; false: there is none with this id.
    pub async fn set_posts(&self, id: &str, to: &[String], now: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE account SET posts = $2, changed = $3 WHERE id = $1 RETURNING changed";
        let rows: Vec<(i64,)> = fetch!(self, sql, id, list(to), now)?;
        self.changed()?;
        Ok(!rows.is_empty())
    }

    /// One account.
    pub async fn account(&self, id: &str) -> Result<Option<AccountRow>, StoreError> {
        let sql = "SELECT id, name, kind, secret, posts, state, changed FROM account WHERE id = $1";
        let rows: Vec<Account> = fetch!(self, sql, id)?;
        Ok(rows.into_iter().next().map(account))
    }

    /// All accounts, by id.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        let sql = "SELECT id, name, kind, secret, posts, state, changed FROM account ORDER BY id";
        let rows: Vec<Account> = fetch!(self, sql)?;
        Ok(rows.into_iter().map(account).collect())
    }

    /// How many messages of each kind wait, and how many are dead: kind, state, count. Here because it is asked beside a
    /// running server.
    pub async fn backlog(&self) -> Result<Vec<(String, String, i64)>, StoreError> {
        Ok(fetch!(self, super::outbox::BACKLOG)?)
    }

    /// The latest leap of the clock that nobody has confirmed; asked beside a running server too.
    pub async fn open_leap(&self) -> Result<Option<LeapRow>, StoreError> {
        let rows: Vec<(i64, i64)> = fetch!(self, super::leaps::OPEN)?;
        Ok(rows.into_iter().next().map(LeapRow::from))
    }

    /// Confirms the leaps that are open; how many those were.
    pub async fn confirm_leap(&self, by: &str, now: i64) -> Result<usize, StoreError> {
        let rows: Vec<(i64, i64)> = fetch!(self, super::leaps::CONFIRM, now, by)?;
        Ok(rows.len())
    }

    /// Keeps a token.
    pub async fn add_token(&self, row: &TokenRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO token (hash, account, kind, posts, created, expires, used, stands_for, root) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING created";
        let hash = row.hash.to_vec();
        let posts = list(&row.posts);
        let _: Vec<(i64,)> = fetch!(
            self,
            sql,
            &hash,
            &row.account,
            &row.kind,
            &posts,
            row.created,
            row.expires,
            row.used,
            &row.stands_for,
            row.root.to_vec()
        )?;
        Ok(())
    }

    /// The token with this hash.
    pub async fn token(&self, hash: &Hash) -> Result<Option<TokenRow>, StoreError> {
        let sql = "SELECT hash, account, kind, posts, created, expires, used, stands_for, root, looks_as, looks_until FROM token WHERE hash = $1";
        let rows: Vec<Token> = fetch!(self, sql, hash.to_vec())?;
        rows.into_iter().next().map(token).transpose()
    }

    /// Notes that a sign-in was used.
    pub async fn token_used(&self, hash: &Hash, now: i64) -> Result<(), StoreError> {
        let sql = "UPDATE token SET used = $2 WHERE hash = $1 AND used < $2 RETURNING created";
        let _: Vec<(i64,)> = fetch!(self, sql, hash.to_vec(), now)?;
        Ok(())
    }

    /// Narrows a token to these posts, of the person it belongs to or of the one for whom it acts.
    pub async fn narrow_token(
        &self,
        hash: &Hash,
        to: &[String],
        stands_for: Option<&str>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE token SET posts = $2, stands_for = $3 WHERE hash = $1 RETURNING created";
        let _: Vec<(i64,)> = fetch!(self, sql, hash.to_vec(), list(to), stands_for)?;
        self.changed()
    }

    /// Lets the person of a sign-in look as a post until an instant, UTC milliseconds; or no more.
    pub async fn look_as(
        &self,
        hash: &Hash,
        look: Option<&(String, i64)>,
    ) -> Result<(), StoreError> {
        // The posts stand in it so that PostgreSQL counts it as a change of rights.
        let sql = "UPDATE token SET posts = posts, looks_as = $2, looks_until = $3 WHERE hash = $1 RETURNING created";
        let (post, until) = (look.map(|l| l.0.as_str()), look.map(|l| l.1));
        let _: Vec<(i64,)> = fetch!(self, sql, hash.to_vec(), post, until)?;
        self.changed()
    }

    /// How a person wants the pages, as JSON.
    pub async fn preference(&self, account: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT value FROM preference WHERE account = $1";
        let rows: Vec<(String,)> = fetch!(self, sql, account)?;
        Ok(rows.into_iter().next().map(|row| row.0))
    }

    /// Keeps how a person wants the pages.
    pub async fn prefer(&self, account: &str, value: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO preference (account, value) VALUES ($1, $2) \
                   ON CONFLICT (account) DO UPDATE SET value = excluded.value RETURNING value";
        let _: Vec<(String,)> = fetch!(self, sql, account, value)?;
        self.changed()
    }

    /// Forgets a token.
    pub async fn drop_token(&self, hash: &Hash) -> Result<(), StoreError> {
        let sql = "DELETE FROM token WHERE hash = $1 RETURNING created";
        let _: Vec<(i64,)> = fetch!(self, sql, hash.to_vec())?;
        self.changed()
    }

    /// Ends all sign-ins of an account.
    pub async fn end_sessions(&self, account: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM token WHERE account = $1 AND kind IN ('session', 'half') RETURNING created";
        let _: Vec<(i64,)> = fetch!(self, sql, account)?;
        self.changed()
    }

    /// Keeps at most `keep` sessions of an account, the newest, and forgets what expired before `now`.
    pub async fn trim_sessions(
        &self,
        account: &str,
        keep: i64,
        now: i64,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM token WHERE account = $1 AND kind IN ('session', 'half') AND (expires < $3 OR (kind = 'session' AND \
                   hash NOT IN (SELECT hash FROM token WHERE account = $1 AND kind = 'session' ORDER BY created DESC, hash LIMIT $2))) \
                   RETURNING created";
        let gone: Vec<(i64,)> = fetch!(self, sql, account, keep, now)?;
        match gone.is_empty() {
            true => Ok(()),
            false => self.changed(),
        }
    }

    /// Lets somebody follow a case, or follow it no more.
    pub async fn follow(
        &self,
        account: &str,
        case_id: i64,
        since: Option<i64>,
    ) -> Result<(), StoreError> {
        let _: Vec<(i64,)> = match since {
            Some(since) => {
                let sql = "INSERT INTO follow (account, case_id, since) VALUES ($1, $2, $3) \
                           ON CONFLICT (account, case_id) DO NOTHING RETURNING since";
                fetch!(self, sql, account, case_id, since)?
            }
            None => {
                let sql = "DELETE FROM follow WHERE account = $1 AND case_id = $2 RETURNING since";
                fetch!(self, sql, account, case_id)?
            }
        };
        Ok(())
    }

    /// Whether somebody follows a case.
    pub async fn follows(&self, account: &str, case_id: i64) -> Result<bool, StoreError> {
        let sql = "SELECT since FROM follow WHERE account = $1 AND case_id = $2";
        let rows: Vec<(i64,)> = fetch!(self, sql, account, case_id)?;
        Ok(!rows.is_empty())
    }

    /// A draft somebody left at a place.
    pub async fn draft(&self, account: &str, place: &str) -> Result<Option<DraftRow>, StoreError> {
        let sql = "SELECT sealed, changed FROM draft WHERE account = $1 AND place = $2";
        let rows: Vec<(Vec<u8>, i64)> = fetch!(self, sql, account, place)?;
        let row = rows.into_iter().next();
        Ok(row.map(|(sealed, changed)| DraftRow { sealed, changed }))
    }

    /// The places of somebody's drafts that begin so, the newest first, with when they were kept.
    pub async fn drafts(
        &self,
        account: &str,
        begin: &str,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT place, changed FROM draft WHERE account = $1 AND substr(place, 1, length($2)) = $2 ORDER BY changed DESC";
        Ok(fetch!(self, sql, account, begin)?)
    }

    /// Keeps a draft in place of the one last changed at `seen` (`None`: of whatever is there); false: that one is no longer there.
    pub async fn keep_draft(
        &self,
        account: &str,
        place: &str,
        draft: &DraftRow,
        seen: Option<i64>,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO draft (account, place, sealed, changed) VALUES ($1, $2, $3, $4) ON CONFLICT (account, place) \
                   DO UPDATE SET sealed = excluded.sealed, changed = excluded.changed WHERE $5 < 0 OR draft.changed = $5 RETURNING changed";
        let seen = seen.unwrap_or(-1);
        let rows: Vec<(i64,)> = fetch!(
            self,
            sql,
            account,
            place,
            &draft.sealed,
            draft.changed,
            seen
        )?;
        Ok(!rows.is_empty())
    }

    /// Throws a draft away.
    pub async fn drop_draft(&self, account: &str, place: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM draft WHERE account = $1 AND place = $2 RETURNING changed";
        let _: Vec<(i64,)> = fetch!(self, sql, account, place)?;
        Ok(())
    }
}

pub(super) fn list(posts: &[String]) -> String {
    Json::from(posts.to_vec()).to_string()
}

fn posts(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

fn account(row: Account) -> AccountRow {
    let (id, name, kind, secret, list, state, changed) = row;
    AccountRow {
        id,
        name,
        kind,
        secret,
        posts: posts(&list),
        lent: Vec::new(),
        state,
        changed,
    }
}

fn token(row: Token) -> Result<TokenRow, StoreError> {
    let (hash, account, kind, list, created, expires, used, stands_for, root, post, until) = row;
    let whole = |bytes: Vec<u8>| bytes.try_into().map_err(|_| StoreError::Damaged("token"));
    Ok(TokenRow {
        root: whole(root.unwrap_or_else(|| hash.clone()))?,
        hash: whole(hash)?,
        account,
        kind,
        posts: posts(&list),
        created,
        expires,
        used,
        stands_for,
        looks_as: post.zip(until),
    })
}
