//! What all of a trainee's events come to: the verdict, without the way to it.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::{CourseId, Millis, PlatformId, QuizId, SessionId, ThreadId, VideoId};
use num_rational::Ratio;
use serde::{Deserialize, Serialize};

use crate::constants::Constants;
use crate::coverage::Coverage;
use crate::reason::{Flag, Reason};

/// A trainee's verdict. Equal sets of events have equal summaries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Wall time by fate.
    pub wall: Wall,
    /// Flags that do not depend on a day's sum.
    pub flags: BTreeSet<Flag>,
    /// Time lost to other platforms and other sessions, by Beijing day.
    pub parallel_ms: BTreeMap<i64, Parallel>,
    /// Covered content of every video that a distinct accepted stretch names.
    pub courses: BTreeMap<CourseId, BTreeMap<VideoId, Coverage>>,
    /// Quizzes handed in, in order of (platform, session, course, quiz, time).
    pub submissions: BTreeSet<Submission>,
    /// Questions asked.
    pub questions: BTreeSet<Question>,
    /// Answers given.
    pub answers: u64,
    /// Presence checks: all, and those that were passed.
    pub checks: Checks,
}

/// Claimed, attested and excluded wall time, ms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wall {
    /// Sum of the lengths of all stretches after step 3.
    pub claimed_ms: i64,
    /// What step 6 left.
    pub attested_ms: i64,
    /// The rest, by reason.
    pub excluded_ms: BTreeMap<Reason, i64>,
}

/// Time lost to other platforms and to other sessions, ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parallel {
    /// To other platforms.
    pub platform_ms: i64,
    /// To other sessions.
    pub session_ms: i64,
}

/// How presence checks went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// All distinct ones.
    pub all: u64,
    /// With outcome `passed`.
    pub passed: u64,
}

/// A quiz handed in; whether it counts depends on its session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Submission {
    /// The course.
    pub course: CourseId,
    /// The quiz.
    pub quiz: QuizId,
    /// The platform.
    pub platform: PlatformId,
    /// The session.
    pub session: SessionId,
    /// By the device's clock, not corrected.
    pub submitted_at: Millis,
    /// When the stream received it.
    pub received_at: Millis,
    /// Stream sequence.
    pub seq: u64,
    /// Millionths of a point.
    pub score: i128,
    /// Millionths of a point.
    pub max_score: i128,
}

impl Submission {
    /// Whether the score reaches a share of the highest one; a highest score of 0 never does.
    pub fn reaches(&self, pass: Ratio<i128>) -> bool {
        self.max_score > 0 && Ratio::new(self.score, self.max_score) >= pass
    }
}

/// A question asked; whether it counts depends on its session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Question {
    /// The course.
    pub course: CourseId,
    /// The thread.
    pub thread: ThreadId,
    /// The platform.
    pub platform: PlatformId,
    /// The session.
    pub session: SessionId,
    /// The platform's server clock.
    pub time: Millis,
    /// When the stream received it.
    pub received_at: Millis,
    /// Stream sequence.
    pub seq: u64,
}

impl Summary {
    /// Puts a part of a claimed stretch to its fate.
    pub(crate) fn settle(&mut self, start: Millis, end: Millis, excluded: Option<Reason>) {
        let ms = end - start;
        let Some(reason) = excluded else {
            self.wall.attested_ms += ms;
            return;
        };
        if ms == 0 {
            return;
        }
        *self.wall.excluded_ms.entry(reason).or_default() += ms;
        if matches!(reason, Reason::ParallelPlatform | Reason::ParallelSession) {
            self.lose_to_another(start, end, reason);
        }
    }

    fn lose_to_another(&mut self, start: Millis, end: Millis, reason: Reason) {
        let mut at = start;
        while at < end {
            let day = at.beijing_day();
            let until = Millis::of_beijing_day(day + 1).min(end);
            let lost = self.parallel_ms.entry(day).or_default();
            match reason {
                Reason::ParallelPlatform => lost.platform_ms += until - at,
                _ => lost.session_ms += until - at,
            }
            at = until;
        }
    }

    /// All flags of VT-1, those of a day's sum among them.
    pub fn all_flags(&self, constants: &Constants) -> BTreeSet<Flag> {
        let mut flags = self.flags.clone();
        let over = |ms: fn(&Parallel) -> i64| {
            self.parallel_ms.values().any(|day| ms(day) > constants.overlap_tolerance_ms)
        };
        if over(|day| day.platform_ms) {
            flags.insert(Flag::ParallelPlatform);
        }
        if over(|day| day.session_ms) {
            flags.insert(Flag::ParallelSession);
        }
        flags
    }

    /// The coverage of a video, made when it is not there yet.
    pub(crate) fn coverage(&mut self, course: &CourseId, video: &VideoId) -> &mut Coverage {
        self.courses.entry(course.clone()).or_default().entry(video.clone()).or_default()
    }
}

impl Wall {
    /// Every second accounted for: claimed = attested + excluded, to the millisecond.
    ///
    /// # Panics
    /// When it does not hold: a wrong second is wrong money, so nothing may go on.
    pub fn assert_accounted_for(&self) {
        let excluded: i64 = self.excluded_ms.values().sum();
        assert!(
            self.claimed_ms == self.attested_ms + excluded,
            "claimed {} ms is not attested {} ms + excluded {} ms",
            self.claimed_ms,
            self.attested_ms,
            excluded
        );
    }
}
