//! `keshi rejected`

use anyhow::Result;
use clap::Subcommand;
use keshi_events::Millis;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum Rejected {
    /// 列出 / list them. Example: keshi rejected list --platform p1 --after 1000
    List {
        /// 平台 / of one platform
        #[arg(long)]
        platform: Option<String>,
        /// 序号之后 / after this sequence
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// 最多 / at most
        #[arg(long, default_value_t = 100)]
        limit: i64,
    },
}

impl Rejected {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let Rejected::List { platform, after, limit } = self;
        let store = connect::store(settings).await?;
        let rows = store.rejected(platform.as_deref(), *after, *limit).await?;
        if json {
            return show::json(&rows);
        }
        let mut table = show::table(&[
            "序号 seq",
            "接收 received",
            "平台 platform",
            "事件 event",
            "代码 code",
            "怎样改正 what to mend",
        ]);
        for row in &rows {
            table.add_row(vec![
                row.seq.to_string(),
                Millis(row.received_at).to_beijing(),
                row.platform.clone().unwrap_or_default(),
                row.event_id.clone().unwrap_or_default().escape_debug().to_string(),
                row.code.clone(),
                row.sentence.clone(),
            ]);
        }
        show::line(&table)?;
        if let Some(last) = rows.last().filter(|_| rows.len() as i64 == *limit) {
            show::line(format!("更多 / more: keshi rejected list --after {}", last.seq))?;
        }
        Ok(())
    }
}
