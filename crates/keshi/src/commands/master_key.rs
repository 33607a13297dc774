//! The master key of personal data: from the environment, a file, or made in the private folder.

use std::path::PathBuf;

use anyhow::{Context, Result};
use keshi_person::{MasterKey, Vault};

use crate::private::write_private;
use crate::settings::Settings;

fn path(settings: &Settings) -> PathBuf {
    match settings.get("master_key_file") {
        "" => settings.dir.join("master.key"),
        file => PathBuf::from(file),
    }
}

/// The key that is set, if one is.
pub(crate) fn find(settings: &Settings) -> Result<Option<Vault>> {
    let text = settings.get("master_key");
    if !text.is_empty() {
        return Ok(Some(Vault::new(&MasterKey::parse(text)?)));
    }
    let path = path(settings);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let key = MasterKey::parse(&text).with_context(|| path.display().to_string())?;
            Ok(Some(Vault::new(&key)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("无法读取 cannot read {}", path.display())),
    }
}

/// Makes a key in its file, which only its owner may read.
pub(crate) fn make(settings: &Settings) -> Result<Vault> {
    let path = path(settings);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("无法创建 cannot make {}", folder.display()))?;
    }
    let key = MasterKey::new()?;
    write_private(&path, &key.to_text())?;
    tracing::warn!(
        path = %path.display(),
        "made a master key for personal data: back it up apart from the database / 已生成个人信息主密钥，请另行备份"
    );
    Ok(Vault::new(&key))
}
