//! `no-presence`, and which regularity is a platform's own.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::{PlatformId, TraineeId};

use super::Crowd;
use crate::flag::{Flag, Kind, Level};
use crate::rules::Rules;

pub(super) fn find(crowd: &Crowd, rules: &Rules, flags: &mut Vec<Flag>) {
    for (platform, side) in &crowd.platforms {
        if let Some((from, to)) = side.tally.span.filter(|_| side.tally.checked == 0) {
            let sessions = side.tally.long_sessions;
            flags.push(Flag {
                kind: Kind::NoPresence,
                level: Level::Info,
                people: Vec::new(),
                platform: Some(platform.clone()),
                course: None,
                from,
                to,
                chinese: format!("平台的 {sessions} 个超过 1 小时的会话均无在场验证"),
                english: format!(
                    "none of the platform's {sessions} sessions over an hour carries a presence check"
                ),
                evidence: Vec::new(),
            });
        }
    }
    let players = ticking_players(crowd, rules);
    flags.extend(crowd.steady.iter().filter(|s| !players.contains(&s.platform)).map(|s| s.flag.clone()));
}

/// Platforms of which most people tick: then the player does.
pub(super) fn ticking_players<'a>(crowd: &'a Crowd, rules: &Rules) -> BTreeSet<&'a PlatformId> {
    let mut people: BTreeMap<&PlatformId, BTreeSet<&TraineeId>> = BTreeMap::new();
    for steady in &crowd.steady {
        people.entry(&steady.platform).or_default().extend(&steady.flag.people);
    }
    let ticks = |platform: &&PlatformId| {
        let all = crowd.platforms.get(*platform).map_or(0, |side| side.could_tick);
        let some = people.get(*platform).map_or(0, BTreeSet::len);
        all >= rules.platform_people && (some * 1000) as i64 > rules.platform_share * all as i64
    };
    people.keys().copied().filter(ticks).collect()
}
