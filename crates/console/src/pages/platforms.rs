//! Platforms: what they sent, what could not be used and why, when they were last heard.

use std::collections::BTreeMap;

use axum::extract::{Extension, Query, State};
use axum::response::Response;
use keshi_events::Millis;
use maud::html;
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::layout::{encode, more, nothing, page as frame};
use crate::pages::PAGE;
use crate::record::moment;
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct View {
    /// Whose rejected events are on show.
    platform: Option<String>,
    #[serde(default)]
    after: i64,
}

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Query(view): Query<View>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let own = seat.scope().provider();
    let known = app.known().await?;
    let counts = app.store.rejection_counts(own).await?;
    let heard = app.log.heard().await.map_err(|error| tracing::warn!(%error, "the log does not answer")).ok();
    let platforms: Vec<_> = known
        .registry
        .providers
        .values()
        .filter(|p| own.is_none_or(|own| own == p.provider.as_str()))
        .collect();
    let mut last: BTreeMap<&str, Millis> = BTreeMap::new();
    for platform in &platforms {
        let id = platform.provider.as_str();
        if heard.as_ref().is_some_and(|heard| heard.contains_key(id)) {
            match app.log.last_heard(id).await {
                Ok(at) => last.extend(at.map(|at| (id, at))),
                Err(error) => {
                    tracing::warn!(%error, platform = id, "the log does not say when it was last heard")
                }
            }
        }
    }
    let shown = own.or(view.platform.as_deref());
    // Samples may name trainees of any district: whoever is bound to one sees the sums alone.
    let samples = match (shown, seat.scope().district()) {
        (Some(platform), None) => app.store.rejected(Some(platform), view.after, PAGE).await?,
        _ => Vec::new(),
    };
    let next = samples
        .last()
        .filter(|_| samples.len() as i64 == PAGE)
        .map(|last| format!("/platforms?platform={}&after={}", encode(shown.unwrap_or_default()), last.seq));
    let body = html! {
        h1 { (lang.of("平台", "Platforms")) }
        @if heard.is_none() { p.notice.bad { (lang.of("日志服务器没有应答。", "The log's server does not answer.")) } }
        @if platforms.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("平台", "Platform")) } th { (lang.of("名称", "Name")) } th.n { (lang.of("日志中的消息", "Messages in the log")) } th { (lang.of("最近收到", "Last heard")) } th { (lang.of("被拒（按代码）", "Rejected, by code")) } th { (lang.of("最近被拒", "Last rejected")) } th {} } }
            tbody { @for platform in &platforms {
                @let id = platform.provider.as_str();
                @let rejected: Vec<_> = counts.iter().filter(|count| count.platform.as_deref() == Some(id)).collect();
                tr {
                    td.id { (id) } td { (platform.name.as_deref().unwrap_or("—")) }
                    td.n { (heard.as_ref().and_then(|heard| heard.get(id)).copied().unwrap_or(0)) }
                    td.when { @match last.get(id) { Some(at) => (moment(*at)), None => "—" } }
                    td { @for count in &rejected { span.tag.warn { (count.code) " × " (count.count) } " " } @if rejected.is_empty() { "0" } }
                    td { @if let Some(last) = rejected.iter().map(|count| count.last_at).max() { (moment(Millis(last))) } @else { "—" } }
                    td { @if seat.scope().district().is_none() { a href={ "/platforms?platform=" (encode(id)) "#rejected" } { (lang.of("看样例", "Samples")) } } }
                }
            } }
        } } }
        @if !samples.is_empty() {
            h2 #rejected { (lang.of("被拒的事件", "Rejected events")) " · " (shown.unwrap_or_default()) }
            div.scroll { table {
                thead { tr { th.n { "seq" } th { (lang.of("收到", "Received")) } th { (lang.of("代码", "Code")) } th { (lang.of("怎样改正", "What to mend")) } th { (lang.of("位置", "Where")) } th { (lang.of("事件编号", "Event id")) } } }
                tbody { @for event in &samples { tr {
                    td.n { (event.seq) } td.when { (moment(Millis(event.received_at))) } td { (event.code) } td { (event.sentence) }
                    td.id { (event.pointer.as_deref().unwrap_or("—")) } td.id { (event.event_id.as_deref().unwrap_or("—")) }
                } } }
            } }
            (more(lang, next))
        }
    };
    Ok(frame(&seat, lang.of("平台", "Platforms"), body))
}
