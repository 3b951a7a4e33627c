//! What other systems send by themselves, signed as Standard Webhooks: messages for cases, and answers to calls that were taken for later.
//! Each counts once by sender and id, early and late ones too (G34, G36).

use super::body::{self, typed};
use super::deliveries::read;
use super::problem::{Code, Problem};
use super::{App, Here};
use crate::runtime::{IdempotencyKey, Request, Target};
use crate::store::OutboxId;
use crate::system::System;
use axum::Json;
use axum::extract::{self, Path, State};
use axum::http::HeaderMap;
use engine::case::{Actor, Command};
use notifications::webhook::{MAX_BODY, Secret, verify};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The longest id of a message.
const LONGEST_ID: usize = 128;

/// A message for a case, or the answer to a call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Incoming {
    /// Number or id of the case; not with `call`.
    #[serde(default)]
    case: Option<String>,
    /// The name of the message, as matters wait for it; not with `call`.
    #[serde(default)]
    name: Option<String>,
    /// Which of several waits it is for.
    #[serde(default)]
    key: String,
    /// The id of the call that is answered: the `webhook-id` with which it came.
    #[serde(default)]
    call: Option<String>,
    /// What it says.
    #[serde(default)]
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

/// It is taken, now or before.
#[derive(Serialize, ToSchema)]
pub(super) struct Taken {
    /// Its id.
    id: String,
    /// It came before, and has changed nothing this time.
    repeated: bool,
}

/// The three headers of a signed message.
struct Signed<'h> {
    id: &'h str,
    timestamp: i64,
    signature: &'h str,
}

impl<'h> Signed<'h> {
    fn of(headers: &'h HeaderMap) -> Option<Self> {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
        let id = text("webhook-id")?;
        let whole = !id.is_empty() && id.len() <= LONGEST_ID;
        let signed = Signed {
            id,
            timestamp: text("webhook-timestamp")?.parse().ok()?,
            signature: text("webhook-signature")?,
        };
        whole.then_some(signed)
    }
}

/// Takes a signed message. Headers `webhook-id`, `webhook-timestamp` (seconds, within five minutes) and `webhook-signature`
/// (`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`). The same id again changes nothing, for thirty days and longer.
#[utoipa::path(post, path = "/api/v1/systems/{name}/messages", tag = "systems", request_body = Incoming,
    params(("name" = String, Path, description = "Name of the system that sends")), responses((status = 200, body = Taken)))]
pub(super) async fn take(
    State(app): Here,
    Path(name): Path<String>,
    request: extract::Request,
) -> Result<Json<Taken>, Problem> {
    let headers = request.headers().clone();
    let bytes = body::bytes(request).await?;
    if bytes.len() > MAX_BODY {
        return Err(Problem::new(Code::TooLarge));
    }
    let (system, signed) = app.sender(&name, &headers, &bytes)?;
    let incoming: Incoming = typed(body::json(&bytes)?)?;
    let (target, command) = app.meaning(&system, incoming).await?;
    let actor = Actor::System {
        name: system.name.clone(),
    };
    let request = Request {
        target: Target::Case(target),
        command,
        actor: actor.clone(),
        key: Some(IdempotencyKey::of_sender(&system.name, signed.id, &bytes)),
        expect: None,
    };
    match app.runtime.submit(request).await {
        Ok(answer) => Ok(Json(Taken {
            id: signed.id.to_owned(),
            repeated: answer.replayed,
        })),
        Err(refused) => Err(app.refused(&actor, Some(target), refused).await),
    }
}

impl App {
    /// Who sends, if the signature is his; whoever is not known fails like whoever cannot sign.
    fn sender<'h>(
        &self,
        name: &str,
        headers: &'h HeaderMap,
        bytes: &[u8],
    ) -> Result<(System, Signed<'h>), Problem> {
        let bad = || Problem::new(Code::BadSignature);
        let signed = Signed::of(headers).ok_or_else(bad)?;
        let now = self.wall.now();
        let systems = self.runtime.systems();
        let system = systems
            .iter()
            .find(|system| system.name == name && system.on);
        let secrets: Vec<Secret> = match system {
            Some(system) => system.secrets.sends.valid(now),
            None => Vec::new(),
        };
        let (id, at) = (signed.id, signed.timestamp);
        match system {
            Some(system) if verify(&secrets, id, at, bytes, signed.signature, now) => {
                Ok((system.clone(), signed))
            }
            _ => Err(bad()),
        }
    }

    /// What a message means, and for which case.
    async fn meaning(
        &self,
        system: &System,
        incoming: Incoming,
    ) -> Result<(u64, Command), Problem> {
        let Incoming {
            case,
            name,
            key,
            call,
            data,
        } = incoming;
        let data = Value::Object(data);
        match (case, name, call) {
            (Some(case), Some(name), None) => {
                if !system.may_send(&name) {
                    let args = [("name", name)];
                    return Err(Problem::says(Code::Forbidden, "api.may_not_send", &args));
                }
                let command = Command::Message {
                    name: name.as_str().into(),
                    key,
                    data,
                };
                Ok((self.case_id(&case).await?, command))
            }
            (None, None, Some(call)) => {
                let unknown = || Problem::new(Code::NotFound);
                let id = read(&call).ok_or_else(unknown)?;
                let frame = self.runtime.called(id, &system.name).await?;
                let command = Command::Reply {
                    frame: frame.ok_or_else(unknown)?,
                    call: id.seq.unsigned_abs(),
                    outcome: "done".into(),
                    data,
                    cause: None,
                };
                Ok((case_of(id), command))
            }
            _ => Err(Problem::says(Code::Malformed, "api.case_or_call", &[])),
        }
    }
}

fn case_of(id: OutboxId) -> u64 {
    id.case_id.unsigned_abs()
}
