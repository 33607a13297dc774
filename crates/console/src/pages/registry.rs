//! The registry as it stands, kind by kind.

use axum::extract::{Extension, State};
use axum::response::Response;
use keshi_account::Role;
use keshi_registry::Kind;
use maud::html;
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Viewed;
use crate::layout::{encode, more, nothing, page as frame};
use crate::pages::PAGE;
use crate::pages::registered::table;
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct View {
    kind: Option<String>,
    #[serde(default)]
    after: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Viewed(view): Viewed<View>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let kind = view.kind.as_deref().and_then(Kind::parse).unwrap_or(Kind::Course);
    // A course lists its videos: fewer of them make a page.
    let most = if kind == Kind::Course { PAGE / 4 } else { PAGE };
    let lines = app.store.registry_lines(seat.scope(), kind.as_str(), &view.after, most).await?;
    let ids: Vec<String> =
        lines.iter().filter_map(|line| line.body["trainee"].as_str()).map(str::to_owned).collect();
    let people = app.store.masked(&ids).await?;
    let next = lines
        .last()
        .filter(|_| lines.len() as i64 == most)
        .map(|last| format!("/registry?kind={}&after={}", kind.as_str(), encode(&last.key)));
    let body = html! {
        h1 { (lang.of("登记表", "Registry")) }
        p.line {
            a.button href="/registry/listings" { (lang.of("目录有效期", "Listing periods")) }
            @if seat.actor.role() == Role::City { a.button href="/registry/import" { (lang.of("导入文件", "Import files")) } }
        }
        ul.days { @for one in Kind::ALL {
            li { a href={ "/registry?kind=" (one.as_str()) } aria-current=[(one == kind).then_some("page")] { (lang.of(chinese(one), one.as_str())) } }
        } }
        @if lines.is_empty() { (nothing(lang)) } @else { (table(kind, &lines, &people, lang)) }
        (more(lang, next))
    };
    Ok(frame(&seat, lang.of("登记表", "Registry"), body))
}

pub(crate) fn chinese(kind: Kind) -> &'static str {
    match kind {
        Kind::Provider => "培训主体",
        Kind::Specialty => "专业工种",
        Kind::Course => "课程",
        Kind::Trainee => "学员",
        Kind::Enrolment => "报名",
        Kind::Authority => "评估部门",
        Kind::TeachingPlan => "教学计划",
        Kind::Agreement => "委托协议",
        Kind::Contract => "劳动合同",
        Kind::Insurance => "社会保险",
        Kind::Evaluation => "综合评价",
        Kind::Practical => "线下实训",
        Kind::Certificate => "证书",
        Kind::Benefit => "其他补贴",
        Kind::Approval => "补传批准",
    }
}
