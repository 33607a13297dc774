//! Courses and their boards.

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use keshi_account::Scope;
use keshi_events::CourseId;
use keshi_record::class_hours;
use keshi_store::CompletionDay;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::{App, Known};
use crate::fault::Fault;
use crate::form::Viewed;
use crate::lang::{Lang, clock, percent};
use crate::layout::{encode, more, nothing, page as frame};
use crate::pages::{PAGE, yes_no};
use crate::seat::Seat;

/// Days of the chart of completions.
const DAYS: i64 = 60;

#[derive(Deserialize)]
pub(crate) struct List {
    provider: Option<String>,
    #[serde(default)]
    after: String,
}

pub(crate) async fn list(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Viewed(list): Viewed<List>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    // A provider asks for its own only; whoever reaches everything may narrow it to one provider.
    let narrowed = match (&list.provider, seat.scope()) {
        (Some(provider), Scope::All) => Scope::Provider(provider.clone()),
        _ => seat.scope().clone(),
    };
    let lines = app.store.course_lines(&narrowed, &list.after, PAGE).await?;
    let next = lines.last().filter(|_| lines.len() as i64 == PAGE).map(|last| {
        let provider =
            list.provider.as_deref().map(|p| format!("&provider={}", encode(p))).unwrap_or_default();
        format!("/courses?after={}{provider}", encode(&last.course))
    });
    let known = app.known().await?;
    let body = html! {
        h1 { (lang.of("课程", "Courses")) }
        @if lines.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("课程", "Course")) } th { (lang.of("名称", "Title")) } th { (lang.of("培训主体", "Provider")) } th.n { (lang.of("课时", "Hours")) }
                th.n { (lang.of("学员", "Trainees")) } th.n { (lang.of("学完", "Studied")) } th.n { (lang.of("完成", "Completed")) } th.n { "%" } } }
            tbody { @for line in &lines {
                @let course = known.catalogue.course(&CourseId::from(line.course.as_str()));
                tr {
                    td.id { a href={ "/courses/" (encode(&line.course)) } { (line.course) } }
                    td { (line.title.as_deref().unwrap_or("—")) } td { (line.provider.as_deref().unwrap_or("—")) }
                    td.n { @if let Some(course) = course { (class_hours(course.duration_ms().div_euclid(1000))) } }
                    td.n { (line.trainees) } td.n { (line.studied) } td.n { (line.completed) } td.n { (percent(line.completed, line.trainees)) }
                }
            } }
        } } }
        (more(lang, next))
    };
    Ok(frame(&seat, lang.of("课程", "Courses"), body))
}

/// Completions by day as bars; a spike is striped by its outline and named.
fn completions(days: &[CompletionDay], lang: Lang) -> Markup {
    let most = days.iter().map(|day| day.people).max().unwrap_or(1).max(1);
    let width = 18 * days.len() as i64 + 60;
    let label = lang.of("每日完成人数（最近有人完成的日子）", "Completions a day (the last days with any)");
    html! {
        h2 { (label) }
        div.scroll { svg viewBox={ "0 0 " (width) " 150" } width=(width) height="150" role="img" aria-label=(label) {
            @for (place, day) in days.iter().enumerate() {
                @let left = 18 * place as i64 + 4;
                @let height = (day.people * 100 / most).max(1);
                rect x=(left) y=(115 - height) width="14" height=(height) fill=(if day.is_spike { "#b3541e" } else { "#0b4f6c" })
                    stroke="#000" stroke-width=(if day.is_spike { "2" } else { "0" }) {
                    title { (day.day) " : " (day.people) @if day.is_spike { " · " (lang.of("激增 course-spike", "course-spike")) } }
                }
                @if day.is_spike { text x=(left + 7) y=(110 - height) text-anchor="middle" { "!" } }
            }
            @if let (Some(first), Some(last)) = (days.first(), days.last()) {
                text x="4" y="132" { (first.day) }
                @if days.len() > 10 { text x=(width - 58) y="132" text-anchor="end" { (last.day) } }
            }
        } }
        @if days.iter().any(|day| day.is_spike) {
            p.soft { "! " (lang.of("完成人数激增，见疑点列表（course-spike）", "many more than on its days before: see the flags (course-spike)")) }
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    after: String,
}

/// Another provider's course, to a provider.
pub(crate) fn is_hidden(known: &Known, scope: &Scope, course: &CourseId) -> bool {
    let provider = known.registry.courses.get(course).and_then(|course| course.provider.as_ref());
    scope.provider().is_some_and(|own| provider.is_none_or(|provider| provider.as_str() != own))
}

pub(crate) async fn board(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(course): Path<String>,
    Viewed(page): Viewed<After>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let known = app.known().await?;
    let id = CourseId::from(course.as_str());
    let registered = known.registry.courses.get(&id);
    if is_hidden(&known, seat.scope(), &id) {
        return Err(Fault::NotFound);
    }
    let lines = app.store.board_lines(seat.scope(), &course, &page.after, PAGE).await?;
    if registered.is_none() && lines.is_empty() && page.after.is_empty() {
        return Err(Fault::NotFound);
    }
    let duration_ms = known.catalogue.course(&id).map_or(0, keshi_record::Course::duration_ms);
    let tenths = app.store.progress_tenths(seat.scope(), &course, duration_ms.div_euclid(1000)).await?;
    let most = tenths.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let days = app.store.completion_days(seat.scope(), &course, DAYS).await?;
    let ids: Vec<String> = lines.iter().map(|line| line.trainee.clone()).collect();
    let people = app.store.masked(&ids).await?;
    let next = lines
        .last()
        .filter(|_| lines.len() as i64 == PAGE)
        .map(|last| format!("/courses/{}?after={}", encode(&course), encode(&last.trainee)));
    let title = registered.and_then(|course| course.title.as_deref()).unwrap_or(course.as_str());
    let body = html! {
        h1 { (title) " " span.soft.mono { (course) } }
        p { (lang.of("课程总长", "Length")) " " (clock(duration_ms)) " · " (class_hours(duration_ms.div_euclid(1000))) " " (lang.of("课时", "class hours")) }
        @if !tenths.is_empty() {
            h2 { (lang.of("进度分布", "How far they are")) }
            svg viewBox="0 0 560 150" width="560" height="150" role="img" aria-label=(lang.of("进度分布", "How far they are")) {
                @for (tenth, count) in &tenths {
                    @let height = count * 100 / most;
                    rect x=(tenth * 50 + 4) y=(115 - height) width="42" height=(height.max(1)) fill="#0b4f6c" { title { (tenth * 10) "% : " (count) } }
                    text x=(tenth * 50 + 25) y=(110 - height) text-anchor="middle" { (count) }
                    text x=(tenth * 50 + 25) y="132" text-anchor="middle" { (tenth * 10) "%" }
                }
            }
        }
        @if !days.is_empty() { (completions(&days, lang)) }
        @if lines.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("学员", "Trainee")) } th { (lang.of("姓名", "Name")) } th.n { (lang.of("核定", "Verified")) } th.n { "%" } th.n { (lang.of("课时", "Hours")) } th { (lang.of("学完", "Studied")) } th { (lang.of("考核", "Assessed")) } } }
            tbody { @for line in &lines { tr {
                td.id { a href={ "/trainees/" (encode(&line.trainee)) } { (line.trainee) } }
                td { (people.get(&line.trainee).and_then(|person| person.name.as_deref()).unwrap_or("—")) }
                td.n { (clock(line.verified_seconds * 1000)) } td.n { (percent(line.verified_seconds * 1000, duration_ms)) } td.n { (line.class_hours) }
                td { (yes_no(Some(line.studied), lang)) } td { (yes_no(line.assessed, lang)) }
            } } }
        } } }
        (more(lang, next))
    };
    Ok(frame(&seat, title, body))
}
