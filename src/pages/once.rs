//! What makes a form safe to send twice: a one-time token that is the key of its command (G3), and the version the page showed (G46).

use super::session::{FORM_TOKEN, Fields};
use crate::directory::Caller;
use crate::runtime::IdempotencyKey;
use crate::web::problem::{Code, Problem};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use forms::FieldError;
use maud::{Markup, html};

/// The field that holds the token.
const ONCE: &str = "once";
/// The longest token that is taken.
const LONGEST: usize = 64;

/// A fresh one-time token, to stand in every form that makes something happen to a case.
pub fn token() -> Markup {
    let random: [u8; 16] = rand::random();
    html! { input type="hidden" name=(ONCE) value=(BASE64_URL_SAFE_NO_PAD.encode(random)); }
}

/// The key of a form that was sent: the same form again gets the first answer.
pub fn key(caller: &Caller, place: &str, fields: &Fields) -> Result<IdempotencyKey, Problem> {
    let once = fields.get(ONCE).unwrap_or_default();
    let sound = !once.is_empty() && once.len() <= LONGEST;
    if !sound {
        return Err(Problem::new(Code::VersionRequired));
    }
    let said = fields.0.iter().filter(|(name, _)| name != FORM_TOKEN);
    let said: Vec<_> = said.collect();
    let said = serde_urlencoded::to_string(said).unwrap_or_default();
    let whole = [place, "\n", &said].concat();
    Ok(IdempotencyKey::new(&caller.id, once, whole.as_bytes()))
}

/// The version a page showed; a write that does not say it is refused (428).
pub fn version(fields: &Fields) -> Result<u64, Problem> {
    let version = fields.get("version").and_then(|v| v.parse().ok());
    version.ok_or_else(|| Problem::new(Code::VersionRequired))
}

/// The fields that must be put right, as a sheet shows them.
pub fn errors(problem: &Problem) -> Vec<FieldError> {
    let errors = problem.errors().iter().map(|error| FieldError {
        pointer: error.pointer.clone(),
        code: "invalid",
        message: error.message.clone(),
    });
    errors.collect()
}
