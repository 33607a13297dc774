//! The first step: each trainee by itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keshi_events::{Origin, TraineeId, decode};
use keshi_integrity::{
    Changed, Condition, Examined, Extract, History, Key, NotAnExtract, Rules, Scope, examine,
};
use keshi_record::{Catalogue, Constants, Names};
use keshi_store::{Examination, ExtractRow, Store, TallyRow, ToExamine};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Looked, Whom, suspicion};
use crate::error::ProjectorError;
use crate::stored::trail_error;

/// So many trainees a transaction ...
const PAGE: i64 = 1_000;
/// ... with about so many events; whoever has more stands alone.
const EVENTS: i64 = 20_000;
/// Whoever has more is read row by row: of the largest events that are taken, not many more fit into one value of a query.
const LONG: i64 = 10_000;

/// What an examination gave, as digests: what has changed is told without reading it again.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    parts: BTreeMap<Key, u64>,
    suspicions: BTreeMap<(String, String), u64>,
    tallies: u64,
}

pub(super) async fn all(
    store: &Store,
    ground: (&Constants, &Catalogue, &Rules),
    law: &[u8],
    whom: Whom,
    looked: &mut Looked,
) -> Result<(), ProjectorError> {
    let partitions = store.partitions().await? as u16;
    let mut after = String::new();
    loop {
        let page = some(store.to_examine(law, whom == Whom::MuchChanged, &after, PAGE).await?);
        let Some(last) = page.last() else { break };
        after.clone_from(&last.trainee);
        let done = examined(store, page, partitions, ground, looked).await?;
        store.keep_examined(law, &done).await?;
    }
    loop {
        let page = store.to_forget(PAGE).await?;
        if page.is_empty() {
            return Ok(());
        }
        let forgotten: Result<Vec<Examination>, _> =
            page.into_iter().map(|of| difference(of, Examined::default(), ground.2)).collect();
        store.keep_examined(law, &forgotten?).await?;
    }
}

/// The first of these, with not too many events together.
fn some(mut page: Vec<ToExamine>) -> Vec<ToExamine> {
    let mut events = 0;
    let fits = |of: &&ToExamine| {
        events += of.head.as_ref().map_or(0, |head| head.entries);
        events <= EVENTS
    };
    let count = page.iter().take_while(fits).count();
    page.truncate(count.max(1));
    page
}

fn is_long(of: &ToExamine) -> bool {
    of.head.as_ref().is_some_and(|head| head.entries > LONG)
}

/// What examining these gave, in no order.
async fn examined(
    store: &Store,
    page: Vec<ToExamine>,
    partitions: u16,
    ground: (&Constants, &Catalogue, &Rules),
    looked: &mut Looked,
) -> Result<Vec<Examination>, ProjectorError> {
    let (constants, catalogue, rules) = ground;
    let has_changes = |of: &&ToExamine| of.head.as_ref().is_some_and(|head| head.changes > 0);
    let changed: Vec<String> = page.iter().filter(has_changes).map(|of| of.trainee.clone()).collect();
    let mut changes: HashMap<String, Vec<Changed>> = HashMap::new();
    if !changed.is_empty() {
        for (trainee, seq, first) in store.changed_repeats(&changed).await? {
            let change = Changed { seq: seq.unsigned_abs(), first: first.unsigned_abs() };
            changes.entry(trainee).or_default().push(change);
        }
    }
    let mut page: HashMap<String, ToExamine> = page.into_iter().map(|of| (of.trainee.clone(), of)).collect();
    let mut done = Vec::with_capacity(page.len());
    let mut names = Names::default();
    let mut one = |of: ToExamine, history: History| {
        let history = history.with_changed(changes.remove(&of.trainee).unwrap_or_default());
        let trainee = TraineeId::from(of.trainee.as_str());
        let one = examine(&trainee, &history, constants, catalogue, rules);
        done.push(difference(of, one, rules)?);
        looked.examined += 1;
        looked.events += history.len();
        Ok::<(), ProjectorError>(())
    };
    let short: Vec<String> = page.values().filter(|of| !is_long(of)).map(|of| of.trainee.clone()).collect();
    store
        .extracts(&short, |trainee, rows| {
            let history = extracted(rows.iter().copied(), &mut names);
            match history.ok().and_then(|history| Some((page.remove(trainee)?, history))) {
                Some((of, history)) => one(of, history),
                None => Ok(()),
            }
        })
        .await?;
    // Long ones, empty ones, and those of whom not every event has an extract that can be read.
    for of in page.into_values() {
        let history = by_itself(store, &of.trainee, partitions, &mut names).await?;
        one(of, history)?;
    }
    Ok(done)
}

/// One history that is not read with others.
async fn by_itself(
    store: &Store,
    trainee: &str,
    partitions: u16,
    names: &mut Names,
) -> Result<History, ProjectorError> {
    if let Some(rows) = store.extracts_of(trainee).await? {
        let rows = rows.iter().map(|(seq, received_at, extract)| ExtractRow {
            seq: *seq,
            received_at: *received_at,
            extract,
        });
        match extracted(rows, names) {
            Ok(history) => return Ok(history),
            // A verification says that it was changed; what follows from the message need not wait for that.
            Err(error) => {
                tracing::error!(%error, "an extract cannot be read, and its message is read instead: run `keshi verify` / 核查摘录无法读取")
            }
        }
    }
    let mut history = History::default();
    for message in store.history(trainee).await? {
        let event = decode(&message, Origin::Stream { partitions })
            .map_err(|rejection| trail_error(message.seq, rejection))?;
        history.take(Extract::of(&event, names));
    }
    Ok(history)
}

fn extracted<'r>(
    rows: impl Iterator<Item = ExtractRow<'r>>,
    names: &mut Names,
) -> Result<History, NotAnExtract> {
    let mut history = History::default();
    for row in rows {
        history.take(read(&row, names)?);
    }
    Ok(history)
}

fn read(row: &ExtractRow<'_>, names: &mut Names) -> Result<Extract, NotAnExtract> {
    Extract::read((row.seq, row.received_at), row.extract, names)
}

/// What differs from what the last examination gave.
fn difference(of: ToExamine, one: Examined, rules: &Rules) -> Result<Examination, ProjectorError> {
    let before: Kept = of.parts.as_deref().map(postcard::from_bytes).transpose()?.unwrap_or_default();
    let mut now = Kept::default();
    let mut put = Vec::new();
    let mut changed: BTreeSet<Key> = BTreeSet::new();
    for (key, part) in one.traces.parts(rules) {
        let body = postcard::to_allocvec(&part)?;
        let digest = digest(&body);
        now.parts.insert(key, digest);
        if before.parts.get(&key) != Some(&digest) {
            changed.insert(key);
            put.push((key.scope.number(), key.name.cast_signed(), body));
        }
    }
    let gone: Vec<Key> = before.parts.keys().filter(|key| !now.parts.contains_key(key)).copied().collect();
    changed.extend(&gone);
    let is_place = |key: &Key| matches!(key.scope, Scope::Address | Scope::Device);
    let places =
        |kept: &Kept| kept.parts.keys().filter(|key| is_place(key)).copied().collect::<BTreeSet<Key>>();
    if changed.iter().any(|key| key.scope == Scope::Quiz) {
        // Whoever shares a place with the trainee may have been given the answers, or give them.
        changed.extend(places(&now));
    }
    let is_elsewhere = places(&before) != places(&now);
    let steady =
        one.traces.steady.iter().map(|steady| {
            (steady.flag.clone(), Some(Condition::NotOwn(steady.what, steady.platform.clone())))
        });
    let flags = one.flags.iter().map(|flag| (flag.clone(), None)).chain(steady);
    let mut suspicions = suspicion::rows(flags)?;
    for row in &suspicions {
        now.suspicions.insert((row.flag.clone(), row.condition.clone()), digest(&row.body));
    }
    let key = |row: &keshi_store::SuspicionRow| (row.flag.clone(), row.condition.clone());
    suspicions.retain(|row| before.suspicions.get(&key(row)) != now.suspicions.get(&key(row)));
    let dropped = before.suspicions.keys().filter(|known| !now.suspicions.contains_key(*known)).cloned();
    let dropped = dropped.collect();
    let tallies = tallies(&one);
    now.tallies = digest(format!("{tallies:?}").as_bytes());
    let name = |key: &Key| (key.scope.number(), key.name.cast_signed());
    Ok(Examination {
        parts: postcard::to_allocvec(&now)?,
        put,
        gone: gone.iter().map(name).collect(),
        to_compare: changed.iter().map(name).collect(),
        is_elsewhere,
        tallies: (before.tallies != now.tallies).then_some(tallies),
        suspicions,
        dropped,
        of,
    })
}

fn tallies(one: &Examined) -> Vec<TallyRow> {
    let row = |(platform, tally): (&keshi_events::PlatformId, &keshi_integrity::Tally)| TallyRow {
        platform: platform.to_string(),
        sessions: [tally.long_sessions.cast_signed(), tally.checked.cast_signed()],
        span: [tally.span.map(|(from, _)| from.0), tally.span.map(|(_, to)| to.0)],
        regular: [tally.could_tick, tally.ticks, tally.could_repeat, one.traces.repeats_on(platform)],
    };
    one.traces.platforms.iter().map(row).collect()
}

fn digest(bytes: &[u8]) -> u64 {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
