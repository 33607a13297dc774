//! `metronome` across people: one person's delays in another's session at another time, to the millisecond or nearly so.

use std::collections::HashMap;

use keshi_events::{Millis, TraineeId};
use serde::{Deserialize, Serialize};

use super::Crowd;
use super::links::Links;
use super::names::Names;
use super::platform::most;
use crate::flag::{EXHIBITS, Exhibit, Flag, Kind, Level, moment, shown};
use crate::rules::Rules;
use crate::traces::{Recording, hash};

/// Each of them is compared with so many of the next ones that may be alike.
const COMPARED: usize = 8;
/// Ways to round delays: two that are alike but for some milliseconds are the same in one of them, almost surely.
const ROUNDINGS: i64 = 4;

/// Two people whose sessions go alike at two moments, with what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Who.
    pub people: [TraineeId; 2],
    /// The earlier and the later moment.
    pub at: [Millis; 2],
    /// Events of both.
    pub evidence: Vec<Exhibit>,
}

/// From when to when, with events.
type Span = (Millis, Millis, Vec<Exhibit>);

/// Who hangs together by links, directly or through others. It grows with the people in them, not with the links.
#[derive(Default)]
pub struct Repeats {
    people: Names<TraineeId>,
    joined: Links,
    groups: HashMap<u32, Span>,
}

impl Repeats {
    /// Takes a link in; the order of links does not matter.
    pub fn take(&mut self, link: Link) {
        let [a, b] = link.people.map(|trainee| self.people.number(&trainee));
        let before = [self.joined.root(a), self.joined.root(b)];
        self.joined.join(a, b);
        let mut span = (link.at[0], link.at[1], link.evidence);
        for (from, to, evidence) in before.iter().filter_map(|root| self.groups.remove(root)) {
            (span.0, span.1) = (span.0.min(from), span.1.max(to));
            span.2.extend(evidence);
        }
        if span.2.len() > EXHIBITS * 4 {
            span.2 = shown(span.2);
        }
        self.groups.insert(self.joined.root(a), span);
    }

    /// One flag for all that hang together; `everybody` sent enough to repeat others.
    pub fn flags(mut self, everybody: u64, rules: &Rules) -> Vec<Flag> {
        let mut flags = Vec::new();
        for (root, members) in self.joined.groups() {
            let Some((from, to, evidence)) =
                self.groups.remove(&root).filter(|_| !most(members.len() as u64, everybody, rules))
            else {
                continue;
            };
            let (count, events) = (members.len(), rules.replay_events);
            flags.push(Flag {
                kind: Kind::Metronome,
                level: Level::Review,
                people: members.iter().map(|who| self.people.get(*who).clone()).collect(),
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
        flags.into_iter().map(Flag::tidy).collect()
    }
}

/// Links by equal delays, and by nearly equal ones.
pub(super) fn links(crowd: &Crowd, rules: &Rules) -> Vec<Link> {
    let mut links = exact(crowd, rules);
    links.extend(nearly(crowd, rules));
    links
}

/// The same hash of somebody else's delays. At nearly the same time it is a live lesson that all follow.
fn exact(crowd: &Crowd, rules: &Rules) -> Vec<Link> {
    let mut patterns = crowd.patterns.clone();
    patterns.sort_unstable_by_key(|(hash, at, who)| (*hash, *at, crowd.people.get(*who)));
    let mut pairs = Vec::new();
    for same in patterns.chunk_by(|(a, ..), (b, ..)| a == b) {
        for ((_, before, a), (_, after, b)) in same.iter().zip(same.iter().skip(1)) {
            if a != b && *after - *before > rules.replay_apart_ms {
                let people = [*a, *b].map(|who| crowd.trainee(who));
                pairs.push(Link { people, at: [*before, *after], evidence: Vec::new() });
            }
        }
    }
    pairs
}

/// Sessions that begin alike but for less than the limit in each delay.
fn nearly(crowd: &Crowd, rules: &Rules) -> Vec<Link> {
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
                        let people = [*a, *b].map(|who| crowd.trainee(who));
                        pairs.push(Link { people, at: [one.from, other.to], evidence });
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

/// In what ways the beginning of a session may be found again, some milliseconds apart.
pub(crate) fn roundings(recording: &Recording, rules: &Rules) -> [u64; ROUNDINGS as usize] {
    std::array::from_fn(|rounding| rounded(&recording.delays, rounding as i64, rules.metronome_ms))
}

/// Delays rounded to fifty times the limit, each from a point of its own.
fn rounded(delays: &[i32], rounding: i64, limit: i64) -> u64 {
    let grid = limit.max(1) * 50;
    let point = |at: i64| (at * 7_919 + rounding * 104_729) * 31 % grid;
    let values = (0..).zip(delays).map(|(at, delay)| (i64::from(*delay) + point(at)).div_euclid(grid));
    hash(std::iter::once(rounding).chain(values))
}
