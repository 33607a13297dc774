//! Which partitions are ours: kept by a task of its own, so that no long batch looks like a stopped process.
//!
//! Every projector looks around once a second. One that owns more than its share gives the rest up, and lets go of their
//! locks a second later, when the batch under way has long been written; one that owns less takes what is free. A batch
//! that comes too late all the same is fenced off by the checkpoint's epoch.

use std::collections::BTreeSet;
use std::time::Duration;

use keshi_store::{Ownership, Store, StoreError};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The pause between two looks around.
const PING: Duration = Duration::from_secs(1);
/// A server that does not answer for so long has ended the session, or soon will.
const PATIENCE: Duration = Duration::from_secs(4);

/// Partitions that a projector owns, as they change.
pub(crate) struct Keeper {
    owned: watch::Receiver<BTreeSet<i16>>,
    stop: DropGuard,
    task: tokio::task::JoinHandle<()>,
}

impl Keeper {
    /// Begins to keep partitions, out of `partitions` in all.
    pub(crate) fn begin(store: Store, partitions: u16) -> Keeper {
        let (publish, owned) = watch::channel(BTreeSet::new());
        let stop = CancellationToken::new();
        let task = tokio::spawn(keep(store, partitions, publish, stop.clone()));
        Keeper { owned, stop: stop.drop_guard(), task }
    }

    /// What is owned now, and its changes from here on.
    pub(crate) fn owned(&self) -> watch::Receiver<BTreeSet<i16>> {
        self.owned.clone()
    }

    /// Gives all partitions back.
    pub(crate) async fn end(self) {
        drop(self.stop);
        if self.task.await.is_err() {
            tracing::warn!("the keeper of partitions had failed; its session ends by itself");
        }
    }
}

async fn keep(store: Store, partitions: u16, publish: watch::Sender<BTreeSet<i16>>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match store.ownership().await {
            Ok(session) => {
                if let Err(error) = hold(session, partitions, &publish, &stop).await {
                    tracing::warn!(%error, "the session that owns partitions is gone; a new one begins");
                }
            }
            Err(error) => tracing::warn!(%error, "partitions cannot be taken yet"),
        }
        publish.send_replace(BTreeSet::new());
        pause(&stop).await;
    }
}

async fn pause(stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(PING) => {}
    }
}

/// Holds a share of the partitions until the session breaks, or all is to end.
async fn hold(
    mut session: Ownership,
    partitions: u16,
    publish: &watch::Sender<BTreeSet<i16>>,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    let mut held: BTreeSet<i16> = BTreeSet::new();
    let mut leaving: Vec<i16> = Vec::new();
    while !stop.is_cancelled() {
        let turn = turn(&mut session, partitions, &mut held, &mut leaving);
        let Ok(turned) = tokio::time::timeout(PATIENCE, turn).await else { return Err(StoreError::Silent) };
        turned?;
        publish.send_if_modified(|owned| {
            let changed = *owned != held;
            if changed {
                tracing::info!(owned = held.len(), partitions, "owns another share of the partitions");
                owned.clone_from(&held);
            }
            changed
        });
        pause(stop).await;
    }
    session.end().await
}

/// One look around.
async fn turn(
    session: &mut Ownership,
    partitions: u16,
    held: &mut BTreeSet<i16>,
    leaving: &mut Vec<i16>,
) -> Result<(), StoreError> {
    for partition in leaving.drain(..) {
        session.release(partition).await?;
    }
    let survey = session.survey().await?;
    let share = usize::from(partitions).div_ceil(survey.members.max(1));
    while held.len() > share {
        leaving.extend(held.pop_last());
    }
    for partition in 0..partitions as i16 {
        if held.len() < share && !survey.taken.contains(&partition) && session.take(partition).await? {
            held.insert(partition);
        }
    }
    Ok(())
}
