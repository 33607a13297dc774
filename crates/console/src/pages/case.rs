//! One case of the case book: what was found, in which events, how the people's days looked, and what was decided.

use std::collections::BTreeSet;

use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use keshi_account::Role;
use keshi_events::{Millis, TraineeId};
use keshi_integrity::Exhibit;
use keshi_store::{CaseSeen, DecisionRow, Verdict};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Checked;
use crate::lang::Lang;
use crate::layout::{csrf, encode, nothing, page as frame};
use crate::pages::{case_state, flag_name, flags, level};
use crate::record::{Study, Together, moment, patterns, together};
use crate::seat::Seat;

/// So many people are drawn; the others are links.
const DRAWN: usize = 8;
/// So many days of one case are drawn.
const DAYS: usize = 3;

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(flag): Path<String>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let seen = app.store.case_within(seat.scope(), &flag).await?.ok_or(Fault::NotFound)?;
    let finding = &seen.case.finding;
    app.store.audit(seat.audited("flag.view", Some(&flag))).await?;
    let exhibits: Vec<Exhibit> = serde_json::from_str(&finding.evidence).unwrap_or_default();
    let decisions = app.store.decisions(&flag).await?;
    let people = app.store.masked(&finding.people).await?;
    let mut studies = Vec::new();
    for trainee in finding.people.iter().take(DRAWN) {
        app.store.audit(seat.audited("record.view", Some(trainee))).await?;
        studies.extend(Study::load(&app, seat.scope(), trainee).await?);
    }
    let drawn: Vec<Together<'_>> = studies
        .iter()
        .map(|study| Together {
            study,
            name: people.get(study.trainee.as_str()).and_then(|person| person.name.as_deref()),
            evidence: exhibits.iter().filter(|one| one.trainee == study.trainee).map(|one| one.seq).collect(),
        })
        .collect();
    let days = days_of(&drawn, finding.from_ms);
    let name = flag_name(&finding.kind, lang);
    let body = html! {
        (patterns())
        h1 { (name) " " (level(&finding.level, lang)) " " (case_state(&seen.case.state, lang)) }
        p.notice { (flags::sentence(&seen, lang)) }
        dl.figures {
            div { dt { (lang.of("自", "From")) } dd.mono { (moment(Millis(finding.from_ms))) } }
            div { dt { (lang.of("至", "To")) } dd.mono { (moment(Millis(finding.to_ms))) } }
            @if let Some(course) = &finding.course { div { dt { (lang.of("课程", "Course")) } dd { a href={ "/courses/" (encode(course)) } { (course) } } } }
            @if let Some(platform) = &finding.platform { div { dt { (lang.of("平台", "Platform")) } dd { (platform) } } }
            @for trainee in finding.people.iter().take(12) {
                div { dt { (lang.of("学员", "Trainee")) } dd { a href={ "/trainees/" (encode(trainee)) } { (trainee) } " "
                    small { (people.get(trainee).and_then(|person| person.name.as_deref()).unwrap_or_default()) } } }
            }
            @if finding.people.len() > 12 || seen.others > 0 {
                div { dt { (lang.of("另有", "And")) } dd { (finding.people.len().saturating_sub(12) + seen.others) " " small { (lang.of("人", "more")) } } }
            }
        }
        h2 #decide { (lang.of("处理", "Decision")) }
        (decide(&seat, &seen, lang))
        (history(&decisions, lang))
        @if !drawn.is_empty() {
            h2 #timelines { (lang.of("同一个时间轴上", "On one clock")) }
            div.says.no-print #says aria-live="polite" { (lang.of("指向任一片段（或用 Tab 键移到它上面），这里说明它算不算、为什么；点开看组成它的事件。", "Point at a stretch, or reach it with the Tab key: here it says whether it counts, and why. Follow it for its events.")) }
            @for day in days.iter().take(DAYS) {
                section.card { h3 { (date(*day)) }
                    (together(&drawn, *day, &|study, seq, at| record_link(&study.trainee, &date(*day), Some((seq, at))), lang)) }
            }
            @if days.len() > DAYS { p.soft { (lang.of("证据还在以下各日，见各自的学习记录：", "Events that show it lie on these days too; see the records:")) @for day in days.iter().skip(DAYS).take(30) { " " (date(*day)) } } }
            @if finding.people.len() > DRAWN { p.soft { (lang.of("其余学员见各自的学习记录。", "The other people's days stand in their records.")) } }
        }
        h2 #evidence { (lang.of("证据事件", "The events that show it")) }
        (evidence(&exhibits, finding.from_ms, lang))
        p.soft { (lang.of("标记编号", "Case")) " " span.mono { (finding.flag) } " · " span.mono { (finding.kind) } }
    };
    Ok(frame(&seat, &name, body))
}

/// The days on which the events that show it lie, or else the one on which it began.
fn days_of(people: &[Together<'_>], from_ms: i64) -> BTreeSet<i64> {
    let shown = |one: &Together<'_>| {
        let evidence = one.study.events.iter().filter(|event| one.evidence.contains(&event.seq));
        evidence.map(|event| event.time.beijing_day()).collect::<Vec<_>>()
    };
    let days: BTreeSet<i64> = people.iter().flat_map(shown).collect();
    if days.is_empty() { BTreeSet::from([Millis(from_ms).beijing_day()]) } else { days }
}

fn date(day: i64) -> String {
    Millis::of_beijing_day(day).beijing_date().to_string()
}

fn record_link(trainee: &TraineeId, date: &str, at: Option<(u64, Millis)>) -> String {
    let path = format!("/trainees/{}?day={date}", encode(trainee.as_str()));
    match at {
        Some((seq, at)) => format!("{path}&seq={seq}&at={}#stretch", at.0),
        None => format!("{path}#day"),
    }
}

fn evidence(exhibits: &[Exhibit], from_ms: i64, lang: Lang) -> Markup {
    let date = Millis(from_ms).beijing_date().to_string();
    html! {
        @if exhibits.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th.n { (lang.of("序号", "Sequence")) } th { (lang.of("学员", "Trainee")) } th { (lang.of("平台", "Platform")) } th { (lang.of("事件编号", "Event id")) } } }
            tbody { @for exhibit in exhibits { tr {
                td.n { (exhibit.seq) }
                td.id { a href=(record_link(&exhibit.trainee, &date, None)) { (exhibit.trainee) } }
                td { (exhibit.platform) } td.id { (exhibit.id) }
            } } }
        } } }
    }
}

fn history(decisions: &[DecisionRow], lang: Lang) -> Markup {
    html! {
        @if !decisions.is_empty() { table {
            thead { tr { th { (lang.of("时间", "When")) } th { (lang.of("结论", "Decision")) } th { (lang.of("谁", "Who")) } th { (lang.of("理由", "Why")) } } }
            tbody { @for decision in decisions { tr {
                td.when { (moment(Millis(decision.at.timestamp_millis()))) }
                td { @match decision.decision.as_str() {
                    "confirmed" => (lang.of("认定", "confirmed")),
                    "dismissed" => (lang.of("排除", "dismissed")),
                    _ => (lang.of("重新打开", "reopened")),
                } }
                td { (decision.who) } td { (decision.why) }
            } } }
        } }
    }
}

/// What this user may decide now, or why not.
fn decide(seat: &Seat, seen: &CaseSeen, lang: Lang) -> Markup {
    if !matches!(seat.actor.role(), Role::District | Role::City) {
        return html! { p.soft { (lang.of("由区县或市的经办人处理。", "A district or city official decides.")) } };
    }
    if seen.others > 0 {
        return html! { p.soft { (lang.of("涉及其他区县的学员，由市处理。", "People of other districts are part of it: the city decides.")) } };
    }
    let state = seen.case.state.as_str();
    let open = Verdict::ALL.into_iter().filter(|verdict| verdict.from_states().contains(&state));
    let says = |verdict: Verdict| match verdict {
        Verdict::Confirm => lang.of("认定：情况属实", "Confirm: it is as it looks"),
        Verdict::Dismiss => lang.of("排除：有正当解释", "Dismiss: there is a good explanation"),
        Verdict::Reopen => lang.of("重新打开", "Reopen"),
    };
    html! {
        form.line.card method="post" action={ "/flags/" (encode(&seen.case.finding.flag)) "/decide" } {
            (csrf(seat))
            div { label for="why" { (lang.of("理由（必填，留存）", "Reason (required, kept)")) } input #why name="why" required size="48"; }
            @for verdict in open {
                button class=[(verdict == Verdict::Confirm).then_some("danger")] name="verdict" value=(verdict.as_str()) { (says(verdict)) }
            }
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Decision {
    verdict: String,
    #[serde(default)]
    why: String,
}

pub(crate) async fn take(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(flag): Path<String>,
    Checked(form): Checked<Decision>,
) -> Result<Response, Fault> {
    let verdict =
        Verdict::parse(&form.verdict).ok_or_else(|| Fault::Bad("没有这种结论 / no such verdict".into()))?;
    app.store.decide_case(&seat.actor, &flag, verdict, &form.why).await?;
    let mut line = seat.audited("flag.decide", Some(&flag));
    line.why = Some(&form.why);
    app.store.audit(line).await?;
    Ok(Redirect::to(&format!("/flags/{}#decide", encode(&flag))).into_response())
}
