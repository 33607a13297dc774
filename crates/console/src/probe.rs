//! For watchers: alive, ready, and figures in the format of Prometheus.

use std::fmt::Write;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use keshi_account::Scope;
use tokio::time::timeout;

use crate::app::App;
use crate::fault::Fault;
use crate::pages::now;

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

/// Figures with their units in their names.
pub(crate) async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, Fault> {
    let vitals = app.store.vitals().await?;
    let last = timeout(PATIENCE, app.log.identity()).await.map(|found| found.map(|found| found.last_seq));
    let mut text = String::with_capacity(4096);
    let mut figure = |name: &str, kind: &str, help: &str, lines: &[(String, i64)]| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in lines {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let one = |value: i64| vec![(String::new(), value)];
    figure(
        "keshi_events_accepted",
        "gauge",
        "Distinct accepted events in the trail, about.",
        &one(vitals.events_about),
    );
    figure("keshi_events_rejected_total", "counter", "Events that could not be used.", &one(vitals.rejected));
    let codes: Vec<(String, i64)> = app
        .store
        .rejection_counts(None)
        .await?
        .into_iter()
        .map(|row| {
            let platform = label(row.platform.as_deref().unwrap_or_default());
            (format!("{{platform=\"{platform}\",code=\"{}\"}}", label(&row.code)), row.count)
        })
        .collect();
    figure(
        "keshi_events_rejected_by_code_total",
        "counter",
        "Events that could not be used, by platform and code.",
        &codes,
    );
    if let Ok(Ok(last)) = last {
        figure("keshi_log_last_sequence", "counter", "The last message of the log.", &one(last as i64));
    }
    if let Ok(Ok(lag)) = timeout(PATIENCE, Lag::of(&app)).await {
        figure(
            "keshi_projection_lag_messages",
            "gauge",
            "Messages that wait to be projected.",
            &one(lag.messages),
        );
        figure(
            "keshi_projection_lag_seconds",
            "gauge",
            "For how long the last message of a partition has waited, the longest of all partitions.",
            &one(lag.seconds),
        );
        figure(
            "keshi_projection_partitions_behind",
            "gauge",
            "Partitions whose last message waits.",
            &one(lag.behind.len() as i64),
        );
    }
    if let Ok(Ok(heard)) = timeout(PATIENCE, app.log.heard()).await {
        let heard: Vec<_> = heard
            .into_iter()
            .map(|(platform, count)| (format!("{{platform=\"{}\"}}", label(&platform)), count as i64))
            .collect();
        figure("keshi_events_received_total", "counter", "Messages in the log, by platform.", &heard);
    }
    let verification = app.store.verification().await?;
    figure(
        "keshi_verification_trainees_total",
        "counter",
        "Trainees verified against the log.",
        &one(verification.trainees),
    );
    figure(
        "keshi_verification_entries_total",
        "counter",
        "Entries of the trail verified against the log.",
        &one(verification.entries),
    );
    figure(
        "keshi_verification_differences_total",
        "counter",
        "Differences that verification found.",
        &one(verification.differences),
    );
    if let Some(at) = verification.verified_at_ms {
        figure(
            "keshi_verification_last_timestamp_seconds",
            "gauge",
            "When something was verified last, seconds since the epoch.",
            &one(at.div_euclid(1000)),
        );
    }
    if let Some((number, _)) = app.store.last_signed().await? {
        figure("keshi_checkpoint_number", "counter", "The last signed checkpoint.", &one(number));
    }
    figure(
        "keshi_projection_sequence",
        "counter",
        "The greatest sequence that is projected.",
        &one(vitals.projected_most),
    );
    figure("keshi_register_number", "counter", "The register's number.", &one(vitals.register_number));
    figure(
        "keshi_register_lag_entries",
        "gauge",
        "Register entries that some partition has not folded.",
        &one((vitals.register_number - vitals.folded_register).max(0)),
    );
    figure("keshi_facts_waiting", "gauge", "Facts that wait to be published.", &one(vitals.facts_waiting));
    figure(
        "keshi_facts_oldest_seconds",
        "gauge",
        "Age of the oldest of them.",
        &one(vitals.oldest_fact_seconds),
    );
    figure("keshi_trainees", "gauge", "Trainees with a record.", &one(vitals.trainees));
    figure("keshi_completions", "gauge", "Completed courses.", &one(vitals.completions));
    figure("keshi_database_bytes", "gauge", "Size of the database.", &one(vitals.database_bytes));
    let flags: Vec<_> = app
        .store
        .flag_counts()
        .await?
        .into_iter()
        .map(|(level, n)| (format!("{{level=\"{}\"}}", label(&level)), n))
        .collect();
    figure("keshi_flags", "gauge", "Flags that stand, by level.", &flags);
    let claims = app.store.claim_totals_within(&Scope::All).await?;
    let claims: Vec<_> =
        claims.into_iter().map(|row| (format!("{{state=\"{}\"}}", label(&row.state)), row.claims)).collect();
    figure("keshi_claims", "gauge", "Claims, by state.", &claims);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}

fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
