//! `seek-to-end`: videos jumped through to their end.

use std::collections::BTreeMap;

use keshi_events::VideoId;
use keshi_record::{Extent, Judged};

use crate::flag::{Flag, Kind, Level};
use crate::trail::Trail;

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    for (course, mut stretches) in trail.by_course() {
        stretches.sort_by_key(|judged| (judged.start, judged.end, judged.seq));
        // How far each video had been played before, in any session: who comes back for the end has not jumped.
        let mut furthest: BTreeMap<&VideoId, i64> = BTreeMap::new();
        let mut jumps: BTreeMap<&VideoId, &Judged> = BTreeMap::new();
        for judged in stretches {
            let video = &judged.stretch.video;
            let Extent::Registered(length) = trail.catalogue.extent(course.as_str(), video.as_str()) else {
                continue;
            };
            let before = furthest.entry(video).or_default();
            if jumps_to_end(judged, *before, length, trail) {
                jumps.entry(video).or_insert(judged);
            }
            *before = (*before).max(judged.stretch.to_ms);
        }
        if jumps.len() < trail.rules.seek_videos {
            continue;
        }
        let stretches: Vec<&Judged> = jumps.values().copied().collect();
        let said = (
            format!("{} 个视频跳过一半以上直接至片尾", stretches.len()),
            format!("{} videos jumped through over more than half to their last 5%", stretches.len()),
        );
        let flag = trail.flag_of_stretches(Kind::SeekToEnd, Level::Review, &stretches, said);
        flags.extend(flag.map(|flag| Flag { course: Some(course.clone()), ..flag }));
    }
}

fn jumps_to_end(judged: &Judged, before: i64, length: i64, trail: &Trail<'_>) -> bool {
    let from = judged.stretch.from_ms;
    length > 0
        && i128::from(from) * 1000 >= i128::from(trail.rules.seek_end) * i128::from(length)
        && crate::rules::over_share(from - before, trail.rules.seek_share, length)
}
