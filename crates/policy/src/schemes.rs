//! What each scheme asks and pays: one constant each, in the order of the notice.

use keshi_registry::{Applicant, Category, CertificateKind, PayTo, ProviderId, ProviderKind};
use serde::{Deserialize, Serialize};

use crate::amount::{Amount, online_part, practical_part, pre_job, special_operations};
use crate::facts::{ClaimFacts, Entrustment};
use crate::rule::{Case, Rule};
use crate::rules::*;
use crate::scheme::Scheme;

/// A scheme's rules, in the order in which a derivation shows them, and its amount.
pub(crate) struct Definition {
    pub(crate) rules: &'static [Rule],
    pub(crate) amount: fn(Case<'_>) -> Amount,
}

/// The definition of a scheme.
pub(crate) fn definition(scheme: Scheme) -> &'static Definition {
    match scheme {
        Scheme::OnlinePlatform => &ONLINE_PLATFORM,
        Scheme::OnlineInstitution => &ONLINE_INSTITUTION,
        Scheme::PracticalInstitution => &PRACTICAL_INSTITUTION,
        Scheme::PreJob => &PRE_JOB,
        Scheme::OnJob => &ON_JOB,
        Scheme::PracticalEnterprise => &PRACTICAL_ENTERPRISE,
        Scheme::SpecialOperations => &SPECIAL_OPERATIONS,
    }
}

/// Clause 二: an assessed platform, free of charge, per person who completed the course and passed.
const ONLINE_PLATFORM: Definition = Definition {
    rules: &[
        PROVIDER_LISTED,
        COURSE_LISTED,
        SPECIALTY_IN_CATALOGUE,
        INSIDE_WINDOW,
        TRAINEE_ELIGIBLE,
        AUDIENCE,
        FREE_OF_CHARGE,
        EVIDENCE_KINDS,
        STUDIED,
        ASSESSED,
        MINIMUM_ONLINE_HOURS,
        ONE_CLAIM_PER_STUDY,
        RATE_CEILING,
        SPECIAL_OPERATIONS_CEILING,
        ONCE_PER_PERSON_TRADE_AND_LEVEL,
        NOT_HELD,
    ],
    amount: online_part,
};

/// Clause 三(一): an institution of the catalogue, with a course of its own, for its own trainees.
const ONLINE_INSTITUTION: Definition = Definition {
    rules: &[
        PROVIDER_LISTED,
        COURSE_LISTED,
        OWN_DEVELOPED,
        SPECIALTY_IN_CATALOGUE,
        INSIDE_WINDOW,
        TRAINEE_ELIGIBLE,
        AUDIENCE,
        FREE_OF_CHARGE,
        EVIDENCE_KINDS,
        STUDIED,
        ASSESSED,
        MINIMUM_ONLINE_HOURS,
        ONE_CLAIM_PER_STUDY,
        RATE_CEILING,
        SPECIAL_OPERATIONS_CEILING,
        ONCE_PER_PERSON_TRADE_AND_LEVEL,
        NOT_HELD,
    ],
    amount: online_part,
};

/// Clause 三(二): the institution's practical part, after the online course, with a certificate.
const PRACTICAL_INSTITUTION: Definition = Definition {
    rules: &[
        PROVIDER_LISTED,
        COURSE_LISTED,
        SPECIALTY_IN_CATALOGUE,
        TRAINEE_ELIGIBLE,
        AUDIENCE,
        STUDIED,
        ASSESSED,
        ONLINE_BEFORE_PRACTICAL,
        PRACTICAL_FROM,
        MINIMUM_PRACTICAL_HOURS,
        CERTIFICATE_KIND,
        CERTIFICATE_AFTER_TRAINING,
        RATE_CEILING,
        SPECIAL_OPERATIONS_CEILING,
        NO_DOUBLE_BENEFIT,
        ONCE_PER_PERSON_TRADE_AND_LEVEL,
        NOT_HELD,
    ],
    amount: practical_part,
};

/// Clause 四(一): a new worker's training before the job, by the enterprise or whom it entrusts.
const PRE_JOB: Definition = Definition {
    rules: &[
        REGISTERED_HERE,
        PROVIDER_LISTED,
        COURSE_LISTED,
        OWN_DEVELOPED,
        MAIN_BUSINESS,
        SPECIALTY_IN_CATALOGUE,
        ENTRUSTMENT_AGREEMENT,
        INSIDE_WINDOW,
        TRAINEE_ELIGIBLE,
        AUDIENCE,
        CONTRACT_TERM,
        WITHIN_A_YEAR,
        SOCIAL_INSURANCE_PAID,
        FREE_OF_CHARGE,
        EVIDENCE_KINDS,
        STUDIED,
        EVALUATION_PASSED,
        MINIMUM_ONLINE_HOURS,
        ONE_CLAIM_PER_STUDY,
        RATE_CEILING,
        SPECIAL_OPERATIONS_CEILING,
        ONCE_PER_PERSON_TRADE_AND_LEVEL,
        NOT_HELD,
    ],
    amount: pre_job,
};

/// Clause 四(二): training on the job, by the enterprise or whom it entrusts.
const ON_JOB: Definition = Definition {
    rules: &[
        REGISTERED_HERE,
        PROVIDER_LISTED,
        COURSE_LISTED,
        OWN_DEVELOPED,
        MAIN_BUSINESS,
        SPECIALTY_IN_CATALOGUE,
        ENTRUSTMENT_AGREEMENT,
        INSIDE_WINDOW,
        TRAINEE_ELIGIBLE,
        AUDIENCE,
        FREE_OF_CHARGE,
        EVIDENCE_KINDS,
        STUDIED,
        ASSESSED,
        MINIMUM_ONLINE_HOURS,
        ONE_CLAIM_PER_STUDY,
        RATE_CEILING,
        SPECIAL_OPERATIONS_CEILING,
        ONCE_PER_PERSON_TRADE_AND_LEVEL,
        NOT_HELD,
    ],
    amount: online_part,
};

/// Clause 四(三): the practical part of an enterprise's worker, assessed and with a certificate.
const PRACTICAL_ENTERPRISE: Definition = Definition {
    rules: &[
        REGISTERED_HERE,
        COURSE_LISTED,
        SPECIALTY_IN_CATALOGUE,
        TRAINEE_ELIGIBLE,
        AUDIENCE,
        STUDIED,
        ASSESSED,
        ONLINE_BEFORE_PRACTICAL,
        PRACTICAL_FROM,
        MINIMUM_PRACTICAL_HOURS,
        EVALUATION_PASSED,
        CERTIFICATE_KIND,
        CERTIFICATE_AFTER_TRAINING,
        RATE_CEILING,
        SPECIAL_OPERATIONS_CEILING,
        NO_DOUBLE_BENEFIT,
        ONCE_PER_PERSON_TRADE_AND_LEVEL,
        NOT_HELD,
    ],
    amount: practical_part,
};

/// Clause 一: a special-operations certificate, after training that the competent department guided.
const SPECIAL_OPERATIONS: Definition = Definition {
    rules: &[
        SPECIALTY_IN_CATALOGUE,
        TRAINEE_ELIGIBLE,
        COMPETENT_DEPARTMENT,
        CERTIFICATE_KIND,
        CERTIFICATE_AFTER_TRAINING,
        SPECIAL_OPERATIONS_CEILING,
        NO_DOUBLE_BENEFIT,
        ONCE_PER_PERSON_TRADE_AND_LEVEL,
        NOT_HELD,
    ],
    amount: special_operations,
};

/// Which scheme a study funds: the provider's kind and the entrustment decide; between the two schemes of enterprises,
/// the specialty's category.
pub fn scheme_of_study(facts: &ClaimFacts) -> Scheme {
    let kind = facts.provider.as_ref().and_then(|provider| provider.kind);
    let is_pre_job = facts.specialty.as_ref().and_then(|it| it.category) == Some(Category::PreJob);
    let for_enterprise = kind == Some(ProviderKind::Enterprise) || facts.entrustment != Entrustment::None;
    match kind {
        _ if is_pre_job => Scheme::PreJob,
        _ if for_enterprise => Scheme::OnJob,
        Some(ProviderKind::Institution | ProviderKind::HumanResourcesAgency) => Scheme::OnlineInstitution,
        _ => Scheme::OnlinePlatform,
    }
}

/// Which scheme a certificate funds: a special-operations one of such a trade clause 一; else the kind of who gave the
/// practical part decides.
pub fn scheme_of_certificate(facts: &ClaimFacts) -> Scheme {
    let kind = facts.provider.as_ref().and_then(|provider| provider.kind);
    let certified = facts.certificate.as_ref().and_then(|certificate| certificate.kind);
    let category = facts.specialty.as_ref().and_then(|specialty| specialty.category);
    let is_special = certified == Some(CertificateKind::SpecialOperations)
        && category == Some(Category::SpecialOperations);
    match kind {
        _ if is_special => Scheme::SpecialOperations,
        Some(ProviderKind::Enterprise) => Scheme::PracticalEnterprise,
        _ => Scheme::PracticalInstitution,
    }
}

/// Who receives the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payee {
    /// A platform, institution or enterprise.
    Provider(ProviderId),
    /// The trainee (个人申领).
    Trainee,
}

/// Who receives the money of a claim; `None`: not known.
pub(crate) fn payee(case: Case<'_>) -> Option<Payee> {
    let facts = case.facts;
    let provider = facts.provider.as_ref().map(|it| it.provider.clone());
    let enterprise = facts.enterprise.as_ref().map(|it| it.provider.clone());
    match case.scheme {
        Scheme::OnlinePlatform | Scheme::OnlineInstitution | Scheme::PracticalInstitution => {
            provider.map(Payee::Provider)
        }
        Scheme::PreJob | Scheme::OnJob => match &facts.entrustment {
            Entrustment::None => enterprise.map(Payee::Provider),
            Entrustment::By(agreement) => match agreement.pay_to? {
                PayTo::Enterprise => Some(Payee::Provider(agreement.enterprise.clone())),
                PayTo::Provider => Some(Payee::Provider(agreement.provider.clone())),
            },
            Entrustment::Unclear(_) => None,
        },
        Scheme::PracticalEnterprise => match facts.practical.as_ref()?.applicant? {
            Applicant::Trainee => Some(Payee::Trainee),
            Applicant::Enterprise => enterprise.map(Payee::Provider),
        },
        Scheme::SpecialOperations => facts.certificate.as_ref()?.provider.clone().map(Payee::Provider),
    }
}

/// Who hands a claim in: the enterprise for its workers, else the provider.
pub(crate) fn applicant(case: Case<'_>) -> Option<ProviderId> {
    let facts = case.facts;
    let whose = if case.scheme.is_of_enterprise() { &facts.enterprise } else { &facts.provider };
    let of_certificate = || facts.certificate.as_ref().and_then(|certificate| certificate.provider.clone());
    whose.as_ref().map(|provider| provider.provider.clone()).or_else(of_certificate)
}
