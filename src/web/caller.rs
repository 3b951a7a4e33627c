//! What every request may carry besides its body: who calls, the key that makes a repetition harmless, and the version seen.

use super::App;
use super::problem::{Code, Problem};
use super::proxies::Came;
use super::rates::Use;
use crate::directory::{Caller, Denied, Outstanding};
use crate::pages::session;
use crate::runtime::IdempotencyKey;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

/// The header that says for whom a caller acts as a deputy: the id of that person.
const STANDS_FOR: &str = "x-stands-for";
/// The longest idempotency key (G3).
const LONGEST_KEY: usize = 128;

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let mut caller = called(parts, app).await?;
        caller.from = source(&parts.extensions);
        Ok(caller)
    }
}

/// Where in the network a request came from.
pub fn source(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<Came>().map(|came| came.source)
}

/// Where a request came from, of whoever it may be.
pub struct Source(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Source(source(&parts.extensions)))
    }
}

async fn called(parts: &Parts, app: &Arc<App>) -> Result<Caller, Problem> {
    let asked = parts.headers.get(header::AUTHORIZATION);
    if asked.is_none()
        && let Some(caller) = session::cookie_caller(app, parts).await
    {
        return caller.and_then(|caller| in_measure(app, parts, caller));
    }
    let token = asked
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let token = token.ok_or_else(|| Problem::new(Code::SignInRequired))?;
    let caller = app.directory.caller(token, app.wall.now()).await?;
    match text(&parts.headers, STANDS_FOR)? {
        None => in_measure(app, parts, caller),
        // What is sent chooses among what the directory grants, and never widens it (G51).
        Some(person) => caller.standing_for(person, None).ok_or_else(|| {
            let args = [("name", person.to_owned())];
            Problem::says(Code::Forbidden, "api.stands_for", &args)
        }),
    }
}

/// Refuses a person who asks too much (G83), by whichever way; a key of a program is not counted.
fn in_measure(app: &App, parts: &Parts, caller: Caller) -> Result<Caller, Problem> {
    let what = Use::of(&parts.method);
    let wait = match caller.session {
        true => app.rates.count(&caller.id, what, app.wall.now()),
        false => None,
    };
    match wait {
        Some(seconds) => Err(Problem::new(Code::Rate).after(seconds)),
        None => Ok(caller),
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unknown => Problem::new(Code::SignInRequired),
            Denied::Expired => Problem::new(Code::SessionExpired),
            Denied::Resting(seconds) => Problem::new(Code::Rate).after(seconds),
            Denied::Half(half, Outstanding::Code) => {
                Problem::new(Code::SecondFactorRequired).member("half", half.text())
            }
            Denied::Half(_, Outstanding::Device) => {
                Problem::says(Code::SecondFactorRequired, "api.no_device", &[])
            }
            Denied::Code(_) => Problem::says(Code::SignInRequired, "api.wrong_code", &[]),
            Denied::Store(error) => error.into(),
        }
    }
}

/// What a write states beforehand.
#[derive(Debug, Default)]
pub struct Stated {
    /// `Idempotency-Key`.
    key: Option<String>,
    /// `If-Match`.
    pub version: Option<u64>,
    /// Method and path, part of what a repetition must repeat.
    place: String,
}

impl Stated {
    /// The key of this request with this body, for a caller.
    pub fn key(&self, caller: &str, body: &[u8]) -> Option<IdempotencyKey> {
        let key = self.key.as_deref()?;
        let whole = [self.place.as_bytes(), b"\n", body].concat();
        Some(IdempotencyKey::new(caller, key, &whole))
    }
}

impl<S: Sync> FromRequestParts<S> for Stated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let key = text(&parts.headers, "idempotency-key")?;
        let bad_key = key.is_some_and(|k| {
            k.is_empty() || k.len() > LONGEST_KEY || !k.bytes().all(|b| b.is_ascii_graphic())
        });
        if bad_key {
            return Err(Problem::says(Code::Malformed, "api.bad_key", &[]));
        }
        let version = match text(&parts.headers, "if-match")? {
            None | Some("*") => None,
            Some(tag) => Some(tag.trim_matches('"').parse().map_err(|_| {
                Problem::says(
                    Code::Malformed,
                    "api.bad_version",
                    &[("name", tag.to_owned())],
                )
            })?),
        };
        Ok(Stated {
            key: key.map(str::to_owned),
            version,
            place: format!("{} {}", parts.method, parts.uri.path()),
        })
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Problem> {
    let value = headers.get(name).map(|v| v.to_str());
    value.transpose().map_err(|_| {
        Problem::says(
            Code::Malformed,
            "api.bad_header",
            &[("name", name.to_owned())],
        )
    })
}
