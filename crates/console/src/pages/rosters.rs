//! Rosters (花名册): batches of claims, made, shown and downloaded; and the public list (公示名单).

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use keshi_account::Role;
use keshi_policy::Scheme;
use keshi_settlement::{Reader, Roster, RosterOrder, make_roster, masked_lines, whole_lines};
use keshi_store::{RosterRow, may_reveal};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::fault::Fault;
use crate::form::{Checked, Viewed};
use crate::lang::Lang;
use crate::layout::{csrf, more, nothing, page as frame};
use crate::pages::{PAGE, scheme_name};
use crate::seat::Seat;

#[derive(Deserialize)]
pub(crate) struct List {
    after: Option<Uuid>,
}

pub(crate) async fn list(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Viewed(list): Viewed<List>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let batches = app.store.rosters_within(seat.scope(), None, list.after, PAGE).await?;
    let next = batches
        .last()
        .filter(|_| batches.len() as i64 == PAGE)
        .map(|last| format!("/rosters?after={}", last.roster));
    let body = html! {
        h1 { (lang.of("花名册", "Rosters")) }
        @if batches.is_empty() { (nothing(lang)) } @else { div.scroll { table {
            thead { tr { th { (lang.of("项目", "Scheme")) } th { (lang.of("培训主体", "Provider")) } th { (lang.of("付款区县", "Payer")) } th { (lang.of("完成日期", "Completed")) } th.n { (lang.of("人数", "People")) } th.n { (lang.of("金额（元）", "Yuan")) } th { (lang.of("编制", "Made by")) } th {} } }
            tbody { @for batch in &batches { tr {
                td { (scheme_name(&batch.scheme, lang)) } td { (batch.provider) } td { (app.place(&batch.district, lang)) }
                td.n { (batch.from_day) " – " (batch.to_day) } td.n { (batch.claims) } td.n { (batch.amount_yuan) } td { (batch.who) }
                td.name { a href={ "/rosters/" (batch.roster) } { (lang.of("查看与下载", "Open")) } }
            } } }
        } } }
        (more(lang, next))
        @if !matches!(seat.actor.role(), Role::Auditor) { (make_form(&seat, lang)) }
    };
    Ok(frame(&seat, lang.of("花名册", "Rosters"), body))
}

fn make_form(seat: &Seat, lang: Lang) -> Markup {
    let scope = seat.scope();
    html! {
        h2 #make { (lang.of("编制一批", "Make a batch")) }
        p.soft { (lang.of("编入此项目、主体、区县与期间内审核通过及以后各环节、尚未编入其他批次的申请；每份申请只编入一次。", "It takes the claims of this scheme, provider, district and period that are reviewed or further and stand in no batch yet; each claim stands in one batch.")) }
        form.line.card method="post" action="/rosters" {
            (csrf(seat))
            div { label for="scheme" { (lang.of("项目", "Scheme")) } select #scheme name="scheme" { @for scheme in Scheme::ALL { option value=(scheme.as_str()) { (lang.of(scheme.chinese(), scheme.as_str())) } } } }
            div { label for="provider" { (lang.of("培训主体编号", "Provider's id")) } input #provider name="provider" required size="10" value=[scope.provider()] readonly[scope.provider().is_some()]; }
            div { label for="district" { (lang.of("付款区县", "Payer district")) } input #district name="district" required size="10" value=[scope.district()] readonly[scope.district().is_some()]; }
            div { label for="from" { (lang.of("完成日期自", "Completed from")) } input #from name="from" type="date" required; }
            div { label for="to" { (lang.of("至", "to")) } input #to name="to" type="date" required; }
            button { (lang.of("编制", "Make")) }
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Make {
    scheme: String,
    provider: String,
    district: String,
    from: String,
    to: String,
}

pub(crate) async fn make(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Checked(form): Checked<Make>,
) -> Result<Response, Fault> {
    let scheme =
        Scheme::parse(&form.scheme).ok_or_else(|| Fault::Bad("没有该项目 / no such scheme".into()))?;
    let day = |text: &str| {
        text.parse::<NaiveDate>()
            .map_err(|_| Fault::Bad("日期无效，例如 2020-04-30 / no date such as 2020-04-30".into()))
    };
    let (from, to) = (day(&form.from)?, day(&form.to)?);
    let (provider, district) = (form.provider.trim().to_owned(), form.district.trim().to_owned());
    let roster = Uuid::now_v7();
    make_roster(&app.store, &seat.actor, roster, RosterOrder { scheme, provider, district, from, to })
        .await?;
    app.store.audit(seat.audited("roster.make", Some(&roster.to_string()))).await?;
    Ok(Redirect::to(&format!("/rosters/{roster}")).into_response())
}

pub(crate) async fn one(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(roster): Path<String>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let (batch, written) = masked(&app, &seat, &roster, "roster.view", Reader::Masked).await?;
    let path = format!("/rosters/{}", batch.roster);
    let body = html! {
        h1 { (lang.of("花名册", "Roster")) " " button.plain.no-print type="button" data-print hidden { (lang.of("打印", "Print")) } }
        div.row.no-print {
            div.card {
                h3 { (lang.of("下载（证件号已遮盖）", "Download, numbers masked")) }
                p { a.button href={ (path) "/download?format=xlsx" } download { "XLSX" } " " a.button href={ (path) "/download?format=csv" } download { "CSV" } }
            }
            div.card {
                h3 { (lang.of("公示名单", "Public list")) }
                p { a.button href={ (path) "/public" } { (lang.of("查看", "Open")) } " " a.button href={ (path) "/download?format=xlsx&list=public" } download { "XLSX" } " " a.button href={ (path) "/download?format=csv&list=public" } download { "CSV" } }
            }
            @if may_reveal(seat.actor.role()) { div.card {
                h3 { (lang.of("下载完整花名册", "Download with whole numbers")) }
                form.line method="post" action={ (path) "/whole" } {
                    (csrf(&seat))
                    div { label for="why" { (lang.of("事由（必填，逐人记入审计日志）", "Reason (required; noted for each person)")) } input #why name="why" required size="16"; }
                    button name="format" value="xlsx" { "XLSX" } button name="format" value="csv" { "CSV" }
                }
            } }
        }
        (sheet(&written))
    };
    Ok(frame(&seat, lang.of("花名册", "Roster"), body))
}

/// The public list: names and numbers masked, no telephone, no account. It is Chinese in either language: it is a document.
pub(crate) async fn public(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(roster): Path<String>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let (_, written) = masked(&app, &seat, &roster, "roster.public", Reader::Public).await?;
    let body = html! {
        h1.no-print { (lang.of("公示名单", "Public list")) " " button.plain type="button" data-print hidden { (lang.of("打印", "Print")) } }
        (sheet(&written))
    };
    Ok(frame(&seat, lang.of("公示名单", "Public list"), body))
}

/// A roster as a page: the same cells as in its files, empty columns left out.
fn sheet(roster: &Roster) -> Markup {
    let filled: Vec<usize> = (0..keshi_settlement::COLUMNS.len())
        .filter(|column| {
            roster.rows().iter().any(|row| row.get(*column).is_some_and(|cell| !cell.is_empty()))
        })
        .collect();
    html! {
        h2.sheet { (roster.title()) }
        div.scroll { table.sheet {
            thead { tr { @for column in &filled { th { (keshi_settlement::COLUMNS.get(*column).map_or("", |(name, _)| name)) } } } }
            tbody { @for row in roster.rows() { tr { @for column in &filled { td { (row.get(*column).map_or("", String::as_str)) } } } } }
            tfoot { tr { td colspan=(filled.len().max(1)) { (roster.total_text()) } } }
        } }
    }
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    format: String,
    #[serde(default)]
    list: String,
}

pub(crate) async fn download(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(roster): Path<String>,
    Viewed(wanted): Viewed<Wanted>,
) -> Result<Response, Fault> {
    let reader = if wanted.list == "public" { Reader::Public } else { Reader::Masked };
    let (batch, written) = masked(&app, &seat, &roster, "roster.download", reader).await?;
    file(&written, &batch, &wanted.format)
}

#[derive(Deserialize)]
pub(crate) struct Whole {
    #[serde(default)]
    format: String,
    #[serde(default)]
    why: String,
}

pub(crate) async fn whole(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(roster): Path<String>,
    Checked(form): Checked<Whole>,
) -> Result<Response, Fault> {
    let batch = batch(&app, &seat, &roster).await?;
    look(&app, &seat, "roster.whole", &batch).await?;
    let address = Some(seat.visitor.address.as_str());
    let lines = whole_lines(&app.store, &batch, &seat.actor, &form.why, address).await?;
    file(&Roster::of(&batch, &lines, Reader::Official)?, &batch, &form.format)
}

/// A roster as somebody without a reason sees it, with the look at it noted.
async fn masked(
    app: &App,
    seat: &Seat,
    roster: &str,
    action: &str,
    reader: Reader,
) -> Result<(RosterRow, Roster), Fault> {
    let batch = batch(app, seat, roster).await?;
    look(app, seat, action, &batch).await?;
    let written = Roster::of(&batch, &masked_lines(&app.store, &batch).await?, reader)?;
    Ok((batch, written))
}

/// The batch, where the scope reaches it.
pub(crate) async fn batch(app: &App, seat: &Seat, roster: &str) -> Result<RosterRow, Fault> {
    let id: Uuid = roster.parse().map_err(|_| Fault::NotFound)?;
    app.store.rosters_within(seat.scope(), Some(id), None, 1).await?.pop().ok_or(Fault::NotFound)
}

async fn look(app: &App, seat: &Seat, action: &str, batch: &RosterRow) -> Result<(), Fault> {
    Ok(app.store.audit(seat.audited(action, Some(&batch.roster.to_string()))).await?)
}

fn file(roster: &Roster, batch: &RosterRow, format: &str) -> Result<Response, Fault> {
    let (bytes, end, kind) = match format {
        "csv" => (roster.csv()?, "csv", "text/csv; charset=utf-8"),
        _ => (roster.xlsx()?, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    };
    let name = format!("attachment; filename=\"roster-{}.{end}\"", batch.roster);
    let disposition = HeaderValue::from_str(&name).map_err(|error| Fault::Bad(error.to_string()))?;
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, bytes).into_response())
}
