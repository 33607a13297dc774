//! An event's id as a number: what tells a trainee's events apart without their texts.

use keshi_events::Event;
use sha2::{Digest, Sha256};

use crate::hash::put;

/// The first 64 bits of SHA-256(platform ‖ id), each with its length. Equal ids have equal keys; of events with equal keys the
/// ids are compared, so nothing rests on it that different ones differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdKey(pub i64);

impl IdKey {
    /// The key of an event's id.
    pub fn of(event: &Event<'_>) -> IdKey {
        let mut hash = Sha256::new();
        put(&mut hash, event.platform.as_bytes());
        put(&mut hash, event.id.as_bytes());
        let all: [u8; 32] = hash.finalize().into();
        let [a, b, c, d, e, f, g, h, ..] = all;
        IdKey(i64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}
