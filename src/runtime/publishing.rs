//! What those who publish definitions are told: what waits for a second person, and what became of it; by the bell and by mail.

use super::Runtime;
use super::owed::{Owed, name};
use crate::store::{BellRow, StoreError};
use engine::case::Party;
use engine::text::Lang;
use notifications::facts::{CaseFacts, Facts};
use notifications::message::Channel;
use notifications::wording::{Notices, Reader, find};
use serde_json::json;
use std::sync::LazyLock;

/// Somebody has proposed definitions.
pub(crate) const PROPOSED_NOW: &str = "definition.proposed";
/// A second person has agreed.
pub(crate) const AGREED_NOW: &str = "definition.published";
/// It was taken back.
pub(crate) const TAKEN_BACK_NOW: &str = "definition.taken_back";

static NOTHING: LazyLock<Notices> = LazyLock::new(Notices::default);

/// What they are told.
pub(crate) struct Told {
    /// The definitions, by title, each with its number.
    pub what: String,
    /// Who did it.
    pub by: String,
    /// Why, as it was proposed.
    pub why: String,
}

impl Runtime {
    /// Tells persons, each in the post named with him.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(crate) async fn tell_publishers(
        &self,
        what: &'static str,
        whom: &[(String, String)],
        told: impl Fn(Lang) -> Told,
    ) -> Result<(), StoreError> {
        let now = self.clock().now();
        let at = now.as_millisecond();
        let bell = |(person, post): &(String, String)| BellRow {
            person: person.clone(),
            for_whom: None,
            id: name(&[what, &told(Lang::Zh).what, person], at),
            at,
            about: what.to_owned(),
            post: post.clone(),
            task: None,
            seen: None,
        };
        let bells: Vec<BellRow> = whom.iter().map(bell).collect();
        self.store().ring(&bells).await?;
        let reach = self.reach();
        let mail = Channel::Email;
        let rows = whom.iter().filter_map(|(person, post)| {
            let own = reach.address(person, mail);
            let office = post
                .parse::<Party>()
                .is_ok_and(|post| reach.reaches(&post, mail));
            if own.is_none() && !office {
                return None;
            }
            let lang = reach.language(post);
            let Told {
                what: which,
                by,
                why,
            } = told(lang);
            let page = match what {
                PROPOSED_NOW => "admin/proposed",
                _ => "admin/published",
            };
            let link = reach.link(mail, page);
            let facts = Facts::new(&CaseFacts::default(), &reach.base, lang);
            let facts = facts.words(
                "definition",
                json!({ "what": which, "by": by, "why": why, "link": link }),
            );
            let notice = find(&NOTHING, what, None, Reader::Staff, mail, lang)?;
            let body = notice.word(mail, &notice.complete(facts)).ok()?;
            let mut owed = Owed::of_no_case(what, post, now, body, None);
            owed.person = Some(person.clone());
            // Those who read one mailbox are written to once.
            let mailbox = own.or_else(|| reach.address(post, mail)).unwrap_or(person);
            owed.row(name(&[what, &which, mailbox], at), now)
        });
        let rows: Vec<_> = rows.collect();
        self.store().post(&rows).await?;
        self.0.signals.outbox.ring();
        Ok(())
    }
}
