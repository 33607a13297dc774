//! Platforms: what they sent, and what of it could not be used.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Extension, State};
use keshi_events::Millis;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Answer;
use crate::api::answers::List;
use crate::api::page::Page;
use crate::app::App;
use crate::fault::Problem;
use crate::form::Asked;
use crate::seat::Seat;

/// A platform or another provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct Platform {
    platform: String,
    name: Option<String>,
    /// Messages in the log; null when the log does not answer.
    messages: Option<u64>,
    /// Rejected events by code.
    rejected: BTreeMap<String, i64>,
    /// Receipt of the newest rejected one, Beijing time.
    last_rejected_at: Option<String>,
}

/// 平台与其他培训主体 / platforms and other providers
#[utoipa::path(get, path = "/api/v1/platforms", params(Page), responses((status = 200, body = List<Platform>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn platforms(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Asked(page): Asked<Page>,
) -> Answer<List<Platform>> {
    let (after, limit) = (page.after().to_owned(), page.limit()?);
    let own = seat.scope().provider();
    let known = app.known().await?;
    let counts = app.store.rejection_counts(own).await?;
    let heard = app.log.heard().await.map_err(|error| tracing::warn!(%error, "the log does not answer")).ok();
    let providers = known.registry.providers.values().filter(|one| {
        let id = one.provider.as_str();
        own.is_none_or(|own| own == id) && id > after.as_str()
    });
    let items = providers.take(usize::try_from(limit).unwrap_or(usize::MAX)).map(|one| {
        let id = one.provider.as_str();
        let rejected: Vec<_> = counts.iter().filter(|count| count.platform.as_deref() == Some(id)).collect();
        Platform {
            platform: id.to_owned(),
            name: one.name.clone(),
            messages: heard.as_ref().map(|heard| heard.get(id).copied().unwrap_or(0)),
            last_rejected_at: rejected
                .iter()
                .map(|count| count.last_at)
                .max()
                .map(|at| Millis(at).to_beijing()),
            rejected: rejected.into_iter().map(|count| (count.code.clone(), count.count)).collect(),
        }
    });
    Ok(Json(List::of(items.collect(), limit, |last: &Platform| last.platform.clone())))
}
