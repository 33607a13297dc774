//! `metronome` across people: one person's delays in another's session at another time, to the millisecond or nearly so.

use std::collections::BTreeMap;

use keshi_events::Millis;

use super::Crowd;
use super::links::Links;
use super::platform::most;
use crate::flag::{Exhibit, Flag, Kind, Level, moment};
use crate::rules::Rules;
use crate::traces::{Recording, hash};

/// Each of them is compared with so many of the next ones that may be alike.
const COMPARED: usize = 8;
/// Ways to round delays: two that are alike but for some milliseconds are the same in one of them, almost surely.
const ROUNDINGS: i64 = 4;

/// Two people at two moments, with what shows it.
struct Pair {
    people: [u32; 2],
    at: [Millis; 2],
    evidence: Vec<Exhibit>,
}

pub(super) fn find(crowd: &Crowd, rules: &Rules, flags: &mut Vec<Flag>) {
    let mut pairs = exact(crowd, rules);
    pairs.extend(nearly(crowd, rules));
    let mut links = Links::default();
    for pair in &pairs {
        links.join(pair.people[0], pair.people[1]);
    }
    let mut spans: BTreeMap<u32, (Millis, Millis, Vec<Exhibit>)> = BTreeMap::new();
    for pair in pairs {
        let [from, to] = pair.at;
        let span = spans.entry(links.root(pair.people[0])).or_insert((from, to, Vec::new()));
        (span.0, span.1) = (span.0.min(from), span.1.max(to));
        span.2.extend(pair.evidence);
    }
    let everybody: usize = crowd.platforms.values().map(|side| side.could_repeat).sum();
    for (root, people) in links.groups() {
        let Some((from, to, evidence)) =
            spans.remove(&root).filter(|_| !most(people.len(), everybody, rules))
        else {
            continue;
        };
        let (count, events) = (people.len(), rules.replay_events);
        flags.push(Flag {
            kind: Kind::Metronome,
            level: Level::Review,
            people: people.iter().map(|who| crowd.trainee(*who)).collect(),
            platform: None,
            course: None,
            from,
            to,
            chinese: format!("{count} 人在不同时间的 {events} 个片段间隔相同（{} 起）", moment(from)),
            english: format!(
                "{events} stretches of {count} people repeat the same delays at different times (from {})",
                moment(from)
            ),
            evidence,
        });
    }
}

/// The same hash of somebody else's delays. At nearly the same time it is a live lesson that all follow.
fn exact(crowd: &Crowd, rules: &Rules) -> Vec<Pair> {
    let mut patterns = crowd.patterns.clone();
    patterns.sort_unstable_by_key(|(hash, at, who)| (*hash, *at, crowd.people.get(*who)));
    let mut pairs = Vec::new();
    for same in patterns.chunk_by(|(a, ..), (b, ..)| a == b) {
        for ((_, before, a), (_, after, b)) in same.iter().zip(same.iter().skip(1)) {
            if a != b && *after - *before > rules.replay_apart_ms {
                pairs.push(Pair { people: [*a, *b], at: [*before, *after], evidence: Vec::new() });
            }
        }
    }
    pairs
}

/// Sessions that begin alike but for less than the limit in each delay.
fn nearly(crowd: &Crowd, rules: &Rules) -> Vec<Pair> {
    let mut order: Vec<&(u32, Recording)> = crowd.recordings.iter().collect();
    order.sort_unstable_by_key(|(who, recording)| (recording.from, crowd.people.get(*who), recording.to));
    let mut pairs = Vec::new();
    for rounding in 0..ROUNDINGS {
        let key = |at: usize| {
            order.get(at).map_or(0, |(_, recording)| rounded(&recording.delays, rounding, rules.metronome_ms))
        };
        let mut keyed: Vec<(u64, usize)> = (0..order.len()).map(|at| (key(at), at)).collect();
        keyed.sort_unstable();
        for same in keyed.chunk_by(|(a, _), (b, _)| a == b) {
            let same: Vec<&(u32, Recording)> =
                same.iter().filter_map(|(_, at)| order.get(*at).copied()).collect();
            for (at, (a, one)) in same.iter().enumerate() {
                for (b, other) in same.iter().skip(at + 1).take(COMPARED) {
                    if a != b && other.from - one.from > rules.replay_apart_ms && alike(one, other, rules) {
                        let events = one.events.iter().map(|event| crowd.exhibit(*a, event));
                        let others = other.events.iter().map(|event| crowd.exhibit(*b, event));
                        let evidence = events.chain(others).collect();
                        pairs.push(Pair { people: [*a, *b], at: [one.from, other.to], evidence });
                    }
                }
            }
        }
    }
    pairs
}

fn alike(one: &Recording, other: &Recording, rules: &Rules) -> bool {
    let near = |(a, b): (&i32, &i32)| (i64::from(*a) - i64::from(*b)).abs() < rules.metronome_ms;
    one.delays.len() == other.delays.len() && one.delays.iter().zip(&other.delays).all(near)
}

/// Delays rounded to fifty times the limit, each from a point of its own.
fn rounded(delays: &[i32], rounding: i64, limit: i64) -> u64 {
    let grid = limit.max(1) * 50;
    let point = |at: i64| (at * 7_919 + rounding * 104_729) * 31 % grid;
    hash((0..).zip(delays).map(|(at, delay)| (i64::from(*delay) + point(at)).div_euclid(grid)))
}
