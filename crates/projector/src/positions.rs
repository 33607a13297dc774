//! How far each owned partition is projected: in memory what stands in the database.

use std::collections::BTreeMap;

use keshi_events::{StoredMessage, partition_of_message, subject::partition_of};
use keshi_log::{Log, StreamIdentity};
use keshi_store::{Advance, Batch, Checkpoint, Store, StoreError};
use keshi_trail::Chain;
use sha2::{Digest, Sha256};

use crate::error::ProjectorError;
use crate::fold::Folder;
use crate::registry;

/// Standings of one transaction, where nothing else is written.
const SAVED_AT_ONCE: usize = 2_000;
/// Trainees that are caught up in one transaction.
const CAUGHT_UP_AT_ONCE: usize = 200;
/// Batches of a backlog after which standings are written, however long it is.
const LATE_BATCHES: u32 = 64;

/// When standings, boards and completions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saving {
    /// With the batch that changed them: whoever reads sees them with their events.
    AtOnce,
    /// With one of the next batches: much has to be caught up with, and most of them will change again.
    Soon,
    /// When there is no more room for them, and at the end: for a read model that nobody reads yet, and that is thrown away
    /// when the process ends.
    Late,
}

/// Where a partition's checkpoint goes: partition, sequence, hash of the message there.
type End = (i16, i64, Vec<u8>);

/// The checkpoints of the partitions that are ours.
pub(crate) struct Positions {
    checkpoints: Vec<Checkpoint>,
    partitions: u16,
    register_number: i64,
    /// Batches since standings were last written.
    late: u32,
}

impl Positions {
    /// Takes the partitions over: from here on only we can move them.
    pub(crate) async fn take_over(
        store: &Store,
        identity: &StreamIdentity,
        owned: &[i16],
    ) -> Result<Positions, ProjectorError> {
        let checkpoints = store.take_over(identity.partitions as i16, &identity.created_at, owned).await?;
        let register_number =
            checkpoints.iter().map(|checkpoint| checkpoint.register_number).min().unwrap_or(0);
        Ok(Positions { checkpoints, partitions: identity.partitions, register_number, late: 0 })
    }

    pub(crate) fn least(&self) -> i64 {
        self.checkpoints.iter().map(|checkpoint| checkpoint.seq).min().unwrap_or(0)
    }

    /// The register number that is folded.
    pub(crate) fn register_number(&self) -> i64 {
        self.register_number
    }

    pub(crate) fn owns_all(&self) -> bool {
        self.checkpoints.len() == usize::from(self.partitions)
    }

    /// Partitions and where they stand.
    pub(crate) fn each(&self) -> impl Iterator<Item = (i16, i64)> {
        self.checkpoints.iter().map(|checkpoint| (checkpoint.partition, checkpoint.seq))
    }

    fn of(&self, partition: u16) -> Option<&Checkpoint> {
        self.checkpoints.iter().find(|checkpoint| checkpoint.partition == partition as i16)
    }

    /// Compares the checkpoints with the stream: a difference stops the projector, nothing is skipped.
    pub(crate) async fn check(&self, log: &Log, identity: &StreamIdentity) -> Result<(), ProjectorError> {
        for checkpoint in &self.checkpoints {
            if checkpoint.stream_created_at != identity.created_at {
                return Err(ProjectorError::StreamMadeAnew {
                    found: identity.created_at.clone(),
                    projected: checkpoint.stream_created_at.clone(),
                });
            }
            if checkpoint.seq > identity.last_seq as i64 {
                let (partition, seq) = (checkpoint.partition, checkpoint.seq);
                return Err(ProjectorError::Ahead { partition, checkpoint: seq, last: identity.last_seq });
            }
        }
        let next = self.least() + 1;
        if identity.last_seq > 0 && (identity.first_seq as i64) > next {
            return Err(ProjectorError::Gone { first: identity.first_seq, next });
        }
        let mut seen: Vec<(i64, Vec<u8>)> = Vec::new();
        for checkpoint in &self.checkpoints {
            let Some(hash) = &checkpoint.message_hash else { continue };
            if seen.contains(&(checkpoint.seq, hash.clone())) {
                continue;
            }
            let there = log.message(checkpoint.seq as u64).await?;
            if there.is_none_or(|message| message_hash(&message) != *hash) {
                return Err(ProjectorError::OtherMessage {
                    partition: checkpoint.partition,
                    checkpoint: checkpoint.seq,
                });
            }
            seen.push((checkpoint.seq, hash.clone()));
        }
        Ok(())
    }

    /// One batch, one transaction. Reading all, every checkpoint moves to its last message; else each to its own last.
    pub(crate) async fn project(
        &mut self,
        folder: &mut Folder,
        mut messages: Vec<StoredMessage>,
        saving: Saving,
    ) -> Result<(), ProjectorError> {
        let Some(last) = messages.last().map(|last| (last.seq as i64, message_hash(last))) else {
            return Ok(());
        };
        let mut ends: Vec<End> = Vec::with_capacity(self.checkpoints.len());
        for checkpoint in &self.checkpoints {
            let of_it = |message: &&StoredMessage| {
                partition_of_message(message, self.partitions) as i16 == checkpoint.partition
            };
            if self.owns_all() {
                ends.push((checkpoint.partition, last.0, last.1.clone()));
            } else if let Some(message) = messages.iter().rev().find(of_it) {
                ends.push((checkpoint.partition, message.seq as i64, message_hash(message)));
            }
        }
        messages.retain(|message| {
            self.of(partition_of_message(message, self.partitions))
                .is_some_and(|checkpoint| checkpoint.seq < message.seq as i64)
        });
        let mut rejections: BTreeMap<i16, Chain> =
            self.checkpoints.iter().map(|c| (c.partition, c.rejections)).collect();
        let count = messages.len();
        self.late += 1;
        let save = saving == Saving::AtOnce || (saving == Saving::Soon && self.late >= LATE_BATCHES);
        let mut batch = folder.project(messages, &mut rejections, save).await?;
        batch.register_number = self.register_number;
        batch.advances = self.advances(ends);
        if save && !folder.is_unsaved() {
            self.mark_saved(&mut batch);
            self.late = 0;
        }
        for advance in &mut batch.advances {
            if let Some(chain) = rejections.get(&advance.partition) {
                advance.rejections = *chain;
            }
        }
        tracing::debug!(
            messages = count,
            accepted = batch.trail.len(),
            rejected = batch.rejected.len(),
            last_seq = last.0,
            "folded a batch"
        );
        self.commit(folder, batch).await?;
        if save && folder.is_unsaved() {
            self.save(folder).await?;
        }
        Ok(())
    }

    /// Every standing of ours is written, with this batch at the latest: all partitions say so.
    fn mark_saved(&self, batch: &mut Batch) {
        for checkpoint in self.checkpoints.iter().filter(|checkpoint| checkpoint.saved < checkpoint.seq) {
            if !batch.advances.iter().any(|advance| advance.partition == checkpoint.partition) {
                batch.advances.push(stay(checkpoint));
            }
        }
        for advance in &mut batch.advances {
            advance.saved = true;
        }
    }

    /// Steps forward to the given ends; a checkpoint that is there already takes none.
    fn advances(&self, ends: Vec<End>) -> Vec<Advance> {
        ends.into_iter()
            .filter_map(|(partition, to, message_hash)| {
                let from = self.of(partition as u16)?;
                (from.seq < to).then_some(Advance {
                    partition,
                    from: from.seq,
                    to,
                    message_hash: Some(message_hash),
                    epoch: from.epoch,
                    rejections: from.rejections,
                    saved: false,
                })
            })
            .collect()
    }

    /// Nothing comes: partitions without newer messages move to the end of the stream too, so that it shows that all is
    /// projected. Whoever reads all partitions is there already.
    pub(crate) async fn advance_idle(
        &mut self,
        log: &Log,
        folder: &mut Folder,
    ) -> Result<(), ProjectorError> {
        self.save_all(folder).await?;
        if self.owns_all() {
            return Ok(());
        }
        // The end first: what is published after this has a higher sequence.
        let end = log.identity().await?.last_seq;
        if self.least() >= end as i64 {
            return Ok(());
        }
        let Some(hash) = log.message(end).await?.map(|message| message_hash(&message)) else { return Ok(()) };
        let mut ends = Vec::new();
        for (partition, seq) in self.each() {
            if log.last_of(partition as u16).await? as i64 <= seq {
                ends.push((partition, end as i64, hash.clone()));
            }
        }
        let mut batch = Batch {
            register_number: self.register_number,
            advances: self.advances(ends),
            ..Batch::default()
        };
        self.mark_saved(&mut batch);
        Ok(self.commit(folder, batch).await?)
    }

    /// Sends a batch on its way. Where it goes counts at once: if it does not arrive, this life of the projector is over, and
    /// the next one loads what stands.
    async fn commit(&mut self, folder: &mut Folder, batch: Batch) -> Result<(), StoreError> {
        for advance in &batch.advances {
            for checkpoint in self.checkpoints.iter_mut().filter(|c| c.partition == advance.partition) {
                checkpoint.seq = advance.to;
                checkpoint.message_hash.clone_from(&advance.message_hash);
                checkpoint.rejections = advance.rejections;
                if advance.saved {
                    checkpoint.saved = advance.to;
                }
            }
        }
        folder.send(batch).await
    }

    /// Writes what the folder has not saved yet, and waits until it is written.
    pub(crate) async fn save_all(&mut self, folder: &mut Folder) -> Result<(), ProjectorError> {
        if folder.is_unsaved() || self.checkpoints.iter().any(|checkpoint| checkpoint.saved < checkpoint.seq)
        {
            self.save(folder).await?;
        }
        Ok(folder.arrived().await?)
    }

    async fn save(&mut self, folder: &mut Folder) -> Result<(), ProjectorError> {
        loop {
            let mut batch = folder.save(SAVED_AT_ONCE).await?;
            batch.register_number = self.register_number;
            batch.advances = self.stay();
            let last = !folder.is_unsaved();
            if last {
                self.mark_saved(&mut batch);
            }
            self.commit(folder, batch).await?;
            if last {
                self.late = 0;
                return Ok(());
            }
        }
    }

    /// Standings that whoever projected before us left behind its trail are brought up to it.
    pub(crate) async fn catch_up(
        &mut self,
        store: &Store,
        folder: &mut Folder,
    ) -> Result<(), ProjectorError> {
        let behind = self.checkpoints.iter().filter(|checkpoint| checkpoint.saved < checkpoint.seq);
        let Some(after) = behind.map(|checkpoint| checkpoint.saved).min() else { return Ok(()) };
        let mut trainees = store.trainees_since(after).await?;
        trainees.retain(|trainee| {
            self.of(partition_of(trainee, self.partitions)).is_some_and(|c| c.saved < c.seq)
        });
        tracing::info!(after, trainees = trainees.len(), "catching up with the trail");
        for some in trainees.chunks(CAUGHT_UP_AT_ONCE) {
            let mut batch = folder.catch_up(some, after).await?;
            batch.register_number = self.register_number;
            batch.advances = self.stay();
            self.commit(folder, batch).await?;
        }
        self.save_all(folder).await
    }

    pub(crate) async fn follow_register(
        &mut self,
        store: &Store,
        folder: &mut Folder,
    ) -> Result<(), ProjectorError> {
        if store.register_number().await? == self.register_number {
            return Ok(());
        }
        let (number, catalogue) = registry::load(store).await?;
        folder.set_catalogue(catalogue);
        self.revise(store, folder, number).await
    }

    /// Looks again at every trainee whom new entries of the register touch. Each step may be repeated.
    pub(crate) async fn revise(
        &mut self,
        store: &Store,
        folder: &mut Folder,
        number: i64,
    ) -> Result<(), ProjectorError> {
        if number == self.register_number {
            return Ok(());
        }
        // Whom the entries touch is asked of the database: it has to know all that was folded.
        self.save_all(folder).await?;
        let entries = store.register_since(self.register_number, number).await?;
        let touched = registry::touched(store, &entries, self.register_number == 0).await?;
        for (mut trainees, rejudge) in [(touched.judge, true), (touched.look, false)] {
            trainees.retain(|trainee| self.of(partition_of(trainee, self.partitions)).is_some());
            for some in trainees.chunks(200) {
                let mut batch = folder.revise(some, rejudge).await?;
                batch.register_number = self.register_number;
                batch.advances = self.stay();
                self.commit(folder, batch).await?;
            }
        }
        let done = Batch { register_number: number, advances: self.stay(), ..Batch::default() };
        self.commit(folder, done).await?;
        folder.arrived().await?;
        self.register_number = number;
        tracing::info!(
            register_number = number,
            entries = entries.len(),
            courses = folder.catalogue().courses.as_ref().map_or(0, |c| c.len()),
            "folded the register"
        );
        Ok(())
    }

    /// Checkpoints that stay where they are: still a guard against a second writer.
    fn stay(&self) -> Vec<Advance> {
        self.checkpoints.iter().map(stay).collect()
    }
}

fn stay(checkpoint: &Checkpoint) -> Advance {
    Advance {
        partition: checkpoint.partition,
        from: checkpoint.seq,
        to: checkpoint.seq,
        message_hash: checkpoint.message_hash.clone(),
        epoch: checkpoint.epoch,
        rejections: checkpoint.rejections,
        saved: false,
    }
}

/// SHA-256 over all that makes a message: sequence, receipt, subject, headers and payload, each with its length.
pub(crate) fn message_hash(message: &StoredMessage) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(message.seq.to_be_bytes());
    hash.update(message.received_at.0.to_be_bytes());
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    add(message.subject.as_bytes());
    for (name, value) in message.headers.iter() {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    add(&message.payload);
    hash.finalize().to_vec()
}
