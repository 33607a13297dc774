//! Holds: marks beside a claim's state that stop every step forward until they are released with a reason.

use keshi_account::Actor;
use keshi_policy::Role;
use keshi_store::{ClaimNow, Mark, Store};
use uuid::Uuid;

use crate::error::StepError;
use crate::steps::in_scope;

/// Sets a hold: no step forward until it is released.
///
/// # Errors
/// [`StepError`]; then nothing has changed.
pub async fn hold(store: &Store, claim: Uuid, actor: &Actor, why: &str) -> Result<(), StepError> {
    let role = actor.role().in_claims().map_or("", Role::as_str);
    let mark = Mark {
        key: format!("official/{role}/{}", actor.name()),
        held: true,
        who: actor.name().to_owned(),
        why: why.to_owned(),
    };
    marks(store, claim, actor, why, |_| Ok(vec![mark])).await
}

/// Releases every hold that stands, those of attendance flags and of adjustments too. What the city set is the city's to release.
///
/// # Errors
/// [`StepError`]; then nothing has changed.
pub async fn release(store: &Store, claim: Uuid, actor: &Actor, why: &str) -> Result<(), StepError> {
    marks(store, claim, actor, why, |now| {
        if now.holds.is_empty() {
            return Err(StepError::NotHeld(claim));
        }
        let mark = |key: &String| Mark {
            key: key.clone(),
            held: false,
            who: actor.name().to_owned(),
            why: why.to_owned(),
        };
        let of_city = |key: &&String| key.starts_with("official/city/");
        let is_city = actor.role().in_claims() == Some(Role::City);
        let mine: Vec<Mark> = now.holds.iter().filter(|key| is_city || !of_city(key)).map(mark).collect();
        if mine.is_empty() { Err(StepError::HeldByCity(claim)) } else { Ok(mine) }
    })
    .await
}

async fn marks(
    store: &Store,
    claim: Uuid,
    actor: &Actor,
    why: &str,
    decide: impl FnOnce(&ClaimNow) -> Result<Vec<Mark>, StepError>,
) -> Result<(), StepError> {
    let role = actor.role().in_claims().filter(|role| matches!(role, Role::District | Role::City));
    let Some(role) = role else { return Err(StepError::NotYours) };
    if why.trim().is_empty() {
        return Err(StepError::NoReason);
    }
    let found = store
        .mark_claim(claim, |now| {
            in_scope(now, actor, role)?;
            decide(now)
        })
        .await?;
    found.map(|_| ()).ok_or(StepError::NoClaim(claim))
}
