//! `keshi simulate`: as files, or live.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::Args;
use keshi_events::{Millis, StoredMessage};
use keshi_log::Outgoing;
use keshi_simulator::{Class, Config, Tally, live};
use serde_json::json;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

#[derive(Args)]
pub(crate) struct Simulate {
    /// 人数 / how many people
    #[arg(long, default_value_t = 60)]
    trainees: usize,
    /// 种子：相同的种子给出相同的字节 / the same seed gives the same bytes
    #[arg(long, default_value_t = 2020)]
    seed: u64,
    /// 作假者比例 / the share of the dishonest, from 0 to 1
    #[arg(long, default_value = "0.05")]
    dishonest: String,
    /// 写入目录：log.jsonl、registry.json、truth.jsonl / the folder of the files
    #[arg(long, required_unless_present = "live", conflicts_with = "live")]
    out: Option<PathBuf>,
    /// 实时发布：每人照真实的时间学习 / live: everybody studies in real time, from now on
    #[arg(long)]
    live: bool,
    /// 实时：每秒约多少条事件（每人每 30 秒一条）/ live: about so many events a second; decides the number of people
    #[arg(long, requires = "live")]
    rate: Option<usize>,
    /// 实时：多少分钟 / live: for so many minutes
    #[arg(long, default_value_t = 10)]
    minutes: u64,
}

impl Simulate {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let dishonest_per_mille = per_mille(&self.dishonest)?;
        let config =
            Config { trainees: self.trainees, seed: self.seed, dishonest_per_mille, ..Config::default() };
        match &self.out {
            Some(folder) => files(&Config { everybody: true, ..config }, folder, json),
            None => self.live(settings, config, json).await,
        }
    }

    async fn live(&self, settings: &Settings, config: Config, json: bool) -> Result<()> {
        let log = connect::provisioned_log(settings).await?;
        let begun = now()?;
        let end = begun + i64::try_from(self.minutes).unwrap_or(i64::MAX / 60_000).saturating_mul(60_000);
        let config = config.live(begun, self.minutes);
        let config = self.rate.map_or(config.clone(), |rate| config.at_rate(rate));
        let bar = show::progress(self.minutes * 60, "实时 live");
        let clock = || now().unwrap_or(begun);
        let published = live(Class::begin(&config), end, clock, async |messages: Vec<StoredMessage>| {
            let outgoing = messages.into_iter().map(|message| Outgoing {
                subject: message.subject,
                headers: message.headers,
                payload: message.payload,
            });
            log.publish_all(outgoing, |_| {}).await?;
            bar.set_position(((clock() - begun) / 1000).max(0).unsigned_abs());
            anyhow::Ok(())
        })
        .await?;
        bar.finish_and_clear();
        if json {
            return show::json(&json!({"published": published, "trainees": config.trainees}));
        }
        show::line(format!("已发布 published {published} 条事件 events · {} 人 people", config.trainees))
    }
}

fn files(config: &Config, folder: &Path, json: bool) -> Result<()> {
    let tally = Class::begin(config)
        .write_files(folder)
        .with_context(|| format!("无法写入 cannot write {}", folder.display()))?;
    let Tally { messages, trainees, dishonest } = tally;
    if json {
        return show::json(&json!({"messages": messages, "trainees": trainees, "dishonest": dishonest}));
    }
    show::line(format!(
        "{}：log.jsonl（{messages} 条 messages）、registry.json、truth.jsonl（{trainees} 人 people，作假 dishonest {dishonest}）",
        folder.display()
    ))
}

/// `0.05` is 50 of a thousand.
pub(crate) fn per_mille(share: &str) -> Result<u32> {
    let (whole, decimals) = share.split_once('.').unwrap_or((share, ""));
    let digits = format!("{whole}{decimals:0<3}");
    match digits.parse::<u32>() {
        Ok(value) if decimals.len() <= 3 && value <= 1000 => Ok(value),
        _ => bail!(
            "--dishonest {share}：须为 0 至 1 的小数，最多三位 / must be a decimal from 0 to 1 with at most three digits"
        ),
    }
}

fn now() -> Result<Millis> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("时钟早于 1970 年 / the clock is before 1970")?;
    Ok(Millis(since.as_millis() as i64))
}
