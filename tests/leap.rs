//! G22: a clock that leaps forward decides no case before somebody has confirmed it.
use super::api::program::onenet;
use super::check;
use super::places::run;
use super::runtime::{library, open_timed, start_of_day};
use jiff::SignedDuration;
use onenet::runtime::*;
use onenet::store::{Accounts, LeapRow, Store};

const PASSWORD: &str = "江边的三棵老榕树底下\n";

/// A timed case waits for half an hour of the office first.
const WAIT: SignedDuration = SignedDuration::from_mins(31);
const TWO_DAYS: SignedDuration = SignedDuration::from_hours(48);

async fn start(store: Store, clock: &Clock) -> Runtime {
    let keys = Keys::new([7; 32]);
    let started = Runtime::start(store, keys, library(), clock.clone()).await;
    started.unwrap()
}

/// Whether the wait of a case is over: then there is a task.
async fn waited(runtime: &Runtime, case: u64) -> bool {
    let seen = runtime.case(case).await.unwrap().unwrap();
    seen.case.open_tasks().next().is_some()
}

/// Returns once the timers have moved a case.
async fn moves(runtime: &Runtime, case: u64) {
    let mut committed = runtime.committed();
    while !waited(runtime, case).await {
        committed.changed().await.unwrap();
    }
}

async fn leaps(runtime: &Runtime) {
    while runtime.store().open_leap().await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
}

#[test]
fn g022_a_clock_that_leaps_decides_nothing_until_it_is_confirmed() {
    check(async |store, url| {
        let clock = Clock::real();
        // A Monday morning.
        let day = start_of_day().duration_since(clock.now());
        clock.set_wrong(day);
        let runtime = start(store, &clock).await;
        let opened = async || runtime.submit(open_timed("tick")).await.unwrap().seen.id;
        // Half an hour is no leap.
        let first = opened().await;
        clock.set_wrong(day + WAIT);
        moves(&runtime, first).await;
        let second = opened().await;
        clock.set_wrong(day + WAIT + TWO_DAYS);
        leaps(&runtime).await;
        let leap = runtime.store().open_leap().await.unwrap().unwrap();
        assert!(leap.seen - leap.expected > 47 * 3_600_000, "{leap:?}");
        assert!(!waited(&runtime, second).await);
        runtime.shutdown().await.unwrap();

        // A new start is no word of an administrator.
        let runtime = start(Store::open(url).await.unwrap(), &clock).await;
        assert!(!waited(&runtime, second).await);
        let beside = Accounts::open(url).await.unwrap();
        assert_eq!(beside.confirm_leap("admin", 1).await.unwrap(), 1);
        moves(&runtime, second).await;
        assert_eq!(beside.open_leap().await.unwrap(), None);

        // Going back fires nothing again.
        let version = runtime.case(second).await.unwrap().unwrap().version();
        clock.set_wrong(day);
        let third = runtime.submit(open_timed("tick")).await.unwrap().seen.id;
        clock.set_wrong(day + WAIT);
        moves(&runtime, third).await;
        assert_eq!(
            runtime.case(second).await.unwrap().unwrap().version(),
            version
        );
        runtime.shutdown().await.unwrap();
    });
}

/// The command line says so beside a server, and takes the word of an administrator alone.
#[test]
fn g022_an_administrator_confirms_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let code = |arguments: &[&str]| onenet(folder, arguments, PASSWORD).status.code();
    let add = |user, post| code(&["user", "add", user, "--name", "兰", "--post", post]);
    assert_eq!(add("lan", "中山/si/handler"), Some(0));
    assert_eq!(add("root", "中山/hrss/system-admin"), Some(0));
    assert_eq!(code(&["doctor"]), Some(0));
    run(async {
        let url = format!("sqlite:{}", folder.join("data/onenet.db").display());
        let store = Store::open(&url).await.unwrap();
        let (seen, expected) = (1_795_000_000_000, 1_790_000_000_000);
        store.note_leap(LeapRow { seen, expected }).await.unwrap();
        store.close().await.unwrap();
    });
    assert_eq!(code(&["doctor"]), Some(3));
    assert_eq!(code(&["clock", "confirm", "--user", "lan"]), Some(5));
    let said = onenet(folder, &["--lang", "en", "clock"], "");
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("leapt to 2026-11-18 19:06:40"), "{said}");
    assert_eq!(code(&["clock", "confirm", "--user", "root"]), Some(0));
    assert_eq!(code(&["doctor"]), Some(0));
}
