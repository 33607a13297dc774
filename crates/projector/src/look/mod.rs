//! A look: what the attendance checks say of each trail, and of people beside each other.
//!
//! It stands beside the projector's path: events are projected whether anybody looks or not. Money is different: each step that
//! moves it forward looks first at those of whom something new is known.
//!
//! Three steps, each of which reads what the one before has written, so that a look that was interrupted is gone on with by the
//! next one. *Examine*: trainees whose trail grew, one trail in memory at a time; what changed of their traces marks keys.
//! *Compare*: the marked keys, a few in memory at a time. *Settle*: findings of the suspicions that changed, a page at a time.

mod compare;
mod examine;
mod suspicion;
mod whole;

use std::time::Duration;

use keshi_integrity::{Rules, law};
use keshi_record::Constants;
use keshi_store::Store;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::error::ProjectorError;
use crate::registry;

/// Whom a look examines anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Everybody whose trail grew.
    Changed,
    /// Those for whom it doubled, and once a day the others: each event is then judged a bounded number of times, however long
    /// its trainee's history.
    MuchChanged,
}

/// What a look did.
#[derive(Debug, Default)]
pub struct Looked {
    /// Findings that stand now.
    pub found: u64,
    /// Findings that did not stand before.
    pub new: u64,
    /// Trainees who were examined anew.
    pub examined: usize,
    /// Their events.
    pub events: usize,
    /// Devices, addresses, quizzes, courses and rhythms that were judged anew.
    pub compared: usize,
}

/// Examines those of whom something new is known, out of the trail, compares them with whoever they meet and makes those findings
/// anew that this changes. Run again without new events it changes nothing; whenever looks happen, the findings are those that
/// one look over everything gives.
///
/// # Errors
/// When the database fails, or the trail or registry cannot be read.
pub async fn look(store: &Store, rules: &Rules, whom: Whom) -> Result<Looked, ProjectorError> {
    let constants = Constants::default();
    let (_, catalogue) = registry::load(store).await?;
    let law = law(&constants, &catalogue, rules);
    let mut looked = Looked::default();
    store.compare_under(&law).await?;
    examine::all(store, (&constants, &catalogue, rules), &law, whom, &mut looked).await?;
    loop {
        compare::all(store, rules, &mut looked).await?;
        // Another look may have marked keys in between.
        if whole::settle(store, rules, &mut looked).await? {
            return Ok(looked);
        }
    }
}

/// Looks when one of these claims' trainees has events that nobody looked at yet: the money does not go forward on these.
///
/// # Errors
/// As [`look`].
pub async fn look_if_behind(store: &Store, rules: &Rules, claims: &[Uuid]) -> Result<(), ProjectorError> {
    if !store.unexamined(claims).await?.is_empty() {
        look(store, rules, Whom::Changed).await?;
    }
    Ok(())
}

/// Looks when something new was projected, every five minutes at most, until told to stop.
pub async fn keep_looking(store: &Store, rules: &Rules, stop: &CancellationToken) {
    const EVERY: Duration = Duration::from_secs(5 * 60);
    let mut seen = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        match store.projected_to().await {
            Ok(projected) if projected == seen => {}
            Ok(projected) => match look(store, rules, Whom::MuchChanged).await {
                Ok(Looked { found, new, examined, compared, .. }) => {
                    seen = projected;
                    tracing::info!(
                        found,
                        new,
                        examined,
                        compared,
                        "looked over all records / 已检查全部记录"
                    );
                }
                Err(error) => tracing::warn!(%error, "the records cannot be looked over; trying again later"),
            },
            Err(error) => tracing::warn!(%error, "the database cannot be read"),
        }
    }
}
