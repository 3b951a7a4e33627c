//! Certificates in a case: the one it gives, and those it uses.

use super::words;
use crate::case::{Case, Event, Fact, Issued, Recognised, Recognition, Use};
use jiff::Timestamp;

pub(super) fn certificate(case: &mut Case, at: Timestamp, event: &Event) {
    match &event.fact {
        Fact::CertificateIssued { kind, city, until } => {
            case.certificate = Some(Box::new(Issued {
                kind: kind.clone(),
                city: city.clone(),
                until: *until,
                number: words(event, "number"),
                of: words(event, "of"),
                extent: Some(words(event, "extent")).filter(|extent| !extent.is_empty()),
                at,
                ended: None,
                revoked: false,
                uses: Vec::new(),
            }));
        }
        Fact::CertificateUsed {
            case: other,
            city,
            accepted,
        } => {
            if let Some(issued) = &mut case.certificate {
                issued.uses.retain(|used| used.case != *other);
                issued.uses.push(Use {
                    case: *other,
                    city: city.clone(),
                    accepted: *accepted,
                    at,
                    number: words(event, "number"),
                });
            }
        }
        Fact::CertificateEnded { revoked } => {
            if let Some(issued) = &mut case.certificate {
                issued.ended = Some(at);
                issued.revoked = *revoked;
            }
        }
        Fact::CertificateRevoked { case: other } => {
            let of_it = |r: &&mut Recognised| r.case == *other && r.state == Recognition::Taken;
            for one in case.recognised.iter_mut().filter(of_it) {
                one.state = Recognition::Revoked;
            }
        }
        _ => chosen(case, at, event),
    }
}

/// A certificate was taken for a material, or declined.
fn chosen(case: &mut Case, now: Timestamp, event: &Event) {
    let (Fact::CertificateTaken {
        material,
        kind,
        city,
        until,
        case: other,
        by,
        ..
    }
    | Fact::CertificateDeclined {
        material,
        kind,
        city,
        until,
        case: other,
        by,
        ..
    }) = &event.fact
    else {
        return;
    };
    let state = match &event.fact {
        Fact::CertificateTaken { .. } => Recognition::Taken,
        _ => Recognition::Declined,
    };
    let same = |r: &Recognised| r.material == *material && r.case == *other;
    case.recognised.retain(|r| !same(r));
    case.recognised.push(Recognised {
        material: material.clone(),
        kind: kind.clone(),
        city: city.clone(),
        until: *until,
        case: *other,
        by: by.clone(),
        at: now,
        state,
        number: words(event, "number"),
        case_number: words(event, "case_number"),
        reason: words(event, "reason"),
    });
}
