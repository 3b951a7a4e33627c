//! What the applicant brings, beside a form: files chosen, pasted or dropped, each judged by itself; looked at beside the form; taken over
//! from earlier cases of the same person (互认复用).

use super::certified::{Certified, Done};
use super::late::{LateForm, named};
use super::look;
use super::session::Visitor;
use crate::directory::Caller;
use crate::files::{AT_ONCE, LARGEST};
use crate::runtime::{Seen, sender};
use crate::web::App;
use crate::web::materials::{FileView, materials};
use crate::web::problem::{Code, Problem};
use crate::web::uploads::{Materials, Received, not_kept};
use crate::web::work::Desk;
use engine::case::{Case, Sight, file_fields};
use engine::matter::{self, Revision};
use engine::text::Lang;
use forms::{Field, Form};
use maud::{Markup, html};
use serde_json::{Value, json};

/// Files offered for a material.
const OFFERED: usize = 2;

/// The place beside a form where files are brought.
#[derive(Default)]
pub struct Brought {
    /// The materials that the matter asks for.
    places: Vec<Place>,
    /// Files that the form names, and those that were refused.
    pub files: Vec<(String, Received)>,
    /// Files of earlier cases.
    offers: Vec<Offer>,
    /// What whoever looks through them has found; none where nobody is asked.
    found: Option<Found>,
    /// Certificates of recognition.
    pub certified: Certified,
}

/// What is wrong with the materials, as it is ticked at each.
struct Found {
    missing: Vec<String>,
    /// None where the form does not ask.
    faulty: Option<Vec<String>>,
}

/// The fields of a form that are ticked at the materials.
pub const FOUND: [&str; 2] = ["missing", "faulty"];

/// A material.
struct Place {
    name: String,
    title: String,
    /// Where to get it.
    from: Vec<String>,
    /// How it stands with it in the case.
    state: &'static str,
    /// It may be asked for, depending on what is answered.
    asked: bool,
    /// What the case has already.
    there: Vec<FileView>,
    /// What the case has done with a certificate for it.
    certificate: Option<Done>,
}

/// A file of an earlier case of the same person that may be taken over.
struct Offer {
    material: String,
    file: FileView,
    number: String,
    city: String,
}

impl Brought {
    /// For an application: nothing is there yet.
    pub fn new(visitor: &Visitor, revision: &Revision) -> Brought {
        let list = match &revision.materials {
            matter::Materials::Own(list) => list.as_slice(),
            matter::Materials::FromParts(_) => &[],
        };
        let beside = |field: &Field| Place {
            name: field.name.clone(),
            title: visitor.words.of(&field.title).to_owned(),
            from: vec!["upload".to_owned()],
            state: "asked",
            asked: false,
            there: Vec::new(),
            certificate: None,
        };
        let fields = file_fields(revision, None).into_iter().map(beside);
        let place = |material: &matter::Material| Place {
            name: material.name.value.to_string(),
            title: visitor.words.of(&material.title).to_owned(),
            from: from(material),
            state: "asked",
            asked: true,
            there: Vec::new(),
            certificate: None,
        };
        Brought {
            places: list.iter().map(place).chain(fields).collect(),
            ..Brought::default()
        }
    }

    /// For a case, of whoever sees it whole.
    pub async fn of(app: &App, visitor: &Visitor, seen: &Seen, sight: Sight) -> Brought {
        let mut places = Vec::new();
        let shown = match sight {
            Sight::Whole => materials(seen, sight, visitor.words.0),
            _ => Vec::new(),
        };
        for material in shown {
            let asked = seen.revision.material(&material.name);
            let certificate = match material.certificate {
                Some(view) => Some(Done::of(app, visitor, view).await),
                None => None,
            };
            places.push(Place {
                title: asked.map_or(material.title, |m| visitor.words.of(&m.title).to_owned()),
                from: asked.map(from).unwrap_or_default(),
                name: material.name,
                state: material.state,
                asked: true,
                there: material.files,
                certificate,
            });
        }
        Brought {
            places,
            ..Brought::default()
        }
    }

    /// True if there is nothing to bring.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Leaves out what an application makes needless by what is answered so far.
    pub fn suit(&mut self, revision: &Revision, given: &Value) {
        let part = |name: &str| given.get(name).cloned().unwrap_or_else(|| json!({}));
        let given = &json!({ "applicant": part("applicant"), "form": part("form") });
        let fields = file_fields(revision, Some(given));
        for place in &mut self.places {
            place.asked = match revision.material(&place.name) {
                Some(material) => material.is_asked(given),
                None => fields.iter().any(|field| field.name == place.name),
            };
        }
    }

    /// Lets what is wrong be ticked at each material, where a form asks for it.
    pub fn judge(&mut self, form: &Form, input: &Value) {
        let names = |field: &str| -> Vec<String> {
            let listed = input.get(field).and_then(Value::as_array);
            let texts = listed.into_iter().flatten().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        };
        let [missing, faulty] = FOUND;
        self.found = form.field(missing).map(|_| Found {
            missing: names(missing),
            faulty: form.field(faulty).map(|_| names(faulty)),
        });
    }

    /// The places that are shown: what is asked for, and what was brought all the same.
    fn shown(&self) -> impl Iterator<Item = &Place> {
        let own = |place: &Place| self.files.iter().any(|(name, _)| *name == place.name);
        self.places
            .iter()
            .filter(move |place| place.asked || own(place))
    }

    /// Takes over what a draft names.
    pub async fn recall(
        &mut self,
        app: &App,
        caller: &Caller,
        kept: Materials,
    ) -> Result<(), Problem> {
        let sender = sender(&caller.actor(), 0);
        for (material, ids) in kept {
            for id in ids {
                if let Some(file) = app.runtime.waiting_file(&sender, &id).await? {
                    let kept = Received::kept(&format!("{id} {}", file.name));
                    self.files.push((material.clone(), kept));
                }
            }
        }
        Ok(())
    }

    /// Takes over what a form brings; a file of an earlier case is copied if the visitor may see it there.
    pub async fn take(&mut self, app: &App, sent: &mut LateForm) -> Result<(), Problem> {
        self.files = std::mem::take(&mut sent.files);
        self.certified.read(&sent.fields);
        let Some(reuse) = sent.fields.get("reuse") else {
            return Ok(());
        };
        let caller = &sent.visitor.caller;
        let none = || Problem::new(Code::NotFound);
        let (material, id) = reuse.split_once(' ').ok_or_else(none)?;
        let origin = app.origin_of(caller, id).await?.ok_or_else(none)?;
        let sender = sender(&caller.actor(), 0);
        let received = match app.runtime.take_over(&sender, id, &origin).await {
            Ok(kept) => {
                let kept = kept.ok_or_else(none)?;
                Received::kept(&format!("{} {}", kept.id, kept.name))
            }
            Err(why) => not_kept(String::new(), why)?,
        };
        self.files.push((material.to_owned(), received));
        Ok(())
    }

    /// Looks for certificates of a person that stand for materials of a matter.
    pub async fn look_for_certificates(
        &mut self,
        app: &App,
        visitor: &Visitor,
        of: (&Revision, Option<&Case>),
        id_number: Option<&str>,
    ) -> Result<(), Problem> {
        let Some(id_number) = id_number.filter(|_| !self.places.is_empty()) else {
            return Ok(());
        };
        let known = self.certified.known();
        let found = app.certificates_for(&visitor.caller, of, id_number, known);
        let found = found.await?;
        self.certified.offered(app, visitor, found);
        Ok(())
    }

    /// Looks for files of earlier cases of a person that fit.
    pub async fn look_for(
        &mut self,
        app: &App,
        caller: &Caller,
        id_number: Option<&str>,
        besides: Option<u64>,
    ) -> Result<(), Problem> {
        let Some(id_number) = id_number else {
            return Ok(());
        };
        let wanted = self.places.iter();
        let wanted = wanted.filter(|place| place.from.iter().any(|from| from == "shared"));
        let wanted: Vec<&str> = wanted.map(|place| place.name.as_str()).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        for seen in app.earlier_cases(caller, id_number).await? {
            if Some(seen.id) == besides {
                continue;
            }
            for material in materials(&seen, Sight::Whole, Lang::Zh) {
                let have = self.offers.iter().filter(|o| o.material == material.name);
                let room = OFFERED.saturating_sub(have.count());
                if !wanted.contains(&material.name.as_str()) {
                    continue;
                }
                let offers = material.files.into_iter().rev().take(room);
                self.offers.extend(offers.map(|file| Offer {
                    material: material.name.clone(),
                    file,
                    number: seen.number.to_string(),
                    city: seen.case.accepting_city().to_owned(),
                }));
            }
        }
        Ok(())
    }

    /// The ids of what is offered behind the names of what is asked for, as the page says them back.
    pub fn offered(&self) -> String {
        let names = self.shown().map(|place| place.name.clone());
        let files = self.offers.iter().map(|o| o.file.id.clone());
        let all: Vec<String> = names.chain(files).chain(self.certified.ids()).collect();
        all.join(" ")
    }

    /// True if one of the files was not kept, or a certificate was declined without a reason.
    pub fn refused(&self) -> bool {
        self.certified.lacks_reason() || self.files.iter().any(|(_, file)| file.error.is_some())
    }

    /// The files that are handed in with the form.
    pub fn named(&self) -> Materials {
        named(&self.files)
    }

    /// The places, inside of the form; `live` takes what changes.
    pub fn draw(&self, visitor: &Visitor, live: &str, oob: bool) -> Markup {
        let words = visitor.words;
        let limit = [("most", (LARGEST >> 20).to_string())];
        let how = [("files", AT_ONCE.to_string())];
        html! {
            section id="files" class="brought" aria-labelledby="files-title" hidden[self.shown().next().is_none()] hx-swap-oob=[oob.then_some("true")] {
                input type="hidden" name="offered" value=(self.offered());
                h2 id="files-title" { (words.t("materials.title")) }
                p id="kinds" class="hint" { (words.say("progress.kinds", &limit)) " " (words.say("materials.how", &how)) }
                @if let Some(found) = &self.found {
                    input type="hidden" name="/missing/-" value="";
                    @if found.faulty.is_some() { input type="hidden" name="/faulty/-" value=""; }
                }
                @for place in self.shown() { (self.place(visitor, place, live)) }
            }
        }
    }

    fn place(&self, visitor: &Visitor, place: &Place, live: &str) -> Markup {
        let words = visitor.words;
        let own = self.files.iter().filter(|(name, _)| *name == place.name);
        let own: Vec<&Received> = own.map(|(_, file)| file).collect();
        let done = place.certificate.as_ref();
        let kept = own.iter().any(|file| file.id.is_some());
        let certified = self.certified.stands(&place.name) || done.is_some_and(Done::stands);
        let brought = certified || kept || !place.there.is_empty();
        let state = match () {
            () if certified => "certified",
            () if kept => "brought",
            () => place.state,
        };
        let from: Vec<String> = place
            .from
            .iter()
            .filter_map(|f| words.tell("from", f, &[]))
            .collect();
        let id = format!("file-{}", place.name);
        html! {
            div class="slot" data-slot {
                p class="slot-head" {
                    span class={ "material " (state) } { (words.word("materials.is", state)) }
                    label for=(id) { (place.title) }
                    @if !from.is_empty() { span class="hint" { (words.list(&from)) } }
                }
                @if let Some(found) = self.found.as_ref().filter(|_| !certified) { (verdict(visitor, place, found)) }
                @if brought || own.iter().any(|f| f.error.is_some()) {
                    ul class="files" {
                        @for file in &place.there { li { (shown(&file.id, &file.name)) " " (source(visitor, file)) } }
                        @for file in &own { (self.one(visitor, place, file, live)) }
                    }
                }
                (self.certified.draw(visitor, &place.name, done, live))
                @for offer in self.offers.iter().filter(|o| o.material == place.name && !brought) { (self.offer(visitor, offer, live)) }
                input id=(id) type="file" name={ "file:" (place.name) } multiple accept=".jpg,.jpeg,.png,.pdf" aria-describedby="kinds"
                    hx-post=(live) hx-encoding="multipart/form-data" hx-trigger="change" hx-target="#files" hx-swap="outerHTML";
            }
        }
    }

    fn one(&self, visitor: &Visitor, place: &Place, file: &Received, live: &str) -> Markup {
        let words = visitor.words;
        let name = [("name", file.name.clone())];
        html! {
            @match (&file.id, &file.error) {
                (Some(id), _) => li {
                    (shown(id, &file.name)) " "
                    input type="hidden" name={ "kept:" (place.name) } value={ (id) " " (file.name) };
                    button class="small" name="drop" value=(id) aria-label=(words.say("materials.drop_one", &name))
                        hx-post=(live) hx-target="#files" hx-swap="outerHTML" { (words.t("materials.drop")) }
                },
                (None, Some(error)) => li class="error" { span role="alert" { "✗ " (file.name) "：" (words.of(&error.message)) } },
                (None, None) => {}
            }
        }
    }

    fn offer(&self, visitor: &Visitor, offer: &Offer, live: &str) -> Markup {
        let words = visitor.words;
        let args = [
            ("city", look::city(visitor, &offer.city)),
            (
                "day",
                offer.file.at.get(..10).unwrap_or_default().to_owned(),
            ),
            ("number", offer.number.clone()),
        ];
        html! {
            p class="offer" {
                (shown(&offer.file.id, &offer.file.name)) " "
                span class="hint" { (words.say("materials.offer", &args)) } " "
                button class="small" name="reuse" value={ (offer.material) " " (offer.file.id) }
                    hx-post=(live) hx-target="#files" hx-swap="outerHTML" { (words.t("materials.reuse")) }
            }
        }
    }
}

/// What may be ticked at a material by whoever looks: that it is not there, or of no use.
fn verdict(visitor: &Visitor, place: &Place, found: &Found) -> Markup {
    let words = visitor.words;
    let faulty = found.faulty.as_ref().map(|names| ("faulty", names));
    html! {
        p class="options verdict" role="group" aria-label=(place.title) {
            @for (name, names) in std::iter::once(("missing", &found.missing)).chain(faulty) {
                label class="option" {
                    input type="checkbox" name={ "/" (name) } value=(place.name) checked[names.contains(&place.name)] autocomplete="off";
                    span { (words.word("materials.is", name)) }
                }
            }
        }
    }
}

fn from(material: &matter::Material) -> Vec<String> {
    material.from.iter().map(|f| f.value.clone()).collect()
}

/// The name of a file, which shows it in the frame beside the form.
fn shown(id: &str, name: &str) -> Markup {
    html! { a class="file" href=(address(id)) target="preview" { (name) } }
}

/// Where a file came from.
pub fn source(visitor: &Visitor, file: &FileView) -> Markup {
    let source = serde_json::to_value(file.source).unwrap_or_default();
    let args = [("number", file.origin.clone())];
    let said = visitor
        .words
        .tell("source", source.as_str().unwrap_or_default(), &args);
    html! { span class="hint" { (said.unwrap_or_default()) " " (super::clock::instant(&file.at)) } }
}

impl Brought {
    /// The frame beside a form in which a file is looked at; at first the one that was brought first.
    pub fn frame(&self, visitor: &Visitor) -> Markup {
        let there = self.places.iter().flat_map(|place| &place.there);
        let brought = self.files.iter().filter_map(|(_, file)| file.id.as_deref());
        let first = there.map(|file| file.id.as_str()).chain(brought).next();
        let first = first.map(address);
        html! {
            @if !self.is_empty() {
                iframe class="preview-frame" name="preview" title=(visitor.words.t("materials.preview")) src=[first] {}
            }
        }
    }
}

fn address(id: &str) -> String {
    format!("/api/v1/uploads/{id}")
}

/// Throws the draft of a place away, once it has become what it was for.
pub async fn forget(app: &App, caller: &Caller, at: &Desk) -> Result<(), Problem> {
    let accounts = app.directory.accounts();
    Ok(accounts.drop_draft(&caller.id, &at.name()).await?)
}
