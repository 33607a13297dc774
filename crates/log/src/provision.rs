//! Both streams: made when they are missing, compared when they are there, never changed.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, SubjectTransform};
use keshi_events::subject::MAX_PARTITIONS;

use crate::connect::Log;
use crate::error::LogError;
use crate::read::patiently;

/// The stream of what platforms said, for ever.
pub const LOG_STREAM: &str = "KESHI_LOG";
/// The stream of what Keshi says, for 90 days.
pub const FACTS_STREAM: &str = "KESHI_FACTS";
/// The largest message with its headers, bytes.
pub(crate) const MAX_MESSAGE_BYTES: i32 = 128 * 1024;

const LEARN: &str = "learn.v1.*.*.*";
const FACTS_AGE: Duration = Duration::from_secs(90 * 86_400);

/// Which stream it is, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamIdentity {
    /// When the server made it: another time is another stream.
    pub created_at: String,
    /// Its partitions.
    pub partitions: u16,
    /// The first sequence that it holds.
    pub first_seq: u64,
    /// The last sequence that it holds; 0 while it is empty.
    pub last_seq: u64,
}

impl Log {
    /// Makes the streams that are missing, and compares what is there with what was asked for.
    ///
    /// # Errors
    /// [`LogError::Differs`] or [`LogError::Partitions`] when a stream is not as it has to be.
    pub async fn provision(&self, partitions: u16) -> Result<StreamIdentity, LogError> {
        if partitions == 0 || partitions > MAX_PARTITIONS {
            return Err(LogError::Refused {
                what: "that number of partitions",
                why: format!("{partitions} is not from 1 to {MAX_PARTITIONS}"),
            });
        }
        let log = self.make_or_get(LOG_STREAM, log_config(partitions)).await?;
        let found = partitions_of(&log).unwrap_or(0);
        if found != partitions && found != 0 {
            return Err(LogError::Partitions { found, asked: partitions });
        }
        compare(LOG_STREAM, &log, &log_config(partitions))?;
        let facts = self.make_or_get(FACTS_STREAM, facts_config()).await?;
        compare(FACTS_STREAM, &facts, &facts_config())?;
        self.identity().await
    }

    /// Which stream the log is.
    ///
    /// # Errors
    /// [`LogError::NoStream`] when it is not there.
    pub async fn identity(&self) -> Result<StreamIdentity, LogError> {
        patiently(|| self.identity_now()).await
    }

    async fn identity_now(&self) -> Result<StreamIdentity, LogError> {
        let stream = match self.jetstream.get_stream(LOG_STREAM).await {
            Ok(stream) => stream,
            Err(error) if is_missing(error.kind()) => return Err(LogError::NoStream(LOG_STREAM)),
            Err(error) => {
                return Err(LogError::Refused { what: "to describe the stream", why: error.to_string() });
            }
        };
        let info = stream.cached_info();
        Ok(StreamIdentity {
            created_at: info.created.unix_timestamp_nanos().to_string(),
            partitions: partitions_of(&info.config).ok_or(LogError::Differs {
                stream: LOG_STREAM,
                field: "subject_transform",
                found: format!("{:?}", info.config.subject_transform),
                wanted: "the rewriting to log.v1.<partition>.<platform>.<family>".to_owned(),
            })?,
            first_seq: info.state.first_sequence,
            last_seq: info.state.last_sequence,
        })
    }

    /// Makes the consumer through which a platform reads its own facts; a platform has no right to make consumers.
    ///
    /// # Errors
    /// [`LogError::Refused`]
    pub async fn ensure_facts_consumer(&self, platform: &str) -> Result<(), LogError> {
        let config = pull::Config {
            // Named as the platform: accounts are let in by that token of the subject.
            durable_name: Some(platform.to_owned()),
            filter_subject: format!("facts.v1.{platform}.>"),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ..pull::Config::default()
        };
        self.jetstream.create_consumer_on_stream(config, FACTS_STREAM).await.map_err(|error| {
            LogError::Refused { what: "a platform's consumer of facts", why: error.to_string() }
        })?;
        Ok(())
    }

    async fn make_or_get(&self, name: &'static str, config: Config) -> Result<Config, LogError> {
        match self.jetstream.get_stream(name).await {
            Ok(stream) => return Ok(stream.cached_info().config.clone()),
            Err(error) if is_missing(error.kind()) => {}
            Err(error) => {
                return Err(LogError::Refused { what: "to describe a stream", why: error.to_string() });
            }
        }
        match self.jetstream.create_stream(config).await {
            Ok(stream) => Ok(stream.cached_info().config.clone()),
            Err(error) => {
                // Somebody else may have made it in between.
                if let CreateStreamErrorKind::JetStream(_) = error.kind()
                    && let Ok(stream) = self.jetstream.get_stream(name).await
                {
                    return Ok(stream.cached_info().config.clone());
                }
                Err(LogError::Refused { what: "to make a stream", why: error.to_string() })
            }
        }
    }
}

fn is_missing(kind: GetStreamErrorKind) -> bool {
    match kind {
        GetStreamErrorKind::JetStream(error) => {
            error.error_code() == async_nats::jetstream::ErrorCode::STREAM_NOT_FOUND
        }
        _ => false,
    }
}

fn destination(partitions: u16) -> String {
    format!("log.v1.{{{{partition({partitions},2)}}}}.{{{{wildcard(1)}}}}.{{{{wildcard(3)}}}}")
}

fn partitions_of(config: &Config) -> Option<u16> {
    let transform = config.subject_transform.as_ref()?;
    let (_, rest) = transform.destination.split_once("partition(")?;
    rest.split_once(',')?.0.parse().ok()
}

fn log_config(partitions: u16) -> Config {
    Config {
        name: LOG_STREAM.to_owned(),
        description: Some("Keshi: what platforms said, for ever".to_owned()),
        subjects: vec![LEARN.to_owned(), "import.v1.>".to_owned()],
        subject_transform: Some(SubjectTransform {
            source: LEARN.to_owned(),
            destination: destination(partitions),
        }),
        // The least: the server's own de-duplication would let one platform swallow another's events.
        duplicate_window: Duration::from_millis(100),
        max_message_size: MAX_MESSAGE_BYTES,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        ..forever()
    }
}

fn facts_config() -> Config {
    Config {
        name: FACTS_STREAM.to_owned(),
        description: Some("Keshi: what it tells platforms, for 90 days".to_owned()),
        subjects: vec!["facts.v1.>".to_owned()],
        max_age: FACTS_AGE,
        duplicate_window: Duration::from_secs(3600),
        allow_direct: true,
        ..forever()
    }
}

/// Files, no limits.
fn forever() -> Config {
    Config {
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        max_messages: -1,
        max_bytes: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        max_message_size: -1,
        num_replicas: 1,
        ..Config::default()
    }
}

/// The fields that were asked for, not the whole echo: servers add fields.
fn compare(stream: &'static str, found: &Config, wanted: &Config) -> Result<(), LogError> {
    let field = |field: &'static str, found: String, wanted: String| {
        if found == wanted { Ok(()) } else { Err(LogError::Differs { stream, field, found, wanted }) }
    };
    let mut subjects = found.subjects.clone();
    let mut wanted_subjects = wanted.subjects.clone();
    subjects.sort_unstable();
    wanted_subjects.sort_unstable();
    field("subjects", format!("{subjects:?}"), format!("{wanted_subjects:?}"))?;
    field(
        "subject_transform",
        format!("{:?}", found.subject_transform),
        format!("{:?}", wanted.subject_transform),
    )?;
    field("storage", format!("{:?}", found.storage), format!("{:?}", wanted.storage))?;
    field("retention", format!("{:?}", found.retention), format!("{:?}", wanted.retention))?;
    field("discard", format!("{:?}", found.discard), format!("{:?}", wanted.discard))?;
    field("max_age", format!("{:?}", found.max_age), format!("{:?}", wanted.max_age))?;
    field("max_msgs", found.max_messages.to_string(), wanted.max_messages.to_string())?;
    field("max_bytes", found.max_bytes.to_string(), wanted.max_bytes.to_string())?;
    field(
        "max_msgs_per_subject",
        found.max_messages_per_subject.to_string(),
        wanted.max_messages_per_subject.to_string(),
    )?;
    field("max_msg_size", found.max_message_size.to_string(), wanted.max_message_size.to_string())?;
    field(
        "duplicate_window",
        format!("{:?}", found.duplicate_window),
        format!("{:?}", wanted.duplicate_window),
    )?;
    // Messages of another stream would come in with its sequences and without its subjects.
    field("mirror", found.mirror.is_some().to_string(), "false".to_owned())?;
    field("sources", found.sources.as_ref().map_or(0, Vec::len).to_string(), "0".to_owned())?;
    field("sealed", found.sealed.to_string(), "false".to_owned())?;
    field("no_ack", found.no_ack.to_string(), "false".to_owned())?;
    field("deny_delete", found.deny_delete.to_string(), wanted.deny_delete.to_string())?;
    field("deny_purge", found.deny_purge.to_string(), wanted.deny_purge.to_string())?;
    field("allow_rollup_hdrs", found.allow_rollup.to_string(), "false".to_owned())?;
    field("allow_msg_ttl", found.allow_message_ttl.to_string(), "false".to_owned())
}
