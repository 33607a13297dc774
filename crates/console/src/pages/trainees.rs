//! Trainees with a record, in pages.

use axum::extract::{Extension, State};
use axum::response::Response;
use keshi_store::TraineeLine;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Viewed;
use crate::lang::Lang;
use crate::layout::{encode, more, nothing, page as frame};
use crate::pages::PAGE;
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct List {
    course: Option<String>,
    district: Option<String>,
    #[serde(default)]
    after: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Viewed(list): Viewed<List>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let (course, district) = (list.course.as_deref(), list.district.as_deref());
    let lines = app.store.trainee_lines(seat.scope(), course, district, &list.after, PAGE).await?;
    let next = lines.last().filter(|_| lines.len() as i64 == PAGE).map(|last| {
        let filter = |name, value: Option<&str>| {
            value.map(|value| format!("&{name}={}", encode(value))).unwrap_or_default()
        };
        format!(
            "/trainees?after={}{}{}",
            encode(&last.trainee),
            filter("course", course),
            filter("district", district)
        )
    });
    let people = table(&app, &lines, lang).await?;
    let body = html! {
        h1 { (lang.of("学员", "Trainees"))
            @if let Some(district) = district { " · " (district) } @if let Some(course) = course { " · " (course) } }
        @if lines.is_empty() { (nothing(lang)) } @else { (people) }
        (more(lang, next))
    };
    Ok(frame(&seat, lang.of("学员", "Trainees"), body))
}

/// Trainees with who they are, masked.
pub(crate) async fn table(app: &App, lines: &[TraineeLine], lang: Lang) -> Result<Markup, Fault> {
    let ids: Vec<String> = lines.iter().map(|line| line.trainee.clone()).collect();
    let people = app.store.masked(&ids).await?;
    Ok(html! {
        div.scroll { table {
            thead { tr {
                th { (lang.of("学员编号", "Trainee")) } th { (lang.of("姓名", "Name")) } th { (lang.of("身份证号", "Identity card")) }
                th { (lang.of("户籍区县", "District")) } th.n { (lang.of("课程", "Courses")) }
                th.n { (lang.of("核定课时", "Class hours")) } th.n { (lang.of("完成", "Completed")) }
            } }
            tbody { @for line in lines {
                @let person = people.get(&line.trainee);
                tr {
                    td.id { a href={ "/trainees/" (encode(&line.trainee)) } { (line.trainee) } }
                    td { (person.and_then(|person| person.name.as_deref()).unwrap_or("—")) }
                    td.id { (person.and_then(|person| person.id_number.as_deref()).unwrap_or("—")) }
                    td { (app.place(line.district.as_deref().unwrap_or_default(), lang)) }
                    td.n { (line.courses) } td.n { (line.class_hours) } td.n { (line.completed) }
                }
            } }
        } }
    })
}
