//! From a batch of messages to the rows of one transaction.

use std::collections::hash_map::{DefaultHasher, Entry};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{Hash as _, Hasher};
use std::num::NonZeroUsize;
use std::sync::Arc;

use keshi_events::{
    Event, Origin, StoredMessage, TraineeId, attribute_id, decode, partition_of_message, received_at,
    subject::Subject,
};
use keshi_record::{Catalogue, Constants, Evidence};
use keshi_store::{Batch, RejectedRow, RepeatRow, Store, StoreError, StoredEntry, TrailRow};
use keshi_trail::{Chain, Content, Hash, Verdict};
use lru::LruCache;

use crate::error::ProjectorError;
use crate::facts;
use crate::past::Past;
use crate::stored::trail_error;
use crate::trainee::{self, Law, News, Trainee};

/// Trainees whose standings are kept in memory; of evenings of study some 20 KiB each.
const CACHED_TRAINEES: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// A row's entry until it is linked into its chain; the store counts what was linked.
const UNLINKED: Hash = Hash([0; 32]);

/// A trainee of the batch that is being made.
struct Here {
    trainee: Trainee,
    news: News,
}

/// Folds messages; owns the standings in memory.
pub(crate) struct Folder {
    past: Past,
    constants: Constants,
    catalogue: Catalogue,
    partitions: u16,
    cache: LruCache<TraineeId, Trainee>,
    /// The number of the batch that is being made.
    number: u64,
    /// Whose standings no batch has written yet; some of them may have left the memory since, and were written then.
    unsaved: Vec<TraineeId>,
    /// Who left the memory with the last batch: the database may not have them yet.
    left: HashSet<TraineeId>,
}

impl Folder {
    pub(crate) fn new(store: Store, partitions: u16, catalogue: Catalogue) -> Folder {
        Folder {
            past: Past::new(store),
            constants: Constants::default(),
            catalogue,
            partitions,
            cache: LruCache::new(CACHED_TRAINEES),
            number: 1,
            unsaved: Vec::new(),
            left: HashSet::new(),
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
    /// by partition, which are appended to. Without `save` only new trainees' standings are among the rows, and those that
    /// there is no room for: the others are told by [`Folder::save`].
    pub(crate) async fn project(
        &mut self,
        messages: Vec<StoredMessage>,
        rejections: &mut BTreeMap<i16, Chain>,
        save: bool,
    ) -> Result<Batch, ProjectorError> {
        let messages = Arc::new(messages);
        self.number += 1;
        let mut batch = Batch::default();
        let mut accepted = Vec::with_capacity(messages.len());
        for (at, message) in messages.iter().enumerate() {
            match decode(message, Origin::Stream { partitions: self.partitions }) {
                Ok(event) => accepted.push((event, message, at)),
                Err(rejection) => self.reject(message, rejection, rejections, &mut batch),
            }
        }
        let mut here = self.gather(&accepted).await?;
        self.distinct(&accepted, &mut here, &mut batch).await?;
        drop(accepted);
        for (id, here) in here {
            self.fold(id, here, Fresh::Here, save, &mut batch).await?;
        }
        self.past.remember(messages);
        Ok(batch)
    }

    /// Whether somebody's standing is not written yet.
    pub(crate) fn is_unsaved(&self) -> bool {
        !self.unsaved.is_empty()
    }

    /// Standings, lines of boards and completions that are not written yet: so many trainees at most.
    pub(crate) async fn save(&mut self, most: usize) -> Result<Batch, ProjectorError> {
        let mut batch = Batch::default();
        while batch.standings.len() < most
            && let Some(id) = self.unsaved.pop()
        {
            if let Some(trainee) = self.cache.peek_mut(&id) {
                let law = law(&self.constants, &self.catalogue, self.partitions);
                trainee.save(&id, &[], &law, &mut self.past, &mut batch).await?;
            }
        }
        Ok(batch)
    }

    /// The rows that change when trainees are looked at again, without any message.
    pub(crate) async fn revise(
        &mut self,
        trainees: &[String],
        rejudge: bool,
    ) -> Result<Batch, ProjectorError> {
        let mut batch = Batch::default();
        let ids: Vec<TraineeId> = trainees.iter().map(|trainee| TraineeId::from(trainee.as_str())).collect();
        for (id, trainee) in self.take(ids).await? {
            let news = News { rejudge, all_courses: true, ..News::default() };
            self.fold(id, Here { trainee, news }, Fresh::Stored, true, &mut batch).await?;
        }
        Ok(batch)
    }

    /// Standings that a projector left behind its trail, brought up to what the trail has after a sequence. Nothing is in
    /// memory yet.
    pub(crate) async fn catch_up(
        &mut self,
        trainees: &[String],
        after: i64,
    ) -> Result<Batch, ProjectorError> {
        let store = self.past.store().clone();
        let mut known = store.known(trainees).await?;
        let changed: HashSet<String> = store.changed_since(trainees, after).await?.into_iter().collect();
        let mut tails: HashMap<String, Vec<StoredEntry>> = HashMap::new();
        for entry in store.trail_since(trainees, after).await? {
            tails.entry(entry.trainee.clone()).or_default().push(entry);
        }
        let mut batch = Batch::default();
        for name in trainees {
            let id = TraineeId::from(name.as_str());
            let known = known.remove(name).unwrap_or_default();
            let knows = known.standing.as_ref().map_or(0, |(_, seq, _)| *seq);
            let mut trainee = Trainee::of(&id, known)?;
            let mut news = News { changed: changed.contains(name), ..News::default() };
            for stored in tails.remove(name).unwrap_or_default() {
                let message = &stored.message;
                if message.seq as i64 <= knows {
                    continue;
                }
                let event = decode(message, Origin::Stream { partitions: self.partitions })
                    .map_err(|rejection| trail_error(message.seq, rejection))?;
                if trainee.chain.accept(&Content::of(message, event.received_at)).as_slice() != stored.entry {
                    return Err(trail_error(message.seq, "its entry does not follow from the one before it"));
                }
                trainee.note_id(event.platform, &event.id);
                news.events.push(Evidence::of(&event));
            }
            self.fold(id, Here { trainee, news }, Fresh::Stored, true, &mut batch).await?;
        }
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
            payload: message.payload.clone(),
            entry: UNLINKED,
        };
        let verdict = Verdict { code: &row.code, sentence: &row.sentence, pointer: row.pointer.as_deref() };
        let chain = rejections.entry(row.partition).or_insert_with(|| Chain::of_rejections(partition));
        row.entry = chain.reject(&Content::of(message, received), &verdict);
        batch.rejected.push(row);
    }

    /// The trainees of a batch, out of the memory or the database.
    async fn gather(
        &mut self,
        accepted: &[(Event<'_>, &StoredMessage, usize)],
    ) -> Result<BTreeMap<TraineeId, Here>, ProjectorError> {
        let names: HashSet<&str> = accepted.iter().map(|(event, ..)| event.trainee.as_ref()).collect();
        let taken = self.take(names.into_iter().map(TraineeId::from).collect()).await?;
        let here = taken.into_iter().map(|(id, trainee)| (id, Here { trainee, news: News::default() }));
        Ok(here.collect())
    }

    /// Takes trainees out of the memory, or loads them. Who left it with the batch that may still be on its way is waited for.
    async fn take(&mut self, ids: Vec<TraineeId>) -> Result<Vec<(TraineeId, Trainee)>, ProjectorError> {
        let mut taken = Vec::with_capacity(ids.len());
        let mut unknown = Vec::new();
        for id in ids {
            match self.cache.pop(&id) {
                Some(trainee) => taken.push((id, trainee)),
                None => unknown.push(id),
            }
        }
        let left = std::mem::take(&mut self.left);
        if unknown.iter().any(|id| left.contains(id)) {
            self.past.arrived().await?;
        }
        if !unknown.is_empty() {
            let names: Vec<String> = unknown.iter().map(|id| id.as_str().to_owned()).collect();
            let mut known = self.past.store().known(&names).await?;
            for id in unknown {
                let trainee = Trainee::of(&id, known.remove(id.as_str()).unwrap_or_default())?;
                taken.push((id, trainee));
            }
        }
        Ok(taken)
    }

    /// VT-1, step 1: sorts out repeats: of events in the trail, of the batch that is on its way there, and of this batch. An id
    /// that is greater than all before it of its trainee and platform is new without a look: ids that grow with time cost none.
    async fn distinct(
        &self,
        accepted: &[(Event<'_>, &StoredMessage, usize)],
        here: &mut BTreeMap<TraineeId, Here>,
        batch: &mut Batch,
    ) -> Result<(), ProjectorError> {
        let stored = self.stored(accepted, here).await?;
        for (event, message, at) in accepted {
            let Here { trainee, news } = here
                .get_mut(event.trainee.as_ref())
                .ok_or_else(|| trail_error(event.seq, "its trainee was not taken"))?;
            let hash = hash_of(event);
            let origin = Origin::Stream { partitions: self.partitions };
            let mut repeated = None;
            if !trainee.is_new(event.platform, &event.id) {
                let of_last: &[(u64, usize)] =
                    if trainee.sent.0 + 1 == self.number { &trainee.sent.1 } else { &[] };
                let places = |ids: &[(u64, usize)]| -> Vec<usize> {
                    ids.iter().filter(|(other, _)| *other == hash).map(|(_, place)| *place).collect()
                };
                let before = (stored.get(&event.seq).into_iter())
                    .chain(places(of_last).into_iter().filter_map(|place| self.past.message(place)))
                    .chain(places(&news.ids).into_iter().filter_map(|place| {
                        accepted
                            .binary_search_by_key(&place, |(.., at)| *at)
                            .ok()
                            .and_then(|index| accepted.get(index))
                            .map(|(_, message, _)| *message)
                    }));
                for before in before {
                    let first =
                        decode(before, origin).map_err(|rejection| trail_error(before.seq, rejection))?;
                    if first.platform == event.platform && first.id == event.id {
                        repeated = Some((before.seq as i64, first.says_the_same(event)));
                        break;
                    }
                }
            }
            if let Some((first_seq, same)) = repeated {
                batch.repeats.push(RepeatRow {
                    seq: event.seq as i64,
                    trainee: event.trainee.to_string(),
                    first_seq,
                    changed: !same,
                });
                news.changed |= !same;
                continue;
            }
            trainee.note_id(event.platform, &event.id);
            news.ids.push((hash, *at));
            news.rows.push((batch.trail.len(), Content::of(message, event.received_at)));
            news.events.push(Evidence::of(event));
            batch.trail.push(trail_row(event, message));
        }
        Ok(())
    }

    /// By sequence of those events whose ids are in the trail already: the first one with that id.
    async fn stored(
        &self,
        accepted: &[(Event<'_>, &StoredMessage, usize)],
        here: &BTreeMap<TraineeId, Here>,
    ) -> Result<HashMap<u64, StoredMessage>, ProjectorError> {
        let mut newest: HashMap<(&str, &str), &str> = HashMap::new();
        let mut asked: Vec<u64> = Vec::new();
        let mut keys: Vec<(String, String, String)> = Vec::new();
        for (event, ..) in accepted {
            let id = event.id.as_ref();
            let known = here.get(event.trainee.as_ref());
            let newer = known.is_none_or(|here| here.trainee.is_new(event.platform, id));
            match newest.entry((event.trainee.as_ref(), event.platform)) {
                Entry::Vacant(slot) if newer => {
                    slot.insert(id);
                }
                Entry::Occupied(mut slot) if newer && *slot.get() < id => {
                    slot.insert(id);
                }
                // New to the database, and perhaps not to this batch.
                Entry::Occupied(_) if newer => {}
                _ => {
                    asked.push(event.seq);
                    keys.push((event.trainee.to_string(), event.platform.to_owned(), event.id.to_string()));
                }
            }
        }
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let store = self.past.store();
        let taken = store.taken(&keys).await?;
        if taken.is_empty() {
            return Ok(HashMap::new());
        }
        let places: Vec<(String, i64)> = taken.iter().map(|(key, seq)| (key.0.clone(), *seq)).collect();
        let messages = store.trail_messages(&places).await?;
        let mut stored = HashMap::with_capacity(asked.len());
        for (seq, key) in asked.into_iter().zip(&keys) {
            if let Some(first) = taken.get(key) {
                let message = messages.get(first).ok_or_else(|| trail_error(*first as u64, "it is gone"))?;
                stored.insert(seq, message.clone());
            }
        }
        Ok(stored)
    }

    /// One trainee of a batch, back into the memory; whoever there is no room for any more is written.
    async fn fold(
        &mut self,
        id: TraineeId,
        here: Here,
        fresh: Fresh,
        save: bool,
        batch: &mut Batch,
    ) -> Result<(), ProjectorError> {
        let Here { mut trainee, mut news } = here;
        let law = law(&self.constants, &self.catalogue, self.partitions);
        let is_first = trainee.chain.count == 0;
        for (row, content) in &news.rows {
            if let Some(row) = batch.trail.get_mut(*row) {
                row.entry = trainee.chain.accept(content);
                batch.linked += 1;
            }
        }
        // Decisions may name somebody of whom no event was ever accepted.
        if trainee.chain.count == 0 {
            return Ok(());
        }
        let fresh: &[Evidence] = if fresh == Fresh::Here { &news.events } else { &[] };
        let was_unsaved = trainee.is_unsaved();
        if news.changed || news.rejudge || news.all_courses || !news.events.is_empty() {
            trainee::fold(&id, &mut trainee, &news, fresh, &law, &mut self.past, batch).await?;
        }
        if save || is_first {
            trainee.save(&id, fresh, &law, &mut self.past, batch).await?;
        } else if trainee.is_unsaved() && !was_unsaved {
            self.unsaved.push(id.clone());
        }
        if !news.ids.is_empty() {
            trainee.sent = (self.number, std::mem::take(&mut news.ids));
        }
        if let Some((id, mut left)) = self.cache.push(id, trainee) {
            left.save(&id, &[], &law, &mut self.past, batch).await?;
            self.left.insert(id);
        }
        Ok(())
    }
}

/// Where the events of a batch are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fresh {
    /// In the trail.
    Stored,
    /// In this batch alone.
    Here,
}

fn law<'a>(constants: &'a Constants, catalogue: &'a Catalogue, partitions: u16) -> Law<'a> {
    Law { constants, catalogue, partitions }
}

/// Tells ids apart within a batch; equal ones are compared.
fn hash_of(event: &Event<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (event.platform, event.id.as_ref()).hash(&mut hasher);
    hasher.finish()
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
        payload: message.payload.clone(),
        entry: UNLINKED,
    }
}

/// Header names and values as JSON; texts always are.
fn headers_json(message: &StoredMessage) -> String {
    serde_json::to_string(&message.headers).unwrap_or_else(|_| "[]".to_owned())
}
