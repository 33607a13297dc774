//! Claims judged again: what was registered or recorded since the draft counts.

use std::collections::HashMap;

use keshi_events::Millis;
use keshi_policy::{ClaimState, OtherClaim, Scheme, Yuan};
use keshi_registry::Certificate;
use keshi_store::{Again, ClaimToJudge, DraftClaim, Note, Settling, Store};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use crate::error::{SettlementError, StepError};
use crate::facts::{Page, Subject, other_claim};
use crate::ground::Ground;
use crate::reconcile::{Outcome, Settled, Settlement, settle_one};
use crate::told::Told;

/// Trainees of one page: one transaction.
const PAGE: i64 = 500;

/// Why an adjustment of a draft is over.
const AS_DRAFTED: &str = "事实已恢复原状 / the facts are those of the draft again";

/// What a claim looks like by the facts of now.
enum Now {
    /// What was drafted.
    Same,
    /// Another claim of the same scheme, or the same one by other facts.
    Drawn(Box<DraftClaim>),
    /// No claim of this scheme: in short, and as a sentence.
    Gone(String, String),
}

impl Settlement {
    /// Judges the claims of all trainees of whom something changed. Drafts and returned claims are drawn anew; what has gone
    /// further, paid claims included, gets an adjustment for an official.
    pub(crate) async fn judge_again(
        &self,
        ground: &mut Option<Ground>,
        settled: &mut Settled,
    ) -> Result<(), SettlementError> {
        loop {
            let mut turn = self.store.settling().await?;
            let trainees = turn.to_judge(PAGE).await?;
            if trainees.is_empty() {
                return Ok(());
            }
            let known = self.ground(ground).await?;
            let kept = self.judge_page(&mut turn, known, &trainees, settled).await?;
            let done: Vec<String> = trainees.into_iter().filter(|trainee| !kept.contains(trainee)).collect();
            turn.judged(&done).await?;
            turn.commit().await?;
        }
    }

    /// Gives the trainees one of whose claims went on while it was judged: they are judged once more.
    async fn judge_page(
        &self,
        turn: &mut Settling,
        ground: &Ground,
        trainees: &[String],
        settled: &mut Settled,
    ) -> Result<Vec<String>, SettlementError> {
        let claims = turn.claims_of(trainees).await?;
        let ids: Vec<Uuid> = claims.iter().map(|claim| claim.claim).collect();
        let rows = self.store.claims_to_judge(&ids).await?;
        let amounts: HashMap<Uuid, OtherClaim> =
            claims.iter().filter_map(|claim| Some((claim.claim, other_claim(claim).ok()?))).collect();
        let subjects: Vec<_> = rows.iter().map(subject_of).collect();
        let all: Vec<Subject> = subjects.iter().flatten().flatten().cloned().collect();
        let page = Page::load(&self.store, &all).await?;
        let mut before: HashMap<&str, Vec<OtherClaim>> = HashMap::new();
        let (mut prints, mut kept) = (Vec::new(), Vec::new());
        for (row, subject) in rows.iter().zip(&subjects) {
            let others = before.entry(&row.trainee).or_default();
            let own = amounts.get(&row.claim).cloned();
            let state = ClaimState::parse(&row.state);
            let is_open = state.is_some_and(|state| state.is_live() && state != ClaimState::ClawedBack);
            if is_open {
                let now = match subject {
                    Ok(subject) => {
                        prints.extend(subject.as_ref().map(|subject| (row.claim, page.seen(subject))));
                        look(&self.store, ground, &page, row, subject.as_ref(), others).await
                    }
                    Err(error) => Err(SettlementError::Unreadable {
                        what: format!("what claim {} rests on", row.claim),
                        why: error.to_string(),
                    }),
                };
                let now = match now {
                    Err(error @ SettlementError::Unreadable { .. }) => {
                        // Before money moves it is judged once more, and refused until this is mended.
                        tracing::error!(%error, claim = %row.claim, "not judged again");
                        others.extend(own);
                        continue;
                    }
                    now => now?,
                };
                let redraws = matches!(state, Some(ClaimState::Drafted | ClaimState::Returned));
                if let (true, Now::Drawn(draft)) = (redraws, &now) {
                    let (was, now_is) = (told(row), told_of(draft));
                    let why = if was == now_is {
                        "所依事实有更新 / the facts that it rests on were updated".to_owned()
                    } else {
                        format!("{was} → {now_is}")
                    };
                    if turn.redraw(row.claim, draft, &why, redrawn(row, draft)).await? {
                        settled.redrawn += 1;
                    } else {
                        kept.push(row.trainee.clone());
                    }
                    others.extend(
                        own.map(|own| OtherClaim { amount: Some(Yuan(draft.claim.amount_yuan)), ..own }),
                    );
                    continue;
                }
                let was = told(row);
                let difference = difference(row, &now);
                let again = Again {
                    claim: row.claim,
                    was: &was,
                    now_is: difference.as_ref().map(|(now_is, _)| now_is.as_str()),
                    why: difference.as_ref().map_or(AS_DRAFTED, |(_, said)| said.as_str()),
                    releases: redraws,
                };
                settled.adjusted += u64::from(turn.adjust(again).await?.is_new && difference.is_some());
            }
            others.extend(own);
        }
        turn.seen(&prints).await?;
        Ok(kept)
    }
}

/// Judges a claim by the facts of now, before it is accepted, approved or paid. When something else would be drafted today, an
/// adjustment is raised and its hold stops the claim, until an official releases that very hold.
pub(crate) async fn judge_again(
    store: &Store,
    packs: &[keshi_policy::Pack],
    claim: Uuid,
) -> Result<(), StepError> {
    let Some(row) = store.claims_to_judge(&[claim]).await?.pop() else {
        return Err(StepError::NoClaim(claim));
    };
    if !row.fingerprint.is_empty() && store.is_record_behind().await? {
        return Err(StepError::NoRecord(claim));
    }
    let others = store.claims_before(claim).await?;
    let others = others.iter().map(other_claim).collect::<Result<Vec<_>, _>>()?;
    let subject = subject_of(&row)?;
    let ground = Ground::load(store, packs).await?;
    let page = Page::load(store, subject.as_slice()).await?;
    let now = look(store, &ground, &page, &row, subject.as_ref(), &others).await?;
    let (was, difference) = (told(&row), difference(&row, &now));
    let again = Again {
        claim,
        was: &was,
        now_is: difference.as_ref().map(|(now_is, _)| now_is.as_str()),
        why: difference.as_ref().map_or(AS_DRAFTED, |(_, said)| said.as_str()),
        releases: false,
    };
    let adjusted = store.adjust(again).await?;
    match difference {
        Some((_, said)) if adjusted.is_held => Err(StepError::Changed { claim, said }),
        _ => Ok(()),
    }
}

/// What a claim rests on; `None`: its certificate was taken back.
fn subject_of(row: &ClaimToJudge) -> Result<Option<Subject>, SettlementError> {
    let certificate: Option<Certificate> = match (&row.certificate, &row.body) {
        (Some(_), None) => return Ok(None),
        (Some(number), Some(body)) => {
            let read = serde_json::from_value(body.clone());
            Some(read.map_err(|error| SettlementError::Unreadable {
                what: format!("the registry's certificate {number}"),
                why: error.to_string(),
            })?)
        }
        (None, _) => None,
    };
    Ok(Some(Subject {
        trainee: row.trainee.as_str().into(),
        course: match &certificate {
            Some(certificate) => certificate.course.clone(),
            None => Some(row.course.as_str().into()),
        },
        certificate,
        by_study: row.scheme == Scheme::PreJob.as_str(),
    }))
}

/// What would be drafted now.
async fn look(
    store: &Store,
    ground: &Ground,
    page: &Page,
    row: &ClaimToJudge,
    subject: Option<&Subject>,
    others: &[OtherClaim],
) -> Result<Now, SettlementError> {
    let Some(subject) = subject else {
        let number = row.certificate.as_deref().unwrap_or_default();
        let said = format!("证书 {number} 已撤销登记 / certificate {number} is no longer registered");
        return Ok(Now::Gone("gone".to_owned(), said));
    };
    Ok(match settle_one(store, ground, page, subject, others).await? {
        Outcome::Draft(draft) if draft.claim.scheme != row.scheme => {
            let said = format!("现应按 {} 申领 / is owed as {} now", draft.claim.scheme, draft.claim.scheme);
            Now::Gone(told_of(&draft), said)
        }
        Outcome::Draft(draft)
            if draft.derivation == row.derivation && draft.sheet == row.sheet && is_same(row, &draft) =>
        {
            Now::Same
        }
        Outcome::Draft(draft) => Now::Drawn(draft),
        Outcome::Note(note) => because(&note),
    })
}

/// How a claim that is no draft any more differs: in its parties, its amount or the moments of its study. The words of its
/// derivation may change.
fn difference(row: &ClaimToJudge, now: &Now) -> Option<(String, String)> {
    match now {
        Now::Same => None,
        Now::Drawn(draft) if is_same(row, draft) => None,
        Now::Drawn(draft) => {
            let (was, now_is) = (told(row), told_of(draft));
            let moments = if row.fingerprint == draft.fingerprint {
                String::new()
            } else {
                format!("，学习时间有变 the study is of other moments: {}", draft.fingerprint)
            };
            let said = format!("生成时 {was}，现为 {now_is} / was {was}, is {now_is} now{moments}");
            Some((
                format!(
                    "{now_is}{}",
                    if moments.is_empty() { String::new() } else { format!(", {}", draft.fingerprint) }
                ),
                said,
            ))
        }
        Now::Gone(now_is, said) => Some((now_is.clone(), said.clone())),
    }
}

fn is_same(row: &ClaimToJudge, draft: &DraftClaim) -> bool {
    row.scheme == draft.claim.scheme
        && row.amount_yuan == draft.claim.amount_yuan
        && row.payee == draft.payee
        && row.district == draft.district
        && row.provider == draft.provider
        && row.fingerprint == draft.fingerprint
}

fn told(row: &ClaimToJudge) -> String {
    summary(&row.scheme, row.amount_yuan, row.payee.as_deref(), &row.district)
}

fn told_of(draft: &DraftClaim) -> String {
    summary(&draft.claim.scheme, draft.claim.amount_yuan, draft.payee.as_deref(), &draft.district)
}

fn summary(scheme: &str, amount: Decimal, payee: Option<&str>, district: &str) -> String {
    format!("{scheme}, {amount} yuan, {} <- {district}", payee.unwrap_or("trainee"))
}

/// The fact that tells the provider.
fn redrawn(row: &ClaimToJudge, draft: &DraftClaim) -> keshi_store::FactRow {
    let told = Told {
        claim: row.claim,
        scheme: &row.scheme,
        trainee: &row.trainee,
        course: &draft.claim.course,
        provider: &draft.provider,
        amount: draft.claim.amount_yuan,
    };
    // The moment is that of the id, which was made now; so is what makes this change another one than all before it.
    let (seconds, nanos) = draft.claim.claim.get_timestamp().map_or((0, 0), |at| at.to_unix());
    let now = Millis(seconds as i64 * 1000 + i64::from(nanos) / 1_000_000);
    told.fact(&row.state, &draft.claim.claim.to_string(), now)
}

/// Which rules say no now, or what is no longer known.
fn because(note: &Note) -> Now {
    let derivation: Value = serde_json::from_str(&note.derivation).unwrap_or_default();
    let rules = derivation["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    let against: Vec<&Value> = rules
        .iter()
        .filter(|rule| rule["outcome"] != "met" && rule["severity"] == "error" && rule["rule"] != "not-held")
        .collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = against.iter().map(|rule| text(&rule["rule"])).collect();
    let sentences: Vec<String> = against
        .iter()
        .map(|rule| {
            format!("{}: {} / {}", text(&rule["rule"]), text(&rule["sentence"]), text(&rule["sentence_en"]))
        })
        .collect();
    let verdict = match note.verdict {
        "referred" => "现应转办社保经办机构 / referred to the social-insurance agency now",
        "refused" => "现不予补贴 / refused now",
        _ => "现尚缺事实 / something is not known now",
    };
    let said = if sentences.is_empty() {
        verdict.to_owned()
    } else {
        format!("{verdict} ({})", sentences.join("; "))
    };
    Now::Gone(format!("{}: {}", note.verdict, names.join(", ")), said)
}
