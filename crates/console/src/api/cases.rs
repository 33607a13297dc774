//! The case book: what looks wrong, the events that show it, and what officials decided.

use axum::Json;
use axum::extract::{Extension, State};
use keshi_events::Millis;
use keshi_integrity::Exhibit;
use keshi_store::{self as store, CaseSeen, CasesWanted, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::Answer;
use crate::api::answers::List;
use crate::api::page::{Page, Place};
use crate::app::App;
use crate::fault::{Fault, Problem};
use crate::form::{Asked, Named};
use crate::seat::Seat;

/// A case as the scope sees it: people, events and sentences of others are left out.
#[derive(Serialize, ToSchema)]
pub(crate) struct Case {
    case: String,
    kind: String,
    /// info, review or hold.
    level: String,
    /// open, confirmed or dismissed.
    state: String,
    /// Those of its people whom the scope reaches.
    people: Vec<String>,
    /// How many more it is about.
    others: usize,
    platform: Option<String>,
    course: Option<String>,
    /// First moment that it is about, Beijing time.
    from: String,
    /// Last moment.
    to: String,
    /// What happened; null where that names others.
    chinese: Option<String>,
    english: Option<String>,
}

impl Case {
    fn of(seen: &CaseSeen) -> Case {
        let finding = &seen.case.finding;
        let told = |text: &String| (seen.others == 0).then(|| text.clone());
        Case {
            case: finding.flag.clone(),
            kind: finding.kind.clone(),
            level: finding.level.clone(),
            state: seen.case.state.clone(),
            people: finding.people.clone(),
            others: seen.others,
            platform: finding.platform.clone(),
            course: finding.course.clone(),
            from: Millis(finding.from_ms).to_beijing(),
            to: Millis(finding.to_ms).to_beijing(),
            chinese: told(&finding.chinese),
            english: told(&finding.english),
        }
    }
}

/// An event that shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseEvent {
    seq: u64,
    platform: String,
    trainee: String,
    event_id: String,
}

impl From<Exhibit> for CaseEvent {
    fn from(shown: Exhibit) -> CaseEvent {
        CaseEvent {
            seq: shown.seq,
            platform: shown.platform.to_string(),
            trainee: shown.trainee.to_string(),
            event_id: shown.id.to_string(),
        }
    }
}

/// What an official decided.
#[derive(Serialize, ToSchema)]
pub(crate) struct Decision {
    /// confirmed, dismissed or reopened.
    decision: String,
    who: String,
    why: String,
    at: String,
}

impl From<store::DecisionRow> for Decision {
    fn from(row: store::DecisionRow) -> Decision {
        Decision { decision: row.decision, who: row.who, why: row.why, at: row.at.to_rfc3339() }
    }
}

/// A case with its evidence and what was decided about it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseWhole {
    case: Case,
    evidence: Vec<CaseEvent>,
    decisions: Vec<Decision>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Cases {
    /// 级别 / info, review or hold
    level: Option<String>,
    /// 状态 / open, confirmed or dismissed
    state: Option<String>,
    /// 学员 / about this trainee
    trainee: Option<String>,
}

/// 标记案卷，最重的在先 / the case book, the weightiest first
#[utoipa::path(get, path = "/api/v1/cases", params(Cases, Page<Place>), responses((status = 200, body = List<Case>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn cases(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Asked(filter): Asked<Cases>,
    page: Page<Place>,
) -> Answer<List<Case>> {
    let limit = page.limit();
    let wanted = CasesWanted {
        level: filter.level.as_deref(),
        state: filter.state.as_deref(),
        trainee: filter.trainee.as_deref(),
        flag: None,
        after: page.after.as_ref().map(|place| &place.0),
    };
    let seen = app.store.cases_within(seat.scope(), wanted, limit).await?;
    let next = seen.last().map(|last| last.place.to_string());
    Ok(Json(List::with_next(seen.iter().map(Case::of).collect(), limit, next)))
}

/// 一件标记及其证据与处理经过 / one case with its evidence and what was decided
#[utoipa::path(get, path = "/api/v1/cases/{case}", params(("case" = String, Path, description = "标记编号 / the case's id")), responses((status = 200, body = CaseWhole), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn case(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Named(case): Named<String>,
) -> Answer<CaseWhole> {
    let seen = app.store.case_within(seat.scope(), &case).await?.ok_or(Fault::NotFound)?;
    app.store.audit(seat.audited("flag.view", Some(&case))).await?;
    let evidence: Vec<Exhibit> = serde_json::from_str(&seen.case.finding.evidence)
        .map_err(|error| StoreError::Damaged { what: "evidence", why: error.to_string() })?;
    let decisions = app.store.decisions(&case).await?;
    Ok(Json(CaseWhole {
        case: Case::of(&seen),
        evidence: evidence.into_iter().map(CaseEvent::from).collect(),
        decisions: decisions.into_iter().map(Decision::from).collect(),
    }))
}
