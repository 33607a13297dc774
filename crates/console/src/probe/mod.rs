//! For watchers: alive, ready, and figures in the format of Prometheus.

mod metrics;

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use tokio::time::timeout;

use crate::app::App;
use crate::pages::now;

pub(crate) use metrics::metrics;

/// A message that waits longer than this makes the service unready, in messages.
pub(crate) const MOST_LAG: i64 = 100_000;
/// A partition whose last message waits longer than this makes the service unready, in seconds.
const MOST_LAG_S: i64 = 120;
const PATIENCE: Duration = Duration::from_secs(3);

/// The process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Log, database and lag in order.
pub(crate) async fn ready(State(app): State<App>) -> impl IntoResponse {
    match timeout(PATIENCE, check(&app)).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n".to_owned()),
        Ok(Err(why)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "no answer within 3 s\n".to_owned()),
    }
}

async fn check(app: &App) -> Result<(), String> {
    let lag = Lag::of(app).await?;
    if lag.messages > MOST_LAG {
        return Err(format!("lag: {} messages wait to be projected", lag.messages));
    }
    if lag.seconds > MOST_LAG_S {
        let behind: Vec<String> = lag.behind.iter().map(u16::to_string).collect();
        let behind = behind.join(", ");
        return Err(format!(
            "lag: what was received {} s ago is not projected, in partitions {behind}",
            lag.seconds
        ));
    }
    Ok(())
}

/// How far the projection is behind the log, over all partitions.
pub(crate) struct Lag {
    /// Messages behind the greatest projected sequence.
    pub(crate) messages: i64,
    /// For how long the last message of a partition has waited, s: the longest of all.
    pub(crate) seconds: i64,
    /// The partitions whose last message waits.
    pub(crate) behind: Vec<u16>,
}

impl Lag {
    pub(crate) async fn of(app: &App) -> Result<Lag, String> {
        let positions = app.store.positions().await.map_err(|error| format!("database: {error}"))?;
        let log = |error: keshi_log::LogError| format!("log: {error}");
        let last = app.log.identity().await.map_err(log)?.last_seq as i64;
        let most = positions.iter().map(|(_, seq)| *seq).max().unwrap_or(0);
        let mut lag = Lag { messages: (last - most).max(0), seconds: 0, behind: Vec::new() };
        let now = now().0;
        for (partition, seq) in positions {
            let waits = app.log.last_of(partition).await.map_err(log)?;
            if waits as i64 <= seq {
                continue;
            }
            let received =
                app.log.message(waits).await.map_err(log)?.map_or(now, |message| message.received_at.0);
            lag.seconds = lag.seconds.max((now - received).max(0) / 1000);
            lag.behind.push(partition);
        }
        Ok(lag)
    }
}
