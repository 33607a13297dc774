//! `stalled`: the player says that it runs, and its position does not move.

use keshi_record::Judged;

use crate::flag::{Flag, Kind, Level, spoken};
use crate::trail::{Trail, wall};

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    for sitting in &trail.sittings {
        let mut run: Vec<&Judged> = Vec::new();
        for judged in &sitting.stretches {
            let stays = |last: &&Judged| {
                last.stretch.video == judged.stretch.video
                    && last.stretch.course == judged.stretch.course
                    && (last.stretch.from_ms, last.stretch.to_ms)
                        == (judged.stretch.from_ms, judged.stretch.to_ms)
            };
            if !run.last().is_some_and(stays) {
                flags.extend(stalled(trail, &run));
                run.clear();
            }
            run.push(judged);
        }
        flags.extend(stalled(trail, &run));
    }
}

fn stalled(trail: &Trail<'_>, run: &[&Judged]) -> Option<Flag> {
    let length: i64 = run.iter().map(|judged| wall(judged)).sum();
    if run.len() < 2 && run.iter().any(|judged| judged.stretch.from_ms != judged.stretch.to_ms) {
        return None;
    }
    if length < trail.rules.stalled_ms {
        return None;
    }
    let (chinese, english) = spoken(length);
    let said = (
        format!("连续 {} 个片段、{chinese}内播放位置未动", run.len()),
        format!("the position did not move over {} successive stretches, {english}", run.len()),
    );
    trail.flag_of_stretches(Kind::Stalled, Level::Info, run, said)
}
