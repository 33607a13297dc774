//! The parts of a study record.

use std::collections::BTreeMap;

use keshi_events::{Millis, VideoId};
use keshi_policy::Derivation;
use keshi_record::{CourseRecord, Fact, class_hours, progress};
use keshi_store::{ClaimRow, FlagLine};
use maud::{Markup, html};

use crate::app::App;
use crate::lang::{Lang, clock, percent, seconds, shares};
use crate::layout::{encode, nothing};
use crate::pages::trainee::View;
use crate::pages::{claim, claims, flag_name, level, scheme_name, yes_no};
use crate::record::{
    Day, Fate, Study, Verified, chart, label, legend, moment, presence_outcome, runs, strip, time_of_day, why,
};

/// The most lines of one table of a day.
const MOST: usize = 80;

/// Claimed = counting + excluded by reason, to the millisecond.
pub(crate) fn totals(study: &Study, lang: Lang) -> Markup {
    let sums = Study::accounted(study.account.stretches.iter());
    let claimed: i64 = sums.values().sum();
    let parts: Vec<i64> = sums.values().copied().collect();
    let shares = shares(&parts);
    html! {
        div.scroll { table {
            caption { (lang.of("平台所报的每一毫秒都归入且只归入一行。", "Every millisecond that platforms claimed stands in one line, and in one alone.")) }
            thead { tr { th { (lang.of("去向", "Fate")) } th { (lang.of("VT-1 步骤", "Step of VT-1")) } th.n { (lang.of("时长", "Time")) } th.n { (lang.of("秒", "s")) } th.n { "%" } } }
            tbody { @for ((fate, ms), share) in sums.iter().zip(&shares) {
                tr {
                    td { svg width="24" height="14" aria-hidden="true" { rect width="24" height="14" fill=(fate.fill()) {} } " " (fate.name(lang)) }
                    td { (fate.step()) } td.n { (clock(*ms)) } td.n { (seconds(*ms)) } td.n { (share) }
                }
            } }
            tfoot { tr { th { (lang.of("平台所报合计", "Claimed in all")) } td {} td.n { (clock(claimed)) } td.n { (seconds(claimed)) } td.n { @if claimed > 0 { "100.0" } } } }
        } }
    }
}

/// Progress against required hours, and a strip for each video.
pub(crate) fn course(study: &Study, record: &CourseRecord, lang: Lang) -> Markup {
    let registered = study.known.catalogue.course(&record.course);
    let duration_ms = registered.map_or(0, keshi_record::Course::duration_ms);
    let progress = registered.map(|course| {
        progress(
            &record.course,
            course,
            &study.account.summary,
            |key| study.account.sessions.get(key),
            study.rule(),
        )
    });
    let required = class_hours(duration_ms.div_euclid(1000));
    html! {
        div.card {
            h3 { (study.course_name(&record.course)) " " span.soft.mono { (record.course) } }
            dl.figures {
                div { dt { (lang.of("核定课时", "Class hours")) } dd { (record.class_hours) small { " / " (required) } } }
                div { dt { (lang.of("核定时长", "Verified")) } dd { (clock(record.verified_seconds * 1000)) small { " / " (clock(duration_ms)) } } }
                div { dt { (lang.of("进度", "Progress")) } dd { progress max=(duration_ms.max(1) / 1000) value=(record.verified_seconds) { } " " small { (percent(record.verified_seconds * 1000, duration_ms)) "%" } } }
                div { dt { (lang.of("学完", "Studied")) } dd { (yes_no(progress.as_ref().map(|p| p.studied), lang)) } }
                div { dt { (lang.of("考核", "Assessed")) } dd { (yes_no(progress.as_ref().and_then(|p| p.assessed), lang)) } }
            }
            table {
                caption { (lang.of("每个视频从头到尾：实色为核定，花纹为看过但不计（原因见图例），空白为未看。", "Each video from its start to its end: solid is verified, patterned was watched and does not count (see the legend), blank was never watched.")) }
                thead { tr { th { (lang.of("视频", "Video")) } th { (lang.of("覆盖", "Coverage")) } th.n { (lang.of("核定", "Verified")) } th.n { (lang.of("时长", "Length")) } th.n { "%" } } }
                tbody { @for (video, verified_ms, length) in videos(study, record) {
                    tr {
                        td.id { (video) }
                        td width="60%" { (strip(study, &record.course, &video, lang)) }
                        td.n { (clock(verified_ms)) }
                        td.n { @match length { Some(ms) => (clock(ms)), None => (lang.of("未登记", "not registered")) } }
                        td.n { @if let Some(ms) = length { (percent(verified_ms, ms)) } }
                    }
                } }
            }
            @let fates = Study::accounted(study.account.stretches.iter().filter(|judged| judged.stretch.course == record.course));
            (legend(lang, std::iter::once(Fate::Counts).chain(fates.into_keys().filter(|fate| *fate != Fate::Counts))))
        }
    }
}

/// The course's videos, watched or not: (video, verified ms, registered ms).
fn videos(study: &Study, record: &CourseRecord) -> Vec<(VideoId, i64, Option<i64>)> {
    let mut videos: BTreeMap<VideoId, (i64, Option<i64>)> = BTreeMap::new();
    if let Some(course) = study.known.catalogue.course(&record.course) {
        videos.extend(course.videos.iter().map(|(video, ms)| (video.clone(), (0, Some(*ms)))));
    }
    for video in &record.videos {
        videos.entry(video.video.clone()).or_insert((0, None)).0 = video.verified_ms;
    }
    videos.into_iter().map(|(video, (verified, length))| (video, verified, length)).collect()
}

/// The days, each a link.
pub(crate) fn day_links(study: &Study, days: &[Day], shown: Option<&Day>, lang: Lang) -> Markup {
    html! {
        ul.days.no-print aria-label=(lang.of("选择日期", "Choose a day")) {
            @for day in days {
                li { a href={ "/trainees/" (encode(study.trainee.as_str())) "?day=" (day.date()) "#day" }
                        aria-current=[shown.is_some_and(|shown| shown.day == day.day).then_some("date")] {
                    (day.date()) " · " (clock(day.attested_ms())) "/" (clock(day.claimed_ms()))
                } }
            }
        }
    }
}

/// The chart of a day, what is pointed at, and the same as a table.
pub(crate) fn timeline(study: &Study, day: &Day, view: &View, lang: Lang) -> Markup {
    let mut runs = runs(&study.account.stretches, day.day);
    let date = day.date();
    let path = format!("/trainees/{}", encode(study.trainee.as_str()));
    let link = |seq: u64, at: Millis| format!("{path}?day={date}&seq={seq}&at={}#stretch", at.0);
    let picture = chart(study, day.day, &runs, &link, lang);
    runs.sort_by_key(|run| (run.start, run.first.seq));
    let pointed = view.seq.and_then(|seq| {
        let of_it = |run: &&crate::record::Run<'_>| run.first.seq == seq;
        let exact = runs.iter().find(|run| of_it(run) && view.at.is_none_or(|at| run.start.0 == at));
        exact.or_else(|| runs.iter().find(of_it))
    });
    html! {
        div.scroll data-says="says" { (picture) }
        (legend(lang, day.sums.keys().copied()))
        p.soft { (lang.of("▶ 签到　■ 签退　✓ ✗ 在场验证　◆ 测验　? 提问", "▶ sign-in  ■ sign-out  ✓ ✗ presence check  ◆ quiz  ? question")) }
        div.says.no-print #says aria-live="polite" { (lang.of("指向任一片段（或用 Tab 键移到它上面），这里说明它算不算、为什么；点开看组成它的事件。", "Point at a stretch, or reach it with the Tab key: here it says whether it counts, and why. Follow it for its events.")) }
        @if let Some(run) = pointed { (explained(study, run, lang)) }
        div.scroll { table {
            caption { (lang.of("当日片段，按时间；相邻而同因的片段合为一行。", "The day's stretches in order of time; neighbours with one fate stand in one line.")) }
            thead { tr { th { (lang.of("时间", "Time")) } th.n { (lang.of("秒", "s")) } th { (lang.of("平台", "Platform")) } th { (lang.of("视频 · 位置", "Video · position")) } th { (lang.of("结论", "Fate")) } th { (lang.of("为什么", "Why")) } } }
            tbody { @for run in runs.iter().take(MOST) {
                tr {
                    td.n { a href=(link(run.first.seq, run.start)) { (time_of_day(run.start)) "–" (time_of_day(run.end)) } }
                    td.n { (seconds(run.end - run.start)) }
                    td { (study.platform_name(run.first.session.platform.as_str())) }
                    td { (run.first.stretch.video) " · " (clock(run.from_ms)) "–" (clock(run.to_ms)) }
                    td { svg width="18" height="12" aria-hidden="true" { rect width="18" height="12" fill=(run.fate.fill()) {} } " " (run.fate.name(lang)) }
                    td { (why(study, run, lang)) }
                }
            } }
            tfoot { tr { th { (lang.of("合计", "In all")) } td.n { (seconds(day.claimed_ms())) } td colspan="4" { (lang.of("其中有效", "of it counting")) " " (seconds(day.attested_ms())) } } }
        } }
        @if runs.len() > MOST { p.soft { (lang.of("其余片段见图，未列出", "The others stand in the chart; not listed:")) " " (runs.len() - MOST) } }
    }
}

/// What is pointed at, down to its events.
fn explained(study: &Study, run: &crate::record::Run<'_>, lang: Lang) -> Markup {
    let same = |judged: &&keshi_record::Judged| {
        judged.session == run.first.session
            && judged.stretch.video == run.first.stretch.video
            && judged.stretch.course == run.first.stretch.course
            && judged.start <= run.end
            && judged.end >= run.start
            && judged
                .spans
                .iter()
                .any(|span| Fate::of(span) == run.fate && span.start <= run.end && span.end >= run.start)
    };
    let made_of: Vec<_> = study.account.stretches.iter().filter(same).collect();
    let opening = study.account.sessions.get(&run.first.session).and_then(|session| session.opening.as_ref());
    html! {
        section.card #stretch aria-label=(lang.of("这一段", "This stretch")) {
            h3 { (label(run, lang)) }
            p { strong { (lang.of("结论：", "Verdict: ")) (run.fate.name(lang)) } " — " (why(study, run, lang)) }
            @if let Some(opening) = opening {
                p.soft { (lang.of("会话签到", "Session opened")) " " (moment(opening.time)) " · " (lang.of("序号", "sequence")) " " (opening.seq)
                    @if opening.offset_ms != 0 { " · " (lang.of("设备时钟校正（秒）", "device clock corrected by (s)")) " " (seconds(opening.offset_ms)) } }
            }
            table {
                caption { (lang.of("组成它的事件", "The events that it is made of")) " (" (made_of.len()) ")" }
                thead { tr { th.n { (lang.of("序号", "Sequence")) } th { (lang.of("事件编号", "Event id")) } th { (lang.of("起止（校正后）", "From, to (corrected)")) } th { (lang.of("位置", "Position")) } th { (lang.of("收到", "Received")) } } }
                tbody { @for judged in made_of.iter().take(60) {
                    tr { td.n { (judged.seq) } td.id { (judged.id) } td { (time_of_day(judged.start)) "–" (time_of_day(judged.end)) }
                        td { (clock(judged.stretch.from_ms)) "–" (clock(judged.stretch.to_ms)) } td { (moment(judged.received_at)) } }
                } }
            }
            @if made_of.len() > 60 { p.soft { "… " (made_of.len() - 60) } }
        }
    }
}

/// Sign-ins of a day, with device and address.
pub(crate) fn sessions(study: &Study, day: &Day, lang: Lang) -> Markup {
    let opened: Vec<_> = study
        .events
        .iter()
        .filter(|event| matches!(event.fact, Fact::Opened { .. }) && event.time.beijing_day() == day.day)
        .collect();
    html! {
        @if opened.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("签到", "Opened")) } th { (lang.of("签退", "Closed")) } th { (lang.of("平台 · 会话", "Platform · session")) } th { (lang.of("方式", "Method")) } th { (lang.of("身份", "Identity")) } th { "IP" } th { (lang.of("设备", "Device")) } th { (lang.of("浏览器标识 · 位置", "User agent · location")) } } }
            tbody { @for event in opened.iter().take(MOST) {
                @if let (Fact::Opened { verified, device, ip, method, .. }, Some(key)) = (&event.fact, event.session()) {
                    @let session = study.account.sessions.get(&key);
                    @let extra = study.extras.get(&event.seq);
                    tr {
                        td.n { (time_of_day(event.time)) } td.n { (session.and_then(|s| s.close).map(moment).unwrap_or_else(|| "—".into())) }
                        td { (study.platform_name(key.platform.as_str())) br; span.mono.soft { (key.session) } }
                        td { (method) } td { @if *verified { span.tag.good { (lang.of("已核验", "proven")) } } @else { span.tag.bad { (lang.of("未核验", "not proven")) } } }
                        td.id { (ip) } td.id { (device) }
                        td.soft { (extra.and_then(|e| e.user_agent.as_deref()).unwrap_or("—")) @if let Some(at) = extra.and_then(|e| e.location.as_deref()) { br; (at) } }
                    }
                }
            } }
        } } }
    }
}

/// Presence checks of a day.
pub(crate) fn presence(study: &Study, day: &Day, lang: Lang) -> Markup {
    let mut lines = Vec::new();
    for event in &study.events {
        let (Fact::Presence { prompted_at, passed_at, outcome, .. }, Some(key)) =
            (&event.fact, event.session())
        else {
            continue;
        };
        let offset = study.account.sessions.get(&key).map_or(0, |session| session.offset_ms());
        let asked = *prompted_at + offset;
        if asked.beijing_day() == day.day {
            lines.push((asked, passed_at.map(|at| at + offset), *outcome, key, event));
        }
    }
    lines.sort_by_key(|line| line.0);
    html! {
        @if lines.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("询问", "Asked")) } th { (lang.of("结果", "Outcome")) } th.n { (lang.of("用时（秒）", "Took (s)")) } th { (lang.of("平台 · 会话", "Platform · session")) } th.n { (lang.of("序号", "Sequence")) } } }
            tbody { @for (asked, passed, outcome, key, event) in lines.iter().take(MOST) {
                tr { td.n { (time_of_day(*asked)) }
                    td { @if *outcome == "passed" { span.tag.good { "✓ " (presence_outcome(outcome, lang)) } } @else { span.tag.bad { "✗ " (presence_outcome(outcome, lang)) } } }
                    td.n { (passed.map(|at| seconds(at - *asked)).unwrap_or_else(|| "—".into())) }
                    td { (study.platform_name(key.platform.as_str())) " " span.mono.soft { (key.session) } } td.n { (event.seq) } }
            } }
        } } }
    }
}

/// Quizzes that were handed in.
pub(crate) fn quizzes(study: &Study, lang: Lang) -> Markup {
    let mut submissions: Vec<_> = study.account.summary.submissions.iter().collect();
    submissions.sort_by_key(|s| (s.submitted_at, s.seq));
    html! {
        @if submissions.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("提交", "Handed in")) } th { (lang.of("课程", "Course")) } th { (lang.of("测验", "Quiz")) } th.n { (lang.of("得分", "Score")) } th { (lang.of("达到合格线", "Passes")) } th { (lang.of("有效", "Counts")) } th.n { (lang.of("序号", "Sequence")) } } }
            tbody { @for s in submissions.iter().take(MOST) {
                @let pass = study.known.catalogue.course(&s.course).and_then(|course| course.quizzes.get(&s.quiz));
                tr { td.when { (moment(s.submitted_at)) } td { (study.course_name(&s.course)) } td { (s.quiz) }
                    td.n { (points(s.score)) " / " (points(s.max_score)) }
                    td { (yes_no(pass.map(|pass| s.reaches(*pass)), lang)) }
                    td { (yes_no(Some(s.counts(|key| study.account.sessions.get(key), study.rule()).is_some()), lang)) } td.n { (s.seq) } }
            } }
        } } }
    }
}

/// Questions with their texts, and answers.
pub(crate) fn questions(study: &Study, lang: Lang) -> Markup {
    let asked: Vec<_> = study
        .events
        .iter()
        .filter(|event| matches!(event.fact, Fact::Asked { .. } | Fact::Answered { .. }))
        .collect();
    html! {
        @if asked.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("时间", "Time")) } th { (lang.of("课程 · 话题", "Course · thread")) } th { (lang.of("谁", "Who")) } th { (lang.of("内容", "Text")) } th.n { (lang.of("序号", "Sequence")) } } }
            tbody { @for event in asked.iter().take(MOST) {
                @let (course, thread, who) = match &event.fact {
                    Fact::Asked { course, thread, .. } => (course, thread, lang.of("学员提问", "trainee asks")),
                    Fact::Answered { course, thread, answerer } => (course, thread, *answerer),
                    _ => continue,
                };
                tr { td.when { (moment(event.time)) } td { (study.course_name(course)) " · " (thread) } td { (who) }
                    td { (study.extras.get(&event.seq).and_then(|extra| extra.text.as_deref()).unwrap_or("—")) } td.n { (event.seq) } }
            } }
        } } }
    }
}

/// Flags of a trainee.
pub(crate) fn flags(flags: &[FlagLine], lang: Lang) -> Markup {
    html! {
        @if flags.is_empty() { (nothing(lang)) } @else { table {
            thead { tr { th { (lang.of("标记", "Flag")) } th { (lang.of("级别", "Level")) } } }
            tbody { @for flag in flags { tr { td { (flag_name(&flag.flag, lang)) " " span.mono.soft { (flag.flag) } } td { (level(&flag.level, lang)) } } } }
        } }
    }
}

/// Claims of a trainee, each with its derivation behind a fold.
pub(crate) fn claims(app: &App, claims: &[ClaimRow], lang: Lang) -> Markup {
    html! {
        @if claims.is_empty() { (nothing(lang)) } @else {
            (claims::table(app, claims, &|_| None, false, lang))
            @for claim in claims {
                @if let Ok(derivation) = serde_json::from_str::<Derivation>(&claim.derivation) {
                    details { summary { (lang.of("推导：", "Derivation: ")) (scheme_name(&claim.scheme, lang)) " · " (claim.amount_yuan) " " (lang.of("元", "yuan")) }
                        (claim::rules(&derivation, lang)) }
                }
            }
        }
    }
}

/// What the record rests on, and whether it holds, when that was asked.
pub(crate) fn chain(study: &Study, verified: Option<Verified>, lang: Lang) -> Markup {
    let path = format!("/trainees/{}?verify=now#chain", encode(study.trainee.as_str()));
    html! {
        h2 #chain { (lang.of("证据与哈希链", "Evidence and the hash chain")) }
        @match verified {
            Some(Verified { chain, holds: true }) => p { span.tag.good { (lang.of("✓ 链完好", "✓ the chain holds")) } " "
                (lang.of("刚才由数据库中的全部事件重算：", "Worked out just now from all events in the database: ")) (chain.count) " " (lang.of("条，链头", "entries, head")) " "
                span.mono { (chain.head) } },
            Some(Verified { holds: false, .. }) => p.notice.bad role="alert" { (lang.of("✗ 链断了：有事件被改动、删除或插入。请运行", "✗ The chain is broken: an event was changed, removed or inserted. Run")) " "
                span.mono { "keshi verify --trainee " (study.trainee) } },
            None => p { (study.chain.count) " " (lang.of("条事件，链头", "events, head")) " " span.mono { (study.chain.head) } " "
                a.button.no-print href=(path) { (lang.of("立即核验", "Verify now")) } },
        }
        p { (lang.of("本页由该学员的全部事件依 VT-1 逐条判定；最后序号", "This page is judged by VT-1 from all events of the trainee; the last of them is seq")) " " (study.last_seq) "." }
    }
}

/// Millionths of a point as a plain decimal.
fn points(millionths: i128) -> String {
    let text = format!("{}.{:06}", millionths / 1_000_000, (millionths % 1_000_000).abs());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
