//! Signed checkpoints: what stood at one moment, for others to keep.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use keshi_events::Millis;
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::hash::Hash;

/// The form of the statement; part of what is signed.
const FORM: &str = "checkpoint/1";

/// What a checkpoint states. Its text, byte for byte, is what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    keshi: String,
    /// 1, 2, 3 ...
    pub number: u64,
    /// When, by PostgreSQL's clock, ms.
    pub at_ms: i64,
    /// The hash of the checkpoint before; none for the first.
    pub previous: Option<Hash>,
    /// Which stream was projected: its creation, as the server says it.
    pub stream: String,
    /// The last sequence projected, by partition.
    pub positions: Vec<i64>,
    /// The end of the register's chain.
    pub register: Chain,
    /// The ends of the chains of rejections, by partition.
    pub rejections: Vec<Chain>,
    /// Trainees: the leaves of the tree.
    pub trainees: u64,
    /// The root of the Merkle tree (RFC 6962) over all trainees, by partition and trainee; see [`leaf`].
    pub root: Hash,
}

impl Statement {
    /// A statement of everything but its number and what it follows.
    pub fn new(after: Option<&Checkpoint>, at: Millis, stream: String, standing: Standing) -> Statement {
        Statement {
            keshi: FORM.to_owned(),
            number: after.map_or(1, |after| after.statement.number + 1),
            at_ms: at.0,
            previous: after.map(Checkpoint::hash),
            stream,
            positions: standing.positions,
            register: standing.register,
            rejections: standing.rejections,
            trainees: standing.trainees,
            root: standing.root,
        }
    }
}

/// What stood in one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The last sequence projected, by partition.
    pub positions: Vec<i64>,
    /// The end of the register's chain.
    pub register: Chain,
    /// The ends of the chains of rejections, by partition.
    pub rejections: Vec<Chain>,
    /// Trainees.
    pub trainees: u64,
    /// The root over their chains' ends.
    pub root: Hash,
}

/// The leaf of a trainee: trainee ‖ entry count (u64, big-endian) ‖ head.
pub fn leaf(trainee: &str, chain: &Chain) -> Vec<u8> {
    let mut leaf = Vec::with_capacity(trainee.len() + 40);
    leaf.extend_from_slice(trainee.as_bytes());
    leaf.extend_from_slice(&chain.count.to_be_bytes());
    leaf.extend_from_slice(&chain.head.0);
    leaf
}

/// A signed checkpoint as it is stored, published and kept: JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The statement's JSON, byte for byte as it was signed.
    pub statement: String,
    /// The Ed25519 public key, 32 bytes in hexadecimal.
    pub key: String,
    /// The Ed25519 signature over the statement's bytes, 64 bytes in hexadecimal.
    pub signature: String,
}

/// A checkpoint whose signature is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// What it states.
    pub statement: Statement,
    /// As it was signed.
    pub signed: Signed,
}

/// Why a checkpoint proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// Key or signature is no hexadecimal of the right length, or no point of the curve.
    #[error("its {0} cannot be read / 无法读取")]
    Unreadable(&'static str),
    /// The signature does not fit.
    #[error("its signature does not fit its statement and key: it was changed / 签名不符，内容已被更改")]
    Forged,
    /// The signature fits, the statement is of another form.
    #[error("its statement cannot be read ({0}): a newer program may have written it / 内容无法读取")]
    OtherForm(String),
}

impl Checkpoint {
    /// Signs a statement.
    pub fn sign(statement: Statement, key: &Key) -> Checkpoint {
        // Numbers and hexadecimal texts: writing them as JSON cannot fail.
        let text = serde_json::to_string(&statement).unwrap_or_default();
        let signature = key.0.sign(text.as_bytes());
        let signed =
            Signed { key: key.public(), signature: hex::encode(signature.to_bytes()), statement: text };
        Checkpoint { statement, signed }
    }

    /// Takes a signed checkpoint whose signature fits.
    ///
    /// # Errors
    /// [`NotSigned`]
    pub fn open(signed: Signed) -> Result<Checkpoint, NotSigned> {
        let key = decode::<32>(&signed.key).ok_or(NotSigned::Unreadable("key"))?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| NotSigned::Unreadable("key"))?;
        let signature = decode::<64>(&signed.signature).ok_or(NotSigned::Unreadable("signature"))?;
        key.verify_strict(signed.statement.as_bytes(), &Signature::from_bytes(&signature))
            .map_err(|_| NotSigned::Forged)?;
        let statement: Statement = serde_json::from_str(&signed.statement)
            .map_err(|error| NotSigned::OtherForm(error.to_string()))?;
        if statement.keshi != FORM {
            return Err(NotSigned::OtherForm(statement.keshi));
        }
        Ok(Checkpoint { statement, signed })
    }

    /// The hash that the next checkpoint names: SHA-256 of the statement's bytes.
    pub fn hash(&self) -> Hash {
        Hash::of(self.signed.statement.as_bytes())
    }
}

/// The key that signs checkpoints: Ed25519.
pub struct Key(SigningKey);

impl Key {
    /// The key of 32 secret bytes, drawn by chance.
    pub fn of(secret: [u8; 32]) -> Key {
        Key(SigningKey::from_bytes(&secret))
    }

    /// The key that a file holds: 64 hexadecimal digits, white space around them ignored.
    pub fn parse(text: &str) -> Option<Key> {
        decode::<32>(text.trim()).map(Key::of)
    }

    /// The public key, 32 bytes in hexadecimal.
    pub fn public(&self) -> String {
        hex::encode(self.0.verifying_key().to_bytes())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key(public {})", self.public())
    }
}

/// Lower case alone, so that one thing is written in one way.
fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    (hex::encode(bytes) == text).then_some(bytes)
}
