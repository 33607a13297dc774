//! What was written before: the database, and the one transaction that may still be on its way there.
//!
//! While a batch is written, the next one is decoded and folded: two cores work instead of one waiting for the other. So
//! whoever asks for what the last batch wrote either waits for it, or finds it here.

use std::sync::Arc;
use std::time::Instant;

use keshi_events::StoredMessage;
use keshi_store::{Batch, Store, StoreError};
use tokio::task::JoinHandle;

use crate::fault::{self, Waypoint};
use crate::timing;

/// The database and what is on its way there.
pub(crate) struct Past {
    store: Store,
    under_way: Option<JoinHandle<Result<(), StoreError>>>,
    /// The messages of the last batch.
    messages: Arc<Vec<StoredMessage>>,
}

impl Past {
    pub(crate) fn new(store: Store) -> Past {
        Past { store, under_way: None, messages: Arc::default() }
    }

    /// The database, for what the last batch cannot have changed.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// A message of the last batch, by its place there.
    pub(crate) fn message(&self, place: usize) -> Option<&StoredMessage> {
        self.messages.get(place)
    }

    /// Sends a batch on its way, after the one before has arrived.
    ///
    /// # Errors
    /// When the one before did not arrive: this one must not be sent then.
    pub(crate) async fn send(&mut self, batch: Batch) -> Result<(), StoreError> {
        self.arrived().await?;
        fault::pass(Waypoint::BeforeCommit);
        let store = self.store.clone();
        self.under_way = Some(tokio::spawn(async move {
            let began = Instant::now();
            store.commit(&batch).await?;
            timing::measured(began.elapsed());
            fault::pass(Waypoint::AfterCommit);
            Ok(())
        }));
        Ok(())
    }

    /// Keeps the messages of the batch that is sent next, for the one after it.
    pub(crate) fn remember(&mut self, messages: Arc<Vec<StoredMessage>>) {
        self.messages = messages;
    }

    /// Waits until everything that was sent is written.
    ///
    /// # Errors
    /// When it was not: nothing of it stands then, and all that was folded since is void.
    pub(crate) async fn arrived(&mut self) -> Result<(), StoreError> {
        match self.under_way.take() {
            None => Ok(()),
            Some(task) => match task.await {
                Ok(written) => written,
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => Err(StoreError::Silent),
            },
        }
    }

    /// All distinct accepted events of a trainee, those of the last batch among them.
    ///
    /// # Errors
    /// When the last batch was not written, or the database fails.
    pub(crate) async fn history(&mut self, trainee: &str) -> Result<Vec<StoredMessage>, StoreError> {
        self.arrived().await?;
        self.store.history(trainee).await
    }
}
