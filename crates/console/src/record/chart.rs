//! A day on one clock: a lane for every session, across platforms.

use std::collections::BTreeMap;

use keshi_events::Millis;
use keshi_record::{Fact, SessionKey};
use maud::{Markup, html};

use crate::lang::{Lang, clock, seconds};
use crate::record::{Run, Study, time_of_day, why};

const LEFT: i64 = 190;
const WIDTH: i64 = 1000;
const LANE: i64 = 34;
/// So many runs are links with words; what a day has beyond them is drawn alone, so that no page outgrows its reader.
const LINKED: usize = 120;
const HOUR: i64 = 3_600_000;

/// What is drawn at a moment of a session.
struct Mark {
    at: Millis,
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
    let (from, to) = (Millis::of_beijing_day(day), Millis::of_beijing_day(day + 1));
    let marks = marks(study, from, to, lang);
    let mut lanes: Vec<&SessionKey> = runs.iter().map(|run| &run.first.session).chain(marks.keys()).collect();
    lanes.sort_unstable_by_key(|key| (opening(study, key), *key));
    lanes.dedup();
    let moments: Vec<Millis> = runs
        .iter()
        .flat_map(|run| [run.start, run.end])
        .chain(marks.values().flatten().map(|mark| mark.at))
        .collect();
    let (Some(first), Some(last)) = (moments.iter().min(), moments.iter().max()) else { return html! {} };
    // Whole hours around what happened.
    let begin = (first.0 - from.0).div_euclid(HOUR).clamp(0, 23);
    let end = (last.0 - from.0 + HOUR - 1).div_euclid(HOUR).clamp(begin + 1, 24);
    let span = (end - begin) * HOUR;
    let x = |at: Millis| LEFT + ((at.0 - from.0 - begin * HOUR).clamp(0, span) * WIDTH) / span;
    let height = 24 + LANE * lanes.len() as i64 + 4;
    let step = match end - begin {
        0..=8 => 1,
        9..=16 => 2,
        _ => 3,
    };
    html! {
        svg.day viewBox={ "0 0 " (LEFT + WIDTH + 24) " " (height) } role="group" aria-label=(lang.of("当日时间轴", "The day on one clock")) {
            @for hour in (begin..=end).step_by(step) {
                @let at = x(Millis(from.0 + hour * HOUR));
                line.grid x1=(at) x2=(at) y1="18" y2=(height) {}
                text x=(at) y="12" text-anchor="middle" { (hour) ":00" }
            }
            @for (index, key) in lanes.iter().enumerate() {
                @let y = 22 + LANE * index as i64;
                @let session = study.account.sessions.get(*key);
                rect.lane x=(LEFT) y=(y) width=(WIDTH) height=(LANE - 4) {}
                @if let Some(open) = session.and_then(|session| session.opening.as_ref()).map(|opening| opening.time) {
                    @let close = session.and_then(|session| session.close).unwrap_or(to);
                    @if open < to && close > from {
                        rect.session x=(x(open)) y=(y) width=((x(close) - x(open)).max(1)) height=(LANE - 4) {
                            title { (lang.of("会话", "session")) " " (key.session.as_str()) " " (time_of_day(open)) }
                        }
                    }
                }
                text x="4" y=(y + 13) { (short(study.platform_name(key.platform.as_str()), 12)) }
                text x="4" y=(y + 26) fill="#51606f" { (short(key.session.as_str(), 24)) }
                @for run in runs.iter().skip(LINKED).filter(|run| run.first.session == **key) {
                    rect x=(x(run.start)) y=(y + 3) width=((x(run.end) - x(run.start)).max(1)) height="16" fill=(run.fate.fill()) {}
                }
                @for run in runs.iter().take(LINKED).filter(|run| run.first.session == **key) {
                    a href=(link(run.first.seq, run.start)) aria-label=(label(run, lang)) {
                        rect x=(x(run.start)) y=(y + 3) width=((x(run.end) - x(run.start)).max(2)) height="16" fill=(run.fate.fill()) {}
                        title { (label(run, lang)) "\n" (why(study, run, lang)) }
                    }
                }
                @for mark in marks.get(*key).into_iter().flatten() {
                    g.mark {
                        text x=(x(mark.at)) y=(y + 29) text-anchor="middle" { (mark.sign) }
                        title { (mark.says) }
                    }
                }
            }
        }
    }
}

fn opening(study: &Study, key: &SessionKey) -> Option<Millis> {
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

fn marks(study: &Study, from: Millis, to: Millis, lang: Lang) -> BTreeMap<SessionKey, Vec<Mark>> {
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
                format!("{} {outcome}", lang.of("在场验证", "presence check")),
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
fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
