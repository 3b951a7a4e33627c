//! Every answer that is not a success: RFC 9457 with a stable code, and both languages (G85, G86).

use crate::pages::{Held, Visit, fault};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::text::{Lang, Text, both};
use forms::FieldError;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use utoipa::ToSchema;

/// The codes. A client may rely on them and on the status; none is ever reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The request itself cannot be read.
    Malformed,
    /// No token, or nobody's.
    SignInRequired,
    /// The sign-in has ended.
    SessionExpired,
    /// A message is not signed by who is said to send it, or not now.
    BadSignature,
    /// The password was right; the second factor is still to come.
    SecondFactorRequired,
    /// The caller has to prove again who he is.
    ProofRequired,
    /// The caller's posts do not allow it.
    Forbidden,
    /// Another person must do it.
    SecondPersonRequired,
    /// There is no such thing, or none the caller may know of.
    NotFound,
    /// The address is right, the method is not.
    MethodNotAllowed,
    /// The request took too long to arrive.
    TooSlow,
    /// Somebody has done the task.
    TaskAlreadyDone,
    /// Others were faster, several times.
    VersionConflict,
    /// The person has an open case of this matter.
    DuplicateCase,
    /// Not possible as the case stands.
    StateNotAllowed,
    /// Somebody holds the task.
    InProgress,
    /// No new cases of this are taken in.
    Retired,
    /// What the caller saw has changed since.
    Stale,
    /// The body is too large.
    TooLarge,
    /// The body is not JSON.
    MediaType,
    /// Fields must be put right.
    Invalid,
    /// The idempotency key came with another request before.
    KeyReused,
    /// The version seen must be named.
    VersionRequired,
    /// Too often.
    Rate,
    /// Our fault.
    Internal,
    /// The store cannot be reached.
    StorageUnavailable,
    /// The disk is full.
    StorageFull,
    /// Written or not: the same key will tell.
    OutcomeUnknown,
    /// The server is being stopped.
    Stopping,
}

impl Code {
    /// The code as it is sent.
    pub fn text(self) -> &'static str {
        self.entry().0
    }

    /// Its status.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.entry().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn entry(self) -> (&'static str, u16) {
        match self {
            Code::Malformed => ("malformed", 400),
            Code::SignInRequired => ("sign-in-required", 401),
            Code::SessionExpired => ("session-expired", 401),
            Code::BadSignature => ("bad-signature", 401),
            Code::SecondFactorRequired => ("second-factor-required", 401),
            Code::ProofRequired => ("proof-required", 403),
            Code::Forbidden => ("forbidden", 403),
            Code::SecondPersonRequired => ("second-person-required", 403),
            Code::NotFound => ("not-found", 404),
            Code::MethodNotAllowed => ("method-not-allowed", 405),
            Code::TooSlow => ("too-slow", 408),
            Code::TaskAlreadyDone => ("task-already-done", 409),
            Code::VersionConflict => ("version-conflict", 409),
            Code::DuplicateCase => ("duplicate-case", 409),
            Code::StateNotAllowed => ("state-not-allowed", 409),
            Code::InProgress => ("in-progress", 409),
            Code::Retired => ("retired", 410),
            Code::Stale => ("stale", 412),
            Code::TooLarge => ("too-large", 413),
            Code::MediaType => ("media-type", 415),
            Code::Invalid => ("invalid", 422),
            Code::KeyReused => ("key-reused", 422),
            Code::VersionRequired => ("version-required", 428),
            Code::Rate => ("rate", 429),
            Code::Internal => ("internal", 500),
            Code::StorageUnavailable => ("storage-unavailable", 503),
            Code::StorageFull => ("storage-full", 503),
            Code::OutcomeUnknown => ("outcome-unknown", 503),
            Code::Stopping => ("stopping", 503),
        }
    }

    /// The code of a word the engine gives.
    pub(super) fn of(word: &str) -> Code {
        match word {
            "not-found" => Code::NotFound,
            "forbidden" => Code::Forbidden,
            "second-person-required" => Code::SecondPersonRequired,
            "task-already-done" => Code::TaskAlreadyDone,
            "in-progress" => Code::InProgress,
            "state-not-allowed" => Code::StateNotAllowed,
            "duplicate-case" => Code::DuplicateCase,
            "retired" => Code::Retired,
            "too-large" => Code::TooLarge,
            _ => Code::Invalid,
        }
    }
}

/// One thing wrong with one field of a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Field {
    /// JSON pointer into the request, such as `/form/insured_city`.
    pub pointer: String,
    /// Stable code.
    pub code: Cow<'static, str>,
    /// How to put it right.
    #[schema(value_type = Both)]
    pub message: Text,
}

/// A sentence in both languages.
#[derive(Serialize, ToSchema)]
#[schema(as = Text)]
pub struct Both {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What is sent when something did not work.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: Code,
    message: Text,
    errors: Vec<Field>,
    members: Map<String, Json>,
    retry_after: Option<i64>,
    /// For the log alone.
    cause: Option<String>,
    /// For the page alone: what was to be done.
    held: Option<Held>,
}

impl Problem {
    /// A problem in the words that belong to its code.
    pub fn new(code: Code) -> Self {
        Self::says(code, &format!("problem.{}.detail", code.text()), &[])
    }

    /// A problem in the words of a catalogue key.
    pub fn says(code: Code, key: &str, args: &[(&str, String)]) -> Self {
        Self::with(code, both(key, args))
    }

    /// A problem in these words.
    pub fn with(code: Code, message: Text) -> Self {
        Self(Box::new(Inner {
            code,
            message,
            errors: Vec::new(),
            members: Map::new(),
            retry_after: None,
            cause: None,
            held: None,
        }))
    }

    /// Fields that must be put right; there is at least one.
    pub fn fields(errors: Vec<Field>) -> Self {
        let count = errors.len().to_string();
        let mut problem = Self::says(Code::Invalid, "reject.invalid", &[("count", count)]);
        problem.0.errors = errors;
        problem
    }

    /// One field that must be put right, in the words of a catalogue key.
    pub fn field(pointer: &str, key: &'static str, args: &[(&str, String)]) -> Self {
        Self::fields(vec![Field {
            pointer: pointer.to_owned(),
            code: key.into(),
            message: both(key, args),
        }])
    }

    /// Ours: the caller reads that it is, the log what it was.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        Self::new(Code::Internal).because(cause)
    }

    /// With one more member for programs.
    pub fn member(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// With the seconds after which to try again.
    pub fn after(mut self, seconds: i64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// With the cause, which goes to the log and never to the caller (G87).
    pub fn because(mut self, cause: &dyn std::fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// With what was to be done, so that it goes on from there.
    pub fn holding(mut self, held: Held) -> Self {
        self.0.held = Some(held);
        self
    }

    /// What was to be done.
    pub fn held(&self) -> Option<&Held> {
        self.0.held.as_ref()
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What it says.
    pub fn message(&self) -> &Text {
        &self.0.message
    }

    /// The fields that must be put right.
    pub fn errors(&self) -> &[Field] {
        &self.0.errors
    }

    /// A member for programs.
    pub fn named(&self, member: &str) -> Option<&Json> {
        self.0.members.get(member)
    }

    /// The seconds after which to try again.
    pub fn retry_after(&self) -> Option<i64> {
        self.0.retry_after
    }

    fn body(&self, lang: Lang, instance: &str) -> Json {
        let Inner {
            code,
            message,
            errors,
            members,
            ..
        } = &*self.0;
        let title = both(&format!("problem.{}", code.text()), &[]);
        let mut body = json!({
            "type": format!("/problems/{}", code.text()),
            "title": title.get(lang),
            "status": code.status().as_u16(),
            "detail": message.get(lang),
            "message": message,
            "instance": instance,
            "code": code.text(),
        });
        if let Json::Object(map) = &mut body {
            if !errors.is_empty() {
                map.insert("errors".to_owned(), json!(errors));
            }
            map.extend(members.clone());
        }
        body
    }
}

impl IntoResponse for Problem {
    /// Only its status and itself; [`finish`] writes it out, who knows the language and the number of the request.
    fn into_response(self) -> Response {
        let mut response = self.0.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<FieldError> for Field {
    fn from(error: FieldError) -> Self {
        Field {
            pointer: error.pointer,
            code: error.code.into(),
            message: error.message,
        }
    }
}

/// Numbers requests: a random beginning for each start of the program, then a counter.
#[derive(Debug)]
pub struct Numbers {
    start: u32,
    next: AtomicU64,
}

impl Numbers {
    /// Of a program that starts now.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            start: rand::random(),
            next: AtomicU64::new(1),
        })
    }

    fn next(&self) -> String {
        let mut number = String::with_capacity(20);
        // Writing to a String cannot fail.
        _ = write!(
            number,
            "{:08x}-{}",
            self.start,
            self.next.fetch_add(1, Ordering::Relaxed)
        );
        number
    }
}

/// Around every request: writes problems out, and the headers every answer has (G77).
pub async fn finish(State(numbers): State<Arc<Numbers>>, request: Request, next: Next) -> Response {
    let lang = language(request.headers());
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or_else(String::new, |path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    let problem = response.extensions_mut().remove::<Problem>();
    if let Some(problem) = problem.or_else(|| unsaid(&response)) {
        let number = numbers.next();
        if problem.code().status().is_server_error() {
            let cause = problem.0.cause.as_deref().unwrap_or("");
            tracing::error!(request = number, route, code = problem.code().text(), cause);
        }
        response = match response.extensions_mut().remove::<Visit>() {
            Some(visit) => fault::written(&problem, &visit, &number, response.headers()),
            None => written(&problem, lang, &number, response.headers()),
        };
    }
    guard(response.headers_mut());
    response
}

/// What a browser may do with a page: run and load what comes from here, and nothing else (G77).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The same for a page in which a file is looked at.
const FRAMING: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                       connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src 'self'";

/// A page in which a file is looked at beside a form.
pub fn with_preview(page: maud::Markup) -> Response {
    let policy = HeaderValue::from_static(FRAMING);
    ([(header::CONTENT_SECURITY_POLICY, policy)], page).into_response()
}

/// The headers every answer has; what a handler has said of its own answer stays.
fn guard(headers: &mut HeaderMap) {
    let always = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in always {
        let unsaid = headers.entry(name);
        unsaid.or_insert(HeaderValue::from_static(value));
    }
}

/// An error that came without words, from below our handlers. A page says itself what is wrong.
fn unsaid(response: &Response) -> Option<Problem> {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        return None;
    }
    let code = match response.status().as_u16() {
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        408 => Code::TooSlow,
        413 => Code::TooLarge,
        415 => Code::MediaType,
        400..=499 => Code::Malformed,
        500.. => Code::Internal,
        _ => return None,
    };
    Some(Problem::new(code))
}

fn written(problem: &Problem, lang: Lang, number: &str, kept: &HeaderMap) -> Response {
    let body = problem.body(lang, number).to_string();
    let content = match lang {
        Lang::En => "en",
        Lang::Zh => "zh-CN",
    };
    let mut response = (
        problem.code().status(),
        [
            (header::CONTENT_TYPE, "application/problem+json"),
            (header::CONTENT_LANGUAGE, content),
        ],
        body,
    )
        .into_response();
    if problem.code().status() == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Bearer realm=\"onenet\"");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, scheme);
    }
    if let Some(seconds) = problem.0.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = kept.get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allow.clone());
    }
    response
}

/// English if the caller asks for it before Chinese, else Chinese.
pub fn language(headers: &HeaderMap) -> Lang {
    let asked = headers.get(header::ACCEPT_LANGUAGE);
    let asked = asked.and_then(|v| v.to_str().ok()).unwrap_or_default();
    let weight = |prefix: &str| {
        let of = |part: &str| {
            let mut parts = part.trim().split(";q=");
            let tag = parts.next()?.to_ascii_lowercase();
            let weight = parts.next().map_or(Some(1.0), |q| q.trim().parse().ok())?;
            tag.starts_with(prefix).then_some(weight)
        };
        asked.split(',').filter_map(of).fold(0.0_f32, f32::max)
    };
    match weight("en") > weight("zh") {
        true => Lang::En,
        false => Lang::Zh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_asked_first_is_spoken() {
        let check = |asked: &'static str, expected: Lang| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(asked));
            assert_eq!(language(&headers), expected, "{asked}");
        };
        check("en", Lang::En);
        check("en-GB,en;q=0.9,zh;q=0.5", Lang::En);
        check("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh);
        check("en;q=0.3, zh;q=0.9", Lang::Zh);
        check("fr", Lang::Zh);
        check("", Lang::Zh);
    }
}
