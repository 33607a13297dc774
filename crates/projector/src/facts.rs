//! Facts of the projector, written in the transaction that makes them true.

use keshi_events::{
    FactKind, Millis, Rejection, StoredMessage, TraineeId, attribute_id, attribute_subject, fact,
};
use keshi_record::{Completion, CourseRecord, Flag};
use keshi_store::FactRow;
use serde_json::json;

/// A rejected event, for the platform of its subject.
pub(crate) fn rejected(
    message: &StoredMessage,
    platform: &str,
    family: &str,
    received_at: Millis,
    rejection: &Rejection,
) -> FactRow {
    let data = json!({
        "seq": message.seq,
        "received_at": received_at.to_beijing(),
        "code": rejection.code.as_str(),
        "name": rejection.code.name(),
        "sentence": rejection.sentence,
        "pointer": rejection.pointer,
        "event_id": attribute_id(message),
        "trainee": attribute_subject(message),
        "family": family,
    });
    let identity = [message.seq.to_string(), message.received_at.0.to_string()];
    fact(FactKind::EventRejected, platform, &[&identity[0], &identity[1]], received_at, &data).into()
}

/// A completed course.
pub(crate) fn completed(
    platform: &str,
    trainee: &TraineeId,
    record: &CourseRecord,
    completion: &Completion,
) -> FactRow {
    let data = json!({
        "trainee": trainee,
        "course": record.course,
        "completed_at": completion.completed_at.to_beijing(),
        "verified_seconds": record.verified_seconds,
        "class_hours": record.class_hours,
    });
    let identity = [trainee.as_str(), record.course.as_str()];
    fact(FactKind::CourseCompleted, platform, &identity, completion.completed_at, &data).into()
}

/// A flag raised by VT-1.
pub(crate) fn flagged(platform: &str, trainee: &TraineeId, flag: Flag, at: Millis) -> FactRow {
    let data = json!({ "trainee": trainee, "flag": flag.as_str(), "level": flag.level() });
    fact(FactKind::AttendanceFlagged, platform, &[trainee.as_str(), flag.as_str()], at, &data).into()
}
