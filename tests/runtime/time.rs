//! What fell due: timers, limits and rounds by the clock of the runtime.

use super::{at, library, open_timed, start, start_of_day};
use crate::check;
use jiff::Timestamp;
use onenet::runtime::*;
use onenet::store::*;

#[test]
fn g20_moving_the_clock_fires_every_timer_at_its_own_instant() {
    check(async |store, _| {
        let runtime = start(store).await;
        let id = runtime.submit(open_timed("tick")).await.unwrap().seen.id;
        let to = at("2026-11-30T09:00:00+08:00");
        assert!(runtime.move_clock(to).await.unwrap() >= to);
        let seen = runtime.case(id).await.unwrap().unwrap();
        assert_eq!(seen.case.status().word(), "closed");
        let history = runtime.history(id).await.unwrap();
        let times: Vec<Timestamp> = history.iter().map(|row| row.at).collect();
        // Opened some milliseconds after nine; half an hour later the task; its working day ends on the 24th at five.
        let second = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap();
        assert_eq!(
            second(times[1]),
            second(times[0]) + jiff::SignedDuration::from_mins(30)
        );
        let last = *times.last().unwrap();
        let due = at("2026-11-24T17:00:00+08:00");
        assert!(
            last > due && last < due + jiff::SignedDuration::from_secs(1),
            "{times:?}"
        );
        assert!(times.is_sorted());
        let left = runtime.store().timers_of(id.cast_signed()).await.unwrap();
        assert_eq!(left, vec![]);
    });
}

#[test]
fn g20_what_fell_due_while_nobody_ran_fires_after_the_start_by_itself() {
    check(async |store, url| {
        let runtime = start(store).await;
        let id = runtime.submit(open_timed("tick")).await.unwrap().seen.id;
        runtime.shutdown().await.unwrap();
        let clock = Clock::sandbox(at("2026-11-23T10:00:00+08:00"));
        let store = Store::open(url).await.unwrap();
        let runtime = Runtime::start(store, Keys::new([7; 32]), library(), clock)
            .await
            .unwrap();
        let mut committed = runtime.committed();
        while runtime.history(id).await.unwrap().len() < 2 {
            committed.changed().await.unwrap();
        }
        let seen = runtime.case(id).await.unwrap().unwrap();
        assert_eq!(seen.case.open_tasks().count(), 1);
    });
}

/// A round waits in its row, also over a restart, and the next one takes its place.
#[test]
fn rounds_come_by_themselves_one_after_the_other() {
    check(async |store, url| {
        let runtime = start(store).await;
        let id = runtime.submit(open_timed("rounds")).await.unwrap().seen.id;
        let waiting = async |runtime: &Runtime| {
            let rows = runtime.store().timers_of(id.cast_signed()).await.unwrap();
            assert_eq!(rows.len(), 1);
        };
        waiting(&runtime).await;
        runtime.shutdown().await.unwrap();
        assert_eq!(crate::verify::flaw_after(url, "SELECT 1").await, None);
        let runtime = start(Store::open(url).await.unwrap()).await;
        runtime
            .move_clock(at("2026-12-23T09:00:00+08:00"))
            .await
            .unwrap();
        let seen = runtime.case(id).await.unwrap().unwrap();
        assert_eq!(seen.case.open_tasks().count(), 1);
        // Nobody answers: the day passes, and the next round waits.
        runtime
            .move_clock(at("2026-12-25T09:00:00+08:00"))
            .await
            .unwrap();
        waiting(&runtime).await;
        runtime
            .move_clock(at("2027-03-01T09:00:00+08:00"))
            .await
            .unwrap();
        let seen = runtime.case(id).await.unwrap().unwrap();
        assert!(seen.case.is_closed());
        assert_eq!(seen.case.tasks().len(), 3);
        let messages = runtime.store().messages(None, None, 99).await.unwrap();
        let words = |m: &Message| {
            ["第1轮，2026年12月23日", "第2轮，2027年1月23日"].map(|w| m.leased.row.body.contains(w))
        };
        let told: Vec<_> = messages.iter().map(words).collect();
        assert!(
            told.contains(&[true, false]) && told.contains(&[false, true]),
            "{messages:?}"
        );
        let left = runtime.store().timers_of(id.cast_signed()).await.unwrap();
        assert_eq!(left, vec![]);
        runtime.shutdown().await.unwrap();
        assert_eq!(crate::verify::flaw_after(url, "SELECT 1").await, None);
    });
}

#[test]
fn a_timer_wakes_the_sleeper_though_it_slept_for_a_later_one() {
    check(async |store, _| {
        let runtime = start(store).await;
        let id = runtime.submit(open_timed("tick")).await.unwrap().seen.id;
        // Half an hour less a moment: the sleeper now sleeps for what is left.
        runtime
            .move_clock(start_of_day() + jiff::SignedDuration::from_millis(1_799_900))
            .await
            .unwrap();
        let mut committed = runtime.committed();
        while runtime.history(id).await.unwrap().len() < 2 {
            committed.changed().await.unwrap();
        }
        let rows = runtime.history(id).await.unwrap();
        assert!(rows[1].at >= rows[0].at + jiff::SignedDuration::from_mins(30));
    });
}
