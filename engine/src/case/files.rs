//! Files handed in with a command, and what may be wished of a case beside its steps, also once it has ended: a new query code and
//! link, and the applicant's rating.

use super::decide::{Course, Fault};
use super::{Actor, Case, Command, Fact, File, Filed, Name, Rating, Rejection, Sight, Source};
use crate::matter::Materials;
use crate::text::both;
use serde_json::json;

/// Files a case may hold, and their bytes together (G82).
const FILES: usize = 60;
const BYTES: u64 = 200 << 20;
/// The best and the worst grade, and from which on a grade calls for a word with the applicant (好差评).
const GRADES: std::ops::RangeInclusive<u8> = 1..=5;
const POOR: u8 = 2;

impl<'a> Course<'a, '_> {
    /// A command and the files that come with it: both, or neither.
    pub(super) fn hand_in(&mut self, files: &[File], with: &'a Command) -> Result<(), Rejection> {
        self.fitting(files)?;
        self.command(with)?;
        for file in files {
            let added = Fact::FileAdded {
                file: file.id.clone(),
                material: file.material.clone(),
                kind: file.kind.clone(),
                size: file.size,
                sha256: file.sha256.clone(),
                source: match self.context.actor {
                    _ if !file.origin.is_empty() => Source::Shared,
                    Actor::Applicant => Source::Applicant,
                    _ => Source::Window,
                },
            };
            let content = match file.origin.as_str() {
                "" => json!({ "name": file.name }),
                origin => json!({ "name": file.name, "origin": origin }),
            };
            self.emit_with(added, content);
        }
        self.come_instead(files.iter().map(|file| &file.material));
        Ok(())
    }

    /// Whether the matter knows the materials, and the case has room.
    fn fitting(&self, files: &[File]) -> Result<(), Rejection> {
        let known = |name: &str| match &self.matter.materials {
            Materials::Own(list) => list.iter().any(|m| *m.name.value == *name),
            // A bundle takes the materials of its parts.
            Materials::FromParts(_) => true,
        };
        let mut wrong = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let first = files.iter().position(|other| other.id == file.id);
            let code = match () {
                () if !known(&file.material) => "file.material",
                () if first != Some(at) => "file.twice",
                () => continue,
            };
            let args = [("name", file.material.to_string())];
            wrong.push(forms::FieldError {
                pointer: format!("/materials/{}", file.material),
                code,
                message: both(code, &args),
            });
        }
        if !wrong.is_empty() {
            return Err(Rejection::Invalid(wrong));
        }
        let held = self.case.files.iter().map(|file| file.size);
        let bytes: u64 = held.chain(files.iter().map(|file| file.size)).sum();
        match self.case.files.len() + files.len() > FILES || bytes > BYTES {
            true => Err(Rejection::TooMuch {
                why: "reject.too_many_files",
                args: vec![
                    ("files", FILES.to_string()),
                    ("most", (BYTES >> 20).to_string()),
                ],
            }),
            false => Ok(()),
        }
    }

    /// A new query code and link; the old ones open nothing any more. For whoever sits at a counter and sees the whole case.
    pub(super) fn renew_access(&mut self) -> Result<(), Rejection> {
        match self.context.actor {
            Actor::Person { .. } => self.sees(Sight::Whole)?,
            _ => return Err(Rejection::Forbidden { needed: Vec::new() }),
        }
        let times = self.case.renewed + 1;
        self.emit(Fact::AccessRenewed { times });
        Ok(())
    }

    /// The applicant's grade, once the case has ended; after a poor one he is called back, by a case of its own, and may grade once more.
    pub(super) fn rate(
        &mut self,
        grade: u8,
        words: &str,
        call_back: Option<&Name>,
    ) -> Result<(), Rejection> {
        if !matches!(self.context.actor, Actor::Applicant) {
            return Err(Rejection::Forbidden { needed: Vec::new() });
        }
        if !GRADES.contains(&grade) {
            let args = [("grade", grade.to_string())];
            return Err(Fault::new("fault.grade", &args).into());
        }
        if !self.case.may_be_rated() {
            return Err(self.not_now("reject.no_rating", &[]));
        }
        let words = words.trim();
        let first = self.case.ratings.is_empty();
        self.emit_with(Fact::Rated { grade }, json!({ "words": words }));
        if let Some(matter) = call_back.filter(|_| first && grade <= POOR) {
            let child = self.next_case;
            self.next_case += 1;
            let mut form = json!({ "case_number": self.case.number, "grade": grade.to_string() });
            if !words.is_empty() {
                form["words"] = words.into();
            }
            let asked = Fact::CallBackAsked {
                matter: matter.clone(),
                child,
            };
            let applicant = self.case.applicant.clone();
            self.emit_with(asked, json!({ "applicant": applicant, "form": form }));
        }
        Ok(())
    }
}

impl Case {
    /// What was handed in, in order.
    pub fn files(&self) -> &[Filed] {
        &self.files
    }

    /// How often query code and link were made anew; whatever was made of another number is void.
    pub fn renewed(&self) -> u32 {
        self.renewed
    }

    /// What the applicant thought of it, in order.
    pub fn ratings(&self) -> &[Rating] {
        &self.ratings
    }

    /// The case by which the applicant is called back after a poor grade.
    pub fn call_back(&self) -> Option<u64> {
        self.call_back
    }

    /// Whether it is time for a grade: after the end, once, and once more after a poor one.
    pub fn may_be_rated(&self) -> bool {
        self.status.is_final()
            && match self.ratings.as_slice() {
                [] => true,
                [first] => first.grade <= POOR,
                _ => false,
            }
    }
}
