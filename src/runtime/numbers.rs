//! Numbers that are given once: of cases inside the store, the serials people see, and those of papers.

use crate::store::{Store, StoreError};
use engine::case::{Numbering, PaperNumber, number};
use jiff::civil::Date;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// So many cases one command may open at most.
const AT_ONCE: i64 = 16_384;
/// The most serials reserved at once: what is left of them when the program stops is never used.
const MOST: i64 = 256;

/// What is reserved of each kind.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    cases: Range<i64>,
    serials: HashMap<String, Serials>,
    papers: Option<Arc<Numbering>>,
    day: Option<Date>,
}

/// Serials of one city, matter and day: twice as many are reserved each time, so that rare cases leave no gaps.
#[derive(Debug, Default)]
struct Serials {
    free: Range<i64>,
    reserved: i64,
}

impl Numbers {
    /// The first number free for a case; as many more as one command may open are free too.
    pub(super) async fn next_case(&mut self, store: &Store) -> Result<u64, StoreError> {
        if self.cases.end - self.cases.start < AT_ONCE {
            self.cases = store.reserve_cases().await?;
        }
        Ok(self.cases.start.unsigned_abs())
    }

    /// Says that a case has been given this number.
    pub(super) fn used(&mut self, id: u64) {
        let next = i64::try_from(id).map_or(i64::MAX, |id| id + 1);
        self.cases.start = self.cases.start.max(next);
    }

    /// The number of a new case of a matter with these letters, taken in by a city on a day.
    pub(super) async fn number(
        &mut self,
        store: &Store,
        city: &str,
        code: &str,
        day: Date,
    ) -> Result<String, StoreError> {
        if self.day != Some(day) {
            self.serials.clear();
            self.day = Some(day);
        }
        let name = format!("{city}-{code}-{}", day.strftime("%Y%m%d"));
        let serials = self.serials.entry(name.clone()).or_default();
        let serial = match serials.free.next() {
            Some(serial) => serial,
            None => {
                let count = (serials.reserved * 2).clamp(1, MOST);
                let first = store.reserve(&name, count).await?;
                serials.reserved = count;
                serials.free = first + 1..first + count;
                first
            }
        };
        Ok(number::number(city, code, day, serial.unsigned_abs()))
    }

    /// The number last given in each series of papers.
    pub(super) async fn papers(&mut self, store: &Store) -> Result<Arc<Numbering>, StoreError> {
        if let Some(known) = &self.papers {
            return Ok(known.clone());
        }
        let known = Arc::new(store.numbering().await?);
        self.papers = Some(known.clone());
        Ok(known)
    }

    /// Says which number was last given in its series; answers which was before.
    pub(super) fn last_paper(
        &mut self,
        PaperNumber { series, running }: PaperNumber,
    ) -> PaperNumber {
        let known = self.papers.as_mut().map(Arc::make_mut);
        let before = known.and_then(|papers| papers.insert(series.clone(), running));
        PaperNumber {
            series,
            running: before.unwrap_or_default(),
        }
    }

    /// Forgets which numbers papers have: some that were given are not in the store.
    pub(super) fn forget_papers(&mut self) {
        self.papers = None;
    }

    /// Forgets what is reserved: somebody else has given one of these numbers.
    pub(super) fn forget(&mut self) {
        *self = Numbers::default();
    }
}
