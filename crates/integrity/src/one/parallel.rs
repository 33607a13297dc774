//! `parallel-session`, `parallel-platform`: VT-1's one clock, lost to another session or platform on one day.

use std::collections::BTreeMap;

use keshi_events::Millis;
use keshi_record::{Judged, Reason};

use crate::flag::{Flag, Kind, Level, spoken};
use crate::trail::Trail;

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    let wanted = [
        (Kind::ParallelSession, Reason::ParallelSession, "另一会话", "another session"),
        (Kind::ParallelPlatform, Reason::ParallelPlatform, "另一平台", "another platform"),
    ];
    for (kind, reason, chinese, english) in wanted {
        if trail.account.summary.wall.excluded_ms.contains_key(&reason) {
            by_day(trail, kind, reason, (chinese, english), flags);
        }
    }
}

fn by_day(
    trail: &Trail<'_>,
    kind: Kind,
    reason: Reason,
    (chinese, english): (&str, &str),
    flags: &mut Vec<Flag>,
) {
    let mut days: BTreeMap<i64, (i64, Millis, Millis, Vec<&Judged>)> = BTreeMap::new();
    for judged in &trail.account.stretches {
        for span in judged.spans.iter().filter(|span| span.excluded == Some(reason)) {
            for day in span.start.beijing_day()..=span.end.beijing_day() {
                let start = span.start.max(Millis::of_beijing_day(day));
                let end = span.end.min(Millis::of_beijing_day(day + 1));
                if start < end {
                    let lost = days.entry(day).or_insert((0, start, end, Vec::new()));
                    *lost = (
                        lost.0 + (end - start),
                        lost.1.min(start),
                        lost.2.max(end),
                        std::mem::take(&mut lost.3),
                    );
                    lost.3.push(judged);
                }
            }
        }
    }
    for (lost, from, to, stretches) in days.into_values() {
        if lost <= trail.rules.parallel_ms {
            continue;
        }
        let (zh, en) = spoken(lost);
        flags.push(Flag {
            chinese: format!("{} 当日 {zh}与{chinese}同时", from.beijing_date()),
            english: format!("{en} of {} at the same time as {english}", from.beijing_date()),
            evidence: stretches.iter().map(|judged| trail.stretch(judged)).collect(),
            ..trail.flag(kind, Level::Review, (from, to))
        });
    }
}
