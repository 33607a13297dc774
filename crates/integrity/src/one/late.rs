//! `back-filled` and `late-burst`: study that was reported long after it is said to have happened.

use keshi_record::{Judged, Reason};

use crate::flag::{Flag, Kind, Level, spoken, window};
use crate::rules::over_share;
use crate::trail::{Trail, excluded_ms, passes, wall};

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    let late = |judged: &&Judged| judged.received_at - judged.end > trail.constants.late_free_ms;
    let mut all: Vec<&Judged> = trail.account.stretches.iter().filter(late).collect();
    if all.is_empty() {
        return;
    }
    for (course, stretches) in trail.by_course() {
        let of_course = |flag: Flag| Flag { course: Some(course.clone()), ..flag };
        let claimed: i64 = stretches.iter().map(|judged| wall(judged)).sum();
        flags.extend(back_filled(trail, &stretches, claimed).map(of_course));
        flags.extend(much_late(trail, &stretches, claimed).map(of_course));
    }
    all.sort_by_key(|judged| (judged.received_at, judged.seq));
    flags.extend(burst(trail, &all));
}

fn back_filled(trail: &Trail<'_>, stretches: &[&Judged], claimed: i64) -> Option<Flag> {
    let made_up = |judged: &&&Judged| judged.spans.iter().any(|s| s.excluded == Some(Reason::BackFilled));
    let made_up: Vec<&Judged> = stretches.iter().filter(made_up).copied().collect();
    let length: i64 = made_up.iter().map(|judged| excluded_ms(judged, Some(Reason::BackFilled))).sum();
    let holds = over_share(length, trail.rules.back_filled_hold, claimed);
    let level = if holds { Level::Hold } else { Level::Review };
    let (chinese, english) = spoken(length);
    let percent = length * 100 / claimed.max(1);
    let said = (
        format!("{} 个片段事后补传，共 {chinese}，占本课程所报时间的 {percent}%", made_up.len()),
        format!(
            "{} stretches back-filled, {english}, {percent}% of the course's claimed time",
            made_up.len()
        ),
    );
    trail.flag_of_stretches(Kind::BackFilled, level, &made_up, said)
}

/// Late uploads that are believed, but make up much of a course.
fn much_late(trail: &Trail<'_>, stretches: &[&Judged], claimed: i64) -> Option<Flag> {
    let late = |judged: &&&Judged| {
        judged.received_at - judged.end > trail.constants.late_free_ms
            && trail.account.sessions.get(&judged.session).is_some_and(|session| passes(judged, session))
    };
    let late: Vec<&Judged> = stretches.iter().filter(late).copied().collect();
    let length: i64 = late.iter().map(|judged| wall(judged)).sum();
    if length < trail.rules.late_least_ms || !over_share(length, trail.rules.late_share, claimed) {
        return None;
    }
    let (chinese, english) = spoken(length);
    let percent = length * 100 / claimed.max(1);
    let said = (
        format!("迟传 {chinese}，占本课程所报时间的 {percent}%"),
        format!("{english} uploaded late, {percent}% of the course's claimed time"),
    );
    trail.flag_of_stretches(Kind::LateBurst, Level::Review, &late, said)
}

/// Much received late within a few minutes. `late` stands in order of receipt.
fn burst(trail: &Trail<'_>, late: &[&Judged]) -> Option<Flag> {
    let (mut first, mut sum) = (0, 0);
    let mut most: Option<(i64, &[&Judged])> = None;
    for (at, judged) in late.iter().enumerate() {
        sum += wall(judged);
        while let Some(old) = late.get(first)
            && judged.received_at - old.received_at > trail.rules.burst_within_ms
        {
            sum -= wall(old);
            first += 1;
        }
        if most.is_none_or(|(length, _)| sum > length) {
            most = late.get(first..=at).map(|burst| (sum, burst));
        }
    }
    let (length, burst) = most.filter(|(length, _)| *length > trail.rules.burst_ms)?;
    let (from, to) = (burst.first()?.received_at, burst.last()?.received_at);
    let (chinese, english) = spoken(length);
    let said = (
        format!("{} 集中收到 {chinese}的迟传片段（{} 个）", window(from, to), burst.len()),
        format!("{english} of stretches ({}) received late within {}", burst.len(), window(from, to)),
    );
    trail.flag_of_stretches(Kind::LateBurst, Level::Review, burst, said)
}
