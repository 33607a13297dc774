//! Connections out of the settings.

use anyhow::{Context, Result, bail};
use keshi_log::{Log, LogSettings};
use keshi_record::Catalogue;
use keshi_registry::{Entry, Kind, Registry};
use keshi_store::Store;

use crate::commands::master_key;
use crate::settings::Settings;

/// The database.
pub(crate) async fn store(settings: &Settings) -> Result<Store> {
    let url = settings.get("database_url");
    if url.is_empty() {
        bail!("没有数据库 / no database: run `keshi up` in this folder, or set KESHI_DATABASE_URL");
    }
    let mut store = Store::connect(url, settings.number("database_connections")?).await?;
    if let Some(vault) = master_key::find(settings)? {
        store.adopt_vault(vault).await?;
    }
    Ok(store)
}

/// The database, with a master key for personal data: one is made when nothing is sealed there yet.
pub(crate) async fn sealing_store(settings: &Settings) -> Result<Store> {
    let mut store = store(settings).await?;
    if master_key::find(settings)?.is_none() && !store.is_sealed().await? {
        store.adopt_vault(master_key::make(settings)?).await?;
    }
    Ok(store)
}

/// The log, connected; its streams are not looked at.
pub(crate) async fn log(settings: &Settings) -> Result<Log> {
    let url = settings.get("nats_url");
    if url.is_empty() {
        bail!("没有日志服务器 / no log server: run `keshi up` in this folder, or set KESHI_NATS_URL");
    }
    let login = Some((settings.get("nats_user").to_owned(), settings.get("nats_password").to_owned()));
    let login = login.filter(|(_, password)| !password.is_empty());
    Ok(Log::connect(&LogSettings { url: url.to_owned(), login }).await?)
}

/// The log with both streams made or checked.
pub(crate) async fn provisioned_log(settings: &Settings) -> Result<Log> {
    let log = log(settings).await?;
    log.provision(settings.number("partitions")?).await?;
    Ok(log)
}

/// The whole registry as it stands, and its number.
pub(crate) async fn registry(store: &Store) -> Result<(i64, Registry)> {
    let (number, bodies) = store.registry(&Kind::ALL.map(Kind::as_str)).await?;
    let entries: Vec<Entry> = bodies
        .into_iter()
        .filter_map(|(kind, body)| Kind::parse(&kind).map(|kind| Entry { kind, key: String::new(), body }))
        .collect();
    let registry =
        Registry::from_entries(&entries).context("登记表无法读取 / the registry cannot be read")?;
    Ok((number, registry))
}

/// What the registry says of courses; nothing while nothing was ever registered.
pub(crate) async fn catalogue(store: &Store) -> Result<Catalogue> {
    let (number, registry) = registry(store).await?;
    Ok(if number == 0 { Catalogue::default() } else { registry.catalogue() })
}
