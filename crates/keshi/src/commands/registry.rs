//! `keshi registry import | export`

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use keshi_registry::{
    ProviderId, Registry as Registered, RegistryFile, RowError, export_for_platform, merge,
};
use keshi_store::{NewEntry, PersonRow, Store};
use serde_json::json;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum Registry {
    /// 导入 / take in JSON and CSV files, all or nothing. Example: keshi registry import registry.json 学员.csv
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
    /// 导出 / the registry as it stands, without personal data; or what one platform needs to publish. Example: keshi registry export --platform p1
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
                let store = connect::store(settings).await?;
                let (_, current) = connect::registry(&store).await?;
                match read(files, &current)? {
                    Ok(file) if *dry_run => {
                        show::line(format!("没有错误 / no faults: {} 条 entries", file.entries().count()))?;
                        Ok(ExitCode::SUCCESS)
                    }
                    Ok(file) => {
                        import(&store, &file, who, why, json).await?;
                        Ok(ExitCode::SUCCESS)
                    }
                    Err(faults) => {
                        show_faults(&faults, json)?;
                        Ok(ExitCode::FAILURE)
                    }
                }
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

/// Reads all files together: what one names may stand in another, or in the registry already.
fn read(files: &[PathBuf], current: &Registered) -> Result<std::result::Result<RegistryFile, Vec<RowError>>> {
    let (mut drafts, mut faults) = (Vec::new(), Vec::new());
    for path in files {
        let bytes =
            std::fs::read(path).with_context(|| format!("无法打开 cannot open {}", path.display()))?;
        match RegistryFile::read_file(&path.display().to_string(), &bytes) {
            Ok(draft) => drafts.push(draft),
            Err(found) => faults.extend(found),
        }
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let file = match merge(drafts, current) {
        Ok(file) => file,
        Err(faults) => return Ok(Err(faults)),
    };
    let faults = file.validate(current);
    Ok(if faults.is_empty() { Ok(file) } else { Err(faults) })
}

async fn import(store: &Store, file: &RegistryFile, who: &str, why: &str, json: bool) -> Result<()> {
    let entries: Vec<NewEntry> = file
        .entries()
        .map(|entry| NewEntry {
            kind: entry.kind.as_str().to_owned(),
            key: entry.key,
            body: Some(entry.body),
        })
        .collect();
    let persons: Vec<PersonRow> = file
        .persons()
        .map(|(trainee, person)| PersonRow {
            trainee: trainee.to_string(),
            name: person.name.clone(),
            id_number: person.id_number.clone(),
            phone: person.phone.clone(),
        })
        .collect();
    let done = store.register(&entries, &persons, who, why).await?;
    if json {
        return show::json(&json!({"added": done.added, "unchanged": done.unchanged, "number": done.number}));
    }
    show::line(format!(
        "登记 registered {} 条，未变 unchanged {} 条；登记簿号 register number {}",
        done.added, done.unchanged, done.number
    ))
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
