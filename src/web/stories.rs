//! The scenarios of what is about to be published, played before a second person may agree.

use super::definitions::{Plan, Publication};
use super::problem::{Both, Problem};
use engine::library::Library;
use engine::matter::Revision;
use engine::revised::Kind;
use engine::scenario;
use engine::source::Sources;
use engine::text::{Lang, Text};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// How the scenarios went.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Stories {
    /// How many went as they should.
    pub fine: usize,
    /// How many tell of another network, and were not played.
    pub skipped: usize,
    /// Those that did not.
    pub failed: Vec<Story>,
}

/// A scenario that did not go as it should.
#[derive(Debug, Serialize, ToSchema)]
pub struct Story {
    /// The matter.
    pub matter: String,
    /// Where it lies.
    pub path: String,
    /// What it tells.
    pub name: String,
    /// What was expected and what was, in order.
    #[schema(value_type = Vec<Both>)]
    pub wrong: Vec<Text>,
}

/// Plays the scenarios of all matters a publication touches, as the library would be.
///
/// # Errors
/// If the play cannot be carried out at all.
pub(super) async fn play(
    library: &Arc<Library>,
    plan: &Plan,
    publication: &Publication,
) -> Result<Stories, Problem> {
    let library = library.clone();
    let touched = touched(&library, plan, publication);
    let played = tokio::task::spawn_blocking(move || {
        let mut stories = Stories::default();
        for id in &touched {
            if let Some(matter) = library.matters.get(id) {
                of_matter(&library, id, matter, &mut stories);
            }
        }
        stories
    });
    played.await.map_err(|e| Problem::internal(&e))
}

/// The matters whose scenarios may go otherwise: those that change, those with a changed file, and all where calendars, parameters or
/// cities change.
fn touched(library: &Library, plan: &Plan, publication: &Publication) -> BTreeSet<String> {
    let everywhere = |path: &String| {
        matches!(
            Kind::of(path),
            Some(Kind::Calendar | Kind::Parameters | Kind::Network)
        )
    };
    if publication.paths().any(everywhere) {
        return library.matters.keys().cloned().collect();
    }
    let changed = plan.matters.iter().map(|change| change.matter.clone());
    let folders = publication.paths().filter(|path| {
        let told = [Kind::Guidance, Kind::English];
        Kind::of(path).is_none_or(|kind| !told.contains(&kind))
    });
    let folders = folders.filter_map(|path| Some(path.split_once('/')?.0.to_owned()));
    changed.chain(folders).collect()
}

fn of_matter(library: &Library, id: &str, matter: &Arc<Revision>, stories: &mut Stories) {
    for (path, text) in library.scenarios.get(id).into_iter().flatten() {
        let mut sources = Sources::default();
        let (read, mut wrong) = scenario::read(&mut sources, path, text);
        let mut name = String::new();
        let mut told = Vec::new();
        if let Some(read) = read {
            name.clone_from(&read.name.value);
            let lacks = scenario::check(&read, matter, library);
            if !lacks.is_empty() && lacks.iter().all(scenario::is_lacking) {
                stories.skipped += 1;
                continue;
            }
            if lacks.is_empty() && wrong.is_empty() {
                let played = scenario::play(library, matter, &read);
                told.extend(played.failed.iter().map(failed));
            }
            wrong.extend(lacks);
        }
        told.extend(wrong.iter().map(|found| Text {
            zh: found.message(Lang::Zh),
            en: found.message(Lang::En),
        }));
        match told.is_empty() {
            true => stories.fine += 1,
            false => stories.failed.push(Story {
                matter: id.to_owned(),
                path: path.clone(),
                name,
                wrong: told,
            }),
        }
    }
}

fn failed(one: &scenario::Failed) -> Text {
    engine::text::in_both("revised.failed", |lang| {
        vec![
            ("about", one.about.clone()),
            ("expected", one.expected.get(lang).to_owned()),
            ("got", one.got.get(lang).to_owned()),
        ]
    })
}
