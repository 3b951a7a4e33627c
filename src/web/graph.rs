//! The flow diagram of a case: the picture of its matter with what has been done of it.

use super::packed::packed;
use super::problem::{Code, Problem};
use super::readings::APPLICANT;
use super::sight::Visible;
use super::{App, Here};
use crate::directory::Caller;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use engine::case::Sight;
use engine::picture::{Picture, Progress, Told, Walked};
use engine::text::{Lang, say};
use serde::Deserialize;
use utoipa::IntoParams;

/// In which language, and how much of it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Language {
    /// `zh` (default) or `en`.
    lang: Option<String>,
    /// One of the sheets that A4 holds, from 1; none: the whole drawing.
    sheet: Option<usize>,
}

/// The flow diagram of a case as SVG: lanes by city and department, steps done, current and passed over, the ways it went. Who did a
/// step is named to those who see the whole case. The drawing has no style of its own and no script, so any content policy allows it.
#[utoipa::path(get, path = "/api/v1/cases/{id}/graph.svg", tag = "cases",
    params(("id" = String, Path, description = "Id or number of the case"), Language),
    responses((status = 200, body = String, content_type = "image/svg+xml")))]
pub(super) async fn graph(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
    Query(language): Query<Language>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let lang = match language.lang.as_deref() {
        None | Some("zh") => Lang::Zh,
        Some("en") => Lang::En,
        Some(_) => return Err(Problem::new(Code::Malformed)),
    };
    let id = app.case_id(&id).await?;
    let visible = app.read(&caller, id, "flow").await?;
    let tag = format!("\"{}\"", visible.seen.version());
    let drawing = app.pictured(&visible, lang, |picture, progress| match language.sheet {
        None => Some(picture.svg(Some(progress))),
        Some(sheet) => {
            let sheets = picture.sheets(Some(progress));
            sheets.into_iter().flatten().nth(sheet.checked_sub(1)?)
        }
    });
    let drawing = drawing.await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let drawn = packed(&asked, "image/svg+xml; charset=utf-8", drawing);
    Ok(([(header::ETAG, tag)], drawn).into_response())
}

impl App {
    /// The flow of a case as an ordered list, as far as its reader may see it.
    pub async fn flow(&self, visible: &Visible, lang: Lang) -> Result<Vec<Told>, Problem> {
        self.pictured(visible, lang, |picture, progress| {
            picture.told(Some(progress))
        })
        .await
    }

    /// How many sheets the drawing of a case has, row by row.
    pub async fn flow_sheets(&self, visible: &Visible, lang: Lang) -> Result<Vec<usize>, Problem> {
        self.pictured(visible, lang, |picture, progress| {
            let sheets = picture.sheets(Some(progress));
            sheets.iter().map(Vec::len).collect()
        })
        .await
    }

    async fn pictured<T>(
        &self,
        visible: &Visible,
        lang: Lang,
        draw: impl FnOnce(&Picture<'_>, &Progress<'_>) -> T,
    ) -> Result<T, Problem> {
        let seen = &visible.seen;
        let entries = self.runtime.history(seen.id).await?;
        let known = entries.iter().filter(|entry| entry.last <= seen.version());
        let events = known.flat_map(|entry| entry.events.iter().map(|event| (entry.at, event)));
        let walked = Walked::of(events);
        let people = self.directory.people().await?;
        let name = |id: &str| match people.get(id) {
            Some(person) => person.name.clone(),
            None if id == APPLICANT => say(lang, "story.applicant", &[]).unwrap_or_default(),
            None => id.to_owned(),
        };
        let name: &dyn Fn(&str) -> String = &name;
        let progress = Progress {
            walked: &walked,
            number: &seen.number,
            name: (visible.sight == Sight::Whole).then_some(name),
        };
        let library = self.runtime.library();
        Ok(draw(
            &Picture::of(&seen.revision, &library, lang),
            &progress,
        ))
    }
}
