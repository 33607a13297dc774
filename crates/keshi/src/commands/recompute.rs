//! `keshi recompute`: no server, no database.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use keshi_events::Origin;
use keshi_record::{Catalogue, Constants, Recomputation};
use keshi_registry::RegistryFile;

use crate::commands::record::show_report;
use crate::show;

/// So many faults of a registry are printed.
const MOST_FAULTS: usize = 10;

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
        let catalogue = match &self.registry {
            None => Catalogue::default(),
            Some(path) => registry(path)?,
        };
        let path = &self.file;
        let open = || format!("无法打开日志文件 / cannot open the log file {}", path.display());
        let file = File::open(path).with_context(open)?;
        let about = file.metadata().with_context(open)?;
        if about.is_dir() {
            bail!("是文件夹，不是日志文件 / {} is a folder, not a log file", path.display());
        }
        let bar = show::progress(about.len(), "字节 bytes");
        let mut all = Recomputation::new(Origin::File);
        for message in keshi_log::file::read_lines(BufReader::new(bar.wrap_read(file))) {
            let message = message.with_context(|| {
                format!(
                    "日志文件已损坏，请重新导出（keshi log export）/ the log file is damaged: {}; export it again with `keshi log export`, or mend that line",
                    path.display()
                )
            })?;
            all.take(&message);
        }
        bar.finish_and_clear();
        let report = all.report(&Constants::default(), &catalogue);
        if json { show::json(&report) } else { show_report(&report) }
    }
}

/// What a recomputation needs of a registry file.
fn registry(path: &Path) -> Result<Catalogue> {
    let bytes = std::fs::read(path)
        .with_context(|| format!("无法打开登记表 / cannot open the registry file {}", path.display()))?;
    match RegistryFile::parse_lenient(&bytes) {
        Ok(file) => Ok(file.catalogue()),
        Err(faults) => {
            let shown = faults.iter().take(MOST_FAULTS).map(|fault| format!("\n  {fault}"));
            bail!(
                "登记表无法读取，请改正后重试（或不加 --registry，此时每个视频都计入且没有尽头）/ the registry cannot be read: {} \
                 has {} faults; mend them and run again (without --registry every video counts and has no end){}",
                path.display(),
                faults.len(),
                shown.collect::<String>()
            )
        }
    }
}
