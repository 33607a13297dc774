//! `shared-ip`: a few people on one address at once. Many are a training room or a carrier's gateway, and say nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Crowd;
use super::window::{Span, most, together};
use crate::flag::{Flag, Kind, Level, window};
use crate::rules::Rules;
use crate::traces::Use;

type Addresses<'a> = BTreeMap<&'a str, Vec<(u32, &'a Use)>>;

fn spans(uses: &[(u32, &Use)]) -> Vec<Span> {
    uses.iter().map(|(who, used)| Span { who: *who, from: used.opened, to: used.last }).collect()
}

/// Addresses that carry many people within a day.
pub(super) fn rooms<'a>(addresses: &Addresses<'a>, rules: &Rules) -> BTreeSet<&'a str> {
    let many = |uses: &[(u32, &Use)]| most(&spans(uses), rules.day_ms) >= rules.room_people;
    addresses.iter().filter(|(_, uses)| many(uses)).map(|(ip, _)| *ip).collect()
}

pub(super) fn find(crowd: &Crowd, addresses: &Addresses<'_>, rooms: &BTreeSet<&str>, flags: &mut Vec<Flag>) {
    for (ip, uses) in addresses.iter().filter(|(ip, _)| !rooms.contains(*ip)) {
        for group in together(&spans(uses), 0, usize::MAX) {
            let mut first: BTreeMap<u32, &Use> = BTreeMap::new();
            let within = |used: &Use| used.last >= group.from && used.opened <= group.to;
            for (who, used) in uses.iter().filter(|(who, used)| group.people.contains(who) && within(used)) {
                first.entry(*who).or_insert(used);
            }
            let (count, when) = (group.people.len(), window(group.from, group.to));
            flags.push(Flag {
                kind: Kind::SharedIp,
                level: Level::Info,
                people: group.people.iter().map(|who| crowd.trainee(*who)).collect(),
                platform: None,
                course: None,
                from: group.from,
                to: group.to,
                chinese: format!("{count} 人同时使用网络地址 {ip}（{when}）"),
                english: format!("{count} people on address {ip} at once ({when})"),
                evidence: first.iter().map(|(who, used)| crowd.opening(*who, used)).collect(),
            });
        }
    }
}
