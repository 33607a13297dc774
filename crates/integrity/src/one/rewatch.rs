//! `rewatch-loop`: the same videos over and over.

use std::collections::BTreeMap;

use keshi_events::{CourseId, VideoId};
use keshi_record::Judged;

use crate::flag::{Flag, Kind, Level};
use crate::trail::{Trail, excluded_ms};

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    let mut attested: BTreeMap<(&CourseId, &VideoId), (i64, Vec<&Judged>)> = BTreeMap::new();
    for judged in &trail.account.stretches {
        let video = attested.entry((&judged.stretch.course, &judged.stretch.video)).or_default();
        video.0 += excluded_ms(judged, None);
        video.1.push(judged);
    }
    let loops = attested.into_iter().filter(|((course, video), (length, _))| {
        let extent = trail.catalogue.extent(course.as_str(), video.as_str());
        let covered = trail.account.summary.courses.get(*course).and_then(|videos| videos.get(*video));
        let unique = covered.map_or(0, |coverage| coverage.unique(extent).floor());
        unique > 0 && *length > trail.rules.rewatch_times * unique
    });
    let loops: Vec<Vec<&Judged>> = loops.map(|(_, (_, stretches))| stretches).collect();
    if loops.len() < trail.rules.rewatch_videos {
        return;
    }
    let said = (
        format!("{} 个视频的核实时间超过其内容的 5 倍", loops.len()),
        format!("{} videos attested for more than five times their content", loops.len()),
    );
    let all: Vec<&Judged> = loops.into_iter().flatten().collect();
    flags.extend(trail.flag_of_stretches(Kind::RewatchLoop, Level::Review, &all, said));
}
