//! `keshi migrate`

use anyhow::{Result, bail};
use serde_json::json;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

pub(crate) async fn migrate(settings: &Settings, json: bool) -> Result<()> {
    let url = settings.get("database_url");
    if url.is_empty() {
        bail!(
            "没有数据库 / no database: set KESHI_DATABASE_URL; `keshi up` migrates its private one by itself"
        );
    }
    let applied = keshi_store::migrate(url).await?;
    // What an earlier version wrote in the clear is sealed at once.
    connect::store(settings).await?.seal_persons().await?;
    if json {
        return show::json(&json!({ "applied": applied }));
    }
    show::line(match applied {
        0 => "数据库已是最新 / the database is up to date".to_owned(),
        n => format!("已升级 / applied {n} migrations"),
    })
}
