//! One trainee's events, examined.

use std::collections::BTreeMap;

use keshi_events::{CourseId, Millis, PlatformId, QuizId, TraineeId};
use keshi_record::{Account, Catalogue, Constants, Fact, Reason, Rule, completion, judge, progress};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::flag::Flag;
use crate::history::History;
use crate::one;
use crate::rules::Rules;
use crate::traces::{EventName, Tally, Traces, Use};
use crate::trail::{Sitting, Trail};

/// Counts changes of the checks: what an older version found has to be found again.
const VERSION: u32 = 1;

/// What an examination rests on beside the trainee's events: limits, constants, courses, and the version of the checks.
pub fn law(constants: &Constants, catalogue: &Catalogue, rules: &Rules) -> [u8; 32] {
    Sha256::digest(format!("{VERSION} {constants:?} {catalogue:?} {rules:?}")).into()
}

/// What comes of looking at one trainee.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    /// What looks wrong already.
    pub flags: Vec<Flag>,
    /// What to compare with others.
    pub traces: Traces,
}

/// Pauses below this, ms, do not part the times at which a player ran: reports follow each other closely, not seamlessly.
const SEAM_MS: i64 = 1_000;

/// Looks at one trainee's accepted events.
pub fn examine(
    trainee: &TraineeId,
    history: &History,
    constants: &Constants,
    catalogue: &Catalogue,
    rules: &Rules,
) -> Examined {
    let changed = &history.changed;
    let account = judge(trainee, &history.events, !changed.is_empty(), constants, catalogue);
    let trail = Trail::of(trainee, &account, history, (constants, catalogue, rules));
    let mut flags = Vec::new();
    one::clocks::find(&trail, &mut flags);
    one::changed::find(&trail, changed, &mut flags);
    one::stalled::find(&trail, &mut flags);
    one::parallel::find(&trail, &mut flags);
    one::speed::find(&trail, &mut flags);
    one::late::find(&trail, &mut flags);
    one::presence::find(&trail, &mut flags);
    one::seek::find(&trail, &mut flags);
    one::mismatch::find(&trail, &mut flags);
    one::long_session::find(&trail, &mut flags);
    one::marathon::find(&trail, &mut flags);
    one::rewatch::find(&trail, &mut flags);
    one::quiz_speed::find(&trail, &mut flags);
    one::travel::find(&trail, &mut flags);
    let regular = one::metronome::find(&trail);
    let traces = Traces {
        uses: trail.sittings.iter().filter_map(|sitting| used(&trail, sitting)).collect(),
        completions: completions(&trail, &account),
        finished: finished(&trail, &account),
        platforms: platforms(&trail),
        steady: regular.steady,
        patterns: regular.patterns,
        recordings: regular.recordings,
        sheets: trail.sheets.into_iter().map(|(_, sheet)| sheet).collect(),
    };
    Examined { flags: flags.into_iter().map(Flag::tidy).collect(), traces }
}

fn used(trail: &Trail<'_>, sitting: &Sitting<'_>) -> Option<Use> {
    let opening = sitting.opening()?;
    let event = trail.event(opening.seq)?;
    let Fact::Opened { device, ip, .. } = &event.fact else { return None };
    let sheets = || trail.sheets.iter().filter(|(key, _)| key == sitting.key).map(|(_, sheet)| sheet);
    let mut plays: Vec<(_, _)> = Vec::new();
    let unproven =
        [Some(Reason::Gap), Some(Reason::NoSignIn), Some(Reason::SignedOut), Some(Reason::NoProgress)];
    let ran = sitting.stretches.iter().flat_map(|judged| &judged.spans);
    for span in ran.filter(|span| !unproven.contains(&span.excluded) && span.start < span.end) {
        match plays.last_mut() {
            Some((_, end)) if span.start - *end <= SEAM_MS => *end = span.end.max(*end),
            _ => plays.push((span.start, span.end)),
        }
    }
    let last = sitting.stretches.iter().map(|judged| judged.end).chain(sheets().map(|sheet| sheet.submitted));
    let course = sitting.stretches.first().map(|judged| &judged.stretch.course);
    Some(Use {
        platform: sitting.key.platform.clone(),
        session: sitting.key.session.clone(),
        device: device.clone(),
        ip: ip.clone(),
        course: course.or_else(|| sheets().next().map(|sheet| &sheet.course)).cloned(),
        id: event.id.clone(),
        seq: event.seq,
        opened: opening.time,
        last: last.max().map_or(opening.time, |last| last.max(opening.time)),
        plays,
    })
}

fn completions(trail: &Trail<'_>, account: &Account) -> Vec<(CourseId, Millis, EventName)> {
    let (constants, catalogue, trainee) = (trail.constants, trail.catalogue, trail.trainee);
    let rule = Rule { constants, catalogue, trainee };
    let done = |id: &CourseId| {
        let course = catalogue.course(id)?;
        // Cheap before dear: whoever handed in no paper for each quiz has not completed.
        let handed_in =
            |quiz: &QuizId| account.summary.submissions.iter().any(|s| s.course == *id && s.quiz == *quiz);
        if !course.quizzes.keys().all(handed_in) {
            return None;
        }
        let done = completion(id, course, account, rule)?;
        let last = trail.event(*done.evidence.last()?)?;
        let event = EventName { seq: last.seq, platform: last.platform.clone(), id: last.id.clone() };
        Some((id.clone(), done.completed_at, event))
    };
    account.summary.courses.keys().filter_map(done).collect()
}

fn finished(trail: &Trail<'_>, account: &Account) -> Vec<(CourseId, Millis, EventName)> {
    let rule = Rule { constants: trail.constants, catalogue: trail.catalogue, trainee: trail.trainee };
    let done = |(id, course): (&CourseId, &keshi_record::Course)| {
        let passed = course.quizzes.iter().map(|(quiz, pass)| {
            let papers = account.summary.submissions.iter().filter(|s| s.course == *id && s.quiz == *quiz);
            papers.filter(|paper| paper.reaches(*pass)).map(|paper| (paper.submitted_at, paper.seq)).min()
        });
        let last = if course.quizzes.is_empty() {
            let session = |key: &keshi_record::SessionKey| account.sessions.get(key);
            let of_course = || account.stretches.iter().filter(|judged| judged.stretch.course == *id);
            let studied =
                of_course().next().is_some() && progress(id, course, &account.summary, session, rule).studied;
            of_course().map(|judged| (judged.end, judged.seq)).max().filter(|_| studied)
        } else {
            passed.collect::<Option<Vec<_>>>()?.into_iter().max()
        };
        let (at, seq) = last?;
        let event = trail.event(seq)?;
        let name = EventName { seq, platform: event.platform.clone(), id: event.id.clone() };
        Some((id.clone(), at, name))
    };
    trail.catalogue.courses.iter().flatten().filter_map(done).collect()
}

fn platforms(trail: &Trail<'_>) -> BTreeMap<PlatformId, Tally> {
    let mut tallies: BTreeMap<PlatformId, Tally> = BTreeMap::new();
    for sitting in &trail.sittings {
        let tally = tallies.entry(sitting.key.platform.clone()).or_default();
        let stretches = sitting.stretches.len();
        tally.could_tick |= stretches >= trail.rules.player_ticks;
        tally.ticks |= one::tick::ticks(trail, sitting, trail.rules.player_ticks);
        tally.could_repeat |= stretches >= trail.rules.replay_events;
        let Some(opening) = sitting.opening() else { continue };
        let Some(last) = sitting.stretches.iter().map(|judged| judged.end).max() else { continue };
        if last - opening.time > trail.rules.presence_session_ms {
            tally.long_sessions += 1;
            tally.checked += u64::from(!sitting.checks.is_empty());
            let (from, to) = tally.span.unwrap_or((opening.time, last));
            tally.span = Some((from.min(opening.time), to.max(last)));
        }
    }
    tallies
}
