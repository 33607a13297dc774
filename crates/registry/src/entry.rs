//! Facts of the register: what was stated of whom or what, in the order of recording.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lists::*;

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
    /// An authority; key: its token.
    Authority,
    /// A teaching plan; key: `provider/course`.
    TeachingPlan,
    /// An entrustment agreement; key: its number.
    Agreement,
    /// A contract; key: `trainee/enterprise/signed_on`.
    Contract,
    /// Social insurance; key: `trainee/enterprise/from`.
    Insurance,
    /// An evaluation; key: `trainee/course`.
    Evaluation,
    /// Practical training; key: `trainee/provider/course`.
    Practical,
    /// A certificate; key: `trainee/number`.
    Certificate,
    /// A benefit from elsewhere; key: `trainee/number`.
    Benefit,
    /// Key: `session/platform/trainee/session` or `outage/platform/from/to` in ms.
    Approval,
}

impl Kind {
    /// All kinds, in the order in which entries of one import are recorded: what is named comes first.
    pub const ALL: [Kind; 15] = [
        Kind::Authority,
        Kind::Provider,
        Kind::Specialty,
        Kind::Course,
        Kind::TeachingPlan,
        Kind::Agreement,
        Kind::Trainee,
        Kind::Enrolment,
        Kind::Contract,
        Kind::Insurance,
        Kind::Evaluation,
        Kind::Practical,
        Kind::Certificate,
        Kind::Benefit,
        Kind::Approval,
    ];

    /// The kinds whose key begins with a trainee's id: what is known of one person.
    pub const OF_TRAINEE: [Kind; 8] = [
        Kind::Trainee,
        Kind::Enrolment,
        Kind::Contract,
        Kind::Insurance,
        Kind::Evaluation,
        Kind::Practical,
        Kind::Certificate,
        Kind::Benefit,
    ];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Provider => "provider",
            Kind::Specialty => "specialty",
            Kind::Course => "course",
            Kind::Trainee => "trainee",
            Kind::Enrolment => "enrolment",
            Kind::Authority => "authority",
            Kind::TeachingPlan => "teaching-plan",
            Kind::Agreement => "agreement",
            Kind::Contract => "contract",
            Kind::Insurance => "insurance",
            Kind::Evaluation => "evaluation",
            Kind::Practical => "practical",
            Kind::Certificate => "certificate",
            Kind::Benefit => "benefit",
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

/// A row whose key is written out of its members.
macro_rules! keyed {
    ($($row:ident: $($member:ident)/+),+ $(,)?) => {$(
        impl Fact for $row {
            const KIND: Kind = Kind::$row;
            fn key(&self) -> String {
                [$(self.$member.to_string()),+].join("/")
            }
        }
    )+};
}

keyed! {
    Authority: authority,
    TeachingPlan: provider/course,
    Agreement: agreement,
    Contract: trainee/enterprise/signed_on,
    Insurance: trainee/enterprise/from,
    Evaluation: trainee/course,
    Practical: trainee/provider/course,
    Certificate: trainee/certificate,
    Benefit: trainee/benefit,
}
