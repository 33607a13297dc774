//! The second step: whatever changed under a key is judged with all that stands there, and dropped again.

use std::collections::{BTreeSet, HashMap};

use keshi_events::TraineeId;
use keshi_integrity::{Condition, Crowd, MOST_PEOPLE, Part, Rules, Scope};
use keshi_store::{Comparing, JudgedRow, KeyRow, LinkRow, PartRow, Store, Whose};

use super::{Looked, suspicion};
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
        // Encoded and decoded, the parts of a large key would be in memory twice.
        let mut there: HashMap<i64, There> = HashMap::new();
        comparing.parts(scope.number(), &names, |row| there.entry(row.key).or_default().join(row)).await?;
        add_papers(&mut comparing, scope, &mut there).await?;
        let mut judged = Vec::with_capacity(names.len());
        for key in names {
            let crowd = there.remove(&key).unwrap_or_default().crowd;
            judged.push(judge((scope, key), &crowd, everybody, rules)?);
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

/// What stands under a key.
#[derive(Default)]
struct There {
    people: Vec<String>,
    crowd: Crowd,
}

impl There {
    fn join(&mut self, row: PartRow) -> Result<(), ProjectorError> {
        let part: Part = postcard::from_bytes(&row.body)?;
        self.crowd.join(&TraineeId::from(row.trainee.as_str()), part);
        self.people.push(row.trainee);
        Ok(())
    }
}

/// The papers of those who meet on a device or address, where they are not too many to be compared by twos.
async fn add_papers(
    comparing: &mut Comparing,
    scope: Scope,
    there: &mut HashMap<i64, There>,
) -> Result<(), ProjectorError> {
    if !matches!(scope, Scope::Device | Scope::Address) {
        return Ok(());
    }
    let several = there.values().filter(|there| there.people.len() > 1);
    let people: BTreeSet<&String> = several.flat_map(|there| &there.people).collect();
    let people: Vec<String> = people.into_iter().cloned().collect();
    let has = comparing.with_papers(&people).await?;
    let mut keys: HashMap<&String, Vec<i64>> = HashMap::new();
    for (key, there) in there.iter() {
        let with_papers = || there.people.iter().filter(|who| has.contains(*who));
        if (2..=MOST_PEOPLE).contains(&with_papers().count()) {
            with_papers().for_each(|who| keys.entry(who).or_default().push(*key));
        }
    }
    let wanted: Vec<String> = keys.keys().map(|who| (*who).clone()).collect();
    let mut joined = Vec::new();
    for paper in comparing.papers(&wanted).await? {
        let part: Part = postcard::from_bytes(&paper.body)?;
        let at = keys.get(&paper.trainee).cloned().unwrap_or_default();
        joined.push((TraineeId::from(paper.trainee), part, at));
    }
    for (who, part, keys) in joined {
        for key in keys {
            if let Some(there) = there.get_mut(&key) {
                there.crowd.join(&who, part.clone());
            }
        }
    }
    Ok(())
}

fn judge(
    (scope, key): (Scope, i64),
    crowd: &Crowd,
    everybody: i64,
    rules: &Rules,
) -> Result<JudgedRow, ProjectorError> {
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
