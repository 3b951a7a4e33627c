//! The board: every number is the length of the list behind it, on a world of random cases.

use super::check;
use crate::store::{task, unit, write};
use onenet::store::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const CITIES: [&str; 4] = ["442000", "450400", "520300", "360700"];
const DAY: i64 = 86_400_000;
const CASES: i64 = 300;

/// One of several, by chance.
fn one<'a>(chance: &mut StdRng, of: &[&'a str]) -> &'a str {
    of[chance.random_range(0..of.len())]
}

/// A case as chance has it, with a task and now and then a card.
fn case(chance: &mut StdRng, id: i64) -> CaseWrite {
    let mut case = write(id, None);
    let ended = chance.random_bool(0.3);
    let row = &mut case.row;
    row.accepting = one(chance, &CITIES).into();
    row.deciding = one(chance, &CITIES).into();
    row.matter = one(chance, &["lump-sum", "transfer"]).into();
    row.level = one(chance, &["normal", "reminder", "yellow", "red", "paused"]).into();
    row.status = one(chance, &["in_progress", "correction", "accepted"]).into();
    row.due = chance
        .random_bool(0.9)
        .then(|| chance.random_range(0..10) * DAY);
    row.since = Some(chance.random_range(0..10) * DAY);
    row.closed = ended.then(|| chance.random_range(0..60) * DAY);
    if !ended || chance.random_bool(0.2) {
        case.tasks.push(TaskRow {
            city: one(chance, &CITIES).into(),
            department: one(chance, &["si", "mib"]).into(),
            ..task(id, 1, None)
        });
    }
    for no in 0..chance.random_range(0..3) {
        case.cards.push(CardRow {
            case_id: id,
            no,
            level: one(chance, &["yellow", "red"]).into(),
            clock: "promised".into(),
            step: one(chance, &["check", "approve"]).into(),
            city: one(chance, &CITIES).into(),
            department: "si".into(),
            post: "handler".into(),
            holder: chance.random_bool(0.5).then(|| "zs-handler".into()),
            opened: chance.random_range(0..9) * DAY,
            explained: chance.random_bool(0.5).then_some(DAY),
            pursued: chance.random_bool(0.3).then_some(DAY),
            closed: chance.random_bool(0.3).then_some(DAY),
        });
    }
    case
}

fn spheres() -> Vec<Option<Vec<Sphere>>> {
    let sphere = |city: &str, department: &str, matters: Option<&[&str]>| Sphere {
        city: city.into(),
        department: department.into(),
        matters: matters.map(|m| m.iter().map(|m| (*m).to_owned()).collect()),
        only: None,
    };
    let agency = sphere("442000", "si", None);
    let medical = sphere("450400", "mib", Some(&["transfer"]));
    let none = sphere("520300", "mib", Some(&[]));
    vec![
        None,
        Some(vec![]),
        Some(vec![agency.clone()]),
        Some(vec![medical.clone()]),
        Some(vec![none]),
        Some(vec![agency, medical]),
    ]
}

fn filters() -> Vec<CaseFilter> {
    let open = CaseFilter {
        open: Some(true),
        ..CaseFilter::default()
    };
    let level = |level: &str| CaseFilter {
        level: Some(level.into()),
        ..open.clone()
    };
    let ended = CaseFilter {
        open: Some(false),
        ended_from: Some(30 * DAY),
        ..CaseFilter::default()
    };
    vec![
        CaseFilter::default(),
        open.clone(),
        level("yellow"),
        level("red"),
        level("normal"),
        CaseFilter {
            due: Some((3 * DAY, 4 * DAY)),
            ..open.clone()
        },
        CaseFilter {
            status: Some("correction".into()),
            since_before: Some(5 * DAY),
            ..open.clone()
        },
        CaseFilter {
            accepting: Some("442000".into()),
            deciding: Some("450400".into()),
            ..open.clone()
        },
        CaseFilter {
            city: Some("360700".into()),
            ..open.clone()
        },
        CaseFilter {
            in_time: true,
            ..ended.clone()
        },
        ended,
    ]
}

/// The ids of a list, read page by page, each case once.
async fn listed(store: &Store, filter: &CaseFilter, urgent: bool) -> Vec<i64> {
    let (mut all, mut last): (Vec<i64>, Option<CaseRow>) = (Vec::new(), None);
    loop {
        let page = match urgent {
            true => {
                let after = last.as_ref().map(|row| (row.due, row.id));
                store.urgent_cases(filter, after, 7).await.unwrap()
            }
            false => {
                let before = last.as_ref().map(|row| row.id);
                store.cases(filter, before, 7).await.unwrap()
            }
        };
        all.extend(page.iter().map(|row| row.id));
        match page.into_iter().last() {
            Some(row) => last = Some(row),
            None => return all,
        }
    }
}

/// G47: the rule of a number is the rule of its list, whoever looks and in whatever order; and a pair of cities counts what its list shows.
#[test]
fn g047_every_number_of_cases_is_the_length_of_its_list() {
    check(async |store, _| {
        let mut chance = StdRng::seed_from_u64(11);
        let mut batch = Vec::new();
        for id in 1..=CASES {
            batch.push(unit(case(&mut chance, id)));
        }
        store.commit(batch).await.unwrap();
        for within in spheres() {
            let mut filters = filters();
            for filter in &mut filters {
                filter.within.clone_from(&within);
            }
            let counts = store.count_each(&filters).await.unwrap();
            for (filter, count) in filters.iter().zip(&counts) {
                let mut newest = listed(&store, filter, false).await;
                let mut urgent = listed(&store, filter, true).await;
                assert!(newest.is_sorted_by(|a, b| a > b), "{filter:?}");
                newest.sort_unstable();
                urgent.sort_unstable();
                assert_eq!(newest, urgent, "{filter:?}");
                assert_eq!(*count, newest.len() as i64, "{filter:?}");
            }
            let cells = store.matrix(&filters[1]).await.unwrap();
            let sum: i64 = cells.iter().map(|cell| cell.cases).sum();
            assert_eq!(sum, counts[1]);
            for cell in cells {
                let behind = CaseFilter {
                    accepting: Some(cell.accepting.clone()),
                    deciding: Some(cell.deciding.clone()),
                    ..filters[1].clone()
                };
                let red = CaseFilter {
                    level: Some("red".into()),
                    ..behind.clone()
                };
                let counted = store.count_each(&[behind, red]).await.unwrap();
                assert_eq!(counted, [cell.cases, cell.red], "{cell:?}");
            }
        }
    });
}

/// The same of cards, and of what they are counted by.
#[test]
fn g047_every_number_of_cards_is_the_length_of_its_list() {
    check(async |store, _| {
        let mut chance = StdRng::seed_from_u64(12);
        let cases = (1..=CASES).map(|id| unit(case(&mut chance, id)));
        store.commit(cases.collect()).await.unwrap();
        let states = [
            CardState::Open,
            CardState::Unexplained,
            CardState::Pursued,
            CardState::Closed,
            CardState::All,
        ];
        for (within, state) in spheres()
            .into_iter()
            .flat_map(|w| states.map(|s| (w.clone(), s)))
        {
            let filter = CardFilter {
                within,
                state,
                ..CardFilter::default()
            };
            let count = store.count_cards(&filter).await.unwrap();
            let first = store.cards(&filter, None, 5).await.unwrap();
            let mut all = first;
            if let Some(last) = all.last().map(|row| AfterCard::of(&row.card)) {
                all.extend(store.cards(&filter, Some(last), 9_999).await.unwrap());
            }
            assert_eq!(count, all.len() as i64, "{filter:?}");
            let place = |row: &ListedCard| (row.card.level != "red", row.card.opened);
            assert!(all.is_sorted_by_key(place), "{filter:?}");
            let groups = store.card_groups(&filter).await.unwrap();
            let sum: i64 = groups.iter().map(|g| g.cards).sum();
            assert_eq!(sum, count, "{filter:?}");
            for group in groups {
                let behind = CardFilter {
                    holder: Some(group.holder.unwrap_or_default()),
                    city: Some(group.city),
                    step: Some(group.step),
                    matter: Some(group.matter),
                    ..filter.clone()
                };
                let red = CardFilter {
                    level: Some("red".into()),
                    ..behind.clone()
                };
                assert_eq!(store.count_cards(&behind).await.unwrap(), group.cards);
                assert_eq!(store.count_cards(&red).await.unwrap(), group.red);
            }
        }
    });
}
