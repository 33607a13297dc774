//! `roster-lockstep`: accounts of one course that are signed in one after the other at a near-constant gap, on one device or
//! address: somebody works off a list.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::CourseId;

use super::Crowd;
use crate::flag::{Flag, Kind, Level, spoken, window};
use crate::rules::Rules;
use crate::traces::Use;

type Named<'a> = BTreeMap<&'a str, Vec<(u32, &'a Use)>>;

pub(super) fn find(
    crowd: &Crowd,
    [devices, addresses]: [&Named<'_>; 2],
    rooms: &BTreeSet<&str>,
    rules: &Rules,
    flags: &mut Vec<Flag>,
) {
    for uses in devices.values() {
        on_one(crowd, uses, false, ("同一设备", "one device"), rules, flags);
    }
    for (ip, uses) in addresses {
        on_one(crowd, uses, rooms.contains(ip), ("同一网络地址", "one address"), rules, flags);
    }
}

fn on_one(
    crowd: &Crowd,
    uses: &[(u32, &Use)],
    is_room: bool,
    (chinese, english): (&str, &str),
    rules: &Rules,
    flags: &mut Vec<Flag>,
) {
    let mut courses: BTreeMap<&CourseId, Vec<(u32, &Use)>> = BTreeMap::new();
    for (who, used) in uses {
        if let Some(course) = &used.course {
            courses.entry(course).or_default().push((*who, used));
        }
    }
    for (course, starts) in courses {
        // Somebody who signs in once more breaks the list; nobody's first start does.
        let mut seen = BTreeSet::new();
        let firsts: Vec<(u32, &Use)> = starts.iter().filter(|(who, _)| seen.insert(*who)).copied().collect();
        let mut found = runs(&starts, rules);
        found.extend(runs(&firsts, rules));
        for run in found {
            let (Some((_, first)), Some((_, last))) = (run.first(), run.last()) else { continue };
            let count = run.len();
            if is_room && count < rules.lockstep_room_people && count * 2 < there(uses, first, last, rules) {
                continue;
            }
            let gap = (last.opened - first.opened) / i64::try_from(count - 1).unwrap_or(1);
            let (zh, en) = spoken(gap);
            let when = window(first.opened, last.opened);
            flags.push(Flag {
                kind: Kind::RosterLockstep,
                level: Level::Review,
                people: run.iter().map(|(who, _)| crowd.trainee(*who)).collect(),
                platform: None,
                course: Some(course.clone()),
                from: first.opened,
                to: last.opened,
                chinese: format!("{count} 人在 {when} 于{chinese}依次签到，间隔约 {zh}"),
                english: format!(
                    "{count} people signed in on {english} one after the other, about {en} apart, {when}"
                ),
                evidence: run.iter().map(|(who, used)| crowd.opening(*who, used)).collect(),
            });
        }
    }
}

/// How many people used it within half a day of the run.
fn there(uses: &[(u32, &Use)], first: &Use, last: &Use, rules: &Rules) -> usize {
    let half = rules.day_ms / 2;
    let near = |used: &Use| used.opened >= first.opened + -half && used.opened <= last.opened + half;
    uses.iter().filter(|(_, used)| near(used)).map(|(who, _)| *who).collect::<BTreeSet<u32>>().len()
}

/// The longest runs of different people whose gaps are near-constant, one after the other.
fn runs<'a>(starts: &[(u32, &'a Use)], rules: &Rules) -> Vec<Vec<(u32, &'a Use)>> {
    let wanted = rules.lockstep_people.max(2);
    let mut runs = Vec::new();
    let mut begin = 0;
    while begin + wanted <= starts.len() {
        let length = longest(starts.get(begin..).unwrap_or_default(), rules);
        if length >= wanted {
            runs.extend(starts.get(begin..begin + length).map(<[_]>::to_vec));
            begin += length;
        } else {
            begin += 1;
        }
    }
    runs
}

/// How many from the first on keep step.
fn longest(starts: &[(u32, &Use)], rules: &Rules) -> usize {
    let (mut least, mut most) = (i64::MAX, i64::MIN);
    let mut people: BTreeSet<u32> = starts.first().map(|(who, _)| *who).into_iter().collect();
    for (count, ((_, before), (who, used))) in (1..).zip(starts.iter().zip(starts.iter().skip(1))) {
        let gap = used.opened - before.opened;
        (least, most) = (least.min(gap), most.max(gap));
        let in_range = least >= rules.lockstep_least_ms && most <= rules.lockstep_most_ms;
        let steady = (most - least) * 1000 <= rules.lockstep_share * least;
        if !in_range || !steady || !people.insert(*who) {
            return count;
        }
    }
    starts.len()
}
