//! No double payment, no payment above the standard, none while held.

use keshi_registry::{Category, Yuan};
use rust_decimal::Decimal;

use crate::amount::{online_share, standard};
use crate::facts::OtherClaim;
use crate::rule::{Case, Finding, Rule, RuleId};

/// One study funds one online claim: which, the provider's kind and the entrustment agreement decide.
pub(crate) const ONE_CLAIM_PER_STUDY: Rule =
    Rule { id: RuleId::OneClaimPerStudy, judge: one_claim_per_study };

/// Online and practical parts together never exceed the standard, the practical share never its ceiling.
pub(crate) const RATE_CEILING: Rule = Rule { id: RuleId::RateCeiling, judge: rate_ceiling };

/// For a special-operations trade the amount of that scheme is the ceiling of all schemes together.
pub(crate) const SPECIAL_OPERATIONS_CEILING: Rule =
    Rule { id: RuleId::SpecialOperationsCeiling, judge: special_operations_ceiling };

/// No hold stands.
pub(crate) const NOT_HELD: Rule = Rule { id: RuleId::NotHeld, judge: not_held };

fn one_claim_per_study(case: Case<'_>) -> Finding {
    let kind = case.facts.provider.as_ref().and_then(|provider| provider.kind);
    let entrusted = case.facts.entrusted_by.as_ref();
    let rival = live(case).and_then(|mut claims| claims.find(|claim| claim.scheme.is_online()));
    let finding = match (kind, entrusted, rival) {
        (_, _, Some(claim)) => Finding::not_met(
            format!("同一次学习已有{}申领", claim.scheme.chinese()),
            format!("the same study already funds {}", claim.claim),
        ),
        (_, Some(enterprise), _) => Finding::not_met(
            "受企业委托的培训按企业项目申领",
            format!("{enterprise} entrusted this training, so its own scheme pays"),
        ),
        (None, ..) => Finding::undetermined("待登记培训主体类型", "the provider's kind is not registered"),
        (Some(kind), ..) if !case.scheme.pays_provider(kind) => Finding::not_met(
            format!("{}不按{}申领", kind.chinese(), case.scheme.chinese()),
            format!("{} is not paid to a provider of kind {}", case.scheme, kind.as_str()),
        ),
        _ if case.facts.other_claims.is_none() => {
            Finding::undetermined("待核查其他申领", "nobody has looked for other claims")
        }
        _ => Finding::met("该次学习没有其他线上补贴申领", "the study funds no other online claim"),
    };
    finding
        .saw("kind", kind.map(|kind| kind.as_str()))
        .saw("entrusted_by", entrusted)
        .saw("other claims", listed(case))
}

fn rate_ceiling(case: Case<'_>) -> Finding {
    let rates = &case.pack.rates;
    let share = case.facts.specialty.as_ref().and_then(|specialty| specialty.practical_share);
    let finding = match share {
        Some(share) if share > rates.practical_share_ceiling => Finding::not_met(
            format!("实操占比 {share} 超过上限 {}", rates.practical_share_ceiling),
            format!("the practical share {share} is above {}", rates.practical_share_ceiling),
        ),
        Some(share) if share.value() + rates.online_rate.value() > Decimal::ONE => Finding::not_met(
            "线上与实操占比合计超过 1",
            "the online rate and the practical share exceed 1 together",
        ),
        _ => sum_within(case, standard(case).map(|(standard, _)| standard)),
    };
    finding
        .saw("online_rate", Some(rates.online_rate))
        .saw("practical_share", share)
        .saw("other claims", listed(case))
}

fn special_operations_ceiling(case: Case<'_>) -> Finding {
    let ceiling = case.pack.rates.special_operations;
    let category = case.facts.specialty.as_ref().and_then(|specialty| specialty.category);
    let finding = match category {
        None => Finding::undetermined("待登记专业类别", "the specialty's category is not registered"),
        Some(Category::SpecialOperations) => sum_within(case, Some(ceiling)),
        Some(_) => Finding::met("不属特种作业", "this is no special-operations trade"),
    };
    finding.saw("category", category.map(Category::as_str)).saw("ceiling", Some(ceiling))
}

fn not_held(case: Case<'_>) -> Finding {
    let holds = case.facts.holds.as_deref();
    let finding = match holds {
        None => Finding::undetermined("待核查出勤疑点", "nobody has looked for holds"),
        Some([]) => Finding::met("未被暂缓", "no hold stands"),
        Some(_) => Finding::not_met(
            "申领被暂缓，解除前不得推进",
            "a hold stands: no step forward until it is released",
        ),
    };
    finding.saw("holds", holds.map(|holds| holds.join("; ")))
}

/// Whether this claim and the others of the same study stay within a ceiling.
fn sum_within(case: Case<'_>, ceiling: Option<Yuan>) -> Finding {
    let Some((standard, ceiling)) = standard(case).map(|(yuan, _)| yuan).zip(ceiling) else {
        return Finding::undetermined("待登记补贴标准", "the subsidy standard is not registered");
    };
    let Some(claims) = live(case) else {
        return Finding::undetermined("待核查其他申领", "nobody has looked for other claims");
    };
    let others: Option<Decimal> = claims.map(|claim| claim.amount.map(|yuan| yuan.0)).sum();
    let Some(others) = others else {
        return Finding::undetermined("待核定其他申领的金额", "the amount of another claim is not known");
    };
    let total = Yuan(online_share(case, standard).rounded_to_fen().0 + others);
    if total <= ceiling {
        Finding::met(
            format!("合计 {total} 元，不超过 {ceiling} 元"),
            format!("{total} yuan in all, at most {ceiling}"),
        )
    } else {
        Finding::not_met(
            format!("合计 {total} 元，超过 {ceiling} 元"),
            format!("{total} yuan in all, above {ceiling}"),
        )
    }
}

/// Other claims that were neither rejected nor withdrawn.
fn live(case: Case<'_>) -> Option<impl Iterator<Item = &OtherClaim>> {
    let claims = case.facts.other_claims.as_ref()?;
    Some(claims.iter().filter(move |claim| claim.scheme != case.scheme && claim.state.is_live()))
}

fn listed(case: Case<'_>) -> Option<String> {
    let claims = case.facts.other_claims.as_ref()?;
    let text = |claim: &OtherClaim| format!("{} {}", claim.claim, claim.state);
    Some(claims.iter().map(text).collect::<Vec<_>>().join("; "))
}
