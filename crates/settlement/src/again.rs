//! A claim judged again before money moves: what was registered since its draft counts.

use keshi_policy::Pack;
use keshi_registry::Certificate;
use keshi_store::{ClaimToJudge, DraftClaim, Note, Store};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use crate::error::SettlementError;
use crate::facts::{Page, Subject};
use crate::ground::Ground;
use crate::reconcile::{Outcome, settle_one};
use crate::steps::StepError;

/// Judges a claim by the facts of now, beside those claims that were there when it was drafted. When something else would be
/// drafted today, an adjustment is raised and its hold stops the claim, until an official releases that very hold.
pub(crate) async fn judge_again(store: &Store, packs: &[Pack], claim: Uuid) -> Result<(), StepError> {
    let Some(was) = store.claim_to_judge(claim).await? else { return Err(StepError::NoClaim(claim)) };
    if !was.fingerprint.is_empty() && !was.recorded {
        return Err(StepError::NoRecord(claim));
    }
    let now = differs(store, packs, claim, &was).await?;
    let Some((now_is, said)) = now else { return Ok(()) };
    let held = store.raise_adjustment(claim, &told(&was), &now_is, &said).await?;
    if held { Err(StepError::Changed { claim, said }) } else { Ok(()) }
}

/// What would be drafted now, where that is another claim: in short, and as a sentence.
async fn differs(
    store: &Store,
    packs: &[Pack],
    claim: Uuid,
    was: &ClaimToJudge,
) -> Result<Option<(String, String)>, SettlementError> {
    let certificate: Option<Certificate> = match (&was.certificate, &was.body) {
        (Some(number), None) => {
            let said = format!("证书 {number} 已撤销登记 / certificate {number} is no longer registered");
            return Ok(Some(("gone".to_owned(), said)));
        }
        (Some(number), Some(body)) => {
            let read = serde_json::from_value(body.clone());
            Some(read.map_err(|error| SettlementError::Unreadable {
                what: format!("the registry's certificate {number}"),
                why: error.to_string(),
            })?)
        }
        (None, _) => None,
    };
    let subject = Subject {
        trainee: was.trainee.as_str().into(),
        course: match &certificate {
            Some(certificate) => certificate.course.clone(),
            None => Some(was.course.as_str().into()),
        },
        certificate,
        fingerprint: was.fingerprint.clone(),
    };
    let ground = Ground::load(store, packs).await?;
    let others = store.claims_before(claim).await?;
    let page = Page::load(store, std::slice::from_ref(&subject), others).await?;
    Ok(match settle_one(store, &ground, &page, &subject).await? {
        Outcome::Draft(draft) if is_same(was, &draft) => None,
        Outcome::Draft(draft) => {
            let now_is = summary(
                &draft.claim.scheme,
                draft.claim.amount_yuan,
                draft.payee.as_deref(),
                &draft.district,
            );
            let said = format!("生成时 {}，现为 {now_is} / was {}, is {now_is} now", told(was), told(was));
            Some((now_is, said))
        }
        Outcome::Note(note) => Some((note.verdict.to_owned(), because(&note))),
    })
}

fn is_same(was: &ClaimToJudge, draft: &DraftClaim) -> bool {
    was.scheme == draft.claim.scheme
        && was.amount_yuan == draft.claim.amount_yuan
        && was.payee == draft.payee
        && was.district == draft.district
}

fn told(was: &ClaimToJudge) -> String {
    summary(&was.scheme, was.amount_yuan, was.payee.as_deref(), &was.district)
}

fn summary(scheme: &str, amount: Decimal, payee: Option<&str>, district: &str) -> String {
    format!("{scheme}, {amount} yuan, {} <- {district}", payee.unwrap_or("trainee"))
}

/// Which rules say no now, or what is no longer known.
fn because(note: &Note) -> String {
    let derivation: Value = serde_json::from_str(&note.derivation).unwrap_or_default();
    let rules = derivation["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    let against = rules
        .iter()
        .filter(|rule| rule["outcome"] != "met" && rule["severity"] == "error" && rule["rule"] != "not-held");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let sentences: Vec<String> = against
        .map(|rule| {
            format!("{}: {} / {}", text(&rule["rule"]), text(&rule["sentence"]), text(&rule["sentence_en"]))
        })
        .collect();
    let verdict = match note.verdict {
        "referred" => "现应转办社保经办机构 / referred to the social-insurance agency now",
        "refused" => "现不予补贴 / refused now",
        _ => "现尚缺事实 / something is not known now",
    };
    if sentences.is_empty() { verdict.to_owned() } else { format!("{verdict} ({})", sentences.join("; ")) }
}
