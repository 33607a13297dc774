//! `no-presence`, and which regularity is a platform's own.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::{PlatformId, TraineeId};

use super::{Crowd, Side};
use crate::flag::{Flag, Kind, Level};
use crate::rules::Rules;
use crate::traces::{Regular, Steady};

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
    let (ticking, replaying) = (ticking_players(crowd, rules), replaying_players(crowd, rules));
    let is_own = |steady: &&Steady| match steady.what {
        Regular::Tick => !ticking.contains(&steady.platform),
        Regular::Replay => !replaying.contains(&steady.platform),
    };
    flags.extend(crowd.steady.iter().filter(is_own).map(|steady| steady.flag.clone()));
}

/// Platforms of which most people tick, if only for some minutes: then the player does.
fn ticking_players<'a>(crowd: &'a Crowd, rules: &Rules) -> BTreeSet<&'a PlatformId> {
    let ticks = |side: &Side| most(side.ticks, side.could_tick, rules);
    crowd.platforms.iter().filter(|(_, side)| ticks(side)).map(|(platform, _)| platform).collect()
}

/// Platforms of which most people seem to replay.
fn replaying_players<'a>(crowd: &'a Crowd, rules: &Rules) -> BTreeSet<&'a PlatformId> {
    let mut people: BTreeMap<&PlatformId, BTreeSet<&TraineeId>> = BTreeMap::new();
    for steady in crowd.steady.iter().filter(|steady| steady.what == Regular::Replay) {
        people.entry(&steady.platform).or_default().extend(&steady.flag.people);
    }
    let could = |platform: &PlatformId| crowd.platforms.get(platform).map_or(0, |side| side.could_repeat);
    let replays = people.iter().filter(|(platform, people)| most(people.len(), could(platform), rules));
    replays.map(|(platform, _)| *platform).collect()
}

/// Whether so many of so many are most, and enough to say it.
pub(super) fn most(some: usize, all: usize, rules: &Rules) -> bool {
    all >= rules.platform_people && (some * 1000) as i64 > rules.platform_share * all as i64
}
