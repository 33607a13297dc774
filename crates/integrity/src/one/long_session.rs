//! `long-session`: a session that goes on for most of a day without anybody showing presence.

use keshi_record::Judged;

use crate::flag::{Flag, Kind, Level, spoken};
use crate::trail::Trail;

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    for sitting in &trail.sittings {
        let Some(opening) = sitting.opening() else { continue };
        let first_pass =
            sitting.checks.iter().filter_map(|check| check.passed).filter(|at| *at >= opening.time).min();
        let late = |judged: &&&Judged| {
            judged.start - opening.time > trail.rules.long_session_ms
                && first_pass.is_none_or(|at| at > judged.start)
        };
        let late: Vec<&Judged> = sitting.stretches.iter().filter(late).copied().collect();
        if late.is_empty() {
            continue;
        }
        let longest = late.iter().map(|judged| judged.start - opening.time).max().unwrap_or_default();
        let (chinese, english) = spoken(longest);
        let said = (
            format!("签到后 {chinese}仍在播放，其间无一次在场验证通过"),
            format!("still playing {english} after signing in, with no presence check passed in between"),
        );
        flags.extend(trail.flag_of_stretches(Kind::LongSession, Level::Review, &late, said));
    }
}
