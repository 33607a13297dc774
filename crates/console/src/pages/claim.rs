//! One claim: what it rests on, what holds it, what can be done with it now and by whom, and how it came this far.

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use keshi_account::Role;
use keshi_events::Millis;
use keshi_policy::{Derivation, Outcome, Refusal, Step};
use keshi_settlement::{Possible, StepError, possible};
use keshi_store::{ClaimNow, MarkRow, StepRow};
use maud::{Markup, html};
use uuid::Uuid;

use crate::app::App;
use crate::fault::Fault;
use crate::lang::{Lang, half};
use crate::layout::{csrf, encode, nothing, page as frame};
use crate::pages::{claims, flag_name, now, scheme_name, state};
use crate::record::moment;
use crate::seat::Seat;

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(claim): Path<String>,
) -> Result<Response, Fault> {
    let id: Uuid = claim.parse().map_err(|_| Fault::NotFound)?;
    show(&app, &seat, id).await
}

async fn show(app: &App, seat: &Seat, id: Uuid) -> Result<Response, Fault> {
    let lang = seat.lang();
    app.store.claim_within(seat.scope(), id).await?.ok_or(Fault::NotFound)?;
    app.store.audit(seat.audited("claim.view", Some(&id.to_string()))).await?;
    let claim = app.store.look_at_claim(id).await?.ok_or(Fault::NotFound)?;
    let row = &claim.row;
    let (history, marks) = (app.store.claim_history(id).await?, app.store.claim_marks(id).await?);
    let masked = app.store.masked(std::slice::from_ref(&row.trainee)).await?;
    let name = masked.get(&row.trainee).and_then(|person| person.name.as_deref()).unwrap_or("—");
    let derivation: Option<Derivation> = serde_json::from_str(&row.derivation).ok();
    let body = html! {
        h1 { (lang.of("补贴申请", "Claim")) " " (state(&row.state, lang))
            " " button.plain.no-print type="button" data-print hidden { (lang.of("打印", "Print")) } }
        dl.figures {
            div { dt { (lang.of("学员", "Trainee")) } dd { a href={ "/trainees/" (encode(&row.trainee)) } { (row.trainee) } " " small { (name) } } }
            div { dt { (lang.of("项目", "Scheme")) } dd.text { (scheme_name(&row.scheme, lang)) } }
            @if !row.course.is_empty() { div { dt { (lang.of("课程", "Course")) } dd { a href={ "/courses/" (encode(&row.course)) } { (row.course) } } } }
            @if let Some(certificate) = &row.certificate { div { dt { (lang.of("证书", "Certificate")) } dd { (certificate) } } }
            div { dt { (lang.of("金额", "Amount")) } dd { (row.amount_yuan) " " small { (lang.of("元", "yuan")) } } }
            div { dt { (lang.of("申请单位", "Applicant")) } dd { (row.provider) } }
            div { dt { (lang.of("收款", "Payee")) } dd { (row.payee.as_deref().unwrap_or(lang.of("学员本人", "the trainee"))) } }
            div { dt { (lang.of("付款区县", "Payer district")) } dd { (app.place(&row.district, lang)) } }
            @if let Some(from) = row.approval_from { div { dt { (lang.of("公示期满，可批准自", "May be approved from")) } dd { (from) } } }
        }
        @if !claim.holds.is_empty() { (holds(seat, &claim, lang)) }
        h2 #steps { (lang.of("现在可以办理", "What can be done now")) }
        @match possible(&app.packs, &claim, &seat.actor, now()) {
            Ok(steps) => (todo(seat, row.claim, &steps, lang)),
            Err(error) => p.notice.bad { (half(&error.to_string(), lang)) },
        }
        (beside(seat, &claim, lang))
        h2 { (lang.of("推导：逐条条款", "Derivation, clause by clause")) }
        @match &derivation { Some(derivation) => (rules(derivation, lang)), None => (nothing(lang)) }
        h2 #history { (lang.of("经过", "History")) }
        (steps_taken(&history, lang))
        @if !marks.is_empty() { (marks_set(&marks, lang)) }
        p.soft { (lang.of("申请编号", "Claim")) " " span.mono { (row.claim) } }
    };
    Ok(frame(seat, lang.of("补贴申请", "Claim"), body))
}

/// What holds the claim, each with the way to what it is about.
fn holds(seat: &Seat, claim: &ClaimNow, lang: Lang) -> Markup {
    html! {
        div.notice.bad {
            p { strong { (lang.of("暂缓：解除之前不能进行下一环节。", "Held: no step forward until it is released.")) } }
            ul { @for key in &claim.holds { li { (hold(key, lang)) } } }
            @if matches!(seat.actor.role(), Role::District | Role::City) {
                form.line.no-print method="post" action={ "/claims/" (claim.row.claim) "/release" } {
                    (csrf(seat))
                    div { label for="why-release" { (lang.of("解除全部暂缓的理由（必填）", "Why all holds are released (required)")) } input #why-release name="why" required size="40"; }
                    button { (lang.of("解除暂缓", "Release")) }
                }
            }
        }
    }
}

fn hold(key: &str, lang: Lang) -> Markup {
    let parts: Vec<&str> = key.splitn(3, '/').collect();
    match parts.as_slice() {
        ["flag", kind, flag] => {
            html! { a href={ "/flags/" (encode(flag)) } { (flag_name(kind, lang)) } " " span.soft { (lang.of("学习诚信标记", "attendance flag")) } }
        }
        ["adjustment", ..] => {
            html! { (lang.of("生成之后情况有变，须核定", "What it rests on has changed since it was drafted")) " " span.mono.soft { (key) } }
        }
        ["official", who, ..] => html! { (lang.of("经办人设置：", "Set by ")) (who) },
        _ => html! { span.mono { (key) } },
    }
}

/// The steps of the table from here: whose each is, and where this user may take it, its form.
fn todo(seat: &Seat, claim: Uuid, steps: &[Possible], lang: Lang) -> Markup {
    html! {
        @if steps.is_empty() { p.soft { (lang.of("已办结，没有下一环节。", "It is at its end: there is no further step.")) } }
        @else { div.scroll { table.todo {
            thead { tr { th { (lang.of("环节", "Step")) } th { (lang.of("由谁办理", "Whose")) } th { (lang.of("办理", "Take it")) } } }
            tbody { @for one in steps { tr {
                td.name { (lang.of(one.step.chinese(), one.step.as_str())) }
                td.name { (lang.of(one.role.chinese(), one.role.as_str())) }
                td { @match &one.outcome {
                    Ok(_) => form.line method="post" action={ "/claims/" (claim) "/step" } {
                        (csrf(seat))
                        input type="text" name="why" size="36" aria-label=(lang.of("事由", "reason")) placeholder=(lang.of("事由", "reason"));
                        @if one.step == Step::ClawBack { input type="text" name="amount" size="10" inputmode="decimal" aria-label=(lang.of("金额（元），不填为全部", "yuan; all of it when empty")) placeholder=(lang.of("金额，不填为全部", "yuan, or all")); }
                        button class=[claims::against(one.step).then_some("danger")] name="step" value=(one.step.as_str()) { (lang.of(one.step.chinese(), one.step.as_str())) }
                    },
                    Err(error) => span.soft { (why_not(error, lang)) },
                } }
            } } }
        } } }
    }
}

/// Why a step cannot be taken now, in one sentence.
fn why_not(error: &StepError, lang: Lang) -> String {
    match error {
        StepError::Refused { refusal: Refusal::NotYours, .. } => {
            lang.of("由所列角色办理", "for the role that is named").to_owned()
        }
        StepError::Refused { refusal, more, .. } => {
            format!("{}{}", half(&refusal.to_string(), lang), more.trim_start_matches('；'))
        }
        other => half(&other.to_string(), lang),
    }
}

/// What is beside the steps: a hold to set, a repayment to book.
fn beside(seat: &Seat, claim: &ClaimNow, lang: Lang) -> Markup {
    let action = |what: &str| format!("/claims/{}/{what}", claim.row.claim);
    let owed = claim.owed.iter().find(|(debt, _)| *debt == claim.row.claim);
    html! {
        @if matches!(seat.actor.role(), Role::District | Role::City) {
            details.no-print { summary { (lang.of("设置暂缓", "Set a hold")) }
                form.line method="post" action=(action("hold")) {
                    (csrf(seat))
                    div { label for="why-hold" { (lang.of("理由（必填）", "Reason (required)")) } input #why-hold name="why" required size="40"; }
                    button { (lang.of("暂缓", "Hold")) }
                } }
        }
        @if let (Role::Finance, Some((_, amount))) = (seat.actor.role(), owed) {
            details.no-print open { summary { (lang.of("登记退回款项，尚欠", "Book a repayment; still owed:")) " " (amount) " " (lang.of("元", "yuan")) }
                form.line method="post" action=(action("repaid")) {
                    (csrf(seat))
                    div { label for="amount" { (lang.of("金额（元）", "Yuan")) } input #amount name="amount" required size="10" inputmode="decimal"; }
                    div { label for="reference" { (lang.of("银行凭证号", "The bank's reference")) } input #reference name="reference" required size="24"; }
                    button { (lang.of("入账", "Book")) }
                } }
        }
    }
}

fn steps_taken(history: &[StepRow], lang: Lang) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th.n { "#" } th { (lang.of("时间", "When")) } th { (lang.of("环节", "Step")) } th { (lang.of("状态", "State")) } th { (lang.of("谁", "Who")) } th { (lang.of("事由", "Why")) } th.n { (lang.of("金额（元）", "Yuan")) } th { (lang.of("链", "Chain")) } } }
            tbody { @for step in history { tr {
                td.n { (step.number) } td.when { (moment(Millis(step.at.timestamp_millis()))) }
                td.name { (Step::parse(&step.step).map_or(step.step.as_str(), |known| lang.of(known.chinese(), known.as_str()))) }
                td { (state(&step.to_state, lang)) } td { (step.who) } td { (said(step, lang)) }
                td.n { @if let Some(amount) = step.amount_yuan { (amount) } }
                td { @if step.chained { span.tag.good { (lang.of("完好", "holds")) } } @else { span.tag.bad { (lang.of("断裂", "broken")) } } }
            } } }
        } }
    }
}

/// Why a step was taken; what the worker says of itself in the language of the page.
fn said(step: &StepRow, lang: Lang) -> &str {
    match (step.step.as_str(), step.why.as_str()) {
        ("draft", "drafted by the settlement worker") => {
            lang.of("由结算程序自动生成", "drafted by the settlement worker")
        }
        (_, why) => why,
    }
}

fn marks_set(marks: &[MarkRow], lang: Lang) -> Markup {
    html! {
        h3 { (lang.of("暂缓与解除", "Holds and releases")) }
        div.scroll { table {
            thead { tr { th { (lang.of("时间", "When")) } th { (lang.of("事项", "What")) } th { (lang.of("依据", "Of")) } th { (lang.of("谁", "Who")) } th { (lang.of("事由", "Why")) } } }
            tbody { @for mark in marks { tr {
                td.when { (moment(Millis(mark.at.timestamp_millis()))) }
                td { @if mark.held { (lang.of("暂缓", "held")) } @else { (lang.of("解除", "released")) } }
                td { (hold(&mark.key, lang)) } td { (mark.who) } td { (mark.why) }
            } } }
        } }
    }
}

/// Rule by rule, with what it saw.
pub(crate) fn rules(derivation: &Derivation, lang: Lang) -> Markup {
    html! {
        p.soft { (lang.of("政策包", "Pack")) " " (derivation.pack) " · SHA-256 " span.mono { (derivation.pack_sha256) } }
        div.scroll { table.derivation {
            thead { tr { th { (lang.of("条款", "Clause")) } th { (lang.of("规则", "Rule")) } th { (lang.of("结论", "Outcome")) } th { (lang.of("依据", "Because")) } } }
            tbody { @for rule in &derivation.rules { tr {
                td.name { (if rule.clause == "practice" { lang.of("惯例", "practice") } else { &rule.clause }) } td { (lang.of(rule.rule.chinese(), rule.rule.english())) br; span.mono.soft { (rule.rule.as_str()) } }
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
