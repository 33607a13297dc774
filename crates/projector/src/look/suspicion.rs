//! Suspicions as the store keeps them, and the findings that are made of them.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::{FactKind, PlatformId, TraineeId, fact};
use keshi_integrity::{Condition, Flag, Level, Regular};
use keshi_store::{FactRow, FindingRow, SuspicionRow};
use serde_json::json;

use crate::error::ProjectorError;

/// One row for each flag and condition.
pub(super) fn rows(
    flags: impl IntoIterator<Item = (Flag, Option<Condition>)>,
) -> Result<Vec<SuspicionRow>, ProjectorError> {
    let mut grouped: BTreeMap<(String, String), (Vec<Flag>, Option<Condition>)> = BTreeMap::new();
    for (flag, condition) in flags {
        let key = (flag.id(), condition.as_ref().map(stored).unwrap_or_default());
        grouped.entry(key).or_insert_with(|| (Vec::new(), condition)).0.push(flag);
    }
    let row =
        |((flag, stored), (mut flags, condition)): ((String, String), (Vec<Flag>, Option<Condition>))| {
            flags.sort_unstable();
            let pair = |at: usize| {
                let first = flags.first().filter(|_| condition == Some(Condition::Share))?;
                first.people.get(at).map(ToString::to_string)
            };
            let pair = [pair(0), pair(1)];
            Ok(SuspicionRow { flag, condition: stored, pair, body: postcard::to_allocvec(&flags)? })
        };
    grouped.into_iter().map(row).collect()
}

fn stored(condition: &Condition) -> String {
    match condition {
        Condition::NotOwn(Regular::Tick, platform) => format!("tick {platform}"),
        Condition::NotOwn(Regular::Replay, platform) => format!("repeat {platform}"),
        Condition::Share => "share".to_owned(),
    }
}

pub(super) fn finding(flag: &Flag) -> Result<FindingRow, ProjectorError> {
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
pub(super) fn facts(flag: &Flag) -> Vec<FactRow> {
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
