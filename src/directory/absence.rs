//! For whom somebody may stand while he is away: worked out at every request, by the clock that cases live by.

use super::{Caller, Directory};
use crate::store::AbsenceRow;
use engine::case::Party;
use engine::clock::civil;
use jiff::Timestamp;
use std::sync::Arc;

/// Posts that nobody stands in for another: those of administrators, and of whoever writes matters.
pub fn may_be_handed_over(post: &Party) -> bool {
    !post.administers() && post.post != "policy"
}

/// Somebody who is away, as far as the caller stands for him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    /// Who is away.
    pub person: Arc<str>,
    /// In which of his posts.
    pub posts: Vec<Party>,
    /// In which matters; none: in all.
    pub matters: Vec<Arc<str>>,
}

impl Caller {
    /// Whose work the caller does: his own, or that of the one he stands for.
    pub fn principal(&self) -> Arc<str> {
        let standing = self.stands_for.as_ref();
        standing.map_or(&self.id, |stand| &stand.person).clone()
    }

    /// The matters to which the caller is limited as a deputy.
    pub fn matters(&self) -> Option<Vec<String>> {
        let matters = self.stands_for.as_ref().map(|stand| &stand.matters);
        let matters = matters.filter(|matters| !matters.is_empty())?;
        Some(matters.iter().map(|m| m.to_string()).collect())
    }

    /// The caller in all the posts he holds, for nobody else.
    #[must_use]
    pub fn as_himself(&self) -> Caller {
        Caller {
            posts: self.held.clone(),
            stands_for: None,
            ..self.clone()
        }
    }

    /// The caller as the deputy of somebody, in one of that one's posts or in all; none: he does not stand for him now.
    #[must_use]
    pub fn standing_for(&self, person: &str, post: Option<&str>) -> Option<Caller> {
        let mut offers = self.offers.iter();
        let stand = offers.find(|stand| {
            let post = post.is_none_or(|post| stand.posts.iter().any(|p| p.to_string() == post));
            *stand.person == *person && post
        })?;
        let wanted = |p: &&Party| post.is_none_or(|post| p.to_string() == post);
        let posts = stand.posts.iter().filter(wanted);
        Some(Caller {
            posts: posts.cloned().collect(),
            lent: Arc::default(),
            stands_for: Some(Arc::new(stand.clone())),
            ..self.clone()
        })
    }
}

impl Directory {
    /// Finds out for whom a caller may stand now, and whether he still stands for the one his sign-in acts for. Whoever has come back
    /// is stood for no more, from the next request on.
    pub(super) fn stand(&self, caller: Caller, now: Timestamp) -> Caller {
        let absences = self.memory().absences.clone();
        if absences.is_empty() && caller.asked_for.is_none() {
            return caller;
        }
        let offers = self.offers(&caller, &absences, now);
        let caller = Caller {
            offers: offers.into(),
            ..caller
        };
        let asked = caller.asked_for.as_deref();
        let standing = asked.and_then(|(person, post)| caller.standing_for(person, Some(post)));
        standing.unwrap_or(caller)
    }

    fn offers(&self, caller: &Caller, absences: &[AbsenceRow], now: Timestamp) -> Vec<Stand> {
        let (at, today) = (now.as_millisecond(), civil(now).date());
        let now: Vec<&AbsenceRow> = absences.iter().filter(|row| row.is_at(at)).collect();
        let mut found: Vec<&AbsenceRow> = Vec::new();
        let mut deputies: Vec<&str> = vec![&caller.id];
        for _ in 0..self.chain(today) {
            let next = now.iter().filter(|row| {
                let me = *row.person == *caller.id;
                !me && deputies.contains(&row.deputy.as_str()) && !found.contains(row)
            });
            let next: Vec<&AbsenceRow> = next.copied().collect();
            deputies = next.iter().map(|row| row.person.as_str()).collect();
            found.extend(next);
        }
        found
            .into_iter()
            .filter_map(|row| self.offer(caller, row))
            .collect()
    }

    /// How many deputies may stand one behind the other.
    pub fn chain(&self, day: jiff::civil::Date) -> usize {
        let network = self.network();
        let limit = network.parameter("deputy_chain", "", day);
        let limit = limit.and_then(|limit| limit.as_u64()).unwrap_or(1);
        usize::try_from(limit).unwrap_or(1)
    }

    fn offer(&self, caller: &Caller, row: &AbsenceRow) -> Option<Stand> {
        let person = caller
            .people
            .get(&row.person)
            .filter(|p| p.state == "active")?;
        let posts = person
            .posts
            .iter()
            .filter(|p| row.posts.is_empty() || row.posts.contains(p));
        let network = self.network();
        let posts = posts.filter_map(|p| super::post(p, &network).ok());
        let posts: Vec<Party> = posts.filter(may_be_handed_over).collect();
        (!posts.is_empty()).then(|| Stand {
            person: row.person.as_str().into(),
            posts,
            matters: row.matters.iter().map(|m| m.as_str().into()).collect(),
        })
    }
}
