//! What one trainee leaves for comparison with others: small, and a function of that trainee's events alone.

use std::collections::BTreeMap;

use keshi_events::{CourseId, EventId, Millis, PlatformId, QuizId, SessionId};
use serde::{Deserialize, Serialize};

use crate::flag::Flag;

/// The traces of one trainee.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traces {
    /// Opened sessions.
    pub uses: Vec<Use>,
    /// Quiz papers.
    pub sheets: Vec<Sheet>,
    /// Completed courses: the moment, and the last event that met a requirement.
    pub completions: Vec<(CourseId, Millis, EventName)>,
    /// Courses that are finished by the platform's own account: every required quiz passed, however much was studied; where
    /// there is none, every video covered.
    pub finished: Vec<(CourseId, Millis, EventName)>,
    /// What each platform lets be seen of itself.
    pub platforms: BTreeMap<PlatformId, Tally>,
    /// Too regular, unless the platform's player is.
    pub steady: Vec<Steady>,
    /// Hashes of some windows of delays, with the moment of their beginning: equal ones at another time are replays.
    pub patterns: Vec<(u64, Millis)>,
    /// How the last long sessions begin: the same, but for some milliseconds, at another time is a replay too.
    pub recordings: Vec<Recording>,
}

impl Traces {
    /// Whether the trainee seems to repeat earlier sessions on a platform.
    pub fn repeats_on(&self, platform: &PlatformId) -> bool {
        self.steady.iter().any(|steady| steady.what == Regular::Replay && steady.platform == *platform)
    }
}

/// How a session begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// Its first moment.
    pub from: Millis,
    /// The end of the last stretch that it covers.
    pub to: Millis,
    /// Lengths of stretches and gaps after them in turn, ms.
    pub delays: Box<[i32]>,
    /// Its first and last stretch.
    pub events: [EventName; 2],
}

/// Names an event of a known trainee.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventName {
    /// Stream sequence.
    pub seq: u64,
    /// The platform that said it.
    pub platform: PlatformId,
    /// Its id there.
    pub id: EventId,
}

/// A session on a device and an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// The platform.
    pub platform: PlatformId,
    /// Its session.
    pub session: SessionId,
    /// The device, as the platform names it.
    pub device: Box<str>,
    /// The network address.
    pub ip: Box<str>,
    /// The course of its first stretch or paper.
    pub course: Option<CourseId>,
    /// The opening's event.
    pub id: EventId,
    /// The opening's stream sequence.
    pub seq: u64,
    /// The opening.
    pub opened: Millis,
    /// The end of its last stretch or paper, or the opening.
    pub last: Millis,
    /// When its player ran: in order, apart from each other.
    pub plays: Vec<(Millis, Millis)>,
}

/// A quiz paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// The platform.
    pub platform: PlatformId,
    /// The event.
    pub id: EventId,
    /// Its stream sequence.
    pub seq: u64,
    /// The course.
    pub course: CourseId,
    /// The quiz.
    pub quiz: QuizId,
    /// Begun, on the corrected clock (as the device sent it until [`Sheet::correct`]; so the other times).
    pub started: Millis,
    /// Handed in, on the corrected clock.
    pub submitted: Millis,
    /// Its answers, in order of their items.
    pub answers: Vec<Answer>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The item.
    pub item: Box<str>,
    /// What was chosen.
    pub choice: Box<str>,
    /// Whether it was right, where that is known.
    pub correct: Option<bool>,
    /// When, on the corrected clock.
    pub at: Option<Millis>,
    /// How long it took, ms, where that is known.
    pub took: Option<i64>,
}

/// What a platform lets be seen of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Sessions of more than an hour.
    pub long_sessions: u64,
    /// Those of them that carry a presence check.
    pub checked: u64,
    /// The first and last moment of such sessions.
    pub span: Option<(Millis, Millis)>,
    /// Enough stretches on end to tell whether they tick.
    pub could_tick: bool,
    /// Some of them tick.
    pub ticks: bool,
    /// Enough stretches on end to tell whether they repeat others.
    pub could_repeat: bool,
}

/// What is too regular.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Regular {
    /// Lengths and gaps.
    Tick,
    /// A pattern that was there before.
    Replay,
}

/// A flag that holds unless most people of the platform would get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steady {
    /// What is too regular.
    pub what: Regular,
    /// The platform.
    pub platform: PlatformId,
    /// The flag.
    pub flag: Flag,
}

impl Sheet {
    /// Puts its times on the corrected clock.
    pub(crate) fn correct(&mut self, offset_ms: i64) {
        let times = [&mut self.started, &mut self.submitted].into_iter();
        for at in times.chain(self.answers.iter_mut().filter_map(|answer| answer.at.as_mut())) {
            *at = *at + offset_ms;
        }
    }

    /// When it was last worked on.
    pub(crate) fn finished(&self) -> Millis {
        self.answers.iter().filter_map(|answer| answer.at).max().unwrap_or(self.submitted)
    }

    /// Mean time an item, as (time, items).
    pub(crate) fn pace(&self) -> Option<(i64, i64)> {
        let items = i64::try_from(self.answers.len()).ok().filter(|items| *items > 0)?;
        Some(((self.finished() - self.started).max(0), items))
    }
}

/// FNV-1a over numbers, mixed once more: its low bits are weak, and decide what is kept.
pub(crate) fn hash(values: impl Iterator<Item = i64>) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in values.flat_map(i64::to_be_bytes) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (hash >> 32)
}
