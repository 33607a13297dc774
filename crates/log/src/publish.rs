//! Publishing: a message counts as published when its acknowledgement came.

use std::future::IntoFuture;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use keshi_events::Headers;

use crate::connect::Log;
use crate::error::LogError;

/// Messages in flight at once.
pub const WINDOW: usize = 2_000;
/// How often a message is sent before we give up.
const TRIES: u32 = 5;

/// A message to publish.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Where.
    pub subject: String,
    /// Headers, names with values.
    pub headers: Headers,
    /// What.
    pub payload: Bytes,
}

impl Log {
    /// Publishes one message and awaits its acknowledgement; tries again when none comes. Gives its sequence.
    ///
    /// # Errors
    /// [`LogError::NotAcknowledged`]
    pub async fn publish(&self, message: &Outgoing) -> Result<u64, LogError> {
        let mut why = String::new();
        for attempt in 0..TRIES {
            match self.send(message).await {
                Ok(ack) => match ack.into_future().await {
                    Ok(ack) => return Ok(ack.sequence),
                    Err(error) => why = error.to_string(),
                },
                Err(error) => why = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
        }
        Err(LogError::NotAcknowledged { subject: message.subject.clone(), tries: TRIES, why })
    }

    /// Publishes many messages, up to [`WINDOW`] in flight, in order of sending.
    ///
    /// # Errors
    /// [`LogError::NotAcknowledged`] for the first message that was given up.
    pub async fn publish_all(
        &self,
        messages: impl IntoIterator<Item = Outgoing>,
        mut acknowledged: impl FnMut(u64),
    ) -> Result<(), LogError> {
        let mut flying = FuturesUnordered::new();
        for message in messages {
            let sent = self.send(&message).await;
            flying.push(async move {
                let acked = match sent {
                    Ok(ack) => ack.into_future().await.map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                match acked {
                    Ok(ack) => Ok(ack.sequence),
                    // Sending again is safe: repeats are dropped by id.
                    Err(_) => self.publish(&message).await,
                }
            });
            if flying.len() >= WINDOW
                && let Some(done) = flying.next().await
            {
                acknowledged(done?);
            }
        }
        while let Some(done) = flying.next().await {
            acknowledged(done?);
        }
        Ok(())
    }

    /// Publishes a fact under its fixed id.
    ///
    /// # Errors
    /// [`LogError::NotAcknowledged`]
    pub async fn publish_fact(&self, subject: &str, id: &str, payload: Bytes) -> Result<u64, LogError> {
        let headers = [("Nats-Msg-Id", id), ("Content-Type", "application/cloudevents+json")];
        let headers = headers.into_iter().collect();
        self.publish(&Outgoing { subject: subject.to_owned(), headers, payload }).await
    }

    async fn send(
        &self,
        message: &Outgoing,
    ) -> Result<PublishAckFuture, async_nats::jetstream::context::PublishError> {
        let mut headers = HeaderMap::new();
        for (name, value) in message.headers.iter() {
            headers.append(name, value);
        }
        let publish = PublishMessage::build().payload(message.payload.clone()).headers(headers);
        self.jetstream.send_publish(message.subject.clone(), publish).await
    }
}
