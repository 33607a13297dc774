//! No double payment, no payment above the standard, none while held.

use keshi_registry::{Benefit, BenefitKind, Category, ProviderId, Yuan};
use rust_decimal::Decimal;

use crate::amount::standard;
use crate::facts::{Entrustment, OtherClaim};
use crate::rule::{Case, Finding, Rule, RuleId};
use crate::scheme::Scheme;
use crate::schemes::{definition, scheme_of_study};

/// One study funds one online claim: which, the provider's kind and the entrustment agreement decide.
pub(crate) const ONE_CLAIM_PER_STUDY: Rule =
    Rule { id: RuleId::OneClaimPerStudy, judge: one_claim_per_study };

/// Online and practical parts together never exceed the standard, the practical share never its ceiling.
pub(crate) const RATE_CEILING: Rule = Rule { id: RuleId::RateCeiling, judge: rate_ceiling };

/// For a special-operations trade the amount of that scheme is the ceiling of all schemes together.
pub(crate) const SPECIAL_OPERATIONS_CEILING: Rule =
    Rule { id: RuleId::SpecialOperationsCeiling, judge: special_operations_ceiling };

/// The insurance subsidy and any practical subsidy are never both received; nor another one for the same training.
pub(crate) const NO_DOUBLE_BENEFIT: Rule = Rule { id: RuleId::NoDoubleBenefit, judge: no_double_benefit };

/// One online part and one practical part per person, trade and level.
pub(crate) const ONCE_PER_PERSON_TRADE_AND_LEVEL: Rule =
    Rule { id: RuleId::OncePerPersonTradeAndLevel, judge: once_per_person_trade_and_level };

/// No hold stands.
pub(crate) const NOT_HELD: Rule = Rule { id: RuleId::NotHeld, judge: not_held };

fn one_claim_per_study(case: Case<'_>) -> Finding {
    let kind = case.facts.provider.as_ref().and_then(|provider| provider.kind);
    let course = case.facts.course.as_ref().map(|course| &course.course);
    let is_rival = |claim: &&OtherClaim| {
        claim.scheme.is_online()
            && claim.scheme != case.scheme
            && course.is_some()
            && claim.course.as_ref() == course
    };
    let rival = case.live().and_then(|mut claims| claims.find(is_rival));
    let right = scheme_of_study(case.facts);
    let finding = match (kind, &case.facts.entrustment, rival) {
        (_, _, Some(claim)) => Finding::not_met(
            format!("同一次学习已有{}申领", claim.scheme.chinese()),
            format!("the same study already funds {}", claim.claim),
        ),
        (_, Entrustment::Unclear(_), _) => Finding::undetermined(
            "多家企业的协议均可适用，请在报名中登记企业",
            "several enterprises' agreements fit: the enrolment has to name the enterprise",
        ),
        (None, ..) => Finding::undetermined("待登记培训主体类型", "the provider's kind is not registered"),
        _ if right != case.scheme => Finding::not_met(
            format!("该次学习应按{}申领", right.chinese()),
            format!("this study is paid by {right}"),
        ),
        (Some(kind), Entrustment::None, _)
            if !case.scheme.pays_provider(kind) && !case.scheme.is_of_enterprise() =>
        {
            Finding::not_met(
                format!("{}不按{}申领", kind.chinese(), case.scheme.chinese()),
                format!("{} is not paid to a provider of kind {}", case.scheme, kind.as_str()),
            )
        }
        _ if case.facts.other_claims.is_none() => {
            Finding::undetermined("待核查其他申领", "nobody has looked for other claims")
        }
        _ => Finding::met("该次学习没有其他线上补贴申领", "the study funds no other online claim"),
    };
    finding
        .saw("kind", kind.map(|kind| kind.as_str()))
        .saw("entrusted_by", entrusted_by(case))
        .saw("other claims", listed(case))
}

fn entrusted_by(case: Case<'_>) -> Option<&ProviderId> {
    match &case.facts.entrustment {
        Entrustment::By(agreement) => Some(&agreement.enterprise),
        Entrustment::None | Entrustment::Unclear(_) => None,
    }
}

fn rate_ceiling(case: Case<'_>) -> Finding {
    let rates = &case.pack.rates;
    let share = case.facts.specialty.as_ref().and_then(|specialty| case.pack.practical_share(specialty));
    let share = share.map(|(share, _)| share);
    // The online part is owed whatever share the city set for the practical one.
    let asked = share.filter(|_| case.scheme.is_practical());
    let finding = match asked {
        Some(share) if share > rates.practical_share_ceiling => Finding::not_met(
            format!("实操占比 {share} 超过上限 {}", rates.practical_share_ceiling),
            format!("the practical share {share} is above {}", rates.practical_share_ceiling),
        ),
        Some(share) if share.value() + rates.online_rate.value() > Decimal::ONE => Finding::not_met(
            "线上与实操占比合计超过 1",
            "the online rate and the practical share exceed 1 together",
        ),
        _ => sum_within(case, standard(case).map(|(standard, _)| standard), |claim| {
            is_same_study(case, claim) || case.is_same_trade(claim)
        }),
    };
    finding
        .saw("online_rate", Some(rates.online_rate))
        .saw("practical_share", share)
        .saw("other claims", listed(case))
}

fn special_operations_ceiling(case: Case<'_>) -> Finding {
    let ceiling = case.pack.rates.special_operations;
    let category = case.facts.specialty.as_ref().and_then(|specialty| specialty.category);
    let of_trade = |claim: &OtherClaim| claim.specialty.is_some() && claim.specialty.as_ref() == case.trade();
    // Whatever the registry calls the trade now: once it was paid as special operations, that is its ceiling.
    let was_special = case.live().is_some_and(|mut claims| {
        claims.any(|claim| claim.scheme == Scheme::SpecialOperations && of_trade(claim))
    });
    let finding = match category {
        None => Finding::undetermined("待登记专业类别", "the specialty's category is not registered"),
        Some(Category::SpecialOperations) => sum_within(case, Some(ceiling), of_trade),
        Some(_) if case.scheme == Scheme::SpecialOperations => {
            Finding::not_met("该工种不属特种作业", "the trade is none of special operations")
        }
        Some(_) if was_special => sum_within(case, Some(ceiling), of_trade),
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

/// Whether this claim and the others that share the ceiling stay within it.
fn sum_within(case: Case<'_>, ceiling: Option<Yuan>, shares: impl Fn(&OtherClaim) -> bool) -> Finding {
    let Some(claims) = case.live() else {
        return Finding::undetermined("待核查其他申领", "nobody has looked for other claims");
    };
    let mut others = claims.filter(|claim| !is_this(case, claim) && shares(claim)).peekable();
    if case.scheme == Scheme::PreJob && others.peek().is_none() {
        return Finding::met("岗前培训按定额补贴", "pre-job training is paid a fixed amount");
    }
    let own = (definition(case.scheme).amount)(case).yuan;
    let Some((own, ceiling)) = own.zip(ceiling) else {
        return Finding::undetermined("待登记补贴标准", "the subsidy standard is not registered");
    };
    let others: Option<Decimal> = others.map(|claim| claim.amount.map(|yuan| yuan.0)).sum();
    let Some(others) = others else {
        return Finding::undetermined("待核定其他申领的金额", "the amount of another claim is not known");
    };
    let total = Yuan(own.0 + others);
    if total <= ceiling && own > Yuan::ZERO {
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

/// Whether a claim is for the course that is judged.
fn is_same_study(case: Case<'_>, other: &OtherClaim) -> bool {
    let course = case.facts.course.as_ref().map(|course| &course.course);
    course.is_some() && other.course.as_ref() == course
}

/// Whether a claim is the one that is judged: the same scheme and study, or the same certificate.
fn is_this(case: Case<'_>, other: &OtherClaim) -> bool {
    let course = case.facts.course.as_ref().map(|course| &course.course);
    let certificate = case.facts.certificate.as_ref().map(|it| it.certificate.as_str());
    other.scheme == case.scheme
        && if case.scheme.rests_on_certificate() {
            other.certificate.as_deref() == certificate
        } else {
            other.course.as_ref() == course
        }
}

fn no_double_benefit(case: Case<'_>) -> Finding {
    let certificate = case.facts.certificate.as_ref().map(|it| it.certificate.as_str());
    let touches = |benefit: &&Benefit| {
        let same_certificate = benefit.certificate.is_some() && benefit.certificate.as_deref() == certificate;
        let says_nothing = benefit.certificate.is_none() && benefit.specialty.is_none();
        same_certificate || is_for_trade(case, benefit) || says_nothing
    };
    let found = case.facts.benefits.as_ref().map(|benefits| benefits.iter().find(touches));
    // For a certificate that nobody registered: of which trade it is cannot be said.
    let unknown = |benefit: &&Benefit| benefit.certificate.is_some() && benefit.specialty.is_none();
    let unclear = case.facts.benefits.iter().flatten().find(unknown);
    let finding = match found {
        None => Finding::undetermined("待核查其他补贴", "nobody has looked for other benefits"),
        Some(Some(benefit)) => Finding::not_met(
            format!("已享受其他补贴：{}", benefit.benefit),
            format!("received {} already: {}", benefit.kind.as_str(), benefit.benefit),
        ),
        Some(None) if case.facts.referred => Finding::not_met(
            "已转办失业保险技能提升补贴",
            "was referred to the social-insurance agency for the same trade and level",
        ),
        Some(None) => match unclear {
            Some(benefit) => Finding::undetermined(
                format!("待登记补贴 {} 的工种", benefit.benefit),
                format!("for which trade benefit {} was received is not registered", benefit.benefit),
            ),
            None => Finding::met("未重复享受补贴", "no other benefit for the same training is registered"),
        },
    };
    finding
        .saw("benefits", case.facts.benefits.as_ref().map(Vec::len))
        .saw("referred", Some(case.facts.referred))
}

fn once_per_person_trade_and_level(case: Case<'_>) -> Finding {
    let part = |scheme: Scheme| (scheme.is_online(), scheme.is_practical());
    let repeats = |claim: &&OtherClaim| {
        !is_this(case, claim)
            && part(claim.scheme) == part(case.scheme)
            && case.is_same_trade(claim)
            // Another scheme for the same study is what one-claim-per-study asks about.
            && !(case.scheme.is_online() && is_same_study(case, claim))
    };
    let found = case.live().map(|mut claims| claims.find(repeats));
    let subsidised =
        |benefit: &&Benefit| benefit.kind == BenefitKind::TrainingSubsidy && is_for_trade(case, benefit);
    let elsewhere = case.facts.benefits.iter().flatten().find(subsidised);
    let finding = match (case.trade(), found, elsewhere) {
        (None, ..) => Finding::undetermined("待登记专业", "the trade is not registered"),
        (_, Some(Some(claim)), _) => Finding::not_met(
            format!("同一工种同一等级已有申领 {}", claim.claim),
            format!("{} is for the same trade and level", claim.claim),
        ),
        (.., Some(benefit)) => Finding::not_met(
            format!("同一工种同一等级已享受其他培训补贴 {}", benefit.benefit),
            format!("{} was received elsewhere for the same trade and level", benefit.benefit),
        ),
        (_, None, _) => Finding::undetermined("待核查其他申领", "nobody has looked for other claims"),
        (_, Some(None), None) => {
            Finding::met("同一工种同一等级没有其他申领", "no other claim for the same trade and level")
        }
    };
    finding.saw("specialty", case.trade()).saw("level", case.level())
}

/// Whether a benefit was received for the trade of the claim, and maybe for its level.
fn is_for_trade(case: Case<'_>, benefit: &Benefit) -> bool {
    let same = benefit.specialty.is_some() && benefit.specialty.as_ref() == case.trade();
    same && case.may_be_level(benefit.level.as_ref())
}

fn listed(case: Case<'_>) -> Option<String> {
    let claims = case.facts.other_claims.as_ref()?;
    let text = |claim: &OtherClaim| format!("{} {}", claim.claim, claim.state);
    Some(claims.iter().map(text).collect::<Vec<_>>().join("; "))
}
