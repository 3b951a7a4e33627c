//! Posts lent to somebody of another city: worked out at every request, by the clock that cases live by.

use super::{Caller, Directory};
use crate::store::{AccountRow, LendingRow, Office};
use engine::case::{Lent, Party, Task};
use jiff::Timestamp;

/// Posts that may be lent: those that work on cases. Who watches over an office, administers or writes matters does so for it alone.
pub fn may_be_lent(post: &Party) -> bool {
    let watches = ["lead", "supervisor"].contains(&post.post.as_str());
    super::may_be_handed_over(post) && !watches
}

impl AccountRow {
    /// The posts of an account, and those lent to it now or later.
    pub fn all_posts(&self) -> impl Iterator<Item = &String> {
        let lent = self.lent.iter().filter(|row| row.approved.is_some());
        self.posts.iter().chain(lent.map(|row| &row.post))
    }

    /// Whether somebody works in a post at an instant on cases of a matter: because it is his, or lent to him.
    pub fn sits(&self, post: &Party, matter: &str, at: i64) -> bool {
        let post = post.to_string();
        let lent = |row: &LendingRow| row.post == post && row.is_at(at) && row.covers(matter);
        self.posts.contains(&post) || self.lent.iter().any(lent)
    }
}

impl Caller {
    /// The matters to which a post of the caller is limited, because it is lent to him or because he is a deputy.
    pub fn limits(&self, post: &Party) -> Option<Vec<String>> {
        let mut lent = self
            .lent
            .iter()
            .filter(|lent| lent.post == *post)
            .peekable();
        if lent.peek().is_none() {
            return self.matters();
        }
        let matters = lent.flat_map(|lent| &lent.matters);
        Some(matters.map(|m| m.to_string()).collect())
    }

    /// The posts of the caller that count for a matter.
    pub fn posts_in(&self, matter: &str) -> impl Iterator<Item = &Party> {
        let counts = move |post: &&Party| {
            let limits = self.limits(post);
            limits.is_none_or(|all| all.iter().any(|m| m == matter))
        };
        self.posts.iter().filter(counts)
    }

    /// Where the tasks of the caller lie: those of his posts, or of the whole offices they belong to.
    pub fn offices(&self, whole: bool) -> Vec<Office> {
        let mut all: Vec<Office> = Vec::new();
        for post in self.posts.iter() {
            let office = Office {
                city: Some(post.city.clone()),
                department: Some(post.department.clone()),
                post: (!whole).then(|| post.post.clone()),
                matters: self.limits(post),
            };
            if !all.contains(&office) {
                all.push(office);
            }
        }
        all
    }

    /// Whether somebody works in one of the posts of a task of a matter, when the caller asks.
    pub fn finds(&self, person: &AccountRow, task: &Task, matter: &str) -> bool {
        let mut seats = task.seats().iter();
        seats.any(|seat| person.sits(&seat.post, matter, self.at))
    }

    /// The own post of the caller from which another one is lent to him.
    pub fn home(&self, post: &Party) -> Option<&Party> {
        let lent = self.lent.iter().find(|lent| lent.post == *post);
        lent.map(|lent| &lent.home)
    }
}

impl Directory {
    /// Gives a caller the posts that are lent to him now. The day after the last one they are his no more, and a sign-in that acted in
    /// one acts in his own first post again.
    pub(super) fn lend(&self, mut caller: Caller, now: Timestamp) -> Caller {
        caller.at = now.as_millisecond();
        let people = caller.people.clone();
        let rows = people.get(&*caller.id).map_or(&[][..], |me| &me.lent);
        if rows.is_empty() && !caller.posts.is_empty() {
            return caller;
        }
        let home = caller.held.first().cloned();
        let lent = rows
            .iter()
            .filter_map(|row| self.lent(row, home.as_ref()?, now));
        let lent: Vec<Lent> = lent.filter(|l| !caller.held.contains(&l.post)).collect();
        let mut posts: Vec<Party> = lent.iter().map(|lent| lent.post.clone()).collect();
        posts.dedup();
        let acts = |post: &&Party| {
            caller.narrowed.is_empty() || caller.narrowed.contains(&post.to_string())
        };
        let acting = caller.posts.iter().chain(posts.iter().filter(acts));
        let mut acting: Vec<Party> = acting.cloned().collect();
        if acting.is_empty() && caller.session {
            acting.extend(home);
        }
        caller.held = caller.held.iter().cloned().chain(posts).collect();
        caller.posts = acting.into();
        caller.lent = lent.into();
        caller
    }

    fn lent(&self, row: &LendingRow, home: &Party, now: Timestamp) -> Option<Lent> {
        let post = super::post(&row.post, &self.network()).ok()?;
        let instant = |at: i64| Timestamp::from_millisecond(at).ok();
        let holds = row.is_at(now.as_millisecond()) && may_be_lent(&post);
        holds.then_some(())?;
        Some(Lent {
            post,
            home: home.clone(),
            matters: row.matters.iter().map(|m| m.as_str().into()).collect(),
            from: instant(row.begins)?,
            until: instant(row.ends)?,
        })
    }
}
