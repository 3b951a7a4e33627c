//! Events as they lie in the store: facts readable, contents sealed, every row chained to the one before.

use crate::store::EventRow;
use crate::store::codec::{self, Hash, Key, Place, Unopened};
use engine::case::{Actor, Event, Fact};
use jiff::Timestamp;
use serde_json::Value as Json;

/// One row of a history: what one command did.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The case.
    pub case: u64,
    /// Number of the first of its events.
    pub first: u64,
    /// Number of the last.
    pub last: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, with what was typed.
    pub events: Vec<Event>,
    /// SHA-256 over it and everything before.
    pub hash: Hash,
}

/// A row cannot be read: damaged, or of another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("办件 {case} 第 {seq} 条记录无法读取 · event {seq} of case {case} cannot be read")]
pub struct Unreadable {
    /// The case.
    pub case: i64,
    /// Number of the first event of the row.
    pub seq: i64,
}

/// What a command of a case did, before it is a row.
pub(super) struct Deed<'a> {
    pub case_id: i64,
    pub first_seq: i64,
    pub at: Timestamp,
    pub actor: &'a Actor,
    pub events: &'a [Event],
}

/// The row of a deed, sealed with the data key of its case and chained to `prev`.
pub(super) fn write(deed: &Deed<'_>, key: &Key, prev: Hash) -> Result<EventRow, Unreadable> {
    let failed = Unreadable {
        case: deed.case_id,
        seq: deed.first_seq,
    };
    let facts: Vec<&Fact> = deed.events.iter().map(|event| &event.fact).collect();
    let facts = serde_json::to_string(&facts).map_err(|_| failed)?;
    let actor = serde_json::to_string(deed.actor).map_err(|_| failed)?;
    let count = i64::try_from(deed.events.len()).map_err(|_| failed)?;
    let mut row = EventRow {
        case_id: deed.case_id,
        first_seq: deed.first_seq,
        seq: deed.first_seq + count - 1,
        at: deed.at.as_millisecond(),
        actor,
        facts,
        sealed: seal(deed, key).map_err(|_| failed)?,
        prev,
        hash: codec::ORIGIN,
    };
    row.hash = codec::link(&row);
    Ok(row)
}

/// All contents as one list, sealed as one piece; none if there are none.
fn seal(deed: &Deed<'_>, key: &Key) -> Result<Option<Vec<u8>>, Unopened> {
    if deed.events.iter().all(|event| event.content.is_null()) {
        return Ok(None);
    }
    let contents: Vec<&Json> = deed.events.iter().map(|event| &event.content).collect();
    let plain = serde_json::to_vec(&contents).map_err(|_| Unopened)?;
    codec::seal(
        key,
        rand::random(),
        place(deed.case_id, deed.first_seq),
        &codec::pack(&plain),
    )
    .map(Some)
}

/// A row read back. Whether it is chained soundly is not looked at.
pub(super) fn read(row: &EventRow, key: &Key) -> Result<Entry, Unreadable> {
    let failed = Unreadable {
        case: row.case_id,
        seq: row.first_seq,
    };
    let facts: Vec<Fact> = serde_json::from_str(&row.facts).map_err(|_| failed)?;
    let contents: Vec<Json> = match &row.sealed {
        Some(sealed) => {
            let plain = codec::unseal(key, place(row.case_id, row.first_seq), sealed)
                .and_then(|packed| codec::unpack(&packed))
                .map_err(|_| failed)?;
            serde_json::from_slice(&plain).map_err(|_| failed)?
        }
        None => vec![Json::Null; facts.len()],
    };
    if facts.len() != contents.len() || row.seq - row.first_seq + 1 != facts.len() as i64 {
        return Err(failed);
    }
    let events = facts.into_iter().zip(contents);
    Ok(Entry {
        case: row.case_id.unsigned_abs(),
        first: row.first_seq.unsigned_abs(),
        last: row.seq.unsigned_abs(),
        at: Timestamp::from_millisecond(row.at).map_err(|_| failed)?,
        actor: serde_json::from_str(&row.actor).map_err(|_| failed)?,
        events: events
            .map(|(fact, content)| Event { fact, content })
            .collect(),
        hash: row.hash,
    })
}

fn place(case_id: i64, seq: i64) -> Place<'static> {
    Place {
        table: "event",
        column: "sealed",
        case_id,
        seq,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::case::Status;
    use serde_json::json;

    fn deed(events: &[Event]) -> EventRow {
        let deed = Deed {
            case_id: 4711,
            first_seq: 3,
            at: "2026-11-23T09:00:00.123+08:00".parse().unwrap(),
            actor: &Actor::Applicant,
            events,
        };
        write(&deed, &[7; 32], codec::ORIGIN).unwrap()
    }

    fn events(content: Json) -> Vec<Event> {
        let status = Fact::StatusChanged {
            status: Status::Accepted,
            label: None,
        };
        let first = Event {
            fact: status,
            content,
        };
        vec![first, Fact::CaseClosed.into()]
    }

    #[test]
    fn g61_what_was_typed_is_sealed_and_comes_back() {
        let written = events(json!({ "name": "李四" }));
        let row = deed(&written);
        assert!(!row.facts.contains("李四"));
        let entry = read(&row, &[7; 32]).unwrap();
        assert_eq!((entry.events, entry.last), (written, 4));
        assert_eq!(entry.at.as_millisecond(), row.at);
        assert_eq!(read(&row, &[8; 32]).unwrap_err().seq, 3);
    }

    #[test]
    fn nothing_typed_is_nothing_sealed() {
        let row = deed(&events(Json::Null));
        assert_eq!(row.sealed, None);
        assert_eq!(read(&row, &[7; 32]).unwrap().events, events(Json::Null));
    }

    #[test]
    fn g13_a_row_whose_count_does_not_fit_is_not_read() {
        let row = deed(&events(Json::Null));
        assert!(read(&EventRow { seq: 5, ..row }, &[7; 32]).is_err());
    }
}
