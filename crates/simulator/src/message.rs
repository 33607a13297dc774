//! What a platform's message of a happening looks like: a CloudEvent in either content mode.

use keshi_events::{Headers, Millis, StoredMessage, subject};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::device::Session;
use crate::happening::{Happening, Paper, Sent, What};
use crate::life::Life;
use crate::platform::Platform;

#[derive(Serialize)]
struct Envelope<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    r#type: &'static str,
    subject: &'a str,
    time: &'a str,
    datacontenttype: &'static str,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Opened {
        session: &'a str,
        method: &'static str,
        verified: bool,
        device: String,
        ip: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        device_time: Option<String>,
        user_agent: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
    },
    Closed {
        session: &'a str,
        reason: &'static str,
    },
    Presence {
        session: &'a str,
        prompted_at: String,
        outcome: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        answered_at: Option<String>,
        method: &'static str,
    },
    Watched {
        session: &'a str,
        course: &'a str,
        video: &'a str,
        from: Option<Box<RawValue>>,
        to: Option<Box<RawValue>>,
        started_at: String,
        ended_at: String,
        rate: Option<Box<RawValue>>,
        foreground: bool,
    },
    Quiz {
        session: &'a str,
        course: &'a str,
        quiz: &'a str,
        attempt: u32,
        started_at: String,
        submitted_at: String,
        score: String,
        max_score: String,
        answers: Vec<Answered>,
    },
    Asked {
        session: &'a str,
        course: &'a str,
        thread: String,
        text: &'static str,
    },
    Answer {
        course: &'a str,
        thread: String,
        answerer: &'static str,
        text: &'static str,
    },
}

/// Degrees.
#[derive(Serialize)]
struct Location {
    longitude: Option<Box<RawValue>>,
    latitude: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct Answered {
    item: String,
    choice: char,
    correct: bool,
    answered_at: String,
}

const USER_AGENT: &str = "Mozilla/5.0 (Linux; Android 10) KeshiSimulator/1";
const POINTS: usize = 10;

/// The stored message of something that a person's platform said.
pub(crate) fn write(seq: u64, sent: &Sent, life: &Life) -> StoredMessage {
    let Happening { id, at, session, what } = &sent.happening;
    let platform = session.platform.as_ref();
    let names = Names { life, platform, session };
    let session_id = format!("{}-{}", life.trainee, session.opened.0 / 1000);
    let (family, kind, data) = names.data(&session_id, *at, what);
    let (id, source) = (id.to_string(), format!("/platforms/{}", platform.id));
    let time = (*at + platform.clock_fast_ms).to_beijing();
    let mut headers = Headers::default();
    headers.push("Nats-Msg-Id", &format!("{}/{id}", platform.id));
    let payload = if life.binary {
        let attributes = [
            ("ce-specversion", "1.0"),
            ("ce-id", &id),
            ("ce-source", &source),
            ("ce-type", kind),
            ("ce-subject", &life.trainee),
            ("ce-time", &time),
            ("Content-Type", "application/json"),
        ];
        for (name, value) in attributes {
            headers.push(name, value);
        }
        serde_json::to_vec(&data)
    } else {
        headers.push("Content-Type", "application/cloudevents+json");
        serde_json::to_vec(&Envelope {
            specversion: "1.0",
            id: &id,
            source: &source,
            r#type: kind,
            subject: &life.trainee,
            time: &time,
            datacontenttype: "application/json",
            data,
        })
    };
    StoredMessage {
        seq,
        received_at: sent.arrives,
        subject: subject::learn(platform.id, &life.trainee, family),
        headers,
        payload: payload.unwrap_or_default().into(), // strings and numbers alone: this cannot fail
    }
}

struct Names<'a> {
    life: &'a Life,
    platform: &'a Platform,
    session: &'a Session,
}

impl<'a> Names<'a> {
    /// What the device's clock shows.
    fn device(&self, at: Millis) -> String {
        let shown = at + self.session.ahead_ms;
        if !self.platform.says_utc {
            return shown.to_beijing();
        }
        let as_if_beijing = Millis(shown.0 - 8 * 3_600_000).to_beijing();
        as_if_beijing.strip_suffix("+08:00").map_or_else(|| shown.to_beijing(), |text| format!("{text}Z"))
    }

    fn thread(&self, asked: Millis) -> String {
        format!("{}-q{}", self.life.trainee, asked.0 / 1000)
    }

    fn data(&self, session: &'a str, at: Millis, what: &'a What) -> (&'static str, &'static str, Data<'a>) {
        let course = self.platform.course.id;
        match what {
            What::SignedIn => ("sign-in", "keshi.session.opened.v1", self.opened(session, at)),
            What::SignedOut => {
                ("sign-in", "keshi.session.closed.v1", Data::Closed { session, reason: "signed-out" })
            }
            What::AskedForPresence { asked, answered } => {
                let data = Data::Presence {
                    session,
                    prompted_at: self.device(*asked),
                    outcome: if answered.is_some() { "passed" } else { "missed" },
                    answered_at: answered.map(|at| self.device(at)),
                    method: self.platform.presence,
                };
                ("sign-in", "keshi.presence.checked.v1", data)
            }
            What::Watched { video, from, to, wall, shown_pace } => {
                let data = Data::Watched {
                    session,
                    course,
                    video: self.platform.course.videos.get(*video).map_or("", |video| &video.id),
                    from: thousandths(*from),
                    to: thousandths(*to),
                    started_at: self.device(at + -wall),
                    ended_at: self.device(at),
                    rate: thousandths(shown_pace.content * 1000 / shown_pace.wall),
                    foreground: true,
                };
                ("video-watch", "keshi.video.watched.v1", data)
            }
            What::HandedIn(paper) => ("quiz", "keshi.quiz.submitted.v1", self.quiz(session, at, paper)),
            What::AskedQuestion { thread } => {
                let thread = self.thread(*thread);
                let data = Data::Asked {
                    session, course, thread, text: "验电之前，为什么一定要先断电？"
                };
                ("qa", "keshi.question.asked.v1", data)
            }
            What::GotAnswer { thread } => {
                let thread = self.thread(*thread);
                let text = "为了安全：先断电，再验电，最后挂牌上锁。";
                let data = Data::Answer { course, thread, answerer: "instructor", text };
                ("qa", "keshi.question.answered.v1", data)
            }
        }
    }

    fn opened(&self, session: &'a str, at: Millis) -> Data<'a> {
        Data::Opened {
            session,
            method: self.platform.sign_in,
            verified: true,
            device: self.session.device.to_string(),
            ip: self.session.address.to_string(),
            device_time: self.session.told_before_ms.map(|before| self.device(at + -before)),
            user_agent: USER_AGENT,
            location: self.session.place.map(|(longitude, latitude)| Location {
                longitude: thousandths(longitude.into()),
                latitude: thousandths(latitude.into()),
            }),
        }
    }

    fn quiz(&self, session: &'a str, at: Millis, paper: &Paper) -> Data<'a> {
        let quiz = self.platform.course.quizzes.get(paper.quiz).map_or("", String::as_str);
        let right = paper.answers.iter().filter(|answer| answer.correct).count();
        let answers = (1..).zip(&paper.answers).map(|(number, answer)| Answered {
            item: format!("{quiz}-{number}"),
            choice: answer.choice,
            correct: answer.correct,
            answered_at: self.device(answer.at),
        });
        Data::Quiz {
            session,
            course: self.platform.course.id,
            quiz,
            attempt: paper.attempt,
            started_at: self.device(paper.started),
            submitted_at: self.device(at),
            score: (right * POINTS).to_string(),
            max_score: (paper.answers.len() * POINTS).to_string(),
            answers: answers.collect(),
        }
    }
}

/// Thousandths as a JSON number with at most three decimals, without a detour through floating point.
fn thousandths(value: i64) -> Option<Box<RawValue>> {
    let text = format!("{}.{:03}", value / 1000, value % 1000);
    RawValue::from_string(text.trim_end_matches('0').trim_end_matches('.').to_owned()).ok()
}
