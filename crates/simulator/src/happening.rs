//! What happened, kept small until the platform's message of it is written.

use std::cmp::Ordering;
use std::sync::Arc;

use keshi_events::Millis;
use uuid::Uuid;

use crate::device::Session;
use crate::pace::Pace;

/// An event of a life. Its times are the true ones.
#[derive(Clone, Debug)]
pub(crate) struct Happening {
    pub(crate) id: Uuid,
    pub(crate) at: Millis,
    pub(crate) session: Arc<Session>,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    SignedIn,
    SignedOut,
    /// `answered` is `None` when nobody was there.
    AskedForPresence {
        asked: Millis,
        answered: Option<Millis>,
    },
    /// `video` counts from 0; positions in ms.
    Watched {
        video: usize,
        from: i64,
        to: i64,
        wall: i64,
        shown_pace: Pace,
    },
    HandedIn(Box<Paper>),
    /// A thread is named by the moment of its question.
    AskedQuestion {
        thread: Millis,
    },
    GotAnswer {
        thread: Millis,
    },
}

/// A quiz paper with its answers; each right one is worth ten points.
#[derive(Clone, Debug)]
pub(crate) struct Paper {
    pub(crate) quiz: usize,
    pub(crate) attempt: u32,
    pub(crate) started: Millis,
    pub(crate) answers: Vec<Answer>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) choice: char,
    pub(crate) correct: bool,
    pub(crate) at: Millis,
}

/// A message on its way. The order is that of arrival; of messages that arrive in the same ms, the person's number and
/// the order of sending decide.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) arrives: Millis,
    pub(crate) who: u32,
    pub(crate) number: u32,
    pub(crate) happening: Happening,
}

impl Sent {
    fn place(&self) -> (Millis, u32, u32) {
        (self.arrives, self.who, self.number)
    }
}

impl Ord for Sent {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

impl PartialOrd for Sent {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sent {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl Eq for Sent {}
