//! What officials keep: listing periods, books, how full the queues are, accounts.

use axum::Json;
use axum::extract::{Extension, State};
use chrono::NaiveDate;
use keshi_store::{self as store, ListingsWanted};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::Answer;
use crate::api::answers::List;
use crate::api::page::{Listed, Page};
use crate::app::App;
use crate::fault::Problem;
use crate::form::Asked;
use crate::seat::Seat;

/// A period in which something stands in the published catalogue, first and last day included.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listing {
    /// provider, specialty or course.
    kind: String,
    key: String,
    name: Option<String>,
    /// Whose course it is.
    provider: Option<String>,
    /// The place of the period among those of its entry, from 1.
    place: i64,
    authority: String,
    from: String,
    /// Null: until further notice.
    to: Option<String>,
    filed_on: Option<String>,
}

impl From<store::ListingLine> for Listing {
    fn from(line: store::ListingLine) -> Listing {
        Listing {
            kind: line.kind,
            key: line.key,
            name: line.name,
            provider: line.provider,
            place: line.place,
            authority: line.authority,
            from: line.from_day,
            to: line.to_day,
            filed_on: line.filed_on,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Listings {
    /// 类别 / provider, specialty or course
    kind: Option<String>,
    /// 评估单位 / by this authority
    authority: Option<String>,
    /// 某日有效 / in force on this day
    #[param(value_type = Option<String>, format = Date)]
    on: Option<NaiveDate>,
}

/// 目录有效期 / listing periods
#[utoipa::path(get, path = "/api/v1/listings", params(Listings, Page<Listed>), responses((status = 200, body = List<Listing>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn listings(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Asked(filter): Asked<Listings>,
    page: Page<Listed>,
) -> Answer<List<Listing>> {
    let on = filter.on.map(|day| day.to_string());
    let after = page.after.as_ref();
    let wanted = ListingsWanted {
        kind: filter.kind.as_deref(),
        authority: filter.authority.as_deref(),
        on: on.as_deref(),
        after: after.map_or(("", "", 0), |Listed { kind, place, key }| (kind, key, *place)),
    };
    let lines = app.store.listings(seat.scope(), wanted, page.limit()).await?;
    let items = lines.into_iter().map(Listing::from).collect();
    Ok(Json(List::of(items, page.limit(), |last: &Listing| {
        format!("{}.{}.{}", last.kind, last.place, last.key)
    })))
}

/// A balance of the books.
#[derive(Serialize, ToSchema)]
pub(crate) struct Balance {
    /// The payer district.
    district: String,
    /// budget, obligation, paid, receivable or recovered.
    account: String,
    amount_yuan: String,
}

/// 各付款区县账目余额，合计为零；区县只见本区 / the books' balances by payer district, which sum to zero; a district's own
#[utoipa::path(get, path = "/api/v1/books", responses((status = 200, body = List<Balance>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn books(State(app): State<App>, Extension(seat): Extension<Seat>) -> Answer<List<Balance>> {
    let balances = app.store.balances(seat.scope().district()).await?.into_iter().map(|line| Balance {
        district: line.district,
        account: line.account,
        amount_yuan: line.amount_yuan.to_string(),
    });
    Ok(Json(List::with_next(balances.collect(), i64::MAX, None)))
}

/// Claims in a state.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClaimQueue {
    state: String,
    claims: i64,
    amount_yuan: String,
}

/// Cases of a level in a state.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseQueue {
    /// info, review or hold.
    level: String,
    /// open, confirmed or dismissed.
    state: String,
    cases: i64,
}

/// How full the queues are.
#[derive(Serialize, ToSchema)]
pub(crate) struct Queues {
    claims: Vec<ClaimQueue>,
    cases: Vec<CaseQueue>,
}

/// 各环节申请与各级标记的数量 / how many claims and cases wait in each state
#[utoipa::path(get, path = "/api/v1/queues", responses((status = 200, body = Queues), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn queues(State(app): State<App>, Extension(seat): Extension<Seat>) -> Answer<Queues> {
    let claims = app.store.claim_totals_within(seat.scope()).await?.into_iter().map(|total| ClaimQueue {
        state: total.state,
        claims: total.claims,
        amount_yuan: total.amount_yuan.to_string(),
    });
    let cases = app.store.case_counts(seat.scope()).await?.into_iter().map(|count| CaseQueue {
        level: count.level,
        state: count.state,
        cases: count.cases,
    });
    Ok(Json(Queues { claims: claims.collect(), cases: cases.collect() }))
}

/// An account, without what proves it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Account {
    name: String,
    role: String,
    /// District or provider.
    scope: Option<String>,
    locked_until: Option<String>,
    disabled_at: Option<String>,
    made_by: String,
    made_at: String,
    /// Its tokens that are good now.
    tokens: usize,
}

/// 用户 / accounts
#[utoipa::path(get, path = "/api/v1/accounts", params(Page), responses((status = 200, body = List<Account>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn accounts(State(app): State<App>, page: Page) -> Answer<List<Account>> {
    let tokens = app.store.tokens(None).await?;
    let now = crate::pages::now().0;
    let good = |name: &str| {
        let of_it = tokens.iter().filter(|token| token.account == name && token.revoked_at.is_none());
        of_it.filter(|token| token.expires_at.is_none_or(|at| at.timestamp_millis() > now)).count()
    };
    let mut accounts = app.store.accounts().await?;
    accounts.sort_by(|one, other| one.name.cmp(&other.name));
    let accounts = accounts.into_iter().filter(|account| account.name.as_str() > page.after());
    let items = accounts.take(usize::try_from(page.limit()).unwrap_or(usize::MAX)).map(|account| Account {
        tokens: good(&account.name),
        name: account.name,
        role: account.role,
        scope: account.scope,
        locked_until: account.locked_until.map(|at| at.to_rfc3339()),
        disabled_at: account.disabled_at.map(|at| at.to_rfc3339()),
        made_by: account.made_by,
        made_at: account.made_at.to_rfc3339(),
    });
    Ok(Json(List::of(items.collect(), page.limit(), |last: &Account| last.name.clone())))
}
