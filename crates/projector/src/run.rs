//! The loop: await one message, drain more without awaiting, one transaction, on.

use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt};
use keshi_events::{StoredMessage, partition_of_message};
use keshi_log::{Log, LogError, StreamIdentity};
use keshi_store::{Advance, Checkpoint, Store, StoreError};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::error::ProjectorError;
use crate::fault::{self, Waypoint};
use crate::fold::Folder;
use crate::registry;

/// The most messages of one batch.
const BATCH_MESSAGES: usize = 1_000;
/// The most payload bytes of one batch.
const BATCH_BYTES: usize = 4 << 20;
/// How long an idle projector waits before it looks at the register again.
const IDLE: Duration = Duration::from_secs(1);
/// The longest pause between tries after a passing error.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Projects the log into the read model, until it is told to stop.
pub struct Projector {
    /// Where events come from.
    pub log: Log,
    /// Where records go.
    pub store: Store,
}

impl Projector {
    /// Runs until `stop`. Passing errors (a server restarts, a connection breaks) are logged and tried again.
    ///
    /// # Errors
    /// What no further try can mend: see [`ProjectorError`].
    pub async fn run(&self, stop: &CancellationToken) -> Result<(), ProjectorError> {
        let mut pause = Duration::from_millis(100);
        while !stop.is_cancelled() {
            match Box::pin(self.project(stop, &mut pause)).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_passing() => {
                    tracing::warn!(%error, pause_ms = pause.as_millis() as u64, "the projector pauses and tries again");
                }
                Err(error) => return Err(error),
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(())
    }

    /// One life: from the checkpoints on, until an error.
    async fn project(&self, stop: &CancellationToken, pause: &mut Duration) -> Result<(), ProjectorError> {
        let identity = self.log.identity().await?;
        let mut positions = Positions::load(&self.store, &identity).await?;
        positions.check(&self.log, &identity).await?;
        let (register_number, catalogue) = registry::load(&self.store).await?;
        let mut folder = Folder::new(self.store.clone(), identity.partitions, catalogue);
        positions.revise(&self.store, &mut folder, register_number).await?;
        let mut waker = self.store.listen("keshi_register").await?;

        let from = u64::try_from(positions.least() + 1).unwrap_or(1);
        let mut messages = Box::pin(self.log.read(from, None).await?);
        tracing::info!(
            from_seq = from,
            last_seq = identity.last_seq,
            partitions = identity.partitions,
            "projecting"
        );
        loop {
            let first = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                message = messages.next() => Some(message.ok_or(LogError::Ended)??),
                woken = waker.wait() => { woken?; None }
                () = tokio::time::sleep(IDLE) => None,
            };
            let Some(first) = first else {
                positions.follow_register(&self.store, &mut folder).await?;
                continue;
            };
            let batch = drain(first, &mut messages)?;
            fault::pass(Waypoint::AfterFetch);
            positions.project(&self.store, &mut folder, &batch).await?;
            *pause = Duration::from_millis(100);
        }
    }
}

/// What lies ready behind the first message, up to the limits of a batch.
fn drain(
    first: StoredMessage,
    messages: &mut (impl Stream<Item = Result<StoredMessage, LogError>> + Unpin),
) -> Result<Vec<StoredMessage>, ProjectorError> {
    let mut bytes = first.payload.len();
    let mut batch = vec![first];
    while batch.len() < BATCH_MESSAGES && bytes < BATCH_BYTES {
        // Outside of tokio's budget, or nothing would seem ready after 128 messages.
        match tokio::task::unconstrained(messages.next()).now_or_never() {
            Some(Some(message)) => {
                let message = message?;
                bytes += message.payload.len();
                batch.push(message);
            }
            _ => break,
        }
    }
    Ok(batch)
}

/// How far each partition is projected: in memory what stands in the database.
struct Positions {
    checkpoints: Vec<Checkpoint>,
    partitions: u16,
    register_number: i64,
}

impl Positions {
    async fn load(store: &Store, identity: &StreamIdentity) -> Result<Positions, ProjectorError> {
        let checkpoints = store.checkpoints(identity.partitions as i16, &identity.created_at).await?;
        let register_number =
            checkpoints.iter().map(|checkpoint| checkpoint.register_number).min().unwrap_or(0);
        Ok(Positions { checkpoints, partitions: identity.partitions, register_number })
    }

    fn least(&self) -> i64 {
        self.checkpoints.iter().map(|checkpoint| checkpoint.seq).min().unwrap_or(0)
    }

    /// Compares the checkpoints with the stream: a difference stops the projector, nothing is skipped.
    async fn check(&self, log: &Log, identity: &StreamIdentity) -> Result<(), ProjectorError> {
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

    /// One batch, one transaction. Checkpoints of all owned partitions move to its last message.
    async fn project(
        &mut self,
        store: &Store,
        folder: &mut Folder,
        messages: &[StoredMessage],
    ) -> Result<(), ProjectorError> {
        let Some(last) = messages.last() else { return Ok(()) };
        let projected = |message: &StoredMessage| {
            let partition = partition_of_message(message, self.partitions) as i16;
            self.checkpoints.iter().any(|c| c.partition == partition && c.seq >= message.seq as i64)
        };
        let fresh: Vec<StoredMessage> =
            messages.iter().filter(|message| !projected(message)).cloned().collect();
        let mut batch = folder.project(&fresh).await?;
        let hash = message_hash(last);
        batch.register_number = self.register_number;
        batch.advances = self
            .checkpoints
            .iter()
            .filter(|checkpoint| checkpoint.seq < last.seq as i64)
            .map(|c| Advance {
                partition: c.partition,
                from: c.seq,
                to: last.seq as i64,
                message_hash: Some(hash.clone()),
            })
            .collect();
        fault::pass(Waypoint::BeforeCommit);
        self.commit(store, folder, &batch).await?;
        fault::pass(Waypoint::AfterCommit);
        tracing::debug!(
            messages = messages.len(),
            accepted = batch.trail.len(),
            rejected = batch.rejected.len(),
            last_seq = last.seq,
            "projected a batch"
        );
        Ok(())
    }

    async fn commit(
        &mut self,
        store: &Store,
        folder: &mut Folder,
        batch: &keshi_store::Batch,
    ) -> Result<(), StoreError> {
        if let Err(error) = store.commit(batch).await {
            folder.forget();
            return Err(error);
        }
        for advance in &batch.advances {
            for checkpoint in self.checkpoints.iter_mut().filter(|c| c.partition == advance.partition) {
                checkpoint.seq = advance.to;
                checkpoint.message_hash = advance.message_hash.clone();
            }
        }
        Ok(())
    }

    async fn follow_register(&mut self, store: &Store, folder: &mut Folder) -> Result<(), ProjectorError> {
        if store.register_number().await? == self.register_number {
            return Ok(());
        }
        let (number, catalogue) = registry::load(store).await?;
        folder.set_catalogue(catalogue);
        self.revise(store, folder, number).await
    }

    /// Looks again at every trainee whom new entries of the register touch. Each step may be repeated.
    async fn revise(
        &mut self,
        store: &Store,
        folder: &mut Folder,
        number: i64,
    ) -> Result<(), ProjectorError> {
        if number == self.register_number {
            return Ok(());
        }
        let entries = store.register_since(self.register_number, number).await?;
        let touched = registry::touched(store, &entries, self.register_number == 0).await?;
        for (trainees, rejudge) in [(touched.judge, true), (touched.look, false)] {
            for some in trainees.chunks(200) {
                let mut batch = folder.revise(some, rejudge).await?;
                batch.register_number = self.register_number;
                batch.advances = self.stay();
                self.commit(store, folder, &batch).await?;
            }
        }
        let done =
            keshi_store::Batch { register_number: number, advances: self.stay(), ..Default::default() };
        self.commit(store, folder, &done).await?;
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
        self.checkpoints
            .iter()
            .map(|c| Advance {
                partition: c.partition,
                from: c.seq,
                to: c.seq,
                message_hash: c.message_hash.clone(),
            })
            .collect()
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
    for (name, value) in &message.headers {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    add(&message.payload);
    hash.finalize().to_vec()
}
