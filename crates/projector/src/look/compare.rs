//! The second step: whatever changed under a key is judged with all that stands there, and dropped again.

use std::collections::{BTreeSet, HashMap};

use keshi_events::TraineeId;
use keshi_integrity::{Condition, Crowd, MOST_PEOPLE, Part, Rules, Scope};
use keshi_store::{Comparing, JudgedRow, KeyRow, LinkRow, PartRow, Store, Whose};

use super::{Looked, cpu_time, suspicion};
use crate::error::ProjectorError;

/// So many keys a transaction ...
const KEYS: i64 = 1_024;
/// ... with about so many people.
const PEOPLE: i64 = 4_096;

pub(super) async fn all(store: &Store, rules: &Rules, looked: &mut Looked) -> Result<(), ProjectorError> {
    loop {
        let mut comparing = store.compare().await?;
        let everybody = comparing.everybody().await?;
        let keys = some(comparing.keys(everybody, KEYS).await?);
        let Some(first) = keys.first() else { return Ok(()) };
        let scope = Scope::ALL.into_iter().find(|scope| scope.number() == first.scope);
        let scope = scope.ok_or_else(|| ProjectorError::Finding(format!("no scope {}", first.scope)))?;
        let names: Vec<i64> = keys.iter().map(|key| key.key).collect();
        let mut parts: HashMap<i64, Vec<PartRow>> = HashMap::new();
        for part in comparing.parts(scope.number(), &names).await? {
            parts.entry(part.key).or_default().push(part);
        }
        let papers = papers(&mut comparing, scope, &parts).await?;
        let mut judged = Vec::with_capacity(keys.len());
        let begun = cpu_time();
        for key in names {
            let mut there = parts.remove(&key).unwrap_or_default();
            if let Some(people) = papers.meet.get(&key) {
                let theirs = people.iter().filter_map(|who| papers.of.get(who)).flatten();
                there.extend(theirs.cloned());
            }
            judged.push(judge((scope, key), there, everybody, rules)?);
        }
        looked.cpu += cpu_time().saturating_sub(begun);
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

/// Papers of those who meet on devices or addresses.
#[derive(Default)]
struct Papers {
    /// Who has papers, where these are not too many to be compared by twos.
    meet: HashMap<i64, Vec<String>>,
    of: HashMap<String, Vec<PartRow>>,
}

async fn papers(
    comparing: &mut Comparing,
    scope: Scope,
    parts: &HashMap<i64, Vec<PartRow>>,
) -> Result<Papers, ProjectorError> {
    let mut papers = Papers::default();
    if !matches!(scope, Scope::Device | Scope::Address) {
        return Ok(papers);
    }
    let several = || parts.iter().filter(|(_, there)| there.len() > 1);
    let people: BTreeSet<&String> =
        several().flat_map(|(_, there)| there.iter().map(|part| &part.trainee)).collect();
    let people: Vec<String> = people.into_iter().cloned().collect();
    let has = comparing.with_papers(&people).await?;
    for (key, there) in several() {
        let who: Vec<String> =
            there.iter().map(|part| &part.trainee).filter(|who| has.contains(*who)).cloned().collect();
        if (2..=MOST_PEOPLE).contains(&who.len()) {
            papers.meet.insert(*key, who);
        }
    }
    let wanted: BTreeSet<&String> = papers.meet.values().flatten().collect();
    let wanted: Vec<String> = wanted.into_iter().cloned().collect();
    for part in comparing.papers(&wanted).await? {
        papers.of.entry(part.trainee.clone()).or_default().push(part);
    }
    Ok(papers)
}

fn judge(
    (scope, key): (Scope, i64),
    parts: Vec<PartRow>,
    everybody: i64,
    rules: &Rules,
) -> Result<JudgedRow, ProjectorError> {
    let mut crowd = Crowd::default();
    for row in parts {
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
