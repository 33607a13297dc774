//! How much: standard x rate, rounded to the fen once at the end, with every step shown.

use keshi_registry::Yuan;
use serde::{Deserialize, Serialize};

use crate::rule::Case;

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

/// The standard for the claim's course, and where it stands: the registry's for the specialty and level, or else the
/// pack's for the category.
pub(crate) fn standard(case: Case<'_>) -> Option<(Yuan, String)> {
    let specialty = case.facts.specialty.as_ref()?;
    let level = case.facts.course.as_ref().and_then(|course| course.level.as_ref());
    if let Some(yuan) = level.and_then(|level| specialty.standard_yuan.get(level)) {
        return Some((*yuan, "registry".to_owned()));
    }
    let standard = case.pack.standard(specialty.category?, level)?;
    Some((standard.yuan, standard.clause.clone()))
}

/// Exact, not rounded.
pub(crate) fn online_share(case: Case<'_>, standard: Yuan) -> Yuan {
    Yuan(standard.0 * case.pack.rates.online_rate.value())
}

/// Standard x online rate.
pub(crate) fn online_part(case: Case<'_>) -> Amount {
    let Some((standard, clause)) = standard(case) else {
        let why =
            ("该专业等级的补贴标准".to_owned(), "a subsidy standard for the specialty and level".to_owned());
        return Amount { yuan: None, steps: Vec::new(), waits_for: Some(why) };
    };
    let rate = case.pack.rates.online_rate;
    let yuan = online_share(case, standard).rounded_to_fen();
    let step = |what: &str, what_en: &str, clause: &str, value: String| AmountStep {
        what: what.to_owned(),
        what_en: what_en.to_owned(),
        clause: clause.to_owned(),
        value,
    };
    let steps = vec![
        step("职业培训补贴标准（元）", "subsidy standard, yuan", &clause, standard.to_string()),
        step("线上培训比例", "online rate", &case.pack.rates.clauses.online_rate, rate.to_string()),
        step(
            "应付（元，四舍五入到分）",
            "payable, yuan, rounded half-up to the fen",
            &case.pack.rates.clauses.online_rate,
            format!("{standard} × {rate} = {yuan}"),
        ),
    ];
    Amount { yuan: Some(yuan), steps, waits_for: None }
}
