//! How busy platforms are and how late their events come: what pages, the API and watchers show of the last hour and day.

mod late;
mod rate;

use std::time::Duration;

use keshi_log::Log;
use keshi_store::Store;
use tokio_util::sync::CancellationToken;

use crate::pages::now;

pub(crate) use late::{Late, SAMPLE, lateness};
pub(crate) use rate::{Rates, Slot};

/// How often somebody counts.
const EVERY: Duration = Duration::from_secs(60);
/// Counts are kept for so many minutes: a day, and the quarter of an hour in which it began.
const KEPT_MINUTES: i64 = 24 * 60 + 15;

/// Counts what the log holds of each platform once a minute, until `stop`. Where several consoles run, one line a minute stands.
pub(crate) async fn count(store: &Store, log: &Log, stop: &CancellationToken) {
    loop {
        if let Err(error) = count_once(store, log).await {
            // A gap in a chart: what came meanwhile is told as an average over it.
            tracing::warn!(%error, "the log was not counted this minute");
        }
        // Soon after each whole minute, so that a chart's minutes are those of the clock.
        let into = Duration::from_millis(now().0.rem_euclid(60_000).unsigned_abs());
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY.saturating_sub(into)) => {}
        }
    }
}

/// Why the log was not counted.
#[derive(Debug, thiserror::Error)]
enum Uncounted {
    #[error(transparent)]
    Log(#[from] keshi_log::LogError),
    #[error(transparent)]
    Store(#[from] keshi_store::StoreError),
}

async fn count_once(store: &Store, log: &Log) -> Result<(), Uncounted> {
    let heard = log.heard().await?;
    let at_ms = now().0;
    let whole = heard.values().sum::<u64>();
    let mut messages: Vec<(String, i64)> =
        heard.into_iter().map(|(platform, count)| (platform, count as i64)).collect();
    messages.push((String::new(), whole as i64));
    Ok(store.add_pulse(at_ms, &messages, at_ms.div_euclid(60_000) - KEPT_MINUTES).await?)
}
