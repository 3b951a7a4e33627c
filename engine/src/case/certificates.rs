//! Certificates of recognition (一网互认): a case of some matters gives one and holds it in force while a step is open; other cases take it
//! for a material or decline it with a reason, and the one that gave it hears of both. What has been revoked since is told to whoever
//! used it, and the material is missing again.

use super::decide::{Course, Fault};
use super::issue::field;
use super::{Actor, Case, Command, Fact, FrameNo, Name, Party, PersonId, Rejection};
use crate::matter::{Certifies, Revision};
use crate::text::both;
use forms::FieldError;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

/// The longest reason for declining a certificate, in characters.
const LONGEST: usize = 300;

/// A certificate as it is given to other cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The case that gave it, by its number in the store.
    pub case: u64,
    /// The number people know that case by.
    pub case_number: String,
    /// What it is about.
    pub kind: String,
    /// What it is called.
    pub number: String,
    /// The ID number of the person it is about.
    pub of: String,
    /// The city that vouches for it, six digits.
    pub city: String,
    /// Its last day.
    pub until: Date,
    /// What it says, in words.
    pub extent: Option<String>,
    /// The parameter by which a city recognises its kind.
    pub parameter: String,
}

/// A certificate that somebody takes for a material, or declines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// The material.
    pub material: String,
    /// The case that gave it, by its number in the store.
    pub case: u64,
    /// Why it is declined; none: it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined: Option<String>,
    /// The certificate, if there is one in force; the runtime fills it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Box<Certificate>>,
}

/// The certificate that a case has given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// What it is about.
    pub kind: String,
    /// The city that vouches for it, six digits.
    pub city: String,
    /// Its last day.
    pub until: Date,
    /// What it is called. Private.
    pub number: String,
    /// The ID number of the person it is about. Private.
    pub of: String,
    /// What it says. Private.
    pub extent: Option<String>,
    /// When it came into force.
    pub at: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// It ended before its time.
    pub revoked: bool,
    /// The cases that have taken or declined it, in order.
    pub uses: Vec<Use>,
}

/// What another case did with a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// That case, by its number in the store.
    pub case: u64,
    /// The city that did it.
    pub city: String,
    /// It was taken; else declined.
    pub accepted: bool,
    /// When.
    pub at: Timestamp,
    /// The number people know it by. Private.
    pub number: String,
}

/// A certificate that a case has taken for a material, or declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognised {
    /// The material.
    pub material: String,
    /// What the certificate is about.
    pub kind: String,
    /// The city that vouches for it, six digits.
    pub city: String,
    /// Its last day.
    pub until: Date,
    /// The case that gave it, by its number in the store.
    pub case: u64,
    /// Who took or declined it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// What has become of it.
    pub state: Recognition,
    /// What it is called. Private.
    pub number: String,
    /// The number people know the case by that gave it. Private.
    pub case_number: String,
    /// Why it was declined. Private.
    pub reason: String,
}

/// What has become of a certificate in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recognition {
    /// It stands for the material.
    Taken,
    /// It was declined.
    Declined,
    /// It stood for the material and was revoked since.
    Revoked,
}

impl Case {
    /// The certificates taken for materials or declined, the latest last.
    pub fn recognised(&self) -> &[Recognised] {
        &self.recognised
    }

    /// The certificate that stands for a material.
    pub fn stands_for(&self, material: &str) -> Option<&Recognised> {
        let mut taken = self.recognised.iter();
        taken.find(|r| r.material == material && r.state == Recognition::Taken)
    }

    /// The certificate this case has given, also one that has ended.
    pub fn issued(&self) -> Option<&Issued> {
        self.certificate.as_deref()
    }

    /// The certificate this case gives to others, while it is in force on a day.
    pub fn certificate(&self, matter: &Revision, today: Date) -> Option<Certificate> {
        let issued = self.certificate.as_deref()?;
        let kinds = &matter.certifies.as_ref()?.kinds;
        let (_, parameter) = kinds.iter().find(|(kind, _)| *kind.value == *issued.kind)?;
        let in_force = issued.ended.is_none() && issued.until >= today;
        in_force.then(|| Certificate {
            case: self.id,
            case_number: self.number.clone(),
            kind: issued.kind.clone(),
            number: issued.number.clone(),
            of: issued.of.clone(),
            city: issued.city.clone(),
            until: issued.until,
            extent: issued.extent.clone(),
            parameter: parameter.value.clone(),
        })
    }
}

impl Command {
    /// The certificates that a command takes or declines.
    pub fn chosen(&self) -> &[Chosen] {
        match self {
            Command::HandIn { with, .. } => with.chosen(),
            Command::Recognise { certificates, .. } => certificates,
            _ => &[],
        }
    }

    /// As [`Command::chosen`], to be filled in.
    pub fn chosen_mut(&mut self) -> &mut [Chosen] {
        match self {
            Command::HandIn { with, .. } => with.chosen_mut(),
            Command::Recognise { certificates, .. } => certificates,
            _ => &mut [],
        }
    }
}

/// Whether two ID numbers are the same person's.
fn same_person(one: &str, other: &str) -> bool {
    let one = one.trim();
    !one.is_empty() && one.eq_ignore_ascii_case(other.trim())
}

fn wrong(material: &str, code: &'static str) -> FieldError {
    FieldError {
        pointer: format!("/certificates/{material}"),
        code,
        message: both(code, &[("name", material.to_owned())]),
    }
}

/// What the applicant of a command is called by his ID number: of a new case, as it is handed in.
fn person<'c>(case: &'c Case, with: &'c Command) -> &'c str {
    let applicant = match with {
        Command::Open { applicant, .. } => applicant,
        _ => &case.applicant,
    };
    let number = applicant.get("id_number").and_then(Json::as_str);
    number.unwrap_or_default()
}

impl<'a> Course<'a, '_> {
    /// Takes certificates for materials, or declines them, together with another command: all of it or nothing.
    pub(super) fn recognise(
        &mut self,
        chosen: &'a [Chosen],
        with: &'a Command,
    ) -> Result<(), Rejection> {
        let city = self.used_in(chosen, with.itself())?;
        let mut all = Vec::new();
        let mut errors = Vec::new();
        for one in chosen {
            match self.usable(one, &city, person(self.case, with.itself())) {
                Ok(found) => all.push((one, found)),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(Rejection::Invalid(errors));
        }
        self.command(with)?;
        for (one, found) in all {
            self.recorded(one, found, &city);
        }
        Ok(())
    }

    /// The city that uses a certificate: where the case is taken in, or the task is done. An office decides that; another system may
    /// hand a certificate in with an application, but not decline it.
    fn used_in(&self, chosen: &[Chosen], with: &Command) -> Result<String, Rejection> {
        let takes = chosen.iter().all(|one| one.declined.is_none());
        match (self.context.actor, with) {
            (Actor::Person { .. }, Command::Claim { task }) => {
                self.open_case(with)?;
                Ok(self.at_task(*task)?.2.post.city)
            }
            (Actor::System { .. }, Command::Open { accepting_city, .. }) if takes => {
                self.code_of(accepting_city)
            }
            (Actor::Person { .. }, Command::Open { accepting_city, .. }) => {
                self.code_of(accepting_city)
            }
            _ => Err(Rejection::Forbidden { needed: Vec::new() }),
        }
    }

    fn code_of(&self, city: &str) -> Result<String, Rejection> {
        let known = self.context.network.city(city).map(|c| c.code.clone());
        known.ok_or_else(|| Fault::new("fault.city", &[("city", city.to_owned())]).into())
    }

    /// The certificate, if it may be taken for the material, or declined.
    fn usable(
        &self,
        one: &'a Chosen,
        city: &str,
        person: &str,
    ) -> Result<&'a Certificate, FieldError> {
        let refuse = |code| wrong(&one.material, code);
        let material = self.matter.material(&one.material);
        let kind = material.and_then(|m| m.recognises.as_ref());
        let Some(kind) = kind else {
            return Err(refuse("certificate.material"));
        };
        let found = one.found.as_deref();
        let today = super::enter::day(self.context.now);
        let fits = |c: &&Certificate| {
            c.case == one.case
                && c.kind == kind.value
                && c.until >= today
                && same_person(&c.of, person)
        };
        let Some(found) = found.filter(fits) else {
            return Err(refuse("certificate.unknown"));
        };
        let network = self.context.network;
        if network.parameter(&found.parameter, city, today) != Some(&Json::Bool(true)) {
            return Err(refuse("certificate.not_recognised"));
        }
        let before = self.case.recognised.iter();
        let mut before = before.filter(|r| r.material == one.material);
        match &one.declined {
            None if before.any(|r| r.state == Recognition::Taken) => {
                Err(refuse("certificate.taken"))
            }
            Some(_) if before.any(|r| r.case == one.case && r.state == Recognition::Declined) => {
                Err(refuse("certificate.declined"))
            }
            Some(reason) if reason.trim().is_empty() => {
                Err(field("/reason", "required", "reject.reason"))
            }
            Some(reason) if reason.chars().count() > LONGEST => {
                let args = [("most", LONGEST.to_string())];
                Err(FieldError {
                    pointer: "/reason".to_owned(),
                    code: "certificate.reason",
                    message: both("certificate.reason", &args),
                })
            }
            _ => Ok(found),
        }
    }

    fn recorded(&mut self, one: &Chosen, found: &Certificate, city: &str) {
        let (material, by) = (one.material.clone(), self.person());
        let (kind, case, used_in) = (found.kind.clone(), found.case, city.to_owned());
        let mut content = json!({ "number": found.number, "case_number": found.case_number });
        match &one.declined {
            None => {
                let taken = Fact::CertificateTaken {
                    material,
                    kind,
                    city: found.city.clone(),
                    until: found.until,
                    case,
                    used_in,
                    by,
                };
                self.emit_with(taken, content);
                let missing = [&self.case.missing, &self.case.promised];
                if missing.into_iter().any(|m| m.contains(&one.material)) {
                    self.handed_in(std::slice::from_ref(&one.material));
                }
            }
            Some(reason) => {
                content["reason"] = reason.trim().into();
                let declined = Fact::CertificateDeclined {
                    material,
                    kind,
                    city: found.city.clone(),
                    until: found.until,
                    case,
                    used_in,
                    by,
                };
                self.emit_with(declined, content);
            }
        }
    }

    /// What a certificate stands for is not missing: whoever wants it all the same declines the certificate.
    pub(super) fn not_recognised(&self, content: &Json) -> Result<(), Rejection> {
        if self.case.recognised.is_empty() {
            return Ok(());
        }
        let named = content.get("missing").and_then(Json::as_array);
        let named = named.into_iter().flatten().filter_map(Json::as_str);
        let stands = named.filter(|name| self.case.stands_for(name).is_some());
        let error = |name: &str| {
            let title = self.matter.material(name).map(|m| m.title.clone());
            let title = title.unwrap_or_else(|| name.into());
            FieldError {
                pointer: "/missing".to_owned(),
                code: "certificate.stands",
                message: both("certificate.stands", &[("name", title.zh)]),
            }
        };
        let errors: Vec<FieldError> = stands.map(error).collect();
        match errors.is_empty() {
            true => Ok(()),
            false => Err(Rejection::Invalid(errors)),
        }
    }

    /// Materials whose certificate was revoked, and that have come by themselves, are missing no more.
    pub(super) fn come_instead<'f>(&mut self, materials: impl Iterator<Item = &'f String>) {
        let revoked = |name: &&String| {
            let mut all = self.case.recognised.iter();
            all.any(|r| r.material == **name && r.state == Recognition::Revoked)
                && self.case.missing.contains(*name)
        };
        let come: Vec<String> = materials.filter(revoked).cloned().collect();
        if !come.is_empty() {
            self.handed_in(&come);
        }
    }

    /// Another case has taken the certificate of this one, or declined it: the matter's own message says so here.
    pub(super) fn certificate_used(
        &mut self,
        (case, number): (u64, &str),
        city: &str,
        reason: Option<&str>,
    ) -> Result<(), Rejection> {
        self.engine_only()?;
        let certifies = self.matter.matter.certifies.as_ref();
        let issued = self.case.certificate.as_deref();
        let in_force = issued.filter(|i| i.ended.is_none());
        let (Some(certifies), Some(issued)) = (certifies, in_force) else {
            return Err(self.not_now("reject.no_certificate", &[]));
        };
        let (key, accepted) = (issued.number.clone(), reason.is_none());
        let told = &certifies.used;
        let mut data = Map::new();
        data.insert(told.city.value.clone(), city.into());
        data.insert(told.case.value.clone(), number.into());
        data.insert(told.accepted.value.clone(), accepted.into());
        if let Some(reason) = reason {
            data.insert(told.reason.value.clone(), reason.into());
        }
        let message: Name = told.message.value.as_str().into();
        self.message(&message, &key, &data.into())?;
        let used = Fact::CertificateUsed {
            case,
            city: city.to_owned(),
            accepted,
        };
        self.emit_with(used, json!({ "number": number }));
        Ok(())
    }

    /// The certificate that this case has used is revoked: what it stood for is missing again while the case runs. Whoever has the work
    /// is told, and the applicant; of a case that has ended, the office that decided it.
    pub(super) fn certificate_revoked(&mut self, case: u64) -> Result<(), Rejection> {
        self.engine_only()?;
        let stood = |r: &&super::Recognised| r.case == case && r.state == Recognition::Taken;
        let lost = self.case.recognised.iter().filter(stood);
        let lost: Vec<String> = lost.map(|r| r.material.clone()).collect();
        if lost.is_empty() {
            return Ok(());
        }
        self.emit(Fact::CertificateRevoked { case });
        let runs = !self.case.status.is_final();
        if runs {
            let mut missing = self.case.missing.clone();
            missing.extend(lost.into_iter().filter(|m| !self.case.missing.contains(m)));
            let promised = self.case.promised.clone();
            let faulty = self.case.faulty.clone();
            self.emit(Fact::MaterialsChecked {
                missing,
                promised,
                faulty,
            });
        }
        let about = match runs {
            true => "certificate.revoked",
            false => "certificate.revoked_after",
        };
        let posts = self.to_be_told(runs).into_iter().map(Some);
        for to in posts.chain(runs.then_some(None)) {
            self.emit(Fact::NoticeOwed {
                about: about.to_owned(),
                to,
                phone: None,
                template: None,
            });
        }
        Ok(())
    }

    /// The offices that have the work, or the one that decides.
    fn to_be_told(&self, runs: bool) -> BTreeSet<Party> {
        let open = self.case.open_tasks.iter().filter(|_| runs);
        let seats = open
            .filter_map(|t| self.case.tasks.get(t))
            .flat_map(|t| &t.seats);
        let posts: BTreeSet<Party> = seats
            .map(|s| s.post.clone())
            .filter(|p| !p.is_applicant())
            .collect();
        if !posts.is_empty() {
            return posts;
        }
        let decides = self.matter.decides.as_ref().zip(self.case.root());
        let seat = decides.and_then(|(party, root)| self.seat(party, root, "").ok());
        let office = || Party {
            city: self.case.accepting_city.clone(),
            department: "si".to_owned(),
            post: "window".to_owned(),
        };
        BTreeSet::from([seat.map_or_else(office, |s| s.post)])
    }

    /// A certificate comes into force with its step, and ends with it.
    pub(super) fn settle_certificate(&mut self) {
        let Some(certifies) = self.matter.matter.certifies.as_ref() else {
            return;
        };
        let name = &certifies.in_force.value;
        let stands = self.case.frames.iter().find(|(_, f)| {
            let at = f.at.as_ref().filter(|_| f.result.is_none());
            at.is_some_and(|at| at.step == *name && !at.held && at.failed.is_none())
        });
        let stands = stands.map(|(no, _)| *no);
        let in_force = self.case.certificate.as_ref().filter(|c| c.ended.is_none());
        match (stands, in_force) {
            (Some(frame), None) => self.give(certifies, frame),
            (None, Some(issued)) => {
                let revoked =
                    issued.until > super::enter::day(self.context.now) || !self.ran_out(name);
                self.emit(Fact::CertificateEnded { revoked });
            }
            _ => {}
        }
    }

    /// Whether a step came to its own end.
    fn ran_out(&self, step: &Name) -> bool {
        let records = self
            .case
            .frames
            .values()
            .filter_map(|f| f.records.get(step));
        let last = records.max_by_key(|r| r.seq);
        last.is_some_and(|r| &*r.outcome == "done")
    }

    fn give(&mut self, certifies: &Certifies, frame: FrameNo) {
        match self.certified(certifies, frame) {
            Ok((fact, content)) => self.emit_with(fact, content),
            Err(fault) => {
                if let Some((at, _)) = self.matter.named(&certifies.in_force.value) {
                    self.fail(frame, at, &fault);
                }
            }
        }
    }

    fn certified(&self, certifies: &Certifies, frame: FrameNo) -> Result<(Fact, Json), Fault> {
        let step = &certifies.in_force.value;
        let text = |value| self.text(value, frame, step);
        let until = text(&certifies.until)?;
        let day = until.parse::<Date>();
        let day = day.map_err(|_| Fault::new("fault.certificate", &[("day", until.clone())]))?;
        let city = text(&certifies.from)?;
        let known = self.context.network.city(&city).map(|c| c.code.clone());
        let city = known.ok_or_else(|| Fault::new("fault.city", &[("city", city)]))?;
        let extent = match &certifies.extent {
            Some(extent) => self.json(extent, frame, step)?,
            None => Json::Null,
        };
        let fact = Fact::CertificateIssued {
            kind: text(&certifies.kind)?,
            city,
            until: day,
        };
        let content = json!({
            "number": text(&certifies.number)?,
            "of": text(&certifies.of)?,
            "extent": extent,
        });
        Ok((fact, content))
    }
}
