//! From a batch of messages to the rows of one transaction.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use keshi_events::{
    Event, Origin, StoredMessage, TraineeId, attribute_id, decode, partition_of_message, received_at,
    subject::Subject,
};
use keshi_integrity::write_extract;
use keshi_record::{Catalogue, Constants, Evidence, Names};
use keshi_store::{Batch, RejectedRow, RepeatRow, Store, StoreError, StoredEntry, TrailRow};
use keshi_trail::{Chain, Content, Hash, IdKey, Verdict};
use lru::LruCache;

use crate::error::ProjectorError;
use crate::facts;
use crate::ids::Ids;
use crate::past::Past;
use crate::stored::trail_error;
use crate::trainee::{self, Law, News, Trainee};

/// Trainees whose standings are kept in memory; of evenings of study some 20 KiB each.
const CACHED_TRAINEES: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// A rejection's entry until it is linked into its chain.
const UNLINKED: Hash = Hash([0; 32]);

/// The trainees of a batch, and the place of each among them.
type People<'a> = HashMap<Cow<'a, str>, usize, lru::DefaultHasher>;

/// A message that can be used.
struct Accepted<'a> {
    event: Event<'a>,
    message: &'a StoredMessage,
    /// Its place in the batch.
    at: usize,
    /// The place of its trainee among those of the batch.
    who: usize,
    key: IdKey,
    /// Its id is greater than all before the batch: no event of the trail has it.
    is_new: bool,
}

/// A trainee of the batch that is being made.
struct Here {
    id: TraineeId,
    trainee: Box<Trainee>,
    news: News,
    /// No event of the trainee was accepted before.
    is_new: bool,
}

impl Here {
    fn of(id: TraineeId, trainee: Box<Trainee>, news: News) -> Here {
        let is_new = trainee.chain.count == 0;
        Here { id, trainee, news, is_new }
    }
}

/// Folds messages; owns the standings in memory.
pub(crate) struct Folder {
    past: Past,
    constants: Constants,
    catalogue: Catalogue,
    partitions: u16,
    cache: LruCache<TraineeId, Box<Trainee>>,
    names: Names,
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
            names: Names::default(),
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
        let mut batch = Batch { messages: messages.clone(), ..Batch::default() };
        let mut accepted = Vec::with_capacity(messages.len());
        let mut people: People<'_> = People::default();
        for (at, message) in messages.iter().enumerate() {
            match decode(message, Origin::Stream { partitions: self.partitions }) {
                Ok(event) => {
                    let next = people.len();
                    let who = *people.entry(event.trainee.clone()).or_insert(next);
                    let key = IdKey::of(&event);
                    accepted.push(Accepted { event, message, at, who, key, is_new: false });
                }
                Err(rejection) => self.reject(message, rejection, rejections, &mut batch),
            }
        }
        let mut here = self.gather(people, &mut accepted).await?;
        self.distinct(&accepted, &mut here, &mut batch).await?;
        drop(accepted);
        for here in here {
            self.fold(here, Fresh::Here, save, &mut batch).await?;
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
        for (id, trainee) in self.take(trainees.iter().map(String::as_str)).await? {
            let news = News { rejudge, all_courses: true, ..News::default() };
            self.fold(Here::of(id, trainee, news), Fresh::Stored, true, &mut batch).await?;
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
                let event = Evidence::of(&event, &mut self.names);
                trainee.note_id(&event, stored.id_key);
                news.events.push(event);
            }
            self.fold(Here::of(id, Box::new(trainee), news), Fresh::Stored, true, &mut batch).await?;
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

    /// The trainees of a batch, each at its place, out of the memory or the database; and which events are new at sight.
    async fn gather(
        &mut self,
        people: People<'_>,
        accepted: &mut [Accepted<'_>],
    ) -> Result<Vec<Here>, ProjectorError> {
        let mut ids: Vec<(Cow<'_, str>, usize)> = people.into_iter().collect();
        ids.sort_unstable_by_key(|(_, place)| *place);
        let taken = self.take(ids.iter().map(|(id, _)| id.as_ref())).await?;
        let here: Vec<Here> =
            taken.into_iter().map(|(id, trainee)| Here::of(id, trainee, News::default())).collect();
        for accepted in accepted {
            let Accepted { event, who, .. } = accepted;
            accepted.is_new =
                here.get(*who).is_some_and(|here| here.trainee.is_new(event.platform, &event.id));
        }
        Ok(here)
    }

    /// Takes trainees out of the memory, or loads them, in their order. Who left it with the batch that may still be on its way is
    /// waited for.
    async fn take(
        &mut self,
        ids: impl Iterator<Item = &str>,
    ) -> Result<Vec<(TraineeId, Box<Trainee>)>, ProjectorError> {
        let taken: Vec<(TraineeId, Option<Box<Trainee>>)> = ids
            .map(|id| match self.cache.pop_entry(id) {
                Some((id, trainee)) => (id, Some(trainee)),
                None => (TraineeId::from(id), None),
            })
            .collect();
        let unknown: Vec<&TraineeId> =
            taken.iter().filter(|(_, trainee)| trainee.is_none()).map(|(id, _)| id).collect();
        let left = std::mem::take(&mut self.left);
        if unknown.iter().any(|id| left.contains(*id)) {
            self.past.arrived().await?;
        }
        let names: Vec<String> = unknown.into_iter().map(TraineeId::to_string).collect();
        let mut known = match names.is_empty() {
            true => HashMap::new(),
            false => self.past.store().known(&names).await?,
        };
        let trainee = |(id, trainee): (TraineeId, Option<Box<Trainee>>)| {
            let trainee = match trainee {
                Some(trainee) => trainee,
                None => Box::new(Trainee::of(&id, known.remove(id.as_str()).unwrap_or_default())?),
            };
            Ok((id, trainee))
        };
        taken.into_iter().map(trainee).collect()
    }

    /// VT-1, step 1: sorts out repeats: of events in the trail, of the batch that is on its way there, and of this batch. An id
    /// that is greater than all before it of its trainee and platform is new without a look: ids that grow with time cost none.
    async fn distinct(
        &mut self,
        accepted: &[Accepted<'_>],
        here: &mut [Here],
        batch: &mut Batch,
    ) -> Result<(), ProjectorError> {
        self.know_ids(accepted, here).await?;
        let stored = self.stored(accepted, here).await?;
        batch.trail.reserve(accepted.len());
        for Accepted { event, message, at, who, key, is_new } in accepted {
            let Here { id, trainee, news, .. } = of_batch(here, *who, event.seq)?;
            let mut repeated = None;
            if !is_new || !trainee.is_new(event.platform, &event.id) {
                let places = |ids: &[(IdKey, usize)]| -> Vec<usize> {
                    ids.iter().filter(|(other, _)| other == key).map(|(_, place)| *place).collect()
                };
                let before = (stored.get(&event.seq).into_iter().flatten())
                    .chain(
                        places(self.of_last(trainee))
                            .into_iter()
                            .filter_map(|place| self.past.message(place)),
                    )
                    .chain(places(&news.ids).into_iter().filter_map(|place| batch.messages.get(place)));
                for before in before {
                    let origin = Origin::Stream { partitions: self.partitions };
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
                    trainee: id.to_string(),
                    first_seq,
                    changed: !same,
                });
                news.changed |= !same;
                continue;
            }
            let entry = trainee.chain.accept(&Content::of(message, event.received_at));
            batch.linked += 1;
            let evidence = Evidence::of(event, &mut self.names);
            let from = batch.extracts.len();
            write_extract(event, &evidence, &mut batch.extracts)?;
            if trainee.note_id(&evidence, *key) {
                batch.platforms.insert((evidence.platform.to_string(), id.to_string()));
            }
            news.ids.push((*key, *at));
            batch.trail.push(TrailRow {
                at: *at,
                trainee: id.clone(),
                received_at: evidence.received_at.0,
                id_key: *key,
                entry,
                extract: from..batch.extracts.len(),
            });
            news.events.push(evidence);
        }
        Ok(())
    }

    /// Keys and places of a trainee's events in the batch that is on its way.
    fn of_last<'t>(&self, trainee: &'t Trainee) -> &'t [(IdKey, usize)] {
        if trainee.sent.0 + 1 == self.number { &trainee.sent.1 } else { &[] }
    }

    /// Loads the ids of those whose events are not new at sight.
    async fn know_ids(&self, accepted: &[Accepted<'_>], here: &mut [Here]) -> Result<(), ProjectorError> {
        let mut unknown: BTreeMap<String, (usize, Vec<(IdKey, i64)>)> = BTreeMap::new();
        for Accepted { event, who, .. } in accepted.iter().filter(|accepted| !accepted.is_new) {
            let Here { id, trainee, .. } = of_batch(here, *who, event.seq)?;
            if trainee.ids.is_none() {
                unknown.entry(id.to_string()).or_insert_with(|| (*who, Vec::new()));
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = unknown.keys().cloned().collect();
        for (trainee, key, seq) in self.past.store().id_keys(&names).await? {
            if let Some((_, ids)) = unknown.get_mut(&trainee) {
                ids.push((key, seq));
            }
        }
        for (who, mut ids) in unknown.into_values() {
            let Some(Here { trainee, .. }) = here.get_mut(who) else { continue };
            for (key, place) in self.of_last(trainee) {
                if let Some(message) = self.past.message(*place) {
                    ids.push((*key, message.seq as i64));
                }
            }
            trainee.ids = Some(Ids::of(ids));
        }
        Ok(())
    }

    /// By sequence of those events whose ids may be in the trail already: the events there with the same key.
    async fn stored(
        &self,
        accepted: &[Accepted<'_>],
        here: &mut [Here],
    ) -> Result<HashMap<u64, Vec<StoredMessage>>, ProjectorError> {
        let mut asked: Vec<(u64, (String, i64))> = Vec::new();
        for Accepted { event, who, key, .. } in accepted.iter().filter(|accepted| !accepted.is_new) {
            let Here { id, trainee, .. } = of_batch(here, *who, event.seq)?;
            let of_last: Vec<i64> = (self.of_last(trainee).iter())
                .filter_map(|(_, place)| self.past.message(*place).map(|message| message.seq as i64))
                .collect();
            let ids =
                trainee.ids.as_ref().ok_or_else(|| trail_error(event.seq, "its ids were not loaded"))?;
            let there = ids.with(*key).filter(|seq| !of_last.contains(seq));
            asked.extend(there.map(|seq| (event.seq, (id.to_string(), seq))));
        }
        if asked.is_empty() {
            return Ok(HashMap::new());
        }
        let places: Vec<(String, i64)> = asked.iter().map(|(_, place)| place.clone()).collect();
        let messages = self.past.store().trail_messages(&places).await?;
        let mut stored: HashMap<u64, Vec<StoredMessage>> = HashMap::with_capacity(asked.len());
        for (seq, (_, first)) in asked {
            let message = messages.get(&first).ok_or_else(|| trail_error(first as u64, "it is gone"))?;
            stored.entry(seq).or_default().push(message.clone());
        }
        Ok(stored)
    }

    /// One trainee of a batch, back into the memory; whoever there is no room for any more is written.
    async fn fold(
        &mut self,
        here: Here,
        fresh: Fresh,
        save: bool,
        batch: &mut Batch,
    ) -> Result<(), ProjectorError> {
        let Here { id, mut trainee, mut news, is_new } = here;
        let law = law(&self.constants, &self.catalogue, self.partitions);
        // Decisions may name somebody of whom no event was ever accepted.
        if trainee.chain.count == 0 {
            return Ok(());
        }
        let fresh: &[Evidence] = if fresh == Fresh::Here { &news.events } else { &[] };
        let was_unsaved = trainee.is_unsaved();
        if news.changed || news.rejudge || news.all_courses || !news.events.is_empty() {
            trainee::fold(&id, &mut trainee, &news, fresh, &law, &mut self.past, batch).await?;
        }
        if save || is_new {
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

/// The trainee at a place of the batch, whose event this is.
fn of_batch(here: &mut [Here], who: usize, seq: u64) -> Result<&mut Here, ProjectorError> {
    here.get_mut(who).ok_or_else(|| trail_error(seq, "its trainee was not taken"))
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

/// Header names and values as JSON; texts always are.
fn headers_json(message: &StoredMessage) -> String {
    serde_json::to_string(&message.headers).unwrap_or_else(|_| "[]".to_owned())
}
