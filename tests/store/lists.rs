//! Lists: of work and of cases.

use super::{task, unit, write};
use crate::check;
use onenet::store::*;

#[test]
fn a_worklist_shows_what_it_counts_and_only_open_tasks() {
    check(async |store, _| {
        let mut opens = write(1, None);
        opens.tasks = vec![
            task(1, 1, None),
            task(1, 2, Some(5)),
            task(1, 3, Some(3)),
            task(1, 4, None),
        ];
        let mut closes = write(1, Some(&opens.event));
        closes.closed = vec![4];
        store
            .commit(vec![unit(opens.clone()), unit(closes)])
            .await
            .unwrap();
        let office = |department: Option<&str>, post: Option<&str>| Office {
            city: Some("zunyi".into()),
            department: department.map(Into::into),
            post: post.map(Into::into),
            matters: None,
        };
        let asked = |office| TaskFilter {
            office,
            ..TaskFilter::default()
        };
        let head = asked(office(Some("social"), Some("head")));
        let within = |offices: Vec<Office>| TaskFilter {
            within: Some(offices),
            ..TaskFilter::default()
        };
        for (filter, expected) in [
            (asked(office(None, None)), vec![3, 2, 1]),
            (asked(office(Some("social"), None)), vec![3, 2, 1]),
            (head.clone(), vec![3, 1]),
            (within(vec![head.office.clone()]), vec![3, 1]),
            (
                within(vec![head.office.clone(), office(None, None)]),
                vec![3, 2, 1],
            ),
            (within(vec![]), vec![]),
            (
                TaskFilter {
                    holder: Some("x".into()),
                    ..head.clone()
                },
                vec![],
            ),
            (
                TaskFilter {
                    matter: Some("m".into()),
                    ..head.clone()
                },
                vec![3, 1],
            ),
            (
                TaskFilter {
                    number: Some("N1".into()),
                    ..head.clone()
                },
                vec![3, 1],
            ),
            (
                TaskFilter {
                    number: Some("N2".into()),
                    ..head.clone()
                },
                vec![],
            ),
        ] {
            let mut seen = Vec::new();
            let mut after = None;
            while let Some(Listed { task, .. }) =
                store.tasks(&filter, after, 1).await.unwrap().pop()
            {
                after = Some(After {
                    rank: 0,
                    due: task.due,
                    case_id: task.case_id,
                    no: task.no,
                });
                seen.push(task.no);
            }
            assert_eq!(seen, expected, "{filter:?}");
            assert_eq!(
                store.count_tasks(&filter, 99).await.unwrap(),
                expected.len() as i64
            );
        }
        let last = store.tasks(&head, None, 9).await.unwrap().pop().unwrap();
        assert_eq!((last.task, &*last.number), (task(1, 1, None), "N1"));
    });
}

#[test]
fn a_task_offered_to_two_posts_of_a_city_is_listed_once_and_gone_at_once() {
    check(async |store, _| {
        let mut opens = write(1, None);
        let second = TaskRow {
            place: 1,
            post: "clerk".into(),
            ..task(1, 1, None)
        };
        opens.tasks = vec![task(1, 1, None), second];
        let mut closes = write(1, Some(&opens.event));
        closes.closed = vec![1];
        store.commit(vec![unit(opens)]).await.unwrap();
        let of = |post: Option<&str>| TaskFilter {
            office: Office {
                city: Some("zunyi".into()),
                department: None,
                post: post.map(Into::into),
                matters: None,
            },
            ..TaskFilter::default()
        };
        for post in [None, Some("head"), Some("clerk")] {
            assert_eq!(
                store.tasks(&of(post), None, 9).await.unwrap().len(),
                1,
                "{post:?}"
            );
            assert_eq!(
                store.count_tasks(&of(post), 99).await.unwrap(),
                1,
                "{post:?}"
            );
        }
        store.commit(vec![unit(closes)]).await.unwrap();
        assert_eq!(store.count_tasks(&of(None), 99).await.unwrap(), 0);
    });
}

#[test]
fn cases_are_listed_for_the_cities_that_take_part() {
    check(async |store, _| {
        let mut third = write(3, None);
        third.tasks = vec![TaskRow {
            city: "ganzhou".into(),
            ..task(3, 1, None)
        }];
        let batch = [write(1, None), write(2, None), third].map(unit);
        store.commit(batch.into()).await.unwrap();
        let sphere = |city: &str| Sphere {
            city: city.to_owned(),
            department: "social".to_owned(),
            matters: None,
            only: None,
        };
        let within = |cities: &[&str]| CaseFilter {
            within: Some(cities.iter().map(|city| sphere(city)).collect()),
            ..CaseFilter::default()
        };
        for (filter, expected) in [
            (CaseFilter::default(), vec![3, 2, 1]),
            (within(&["zhongshan"]), vec![3, 2, 1]),
            (within(&["ganzhou"]), vec![3]),
            (within(&["wuzhou"]), vec![]),
            (
                CaseFilter {
                    number: Some("N2".into()),
                    ..within(&["zunyi"])
                },
                vec![2],
            ),
        ] {
            let listed = store.cases(&filter, None, 9).await.unwrap();
            let ids: Vec<i64> = listed.iter().map(|row| row.id).collect();
            assert_eq!(ids, expected, "{filter:?}");
            assert_eq!(
                store.count_cases(&filter).await.unwrap(),
                expected.len() as i64
            );
        }
        let page = store
            .cases(&CaseFilter::default(), Some(3), 1)
            .await
            .unwrap();
        assert_eq!(page.first().map(|row| row.id), Some(2));
    });
}
