//! Certificates of recognition (一网互认): which ones stand for the materials of a matter, and taking or declining them at a task.

use super::body::Body;
use super::caller::Stated;
use super::problem::{Both, Problem};
use super::readings::Kind;
use super::tasks::task_id;
use super::views::Written;
use super::{App, Here};
use crate::directory::Caller;
use crate::runtime::Target;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use engine::case::{Case, Certificate, Chosen, Command, Recognised, Recognition, Sight, TaskNo};
use engine::clock::civil;
use engine::matter::{Materials, Revision};
use engine::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Certificates by the material they stand for, as bodies name them: ids of the cases that gave them.
pub type Certificates = BTreeMap<String, String>;

/// A command with the certificates that come with it.
///
/// # Errors
/// If an id is none.
pub fn with_certificates(all: Certificates, command: Command) -> Result<Command, Problem> {
    let one = |(material, id): (String, String)| chosen(material, &id, None);
    let certificates: Vec<Chosen> = all.into_iter().map(one).collect::<Result<_, _>>()?;
    Ok(match certificates.is_empty() {
        true => command,
        false => Command::Recognise {
            certificates,
            with: Box::new(command),
        },
    })
}

fn chosen(material: String, id: &str, declined: Option<String>) -> Result<Chosen, Problem> {
    let pointer = format!("/certificates/{material}");
    let unknown = |_| {
        let args = [("name", material.clone())];
        Problem::field(&pointer, "certificate.unknown", &args)
    };
    let case = id.parse::<u64>().map_err(unknown)?;
    Ok(Chosen {
        material,
        case,
        declined,
        found: None,
    })
}

/// A certificate that may be taken for a material.
pub struct Offer {
    /// The material.
    pub material: String,
    /// The certificate.
    pub certificate: Certificate,
    /// The caller may read the case that gave it.
    pub proof: bool,
}

/// A certificate that may be taken for a material.
#[derive(Serialize, ToSchema)]
pub(super) struct OfferView {
    /// The material.
    material: String,
    /// The certificate, by the id of the case that gave it.
    certificate: String,
    /// What it is about.
    kind: String,
    /// What people call that.
    #[schema(value_type = Both)]
    title: Text,
    /// What it is called.
    number: String,
    /// The city that vouches for it, six digits.
    city: String,
    /// Its last day.
    until: String,
    /// What it says, in words.
    extent: Option<String>,
    /// The number of the case that gave it; null for those who may not read that.
    proof: Option<String>,
}

/// Certificates of a person.
#[derive(Serialize, ToSchema)]
pub(super) struct Offers {
    /// Each for a material.
    certificates: Vec<OfferView>,
}

/// The certificate that stands for a material, or was declined for it.
#[derive(Serialize, ToSchema)]
pub struct RecognisedView {
    /// `taken`, `declined` or `revoked`.
    #[schema(value_type = String)]
    pub state: Recognition,
    /// The city that vouches for it, six digits.
    pub city: String,
    /// Its last day.
    pub until: String,
    /// What it is called; null for those who do not see the whole case.
    pub number: Option<String>,
    /// The id of the case that gave it: whoever may read that finds the proof there.
    pub proof: String,
    /// Why it was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was taken or declined.
    pub at: String,
}

impl RecognisedView {
    /// As far as a caller may see it.
    pub fn of(one: &Recognised, sight: Sight) -> Self {
        let whole =
            |text: &String| Some(text.clone()).filter(|t| sight == Sight::Whole && !t.is_empty());
        RecognisedView {
            state: one.state,
            city: one.city.clone(),
            until: one.until.to_string(),
            number: whole(&one.number),
            proof: one.case.to_string(),
            reason: whole(&one.reason),
            at: super::views::at(one.at),
        }
    }
}

impl App {
    /// The certificates a person has that the caller's city recognises for materials of a matter, but for materials for which one stands
    /// already. That they were looked at is on record with the cases that gave them, save those that are `known`.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn certificates_for(
        &self,
        caller: &Caller,
        (revision, case): (&Revision, Option<&Case>),
        id_number: &str,
        known: &[u64],
    ) -> Result<Vec<Offer>, Problem> {
        let Materials::Own(materials) = &revision.materials else {
            return Ok(Vec::new());
        };
        let free = |name: &str| case.is_none_or(|case| case.stands_for(name).is_none());
        let wanted: Vec<(&str, &str)> = materials
            .iter()
            .filter(|m| free(&m.name.value))
            .filter_map(|m| Some((&*m.name.value, m.recognises.as_ref()?.value.as_str())))
            .collect();
        let Some(post) = caller.posts.first().filter(|_| !wanted.is_empty()) else {
            return Ok(Vec::new());
        };
        let kinds: Vec<&str> = wanted.iter().map(|(_, kind)| *kind).collect();
        let library = self.runtime.library();
        let today = civil(self.runtime.clock().now()).date();
        let recognised = |c: &Certificate| {
            let value = library.network.parameter(&c.parameter, &post.city, today);
            value == Some(&Value::Bool(true))
        };
        let mut offers = Vec::new();
        for certificate in self.runtime.certificates(id_number, &kinds).await? {
            if !recognised(&certificate) {
                continue;
            }
            let proof = self.shows_proof(caller, certificate.case).await;
            if !known.contains(&certificate.case) {
                let case = Some(certificate.case);
                self.record(caller, Kind::Read, case, "certificate", "")
                    .await?;
            }
            let fits = wanted.iter().filter(|(_, kind)| *kind == certificate.kind);
            offers.extend(fits.map(|(material, _)| Offer {
                material: (*material).to_owned(),
                certificate: certificate.clone(),
                proof,
            }));
        }
        Ok(offers)
    }

    /// Whether a caller may read the case that gave a certificate, or what concerns his office of it.
    pub async fn shows_proof(&self, caller: &Caller, case: u64) -> bool {
        self.visible(&caller.actor(), case).await.is_ok()
    }

    fn offers(&self, all: Vec<Offer>) -> Json<Offers> {
        let library = self.runtime.library();
        let view = |offer: Offer| {
            let Certificate {
                case,
                case_number,
                kind,
                number,
                city,
                until,
                extent,
                ..
            } = offer.certificate;
            OfferView {
                material: offer.material,
                certificate: case.to_string(),
                title: library.certificate(&kind).unwrap_or_default(),
                kind,
                number,
                city,
                until: until.to_string(),
                extent,
                proof: offer.proof.then_some(case_number),
            }
        };
        Json(Offers {
            certificates: all.into_iter().map(view).collect(),
        })
    }
}

/// Whose certificates are looked for, and for what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The matter that is applied for.
    #[schema(example = "pension-claim-remote")]
    matter: String,
    /// The ID number of the applicant.
    id_number: String,
}

/// The certificates an applicant has that stand for materials of a matter, before there is a case; `POST /cases` takes them by
/// `certificates`. Looking is on record with the cases that gave them.
#[utoipa::path(post, path = "/api/v1/certificates", tag = "cases", request_body = Wanted, responses((status = 200, body = Offers)))]
pub(super) async fn find(
    State(app): Here,
    caller: Caller,
    body: Body<Wanted>,
) -> Result<Json<Offers>, Problem> {
    let Wanted { matter, id_number } = body.value;
    let library = app.runtime.library();
    let revision = library.matters.get(&matter);
    let Some(revision) = revision else {
        return Err(app.no_matter(matter));
    };
    let offers = app.certificates_for(&caller, (revision, None), &id_number, &[]);
    Ok(app.offers(offers.await?))
}

/// The certificates the applicant has that may be taken at a task.
#[utoipa::path(get, path = "/api/v1/tasks/{id}/certificates", tag = "tasks", params(("id" = String, Path, description = "Id of the task")),
    responses((status = 200, body = Offers)))]
pub(super) async fn offered(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Offers>, Problem> {
    let visible = app.read_task(&caller, task_id(&id)?).await?;
    let seen = &visible.seen;
    let number = seen
        .case
        .applicant()
        .get("id_number")
        .and_then(Value::as_str);
    let Some(number) = number.filter(|_| visible.sight == Sight::Whole) else {
        return Ok(app.offers(Vec::new()));
    };
    let of = (&*seen.revision, Some(&*seen.case));
    let offers = app.certificates_for(&caller, of, number, &[]).await?;
    Ok(app.offers(offers))
}

/// What is done with a certificate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    /// The material.
    #[schema(example = "identity")]
    material: String,
    /// The certificate, by the id of the case that gave it.
    certificate: String,
    /// Why it is declined: it then goes to the lead city. Left out: it is taken.
    #[serde(default)]
    declined: Option<String>,
}

/// Takes a certificate for a material, or declines it with a reason; the city that gave it hears of both. Takes the task too.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/certificates", tag = "tasks", request_body = Choice,
    params(("id" = String, Path, description = "Id of the task")), responses((status = 200, body = Written)))]
pub(super) async fn choose(
    State(app): Here,
    caller: Caller,
    stated: Stated,
    Path(id): Path<String>,
    body: Body<Choice>,
) -> Result<Response, Problem> {
    let at = task_id(&id)?;
    let Choice {
        material,
        certificate,
        declined,
    } = body.value;
    let command = recognise(TaskNo(at.no), material, &certificate, declined)?;
    let target = Target::Case(at.case);
    app.carry_out(&caller, &stated, &body.bytes, target, command)
        .await
}

/// Takes a certificate at a task, or declines it.
///
/// # Errors
/// If the id is none.
pub fn recognise(
    task: TaskNo,
    material: String,
    id: &str,
    declined: Option<String>,
) -> Result<Command, Problem> {
    Ok(Command::Recognise {
        certificates: vec![chosen(material, id, declined)?],
        with: Box::new(Command::Claim { task }),
    })
}
