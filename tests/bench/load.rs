//! The load: trainees with evenings of study. Every active one sends a stretch every 30 seconds; of all messages 80% are
//! stretches, 1% repeats, 1% cannot be used, and 5% of the stretches come minutes late. The same every time.

use std::collections::BTreeMap;

use bytes::Bytes;
use keshi_events::{Headers, Millis, subject};
use keshi_log::Outgoing;
use serde_json::json;

/// The platform of the load.
pub(crate) const PLATFORM: &str = "bench";
/// The course of the load.
pub(crate) const COURSE: &str = "C1";
/// Partitions of the stream.
pub(crate) const PARTITIONS: u16 = 16;
/// Events of one trainee's evening; 200 of them are stretches.
pub(crate) const EVENING: u64 = 250;
/// Events of one session: a sign-in, 20 stretches, 2 checks, a quiz or a question or an answer, a sign-out.
pub(crate) const SESSION: u64 = 25;
/// 2026-03-02 19:00 in Beijing.
const BEGIN: Millis = Millis(1_772_449_200_000);
/// From one stretch to the next, ms.
const STEP: i64 = 30_000;

/// The registry that knows platform and course: four videos of 25 minutes, and a quiz.
pub(crate) fn registry() -> serde_json::Value {
    let videos: Vec<_> =
        (0..4).map(|video| json!({"video": format!("v{video}"), "duration_ms": 1_500_000})).collect();
    json!({
        "providers": [{"provider": PLATFORM, "kind": "platform", "name": "基准平台",
            "listings": [{"authority": "jinan", "from": "2020-03-01", "to": "2030-06-30"}]}],
        "courses": [{"course": COURSE, "provider": PLATFORM, "title": "基准课程", "videos": videos,
            "quizzes": [{"quiz": "q1", "pass": "0.6"}]}],
    })
}

/// A trainee of the backlog.
pub(crate) fn trainee(number: u64) -> String {
    format!("t{number:07}")
}

/// A backlog of events in the order of their receipt, as an import carries them. So many seats, each taken by one trainee
/// after another: at any time some begin, some are in the middle of their evening, and some complete the course.
pub(crate) struct Backlog {
    seats: u64,
    left: u64,
    step: u64,
    next: u64,
    late: BTreeMap<u64, Vec<(Meant, u64)>>,
    ready: Vec<Outgoing>,
}

impl Backlog {
    /// So many messages.
    pub(crate) fn of(events: u64) -> Backlog {
        let seats = (events / (2 * EVENING)).max(1);
        Backlog { seats, left: events, step: 0, next: 0, late: BTreeMap::new(), ready: Vec::new() }
    }

    /// How many study at any time; trainees of that many numbers have had at least half an evening.
    pub(crate) fn seats(&self) -> u64 {
        self.seats
    }

    fn turn(&mut self) {
        let (seat, now) = (self.next, self.step);
        if seat == 0 {
            for (event, meant) in self.late.remove(&now).unwrap_or_default() {
                self.ready.push(event.message(meant, now));
            }
        }
        // Seats are at different points of their evenings; whoever sits there first comes late.
        let at = now + seat * EVENING / self.seats;
        let who = Who { trainee: seat + self.seats * (at / EVENING), seat, seats: self.seats, score: 80 };
        let step = at % EVENING;
        let dice = mix(seat * 1_000_003 + now);
        if kind(step) == Kind::Stretch && dice % 100 < 5 {
            self.late.entry(now + 4 + dice / 100 % 14).or_default().push((Meant { who, step }, now));
        } else {
            let message = Meant { who, step }.message(now, now);
            if (dice / 10_000).is_multiple_of(100) {
                self.ready.push(message.clone());
            }
            self.ready.push(message);
        }
        if (dice / 1_000_000).is_multiple_of(100) {
            self.ready.push(unusable(who, step, now));
        }
        self.next += 1;
        if self.next == self.seats {
            (self.next, self.step) = (0, now + 1);
        }
    }
}

/// One session of each of so many trainees, all at once on one day, in the order of their receipt. All hand in a paper; one in
/// twenty passes with most of the course unseen, and is flagged for it.
pub(crate) fn day(trainees: u64, session: u64) -> impl Iterator<Item = Outgoing> {
    (session * SESSION..(session + 1) * SESSION).flat_map(move |step| {
        (0..trainees).map(move |trainee| {
            let score = if trainee.is_multiple_of(20) { 80 } else { 40 };
            let who = Who { trainee, seat: trainee, seats: trainees, score };
            Meant { who, step }.message(step, step)
        })
    })
}

/// Who sends.
#[derive(Clone, Copy)]
struct Who {
    trainee: u64,
    seat: u64,
    seats: u64,
    /// Of 100.
    score: u64,
}

impl Who {
    /// Of a hundred addresses sixteen carry two people, as in logs of real learners.
    fn address(self) -> String {
        let (hundred, seat) = (self.trainee / 116, self.trainee % 116);
        let number = hundred * 100 + if seat < 32 { seat / 2 } else { seat - 16 };
        format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255)
    }

    /// When a step of the load is for this seat.
    fn at(self, now: u64) -> Millis {
        BEGIN + (now as i64 * STEP + (self.seat * STEP as u64 / self.seats) as i64)
    }
}

/// A step of a trainee's evening.
#[derive(Clone, Copy)]
struct Meant {
    who: Who,
    step: u64,
}

impl Iterator for Backlog {
    type Item = Outgoing;

    fn next(&mut self) -> Option<Outgoing> {
        self.left = self.left.checked_sub(1)?;
        while self.ready.is_empty() {
            self.turn();
        }
        Some(self.ready.remove(0))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    Stretch,
    Check,
    Other,
    Close,
}

fn kind(step: u64) -> Kind {
    match step % SESSION {
        0 => Kind::Open,
        24 => Kind::Close,
        8 | 16 => Kind::Check,
        23 => Kind::Other,
        _ => Kind::Stretch,
    }
}

/// Numbers without a pattern that matters here (SplitMix64).
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Meant {
    /// The event that happened at one step of the load and is received at another.
    fn message(self, happened: u64, received: u64) -> Outgoing {
        let step = self.step;
        let at = self.who.at(happened);
        let received_at = self.who.at(received) + 150;
        let session = format!("s{}", step / SESSION);
        let number = step / SESSION * 20
            + (step % SESSION)
                .saturating_sub(1 + u64::from(step % SESSION > 8) + u64::from(step % SESSION > 16));
        let (family, name, data) = match kind(step) {
            Kind::Open => (
                "sign-in",
                "keshi.session.opened.v1",
                format!(
                    r#"{{"session":"{session}","method":"face","verified":true,"device":"d{}","ip":"{}"}}"#,
                    self.who.trainee,
                    self.who.address()
                ),
            ),
            Kind::Close => ("sign-in", "keshi.session.closed.v1", format!(r#"{{"session":"{session}"}}"#)),
            Kind::Check => (
                "sign-in",
                "keshi.presence.checked.v1",
                format!(
                    r#"{{"session":"{session}","prompted_at":"{}","outcome":"passed","answered_at":"{}","method":"click"}}"#,
                    (at + -9_000).to_beijing(),
                    (at + -1_000).to_beijing()
                ),
            ),
            Kind::Other if (step / SESSION).is_multiple_of(2) => (
                "quiz",
                "keshi.quiz.submitted.v1",
                format!(
                    r#"{{"session":"{session}","course":"{COURSE}","quiz":"q1","attempt":1,"started_at":"{}","submitted_at":"{}","score":"{}","max_score":"100"}}"#,
                    (at + -20_000).to_beijing(),
                    at.to_beijing(),
                    self.who.score
                ),
            ),
            Kind::Other => (
                "qa",
                "keshi.question.asked.v1",
                format!(
                    r#"{{"session":"{session}","course":"{COURSE}","thread":"{session}","text":"为什么？"}}"#
                ),
            ),
            Kind::Stretch => ("video-watch", "keshi.video.watched.v1", stretch(&session, number, at)),
        };
        imported(self.who.trainee, family, name, at, received_at, &data, step * 2)
    }
}

fn stretch(session: &str, number: u64, end: Millis) -> String {
    let from = number % 50 * 30;
    format!(
        r#"{{"session":"{session}","course":"{COURSE}","video":"v{}","from":{from},"to":{},"started_at":"{}","ended_at":"{}","rate":1.0}}"#,
        number / 50 % 4,
        from + 30,
        (end + -STEP).to_beijing(),
        end.to_beijing()
    )
}

/// Its end lies before its start.
fn unusable(who: Who, step: u64, now: u64) -> Outgoing {
    let at = who.at(now);
    let data = r#"{"session":"s0","course":"C1","video":"v0","from":30,"to":0,"started_at":"2026-03-02T19:00:00+08:00","ended_at":"2026-03-02T19:00:30+08:00"}"#;
    imported(who.trainee, "video-watch", "keshi.video.watched.v1", at, at + 150, data, step * 2 + 1)
}

fn imported(
    number: u64,
    family: &str,
    name: &str,
    at: Millis,
    received_at: Millis,
    data: &str,
    salt: u64,
) -> Outgoing {
    let who = trainee(number);
    let id = time_ordered_id(at, number << 16 | salt);
    let headers = import_headers(received_at, &id);
    let partition = subject::partition_of(&who, PARTITIONS);
    let payload = envelope(&who, &id, name, at, data);
    Outgoing { subject: subject::import(partition, PLATFORM, family), headers, payload }
}

/// What an import says of a message beside the event.
pub(crate) fn import_headers(received_at: Millis, id: &str) -> Headers {
    let received_at = received_at.to_beijing();
    [("Keshi-Received-At", received_at.as_str()), ("Keshi-Import-Id", id)].into_iter().collect()
}

fn envelope(who: &str, id: &str, name: &str, at: Millis, data: &str) -> Bytes {
    Bytes::from(format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/platforms/{PLATFORM}","type":"{name}","subject":"{who}","time":"{}","data":{data}}}"#,
        at.to_beijing()
    ))
}

/// A UUID of version 7: milliseconds, then what tells it from others.
fn time_ordered_id(at: Millis, salt: u64) -> String {
    let bits = (at.0 as u128) << 80 | 7 << 76 | 2 << 62 | u128::from(salt) & ((1 << 62) - 1);
    uuid::Uuid::from_u128(bits).to_string()
}

/// A message of a trainee who studies right now.
pub(crate) struct Live<'a> {
    /// Prefix of the trainees of one measurement.
    pub(crate) group: &'a str,
    /// Now.
    pub(crate) now: Millis,
}

impl Live<'_> {
    /// The sign-in of a trainee, half a minute ago.
    pub(crate) fn sign_in(&self, number: u64) -> Outgoing {
        let data = r#"{"session":"live","method":"face","verified":true,"device":"d","ip":"10.1.2.3"}"#;
        self.message(number, "sign-in", "keshi.session.opened.v1", self.now + -31_000, data, 0)
    }

    /// A stretch that ends now.
    pub(crate) fn stretch(&self, number: u64) -> Outgoing {
        let data = stretch("live", 0, self.now);
        self.message(number, "video-watch", "keshi.video.watched.v1", self.now, &data, 1)
    }

    fn message(&self, number: u64, family: &str, name: &str, at: Millis, data: &str, salt: u64) -> Outgoing {
        let who = format!("{}{number}", self.group);
        let id = time_ordered_id(at, number << 2 | salt);
        Outgoing {
            subject: subject::learn(PLATFORM, &who, family),
            headers: Headers::default(),
            payload: envelope(&who, &id, name, at, data),
        }
    }
}
