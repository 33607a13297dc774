//! What a rule is, and what it answers.

use std::fmt;

use chrono::NaiveDate;
use keshi_events::Millis;
use keshi_registry::{Level, Provider, SpecialtyId};
use serde::{Deserialize, Serialize};

use crate::facts::{ClaimFacts, EventRef, OtherClaim};
use crate::pack::Pack;
use crate::scheme::Scheme;

macro_rules! rule_ids {
    ($($name:ident $text:literal $chinese:literal $english:literal),+ $(,)?) => {
        /// Every rule of the design by its stable id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum RuleId {
            $(#[doc = $english] $name),+
        }

        impl RuleId {
            /// All ids, in the order of the design.
            pub const ALL: &'static [RuleId] = &[$(RuleId::$name),+];

            /// The id.
            pub fn as_str(self) -> &'static str {
                match self { $(RuleId::$name => $text),+ }
            }

            /// What it asks, in Chinese.
            pub fn chinese(self) -> &'static str {
                match self { $(RuleId::$name => $chinese),+ }
            }

            /// What it asks, in English.
            pub fn english(self) -> &'static str {
                match self { $(RuleId::$name => $english),+ }
            }
        }
    };
}

rule_ids! {
    ProviderListed "provider-listed" "培训主体已评估并列入目录清单" "The provider was assessed and is listed in the catalogue.",
    CourseListed "course-listed" "课程已评估并列入目录清单" "The course was assessed and is listed in the catalogue.",
    OwnDeveloped "own-developed" "课程为自主开发" "The provider developed the course itself.",
    SpecialtyInCatalogue "specialty-in-catalogue" "专业在目录清单范围内" "The specialty is in the published catalogue or was assessed by experts.",
    InsideWindow "inside-window" "学习、考核与完成均在政策期内" "Study, assessment and completion lie inside the policy's window.",
    Audience "audience" "课程面向该学员开放" "The course is open to this trainee.",
    TraineeEligible "trainee-eligible" "学员属享受补贴对象" "The trainee belongs to an eligible group.",
    FreeOfCharge "free-of-charge" "培训对学员免费" "The training was free of charge for the trainee.",
    EvidenceKinds "evidence-kinds" "有签到、学习记录、答疑和测试" "There are sign-ins, study records, tests and questions.",
    Studied "studied" "已完成线上课程" "The online course was completed.",
    Assessed "assessed" "考核合格" "The assessment was passed.",
    EvaluationPassed "evaluation-passed" "综合评价合格" "The overall evaluation was passed.",
    MinimumOnlineHours "minimum-online-hours" "线上课时不低于规定" "The course has at least the online class hours asked for.",
    MinimumPracticalHours "minimum-practical-hours" "实操课时不低于规定" "The teaching plan has at least the practical class hours asked for.",
    OnlineBeforePractical "online-before-practical" "先完成线上后实操" "The online part was completed before the practical part.",
    PracticalFrom "practical-from" "实操在疫情结束后进行" "The practical part took place after the epidemic.",
    CertificateKind "certificate-kind" "证书种类符合规定" "The certificate is of a kind that counts.",
    CertificateAfterTraining "certificate-after-training" "培训后取得证书" "The certificate was obtained after the training.",
    RegisteredHere "registered-here" "企业在本市注册" "The enterprise is registered in the city.",
    MainBusiness "main-business" "课程与主营业务相关" "The course relates to the enterprise's main business.",
    ContractTerm "contract-term" "劳动合同期限一年以上" "The labour contract runs for one year or more.",
    WithinAYear "within-a-year" "签订合同一年内参加培训" "The training took place within one year of signing.",
    SocialInsurancePaid "social-insurance-paid" "已缴纳社会保险" "Social insurance was paid.",
    EntrustmentAgreement "entrustment-agreement" "有委托培训协议" "There is an entrustment agreement.",
    CompetentDepartment "competent-department" "业务主管部门指导" "The competent department guided the training.",
    OneClaimPerStudy "one-claim-per-study" "一次学习只申领一次线上补贴" "One study funds one online claim.",
    RateCeiling "rate-ceiling" "线上与实操合计不超过补贴标准" "Online and practical parts never exceed the standard.",
    SpecialOperationsCeiling "special-operations-ceiling" "特种作业补贴合计不超过上限" "All claims for a special-operations trade stay under its ceiling.",
    NoDoubleBenefit "no-double-benefit" "不重复享受补贴" "No other benefit was paid for the same training.",
    OncePerPersonTradeAndLevel "once-per-person-trade-and-level" "同一人同一工种同一等级只享受一次" "One subsidy per person, trade and level.",
    NotHeld "not-held" "未被暂缓" "The claim is not held.",
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Three values: an unknown fact is neither yes nor no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Yes.
    Met,
    /// No.
    NotMet,
    /// Not known yet: the claim waits.
    Undetermined,
}

/// What an outcome other than met does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It goes with the claim.
    Warning,
    /// It stops the claim.
    Error,
}

/// A fact that a rule saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Which fact.
    pub name: String,
    /// Its value, as a text for people; `-` when it is not known.
    pub value: String,
}

/// What a rule said about a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleResult {
    /// Which rule.
    pub rule: RuleId,
    /// The notice's clause, or `practice`.
    pub clause: String,
    /// What an outcome other than met does.
    pub severity: Severity,
    /// Yes, no or not known.
    pub outcome: Outcome,
    /// What it saw.
    pub facts: Vec<Seen>,
    /// Events in the trail that it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EventRef>,
    /// Why, in Chinese.
    pub sentence: String,
    /// Why, in English.
    pub sentence_en: String,
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) pack: &'a Pack,
    pub(crate) scheme: Scheme,
    pub(crate) facts: &'a ClaimFacts,
}

impl<'a> Case<'a> {
    /// The trade: the certificate's, or else the course's.
    pub(crate) fn trade(self) -> Option<&'a SpecialtyId> {
        let of_certificate = self.facts.certificate.as_ref().and_then(|it| it.specialty.as_ref());
        of_certificate.or_else(|| self.facts.specialty.as_ref().map(|it| &it.specialty))
    }

    /// The level: the certificate's, or else the course's.
    pub(crate) fn level(self) -> Option<&'a Level> {
        let of_certificate = self.facts.certificate.as_ref().and_then(|it| it.level.as_ref());
        of_certificate.or_else(|| self.facts.course.as_ref().and_then(|it| it.level.as_ref()))
    }

    /// The calendar date of a moment, by the pack.
    pub(crate) fn date(self, at: Option<Millis>) -> Option<NaiveDate> {
        at.map(|at| self.pack.date_of(at))
    }

    /// Other claims that ask for money or keep some.
    pub(crate) fn live(self) -> Option<impl Iterator<Item = &'a OtherClaim>> {
        let claims = self.facts.other_claims.as_ref()?;
        Some(claims.iter().filter(|claim| claim.is_live()))
    }

    /// Who gives the online course.
    pub(crate) fn course_provider(self) -> Option<&'a Provider> {
        let offers = |it: &&Provider| {
            let course = self.facts.course.as_ref();
            course.and_then(|course| course.provider.as_ref()).is_none_or(|own| *own == it.provider)
        };
        let provider = self.facts.provider.as_ref();
        if !self.scheme.rests_on_certificate() {
            return provider;
        }
        self.facts.course_provider.as_ref().or_else(|| provider.filter(offers))
    }

    /// Whether another claim is for the same trade and level.
    pub(crate) fn is_same_trade(self, other: &OtherClaim) -> bool {
        other.specialty.is_some()
            && other.specialty.as_ref() == self.trade()
            && self.may_be_level(other.level.as_ref())
    }

    /// Whether a level may be the one of this claim: one that is not known may be.
    pub(crate) fn may_be_level(self, other: Option<&Level>) -> bool {
        other.zip(self.level()).is_none_or(|(one, other)| one == other)
    }
}

/// A rule: its id and its function. The clause is the pack's to say.
pub(crate) struct Rule {
    pub(crate) id: RuleId,
    pub(crate) judge: fn(Case<'_>) -> Finding,
}

impl Rule {
    pub(crate) fn apply(&self, case: Case<'_>) -> RuleResult {
        let finding = (self.judge)(case);
        RuleResult {
            rule: self.id,
            clause: case.pack.clause_for(case.scheme, self.id).to_owned(),
            severity: finding.severity,
            outcome: finding.outcome,
            facts: finding.seen,
            evidence: finding.evidence,
            sentence: finding.sentence,
            sentence_en: finding.sentence_en,
        }
    }
}

/// A rule's answer.
pub(crate) struct Finding {
    pub(crate) outcome: Outcome,
    severity: Severity,
    seen: Vec<Seen>,
    evidence: Vec<EventRef>,
    sentence: String,
    sentence_en: String,
}

impl Finding {
    pub(crate) fn new(outcome: Outcome, chinese: impl Into<String>, english: impl Into<String>) -> Finding {
        Finding {
            outcome,
            severity: Severity::Error,
            seen: Vec::new(),
            evidence: Vec::new(),
            sentence: chinese.into(),
            sentence_en: english.into(),
        }
    }

    pub(crate) fn met(chinese: impl Into<String>, english: impl Into<String>) -> Finding {
        Finding::new(Outcome::Met, chinese, english)
    }

    pub(crate) fn not_met(chinese: impl Into<String>, english: impl Into<String>) -> Finding {
        Finding::new(Outcome::NotMet, chinese, english)
    }

    pub(crate) fn undetermined(chinese: impl Into<String>, english: impl Into<String>) -> Finding {
        Finding::new(Outcome::Undetermined, chinese, english)
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Finding {
        self.severity = severity;
        self
    }

    /// Notes a fact that was seen, known or not.
    pub(crate) fn saw<T: fmt::Display>(mut self, name: &str, value: Option<T>) -> Finding {
        let value = value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        self.seen.push(Seen { name: name.to_owned(), value });
        self
    }

    pub(crate) fn rests_on<'e>(mut self, events: impl IntoIterator<Item = &'e EventRef>) -> Finding {
        self.evidence.extend(events.into_iter().cloned());
        self
    }
}
