//! Why a part of a stretch counts or not, in words, with the figures that decided (VT-1's step).

use keshi_events::Millis;
use keshi_record::{Judged, Reason};

use crate::lang::{Lang, clock, seconds};
use crate::record::{Fate, Run, Study, time_of_day};

/// The sentence for a run: what its first stretch shows holds for all of it.
pub(crate) fn why(study: &Study, run: &Run<'_>, lang: Lang) -> String {
    let judged = run.first;
    let (wall, content) = (judged.end - judged.start, judged.stretch.to_ms - judged.stretch.from_ms);
    let session = study.account.sessions.get(&judged.session);
    let constants = &study.constants;
    let at = |moment: Option<Millis>| moment.map_or_else(|| "—".to_owned(), time_of_day);
    let late = judged.received_at - judged.end;
    match run.fate {
        Fate::Counts => {
            let full = i128::from(content) * 100 <= i128::from(wall) * 105;
            let rate = rate(content, wall);
            if full {
                format!("{} {rate}×", lang.of("已签到、在场，时钟上无他处占用，每秒内容全额计入（第 7 步）。速度", "Signed in, present, and nothing else on the clock: every second counts in full (step 7). Rate"))
            } else {
                format!("{} {rate}×", lang.of("计入，但快于 1.05 倍：一秒时间至多挣一秒内容，按密度折算（第 7 步）。速度", "Counts, but faster than 1.05×: one second of time earns one second of content at most (step 7). Rate"))
            }
        }
        Fate::Excluded(reason) => match reason {
            Reason::NoProgress => format!(
                "{} {}（{}）",
                lang.of("播放位置未动，停在", "The position did not move: it stayed at"),
                clock(judged.stretch.from_ms),
                lang.of("第 4 步", "step 4")
            ),
            Reason::ImpossibleSpeed => format!(
                "{} {} {} {}{} {}×{}",
                lang.of("用时", "In"),
                seconds(wall),
                lang.of("秒，内容", "s, content of"),
                seconds(content),
                lang.of(" 秒，速度", " s, a rate of"),
                rate(content, wall),
                lang.of("，快于 2.2 倍（第 4 步）", ", faster than 2.2× (step 4)")
            ),
            Reason::Gap => {
                let most = study.known.catalogue.max_stretch_ms.get(&judged.session.platform);
                format!(
                    "{} {} {} {} {}",
                    lang.of("片段长", "The stretch lasts"),
                    seconds(wall),
                    lang.of("秒，超过", "s, more than"),
                    seconds(most.copied().unwrap_or(constants.max_stretch_ms)),
                    lang.of("秒，不能证明一直在看（第 4 步）", "s: it proves nothing (step 4)")
                )
            }
            Reason::NoSignIn => match session.and_then(|session| session.opening.as_ref()) {
                None => {
                    lang.of("该会话没有签到事件（第 4 步）", "The session has no sign-in (step 4)").to_owned()
                }
                Some(opening) => format!(
                    "{} {} {}",
                    lang.of("签到于", "Signed in at"),
                    time_of_day(opening.time),
                    lang.of("，此前不计（第 5 步）", ": what lies before does not count (step 5)")
                ),
            },
            Reason::IdentityUnverified => lang
                .of("签到时身份未核验（第 4 步）", "The identity was not proven at sign-in (step 4)")
                .to_owned(),
            Reason::BackFilled => {
                let online = session.is_some_and(|session| session.online(constants));
                let rule = if online {
                    lang.of(
                        "，迟于 72 小时，又无批准（第 4 步）",
                        ", later than 72 h, and nobody approved (step 4)",
                    )
                } else {
                    lang.of("，迟于 10 分钟，会话不是在线签到，又无批准（第 4 步）", ", later than 10 minutes in a session that was not opened online, and nobody approved (step 4)")
                };
                format!("{} {}{rule}", lang.of("收到时已迟", "Received late by"), clock(late))
            }
            Reason::SignedOut => format!(
                "{} {} {}",
                lang.of("已于", "Signed out at"),
                at(session.and_then(|session| session.close)),
                lang.of("签退（第 5 步）", "(step 5)")
            ),
            Reason::PresenceMissed => {
                let loss = session.and_then(|session| {
                    session.losses.iter().find(|loss| {
                        loss.from <= run.start && loss.until.is_none_or(|until| run.start < until)
                    })
                });
                let until = loss.and_then(|loss| loss.until).map_or_else(
                    || lang.of("此后再未通过", "and none was passed after it").to_owned(),
                    |until| {
                        format!(
                            "{} {}",
                            lang.of("下一次通过在", "the next was passed at"),
                            time_of_day(until)
                        )
                    },
                );
                format!(
                    "{} {} {}{until}{}",
                    lang.of("在场验证于", "The presence check of"),
                    at(loss.map(|loss| loss.from)),
                    lang.of("未按时通过，", "was not passed in time, "),
                    lang.of("（第 5 步）", " (step 5)")
                )
            }
            Reason::ParallelPlatform | Reason::ParallelSession | Reason::Overlap => {
                let winner = winner(study, judged, run.start);
                let told = winner.map_or_else(
                    || lang.of("另一片段", "another stretch").to_owned(),
                    |winner| {
                        format!(
                            "{} · {} · {} {}",
                            study.platform_name(winner.session.platform.as_str()),
                            winner.session.session,
                            lang.of("序号", "sequence"),
                            winner.seq
                        )
                    },
                );
                format!(
                    "{} {told}{}",
                    lang.of("同一时刻已归", "The same moment belongs to"),
                    lang.of("：一人一个时钟（第 6 步）", ": one clock per person (step 6)")
                )
            }
        },
    }
}

/// The stretch that a moment belongs to.
fn winner<'a>(study: &'a Study, loser: &Judged, at: Millis) -> Option<&'a Judged> {
    study.account.stretches.iter().find(|judged| {
        judged.seq != loser.seq
            && judged.start <= at
            && at < judged.end
            && judged.spans.iter().any(|span| span.excluded.is_none() && span.start <= at && at < span.end)
    })
}

/// Content over wall time to two decimals, cut off.
fn rate(content: i64, wall: i64) -> String {
    if wall <= 0 {
        return "∞".to_owned();
    }
    let hundredths = i128::from(content) * 100 / i128::from(wall);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
