//! Between deployments: the door for envelopes, which needs no sign-in but a signature, and what was told about a letter.

use super::body::bytes;
use super::definitions::must_hold;
use super::papers::{Printed, as_wanted};
use super::problem::{Code, Problem};
use super::tasks::task_id;
use super::{App, Here};
use crate::directory::Caller;
use crate::exchange::{Bundle, MAX_ENVELOPE, SIGNATURE, Signed};
use crate::runtime::{ADMINISTRATOR, CameWith, Line, Seen, TurnedAway};
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::case::{HandoffNo, Sight};
use jiff::SignedDuration;
use serde::Serialize;
use utoipa::ToSchema;

/// What was turned away in so many hours is shown.
pub const SHOWN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Takes in a signed envelope (CloudEvents 1.0, structured mode) of another deployment and answers with the signed receipt for it.
/// The signature over the exact bytes stands in the header `onenet-signature`, as `KEY-ID:BASE64`, here and in the answer.
#[utoipa::path(post, path = "/api/v1/exchange", tag = "exchange", request_body(content = String, content_type = "application/cloudevents+json"),
    responses((status = 200, body = Object), (status = 422, body = Object, description = "Not taken; the receipt says why")))]
pub(super) async fn take(State(app): Here, request: Request) -> Result<Response, Problem> {
    let signature = request.headers().get(SIGNATURE);
    let signature = signature.and_then(|value| value.to_str().ok());
    let signature = signature.unwrap_or_default().to_owned();
    let bytes = bytes(request).await?;
    if bytes.len() > MAX_ENVELOPE {
        return Err(Problem::new(Code::TooLarge));
    }
    let text = String::from_utf8(bytes.to_vec());
    let text = text.unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
    match app.runtime.take_envelope(Signed { text, signature }).await {
        Ok(receipt) => Ok(answer(StatusCode::OK, receipt)),
        Err(TurnedAway::Refused(receipt, _)) => {
            Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, receipt))
        }
        Err(TurnedAway::Signature) => Err(Problem::new(Code::BadSignature)),
        Err(TurnedAway::Unreadable(why)) => {
            let args = [("what", why.to_owned())];
            Err(Problem::says(Code::Invalid, "exchange.unreadable", &args).member("why", why))
        }
        Err(TurnedAway::Store(error)) => Err(error.into()),
    }
}

fn answer(status: StatusCode, receipt: Signed) -> Response {
    let mut response = (status, receipt.text).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if let Ok(signature) = HeaderValue::from_str(&receipt.signature) {
        headers.insert(SIGNATURE, signature);
    }
    response
}

/// What happened to a letter that went to, or came from, another deployment.
#[derive(Serialize, ToSchema)]
pub(super) struct Exchange {
    /// The other deployment, as it is called here.
    peer: String,
    /// The exchange: the number of the case that sent the letter, and of the letter.
    subject: String,
    /// What happened, by what each side says of itself; it reads the same on both.
    #[schema(value_type = Vec<Object>)]
    trail: Vec<Line>,
    /// Envelopes told, and how many of them have a receipt.
    messages: usize,
    /// Of them with a receipt.
    receipts: usize,
}

/// The trail of a letter between two deployments.
#[utoipa::path(get, path = "/api/v1/handoffs/{id}/exchange", tag = "handoffs",
    params(("id" = String, Path, description = "Id of the hand-off")), responses((status = 200, body = Exchange)))]
pub(super) async fn exchange(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Exchange>, Problem> {
    let (seen, no) = app.letter(&caller, &id).await?;
    let bundle = app.bundle(&seen, no).await?;
    Ok(Json(Exchange {
        trail: app.runtime.trail(&seen, no).await?,
        messages: bundle.messages.len(),
        receipts: bundle
            .messages
            .iter()
            .filter(|m| m.receipt.is_some())
            .count(),
        peer: bundle.peer,
        subject: bundle.subject,
    }))
}

/// Everything told about a letter, with signatures and receipts, as the file that `onenet receipt verify` proves without a server.
#[utoipa::path(get, path = "/api/v1/handoffs/{id}/receipt", tag = "handoffs",
    params(("id" = String, Path, description = "Id of the hand-off")), responses((status = 200, body = Object)))]
pub(super) async fn receipt(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (seen, no) = app.letter(&caller, &id).await?;
    let bundle = app.bundle(&seen, no).await?;
    let name = bundle.subject.replace('/', "-");
    let mut response = Json(&bundle).into_response();
    let disposition = format!("attachment; filename=\"{name}.receipt.json\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response
            .headers_mut()
            .insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// A paper that the other deployment sent with a letter or an answer.
#[derive(Serialize, ToSchema)]
pub(super) struct Enclosure {
    /// Its number 文号 over there.
    number: String,
    /// Its title.
    title: String,
    /// SHA-256 of its text in UTF-8, in hexadecimal; the signature and the receipt of the envelope cover it.
    sha256: String,
    /// When it arrived here.
    #[schema(value_type = String, format = DateTime)]
    received: jiff::Timestamp,
}

impl From<&CameWith> for Enclosure {
    fn from(came: &CameWith) -> Self {
        Enclosure {
            number: came.paper.number.clone(),
            title: came.paper.finished.title.clone(),
            sha256: came.paper.sha256.clone(),
            received: came.received,
        }
    }
}

/// The papers that the other deployment sent with a letter or with its answer.
#[utoipa::path(get, path = "/api/v1/handoffs/{id}/papers", tag = "handoffs",
    params(("id" = String, Path, description = "Id of the hand-off")), responses((status = 200, body = Vec<Enclosure>)))]
pub(super) async fn papers(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Vec<Enclosure>>, Problem> {
    let (seen, no) = app.letter(&caller, &id).await?;
    let all = app.runtime.came_with(&seen, no).await?;
    Ok(Json(all.iter().map(Enclosure::from).collect()))
}

/// A paper that came so, in the form that `Accept` asks for: JSON with its text, `text/markdown`, or `text/html`.
#[utoipa::path(get, path = "/api/v1/handoffs/{id}/papers/{sha256}", tag = "handoffs",
    params(("id" = String, Path, description = "Id of the hand-off"), ("sha256" = String, Path, description = "Hash of its text")),
    responses((status = 200, content((Printed<Enclosure> = "application/json"), (String = "text/markdown"), (String = "text/html")))))]
pub(super) async fn paper(
    State(app): Here,
    caller: Caller,
    Path((id, hash)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (seen, no) = app.letter(&caller, &id).await?;
    let came = app.came_paper(&seen, no, &hash).await?;
    let more = serde_json::json!({ "number": came.paper.number, "title": came.paper.finished.title, "received": came.received });
    Ok(as_wanted(&headers, came.paper, more))
}

/// What came in the name of another deployment and was turned away, by hour and cause.
#[derive(Serialize, ToSchema)]
pub(super) struct Refusal {
    /// Whose key it named; empty: nobody's.
    peer: String,
    /// Why, a stable code.
    why: String,
    /// How often in that hour.
    times: i64,
    /// When last.
    last: String,
    /// SHA-256 of the last one.
    sha256: String,
}

/// What was turned away in the last thirty days, the latest first. For system administrators.
#[utoipa::path(get, path = "/api/v1/exchange/turned-away", tag = "exchange", responses((status = 200, body = Vec<Refusal>)))]
pub(super) async fn turned_away(
    State(app): Here,
    caller: Caller,
) -> Result<Json<Vec<Refusal>>, Problem> {
    must_hold(&app, &caller, ADMINISTRATOR)?;
    let since = app.runtime.clock().now() - SHOWN;
    let rows = app.runtime.turned_away(since).await?.into_iter();
    let view = |row: crate::store::RefusalRow| Refusal {
        peer: row.peer,
        why: row.why,
        times: row.times,
        last: super::cases::instant(row.last).unwrap_or_default(),
        sha256: row.sha256,
    };
    Ok(Json(rows.map(view).collect()))
}

impl App {
    /// The case of a letter, for whoever sees it whole: the file holds what was shared.
    pub(crate) async fn letter(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<(Seen, HandoffNo), Problem> {
        let id = task_id(id)?;
        let visible = self.read(caller, id.case, "letter").await?;
        match visible.sight {
            Sight::Whole => Ok((visible.seen, HandoffNo(id.no))),
            _ => Err(Problem::new(Code::Forbidden)),
        }
    }

    /// A paper that came with a letter, by the hash of its text.
    pub(crate) async fn came_paper(
        &self,
        seen: &Seen,
        no: HandoffNo,
        hash: &str,
    ) -> Result<CameWith, Problem> {
        let mut all = self.runtime.came_with(seen, no).await?.into_iter();
        let found = all.find(|came| came.paper.sha256 == hash);
        found.ok_or_else(|| Problem::new(Code::NotFound))
    }

    async fn bundle(&self, seen: &Seen, no: HandoffNo) -> Result<Bundle, Problem> {
        let bundle = self.runtime.bundle(seen, no).await?;
        bundle.ok_or_else(|| Problem::new(Code::NotFound))
    }
}
