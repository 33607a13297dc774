//! Messages as their time comes.

use std::time::Duration;

use keshi_events::{Millis, StoredMessage};

/// So many messages are handed out at once at most.
const BATCH: usize = 1_000;
/// What is due within this is handed out together with what is due now.
const TICK_MS: i64 = 20;

/// Hands the messages out when the clock reaches their time of receipt, those that are due together in one batch, until
/// one is due at `end` or later. Slow publishing delays what follows; nothing is left out. Gives the number handed out.
///
/// # Errors
/// The first error of `publish`; what follows is not handed out.
pub async fn live<E>(
    messages: impl Iterator<Item = StoredMessage>,
    end: Millis,
    clock: impl Fn() -> Millis,
    mut publish: impl AsyncFnMut(Vec<StoredMessage>) -> Result<(), E>,
) -> Result<u64, E> {
    let mut handed_out = 0;
    let mut due = Vec::new();
    for message in messages.take_while(|message| message.received_at < end) {
        let mut wait = message.received_at - clock();
        if (wait > TICK_MS || due.len() >= BATCH) && !due.is_empty() {
            handed_out += due.len() as u64;
            publish(std::mem::take(&mut due)).await?;
            wait = message.received_at - clock();
        }
        if wait > TICK_MS {
            tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
        }
        due.push(message);
    }
    if !due.is_empty() {
        handed_out += due.len() as u64;
        publish(due).await?;
    }
    Ok(handed_out)
}
