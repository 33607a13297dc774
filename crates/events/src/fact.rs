//! What comes back: facts for platforms, as CloudEvents with a key for ever.

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::time::Millis;

/// The kinds of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// An event could not be used.
    EventRejected,
    /// A trainee completed a course.
    CourseCompleted,
    /// A check on attendance raised a flag.
    AttendanceFlagged,
    /// A claim was drafted or took a step.
    ClaimChanged,
    /// A checkpoint of the trail was signed.
    Checkpoint,
}

impl FactKind {
    /// The last token of its subject.
    pub fn as_str(self) -> &'static str {
        match self {
            FactKind::EventRejected => "event-rejected",
            FactKind::CourseCompleted => "course-completed",
            FactKind::AttendanceFlagged => "attendance-flagged",
            FactKind::ClaimChanged => "claim-changed",
            FactKind::Checkpoint => "checkpoint",
        }
    }

    /// Its CloudEvents type.
    pub fn type_name(self) -> &'static str {
        match self {
            FactKind::EventRejected => "keshi.event.rejected.v1",
            FactKind::CourseCompleted => "keshi.course.completed.v1",
            FactKind::AttendanceFlagged => "keshi.attendance.flagged.v1",
            FactKind::ClaimChanged => "keshi.claim.changed.v1",
            FactKind::Checkpoint => "keshi.checkpoint.signed.v1",
        }
    }
}

/// A fact, ready to be written into the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The same for ever: CloudEvents id and Nats-Msg-Id.
    pub key: String,
    /// `facts.v1.<platform>.<fact>`
    pub subject: String,
    /// A CloudEvent, structured JSON.
    pub body: String,
}

/// Puts a fact together. `identity` is what makes it this fact and no other.
pub fn fact(kind: FactKind, platform: &str, identity: &[&str], time: Millis, data: &impl Serialize) -> Fact {
    let key = key(kind, platform, identity);
    // Data of facts are plain structs and JSON values: writing them as JSON cannot fail.
    let data = serde_json::to_value(data).unwrap_or(Value::Null);
    let body = json!({
        "specversion": "1.0",
        "id": key,
        "source": "/keshi",
        "type": kind.type_name(),
        "time": time.to_beijing(),
        "datacontenttype": "application/json",
        "data": data,
    });
    Fact { key, subject: format!("facts.v1.{platform}.{}", kind.as_str()), body: body.to_string() }
}

/// A short key that no two facts share, whatever characters their parts hold.
fn key(kind: FactKind, platform: &str, identity: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in [platform].iter().chain(identity) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let short: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{short}", kind.as_str())
}
