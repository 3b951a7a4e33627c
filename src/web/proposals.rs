//! What one person proposes for publication, until a second agrees or somebody takes it back. All of it stays on record (G54, G70).

use super::definitions::{POST, Plan, Publication, digest, must_hold, planned};
use super::problem::{Code, Field, Problem};
use super::publishers::Publisher;
use super::stories::{self, Stories};
use super::{App, Here};
use crate::directory::Caller;
use crate::pages::session::must_be_fresh;
use crate::runtime::{AGREED_NOW, BESIDE, CALENDARS, PROPOSED_NOW, TAKEN_BACK_NOW, Told};
use crate::store::DefinitionRow;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::library::Library;
use engine::text::{Lang, Text, both, in_both};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError};
use utoipa::ToSchema;

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
        /// When, UTC milliseconds.
        #[serde(default)]
        at: i64,
        /// All that goes with it.
        publication: Publication,
    },
    /// A second person agreed; it is published.
    Agreed {
        /// Who agreed.
        by: String,
    },
    /// It waits no more; the number is free.
    TakenBack {
        /// Who took it back.
        by: String,
    },
}

/// What waits for a second person: all that one person proposed together.
#[derive(Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Who proposed it.
    pub by: String,
    /// When, UTC milliseconds.
    pub at: i64,
    /// What would get which number.
    pub changes: Vec<(String, i64)>,
    publication: Publication,
    hashes: Vec<[u8; 32]>,
}

/// What a proposal comes to as things stand now.
#[derive(Serialize, ToSchema)]
pub struct Weighed {
    /// What it would change; null: it cannot be published any more.
    pub plan: Option<Plan>,
    /// What has been published since and stands in its way; with it nobody can agree.
    pub since: Vec<PublishedSince>,
    /// True: it is no longer what was proposed, and must be proposed anew.
    pub overtaken: bool,
    /// What is wrong with it now.
    pub wrong: Vec<Field>,
    /// How its scenarios went.
    pub stories: Stories,
    #[serde(skip)]
    library: Option<Arc<Library>>,
}

/// What was weighed last, and against what.
#[derive(Clone)]
pub(super) struct LastWeighed {
    at: i64,
    hashes: Vec<[u8; 32]>,
    before: Arc<Library>,
    weighed: Arc<Weighed>,
}

impl LastWeighed {
    fn of(&self, proposal: &Proposal, before: &Arc<Library>) -> bool {
        let same = self.at == proposal.at && self.hashes == proposal.hashes;
        same && Arc::ptr_eq(&self.before, before)
    }
}

impl std::fmt::Debug for LastWeighed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LastWeighed")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// A revision published since.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublishedSince {
    /// The matter, `calendars`, or `beside`.
    pub matter: String,
    /// Its revision.
    pub revision: i64,
}

impl Proposal {
    /// Why; empty if nobody said.
    pub fn why(&self) -> &str {
        self.publication.why()
    }

    /// The files it names.
    pub fn files(&self) -> impl Iterator<Item = &String> {
        self.publication.paths()
    }

    fn holds(&self, matter: &str, revision: i64) -> bool {
        self.changes
            .iter()
            .any(|(m, r)| m == matter && *r == revision)
    }

    /// Whether a plan is exactly what was proposed.
    fn is(&self, plan: &Plan) -> bool {
        let mut planned: Vec<_> = plan
            .changes()
            .map(|c| (c.matter.clone(), c.revision, digest(&c.hash)))
            .collect();
        let own = self.changes.iter().zip(&self.hashes);
        let mut own: Vec<_> = own.map(|((m, r), h)| (m.clone(), *r, *h)).collect();
        planned.sort();
        own.sort();
        planned == own
    }
}

/// A proposal as it is listed.
#[derive(Serialize, ToSchema)]
pub(super) struct ListedProposal {
    /// Who proposed it.
    proposed_by: String,
    /// When.
    proposed: Option<String>,
    /// Why.
    why: String,
    /// What would get which number.
    changes: Vec<PublishedSince>,
    /// The files it names.
    files: Vec<String>,
}

/// A proposal, whole.
#[derive(Serialize, ToSchema)]
pub(super) struct WholeProposal {
    #[serde(flatten)]
    listed: ListedProposal,
    #[serde(flatten)]
    weighed: Weighed,
}

/// What waits for a second person, the oldest first.
#[utoipa::path(get, path = "/api/v1/proposals", tag = "definitions", responses((status = 200, body = Vec<ListedProposal>)))]
pub(super) async fn proposed(
    State(app): Here,
    caller: Caller,
) -> Result<Json<Vec<ListedProposal>>, Problem> {
    must_hold(&app, &caller, POST)?;
    let all = app.proposals().await?;
    Ok(Json(all.iter().map(listed).collect()))
}

/// A proposal with all it would change, what stands in its way, and how its scenarios went.
#[utoipa::path(get, path = "/api/v1/definitions/{matter}/{revision}/proposal", tag = "definitions",
    params(("matter" = String, Path, description = "Matter"), ("revision" = i64, Path, description = "The revision proposed")),
    responses((status = 200, body = WholeProposal)))]
pub(super) async fn proposal(
    State(app): Here,
    caller: Caller,
    Path((matter, revision)): Path<(String, i64)>,
) -> Result<Json<WholeProposal>, Problem> {
    must_hold(&app, &caller, POST)?;
    let proposal = app.proposal(&matter, revision).await?;
    let weighed = app.weighed(&proposal).await?;
    let listed = listed(&proposal);
    Ok(Json(WholeProposal { listed, weighed }))
}

fn listed(proposal: &Proposal) -> ListedProposal {
    let changes = proposal.changes.iter();
    ListedProposal {
        proposed_by: proposal.by.clone(),
        proposed: super::cases::instant(proposal.at),
        why: proposal.why().to_owned(),
        changes: changes
            .map(|(matter, revision)| PublishedSince {
                matter: matter.clone(),
                revision: *revision,
            })
            .collect(),
        files: proposal.files().cloned().collect(),
    }
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
            at: self.runtime.clock().now().as_millisecond(),
            publication,
        };
        let mut places = Vec::new();
        for change in plan.changes() {
            let place = place(&change.matter, change.revision);
            let last = self.last(&place).await?;
            if let Some((_, Word::Proposed { .. })) = last {
                return Err(before());
            }
            places.push((place, last, digest(&change.hash)));
        }
        for (place, last, hash) in places {
            self.say(place, last, hash, &word).await?;
        }
        if let Some(change) = plan.changes().next() {
            let proposal = self.proposal(&change.matter, change.revision).await?;
            self.tell_publishers(PROPOSED_NOW, caller, &proposal)
                .await?;
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
        let proposal = self.proposal(matter, revision).await?;
        if proposal.by == *caller.id {
            return Err(Problem::new(Code::SecondPersonRequired));
        }
        let weighed = self.weighed(&proposal).await?;
        let failed = weighed.stories.failed.len();
        let (Some(mut plan), Some(library), false) =
            (weighed.plan, weighed.library, weighed.overtaken)
        else {
            return Err(self.overtaken(&weighed.since));
        };
        if failed > 0 {
            let count = [("count", failed.to_string())];
            return Err(Problem::says(
                Code::StateNotAllowed,
                "api.stories_failed",
                &count,
            ));
        }
        let by = Publisher {
            by: proposal.by.clone(),
            second: Some(caller.id.to_string()),
            why: proposal.why().to_owned(),
        };
        self.put_on_offer(&mut plan, library, &by).await?;
        let agreed = Word::Agreed {
            by: caller.id.to_string(),
        };
        self.say_of(&proposal, &agreed).await?;
        self.tell_publishers(AGREED_NOW, caller, &proposal).await?;
        Ok(plan)
    }

    /// Says that what was published since stands in the way, and names it.
    fn overtaken(&self, since: &[PublishedSince]) -> Problem {
        if since.is_empty() {
            return Problem::says(Code::StateNotAllowed, "api.not_as_proposed", &[]);
        }
        let message = in_both("api.published_since", |lang| {
            let changes = since.iter().map(|s| (s.matter.as_str(), s.revision));
            vec![("what", self.called(changes, lang))]
        });
        Problem::with(Code::StateNotAllowed, message)
    }

    /// What people call definitions, each with its number.
    pub(super) fn called<'c>(
        &self,
        changes: impl Iterator<Item = (&'c str, i64)>,
        lang: Lang,
    ) -> String {
        let library = self.runtime.library();
        let all = changes.map(|(id, revision)| {
            let place = match id {
                CALENDARS => Some("api.calendars"),
                BESIDE => Some("api.beside"),
                _ => None,
            };
            let title = match (place, library.matters.get(id)) {
                (Some(key), _) => both(key, &[]),
                (None, Some(matter)) => matter.title.clone(),
                (None, None) => Text {
                    zh: id.to_owned(),
                    en: id.to_owned(),
                },
            };
            format!("{} {revision}", title.get(lang))
        });
        engine::text::list(lang, &all.collect::<Vec<_>>())
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
        let proposal = self.proposal(matter, revision).await?;
        let word = Word::TakenBack {
            by: caller.id.to_string(),
        };
        self.say_of(&proposal, &word).await?;
        self.tell_publishers(TAKEN_BACK_NOW, caller, &proposal)
            .await
    }

    /// What waits for a second person, the oldest first.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn proposals(&self) -> Result<Vec<Proposal>, Problem> {
        let store = self.runtime.store();
        let newest = store.newest_definitions().await?;
        let mut all: Vec<Proposal> = Vec::new();
        for row in store.newest_under(PROPOSED).await? {
            let named = row.id.strip_prefix(PROPOSED);
            let Some((matter, number)) = named.and_then(|named| named.rsplit_once('/')) else {
                continue;
            };
            let word = serde_json::from_str(&row.content).map_err(|e| Problem::internal(&e))?;
            let Word::Proposed {
                by,
                at,
                publication,
            } = word
            else {
                continue;
            };
            let revision = number.parse().unwrap_or_default();
            let published = newest.iter().find(|r| r.id == matter);
            if published.is_some_and(|p| p.revision >= revision) {
                // Published, though nobody got as far as saying so?
                let publisher = self.publisher(matter, revision).await?;
                if publisher.is_some_and(|p| p.by == by && p.second.is_some()) {
                    continue;
                }
            }
            let change = (matter.to_owned(), revision);
            let same = |p: &&mut Proposal| (&p.by, p.at, &p.publication) == (&by, at, &publication);
            match all.iter_mut().find(same) {
                Some(proposal) => {
                    proposal.changes.push(change);
                    proposal.hashes.push(row.hash);
                }
                None => all.push(Proposal {
                    by,
                    at: if at == 0 { row.published } else { at },
                    changes: vec![change],
                    publication,
                    hashes: vec![row.hash],
                }),
            }
        }
        all.sort_by_key(|proposal| proposal.at);
        Ok(all)
    }

    /// The proposal in which a definition would get a number.
    ///
    /// # Errors
    /// If nothing waits under this number.
    pub async fn proposal(&self, matter: &str, revision: i64) -> Result<Proposal, Problem> {
        let all = self.proposals().await?.into_iter();
        let mut held = all.filter(|proposal| proposal.holds(matter, revision));
        held.next().ok_or_else(|| Problem::new(Code::NotFound))
    }

    /// What a proposal comes to as things stand now: what it would change, what has been published since, how its scenarios go.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn weighed(&self, proposal: &Proposal) -> Result<Weighed, Problem> {
        let mut weighed = Weighed {
            plan: None,
            since: Vec::new(),
            overtaken: true,
            wrong: Vec::new(),
            stories: Stories::default(),
            library: None,
        };
        match planned(self, &proposal.publication).await {
            Ok((library, plan)) => {
                weighed.overtaken = !proposal.is(&plan);
                if !weighed.overtaken {
                    weighed.stories = stories::play(&library, &plan, &proposal.publication).await?;
                }
                weighed.plan = Some(plan);
                weighed.library = Some(library);
            }
            Err(problem) if !problem.errors().is_empty() => {
                weighed.wrong = problem.errors().to_vec();
            }
            Err(problem) => return Err(problem),
        }
        if weighed.overtaken {
            let newest = self.runtime.store().newest_definitions().await?;
            let known = |id: &str| {
                let matters = &self.runtime.library().matters;
                [CALENDARS, BESIDE].contains(&id) || matters.contains_key(id)
            };
            let since = newest.into_iter();
            let since = since.filter(|row| row.published >= proposal.at && known(&row.id));
            weighed.since = since
                .map(|row| PublishedSince {
                    matter: row.id,
                    revision: row.revision,
                })
                .collect();
        }
        Ok(weighed)
    }

    /// The same for whoever only looks: as long as neither the proposal nor what is on offer is another, nothing is read or played again.
    ///
    /// # Errors
    /// As of [`App::weighed`].
    pub async fn looked_at(&self, proposal: &Proposal) -> Result<Arc<Weighed>, Problem> {
        self.catch_up().await?;
        let before = self.runtime.library();
        let known = || self.weighed.lock().unwrap_or_else(PoisonError::into_inner);
        let last = known().clone();
        if let Some(last) = last.filter(|last| last.of(proposal, &before)) {
            return Ok(last.weighed);
        }
        let weighed = Arc::new(self.weighed(proposal).await?);
        if Arc::ptr_eq(&before, &self.runtime.library()) {
            *known() = Some(LastWeighed {
                at: proposal.at,
                hashes: proposal.hashes.clone(),
                before,
                weighed: weighed.clone(),
            });
        }
        Ok(weighed)
    }

    /// Says the next word on all that was proposed together.
    async fn say_of(&self, proposal: &Proposal, word: &Word) -> Result<(), Problem> {
        for ((matter, revision), hash) in proposal.changes.iter().zip(&proposal.hashes) {
            let place = place(matter, *revision);
            let last = self.last(&place).await?;
            self.say(place, last, *hash, word).await?;
        }
        Ok(())
    }

    /// Tells the others who may publish of a proposal, and whoever proposed it what became of it; by the bell and by mail.
    async fn tell_publishers(
        &self,
        what: &'static str,
        actor: &Caller,
        proposal: &Proposal,
    ) -> Result<(), Problem> {
        let people = self.directory.people().await?;
        let ending = format!("/{POST}");
        let post = |posts: &[String]| posts.iter().find(|p| p.ends_with(&ending)).cloned();
        let concerned = people.values().filter(|person| {
            let proposer = person.id == proposal.by;
            person.state == "active" && person.id != *actor.id && (proposer || what != AGREED_NOW)
        });
        let whom: Vec<(String, String)> = concerned
            .filter_map(|person| Some((person.id.clone(), post(&person.posts)?)))
            .collect();
        let name = people.get(&*actor.id).map_or("", |person| &person.name);
        let changes = || proposal.changes.iter().map(|(m, r)| (m.as_str(), *r));
        let told = |lang| Told {
            what: self.called(changes(), lang),
            by: name.to_owned(),
            why: proposal.why().to_owned(),
        };
        self.runtime.tell_publishers(what, &whom, told).await?;
        Ok(())
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
