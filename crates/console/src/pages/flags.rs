//! Attendance flags, in pages.

use axum::extract::{Extension, Query, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::layout::{encode, more, nothing, page as frame};
use crate::pages::{PAGE, flag_name, level};
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct View {
    level: Option<String>,
    #[serde(default)]
    trainee: String,
    #[serde(default)]
    flag: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Query(view): Query<View>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let wanted = view.level.as_deref().filter(|level| !level.is_empty());
    let after = (view.trainee.as_str(), view.flag.as_str());
    let lines = app.store.flag_lines(seat.scope(), wanted, None, after, PAGE).await?;
    let ids: Vec<String> = lines.iter().map(|line| line.trainee.clone()).collect();
    let people = app.store.masked(&ids).await?;
    let next = lines.last().filter(|_| lines.len() as i64 == PAGE).map(|last| {
        let level = wanted.map(|level| format!("&level={}", encode(level))).unwrap_or_default();
        format!("/flags?trainee={}&flag={}{level}", encode(&last.trainee), encode(&last.flag))
    });
    let body = html! {
        h1 { (lang.of("标记", "Flags")) }
        ul.days {
            @for (value, chinese, english) in [("", "全部", "all"), ("hold", "暂缓", "hold"), ("review", "待查", "review"), ("info", "提示", "info")] {
                li { a href={ "/flags?level=" (value) } aria-current=[(wanted.unwrap_or_default() == value).then_some("page")] { (lang.of(chinese, english)) } }
            }
        }
        @if lines.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("学员", "Trainee")) } th { (lang.of("姓名", "Name")) } th { (lang.of("标记", "Flag")) } th { (lang.of("级别", "Level")) } } }
            tbody { @for line in &lines { tr {
                td.id { a href={ "/trainees/" (encode(&line.trainee)) "#flags" } { (line.trainee) } }
                td { (people.get(&line.trainee).and_then(|person| person.name.as_deref()).unwrap_or("—")) }
                td { (flag_name(&line.flag, lang)) " " span.mono.soft { (line.flag) } } td { (level(&line.level, lang)) }
            } } }
        } } }
        (more(lang, next))
    };
    Ok(frame(&seat, lang.of("标记", "Flags"), body))
}
