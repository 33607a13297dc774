//! The audit log: who looked at whom.

use axum::extract::{Extension, State};
use axum::response::Response;
use keshi_events::Millis;
use maud::html;
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Viewed;
use crate::layout::{encode, more, nothing, page as frame};
use crate::pages::PAGE;
use crate::record::moment;
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct View {
    before: Option<i64>,
    #[serde(default)]
    who: String,
    #[serde(default)]
    subject: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Viewed(view): Viewed<View>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (who, subject) = (given(&view.who), given(&view.subject));
    let lines = app.store.audited(view.before, who.as_deref(), subject.as_deref(), PAGE).await?;
    let next = lines.last().filter(|_| lines.len() as i64 == PAGE).map(|last| {
        format!("/audit?before={}&who={}&subject={}", last.number, encode(&view.who), encode(&view.subject))
    });
    let body = html! {
        h1 { (lang.of("审计日志", "Audit log")) }
        form.line.card method="get" action="/audit" {
            div { label for="who" { (lang.of("谁", "Who")) } input #who name="who" value=(view.who); }
            div { label for="subject" { (lang.of("对象", "About")) } input #subject name="subject" value=(view.subject); }
            button { (lang.of("筛选", "Filter")) }
        }
        @if lines.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th.n { "#" } th { (lang.of("时间", "When")) } th { (lang.of("谁", "Who")) } th { (lang.of("角色", "Role")) } th { (lang.of("做了什么", "What")) } th { (lang.of("对象", "About")) } th { (lang.of("事由", "Why")) } th { "IP" } } }
            tbody { @for line in &lines { tr {
                td.n { (line.number) } td.when { (moment(Millis(line.at.timestamp_millis()))) } td { (line.who) } td { (line.role.as_deref().unwrap_or("—")) }
                td.id { (line.action) } td.id { (line.subject.as_deref().unwrap_or("—")) } td { (line.why.as_deref().unwrap_or("—")) } td.id { (line.address.as_deref().unwrap_or("—")) }
            } } }
        } } }
        (more(lang, next))
    };
    Ok(frame(&seat, lang.of("审计日志", "Audit log"), body))
}
