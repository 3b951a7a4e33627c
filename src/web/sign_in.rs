//! Signing in and out, and who one is.

use super::Here;
use super::body::Body;
use super::caller::Source;
use super::problem::{Code, Problem};
use crate::directory::{Caller, Denied, Token};
use crate::pages::session::keep_id;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    /// Id of the account.
    user: String,
    /// Its password.
    password: String,
}

/// A sign-in.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedIn {
    /// To be sent as `Authorization: Bearer …`; shown this once. It ends after 30 minutes without use and after 12 hours anyhow.
    token: String,
    /// Who signed in.
    me: Me,
}

/// Who calls.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// Id.
    id: String,
    /// Name.
    name: String,
    /// Another system, not a person.
    system: bool,
    /// City, department and post, each.
    posts: Vec<String>,
}

impl From<&Caller> for Me {
    fn from(caller: &Caller) -> Self {
        Me {
            id: caller.id.to_string(),
            name: caller.name.clone(),
            system: caller.system,
            posts: caller.posts.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Signs in by password. After five failures within 15 minutes the name rests for 15, after twenty within a minute their source for one. Whoever has a second factor is answered 401
/// `second-factor-required` with a `half`, and goes on at `/sign-in/code`.
#[utoipa::path(post, path = "/api/v1/sign-in", tag = "accounts", request_body = Credentials, responses((status = 200, body = SignedIn)))]
pub(super) async fn sign_in(
    State(app): Here,
    Source(from): Source,
    body: Body<Credentials>,
) -> Result<Json<SignedIn>, Problem> {
    let Credentials { user, password } = body.value;
    let signed = app.directory.sign_in(&user, password, app.wall.now());
    signed_in(app.tried(from, signed).await?)
}

fn signed_in(signed: Result<(Token, Caller), Denied>) -> Result<Json<SignedIn>, Problem> {
    let (token, caller) = signed.map_err(|denied| match denied {
        Denied::Unknown => Problem::says(Code::SignInRequired, "api.wrong_password", &[]),
        other => other.into(),
    })?;
    Ok(Json(SignedIn {
        token: token.text().to_owned(),
        me: Me::from(&caller),
    }))
}

/// The second half of a sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Second {
    /// `half` of the problem `second-factor-required`.
    half: String,
    /// The code of the device, or a recovery code.
    #[schema(example = "123456")]
    code: String,
}

/// Signs in with the second factor, after the password. Wrong codes count as wrong passwords do, and each code is taken once.
#[utoipa::path(post, path = "/api/v1/sign-in/code", tag = "accounts", request_body = Second, responses((status = 200, body = SignedIn)))]
pub(super) async fn second(
    State(app): Here,
    Source(from): Source,
    body: Body<Second>,
) -> Result<Json<SignedIn>, Problem> {
    let Second { half, code } = body.value;
    let signed = app.directory.second(&half, &code, app.wall.now());
    signed_in(app.tried(from, signed).await?)
}

/// A proof of who one is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    /// The code of the device, or a recovery code; of whoever has no device, the password.
    proof: String,
}

/// Proves again who one is, after `proof-required`: good for five minutes. The sign-in goes on under a new token; the old one ends.
#[utoipa::path(post, path = "/api/v1/prove", tag = "accounts", request_body = Proof, responses((status = 200, body = SignedIn)))]
pub(super) async fn prove(
    State(app): Here,
    caller: Caller,
    headers: HeaderMap,
    body: Body<Proof>,
) -> Result<Response, Problem> {
    if !caller.session {
        return Err(Problem::new(Code::Forbidden));
    }
    let proved = app
        .directory
        .prove(&caller, &body.value.proof, app.wall.now());
    let signed = signed_in(proved.await)?;
    let cookie = match headers.contains_key(header::AUTHORIZATION) {
        true => None,
        false => Some(keep_id(&signed.token, app.is_secure())),
    };
    Ok((cookie, signed).into_response())
}

/// Ends the sign-in, or the token, with which it is called.
#[utoipa::path(post, path = "/api/v1/sign-out", tag = "accounts", responses((status = 204)))]
pub(super) async fn sign_out(State(app): Here, caller: Caller) -> Result<StatusCode, Problem> {
    app.directory.sign_out(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who calls, and with which posts.
#[utoipa::path(get, path = "/api/v1/me", tag = "accounts", responses((status = 200, body = Me)))]
pub(super) async fn me(caller: Caller) -> Json<Me> {
    Json(Me::from(&caller))
}
