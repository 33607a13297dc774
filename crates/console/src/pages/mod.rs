//! One file a page.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod claims;
pub(crate) mod courses;
pub(crate) mod flags;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod login;
pub(crate) mod platforms;
pub(crate) mod privacy;
pub(crate) mod registry;
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

/// A flag's name in words, where VT-1 has one.
pub(crate) fn flag_name(word: &str, lang: Lang) -> String {
    let known = keshi_record::Flag::ALL.iter().find(|flag| flag.as_str() == word);
    match (known, lang) {
        (Some(flag), Lang::Chinese) => flag.chinese().to_owned(),
        _ => word.to_owned(),
    }
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
