//! The program from outside, one file per face; one binary for all of them.

#![allow(missing_docs, clippy::unwrap_used)]

mod agree;
mod alone;
mod api;
mod authoring;
mod backlog;
mod board;
mod browser;
mod cities;
mod cli;
mod demo;
mod exchange;
mod feed;
mod forms;
mod kill;
mod leap;
mod nodes;
mod places;
mod receipts;
mod runtime;
mod store;
mod tidy;
mod unique;
mod verify;
mod workflows;

/// Runs `test` on an empty database of each kind; what it prints says which one failed.
fn each(test: impl AsyncFn(places::Place)) {
    places::run(async {
        for place in places::places().await {
            println!("on {}", place.url);
            test(place).await;
        }
    });
}

/// Runs `test` on an empty store of each kind.
fn check(test: impl AsyncFn(onenet::store::Store, &str)) {
    each(async |place| {
        let store = onenet::store::Store::open(&place.url).await.unwrap();
        test(store, &place.url).await;
    });
}
