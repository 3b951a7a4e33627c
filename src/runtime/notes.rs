//! Notes of an office among itself on a case (内部备注): sealed with the key of the case, and no part of its history, so that a note makes
//! nobody's page stale. No other office reads them, nor the applicant.

use super::Runtime;
use super::request::Refused;
use crate::store::NoteRow;
use crate::store::codec::{self, Key, Place};
use engine::case::Party;

/// How often a place in the order of notes is looked for: somebody else of the office may write at the same moment.
const TRIES: u32 = 5;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Who wrote it.
    pub by: String,
    /// When, UTC milliseconds.
    pub at: i64,
    /// What it says.
    pub words: String,
}

impl Runtime {
    /// Keeps a note of an office on a case.
    ///
    /// # Errors
    /// If there is no such case, or the store cannot be written.
    pub async fn add_note(
        &self,
        case: u64,
        by: &str,
        office: &Party,
        words: &str,
    ) -> Result<(), Refused> {
        let case_id = case.cast_signed();
        let key = self.note_key(case_id).await?;
        for _ in 0..TRIES {
            let last = self.store().last_note(case_id).await?;
            let now = self.clock().now().as_millisecond();
            let at = last.map_or(now, |last| now.max(last + 1));
            let sealed = codec::seal(&key, rand::random(), place(case_id, at), words.as_bytes());
            let row = NoteRow {
                case_id,
                at,
                account: by.to_owned(),
                city: office.city.clone(),
                department: office.department.clone(),
                sealed: sealed.map_err(|_| damaged(case))?,
            };
            if self.store().add_note(&row).await? {
                return Ok(());
            }
        }
        Err(Refused::Conflict)
    }

    /// The notes of an office on a case, the newest first.
    ///
    /// # Errors
    /// If the store cannot be read, or a note is damaged.
    pub async fn notes(&self, case: u64, office: &Party) -> Result<Vec<Note>, Refused> {
        let case_id = case.cast_signed();
        let rows = self
            .store()
            .notes(case_id, &office.city, &office.department)
            .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.note_key(case_id).await?;
        let note = |row: NoteRow| {
            let plain = codec::unseal(&key, place(case_id, row.at), &row.sealed).ok()?;
            Some(Note {
                words: String::from_utf8(plain).ok()?,
                by: row.account,
                at: row.at,
            })
        };
        let notes: Option<Vec<Note>> = rows.into_iter().map(note).collect();
        notes.ok_or_else(|| damaged(case))
    }

    async fn note_key(&self, case_id: i64) -> Result<Key, Refused> {
        let mut keys = self.0.loader.keys_of(&[case_id]).await?;
        keys.remove(&case_id).ok_or(Refused::NotFound)
    }
}

fn place(case_id: i64, at: i64) -> Place<'static> {
    Place {
        table: "note",
        column: "sealed",
        case_id,
        seq: at,
    }
}

fn damaged(case: u64) -> Refused {
    Refused::Damaged(format!("a note of case {case} cannot be read"))
}
