//! VT-1, step 2 and the presence part of step 5: what is known of a session.

use keshi_events::{EventId, Millis};
use serde::{Deserialize, Serialize};

use crate::constants::Constants;

/// The opening of a session: the `session.opened` with the smallest (time, id).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The platform's server clock.
    pub time: Millis,
    /// The event.
    pub id: EventId,
    /// Its stream sequence.
    pub seq: u64,
    /// When the stream received it.
    pub received_at: Millis,
    /// The person's identity was proven.
    pub verified: bool,
    /// What to add to the session's device times, ms.
    pub offset_ms: i64,
}

impl Opening {
    /// Received soon enough to show that the session was opened online.
    pub fn online(&self, constants: &Constants) -> bool {
        self.received_at - self.time <= constants.late_free_ms
    }

    /// The moment from which the session claims the trainee's clock (step 6).
    pub fn claim(&self, constants: &Constants) -> Millis {
        if self.online(constants) { self.time } else { self.received_at }
    }
}

/// Wall time lost to a presence check: from the prompt until the next believed answer, or for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// From here on.
    pub from: Millis,
    /// Until here; none when no believed answer followed.
    pub until: Option<Millis>,
}

/// What step 5 needs of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its opening, when there is one (yet).
    pub opening: Option<Opening>,
    /// The smallest time of its `session.closed`.
    pub close: Option<Millis>,
    /// What presence checks take.
    pub losses: Vec<Loss>,
    /// The latest believed answer to a presence check.
    pub last_answer: Option<Millis>,
    /// A stretch or a presence check names it, so that another opening would change more than the session.
    pub used: bool,
}

/// A presence check, corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) prompted_at: Millis,
    /// The answer of a passed check.
    pub(crate) passed_at: Option<Millis>,
    pub(crate) received_at: Millis,
}

impl Session {
    /// What to add to device times of this session, ms.
    pub fn offset_ms(&self) -> i64 {
        self.opening.as_ref().map_or(0, |opening| opening.offset_ms)
    }

    /// Whether the session was opened online.
    pub fn online(&self, constants: &Constants) -> bool {
        self.opening.as_ref().is_some_and(|opening| opening.online(constants))
    }

    /// The answer of a passed check, when it is believed.
    pub(crate) fn believed(&self, check: Check, constants: &Constants) -> Option<Millis> {
        let answer = check.passed_at?;
        let late = check.received_at - answer;
        let believed =
            late <= constants.late_free_ms || (self.online(constants) && late <= constants.late_max_ms);
        believed.then_some(answer)
    }

    /// Whether a check takes nothing: passed, believed and in time.
    pub(crate) fn in_grace(&self, check: Check, constants: &Constants) -> bool {
        self.believed(check, constants)
            .is_some_and(|answer| answer - check.prompted_at <= constants.presence_grace_ms)
    }

    /// Takes all checks of the session at once.
    pub(crate) fn check_presence(&mut self, checks: &[Check], constants: &Constants) {
        self.losses = self.losses_of(checks, constants);
        self.last_answer = checks.iter().filter_map(|check| self.believed(*check, constants)).max();
    }

    /// What all checks of the session take.
    fn losses_of(&self, checks: &[Check], constants: &Constants) -> Vec<Loss> {
        let mut answers: Vec<Millis> =
            checks.iter().filter_map(|check| self.believed(*check, constants)).collect();
        answers.sort_unstable();
        let mut losses: Vec<Loss> = checks
            .iter()
            .filter(|check| !self.in_grace(**check, constants))
            .map(|check| Loss {
                from: check.prompted_at,
                until: answers.get(answers.partition_point(|answer| *answer < check.prompted_at)).copied(),
            })
            .collect();
        losses.sort_unstable_by_key(|loss| (loss.from, loss.until));
        losses.dedup();
        losses
    }

    /// Whether a moment is lost to a presence check.
    pub(crate) fn lost(&self, at: Millis) -> bool {
        self.losses.iter().any(|loss| loss.from <= at && loss.until.is_none_or(|until| at < until))
    }
}
