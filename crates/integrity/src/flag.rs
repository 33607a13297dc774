//! A flag: what looks wrong, about whom, when, and by which events.

use std::fmt;

use keshi_events::{CourseId, EventId, Millis, PlatformId, TraineeId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How much a flag asks for. The order is that of weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It informs (提示).
    Info,
    /// It asks for a look (待核查).
    Review,
    /// It stops the money (暂缓支付).
    Hold,
}

impl Level {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Review => "review",
            Level::Hold => "hold",
        }
    }

    /// Chinese name, for people.
    pub fn chinese(self) -> &'static str {
        match self {
            Level::Info => "提示",
            Level::Review => "待核查",
            Level::Hold => "暂缓",
        }
    }

    /// Reads the stable name.
    pub fn parse(word: &str) -> Option<Level> {
        [Level::Info, Level::Review, Level::Hold].into_iter().find(|level| level.as_str() == word)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $chinese:literal;)+) => {
        /// What looks wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[$doc])* $variant),+ }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),+];

            /// The stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Kind::$variant => $word),+ }
            }

            /// Chinese name, for people.
            pub fn chinese(self) -> &'static str {
                match self { $(Kind::$variant => $chinese),+ }
            }
        }
    };
}

kinds! {
    /// A device's clock was far off at sign-in.
    ClockSkew = "clock-skew", "设备时钟偏差";
    /// Stretches ended after they were received.
    ClockAhead = "clock-ahead", "设备时钟超前";
    /// Stretches came late, and are believed.
    LateUpload = "late-upload", "迟传";
    /// An event came again with other content.
    EventChanged = "event-changed", "事件内容被改";
    /// The position stood still.
    Stalled = "stalled", "进度停滞";
    /// One address, several people at once.
    SharedIp = "shared-ip", "同一网络地址";
    /// One device, several people within a day.
    DeviceShared = "device-shared", "多人共用设备";
    /// One device plays for several people at once.
    DeviceConcurrent = "device-concurrent", "同一设备同时播放";
    /// Two sessions at once.
    ParallelSession = "parallel-session", "多会话同时学习";
    /// Two platforms at once.
    ParallelPlatform = "parallel-platform", "多平台同时学习";
    /// Faster than anybody watches.
    ImpossibleSpeed = "impossible-speed", "速度不可能";
    /// Made up afterwards, or as good as.
    BackFilled = "back-filled", "事后补传";
    /// Much received late at once.
    LateBurst = "late-burst", "集中迟传";
    /// Presence checks were not passed.
    PresenceMissed = "presence-missed", "在场验证未通过";
    /// Videos are jumped through to their end.
    SeekToEnd = "seek-to-end", "跳至片尾";
    /// Quizzes passed, course not seen.
    CompletionMismatch = "completion-mismatch", "考核与学习不符";
    /// A session that never ends.
    LongSession = "long-session", "会话过长";
    /// A platform that never asks.
    NoPresence = "no-presence", "平台未做在场验证";
    /// Too regular for a person.
    Metronome = "metronome", "节律异常";
    /// Too long for a person.
    Marathon = "marathon", "超长学习";
    /// The same videos over and over.
    RewatchLoop = "rewatch-loop", "循环播放";
    /// Faster than anybody reads.
    QuizTooFast = "quiz-too-fast", "答题过快";
    /// The same mistakes.
    QuizCopied = "quiz-copied", "答卷雷同";
    /// A second account finds out the answers.
    AnswerHarvest = "answer-harvest", "小号套取答案";
    /// Faster than an aeroplane.
    Travel = "travel", "异地签到";
    /// A course completed by too many at once.
    CourseSpike = "course-spike", "完成人数突增";
    /// A list of accounts worked off.
    RosterLockstep = "roster-lockstep", "按名册依次登录";
}

impl Kind {
    /// Reads the stable name.
    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        let word = String::deserialize(deserializer)?;
        Kind::parse(&word).ok_or_else(|| serde::de::Error::custom("no such flag"))
    }
}

/// An event that shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Exhibit {
    /// Stream sequence.
    pub seq: u64,
    /// The platform that said it.
    pub platform: PlatformId,
    /// Whose it is.
    pub trainee: TraineeId,
    /// The event's id: with platform and trainee it names the event.
    pub id: EventId,
}

/// Something that looks wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Flag {
    /// What.
    pub kind: Kind,
    /// How much.
    pub level: Level,
    /// About whom, sorted; nobody where it is about a course or platform.
    pub people: Vec<TraineeId>,
    /// About which platform, where it is about one.
    pub platform: Option<PlatformId>,
    /// In which course, where it is about one.
    pub course: Option<CourseId>,
    /// First moment that it is about.
    pub from: Millis,
    /// Last moment that it is about.
    pub to: Millis,
    /// What happened, with its figures.
    pub chinese: String,
    /// The same in English.
    pub english: String,
    /// Events that show it: all, or the first and last of many.
    pub evidence: Vec<Exhibit>,
}

/// So many events are named at most.
pub(crate) const EXHIBITS: usize = 24;

impl Flag {
    /// Made from what the flag says, so that it is the same after a rebuild: kind, people, Beijing date of its beginning,
    /// course and platform.
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        part(self.kind.as_str());
        part(&self.from.beijing_date().to_string());
        part(self.course.as_ref().map_or("", CourseId::as_str));
        part(self.platform.as_ref().map_or("", PlatformId::as_str));
        self.people.iter().for_each(|trainee| part(trainee.as_str()));
        let digest = hash.finalize();
        format!("f{}", hex::encode(digest.get(..10).unwrap_or_default()))
    }

    /// Sorts people, and keeps the first and last of many exhibits.
    pub(crate) fn tidy(mut self) -> Flag {
        self.people.sort_unstable();
        self.people.dedup();
        self.evidence = shown(self.evidence);
        self
    }
}

/// The first and last of many exhibits. What is left out of some of them is left out of all, so they may come in parts.
pub(crate) fn shown(mut evidence: Vec<Exhibit>) -> Vec<Exhibit> {
    evidence.sort_unstable();
    evidence.dedup();
    if evidence.len() > EXHIBITS {
        let tail = evidence.split_off(evidence.len() - EXHIBITS / 2);
        evidence.truncate(EXHIBITS / 2);
        evidence.extend(tail);
    }
    evidence
}

/// Minutes or hours of a length, in both languages.
pub(crate) fn spoken(ms: i64) -> (String, String) {
    if ms >= 2 * 3_600_000 {
        let tenths = ms / 360_000;
        (format!("{}.{} 小时", tenths / 10, tenths % 10), format!("{}.{} h", tenths / 10, tenths % 10))
    } else if ms >= 120_000 {
        (format!("{} 分钟", ms / 60_000), format!("{} min", ms / 60_000))
    } else {
        let tenths = ms / 100;
        (format!("{}.{} 秒", tenths / 10, tenths % 10), format!("{}.{} s", tenths / 10, tenths % 10))
    }
}

/// `2020-04-20 08:00`
pub(crate) fn moment(at: Millis) -> String {
    at.to_beijing().get(..16).unwrap_or_default().replace('T', " ")
}

/// `2020-04-20 08:00-08:10`, or both dates.
pub(crate) fn window(from: Millis, to: Millis) -> String {
    let (from, to) = (moment(from), moment(to));
    match (from.get(..10), to.get(..10), to.get(11..)) {
        (Some(day), Some(end), Some(time)) if day == end => format!("{from}-{time}"),
        _ => format!("{from} – {to}"),
    }
}
