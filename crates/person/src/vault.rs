//! Sealing and opening: AES-256-GCM, nonce before the ciphertext.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::lookup::LookUp;

const NONCE: usize = 12;

/// What can go wrong with personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The master key is no 32 bytes in hexadecimal.
    #[error("V101 a master key is 64 hexadecimal digits / 主密钥须为 64 位十六进制数")]
    NotAKey,
    /// The value was sealed by another key, for another person or field, or changed.
    #[error(
        "V102 personal data of {0} cannot be opened: another master key, or changed rows / 个人信息无法解密"
    )]
    Closed(String),
    /// The system gives no random numbers.
    #[error("V103 the system gives no random numbers: {0} / 系统无法提供随机数")]
    NoRandomness(getrandom::Error),
}

/// 256 bits from a file or the environment: whoever has it can open all personal data.
pub struct MasterKey([u8; 32]);

/// The key of one trainee.
pub struct PersonKey([u8; 32]);

/// Which value is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// 姓名
    Name,
    /// 身份证号
    IdNumber,
    /// 联系电话
    Phone,
}

impl Field {
    fn word(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::IdNumber => "id_number",
            Field::Phone => "phone",
        }
    }
}

impl MasterKey {
    /// A new one.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`]
    pub fn new() -> Result<MasterKey, VaultError> {
        Ok(MasterKey(random()?))
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`VaultError::NotAKey`]
    pub fn parse(text: &str) -> Result<MasterKey, VaultError> {
        let bytes = hex::decode(text.trim()).map_err(|_| VaultError::NotAKey)?;
        Ok(MasterKey(bytes.try_into().map_err(|_| VaultError::NotAKey)?))
    }

    /// The digits to keep.
    pub fn to_text(&self) -> String {
        hex::encode(self.0)
    }
}

/// Seals and opens.
pub struct Vault {
    wrapping: [u8; 32],
    lookup: [u8; 32],
    fingerprint: [u8; 32],
}

impl Vault {
    /// With a master key; each purpose has a key of its own.
    pub fn new(master: &MasterKey) -> Vault {
        let of = |purpose: &str| mac(&master.0, &[purpose]);
        Vault {
            wrapping: of("keshi wrapping v1"),
            lookup: of("keshi look-up v1"),
            fingerprint: of("keshi fingerprint v1"),
        }
    }

    /// Tells master keys apart, and says nothing about them.
    pub fn fingerprint(&self) -> &[u8] {
        &self.fingerprint
    }

    /// A key for a trainee: (the key, the key as stored).
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`]
    pub fn new_key(&self, trainee: &str) -> Result<(PersonKey, Vec<u8>), VaultError> {
        let key = PersonKey(random()?);
        let wrapped = seal(&self.wrapping, &aad(trainee, "key"), &key.0, trainee)?;
        Ok((key, wrapped))
    }

    /// The key of a trainee, as stored before.
    ///
    /// # Errors
    /// [`VaultError::Closed`]
    pub fn unwrap_key(&self, trainee: &str, wrapped: &[u8]) -> Result<PersonKey, VaultError> {
        let bytes = open(&self.wrapping, &aad(trainee, "key"), wrapped, trainee)?;
        Ok(PersonKey(bytes.try_into().map_err(|_| VaultError::Closed(trainee.to_owned()))?))
    }

    /// The keyed hash under which a value can be found.
    pub fn hash(&self, by: LookUp, text: &str) -> Vec<u8> {
        mac(&self.lookup, &[by.word(), &by.normal(text)]).to_vec()
    }
}

impl PersonKey {
    /// Seals a value of this trainee.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`]
    pub fn seal(&self, trainee: &str, field: Field, text: &str) -> Result<Vec<u8>, VaultError> {
        seal(&self.0, &aad(trainee, field.word()), text.as_bytes(), trainee)
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`VaultError::Closed`]
    pub fn open(&self, trainee: &str, field: Field, sealed: &[u8]) -> Result<String, VaultError> {
        let bytes = open(&self.0, &aad(trainee, field.word()), sealed, trainee)?;
        String::from_utf8(bytes).map_err(|_| VaultError::Closed(trainee.to_owned()))
    }
}

fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(VaultError::NoRandomness)?;
    Ok(bytes)
}

/// Trainee and field, each with its length before it.
fn aad(trainee: &str, field: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(16 + trainee.len() + field.len());
    for part in [trainee, field] {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes
}

fn mac(key: &[u8; 32], parts: &[&str]) -> [u8; 32] {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

fn seal(key: &[u8; 32], aad: &[u8], message: &[u8], whose: &str) -> Result<Vec<u8>, VaultError> {
    let nonce: [u8; NONCE] = random()?;
    let sealed = Aes256Gcm::new(key.into())
        .encrypt(&Nonce::from(nonce), Payload { msg: message, aad })
        .map_err(|_| VaultError::Closed(whose.to_owned()))?;
    Ok([&nonce[..], &sealed].concat())
}

fn open(key: &[u8; 32], aad: &[u8], sealed: &[u8], whose: &str) -> Result<Vec<u8>, VaultError> {
    let closed = || VaultError::Closed(whose.to_owned());
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(closed)?;
    Aes256Gcm::new(key.into())
        .decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad })
        .map_err(|_| closed())
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_for_its_person_field_and_key_alone() {
        let master = MasterKey::new().expect("a key");
        let vault = Vault::new(&MasterKey::parse(&master.to_text()).expect("its text"));
        let (key, wrapped) = vault.new_key("t1").expect("a key");
        let sealed = key.seal("t1", Field::Name, "张三").expect("sealed");
        let again = vault.unwrap_key("t1", &wrapped).expect("the key");
        assert_eq!(again.open("t1", Field::Name, &sealed).as_deref(), Ok("张三"));
        assert_ne!(sealed, key.seal("t1", Field::Name, "张三").expect("sealed"), "a fresh nonce each time");
        let closed = Err(VaultError::Closed("t1".into()));
        assert_eq!(again.open("t1", Field::Phone, &sealed), closed, "another field");
        assert_eq!(
            again.open("t2", Field::Name, &sealed),
            Err(VaultError::Closed("t2".into())),
            "another person"
        );
        let mut changed = sealed.clone();
        changed[15] ^= 1;
        assert_eq!(again.open("t1", Field::Name, &changed), closed, "a changed byte");
        assert_eq!(again.open("t1", Field::Name, &sealed[..5]), closed, "a short row");
        assert!(vault.unwrap_key("t2", &wrapped).is_err(), "another person's key");
        let other = Vault::new(&MasterKey::new().expect("a key"));
        assert!(other.unwrap_key("t1", &wrapped).is_err(), "another master key");
        assert_ne!(other.hash(LookUp::Name, "张三"), vault.hash(LookUp::Name, "张三"));
        assert_ne!(other.fingerprint(), vault.fingerprint());
        assert!(MasterKey::parse("abc").is_err());
    }
}
