//! Steps of claims, as officials take them: the fixed table, rights and scopes, four eyes, working days, holds, books.

use chrono::{Datelike, NaiveDate};
use keshi_account::Actor;
use keshi_events::Millis;
use keshi_policy::{
    Circumstances, ClaimState, Pack, PublicityPeriod, Refusal, Role, Step, Yuan, attendance_rules,
    steps_from, take,
};
use keshi_projector::{ProjectorError, look::look_if_behind};
use keshi_store::{Booking, ClaimNow, Posting, Store, Taken};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::again::judge_again;
use crate::error::StepError;
use crate::told::Told;

/// What somebody wants to do with a claim.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// Which step.
    pub step: Step,
    /// Why; steps against the applicant need a reason.
    pub why: &'a str,
    /// How much to claw back; none: all of it.
    pub amount: Option<Yuan>,
    /// When.
    pub now: Millis,
}

/// Takes a step, and gives the state afterwards. Before money goes forward, and once the step is one that could be taken, the
/// attendance checks look at what the trainee did since the last look; accepting, approving and paying judge the claim again too.
///
/// # Errors
/// [`StepError`]; then nothing has changed.
pub async fn step(
    store: &Store,
    packs: &[Pack],
    claim: Uuid,
    order: Order<'_>,
) -> Result<ClaimState, StepError> {
    if matches!(order.step, Step::Accept | Step::Publicise | Step::Approve | Step::Pay) {
        // Whoever may not take the step, or not yet, learns so first, and raises nothing.
        let look = store.look_at_claim(claim).await?.ok_or(StepError::NoClaim(claim))?;
        decide(packs, &look, order)?;
        look_if_behind(store, &attendance_rules(packs), &[claim]).await.map_err(|error| match error {
            ProjectorError::Store(error) => StepError::Store(error),
            error => StepError::NotLookedAt { claim, why: error.to_string() },
        })?;
        if order.step != Step::Publicise {
            judge_again(store, packs, claim).await?;
        }
    }
    match take_once(store, packs, claim, order).await {
        // The other one has gone on: once more, by what stands now.
        Err(StepError::Store(error)) if error.is_deadlock() => take_once(store, packs, claim, order).await,
        taken => taken,
    }
}

async fn take_once(
    store: &Store,
    packs: &[Pack],
    claim: Uuid,
    order: Order<'_>,
) -> Result<ClaimState, StepError> {
    let changes =
        matches!(order.step, Step::Return | Step::Reject | Step::Uphold | Step::Withdraw | Step::ClawBack);
    let mut reached = None;
    let found = store
        .take_step(claim, changes, |now| {
            let (taken, to) = decide(packs, now, order)?;
            reached = Some(to);
            Ok::<_, StepError>(taken)
        })
        .await?;
    found.and(reached).ok_or(StepError::NoClaim(claim))
}

pub(crate) fn decide(
    packs: &[Pack],
    now: &ClaimNow,
    order: Order<'_>,
) -> Result<(Taken, ClaimState), StepError> {
    let row = &now.row;
    let state = state_of(now)?;
    let pack = packs.iter().find(|pack| pack.id == row.pack);
    let pack = pack.ok_or_else(|| StepError::NoPack(row.pack.clone()))?;
    let today = pack.date_of(order.now);
    let role = order.actor.role().in_claims();
    let circumstances = Circumstances {
        held: !now.holds.is_empty(),
        publicity_over: now.approval_from.is_some_and(|from| from <= today),
        same_person: now.last_who == order.actor.name(),
    };
    let refused = |refusal| StepError::Refused {
        claim: row.claim,
        state,
        refusal,
        allowed: allowed(state),
        more: more(now, refusal),
    };
    let Some(role) = role else { return Err(refused(Refusal::NotYours)) };
    // Whose claim it is comes first: strangers learn nothing of its state or holds.
    in_scope(now, order.actor, role)?;
    let to = take(Some(state), order.step, role, circumstances).map_err(refused)?;
    if let (Step::Approve, Some(published)) = (order.step, now.published_on) {
        // Counted anew: what the calendar did not know on the day of publication it may know now.
        let period = publicity(pack, published)?;
        if !period.calendar_known {
            let in_front = published < pack.calendar.covers_from;
            let year = if in_front { published.year() } else { period.last_day.year() };
            return Err(StepError::NoCalendar { pack: pack.id.clone(), year });
        }
        if period.approval_from > today {
            return Err(refused(Refusal::PublicityNotOver));
        }
    }
    let against = matches!(
        order.step,
        Step::Return | Step::Reject | Step::Object | Step::Uphold | Step::ClawBack | Step::Fail
    );
    if against && order.why.trim().is_empty() {
        return Err(StepError::NoReason);
    }
    let amount = claw_back_amount(now, order)?;
    let begins = matches!(order.step, Step::Publicise | Step::Dismiss);
    let period = if begins { Some(publicity(pack, today)?) } else { None };
    let told = Told {
        claim: row.claim,
        scheme: &row.scheme,
        trainee: &row.trainee,
        course: &row.course,
        provider: &row.provider,
        amount: row.amount_yuan,
    };
    let taken = Taken {
        step: order.step.as_str(),
        to_state: to.as_str(),
        who: order.actor.name().to_owned(),
        why: if order.why.trim().is_empty() { order.step.chinese() } else { order.why }.to_owned(),
        amount_yuan: amount,
        publicity: period.map(|period| (today, period.approval_from)),
        booking: booking(now, order.step, amount),
        fact: told.fact(to.as_str(), &format!("{}/{}", row.claim, now.last_number + 1), order.now),
    };
    Ok((taken, to))
}

fn publicity(pack: &Pack, published: NaiveDate) -> Result<PublicityPeriod, StepError> {
    let period = pack.calendar.publicity(published, pack.publicity.working_days);
    period.ok_or_else(|| StepError::NoCalendar { pack: pack.id.clone(), year: published.year() })
}

pub(crate) fn state_of(now: &ClaimNow) -> Result<ClaimState, StepError> {
    ClaimState::parse(&now.row.state)
        .ok_or_else(|| StepError::UnknownState { claim: now.row.claim, state: now.row.state.clone() })
}

fn allowed(state: ClaimState) -> String {
    let steps: Vec<String> = steps_from(state)
        .map(|(step, role)| format!("{}（{}，{}）", step.as_str(), step.chinese(), role.chinese()))
        .collect();
    if steps.is_empty() { "无 none".to_owned() } else { steps.join(", ") }
}

fn more(now: &ClaimNow, refusal: Refusal) -> String {
    match (refusal, now.approval_from) {
        (Refusal::Held, _) => format!("；暂缓 held by: {}", now.holds.join(", ")),
        (Refusal::PublicityNotOver, Some(from)) => {
            format!("；自 {from} 起可决定 may be decided from {from} on")
        }
        _ => String::new(),
    }
}

/// A district acts for its own claims, a provider for its own; city and finance for all, finance of a district for it.
pub(crate) fn in_scope(now: &ClaimNow, actor: &Actor, role: Role) -> Result<(), StepError> {
    let row = &now.row;
    let other = |owner: &str| Err(StepError::NotYourClaim { claim: row.claim, owner: owner.to_owned() });
    match role {
        Role::Provider if actor.scope().provider() != Some(row.provider.as_str()) => other(&row.provider),
        Role::District if actor.scope().district() != Some(row.district.as_str()) => other(&row.district),
        Role::Finance if actor.scope().district().is_some_and(|own| own != row.district) => {
            other(&row.district)
        }
        _ => Ok(()),
    }
}

fn claw_back_amount(now: &ClaimNow, order: Order<'_>) -> Result<Option<Decimal>, StepError> {
    if order.step != Step::ClawBack {
        return Ok(None);
    }
    let most = now.row.amount_yuan;
    let amount = order.amount.map_or(most, |yuan| yuan.rounded_to_fen().0);
    if amount <= Decimal::ZERO || amount > most { Err(StepError::Amount { most }) } else { Ok(Some(amount)) }
}

/// What a step moves. Each booking has a name of its own and is made once.
fn booking(now: &ClaimNow, step: Step, claw_back: Option<Decimal>) -> Booking {
    let (claim, amount) = (now.row.claim, now.row.amount_yuan);
    let line = |account, amount_yuan| Posting { account, claim, amount_yuan };
    let postings = match step {
        Step::Approve => vec![line("budget", amount), line("obligation", -amount)],
        // What is set off is paid and recovered at once: the money that moves is the difference.
        Step::Pay => {
            let mut postings = vec![line("obligation", amount), line("paid", -amount)];
            let mut left = amount;
            for (debt, owed) in &now.owed {
                let offset = left.min(*owed);
                if offset > Decimal::ZERO {
                    postings.push(Posting { account: "receivable", claim: *debt, amount_yuan: -offset });
                    postings.push(Posting { account: "recovered", claim: *debt, amount_yuan: offset });
                    left -= offset;
                }
            }
            postings
        }
        Step::ClawBack => {
            let back = claw_back.unwrap_or(amount);
            vec![line("receivable", back), line("budget", -back)]
        }
        _ => Vec::new(),
    };
    Booking { name: format!("{}/{claim}", step.as_str()), postings }
}

/// Books that the payee repaid what was claimed back, whole or in part. The reference (the bank's) makes it this repayment
/// and no other: said again, it moves nothing. Gives whether it was new.
///
/// # Errors
/// [`StepError`]; then nothing has changed.
pub async fn repaid(
    store: &Store,
    claim: Uuid,
    actor: &Actor,
    amount: Yuan,
    reference: &str,
) -> Result<bool, StepError> {
    if actor.role().in_claims() != Some(Role::Finance) {
        return Err(StepError::NotYours);
    }
    if reference.trim().is_empty() {
        return Err(StepError::NoReason);
    }
    let booked = store
        .book(claim, &format!("repaid/{claim}/{reference}"), |now| {
            in_scope(now, actor, Role::Finance)?;
            let most =
                now.owed.iter().find(|(debt, _)| *debt == claim).map_or(Decimal::ZERO, |(_, owed)| *owed);
            let amount = amount.rounded_to_fen().0;
            if amount <= Decimal::ZERO || amount > most {
                return Err(StepError::Amount { most });
            }
            let line = |account, amount_yuan| Posting { account, claim, amount_yuan };
            Ok(vec![line("recovered", amount), line("receivable", -amount)])
        })
        .await?;
    booked.ok_or(StepError::NoClaim(claim))
}
