//! Every stretch of a record with what became of each millisecond of it: why an hour does not count, for programs.

use axum::Json;
use axum::extract::{Extension, State};
use keshi_record::Judged;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Answer;
use crate::api::answers::List;
use crate::api::page::{Number, Page};
use crate::app::App;
use crate::fault::{Fault, Problem};
use crate::form::Named;
use crate::record::{Fate, Study};
use crate::seat::Seat;

/// A stretch after the corrections of steps 2 and 3.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordStretch {
    /// The event's place in the log.
    seq: u64,
    event_id: String,
    platform: String,
    session: String,
    course: String,
    video: String,
    /// First position, ms.
    from_ms: i64,
    /// Last position, ms.
    to_ms: i64,
    /// Start and end, Beijing time.
    start: String,
    end: String,
    received_at: String,
    /// Its wall time in order, without gaps.
    spans: Vec<RecordSpan>,
}

/// Wall time with one fate.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordSpan {
    start: String,
    end: String,
    ms: i64,
    /// `attested`, or why it does not count.
    fate: String,
    /// VT-1's step that decided.
    step: u8,
}

impl From<&Judged> for RecordStretch {
    fn from(judged: &Judged) -> RecordStretch {
        let spans = judged.spans.iter().map(|span| {
            let fate = Fate::of(span);
            RecordSpan {
                start: span.start.to_beijing(),
                end: span.end.to_beijing(),
                ms: span.end - span.start,
                fate: fate.word().to_owned(),
                step: fate.step(),
            }
        });
        RecordStretch {
            seq: judged.seq,
            event_id: judged.id.to_string(),
            platform: judged.session.platform.to_string(),
            session: judged.session.session.to_string(),
            course: judged.stretch.course.to_string(),
            video: judged.stretch.video.to_string(),
            from_ms: judged.stretch.from_ms,
            to_ms: judged.stretch.to_ms,
            start: judged.start.to_beijing(),
            end: judged.end.to_beijing(),
            received_at: judged.received_at.to_beijing(),
            spans: spans.collect(),
        }
    }
}

/// 学习记录的各个片段，每一毫秒算与不算及其原因 / a record's stretches: what became of each millisecond, and by which step
#[utoipa::path(get, path = "/api/v1/trainees/{trainee}/stretches", params(("trainee" = String, Path, description = "学员编号 / the trainee's id"), Page<Number>), responses((status = 200, body = List<RecordStretch>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn stretches(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(trainee): Named<String>,
    page: Page<Number>,
) -> Answer<List<RecordStretch>> {
    let limit = page.limit();
    if app.store.within(seat.scope(), std::slice::from_ref(&trainee)).await?.is_empty() {
        return Err(Fault::NotFound.into());
    }
    app.store.audit(seat.audited("record.view", Some(&trainee))).await?;
    let study = Study::load(&app, seat.scope(), &trainee).await?.ok_or(Fault::NotFound)?;
    let mut wanted: Vec<&Judged> = study.account.stretches.iter().collect();
    let after = page.after.map_or(0, |after| after.0.unsigned_abs());
    wanted.retain(|judged| judged.seq > after);
    wanted.sort_by_key(|judged| judged.seq);
    wanted.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let items = wanted.into_iter().map(RecordStretch::from).collect();
    Ok(Json(List::of(items, limit, |last: &RecordStretch| last.seq.to_string())))
}
