//! Signing in and out, and who one is.

use super::Here;
use super::body::Body;
use super::problem::Problem;
use crate::directory::Caller;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
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

/// Signs in by password. After five failures within 15 minutes the name rests for 15.
#[utoipa::path(post, path = "/api/v1/sign-in", tag = "accounts", request_body = Credentials, responses((status = 200, body = SignedIn)))]
pub(super) async fn sign_in(
    State(app): Here,
    body: Body<Credentials>,
) -> Result<Json<SignedIn>, Problem> {
    let Credentials { user, password } = body.value;
    let signed = app.directory.sign_in(&user, password, app.wall.now());
    let (token, caller) = signed.await.map_err(|denied| match denied {
        crate::directory::Denied::Unknown => {
            Problem::says(super::Code::SignInRequired, "api.wrong_password", &[])
        }
        other => other.into(),
    })?;
    Ok(Json(SignedIn {
        token: token.text().to_owned(),
        me: Me::from(&caller),
    }))
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
