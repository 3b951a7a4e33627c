//! Links by which applicants look at their cases: made of the master key, kept as hashes, void once made anew (G56).

use super::Runtime;
use super::held::Held;
use super::keys::Keys;
use super::request::Refused;
use super::seen::Seen;
use super::sought;
use super::wording;
use crate::store::{LinkRow, Sought, StoreError};
use engine::case::{Event, Fact};
use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};

impl Runtime {
    /// The case a link opens; one that was made anew since opens nothing.
    ///
    /// # Errors
    /// As [`Runtime::case`].
    pub async fn by_link(&self, link: &str) -> Result<Option<Seen>, Refused> {
        let Some(row) = self.store().link(&Keys::link_hash(link)).await? else {
            return Ok(None);
        };
        let seen = self.case(row.case_id.unsigned_abs()).await?;
        Ok(seen.filter(|seen| i64::from(seen.case.renewed()) == row.times))
    }

    /// What the link of a case ends in.
    pub fn link(&self, seen: &Seen) -> String {
        self.0.loader.keys.link(seen.id, seen.case.renewed())
    }

    /// What the link of a case ends in, sure to open it: a case from before there were links has none yet.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn kept_link(&self, seen: &Seen) -> Result<String, StoreError> {
        let link = self.link(seen);
        let row = LinkRow {
            hash: Keys::link_hash(&link),
            case_id: seen.id.cast_signed(),
            times: seen.case.renewed().into(),
            sought: sought::of(&seen.case, &self.0.loader.keys),
        };
        if self.store().link(&row.hash).await?.is_none() {
            self.store().keep_link(&row).await?;
        }
        Ok(link)
    }

    /// A message of the outbox to an applicant as it leaves: with his link.
    pub fn with_link(&self, message: &str, seen: &Seen) -> String {
        wording::with_link(message, &self.link(seen))
    }
}

/// The link of a case that these events open, or give a new one.
pub(super) fn of(held: &Held, events: &[Event], keys: &Keys) -> Option<LinkRow> {
    let first = |event: &Event| matches!(event.fact, Fact::CaseOpened { .. });
    let next = |event: &Event| matches!(event.fact, Fact::AccessRenewed { .. });
    let opened = events.iter().any(first);
    if !opened && !events.iter().any(next) {
        return None;
    }
    let times = held.case.renewed();
    Some(LinkRow {
        hash: Keys::link_hash(&keys.link(held.id, times)),
        case_id: held.id.cast_signed(),
        times: times.into(),
        sought: match opened {
            true => sought::of(&held.case, keys),
            false => Sought::default(),
        },
    })
}

/// A link as a QR code, an SVG to stand in a page.
pub(super) fn drawn(link: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).ok()?;
    let svg = code
        .render::<Color<'_>>()
        .min_dimensions(120, 120)
        .quiet_zone(true)
        .build();
    svg.find("<svg")
        .and_then(|at| svg.get(at..))
        .map(str::to_owned)
}
