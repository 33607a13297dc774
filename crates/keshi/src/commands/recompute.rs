//! `keshi recompute`: no server, no database.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use keshi_events::Origin;
use keshi_record::{Catalogue, Constants, recompute};
use keshi_registry::RegistryFile;

use crate::commands::record::show_report;
use crate::show;

#[derive(Args)]
pub(crate) struct Recompute {
    /// 日志文件 / a log file
    file: PathBuf,
    /// 登记表 / a registry file (JSON)
    #[arg(long)]
    registry: Option<PathBuf>,
}

impl Recompute {
    pub(crate) fn run(&self, json: bool) -> Result<()> {
        let path = &self.file;
        let file = File::open(path).with_context(|| format!("无法打开 cannot open {}", path.display()))?;
        let messages = keshi_log::file::read_sorted(BufReader::new(file))
            .with_context(|| format!("日志文件已损坏 / the log file is damaged: {}", path.display()))?;
        let catalogue = match &self.registry {
            None => Catalogue::default(),
            Some(path) => {
                let bytes = std::fs::read(path)
                    .with_context(|| format!("无法打开 cannot open {}", path.display()))?;
                let file = RegistryFile::parse_lenient(&bytes).map_err(|faults| {
                    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
                    anyhow!(
                        "登记表无法读取 / the registry cannot be read: {}: {}",
                        path.display(),
                        said.join("; ")
                    )
                })?;
                file.catalogue()
            }
        };
        let report = recompute(&messages, Origin::File, &Constants::default(), &catalogue);
        if json { show::json(&report) } else { show_report(&report) }
    }
}
