//! The second step: whatever changed under a key is judged with all that stands there, and dropped again.

use keshi_events::TraineeId;
use keshi_integrity::{Condition, Crowd, MOST_PEOPLE, Part, Rules, Scope};
use keshi_store::{Comparing, JudgedRow, KeyRow, LinkRow, PartRow, Store, Whose};

use super::{Looked, cpu_time, suspicion};
use crate::error::ProjectorError;

/// So many keys a transaction ...
const KEYS: i64 = 256;
/// ... with about so many people.
const PEOPLE: i64 = 10_000;

pub(super) async fn all(store: &Store, rules: &Rules, looked: &mut Looked) -> Result<(), ProjectorError> {
    loop {
        let mut comparing = store.compare().await?;
        let everybody = comparing.everybody().await?;
        let keys = some(comparing.keys(everybody, KEYS).await?);
        let Some(first) = keys.first() else { return Ok(()) };
        let scope = Scope::ALL.into_iter().find(|scope| scope.number() == first.scope);
        let scope = scope.ok_or_else(|| ProjectorError::Finding(format!("no scope {}", first.scope)))?;
        let names: Vec<i64> = keys.iter().map(|key| key.key).collect();
        let mut parts = comparing.parts(scope.number(), &names).await?;
        let mut judged = Vec::with_capacity(keys.len());
        for key in &keys {
            let after = parts.iter().position(|part| part.key != key.key).unwrap_or(parts.len());
            let of_key: Vec<PartRow> = if parts.first().is_some_and(|part| part.key == key.key) {
                parts.drain(..after).collect()
            } else {
                Vec::new()
            };
            let papers = papers(&mut comparing, scope, &of_key).await?;
            let begun = cpu_time();
            judged.push(judge((scope, key.key), of_key, papers, everybody, rules)?);
            looked.cpu += cpu_time().saturating_sub(begun);
        }
        looked.compared += judged.len();
        comparing.keep(&judged).await?;
    }
}

/// The first keys, of one scope, with not too many people together.
fn some(mut keys: Vec<KeyRow>) -> Vec<KeyRow> {
    let (scope, mut people) = (keys.first().map(|key| key.scope), 0);
    let fits = |key: &&KeyRow| {
        people += key.people;
        Some(key.scope) == scope && people <= PEOPLE
    };
    let count = keys.iter().take_while(fits).count();
    keys.truncate(count.max(1));
    keys
}

/// The papers of those who meet on a device or address.
async fn papers(
    comparing: &mut Comparing,
    scope: Scope,
    parts: &[PartRow],
) -> Result<Vec<PartRow>, ProjectorError> {
    if !matches!(scope, Scope::Device | Scope::Address) || parts.len() < 2 {
        return Ok(Vec::new());
    }
    let trainees: Vec<String> = parts.iter().map(|part| part.trainee.clone()).collect();
    Ok(comparing.papers(&trainees, MOST_PEOPLE as i64).await?)
}

fn judge(
    (scope, key): (Scope, i64),
    parts: Vec<PartRow>,
    papers: Vec<PartRow>,
    everybody: i64,
    rules: &Rules,
) -> Result<JudgedRow, ProjectorError> {
    let mut crowd = Crowd::default();
    for row in parts.into_iter().chain(papers) {
        let part: Part = postcard::from_bytes(&row.body)?;
        crowd.join(&TraineeId::from(row.trainee), part);
    }
    let judged = crowd.judge(scope, everybody.unsigned_abs(), rules);
    let doubtful = judged.doubtful.into_iter().map(|flag| (flag, Some(Condition::Share)));
    let flags = judged.flags.into_iter().map(|flag| (flag, None)).chain(doubtful);
    let bound = |people: u64| i64::try_from(people).unwrap_or(i64::MAX);
    let link = |link: keshi_integrity::Link| -> Result<LinkRow, ProjectorError> {
        Ok(LinkRow {
            people: link.people.map(|trainee| trainee.to_string()),
            at: link.at.map(|at| at.0),
            evidence: postcard::to_allocvec(&link.evidence)?,
        })
    };
    Ok(JudgedRow {
        whose: Whose(scope.number(), key),
        suspicions: suspicion::rows(flags)?,
        is_room: judged.is_room,
        turning: judged.turning.map(|(least, most)| [bound(least), bound(most)]),
        links: judged.links.into_iter().map(link).collect::<Result<_, _>>()?,
    })
}
