//! `seek-to-end`: videos jumped through to their end.

use std::collections::BTreeMap;

use keshi_events::VideoId;
use keshi_record::{Extent, Judged, Reason};

use crate::flag::{Flag, Kind, Level};
use crate::trail::Trail;

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    for (course, mut stretches) in trail.by_course() {
        stretches.sort_by_key(|judged| (judged.start, judged.end, judged.seq));
        // Where no length is registered, the furthest position that was reported is taken for the end.
        let mut longest: BTreeMap<&VideoId, i64> = BTreeMap::new();
        for judged in &stretches {
            let end = longest.entry(&judged.stretch.video).or_default();
            *end = (*end).max(judged.stretch.to_ms);
        }
        // How far each video had been played before, in any session: who comes back for the end has not jumped.
        let mut furthest: BTreeMap<&VideoId, i64> = BTreeMap::new();
        let mut jumps: BTreeMap<&VideoId, &Judged> = BTreeMap::new();
        for judged in stretches {
            let video = &judged.stretch.video;
            let length = match trail.catalogue.extent(course.as_str(), video.as_str()) {
                Extent::Registered(length) => length,
                Extent::Unknown | Extent::Endless => longest.get(video).copied().unwrap_or_default(),
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

/// The stretch begins in the last part of the video, far beyond what was played before; or it is itself the jump, and was
/// refused for its speed.
fn jumps_to_end(judged: &Judged, before: i64, length: i64, trail: &Trail<'_>) -> bool {
    let (from, to) = (judged.stretch.from_ms, judged.stretch.to_ms);
    let at_end =
        |position: i64| i128::from(position) * 1000 >= i128::from(trail.rules.seek_end) * i128::from(length);
    let far = |content: i64| crate::rules::over_share(content, trail.rules.seek_share, length);
    let refused = judged.spans.iter().any(|span| span.excluded == Some(Reason::ImpossibleSpeed));
    length > 0 && (at_end(from) && far(from - before) || refused && at_end(to) && far(to - from.max(before)))
}
