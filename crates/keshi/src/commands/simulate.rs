//! `keshi simulate`: as files, or live.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::Args;
use keshi_events::Millis;
use keshi_log::Outgoing;
use keshi_simulator::{Class, Config};
use serde_json::json;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

/// Seconds between two reports of one playing trainee.
const REPORT_SECONDS: usize = 30;

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
            Some(folder) => files(&config, folder, json),
            None => self.live(settings, config, json).await,
        }
    }

    async fn live(&self, settings: &Settings, config: Config, json: bool) -> Result<()> {
        let log = connect::provisioned_log(settings).await?;
        let trainees = self.rate.map_or(config.trainees, |rate| rate * REPORT_SECONDS);
        let begun = now()?;
        // People sign in within forty minutes of the evening's beginning: most of them are there when it begins to count.
        let first_evening = begun + -40 * 60_000;
        let simulated = Class::generate(&Config { trainees, first_evening, evenings: 1, ..config });
        let end = begun + self.minutes as i64 * 60_000;
        let bar = show::progress(self.minutes * 60, "实时 live");
        let mut published = 0_u64;
        let mut ready = Vec::new();
        for message in simulated.messages.into_iter().filter(|message| message.received_at < end) {
            let wait = message.received_at - now()?;
            if wait > 0 && !ready.is_empty() {
                published += publish(&log, std::mem::take(&mut ready)).await?;
                bar.set_position(((now()? - begun) / 1000).max(0) as u64);
            }
            let wait = message.received_at - now()?;
            if wait > 0 {
                tokio::time::sleep(Duration::from_millis(wait as u64)).await;
            }
            ready.push(Outgoing {
                subject: message.subject,
                headers: message.headers,
                payload: message.payload,
            });
        }
        published += publish(&log, ready).await?;
        bar.finish_and_clear();
        if json {
            return show::json(&json!({"published": published, "trainees": trainees}));
        }
        show::line(format!("已发布 published {published} 条事件 events · {trainees} 人 people"))
    }
}

async fn publish(log: &keshi_log::Log, messages: Vec<Outgoing>) -> Result<u64> {
    let count = messages.len() as u64;
    log.publish_all(messages, |_| {}).await?;
    Ok(count)
}

fn files(config: &Config, folder: &PathBuf, json: bool) -> Result<()> {
    let simulated = Class::generate(config);
    simulated.write_files(folder).with_context(|| format!("无法写入 cannot write {}", folder.display()))?;
    let (messages, people) = (simulated.messages.len(), simulated.truth.len());
    let dishonest = simulated.truth.iter().filter(|line| !line.honest).count();
    if json {
        return show::json(&json!({"messages": messages, "trainees": people, "dishonest": dishonest}));
    }
    show::line(format!(
        "{}：log.jsonl（{messages} 条 messages）、registry.json、truth.jsonl（{people} 人 people，作假 dishonest {dishonest}）",
        folder.display()
    ))
}

/// `0.05` is 50 of a thousand.
fn per_mille(share: &str) -> Result<u32> {
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
