//! The key that signs checkpoints: a file that its owner alone may read.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use keshi_log::Log;
use keshi_projector::Notary;
use keshi_projector::audit::Sampler;
use keshi_store::Store;
use keshi_trail::Key;

use crate::settings::Settings;

/// Where the key is: as set, or in the folder of private servers.
fn path(settings: &Settings) -> PathBuf {
    match settings.get("checkpoint_key") {
        "" => settings.dir.join("checkpoint.key"),
        set => PathBuf::from(set),
    }
}

/// The key, when there is one. A key that is set and not there is an error.
pub(crate) fn key(settings: &Settings) -> Result<Option<Key>> {
    let path = path(settings);
    if !path.exists() && settings.get("checkpoint_key").is_empty() {
        return Ok(None);
    }
    read(&path).map(Some)
}

/// The key; `keshi up` makes one when none is set.
pub(crate) fn key_or_new(settings: &Settings) -> Result<Key> {
    if let Some(key) = key(settings)? {
        return Ok(key);
    }
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| {
        anyhow::anyhow!("系统无法提供随机数 / the system gives no random numbers: {error}")
    })?;
    let path = path(settings);
    std::fs::create_dir_all(&settings.dir)
        .with_context(|| format!("无法创建 cannot make {}", settings.dir.display()))?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("无法写入 cannot write {}", path.display()))?;
    writeln!(file, "{}", hex::encode(secret))?;
    file.sync_all()?;
    let key = Key::of(secret);
    tracing::info!(path = %path.display(), public_key = key.public(), "made a key that signs checkpoints; keep a copy of it, and give the public key to auditors / 已生成检查点签名密钥，请另存副本，并将公钥交给审计方");
    Ok(key)
}

fn read(path: &Path) -> Result<Key> {
    let told = || format!("检查点签名密钥 the key that signs checkpoints: {}", path.display());
    let mode = std::fs::metadata(path).with_context(told)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{}：其他用户可读，请先 chmod 600 / others may read it: chmod 600 it first", told());
    }
    let text = std::fs::read_to_string(path).with_context(told)?;
    match Key::parse(&text) {
        Some(key) => Ok(key),
        None => bail!("{}：须为 64 位十六进制 / must be 64 hexadecimal digits", told()),
    }
}

/// The public key that must have signed: the hexadecimal text of a file or, of the own key, what belongs to it.
pub(crate) fn public_key(settings: &Settings, file: Option<&Path>) -> Result<Option<String>> {
    let Some(file) = file else { return Ok(key(settings)?.map(|key| key.public())) };
    let text =
        std::fs::read_to_string(file).with_context(|| format!("无法打开 cannot open {}", file.display()))?;
    let text = text.trim();
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("{}：公钥须为 64 位十六进制 / a public key has 64 hexadecimal digits", file.display());
    }
    Ok(Some(text.to_owned()))
}

/// Who signs, as set.
pub(crate) fn notary(settings: &Settings, store: &Store, key: Key) -> Result<Notary> {
    let minutes: u64 = settings.number("checkpoint_minutes")?;
    if minutes == 0 {
        bail!("设置 checkpoint_minutes 须大于 0 / the setting checkpoint_minutes must be above 0");
    }
    Ok(Notary { store: store.clone(), key, every: Duration::from_secs(minutes * 60) })
}

/// Who verifies a sample all the while, as set; none when it is switched off.
pub(crate) fn sampler(settings: &Settings, log: &Log, store: &Store) -> Result<Option<Sampler>> {
    let seconds: u64 = settings.number("verify_seconds")?;
    let every = Duration::from_secs(seconds);
    Ok((seconds > 0).then(|| Sampler { log: log.clone(), store: store.clone(), every }))
}
