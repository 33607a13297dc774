//! The part of the registry that verified time, study and assessment depend on.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::{CourseId, Millis, PlatformId, QuizId, SessionId, TraineeId, VideoId};
use num_rational::Ratio;

use crate::evidence::SessionKey;

/// Courses, approvals and sources. Without a registry every video counts and has no end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Courses by id; none when there is no registry at all.
    pub courses: Option<BTreeMap<CourseId, Course>>,
    /// Back-filled time that an official let count.
    pub approvals: BTreeSet<Approval>,
    /// The longest stretch of a platform that differs from the rule's, ms.
    pub max_stretch_ms: BTreeMap<PlatformId, i64>,
}

/// What a course asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// Registered durations, ms.
    pub videos: BTreeMap<VideoId, i64>,
    /// Required quizzes with the share of the highest score that passes.
    pub quizzes: BTreeMap<QuizId, Ratio<i128>>,
    /// Questions that have to be asked.
    pub questions: u32,
}

impl Course {
    /// The length of the whole programme, ms.
    pub fn duration_ms(&self) -> i64 {
        self.videos.values().sum()
    }
}

/// An official's approval of back-filled time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Approval {
    /// All stretches of one session.
    Session {
        /// The platform.
        platform: PlatformId,
        /// The trainee.
        trainee: TraineeId,
        /// The session.
        session: SessionId,
    },
    /// Stretches that lie within an outage that the platform announced.
    Outage {
        /// The platform.
        platform: PlatformId,
        /// First moment of the outage.
        from: Millis,
        /// Last moment of the outage.
        to: Millis,
    },
}

/// How long a video counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Up to its registered duration, ms.
    Registered(i64),
    /// Not registered (yet): nothing counts.
    Unknown,
    /// There is no registry: everything counts.
    Endless,
}

impl Catalogue {
    /// How long a video of a course counts.
    pub fn extent(&self, course: &str, video: &str) -> Extent {
        match &self.courses {
            None => Extent::Endless,
            Some(courses) => courses
                .get(course)
                .and_then(|course| course.videos.get(video))
                .map_or(Extent::Unknown, |duration| Extent::Registered(*duration)),
        }
    }

    /// A registered course.
    pub fn course(&self, course: &CourseId) -> Option<&Course> {
        self.courses.as_ref()?.get(course)
    }

    /// Whether an approval stands for a span of a session.
    pub(crate) fn approves(&self, trainee: &TraineeId, key: &SessionKey, start: Millis, end: Millis) -> bool {
        self.approvals.iter().any(|approval| match approval {
            Approval::Session { platform, trainee: who, session } => {
                *platform == key.platform && who == trainee && *session == key.session
            }
            Approval::Outage { platform, from, to } => {
                *platform == key.platform && *from <= start && end <= *to
            }
        })
    }
}
