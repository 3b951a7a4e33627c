//! Certificates of recognition (互认凭据) at a material: offered, taken, declined with a reason, or revoked since.

use super::look;
use super::session::{Fields, Visitor};
use crate::web::App;
use crate::web::certificates::{Offer, RecognisedView};
use engine::case::{Chosen, Recognition};
use maud::{Markup, html};

/// Begins the name of a field that says what is done with a certificate before there is a case.
const CHOSEN: &str = "certified:";
/// The button that takes a certificate, the one that declines it, and the one that takes either back.
pub const TAKE: &str = "certify";
pub const DECLINE: &str = "decline";
pub const UNDO: &str = "uncertify";

/// What is known of certificates where an applicant brings something.
#[derive(Default)]
pub struct Certified {
    /// What may be taken, with what people call its kind.
    offers: Vec<(Offer, String)>,
    /// What is done with them by the application.
    pub chosen: Vec<Chosen>,
    /// The certificates that were shown before.
    known: Vec<u64>,
}

/// What a button says: the material and the case that gave the certificate, and why it is declined.
pub fn deed(fields: &Fields) -> Option<Chosen> {
    let named = |name| fields.get(name).and_then(|value| value.split_once(' '));
    let (material, case, declined) = match (named(TAKE), named(DECLINE)) {
        (Some((material, case)), _) => (material, case, None),
        (None, Some((material, case))) => {
            let reason = fields.get(&format!("why:{material}")).unwrap_or_default();
            (material, case, Some(reason.trim().to_owned()))
        }
        (None, None) => return None,
    };
    Some(Chosen {
        material: material.to_owned(),
        case: case.parse().ok()?,
        declined,
        found: None,
    })
}

impl Certified {
    /// Takes over what a form says of certificates.
    pub fn read(&mut self, fields: &Fields) {
        let shown = fields.get("offered").unwrap_or_default().split(' ');
        self.known = shown
            .filter_map(|id| id.strip_prefix('c')?.parse().ok())
            .collect();
        self.chosen = fields.0.iter().filter_map(kept).collect();
        if let Some(undone) = fields.get(UNDO) {
            self.chosen.retain(|one| one.material != undone);
        }
        // Whoever declines says why; without it nothing is done.
        let reasoned = |one: &Chosen| one.declined.as_ref().is_none_or(|why| !why.is_empty());
        if let Some(one) = deed(fields).filter(reasoned) {
            self.chosen.retain(|other| other.material != one.material);
            self.chosen.push(one);
        }
    }

    /// Takes over what is offered; what was chosen before and is not there any more is dropped.
    pub fn offered(&mut self, app: &App, visitor: &super::session::Guest, offers: Vec<Offer>) {
        let library = app.runtime.library();
        let title = |offer: &Offer| {
            let title = library.certificate(&offer.certificate.kind);
            title.map_or_else(String::new, |title| visitor.words.of(&title).to_owned())
        };
        self.offers = offers
            .into_iter()
            .map(|o| (title(&o), o))
            .map(|(t, o)| (o, t))
            .collect();
        let there = |one: &Chosen| {
            let mut offers = self.offers.iter();
            offers.any(|(o, _)| o.material == one.material && o.certificate.case == one.case)
        };
        let chosen = std::mem::take(&mut self.chosen);
        self.chosen = chosen.into_iter().filter(there).collect();
    }

    /// Those that are on record as looked at.
    pub fn known(&self) -> &[u64] {
        &self.known
    }

    /// What is offered, as the page says it back.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        self.offers
            .iter()
            .map(|(offer, _)| format!("c{}", offer.certificate.case))
    }

    /// Whether the application takes a certificate for a material.
    pub fn stands(&self, material: &str) -> bool {
        let mut chosen = self.chosen.iter();
        chosen.any(|one| one.material == material && one.declined.is_none())
    }

    /// The certificates at one material: what the case has done with one, what the application does, and what may be done.
    pub fn draw(
        &self,
        visitor: &Visitor,
        material: &str,
        done: Option<&RecognisedView>,
        live: &str,
    ) -> Markup {
        let stands = done.is_some_and(|d| d.state == Recognition::Taken);
        let offers = self.offers.iter().filter(|(o, _)| o.material == material);
        html! {
            @if let Some(done) = done { (on_record(visitor, done)) }
            @if stands { @if let Some(done) = done { (declining(visitor, material, &done.proof, live)) } }
            @else { @for (offer, title) in offers { (self.offer(visitor, offer, title, live)) } }
        }
    }

    fn offer(&self, visitor: &Visitor, offer: &Offer, title: &str, live: &str) -> Markup {
        let words = visitor.words;
        let (material, certificate) = (&offer.material, &offer.certificate);
        let value = format!("{material} {}", certificate.case);
        let chosen = self
            .chosen
            .iter()
            .find(|c| c.material == *material && c.case == certificate.case);
        let args = [
            ("kind", title.to_owned()),
            ("city", look::city(visitor, &certificate.city)),
            ("number", certificate.number.clone()),
            ("until", certificate.until.to_string()),
        ];
        html! {
            div class="offer certificate" {
                p {
                    strong { (words.t("certificate.title")) } " "
                    span { (words.say("certificate.offer", &args)) }
                    @if let Some(extent) = &certificate.extent { " " span class="hint" { (extent) } }
                    @if offer.proof { " " (proof(visitor, &certificate.case.to_string())) }
                }
                @match chosen {
                    Some(one) => {
                        input type="hidden" name={ (CHOSEN) (material) } value={ (one.case) " " (one.declined.as_deref().unwrap_or_default()) };
                        p class="hint" role="status" {
                            @match &one.declined {
                                Some(why) => (words.say("certificate.to_decline", &[("why", why.clone())])),
                                None => (words.t("certificate.to_take")),
                            }
                            " " button class="small" name=(UNDO) value=(material)
                                hx-post=(live) hx-target="#files" hx-swap="outerHTML" { (words.t("certificate.undo")) }
                        }
                    }
                    None => {
                        div class="actions" {
                            button class="small" name=(TAKE) value=(value)
                                hx-post=(live) hx-target="#files" hx-swap="outerHTML" { (words.t("certificate.take")) }
                            (declining(visitor, material, &certificate.case.to_string(), live))
                        }
                    }
                }
            }
        }
    }
}

/// Why a certificate is declined, and the button that does it.
fn declining(visitor: &Visitor, material: &str, case: &str, live: &str) -> Markup {
    let words = visitor.words;
    let id = format!("why-{material}-{case}");
    html! {
        details class="decline" {
            summary class="button small" { (words.t("certificate.decline")) }
            div class="field" {
                label for=(id) { (words.t("certificate.why")) }
                input id=(id) name={ "why:" (material) } maxlength="300";
                button class="small harm" name=(DECLINE) value={ (material) " " (case) }
                    hx-post=(live) hx-target="#files" hx-swap="outerHTML" { (words.t("certificate.decline_now")) }
            }
        }
    }
}

/// What the case has done with a certificate.
pub fn on_record(visitor: &Visitor, done: &RecognisedView) -> Markup {
    let words = visitor.words;
    let args = [
        ("city", look::city(visitor, &done.city)),
        ("number", done.number.clone().unwrap_or_default()),
        ("until", done.until.clone()),
        ("why", done.reason.clone().unwrap_or_default()),
    ];
    let state = serde_json::to_value(done.state).unwrap_or_default();
    let said = words.tell("certificate.is", state.as_str().unwrap_or_default(), &args);
    html! {
        p class={ "certificate " (state.as_str().unwrap_or_default()) } {
            strong { (words.t("certificate.title")) } " "
            (said.unwrap_or_default()) " "
            span class="hint" { (super::clock::instant(&done.at)) }
            @if done.number.is_some() { " " (proof(visitor, &done.proof)) }
        }
    }
}

/// The case that gave a certificate: who may not read it learns nothing there.
fn proof(visitor: &Visitor, case: &str) -> Markup {
    html! { a href={ "/cases/" (case) } { (visitor.words.t("certificate.proof")) } }
}

/// A field that says what is done with a certificate: the case that gave it, and why it is declined.
fn kept((name, value): &(String, String)) -> Option<Chosen> {
    let material = name.strip_prefix(CHOSEN)?;
    let (case, why) = value.split_once(' ').unwrap_or((value, ""));
    Some(Chosen {
        material: material.to_owned(),
        case: case.parse().ok()?,
        declined: Some(why.to_owned()).filter(|why| !why.is_empty()),
        found: None,
    })
}
