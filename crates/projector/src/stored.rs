//! Events that stand in the trail, read again.

use keshi_events::{Origin, StoredMessage, decode};
use keshi_record::{Evidence, Names};

use crate::error::ProjectorError;

/// The facts of an event that stands in the trail.
///
/// # Errors
/// When it cannot be read.
pub fn evidence_of(
    message: &StoredMessage,
    partitions: u16,
    names: &mut Names,
) -> Result<Evidence, ProjectorError> {
    decode(message, Origin::Stream { partitions })
        .map(|event| Evidence::of(&event, names))
        .map_err(|rejection| trail_error(message.seq, rejection))
}

/// The trail cannot be what the projector wrote.
pub(crate) fn trail_error(seq: u64, why: impl ToString) -> ProjectorError {
    ProjectorError::Trail { seq, why: why.to_string() }
}
