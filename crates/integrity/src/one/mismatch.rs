//! `completion-mismatch`: all required quizzes are passed, and most of the course was never seen.

use keshi_events::Millis;
use keshi_record::{Extent, SessionKey, Submission};

use crate::flag::{Flag, Kind, Level};
use crate::trail::Trail;

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    let summary = &trail.account.summary;
    for (id, course) in trail.catalogue.courses.iter().flatten() {
        if course.quizzes.is_empty() || course.duration_ms() == 0 {
            continue;
        }
        let passing = course.quizzes.iter().map(|(quiz, pass)| {
            let papers = summary.submissions.iter().filter(|s| s.course == *id && s.quiz == *quiz);
            papers.filter(|paper| paper.reaches(*pass)).min_by_key(|paper| (at(trail, paper), paper.seq))
        });
        let Some(passing) = passing.collect::<Option<Vec<&Submission>>>() else { continue };
        let covered = summary.courses.get(id);
        let sum = |measure: fn(&keshi_record::Coverage, Extent) -> i64| -> i64 {
            let videos = course.videos.iter().filter_map(|(video, length)| {
                covered?.get(video).map(|coverage| measure(coverage, Extent::Registered(*length)))
            });
            videos.sum()
        };
        // Who plays the whole course at double speed has half of it verified, less what got lost on the way: seen, not
        // skipped.
        let seen = sum(|coverage, extent| coverage.unique(extent).floor());
        let whole = course.duration_ms();
        let verified = sum(|coverage, extent| coverage.verified(extent).floor());
        if verified * 1000 >= trail.rules.mismatch_share * whole
            || seen * 1000 >= trail.rules.mismatch_seen * whole
        {
            continue;
        }
        let times = || passing.iter().map(|paper| at(trail, paper));
        let Some((from, to)) = times().min().zip(times().max()) else { continue };
        let percent = verified * 100 / whole;
        flags.push(Flag {
            course: Some(id.clone()),
            chinese: format!("{} 次必考测验全部通过，但核实学时仅为课程的 {percent}%", passing.len()),
            english: format!(
                "all {} required quizzes passed with {percent}% of the course verified",
                passing.len()
            ),
            evidence: passing
                .iter()
                .filter_map(|paper| Some(trail.exhibit(trail.event(paper.seq)?)))
                .collect(),
            ..trail.flag(Kind::CompletionMismatch, Level::Review, (from, to))
        });
    }
}

fn at(trail: &Trail<'_>, paper: &Submission) -> Millis {
    let key = SessionKey { platform: paper.platform.clone(), session: paper.session.clone() };
    paper.submitted_at + trail.account.sessions.get(&key).map_or(0, |session| session.offset_ms())
}
