//! What comes after the online part: evaluations, practical training, certificates, benefits from elsewhere.

use chrono::NaiveDate;
use keshi_events::{CourseId, TraineeId};
use serde::{Deserialize, Serialize};

use crate::ids::{Level, ProviderId, SpecialtyId};
use crate::money::Yuan;

/// The overall evaluation after pre-job training (综合评价, clause 四(一)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Who was evaluated.
    pub trainee: TraineeId,
    /// After which course.
    pub course: CourseId,
    /// On which day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<NaiveDate>,
    /// How.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<EvaluationMethod>,
    /// Whether it was passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
}

/// The ways of evaluation that clause 四(一) names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvaluationMethod {
    /// 线上理论考试.
    TheoryTest,
    /// 生产过程考核.
    ProductionProcess,
    /// 工作业绩考评.
    PerformanceReview,
}

impl EvaluationMethod {
    /// All words, English and Chinese.
    pub(crate) const WORDS: &'static [(&'static str, EvaluationMethod)] = &[
        ("theory-test", EvaluationMethod::TheoryTest),
        ("production-process", EvaluationMethod::ProductionProcess),
        ("performance-review", EvaluationMethod::PerformanceReview),
        ("线上理论考试", EvaluationMethod::TheoryTest),
        ("生产过程考核", EvaluationMethod::ProductionProcess),
        ("工作业绩考评", EvaluationMethod::PerformanceReview),
    ];
}

/// A teaching plan for the practical part that follows a course (教学计划).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeachingPlan {
    /// Who trains.
    pub provider: ProviderId,
    /// After which online course.
    pub course: CourseId,
    /// Class hours of the practical part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practical_hours: Option<u32>,
}

/// A trainee's practical training (线下实操培训).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practical {
    /// Who was trained.
    pub trainee: TraineeId,
    /// After which online course.
    pub course: CourseId,
    /// By whom: an institution, or the enterprise.
    pub provider: ProviderId,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// Whether its assessment was passed (clause 四(三)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
    /// Who applies (clause 四(三)): the worker (个人申领), or the enterprise for the worker (企业代领).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant: Option<Applicant>,
}

/// Who applies for the practical subsidy of an enterprise's worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applicant {
    /// 个人申领.
    Trainee,
    /// 企业代领.
    Enterprise,
}

impl Applicant {
    /// All words, English and Chinese.
    pub(crate) const WORDS: &'static [(&'static str, Applicant)] = &[
        ("trainee", Applicant::Trainee),
        ("enterprise", Applicant::Enterprise),
        ("个人申领", Applicant::Trainee),
        ("企业代领", Applicant::Enterprise),
    ];
}

/// A certificate (证书).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its number.
    pub certificate: String,
    /// Whose.
    pub trainee: TraineeId,
    /// Of which kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CertificateKind>,
    /// For which trade; left out: that of the course.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specialty: Option<SpecialtyId>,
    /// For which level; left out: that of the course.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The online course whose practical part it ends; left out for special operations without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<CourseId>,
    /// Who trained for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// The day of issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_on: Option<NaiveDate>,
    /// The first day of the training that led to it, where no practical training is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_from: Option<NaiveDate>,
    /// The last day of that training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_to: Option<NaiveDate>,
    /// The department in charge that guided the training (业务主管部门, clause 一).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub competent_department: Option<String>,
}

/// The kinds of certificates that the notice counts (clauses 三(二), 四(三)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateKind {
    /// 职业资格证书.
    VocationalQualification,
    /// 职业技能等级证书.
    SkillLevel,
    /// 专项职业能力证书.
    SingleSkill,
    /// 特种作业操作证书.
    SpecialOperations,
    /// 培训合格证书.
    TrainingCompletion,
    /// Any other: it does not count.
    Other,
}

impl CertificateKind {
    /// All words, English and Chinese.
    pub(crate) const WORDS: &'static [(&'static str, CertificateKind)] = &[
        ("vocational-qualification", CertificateKind::VocationalQualification),
        ("skill-level", CertificateKind::SkillLevel),
        ("single-skill", CertificateKind::SingleSkill),
        ("special-operations", CertificateKind::SpecialOperations),
        ("training-completion", CertificateKind::TrainingCompletion),
        ("other", CertificateKind::Other),
        ("职业资格证书", CertificateKind::VocationalQualification),
        ("职业技能等级证书", CertificateKind::SkillLevel),
        ("专项职业能力证书", CertificateKind::SingleSkill),
        ("特种作业操作证书", CertificateKind::SpecialOperations),
        ("培训合格证书", CertificateKind::TrainingCompletion),
        ("其他", CertificateKind::Other),
    ];

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        CertificateKind::WORDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }

    /// The Chinese name.
    pub fn chinese(self) -> &'static str {
        CertificateKind::WORDS.iter().rfind(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// A benefit that a trainee received elsewhere (clause 四(三)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Benefit {
    /// Its number there.
    pub benefit: String,
    /// Who received it.
    pub trainee: TraineeId,
    /// Of which kind.
    pub kind: BenefitKind,
    /// For which certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// For which trade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specialty: Option<SpecialtyId>,
    /// For which level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<NaiveDate>,
    /// How much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_yuan: Option<Yuan>,
}

/// Kinds of benefits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BenefitKind {
    /// 失业保险支持参保职工提升职业技能补贴: excludes every practical subsidy.
    UnemploymentInsurance,
    /// A training subsidy of another programme for the same trade and level.
    TrainingSubsidy,
}

impl BenefitKind {
    /// All words, English and Chinese.
    pub(crate) const WORDS: &'static [(&'static str, BenefitKind)] = &[
        ("unemployment-insurance", BenefitKind::UnemploymentInsurance),
        ("training-subsidy", BenefitKind::TrainingSubsidy),
        ("失业保险技能提升补贴", BenefitKind::UnemploymentInsurance),
        ("职业培训补贴", BenefitKind::TrainingSubsidy),
    ];

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        BenefitKind::WORDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}
