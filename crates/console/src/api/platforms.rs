//! Platforms: what they sent, how fast and how late, and what of it could not be used.

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
use crate::fault::{Fault, Problem};
use crate::form::Named;
use crate::pulse::{Late, Rates, Slot, lateness};
use crate::seat::Seat;

/// A platform or another provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct Platform {
    platform: String,
    name: Option<String>,
    /// Messages in the log.
    messages: i64,
    /// Of the last five minutes, with two decimals; null while nobody counted for a minute.
    events_a_minute: Option<String>,
    /// Of its part of the last 2,000 messages of the log; null where it has none of them.
    late: Option<PlatformLate>,
    /// Rejected events by code.
    rejected: BTreeMap<String, i64>,
    /// Receipt of the newest rejected one, Beijing time.
    last_rejected_at: Option<String>,
}

/// From an event's own time (the platform's server clock) to its receipt by the log: what that clock is off by and what is
/// uploaded later is part of it, so it may be negative.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlatformLate {
    events: i64,
    p50_ms: i64,
    p95_ms: i64,
}

impl From<&Late> for PlatformLate {
    fn from(late: &Late) -> PlatformLate {
        PlatformLate { events: late.events, p50_ms: late.p50_ms, p95_ms: late.p95_ms }
    }
}

/// 平台与其他培训主体 / platforms and other providers
#[utoipa::path(get, path = "/api/v1/platforms", params(Page), responses((status = 200, body = List<Platform>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn platforms(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    page: Page,
) -> Answer<List<Platform>> {
    let (after, limit) = (page.after().to_owned(), page.limit());
    let own = seat.scope().provider();
    let known = app.known().await?;
    let counts = app.store.rejection_counts(own).await?;
    let rates = Rates::load(&app.store, &app.log, seat.scope()).await?;
    let late = lateness(&app.store, &app.log, seat.scope()).await?;
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
            messages: rates.messages(id),
            events_a_minute: rates.recent(id).map(|rate| format!("{}.{:02}", rate / 100, rate % 100)),
            late: late.get(id).map(PlatformLate::from),
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

/// What came in a stretch of time.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlatformSlot {
    /// Beijing time.
    from: String,
    to: String,
    /// Messages; null where nobody counted.
    messages: Option<i64>,
}

impl From<Slot> for PlatformSlot {
    fn from(slot: Slot) -> PlatformSlot {
        PlatformSlot { from: slot.from.to_beijing(), to: slot.to.to_beijing(), messages: slot.messages }
    }
}

/// How much a platform sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlatformRates {
    /// The last hour, minute by minute.
    minutes: Vec<PlatformSlot>,
    /// The last day, hour by hour.
    hours: Vec<PlatformSlot>,
}

/// 一个平台近一小时与近一天的事件数 / what a platform sent in the last hour and day
#[utoipa::path(get, path = "/api/v1/platforms/{platform}/rates", params(("platform" = String, Path, description = "平台编号 / the platform's id")), responses((status = 200, body = PlatformRates), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn rates(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(platform): Named<String>,
) -> Answer<PlatformRates> {
    let known = app.known().await?;
    let is_there = known.registry.providers.values().any(|one| one.provider.as_str() == platform);
    if !is_there || seat.scope().provider().is_some_and(|own| own != platform) {
        return Err(Fault::NotFound.into());
    }
    let rates = Rates::load(&app.store, &app.log, seat.scope()).await?;
    let slots = |slots: Vec<Slot>| slots.into_iter().map(PlatformSlot::from).collect();
    Ok(Json(PlatformRates { minutes: slots(rates.hour(&platform)), hours: slots(rates.day(&platform)) }))
}
