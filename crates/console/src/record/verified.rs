//! A trainee's chain, walked just now over the rows of the trail as they lie in the database.

use keshi_events::{Millis, Origin, StoredMessage, decode};
use keshi_store::StoreError;
use keshi_trail::{Chain, Content};

use crate::app::App;

/// What a walk along the chain found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verified {
    /// The end as stored.
    pub(crate) chain: Chain,
    /// The rows link up to that end, each of them.
    pub(crate) holds: bool,
}

impl Verified {
    /// Reads every row anew, out of no cache. None where the trainee has no trail.
    pub(crate) async fn walk(app: &App, trainee: &str) -> Result<Option<Verified>, StoreError> {
        // The chain's end is read first: what is appended meanwhile lies behind it.
        let known = app.store.known(&[trainee.to_owned()]).await?.remove(trainee);
        let Some((.., chain)) = known.and_then(|known| known.standing) else { return Ok(None) };
        let messages = app.store.history(trainee).await?;
        let partitions = app.store.partitions().await?.unsigned_abs();
        let trainee = trainee.to_owned();
        let holds = tokio::task::spawn_blocking(move || holds(&trainee, chain, &messages, partitions)).await;
        let holds = holds.map_err(|error| StoreError::Damaged { what: "trail", why: error.to_string() })?;
        Ok(Some(Verified { chain, holds }))
    }
}

fn holds(trainee: &str, end: Chain, messages: &[StoredMessage], partitions: u16) -> bool {
    let mut walked = Chain::of_trainee(trainee);
    let until = usize::try_from(end.count).unwrap_or(usize::MAX);
    for message in messages.iter().take(until) {
        // An import's receipt is the first one, which its headers carry.
        let Ok(event) = decode(message, Origin::Stream { partitions }) else { return false };
        let received_at: Millis = event.received_at;
        walked.accept(&Content::of(message, received_at));
    }
    walked == end
}
