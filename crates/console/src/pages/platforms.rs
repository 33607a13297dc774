//! Platforms: how much they send and how late, what could not be used and why, when they were last heard.

use std::collections::BTreeMap;

use axum::extract::{Extension, State};
use axum::response::Response;
use keshi_events::Millis;
use keshi_registry::Provider;
use keshi_store::{RejectedEvent, RejectionCount};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Viewed;
use crate::lang::{Lang, hours, seconds};
use crate::layout::{encode, more, nothing, page as frame};
use crate::pages::PAGE;
use crate::pages::rates::{bars, spark};
use crate::pulse::{Late, Rates, SAMPLE, lateness};
use crate::record::moment;
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct View {
    /// Whose charts and rejected events are on show.
    platform: Option<String>,
    #[serde(default)]
    after: i64,
}

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Viewed(view): Viewed<View>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let own = seat.scope().provider();
    let known = app.known().await?;
    let counts = app.store.rejection_counts(own).await?;
    let rates = Rates::load(&app.store, &app.log, seat.scope()).await?;
    let late = lateness(&app.store, &app.log, seat.scope()).await?;
    let platforms: Vec<_> = known
        .registry
        .providers
        .values()
        .filter(|p| own.is_none_or(|own| own == p.provider.as_str()))
        .collect();
    let mut last: BTreeMap<&str, Millis> = BTreeMap::new();
    for id in platforms.iter().map(|platform| platform.provider.as_str()).filter(|id| rates.messages(id) > 0)
    {
        match app.log.last_heard(id).await {
            Ok(at) => last.extend(at.map(|at| (id, at))),
            Err(error) => {
                tracing::warn!(%error, platform = id, "the log does not say when it was last heard")
            }
        }
    }
    let shown = own.or(view.platform.as_deref());
    let shown = shown.and_then(|id| platforms.iter().find(|platform| platform.provider.as_str() == id));
    // Samples may name trainees of any district: whoever is bound to one sees the sums alone.
    let may_see = seat.scope().district().is_none();
    let samples = match shown.filter(|_| may_see) {
        Some(platform) => app.store.rejected(Some(platform.provider.as_str()), view.after, PAGE).await?,
        None => Vec::new(),
    };
    let body = html! {
        h1 { (lang.of("平台", "Platforms")) }
        @if !rates.is_fresh() { p.notice.bad { (lang.of("日志服务器没有应答，下列为最近一次的数。", "The log's server does not answer: these are the last counts.")) } }
        @if platforms.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr {
                th { (lang.of("平台", "Platform")) } th.n { (lang.of("每分钟事件", "Events a minute")) } th { (lang.of("近一小时", "The last hour")) }
                th.n { (lang.of("迟到 p50 / p95", "Late by, p50 / p95")) } th { (lang.of("最近收到", "Last heard")) }
                th.n { (lang.of("日志中的消息", "Messages in the log")) } th { (lang.of("被拒（按代码）", "Rejected, by code")) } th {}
            } }
            tbody { @for platform in &platforms {
                @let id = platform.provider.as_str();
                tr {
                    td { (platform.name.as_deref().unwrap_or("—")) br; span.mono.soft { (id) } }
                    td.n { (per_minute(rates.recent(id))) }
                    td { (spark(&rates.hour(id), lang)) }
                    td.n { (how_late(late.get(id), lang)) }
                    td.when { @match last.get(id) { Some(at) => (moment(*at)), None => (lang.of("从未", "never")) } }
                    td.n { (rates.messages(id)) }
                    td { (rejected(&counts, id)) }
                    td.name { a href={ "/platforms?platform=" (encode(id)) "#one" } { @if may_see { (lang.of("图与样例", "Charts, samples")) } @else { (lang.of("图", "Charts")) } } }
                }
            } }
        } } }
        p.soft { (lang.of("每分钟事件：近五分钟进入日志的消息（含导入），每分钟计数一次。迟到：事件自报的时间（平台服务器时钟）到日志收到之间，含平台时钟的偏差与事后补传，取日志中最近", "Events a minute: messages that came into the log in the last five minutes, imports too, counted once a minute. Late: from the event's own time (the platform's server clock) to its receipt, with what that clock is off by and what is uploaded later; of the last"))
            " " (SAMPLE) " " (lang.of("条消息中可用的事件。", "messages of the log, those that can be used.")) }
        @if let Some(platform) = shown { (one(platform, &rates, &counts, &samples, may_see, lang)) }
        @if let Some(platform) = shown { (more(lang, samples.last().filter(|_| samples.len() as i64 == PAGE).map(|last| {
            format!("/platforms?platform={}&after={}#rejected", encode(platform.provider.as_str()), last.seq)
        }))) }
    };
    Ok(frame(&seat, lang.of("平台", "Platforms"), body))
}

/// One platform: the last hour and day as bars, and samples of what could not be used.
fn one(
    platform: &Provider,
    rates: &Rates,
    counts: &[RejectionCount],
    samples: &[RejectedEvent],
    may_see: bool,
    lang: Lang,
) -> Markup {
    let id = platform.provider.as_str();
    let last_rejected =
        counts.iter().filter(|count| count.platform.as_deref() == Some(id)).map(|count| count.last_at).max();
    html! {
        h2 #one { (platform.name.as_deref().unwrap_or(id)) " " span.soft.mono { (id) } }
        div.row {
            div.card { h3 { (lang.of("近一小时，每分钟的事件", "The last hour: events in each minute")) } (bars(&rates.hour(id), lang)) }
            div.card { h3 { (lang.of("近一天，每小时的事件", "The last day: events in each hour")) } (bars(&rates.day(id), lang)) }
        }
        @if may_see {
            h3 #rejected { (lang.of("被拒的事件", "Rejected events"))
                @if let Some(at) = last_rejected { " · " span.soft { (lang.of("最近一条", "the last one")) " " (moment(Millis(at))) } } }
            @if samples.is_empty() { p.nothing { (lang.of("没有被拒的事件。", "None was rejected.")) } } @else { (sampled(samples, lang)) }
        }
    }
}

fn sampled(samples: &[RejectedEvent], lang: Lang) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th.n { (lang.of("序号", "Sequence")) } th { (lang.of("收到", "Received")) } th { (lang.of("代码", "Code")) } th { (lang.of("怎样改正", "What to mend")) } th { (lang.of("位置", "Where")) } th { (lang.of("事件编号", "Event id")) } } }
            tbody { @for event in samples { tr {
                td.n { (event.seq) } td.when { (moment(Millis(event.received_at))) } td { (event.code) } td { (event.sentence) }
                td.id { (event.pointer.as_deref().unwrap_or("—")) } td.id { (event.event_id.as_deref().unwrap_or("—")) }
            } } }
        } }
    }
}

fn rejected(counts: &[RejectionCount], id: &str) -> Markup {
    let of_it: Vec<_> = counts.iter().filter(|count| count.platform.as_deref() == Some(id)).collect();
    html! { @for count in &of_it { span.tag.warn { (count.code) " × " (count.count) } " " } @if of_it.is_empty() { "0" } }
}

/// Hundredths a minute, to one decimal; whole above a hundred.
fn per_minute(hundredths: Option<i64>) -> String {
    match hundredths {
        None => "—".to_owned(),
        Some(0) => "0".to_owned(),
        Some(hundredths @ 1..10_000) => format!("{}.{}", hundredths / 100, hundredths / 10 % 10),
        Some(hundredths) => (hundredths / 100).to_string(),
    }
}

fn how_late(late: Option<&Late>, lang: Lang) -> String {
    late.map_or_else(
        || "—".to_owned(),
        |late| format!("{} / {}", short(late.p50_ms, lang), short(late.p95_ms, lang)),
    )
}

/// Seconds to the hundredth; from a minute on hours, minutes and seconds.
fn short(ms: i64, lang: Lang) -> String {
    let sign = if ms < 0 { "−" } else { "" };
    let ms = ms.saturating_abs();
    if ms >= 60_000 {
        return format!("{sign}{}", hours(ms));
    }
    let text = seconds(ms);
    let cut = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
    format!("{sign}{cut} {}", lang.of("秒", "s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        let told = [None, Some(0), Some(4), Some(250), Some(9_999), Some(123_456)].map(per_minute);
        assert_eq!(told, ["—", "0", "0.0", "2.5", "99.9", "1234"]);
        let told = [125, -1_500, 59_999, 403_777_000].map(|ms| short(ms, Lang::English));
        assert_eq!(told, ["0.12 s", "−1.50 s", "59.99 s", "112:09:37"]);
    }
}
