//! `device-shared` and `device-concurrent`: one device in the hands of several, or playing for several at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keshi_events::Millis;

use super::Crowd;
use super::window::{Span, most, together};
use crate::flag::{Flag, Kind, Level, window};
use crate::rules::Rules;
use crate::traces::Use;

type Uses<'a> = [(u32, &'a Use)];

pub(super) fn find(
    crowd: &Crowd,
    devices: &BTreeMap<&str, Vec<(u32, &Use)>>,
    rules: &Rules,
    flags: &mut Vec<Flag>,
) {
    for uses in devices.values() {
        let spans: Vec<Span> =
            uses.iter().map(|(who, used)| Span { who: *who, from: used.opened, to: used.last }).collect();
        if is_a_product(crowd, uses, most(&spans, rules.day_ms), rules) {
            continue;
        }
        shared(crowd, uses, &spans, rules, flags);
        concurrent(crowd, uses, rules, flags);
    }
}

/// A name that stands for a model of device rather than for one: very many people a day, most elsewhere, and a good part of
/// all people. A farm with an address for each account is large, but not common.
fn is_a_product(crowd: &Crowd, uses: &Uses<'_>, people: usize, rules: &Rules) -> bool {
    if people <= rules.device_name_people || people * 20 < crowd.people.len() {
        return false;
    }
    let who: BTreeSet<u32> = uses.iter().map(|(who, _)| *who).collect();
    let addresses: BTreeSet<&str> = uses.iter().map(|(_, used)| used.ip.as_ref()).collect();
    addresses.len() * 2 > who.len()
}

fn shared(crowd: &Crowd, uses: &Uses<'_>, spans: &[Span], rules: &Rules, flags: &mut Vec<Flag>) {
    let [info, review, hold] = rules.device_people;
    for group in together(spans, rules.day_ms) {
        let count = group.people.len();
        let level = match count {
            _ if count >= hold => Level::Hold,
            _ if count >= review => Level::Review,
            _ if count >= info => Level::Info,
            _ => continue,
        };
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
            chinese: format!("{count} 人在 24 小时内使用同一设备（{}）", window(group.from, group.to)),
            english: format!(
                "{count} people used one device within 24 hours ({})",
                window(group.from, group.to)
            ),
            evidence: first.iter().map(|(who, used)| crowd.opening(*who, used)).collect(),
        });
    }
}

/// Two people's players that ran at once, by the day on which that began.
struct Clash {
    people: [u32; 2],
    from: Millis,
    to: Millis,
    evidence: [usize; 2],
}

fn concurrent(crowd: &Crowd, uses: &Uses<'_>, rules: &Rules, flags: &mut Vec<Flag>) {
    let mut days: BTreeMap<i64, Vec<Clash>> = BTreeMap::new();
    for clash in clashes(uses, rules) {
        days.entry(clash.from.beijing_day()).or_default().push(clash);
    }
    for clashes in days.values() {
        for group in groups(clashes) {
            let of_group = || clashes.iter().filter(|clash| group.contains(&clash.people[0]));
            let (Some(from), Some(to)) =
                (of_group().map(|clash| clash.from).min(), of_group().map(|clash| clash.to).max())
            else {
                continue;
            };
            let shown: BTreeSet<usize> = of_group().flat_map(|clash| clash.evidence).collect();
            let (count, when) = (group.len(), window(from, to));
            flags.push(Flag {
                kind: Kind::DeviceConcurrent,
                level: Level::Hold,
                people: group.iter().map(|who| crowd.trainee(*who)).collect(),
                platform: None,
                course: None,
                from,
                to,
                chinese: format!("{count} 人在 {when} 同一设备同时播放"),
                english: format!("one device played for {count} people at the same time, {when}"),
                evidence: shown
                    .into_iter()
                    .filter_map(|at| uses.get(at))
                    .map(|(who, used)| crowd.opening(*who, used))
                    .collect(),
            });
        }
    }
}

/// Pairs of sessions of two people that played at once for longer than the limit: `uses` stand in order of opening.
fn clashes(uses: &Uses<'_>, rules: &Rules) -> Vec<Clash> {
    let mut turns: Vec<(Millis, Millis, usize)> = Vec::new();
    for (at, (_, used)) in uses.iter().enumerate() {
        turns.extend(used.plays.iter().map(|(from, to)| (*from, *to, at)));
    }
    turns.sort_unstable();
    let mut sums: HashMap<(usize, usize), (i64, Millis, Millis)> = HashMap::new();
    let mut playing: Vec<(Millis, usize)> = Vec::new();
    let who = |at: usize| uses.get(at).map(|(who, _)| *who);
    for (from, to, at) in turns {
        playing.retain(|(until, _)| *until > from);
        for (until, other) in playing.iter().filter(|(_, other)| who(*other) != who(at)) {
            let end = to.min(*until);
            let pair = ((*other).min(at), (*other).max(at));
            let sum = sums.entry(pair).or_insert((0, from, end));
            *sum = (sum.0 + (end - from), sum.1.min(from), sum.2.max(end));
        }
        playing.push((to, at));
    }
    let over = sums.into_iter().filter(|(_, (length, ..))| *length > rules.concurrent_ms);
    let clash = over.filter_map(|((a, b), (_, from, to))| {
        Some(Clash { people: [who(a)?, who(b)?], from, to, evidence: [a, b] })
    });
    clash.collect()
}

/// People who are linked by clashes, directly or through others.
fn groups(clashes: &[Clash]) -> Vec<BTreeSet<u32>> {
    let mut groups: Vec<BTreeSet<u32>> = Vec::new();
    for clash in clashes {
        let linked = |group: &BTreeSet<u32>| clash.people.iter().any(|who| group.contains(who));
        let mut whole: BTreeSet<u32> = clash.people.into_iter().collect();
        groups.retain(|group| {
            let joins = linked(group);
            if joins {
                whole.extend(group);
            }
            !joins
        });
        groups.push(whole);
    }
    groups
}
