//! From a batch of messages to the rows of one transaction.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::sync::Arc;

use keshi_events::{
    Event, Origin, StoredMessage, TraineeId, attribute_id, decode, partition_of_message, received_at,
    subject::{Subject, partition_of},
};
use keshi_record::{Catalogue, Constants, Evidence};
use keshi_store::{Batch, RejectedRow, RepeatRow, Store, StoreError, TrailRow};
use keshi_trail::{Chain, Content, Hash, Verdict};
use lru::LruCache;

use crate::error::ProjectorError;
use crate::facts;
use crate::past::{Key, Past};
use crate::trainee::{self, Law, News, Trainee};

/// Trainees whose standings are kept in memory.
const CACHED_TRAINEES: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();

/// A row's entry until it is linked into its chain; the store counts what was linked.
const UNLINKED: Hash = Hash([0; 32]);

/// When standings and boards are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saving {
    /// With the batch that changed them: whoever reads sees them with their events.
    AtOnce,
    /// When there is no more room for them, and at the end: for a read model that nobody reads yet, and that is thrown away
    /// when the process ends.
    Late,
}

/// Folds messages; owns the standings in memory.
pub(crate) struct Folder {
    past: Past,
    saving: Saving,
    constants: Constants,
    catalogue: Catalogue,
    partitions: u16,
    cache: LruCache<TraineeId, Trainee>,
}

impl Folder {
    pub(crate) fn new(store: Store, partitions: u16, catalogue: Catalogue, saving: Saving) -> Folder {
        Folder {
            past: Past::new(store),
            saving,
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

    /// Sends a batch on its way into the database; the next one may be folded meanwhile.
    ///
    /// # Errors
    /// When the one before it was not written: nothing of this one is, and all that was folded is void.
    pub(crate) async fn send(&mut self, batch: Batch) -> Result<(), StoreError> {
        self.past.send(batch).await
    }

    /// Waits until everything that was sent is written.
    ///
    /// # Errors
    /// When it was not: all that was folded is void.
    pub(crate) async fn arrived(&mut self) -> Result<(), StoreError> {
        self.past.arrived().await
    }

    /// The rows of a batch of messages, in order of their sequence; checkpoints are the caller's, as are the chains of rejections
    /// by partition, which are appended to.
    pub(crate) async fn project(
        &mut self,
        messages: Vec<StoredMessage>,
        rejections: &mut BTreeMap<i16, Chain>,
    ) -> Result<Batch, ProjectorError> {
        let messages = Arc::new(messages);
        let mut batch = Batch::default();
        let mut accepted = Vec::with_capacity(messages.len());
        for (at, message) in messages.iter().enumerate() {
            match decode(message, Origin::Stream { partitions: self.partitions }) {
                Ok(event) => accepted.push((event, message, at)),
                Err(rejection) => self.reject(message, rejection, rejections, &mut batch),
            }
        }
        let (news, first) = self.distinct(&accepted, &mut batch).await?;
        drop(accepted);
        self.fold_all(news, &mut batch).await?;
        self.past.remember(messages, first);
        Ok(batch)
    }

    /// What is still to be saved, in batches.
    pub(crate) fn save_all(&mut self, most: usize) -> Result<Vec<Batch>, ProjectorError> {
        let mut batches = vec![Batch::default()];
        for (id, trainee) in self.cache.iter_mut() {
            if batches.last().is_none_or(|batch| batch.standings.len() >= most) {
                batches.push(Batch::default());
            }
            if let Some(batch) = batches.last_mut() {
                trainee.save(id, partition_of(id.as_str(), self.partitions) as i16, batch)?;
            }
        }
        Ok(batches)
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

    /// VT-1, step 1: sorts out repeats: of events in the trail, of the batch that is on its way there, and of this batch. Gives
    /// the news of each trainee, and where in the batch each new id first stands.
    async fn distinct(
        &self,
        accepted: &[(Event<'_>, &StoredMessage, usize)],
        batch: &mut Batch,
    ) -> Result<(BTreeMap<TraineeId, News>, HashMap<Key, usize>), ProjectorError> {
        let key = |event: &Event<'_>| -> Key {
            (event.trainee.to_string(), event.platform.to_owned(), event.id.to_string())
        };
        let keys: Vec<Key> = accepted.iter().map(|(event, ..)| key(event)).collect();
        let taken = if keys.is_empty() { HashMap::new() } else { self.past.store().taken(&keys).await? };
        let stored: Vec<(String, i64)> = taken.iter().map(|(key, seq)| (key.0.clone(), *seq)).collect();
        let stored = if stored.is_empty() {
            HashMap::new()
        } else {
            self.past.store().trail_messages(&stored).await?
        };

        let mut first_here: HashMap<Key, usize> = HashMap::with_capacity(keys.len());
        let mut news: BTreeMap<TraineeId, News> = BTreeMap::new();
        for (index, ((event, message, _), key)) in accepted.iter().zip(keys).enumerate() {
            let trainee = TraineeId::from(event.trainee.as_ref());
            let before = match taken.get(&key) {
                Some(seq) => Some(stored.get(seq).ok_or_else(|| trail_error(*seq as u64, "it is gone"))?),
                None => self.past.first(&key),
            };
            let repeated = if let Some(before) = before {
                let first = decode(before, Origin::Stream { partitions: self.partitions })
                    .map_err(|rejection| trail_error(before.seq, rejection))?;
                Some((before.seq as i64, first.says_the_same(event)))
            } else {
                let first = first_here.get(&key).and_then(|first| accepted.get(*first));
                first.map(|(first, ..)| (first.seq as i64, first.says_the_same(event)))
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
            first_here.insert(key, index);
        }
        news.retain(|_, news| news.changed || !news.events.is_empty());
        let place = |index: usize| accepted.get(index).map(|(.., at)| *at);
        let first = first_here.into_iter().filter_map(|(key, index)| Some((key, place(index)?))).collect();
        Ok((news, first))
    }

    async fn fold_all(
        &mut self,
        news: BTreeMap<TraineeId, News>,
        batch: &mut Batch,
    ) -> Result<(), ProjectorError> {
        let unknown: Vec<String> =
            news.keys().filter(|id| !self.cache.contains(*id)).map(|id| id.as_str().to_owned()).collect();
        let mut known = HashMap::new();
        if !unknown.is_empty() {
            // Saved at once, whoever left the memory was written many batches ago; saved late, perhaps with the last one.
            if self.saving == Saving::Late {
                self.past.arrived().await?;
            }
            known = self.past.store().known(&unknown).await?;
        }
        for (id, news) in news {
            let mut trainee = match self.cache.pop(&id) {
                Some(trainee) => trainee,
                None => Trainee::of(&id, known.remove(id.as_str()).unwrap_or_default())?,
            };
            for (row, content) in &news.rows {
                if let Some(row) = batch.trail.get_mut(*row) {
                    row.entry = trainee.chain.accept(content);
                    batch.linked += 1;
                }
            }
            // Decisions may name somebody of whom no event was ever accepted.
            if trainee.chain.count == 0 {
                continue;
            }
            let law =
                Law { constants: &self.constants, catalogue: &self.catalogue, partitions: self.partitions };
            trainee::fold(&id, &mut trainee, &news, &law, &mut self.past, batch).await?;
            if news.changed || news.rejudge || !news.events.is_empty() {
                trainee.note(news.events.last().map_or(0, |event| event.seq as i64));
            }
            if self.saving == Saving::AtOnce {
                trainee.save(&id, partition_of(id.as_str(), self.partitions) as i16, batch)?;
            }
            if let Some((id, mut left)) = self.cache.push(id, trainee) {
                left.save(&id, partition_of(id.as_str(), self.partitions) as i16, batch)?;
            }
        }
        Ok(())
    }
}

/// The facts of an event that stands in the trail.
///
/// # Errors
/// When it cannot be read.
pub fn evidence_of(message: &StoredMessage, partitions: u16) -> Result<Evidence, ProjectorError> {
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
