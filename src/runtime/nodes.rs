//! Several nodes on one database: what one commits wakes at once those who wait for news at another, as the readers of the feed.
//! Nothing depends on it: whoever has work looks by himself every few seconds too.

use super::writer::Signals;
use crate::store::Store;
use std::time::Duration;

/// A node calls out so often at most: a call locks all commits of the database for a moment.
const PAUSE: Duration = Duration::from_millis(100);
/// After so long a node that has lost the database listens again.
const AGAIN: Duration = Duration::from_secs(5);

/// Calls out what this node commits.
pub(super) async fn call(store: Store, signals: Signals) {
    let mut wrote = signals.wrote.subscribe();
    while wrote.changed().await.is_ok() {
        if let Err(error) = store.call_out().await {
            tracing::debug!(%error, "other nodes were not told of a commit");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Hears what other nodes commit.
pub(super) async fn listen(store: Store, signals: Signals) {
    loop {
        match store.listen().await {
            Ok(None) => return,
            Ok(Some(mut listener)) => {
                while listener.heard().await.is_ok() {
                    signals.committed.send_modify(|count| *count += 1);
                }
            }
            Err(error) => tracing::debug!(%error, "other nodes cannot be heard"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}
