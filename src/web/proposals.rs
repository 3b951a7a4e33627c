//! What one person proposes for publication, until a second agrees or somebody takes it back. All of it stays on record (G54, G70).

use super::definitions::{POST, Plan, Publication, digest, must_hold, planned};
use super::problem::{Code, Problem};
use super::publishers::Publisher;
use super::{App, Here};
use crate::directory::Caller;
use crate::pages::session::must_be_fresh;
use crate::store::DefinitionRow;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

/// What is said about a number of a definition lies beside the published ones, as versions of `proposed/MATTER/NUMBER`.
const PROPOSED: &str = "proposed/";

/// The last word on a number of a definition.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    /// It waits for a second person.
    Proposed {
        /// Who proposed it.
        by: String,
        /// All that goes with it.
        publication: Publication,
    },
    /// It waits no more; the number is free.
    TakenBack {
        /// Who took it back.
        by: String,
    },
}

/// What waits for a second person.
#[derive(Debug)]
pub struct Waiting {
    /// Matter.
    pub matter: String,
    /// The number it would have.
    pub revision: i64,
    /// Who proposed it.
    pub by: String,
}

/// Confirms a proposed revision as a second person; exactly what was proposed is published.
#[utoipa::path(post, path = "/api/v1/definitions/{matter}/{revision}/approve", tag = "definitions",
    params(("matter" = String, Path, description = "Matter"), ("revision" = i64, Path, description = "The revision proposed")),
    responses((status = 200, body = Plan)))]
pub(super) async fn approve(
    State(app): Here,
    caller: Caller,
    Path((matter, revision)): Path<(String, i64)>,
) -> Result<Json<Plan>, Problem> {
    app.approve(&caller, &matter, revision).await.map(Json)
}

/// Takes back what waits for a second person, with all that was proposed together with it; the number is free again.
#[utoipa::path(post, path = "/api/v1/definitions/{matter}/{revision}/withdraw", tag = "definitions",
    params(("matter" = String, Path, description = "Matter"), ("revision" = i64, Path, description = "The revision proposed")),
    responses((status = 204, description = "Taken back")))]
pub(super) async fn withdraw(
    State(app): Here,
    caller: Caller,
    Path((matter, revision)): Path<(String, i64)>,
) -> Result<StatusCode, Problem> {
    app.take_back(&caller, &matter, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl App {
    /// Proposes all that a plan changes.
    ///
    /// # Errors
    /// If one of its numbers is proposed already.
    pub(super) async fn propose(
        &self,
        caller: &Caller,
        plan: &Plan,
        publication: Publication,
    ) -> Result<(), Problem> {
        let word = Word::Proposed {
            by: caller.id.to_string(),
            publication,
        };
        for change in plan.changes() {
            let place = place(&change.matter, change.revision);
            let last = self.last(&place).await?;
            if let Some((_, Word::Proposed { .. })) = last {
                return Err(before());
            }
            self.say(place, last, digest(&change.hash), &word).await?;
        }
        Ok(())
    }

    /// Publishes what another person has proposed, and exactly that.
    ///
    /// # Errors
    /// If the caller may not, proposed it himself, or it would not be what was proposed any more.
    pub async fn approve(
        &self,
        caller: &Caller,
        matter: &str,
        revision: i64,
    ) -> Result<Plan, Problem> {
        must_hold(self, caller, POST)?;
        must_be_fresh(self, caller)?;
        let last = self.last(&place(matter, revision)).await?;
        let Some((row, Word::Proposed { by, publication })) = last else {
            return Err(Problem::new(Code::NotFound));
        };
        if by == *caller.id {
            return Err(Problem::new(Code::SecondPersonRequired));
        }
        let (library, mut plan) = planned(self, &publication).await?;
        let same = plan
            .changes()
            .any(|c| c.matter == matter && c.revision == revision && digest(&c.hash) == row.hash);
        if !same {
            return Err(Problem::says(
                Code::StateNotAllowed,
                "api.not_as_proposed",
                &[],
            ));
        }
        let by = Publisher {
            by,
            second: Some(caller.id.to_string()),
        };
        self.put_on_offer(&mut plan, library, &by).await?;
        Ok(plan)
    }

    /// Takes back what waits for a second person, with all that was proposed together with it.
    ///
    /// # Errors
    /// If the caller may not, or nothing waits under this number.
    pub async fn take_back(
        &self,
        caller: &Caller,
        matter: &str,
        revision: i64,
    ) -> Result<(), Problem> {
        must_hold(self, caller, POST)?;
        let asked = self.last(&place(matter, revision)).await?;
        let Some((_, proposed @ Word::Proposed { .. })) = asked else {
            return Err(Problem::new(Code::NotFound));
        };
        let word = Word::TakenBack {
            by: caller.id.to_string(),
        };
        for one in self.proposed().await? {
            let place = place(&one.matter, one.revision);
            match self.last(&place).await? {
                Some((row, last)) if last == proposed => {
                    let hash = row.hash;
                    self.say(place, Some((row, last)), hash, &word).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What waits for a second person.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn proposed(&self) -> Result<Vec<Waiting>, Problem> {
        let newest = self.runtime.store().newest_definitions().await?;
        let mut waiting = Vec::new();
        for row in &newest {
            let named = row.id.strip_prefix(PROPOSED);
            let Some((matter, number)) = named.and_then(|named| named.rsplit_once('/')) else {
                continue;
            };
            let revision = number.parse().unwrap_or_default();
            let published = newest.iter().find(|r| r.id == matter);
            if published.is_some_and(|p| p.revision >= revision) {
                continue;
            }
            if let Some((_, Word::Proposed { by, .. })) = self.last(&row.id).await? {
                waiting.push(Waiting {
                    matter: matter.to_owned(),
                    revision,
                    by,
                });
            }
        }
        Ok(waiting)
    }

    /// The last word on a place, with its row.
    async fn last(&self, place: &str) -> Result<Option<(DefinitionRow, Word)>, Problem> {
        let store = self.runtime.store();
        let Some(newest) = store.revisions(place).await?.into_iter().next() else {
            return Ok(None);
        };
        let Some(row) = store.definition(place, newest.revision).await? else {
            return Ok(None);
        };
        let word = serde_json::from_str(&row.content).map_err(|e| Problem::internal(&e))?;
        Ok(Some((row, word)))
    }

    /// Says the next word on a place; whoever comes second at the same moment is refused.
    async fn say(
        &self,
        place: String,
        last: Option<(DefinitionRow, Word)>,
        hash: [u8; 32],
        word: &Word,
    ) -> Result<(), Problem> {
        let row = DefinitionRow {
            id: place,
            revision: last.map_or(1, |(row, _)| row.revision + 1),
            hash,
            content: serde_json::to_string(word).map_err(|e| Problem::internal(&e))?,
            published: self.runtime.clock().now().as_millisecond(),
        };
        match self.runtime.store().publish(&row).await? {
            true => Ok(()),
            false => Err(before()),
        }
    }
}

fn before() -> Problem {
    Problem::says(Code::StateNotAllowed, "api.proposed_before", &[])
}

fn place(matter: &str, revision: i64) -> String {
    format!("{PROPOSED}{matter}/{revision}")
}

/// True of what is no definition but a word about one.
pub(super) fn is_proposed(id: &str) -> bool {
    id.starts_with(PROPOSED)
}
