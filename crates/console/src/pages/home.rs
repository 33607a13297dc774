//! The first page: what there is, and the way to a person.

use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect, Response};
use keshi_account::Role;
use maud::html;

use crate::app::App;
use crate::fault::Fault;
use crate::layout::page as frame;
use crate::pages::{level, search, state};
use crate::seat::Seat;

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
) -> Result<Response, Fault> {
    if seat.actor.role() == Role::Admin {
        return Ok(Redirect::to("/accounts").into_response());
    }
    let lang = seat.lang();
    let courses = app.store.course_lines(seat.scope(), "", 1000).await?;
    let totals = app.store.claim_totals_within(seat.scope()).await?;
    let cases = app.store.case_counts(seat.scope()).await?;
    let (mut trainees, mut completed) = (0, 0);
    for course in &courses {
        trainees += course.trainees;
        completed += course.completed;
    }
    let body = html! {
        h1 { (lang.of("学习记录与补贴", "Study records and claims")) }
        div.card { (search::form(lang, "", "")) }
        dl.figures {
            div { dt { (lang.of("课程", "Courses")) } dd { a href="/courses" { (courses.len()) } } }
            div { dt { (lang.of("学习人次", "Studies")) } dd { (trainees) } }
            div { dt { (lang.of("完成", "Completed")) } dd { (completed) } }
            @for count in cases.iter().filter(|count| count.state == "open" && count.level != "info") {
                div { dt { (lang.of("待处理标记", "Open flags")) " " (level(&count.level, lang)) } dd { a href={ "/flags?level=" (count.level) } { (count.cases) } } }
            }
            @for total in &totals {
                div { dt { (lang.of("补贴申请", "Claims")) " " (state(&total.state, lang)) } dd { a href={ "/claims?state=" (total.state) } { (total.claims) } " " small { (total.amount_yuan) " " (lang.of("元", "yuan")) } } }
            }
        }
    };
    Ok(frame(&seat, lang.of("首页", "First page"), body))
}
