//! From a batch of messages to the rows of one transaction.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;

use keshi_events::{
    Event, Origin, StoredMessage, TraineeId, attribute_id, decode, partition_of_message, received_at,
    subject::{Subject, partition_of},
};
use keshi_record::{Catalogue, Constants, Evidence};
use keshi_store::{Batch, RejectedRow, RepeatRow, StandingRow, Store, TrailRow};
use keshi_trail::{Chain, Content, Hash, Verdict};
use lru::LruCache;

use crate::error::ProjectorError;
use crate::facts;
use crate::trainee::{self, Law, News, Trainee};

/// Trainees whose standings are kept in memory.
const CACHED_TRAINEES: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();

/// A row's entry until it is linked into its chain; the store counts what was linked.
const UNLINKED: Hash = Hash([0; 32]);

/// Folds messages; owns the standings in memory.
pub(crate) struct Folder {
    store: Store,
    constants: Constants,
    catalogue: Catalogue,
    partitions: u16,
    cache: LruCache<TraineeId, Trainee>,
}

/// (trainee, platform, id)
type Key = (String, String, String);

impl Folder {
    pub(crate) fn new(store: Store, partitions: u16, catalogue: Catalogue) -> Folder {
        Folder {
            store,
            constants: Constants::default(),
            catalogue,
            partitions,
            cache: LruCache::new(CACHED_TRAINEES),
        }
    }

    /// Takes another state of the registry.
    pub(crate) fn set_catalogue(&mut self, catalogue: Catalogue) {
        self.catalogue = catalogue;
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Forgets what it knows, after a transaction that may not have come about.
    pub(crate) fn forget(&mut self) {
        self.cache.clear();
    }

    /// The rows of a batch of messages, in order of their sequence; checkpoints are the caller's, as are the chains of rejections
    /// by partition, which are appended to.
    pub(crate) async fn project(
        &mut self,
        messages: &[StoredMessage],
        rejections: &mut BTreeMap<i16, Chain>,
    ) -> Result<Batch, ProjectorError> {
        let mut batch = Batch::default();
        let mut accepted = Vec::with_capacity(messages.len());
        for message in messages {
            match decode(message, Origin::Stream { partitions: self.partitions }) {
                Ok(event) => accepted.push((event, message)),
                Err(rejection) => self.reject(message, rejection, rejections, &mut batch),
            }
        }
        let news = self.distinct(&accepted, &mut batch).await?;
        self.fold_all(news, &mut batch).await?;
        Ok(batch)
    }

    /// The rows that change when trainees are looked at again, without any message.
    pub(crate) async fn revise(
        &mut self,
        trainees: &[String],
        rejudge: bool,
    ) -> Result<Batch, ProjectorError> {
        let mut batch = Batch::default();
        let news = trainees
            .iter()
            .map(|trainee| {
                (TraineeId::from(trainee.as_str()), News { rejudge, all_courses: true, ..News::default() })
            })
            .collect();
        self.fold_all(news, &mut batch).await?;
        Ok(batch)
    }

    fn reject(
        &self,
        message: &StoredMessage,
        rejection: keshi_events::Rejection,
        rejections: &mut BTreeMap<i16, Chain>,
        batch: &mut Batch,
    ) {
        let received = received_at(message).unwrap_or(message.received_at);
        let place = Subject::parse(&message.subject).platform_and_family();
        if let Some((platform, family)) = place {
            batch.facts.push(facts::rejected(message, platform, family, received, &rejection));
        }
        let partition = partition_of_message(message, self.partitions);
        let mut row = RejectedRow {
            seq: message.seq as i64,
            partition: partition as i16,
            platform: place.map(|(platform, _)| platform.to_owned()),
            event_id: attribute_id(message).map(|id| id.into_owned()),
            code: rejection.code.as_str().to_owned(),
            sentence: rejection.sentence,
            pointer: rejection.pointer,
            received_at: received.0,
            subject: message.subject.clone(),
            headers: headers_json(message),
            payload: message.payload.to_vec(),
            entry: UNLINKED,
        };
        let verdict = Verdict { code: &row.code, sentence: &row.sentence, pointer: row.pointer.as_deref() };
        let chain = rejections.entry(row.partition).or_insert_with(|| Chain::of_rejections(partition));
        row.entry = chain.reject(&Content::of(message, received), &verdict);
        batch.rejected.push(row);
    }

    /// VT-1, step 1: sorts out repeats, of events in the trail and of events in this batch.
    async fn distinct(
        &self,
        accepted: &[(Event<'_>, &StoredMessage)],
        batch: &mut Batch,
    ) -> Result<BTreeMap<TraineeId, News>, ProjectorError> {
        let key = |event: &Event<'_>| -> Key {
            (event.trainee.to_string(), event.platform.to_owned(), event.id.to_string())
        };
        let keys: Vec<Key> = accepted.iter().map(|(event, _)| key(event)).collect();
        let taken = if keys.is_empty() { HashMap::new() } else { self.store.taken(&keys).await? };
        let stored: Vec<(String, i64)> = taken.iter().map(|(key, seq)| (key.0.clone(), *seq)).collect();
        let stored =
            if stored.is_empty() { HashMap::new() } else { self.store.trail_messages(&stored).await? };

        let mut first_here: HashMap<Key, &Event<'_>> = HashMap::with_capacity(keys.len());
        let mut news: BTreeMap<TraineeId, News> = BTreeMap::new();
        for ((event, message), key) in accepted.iter().zip(keys) {
            let trainee = TraineeId::from(event.trainee.as_ref());
            let repeated = if let Some(seq) = taken.get(&key) {
                let first = stored.get(seq).ok_or_else(|| trail_error(*seq as u64, "it is gone"))?;
                let first = decode(first, Origin::Stream { partitions: self.partitions })
                    .map_err(|rejection| trail_error(*seq as u64, rejection))?;
                Some((*seq, first.says_the_same(event)))
            } else {
                first_here.get(&key).map(|first| (first.seq as i64, first.says_the_same(event)))
            };
            if let Some((first_seq, same)) = repeated {
                batch.repeats.push(RepeatRow {
                    seq: event.seq as i64,
                    trainee: key.0,
                    first_seq,
                    changed: !same,
                });
                news.entry(trainee).or_default().changed |= !same;
                continue;
            }
            let news = news.entry(trainee).or_default();
            news.rows.push((batch.trail.len(), Content::of(message, event.received_at)));
            news.events.push(Evidence::of(event));
            batch.trail.push(trail_row(event, message));
            first_here.insert(key, event);
        }
        news.retain(|_, news| news.changed || !news.events.is_empty());
        Ok(news)
    }

    async fn fold_all(
        &mut self,
        news: BTreeMap<TraineeId, News>,
        batch: &mut Batch,
    ) -> Result<(), ProjectorError> {
        let unknown: Vec<String> =
            news.keys().filter(|id| !self.cache.contains(*id)).map(|id| id.as_str().to_owned()).collect();
        let mut known = if unknown.is_empty() { HashMap::new() } else { self.store.known(&unknown).await? };
        for (id, news) in news {
            let mut trainee = match self.cache.pop(&id) {
                Some(trainee) => trainee,
                None => Trainee::of(&id, known.remove(id.as_str()).unwrap_or_default())?,
            };
            for (row, content) in &news.rows {
                if let Some(row) = batch.trail.get_mut(*row) {
                    row.entry = trainee.chain.accept(content);
                }
            }
            // Decisions may name somebody of whom no event was ever accepted.
            if trainee.chain.count == 0 {
                continue;
            }
            let law =
                Law { constants: &self.constants, catalogue: &self.catalogue, partitions: self.partitions };
            trainee::fold(&id, &mut trainee, &news, &law, &self.store, batch).await?;
            if news.changed || news.rejudge || !news.events.is_empty() {
                batch.standings.push(StandingRow {
                    trainee: id.to_string(),
                    partition: partition_of(id.as_str(), self.partitions) as i16,
                    seq: news.events.last().map_or(0, |event| event.seq as i64),
                    standing: postcard::to_stdvec(&trainee.standing)?,
                    chain: trainee.chain,
                    appended: news.rows.len(),
                });
            }
            self.cache.put(id, trainee);
        }
        Ok(())
    }
}

/// The facts of an event that stands in the trail.
pub(crate) fn evidence_of(message: &StoredMessage, partitions: u16) -> Result<Evidence, ProjectorError> {
    decode(message, Origin::Stream { partitions })
        .map(|event| Evidence::of(&event))
        .map_err(|rejection| trail_error(message.seq, rejection))
}

fn trail_error(seq: u64, why: impl ToString) -> ProjectorError {
    ProjectorError::Trail { seq, why: why.to_string() }
}

fn trail_row(event: &Event<'_>, message: &StoredMessage) -> TrailRow {
    TrailRow {
        seq: message.seq as i64,
        trainee: event.trainee.to_string(),
        platform: event.platform.to_owned(),
        id: event.id.to_string(),
        received_at: event.received_at.0,
        recorded_at: message.received_at.0,
        subject: message.subject.clone(),
        headers: headers_json(message),
        payload: message.payload.to_vec(),
        entry: UNLINKED,
    }
}

/// Header names and values as JSON; texts always are.
fn headers_json(message: &StoredMessage) -> String {
    serde_json::to_string(&message.headers).unwrap_or_else(|_| "[]".to_owned())
}
