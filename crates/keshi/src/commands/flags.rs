//! `keshi flags`: what looks wrong, the events that show it, and what officials decide about it.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use keshi_events::{Event, FactKind, Millis, Origin, PlatformId, TraineeId, decode, fact};
use keshi_integrity::{Crowd, Flag, Level, Rules, examine, settle};
use keshi_record::Constants;
use keshi_store::{CaseRow, FactRow, FindingRow, Store, Verdict};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

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

/// More cases than anybody reads at once.
const ALL: i64 = 1_000_000;

impl Flags {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let store = connect::store(settings).await?;
        match self {
            Flags::Look => {
                let (found, new) = look(&store, &packs::rules(settings)?).await?;
                if json {
                    return show::json(&json!({"found": found, "new": new}));
                }
                show::line(format!("发现 found {found} · 其中新增 of them new {new}"))
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
    for case in cases.iter().take(limit) {
        let finding = &case.finding;
        let level = Level::parse(&finding.level).map_or("", Level::chinese);
        let mut people = finding.people.iter().take(3).cloned().collect::<Vec<_>>().join(" ");
        if finding.people.len() > 3 {
            people.push_str(&format!(" … ({})", finding.people.len()));
        }
        table.add_row(vec![
            finding.flag.get(..9).unwrap_or(&finding.flag).to_owned(),
            format!("{level} {}", finding.level),
            case.state.clone(),
            finding.kind.clone(),
            people,
            finding.chinese.clone(),
        ]);
    }
    show::line(&table)?;
    let more = cases.len().saturating_sub(limit);
    if more > 0 { show::line(format!("另有 {more} 条 more: --limit {}", cases.len())) } else { Ok(()) }
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
    for exhibit in &evidence {
        let (seq, platform) = (exhibit.seq, &exhibit.platform);
        show::line(format!("  证据 event {platform}/{} · {} · seq {seq}", exhibit.id, exhibit.trainee))?;
    }
    for decision in &decisions {
        let at = decision.at.format("%Y-%m-%d %H:%M UTC");
        show::line(format!("  {at} {} {}: {}", decision.who, decision.decision, decision.why))?;
    }
    Ok(())
}

/// Examines every trainee out of the trail and replaces the findings. Run again without new events it changes nothing.
pub(crate) async fn look(store: &Store, rules: &Rules) -> Result<(usize, u64)> {
    const PAGE: i64 = 500;
    let constants = Constants::default();
    let catalogue = connect::catalogue(store).await?;
    let mut crowd = Crowd::default();
    let mut flags = Vec::new();
    let mut after = String::new();
    loop {
        let page = store.trainees_with_trail(&after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(last);
        let partitions = u16::try_from(store.partitions().await?)?;
        for name in &page {
            let messages = store.history(name).await?;
            let trainee = TraineeId::from(name.as_str());
            let events: Result<Vec<Event<'_>>, _> =
                messages.iter().map(|message| decode(message, Origin::Stream { partitions })).collect();
            let events = events.map_err(|rejection| anyhow::anyhow!("the trail of {name}: {rejection}"))?;
            let one = examine(&trainee, &events, &constants, &catalogue, rules);
            flags.extend(one.flags);
            crowd.take(&trainee, one.traces);
        }
    }
    flags.extend(crowd.flags(rules));
    let flags = settle(flags);
    let rows: Result<Vec<FindingRow>> = flags.iter().map(row).collect();
    let facts: Vec<FactRow> = flags.iter().flat_map(facts).collect();
    let new = store.replace_findings(&rows?, &facts).await?;
    Ok((flags.len(), new))
}

fn row(flag: &Flag) -> Result<FindingRow> {
    Ok(FindingRow {
        flag: flag.id(),
        kind: flag.kind.as_str().to_owned(),
        level: flag.level.as_str().to_owned(),
        people: flag.people.iter().map(ToString::to_string).collect(),
        platform: flag.platform.as_ref().map(ToString::to_string),
        course: flag.course.as_ref().map(ToString::to_string),
        from_ms: flag.from.0,
        to_ms: flag.to.0,
        chinese: flag.chinese.clone(),
        english: flag.english.clone(),
        evidence: serde_json::to_string(&flag.evidence)?,
    })
}

/// Tells each platform of its own trainees, and of nobody else.
fn facts(flag: &Flag) -> Vec<FactRow> {
    if flag.level == Level::Info {
        return Vec::new();
    }
    let told: BTreeSet<(&PlatformId, &TraineeId)> =
        flag.evidence.iter().map(|exhibit| (&exhibit.platform, &exhibit.trainee)).collect();
    let id = flag.id();
    let tell = |(platform, trainee): (&PlatformId, &TraineeId)| {
        let data = json!({"trainee": trainee, "flag": flag.kind, "level": flag.level, "case": id,
            "course": flag.course, "from": flag.from.to_beijing(), "to": flag.to.to_beijing()});
        let identity = [trainee.as_str(), id.as_str(), flag.level.as_str()];
        FactRow::from(fact(FactKind::AttendanceFlagged, platform.as_str(), &identity, flag.to, &data))
    };
    told.into_iter().map(tell).collect()
}

/// Looks when something new was projected, at most every quarter of an hour, until told to stop.
pub(crate) async fn keep_looking(store: &Store, rules: &Rules, stop: &CancellationToken) {
    const EVERY: Duration = Duration::from_secs(15 * 60);
    let mut seen = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        match store.projected_to().await {
            Ok(projected) if projected == seen => {}
            Ok(projected) => match look(store, rules).await {
                Ok((found, new)) => {
                    seen = projected;
                    tracing::info!(found, new, "looked over all records / 已检查全部记录");
                }
                Err(error) => tracing::warn!(%error, "the records cannot be looked over; trying again later"),
            },
            Err(error) => tracing::warn!(%error, "the database cannot be read"),
        }
    }
}
