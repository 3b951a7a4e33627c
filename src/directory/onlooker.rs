//! An administrator looks at what a post sees: for half an hour at most, reading alone, and nothing of what was filled in.

use super::{Caller, Denied, Directory};
use crate::store::StoreError;
use engine::case::{Actor, Party};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// A look ends after this long; the sign-in goes on.
const LOOK: SignedDuration = SignedDuration::from_mins(30);

/// As what an administrator looks, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The post.
    pub post: Party,
    /// When it ends by itself.
    pub until: Timestamp,
}

impl Caller {
    /// As the engine would know somebody who holds the posts: tells what he would be offered, and is never written by.
    pub fn imagined(&self) -> Actor {
        match &self.looks_as {
            None => self.actor(),
            Some(_) => Actor::Person {
                id: self.id.clone(),
                posts: self.posts.clone(),
                stands_for: None,
                lent: Vec::new(),
            },
        }
    }

    /// True for whoever may look as a post: an administrator, who looks as none yet.
    pub fn may_look(&self) -> bool {
        self.session && self.looks_as.is_none() && self.posts.iter().any(Party::administers)
    }

    /// The caller as he looks at this moment: in the post alone he looks as, or as himself once that has ended.
    pub(super) fn looking(self, now: Timestamp) -> Caller {
        match self.looks_as.clone().filter(|look| now < look.until) {
            None => Caller {
                looks_as: None,
                ..self
            },
            Some(look) => Caller {
                posts: Arc::new([look.post.clone()]),
                stands_for: None,
                lent: Arc::default(),
                offers: Arc::default(),
                ..self
            },
        }
    }
}

impl Directory {
    /// Lets an administrator look as a post of the network, never as another administrator.
    ///
    /// # Errors
    /// For whoever is none, or looks already; and for a post he may not look as.
    pub async fn look_as(
        &self,
        caller: &Caller,
        post: &Party,
        now: Timestamp,
    ) -> Result<Look, Denied> {
        let known = super::post(&post.to_string(), &self.network()).is_ok();
        if !caller.may_look() || post.administers() || !known {
            return Err(Denied::Unknown);
        }
        let until = now.saturating_add(LOOK).unwrap_or(now);
        let row = (post.to_string(), until.as_millisecond());
        self.accounts.look_as(&caller.token, Some(&row)).await?;
        self.memory().callers.remove(&caller.token);
        Ok(Look {
            post: post.clone(),
            until,
        })
    }

    /// Ends a look.
    pub async fn look_no_more(&self, caller: &Caller) -> Result<(), StoreError> {
        self.accounts.look_as(&caller.token, None).await?;
        self.memory().callers.remove(&caller.token);
        Ok(())
    }
}
