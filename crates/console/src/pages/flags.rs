//! Attendance flags: the queue that officials work off, the weightiest first.

use std::collections::HashMap;

use axum::extract::{Extension, State};
use axum::response::Response;
use keshi_events::Millis;
use keshi_store::{CaseCount, CasePlace, CaseSeen, CasesWanted, Masked};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Viewed;
use crate::lang::Lang;
use crate::layout::{encode, more, nothing, page as frame};
use crate::pages::{PAGE, case_state, flag_name, level};
use crate::record::moment;
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct View {
    #[serde(default)]
    level: String,
    #[serde(default = "open")]
    state: String,
    #[serde(default)]
    trainee: String,
    #[serde(default)]
    after: String,
}

fn open() -> String {
    "open".to_owned()
}

const LEVELS: [(&str, &str, &str); 4] = [
    ("", "全部级别", "all levels"),
    ("hold", "暂缓", "hold"),
    ("review", "待查", "review"),
    ("info", "提示", "info"),
];
const STATES: [(&str, &str, &str); 4] = [
    ("open", "待处理", "open"),
    ("confirmed", "已认定", "confirmed"),
    ("dismissed", "已排除", "dismissed"),
    ("all", "全部", "all"),
];

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Viewed(view): Viewed<View>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let after = given(&view.after).map(|after| CasePlace::parse(after).ok_or(Fault::NoCursor)).transpose()?;
    let wanted = CasesWanted {
        level: given(&view.level),
        state: given(&view.state).filter(|state| *state != "all"),
        trainee: given(&view.trainee),
        flag: None,
        after: after.as_ref(),
    };
    let cases = app.store.cases_within(seat.scope(), wanted, PAGE).await?;
    let counts = app.store.case_counts(seat.scope()).await?;
    let ids: Vec<String> = cases.iter().flat_map(|seen| &seen.case.finding.people).cloned().collect();
    let people = app.store.masked(&ids).await?;
    let link = |level: &str, state: &str| {
        let trainee = given(&view.trainee).map(|it| format!("&trainee={}", encode(it))).unwrap_or_default();
        format!("/flags?level={}&state={}{trainee}", encode(level), encode(state))
    };
    let next = cases
        .last()
        .filter(|_| cases.len() as i64 == PAGE)
        .map(|last| format!("{}&after={}", link(&view.level, &view.state), encode(&last.place.to_string())));
    let body = html! {
        h1 { (lang.of("标记", "Flags")) @if let Some(trainee) = given(&view.trainee) { " · " (trainee) } }
        p.soft { (lang.of("标记从不改动学时：提示只告知，待查请人核查，暂缓停止付款。排除后暂缓即解除；每次处理留下姓名与理由，可以重开。", "A flag never changes verified time: info tells, review asks for a look, hold stops the money until it is dismissed. Each decision keeps its name and reason, and can be reopened.")) }
        ul.days aria-label=(lang.of("级别", "Level")) { @for (value, chinese, english) in LEVELS {
            li { a href=(link(value, &view.state)) aria-current=[(view.level == value).then_some("page")] {
                (lang.of(chinese, english)) " " (count(&counts, given(value), given(&view.state))) } }
        } }
        ul.days aria-label=(lang.of("状态", "State")) { @for (value, chinese, english) in STATES {
            li { a href=(link(&view.level, value)) aria-current=[(view.state == value).then_some("page")] {
                (lang.of(chinese, english)) " " (count(&counts, given(&view.level), Some(value))) } }
        } }
        @if cases.is_empty() { (nothing(lang)) } @else { (table(&cases, &people, lang)) }
        (more(lang, next))
    };
    Ok(frame(&seat, lang.of("标记", "Flags"), body))
}

/// Cases as a table; each leads to its page.
pub(crate) fn table(cases: &[CaseSeen], people: &HashMap<String, Masked>, lang: Lang) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th { (lang.of("级别", "Level")) } th { (lang.of("标记", "Flag")) } th { (lang.of("学员", "People")) } th { (lang.of("情况", "What was found")) } th { (lang.of("时间", "When")) } th { (lang.of("状态", "State")) } } }
            tbody { @for seen in cases {
                @let finding = &seen.case.finding;
                tr {
                    td { (level(&finding.level, lang)) }
                    td.name { a href={ "/flags/" (encode(&finding.flag)) } { (flag_name(&finding.kind, lang)) } }
                    td { (who(seen, people, lang)) }
                    td { (sentence(seen, lang)) }
                    td.when { (moment(Millis(finding.from_ms))) }
                    td { (case_state(&seen.case.state, lang)) }
                }
            } }
        } }
    }
}

/// Whom a case is about: the first three, and how many more.
fn who(seen: &CaseSeen, people: &HashMap<String, Masked>, lang: Lang) -> Markup {
    let all = &seen.case.finding.people;
    let rest = all.len().saturating_sub(3) + seen.others;
    html! {
        @for trainee in all.iter().take(3) {
            div { a.mono href={ "/trainees/" (encode(trainee)) "#flags" } { (trainee) } " "
                (people.get(trainee).and_then(|person| person.name.as_deref()).unwrap_or_default()) }
        }
        @if rest > 0 { div.soft { (lang.of("另有", "and")) " " (rest) " " (lang.of("人", "more")) } }
        @if all.is_empty() && rest == 0 { span.soft { (seen.case.finding.platform.as_deref().or(seen.case.finding.course.as_deref()).unwrap_or("—")) } }
    }
}

/// What was found, in words; where it names others, only that it does.
pub(crate) fn sentence(seen: &CaseSeen, lang: Lang) -> String {
    let finding = &seen.case.finding;
    if seen.others > 0 {
        let said = lang.of(
            "涉及范围以外的学员，详情由市查看。",
            "People outside of your scope are part of it: the city sees the whole.",
        );
        return said.to_owned();
    }
    lang.of(&finding.chinese, &finding.english).to_owned()
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn count(counts: &[CaseCount], level: Option<&str>, state: Option<&str>) -> i64 {
    let is_wanted = |count: &&CaseCount| {
        level.is_none_or(|level| count.level == level)
            && state.is_none_or(|state| state == "all" || count.state == state)
    };
    counts.iter().filter(is_wanted).map(|count| count.cases).sum()
}
