//! Courses, their boards, and how far their people are.

use axum::Json;
use axum::extract::{Extension, State};
use keshi_events::CourseId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::answers::{BoardLine, Course, List};
use crate::api::page::Page;
use crate::api::{Answer, holds};
use crate::app::App;
use crate::fault::{Fault, Problem};
use crate::form::Named;
use crate::pages::courses::is_hidden;
use crate::seat::Seat;

/// 课程 / courses
#[utoipa::path(get, path = "/api/v1/courses", params(Page), responses((status = 200, body = List<Course>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn courses(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    page: Page,
) -> Answer<List<Course>> {
    let limit = page.limit();
    let lines = app.store.course_lines(seat.scope(), page.after(), limit).await?;
    Ok(Json(List::of(lines.into_iter().map(Course::from).collect(), limit, |last: &Course| {
        last.course.clone()
    })))
}

/// 班级表 / a course's board
#[utoipa::path(get, path = "/api/v1/courses/{course}/board", params(("course" = String, Path, description = "课程编号 / the course's id"), Page), responses((status = 200, body = List<BoardLine>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn board(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(course): Named<String>,
    page: Page,
) -> Answer<List<BoardLine>> {
    let (after, limit) = (holds(page.after())?, page.limit());
    let lines = app.store.board_lines(seat.scope(), &course, after, limit).await?;
    Ok(Json(List::of(lines.into_iter().map(BoardLine::from).collect(), limit, |last: &BoardLine| {
        last.trainee.clone()
    })))
}

/// Trainees at a tenth of a course.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tenth {
    /// 0 to 10: of the registered length, cut off.
    tenth: i64,
    trainees: i64,
}

/// A day on which somebody completed a course.
#[derive(Serialize, ToSchema)]
pub(crate) struct CompletionsOfDay {
    /// Beijing date.
    day: String,
    people: i64,
    /// Many more than on its days before (course-spike); told to whoever sees the whole course.
    is_spike: bool,
}

/// How far a course's people are.
#[derive(Serialize, ToSchema)]
pub(crate) struct CourseProgress {
    tenths: Vec<Tenth>,
    /// The last 366 days on which anybody completed it, in order.
    days: Vec<CompletionsOfDay>,
}

/// So many days are told.
const DAYS: i64 = 366;

/// 进度分布与每日完成人数 / how far a course's people are, and completions by day
#[utoipa::path(get, path = "/api/v1/courses/{course}/progress", params(("course" = String, Path, description = "课程编号 / the course's id")), responses((status = 200, body = CourseProgress), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn progress(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(course): Named<String>,
) -> Answer<CourseProgress> {
    let known = app.known().await?;
    let id = CourseId::from(holds(&course)?);
    if is_hidden(&known, seat.scope(), &id) || !known.registry.courses.contains_key(&id) {
        return Err(Fault::NotFound.into());
    }
    let duration_ms = known.catalogue.course(&id).map_or(0, keshi_record::Course::duration_ms);
    let tenths = app.store.progress_tenths(seat.scope(), &course, duration_ms.div_euclid(1000)).await?;
    let days = app.store.completion_days(seat.scope(), &course, DAYS).await?;
    Ok(Json(CourseProgress {
        tenths: tenths.into_iter().map(|(tenth, trainees)| Tenth { tenth, trainees }).collect(),
        days: days
            .into_iter()
            .map(|day| CompletionsOfDay { day: day.day, people: day.people, is_spike: day.is_spike })
            .collect(),
    }))
}
