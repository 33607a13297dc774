//! `keshi flags`: what looks wrong, the events that show it, and what officials decide about it.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};
use keshi_events::{Event, FactKind, Millis, Origin, PlatformId, TraineeId, decode, fact};
use keshi_integrity::{Crowd, Examined, Flag, Level, Rules, examine, law, settle};
use keshi_record::Constants;
use keshi_store::{CaseRow, FactRow, FindingRow, Store, Verdict};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

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
                let looked = look(&store, &packs::rules(settings)?, Whom::Changed).await?;
                let Looked { found, new, examined, events, cpu } = looked;
                if json {
                    return show::json(
                        &json!({"found": found, "new": new, "examined": examined, "events": events,
                        "cpu_seconds": cpu.as_secs_f64()}),
                    );
                }
                show::line(format!(
                    "发现 found {found} · 其中新增 of them new {new} · 检查 examined {examined} 人 people, {events} 条事件 events · CPU {:.2} s",
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

/// Whom a look examines anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    /// Everybody whose trail grew.
    Changed,
    /// Those for whom it grew by a quarter, and once a day the others: each event is then judged a bounded number of times,
    /// however long its trainee's history.
    MuchChanged,
}

/// What a look did.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    found: usize,
    new: u64,
    examined: usize,
    events: usize,
    cpu: Duration,
}

/// Examines those of whom something new is known, out of the trail, lays all side by side and replaces the findings. Run again
/// without new events it changes nothing.
pub(crate) async fn look(store: &Store, rules: &Rules, whom: Whom) -> Result<Looked> {
    const PAGE: i64 = 200;
    let constants = Constants::default();
    let catalogue = connect::catalogue(store).await?;
    let law = law(&constants, &catalogue, rules);
    let mut looked = Looked::default();
    let mut after = String::new();
    loop {
        let page = store.to_examine(&law, whom == Whom::MuchChanged, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.trainee);
        let partitions = u16::try_from(store.partitions().await?)?;
        let mut done = Vec::with_capacity(page.len());
        for head in page {
            let messages = store.history(&head.trainee).await?;
            let begun = cpu_time();
            let trainee = TraineeId::from(head.trainee.as_str());
            let events: Result<Vec<Event<'_>>, _> =
                messages.iter().map(|message| decode(message, Origin::Stream { partitions })).collect();
            let events = events.map_err(|rejection| anyhow!("the trail of {trainee}: {rejection}"))?;
            let one = examine(&trainee, &events, &constants, &catalogue, rules);
            done.push((head, postcard::to_allocvec(&one)?));
            looked.cpu += cpu_time().saturating_sub(begun);
            looked.examined += 1;
            looked.events += messages.len();
        }
        store.keep_examined(&law, &done).await?;
    }
    let (mut crowd, mut flags, mut fresh) = (Crowd::default(), Vec::new(), Vec::new());
    after.clear();
    loop {
        let page = store.examined(&law, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.head.trainee);
        let begun = cpu_time();
        for row in page {
            let one: Examined = postcard::from_bytes(&row.found)?;
            flags.extend(one.flags);
            crowd.take(&TraineeId::from(row.head.trainee.as_str()), one.traces);
            if !row.is_settled {
                fresh.push(row.head);
            }
        }
        looked.cpu += cpu_time().saturating_sub(begun);
    }
    let begun = cpu_time();
    flags.extend(crowd.flags(rules));
    let flags = settle(flags);
    looked.cpu += cpu_time().saturating_sub(begun);
    let rows: Result<Vec<FindingRow>> = flags.iter().map(row).collect();
    let facts: Vec<FactRow> = flags.iter().flat_map(facts).collect();
    looked.new = store.replace_findings(&rows?, &facts, &fresh).await?;
    looked.found = flags.len();
    Ok(looked)
}

/// Looks when one of these claims' trainees has events that nobody looked at yet: the money does not go forward on these.
pub(crate) async fn look_if_behind(store: &Store, settings: &Settings, claims: &[Uuid]) -> Result<()> {
    if !store.unexamined(claims).await?.is_empty() {
        look(store, &packs::rules(settings)?, Whom::Changed).await?;
    }
    Ok(())
}

/// What this thread has cost so far; nothing where the system does not say.
fn cpu_time() -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(said.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or_default())
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

/// Looks when something new was projected, every five minutes at most, until told to stop.
pub(crate) async fn keep_looking(store: &Store, rules: &Rules, stop: &CancellationToken) {
    const EVERY: Duration = Duration::from_secs(5 * 60);
    let mut seen = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        match store.projected_to().await {
            Ok(projected) if projected == seen => {}
            Ok(projected) => match look(store, rules, Whom::MuchChanged).await {
                Ok(Looked { found, new, examined, .. }) => {
                    seen = projected;
                    tracing::info!(found, new, examined, "looked over all records / 已检查全部记录");
                }
                Err(error) => tracing::warn!(%error, "the records cannot be looked over; trying again later"),
            },
            Err(error) => tracing::warn!(%error, "the database cannot be read"),
        }
    }
}
