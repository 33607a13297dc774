//! The JSON API: what pages show, for programs. Read-only, in pages after a cursor, with problem details.

mod answers;
pub(crate) mod cases;
pub(crate) mod courses;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod official;
pub(crate) mod page;
pub(crate) mod platforms;
pub(crate) mod rosters;
pub(crate) mod search;
pub(crate) mod stretches;

use axum::Json;
use axum::extract::{Extension, State};
use keshi_registry::Kind;
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};
use uuid::Uuid;

use crate::app::App;
use crate::fault::{ApiFault, Fault, Problem};
use crate::form::{Asked, Named};
use crate::record::{Study, Verified};
use crate::seat::Seat;

use answers::*;
use page::{Number, OfTrainee, Page};

type Answer<T> = Result<Json<T>, ApiFault>;

/// The document of the API, made from this code.
#[derive(OpenApi)]
#[openapi(
    info(title = "Keshi 课时", description = "在线学习监测与补贴结算：只读接口。Which online study was real, and what is owed for it: read-only."),
    paths(
        me, search::search, trainees, record, stretches::stretches, events::of_days, events::events, events::evidence,
        courses::courses, courses::board, courses::progress, platforms::platforms, platforms::rates, rejected, flags,
        cases::cases, cases::case, claims, claim, rosters::rosters, rosters::roster, rosters::lines, registry, official::listings,
        official::books, official::queues, official::accounts, audit, health::health
    ),
    components(schemas(Problem)),
    modifiers(&Bearer)
)]
struct Document;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
        let components = document.components.get_or_insert_with(Default::default);
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("token", scheme);
        document.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("token", [])]);
    }
}

/// The document as it is served, and as it is committed under `schemas/`.
pub(crate) fn text() -> String {
    Document::openapi().to_pretty_json().unwrap_or_default()
}

pub(crate) async fn document() -> impl axum::response::IntoResponse {
    ([(axum::http::header::CONTENT_TYPE, "application/json")], text())
}

/// Texts that PostgreSQL cannot hold name nothing.
fn holds(text: &str) -> Result<&str, Fault> {
    if text.contains('\0') { Err(Fault::NotFound) } else { Ok(text) }
}

/// 谁在使用 / who asks
#[utoipa::path(get, path = "/api/v1/me", responses((status = 200, body = Me), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn me(Extension(seat): Extension<Seat>) -> Json<Me> {
    let (actor, scope) = (&seat.actor, seat.scope());
    Json(Me {
        name: actor.name().to_owned(),
        role: actor.role().to_string(),
        scope: scope.id().map(str::to_owned),
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Trainees {
    /// 课程 / with a record of this course
    course: Option<String>,
    /// 户籍区县 / of this district
    district: Option<String>,
}

/// 学员 / trainees with a record
#[utoipa::path(get, path = "/api/v1/trainees", params(Trainees, Page), responses((status = 200, body = List<Trainee>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn trainees(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Asked(filter): Asked<Trainees>,
    page: Page,
) -> Answer<List<Trainee>> {
    let (course, district) = (filter.course.as_deref(), filter.district.as_deref());
    let (after, limit) = (holds(page.after())?, page.limit());
    let lines = app.store.trainee_lines(seat.scope(), course, holds_option(district)?, after, limit).await?;
    let ids: Vec<String> = lines.iter().map(|line| line.trainee.clone()).collect();
    let people = app.store.masked(&ids).await?;
    let items: Vec<Trainee> = lines.into_iter().map(|line| Trainee::of(line, &people)).collect();
    Ok(Json(List::of(items, limit, |last| last.trainee.clone())))
}

fn holds_option(text: Option<&str>) -> Result<Option<&str>, Fault> {
    text.map(holds).transpose()
}

/// 学习记录：每一毫秒都有去向 / a study record: every millisecond accounted for
#[utoipa::path(get, path = "/api/v1/trainees/{trainee}/record", params(("trainee" = String, Path, description = "学员编号 / the trainee's id")), responses((status = 200, body = Record), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn record(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(trainee): Named<String>,
) -> Answer<Record> {
    let trainee = holds(&trainee)?;
    if app.store.within(seat.scope(), &[trainee.to_owned()]).await?.is_empty() {
        return Err(Fault::NotFound.into());
    }
    app.store.audit(seat.audited("record.view", Some(trainee))).await?;
    let study = Study::load(&app, seat.scope(), trainee).await?.ok_or(Fault::NotFound)?;
    let verified = Verified::walk(&app, trainee).await?;
    Ok(Json(Record::of(&study, verified)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Rejected {
    /// 平台 / of this platform
    platform: Option<String>,
}

/// 被拒的事件；区县用户不可用 / rejected events; not for districts, whose people they may not be
#[utoipa::path(get, path = "/api/v1/rejected", params(Rejected, Page<Number>), responses((status = 200, body = List<RejectedEvent>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn rejected(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Asked(filter): Asked<Rejected>,
    page: Page<Number>,
) -> Answer<List<RejectedEvent>> {
    if seat.scope().district().is_some() {
        return Err(Fault::Forbidden("被拒的事件不属于任何区县 / rejected events are of no district").into());
    }
    let platform = seat.scope().provider().or(holds_option(filter.platform.as_deref())?);
    let limit = page.limit();
    let lines = app.store.rejected(platform, page.after.map_or(0, |after| after.0), limit).await?;
    Ok(Json(List::of(lines.into_iter().map(RejectedEvent::from).collect(), limit, |last: &RejectedEvent| {
        last.seq.to_string()
    })))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Flags {
    /// 级别 / info, review or hold
    level: Option<String>,
    /// 学员 / of this trainee
    trainee: Option<String>,
}

/// 标记 / attendance flags
#[utoipa::path(get, path = "/api/v1/flags", params(Flags, Page<OfTrainee>), responses((status = 200, body = List<Flag>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn flags(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Asked(filter): Asked<Flags>,
    page: Page<OfTrainee>,
) -> Answer<List<Flag>> {
    let limit = page.limit();
    let after =
        page.after.as_ref().map_or(("", ""), |OfTrainee(trainee, flag)| (trainee.as_str(), flag.as_str()));
    let (level, trainee) = (holds_option(filter.level.as_deref())?, holds_option(filter.trainee.as_deref())?);
    let lines = app.store.flag_lines(seat.scope(), level, trainee, after, limit).await?;
    Ok(Json(List::of(lines.into_iter().map(Flag::from).collect(), limit, |last: &Flag| {
        format!("{}/{}", last.trainee, last.flag)
    })))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Claims {
    /// 状态 / in this state
    state: Option<String>,
    /// 学员 / of this trainee
    trainee: Option<String>,
}

/// 补贴申请 / claims
#[utoipa::path(get, path = "/api/v1/claims", params(Claims, Page<Uuid>), responses((status = 200, body = List<Claim>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn claims(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Asked(filter): Asked<Claims>,
    page: Page<Uuid>,
) -> Answer<List<Claim>> {
    let limit = page.limit();
    let (state, trainee) = (holds_option(filter.state.as_deref())?, holds_option(filter.trainee.as_deref())?);
    let lines =
        app.store.claim_lines(seat.scope(), state, trainee, page.after.unwrap_or(Uuid::nil()), limit).await?;
    Ok(Json(List::of(lines.iter().map(Claim::from).collect(), limit, |last: &Claim| last.claim.clone())))
}

/// 一份申请及其推导与经过 / one claim with its derivation and history
#[utoipa::path(get, path = "/api/v1/claims/{claim}", params(("claim" = String, Path, description = "申请编号 / the claim's id")), responses((status = 200, body = ClaimWhole), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn claim(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(claim): Named<String>,
) -> Answer<ClaimWhole> {
    let id: Uuid = claim.parse().map_err(|_| Fault::NotFound)?;
    app.store.claim_within(seat.scope(), id).await?.ok_or(Fault::NotFound)?;
    app.store.audit(seat.audited("claim.view", Some(&id.to_string()))).await?;
    let now = app.store.look_at_claim(id).await?.ok_or(Fault::NotFound)?;
    let steps = app.store.claim_history(id).await?;
    let marks = app.store.claim_marks(id).await?;
    Ok(Json(ClaimWhole::of(&now, steps, marks)?))
}

/// 登记表 / the registry
#[utoipa::path(get, path = "/api/v1/registry/{kind}", params(("kind" = String, Path, description = "provider, specialty, course, trainee, enrolment, …"), Page), responses((status = 200, body = List<Registered>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn registry(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(kind): Named<String>,
    page: Page,
) -> Answer<List<Registered>> {
    let kind = Kind::parse(&kind).ok_or(Fault::NotFound)?;
    let (after, limit) = (holds(page.after())?, page.limit());
    let lines = app.store.registry_lines(seat.scope(), kind.as_str(), after, limit).await?;
    Ok(Json(List::of(lines.into_iter().map(Registered::from).collect(), limit, |last: &Registered| {
        last.key.clone()
    })))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Audit {
    /// 帐户 / by this account
    who: Option<String>,
    /// 对象 / about this trainee, claim or other subject
    subject: Option<String>,
}

/// 审计日志，由新到旧 / the audit log, newest first
#[utoipa::path(get, path = "/api/v1/audit", params(Audit, Page<Number>), responses((status = 200, body = List<Audited>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn audit(
    State(app): State<App>,
    Asked(filter): Asked<Audit>,
    page: Page<Number>,
) -> Answer<List<Audited>> {
    let limit = page.limit();
    let (who, subject) = (filter.who.as_deref(), filter.subject.as_deref());
    let lines = app.store.audited(page.after.map(|after| after.0), who, subject, limit).await?;
    Ok(Json(List::of(lines.into_iter().map(Audited::from).collect(), limit, |last: &Audited| {
        last.number.to_string()
    })))
}
