//! The directory of other deployments: a security administrator proposes, another one approves exactly that; either may take away.

use super::body::Body;
use super::definitions::must_hold;
use super::endpoints::{barred, field};
use super::problem::{Code, Problem};
use super::{App, Here};
use crate::directory::Caller;
use crate::exchange::PublicKey;
use crate::pages::session::must_be_fresh;
use crate::peer::{KEYS, Peer};
use crate::store::PeerRow;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use notifications::destination::Entry;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The post that keeps the directory.
pub const POST: &str = "security-admin";

/// A deployment to be put on record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// What it is to be called here.
    pub name: String,
    /// Where it is called: `https://host[:port]`.
    pub address: String,
    /// The cities it serves, by code or name.
    pub cities: Vec<String>,
    /// Its public keys, at most two: `ed25519:` and 32 bytes in base64.
    pub keys: Vec<String>,
}

/// Which deployment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Its name here.
    name: String,
}

/// What is approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    /// Its name here.
    name: String,
    /// The hash of what was proposed.
    hash: String,
}

/// A deployment as it is proposed or in force.
#[derive(Serialize, ToSchema)]
pub(super) struct View {
    /// Its name here.
    name: String,
    /// Where it is called.
    address: String,
    /// The cities it serves.
    cities: Vec<String>,
    /// Its public keys.
    keys: Vec<String>,
    /// SHA-256 of all that: what a second person approves.
    hash: String,
    /// Who proposed it.
    proposed_by: String,
    /// The second person; null: it is not in force yet.
    approved_by: Option<String>,
}

fn view(row: PeerRow) -> Option<View> {
    let peer = Peer::of(&row)?;
    Some(View {
        name: row.name,
        address: peer.address,
        cities: peer.cities.into_iter().collect(),
        keys: peer.keys.iter().map(PublicKey::to_string).collect(),
        hash: row.hash,
        proposed_by: row.proposed_by,
        approved_by: row.approved_by,
    })
}

impl Wish {
    fn read(&self, app: &App) -> Result<Peer, Problem> {
        if self.name.trim().is_empty() || self.name.contains(':') {
            return Err(field("/name", "peer.name", &self.name));
        }
        let network = &app.runtime.library().network;
        let city = |city: &String| {
            let found = network.city(city).map(|c| c.code.clone());
            found.ok_or_else(|| field("/cities", "peer.city", city))
        };
        let keys = self.keys.iter().map(|key| {
            let read = key.parse::<PublicKey>();
            read.map_err(|_| field("/keys", "peer.key", key))
        });
        let keys: Vec<PublicKey> = keys.collect::<Result<_, _>>()?;
        if keys.is_empty() || keys.len() > KEYS {
            return Err(field("/keys", "peer.keys", &keys.len().to_string()));
        }
        Ok(Peer {
            address: self.address.parse::<Entry>().map_err(barred)?.to_string(),
            cities: self.cities.iter().map(city).collect::<Result<_, _>>()?,
            keys,
        })
    }
}

/// Other deployments, with what waits for a second person.
#[utoipa::path(get, path = "/api/v1/peers", tag = "exchange", responses((status = 200, body = Vec<View>)))]
pub(super) async fn list(State(app): Here, caller: Caller) -> Result<Json<Vec<View>>, Problem> {
    must_hold(&app, &caller, POST)?;
    let rows = app.directory.accounts().peers().await?;
    Ok(Json(rows.into_iter().filter_map(view).collect()))
}

/// Proposes a deployment, or a change of one; it holds once another person has approved its hash.
#[utoipa::path(post, path = "/api/v1/peers", tag = "exchange", request_body = Wish, responses((status = 202, body = View)))]
pub(super) async fn propose(
    State(app): Here,
    caller: Caller,
    body: Body<Wish>,
) -> Result<(StatusCode, Json<View>), Problem> {
    let row = app.propose_peer(&caller, &body.value).await?;
    let view = view(row).ok_or_else(|| Problem::internal(&"peer"))?;
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// Puts in force what somebody else proposed, if it is exactly that.
#[utoipa::path(post, path = "/api/v1/peers/approve", tag = "exchange", request_body = Approval, responses((status = 204)))]
pub(super) async fn approve(
    State(app): Here,
    caller: Caller,
    body: Body<Approval>,
) -> Result<StatusCode, Problem> {
    let Approval { name, hash } = body.value;
    app.approve_peer(&caller, &name, &hash).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a deployment off; what waits for it waits, and nothing more is taken from it.
#[utoipa::path(post, path = "/api/v1/peers/remove", tag = "exchange", request_body = Which, responses((status = 204)))]
pub(super) async fn remove(
    State(app): Here,
    caller: Caller,
    body: Body<Which>,
) -> Result<StatusCode, Problem> {
    app.drop_peer(&caller, &body.value.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl App {
    /// Proposes a deployment, or a change of one.
    ///
    /// # Errors
    /// If the caller may not, or something of it is wrong.
    pub async fn propose_peer(&self, caller: &Caller, wish: &Wish) -> Result<PeerRow, Problem> {
        must_hold(self, caller, POST)?;
        must_be_fresh(self, caller)?;
        let peer = wish.read(self)?;
        let row = peer.proposed(&wish.name, &caller.id, self.runtime.clock().now());
        self.directory.accounts().propose_peer(&row).await?;
        Ok(row)
    }

    /// Puts in force what somebody else proposed, if it is exactly that.
    ///
    /// # Errors
    /// If the caller may not, proposed it himself, or nobody did.
    pub async fn approve_peer(
        &self,
        caller: &Caller,
        name: &str,
        hash: &str,
    ) -> Result<(), Problem> {
        must_hold(self, caller, POST)?;
        must_be_fresh(self, caller)?;
        let accounts = self.directory.accounts();
        let now = self.runtime.clock().now().as_millisecond();
        if accounts.approve_peer(name, hash, &caller.id, now).await? {
            return Ok(self.runtime.endpoints_changed().await?);
        }
        let rows = accounts.peers().await?;
        let waits = |r: &&PeerRow| r.name == name && r.approved_by.is_none() && r.hash == hash;
        match rows.iter().find(waits) {
            Some(_) => Err(Problem::new(Code::SecondPersonRequired)),
            None => Err(Problem::new(Code::NotFound)),
        }
    }

    /// Takes a deployment off.
    ///
    /// # Errors
    /// If the caller may not, or there is none.
    pub async fn drop_peer(&self, caller: &Caller, name: &str) -> Result<(), Problem> {
        must_hold(self, caller, POST)?;
        must_be_fresh(self, caller)?;
        match self.directory.accounts().drop_peer(name).await? {
            true => Ok(self.runtime.endpoints_changed().await?),
            false => Err(Problem::new(Code::NotFound)),
        }
    }
}
