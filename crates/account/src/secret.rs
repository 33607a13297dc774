//! Secrets that programs carry: 256 random bits, of which only the SHA-256 is stored.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The system gives no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A106 the system gives no random numbers: {0} / 系统无法提供随机数")]
pub struct NoRandomness(getrandom::Error);

pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes)
}

/// A secret as its bearer has it. Shown once.
pub struct Secret(String);

/// What is stored of a secret. Long random secrets need no slow hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretHash(Vec<u8>);

impl Secret {
    /// A new one, with a prefix by which people and scanners know what it is.
    ///
    /// # Errors
    /// [`NoRandomness`]
    pub fn new(prefix: &str) -> Result<Secret, NoRandomness> {
        let bytes: [u8; 32] = random()?;
        Ok(Secret(format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// One that somebody brings.
    pub fn brought(text: &str) -> Secret {
        Secret(text.to_owned())
    }

    /// The text to show or to send.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What to store and to look up.
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0.as_bytes()).to_vec())
    }

    /// Another secret that only the bearer of this one can know, for one purpose.
    pub fn derive(&self, purpose: &str) -> String {
        let mut hash = Sha256::new();
        for part in [purpose, &self.0] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        BASE64_URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

impl SecretHash {
    /// To store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_are_known_by_their_hash() {
        let (a, b) = (Secret::new("keshi_").expect("a"), Secret::new("keshi_").expect("b"));
        assert_ne!(a.text(), b.text());
        assert_eq!(a.hash(), Secret::brought(a.text()).hash());
        assert_eq!(a.text().len(), "keshi_".len() + 43);
        assert_ne!(a.derive("csrf"), a.derive("other"));
        assert_eq!(format!("{a:?}"), "Secret(***)");
    }
}
