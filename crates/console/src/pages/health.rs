//! How the service does.

use axum::extract::{Extension, State};
use axum::response::Response;
use keshi_account::Scope;
use maud::html;

use crate::app::App;
use crate::fault::Fault;
use crate::layout::page as frame;
use crate::pages::state;
use crate::seat::Seat;

pub(crate) async fn page(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let vitals = app.store.vitals().await?;
    let log =
        app.log.identity().await.map_err(|error| tracing::warn!(%error, "the log does not answer")).ok();
    let lag = log.as_ref().map(|log| (log.last_seq as i64 - vitals.projected_most).max(0));
    let claims = app.store.claim_totals_within(&Scope::All).await?;
    let flags = app.store.flag_counts().await?;
    let rows: Vec<(&str, String)> = vec![
        (
            lang.of("日志最后序号", "The log's last sequence"),
            log.as_ref().map_or_else(|| "—".into(), |log| log.last_seq.to_string()),
        ),
        (
            lang.of("日志分区", "Partitions"),
            log.as_ref().map_or_else(|| "—".into(), |log| log.partitions.to_string()),
        ),
        (lang.of("已处理到", "Projected to"), vitals.projected_most.to_string()),
        (lang.of("待处理消息", "Messages that wait"), lag.map_or_else(|| "—".into(), |lag| lag.to_string())),
        (
            lang.of("登记簿号 / 已折入", "Register number / folded"),
            format!("{} / {}", vitals.register_number, vitals.folded_register),
        ),
        (
            lang.of("待发布的事实", "Facts that wait"),
            format!("{} ({} s)", vitals.facts_waiting, vitals.oldest_fact_seconds),
        ),
        (lang.of("已采用事件（约）", "Accepted events, about"), vitals.events_about.to_string()),
        (lang.of("被拒事件", "Rejected events"), vitals.rejected.to_string()),
        (lang.of("有记录的学员", "Trainees with a record"), vitals.trainees.to_string()),
        (lang.of("完成的课程", "Completed courses"), vitals.completions.to_string()),
        (
            lang.of("数据库大小（MiB）", "Size of the database (MiB)"),
            (vitals.database_bytes / 1_048_576).to_string(),
        ),
    ];
    let body = html! {
        h1 { (lang.of("运行状况", "Health")) }
        @if log.is_none() { p.notice.bad { (lang.of("日志服务器没有应答。", "The log's server does not answer.")) } }
        table { tbody {
            @for (name, value) in &rows { tr { th scope="row" { (name) } td.n { (value) } } }
            @for (level, count) in &flags { tr { th scope="row" { (lang.of("标记", "Flags")) " · " (level) } td.n { (count) } } }
            @for total in &claims { tr { th scope="row" { (state(&total.state, lang)) } td.n { (total.claims) } } }
        } }
        p { a href="/healthz" { "/healthz" } " · " a href="/readyz" { "/readyz" } " · " a href="/metrics" { "/metrics" } " · " a href="/api/openapi.json" { "/api/openapi.json" } }
    };
    Ok(frame(&seat, lang.of("运行状况", "Health"), body))
}
