//! A day on one clock: a lane for every session, across platforms.

use std::collections::BTreeMap;

use keshi_events::Millis;
use keshi_record::{Fact, SessionKey};
use maud::{Markup, html};

use crate::lang::{Lang, clock, seconds};
use crate::record::axis::Axis;
use crate::record::{Run, Study, time_of_day, why};

const LEFT: i64 = 190;
/// The height of a session's lane, with the space to the next.
pub(crate) const LANE: i64 = 34;
/// So many runs are links with words; what a day has beyond them is drawn alone, so that no page outgrows its reader.
const LINKED: usize = 120;

/// What is drawn at a moment of a session.
pub(crate) struct Mark {
    pub(crate) at: Millis,
    sign: &'static str,
    says: String,
}

/// The chart of a day. Every run is a link to its explanation, with the same words in its title.
pub(crate) fn chart(
    study: &Study,
    day: i64,
    runs: &[Run<'_>],
    link: &dyn Fn(u64, Millis) -> String,
    lang: Lang,
) -> Markup {
    let marks = marks(study, day, lang);
    let lanes = lanes(study, runs, &marks);
    let Some(axis) = Axis::around(day, LEFT, moments(runs, &marks)) else { return html! {} };
    let height = 24 + LANE * lanes.len() as i64 + 4;
    html! {
        svg.day viewBox={ "0 0 " (axis.whole()) " " (height) } role="group" aria-label=(lang.of("当日时间轴", "The day on one clock")) {
            (axis.grid(height))
            @for (index, key) in lanes.iter().enumerate() {
                @let y = 22 + LANE * index as i64;
                text x="4" y=(y + 13) { (short(study.platform_name(key.platform.as_str()), 12)) }
                text x="4" y=(y + 26) fill="#51606f" { (short(key.session.as_str(), 24)) }
                (lane(study, &axis, y, key, runs, &marks, link, lang))
            }
        }
    }
}

/// Sessions in the order in which they opened.
pub(crate) fn lanes<'a>(
    study: &'a Study,
    runs: &'a [Run<'_>],
    marks: &'a BTreeMap<SessionKey, Vec<Mark>>,
) -> Vec<&'a SessionKey> {
    let mut lanes: Vec<&SessionKey> = runs.iter().map(|run| &run.first.session).chain(marks.keys()).collect();
    lanes.sort_unstable_by_key(|key| (opening(study, key), *key));
    lanes.dedup();
    lanes
}

/// Every moment at which something is drawn.
pub(crate) fn moments<'a>(
    runs: &'a [Run<'_>],
    marks: &'a BTreeMap<SessionKey, Vec<Mark>>,
) -> impl Iterator<Item = Millis> + use<'a> {
    let edges = runs.iter().flat_map(|run| [run.start, run.end]);
    edges.chain(marks.values().flatten().map(|mark| mark.at))
}

/// One session: when it was open, what was watched in it with which fate, and what else happened.
#[expect(clippy::too_many_arguments, reason = "a drawing and what it is of")]
pub(crate) fn lane(
    study: &Study,
    axis: &Axis,
    y: i64,
    key: &SessionKey,
    runs: &[Run<'_>],
    marks: &BTreeMap<SessionKey, Vec<Mark>>,
    link: &dyn Fn(u64, Millis) -> String,
    lang: Lang,
) -> Markup {
    let session = study.account.sessions.get(key);
    html! {
        rect.lane x=(axis.left) y=(y) width=(axis.length()) height=(LANE - 4) {}
        @if let Some(open) = opening(study, key) {
            @let close = session.and_then(|session| session.close).unwrap_or(axis.to);
            @if open < axis.to && close > axis.from {
                rect.session x=(axis.x(open)) y=(y) width=(axis.width(open, close, 1)) height=(LANE - 4) {
                    title { (lang.of("会话", "session")) " " (key.session.as_str()) " " (time_of_day(open)) }
                }
            }
        }
        @for run in runs.iter().skip(LINKED).filter(|run| run.first.session == *key) {
            rect x=(axis.x(run.start)) y=(y + 3) width=(axis.width(run.start, run.end, 1)) height="16" fill=(run.fate.fill()) {}
        }
        @for run in runs.iter().take(LINKED).filter(|run| run.first.session == *key) {
            a href=(link(run.first.seq, run.start)) aria-label=(label(run, lang)) {
                rect x=(axis.x(run.start)) y=(y + 3) width=(axis.width(run.start, run.end, 2)) height="16" fill=(run.fate.fill()) {}
                title { (label(run, lang)) "\n" (why(study, run, lang)) }
            }
        }
        @for mark in marks.get(key).into_iter().flatten() {
            g.mark {
                text x=(axis.x(mark.at)) y=(y + 29) text-anchor="middle" { (mark.sign) }
                title { (mark.says) }
            }
        }
    }
}

pub(crate) fn opening(study: &Study, key: &SessionKey) -> Option<Millis> {
    study.account.sessions.get(key)?.opening.as_ref().map(|opening| opening.time)
}

/// What, when and how long: the same words in the chart and in the table.
pub(crate) fn label(run: &Run<'_>, lang: Lang) -> String {
    format!(
        "{} · {}–{} · {} {} · {} {}–{} · {} {}",
        run.fate.name(lang),
        time_of_day(run.start),
        time_of_day(run.end),
        seconds(run.end - run.start),
        lang.of("秒", "s"),
        run.first.stretch.video,
        clock(run.from_ms),
        clock(run.to_ms),
        run.stretches,
        lang.of("个片段", "stretches")
    )
}

/// What happened beside watching, by session.
pub(crate) fn marks(study: &Study, day: i64, lang: Lang) -> BTreeMap<SessionKey, Vec<Mark>> {
    let (from, to) = (Millis::of_beijing_day(day), Millis::of_beijing_day(day + 1));
    let mut marks: BTreeMap<SessionKey, Vec<Mark>> = BTreeMap::new();
    for event in &study.events {
        let Some(key) = event.session() else { continue };
        let offset = study.account.sessions.get(&key).map_or(0, |session| session.offset_ms());
        let (at, sign, what) = match &event.fact {
            Fact::Opened { verified, ip, device, .. } => (
                event.time,
                "▶",
                format!(
                    "{} · IP {ip} · {} {device} · {}",
                    lang.of("签到", "sign-in"),
                    lang.of("设备", "device"),
                    if *verified {
                        lang.of("身份已核验", "identity proven")
                    } else {
                        lang.of("身份未核验", "identity not proven")
                    }
                ),
            ),
            Fact::Closed { .. } => (event.time, "■", lang.of("签退", "sign-out").to_owned()),
            Fact::Presence { prompted_at, outcome, .. } => (
                *prompted_at + offset,
                if *outcome == "passed" { "✓" } else { "✗" },
                format!("{} · {}", lang.of("在场验证", "presence check"), presence_outcome(outcome, lang)),
            ),
            Fact::Quiz { quiz, submitted_at, .. } => {
                (*submitted_at + offset, "◆", format!("{} {quiz}", lang.of("测验", "quiz")))
            }
            Fact::Asked { .. } => (event.time, "?", lang.of("提问", "question").to_owned()),
            Fact::Watched(_) | Fact::Answered { .. } => continue,
        };
        if (from..to).contains(&at) {
            marks.entry(key).or_default().push(Mark {
                at,
                sign,
                says: format!("{} {what}", time_of_day(at)),
            });
        }
    }
    marks
}

/// A text that fits its place; the whole stands in the tables.
pub(crate) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// How a presence check ended.
pub(crate) fn presence_outcome(outcome: &str, lang: Lang) -> &str {
    match outcome {
        "passed" => lang.of("通过", "passed"),
        "failed" => lang.of("未通过", "failed"),
        "missed" => lang.of("未应答", "missed"),
        other => other,
    }
}
