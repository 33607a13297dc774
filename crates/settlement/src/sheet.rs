//! What a roster shows of a claim, as it stood at drafting. Personal data are not in it: they come when it is printed.

use keshi_policy::{ClaimFacts, Derivation, Pack, Payee};
use keshi_record::class_hours;
use keshi_registry::{Registry, SpecialtyId};
use serde::{Deserialize, Serialize};

/// The columns of a roster that are no person's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sheet {
    /// 户籍区县.
    pub district: String,
    /// 人员类别.
    pub category: String,
    /// 工种.
    pub trade: String,
    /// 课程.
    pub course: String,
    /// Class hours of the course (应).
    pub hours_due: Option<i64>,
    /// Verified class hours (实).
    pub hours_done: Option<i64>,
    /// 考核结果.
    pub result: String,
    /// 证书编号.
    pub certificate: String,
    /// 补贴标准, yuan.
    pub standard: String,
    /// 比例; empty for fixed amounts.
    pub rate: String,
    /// 收款单位; empty: the trainee.
    pub payee: String,
    /// 收款账号.
    pub account: String,
    /// 备注: warnings that go with the claim.
    pub remark: String,
}

impl Sheet {
    pub(crate) fn of(pack: &Pack, derivation: &Derivation, facts: &ClaimFacts, registry: &Registry) -> Sheet {
        let step =
            |at: usize| derivation.amount_steps.get(at).map_or(String::new(), |step| step.value.clone());
        // A share of a standard has three steps: the standard, the rate, their product.
        let is_share = derivation.amount_steps.len() == 3;
        let payee = match &derivation.payee {
            Some(Payee::Provider(provider)) => registry.providers.get(provider),
            Some(Payee::Trainee) | None => None,
        };
        let due = facts.course.as_ref().and_then(|course| course.duration_ms());
        let passed = facts.evaluation.is_some() || facts.completion.assessed.moment().is_some();
        let district = derivation.payer.as_deref().and_then(|id| pack.authority(id));
        let group = facts.trainee.as_ref().and_then(|trainee| trainee.category.as_deref());
        Sheet {
            district: district.map_or(String::new(), |district| district.name.clone()),
            category: group
                .map(|word| pack.eligible_group(word).map_or(word, |group| group.name.as_str()))
                .unwrap_or_default()
                .to_owned(),
            trade: facts
                .specialty
                .as_ref()
                .map_or(String::new(), |it| it.name.clone().unwrap_or_else(|| name(&it.specialty))),
            course: facts
                .course
                .as_ref()
                .map_or(String::new(), |it| it.title.clone().unwrap_or_else(|| it.course.to_string())),
            hours_due: due.map(|ms| class_hours(ms / 1000)),
            hours_done: facts.completion.class_hours,
            result: if passed || facts.certificate.is_some() { "合格" } else { "" }.to_owned(),
            certificate: facts.certificate.as_ref().map_or(String::new(), |it| it.certificate.clone()),
            standard: step(0),
            rate: if is_share { step(1) } else { String::new() },
            payee: payee
                .map_or(String::new(), |it| it.name.clone().unwrap_or_else(|| it.provider.to_string())),
            account: payee.and_then(|it| it.account.clone()).unwrap_or_default(),
            remark: derivation.warnings().map(|it| it.sentence.clone()).collect::<Vec<_>>().join("；"),
        }
    }

    pub(crate) fn to_text(&self) -> String {
        // Plain text members: writing them as JSON cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn name(specialty: &SpecialtyId) -> String {
    specialty.to_string()
}
