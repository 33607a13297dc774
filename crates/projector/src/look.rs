//! A look at everybody: what the attendance checks say of each trail, kept, and of all trails side by side.
//!
//! It stands beside the projector's path: events are projected whether anybody looks or not. Money is different: each step that
//! moves it forward looks first at those of whom something new is known.

use std::collections::BTreeSet;
use std::time::Duration;

use keshi_events::{Event, FactKind, Origin, PlatformId, TraineeId, decode, fact};
use keshi_integrity::{Crowd, Examined, Flag, Level, Rules, examine, law, settle};
use keshi_record::Constants;
use keshi_store::{FactRow, FindingRow, Store};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::error::ProjectorError;
use crate::registry;
use crate::stored::trail_error;

/// Whom a look examines anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Everybody whose trail grew.
    Changed,
    /// Those for whom it grew by a quarter, and once a day the others: each event is then judged a bounded number of times,
    /// however long its trainee's history.
    MuchChanged,
}

/// What a look did.
#[derive(Debug, Default)]
pub struct Looked {
    /// Findings that stand now.
    pub found: usize,
    /// Findings that did not stand before.
    pub new: u64,
    /// Trainees who were examined anew.
    pub examined: usize,
    /// Their events.
    pub events: usize,
    /// What judging and comparing cost.
    pub cpu: Duration,
}

/// Examines those of whom something new is known, out of the trail, lays all side by side and replaces the findings. Run again
/// without new events it changes nothing.
///
/// # Errors
/// When the database fails, or the trail or registry cannot be read.
pub async fn look(store: &Store, rules: &Rules, whom: Whom) -> Result<Looked, ProjectorError> {
    const PAGE: i64 = 200;
    let constants = Constants::default();
    let (_, catalogue) = registry::load(store).await?;
    let law = law(&constants, &catalogue, rules);
    let mut looked = Looked::default();
    let mut after = String::new();
    loop {
        let page = store.to_examine(&law, whom == Whom::MuchChanged, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.trainee);
        let partitions = store.partitions().await? as u16;
        let mut done = Vec::with_capacity(page.len());
        for head in page {
            let messages = store.history(&head.trainee).await?;
            let begun = cpu_time();
            let trainee = TraineeId::from(head.trainee.as_str());
            let events: Result<Vec<Event<'_>>, _> = messages
                .iter()
                .map(|message| {
                    decode(message, Origin::Stream { partitions })
                        .map_err(|rejection| trail_error(message.seq, rejection))
                })
                .collect();
            let events = events?;
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
    let rows: Result<Vec<FindingRow>, ProjectorError> = flags.iter().map(row).collect();
    let facts: Vec<FactRow> = flags.iter().flat_map(facts).collect();
    looked.new = store.replace_findings(&rows?, &facts, &fresh).await?;
    looked.found = flags.len();
    Ok(looked)
}

/// Looks when one of these claims' trainees has events that nobody looked at yet: the money does not go forward on these.
///
/// # Errors
/// As [`look`].
pub async fn look_if_behind(store: &Store, rules: &Rules, claims: &[Uuid]) -> Result<(), ProjectorError> {
    if !store.unexamined(claims).await?.is_empty() {
        look(store, rules, Whom::Changed).await?;
    }
    Ok(())
}

/// What this thread has cost so far; nothing where the system does not say.
fn cpu_time() -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(said.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or_default())
}

fn row(flag: &Flag) -> Result<FindingRow, ProjectorError> {
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
        evidence: serde_json::to_string(&flag.evidence)
            .map_err(|error| ProjectorError::Finding(error.to_string()))?,
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
pub async fn keep_looking(store: &Store, rules: &Rules, stop: &CancellationToken) {
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
