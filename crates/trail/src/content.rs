//! What an entry says, before it is linked to the one before it.

use keshi_events::{Headers, Millis, StoredMessage};
use sha2::{Digest, Sha256};

use crate::hash::{Hash, put};

/// An entry of a trainee's chain.
const EVENT: u8 = 0x01;
/// An entry of a partition's chain of rejections.
const REJECTION: u8 = 0x02;
/// An entry of the register's chain.
const DECISION: u8 = 0x03;

/// A stored message as an entry covers it: each part by its own hash, so that a part can be withheld and still be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Stream sequence.
    pub seq: u64,
    /// The receipt that counts.
    pub received_at: Millis,
    /// SHA-256 of the stored subject.
    pub subject: Hash,
    /// SHA-256 of the sorted `ce-*` and Content-Type headers.
    pub headers: Hash,
    /// SHA-256 of the payload as received.
    pub payload: Hash,
}

impl Content {
    /// What an entry covers of a message; `received_at` is the receipt that counts, an import's first one.
    pub fn of(message: &StoredMessage, received_at: Millis) -> Content {
        Content {
            seq: message.seq,
            received_at,
            subject: Hash::of(message.subject.as_bytes()),
            headers: headers_hash(&message.headers),
            payload: Hash::of(&message.payload),
        }
    }

    /// The entry of an accepted event behind `previous`: SHA-256(0x01 ‖ previous ‖ u64 sequence ‖ i64 received_at in ms ‖
    /// subject ‖ headers ‖ payload), numbers big-endian.
    pub fn accept(&self, previous: Hash) -> Hash {
        Hash(self.begin(EVENT, previous).finalize().into())
    }

    /// The entry of a rejected message behind `previous`: as of an accepted one with 0x02, and the verdict's hash at the end.
    pub fn reject(&self, previous: Hash, verdict: &Verdict<'_>) -> Hash {
        let mut hash = self.begin(REJECTION, previous);
        hash.update(verdict.hash().0);
        Hash(hash.finalize().into())
    }

    fn begin(&self, kind: u8, previous: Hash) -> Sha256 {
        let mut hash = Sha256::new();
        hash.update([kind]);
        hash.update(previous.0);
        hash.update(self.seq.to_be_bytes());
        hash.update(self.received_at.0.to_be_bytes());
        hash.update(self.subject.0);
        hash.update(self.headers.0);
        hash.update(self.payload.0);
        hash
    }
}

/// Why a message was rejected: the verdict that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// The stable code.
    pub code: &'a str,
    /// What to mend.
    pub sentence: &'a str,
    /// The member at fault.
    pub pointer: Option<&'a str>,
}

impl Verdict<'_> {
    /// SHA-256 over code, sentence and (where there is one) pointer, each with its length.
    pub fn hash(&self) -> Hash {
        let mut hash = Sha256::new();
        put(&mut hash, self.code.as_bytes());
        put(&mut hash, self.sentence.as_bytes());
        if let Some(pointer) = self.pointer {
            put(&mut hash, pointer.as_bytes());
        }
        Hash(hash.finalize().into())
    }
}

/// An entry of the register as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Its number.
    pub number: i64,
    /// When it was recorded, microseconds since the epoch.
    pub recorded_at_us: i64,
    /// Which list.
    pub kind: &'a str,
    /// Which row of it.
    pub key: &'a str,
    /// What holds, as PostgreSQL writes its `jsonb`; none takes it back.
    pub body: Option<&'a str>,
    /// Who decided.
    pub who: &'a str,
    /// Why.
    pub why: &'a str,
}

impl Decision<'_> {
    /// The entry behind `previous`: SHA-256(0x03 ‖ previous ‖ i64 number ‖ i64 recorded_at in µs ‖ kind ‖ key ‖ who ‖ why ‖ body),
    /// each text with its length, a body that is none left out.
    pub fn record(&self, previous: Hash) -> Hash {
        let mut hash = Sha256::new();
        hash.update([DECISION]);
        hash.update(previous.0);
        hash.update(self.number.to_be_bytes());
        hash.update(self.recorded_at_us.to_be_bytes());
        for text in [self.kind, self.key, self.who, self.why] {
            put(&mut hash, text.as_bytes());
        }
        if let Some(body) = self.body {
            put(&mut hash, body.as_bytes());
        }
        Hash(hash.finalize().into())
    }
}

/// SHA-256 over the `ce-*` and Content-Type headers: names in any case, as received, sorted by name and value, each text with
/// its length.
fn headers_hash(headers: &Headers) -> Hash {
    let mut covered: Vec<(&str, &str)> = headers.iter().filter(|(name, _)| is_covered(name)).collect();
    covered.sort_unstable();
    let mut hash = Sha256::new();
    for (name, value) in covered {
        put(&mut hash, name.as_bytes());
        put(&mut hash, value.as_bytes());
    }
    Hash(hash.finalize().into())
}

/// Whether a header says something about the event: `ce-*` and Content-Type, in any case.
pub(crate) fn is_covered(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-type")
        || name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("ce-"))
}
