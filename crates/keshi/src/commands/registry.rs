//! `keshi registry import | export`

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use keshi_registry::{Kind, ProviderId, RowError, export_for_platform};
use keshi_settlement::{Intake, IntakeError};
use keshi_store::{NewEntry, Store};
use serde_json::json;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum Registry {
    /// 导入 / take in JSON, CSV and XLSX files, all or nothing
    ///
    /// Example: keshi registry import registry.json 学员.csv
    Import {
        /// 登记文件 / the files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// 只检查 / check, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// 经办人 / who decides
        #[arg(long = "as", default_value = "admin")]
        who: String,
        /// 事由 / why
        #[arg(long, default_value = "import")]
        why: String,
    },
    /// 撤销登记 / take back one row: the register keeps it, and what rests on it is judged again. Example: keshi registry retract certificate t1/Z1 --why 登记有误
    Retract {
        /// 类别 / which list: certificate, benefit, contract, enrolment …
        kind: String,
        /// 键 / which row, as `registry export` has it: trainee/certificate, trainee/course …
        key: String,
        /// 经办人 / who decides
        #[arg(long = "as", default_value = "admin")]
        who: String,
        /// 事由 / why
        #[arg(long)]
        why: String,
    },
    /// 导出 / the registry as it stands, without personal data; or what one platform needs to publish
    ///
    /// Example: keshi registry export --platform p1
    Export {
        /// 平台 / for one platform
        #[arg(long)]
        platform: Option<String>,
    },
}

impl Registry {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<ExitCode> {
        match self {
            Registry::Import { files, dry_run, who, why } => {
                let store = connect::sealing_store(settings).await?;
                match import(&store, files, *dry_run, By { who, why, json }).await? {
                    faults if faults.is_empty() => Ok(ExitCode::SUCCESS),
                    faults => {
                        show_faults(&faults, json)?;
                        Ok(ExitCode::FAILURE)
                    }
                }
            }
            Registry::Retract { kind, key, who, why } => {
                let store = connect::sealing_store(settings).await?;
                retract(&store, kind, key, By { who, why, json }).await?;
                Ok(ExitCode::SUCCESS)
            }
            Registry::Export { platform } => {
                let store = connect::store(settings).await?;
                let (_, registry) = connect::registry(&store).await?;
                match platform {
                    None => show::json(&registry.to_file())?,
                    Some(platform) => {
                        let Some(part) = export_for_platform(&registry, &ProviderId::from(platform.as_str()))
                        else {
                            bail!("没有登记该平台 / no provider {platform} is registered");
                        };
                        show::json(&part)?;
                    }
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// Who decides, why, and how the answer is to look.
#[derive(Clone, Copy)]
struct By<'a> {
    who: &'a str,
    why: &'a str,
    json: bool,
}

/// Registers nothing when anything is wrong, and gives the faults.
async fn import(store: &Store, paths: &[PathBuf], dry_run: bool, by: By<'_>) -> Result<Vec<RowError>> {
    let mut files = Vec::new();
    for path in paths {
        let bytes =
            std::fs::read(path).with_context(|| format!("无法打开 cannot open {}", path.display()))?;
        files.push((path.display().to_string(), bytes));
    }
    let read = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let intake = match Intake::read(store, read).await {
        Err(IntakeError::Faults(faults)) => return Ok(faults),
        intake => intake?,
    };
    if dry_run {
        checked(intake.entries(), by.json)?;
        return Ok(Vec::new());
    }
    register(store, &intake, by).await
}

/// Takes one row back.
async fn retract(store: &Store, kind: &str, key: &str, by: By<'_>) -> Result<()> {
    let Some(kind) = Kind::parse(kind) else {
        let kinds: Vec<&str> = Kind::ALL.into_iter().map(Kind::as_str).collect();
        bail!("没有该类别 / there is no list {kind}: {}", kinds.join(", "));
    };
    if store.registered(kind.as_str(), key).await?.is_none() {
        bail!("没有登记 / {} {key} is not registered", kind.as_str());
    }
    let entry = NewEntry { kind: kind.as_str().to_owned(), key: key.to_owned(), body: None };
    let done = store.register(&[entry], &[], by.who, by.why, |_| ()).await?;
    if by.json {
        return show::json(&json!({"retracted": done.added, "number": done.number}));
    }
    show::line(format!("已撤销登记 retracted；登记簿号 register number {}", done.number))
}

fn checked(entries: usize, json: bool) -> Result<()> {
    if json {
        return show::json(&json!({"dry_run": true, "entries": entries, "faults": []}));
    }
    show::line(format!("没有错误，未登记 / no faults, nothing registered: {entries} 条 entries"))
}

async fn register(store: &Store, intake: &Intake, by: By<'_>) -> Result<Vec<RowError>> {
    let bar = show::progress((intake.entries() + intake.persons()) as u64, "登记 registering");
    let progress = |done: usize| bar.set_position(done as u64);
    let done = match intake.enter(store, by.who, by.why, progress).await {
        Err(IntakeError::Faults(faults)) => return Ok(faults),
        done => done?,
    };
    bar.finish_and_clear();
    if by.json {
        show::json(&json!({"added": done.added, "unchanged": done.unchanged, "number": done.number}))?;
    } else {
        show::line(format!(
            "登记 registered {} 条，未变 unchanged {} 条；登记簿号 register number {}",
            done.added, done.unchanged, done.number
        ))?;
    }
    Ok(Vec::new())
}

fn show_faults(faults: &[RowError], json: bool) -> Result<()> {
    if json {
        return show::json(&faults);
    }
    let codes: BTreeSet<&str> = faults.iter().map(|fault| fault.code.as_str()).collect();
    for fault in faults {
        eprintln!("{fault}");
    }
    eprintln!(
        "错误 error: {} 处 faults ({})，未登记任何内容 / nothing was registered",
        faults.len(),
        codes.into_iter().collect::<Vec<_>>().join(", ")
    );
    Ok(())
}
