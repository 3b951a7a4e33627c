//! Keys of requests are remembered as long as they must be, and no longer.

use super::check;
use super::runtime::{library, open, start_of_day, with_key};
use jiff::SignedDuration;
use onenet::runtime::{Clock, Keys, Refused, Runtime};
use onenet::store::Store;

async fn start(url: &str, days: i64) -> Runtime {
    let now = start_of_day() + SignedDuration::from_hours(24 * days);
    let store = Store::open(url).await.unwrap();
    let runtime = Runtime::start(store, Keys::new([7; 32]), library(), Clock::sandbox(now));
    runtime.await.unwrap()
}

/// G3: keys live at least seven days; afterwards they take no room.
#[test]
fn g3_a_key_is_free_again_after_its_days() {
    check(async |store, url| {
        store.close().await.unwrap();
        let runtime = start(url, 0).await;
        runtime.submit(with_key(open(), "k1", b"a")).await.unwrap();
        runtime.shutdown().await.unwrap();

        let runtime = start(url, 6).await;
        let other = runtime.submit(with_key(open(), "k1", b"b")).await;
        assert!(matches!(other, Err(Refused::KeyReused)), "{other:?}");
        runtime.shutdown().await.unwrap();

        let runtime = start(url, 8).await;
        let other = runtime.submit(with_key(open(), "k1", b"b")).await.unwrap();
        assert!(!other.replayed);
        runtime.shutdown().await.unwrap();
    });
}
