//! When a course was studied, for claims that rest on no assessment.

use keshi_events::{CourseId, TraineeId};
use keshi_record::{Constants, Names, Rule, Studied, studied};
use keshi_store::Store;

use crate::error::SettlementError;
use crate::ground::Ground;

/// Judges the whole history of a trainee: none while the course is not studied.
pub(crate) async fn judge(
    store: &Store,
    ground: &Ground,
    trainee: &TraineeId,
    course: &CourseId,
) -> Result<Option<Studied>, SettlementError> {
    let Some(demands) = ground.catalogue.course(course) else { return Ok(None) };
    let (mut events, mut names) = (Vec::new(), Names::default());
    for message in store.history(trainee.as_str()).await? {
        let event = keshi_projector::evidence_of(&message, ground.partitions, &mut names);
        events.push(event.map_err(|error| SettlementError::Unreadable {
            what: format!("event {}", message.seq),
            why: error.to_string(),
        })?);
    }
    let constants = Constants::default();
    let account = keshi_record::judge(trainee, &events, false, &constants, &ground.catalogue);
    let rule = Rule { constants: &constants, catalogue: &ground.catalogue, trainee };
    Ok(studied(course, demands, &account, rule))
}
