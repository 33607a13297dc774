//! `keshi flags`: what looks wrong, the events that show it, and what officials decide about it.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use keshi_events::Millis;
use keshi_integrity::Level;
use keshi_projector::look::{Looked, Whom, look};
use keshi_store::{CaseRow, FindingRow, Store, Verdict};
use serde_json::{Value, json};

use crate::commands::{actor, connect, packs};
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum Flags {
    /// 检查全部学员 / look over all trainees now; `keshi up` does so by itself. Example: keshi flags look
    Look,
    /// 列出 / list cases, the weightiest first. Example: keshi flags list --level hold --state open
    List {
        /// 级别 / info, review or hold; without it review and hold
        #[arg(long, value_parser = level)]
        level: Option<Level>,
        /// 状态 / open, confirmed or dismissed
        #[arg(long)]
        state: Option<String>,
        /// 学员 / of one trainee
        #[arg(long)]
        trainee: Option<String>,
        /// 最多 / at most
        #[arg(long, default_value_t = 20)]
        limit: i64,
    },
    /// 显示 / one case with its events and history. Example: keshi flags show f0123456789abcdef0123
    Show {
        /// 编号 / its id, or the beginning of it
        flag: String,
    },
    /// 认定属实 / it is so. Example: keshi flags confirm f0123 --as li.na --why "..."
    Confirm(Decision),
    /// 排除 / it is not so, or harmless: what it holds goes on. Example: keshi flags dismiss f0123 --as li.na --why "..."
    Dismiss(Decision),
    /// 重新打开 / look at it again. Example: keshi flags reopen f0123 --as li.na --why "..."
    Reopen(Decision),
}

#[derive(Args)]
pub(crate) struct Decision {
    /// 编号 / the case
    flag: String,
    /// 经办人 / who decides: a district or city official
    #[arg(long = "as")]
    user: String,
    /// 理由 / why
    #[arg(long)]
    why: String,
}

fn level(word: &str) -> Result<Level, String> {
    Level::parse(word).ok_or_else(|| "info, review, hold".to_owned())
}

/// What this process has cost so far: it does nothing beside the look.
fn cpu_time() -> Duration {
    let cost = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(cost).unwrap_or_default()
}

/// Events of a case that are named to people; machines get them all.
const EVENTS_SHOWN: usize = 8;
/// More cases than anybody reads at once.
const ALL: i64 = 1_000_000;

impl Flags {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let store = connect::store(settings).await?;
        match self {
            Flags::Look => {
                let looked = look(&store, &packs::rules(settings)?, Whom::Changed).await?;
                let Looked { found, new, examined, events, compared } = looked;
                let cpu = cpu_time();
                if json {
                    return show::json(
                        &json!({"found": found, "new": new, "examined": examined, "events": events,
                        "compared": compared, "cpu_seconds": cpu.as_secs_f64()}),
                    );
                }
                show::line(format!(
                    "发现 found {found} · 其中新增 of them new {new} · 检查 examined {examined} 人 people, {events} 条事件 events · 比较 compared {compared} · CPU {:.2} s",
                    cpu.as_secs_f64()
                ))
            }
            Flags::List { level, state, trainee, limit } => {
                let level = level.map(Level::as_str);
                let cases = store.cases(level, state.as_deref(), trainee.as_deref(), ALL).await?;
                let wanted =
                    |case: &&CaseRow| level.is_some() || trainee.is_some() || case.finding.level != "info";
                let cases: Vec<&CaseRow> = cases.iter().filter(wanted).collect();
                list(&cases, usize::try_from(*limit).unwrap_or(usize::MAX), json)
            }
            Flags::Show { flag } => show_case(&store, &find(&store, flag).await?, json).await,
            Flags::Confirm(decision) => decision.take(&store, Verdict::Confirm, json).await,
            Flags::Dismiss(decision) => decision.take(&store, Verdict::Dismiss, json).await,
            Flags::Reopen(decision) => decision.take(&store, Verdict::Reopen, json).await,
        }
    }
}

impl Decision {
    async fn take(&self, store: &Store, verdict: Verdict, json: bool) -> Result<()> {
        let actor = actor::authenticate(store, &self.user).await?;
        let case = find(store, &self.flag).await?;
        let flag = &case.finding.flag;
        store.decide_case(&actor, flag, verdict, &self.why).await?;
        show_case(store, &find(store, flag).await?, json).await
    }
}

/// The one case whose id begins so.
async fn find(store: &Store, flag: &str) -> Result<CaseRow> {
    let cases = store.cases(None, None, None, ALL).await?;
    let mut found = cases.into_iter().filter(|case| case.finding.flag.starts_with(flag));
    let case = found.next().with_context(|| {
        format!("没有该标记 / there is no such case: {flag}; `keshi flags list` names them")
    })?;
    if found.next().is_some() {
        bail!("编号不完整 / several cases begin with {flag}");
    }
    Ok(case)
}

fn value(case: &CaseRow) -> Value {
    let finding = &case.finding;
    json!({"flag": finding.flag, "kind": finding.kind, "level": finding.level, "state": case.state,
        "people": finding.people, "platform": finding.platform, "course": finding.course,
        "from": Millis(finding.from_ms).to_beijing(), "to": Millis(finding.to_ms).to_beijing(),
        "chinese": finding.chinese, "english": finding.english})
}

fn list(cases: &[&CaseRow], limit: usize, json: bool) -> Result<()> {
    if json {
        return show::json(&cases.iter().take(limit).map(|case| value(case)).collect::<Vec<_>>());
    }
    let mut table =
        show::table(&["编号 case", "级别 level", "状态 state", "标记 flag", "学员 people", "情况 what"]);
    // What somebody does day after day is one row, though each day is a case of its own: a day that was dismissed must not hide
    // the next.
    let mut rows: Vec<(&CaseRow, usize)> = Vec::new();
    let mut known = HashMap::new();
    for case in cases {
        let FindingRow { kind, level, people, platform, course, .. } = &case.finding;
        let row = *known.entry((kind, level, people, platform, course, &case.state)).or_insert(rows.len());
        match rows.get_mut(row) {
            Some((_, days)) => *days += 1,
            None => rows.push((case, 1)),
        }
    }
    for (case, days) in rows.iter().take(limit) {
        let finding = &case.finding;
        let level = Level::parse(&finding.level).map_or("", Level::chinese);
        let mut people = finding.people.iter().take(3).cloned().collect::<Vec<_>>().join(" ");
        if finding.people.len() > 3 {
            people.push_str(&format!(" … ({})", finding.people.len()));
        }
        let more = if *days > 1 { format!("（另 {} 天 more days）", days - 1) } else { String::new() };
        table.add_row(vec![
            finding.flag.get(..9).unwrap_or(&finding.flag).to_owned(),
            format!("{level} {}", finding.level),
            case.state.clone(),
            finding.kind.clone(),
            people,
            format!("{}{more}", finding.chinese),
        ]);
    }
    show::line(&table)?;
    let more = rows.len().saturating_sub(limit);
    if more > 0 { show::line(format!("另有 {more} 行 more: --limit {}", rows.len())) } else { Ok(()) }
}

async fn show_case(store: &Store, case: &CaseRow, json: bool) -> Result<()> {
    let finding = &case.finding;
    let decisions = store.decisions(&finding.flag).await?;
    let evidence: Vec<keshi_integrity::Exhibit> = serde_json::from_str(&finding.evidence)?;
    if json {
        let mut value = value(case);
        let history =
            decisions.iter().map(|d| json!({"decision": d.decision, "who": d.who, "why": d.why, "at": d.at}));
        value["evidence"] = json!(evidence);
        value["history"] = history.collect();
        return show::json(&value);
    }
    show::line(format!("{} · {} · {} · {}", finding.flag, finding.kind, finding.level, case.state))?;
    show::line(format!("{}\n{}", finding.chinese, finding.english))?;
    show::line(format!("学员 people: {}", finding.people.join(" ")))?;
    for exhibit in evidence.iter().take(EVENTS_SHOWN) {
        let (seq, platform) = (exhibit.seq, &exhibit.platform);
        show::line(format!("  证据 event {platform}/{} · {} · seq {seq}", exhibit.id, exhibit.trainee))?;
    }
    if evidence.len() > EVENTS_SHOWN {
        show::line(format!("  … 共 {} 条证据 events in all: --json", evidence.len()))?;
    }
    for decision in &decisions {
        let at = decision.at.format("%Y-%m-%d %H:%M UTC");
        show::line(format!("  {at} {} {}: {}", decision.who, decision.decision, decision.why))?;
    }
    Ok(())
}
