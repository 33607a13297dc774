//! One trainee's life at one platform: what is done, what the platform says of it, and when that arrives.

use keshi_events::{Millis, StoredMessage, subject};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use uuid::Builder;

use crate::book::Book;
use crate::course::Course;

/// A message on its way: when it arrives, and what it is.
pub(crate) struct Sent {
    pub(crate) arrives: Millis,
    pub(crate) message: StoredMessage,
}

/// What became of an event on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It arrived.
    Arrived,
    /// Nobody ever heard of it.
    Lost,
}

/// A life in progress. Times are the true ones; the device may think otherwise.
pub(crate) struct Life<'a> {
    pub(crate) trainee: String,
    pub(crate) course: &'a Course,
    pub(crate) rng: ChaCha8Rng,
    pub(crate) book: Book,
    /// The true time now.
    pub(crate) now: Millis,
    /// The device's clock is ahead by so much, ms.
    pub(crate) device_ahead_ms: i64,
    /// Events that happen before this moment arrive at it: the network is away.
    pub(crate) held_until: Option<Millis>,
    /// One in so many events is lost; 0: none.
    pub(crate) loss_one_in: u32,
    /// Attributes travel as headers.
    pub(crate) binary: bool,
    session: String,
    sessions: u32,
    sent: Vec<Sent>,
}

impl<'a> Life<'a> {
    pub(crate) fn new(trainee: String, course: &'a Course, rng: ChaCha8Rng) -> Life<'a> {
        Life {
            trainee,
            course,
            rng,
            book: Book::default(),
            now: Millis(0),
            device_ahead_ms: 0,
            held_until: None,
            loss_one_in: 0,
            binary: false,
            session: String::new(),
            sessions: 0,
            sent: Vec::new(),
        }
    }

    pub(crate) fn end(self) -> (Vec<Sent>, Book) {
        (self.sent, self.book)
    }

    /// True in so many of a thousand cases.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.rng.random_range(0..1000) < per_mille
    }

    fn device(&self, at: Millis) -> String {
        (at + self.device_ahead_ms).to_beijing()
    }

    /// Signs in, with the person's identity proven.
    pub(crate) fn sign_in(&mut self) {
        self.sessions += 1;
        self.session = format!("{}-{}", self.trainee, self.sessions);
        let data = json!({"session": self.session, "method": "face", "verified": true, "device": format!("device-{}", self.trainee),
                          "ip": format!("10.1.{}.{}", self.sessions % 250, self.trainee.len()), "device_time": self.device(self.now)});
        self.say("sign-in", "keshi.session.opened.v1", self.now, data, true);
    }

    /// Signs out.
    pub(crate) fn sign_out(&mut self) {
        let data = json!({"session": self.session, "reason": "done"});
        self.say("sign-in", "keshi.session.closed.v1", self.now, data, true);
    }

    /// Is asked to show presence, and answers after so many ms; `None`: never. Time passes.
    pub(crate) fn presence(&mut self, answer_after_ms: Option<i64>) {
        let asked = self.now;
        let data = match answer_after_ms {
            Some(after) => {
                self.now = self.now + after;
                json!({"session": self.session, "prompted_at": self.device(asked), "outcome": "passed",
                       "answered_at": self.device(self.now), "method": "click"})
            }
            None => {
                json!({"session": self.session, "prompted_at": self.device(asked), "outcome": "missed", "method": "click"})
            }
        };
        let said_at = if answer_after_ms.is_some() { self.now } else { asked + 60_000 };
        self.say("sign-in", "keshi.presence.checked.v1", said_at, data, true);
    }

    /// Watches `[from, to)` in `wall` ms. Time passes. Says whether the platform's event arrived.
    pub(crate) fn watch(&mut self, video: &str, from: i64, to: i64, wall: i64) -> Delivery {
        let started = self.now;
        self.now = self.now + wall;
        let data = json!({"session": self.session, "course": self.course.id, "video": video,
                          "from": seconds(from), "to": seconds(to),
                          "started_at": self.device(started), "ended_at": self.device(self.now), "foreground": true});
        self.say("video-watch", "keshi.video.watched.v1", self.now, data, false)
    }

    /// Hands a quiz in. Time passes.
    pub(crate) fn quiz(&mut self, quiz: &str, attempt: u32, score: u32, minutes: i64) {
        let started = self.now;
        self.now = self.now + minutes * 60_000;
        let data = json!({"session": self.session, "course": self.course.id, "quiz": quiz, "attempt": attempt,
                          "started_at": self.device(started), "submitted_at": self.device(self.now),
                          "score": format!("{score}"), "max_score": "100"});
        self.say("quiz", "keshi.quiz.submitted.v1", self.now, data, true);
    }

    /// Asks a question, and gets an answer the next morning.
    pub(crate) fn ask(&mut self, thread: &str) {
        let data = json!({"session": self.session, "course": self.course.id, "thread": thread, "text": "这一步为什么要先断电？"});
        self.say("qa", "keshi.question.asked.v1", self.now, data, true);
        let answer = json!({"course": self.course.id, "thread": thread, "answerer": "instructor", "text": "为了安全：先断电，再验电。"});
        self.say("qa", "keshi.question.answered.v1", self.now + 12 * 3_600_000, answer, true);
    }

    /// The platform says it: with the network's delay, sometimes twice, sometimes never.
    fn say(&mut self, family: &str, kind: &str, at: Millis, data: Value, sure: bool) -> Delivery {
        let delay = if self.chance(20) {
            self.rng.random_range(1_500..8_000)
        } else {
            self.rng.random_range(20..400)
        };
        let id = self.event_id(at);
        if !sure && self.loss_one_in > 0 && self.rng.random_range(0..self.loss_one_in) == 0 {
            return Delivery::Lost;
        }
        let arrives = self.held_until.map_or(at, |until| until.max(at)) + delay;
        let message = self.message(family, kind, &id, at, data);
        if self.chance(10) {
            // The acknowledgement got lost: the same event once more.
            let again = arrives + self.rng.random_range(500..20_000);
            self.sent.push(Sent { arrives: again, message: message.clone() });
        }
        self.sent.push(Sent { arrives, message });
        Delivery::Arrived
    }

    fn event_id(&mut self, at: Millis) -> String {
        let mut random = [0; 10];
        self.rng.fill_bytes(&mut random);
        Builder::from_unix_timestamp_millis(at.0.unsigned_abs(), &random).into_uuid().to_string()
    }

    fn message(&self, family: &str, kind: &str, id: &str, at: Millis, data: Value) -> StoredMessage {
        let (source, time) = (format!("/platforms/{}", self.course.platform), at.to_beijing());
        let mut headers = vec![("Nats-Msg-Id".to_owned(), id.to_owned())];
        let payload = if self.binary {
            for (name, value) in [
                ("specversion", "1.0"),
                ("id", id),
                ("source", &source),
                ("type", kind),
                ("subject", &self.trainee),
                ("time", &time),
            ] {
                headers.push((format!("ce-{name}"), value.to_owned()));
            }
            data
        } else {
            json!({"specversion": "1.0", "id": id, "source": source, "type": kind, "subject": self.trainee, "time": time, "data": data})
        };
        StoredMessage {
            seq: 0,
            received_at: at,
            subject: subject::learn(self.course.platform, &self.trainee, family),
            headers,
            payload: payload.to_string().into(),
        }
    }
}

/// Milliseconds as a number of seconds with at most three decimals.
fn seconds(ms: i64) -> Value {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    serde_json::from_str(text).unwrap_or(Value::Null)
}
