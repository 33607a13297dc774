//! The relay: publishes facts out of the outbox, at least once and in order, and marks them when acknowledged.

use std::time::Duration;

use keshi_log::Log;
use keshi_store::Store;
use tokio_util::sync::CancellationToken;

use crate::error::ProjectorError;
use crate::fault::{self, Waypoint};

/// The most facts of one turn.
const FACTS: i64 = 500;
/// How long an idle relay waits before it looks again.
const IDLE: Duration = Duration::from_secs(1);

/// Publishes facts until it is told to stop.
pub struct Relay {
    /// Where facts go.
    pub log: Log,
    /// Where they wait.
    pub store: Store,
}

impl Relay {
    /// Runs until `stop`. Passing errors are logged and tried again.
    ///
    /// # Errors
    /// What no further try can mend.
    pub async fn run(&self, stop: &CancellationToken) -> Result<(), ProjectorError> {
        let mut waker = None;
        while !stop.is_cancelled() {
            match self.publish_some().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) if error.is_passing() => {
                    tracing::warn!(%error, "facts wait; the relay tries again")
                }
                Err(error) => return Err(error),
            }
            if waker.is_none() {
                waker = self.store.listen("keshi_outbox").await.ok();
            }
            let woken = async {
                match waker.as_mut() {
                    Some(waker) => waker.wait().await.is_ok(),
                    None => std::future::pending().await,
                }
            };
            let alive = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                alive = woken => alive,
                () = tokio::time::sleep(IDLE) => true,
            };
            if !alive {
                waker = None;
            }
        }
        Ok(())
    }

    async fn publish_some(&self) -> Result<usize, ProjectorError> {
        let facts = self.store.unpublished(FACTS).await?;
        if facts.is_empty() {
            return Ok(0);
        }
        fault::pass(Waypoint::BeforeFacts);
        let mut numbers = Vec::with_capacity(facts.len());
        for fact in facts {
            self.log.publish_fact(&fact.subject, &fact.key, fact.body.into()).await?;
            numbers.push(fact.number);
        }
        fault::pass(Waypoint::AfterFacts);
        self.store.mark_published(&numbers).await?;
        Ok(numbers.len())
    }
}
