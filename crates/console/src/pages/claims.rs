//! Claims: queues by state, and one claim with its derivation and its history.

use axum::extract::{Extension, Path, Query, State};
use axum::response::Response;
use keshi_policy::{Derivation, Outcome};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::fault::Fault;
use crate::lang::Lang;
use crate::layout::{encode, more, nothing, page as frame};
use crate::pages::{PAGE, sections, state};
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct View {
    state: Option<String>,
    after: Option<Uuid>,
}

pub(crate) async fn list(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Query(view): Query<View>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let wanted = view.state.as_deref().filter(|state| !state.is_empty());
    let after = view.after.unwrap_or(Uuid::nil());
    let lines = app.store.claim_lines(seat.scope(), wanted, None, after, PAGE).await?;
    let totals = app.store.claim_totals_within(seat.scope()).await?;
    let next = lines.last().filter(|_| lines.len() as i64 == PAGE).map(|last| {
        format!(
            "/claims?after={}{}",
            last.claim,
            wanted.map(|state| format!("&state={}", encode(state))).unwrap_or_default()
        )
    });
    let body = html! {
        h1 { (lang.of("补贴申请", "Claims")) }
        ul.days {
            li { a href="/claims" aria-current=[wanted.is_none().then_some("page")] { (lang.of("全部", "all")) } }
            @for total in &totals {
                li { a href={ "/claims?state=" (encode(&total.state)) } aria-current=[(wanted == Some(total.state.as_str())).then_some("page")] {
                    (state(&total.state, lang)) " " (total.claims) " · " (total.amount_yuan) " " (lang.of("元", "yuan")) } }
            }
        }
        (sections::claims(&lines, lang))
        (more(lang, next))
    };
    Ok(frame(&seat, lang.of("补贴申请", "Claims"), body))
}

pub(crate) async fn one(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(claim): Path<String>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let id: Uuid = claim.parse().map_err(|_| Fault::NotFound)?;
    let row = app.store.claim_within(seat.scope(), id).await?.ok_or(Fault::NotFound)?;
    app.store.audit(seat.audited("claim.view", Some(&claim))).await?;
    let history = app.store.claim_history(id).await?;
    let masked = app.store.masked(std::slice::from_ref(&row.trainee)).await?;
    let name = masked.get(&row.trainee).and_then(|person| person.name.as_deref()).unwrap_or("—");
    let derivation: Option<Derivation> = serde_json::from_str(&row.derivation).ok();
    let body = html! {
        h1 { (lang.of("补贴申请", "Claim")) " " (state(&row.state, lang)) }
        dl.figures {
            div { dt { (lang.of("学员", "Trainee")) } dd { a href={ "/trainees/" (encode(&row.trainee)) } { (row.trainee) } " " small { (name) } } }
            div { dt { (lang.of("课程", "Course")) } dd { a href={ "/courses/" (encode(&row.course)) } { (row.course) } } }
            div { dt { (lang.of("收款", "Payee")) } dd { (row.provider) } }
            div { dt { (lang.of("项目", "Scheme")) } dd { (row.scheme) } }
            div { dt { (lang.of("金额", "Amount")) } dd { (row.amount_yuan) " " small { (lang.of("元", "yuan")) } } }
        }
        h2 { (lang.of("推导", "Derivation")) }
        @match &derivation { Some(derivation) => (rules(derivation, lang)), None => (nothing(lang)) }
        h2 { (lang.of("经过", "History")) }
        table {
            thead { tr { th.n { "#" } th { (lang.of("时间", "When")) } th { (lang.of("步骤", "Step")) } th { (lang.of("状态", "State")) } th { (lang.of("谁", "Who")) } th { (lang.of("事由", "Why")) } } }
            tbody { @for step in &history { tr {
                td.n { (step.number) } td { (crate::record::moment(keshi_events::Millis(step.at.timestamp_millis()))) }
                td { (keshi_policy::Step::parse(&step.step).map_or(step.step.as_str(), |known| lang.of(known.chinese(), known.as_str()))) }
                td { (state(&step.to_state, lang)) } td { (step.who) } td { (step.why) }
            } } }
        }
    };
    Ok(frame(&seat, lang.of("补贴申请", "Claim"), body))
}

/// Rule by rule, with what it saw.
fn rules(derivation: &Derivation, lang: Lang) -> Markup {
    html! {
        p.soft { (lang.of("政策包", "Pack")) " " (derivation.pack) " · SHA-256 " span.mono { (derivation.pack_sha256) } }
        div.scroll { table.derivation {
            thead { tr { th { (lang.of("条款", "Clause")) } th { (lang.of("规则", "Rule")) } th { (lang.of("结论", "Outcome")) } th { (lang.of("依据", "Because")) } } }
            tbody { @for rule in &derivation.rules { tr {
                td { (rule.clause) } td { (lang.of(rule.rule.chinese(), rule.rule.english())) br; span.mono.soft { (rule.rule.as_str()) } }
                td { @match rule.outcome {
                    Outcome::Met => span.tag.good { (lang.of("符合", "met")) },
                    Outcome::NotMet => span.tag.bad { (lang.of("不符合", "not met")) },
                    Outcome::Undetermined => span.tag.warn { (lang.of("未定", "open")) },
                } }
                td { (lang.of(&rule.sentence, &rule.sentence_en))
                    @if !rule.evidence.is_empty() { details { summary { (lang.of("证据事件", "Events")) " (" (rule.evidence.len()) ")" }
                        p.mono { @for event in rule.evidence.iter().take(200) { (event.seq) " " } } } } }
            } } }
        } }
        @for step in &derivation.amount_steps { p { (lang.of(&step.what, &step.what_en)) " (" (step.clause) "): " strong { (step.value) } } }
    }
}
