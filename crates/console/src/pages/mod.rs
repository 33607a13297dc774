//! One file a page.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod case;
pub(crate) mod claim;
pub(crate) mod claim_steps;
pub(crate) mod claims;
pub(crate) mod courses;
pub(crate) mod evidence;
pub(crate) mod flags;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod import;
pub(crate) mod listings;
pub(crate) mod login;
pub(crate) mod platforms;
pub(crate) mod privacy;
pub(crate) mod rates;
pub(crate) mod registered;
pub(crate) mod registry;
pub(crate) mod rosters;
pub(crate) mod search;
pub(crate) mod sections;
pub(crate) mod trainee;
pub(crate) mod trainees;

use maud::{Markup, html};

use crate::lang::Lang;

/// The lines of one page of a list.
pub(crate) const PAGE: i64 = 100;

/// A state with its colour.
pub(crate) fn yes_no(value: Option<bool>, lang: Lang) -> Markup {
    match value {
        Some(true) => html! { span.tag.good { (lang.of("是", "yes")) } },
        Some(false) => html! { span.tag.soft { (lang.of("否", "no")) } },
        None => html! { span.tag.warn { (lang.of("未定", "open")) } },
    }
}

/// A flag's level.
pub(crate) fn level(level: &str, lang: Lang) -> Markup {
    match level {
        "hold" => html! { span.tag.bad { (lang.of("暂缓", "hold")) } },
        "review" => html! { span.tag.warn { (lang.of("待查", "review")) } },
        _ => html! { span.tag.soft { (lang.of("提示", "info")) } },
    }
}

/// A flag's name in words, where it has one.
pub(crate) fn flag_name(word: &str, lang: Lang) -> String {
    let of_the_rule = keshi_record::Flag::ALL.iter().find(|flag| flag.as_str() == word);
    let known = of_the_rule
        .map(|flag| flag.chinese())
        .or_else(|| keshi_integrity::Kind::parse(word).map(keshi_integrity::Kind::chinese));
    match (known, lang) {
        (Some(chinese), Lang::Chinese) => chinese.to_owned(),
        _ => word.to_owned(),
    }
}

/// Where a case stands.
pub(crate) fn case_state(word: &str, lang: Lang) -> Markup {
    match word {
        "confirmed" => html! { span.tag.bad { (lang.of("已认定", "confirmed")) } },
        "dismissed" => html! { span.tag.good { (lang.of("已排除", "dismissed")) } },
        _ => html! { span.tag.warn { (lang.of("待处理", "open")) } },
    }
}

/// A scheme in words.
pub(crate) fn scheme_name(word: &str, lang: Lang) -> String {
    let known = keshi_policy::Scheme::parse(word);
    known.map_or(word, |scheme| lang.of(scheme.chinese(), scheme.as_str())).to_owned()
}

/// Now, by this machine's clock.
pub(crate) fn now() -> keshi_events::Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    keshi_events::Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A claim's state.
pub(crate) fn state(word: &str, lang: Lang) -> Markup {
    let known = keshi_policy::ClaimState::parse(word);
    let name = known.map_or(word, |state| lang.of(state.chinese(), state.as_str()));
    let class = match known {
        Some(keshi_policy::ClaimState::Paid | keshi_policy::ClaimState::Approved) => "tag good",
        Some(keshi_policy::ClaimState::Rejected | keshi_policy::ClaimState::PaymentFailed) => "tag bad",
        Some(keshi_policy::ClaimState::Objected | keshi_policy::ClaimState::Returned) => "tag warn",
        _ => "tag soft",
    };
    html! { span class=(class) { (name) } }
}
