//! How the service does: how far it is behind, what was signed and verified.

use axum::Json;
use axum::extract::State;
use keshi_events::Millis;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Answer;
use crate::app::App;
use crate::fault::Problem;
use crate::probe::Lag;

/// How the service does.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Null when the log does not answer; so is the lag.
    log_last_sequence: Option<u64>,
    lag_messages: Option<i64>,
    /// For how long the last message of a partition has waited, the longest of all.
    lag_seconds: Option<i64>,
    projected_to: i64,
    register_number: i64,
    folded_register: i64,
    facts_waiting: i64,
    events_accepted_about: i64,
    events_rejected: i64,
    trainees: i64,
    completions: i64,
    database_bytes: i64,
    /// Batches of projectors since the database was made, and how long their transactions took together.
    batches: u64,
    batches_ms: u64,
    /// The last signed checkpoint; null before the first.
    checkpoint: Option<SignedCheckpoint>,
    verification: Verified,
}

/// A signed checkpoint.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedCheckpoint {
    number: i64,
    /// What was signed, a JSON text.
    statement: String,
    /// The public key (Ed25519).
    key: String,
    signature: String,
}

/// What continuous verification has seen.
#[derive(Serialize, ToSchema)]
pub(crate) struct Verified {
    trainees: i64,
    entries: i64,
    differences: i64,
    last_at: Option<String>,
    last_difference: Option<String>,
}

/// 运行状况 / how the service does
#[utoipa::path(get, path = "/api/v1/health", responses((status = 200, body = Health), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn health(State(app): State<App>) -> Answer<Health> {
    let last =
        app.log.identity().await.map_err(|error| tracing::warn!(%error, "the log does not answer")).ok();
    let lag = Lag::of(&app).await.map_err(|error| tracing::warn!(error, "the lag is not known")).ok();
    let (vitals, time) = (app.store.vitals().await?, app.store.batch_time().await?);
    let verification = app.store.verification().await?;
    let signed = app.store.last_signed().await?;
    Ok(Json(Health {
        log_last_sequence: last.map(|log| log.last_seq),
        lag_messages: lag.as_ref().map(|lag| lag.messages),
        lag_seconds: lag.as_ref().map(|lag| lag.seconds),
        projected_to: vitals.projected_most,
        register_number: vitals.register_number,
        folded_register: vitals.folded_register,
        facts_waiting: vitals.facts_waiting,
        events_accepted_about: vitals.events_about,
        events_rejected: vitals.rejected,
        trainees: vitals.trainees,
        completions: vitals.completions,
        database_bytes: vitals.database_bytes,
        batches: time.batches.iter().sum(),
        batches_ms: time.micros / 1000,
        checkpoint: signed.map(|(number, signed)| SignedCheckpoint {
            number,
            statement: signed.statement,
            key: signed.key,
            signature: signed.signature,
        }),
        verification: Verified {
            trainees: verification.trainees,
            entries: verification.entries,
            differences: verification.differences,
            last_at: verification.verified_at_ms.map(|at| Millis(at).to_beijing()),
            last_difference: verification.last_difference,
        },
    }))
}
