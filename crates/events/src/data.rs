//! `data` of each event type: first every member's kind (E106), then every range (E107).

use std::borrow::Cow;

use crate::event::*;
use crate::json::{Document, Lookup, Node};
use crate::number::{Exact, Thousandths};
use crate::rejection::{Code, Rejection};
use crate::time::Millis;

/// The end of the longest video that positions may name, ms.
const LAST_POSITION_MS: i64 = 86_400_000;

/// Reads and checks the members of `data`.
pub(crate) fn read<'a>(
    kind: Kind,
    time: Millis,
    document: &Document<'a>,
    data: Option<usize>,
) -> Result<Said<'a>, Rejection> {
    let data = data.ok_or_else(|| Rejection::at(Code::E106, "/data", "is missing / 缺少 data"))?;
    if !matches!(document.node(data), Some(Node::Object { .. })) {
        return Err(Rejection::at(Code::E106, "/data", "must be an object / 必须为对象"));
    }
    let mut fields = Fields { document, members: Lookup::of(data), ranges: Ranges { first: None } };
    fields.ranges.time(("/", "time"), time);
    let said = match kind {
        Kind::SessionOpened => Said::Opened(fields.opened()?),
        Kind::SessionClosed => Said::Closed(fields.closed()?),
        Kind::PresenceChecked => Said::Presence(fields.presence()?),
        Kind::VideoWatched => Said::Watched(fields.watched()?),
        Kind::QuizSubmitted => Said::Quiz(fields.quiz()?),
        Kind::QuestionAsked => Said::Asked(fields.asked()?),
        Kind::QuestionAnswered => Said::Answered(fields.answered()?),
    };
    match fields.ranges.first {
        None => Ok(said),
        Some(rejection) => Err(rejection),
    }
}

/// Range faults are held back until all members' kinds are known to be right; the first one counts.
struct Ranges {
    first: Option<Rejection>,
}

impl Ranges {
    /// `at` is the pointer's beginning, `member` the rest of it: they are put together for a fault alone.
    fn check(&mut self, within: bool, (at, member): (&str, &str), what: &str) {
        if !within && self.first.is_none() {
            self.first = Some(Rejection::at(Code::E107, format!("{at}{member}"), what));
        }
    }

    fn time(&mut self, pointer: (&str, &str), at: Millis) {
        let within = (Millis::EARLIEST..Millis::END).contains(&at);
        self.check(
            within,
            pointer,
            "must lie from 2000-01-01T00:00Z and before 2101-01-01T00:00Z / 须在 2000 年至 2100 年之间",
        );
    }
}

struct Fields<'d, 'a> {
    document: &'d Document<'a>,
    members: Lookup,
    ranges: Ranges,
}

type Read<T> = Result<T, Rejection>;

impl<'a> Fields<'_, 'a> {
    fn opened(&mut self) -> Read<SessionOpened<'a>> {
        let session = self.name("session")?;
        let method = self.word("method", SignInMethod::parse, SignInMethod::WORDS)?;
        let verified = self.flag("verified")?;
        let (device, ip) = (self.text("device")?, self.text("ip")?);
        let device_time = self.optional_time("device_time")?;
        self.optional(
            "user_agent",
            |fields, node| fields.document.text(node).map(|_| ()),
            "must be a string / 须为字符串",
        )?;
        self.location()?;
        Ok(SessionOpened { session, method, verified, device, ip, device_time })
    }

    fn closed(&mut self) -> Read<SessionClosed<'a>> {
        let session = self.name("session")?;
        self.optional(
            "reason",
            |fields, node| fields.document.text(node).map(|_| ()),
            "must be a string / 须为字符串",
        )?;
        Ok(SessionClosed { session })
    }

    fn presence(&mut self) -> Read<PresenceChecked<'a>> {
        let session = self.name("session")?;
        let prompted_at = self.time("prompted_at")?;
        let outcome = self.required("outcome")?;
        let outcome = match self.document.text(outcome).map(AsRef::as_ref) {
            Some("passed") => PresenceOutcome::Passed { answered_at: self.time("answered_at")? },
            Some("failed") => PresenceOutcome::Failed { answered_at: self.time("answered_at")? },
            Some("missed") => {
                if self.present("answered_at").is_some() {
                    return Err(bad(
                        "answered_at",
                        "must be null or left out when the check was missed / 未应答时须为 null 或省略",
                    ));
                }
                PresenceOutcome::Missed
            }
            _ => return Err(bad("outcome", "must be one of passed, failed, missed / 不在取值范围内")),
        };
        let method = self.word("method", PresenceMethod::parse, PresenceMethod::WORDS)?;
        if let PresenceOutcome::Passed { answered_at } | PresenceOutcome::Failed { answered_at } = outcome {
            self.ranges.check(
                answered_at >= prompted_at,
                ("/data/", "answered_at"),
                "is before prompted_at / 早于 prompted_at",
            );
        }
        Ok(PresenceChecked { session, prompted_at, outcome, method })
    }

    fn watched(&mut self) -> Read<VideoWatched<'a>> {
        let (session, course, video) = (self.name("session")?, self.name("course")?, self.name("video")?);
        let (from_ms, to_ms) = (self.position("from")?, self.position("to")?);
        let (started_at, ended_at) = (self.time("started_at")?, self.time("ended_at")?);
        self.optional("rate", |fields, node| fields.numeric(node), "must be a number / 须为数字")?;
        self.optional(
            "foreground",
            |fields, node| fields.boolean(node),
            "must be true or false / 须为布尔值",
        )?;
        self.ranges.check(to_ms >= from_ms, ("/data/", "to"), "is before from / 小于 from");
        self.ranges.check(
            ended_at >= started_at,
            ("/data/", "ended_at"),
            "is before started_at / 早于 started_at",
        );
        Ok(VideoWatched { session, course, video, from_ms, to_ms, started_at, ended_at })
    }

    fn quiz(&mut self) -> Read<QuizSubmitted<'a>> {
        let (session, course, quiz) = (self.name("session")?, self.name("course")?, self.name("quiz")?);
        let attempt = self.required("attempt")?;
        let attempt = self
            .number(attempt)
            .filter(Exact::is_integer)
            .ok_or_else(|| bad("attempt", "must be a whole number / 须为整数"))?;
        let (started_at, submitted_at) = (self.time("started_at")?, self.time("submitted_at")?);
        let (score, max_score) = (self.score("score")?, self.score("max_score")?);
        self.answers()?;
        self.ranges.check(attempt.is_positive(), ("/data/", "attempt"), "must be 1 or more / 须不小于 1");
        self.ranges.check(
            submitted_at >= started_at,
            ("/data/", "submitted_at"),
            "is before started_at / 早于 started_at",
        );
        self.ranges.check(score >= Score(0), ("/data/", "score"), "must not be negative / 不得为负");
        self.ranges.check(max_score >= Score(0), ("/data/", "max_score"), "must not be negative / 不得为负");
        self.ranges.check(
            score <= max_score,
            ("/data/", "score"),
            "must not be more than max_score / 不得高于 max_score",
        );
        Ok(QuizSubmitted { session, course, quiz, started_at, submitted_at, score, max_score })
    }

    fn asked(&mut self) -> Read<QuestionAsked<'a>> {
        let (session, course, thread) = (self.name("session")?, self.name("course")?, self.name("thread")?);
        self.optional(
            "text",
            |fields, node| fields.document.text(node).map(|_| ()),
            "must be a string / 须为字符串",
        )?;
        Ok(QuestionAsked { session, course, thread })
    }

    fn answered(&mut self) -> Read<QuestionAnswered<'a>> {
        let (course, thread) = (self.name("course")?, self.name("thread")?);
        let answerer = self.word("answerer", Answerer::parse, Answerer::WORDS)?;
        let session = self.present("session").map(|_| self.name("session")).transpose()?;
        self.optional(
            "text",
            |fields, node| fields.document.text(node).map(|_| ()),
            "must be a string / 须为字符串",
        )?;
        Ok(QuestionAnswered { course, thread, answerer, session })
    }

    /// Two numbers of any range.
    fn location(&mut self) -> Read<()> {
        let Some(place) = self.present("location") else { return Ok(()) };
        if !matches!(self.document.node(place), Some(Node::Object { .. })) {
            return Err(bad(
                "location",
                "must be an object with longitude and latitude / 须为含经纬度的对象",
            ));
        }
        for axis in ["longitude", "latitude"] {
            if self.document.member(place, axis).and_then(|node| self.numeric(node)).is_none() {
                return Err(bad(&format!("location/{axis}"), "must be a number / 须为数字"));
            }
        }
        Ok(())
    }

    /// A list of objects, whose members are not checked.
    fn answers(&mut self) -> Read<()> {
        let Some(list) = self.present("answers") else { return Ok(()) };
        if !matches!(self.document.node(list), Some(Node::Array { .. })) {
            return Err(bad("answers", "must be a list / 须为列表"));
        }
        for (index, answer) in self.document.elements(list).enumerate() {
            if !matches!(self.document.node(answer), Some(Node::Object { .. })) {
                return Err(bad(&format!("answers/{index}"), "must be an object / 须为对象"));
            }
        }
        Ok(())
    }

    fn required(&self, member: &str) -> Read<usize> {
        self.members.member(self.document, member).ok_or_else(|| bad(member, "is missing / 缺少该成员"))
    }

    /// An optional member that is there and not null.
    fn present(&self, member: &str) -> Option<usize> {
        self.members
            .member(self.document, member)
            .filter(|node| !matches!(self.document.node(*node), Some(Node::Null)))
    }

    fn optional(&self, member: &str, kind: impl Fn(&Self, usize) -> Option<()>, what: &str) -> Read<()> {
        match self.present(member) {
            Some(node) if kind(self, node).is_none() => Err(bad(member, what)),
            _ => Ok(()),
        }
    }

    fn text(&self, member: &str) -> Read<Cow<'a, str>> {
        let node = self.required(member)?;
        self.document.text(node).cloned().ok_or_else(|| bad(member, "must be a string / 须为字符串"))
    }

    /// The name of a session, course, video, quiz or thread: 1-128 characters.
    fn name(&self, member: &str) -> Read<Cow<'a, str>> {
        let text = self.text(member)?;
        let fits = !text.is_empty() && (text.len() <= 128 || text.chars().count() <= 128);
        if fits {
            Ok(text)
        } else {
            Err(bad(member, "must have 1 to 128 characters / 须为 1 至 128 个字符"))
        }
    }

    fn word<T>(&self, member: &str, parse: impl Fn(&str) -> Option<T>, words: &[&str]) -> Read<T> {
        let node = self.required(member)?;
        self.document
            .text(node)
            .and_then(|word| parse(word))
            .ok_or_else(|| bad(member, &format!("must be one of {} / 不在取值范围内", words.join(", "))))
    }

    fn boolean(&self, node: usize) -> Option<()> {
        matches!(self.document.node(node), Some(Node::Bool(_))).then_some(())
    }

    fn flag(&self, member: &str) -> Read<bool> {
        match self.document.node(self.required(member)?) {
            Some(Node::Bool(value)) => Ok(*value),
            _ => Err(bad(member, "must be true or false / 须为布尔值")),
        }
    }

    fn numeric(&self, node: usize) -> Option<()> {
        matches!(self.document.node(node), Some(Node::Number(_))).then_some(())
    }

    fn number(&self, node: usize) -> Option<Exact> {
        match self.document.node(node) {
            Some(Node::Number(text)) => Some(Exact::read(text)),
            _ => None,
        }
    }

    fn position(&mut self, member: &str) -> Read<i64> {
        let Some(Node::Number(text)) = self.document.node(self.required(member)?) else {
            return Err(bad(member, "must be a number of seconds / 须为秒数"));
        };
        let millis = match Thousandths::of(text) {
            Thousandths::Whole(millis) => millis,
            Thousandths::TooFine => return Err(bad(member, "must have at most 3 decimals / 最多 3 位小数")),
            Thousandths::Huge => i64::MAX,
        };
        let within = (0..=LAST_POSITION_MS).contains(&millis);
        self.ranges.check(within, ("/data/", member), "must be from 0 to 86400 / 须在 0 至 86400 之间");
        Ok(millis)
    }

    fn time(&mut self, member: &str) -> Read<Millis> {
        let text = self.text(member)?;
        let at = Millis::parse_rfc3339(&text).ok_or_else(|| {
            bad(member, "must be an RFC 3339 time with an offset / 须为带时区的 RFC 3339 时间")
        })?;
        self.ranges.time(("/data/", member), at);
        Ok(at)
    }

    fn optional_time(&mut self, member: &str) -> Read<Option<Millis>> {
        self.present(member).map(|_| self.time(member)).transpose()
    }

    fn score(&self, member: &str) -> Read<Score> {
        let text = self.text(member)?;
        Score::parse(&text).ok_or_else(|| {
            bad(member, "must be a quoted decimal with at most 15 digits before the point and 6 after / 须为带引号的小数")
        })
    }
}

fn bad(member: &str, what: &str) -> Rejection {
    Rejection::at(Code::E106, format!("/data/{member}"), what)
}
