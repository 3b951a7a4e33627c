//! The bell: what somebody is told in the program itself. A message to a post goes to all who then hold it.

use super::owed::Owed;
use crate::store::{BellRow, OutboxId, Store, StoreError};
use engine::clock::civil;
use engine::network::Network;
use jiff::{SignedDuration, Timestamp};

/// How long messages are kept, as a parameter of the network.
const KEPT: &str = "bell_kept";

/// Tells everybody whom a message concerns.
pub(super) async fn ring(
    store: &Store,
    id: OutboxId,
    owed: &Owed,
    matter: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let concerned = match &owed.person {
        Some(person) => vec![person.clone()],
        None => holders(store, &owed.to, matter, now).await?,
    };
    let mut whom = Vec::new();
    for person in concerned {
        match deputy(store, &person, &owed.to, matter, now).await? {
            Some(deputy) => whom.push((deputy, Some(person))),
            None => whom.push((person, None)),
        }
    }
    let row = |(person, for_whom): (String, Option<String>)| BellRow {
        person,
        for_whom,
        id,
        at: owed.at.as_millisecond(),
        about: owed.about.clone(),
        post: owed.to.clone(),
        task: owed.task.map(i64::from),
        seen: None,
    };
    let rows: Vec<BellRow> = whom.into_iter().map(row).collect();
    store.ring(&rows).await
}

/// Who stands for somebody now, in a post and a matter.
pub(super) async fn deputy(
    store: &Store,
    person: &str,
    post: &str,
    matter: &str,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let rows = store.absences_of(person, now.as_millisecond()).await?;
    let mut rows = rows.into_iter().filter(|row| row.covers(post, matter));
    Ok(rows.next().map(|row| row.deputy))
}

/// Who holds a post, or to whom it is lent for a matter.
async fn holders(
    store: &Store,
    post: &str,
    matter: &str,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let people = store.people_in_service().await?.into_iter();
    let holds = |posts: &str| {
        let posts: Vec<String> = serde_json::from_str(posts).unwrap_or_default();
        posts.iter().any(|p| p == post)
    };
    let mut all: Vec<String> = people
        .filter(|(_, posts)| holds(posts))
        .map(|(id, _)| id)
        .collect();
    for row in store.lent(post, now.as_millisecond()).await? {
        if row.covers(matter) && !all.contains(&row.person) {
            all.push(row.person);
        }
    }
    Ok(all)
}

/// Forgets what is older than the network keeps it.
pub(super) async fn forget(
    store: &Store,
    network: &Network,
    now: Timestamp,
) -> Result<(), StoreError> {
    let lead = network.cities().next().map_or("", |c| c.code.as_str());
    let kept = network.parameter(KEPT, lead, civil(now).date());
    let days = kept.and_then(|days| days.as_i64());
    let Some(days) = days else {
        return Ok(());
    };
    let before = now.checked_sub(SignedDuration::from_hours(24 * days));
    store
        .forget_bells(before.unwrap_or(now).as_millisecond())
        .await
}
