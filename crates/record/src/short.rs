//! Evidence in few bytes: what the trail keeps beside the message, so that reading a history needs no JSON.

use keshi_events::{Answerer, EventId, Millis, QuizId, Score, SignInMethod, ThreadId};
use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, Fact, Stretch};
use crate::names::Names;

/// The bytes are no evidence in short.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEvidence {
    /// Another version wrote them, or they were changed.
    #[error("{0}")]
    Unreadable(#[from] postcard::Error),
    /// What no accepted event says: it was changed.
    #[error("it says what no event can say")]
    Impossible,
    /// A word that no event has.
    #[error("{0:?} is no word of the contract")]
    UnknownWord(String),
}

/// Times are told as their distance from the receipt or from each other: most are small then.
#[derive(Serialize, Deserialize)]
struct Short<'a> {
    #[serde(borrow)]
    id: Id<'a>,
    platform: &'a str,
    /// From the receipt.
    time: i64,
    fact: ShortFact<'a>,
}

#[derive(Serialize, Deserialize)]
enum Id<'a> {
    /// A UUID as it is written by nearly all who write one: 16 bytes.
    Uuid([u8; 16]),
    Text(&'a str),
}

#[derive(Serialize, Deserialize)]
enum ShortFact<'a> {
    Opened {
        session: &'a str,
        verified: bool,
        /// From `time`.
        device_time: Option<i64>,
        device: &'a str,
        ip: &'a str,
        method: &'a str,
    },
    Closed {
        session: &'a str,
    },
    Presence {
        session: &'a str,
        /// From `time`.
        prompted_at: i64,
        /// From the prompt.
        passed_at: Option<i64>,
        outcome: &'a str,
    },
    Watched {
        session: &'a str,
        course: &'a str,
        video: &'a str,
        from_ms: i64,
        content: i64,
        /// From `time`.
        ended_at: i64,
        wall: i64,
    },
    Quiz {
        session: &'a str,
        course: &'a str,
        quiz: &'a str,
        /// From `time`.
        submitted_at: i64,
        score: i128,
        max_score: i128,
    },
    Asked {
        session: &'a str,
        course: &'a str,
        thread: &'a str,
    },
    Answered {
        course: &'a str,
        thread: &'a str,
        answerer: &'a str,
    },
}

impl Evidence {
    /// Writes it behind what is there, but for its sequence and receipt.
    ///
    /// # Errors
    /// None that is known of: writing into memory does not fail.
    pub fn write_short(&self, into: &mut Vec<u8>) -> Result<(), postcard::Error> {
        let from = |at: Millis, base: Millis| at.0.wrapping_sub(base.0);
        let short = Short {
            id: Id::of(self.id.as_str()),
            platform: self.platform.as_str(),
            time: from(self.time, self.received_at),
            fact: match &self.fact {
                Fact::Opened { session, verified, device_time, device, ip, method } => ShortFact::Opened {
                    session: session.as_str(),
                    verified: *verified,
                    device_time: device_time.map(|at| from(at, self.time)),
                    device,
                    ip,
                    method,
                },
                Fact::Closed { session } => ShortFact::Closed { session: session.as_str() },
                Fact::Presence { session, prompted_at, passed_at, outcome } => ShortFact::Presence {
                    session: session.as_str(),
                    prompted_at: from(*prompted_at, self.time),
                    passed_at: passed_at.map(|at| from(at, *prompted_at)),
                    outcome,
                },
                Fact::Watched(stretch) => ShortFact::Watched {
                    session: stretch.session.as_str(),
                    course: stretch.course.as_str(),
                    video: stretch.video.as_str(),
                    from_ms: stretch.from_ms,
                    content: stretch.to_ms.wrapping_sub(stretch.from_ms),
                    ended_at: from(stretch.ended_at, self.time),
                    wall: from(stretch.ended_at, stretch.started_at),
                },
                Fact::Quiz { session, course, quiz, submitted_at, score, max_score } => ShortFact::Quiz {
                    session: session.as_str(),
                    course: course.as_str(),
                    quiz: quiz.as_str(),
                    submitted_at: from(*submitted_at, self.time),
                    score: score.0,
                    max_score: max_score.0,
                },
                Fact::Asked { session, course, thread } => ShortFact::Asked {
                    session: session.as_str(),
                    course: course.as_str(),
                    thread: thread.as_str(),
                },
                Fact::Answered { course, thread, answerer } => {
                    ShortFact::Answered { course: course.as_str(), thread: thread.as_str(), answerer }
                }
            },
        };
        *into = postcard::to_extend(&short, std::mem::take(into))?;
        Ok(())
    }

    /// Reads what [`Evidence::write_short`] wrote. Gives what follows it too.
    ///
    /// # Errors
    /// When something else wrote it.
    pub fn read_short<'a>(
        (seq, received_at): (u64, Millis),
        bytes: &'a [u8],
        names: &mut Names,
    ) -> Result<(Evidence, &'a [u8]), NotEvidence> {
        let (short, rest): (Short<'_>, _) = postcard::take_from_bytes(bytes)?;
        let after = |base: Millis, ms: i64| Millis(base.0.wrapping_add(ms));
        let time = after(received_at, short.time);
        let fact = match short.fact {
            ShortFact::Opened { session, verified, device_time, device, ip, method } => Fact::Opened {
                session: names.session(session),
                verified,
                device_time: device_time.map(|ms| after(time, ms)),
                device: device.into(),
                ip: ip.into(),
                method: word(method, |word| SignInMethod::parse(word).map(SignInMethod::as_str))?,
            },
            ShortFact::Closed { session } => Fact::Closed { session: names.session(session) },
            ShortFact::Presence { session, prompted_at, passed_at, outcome } => {
                let prompted_at = after(time, prompted_at);
                Fact::Presence {
                    session: names.session(session),
                    prompted_at,
                    passed_at: passed_at.map(|ms| after(prompted_at, ms)),
                    outcome: word(outcome, outcome_word)?,
                }
            }
            ShortFact::Watched { session, course, video, from_ms, content, ended_at, wall } => {
                let ended_at = after(time, ended_at);
                Fact::Watched(Stretch {
                    session: names.session(session),
                    course: names.course(course),
                    video: names.video(video),
                    from_ms,
                    to_ms: from_ms.wrapping_add(content),
                    started_at: after(ended_at, wall.wrapping_neg()),
                    ended_at,
                })
            }
            ShortFact::Quiz { session, course, quiz, submitted_at, score, max_score } => Fact::Quiz {
                session: names.session(session),
                course: names.course(course),
                quiz: QuizId::from(quiz),
                submitted_at: after(time, submitted_at),
                score: Score(score),
                max_score: Score(max_score),
            },
            ShortFact::Asked { session, course, thread } => Fact::Asked {
                session: names.session(session),
                course: names.course(course),
                thread: ThreadId::from(thread),
            },
            ShortFact::Answered { course, thread, answerer } => Fact::Answered {
                course: names.course(course),
                thread: ThreadId::from(thread),
                answerer: word(answerer, |word| Answerer::parse(word).map(Answerer::as_str))?,
            },
        };
        if !fact.is_possible() || !within(time) {
            return Err(NotEvidence::Impossible);
        }
        let platform = names.platform(short.platform);
        Ok((Evidence { seq, received_at, platform, id: short.id.text(), time, fact }, rest))
    }
}

/// Whether an event may say that something happened then.
fn within(at: Millis) -> bool {
    (Millis::EARLIEST..Millis::END).contains(&at)
}

impl Fact {
    /// Whether times and positions are as the contract has them (E107).
    fn is_possible(&self) -> bool {
        match self {
            Fact::Opened { device_time, .. } => device_time.is_none_or(within),
            Fact::Presence { prompted_at, passed_at, .. } => {
                within(*prompted_at) && passed_at.is_none_or(|at| within(at) && at >= *prompted_at)
            }
            Fact::Watched(Stretch { from_ms, to_ms, started_at, ended_at, .. }) => {
                let positions = 0..=86_400_000;
                positions.contains(from_ms)
                    && positions.contains(to_ms)
                    && from_ms <= to_ms
                    && within(*started_at)
                    && within(*ended_at)
                    && started_at <= ended_at
            }
            Fact::Quiz { submitted_at, score, max_score, .. } => {
                within(*submitted_at) && Score(0) <= *score && score <= max_score
            }
            Fact::Closed { .. } | Fact::Asked { .. } | Fact::Answered { .. } => true,
        }
    }
}

/// Where the hyphens of a UUID stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
/// How long one is.
const UUID: usize = 36;

impl<'a> Id<'a> {
    fn of(text: &'a str) -> Id<'a> {
        uuid(text).map_or(Id::Text(text), Id::Uuid)
    }

    fn text(&self) -> EventId {
        match self {
            Id::Uuid(bytes) => {
                let mut text = hex::encode(bytes);
                HYPHENS.into_iter().for_each(|at| text.insert(at, '-'));
                EventId::from(text)
            }
            Id::Text(text) => EventId::from(*text),
        }
    }
}

/// A UUID in lower-case letters with hyphens: any other spelling is another id.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let hyphens = text.bytes().enumerate().filter(|(_, byte)| *byte == b'-').map(|(at, _)| at);
    if text.len() != UUID || !hyphens.eq(HYPHENS) || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut digits = [0; UUID - HYPHENS.len()];
    digits.iter_mut().zip(text.bytes().filter(|byte| *byte != b'-')).for_each(|(to, digit)| *to = digit);
    let mut bytes = [0; 16];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(bytes)
}

fn outcome_word(word: &str) -> Option<&'static str> {
    ["passed", "failed", "missed"].into_iter().find(|known| *known == word)
}

fn word(text: &str, known: impl Fn(&str) -> Option<&'static str>) -> Result<&'static str, NotEvidence> {
    known(text).ok_or_else(|| NotEvidence::UnknownWord(text.to_owned()))
}
