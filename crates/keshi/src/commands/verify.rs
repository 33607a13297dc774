//! `keshi verify`: is what the database says what the log says, and is nothing changed?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use keshi_events::Millis;
use keshi_projector::audit::{Audit, Kept, Report, Step, Whom};
use keshi_trail::Bundle;
use serde_json::json;

use crate::commands::{connect, signing};
use crate::settings::Settings;
use crate::show;

/// A check found a difference.
const DIFFERS: u8 = 3;
/// How long it waits for the projector to fold the newest entries of the register.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Args)]
pub(crate) struct Verify {
    /// 一名学员 / one trainee
    #[arg(long, conflicts_with_all = ["sample", "all", "bundle"])]
    trainee: Option<String>,
    /// 随机抽查 / so many trainees, drawn by chance (20 when nothing else is asked)
    #[arg(long, value_name = "N", conflicts_with_all = ["all", "bundle"])]
    sample: Option<u32>,
    /// 全部 / everybody, the rejected messages and a spread of all checkpoints
    #[arg(long, conflicts_with = "bundle")]
    all: bool,
    /// 离线核验证据包 / check an evidence bundle: no server, no database
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// 外部保存的检查点 / hold everything against a checkpoint that somebody else kept
    #[arg(long, value_name = "FILE", conflicts_with = "bundle")]
    checkpoint: Option<PathBuf>,
    /// 公钥 / the public key that must have signed (64 hexadecimal digits); without it, the own key's
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl Verify {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<ExitCode> {
        if let Some(path) = &self.bundle {
            return self.verify_bundle(path, json);
        }
        let key = signing::public_key(settings, self.key.as_deref())?;
        let kept = self.checkpoint.as_deref().map(read_kept).transpose()?;
        let (log, store) = (connect::log(settings).await?, connect::store(settings).await?);
        let Some(mut audit) = Audit::begin(log, &store, PATIENCE).await? else {
            bail!("尚无任何投影 / nothing was projected yet: run `keshi up` or `keshi projector` first");
        };
        let whom = match (&self.trainee, self.all) {
            (Some(trainee), _) => Whom::These(BTreeSet::from([trainee.clone()])),
            (None, true) => Whom::All,
            (None, false) => Whom::These(audit.draw(i64::from(self.sample.unwrap_or(20))).await?),
        };
        let bar = show::progress(0, "核验 verifying");
        Box::pin(audit.compare(&whom, |step| match step {
            Step::Messages(count) => {
                bar.set_position(0);
                bar.set_length(count);
            }
            Step::Message(seq) => bar.set_position(seq),
            Step::Trainee => bar.tick(),
        }))
        .await?;
        audit.check_own(key.as_deref(), self.all).await?;
        if let Some(kept) = &kept {
            audit.check_kept(kept, key.as_deref()).await?;
        }
        bar.finish_and_clear();
        say(&audit.report(), json)
    }

    fn verify_bundle(&self, path: &Path, json: bool) -> Result<ExitCode> {
        let bytes =
            std::fs::read(path).with_context(|| format!("无法打开 cannot open {}", path.display()))?;
        let key = match &self.key {
            None => None,
            Some(file) => Some(read_public(file)?),
        };
        let checked = serde_json::from_slice::<Bundle>(&bytes)
            .map_err(|error| format!("the file is no evidence bundle: {error} / 不是证据包，或已被更改"))
            .and_then(|bundle| match bundle.verify(key.as_deref()) {
                Ok(checkpoint) => Ok((bundle, checkpoint)),
                Err(error) => Err(error.to_string()),
            });
        match checked {
            Ok((bundle, checkpoint)) => {
                let statement = &checkpoint.statement;
                let at = Millis(statement.at_ms).to_beijing();
                if json {
                    show::json(&json!({
                        "ok": true, "trainee": bundle.trainee, "entries": bundle.chain.count,
                        "checkpoint": statement.number, "at": at, "key": checkpoint.signed.key, "key_known": key.is_some(),
                    }))?;
                    return Ok(ExitCode::SUCCESS);
                }
                show::line(format!(
                    "证据完好 the evidence holds: 学员 trainee {}，{} 条 entries，检查点 checkpoint {} ({at})\n签名公钥 signed with {}",
                    bundle.trainee, bundle.chain.count, statement.number, checkpoint.signed.key
                ))?;
                if key.is_none() {
                    show::line(
                        "请从别处得知公钥并以 --key FILE 给出，否则任何人都能签 / know the public key from elsewhere and give it with --key FILE: without it, anybody could have signed",
                    )?;
                }
                Ok(ExitCode::SUCCESS)
            }
            Err(what) => {
                if json {
                    show::json(&json!({ "ok": false, "what": what }))?;
                } else {
                    show::line(format!("证据有误 the evidence does not hold: {what}"))?;
                }
                Ok(ExitCode::from(DIFFERS))
            }
        }
    }
}

fn read_kept(path: &Path) -> Result<Kept> {
    let bytes = std::fs::read(path).with_context(|| format!("无法打开 cannot open {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| {
        format!("{} 不是检查点文件 / is no checkpoint of `keshi checkpoint export`", path.display())
    })
}

fn read_public(path: &Path) -> Result<String> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("无法打开 cannot open {}", path.display()))?;
    Ok(text.trim().to_owned())
}

fn say(report: &Report, json: bool) -> Result<ExitCode> {
    if json {
        show::json(report)?;
    } else {
        for difference in &report.differences {
            show::line(format!("✗ {difference}"))?;
        }
        if report.found > report.differences.len() as u64 {
            show::line(format!("… 另有 and {} more", report.found - report.differences.len() as u64))?;
        }
        show::line(format!(
            "{} 名学员 trainees，{} 条轨迹 entries（{} 条尚无检查点 under no checkpoint yet，已与日志比对 compared with the log），{} 条被拒 rejections，{} 条登记 register entries，{} 个检查点 checkpoints（{} 个重算 roots）：{}",
            report.trainees,
            report.entries,
            report.uncovered,
            report.rejections,
            report.decisions,
            report.checkpoints,
            report.roots,
            if report.found == 0 {
                "全部相符 all is as it was".to_owned()
            } else {
                format!("{} 处不符 differences", report.found)
            }
        ))?;
    }
    Ok(if report.found == 0 { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}
