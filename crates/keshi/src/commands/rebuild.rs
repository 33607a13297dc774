//! `keshi rebuild`: the read model anew, from the log, beside the live one.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use keshi_projector::{Rebuild, Rebuilt};

use crate::commands::{connect, roles};
use crate::settings::Settings;
use crate::show;

#[derive(Args)]
pub(crate) struct RebuildCommand {
    /// 只比较，不切换 / compare alone: exit code 3 when anything differs, and nothing is switched
    #[arg(long)]
    check: bool,
}

impl RebuildCommand {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<ExitCode> {
        let stop = roles::stop_on_signal()?;
        let log = connect::log(settings).await?;
        let store = connect::store(settings).await?;
        let target = u64::try_from(store.projected_to().await?).unwrap_or(0);
        let bar = show::progress(target, "重建 rebuilding");
        let rebuild = Rebuild { log, store };
        let rebuilt = Box::pin(rebuild.run(self.check, &stop, |at| bar.set_position(at))).await?;
        bar.finish_and_clear();
        let Some(rebuilt) = rebuilt else {
            show::line("已中断，读模型未变 / interrupted: the live read model is as it was")?;
            return Ok(ExitCode::FAILURE);
        };
        if json {
            show::json(&rebuilt)?;
        } else {
            say(&rebuilt)?;
        }
        Ok(if self.check && !rebuilt.is_same() { ExitCode::from(3) } else { ExitCode::SUCCESS })
    }
}

fn say(rebuilt: &Rebuilt) -> Result<()> {
    let mut table = show::table(&["表 table", "原有 before", "重建 after", "不同 differing"]);
    for compared in &rebuilt.tables {
        let counts = [compared.rows_before, compared.rows_after, compared.differing].map(|n| n.to_string());
        table.add_row(std::iter::once(compared.table.clone()).chain(counts));
    }
    let records = &rebuilt.records;
    let counts = [records.before, records.after, records.differing].map(|n| n.to_string());
    table.add_row(std::iter::once("学习记录 records".to_owned()).chain(counts));
    show::line(&table)?;
    for line in rebuilt.tables.iter().flat_map(|table| &table.some).chain(&records.some) {
        show::line(line)?;
    }
    show::line(format!(
        "{} 条事件 events, {:.1} s, {:.0} 条/秒 per second; {}",
        rebuilt.events,
        rebuilt.seconds,
        rebuilt.events_per_second,
        if rebuilt.switched { "已切换 switched" } else { "未切换 not switched" }
    ))
}
