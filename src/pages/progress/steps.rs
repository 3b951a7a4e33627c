//! What has happened to a case in plain words: what an applicant would tell his family, without what went to and fro inside.

use crate::pages::session::Guest;
use crate::runtime::{Seen, heading};
use crate::web::App;
use crate::web::problem::Problem;
use engine::case::{Event, Fact, Status};
use jiff::Timestamp;

/// One step.
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: String,
}

/// The steps of a case, oldest first.
pub async fn told(app: &App, guest: &Guest, seen: &Seen) -> Result<Vec<Step>, Problem> {
    let history = app.runtime.history(seen.id).await?;
    let mut steps: Vec<Step> = Vec::new();
    let mut known: Vec<Status> = Vec::new();
    for entry in &history {
        for event in &entry.events {
            let what = words(guest, seen, event, &mut known);
            let same = |what: &String| steps.last().is_some_and(|step| step.what == *what);
            if let Some(what) = what.filter(|what| !same(what)) {
                steps.push(Step { at: entry.at, what });
            }
        }
    }
    Ok(steps)
}

fn words(guest: &Guest, seen: &Seen, event: &Event, known: &mut Vec<Status>) -> Option<String> {
    let words = guest.words;
    match &event.fact {
        Fact::CaseOpened { accepting_city, .. } => {
            let city = crate::pages::look::city(guest, accepting_city);
            Some(words.say("progress.step_opened", &[("city", city)]))
        }
        Fact::StatusChanged { status, .. } => {
            let again = known.contains(status);
            known.push(*status);
            // Going on after a return, a reply or a pause is no news; being asked again is.
            let inside = matches!(
                status,
                Status::InProgress | Status::Received | Status::Fault | Status::Accepted
            );
            let hidden = matches!(status, Status::Received | Status::Fault) || inside && again;
            (!hidden).then(|| words.word("progress.step", status.word()))
        }
        Fact::HandoffSent { to, .. } => {
            let office = crate::pages::look::office(guest, &to.post.city, &to.post.department);
            Some(words.say("progress.step_letter", &[("office", office)]))
        }
        Fact::PaperIssued {
            to: None, template, ..
        } => {
            let title = guest.own(heading(&seen.revision, template)).to_owned();
            Some(words.say("progress.step_paper", &[("title", title)]))
        }
        Fact::CertificateTaken { material, city, .. } => {
            let args = [
                ("material", material_of(guest, seen, material)),
                ("city", crate::pages::look::city(guest, city)),
            ];
            Some(words.say("progress.step_certificate", &args))
        }
        Fact::CertificateRevoked { .. } => Some(words.t("progress.step_revoked")),
        Fact::FileAdded {
            source: engine::case::Source::Applicant,
            ..
        } => Some(words.t("progress.step_files")),
        _ => None,
    }
}

/// What people call a material.
pub fn material_of(guest: &Guest, seen: &Seen, name: &str) -> String {
    let known = seen.revision.material(name);
    known.map_or(name, |m| guest.words.of(&m.title)).to_owned()
}
