//! Certificates of recognition (一网互认): found by the person they are about, given by the cases that hold them in force.

use super::Runtime;
use super::held::Held;
use super::keys::Keys;
use super::request::Refused;
use super::seen::Seen;
use crate::store::CertificateRow;
use engine::case::{Certificate, Event, Fact, Issued};
use engine::clock::{civil, instant};
use jiff::Timestamp;

/// By what a certificate is found: its kind, and the ID number of the person it is about.
fn sought(keys: &Keys, kind: &str, of: &str) -> i64 {
    let of = of.trim().to_ascii_uppercase();
    keys.sought(&format!("certificate-{kind}"), &of)
}

/// The row of a certificate as it stands.
fn row(case: u64, issued: &Issued, keys: &Keys) -> CertificateRow {
    let after = issued.until.tomorrow().unwrap_or(issued.until);
    let ends = instant(after.at(0, 0, 0, 0));
    CertificateRow {
        case_id: case.cast_signed(),
        sought: sought(keys, &issued.kind, &issued.of),
        until: issued.ended.unwrap_or(ends).min(ends).as_millisecond(),
    }
}

/// The row of the certificate that a case has given.
pub(super) fn of(held: &Held, keys: &Keys) -> Option<CertificateRow> {
    Some(row(held.id, held.case.issued()?, keys))
}

/// The row, where these events brought the certificate into force or ended it.
pub(super) fn moved(held: &Held, events: &[Event], keys: &Keys) -> Option<CertificateRow> {
    let issued = held.case.issued()?;
    let moves = |event: &Event| {
        matches!(
            event.fact,
            Fact::CertificateIssued { .. } | Fact::CertificateEnded { .. }
        )
    };
    events.iter().any(moves).then(|| row(held.id, issued, keys))
}

/// The certificate that a case gives at an instant.
pub(super) fn given(held: &Held, now: Timestamp) -> Option<Certificate> {
    let today = civil(now).date();
    held.case.certificate(&held.published.revision, today)
}

impl Runtime {
    /// The certificates of some kinds that a person has, in force now, the latest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn certificates(
        &self,
        id_number: &str,
        kinds: &[&str],
    ) -> Result<Vec<Certificate>, Refused> {
        let keys = &self.0.loader.keys;
        let hashes: Vec<i64> = kinds.iter().map(|k| sought(keys, k, id_number)).collect();
        if hashes.is_empty() || id_number.trim().is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock().now();
        let rows = self.store().certificates(&hashes, now.as_millisecond());
        let mut found = Vec::new();
        for row in rows.await? {
            let seen = self.case(row.case_id.unsigned_abs()).await?;
            let certificate = seen.and_then(|seen| in_force(&seen, now));
            let own = |c: &Certificate| c.of.eq_ignore_ascii_case(id_number.trim());
            found.extend(certificate.filter(own));
        }
        Ok(found)
    }
}

/// The certificate that a case gives at an instant, as a reader sees it.
fn in_force(seen: &Seen, now: Timestamp) -> Option<Certificate> {
    let today = civil(now).date();
    seen.case.certificate(&seen.revision, today)
}
