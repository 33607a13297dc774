//! Reading in order of the sequence.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use async_nats::jetstream::stream::{LastRawMessageErrorKind, RawMessageErrorKind, Stream as JetStream};
use futures_util::stream::{Stream, StreamExt};
use keshi_events::{Headers, Millis, StoredMessage};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::connect::Log;
use crate::error::LogError;
use crate::provision::LOG_STREAM;

/// The most messages, and payload bytes, that are read ahead of whoever takes them (a larger message by itself): of all
/// partitions, and of one.
const AHEAD: (usize, usize) = (12_000, 8 << 20);
const AHEAD_OF_ONE: (usize, usize) = (4_000, 1 << 20);

/// How long nothing comes before the log is asked whether it has more.
const SILENCE: Duration = Duration::from_secs(2);

/// The most messages that are handed over at once.
const CHUNK: usize = 100;

type Chunk = Vec<Result<StoredMessage, LogError>>;

/// How long a question is asked again. A server that takes over another configuration (a new platform's user) answers no
/// question about its streams for some milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// Asks again while the error may pass, for a moment.
pub(crate) async fn patiently<T, F>(ask: impl Fn() -> F) -> Result<T, LogError>
where
    F: Future<Output = Result<T, LogError>>,
{
    let begun = Instant::now();
    loop {
        match ask().await {
            Err(error) if error.is_passing() && begun.elapsed() < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}

impl Log {
    /// All messages from a sequence on, as they come, without end: of one partition, or of all. Reading all, a sequence that
    /// is missing is an error. A task of its own reads ahead while others work on what they took.
    ///
    /// # Errors
    /// When the consumer cannot be made; later, in the stream, [`LogError::Read`] or [`LogError::Gap`].
    pub async fn read(
        &self,
        from_seq: u64,
        partition: Option<u16>,
    ) -> Result<impl Stream<Item = Result<StoredMessage, LogError>> + use<>, LogError> {
        let begun = self.from(from_seq, partition).await?;
        Ok(read_ahead(self.clone(), begun, from_seq.max(1), partition))
    }

    async fn from(
        &self,
        from_seq: u64,
        partition: Option<u16>,
    ) -> Result<impl Stream<Item = Result<StoredMessage, LogError>> + Send + use<>, LogError> {
        let filter = partition.map_or_else(String::new, |partition| format!("*.v1.{partition}.>"));
        let messages = self.ordered(from_seq, filter, false).await?;
        let all = partition.is_none();
        let mut next = from_seq.max(1);
        Ok(messages.map(move |message| {
            let message = message?;
            if (all && message.seq != next) || message.seq < next {
                return Err(LogError::Gap { expected: next, found: message.seq });
            }
            next = message.seq + 1;
            Ok(message)
        }))
    }

    /// Whether the log has messages from a sequence on; what cannot be asked now counts as no.
    async fn has(&self, next: u64, partition: Option<u16>) -> bool {
        let last = match partition {
            None => self.identity().await.map(|stands| stands.last_seq),
            Some(partition) => self.last_of(partition).await,
        };
        last.is_ok_and(|last| last >= next)
    }

    /// The last messages of the log, so many at most, in order.
    ///
    /// # Errors
    /// When the log is not there or the server does not answer.
    pub async fn last(&self, most: u64) -> Result<Vec<StoredMessage>, LogError> {
        let stands = self.identity().await?;
        let from = (stands.last_seq + 1).saturating_sub(most).max(stands.first_seq).max(1);
        if from > stands.last_seq {
            return Ok(Vec::new());
        }
        let mut messages = std::pin::pin!(self.read(from, None).await?);
        let mut found = Vec::new();
        let reading = async {
            while let Some(message) = messages.next().await {
                found.push(message?);
                if found.last().is_some_and(|last| last.seq >= stands.last_seq) {
                    return Ok(());
                }
            }
            Err(LogError::Ended)
        };
        match tokio::time::timeout(PATIENCE, reading).await {
            Ok(read) => read.map(|()| found),
            Err(_) => Err(LogError::Read("the last messages do not come".to_owned())),
        }
    }

    /// The message at a sequence, if there is one.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn message(&self, seq: u64) -> Result<Option<StoredMessage>, LogError> {
        patiently(|| self.message_now(seq)).await
    }

    async fn message_now(&self, seq: u64) -> Result<Option<StoredMessage>, LogError> {
        match self.stream().await?.get_raw_message(seq).await {
            Ok(raw) => Ok(Some(StoredMessage {
                seq: raw.sequence,
                received_at: Millis(raw.time.unix_timestamp_nanos().div_euclid(1_000_000) as i64),
                subject: raw.subject.to_string(),
                headers: header_list(Some(&raw.headers)),
                payload: raw.payload,
            })),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(LogError::Read(error.to_string())),
        }
    }

    /// The last sequence of a partition; 0 while it has none.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn last_of(&self, partition: u16) -> Result<u64, LogError> {
        patiently(|| self.last_of_now(partition)).await
    }

    async fn last_of_now(&self, partition: u16) -> Result<u64, LogError> {
        let subject = format!("*.v1.{partition}.>");
        match self.stream().await?.get_last_raw_message_by_subject(&subject).await {
            Ok(raw) => Ok(raw.sequence),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(0),
            Err(error) => Err(LogError::Read(error.to_string())),
        }
    }

    /// When the last message of a platform was received; none when the log has none of it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn last_heard(&self, platform: &str) -> Result<Option<Millis>, LogError> {
        let subject = format!("*.v1.*.{platform}.>");
        match self.stream().await?.get_last_raw_message_by_subject(&subject).await {
            Ok(raw) => Ok(Some(Millis((raw.time.unix_timestamp_nanos() / 1_000_000) as i64))),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(LogError::Read(error.to_string())),
        }
    }

    /// An ordered consumer: it makes itself anew after a gap or a lost connection.
    pub(crate) async fn ordered(
        &self,
        from_seq: u64,
        filter: String,
        headers_only: bool,
    ) -> Result<impl Stream<Item = Result<StoredMessage, LogError>> + use<>, LogError> {
        let config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: from_seq.max(1) },
            filter_subject: filter,
            headers_only,
            ..pull::OrderedConfig::default()
        };
        let consumer = self
            .stream()
            .await?
            .create_consumer(config)
            .await
            .map_err(|error| LogError::Refused { what: "a consumer", why: error.to_string() })?;
        let messages = consumer.messages().await.map_err(|error| LogError::Read(error.to_string()))?;
        Ok(messages.map(|message| {
            let message = message.map_err(|error| LogError::Read(error.to_string()))?;
            let info = message.info().map_err(|error| LogError::Read(error.to_string()))?;
            let (seq, nanos) = (info.stream_sequence, info.published.unix_timestamp_nanos());
            let message = message.message;
            Ok(StoredMessage {
                seq,
                received_at: Millis(nanos.div_euclid(1_000_000) as i64),
                subject: message.subject.to_string(),
                headers: header_list(message.headers.as_ref()),
                payload: message.payload,
            })
        }))
    }

    async fn stream(&self) -> Result<JetStream<()>, LogError> {
        self.jetstream
            .get_stream_no_info(LOG_STREAM)
            .await
            .map_err(|error| LogError::Refused { what: "the stream", why: error.to_string() })
    }
}

/// Names with their first values, by name: the client does not keep the order of the message.
fn header_list(headers: Option<&HeaderMap>) -> Headers {
    let Some(headers) = headers else { return Headers::default() };
    let mut list: Vec<(&str, &str)> = headers
        .iter()
        .filter_map(|(name, values)| values.first().map(|value| (name.as_ref(), value.as_str())))
        .collect();
    list.sort_unstable();
    list.into_iter().collect()
}

/// Takes messages as they come, up to a bound, until nobody waits for them any more. They are handed over in chunks, as many as
/// lie ready: one by one, waking each other would cost more than reading does.
///
/// Where nothing comes and the log has more, reading begins anew. Silences of 35 seconds were seen in a backlog, as long as the client
/// waits before it asks again; probably it counts what it asked for after the first answers came, and takes them for owed.
fn read_ahead(
    log: Log,
    messages: impl Stream<Item = Result<StoredMessage, LogError>> + Send + 'static,
    mut next: u64,
    partition: Option<u16>,
) -> impl Stream<Item = Result<StoredMessage, LogError>> {
    let (most, most_bytes) = if partition.is_none() { AHEAD } else { AHEAD_OF_ONE };
    let room = Arc::new(Semaphore::new(most_bytes));
    let (give, take) = mpsc::channel::<(Chunk, OwnedSemaphorePermit)>(most / CHUNK);
    let reading = async move {
        let mut chunks: Pin<Box<dyn Stream<Item = Chunk> + Send>> = Box::pin(messages.ready_chunks(CHUNK));
        loop {
            let chunk = match tokio::time::timeout(SILENCE, chunks.next()).await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return,
                Err(_) => {
                    if log.has(next, partition).await
                        && let Ok(anew) = log.from(next, partition).await
                    {
                        tracing::warn!(
                            next,
                            partition,
                            "the log has more and sends nothing: reading begins anew"
                        );
                        chunks = Box::pin(anew.ready_chunks(CHUNK));
                    }
                    continue;
                }
            };
            next = chunk.iter().flatten().last().map_or(next, |message| message.seq + 1);
            let payloads = chunk.iter().flatten().map(|message| message.payload.len());
            let bytes = payloads.sum::<usize>().min(most_bytes);
            let Ok(space) = Arc::clone(&room).acquire_many_owned(bytes as u32).await else { return };
            if give.send((chunk, space)).await.is_err() {
                return;
            }
        }
    };
    // Whoever drops the stream ends the task, even if no further message comes.
    let task = Reading(tokio::spawn(reading));
    let chunks = futures_util::stream::unfold((take, task), |(mut take, task)| async move {
        let (chunk, _) = take.recv().await?;
        Some((chunk, (take, task)))
    });
    chunks.flat_map(futures_util::stream::iter)
}

/// A task that ends when it is dropped.
struct Reading(tokio::task::JoinHandle<()>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}
