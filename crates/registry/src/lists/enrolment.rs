use chrono::NaiveDate;
use keshi_events::{CourseId, Millis, PlatformId, SessionId, TraineeId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::ProviderId;

/// A trainee takes a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Who.
    pub trainee: TraineeId,
    /// What.
    pub course: CourseId,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<NaiveDate>,
    /// Whether the training is free of charge for the trainee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<bool>,
    /// The enterprise that sent the trainee, where several could have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<ProviderId>,
}

/// An official's approval of back-filled time (VT-1, step 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Approval {
    /// Of one session.
    Session {
        /// Where.
        platform: PlatformId,
        /// Whose.
        trainee: TraineeId,
        /// Which.
        session: SessionId,
    },
    /// Of an announced outage: stretches from `from` to `to`, both included.
    Outage {
        /// Whose outage.
        platform: PlatformId,
        /// Its begin.
        #[serde(serialize_with = "in_beijing", deserialize_with = "from_text")]
        from: Millis,
        /// Its end.
        #[serde(serialize_with = "in_beijing", deserialize_with = "from_text")]
        to: Millis,
    },
}

fn in_beijing<S: Serializer>(at: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
    let text = String::deserialize(deserializer)?;
    Millis::parse_rfc3339(&text).ok_or_else(|| D::Error::custom("no RFC 3339 time"))
}
