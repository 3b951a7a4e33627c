//! What may be wished of a case beside its steps, also once it has ended: a new query code and link, and the applicant's rating.

use super::decide::{Course, Fault};
use super::{Actor, Case, Fact, Name, Rating, Rejection, Sight};
use serde_json::json;

/// The best and the worst grade, and from which on a grade calls for a word with the applicant (好差评).
const GRADES: std::ops::RangeInclusive<u8> = 1..=5;
const POOR: u8 = 2;

impl Course<'_, '_> {
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
