//! `keshi record`: study records out of the database.

use anyhow::{Context, Result, bail};
use clap::Args;
use keshi_events::{Code, Millis, TraineeId};
use keshi_record::{
    Catalogue, Constants, CourseRecord, Extent, Flag, RULE, Reason, Rejected, Report, Rule, Session,
    SessionKey, Standing, Summary, TraineeRecord, progress,
};
use keshi_store::Store;
use serde_json::json;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

#[derive(Args)]
pub(crate) struct Record {
    /// 学员 / the trainee
    #[arg(required_unless_present = "all")]
    trainee: Option<String>,
    /// 只看一门课程 / of one course
    #[arg(long)]
    course: Option<String>,
    /// 全部学员 / everybody's records: with --json exactly what `keshi recompute --json` prints for the exported log
    #[arg(long, conflicts_with_all = ["trainee", "course"])]
    all: bool,
    /// 只看概要，不列视频、签到与测验 / the summary alone, without videos, sign-ins and quizzes
    #[arg(long, conflicts_with_all = ["all"])]
    brief: bool,
}

impl Record {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let store = connect::store(settings).await?;
        let catalogue = connect::catalogue(&store).await?;
        let Some(trainee) = &self.trainee else {
            let report = report(&store, &catalogue).await?;
            return if json { show::json(&report) } else { show_report(&report) };
        };
        let id = TraineeId::from(trainee.as_str());
        let Some(bytes) = store.standing(trainee).await? else {
            bail!(
                "没有该学员的学习记录 / no accepted event of trainee {trainee} is known; `keshi rejected list` shows what was refused"
            );
        };
        let standing = read_standing(&bytes)?;
        let constants = Constants::default();
        let mut record = TraineeRecord::of(&id, standing.summary(), &constants, &catalogue);
        if let Some(course) = &self.course {
            record.courses.retain(|record| record.course.as_str() == course);
        }
        let page = Page {
            id: &id,
            record: &record,
            standing: &standing,
            constants: &constants,
            catalogue: &catalogue,
        };
        let wanted = keshi_store::Wanted { trainee: Some(trainee), ..Default::default() };
        let claims = store.claims(&wanted, 100).await?;
        if json { page.json() } else { page.show(&claims, self.brief) }
    }
}

/// All records out of the database.
pub(crate) async fn report(store: &Store, catalogue: &Catalogue) -> Result<Report> {
    let constants = Constants::default();
    let mut trainees = Vec::new();
    store
        .each_standing::<anyhow::Error>(|trainee, bytes| {
            let standing = read_standing(&bytes)?;
            trainees.push(TraineeRecord::of(
                &TraineeId::from(trainee),
                standing.summary(),
                &constants,
                catalogue,
            ));
            Ok(())
        })
        .await?;
    let rejected = store.rejections().await?;
    let rejected = rejected.into_iter().map(|(seq, code)| {
        let code =
            Code::parse(&code).with_context(|| format!("未知代码 unknown code {code} of message {seq}"))?;
        Ok(Rejected { seq: seq as u64, code })
    });
    let rejected = rejected.collect::<Result<Vec<_>>>()?;
    Ok(Report { rule: RULE.to_owned(), trainees, rejected, duplicates: store.repeats().await? as u64 })
}

fn read_standing(bytes: &[u8]) -> Result<Standing> {
    keshi_projector::read_standing(bytes)
        .context("学习状态无法读取 / the standing cannot be read: it was written by another version")
}

/// All records as a table.
pub(crate) fn show_report(report: &Report) -> Result<()> {
    let mut table = show::table(&[
        "学员 trainee",
        "课程 course",
        "核定时长 verified",
        "课时 hours",
        "内容 unique",
        "标记 flags",
    ]);
    for trainee in &report.trainees {
        for course in &trainee.courses {
            table.add_row(vec![
                trainee.trainee.to_string(),
                course.course.as_str().escape_debug().to_string(),
                show::clock(course.verified_seconds),
                course.class_hours.to_string(),
                show::clock(course.unique_seconds),
                trainee.flags.join(" "),
            ]);
        }
    }
    show::line(&table)?;
    show::line(format!(
        "规则 {} · 学员 trainees {} · 被拒 rejected {} · 重复 duplicates {}",
        report.rule,
        report.trainees.len(),
        report.rejected.len(),
        report.duplicates
    ))
}

/// One trainee's full study record.
struct Page<'a> {
    id: &'a TraineeId,
    record: &'a TraineeRecord,
    standing: &'a Standing,
    constants: &'a Constants,
    catalogue: &'a Catalogue,
}

impl Page<'_> {
    fn rule(&self) -> Rule<'_> {
        Rule { constants: self.constants, catalogue: self.catalogue, trainee: self.id }
    }

    fn summary(&self) -> &Summary {
        self.standing.summary()
    }

    fn session(&self, key: &SessionKey) -> Option<&Session> {
        self.standing.session(key)
    }

    fn json(&self) -> Result<()> {
        let sessions: Vec<_> = self
            .sessions()
            .iter()
            .map(|(key, session)| {
                json!({"platform": key.platform, "session": key.session,
                       "opened_at": session.opening.as_ref().map(|opening| opening.time.to_beijing()),
                       "closed_at": session.close.map(|close| close.to_beijing()),
                       "verified": session.opening.as_ref().map(|opening| opening.verified),
                       "online": session.online(self.constants),
                       "offset_ms": session.offset_ms(),
                       "lost_to_presence": session.losses.iter().map(|loss| json!({
                           "from": loss.from.to_beijing(), "until": loss.until.map(|until| until.to_beijing())})).collect::<Vec<_>>()})
            })
            .collect();
        let quizzes: Vec<_> = self
            .summary()
            .submissions
            .iter()
            .map(|s| {
                json!({"course": s.course, "quiz": s.quiz, "platform": s.platform, "session": s.session, "seq": s.seq,
                       "submitted_at": s.submitted_at.to_beijing(), "score": points(s.score), "max_score": points(s.max_score),
                       "counts": s.counts(|key| self.session(key), self.rule()).is_some()})
            })
            .collect();
        let questions: Vec<_> = self
            .summary()
            .questions
            .iter()
            .map(|q| {
                json!({"course": q.course, "thread": q.thread, "platform": q.platform, "session": q.session, "seq": q.seq,
                       "asked_at": q.time.to_beijing(), "counts": q.counts(|key| self.session(key), self.rule()).is_some()})
            })
            .collect();
        let progress: Vec<_> = self
            .record
            .courses
            .iter()
            .filter_map(|record| {
                let course = self.catalogue.course(&record.course)?;
                let progress = progress(&record.course, course, self.summary(), |key| self.session(key), self.rule());
                Some(json!({"course": record.course, "studied": progress.studied, "assessed": progress.assessed}))
            })
            .collect();
        show::json(&json!({"rule": RULE, "record": self.record, "progress": progress, "sessions": sessions,
                           "quizzes": quizzes, "questions": questions, "answers": self.summary().answers,
                           "presence_checks": {"all": self.summary().checks.all, "passed": self.summary().checks.passed}}))
    }

    fn show(&self, claims: &[keshi_store::ClaimRow], brief: bool) -> Result<()> {
        show::line(format!("学员 trainee {} · 规则 {RULE}", self.id))?;
        self.show_wall()?;
        for course in &self.record.courses {
            self.show_course(course)?;
            if !brief {
                self.show_videos(course)?;
            }
        }
        if !brief {
            self.show_sessions()?;
            self.show_quizzes()?;
        }
        self.show_counts()?;
        self.show_flags()?;
        for claim in claims {
            show::line(format!(
                "补贴 claim {} · {} · {} · {} 元 yuan · {}",
                claim.claim, claim.scheme, claim.course, claim.amount_yuan, claim.state
            ))?;
        }
        Ok(())
    }

    /// Every second accounted for.
    fn show_wall(&self) -> Result<()> {
        let mut table = show::table(&["时间去向 where the time went", "时长 wall time", "毫秒 ms"]);
        let clock = |ms: i64| show::clock(ms / 1000);
        let mut row = |name: String, ms: i64| {
            table.add_row(vec![name, clock(ms), ms.to_string()]);
        };
        row("平台所报 claimed".to_owned(), self.record.claimed_ms);
        row("有效 attested".to_owned(), self.record.attested_ms);
        for (reason, ms) in &self.summary().wall.excluded_ms {
            row(format!("不计 {} {}", Reason::chinese(*reason), reason), *ms);
        }
        show::line(&table)
    }

    fn show_course(&self, record: &CourseRecord) -> Result<()> {
        let registered = self.catalogue.course(&record.course);
        let progress = registered.map(|course| {
            progress(&record.course, course, self.summary(), |key| self.session(key), self.rule())
        });
        show::line(format!(
            "\n课程 course {} · 核定 verified {} · {} 课时 class hours · 学完 studied {} · 考核 assessed {}",
            record.course.as_str().escape_debug(),
            show::clock(record.verified_seconds),
            record.class_hours,
            show::yes_no(progress.as_ref().map(|progress| progress.studied)),
            show::yes_no(progress.and_then(|progress| progress.assessed)),
        ))
    }

    fn show_videos(&self, record: &CourseRecord) -> Result<()> {
        let mut table =
            show::table(&["视频 video", "覆盖 coverage", "核定 verified", "看过 unique", "时长 length"]);
        for video in &record.videos {
            let length = match self.catalogue.extent(record.course.as_str(), video.video.as_str()) {
                Extent::Registered(ms) => Some(ms),
                Extent::Unknown | Extent::Endless => None,
            };
            table.add_row(vec![
                video.video.as_str().escape_debug().to_string(),
                length.map_or_else(String::new, |length| show::share(video.verified_ms, length)),
                show::clock(video.verified_ms / 1000),
                show::clock(video.unique_ms / 1000),
                length.map_or_else(|| "未登记 unregistered".to_owned(), |length| show::clock(length / 1000)),
            ]);
        }
        show::line(&table)
    }

    fn sessions(&self) -> Vec<(&SessionKey, &Session)> {
        let mut sessions: Vec<_> = self.standing.sessions().collect();
        sessions.sort_by_key(|(key, session)| (session.opening.as_ref().map(|opening| opening.time), *key));
        sessions
    }

    fn show_sessions(&self) -> Result<()> {
        show::line("\n签到 sign-ins")?;
        let mut table = show::table(&[
            "平台 platform",
            "会话 session",
            "签到 opened",
            "签退 closed",
            "身份 identity",
            "在线 online",
            "验证缺失 lost to presence checks",
        ]);
        for (key, session) in self.sessions() {
            let opening = session.opening.as_ref();
            let losses = lost(session).into_iter().map(|(from, until)| {
                let until = until.map_or_else(|| "…".to_owned(), |until| until.to_beijing());
                format!("{from} – {until}")
            });
            table.add_row(vec![
                key.platform.to_string(),
                key.session.as_str().escape_debug().to_string(),
                opening.map_or_else(|| "未签到 none".to_owned(), |opening| opening.time.to_beijing()),
                session.close.map_or_else(String::new, |close| close.to_beijing()),
                opening
                    .map_or("", |opening| if opening.verified { "已核验 proven" } else { "未核验 unproven" })
                    .to_owned(),
                show::yes_no(opening.map(|opening| opening.online(self.constants))).to_owned(),
                losses.collect::<Vec<_>>().join("\n"),
            ]);
        }
        show::line(&table)
    }

    fn show_quizzes(&self) -> Result<()> {
        let summary = self.summary();
        if summary.submissions.is_empty() {
            return Ok(());
        }
        show::line("\n测验 quizzes")?;
        let mut table =
            show::table(&["课程 course", "测验 quiz", "提交 submitted", "得分 score", "有效 counts"]);
        for s in &summary.submissions {
            table.add_row(vec![
                s.course.as_str().escape_debug().to_string(),
                s.quiz.as_str().escape_debug().to_string(),
                s.submitted_at.to_beijing(),
                format!("{} / {}", points(s.score), points(s.max_score)),
                show::yes_no(Some(s.counts(|key| self.session(key), self.rule()).is_some())).to_owned(),
            ]);
        }
        show::line(&table)
    }

    fn show_counts(&self) -> Result<()> {
        let summary = self.summary();
        show::line(format!(
            "\n签到 sign-ins {} · 测验 quizzes {} · 提问 questions {} · 答疑 answers {} · 在场验证 presence checks {} 通过 passed {}",
            self.standing.sessions().count(),
            summary.submissions.len(),
            summary.questions.len(),
            summary.answers,
            summary.checks.all,
            summary.checks.passed
        ))
    }

    fn show_flags(&self) -> Result<()> {
        let flags = self.summary().all_flags(self.constants);
        if flags.is_empty() {
            return Ok(());
        }
        let flags = flags.iter().map(|flag| format!("{} {flag} ({})", Flag::chinese(*flag), flag.level()));
        show::line(format!("标记 flags: {}", flags.collect::<Vec<_>>().join(" · ")))
    }
}

/// Wall time that a session lost to presence checks, each moment once: from, and until when (if ever).
fn lost(session: &Session) -> Vec<(Millis, Option<Millis>)> {
    let mut losses: Vec<_> = session.losses.iter().map(|loss| (loss.from, loss.until)).collect();
    losses.sort_unstable_by_key(|(from, _)| *from);
    let mut merged: Vec<(Millis, Option<Millis>)> = Vec::new();
    for (from, until) in losses {
        match merged.last_mut() {
            Some((_, None)) => break,
            Some((_, end)) if end.is_some_and(|end| from <= end) => {
                *end = end.zip(until).map(|(end, until)| end.max(until));
            }
            _ => merged.push((from, until)),
        }
    }
    merged
}

/// Millionths of a point as a plain decimal.
fn points(millionths: i128) -> String {
    let text = format!("{}.{:06}", millionths / 1_000_000, (millionths % 1_000_000).abs());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
