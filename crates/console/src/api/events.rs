//! A record's days, and whatever beside stretches stands in it: sign-ins with device and address, presence checks, quizzes,
//! questions. And the whole of it as a bundle that proves itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use keshi_record::{Evidence, Fact, SessionKey};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::Answer;
use crate::api::answers::List;
use crate::api::page::{Date, Number, Page};
use crate::app::App;
use crate::fault::{Fault, Problem};
use crate::form::{Asked, Named};
use crate::pages::evidence::bundle;
use crate::record::{Study, days};
use crate::seat::Seat;

/// A Beijing day of a record.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordDay {
    day: String,
    claimed_ms: i64,
    attested_ms: i64,
    /// By reason; with attested_ms exactly claimed_ms.
    excluded_ms: BTreeMap<String, i64>,
}

/// 学习记录的各日 / a record's days: what was claimed, what counts, and what does not by reason
#[utoipa::path(get, path = "/api/v1/trainees/{trainee}/days", params(("trainee" = String, Path, description = "学员编号 / the trainee's id"), Page<Date>), responses((status = 200, body = List<RecordDay>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn of_days(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(trainee): Named<String>,
    page: Page<Date>,
) -> Answer<List<RecordDay>> {
    let study = look(&app, &seat, &trainee).await?;
    let days = days(&study).into_iter().filter_map(|day| {
        let date = day.date();
        page.after.as_ref().is_none_or(|after| date > after.0).then(|| RecordDay {
            day: date,
            claimed_ms: day.claimed_ms(),
            attested_ms: day.attested_ms(),
            excluded_ms: day
                .sums
                .iter()
                .filter(|(fate, _)| **fate != crate::record::Fate::Counts)
                .map(|(fate, ms)| (fate.word().to_owned(), *ms))
                .collect(),
        })
    });
    let items: Vec<RecordDay> = days.take(usize::try_from(page.limit()).unwrap_or(usize::MAX)).collect();
    Ok(Json(List::of(items, page.limit(), |last| last.day.clone())))
}

/// An event that is no stretch. Which members it has depends on its kind.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct RecordEvent {
    /// The event's place in the log.
    seq: u64,
    event_id: String,
    /// sign-in, sign-out, presence, quiz, question or answer.
    kind: &'static str,
    platform: String,
    session: Option<String>,
    /// When it happened, by the platform's server clock; Beijing time.
    at: String,
    received_at: String,
    /// How somebody signed in.
    method: Option<&'static str>,
    identity_verified: Option<bool>,
    device: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    /// Latitude, longitude.
    location: Option<String>,
    /// passed, failed or missed; of a presence check.
    outcome: Option<&'static str>,
    course: Option<String>,
    quiz: Option<String>,
    /// Whether a quiz reached its pass mark; null where none is registered.
    passed: Option<bool>,
    /// Whether the rule takes it.
    counts: Option<bool>,
    thread: Option<String>,
    /// Of an answer: who gave it.
    answerer: Option<&'static str>,
    text: Option<String>,
}

impl RecordEvent {
    /// None of a stretch.
    fn of(study: &Study, event: &Evidence) -> Option<RecordEvent> {
        let mut told = RecordEvent {
            seq: event.seq,
            event_id: event.id.to_string(),
            platform: event.platform.to_string(),
            session: event.session().map(|key| key.session.to_string()),
            at: event.time.to_beijing(),
            received_at: event.received_at.to_beijing(),
            ..RecordEvent::default()
        };
        if let Some(extra) = study.extras.get(&event.seq) {
            told.user_agent.clone_from(&extra.user_agent);
            told.location.clone_from(&extra.location);
            told.text.clone_from(&extra.text);
        }
        match &event.fact {
            Fact::Watched(_) => return None,
            Fact::Opened { verified, device, ip, method, .. } => {
                told.kind = "sign-in";
                (told.method, told.identity_verified) = (Some(*method), Some(*verified));
                (told.device, told.ip) = (Some(device.to_string()), Some(ip.to_string()));
            }
            Fact::Closed { .. } => told.kind = "sign-out",
            Fact::Presence { outcome, .. } => (told.kind, told.outcome) = ("presence", Some(*outcome)),
            Fact::Quiz { course, quiz, .. } => {
                told.kind = "quiz";
                let pass = study.known.catalogue.course(course).and_then(|course| course.quizzes.get(quiz));
                let paper = study.account.summary.submissions.iter().find(|paper| paper.seq == event.seq);
                told.passed = paper.zip(pass).map(|(paper, pass)| paper.reaches(*pass));
                let session = |key: &SessionKey| study.account.sessions.get(key);
                told.counts = paper.map(|paper| paper.counts(session, study.rule()).is_some());
                (told.course, told.quiz) = (Some(course.to_string()), Some(quiz.to_string()));
            }
            Fact::Asked { course, thread, .. } => {
                told.kind = "question";
                (told.course, told.thread) = (Some(course.to_string()), Some(thread.to_string()));
            }
            Fact::Answered { course, thread, answerer } => {
                (told.kind, told.answerer) = ("answer", Some(*answerer));
                (told.course, told.thread) = (Some(course.to_string()), Some(thread.to_string()));
            }
        }
        Some(told)
    }
}

/// 签到、在场验证、测验、问答，按记录次序 / sign-ins, presence checks, quizzes and questions in order of recording
#[utoipa::path(get, path = "/api/v1/trainees/{trainee}/events", params(("trainee" = String, Path, description = "学员编号 / the trainee's id"), Page<Number>), responses((status = 200, body = List<RecordEvent>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn events(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(trainee): Named<String>,
    page: Page<Number>,
) -> Answer<List<RecordEvent>> {
    let study = look(&app, &seat, &trainee).await?;
    let after = page.after.map_or(0, |after| after.0.unsigned_abs());
    let mut events: Vec<&Evidence> = study.events.iter().filter(|event| event.seq > after).collect();
    events.sort_by_key(|event| event.seq);
    let told = events.into_iter().filter_map(|event| RecordEvent::of(&study, event));
    let items: Vec<RecordEvent> = told.take(usize::try_from(page.limit()).unwrap_or(usize::MAX)).collect();
    Ok(Json(List::of(items, page.limit(), |last| last.seq.to_string())))
}

async fn look(app: &App, seat: &Seat, trainee: &str) -> Result<Arc<Study>, Fault> {
    if app.store.within(seat.scope(), &[trainee.to_owned()]).await?.is_empty() {
        return Err(Fault::NotFound);
    }
    app.store.audit(seat.audited("record.view", Some(trainee))).await?;
    Study::load(app, seat.scope(), trainee).await?.ok_or(Fault::NotFound)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Why {
    /// 事由，记入审计日志 / why it is taken along, kept in the audit log
    #[param(min_length = 1, pattern = r"[0-9A-Za-z一-鿿]")]
    why: String,
}

/// 证据包：`keshi verify --bundle` 离线核验；事由必填 / the evidence bundle, checked offline by `keshi verify --bundle`; a reason is asked for
#[utoipa::path(get, path = "/api/v1/trainees/{trainee}/evidence", params(("trainee" = String, Path, description = "学员编号 / the trainee's id"), Why), responses((status = 200, body = Value), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn evidence(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(trainee): Named<String>,
    Asked(asked): Asked<Why>,
) -> Answer<keshi_trail::Bundle> {
    let says = |c: char| c.is_ascii_alphanumeric() || ('一'..='鿿').contains(&c);
    if !asked.why.contains(says) {
        return Err(Fault::Bad("请填写事由 / give a reason".into()).into());
    }
    Ok(Json(bundle(&app, &seat, &trainee, &asked.why).await?))
}
