//! `keshi claims`

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use keshi_policy::{Derivation, Outcome};
use serde_json::{Value, json};

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum Claims {
    /// 列出 / list claims with their total. Example: keshi claims list --state drafted
    List {
        /// 状态 / in one state
        #[arg(long)]
        state: Option<String>,
        /// 学员 / of one trainee
        #[arg(long)]
        trainee: Option<String>,
        /// 最多 / at most so many lines; the totals are of all
        #[arg(long, default_value_t = 200)]
        limit: i64,
    },
    /// 推导 / one claim, rule by rule. Example: keshi claims show 0196…
    Show {
        /// 申请编号 / the claim
        claim: String,
    },
    /// 未成申请 / completions that wait or are refused, and why. Example: keshi claims waiting
    Waiting,
}

impl Claims {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let store = connect::store(settings).await?;
        match self {
            Claims::List { state, trainee, limit } => {
                let rows = store.claims(state.as_deref(), trainee.as_deref(), *limit).await?;
                let totals = store.claim_totals().await?;
                if json {
                    let claims: Vec<_> = rows
                        .iter()
                        .map(|c| {
                            json!({"claim": c.claim.to_string(), "scheme": c.scheme, "trainee": c.trainee, "course": c.course,
                                   "provider": c.provider, "state": c.state, "amount_yuan": c.amount_yuan.to_string(), "pack": c.pack})
                        })
                        .collect();
                    let totals: Vec<_> = totals
                        .iter()
                        .map(|t| json!({"state": t.state, "claims": t.claims, "amount_yuan": t.amount_yuan.to_string()}))
                        .collect();
                    return show::json(&json!({"claims": claims, "totals": totals}));
                }
                let mut table = show::table(&[
                    "申请 claim",
                    "项目 scheme",
                    "学员 trainee",
                    "课程 course",
                    "收款 payee",
                    "状态 state",
                    "金额（元）yuan",
                ]);
                for c in rows {
                    let course = c.course.escape_debug().to_string();
                    table.add_row(vec![
                        c.claim.to_string(),
                        c.scheme,
                        c.trainee,
                        course,
                        c.provider,
                        c.state,
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
            Claims::Show { claim } => {
                let Ok(id) = claim.parse() else {
                    bail!("{claim} 不是申请编号 / is no claim's id; `keshi claims list` shows them")
                };
                let row = store
                    .claim(id)
                    .await?
                    .with_context(|| format!("没有该申请 / there is no claim {claim}"))?;
                if json {
                    let derivation: Value = serde_json::from_str(&row.derivation)?;
                    return show::json(
                        &json!({"claim": row.claim.to_string(), "state": row.state, "amount_yuan": row.amount_yuan.to_string(),
                                              "trainee": row.trainee, "course": row.course, "provider": row.provider, "derivation": derivation}),
                    );
                }
                show::line(format!(
                    "{} · {} · {} · {} · {} 元 yuan · {}",
                    row.claim, row.scheme, row.trainee, row.course, row.amount_yuan, row.state
                ))?;
                show_derivation(&serde_json::from_str(&row.derivation)?)
            }
            Claims::Waiting => {
                let rows = store.unclaimed(1000).await?;
                if json {
                    let all: Result<Vec<_>> = rows
                        .iter()
                        .map(|(trainee, course, verdict, derivation)| {
                            let derivation: Value = serde_json::from_str(derivation)?;
                            Ok(json!({"trainee": trainee, "course": course, "verdict": verdict, "derivation": derivation}))
                        })
                        .collect();
                    return show::json(&all?);
                }
                let mut table = show::table(&["学员 trainee", "课程 course", "结论 verdict", "原因 why"]);
                for (trainee, course, verdict, derivation) in rows {
                    table.add_row(vec![
                        trainee,
                        course.escape_debug().to_string(),
                        verdict,
                        why(&derivation)?,
                    ]);
                }
                show::line(&table)
            }
        }
    }
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

pub(crate) fn show_derivation(derivation: &Derivation) -> Result<()> {
    show::line(format!("政策包 pack {} · SHA-256 {}", derivation.pack, derivation.pack_sha256))?;
    let mut table = show::table(&["条款 clause", "规则 rule", "结论 outcome", "依据 because"]);
    for rule in &derivation.rules {
        let outcome = match rule.outcome {
            Outcome::Met => "符合 met",
            Outcome::NotMet => "不符合 not met",
            Outcome::Undetermined => "未定 undetermined",
        };
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
