//! Private servers: what `keshi up` starts when no database or log is configured, with their data in one folder.

mod nats;
mod postgres;
mod process;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

pub(crate) use nats::PrivateNats;
pub(crate) use postgres::PrivatePostgres;

/// A user of the private log server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NatsUser {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// Where the private servers of a folder are: `endpoints.json`, readable by its owner alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Endpoints {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nats_url: Option<String>,
    /// `keshi` and one user per platform.
    #[serde(default)]
    pub(crate) nats_users: BTreeMap<String, NatsUser>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) database_url: Option<String>,
    /// Where the console is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) console_url: Option<String>,
    /// The service is up, and these servers answer.
    #[serde(default)]
    pub(crate) ready: bool,
}

impl Endpoints {
    pub(crate) fn path(dir: &Path) -> PathBuf {
        dir.join("endpoints.json")
    }

    pub(crate) fn read(dir: &Path) -> Result<Option<Endpoints>> {
        let path = Endpoints::path(dir);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let endpoints = serde_json::from_slice(&bytes).with_context(|| {
                    format!("{} 已损坏，可删除后重启 / is damaged: delete it and start again", path.display())
                })?;
                Ok(Some(endpoints))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("无法读取 cannot read {}", path.display())),
        }
    }

    /// Replaces the file in one step.
    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        write_private(&Endpoints::path(dir), &text)
    }

    /// What they mean as settings.
    pub(crate) fn settings(&self) -> BTreeMap<&'static str, String> {
        let mut settings = BTreeMap::new();
        if let (Some(url), Some(keshi)) = (&self.nats_url, self.nats_users.get("keshi")) {
            settings.insert("nats_url", url.clone());
            settings.insert("nats_user", keshi.user.clone());
            settings.insert("nats_password", keshi.password.clone());
        }
        if let Some(url) = &self.database_url {
            settings.insert("database_url", url.clone());
        }
        settings
    }
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    let fresh = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        std::fs::write(&fresh, "")?;
        std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o600))?;
        std::fs::write(&fresh, text)?;
        std::fs::rename(&fresh, path)
    };
    write().with_context(|| format!("无法写入 cannot write {}", path.display()))
}

/// A password that nobody guesses.
pub(crate) fn password() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// A port of this machine that is free now.
pub(crate) fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).context("没有空闲端口 no free port")?;
    Ok(listener.local_addr()?.port())
}
