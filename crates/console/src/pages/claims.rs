//! Claims: queues by state, and steps over a selection.

use axum::extract::{Extension, State};
use axum::response::Response;
use keshi_account::Role;
use keshi_policy::{ClaimState, Step, steps_from};
use keshi_store::{ClaimRow, Totals};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Viewed;
use crate::lang::Lang;
use crate::layout::{csrf, encode, more, nothing, page as frame};
use crate::pages::{PAGE, scheme_name, state};
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct View {
    state: Option<String>,
    after: Option<Uuid>,
}

pub(crate) async fn list(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Viewed(view): Viewed<View>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let wanted = view.state.as_deref().filter(|state| !state.is_empty());
    let after = view.after.unwrap_or(Uuid::nil());
    let lines = app.store.claim_lines(seat.scope(), wanted, None, after, PAGE).await?;
    let totals = app.store.claim_totals_within(seat.scope()).await?;
    let ids: Vec<String> = lines.iter().map(|line| line.trainee.clone()).collect();
    let people = app.store.masked(&ids).await?;
    let next = lines.last().filter(|_| lines.len() as i64 == PAGE).map(|last| {
        format!(
            "/claims?after={}{}",
            last.claim,
            wanted.map(|state| format!("&state={}", encode(state))).unwrap_or_default()
        )
    });
    let steps = bulk_steps(wanted, seat.actor.role());
    let name = |trainee: &str| people.get(trainee).and_then(|person| person.name.clone());
    let body = html! {
        h1 { (lang.of("补贴申请", "Claims")) }
        (queues(&totals, wanted, lang))
        @if lines.is_empty() { (nothing(lang)) }
        @else if steps.is_empty() { (table(&app, &lines, &name, false, lang)) }
        @else {
            form method="post" action="/claims/steps" {
                (csrf(&seat))
                (table(&app, &lines, &name, true, lang))
                div.line.card.bar {
                    div { label for="why" { (lang.of("事由（退回、不予通过等必填）", "Reason (required for steps against the applicant)")) } input #why name="why" size="40"; }
                    @for step in &steps {
                        button class=[against(*step).then_some("danger")] name="step" value=(step.as_str()) {
                            (lang.of("所选：", "Selected: ")) (lang.of(step.chinese(), step.as_str())) }
                    }
                }
            }
        }
        (more(lang, next))
    };
    Ok(frame(&seat, lang.of("补贴申请", "Claims"), body))
}

/// The queues in the order in which claims pass through them, each with its count and sum.
fn queues(totals: &[Totals], wanted: Option<&str>, lang: Lang) -> Markup {
    let claims: i64 = totals.iter().map(|total| total.claims).sum();
    let of = |state: ClaimState| totals.iter().find(|total| total.state == state.as_str());
    html! {
        ul.queues aria-label=(lang.of("按环节", "By step")) {
            li { a href="/claims" aria-current=[wanted.is_none().then_some("page")] { strong { (lang.of("全部", "All")) } span.n { (claims) } } }
            @for (at, total) in ClaimState::ALL.iter().filter_map(|at| Some((at, of(*at)?))) {
                li { a href={ "/claims?state=" (at.as_str()) } aria-current=[(wanted == Some(at.as_str())).then_some("page")] {
                    strong { (lang.of(at.chinese(), at.as_str())) } span.n { (total.claims) } small { (total.amount_yuan) " " (lang.of("元", "yuan")) }
                } }
            }
        }
    }
}

/// Claims as a table; with boxes where something can be done with a selection.
pub(crate) fn table(
    app: &App,
    claims: &[ClaimRow],
    name: &dyn Fn(&str) -> Option<String>,
    boxes: bool,
    lang: Lang,
) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                @if boxes { th { input type="checkbox" data-all="claim" aria-label=(lang.of("全选", "select all")); } }
                th { (lang.of("学员", "Trainee")) } th { (lang.of("项目", "Scheme")) } th { (lang.of("课程 / 证书", "Course / certificate")) }
                th { (lang.of("申请单位", "Applicant")) } th { (lang.of("付款区县", "Payer")) } th { (lang.of("状态", "State")) } th.n { (lang.of("金额（元）", "Yuan")) } th {}
            } }
            tbody { @for claim in claims { tr {
                @if boxes { td { input type="checkbox" name="claim" value=(claim.claim) aria-label={ (lang.of("选择", "select")) " " (claim.trainee) }; } }
                td { a.mono href={ "/trainees/" (encode(&claim.trainee)) } { (claim.trainee) } " " (name(&claim.trainee).unwrap_or_default()) }
                td { (scheme_name(&claim.scheme, lang)) }
                td { (claim.certificate.as_deref().unwrap_or(&claim.course)) } td { (claim.provider) } td { (app.place(&claim.district, lang)) }
                td { (state(&claim.state, lang)) } td.n { (claim.amount_yuan) }
                td { a href={ "/claims/" (claim.claim) } { (lang.of("查看", "Open")) } }
            } } }
        } }
    }
}

/// Steps against the applicant.
pub(crate) fn against(step: Step) -> bool {
    matches!(step, Step::Return | Step::Reject | Step::Uphold | Step::ClawBack | Step::Fail | Step::Withdraw)
}

/// What a role can do with a whole queue at once. Money is claimed back one claim at a time.
fn bulk_steps(state: Option<&str>, role: Role) -> Vec<Step> {
    let Some((state, role)) = state.and_then(ClaimState::parse).zip(role.in_claims()) else {
        return Vec::new();
    };
    let own = steps_from(state).filter(|(step, whose)| *whose == role && *step != Step::ClawBack);
    own.map(|(step, _)| step).collect()
}
