//! An accepted event: who said what, in types.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::envelope::Envelope;
use crate::json::Document;
use crate::subject::Family;
use crate::time::Millis;

/// An accepted event. Texts are borrowed from the message where they hold no escape.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Stream sequence: the order of recording.
    pub seq: u64,
    /// When the stream received it.
    pub received_at: Millis,
    /// The platform of the subject.
    pub platform: &'a str,
    /// The trainee: attribute `subject`.
    pub trainee: Cow<'a, str>,
    /// Attribute `id`: with platform and trainee, the idempotency key.
    pub id: Cow<'a, str>,
    /// When it happened, by the platform's server clock.
    pub time: Millis,
    /// What happened.
    pub said: Said<'a>,
    pub(crate) envelope: Envelope<'a>,
    pub(crate) document: Document<'a>,
    pub(crate) data: usize,
}

impl Event<'_> {
    /// Whether another event says the same: specversion, id, source, type, subject and time as strings, data as JSON
    /// values. Content mode, headers and other attributes do not matter (VT-1, step 1).
    pub fn says_the_same(&self, other: &Event<'_>) -> bool {
        self.envelope == other.envelope && self.document.same_value(self.data, &other.document, other.data)
    }

    /// 32 bytes that two events share exactly when they say the same, so that the events themselves need not be kept.
    pub fn fingerprint(&self) -> [u8; 32] {
        let Envelope { specversion, id, source, r#type, subject, time } = &self.envelope;
        let mut hash = Sha256::new();
        for text in [specversion, id, source, r#type, subject, time] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        self.document.hash_value(self.data, &mut hash);
        hash.finalize().into()
    }

    /// The event type's name.
    pub fn type_name(&self) -> &str {
        &self.envelope.r#type
    }

    /// The family of the event's type.
    pub fn family(&self) -> Family {
        self.said.kind().family()
    }
}

/// The event types of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `keshi.session.opened.v1`
    SessionOpened,
    /// `keshi.session.closed.v1`
    SessionClosed,
    /// `keshi.presence.checked.v1`
    PresenceChecked,
    /// `keshi.video.watched.v1`
    VideoWatched,
    /// `keshi.quiz.submitted.v1`
    QuizSubmitted,
    /// `keshi.question.asked.v1`
    QuestionAsked,
    /// `keshi.question.answered.v1`
    QuestionAnswered,
}

impl Kind {
    /// All kinds, in the order of the contract.
    pub const ALL: [Kind; 7] = [
        Kind::SessionOpened,
        Kind::SessionClosed,
        Kind::PresenceChecked,
        Kind::VideoWatched,
        Kind::QuizSubmitted,
        Kind::QuestionAsked,
        Kind::QuestionAnswered,
    ];

    /// Attribute `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::SessionOpened => "keshi.session.opened.v1",
            Kind::SessionClosed => "keshi.session.closed.v1",
            Kind::PresenceChecked => "keshi.presence.checked.v1",
            Kind::VideoWatched => "keshi.video.watched.v1",
            Kind::QuizSubmitted => "keshi.quiz.submitted.v1",
            Kind::QuestionAsked => "keshi.question.asked.v1",
            Kind::QuestionAnswered => "keshi.question.answered.v1",
        }
    }

    /// The kind of an attribute `type`.
    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The family under which it is published.
    pub fn family(self) -> Family {
        match self {
            Kind::SessionOpened | Kind::SessionClosed | Kind::PresenceChecked => Family::SignIn,
            Kind::VideoWatched => Family::VideoWatch,
            Kind::QuizSubmitted => Family::Quiz,
            Kind::QuestionAsked | Kind::QuestionAnswered => Family::Qa,
        }
    }
}

/// What an event says: `data`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// A trainee signed in (签到).
    Opened(SessionOpened<'a>),
    /// A trainee signed out (签退).
    Closed(SessionClosed<'a>),
    /// A trainee was asked to show presence (在场验证).
    Presence(PresenceChecked<'a>),
    /// A stretch of watching (学习片段).
    Watched(VideoWatched<'a>),
    /// A quiz was handed in (测验).
    Quiz(QuizSubmitted<'a>),
    /// A question was asked (提问).
    Asked(QuestionAsked<'a>),
    /// A question was answered (答疑).
    Answered(QuestionAnswered<'a>),
}

impl Said<'_> {
    /// The event type.
    pub fn kind(&self) -> Kind {
        match self {
            Said::Opened(_) => Kind::SessionOpened,
            Said::Closed(_) => Kind::SessionClosed,
            Said::Presence(_) => Kind::PresenceChecked,
            Said::Watched(_) => Kind::VideoWatched,
            Said::Quiz(_) => Kind::QuizSubmitted,
            Said::Asked(_) => Kind::QuestionAsked,
            Said::Answered(_) => Kind::QuestionAnswered,
        }
    }
}

/// `keshi.session.opened.v1`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOpened<'a> {
    /// The platform's name of the session.
    pub session: Cow<'a, str>,
    /// How the person signed in.
    pub method: SignInMethod,
    /// Whether the person's real identity was proven.
    pub verified: bool,
    /// The device, as the platform knows it.
    pub device: Cow<'a, str>,
    /// The network address, as the platform saw it.
    pub ip: Cow<'a, str>,
    /// The device's clock at `time`.
    pub device_time: Option<Millis>,
}

/// `keshi.session.closed.v1`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionClosed<'a> {
    /// The session that ended.
    pub session: Cow<'a, str>,
}

/// `keshi.presence.checked.v1`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceChecked<'a> {
    /// The session in which it was asked.
    pub session: Cow<'a, str>,
    /// When it was asked, by the device's clock.
    pub prompted_at: Millis,
    /// What came of it.
    pub outcome: PresenceOutcome,
    /// How it was asked.
    pub method: PresenceMethod,
}

/// `keshi.video.watched.v1`: the player ran from position `from` to position `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoWatched<'a> {
    /// The session in which it was watched.
    pub session: Cow<'a, str>,
    /// The course.
    pub course: Cow<'a, str>,
    /// The video.
    pub video: Cow<'a, str>,
    /// First position, ms from the start of the video.
    pub from_ms: i64,
    /// Last position, ms from the start of the video.
    pub to_ms: i64,
    /// Start, by the device's clock.
    pub started_at: Millis,
    /// End, by the device's clock.
    pub ended_at: Millis,
}

/// `keshi.quiz.submitted.v1`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuizSubmitted<'a> {
    /// The session in which it was handed in.
    pub session: Cow<'a, str>,
    /// The course.
    pub course: Cow<'a, str>,
    /// The quiz.
    pub quiz: Cow<'a, str>,
    /// Begun, by the device's clock.
    pub started_at: Millis,
    /// Handed in, by the device's clock.
    pub submitted_at: Millis,
    /// The score.
    pub score: Score,
    /// The highest score possible.
    pub max_score: Score,
}

/// `keshi.question.asked.v1`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionAsked<'a> {
    /// The session in which it was asked.
    pub session: Cow<'a, str>,
    /// The course.
    pub course: Cow<'a, str>,
    /// The thread.
    pub thread: Cow<'a, str>,
}

/// `keshi.question.answered.v1`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionAnswered<'a> {
    /// The course.
    pub course: Cow<'a, str>,
    /// The thread.
    pub thread: Cow<'a, str>,
    /// Who answered.
    pub answerer: Answerer,
    /// The session, where the answerer had one.
    pub session: Option<Cow<'a, str>>,
}

/// A score: millionths of a point, so that every score of the contract is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(pub i128);

impl Score {
    /// Reads `-?digits[.digits]`, at most 15 digits before the point and 6 after.
    pub fn parse(text: &str) -> Option<Score> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, decimals) = match digits.split_once('.') {
            Some((whole, decimals)) if (1..=6).contains(&decimals.len()) => (whole, decimals),
            Some(_) => return None,
            None => (digits, ""),
        };
        let all_digits = whole.bytes().chain(decimals.bytes()).all(|b| b.is_ascii_digit());
        if !(1..=15).contains(&whole.len()) || !all_digits {
            return None;
        }
        let value: i128 = format!("{whole}{decimals:0<6}").parse().ok()?;
        Some(Score(if negative { -value } else { value }))
    }
}

macro_rules! word_lists {
    ($($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$item])* $variant),+ }

        impl $name {
            /// The words of the contract.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// Reads the word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }
    )+};
}

word_lists! {
    /// How a person signed in.
    SignInMethod {
        /// A password.
        Password = "password",
        /// A code by text message.
        Sms = "sms",
        /// A face compared.
        Face = "face",
        /// An identity card read.
        IdCard = "id-card",
        /// Another system's sign-in.
        Sso = "sso",
    }
    /// How presence was asked for.
    PresenceMethod {
        /// A face compared.
        Face = "face",
        /// A riddle for people.
        Captcha = "captcha",
        /// A click.
        Click = "click",
    }
    /// Who answered a question.
    Answerer {
        /// An instructor.
        Instructor = "instructor",
        /// The platform.
        Platform = "platform",
        /// A trainee.
        Trainee = "trainee",
    }
}

/// What came of a presence check, with the time of the answer by the device's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresenceOutcome {
    /// Answered and right.
    Passed {
        /// When.
        answered_at: Millis,
    },
    /// Answered and wrong.
    Failed {
        /// When.
        answered_at: Millis,
    },
    /// Not answered.
    Missed,
}
