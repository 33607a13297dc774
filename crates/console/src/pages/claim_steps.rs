//! What officials do with claims: one step, one step over a selection, holds, releases, repayments.

use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use keshi_policy::{ClaimState, Step, Yuan};
use keshi_settlement::{Order, StepError};
use maud::html;
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::fault::Fault;
use crate::form::Checked;
use crate::lang::half;
use crate::layout::page as frame;
use crate::pages::{now, state};
use crate::seat::Seat;

/// The most claims of one selection: a page of a queue.
const MOST: usize = 100;

#[derive(Deserialize)]
pub(crate) struct One {
    step: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    amount: String,
}

pub(crate) async fn step(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(claim): Path<String>,
    Checked(form): Checked<One>,
) -> Result<Response, Fault> {
    let id = within(&app, &seat, &claim).await?;
    let amount = Some(form.amount.trim()).filter(|text| !text.is_empty()).map(yuan).transpose()?;
    take(&app, &seat, id, parse(&form.step)?, &form.why, amount).await?;
    Ok(back(id))
}

/// One step over a selection: each claim is a transaction of its own, and each refused one is named.
pub(crate) async fn steps(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Checked(form): Checked<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let lang = seat.lang();
    let of =
        |name: &str| form.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str());
    let (step, why) = (parse(of("step"))?, of("why"));
    let mut claims = Vec::new();
    for (_, value) in form.iter().filter(|(name, _)| name == "claim") {
        claims.push(value.parse::<Uuid>().map_err(|_| Fault::Bad("申请编号无效 / no claim's id".into()))?);
    }
    if claims.is_empty() {
        return Err(Fault::Bad(
            "没有选择申请，请返回勾选 / no claim was selected: go back and tick some".into(),
        ));
    }
    if claims.len() > MOST {
        return Err(Fault::Bad("一次最多 100 份 / 100 claims at once at the most".into()));
    }
    let mut outcomes = Vec::with_capacity(claims.len());
    for claim in claims {
        let outcome = match within(&app, &seat, &claim.to_string()).await {
            Ok(id) => match take(&app, &seat, id, step, why, None).await {
                // The database's own failures stop the whole; what is done is done and stands in the histories.
                Err(StepError::Store(error)) => return Err(error.into()),
                other => other.map_err(|error| half(&error.to_string(), lang)),
            },
            Err(Fault::NotFound) => {
                Err(lang.of("没有这一项，或不在您的范围内", "not there, or outside of your scope").to_owned())
            }
            Err(fault) => return Err(fault),
        };
        outcomes.push((claim, outcome));
    }
    let done = outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    let body = html! {
        h1 { (lang.of("批量办理：", "Steps over a selection: ")) (lang.of(step.chinese(), step.as_str())) }
        p.notice { (lang.of("已办理", "Done:")) " " strong { (done) } " · " (lang.of("未办理", "refused:")) " " strong { (outcomes.len() - done) } }
        div.scroll { table {
            thead { tr { th { (lang.of("申请", "Claim")) } th { (lang.of("结果", "Outcome")) } } }
            tbody { @for (claim, outcome) in &outcomes { tr {
                td.id { a href={ "/claims/" (claim) } { (claim) } }
                td { @match outcome {
                    Ok(to) => (state(to.as_str(), lang)),
                    Err(why) => { span.tag.bad { (lang.of("未办理", "refused")) } " " (why) },
                } }
            } } }
        } }
        p { a href="/claims" { (lang.of("返回补贴申请", "Back to the claims")) } }
    };
    Ok(frame(&seat, lang.of("批量办理", "Steps over a selection"), body))
}

#[derive(Deserialize)]
pub(crate) struct Reason {
    #[serde(default)]
    why: String,
}

pub(crate) async fn hold(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(claim): Path<String>,
    Checked(form): Checked<Reason>,
) -> Result<Response, Fault> {
    let id = within(&app, &seat, &claim).await?;
    keshi_settlement::hold(&app.store, id, &seat.actor, &form.why).await?;
    done(&app, &seat, "claim.hold", id, &form.why).await
}

pub(crate) async fn release(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(claim): Path<String>,
    Checked(form): Checked<Reason>,
) -> Result<Response, Fault> {
    let id = within(&app, &seat, &claim).await?;
    keshi_settlement::release(&app.store, id, &seat.actor, &form.why).await?;
    done(&app, &seat, "claim.release", id, &form.why).await
}

#[derive(Deserialize)]
pub(crate) struct Repayment {
    amount: String,
    reference: String,
}

pub(crate) async fn repaid(
    State(app): State<App>,
    Extension(seat): Extension<Seat>,
    Path(claim): Path<String>,
    Checked(form): Checked<Repayment>,
) -> Result<Response, Fault> {
    let id = within(&app, &seat, &claim).await?;
    keshi_settlement::repaid(&app.store, id, &seat.actor, yuan(form.amount.trim())?, &form.reference).await?;
    done(&app, &seat, "claim.repaid", id, &form.reference).await
}

/// Takes a step, and notes in the audit log from where; who and why stand in the claim's own chained history.
async fn take(
    app: &App,
    seat: &Seat,
    claim: Uuid,
    step: Step,
    why: &str,
    amount: Option<Yuan>,
) -> Result<ClaimState, StepError> {
    let order = Order { actor: &seat.actor, step, why, amount, now: now() };
    let reached = keshi_settlement::step(&app.store, &app.packs, claim, order).await?;
    let (subject, said) = (claim.to_string(), format!("{}: {why}", step.as_str()));
    let mut line = seat.audited("claim.step", Some(&subject));
    line.why = Some(&said);
    app.store.audit(line).await?;
    Ok(reached)
}

/// Notes in the audit log what was done to a claim, and goes back to it.
async fn done(app: &App, seat: &Seat, action: &str, claim: Uuid, why: &str) -> Result<Response, Fault> {
    let subject = claim.to_string();
    let mut line = seat.audited(action, Some(&subject));
    line.why = Some(why);
    app.store.audit(line).await?;
    Ok(back(claim))
}

/// The claim's id, where the scope reaches it.
async fn within(app: &App, seat: &Seat, claim: &str) -> Result<Uuid, Fault> {
    let id: Uuid = claim.parse().map_err(|_| Fault::NotFound)?;
    app.store.claim_within(seat.scope(), id).await?.ok_or(Fault::NotFound)?;
    Ok(id)
}

fn parse(step: &str) -> Result<Step, Fault> {
    Step::parse(step).ok_or_else(|| Fault::Bad("没有这个环节 / no such step".into()))
}

fn yuan(text: &str) -> Result<Yuan, Fault> {
    Yuan::parse(text).map_err(|_| Fault::Bad("金额无效，例如 100.00 / no amount such as 100.00".into()))
}

fn back(claim: Uuid) -> Response {
    Redirect::to(&format!("/claims/{claim}#steps")).into_response()
}
