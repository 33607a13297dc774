//! The loop: await one message, drain more without awaiting, one transaction, on.

use std::pin::Pin;
use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt};
use keshi_events::StoredMessage;
use keshi_log::{Log, LogError};
use keshi_store::Store;
use tokio_util::sync::CancellationToken;

use crate::error::ProjectorError;
use crate::fault::{self, Waypoint};
use crate::fold::Folder;
use crate::ownership::Keeper;
use crate::positions::{Positions, Saving};
use crate::registry;
use crate::timing;

/// The most messages of one batch.
const BATCH_MESSAGES: usize = 4_000;
/// The most payload bytes of one batch.
const BATCH_BYTES: usize = 4 << 20;
/// How long an idle projector waits before it looks at the register again.
const IDLE: Duration = Duration::from_secs(1);
/// How long it waits for more of a backlog before it writes what it has put off.
const LULL: Duration = Duration::from_millis(20);
/// The pause after the first passing error.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between tries after a passing error.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Messages as they come: each partition's in order.
pub(crate) type Messages = Pin<Box<dyn Stream<Item = Result<StoredMessage, LogError>> + Send>>;

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
        let ended = CancellationToken::new();
        let projecting = async {
            let end = Box::pin(self.keep_projecting(stop)).await;
            ended.cancel();
            end
        };
        let (end, ()) = tokio::join!(projecting, timing::tell(&self.store, &ended));
        end
    }

    async fn keep_projecting(&self, stop: &CancellationToken) -> Result<(), ProjectorError> {
        let mut pause = SHORTEST_PAUSE;
        let mut keeper = None;
        let ended = loop {
            match Box::pin(self.project(stop, &mut pause, &mut keeper)).await {
                Ok(()) if stop.is_cancelled() => break Ok(()),
                Ok(()) => continue,
                Err(error) if error.is_passing() => {
                    tracing::warn!(%error, pause_ms = pause.as_millis() as u64, "the projector pauses and tries again");
                }
                Err(error) => break Err(error),
            }
            tokio::select! {
                () = stop.cancelled() => break Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        if let Some(keeper) = keeper {
            keeper.end().await;
        }
        ended
    }

    /// One life: from the checkpoints on, until an error, or until other partitions are owned.
    async fn project(
        &self,
        stop: &CancellationToken,
        pause: &mut Duration,
        keeper: &mut Option<Keeper>,
    ) -> Result<(), ProjectorError> {
        let identity = self.log.identity().await?;
        let keeper = keeper.get_or_insert_with(|| Keeper::begin(self.store.clone(), identity.partitions));
        let mut ownership = keeper.owned();
        let owned: Vec<i16> = ownership.borrow_and_update().iter().copied().collect();
        let mut moved = Box::pin(async move {
            if ownership.changed().await.is_err() {
                std::future::pending().await
            }
        });
        if owned.is_empty() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = &mut moved => {}
            }
            return Ok(());
        }
        let mut positions = Positions::take_over(&self.store, &identity, &owned).await?;
        positions.check(&self.log, &identity).await?;
        let (register_number, catalogue) = registry::load(&self.store).await?;
        let mut folder = Folder::new(self.store.clone(), identity.partitions, catalogue);
        positions.catch_up(&self.store, &mut folder).await?;
        positions.revise(&self.store, &mut folder, register_number).await?;
        let mut waker = self.store.listen("keshi_register").await?;
        let mut messages = self.read(&positions).await?;
        tracing::info!(
            from_seq = positions.least() + 1,
            last_seq = identity.last_seq,
            owned = owned.len(),
            partitions = identity.partitions,
            "projecting"
        );
        loop {
            let patience = if folder.is_unsaved() { LULL } else { IDLE };
            let first = tokio::select! {
                biased;
                () = stop.cancelled() => return positions.save_all(&mut folder).await,
                () = &mut moved => return Ok(()),
                woken = waker.wait() => { woken?; None }
                message = messages.next() => Some(message.ok_or(LogError::Ended)??),
                () = tokio::time::sleep(patience) => {
                    positions.advance_idle(&self.log, &mut folder).await?;
                    None
                }
            };
            let Some(first) = first else {
                positions.follow_register(&self.store, &mut folder).await?;
                continue;
            };
            let batch = drain(first, &mut messages, u64::MAX)?;
            fault::pass(Waypoint::AfterFetch);
            let saving = if is_full(&batch) { Saving::Soon } else { Saving::AtOnce };
            positions.project(&mut folder, batch, saving).await?;
            *pause = SHORTEST_PAUSE;
        }
    }

    /// All partitions in one unfiltered reading, which is far the fastest; some of them in one reading each.
    async fn read(&self, positions: &Positions) -> Result<Messages, ProjectorError> {
        let from = |seq: i64| u64::try_from(seq + 1).unwrap_or(1);
        if positions.owns_all() {
            return Ok(Box::pin(self.log.read(from(positions.least()), None).await?));
        }
        let mut readings: Vec<Messages> = Vec::new();
        for (partition, seq) in positions.each() {
            readings.push(Box::pin(self.log.read(from(seq), Some(partition as u16)).await?));
        }
        Ok(Box::pin(futures_util::stream::select_all(readings)))
    }
}

/// Whether a batch is as large as any: then more lies behind it.
fn is_full(batch: &[StoredMessage]) -> bool {
    batch.len() >= fault::most_messages(BATCH_MESSAGES)
        || batch.iter().map(|message| message.payload.len()).sum::<usize>() >= BATCH_BYTES
}

/// What lies ready behind the first message, up to the limits of a batch, and to the sequence `end`.
pub(crate) fn drain(
    first: StoredMessage,
    messages: &mut Messages,
    end: u64,
) -> Result<Vec<StoredMessage>, ProjectorError> {
    let mut bytes = first.payload.len();
    let mut batch = vec![first];
    while batch.len() < fault::most_messages(BATCH_MESSAGES)
        && bytes < BATCH_BYTES
        && batch.last().is_none_or(|last| last.seq < end)
    {
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
