//! Evidence bundles: one trainee's chain with all that is needed to check it, without any server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use keshi_events::subject::partition_of;
use keshi_events::{Headers, Millis, StoredMessage, attribute_subject};
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::checkpoint::{Checkpoint, NotSigned, Signed};
use crate::content::{Content, is_covered};
use crate::hash::Hash;
use crate::tree::is_under;

/// The form of bundles that this version writes and reads.
const FORM: &str = "evidence/1";

/// One trainee's evidence, up to a checkpoint. JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    keshi: String,
    /// Who.
    pub trainee: String,
    /// All entries of the chain up to the checkpoint, in order.
    pub events: Vec<Event>,
    /// The end of the chain at the checkpoint: the trainee's leaf.
    pub chain: Chain,
    /// The leaf's place in the tree.
    pub place: u64,
    /// The way from the leaf to the root.
    pub proof: Vec<Hash>,
    /// The checkpoint that covers it.
    pub checkpoint: Signed,
}

/// An entry of the chain: exactly what it covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    seq: u64,
    received_at_ms: i64,
    subject: String,
    headers: Headers,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
    entry: Hash,
}

impl Event {
    /// The entry of a stored message; headers that it does not cover are left out.
    pub fn of(message: &StoredMessage, received_at: Millis, entry: Hash) -> Event {
        let text = std::str::from_utf8(&message.payload).ok().map(str::to_owned);
        Event {
            seq: message.seq,
            received_at_ms: received_at.0,
            subject: message.subject.clone(),
            headers: message.headers.iter().filter(|(name, _)| is_covered(name)).collect(),
            payload_base64: text.is_none().then(|| STANDARD.encode(&message.payload)),
            payload: text,
            entry,
        }
    }

    fn message(&self) -> Option<StoredMessage> {
        let payload = match (&self.payload, &self.payload_base64) {
            (Some(text), None) => Bytes::copy_from_slice(text.as_bytes()),
            (None, Some(text)) => STANDARD.decode(text).ok()?.into(),
            _ => return None,
        };
        Some(StoredMessage {
            seq: self.seq,
            received_at: Millis(self.received_at_ms),
            subject: self.subject.clone(),
            headers: self.headers.clone(),
            payload,
        })
    }
}

/// What is wrong with a bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBundle {
    /// Another form.
    #[error("the bundle is of the form {0:?}, and this program reads {FORM:?} / 证据包格式不同")]
    OtherForm(String),
    /// The checkpoint proves nothing.
    #[error("the checkpoint: {0}")]
    Checkpoint(#[from] NotSigned),
    /// Somebody else signed it.
    #[error("the checkpoint is signed with the key {found}, and {wanted} was expected / 签名公钥不符")]
    OtherKey {
        /// In the bundle.
        found: String,
        /// As given.
        wanted: String,
    },
    /// The leaf is not under the root.
    #[error("the trainee's chain (its end {0}) is not under the checkpoint's root / 该链不在检查点之下")]
    NotUnderRoot(Hash),
    /// An entry is not what its hash says, or does not follow the one before it.
    #[error("entry {number} (sequence {seq}): {what}")]
    Entry {
        /// Counted from 1.
        number: usize,
        /// Its sequence.
        seq: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The entries do not end where the leaf says.
    #[error(
        "the chain has {found} entries that end in {head}, and the checkpoint covers {wanted} / 链的末端不符"
    )]
    OtherEnd {
        /// Entries in the bundle.
        found: usize,
        /// The last one's hash.
        head: Hash,
        /// Entries under the checkpoint.
        wanted: u64,
    },
}

impl Bundle {
    /// A bundle of a trainee's chain under a checkpoint.
    pub fn new(
        trainee: String,
        events: Vec<Event>,
        chain: Chain,
        place: u64,
        proof: Vec<Hash>,
        checkpoint: Signed,
    ) -> Bundle {
        Bundle { keshi: FORM.to_owned(), trainee, events, chain, place, proof, checkpoint }
    }

    /// Checks everything; `key` is the public key that must have signed, known from elsewhere.
    ///
    /// # Errors
    /// [`BadBundle`]: the first thing that is wrong; of entries, the first bad one.
    pub fn verify(&self, key: Option<&str>) -> Result<Checkpoint, BadBundle> {
        if self.keshi != FORM {
            return Err(BadBundle::OtherForm(self.keshi.clone()));
        }
        let checkpoint = Checkpoint::open(self.checkpoint.clone())?;
        if let Some(wanted) = key
            && !wanted.eq_ignore_ascii_case(&self.checkpoint.key)
        {
            return Err(BadBundle::OtherKey {
                found: self.checkpoint.key.clone(),
                wanted: wanted.to_owned(),
            });
        }
        let statement = &checkpoint.statement;
        self.walk(statement.positions.len() as u16)?;
        let under =
            is_under(statement.root, statement.trainees, self.place, &self.trainee, &self.chain, &self.proof);
        if !under {
            return Err(BadBundle::NotUnderRoot(self.chain.head));
        }
        Ok(checkpoint)
    }

    fn walk(&self, partitions: u16) -> Result<(), BadBundle> {
        let mut chain = Chain::of_trainee(&self.trainee);
        let mut last = 0;
        for (number, event) in (1..).zip(&self.events) {
            let bad = |what: &'static str| BadBundle::Entry { number, seq: event.seq, what };
            let message = event.message().ok_or_else(|| bad("it has no payload / 没有消息体"))?;
            if event.seq <= last {
                return Err(bad("it does not come after the entry before it / 次序不符"));
            }
            last = event.seq;
            if chain.accept(&Content::of(&message, message.received_at)) != event.entry {
                return Err(bad(
                    "its hash does not fit what it says and the entry before it: it, or the one before, was changed, taken out or put in / 散列不符，内容已被更改、删除或插入",
                ));
            }
            let of = attribute_subject(&message);
            if of.as_deref() != Some(self.trainee.as_str())
                || !message
                    .subject
                    .split('.')
                    .any(|token| token == partition_of(&self.trainee, partitions.max(1)).to_string())
            {
                return Err(bad("it is of another trainee / 属于另一学员"));
            }
        }
        if chain != self.chain {
            return Err(BadBundle::OtherEnd {
                found: self.events.len(),
                head: chain.head,
                wanted: self.chain.count,
            });
        }
        Ok(())
    }
}
