//! Facts of the register: what was stated of whom or what, in the order of recording.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lists::{Approval, Course, Enrolment, Provider, Specialty, Trainee};

/// What a fact is about. The words are stored: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A provider; key: its id.
    Provider,
    /// A specialty; key: its id.
    Specialty,
    /// A course with its videos, quizzes and listings; key: its id.
    Course,
    /// A trainee without personal data; key: the id.
    Trainee,
    /// Key: `trainee/course` (a trainee's id holds no slash).
    Enrolment,
    /// Key: `session/platform/trainee/session` or `outage/platform/from/to` in ms.
    Approval,
}

impl Kind {
    /// All kinds, in the order in which entries of one import are recorded: what is named comes first.
    pub const ALL: [Kind; 6] =
        [Kind::Provider, Kind::Specialty, Kind::Course, Kind::Trainee, Kind::Enrolment, Kind::Approval];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Provider => "provider",
            Kind::Specialty => "specialty",
            Kind::Course => "course",
            Kind::Trainee => "trainee",
            Kind::Enrolment => "enrolment",
            Kind::Approval => "approval",
        }
    }

    /// The kind of a stored word.
    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One fact: of this kind and key, this holds from now on. A later fact of the same kind and key replaces it whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is about.
    pub kind: Kind,
    /// Of which one.
    pub key: String,
    /// What holds: the row of the list; `null` takes the fact back.
    pub body: Value,
}

impl Entry {
    /// Takes back what was said of this key.
    pub fn retraction(kind: Kind, key: impl Into<String>) -> Entry {
        Entry { kind, key: key.into(), body: Value::Null }
    }
}

/// A row that becomes a fact.
pub(crate) trait Fact: Serialize {
    const KIND: Kind;
    fn key(&self) -> String;

    fn entry(&self) -> Entry {
        // Rows are plain structs with text keys: writing them as JSON cannot fail.
        let body = serde_json::to_value(self).unwrap_or_default();
        Entry { kind: Self::KIND, key: self.key(), body }
    }
}

impl Fact for Provider {
    const KIND: Kind = Kind::Provider;
    fn key(&self) -> String {
        self.provider.to_string()
    }
}

impl Fact for Specialty {
    const KIND: Kind = Kind::Specialty;
    fn key(&self) -> String {
        self.specialty.to_string()
    }
}

impl Fact for Course {
    const KIND: Kind = Kind::Course;
    fn key(&self) -> String {
        self.course.to_string()
    }
}

impl Fact for Trainee {
    const KIND: Kind = Kind::Trainee;
    fn key(&self) -> String {
        self.trainee.to_string()
    }
}

impl Fact for Enrolment {
    const KIND: Kind = Kind::Enrolment;
    fn key(&self) -> String {
        format!("{}/{}", self.trainee, self.course)
    }
}

impl Fact for Approval {
    const KIND: Kind = Kind::Approval;
    fn key(&self) -> String {
        match self {
            Approval::Session { platform, trainee, session } => {
                format!("session/{platform}/{trainee}/{session}")
            }
            Approval::Outage { platform, from, to } => format!("outage/{platform}/{}/{}", from.0, to.0),
        }
    }
}
