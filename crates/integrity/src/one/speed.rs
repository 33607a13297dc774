//! `impossible-speed`: several stretches with much content, faster than anybody watches. One alone says nothing.

use std::collections::BTreeMap;

use keshi_record::{Judged, Reason};

use crate::flag::{Flag, Kind, Level, spoken};
use crate::trail::Trail;

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    if !trail.account.stretches.iter().any(refused) {
        return;
    }
    let before = flags.len();
    for (course, stretches) in trail.by_course() {
        let flag = too_many(trail, stretches);
        flags.extend(flag.map(|flag| Flag { course: Some(course.clone()), ..flag }));
    }
    if flags.len() > before {
        return;
    }
    // Spread over several courses, on one day.
    let mut days: BTreeMap<i64, Vec<&Judged>> = BTreeMap::new();
    for judged in &trail.account.stretches {
        days.entry(judged.start.beijing_day()).or_default().push(judged);
    }
    flags.extend(days.into_values().filter_map(|stretches| too_many(trail, stretches)));
}

fn too_many(trail: &Trail<'_>, stretches: Vec<&Judged>) -> Option<Flag> {
    let stretches: Vec<&Judged> = stretches.into_iter().filter(|judged| refused(judged)).collect();
    let content: i64 = stretches.iter().map(|judged| judged.stretch.to_ms - judged.stretch.from_ms).sum();
    if stretches.len() < trail.rules.speed_stretches || content < trail.rules.speed_content_ms {
        return None;
    }
    let (chinese, english) = spoken(content);
    let said = (
        format!("{} 个片段快于 2.2 倍，共 {chinese}内容不计", stretches.len()),
        format!("{} stretches faster than 2.2 times, {english} of content refused", stretches.len()),
    );
    trail.flag_of_stretches(Kind::ImpossibleSpeed, Level::Review, &stretches, said)
}

fn refused(judged: &Judged) -> bool {
    judged.spans.iter().any(|span| span.excluded == Some(Reason::ImpossibleSpeed))
}
