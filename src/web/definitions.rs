//! Definitions: what is on offer, what a new one would change, and publishing it, which outside the sandbox takes two persons.

use super::body::{Asked, Body};
use super::problem::{Both, Code, Field, Problem};
use super::proposals::is_proposed;
use super::publishers::{Publisher, is_about};
use super::{App, Here};
use crate::directory::Caller;
use crate::pages::session::must_be_fresh;
use crate::runtime::{BESIDE, CALENDARS, belongs, beside_hash, calendar_hash};
use crate::store::DefinitionRow;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::diagnostic::{Diagnostic, Level};
use engine::library::Library;
use engine::revised::{Changed, Kind, of_matter, revised};
use engine::source::Sources;
use engine::text::{Lang, Text, both, in_both};
use engine::yaml::MAX_BYTES;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The post whose holders write and confirm definitions.
pub(super) const POST: &str = "policy";

/// Files of one or several matters, as they lie in `workflows/`.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Publication {
    /// Path relative to `workflows/` and text, such as `pension-lump-sum/matter.yaml`. Files not named stay as they are.
    files: BTreeMap<String, String>,
    /// Why, for the second person and for the record.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    why: String,
}

impl Publication {
    /// The files it names.
    pub(super) fn paths(&self) -> impl Iterator<Item = &String> {
        self.files.keys()
    }

    /// Why it is proposed; empty if nobody said.
    pub(super) fn why(&self) -> &str {
        &self.why
    }
}

/// How a publication is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct How {
    /// Only says what it would change.
    #[serde(default)]
    dry_run: bool,
}

/// What a publication changes.
#[derive(Serialize, ToSchema)]
pub struct Plan {
    /// True once it is published; false for a dry run, and while a second person has yet to confirm.
    pub published: bool,
    /// Matters that get a new revision.
    pub matters: Vec<Change>,
    /// The calendars, if they change: open limits are then worked out anew. Their hash is that of their files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendars: Option<Change>,
    /// What lies beside revisions and calendars, if it changes: network, advice, English, closures. It holds at once, also for what runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<Change>,
    /// What differs from what is on offer: every file, part by part and line by line.
    #[schema(value_type = Vec<Object>)]
    pub changed: Vec<Changed>,
    /// Reminders that do not stop it.
    pub findings: Vec<Finding>,
}

/// A matter that gets a new revision.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// The matter.
    pub matter: String,
    /// Its new revision.
    pub revision: i64,
    /// Content hash, SHA-256 in hexadecimal.
    pub(super) hash: String,
    /// Open cases that stay on earlier revisions; of the calendars, those whose limits are looked at.
    pub staying: i64,
}

/// Something `onenet check` says, with its place.
#[derive(Serialize, ToSchema)]
pub struct Finding {
    /// Its code.
    code: String,
    /// Where.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong.
    #[schema(value_type = Both)]
    pub message: Text,
}

/// Publishes definitions, or with `dry_run` only says what that would change. What `onenet check` refuses is refused here.
#[utoipa::path(post, path = "/api/v1/definitions", tag = "definitions", params(How), request_body = Publication,
    responses((status = 200, body = Plan), (status = 202, body = Plan, description = "A second person has to confirm")))]
pub(super) async fn publish(
    State(app): Here,
    caller: Caller,
    Asked(how): Asked<How>,
    body: Body<Publication, MAX_BYTES>,
) -> Result<(StatusCode, Json<Plan>), Problem> {
    let Publication { files, why } = body.value;
    let plan = match how.dry_run {
        true => app.plan(&caller, files).await?,
        false => app.put(&caller, files, why).await?,
    };
    let status = match how.dry_run || plan.published {
        true => StatusCode::OK,
        false => StatusCode::ACCEPTED,
    };
    Ok((status, Json(plan)))
}

impl Plan {
    /// Everything that gets a new number.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        let others = self.calendars.iter().chain(&self.beside);
        self.matters.iter().chain(others)
    }
}

impl App {
    /// What publishing files would change; findings that stop it are told as fields.
    ///
    /// # Errors
    /// If the caller may not, or something is wrong with them.
    pub async fn plan(
        &self,
        caller: &Caller,
        files: BTreeMap<String, String>,
    ) -> Result<Plan, Problem> {
        must_hold(self, caller, POST)?;
        let why = String::new();
        let (_, plan) = planned(self, &Publication { files, why }).await?;
        Ok(plan)
    }

    /// Publishes files in the sandbox; elsewhere proposes them to a second person.
    ///
    /// # Errors
    /// If the caller may not, something is wrong with them, or the same number is proposed already.
    pub async fn put(
        &self,
        caller: &Caller,
        files: BTreeMap<String, String>,
        why: String,
    ) -> Result<Plan, Problem> {
        must_hold(self, caller, POST)?;
        must_be_fresh(self, caller)?;
        let publication = Publication { files, why };
        let (library, mut plan) = planned(self, &publication).await?;
        if self.runtime.clock().is_sandbox() {
            let by = Publisher {
                by: caller.id.to_string(),
                second: None,
                why: publication.why,
            };
            self.put_on_offer(&mut plan, library, &by).await?;
            return Ok(plan);
        }
        if plan.changes().next().is_none() {
            return Err(Problem::says(Code::StateNotAllowed, "api.nothing_new", &[]));
        }
        self.propose(caller, &plan, publication).await?;
        Ok(plan)
    }

    /// Who publishes is on record before it is on offer; whoever asks next sees it, in the directory too.
    pub(super) async fn put_on_offer(
        &self,
        plan: &mut Plan,
        library: Arc<Library>,
        by: &Publisher,
    ) -> Result<(), Problem> {
        self.published_by(plan, by).await?;
        self.runtime.publish(library).await?;
        self.directory.know(self.runtime.library().network.clone());
        plan.published = true;
        Ok(())
    }
}

/// The hash under which a revision stands in the store.
pub(super) fn digest(hash: &str) -> [u8; 32] {
    Sha256::digest(hash).into()
}

/// Refuses whoever does not hold a post, and names it.
pub fn must_hold(app: &App, caller: &Caller, post: &str) -> Result<(), Problem> {
    if caller.holds(post) {
        return Ok(());
    }
    let library = app.runtime.library();
    let message = in_both("reject.forbidden", |lang| {
        let title = library.network.post(post).map_or(post, |t| t.get(lang));
        vec![("posts", title.to_owned())]
    });
    Err(Problem::with(Code::Forbidden, message).member("needed", vec![post]))
}

/// The library as it would be, and what changes; findings that stop it are told as fields.
pub(super) async fn planned(
    app: &App,
    publication: &Publication,
) -> Result<(Arc<Library>, Plan), Problem> {
    let strange: Vec<Field> = publication.paths().filter_map(|p| takes_none(p)).collect();
    if !strange.is_empty() {
        return Err(Problem::fields(strange));
    }
    app.catch_up().await?;
    let before = app.runtime.library();
    let mut files = (*before.files).clone();
    files.extend(publication.files.clone());
    let read = tokio::task::spawn_blocking(move || read(&files));
    let (library, sources) = read.await.map_err(|e| Problem::internal(&e))?;
    let lost: Vec<&String> = before
        .matters
        .keys()
        .filter(|id| !library.matters.contains_key(*id))
        .collect();
    let touched = |d: &&Diagnostic| {
        let file = sources.file(d.span).map(|f| &*f.path);
        let of_lost =
            |path: &str| d.level() == Level::Error && lost.iter().any(|id| belongs(path, id));
        file.is_some_and(|path| publication.files.contains_key(path) || of_lost(path))
    };
    let own: Vec<&Diagnostic> = library.found.iter().filter(touched).collect();
    let (wrong, mild): (Vec<_>, Vec<_>) = own.into_iter().partition(|d| d.level() == Level::Error);
    if !wrong.is_empty() {
        let field = |d: &&Diagnostic| Field {
            pointer: place(d, &sources),
            code: d.code.into(),
            message: words(d),
        };
        return Err(Problem::fields(wrong.iter().map(field).collect()));
    }
    let findings = mild.iter().map(|d| finding(d, &sources)).collect();
    let matters = changes(app, &before, &library).await?;
    let calendars = calendars(app, &before, &library).await?;
    let beside = beside(app, &before, &library).await?;
    let (old, new) = (before.files.clone(), library.files.clone());
    let changed = tokio::task::spawn_blocking(move || revised(&old, &new));
    let plan = Plan {
        published: false,
        changed: changed.await.map_err(|e| Problem::internal(&e))?,
        matters,
        calendars,
        beside,
        findings,
    };
    Ok((Arc::new(library), plan))
}

/// What is said of a file that takes no publication: nothing is read from there, or what it says is kept elsewhere.
fn takes_none(path: &str) -> Option<Field> {
    let key = match Kind::of(path) {
        None => "api.no_such_file",
        Some(_) if path == "network/people.yaml" => "api.people_elsewhere",
        Some(_) => return None,
    };
    Some(Field {
        pointer: format!("/files/{}", path.replace('~', "~0").replace('/', "~1")),
        code: "takes-no-publication".into(),
        message: both(key, &[("path", path.to_owned())]),
    })
}

fn read(files: &BTreeMap<String, String>) -> (Library, Sources) {
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let mut sources = Sources::default();
    (Library::read(&files, &mut sources), sources)
}

async fn changes(app: &App, before: &Library, after: &Library) -> Result<Vec<Change>, Problem> {
    let newest = app.runtime.store().newest_definitions().await?;
    let mut changes = Vec::new();
    for (id, revision) in &after.matters {
        let same = before
            .matters
            .get(id)
            .is_some_and(|old| old.hash() == revision.hash());
        if same {
            continue;
        }
        let which = crate::store::CaseFilter {
            matter: Some(id.clone()),
            ..Default::default()
        };
        changes.push(Change {
            matter: id.clone(),
            revision: newest
                .iter()
                .find(|row| row.id == *id)
                .map_or(1, |row| row.revision + 1),
            hash: revision.hash().to_owned(),
            staying: app.runtime.store().count_cases(&which).await?,
        });
    }
    Ok(changes)
}

/// The calendars as they would be, if that is another version; of all cases in flight the limits are worked out anew.
async fn calendars(
    app: &App,
    before: &Library,
    after: &Library,
) -> Result<Option<Change>, Problem> {
    let hash = calendar_hash(&after.files);
    if hash == calendar_hash(&before.files) {
        return Ok(None);
    }
    let open = crate::store::CaseFilter {
        open: Some(true),
        ..Default::default()
    };
    Ok(Some(Change {
        matter: CALENDARS.to_owned(),
        revision: app.runtime.calendars() + 1,
        hash: hexadecimal(&hash),
        staying: app.runtime.store().count_cases(&open).await?,
    }))
}

/// What lies beside revisions and calendars as it would be, if that is another version. No case stays on an earlier one.
async fn beside(app: &App, before: &Library, after: &Library) -> Result<Option<Change>, Problem> {
    let hash = beside_hash(&after.files);
    if hash == beside_hash(&before.files) {
        return Ok(None);
    }
    let published = app.runtime.store().revisions(BESIDE).await?;
    Ok(Some(Change {
        matter: BESIDE.to_owned(),
        revision: published.first().map_or(1, |row| row.revision + 1),
        hash: hexadecimal(&hash),
        staying: 0,
    }))
}

fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The place of a finding as a pointer into the request: `/files/PATH` and the line and column there.
fn place(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let file = sources.file(diagnostic.span).map_or("", |f| &*f.path);
    let at = sources.position(diagnostic.span);
    let file = file.replace('~', "~0").replace('/', "~1");
    format!("/files/{file}#{}:{}", at.line, at.column)
}

fn words(diagnostic: &Diagnostic) -> Text {
    let one = |lang| match diagnostic.remedy(lang) {
        Some(remedy) => format!("{}。{remedy}", diagnostic.message(lang)),
        None => diagnostic.message(lang),
    };
    Text {
        zh: one(Lang::Zh),
        en: one(Lang::En).replace('。', ". "),
    }
}

fn finding(diagnostic: &Diagnostic, sources: &Sources) -> Finding {
    let at = sources.position(diagnostic.span);
    Finding {
        code: diagnostic.code.to_owned(),
        file: sources
            .file(diagnostic.span)
            .map_or_else(String::new, |f| f.path.to_string()),
        line: at.line,
        column: at.column,
        message: words(diagnostic),
    }
}

/// A matter on offer.
#[derive(Serialize, ToSchema)]
pub(super) struct Definition {
    /// Its id.
    matter: String,
    /// What people call it.
    #[schema(value_type = Both)]
    title: Text,
    /// The letters that stand in a case number.
    code: String,
    /// Its newest revision.
    revision: i64,
    /// Content hash, SHA-256 in hexadecimal.
    hash: String,
    /// Ways to apply.
    channels: Vec<String>,
    /// JSON Schema of the application's form; null where there is none.
    #[schema(value_type = Object)]
    form: serde_json::Value,
}

/// The matters on offer.
#[utoipa::path(get, path = "/api/v1/definitions", tag = "definitions", responses((status = 200, body = Vec<Definition>)))]
pub(super) async fn list(State(app): Here, _: Caller) -> Result<Json<Vec<Definition>>, Problem> {
    let newest = app.runtime.store().newest_definitions().await?;
    let library = app.runtime.library();
    let all = library.matters.iter();
    Ok(Json(
        all.map(|(id, matter)| shown(id, matter, &newest)).collect(),
    ))
}

/// The newest revision of a matter.
#[utoipa::path(get, path = "/api/v1/definitions/{matter}", tag = "definitions",
    params(("matter" = String, Path, description = "Matter")), responses((status = 200, body = Definition)))]
pub(super) async fn newest(
    State(app): Here,
    _: Caller,
    Path(id): Path<String>,
) -> Result<Json<Definition>, Problem> {
    let newest = app.runtime.store().newest_definitions().await?;
    let library = app.runtime.library();
    let matter = library.matters.get(&id);
    let matter = matter.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(Json(shown(&id, matter, &newest)))
}

fn shown(id: &str, matter: &engine::matter::Revision, newest: &[DefinitionRow]) -> Definition {
    let form = matter.form.as_ref().and_then(|f| matter.form(&f.value));
    Definition {
        matter: id.to_owned(),
        title: matter.title.clone(),
        code: matter.code.clone(),
        revision: newest
            .iter()
            .find(|row| row.id == id)
            .map_or(0, |row| row.revision),
        hash: matter.hash().to_owned(),
        channels: matter.channels.iter().map(|c| c.value.clone()).collect(),
        form: form.map_or(serde_json::Value::Null, |f| f.schema().clone()),
    }
}

/// A revision that was published once.
#[derive(Serialize, ToSchema)]
pub(super) struct Published {
    /// The matter.
    matter: String,
    /// The revision.
    revision: i64,
    /// When it was published.
    published: Option<String>,
    /// Who published it; null: it came with the program.
    published_by: Option<String>,
    /// Who agreed as the second person.
    approved_by: Option<String>,
    /// Why, as it was proposed.
    why: Option<String>,
    /// The files it was made of: path and text.
    files: BTreeMap<String, String>,
}

/// One revision of a matter with its files; it never changes.
#[utoipa::path(get, path = "/api/v1/definitions/{matter}/{revision}", tag = "definitions",
    params(("matter" = String, Path, description = "Matter"), ("revision" = i64, Path, description = "Revision")),
    responses((status = 200, body = Published)))]
pub(super) async fn one(
    State(app): Here,
    _: Caller,
    Path((matter, revision)): Path<(String, i64)>,
) -> Result<Json<Published>, Problem> {
    let row = app.runtime.store().definition(&matter, revision).await?;
    let row = row.filter(|row| !is_proposed(&row.id) && !is_about(&row.id));
    let row = row.ok_or_else(|| Problem::new(Code::NotFound))?;
    let files = app.runtime.files_of(&row).await?;
    let publisher = app.publisher(&matter, revision).await?;
    let why = publisher.as_ref().map(|p| p.why.clone());
    let (published_by, second) = publisher.map(|p| (p.by, p.second)).unzip();
    let own = files.into_iter().filter(|(path, _)| belongs(path, &matter));
    Ok(Json(Published {
        files: own.collect(),
        published_by,
        approved_by: second.flatten(),
        why: why.filter(|why| !why.is_empty()),
        matter,
        revision,
        published: super::cases::instant(row.published),
    }))
}

/// From which revision.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Since {
    /// The revision it is compared with; without it the one before.
    from: Option<i64>,
}

/// What differs between two revisions, whole: every file, part by part and line by line.
#[utoipa::path(get, path = "/api/v1/definitions/{matter}/{revision}/difference", tag = "definitions",
    params(("matter" = String, Path, description = "Matter; or `calendars`, `beside`"), ("revision" = i64, Path, description = "Revision"), Since),
    responses((status = 200, body = Vec<Object>)))]
pub(super) async fn difference(
    State(app): Here,
    _: Caller,
    Path((matter, revision)): Path<(String, i64)>,
    Asked(since): Asked<Since>,
) -> Result<Json<Vec<Changed>>, Problem> {
    let from = since.from.unwrap_or(revision - 1);
    app.differing(&matter, from, revision).await.map(Json)
}

impl App {
    /// What differs between two revisions of a matter, of the calendars, or of what lies beside; before the first there was nothing.
    ///
    /// # Errors
    /// If there is no such revision.
    pub async fn differing(&self, id: &str, from: i64, to: i64) -> Result<Vec<Changed>, Problem> {
        let mut both = Vec::new();
        for revision in [from, to] {
            both.push(match revision {
                0 => BTreeMap::new(),
                revision => self.files_of(id, revision).await?,
            });
        }
        let told = tokio::task::spawn_blocking(move || revised(&both[0], &both[1]));
        told.await.map_err(|e| Problem::internal(&e))
    }

    async fn files_of(&self, id: &str, revision: i64) -> Result<BTreeMap<String, String>, Problem> {
        let row = self.runtime.store().definition(id, revision).await?;
        let row = row.filter(|row| !is_proposed(&row.id) && !is_about(&row.id));
        let row = row.ok_or_else(|| Problem::new(Code::NotFound))?;
        let files = self.runtime.files_of(&row).await?;
        Ok(match id {
            CALENDARS | BESIDE => files
                .into_iter()
                .filter(|(path, _)| belongs(path, id))
                .collect(),
            matter => of_matter(&files, matter),
        })
    }
}
