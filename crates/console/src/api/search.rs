//! Finding a person by what is personal: numbers and names go by keyed hashes, and the search is noted.

use axum::Json;
use axum::extract::{Extension, State};
use keshi_person::LookUp;
use keshi_store::StoreError;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::api::Answer;
use crate::api::answers::{List, Trainee};
use crate::app::App;
use crate::fault::Problem;
use crate::form::Asked;
use crate::seat::Seat;

/// So many are found at the most: whoever is looked for stands on one page, or the search was too wide.
const MOST: i64 = 500;

/// By what a person is looked for.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    IdNumber,
    Phone,
    Name,
    Surname,
}

impl By {
    fn look_up(self) -> (LookUp, &'static str) {
        match self {
            By::IdNumber => (LookUp::IdNumber, "id_number"),
            By::Phone => (LookUp::Phone, "phone"),
            By::Name => (LookUp::Name, "name"),
            By::Surname => (LookUp::Surname, "surname"),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// 查找方式 / whole number, whole name, or surname
    #[param(inline)]
    by: By,
    /// 内容 / what is looked for
    q: String,
}

/// 按证件号、手机号、姓名或姓氏查找，至多 500 人 / trainees by number, name or surname, at most 500
#[utoipa::path(get, path = "/api/v1/search", params(Search), responses((status = 200, body = List<Trainee>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn search(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Asked(search): Asked<Search>,
) -> Answer<List<Trainee>> {
    let (by, word) = search.by.look_up();
    // The number or name itself is not kept.
    app.store.audit(seat.audited("person.search", Some(word))).await?;
    let found = match app.store.look_up(by, search.q.trim(), MOST).await {
        Err(StoreError::NoMasterKey) => Vec::new(),
        found => found?,
    };
    let own = app.store.within(seat.scope(), &found).await?;
    let lines = app.store.trainees_by_id(&own).await?;
    let people = app.store.masked(&own).await?;
    let items = lines.into_iter().map(|line| Trainee::of(line, &people)).collect();
    Ok(Json(List::with_next(items, i64::MAX, None)))
}
