//! What the log says of one partition, small enough to keep: of each message its place and its hash.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::StreamExt;
use keshi_events::{Origin, StoredMessage, attribute_id, decode, received_at, subject::Subject};
use keshi_log::Log;
use keshi_trail::Hash;

use super::Step;
use crate::error::ProjectorError;
use crate::positions::message_hash;

/// A distinct accepted event.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) seq: u64,
    /// Over the whole message.
    pub(super) hash: Vec<u8>,
}

/// What the log says of one trainee.
#[derive(Clone, Debug, Default)]
pub(super) struct OfTrainee {
    /// In order.
    pub(super) events: Vec<Said>,
    /// Sequences of repeats, with the first one's.
    pub(super) repeats: BTreeMap<u64, u64>,
}

/// A message that cannot be used.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) seq: u64,
    /// Over the whole message with the receipt that counts.
    pub(super) hash: Vec<u8>,
    pub(super) code: String,
    pub(super) pointer: Option<String>,
    pub(super) platform: Option<String>,
    pub(super) event_id: Option<String>,
}

/// What the log says of a partition.
#[derive(Clone, Debug, Default)]
pub(super) struct OfPartition {
    pub(super) trainees: BTreeMap<String, OfTrainee>,
    /// In order.
    pub(super) rejected: Vec<Refused>,
}

/// Reads a partition up to a position: of all trainees, or of some.
pub(super) async fn read(
    log: &Log,
    partition: u16,
    partitions: u16,
    position: i64,
    these: Option<&BTreeSet<String>>,
    progress: &mut impl FnMut(Step),
) -> Result<OfPartition, ProjectorError> {
    let mut said = OfPartition::default();
    let last = log.last_of(partition).await?.min(position as u64);
    if last == 0 {
        return Ok(said);
    }
    // Ids are kept as hashes: they may be long, and a partition may hold millions.
    let mut first: HashMap<Hash, u64> = HashMap::new();
    let mut messages = Box::pin(log.read(1, Some(partition)).await?);
    while let Some(message) = messages.next().await {
        let message = message?;
        if message.seq > position as u64 {
            break;
        }
        progress(Step::Message(message.seq));
        match decode(&message, Origin::Stream { partitions }) {
            Ok(event) => {
                if these.is_none_or(|these| these.contains(event.trainee.as_ref())) {
                    let of = said.trainees.entry(event.trainee.to_string()).or_default();
                    let id = format!("{}\n{}\n{}", event.trainee, event.platform, event.id);
                    match first.entry(Hash::of(id.as_bytes())) {
                        std::collections::hash_map::Entry::Occupied(first) => {
                            of.repeats.insert(message.seq, *first.get());
                        }
                        std::collections::hash_map::Entry::Vacant(place) => {
                            place.insert(message.seq);
                            of.events.push(Said { seq: message.seq, hash: message_hash(&message) });
                        }
                    }
                }
            }
            Err(rejection) if these.is_none() => {
                said.rejected.push(Refused {
                    seq: message.seq,
                    hash: refused_hash(&message),
                    code: rejection.code.as_str().to_owned(),
                    pointer: rejection.pointer,
                    platform: platform_of(&message),
                    event_id: attribute_id(&message).map(|id| id.into_owned()),
                });
            }
            Err(_) => {}
        }
        if message.seq >= last {
            break;
        }
    }
    Ok(said)
}

/// The platform of a message's subject.
fn platform_of(message: &StoredMessage) -> Option<String> {
    Subject::parse(&message.subject).platform_and_family().map(|(platform, _)| platform.to_owned())
}

/// The hash of a rejected message; its row keeps the receipt that counts, and no other.
pub(super) fn refused_hash(message: &StoredMessage) -> Vec<u8> {
    let receipt = received_at(message).unwrap_or(message.received_at);
    message_hash(&StoredMessage { received_at: receipt, ..message.clone() })
}
