//! `device-shared` and `device-concurrent`: one device in the hands of several, or playing for several at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keshi_events::Millis;

use super::Crowd;
use super::links::Links;
use super::window::{Span, most, together};
use crate::flag::{Flag, Kind, Level, window};
use crate::rules::Rules;
use crate::traces::Use;

type Uses<'a> = [(u32, &'a Use)];

/// Flags of devices in a city of so many people; and, where that number decides, from how many to how many people the same
/// holds.
pub(super) fn find(
    crowd: &Crowd,
    devices: &BTreeMap<&str, Vec<(u32, &Use)>>,
    everybody: u64,
    rules: &Rules,
    flags: &mut Vec<Flag>,
) -> Option<(u64, u64)> {
    let mut turning: Option<(u64, u64)> = None;
    for uses in devices.values() {
        let spans: Vec<Span> =
            uses.iter().map(|(who, used)| Span { who: *who, from: used.opened, to: used.last }).collect();
        let mut is_a_product = false;
        if stands_for_many(uses) {
            let people = most(&spans, rules.day_ms);
            is_a_product = is_common(people, everybody, rules);
            let (least, most) = alike_from_to(people, everybody, rules);
            let (from, to) = turning.unwrap_or((0, u64::MAX));
            turning = Some((from.max(least), to.min(most)));
        }
        if !is_a_product {
            shared(crowd, uses, &spans, rules, flags);
            concurrent(crowd, uses, rules, flags);
        }
    }
    turning.filter(|range| *range != (0, u64::MAX))
}

/// A name may stand for a model of device rather than for one where most of its people are elsewhere.
fn stands_for_many(uses: &Uses<'_>) -> bool {
    let who: BTreeSet<u32> = uses.iter().map(|(who, _)| *who).collect();
    let addresses: BTreeSet<&str> = uses.iter().map(|(_, used)| used.ip.as_ref()).collect();
    let are_known = addresses.iter().any(|address| super::names_something(address));
    !are_known || addresses.len() * 2 > who.len()
}

/// Such a name does when very many use it within a day, and they are a good part of all people. A farm with an address for each
/// account is large, but not common.
fn is_common(people: usize, everybody: u64, rules: &Rules) -> bool {
    let within = |range: Option<(u64, u64)>| range.is_some_and(|(from, to)| (from..=to).contains(&everybody));
    common_in(people, rules).into_iter().any(within)
}

/// Among how many people so many a day are common: a twentieth of all when they are many, else a fifth of at least a hundred.
fn common_in(people: usize, rules: &Rules) -> [Option<(u64, u64)>; 2] {
    const ENOUGH: u64 = 100;
    let many = people > rules.device_name_people;
    let people = people as u64;
    [many.then_some((0, people * 20)), Some((ENOUGH, people * 5)).filter(|(from, to)| from <= to)]
}

/// From how many to how many people the answer of [`is_common`] is the same.
fn alike_from_to(people: usize, everybody: u64, rules: &Rules) -> (u64, u64) {
    let edges = common_in(people, rules).into_iter().flatten().flat_map(|(from, to)| [from, to + 1]);
    let (mut least, mut most) = (0, u64::MAX);
    for edge in edges {
        if edge <= everybody {
            least = least.max(edge);
        } else {
            most = most.min(edge - 1);
        }
    }
    (least, most)
}

fn shared(crowd: &Crowd, uses: &Uses<'_>, spans: &[Span], rules: &Rules, flags: &mut Vec<Flag>) {
    let [info, review, hold] = rules.device_people;
    for group in together(spans, rules.day_ms, hold) {
        let count = group.people.len();
        let level = match count {
            _ if count >= hold => Level::Hold,
            _ if count >= review => Level::Review,
            _ if count >= info => Level::Info,
            _ => continue,
        };
        let when = window(group.from, group.to);
        let mut first: BTreeMap<u32, &Use> = BTreeMap::new();
        let within = |used: &Use| used.last >= group.from && used.opened <= group.to;
        for (who, used) in uses.iter().filter(|(who, used)| group.people.contains(who) && within(used)) {
            first.entry(*who).or_insert(used);
        }
        flags.push(Flag {
            kind: Kind::DeviceShared,
            level,
            people: group.people.iter().map(|who| crowd.trainee(*who)).collect(),
            platform: None,
            course: None,
            from: group.from,
            to: group.to,
            chinese: if count == group.at_once {
                format!("{count} 人在 24 小时内使用同一设备（{when}）")
            } else {
                format!("{count} 人先后使用同一设备，24 小时内最多 {} 人（{when}）", group.at_once)
            },
            english: if count == group.at_once {
                format!("{count} people used one device within 24 hours ({when})")
            } else {
                format!("{count} people used one device, up to {} within 24 hours ({when})", group.at_once)
            },
            evidence: first.iter().map(|(who, used)| crowd.opening(*who, used)).collect(),
        });
    }
}

/// People whose players ran at once on one day, directly or through others.
#[derive(Default)]
struct Day {
    links: Links,
    /// When each of them played beside somebody.
    spans: HashMap<u32, (Millis, Millis)>,
    /// Sessions that show it.
    shown: BTreeSet<usize>,
}

fn concurrent(crowd: &Crowd, uses: &Uses<'_>, rules: &Rules, flags: &mut Vec<Flag>) {
    for day in clashes(uses, rules).into_values() {
        for people in day.links.groups().into_values().filter(|people| people.len() > 1) {
            let spans = || people.iter().filter_map(|who| day.spans.get(who));
            let Some((from, to)) = spans().map(|span| span.0).min().zip(spans().map(|span| span.1).max())
            else {
                continue;
            };
            let shown = day.shown.iter().filter_map(|at| uses.get(*at));
            let evidence = shown.filter(|(who, _)| people.binary_search(who).is_ok());
            let (count, when) = (people.len(), window(from, to));
            flags.push(Flag {
                kind: Kind::DeviceConcurrent,
                level: Level::Hold,
                people: people.iter().map(|who| crowd.trainee(*who)).collect(),
                platform: None,
                course: None,
                from,
                to,
                chinese: format!("{count} 人在 {when} 同一设备同时播放"),
                english: format!("one device played for {count} people at the same time, {when}"),
                evidence: evidence.map(|(who, used)| crowd.opening(*who, used)).collect(),
            });
        }
    }
}

/// Sessions of two people that played at once for longer than the limit, by the day on which the later was opened: `uses`
/// stand in order of opening. Who hangs together already is not counted by twos, so that a device of thousands costs no more
/// than it has sessions.
fn clashes(uses: &Uses<'_>, rules: &Rules) -> BTreeMap<i64, Day> {
    let mut turns: Vec<(Millis, Millis, usize)> = Vec::new();
    for (at, (_, used)) in uses.iter().enumerate() {
        turns.extend(used.plays.iter().map(|(from, to)| (*from, *to, at)));
    }
    turns.sort_unstable();
    let mut days: BTreeMap<i64, Day> = BTreeMap::new();
    // Short overlaps of two sessions of people who are still apart.
    let mut sums: HashMap<[usize; 2], (i64, Millis, Millis)> = HashMap::new();
    let mut playing: Vec<(Millis, usize)> = Vec::new();
    for (from, to, at) in turns {
        playing.retain(|(until, _)| *until > from);
        for (until, other) in &playing {
            let pair = [at.min(*other), at.max(*other)];
            let [Some((a, _)), Some((b, later))] = pair.map(|at| uses.get(at)) else { continue };
            if a == b {
                continue;
            }
            let day = days.entry(later.opened.beijing_day()).or_default();
            let (mut begun, mut ended) = (from, to.min(*until));
            if day.links.root(*a) != day.links.root(*b) {
                let sum = sums.entry(pair).or_insert((0, begun, ended));
                *sum = (sum.0 + (ended - from), sum.1, ended.max(sum.2));
                if sum.0 <= rules.concurrent_ms {
                    continue;
                }
                (begun, ended) = (sum.1, sum.2);
                sums.remove(&pair);
                day.links.join(*a, *b);
                day.shown.extend(pair);
            }
            for who in [a, b] {
                let span = day.spans.entry(*who).or_insert((begun, ended));
                *span = (span.0.min(begun), span.1.max(ended));
            }
        }
        playing.push((to, at));
    }
    days
}
