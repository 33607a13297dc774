//! The registry as it stands, kind by kind.

use axum::extract::{Extension, Query, State};
use axum::response::Response;
use keshi_account::Role;
use keshi_registry::Kind;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use crate::app::App;
use crate::fault::Fault;
use crate::layout::{encode, more, nothing, page as frame};
use crate::pages::PAGE;
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
    Query(view): Query<View>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let kind = view.kind.as_deref().and_then(Kind::parse).unwrap_or(Kind::Course);
    let lines = app.store.registry_lines(seat.scope(), kind.as_str(), &view.after, PAGE).await?;
    let next = lines
        .last()
        .filter(|_| lines.len() as i64 == PAGE)
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
        @if lines.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("编号", "Key")) } th { (lang.of("内容", "What holds")) } th.n { (lang.of("登记簿号", "Register number")) } } }
            tbody { @for line in &lines { tr {
                td.id { (line.key) } td { @if let Some(members) = line.body.as_object() {
                    @for (name, value) in members { (member(name, value)) }
                } } td.n { (line.number) }
            } } }
        } } }
        (more(lang, next))
    };
    Ok(frame(&seat, lang.of("登记表", "Registry"), body))
}

/// A member in one line; a long list behind its length.
fn member(name: &str, value: &Value) -> Markup {
    html! {
        div {
            span.soft { (name) } " "
            @match value {
                Value::String(text) => (text),
                Value::Array(items) if items.len() > 3 => details { summary { (items.len()) } span.mono { (value) } },
                other => span.mono { (other) },
            }
        }
    }
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
