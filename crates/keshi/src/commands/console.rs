//! `keshi console`: the pages and the API alone.

use anyhow::Result;
use clap::Args;
use keshi_console::Console;

use crate::commands::{connect, packs, roles};
use crate::settings::Settings;

#[derive(Args)]
pub(crate) struct Serve {
    /// 监听地址 / where to listen; port 0 takes a free one
    #[arg(long)]
    listen: Option<String>,
}

impl Serve {
    pub(crate) async fn run(&self, settings: &Settings) -> Result<()> {
        let stop = roles::stop_on_signal()?;
        let console = Console {
            store: connect::sealing_store(settings).await?,
            log: connect::log(settings).await?,
            packs: packs::load(settings)?,
            secure: settings.get("console_secure") == "true",
        };
        let address = self.listen.as_deref().unwrap_or_else(|| settings.get("console_listen"));
        let (listener, local) = Console::listen(address).await?;
        tracing::info!("the console listens / 控制台 http://{local}");
        let ran = console.run(listener, &stop).await;
        console.store.close().await;
        Ok(ran?)
    }
}
