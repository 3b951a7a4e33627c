//! Certificates that a scenario gives (一网互认): what is taken for granted of other cases, which are not played.

use super::GivenCertificate;
use super::play::Wrong;
use super::world::Held;
use crate::case::{Actor, Certificate, Chosen, Command, TaskNo, TaskState, Work};
use crate::library::Library;
use crate::network::Network;
use crate::source::Spanned;
use crate::text::both;
use serde_json::Value as Json;

/// The cases that gave them have numbers beyond those of the world.
const FIRST: u64 = 1 << 40;

/// The certificates as their cases would give them. Where nobody is named they are the applicant's own.
pub(super) fn of(
    given: &[GivenCertificate],
    library: &Library,
    applicant: &Json,
) -> Vec<Certificate> {
    let own = applicant.get("id_number").and_then(Json::as_str);
    let one = |(at, given): (u64, &GivenCertificate)| {
        let city = library.network.city(&given.from);
        Certificate {
            case: FIRST + at,
            case_number: format!("HR-{at}"),
            kind: given.kind.value.clone(),
            number: given.number.value.clone(),
            of: given
                .of
                .clone()
                .or(own.map(str::to_owned))
                .unwrap_or_default(),
            city: city.map_or_else(|| given.from.value.clone(), |c| c.code.clone()),
            until: given.until,
            extent: None,
            parameter: parameter(library, &given.kind).unwrap_or_default(),
        }
    };
    (0..).zip(given).map(one).collect()
}

/// The parameter by which a kind is recognised, as the matter says that gives it.
fn parameter(library: &Library, kind: &str) -> Option<String> {
    let certifies = library
        .matters
        .values()
        .filter_map(|m| m.certifies.as_ref());
    let mut kinds = certifies.flat_map(|c| &c.kinds);
    let (_, parameter) = kinds.find(|(name, _)| *name.value == *kind)?;
    Some(parameter.value.clone())
}

/// The kinds of certificates that matters of a library give.
pub(super) fn kinds(library: &Library) -> Vec<&str> {
    let certifies = library
        .matters
        .values()
        .filter_map(|m| m.certifies.as_ref());
    certifies
        .flat_map(|c| &c.kinds)
        .map(|(kind, _)| &*kind.value)
        .collect()
}

/// Whoever has an open task takes the certificate for a material, or says why not.
pub(super) fn choose(
    held: &Held,
    (actor, network): (&Actor, &Network),
    all: &[Certificate],
    material: &Spanned<String>,
    declined: Option<String>,
) -> Result<Command, Wrong> {
    let args = [("address", material.value.clone())];
    let task = own_task(held, actor);
    let task = task.ok_or_else(|| {
        let open = super::expect::open(held, network);
        (
            both("scenario.open_at", &args),
            both("scenario.open_are", &[("list", open.join("、"))]),
        )
    })?;
    let asked = held.matter.material(material);
    let kind = asked.and_then(|m| m.recognises.as_ref());
    let found = all
        .iter()
        .rfind(|c| kind.is_some_and(|k| k.value == c.kind));
    let chosen = Chosen {
        material: material.value.clone(),
        case: found.map_or(FIRST, |c| c.case),
        declined,
        found: found.cloned().map(Box::new),
    };
    Ok(Command::Recognise {
        certificates: vec![chosen],
        with: Box::new(Command::Claim { task }),
    })
}

fn own_task(held: &Held, actor: &Actor) -> Option<TaskNo> {
    let Actor::Person { posts, .. } = actor else {
        return None;
    };
    let mut open = held.case.open_tasks();
    let own = open.find(|(_, task)| {
        let offered = task.seats().iter().any(|s| posts.contains(&s.post));
        let waits = matches!(task.state(), TaskState::Waiting { .. });
        task.work() == Work::Step && offered && !waits
    });
    own.map(|(no, _)| no)
}

/// The city that gave a certificate takes it back.
pub(super) fn revoke(all: &[Certificate], number: &Spanned<String>) -> Command {
    let found = all.iter().find(|c| c.number == number.value);
    Command::CertificateRevoked {
        case: found.map_or(FIRST, |c| c.case),
    }
}
