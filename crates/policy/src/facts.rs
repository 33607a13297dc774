//! The facts of one claim. What is not known is `None`: neither yes nor no.

use keshi_events::{CourseId, Millis};
use keshi_registry::{
    Agreement, Benefit, Certificate, Contract, Course, Enrolment, Evaluation, Insurance, Level, Practical,
    Provider, ProviderId, Specialty, SpecialtyId, TeachingPlan, Trainee, Yuan,
};
use serde::{Deserialize, Serialize};

use crate::scheme::Scheme;
use crate::state::ClaimState;

/// Everything that rules may look at. Schemes to come add members; rules ignore what they do not ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimFacts {
    /// Who gave the training that is claimed for: the course's provider, or of a certificate the practical part's.
    pub provider: Option<Provider>,
    /// The online course's provider, where that may be another than [`ClaimFacts::provider`].
    pub course_provider: Option<Provider>,
    /// The course.
    pub course: Option<Course>,
    /// The course's specialty.
    pub specialty: Option<Specialty>,
    /// The trainee, without personal data.
    pub trainee: Option<Trainee>,
    /// The enrolment of this trainee in this course.
    pub enrolment: Option<Enrolment>,
    /// Whether an enterprise entrusted the provider with this training.
    pub entrustment: Entrustment,
    /// The enterprise whose worker the trainee is: the provider itself, or who entrusted it.
    pub enterprise: Option<Provider>,
    /// The trainee's contracts with that enterprise.
    pub contracts: Vec<Contract>,
    /// Social insurance that the enterprise paid for the trainee.
    pub insurance: Vec<Insurance>,
    /// The evaluation after pre-job training.
    pub evaluation: Option<Evaluation>,
    /// The plan of the practical part.
    pub plan: Option<TeachingPlan>,
    /// The practical part.
    pub practical: Option<Practical>,
    /// The certificate that the claim rests on.
    pub certificate: Option<Certificate>,
    /// Benefits received elsewhere; `None`: nobody has looked.
    pub benefits: Option<Vec<Benefit>>,
    /// Whether the trainee was referred to the social-insurance agency for the same trade and level (四(三)).
    pub referred: bool,
    /// The register's number of the course's version.
    pub course_version: Option<i64>,
    /// What the record says.
    pub completion: CompletionFacts,
    /// What the trail holds.
    pub evidence: EvidenceFacts,
    /// The trainee's other claims; `None`: nobody has looked.
    pub other_claims: Option<Vec<OtherClaim>>,
    /// Reasons of holds that stand; `None`: nobody has looked.
    pub holds: Option<Vec<String>>,
}

/// Whether something holds, and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// Since this moment.
    Since(Millis),
    /// Not so far.
    NotYet,
    /// Nobody can say, such as *assessed* without a required assessment.
    #[default]
    Unknown,
}

impl Held {
    /// The moment, when it holds.
    pub fn moment(self) -> Option<Millis> {
        match self {
            Held::Since(at) => Some(at),
            Held::NotYet | Held::Unknown => None,
        }
    }
}

/// The record of a trainee in a course.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompletionFacts {
    /// Every registered video was covered.
    pub studied: Held,
    /// The required quizzes were passed and questions asked.
    pub assessed: Held,
    /// The moment of completion.
    pub completed_at: Option<Millis>,
    /// The first counted moment of the study.
    pub first_counted_at: Option<Millis>,
    /// The last counted moment that the completion rests on; unknown: `completed_at`, which is never before it.
    pub last_counted_at: Option<Millis>,
    /// Verified time of the course, seconds.
    pub verified_seconds: Option<i64>,
    /// The same in class hours.
    pub class_hours: Option<i64>,
}

impl CompletionFacts {
    /// The last counted moment of the study. What is stored is the end of a stretch, and that moment itself counts no more:
    /// a study up to midnight belongs to the day that ends there.
    pub fn last_studied(&self) -> Option<Millis> {
        let ended = |at: Millis| Millis(at.0 - 1);
        self.last_counted_at.max(self.studied.moment().map(ended))
    }

    /// The moment of completion; where the study completed it, its last counted moment.
    pub fn last_moment(&self) -> Option<Millis> {
        let studied = self.studied.moment();
        let by_study = self.completed_at.is_some() && self.completed_at == studied;
        let by_test = self.assessed.moment().is_some() && self.assessed.moment() == self.completed_at;
        if by_study && !by_test { self.last_studied() } else { self.completed_at }
    }
}

/// How much evidence of each kind there is (clause 六(二)).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EvidenceFacts {
    /// 签到注册.
    pub sign_ins: Evidence,
    /// 学习记录.
    pub stretches: Evidence,
    /// 测试.
    pub quizzes: Evidence,
    /// 答疑.
    pub questions: Evidence,
}

/// Evidence of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// How many events; `None`: nobody has counted.
    pub count: Option<u64>,
    /// Some of them, as many as an auditor wants to follow.
    pub events: Vec<EventRef>,
}

/// An event in the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// Its sequence in the stream.
    pub seq: u64,
    /// `platform/id`, as the platform named it.
    pub event: String,
}

/// Whether an enterprise entrusted a provider with training (clause 四).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entrustment {
    /// No agreement covers it.
    #[default]
    None,
    /// By this agreement.
    By(Box<Agreement>),
    /// Several enterprises could have, and the enrolment does not say which.
    Unclear(Vec<ProviderId>),
}

/// Another claim of the same trainee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherClaim {
    /// Which.
    pub claim: String,
    /// Of which scheme.
    pub scheme: Scheme,
    /// For which course.
    pub course: Option<CourseId>,
    /// For which certificate.
    pub certificate: Option<String>,
    /// For which trade.
    pub specialty: Option<SpecialtyId>,
    /// For which level.
    pub level: Option<Level>,
    /// Where it stands.
    pub state: ClaimState,
    /// What it asks for or got, less what was claimed back.
    pub amount: Option<Yuan>,
}

impl OtherClaim {
    /// Whether it still asks for money, or keeps some: a claim that was clawed back whole takes nothing from any ceiling.
    pub fn is_live(&self) -> bool {
        let is_given_back = self.state == ClaimState::ClawedBack && self.amount == Some(Yuan::ZERO);
        self.state.is_live() && !is_given_back
    }
}
