//! Certificates of recognition (互认凭据) at a material: offered, taken, declined with a reason, or revoked since.

use super::look;
use super::session::{Fields, Visitor};
use crate::web::App;
use crate::web::certificates::{Offer, RecognisedView};
use engine::case::{Chosen, Recognition};
use engine::text::both;
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
    /// What was declined without a reason: a material and the case that gave the certificate.
    unreasoned: Option<(String, u64)>,
}

/// The field for the reason why a certificate is declined.
fn why(material: &str, case: &str) -> String {
    format!("why:{material}:{case}")
}

/// What a button says: the material and the case that gave the certificate, and why it is declined.
pub fn deed(fields: &Fields) -> Option<Chosen> {
    let named = |name| fields.get(name).and_then(|value| value.split_once(' '));
    let (material, case, declined) = match (named(TAKE), named(DECLINE)) {
        (Some((material, case)), _) => (material, case, None),
        (None, Some((material, case))) => {
            let reason = fields.get(&why(material, case)).unwrap_or_default();
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
        match deed(fields) {
            // Whoever declines says why; without it nothing is done.
            Some(one) if one.declined.as_deref() == Some("") => {
                self.unreasoned = Some((one.material, one.case));
            }
            Some(one) => {
                self.chosen.retain(|other| other.material != one.material);
                self.chosen.push(one);
            }
            None => {}
        }
    }

    /// Whether one was declined without a reason.
    pub fn lacks_reason(&self) -> bool {
        self.unreasoned.is_some()
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
        done: Option<&Done>,
        live: &str,
    ) -> Markup {
        let stands = done.is_some_and(Done::stands);
        let offers = self.offers.iter().filter(|(o, _)| o.material == material);
        html! {
            @if let Some(done) = done { (done.draw(visitor)) }
            @if stands { @if let Some(done) = done { (self.declining(visitor, material, &done.view.proof, live)) } }
            @else { @for (offer, title) in offers { (self.offer(visitor, (offer, title), done, live)) } }
        }
    }

    fn offer(
        &self,
        visitor: &Visitor,
        (offer, title): (&Offer, &str),
        done: Option<&Done>,
        live: &str,
    ) -> Markup {
        let words = visitor.words;
        let (material, certificate) = (&offer.material, &offer.certificate);
        let case = certificate.case.to_string();
        let value = format!("{material} {case}");
        // The same one is declined once.
        let declined = done.is_some_and(|done| done.declines(&case));
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
                    @if offer.proof { " " (proof(visitor, &case)) }
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
                            @if !declined { (self.declining(visitor, material, &case, live)) }
                        }
                    }
                }
            }
        }
    }

    /// Why a certificate is declined, and the button that does it.
    fn declining(&self, visitor: &Visitor, material: &str, case: &str, live: &str) -> Markup {
        let words = visitor.words;
        let lacks = self.unreasoned.as_ref();
        let lacks = lacks.is_some_and(|(m, c)| m == material && c.to_string() == case);
        let id = format!("why-{material}-{case}");
        let told = format!("{id}-told");
        html! {
            details class="decline" open[lacks] {
                summary class="button small" { (words.t("certificate.decline")) }
                div class="field" {
                    label for=(id) { (words.t("certificate.why")) }
                    input id=(id) name=(why(material, case)) maxlength="300" autocomplete="off" autofocus[lacks]
                        aria-invalid=[lacks.then_some("true")] aria-describedby=[lacks.then_some(&told)];
                    button class="small harm" name=(DECLINE) value={ (material) " " (case) }
                        hx-post=(live) hx-target="#files" hx-swap="outerHTML" { (words.t("certificate.decline_now")) }
                    @if lacks { p id=(told) class="error" role="alert" { (words.of(&both("reject.reason", &[]))) } }
                }
            }
        }
    }
}

/// What a case has done with a certificate.
pub struct Done {
    view: RecognisedView,
    /// Whoever reads it may read the case that gave it.
    proof: bool,
}

impl Done {
    /// As a visitor sees it.
    pub async fn of(app: &App, visitor: &Visitor, view: RecognisedView) -> Done {
        let proof = match view.proof.parse() {
            Ok(case) => app.shows_proof(&visitor.caller, case).await,
            Err(_) => false,
        };
        Done { view, proof }
    }

    /// Whether the certificate stands.
    pub fn stands(&self) -> bool {
        self.view.state == Recognition::Taken
    }

    /// Whether this is the certificate of a case, and it was declined.
    fn declines(&self, case: &str) -> bool {
        self.view.state == Recognition::Declined && self.view.proof == case
    }

    /// What it is and what became of it.
    pub fn draw(&self, visitor: &Visitor) -> Markup {
        let (words, done) = (visitor.words, &self.view);
        let args = [
            ("city", look::city(visitor, &done.city)),
            ("number", done.number.clone().unwrap_or_default()),
            ("until", done.until.clone()),
            ("why", done.reason.clone().unwrap_or_default()),
        ];
        let state = serde_json::to_value(done.state).unwrap_or_default();
        let state = state.as_str().unwrap_or_default();
        let said = words.tell("certificate.is", state, &args);
        html! {
            p class={ "certificate " (state) } {
                strong { (words.t("certificate.title")) } " "
                (said.unwrap_or_default()) " "
                span class="hint" { (super::clock::instant(&done.at)) }
                @if self.proof { " " (proof(visitor, &done.proof)) }
            }
        }
    }
}

/// The case that gave a certificate, for those who may read it.
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
