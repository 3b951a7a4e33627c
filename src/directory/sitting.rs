//! What a sign-in has beside its token: when it was last used, the post its person acts in, and how he wants the pages.

use super::{Caller, Denied, Directory};
use crate::store::StoreError;
use engine::case::Party;
use engine::text::Lang;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A sign-in that nobody uses ends after this long (G75).
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// Use is written to the store at most this often.
const KEPT: SignedDuration = SignedDuration::from_mins(1);

/// When a sign-in was last used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    /// As this process knows.
    pub(super) last: Timestamp,
    /// As the store was last told.
    kept: Timestamp,
}

/// How a person wants the pages. What was never said is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// The language; none: the browser's.
    pub lang: Option<Lang>,
    /// Keys without Ctrl do nothing.
    pub no_single_keys: bool,
    /// No mail about what concerns the person, save red cards of his own work.
    pub no_mail: bool,
    /// The matters the person takes in most often, by id, in the order they were chosen.
    pub favourites: Vec<String>,
}

impl Directory {
    /// True for a sign-in that rested too long, on this node and on the others.
    pub(super) async fn idle(&self, caller: &Caller, now: Timestamp) -> Result<bool, StoreError> {
        if !caller.session {
            return Ok(false);
        }
        let rested = |used: Option<Used>| used.is_some_and(|u| now.duration_since(u.last) > IDLE);
        let known = self.memory().used.get(&caller.token).copied();
        if !rested(known) {
            return Ok(false);
        }
        let row = self.accounts.token(&caller.token).await?;
        self.remember_used(caller, row.and_then(|row| row.used));
        let known = self.memory().used.get(&caller.token).copied();
        Ok(rested(known))
    }

    /// Takes over from the store when a sign-in was last used.
    pub(super) fn remember_used(&self, caller: &Caller, used: Option<i64>) {
        let at = used.and_then(|at| Timestamp::from_millisecond(at).ok());
        let Some(at) = at.filter(|_| caller.session) else {
            return;
        };
        let mut memory = self.memory();
        let used = memory.used.entry(caller.token);
        let used = used.or_insert(Used { last: at, kept: at });
        used.last = used.last.max(at);
        used.kept = used.kept.max(at);
    }

    /// Notes that a sign-in is used now.
    pub(super) async fn use_now(&self, caller: &Caller, now: Timestamp) -> Result<(), StoreError> {
        if !caller.session {
            return Ok(());
        }
        let keep = {
            let mut memory = self.memory();
            let used = memory.used.entry(caller.token);
            let used = used.or_insert(Used {
                last: now,
                kept: Timestamp::MIN,
            });
            used.last = now;
            let keep = now.duration_since(used.kept) > KEPT;
            if keep {
                used.kept = now;
            }
            keep
        };
        match keep {
            true => {
                let at = now.as_millisecond();
                self.accounts.token_used(&caller.token, at).await
            }
            false => Ok(()),
        }
    }

    /// The seconds until a sign-in ends if nobody uses it.
    pub fn rest(&self, caller: &Caller, now: Timestamp) -> i64 {
        let used = self.memory().used.get(&caller.token).copied();
        let rested = used.map_or(SignedDuration::ZERO, |used| now.duration_since(used.last));
        (IDLE - rested).as_secs().max(0)
    }

    /// Lets the person of a sign-in act in one of the posts he holds, or as a deputy in one of another's, and in no other (G51).
    pub async fn act_as(
        &self,
        caller: &Caller,
        post: &Party,
        stands_for: Option<&str>,
    ) -> Result<(), Denied> {
        let posts = [post.to_string()];
        let may = match stands_for {
            None => caller.held.contains(post),
            Some(person) => caller
                .standing_for(person, posts.first().map(String::as_str))
                .is_some(),
        };
        if !may {
            return Err(Denied::Unknown);
        }
        let accounts = &self.accounts;
        accounts
            .narrow_token(&caller.token, &posts, stands_for)
            .await?;
        self.memory().callers.remove(&caller.token);
        Ok(())
    }

    /// How a person wants the pages.
    pub(super) async fn preferences(&self, account: &str) -> Result<Preferences, StoreError> {
        let text = self.accounts.preference(account).await?;
        let text = text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(text.unwrap_or_default())
    }

    /// Keeps how a person wants the pages.
    pub async fn prefer(&self, caller: &Caller, wanted: &Preferences) -> Result<(), StoreError> {
        let text = serde_json::to_string(wanted).unwrap_or_default();
        self.accounts.prefer(&caller.id, &text).await?;
        self.memory().callers.retain(|_, (c, _)| c.id != caller.id);
        Ok(())
    }
}
