//! `metronome` across people: one person's delays, to the millisecond, in another's session at another time.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::Millis;

use super::Crowd;
use super::platform::most;
use crate::flag::{Flag, Kind, Level, moment};
use crate::rules::Rules;

pub(super) fn find(crowd: &Crowd, rules: &Rules, flags: &mut Vec<Flag>) {
    let mut patterns = crowd.patterns.clone();
    patterns.sort_unstable_by_key(|(hash, at, who)| (*hash, *at, crowd.people.get(*who)));
    let mut pairs: BTreeMap<BTreeSet<u32>, (Millis, Millis)> = BTreeMap::new();
    for same in patterns.chunk_by(|(a, ..), (b, ..)| a == b).filter(|same| same.len() > 1) {
        let people: BTreeSet<u32> = same.iter().map(|(.., who)| *who).collect();
        let (Some((_, from, _)), Some((_, to, _))) = (same.first(), same.last()) else { continue };
        // At nearly the same time it is a live lesson that all follow.
        let apart = same
            .iter()
            .zip(same.iter().skip(1))
            .any(|((_, before, a), (_, after, b))| a != b && *after - *before > rules.replay_apart_ms);
        if people.len() > 1 && apart {
            let span = pairs.entry(people).or_insert((*from, *to));
            *span = (span.0.min(*from), span.1.max(*to));
        }
    }
    let everybody: usize = crowd.platforms.values().map(|side| side.could_repeat).sum();
    for (people, (from, to)) in pairs {
        if most(people.len(), everybody, rules) {
            continue;
        }
        let (count, events) = (people.len(), rules.replay_events);
        flags.push(Flag {
            kind: Kind::Metronome,
            level: Level::Review,
            people: people.iter().map(|who| crowd.trainee(*who)).collect(),
            platform: None,
            course: None,
            from,
            to,
            chinese: format!("{count} 人在不同时间的 {events} 个片段间隔毫秒不差（{} 起）", moment(from)),
            english: format!("{events} stretches of {count} people repeat the same delays, to the millisecond, at different times (from {})", moment(from)),
            evidence: Vec::new(),
        });
    }
}
