//! A claim on one printable page: who asks for what, by which rules and facts, and how it came this far.

use std::fmt::Write;

use keshi_policy::{ClaimState, Derivation, Outcome, Scheme, Severity, Step};
use keshi_store::{ClaimRow, Masked, StepRow};

use crate::capitals::capitals;
use crate::error::SettlementError;
use crate::sheet::Sheet;

const STYLE: &str = "@page{size:A4;margin:12mm}body{font:11px/1.45 'Noto Serif CJK SC','Songti SC',SimSun,serif;color:#111}\
h1{font-size:18px;text-align:center;margin:0 0 6px}h2{font-size:12px;margin:8px 0 3px}table{width:100%;border-collapse:collapse}\
td,th{border:1px solid #555;padding:2px 5px;text-align:left;vertical-align:top}th{background:#eee;white-space:nowrap}\
.n{text-align:right}footer{margin-top:8px;font-size:9px;color:#444}";

/// The page, in HTML without scripts; personal data masked.
///
/// # Errors
/// When the stored derivation cannot be read.
pub fn statement(
    row: &ClaimRow,
    person: Option<&Masked>,
    steps: &[StepRow],
) -> Result<String, SettlementError> {
    let unreadable = |error: serde_json::Error| SettlementError::Unreadable {
        what: format!("claim {}", row.claim),
        why: error.to_string(),
    };
    let derivation: Derivation = serde_json::from_str(&row.derivation).map_err(unreadable)?;
    let sheet: Sheet = serde_json::from_str(&row.sheet).map_err(unreadable)?;
    let scheme = Scheme::parse(&row.scheme).map_or(row.scheme.as_str(), |scheme| scheme.chinese());
    let state = ClaimState::parse(&row.state).map_or(row.state.as_str(), |state| state.chinese());
    let name = person.and_then(|person| person.name.as_deref()).unwrap_or("");
    let number = person.and_then(|person| person.id_number.as_deref()).unwrap_or("");
    let payee = if row.payee.is_none() { "学员本人" } else { sheet.payee.as_str() };
    let hours = |hours: Option<i64>| hours.map_or_else(|| "—".to_owned(), |hours| hours.to_string());

    let mut page = String::new();
    page.push_str("<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>");
    page.push_str(&escape(scheme));
    let _ =
        write!(page, "申请表</title><style>{STYLE}</style></head><body><h1>{}申请表</h1>", escape(scheme));
    page.push_str("<table>");
    let mut line = |pairs: &[(&str, &str)]| {
        page.push_str("<tr>");
        for (label, value) in pairs {
            let _ = write!(page, "<th>{}</th><td>{}</td>", escape(label), escape(value));
        }
        page.push_str("</tr>");
    };
    let amount = row.amount_yuan.to_string();
    line(&[("申请编号", &row.claim.to_string()), ("状态", state)]);
    line(&[("姓名", name), ("身份证号", number)]);
    line(&[("户籍区县（付款）", &sheet.district), ("人员类别", &sheet.category)]);
    line(&[("工种/课程", &format!("{} / {}", sheet.trade, sheet.course)), ("证书编号", &sheet.certificate)]);
    line(&[
        ("线上课时（应/实）", &format!("{}/{}", hours(sheet.hours_due), hours(sheet.hours_done))),
        ("考核结果", &sheet.result),
    ]);
    line(&[("申请单位", &row.provider), ("收款单位", payee)]);
    line(&[("金额（元）", &amount), ("大写", &capitals(row.amount_yuan))]);
    page.push_str("</table><h2>推导 Derivation</h2><table><tr><th>条款</th><th>规则</th><th>结论</th><th>依据</th></tr>");
    for rule in &derivation.rules {
        let outcome = match (rule.outcome, rule.severity) {
            (Outcome::Met, _) => "符合",
            (Outcome::NotMet, Severity::Warning) => "提示",
            (Outcome::NotMet, Severity::Error) => "不符合",
            (Outcome::Undetermined, _) => "未定",
        };
        let events: Vec<String> = rule.evidence.iter().take(4).map(|event| event.seq.to_string()).collect();
        let events =
            if events.is_empty() { String::new() } else { format!("（事件 {}）", events.join("、")) };
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{outcome}</td><td>{}{}</td></tr>",
            escape(&rule.clause),
            escape(rule.rule.chinese()),
            escape(&rule.sentence),
            escape(&events)
        );
    }
    page.push_str("</table><h2>金额 Amount</h2><table>");
    for step in &derivation.amount_steps {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>",
            escape(&step.clause),
            escape(&step.what),
            escape(&step.value)
        );
    }
    page.push_str("</table><h2>经过 History</h2><table>");
    for step in steps {
        let what = Step::parse(&step.step).map_or(step.step.as_str(), |step| step.chinese());
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            step.at.format("%Y-%m-%d %H:%M UTC"),
            escape(what),
            escape(&step.who),
            escape(&step.why)
        );
    }
    let _ = write!(
        page,
        "</table><footer>政策包 {} · SHA-256 {} · 课程版本（登记簿号）{}</footer></body></html>",
        escape(&derivation.pack),
        escape(&derivation.pack_sha256),
        derivation.course_version.map_or_else(|| "—".to_owned(), |number| number.to_string())
    );
    Ok(page)
}

/// Text that stands in HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
