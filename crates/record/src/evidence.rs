//! What an accepted event proves: the facts that VT-1 and completion need, owned and small.

use keshi_events::{
    Answerer, CourseId, Event, EventId, Millis, PlatformId, PresenceOutcome, QuizId, Said, Score, SessionId,
    ThreadId, VideoId,
};
use serde::{Deserialize, Serialize};

use crate::names::Names;

/// A session of one trainee: a platform's name means nothing on another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionKey {
    /// The platform that opened it.
    pub platform: PlatformId,
    /// Its name there.
    pub session: SessionId,
}

/// One distinct event of one trainee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Stream sequence.
    pub seq: u64,
    /// When the stream received it.
    pub received_at: Millis,
    /// The platform that said it.
    pub platform: PlatformId,
    /// The event's id.
    pub id: EventId,
    /// The platform's server clock.
    pub time: Millis,
    /// What it proves.
    pub fact: Fact,
}

/// What one event proves. Device times are as sent, not corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A session was opened.
    Opened {
        /// The session.
        session: SessionId,
        /// The person's identity was proven.
        verified: bool,
        /// The device's clock at that time.
        device_time: Option<Millis>,
        /// The device.
        device: Box<str>,
        /// The network address.
        ip: Box<str>,
        /// How the person signed in.
        method: &'static str,
    },
    /// A session was closed.
    Closed {
        /// The session.
        session: SessionId,
    },
    /// Presence was checked.
    Presence {
        /// The session.
        session: SessionId,
        /// When it was asked.
        prompted_at: Millis,
        /// When it was answered rightly; none when failed or missed.
        passed_at: Option<Millis>,
        /// `passed`, `failed` or `missed`.
        outcome: &'static str,
    },
    /// A stretch of watching.
    Watched(Stretch),
    /// A quiz was handed in.
    Quiz {
        /// The session.
        session: SessionId,
        /// The course.
        course: CourseId,
        /// The quiz.
        quiz: QuizId,
        /// When.
        submitted_at: Millis,
        /// The score.
        score: Score,
        /// The highest possible.
        max_score: Score,
    },
    /// A question was asked.
    Asked {
        /// The session.
        session: SessionId,
        /// The course.
        course: CourseId,
        /// The thread.
        thread: ThreadId,
    },
    /// A question was answered.
    Answered {
        /// The course.
        course: CourseId,
        /// The thread.
        thread: ThreadId,
        /// By whom.
        answerer: &'static str,
    },
}

/// A stretch of watching, as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The session.
    pub session: SessionId,
    /// The course.
    pub course: CourseId,
    /// The video.
    pub video: VideoId,
    /// First position, ms.
    pub from_ms: i64,
    /// Last position, ms.
    pub to_ms: i64,
    /// Start by the device's clock.
    pub started_at: Millis,
    /// End by the device's clock.
    pub ended_at: Millis,
}

impl Evidence {
    /// The facts of an accepted event.
    pub fn of(event: &Event<'_>, names: &mut Names) -> Evidence {
        let fact = match &event.said {
            Said::Opened(opened) => Fact::Opened {
                session: names.session(&opened.session),
                verified: opened.verified,
                device_time: opened.device_time,
                device: opened.device.as_ref().into(),
                ip: opened.ip.as_ref().into(),
                method: opened.method.as_str(),
            },
            Said::Closed(closed) => Fact::Closed { session: names.session(&closed.session) },
            Said::Presence(check) => {
                let (passed_at, outcome) = match check.outcome {
                    PresenceOutcome::Passed { answered_at } => (Some(answered_at), "passed"),
                    PresenceOutcome::Failed { .. } => (None, "failed"),
                    PresenceOutcome::Missed => (None, "missed"),
                };
                Fact::Presence {
                    session: names.session(&check.session),
                    prompted_at: check.prompted_at,
                    passed_at,
                    outcome,
                }
            }
            Said::Watched(watched) => Fact::Watched(Stretch {
                session: names.session(&watched.session),
                course: names.course(&watched.course),
                video: names.video(&watched.video),
                from_ms: watched.from_ms,
                to_ms: watched.to_ms,
                started_at: watched.started_at,
                ended_at: watched.ended_at,
            }),
            Said::Quiz(quiz) => Fact::Quiz {
                session: names.session(&quiz.session),
                course: names.course(&quiz.course),
                quiz: QuizId::from(quiz.quiz.as_ref()),
                submitted_at: quiz.submitted_at,
                score: quiz.score,
                max_score: quiz.max_score,
            },
            Said::Asked(asked) => Fact::Asked {
                session: names.session(&asked.session),
                course: names.course(&asked.course),
                thread: ThreadId::from(asked.thread.as_ref()),
            },
            Said::Answered(answered) => Fact::Answered {
                course: names.course(&answered.course),
                thread: ThreadId::from(answered.thread.as_ref()),
                answerer: match answered.answerer {
                    Answerer::Instructor => "instructor",
                    Answerer::Platform => "platform",
                    Answerer::Trainee => "trainee",
                },
            },
        };
        Evidence {
            seq: event.seq,
            received_at: event.received_at,
            platform: names.platform(event.platform),
            id: EventId::from(event.id.as_ref()),
            time: event.time,
            fact,
        }
    }

    /// The session that the event belongs to.
    pub fn session(&self) -> Option<SessionKey> {
        let session = match &self.fact {
            Fact::Opened { session, .. }
            | Fact::Closed { session }
            | Fact::Presence { session, .. }
            | Fact::Quiz { session, .. }
            | Fact::Asked { session, .. } => session,
            Fact::Watched(stretch) => &stretch.session,
            Fact::Answered { .. } => return None,
        };
        Some(SessionKey { platform: self.platform.clone(), session: session.clone() })
    }
}
