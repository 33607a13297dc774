//! How long batches take to be written: measured here, and told to the database now and then, where watchers find it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use keshi_store::{BATCH_BOUNDS_MS, BatchTime, Store};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How often it is told.
const EVERY: Duration = Duration::from_secs(5);
/// How long the database may take to hear it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What this process measured and has not told yet.
static UNTOLD: Mutex<BatchTime> = Mutex::new(BatchTime::NONE);

/// One batch was written, from its transaction's beginning to its commit.
pub(crate) fn measured(took: Duration) {
    let place = BATCH_BOUNDS_MS.iter().position(|bound| took <= Duration::from_millis(*bound));
    let mut untold = UNTOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(batches) = untold.batches.get_mut(place.unwrap_or(BATCH_BOUNDS_MS.len())) {
        *batches += 1;
    }
    untold.micros += took.as_micros() as u64;
}

/// Tells it until `stop`, and once more then.
pub(crate) async fn tell(store: &Store, stop: &CancellationToken) {
    loop {
        let ends = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(EVERY) => false,
        };
        let told = std::mem::take(&mut *UNTOLD.lock().unwrap_or_else(PoisonError::into_inner));
        if told != BatchTime::NONE && !is_told(store, &told).await {
            UNTOLD.lock().unwrap_or_else(PoisonError::into_inner).add(&told);
        }
        if ends {
            return;
        }
    }
}

/// A figure for watchers: where the database is away it waits for the next turn, and holds nothing up.
async fn is_told(store: &Store, told: &BatchTime) -> bool {
    match timeout(PATIENCE, store.add_batch_time(told)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::debug!(%error, "how long batches took is told later");
            false
        }
        Err(_) => false,
    }
}
