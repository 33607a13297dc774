//! The facts of one claim: out of the register, the record and the trail.

use keshi_events::{Millis, Origin, Said, TraineeId, decode};
use keshi_policy::{ClaimFacts, CompletionFacts, EventRef, Evidence, EvidenceFacts, Held};
use keshi_record::{Constants, Rule, SessionKey};
use keshi_registry::{Course, Kind};
use keshi_store::{OpenCompletion, Store};
use serde::de::DeserializeOwned;

use crate::error::SettlementError;
use crate::reconcile::Ground;

/// Everything that the rules may look at.
pub(crate) async fn gather(
    store: &Store,
    ground: &Ground,
    completion: &OpenCompletion,
) -> Result<ClaimFacts, SettlementError> {
    let course: Option<Course> = registered(store, Kind::Course, &completion.course).await?;
    let provider = match course.as_ref().and_then(|course| course.provider.as_ref()) {
        Some(provider) => registered(store, Kind::Provider, provider.as_str()).await?,
        None => None,
    };
    let specialty = match course.as_ref().and_then(|course| course.specialty.as_ref()) {
        Some(specialty) => registered(store, Kind::Specialty, specialty.as_str()).await?,
        None => None,
    };
    let enrolment = format!("{}/{}", completion.trainee, completion.course);
    Ok(ClaimFacts {
        trainee: registered(store, Kind::Trainee, &completion.trainee).await?,
        enrolment: registered(store, Kind::Enrolment, &enrolment).await?,
        provider,
        course,
        specialty,
        completion: CompletionFacts {
            studied: Held::Since(Millis(completion.studied_at)),
            assessed: Held::Since(Millis(completion.assessed_at)),
            completed_at: Some(Millis(completion.completed_at)),
            first_counted_at: Some(Millis(completion.first_counted_at)),
            last_counted_at: None,
            verified_seconds: Some(completion.verified_seconds),
            class_hours: Some(completion.class_hours),
        },
        evidence: evidence(store, ground, completion).await?,
        other_claims: Some(Vec::new()),
        holds: Some(Vec::new()),
        benefits: Some(Vec::new()),
        ..ClaimFacts::default()
    })
}

async fn registered<T: DeserializeOwned>(
    store: &Store,
    kind: Kind,
    key: &str,
) -> Result<Option<T>, SettlementError> {
    let Some(body) = store.registered(kind.as_str(), key).await? else { return Ok(None) };
    serde_json::from_value(body).map(Some).map_err(|error| SettlementError::Unreadable {
        what: format!("the registry's {} {key}", kind.as_str()),
        why: error.to_string(),
    })
}

/// Counts out of the standing; events as far as the completion rests on them.
async fn evidence(
    store: &Store,
    ground: &Ground,
    completion: &OpenCompletion,
) -> Result<EvidenceFacts, SettlementError> {
    let unreadable = |why: String| SettlementError::Unreadable {
        what: format!("the record of {}", completion.trainee),
        why,
    };
    let bytes =
        store.standing(&completion.trainee).await?.ok_or_else(|| unreadable("it is gone".to_owned()))?;
    let standing = keshi_projector::read_standing(&bytes).map_err(|error| unreadable(error.to_string()))?;
    let trainee = TraineeId::from(completion.trainee.as_str());
    let constants = Constants::default();
    let rule = Rule { constants: &constants, catalogue: &ground.catalogue, trainee: &trainee };
    let session = |key: &SessionKey| standing.session(key);
    let summary = standing.summary();

    let openings: Vec<_> = standing
        .sessions()
        .filter_map(|(key, session)| {
            session.opening.as_ref().filter(|opening| opening.verified).map(|opening| (key, opening))
        })
        .map(|(key, opening)| EventRef {
            seq: opening.seq,
            event: format!("{}/{}", key.platform, opening.id),
        })
        .collect();
    let quizzes = summary
        .submissions
        .iter()
        .filter(|s| s.course.as_str() == completion.course && s.counts(session, rule).is_some());
    let questions = summary
        .questions
        .iter()
        .filter(|q| q.course.as_str() == completion.course && q.counts(session, rule).is_some());
    let mut facts = EvidenceFacts {
        sign_ins: Evidence { count: Some(openings.len() as u64), events: openings },
        stretches: Evidence::default(),
        quizzes: Evidence { count: Some(quizzes.count() as u64), events: Vec::new() },
        questions: Evidence { count: Some(questions.count() as u64), events: Vec::new() },
    };
    facts.sign_ins.events.sort_by_key(|event| event.seq);

    let keys: Vec<(String, i64)> =
        completion.evidence.iter().map(|seq| (completion.trainee.clone(), *seq)).collect();
    let mut messages: Vec<_> = store.trail_messages(&keys).await?.into_values().collect();
    messages.sort_by_key(|message| message.seq);
    for message in &messages {
        let event = decode(message, Origin::Stream { partitions: ground.partitions })
            .map_err(|rejection| unreadable(format!("event {}: {rejection}", message.seq)))?;
        let reference = EventRef { seq: event.seq, event: format!("{}/{}", event.platform, event.id) };
        match event.said {
            Said::Watched(_) => facts.stretches.events.push(reference),
            Said::Quiz(_) => facts.quizzes.events.push(reference),
            Said::Asked(_) => facts.questions.events.push(reference),
            _ => {}
        }
    }
    facts.stretches.count = Some(facts.stretches.events.len() as u64);
    Ok(facts)
}
