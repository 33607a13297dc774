//! `course-spike`: on one day far more people complete a course than in the two weeks before.

use std::collections::BTreeMap;

use keshi_events::{CourseId, Millis};

use super::Crowd;
use crate::flag::{Flag, Kind, Level};
use crate::rules::Rules;
use crate::traces::EventName;

pub(super) fn find(crowd: &Crowd, rules: &Rules, flags: &mut Vec<Flag>) {
    // The platform's own account first: of two flags for one day, what VT-1 completed says more.
    spikes(crowd, &crowd.finished, ("考核通过", "finished"), rules, flags);
    spikes(crowd, &crowd.completions, ("完成", "completed"), rules, flags);
}

/// Moments, people and events, by course.
type Done = BTreeMap<CourseId, Vec<(Millis, u32, EventName)>>;

fn spikes(crowd: &Crowd, done: &Done, (zh, en): (&str, &str), rules: &Rules, flags: &mut Vec<Flag>) {
    for (course, completions) in done {
        let mut days: BTreeMap<i64, Vec<(Millis, u32, &EventName)>> = BTreeMap::new();
        for completion in completions {
            days.entry(completion.0.beijing_day()).or_default().push((
                completion.0,
                completion.1,
                &completion.2,
            ));
        }
        let count = |day: i64| days.get(&day).map_or(0, |done| done.len() as u64);
        for (day, done) in &days {
            let mut before: Vec<u64> = (1..=rules.spike_days).map(|ago| count(day - ago)).collect();
            before.sort_unstable();
            // Twice the median, so that the mean of the two in the middle stays whole.
            let (upper, lower) = (before.len() / 2, before.len().saturating_sub(1) / 2);
            let twice = [lower, upper].iter().filter_map(|at| before.get(*at)).sum::<u64>();
            let today = done.len() as u64;
            if today < rules.spike_completions || today * 2 <= rules.spike_times * twice {
                continue;
            }
            let mut done = done.clone();
            done.sort_by_key(|(at, who, event)| (*at, crowd.trainee(*who), event.seq));
            let (Some(first), Some(last)) = (done.first(), done.last()) else { continue };
            let (date, half) = (first.0.beijing_date(), if twice % 2 == 1 { ".5" } else { "" });
            let shown = done.iter().take(crate::flag::EXHIBITS);
            flags.push(Flag {
                kind: Kind::CourseSpike,
                level: Level::Review,
                people: Vec::new(),
                platform: None,
                course: Some(course.clone()),
                from: first.0,
                to: last.0,
                chinese: format!("{date} 当日 {today} 人{zh}课程，前 14 天中位数为 {}{half}", twice / 2),
                english: format!(
                    "{today} people {en} the course on {date}; the median of the 14 days before is {}{half}",
                    twice / 2
                ),
                evidence: shown.map(|(_, who, exhibit)| crowd.exhibit(*who, exhibit)).collect(),
            });
        }
    }
}
