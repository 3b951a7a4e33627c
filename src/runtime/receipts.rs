//! Repetitions: a key that was handled gets its first answer again, made anew from the history as it then was; and what is forgotten.

use super::Clock;
use super::bell;
use super::held::Loader;
use super::request::{Answer, Refused, Request};
use super::turn::unloaded;
use crate::store::{ReceiptRow, Store, StoreError};
use std::time::Duration;

/// How often expired receipts are looked for.
const HOURLY: Duration = Duration::from_secs(60 * 60);

/// Forgets receipts that have expired, files nobody claimed and old messages of the bell, every hour, for ever. The first time is at
/// start-up.
pub(super) async fn forget(loader: Loader, clock: Clock) {
    loop {
        let network = &loader.definitions.library().network;
        if let Err(error) = bell::forget(&loader.store, network, clock.now()).await {
            tracing::warn!(%error, "old messages stay for another hour");
        }
        tokio::time::sleep(HOURLY).await;
        if let Err(error) = forget_expired(&loader.store, &clock).await {
            tracing::warn!(%error, "what has expired stays for another hour");
        }
    }
}

/// Forgets what has expired.
pub(super) async fn forget_expired(store: &Store, clock: &Clock) -> Result<(), StoreError> {
    let now = clock.now().as_millisecond();
    store.forget_receipts(now).await?;
    store.forget_uploads(now).await
}

/// The first answer to this request, if its key has a receipt.
pub(super) async fn replay(
    loader: &Loader,
    request: &Request,
) -> Result<Option<Result<Answer, Refused>>, Refused> {
    let Some(key) = &request.key else {
        return Ok(None);
    };
    let case_id = key.place(&request.target);
    let receipt = loader.store.receipt(case_id, &key.caller, &key.key).await?;
    let Some(receipt) = receipt else {
        return Ok(None);
    };
    if receipt.body_hash != key.body {
        return Ok(Some(Err(Refused::KeyReused)));
    }
    answer(loader, &receipt)
        .await
        .map(|answer| Some(Ok(answer)))
}

async fn answer(loader: &Loader, receipt: &ReceiptRow) -> Result<Answer, Refused> {
    let damaged = || Refused::Damaged("receipt".to_owned());
    let (case, version) = receipt.answer.split_once(' ').ok_or_else(damaged)?;
    let case: u64 = case.parse().map_err(|_| damaged())?;
    let version: i64 = version.parse().map_err(|_| damaged())?;
    let row = loader
        .store
        .case(case.cast_signed())
        .await?
        .ok_or_else(damaged)?;
    let mut events = loader.store.events(row.id, 0).await?;
    events.retain(|event| event.seq <= version);
    let held = loader.fold(row, &events).await?.map_err(unloaded)?;
    Ok(Answer {
        seen: held.seen(),
        replayed: true,
    })
}
