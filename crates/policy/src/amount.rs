//! How much: standard x rate, rounded to the fen once at the end, with every step shown.

use keshi_registry::{Share, Yuan};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::facts::OtherClaim;
use crate::rule::Case;
use crate::scheme::Scheme;

/// One step of a sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmountStep {
    /// What, in Chinese.
    pub what: String,
    /// What, in English.
    pub what_en: String,
    /// The clause that the number rests on, `practice`, or `registry`.
    pub clause: String,
    /// The number.
    pub value: String,
}

/// A sum, or what it waits for.
pub(crate) struct Amount {
    pub(crate) yuan: Option<Yuan>,
    pub(crate) steps: Vec<AmountStep>,
    pub(crate) waits_for: Option<(String, String)>,
}

/// The standard for the claim's trade, and where it stands: the registry's for the specialty and level, or else the
/// pack's for the category.
pub(crate) fn standard(case: Case<'_>) -> Option<(Yuan, String)> {
    let specialty = case.facts.specialty.as_ref()?;
    let level = case.level();
    if let Some(yuan) = level.and_then(|level| specialty.standard_yuan.get(level)) {
        return Some((*yuan, "registry".to_owned()));
    }
    let standard = case.pack.standard(specialty.category?, level)?;
    Some((standard.yuan, standard.clause.clone()))
}

fn step(what: &str, what_en: &str, clause: &str, value: String) -> AmountStep {
    AmountStep { what: what.to_owned(), what_en: what_en.to_owned(), clause: clause.to_owned(), value }
}

fn waits_for(what: &str, what_en: &str) -> Amount {
    Amount { yuan: None, steps: Vec::new(), waits_for: Some((what.to_owned(), what_en.to_owned())) }
}

/// Standard x online rate.
pub(crate) fn online_part(case: Case<'_>) -> Amount {
    let rates = &case.pack.rates;
    let rate = ("线上培训比例", "online rate", rates.clauses.online_rate.as_str(), rates.online_rate);
    share_of_standard(case, rate)
}

/// Standard x the specialty's practical share.
pub(crate) fn practical_part(case: Case<'_>) -> Amount {
    let share = case.facts.specialty.as_ref().and_then(|specialty| case.pack.practical_share(specialty));
    let Some((share, clause)) = share else {
        return waits_for("该专业的实操占比", "the city's practical share for the specialty");
    };
    share_of_standard(case, ("实操培训比例", "practical share", clause, share))
}

fn share_of_standard(case: Case<'_>, (what, what_en, from, rate): (&str, &str, &str, Share)) -> Amount {
    let Some((standard, clause)) = standard(case) else {
        return waits_for("该专业等级的补贴标准", "a subsidy standard for the specialty and level");
    };
    let yuan = Yuan(standard.0 * rate.value()).rounded_to_fen();
    let steps = vec![
        step("职业培训补贴标准（元）", "subsidy standard, yuan", &clause, standard.to_string()),
        step(what, what_en, from, rate.to_string()),
        step(
            "应付（元，四舍五入到分）",
            "payable, yuan, rounded half-up to the fen",
            from,
            format!("{standard} × {rate} = {yuan}"),
        ),
    ];
    Amount { yuan: Some(yuan), steps, waits_for: None }
}

/// The fixed amount of clause 四(一).
pub(crate) fn pre_job(case: Case<'_>) -> Amount {
    let rates = &case.pack.rates;
    let yuan = rates.pre_job.rounded_to_fen();
    let steps = vec![step(
        "岗前培训补贴（元/人）",
        "pre-job subsidy, yuan a person",
        &rates.clauses.pre_job,
        yuan.to_string(),
    )];
    Amount { yuan: Some(yuan), steps, waits_for: None }
}

/// The fixed amount of clause 一, less what the trade's other claims take: it is the ceiling of all of them together.
pub(crate) fn special_operations(case: Case<'_>) -> Amount {
    let rates = &case.pack.rates;
    let (fixed, clause) = (rates.special_operations, &rates.clauses.special_operations);
    let same = |claim: &&OtherClaim| {
        claim.scheme != Scheme::SpecialOperations && claim.specialty.as_ref() == case.trade()
    };
    let taken = case.live().map(|claims| claims.filter(same).map(|claim| claim.amount.map(|it| it.0)).sum());
    let Some(Some(taken)) = taken else {
        return waits_for("同一工种其他申领的金额", "the amounts of the trade's other claims");
    };
    let taken: Decimal = taken;
    let yuan = Yuan((fixed.0 - taken).max(Decimal::ZERO)).rounded_to_fen();
    let mut steps =
        vec![step("特种作业补贴（元/人）", "special operations, yuan a person", clause, fixed.to_string())];
    if !taken.is_zero() {
        let less = format!("{fixed} − {taken} = {yuan}");
        steps.push(step("扣除同一工种其他申领", "less the trade's other claims", clause, less));
    }
    Amount { yuan: Some(yuan), steps, waits_for: None }
}
