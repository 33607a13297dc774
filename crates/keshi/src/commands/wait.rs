//! `keshi wait`: until all that was published is projected, its facts published, and every completion settled.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

#[derive(Args)]
pub(crate) struct Wait {
    /// 最长等待秒数 / give up after so many seconds
    #[arg(long, default_value_t = 600)]
    timeout: u64,
}

impl Wait {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let log = connect::log(settings).await?;
        let store = connect::store(settings).await?;
        let target = log.identity().await?.last_seq as i64;
        let begun = Instant::now();
        let from = store.projected_to().await?;
        let bar = show::progress((target - from).max(0) as u64, "处理 projecting");
        let mut projected_after = None;
        loop {
            let at = store.projected_to().await?;
            bar.set_position((at - from).max(0) as u64);
            if at >= target {
                projected_after.get_or_insert(begun.elapsed());
                let register = store.register_number().await?;
                let settled = store.unpublished_count().await? == 0
                    && store.unsettled().await? == 0
                    && store.folded_register().await? >= register;
                if settled {
                    break;
                }
            }
            if begun.elapsed() > Duration::from_secs(self.timeout) {
                bail!(
                    "超时 / not done after {} s: projected up to {at} of {target}; does `keshi up` run?",
                    self.timeout
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bar.finish_and_clear();
        let (events, ms) =
            ((target - from).max(0), projected_after.unwrap_or_default().as_millis().max(1) as i64);
        let rate = events * 1000 / ms;
        if json {
            return show::json(
                &json!({"events": events, "milliseconds": ms, "events_per_second": rate, "projected_to": target}),
            );
        }
        show::line(format!(
            "已处理到 {target} / projected up to {target}: {events} 条事件 events, {}.{:03} s, {rate} 条/秒 per second",
            ms / 1000,
            ms % 1000
        ))
    }
}
