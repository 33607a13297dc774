//! Claims as they are shown: lists, derivations, histories, what waits.

use anyhow::{Context, Result};
use keshi_policy::{ClaimState, Derivation, Outcome, Scheme, Step};
use keshi_store::{ClaimRow, Store, Wanted};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::show;

/// The words of a stored scheme and state in Chinese, as they are where they are not known.
fn chinese(scheme: &str, state: &str) -> (String, String) {
    let scheme = Scheme::parse(scheme).map_or(scheme, |scheme| scheme.chinese());
    let state = ClaimState::parse(state).map_or(state, |state| state.chinese());
    (scheme.to_owned(), state.to_owned())
}

pub(super) async fn list(store: &Store, wanted: &Wanted<'_>, limit: i64, json: bool) -> Result<()> {
    let rows = store.claims(wanted, limit).await?;
    let totals = store.claim_totals().await?;
    if json {
        let claims: Vec<_> = rows
            .iter()
            .map(|c| {
                json!({"claim": c.claim.to_string(), "scheme": c.scheme, "trainee": c.trainee, "course": c.course,
                       "certificate": c.certificate, "provider": c.provider, "payee": c.payee, "district": c.district,
                       "state": c.state, "amount_yuan": c.amount_yuan.to_string(), "pack": c.pack})
            })
            .collect();
        let totals: Vec<_> = totals
            .iter()
            .map(|t| json!({"state": t.state, "claims": t.claims, "amount_yuan": t.amount_yuan.to_string()}))
            .collect();
        return show::json(&json!({"claims": claims, "totals": totals}));
    }
    let mut table = show::wide_table(&[
        "申请 claim",
        "项目 scheme",
        "学员 trainee",
        "课程 course",
        "付款 payer",
        "收款 payee",
        "状态 state",
        "金额（元）yuan",
    ]);
    for c in rows {
        let (scheme, state) = chinese(&c.scheme, &c.state);
        table.add_row(vec![
            c.claim.to_string(),
            scheme,
            c.trainee,
            c.certificate.unwrap_or_else(|| c.course.escape_debug().to_string()),
            c.district,
            c.payee.unwrap_or_else(|| "个人 trainee".to_owned()),
            state,
            c.amount_yuan.to_string(),
        ]);
    }
    show::line(&table)?;
    for total in totals {
        show::line(format!(
            "{}：{} 份 claims，合计 total {} 元 yuan",
            total.state, total.claims, total.amount_yuan
        ))?;
    }
    Ok(())
}

async fn found(store: &Store, claim: Uuid) -> Result<ClaimRow> {
    store.claim(claim).await?.with_context(|| format!("没有该申请 / there is no claim {claim}"))
}

pub(super) async fn show_claim(store: &Store, claim: Uuid, brief: bool, json: bool) -> Result<()> {
    let row = found(store, claim).await?;
    if json {
        let derivation: Value = serde_json::from_str(&row.derivation)?;
        return show::json(
            &json!({"claim": row.claim.to_string(), "scheme": row.scheme, "state": row.state, "amount_yuan": row.amount_yuan.to_string(),
                    "trainee": row.trainee, "course": row.course, "certificate": row.certificate, "provider": row.provider,
                    "payee": row.payee, "district": row.district, "approval_from": row.approval_from, "derivation": derivation}),
        );
    }
    let (scheme, state) = chinese(&row.scheme, &row.state);
    show::line(format!(
        "{} · {scheme} · {} · {} · {} 元 yuan · {state} {}",
        row.claim,
        row.trainee,
        row.certificate.as_deref().unwrap_or(&row.course),
        row.amount_yuan,
        row.state
    ))?;
    show::line(format!(
        "付款 payer {} · 申请 applicant {} · 收款 payee {}",
        row.district,
        row.provider,
        row.payee.as_deref().unwrap_or("个人 trainee")
    ))?;
    show_derivation(&serde_json::from_str(&row.derivation)?, brief)
}

pub(super) async fn statement(store: &Store, claim: Uuid) -> Result<()> {
    let row = found(store, claim).await?;
    let people = store.masked(std::slice::from_ref(&row.trainee)).await?;
    let steps = store.claim_history(claim).await?;
    show::line(keshi_settlement::statement(&row, people.get(&row.trainee), &steps)?)
}

pub(super) async fn history(store: &Store, claim: Uuid, json: bool) -> Result<()> {
    let row = found(store, claim).await?;
    let (steps, marks) = (store.claim_history(claim).await?, store.claim_marks(claim).await?);
    let redrafts = store.claim_redrafts(claim).await?;
    // State and amount stand in the claim too: both are what the history says.
    let first = steps.first().and_then(|step| step.amount_yuan);
    let amount = redrafts.last().map(|redraft| redraft.amount_yuan).or(first);
    let state = steps.last().map(|step| step.to_state.as_str());
    let is_fold = amount == Some(row.amount_yuan) && state == Some(row.state.as_str());
    if json {
        let steps: Vec<_> = steps
            .iter()
            .map(|s| {
                json!({"number": s.number, "step": s.step, "from": s.from_state, "to": s.to_state, "who": s.who, "why": s.why,
                       "at": s.at.to_rfc3339(), "amount_yuan": s.amount_yuan.map(|it| it.to_string()), "chained": s.chained})
            })
            .collect();
        let marks: Vec<_> = marks
            .iter()
            .map(|m| json!({"key": m.key, "held": m.held, "who": m.who, "why": m.why, "at": m.at.to_rfc3339()}))
            .collect();
        let redrafts: Vec<_> = redrafts
            .iter()
            .map(|r| {
                json!({"number": r.number, "amount_yuan": r.amount_yuan.to_string(), "why": r.why, "at": r.at.to_rfc3339(), "chained": r.chained})
            })
            .collect();
        return show::json(
            &json!({"steps": steps, "redrafts": redrafts, "holds": marks, "is_fold": is_fold}),
        );
    }
    let mut table = show::table(&["", "环节 step", "状态 to", "经办 who", "事由 why", "时间 at", "链 chain"]);
    for s in steps {
        table.add_row(vec![
            s.number.to_string(),
            Step::parse(&s.step).map_or(s.step.clone(), |step| format!("{} {}", step.chinese(), s.step)),
            s.to_state,
            s.who,
            s.why,
            s.at.to_rfc3339(),
            if s.chained { "完好 holds" } else { "断裂 BROKEN" }.to_owned(),
        ]);
    }
    show::line(&table)?;
    for r in redrafts {
        let chain = if r.chained { "" } else { " · 链断裂 chain BROKEN" };
        show::line(format!("重新生成 redrafted {} · {} · {}{chain}", r.number, r.why, r.at.to_rfc3339()))?;
    }
    if !is_fold {
        show::line(
            "与经过不符：申请的状态或金额被改动 NOT what its history says: state or amount was changed",
        )?;
    }
    for m in marks {
        let what = if m.held { "暂缓 hold" } else { "解除 release" };
        show::line(format!("{what} {} · {} · {} · {}", m.key, m.who, m.why, m.at.to_rfc3339()))?;
    }
    Ok(())
}

pub(super) async fn waiting(store: &Store, verdict: Option<&str>, json: bool) -> Result<()> {
    let rows = store.unclaimed(verdict, 1000).await?;
    if json {
        let all: Result<Vec<_>> = rows
            .iter()
            .map(|row| {
                let derivation: Value = serde_json::from_str(&row.derivation)?;
                Ok(json!({"trainee": row.trainee, "course": row.course, "subject": row.subject, "scheme": row.scheme,
                          "verdict": row.verdict, "derivation": derivation}))
            })
            .collect();
        return show::json(&all?);
    }
    let mut table = show::table(&["学员 trainee", "依据 subject", "项目 scheme", "结论 verdict", "原因 why"]);
    for row in rows {
        table.add_row(vec![
            row.trainee,
            row.subject.escape_debug().to_string(),
            chinese(&row.scheme, "").0,
            row.verdict,
            why(&row.derivation)?,
        ]);
    }
    show::line(&table)
}

pub(super) async fn adjustments(store: &Store, json: bool) -> Result<()> {
    let rows = store.adjustments(1000).await?;
    if json {
        let all: Vec<_> = rows
            .iter()
            .map(|a| {
                json!({"claim": a.claim.to_string(), "trainee": a.trainee, "course": a.course, "state": a.state,
                       "amount_yuan": a.amount_yuan.to_string(), "was": a.was, "now": a.now_is,
                       "found_at": a.found_at.to_rfc3339(), "open": a.open})
            })
            .collect();
        return show::json(&all);
    }
    let mut table =
        show::table(&["申请 claim", "学员 trainee", "状态 state", "生成时 was", "现状 now", "待办 open"]);
    for a in rows {
        table.add_row(vec![
            a.claim.to_string(),
            a.trainee,
            a.state,
            a.was,
            a.now_is,
            show::yes_no(Some(a.open)).to_owned(),
        ]);
    }
    show::line(&table)
}

/// The rules that stand against a claim, or what it waits for.
fn why(derivation: &str) -> Result<String> {
    let Ok(derivation) = serde_json::from_str::<Derivation>(derivation) else {
        let value: Value = serde_json::from_str(derivation)?;
        return Ok(value["waits_for"].as_str().unwrap_or_default().to_owned());
    };
    let unmet = derivation.rules.iter().filter(|rule| rule.outcome != Outcome::Met);
    Ok(unmet.map(|rule| format!("{}：{}", rule.rule.as_str(), rule.sentence)).collect::<Vec<_>>().join("\n"))
}

fn show_derivation(derivation: &Derivation, brief: bool) -> Result<()> {
    show::line(format!("政策包 pack {} · SHA-256 {}", derivation.pack, derivation.pack_sha256))?;
    let header = ["条款 clause", "规则 rule", "结论 outcome", "依据 because"];
    let mut table = if brief { show::wide_table(&header) } else { show::table(&header) };
    for rule in &derivation.rules {
        let outcome = match rule.outcome {
            Outcome::Met => "符合 met",
            Outcome::NotMet => "不符合 not met",
            Outcome::Undetermined => "未定 undetermined",
        };
        if brief {
            table.add_row([&rule.clause, rule.rule.chinese(), outcome, &rule.sentence]);
            continue;
        }
        let events = match rule.evidence.len() {
            0 => String::new(),
            n => format!(
                "\n证据 evidence: {n} 条事件 events, seq {} …",
                rule.evidence.iter().take(3).map(|e| e.seq.to_string()).collect::<Vec<_>>().join(", ")
            ),
        };
        table.add_row(vec![
            rule.clause.clone(),
            format!("{}\n{}", rule.rule.chinese(), rule.rule.as_str()),
            outcome.to_owned(),
            format!("{}\n{}{events}", rule.sentence, rule.sentence_en),
        ]);
    }
    show::line(&table)?;
    for step in &derivation.amount_steps {
        show::line(format!("{} {} ({}): {}", step.what, step.what_en, step.clause, step.value))?;
    }
    Ok(())
}
