//! What can be done with a claim now, by whom, and why not by others: the table, asked before anybody presses a button.

use keshi_account::Actor;
use keshi_events::Millis;
use keshi_policy::{ClaimState, Pack, Role, Step, steps_from};
use keshi_store::ClaimNow;

use crate::error::StepError;
use crate::steps::{Order, decide, state_of};

/// A step that the table has from the claim's state.
#[derive(Debug)]
pub struct Possible {
    /// Which.
    pub step: Step,
    /// Whose it is.
    pub role: Role,
    /// Where it leads, or why this actor cannot take it now. A reason, where one is needed, is still to be given; and what
    /// was registered since the draft is looked at when the step is taken.
    pub outcome: Result<ClaimState, StepError>,
}

/// All steps from where a claim stands, as they are for one actor at one moment.
///
/// # Errors
/// [`StepError::UnknownState`]
pub fn possible(
    packs: &[Pack],
    now: &ClaimNow,
    actor: &Actor,
    at: Millis,
) -> Result<Vec<Possible>, StepError> {
    let ask = |(step, role)| {
        let order = Order { actor, step, why: "?", amount: None, now: at };
        Possible { step, role, outcome: decide(packs, now, order).map(|(_, to)| to) }
    };
    Ok(steps_from(state_of(now)?).map(ask).collect())
}
