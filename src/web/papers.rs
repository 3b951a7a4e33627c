//! The papers of a case: what was issued to whom, and each as it was issued. They hold personal data, so they are for those who see
//! the whole case, and each for the office it is addressed to.

use super::problem::{Code, Problem};
use super::sight::Visible;
use super::views::{self, Document};
use super::{Here, ids};
use crate::directory::Caller;
use crate::runtime::Issued;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use engine::case::{Paper, Sight};
use notifications::paper::style_source;
use serde::Serialize;
use utoipa::ToSchema;

/// A paper with its text.
#[derive(Serialize, ToSchema)]
pub(super) struct Printed<More> {
    #[serde(flatten)]
    more: More,
    /// SHA-256 of the text in UTF-8, in hexadecimal.
    sha256: String,
    /// Its text in Markdown, as it was issued.
    text: String,
}

/// The papers of a case, in the order in which they were issued; of those a caller may not read, nothing is said.
#[utoipa::path(get, path = "/api/v1/cases/{id}/documents", tag = "cases",
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 200, body = Vec<Document>)))]
pub(super) async fn documents(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Vec<Document>>, Problem> {
    let id = app.case_id(&id).await?;
    let visible = app.read(&caller, id, "papers").await?;
    let papers = visible.seen.case.papers().iter();
    let readable = papers.filter(|(_, paper)| may_read(&caller, &visible, paper));
    Ok(Json(
        readable
            .map(|(no, paper)| views::document(&visible.seen, *no, paper))
            .collect(),
    ))
}

/// A paper as it was issued: what `Accept` asks for, JSON with its text, `text/markdown`, or `text/html`, a page of A4 to print.
#[utoipa::path(get, path = "/api/v1/cases/{id}/documents/{document}", tag = "cases",
    params(("id" = String, Path, description = "Id or number of the case"), ("document" = String, Path, description = "Id or number of the paper")),
    responses((status = 200, content((Printed<Document> = "application/json"), (String = "text/markdown"), (String = "text/html")))))]
pub(super) async fn document(
    State(app): Here,
    caller: Caller,
    Path((id, document)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = app.case_id(&id).await?;
    let visible = app.read(&caller, id, &format!("paper {document}")).await?;
    let seen = &visible.seen;
    let mut papers = seen.case.papers().iter();
    let found = papers.find(|(no, _)| {
        ids::within(seen.id, no.0) == document || seen.case.paper_number(**no) == document
    });
    let found = found.filter(|(_, paper)| may_read(&caller, &visible, paper));
    let (no, paper) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let issued = app.runtime.paper(id, *no).await?;
    let issued = issued.ok_or_else(|| Problem::new(Code::NotFound))?;
    let document = views::document(seen, *no, paper);
    Ok(as_wanted(&headers, issued, document))
}

/// A paper with its text in the form that is wanted, and its hash; in JSON with what else there is to say of it.
pub(super) fn as_wanted(headers: &HeaderMap, issued: Issued, more: impl Serialize) -> Response {
    let (sha256, text) = (issued.sha256.clone(), issued.finished.text);
    let mut response = match wanted(headers) {
        Form::Page => page(issued.finished.html),
        Form::Markdown => (
            [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")],
            text,
        )
            .into_response(),
        Form::Json => Json(Printed { more, sha256, text }).into_response(),
    };
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", issued.sha256)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A paper as a page of its own.
pub(crate) fn page(html: String) -> Response {
    let policy = format!(
        "default-src 'none'; style-src {}; frame-ancestors 'self'",
        style_source()
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, html).into_response()
}

/// In which form a paper is wanted.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Markdown,
    Page,
}

/// What `Accept` names first.
fn wanted(headers: &HeaderMap) -> Form {
    let accept = headers.get(header::ACCEPT).and_then(|a| a.to_str().ok());
    let kinds = accept.unwrap_or_default().split(',');
    let mut known = kinds.filter_map(|kind| match kind.split(';').next()?.trim() {
        "application/json" => Some(Form::Json),
        "text/markdown" | "text/plain" => Some(Form::Markdown),
        "text/html" => Some(Form::Page),
        _ => None,
    });
    known.next().unwrap_or(Form::Json)
}

/// Whoever sees the whole case, and the post a paper is addressed to; nobody who merely looks as it.
pub fn may_read(caller: &Caller, visible: &Visible, paper: &Paper) -> bool {
    let addressed = paper
        .to
        .as_ref()
        .is_some_and(|to| caller.posts_in(&visible.seen.revision.id).any(|p| p == to));
    let looks = caller.looks_as.is_some();
    visible.sight == Sight::Whole || (addressed && !looks)
}
