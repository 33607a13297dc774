//! Passwords, stored as Argon2id.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};

use crate::secret::{NoRandomness, random};

/// The fewest characters of a password (NIST SP 800-63B-4 asks for 15 where it is the only factor and 8 at the least).
pub const LEAST_CHARACTERS: usize = 12;
const MOST_BYTES: usize = 1024;

/// Why a password is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotAPassword {
    /// Too short or too long.
    #[error(
        "A104 a password has at least {LEAST_CHARACTERS} characters and at most {MOST_BYTES} bytes / 密码至少 {LEAST_CHARACTERS} 个字符"
    )]
    Length,
    /// No salt can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The hash cannot be made: memory is short.
    #[error("A105 the password cannot be hashed: {0}")]
    Hashing(argon2::password_hash::Error),
}

/// A password as it is stored: a PHC string with its parameters and salt. Shown by nothing.
#[derive(Clone)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a new password. Takes some tens of milliseconds and 19 MiB: not on a thread that others wait for.
    ///
    /// # Errors
    /// [`NotAPassword`]
    pub fn of(password: &str) -> Result<PasswordHash, NotAPassword> {
        if password.chars().count() < LEAST_CHARACTERS || password.len() > MOST_BYTES {
            return Err(NotAPassword::Length);
        }
        let salt: [u8; 16] = random()?;
        let hash: phc::PasswordHash = Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map_err(NotAPassword::Hashing)?;
        Ok(PasswordHash(hash.to_string()))
    }

    /// As stored.
    pub fn from_stored(text: String) -> PasswordHash {
        PasswordHash(text)
    }

    /// To store.
    pub fn to_stored(&self) -> &str {
        &self.0
    }

    /// Whether this is the password. As slow as hashing.
    pub fn is_of(&self, password: &str) -> bool {
        password.len() <= MOST_BYTES
            && phc::PasswordHash::new(&self.0)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    }
}

/// Takes as long as a wrong password, so that nobody learns by the clock which names exist.
pub fn refuse_in_the_dark(password: &str) {
    let mut out = [0; 32];
    let bytes = password.as_bytes().get(..MOST_BYTES).unwrap_or(password.as_bytes());
    let _never_used = Argon2::default().hash_password_into(bytes, b"nobody's salt at all", &mut out);
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_never_shown() {
        let hash = PasswordHash::of("一二三四五六七八九十甲乙").expect("a hash");
        let again = PasswordHash::from_stored(hash.to_stored().to_owned());
        assert!(again.is_of("一二三四五六七八九十甲乙"));
        assert!(!again.is_of("一二三四五六七八九十甲丙"));
        assert!(hash.to_stored().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(format!("{hash:?}"), "PasswordHash(***)");
        assert!(matches!(PasswordHash::of("short"), Err(NotAPassword::Length)));
        assert!(!PasswordHash::from_stored("garbage".into()).is_of("garbage"));
    }
}
