//! Proving again who one is, in the midst of what is being done (G75): the page that asks holds what was sent, and sends it again with
//! the proof.

use super::layout;
use super::session::{FORM_TOKEN, Visitor, keep_id};
use crate::directory::{Denied, Token};
use axum::http::HeaderValue;
use axum::response::Response;
use maud::{Markup, html};
use std::sync::{Arc, Mutex, PoisonError};

/// The field that holds the proof.
pub const PROOF: &str = "proof";

/// What was to be done when a proof was missing or wrong.
#[derive(Clone, Debug)]
pub struct Held {
    /// Where it was sent.
    pub address: String,
    /// What was sent.
    pub fields: Vec<(String, String)>,
    /// The proof is a code of the visitor's device, not his password.
    pub factor: bool,
    /// Why the proof was not taken, if there was one.
    pub denied: Option<Arc<Denied>>,
}

/// The new id of a sign-in whose person has proved himself, on its way to the browser.
#[derive(Clone, Debug, Default)]
pub struct Renewed(Arc<Mutex<Option<Token>>>);

impl Renewed {
    /// Keeps it until the answer is there.
    pub fn keep(&self, token: Token) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
    }

    /// Gives it to the browser.
    pub fn told(&self, response: &mut Response, secure: bool) {
        let token = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(token) = token else {
            return;
        };
        for (name, value) in keep_id(token.text(), secure) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
    }
}

/// The page that asks; sent, it does what was to be done.
pub fn page(visitor: &Visitor, held: &Held) -> Markup {
    let words = visitor.words;
    let told = held
        .denied
        .as_deref()
        .map(|denied| why(visitor, denied, held.factor));
    let fields = held.fields.iter().filter(|(name, _)| name != FORM_TOKEN);
    let body = html! {
        @if let Some(told) = &told { div id="told" class="notice bad" role="alert" { p { (told) } } }
        form method="post" action=(held.address) class="panel stacked" {
            (layout::token(visitor))
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            p { (words.t("proof.why")) }
            @if held.factor { (code_field(visitor, PROOF, told.is_some())) (code_hint(visitor)) }
            @else {
                label for=(PROOF) { (words.t("sign_in.password")) }
                input id=(PROOF) name=(PROOF) type="password" autocomplete="current-password" required autofocus
                    aria-describedby=[told.as_ref().map(|_| "told")];
            }
            button class="main" { (words.t("proof.do")) }
        }
        p { a href="/work" { (words.t("task.cancel")) } }
    };
    layout::page(visitor, &words.t("proof.title"), body)
}

/// The field for a code of a device.
pub fn code_field(guest: &super::session::Guest, name: &str, told: bool) -> Markup {
    let words = guest.words;
    html! {
        label for=(name) { (words.t("factor.code")) }
        input id=(name) name=(name) class="code" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" maxlength="40"
            required autofocus aria-describedby={ "code-hint" @if told { " told" } };
    }
}

/// Where the code is found, and what stands for it.
pub fn code_hint(guest: &super::session::Guest) -> Markup {
    html! { p id="code-hint" class="hint" { (guest.words.t("factor.code_hint")) } }
}

/// Why a proof or a code was not taken, in words.
pub fn why(guest: &super::session::Guest, denied: &Denied, factor: bool) -> String {
    let words = guest.words;
    match denied {
        Denied::Resting(seconds) => {
            let minutes = (seconds + 59) / 60;
            words.say("sign_in.resting", &[("minutes", minutes.to_string())])
        }
        Denied::Code(Some(off)) => {
            let args = [("seconds", off.abs().to_string())];
            match *off > 0 {
                true => words.say("factor.ahead", &args),
                false => words.say("factor.behind", &args),
            }
        }
        _ if factor => words.t("factor.wrong"),
        _ => words.t("proof.wrong"),
    }
}
