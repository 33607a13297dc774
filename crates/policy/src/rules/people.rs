//! Who was trained, and on what terms.

use keshi_registry::ProviderKind;

use crate::rule::{Case, Finding, Rule, RuleId};
use crate::rules::employment::is_worker;
use crate::scheme::Scheme;

/// The trainee belongs to a group that the pack names, and to a district that can pay.
pub(crate) const TRAINEE_ELIGIBLE: Rule = Rule { id: RuleId::TraineeEligible, judge: trainee_eligible };

/// Platforms are open to all workers; institutions and enterprises to their own people only.
pub(crate) const AUDIENCE: Rule = Rule { id: RuleId::Audience, judge: audience };

/// The enrolment says that the trainee paid nothing.
pub(crate) const FREE_OF_CHARGE: Rule = Rule { id: RuleId::FreeOfCharge, judge: free_of_charge };

fn trainee_eligible(case: Case<'_>) -> Finding {
    let Some(trainee) = &case.facts.trainee else {
        return Finding::undetermined("待登记学员", "the trainee is not registered");
    };
    let group = trainee.category.as_deref().map(|word| case.pack.eligible_group(word));
    let district = trainee.district.as_deref().map(|word| case.pack.district(word));
    let finding = match (group, district) {
        (Some(None), _) => {
            Finding::not_met("人员类别不属享受补贴对象", "the trainee's category is not an eligible group")
        }
        (None, _) => Finding::undetermined("待登记人员类别", "the trainee's category is not registered"),
        (_, None) => Finding::undetermined("待登记户籍区县", "the trainee's district is not registered"),
        (_, Some(None)) => Finding::undetermined(
            "户籍区县不在本市名录，待核定付款区县",
            "the trainee's district is none that the pack names: who pays is not known",
        ),
        (Some(Some(group)), Some(Some(district))) => Finding::met(
            format!("属享受补贴对象：{}，由{}支付", group.name, district.name),
            format!("belongs to the eligible group {}; {} pays", group.id, district.id),
        ),
    };
    finding.saw("category", trainee.category.as_ref()).saw("district", trainee.district.as_ref())
}

fn audience(case: Case<'_>) -> Finding {
    let kind = case.facts.provider.as_ref().and_then(|provider| provider.kind);
    let finding = match kind {
        _ if case.scheme.is_of_enterprise() => is_worker(case),
        Some(kind) if case.scheme == Scheme::PracticalInstitution && kind != ProviderKind::Institution => {
            Finding::not_met(
                format!("实操由{}进行，应为培训机构", kind.chinese()),
                format!("a {} gave the practical part: only institutions are paid for it", kind.as_str()),
            )
        }
        None => Finding::undetermined("待登记培训主体类型", "the provider's kind is not registered"),
        Some(ProviderKind::Platform) => {
            Finding::met("平台面向广大劳动者开放", "platforms are open to all workers")
        }
        Some(ProviderKind::Enterprise) => is_worker(case),
        Some(ProviderKind::Institution | ProviderKind::HumanResourcesAgency) => match &case.facts.enrolment {
            Some(_) => Finding::met("为本机构学员", "the trainee is enrolled with the institution"),
            None => Finding::undetermined("待登记报名", "the enrolment is not registered"),
        },
    };
    finding.saw("kind", kind.map(ProviderKind::as_str))
}

fn free_of_charge(case: Case<'_>) -> Finding {
    let enrolment = case.facts.enrolment.as_ref();
    let free = enrolment.and_then(|enrolment| enrolment.free);
    let finding = match (enrolment, free) {
        (None, _) => Finding::undetermined("待登记报名", "the enrolment is not registered"),
        (_, None) => {
            Finding::undetermined("待登记是否免费", "whether the training was free is not registered")
        }
        (_, Some(true)) => Finding::met("培训免费", "the training was free of charge"),
        (_, Some(false)) => Finding::not_met("培训向学员收费", "the trainee was charged"),
    };
    finding.saw("enrolled_on", enrolment.and_then(|enrolment| enrolment.on)).saw("free", free)
}
