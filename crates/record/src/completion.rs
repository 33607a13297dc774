//! Studied, assessed, completed: two facts kept apart, and the moment at which both held.

use std::collections::BTreeSet;

use keshi_events::{CourseId, Millis};
use num_bigint::BigInt;
use num_rational::{BigRational, Ratio};
use num_traits::Zero;
use serde::{Deserialize, Serialize};

use crate::account::{Account, Judged, Span};
use crate::catalogue::{Course, Extent};
use crate::constants::Constants;
use crate::coverage::Coverage;
use crate::evidence::SessionKey;
use crate::session::Session;
use crate::stretch::{Rule, back_filled};
use crate::summary::{Question, Submission, Summary};

/// How far a trainee has come in a course.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Every registered video is covered; never without a registered video.
    pub studied: bool,
    /// Every required quiz is passed and the required questions were asked. None without a required quiz: nobody can be
    /// said to have passed an assessment that does not exist.
    pub assessed: Option<bool>,
}

impl Progress {
    /// Studied and assessed.
    pub fn completed(&self) -> bool {
        self.studied && self.assessed == Some(true)
    }
}

/// A completed course: when, and by which events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// The moment at which the last requirement was met.
    pub completed_at: Millis,
    /// The moment at which the last video was covered.
    pub studied_at: Millis,
    /// The moment at which the last quiz was passed or question asked.
    pub assessed_at: Millis,
    /// The first moment of wall time that counts for the course.
    pub first_counted_at: Millis,
    /// Stream sequences of the events that met the requirements.
    pub evidence: Vec<u64>,
}

/// How far a trainee has come in a registered course.
pub fn progress<'s>(
    id: &CourseId,
    course: &Course,
    summary: &Summary,
    session: impl Fn(&SessionKey) -> Option<&'s Session>,
    rule: Rule<'_>,
) -> Progress {
    let covered = |video| summary.courses.get(id).and_then(|videos| videos.get(video));
    let studied = !course.videos.is_empty()
        && course.videos.iter().all(|(video, duration)| {
            covered(video).is_some_and(|c| is_covered(c, *duration, rule.constants))
        });
    let assessed =
        (!course.quizzes.is_empty()).then(|| assessed_by(id, course, summary, session, rule).is_some());
    Progress { studied, assessed }
}

/// A studied course, whatever its assessment: when, and by which events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Studied {
    /// The moment at which the last video was covered.
    pub studied_at: Millis,
    /// The first moment of wall time that counts for the course.
    pub first_counted_at: Millis,
    /// Stream sequences of the events that covered the videos.
    pub evidence: Vec<u64>,
}

/// The study of a course out of a whole account; none while a video is not covered.
pub fn studied(id: &CourseId, course: &Course, account: &Account, rule: Rule<'_>) -> Option<Studied> {
    let met = studied_by(id, course, account, rule)?;
    Some(Studied {
        studied_at: met.iter().map(|(at, _)| *at).max()?,
        first_counted_at: first_counted(id, account)?,
        evidence: met.into_iter().map(|(_, seq)| seq).collect::<BTreeSet<u64>>().into_iter().collect(),
    })
}

fn first_counted(id: &CourseId, account: &Account) -> Option<Millis> {
    let counted = account.stretches.iter().filter(|judged| judged.stretch.course == *id);
    counted.flat_map(|judged| &judged.spans).filter(|span| counts(span)).map(|span| span.start).min()
}

/// The completion of a course out of a whole account; none while it is not completed.
pub fn completion(id: &CourseId, course: &Course, account: &Account, rule: Rule<'_>) -> Option<Completion> {
    if course.quizzes.is_empty() {
        return None;
    }
    let studied = studied_by(id, course, account, rule)?;
    let assessed = assessed_by(id, course, &account.summary, |key| account.sessions.get(key), rule)?;
    completed(&studied, &assessed, first_counted(id, account)?)
}

/// When all requirements were met, and by which events.
pub(crate) fn completed(
    studied: &[(Millis, u64)],
    assessed: &[(Millis, u64)],
    first_counted_at: Millis,
) -> Option<Completion> {
    let latest = |met: &[(Millis, u64)]| met.iter().map(|(at, _)| *at).max();
    let (studied_at, assessed_at) = (latest(studied)?, latest(assessed)?);
    let mut evidence: Vec<u64> = studied.iter().chain(assessed).map(|(_, seq)| *seq).collect();
    evidence.sort_unstable();
    evidence.dedup();
    Some(Completion {
        completed_at: studied_at.max(assessed_at),
        studied_at,
        assessed_at,
        first_counted_at,
        evidence,
    })
}

fn counts(span: &Span) -> bool {
    span.excluded.is_none() && span.start < span.end
}

/// For each video the end of the piece whose content, in the order of wall time, first reaches the coverage.
fn studied_by(
    id: &CourseId,
    course: &Course,
    account: &Account,
    rule: Rule<'_>,
) -> Option<Vec<(Millis, u64)>> {
    if course.videos.is_empty() {
        return None;
    }
    let mut met = Vec::with_capacity(course.videos.len());
    for (video, duration) in &course.videos {
        // Cheap before dear: what all pieces together do not cover, no first of them does.
        let whole = account.summary.courses.get(id).and_then(|videos| videos.get(video))?;
        if !is_covered(whole, *duration, rule.constants) {
            return None;
        }
        let mut pieces: Vec<(&Span, &Judged)> = account
            .stretches
            .iter()
            .filter(|judged| judged.stretch.course == *id && judged.stretch.video == *video)
            .flat_map(|judged| {
                judged.spans.iter().filter(|span| counts(span)).map(move |span| (span, judged))
            })
            .collect();
        pieces.sort_unstable_by_key(|(span, judged)| (span.start, span.end, judged.seq));
        let mut coverage = Coverage::default();
        let reached = pieces.into_iter().find(|(span, judged)| {
            coverage.add(&judged.content(span, rule.constants));
            is_covered(&coverage, *duration, rule.constants)
        });
        let (span, judged) = reached?;
        met.push((span.end, judged.seq));
    }
    Some(met)
}

/// For each quiz the earliest counting submission that passes, and for the questions the last that was needed.
pub(crate) fn assessed_by<'s>(
    id: &CourseId,
    course: &Course,
    summary: &Summary,
    session: impl Fn(&SessionKey) -> Option<&'s Session>,
    rule: Rule<'_>,
) -> Option<Vec<(Millis, u64)>> {
    let mut met = Vec::with_capacity(course.quizzes.len() + 1);
    for (quiz, pass) in &course.quizzes {
        let passing =
            summary.submissions.iter().filter(|s| s.course == *id && s.quiz == *quiz && s.reaches(*pass));
        met.push(passing.filter_map(|s| Some((s.counts(&session, rule)?, s.seq))).min()?);
    }
    let needed = usize::try_from(course.questions).unwrap_or(usize::MAX);
    if let Some(last) = needed.checked_sub(1) {
        let asked = summary.questions.iter().filter(|q| q.course == *id);
        let mut asked: Vec<(Millis, u64)> =
            asked.filter_map(|q| Some((q.counts(&session, rule)?, q.seq))).collect();
        asked.sort_unstable();
        met.push(*asked.get(last)?);
    }
    Some(met)
}

/// Whether a video of this duration is covered.
pub(crate) fn is_covered(coverage: &Coverage, duration_ms: i64, constants: &Constants) -> bool {
    let share: Ratio<i64> = constants.coverage;
    if let Some(whole) = coverage.whole_ms(duration_ms) {
        return whole > 0
            && i128::from(*share.denom()) * i128::from(whole)
                >= i128::from(*share.numer()) * i128::from(duration_ms);
    }
    let needed = BigRational::new(BigInt::from(*share.numer()) * duration_ms, (*share.denom()).into());
    let verified = coverage.verified(Extent::Registered(duration_ms)).exact();
    !verified.is_zero() && verified >= needed
}

impl Submission {
    /// When it counts, by the corrected clock; none when it does not count.
    pub fn counts<'s>(
        &self,
        session: impl Fn(&SessionKey) -> Option<&'s Session>,
        rule: Rule<'_>,
    ) -> Option<Millis> {
        let key = SessionKey { platform: self.platform.clone(), session: self.session.clone() };
        let session = session(&key)?;
        counts_at(self.submitted_at + session.offset_ms(), self.received_at, &key, session, rule)
    }
}

impl Question {
    /// When it counts, by the platform's clock; none when it does not count.
    pub fn counts<'s>(
        &self,
        session: impl Fn(&SessionKey) -> Option<&'s Session>,
        rule: Rule<'_>,
    ) -> Option<Millis> {
        let key = SessionKey { platform: self.platform.clone(), session: self.session.clone() };
        let session = session(&key)?;
        counts_at(self.time, self.received_at, &key, session, rule)
    }
}

/// Opened with a proven identity, not closed before it, and not back-filled.
fn counts_at(
    at: Millis,
    received_at: Millis,
    key: &SessionKey,
    session: &Session,
    rule: Rule<'_>,
) -> Option<Millis> {
    let opening = session.opening.as_ref()?;
    let closed_before = session.close.is_some_and(|close| close < at);
    let counts = opening.verified && !closed_before && !back_filled(received_at, at, at, key, session, rule);
    counts.then_some(at)
}
