//! Batches of claims: who may make one, and what of its people whoever reads it may see.

use std::collections::HashMap;

use chrono::NaiveDate;
use keshi_account::{Actor, Role};
use keshi_policy::Scheme;
use keshi_store::{NewRoster, PersonRow, RevealError, RosterLine, RosterRow, Store, StoreError};
use uuid::Uuid;

/// Which claims a batch is to hold.
#[derive(Clone, Debug)]
pub struct RosterOrder {
    /// Of which scheme.
    pub scheme: Scheme,
    /// Of which provider.
    pub provider: String,
    /// Of which payer district.
    pub district: String,
    /// First day of completions.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

/// Why no batch was made, or not shown.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// Another district's or provider's.
    #[error("S106: the batch is not of your district or provider / 该批次不属于您的辖区或单位")]
    NotYours,
    /// Nothing is left for it.
    #[error("S116: no claim is left to put into such a batch / 没有可编入的申请")]
    Empty,
    /// Personal data is not shown.
    #[error(transparent)]
    Reveal(#[from] RevealError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a batch under this id, and says how many claims it holds: those that are reviewed or further and stand in no batch yet.
///
/// # Errors
/// [`RosterError`]; then no batch was made.
pub async fn make_roster(
    store: &Store,
    actor: &Actor,
    roster: Uuid,
    order: RosterOrder,
) -> Result<u64, RosterError> {
    let is_own_district = actor.scope().district().is_none_or(|own| own == order.district);
    let is_own = match actor.role() {
        Role::City => true,
        Role::Finance | Role::District => is_own_district,
        Role::Provider => actor.scope().provider() == Some(order.provider.as_str()),
        Role::Auditor | Role::Admin => false,
    };
    if !is_own {
        return Err(RosterError::NotYours);
    }
    let new = NewRoster {
        roster,
        scheme: order.scheme.as_str().to_owned(),
        provider: order.provider,
        district: order.district,
        from_day: order.from,
        to_day: order.to,
        who: actor.name().to_owned(),
    };
    match store.make_roster(&new).await? {
        0 => Err(RosterError::Empty),
        claims => Ok(claims),
    }
}

/// The lines of a batch with its people masked.
///
/// # Errors
/// When the database fails.
pub async fn masked_lines(store: &Store, batch: &RosterRow) -> Result<Vec<RosterLine>, StoreError> {
    masked_page(store, batch, 0, None).await
}

/// So many lines of a batch after a place, with its people masked.
///
/// # Errors
/// When the database fails.
pub async fn masked_page(
    store: &Store,
    batch: &RosterRow,
    after: i64,
    limit: Option<i64>,
) -> Result<Vec<RosterLine>, StoreError> {
    let mut lines = store.roster_lines(batch.roster, after, limit).await?;
    let trainees: Vec<String> = lines.iter().map(|line| line.trainee.clone()).collect();
    let people = store.masked(&trainees).await?;
    for line in &mut lines {
        let Some(person) = people.get(&line.trainee) else { continue };
        (line.name, line.id_number, line.phone) =
            (person.name.clone(), person.id_number.clone(), person.phone.clone());
    }
    Ok(lines)
}

/// The lines of a batch with whole names and numbers, for somebody with the right; each person's look is in the audit log.
///
/// # Errors
/// [`RosterError::Reveal`]; then nothing is shown.
pub async fn whole_lines(
    store: &Store,
    batch: &RosterRow,
    actor: &Actor,
    why: &str,
    address: Option<&str>,
) -> Result<Vec<RosterLine>, RosterError> {
    let mut lines = store.roster_lines(batch.roster, 0, None).await?;
    let trainees: Vec<String> = lines.iter().map(|line| line.trainee.clone()).collect();
    let people = store.reveal(actor, why, address, &trainees).await?;
    let people: HashMap<String, PersonRow> =
        people.into_iter().map(|person| (person.trainee.clone(), person)).collect();
    for line in &mut lines {
        let Some(person) = people.get(&line.trainee) else { continue };
        (line.name, line.id_number, line.phone) =
            (person.name.clone(), person.id_number.clone(), person.phone.clone());
    }
    Ok(lines)
}
