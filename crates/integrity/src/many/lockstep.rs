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
        on_one(crowd, uses, rules.lockstep_people, "同一设备", "one device", rules, flags);
    }
    for (ip, uses) in addresses {
        let wanted = if rooms.contains(ip) { rules.lockstep_room_people } else { rules.lockstep_people };
        on_one(crowd, uses, wanted, "同一网络地址", "one address", rules, flags);
    }
}

fn on_one(
    crowd: &Crowd,
    uses: &[(u32, &Use)],
    wanted: usize,
    chinese: &str,
    english: &str,
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
        for run in runs(&starts, wanted, rules) {
            let (Some((_, first)), Some((_, last))) = (run.first(), run.last()) else { continue };
            let count = run.len();
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

/// The longest runs of different people whose gaps are near-constant, one after the other.
fn runs<'s, 'a>(starts: &'s [(u32, &'a Use)], wanted: usize, rules: &Rules) -> Vec<&'s [(u32, &'a Use)]> {
    let mut runs = Vec::new();
    let mut begin = 0;
    while begin + wanted.max(2) <= starts.len() {
        let length = longest(starts.get(begin..).unwrap_or_default(), rules);
        if length >= wanted.max(2) {
            runs.extend(starts.get(begin..begin + length));
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
        // Within the share of the smallest gap: never wider than within that of the median.
        let steady = (most - least) * 1000 <= rules.lockstep_share * least;
        if !in_range || !steady || !people.insert(*who) {
            return count;
        }
    }
    starts.len()
}
