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

/// A message that waits longer than this makes the service unready, in messages.
pub(crate) const MOST_LAG: i64 = 100_000;
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
    let vitals = app.store.vitals().await.map_err(|error| format!("database: {error}"))?;
    let last = app.log.identity().await.map_err(|error| format!("log: {error}"))?.last_seq as i64;
    let lag = last - vitals.projected_most;
    if lag > MOST_LAG {
        return Err(format!("lag: {lag} messages wait to be projected"));
    }
    Ok(())
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
        let lag = (last as i64 - vitals.projected_most).max(0);
        figure("keshi_projection_lag_messages", "gauge", "Messages that wait to be projected.", &one(lag));
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
