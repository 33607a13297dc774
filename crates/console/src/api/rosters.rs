//! Rosters (花名册): which batches there are, and their lines as their files show them, numbers masked.

use axum::Json;
use axum::extract::{Extension, State};
use keshi_settlement::{Reader, Roster, masked_page};
use keshi_store::RosterRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::Answer;
use crate::api::answers::List;
use crate::api::page::{Number, Page};
use crate::app::App;
use crate::fault::Problem;
use crate::form::{Asked, Named};
use crate::pages::rosters::batch;
use crate::seat::Seat;

/// A batch of claims.
#[derive(Serialize, ToSchema)]
pub(crate) struct Batch {
    roster: String,
    scheme: String,
    provider: String,
    /// Who pays.
    district: String,
    /// First day of completions.
    from_day: String,
    /// Last day.
    to_day: String,
    made_by: String,
    made_at: String,
    claims: i64,
    amount_yuan: String,
}

impl From<&RosterRow> for Batch {
    fn from(row: &RosterRow) -> Batch {
        Batch {
            roster: row.roster.to_string(),
            scheme: row.scheme.clone(),
            provider: row.provider.clone(),
            district: row.district.clone(),
            from_day: row.from_day.to_string(),
            to_day: row.to_day.to_string(),
            made_by: row.who.clone(),
            made_at: row.made_at.to_rfc3339(),
            claims: row.claims,
            amount_yuan: row.amount_yuan.to_string(),
        }
    }
}

/// A line of a roster, cell by cell as in its file; what its reader must not see, or nobody knows, is empty.
#[derive(Serialize, ToSchema)]
pub(crate) struct Line {
    place: i32,
    /// The claim; null on the public list.
    claim: Option<String>,
    name: String,
    id_number: String,
    district: String,
    category: String,
    phone: String,
    /// Trade and course.
    course: String,
    /// Class hours due and done.
    class_hours: String,
    result: String,
    certificate: String,
    standard_yuan: String,
    share: String,
    amount_yuan: String,
    payee: String,
    account: String,
    remark: String,
}

/// 花名册，由新到旧 / rosters, newest first
#[utoipa::path(get, path = "/api/v1/rosters", params(Page<Uuid>), responses((status = 200, body = List<Batch>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn rosters(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    page: Page<Uuid>,
) -> Answer<List<Batch>> {
    let limit = page.limit();
    let rows = app.store.rosters_within(seat.scope(), None, page.after, limit).await?;
    Ok(Json(List::of(rows.iter().map(Batch::from).collect(), limit, |last: &Batch| last.roster.clone())))
}

/// 一份花名册 / one roster
#[utoipa::path(get, path = "/api/v1/rosters/{roster}", params(("roster" = String, Path, description = "花名册编号 / the roster's id")), responses((status = 200, body = Batch), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn roster(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(roster): Named<String>,
) -> Answer<Batch> {
    Ok(Json(Batch::from(&batch(&app, &seat, &roster).await?)))
}

/// For whom the lines are written.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ListKind {
    /// The roster, numbers masked.
    #[default]
    Masked,
    /// The public list: no telephone, no account, no remark.
    Public,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Lines {
    /// 花名册（已遮盖）或公示名单 / the masked roster, or the public list
    #[serde(default)]
    #[param(inline)]
    list: ListKind,
}

/// 花名册的各行，证件号已遮盖 / a roster's lines, numbers masked
#[utoipa::path(get, path = "/api/v1/rosters/{roster}/lines", params(("roster" = String, Path, description = "花名册编号 / the roster's id"), Lines, Page<Number>), responses((status = 200, body = List<Line>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn lines(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(roster): Named<String>,
    Asked(wanted): Asked<Lines>,
    page: Page<Number>,
) -> Answer<List<Line>> {
    let limit = page.limit();
    let batch = batch(&app, &seat, &roster).await?;
    let (reader, action) = match wanted.list {
        ListKind::Masked => (Reader::Masked, "roster.view"),
        ListKind::Public => (Reader::Public, "roster.public"),
    };
    app.store.audit(seat.audited(action, Some(&batch.roster.to_string()))).await?;
    let rows = masked_page(&app.store, &batch, page.after.map_or(0, |after| after.0), Some(limit)).await?;
    let written = Roster::of(&batch, &rows, reader)?;
    let items = rows.iter().zip(written.rows()).map(|(row, cells)| {
        let [
            _,
            name,
            id_number,
            district,
            category,
            phone,
            course,
            class_hours,
            result,
            certificate,
            standard_yuan,
            share,
            amount_yuan,
            payee,
            account,
            remark,
        ] = cells.clone();
        Line {
            place: row.place,
            claim: (reader == Reader::Masked).then(|| row.claim.to_string()),
            name,
            id_number,
            district,
            category,
            phone,
            course,
            class_hours,
            result,
            certificate,
            standard_yuan,
            share,
            amount_yuan,
            payee,
            account,
            remark,
        }
    });
    Ok(Json(List::of(items.collect(), limit, |last: &Line| last.place.to_string())))
}
