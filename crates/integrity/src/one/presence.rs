//! `presence-missed`: nobody was there when presence was asked for, again and again.

use std::collections::BTreeMap;

use keshi_events::CourseId;
use keshi_record::{Fact, Reason};

use crate::flag::{Flag, Kind, Level};
use crate::rules::over_share;
use crate::trail::{Check, Sitting, Trail, excluded_ms};

#[derive(Default)]
struct Asked<'t, 'a> {
    all: i64,
    missed: Vec<(&'t Sitting<'a>, Check<'a>)>,
}

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    let mut courses: BTreeMap<Option<&CourseId>, Asked<'_, '_>> = BTreeMap::new();
    for sitting in &trail.sittings {
        for check in &sitting.checks {
            let asked = courses.entry(sitting.course_at(check.prompted)).or_default();
            asked.all += 1;
            if is_missed(check) {
                asked.missed.push((sitting, *check));
            }
        }
    }
    for (course, asked) in courses {
        flags.extend(missed(trail, course, asked));
    }
}

/// Missed or failed, or said to be passed in a report that came too late to be believed.
fn is_missed(check: &Check<'_>) -> bool {
    let said_passed = matches!(&check.event.fact, Fact::Presence { outcome, .. } if *outcome == "passed");
    !said_passed || check.passed.is_none()
}

fn missed(trail: &Trail<'_>, course: Option<&CourseId>, mut asked: Asked<'_, '_>) -> Option<Flag> {
    let count = asked.missed.len();
    let left: Vec<_> =
        asked.missed.iter().filter(|(sitting, check)| !made_good(trail, sitting, check)).collect();
    let share = over_share(i64::try_from(left.len()).ok()?, trail.rules.missed_share, asked.all);
    let looks_wrong = count >= trail.rules.missed_checks
        || share && (left.len() > 1 || left.iter().all(|(sitting, check)| unattended(trail, sitting, check)));
    if !looks_wrong {
        return None;
    }
    asked.missed.sort_by_key(|(_, check)| (check.prompted, check.event.seq));
    let (first, last) = (asked.missed.first()?.1, asked.missed.last()?.1);
    let all = asked.all;
    Some(Flag {
        course: course.cloned(),
        chinese: format!("{all} 次在场验证中 {count} 次未应答或未通过"),
        english: format!("{count} of {all} presence checks missed or failed"),
        evidence: asked.missed.iter().map(|(_, check)| trail.exhibit(check.event)).collect(),
        ..trail.flag(Kind::PresenceMissed, Level::Review, (first.prompted, last.prompted))
    })
}

/// Soon after the missed check another one was passed; VT-1 has taken the time between.
fn made_good(trail: &Trail<'_>, sitting: &Sitting<'_>, missed: &Check<'_>) -> bool {
    let soon = missed.prompted..=missed.prompted + trail.rules.made_good_ms;
    sitting.checks.iter().filter_map(|check| check.passed).any(|at| soon.contains(&at))
}

/// After one missed check the player ran on for long, and nobody came back.
fn unattended(trail: &Trail<'_>, sitting: &Sitting<'_>, check: &Check<'_>) -> bool {
    let came_back = sitting.checks.iter().filter_map(|other| other.passed).any(|at| at >= check.prompted);
    let lost: i64 =
        sitting.stretches.iter().map(|judged| excluded_ms(judged, Some(Reason::PresenceMissed))).sum();
    !came_back && lost >= trail.rules.missed_alone_ms
}
