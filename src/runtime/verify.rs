//! Checks a store against itself: every history is chained and without holes, every row is what its history makes of it.

use super::Keys;
use super::definitions::Definitions;
use super::held::{Held, Loader};
use super::lines::Lines;
use super::lineup::{self, Misplaced};
use super::{certificates, papers, rows};
use crate::store::{CardRow, CaseRow, EventRow, Store, StoreError, TaskRow, codec};
use engine::case::{Actor, Context};
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many cases are read at once.
const PAGE: i64 = 256;
/// Beside a running server a row may be newer than the history read before it: look again.
const LOOKS: u32 = 5;

/// What was looked at and found sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Cases.
    pub cases: u64,
    /// Rows of history.
    pub rows: u64,
}

/// The first place that is not sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The case.
    pub case: i64,
    /// The number people know it by, if there is a row that says.
    pub number: String,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What can be wrong with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The chain breaks at this event, or a number is missing there.
    Chain(i64),
    /// The history ends at this event, but the case has had more.
    Cut(i64),
    /// There is a history without a case.
    NoCase,
    /// The history cannot be folded.
    Unreadable(String),
    /// The case's row is not what the history makes of it.
    CaseRow,
    /// The rows of open tasks are not.
    Tasks,
    /// The rows of timers are not.
    Timers,
    /// This paper is missing, or is not what was issued.
    Paper(i64),
    /// Its cards.
    Cards,
    /// The certificate it gives.
    Certificate,
    /// Its place in the line of those who want to be alone with a key.
    Turns(Misplaced),
    /// The case has ended and yet something is open (G7).
    OpenAtEnd,
}

/// How far to look.
#[derive(Clone, Debug)]
pub enum Depth {
    /// Chains and numbering.
    Chains,
    /// Also folds every case and compares every row; needs the master key.
    Fold(Keys),
}

/// Checks every case; reads alone, also beside a running server.
///
/// # Errors
/// If the store cannot be read.
pub async fn verify(store: &Store, depth: Depth) -> Result<Result<Checked, Broken>, StoreError> {
    let folder = match depth {
        Depth::Chains => None,
        Depth::Fold(keys) => Some(Folder::new(store, keys).await?),
    };
    let (mut checked, mut after) = (Checked::default(), 0);
    loop {
        let cases = store.cases_after(after, PAGE).await?;
        let Some(last) = cases.last() else { break };
        after = last.id;
        let mut histories = histories(store, &cases).await?;
        for case in cases {
            let rows = histories.remove(&case.id).unwrap_or_default();
            checked.cases += 1;
            checked.rows += rows.len() as u64;
            if let Some(broken) = look(store, folder.as_ref(), case, rows).await? {
                return Ok(Err(broken));
            }
        }
    }
    Ok(match store.history_without_case().await? {
        None => Ok(checked),
        Some(case) => Err(Broken {
            case,
            number: String::new(),
            flaw: Flaw::NoCase,
        }),
    })
}

async fn histories(
    store: &Store,
    cases: &[CaseRow],
) -> Result<BTreeMap<i64, Vec<EventRow>>, StoreError> {
    let ids: Vec<i64> = cases.iter().map(|case| case.id).collect();
    let mut histories: BTreeMap<i64, Vec<EventRow>> = BTreeMap::new();
    for row in store.histories(&ids).await? {
        histories.entry(row.case_id).or_default().push(row);
    }
    Ok(histories)
}

/// Looks at one case, and again while it moves.
async fn look(
    store: &Store,
    folder: Option<&Folder>,
    mut case: CaseRow,
    mut rows: Vec<EventRow>,
) -> Result<Option<Broken>, StoreError> {
    let mut looks = 1;
    loop {
        let Some(flaw) = flaw(folder, &case, &rows).await? else {
            return Ok(None);
        };
        if looks == LOOKS {
            let (case, number) = (case.id, case.number);
            return Ok(Some(Broken { case, number, flaw }));
        }
        looks += 1;
        rows = store.events(case.id, 0).await?;
        case = store.case(case.id).await?.unwrap_or(case);
    }
}

async fn flaw(
    folder: Option<&Folder>,
    case: &CaseRow,
    rows: &[EventRow],
) -> Result<Option<Flaw>, StoreError> {
    if let Err(broken) = codec::verify(rows) {
        return Ok(Some(Flaw::Chain(broken.seq)));
    }
    let last = rows.last().map_or(0, |row| row.seq);
    if last != case.version {
        return Ok(Some(Flaw::Cut(last)));
    }
    match folder {
        Some(folder) => folder.flaw(case, rows).await,
        None => Ok(None),
    }
}

/// Folds cases and compares what is stored of them.
struct Folder {
    loader: Loader,
}

impl Folder {
    async fn new(store: &Store, keys: Keys) -> Result<Self, StoreError> {
        let definitions = Arc::new(Definitions::stored(store).await?);
        let store = store.clone();
        Ok(Folder {
            loader: Loader {
                store,
                keys,
                definitions,
                reach: Arc::default(),
                lines: Lines::new(false, None),
            },
        })
    }

    async fn flaw(&self, case: &CaseRow, rows: &[EventRow]) -> Result<Option<Flaw>, StoreError> {
        let held = match self.loader.fold(case.clone(), rows).await? {
            Ok(held) => held,
            Err(why) => return Ok(Some(Flaw::Unreadable(why.to_string()))),
        };
        if self.case_row(&held) != *case {
            return Ok(Some(Flaw::CaseRow));
        }
        if held.case.is_closed() && held.case.open_tasks().next().is_some() {
            return Ok(Some(Flaw::OpenAtEnd));
        }
        let store = &self.loader.store;
        let tasks = store.tasks_of(case.id).await?;
        if without_levels(rows::all_tasks(&held.case)) != without_levels(tasks) {
            return Ok(Some(Flaw::Tasks));
        }
        let timers = store.timers_of(case.id).await?;
        if rows::all_timers(&held.case) != timers {
            return Ok(Some(Flaw::Timers));
        }
        let cards: Vec<CardRow> = rows::all_cards(&held.case).collect();
        if cards != store.cards_of(case.id).await? {
            return Ok(Some(Flaw::Cards));
        }
        let certificate = certificates::of(&held, &self.loader.keys);
        if certificate != store.certificate_of(case.id).await? {
            return Ok(Some(Flaw::Certificate));
        }
        let line = store.queue_of(case.id).await?;
        match lineup::misplaced(&held, &self.loader.keys, rows, &line) {
            Ok(None) => {}
            Ok(Some(misplaced)) => return Ok(Some(Flaw::Turns(misplaced))),
            Err(why) => return Ok(Some(Flaw::Unreadable(why.to_string()))),
        }
        let stored = store.papers_of(case.id).await?;
        if let Some(no) = papers::flaw(&held, &stored) {
            return Ok(Some(Flaw::Paper(no)));
        }
        for (no, paper) in held.case.papers() {
            let Some(number) = &paper.number else {
                continue;
            };
            let no = i64::from(no.0);
            if store.paper_by_number(number).await? != Some((case.id, no)) {
                return Ok(Some(Flaw::Paper(no)));
            }
        }
        Ok(None)
    }

    fn case_row(&self, held: &Held) -> CaseRow {
        let library = self.loader.definitions.library();
        let context = Context {
            now: held.last,
            actor: &Actor::Engine,
            network: &library.network,
            next_case: 0,
            elsewhere: &engine::case::NOWHERE,
            numbering: None,
        };
        rows::case_row(held, &context)
    }
}

/// A row shows the level of the moment when it was last written, which the history does not say.
fn without_levels(mut rows: Vec<TaskRow>) -> Vec<TaskRow> {
    for row in &mut rows {
        row.level.clear();
    }
    rows
}
