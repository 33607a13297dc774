//! How the service does.

use axum::extract::{Extension, State};
use axum::response::Response;
use keshi_account::Scope;
use keshi_events::Millis;
use maud::html;

use crate::app::App;
use crate::fault::Fault;
use crate::layout::page as frame;
use crate::pages::{case_state, level, state};
use crate::probe::Lag;
use crate::record::moment;
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
    let flags = app.store.case_counts(&Scope::All).await?;
    let time = app.store.batch_time().await?;
    let count: u64 = time.batches.iter().sum();
    let batches = format!("{count} / {}", time.micros.checked_div(count * 1000).unwrap_or(0));
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
        (lang.of("批次 / 每批平均（毫秒）", "Batches / on average (ms)"), batches),
        (lang.of("有记录的学员", "Trainees with a record"), vitals.trainees.to_string()),
        (lang.of("完成的课程", "Completed courses"), vitals.completions.to_string()),
        (
            lang.of("数据库大小（MiB）", "Size of the database (MiB)"),
            (vitals.database_bytes / 1_048_576).to_string(),
        ),
    ];
    let (signed, verification) = (app.store.last_signed().await?, app.store.verification().await?);
    let at = |ms: Option<i64>| ms.map_or_else(|| "—".to_owned(), |ms| moment(Millis(ms)));
    let lag_found = Lag::of(&app).await.ok();
    let body = html! {
        h1 { (lang.of("运行状况", "Health")) }
        @if log.is_none() { p.notice.bad { (lang.of("日志服务器没有应答。", "The log's server does not answer.")) } }
        table { tbody {
            @for (name, value) in &rows { tr { th scope="row" { (name) } td.n { (value) } } }
            @if let Some(found) = &lag_found { tr { th scope="row" { (lang.of("最长等待（秒）", "Longest wait (s)")) } td.n { (found.seconds) } } }
            @for row in &flags { tr { th scope="row" { (lang.of("标记", "Flags")) " " (level(&row.level, lang)) " " (case_state(&row.state, lang)) } td.n { (row.cases) } } }
            @for total in &claims { tr { th scope="row" { (lang.of("补贴申请", "Claims")) " " (state(&total.state, lang)) } td.n { (total.claims) } } }
        } }
        h2 #checkpoints { (lang.of("检查点", "Checkpoints")) }
        @match &signed {
            None => p.nothing { (lang.of("尚未签署检查点：程序在签署密钥存在时每隔一段时间签署。", "No checkpoint was signed yet: the notary signs from time to time, where there is a key.")) },
            Some((number, signed)) => {
                @let statement = serde_json::from_str::<serde_json::Value>(&signed.statement).unwrap_or_default();
                table { tbody {
                    tr { th scope="row" { (lang.of("最近一个", "The last one")) } td.n { "#" (number) " · " (at(statement["at_ms"].as_i64())) } }
                    tr { th scope="row" { (lang.of("覆盖学员", "Trainees under it")) } td.n { (statement["trainees"].as_u64().unwrap_or_default()) } }
                    tr { th scope="row" { (lang.of("签署公钥（Ed25519）", "By this public key (Ed25519)")) } td.id { (signed.key) } }
                } }
            },
        }
        h2 #verification { (lang.of("持续核验", "Continuous verification")) }
        table { tbody {
            tr { th scope="row" { (lang.of("已核验学员 / 事件", "Trainees / entries verified")) } td.n { (verification.trainees) " / " (verification.entries) } }
            tr { th scope="row" { (lang.of("发现的不符", "Differences found")) } td.n { @if verification.differences > 0 { span.tag.bad { (verification.differences) } } @else { "0" } } }
            tr { th scope="row" { (lang.of("最近一次", "Last")) } td.n { (at(verification.verified_at_ms)) } }
            @if let Some(last) = &verification.last_difference { tr { th scope="row" { (lang.of("最近的不符", "The last difference")) } td { (last) } } }
        } }
        p { a href="/healthz" { "/healthz" } " · " a href="/readyz" { "/readyz" } " · " a href="/metrics" { "/metrics" } " · " a href="/api/openapi.json" { "/api/openapi.json" } }
    };
    Ok(frame(&seat, lang.of("运行状况", "Health"), body))
}
