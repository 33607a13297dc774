//! `keshi log export | import`

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use keshi_events::Millis;
use keshi_log::Selection;
use serde_json::json;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum LogCommand {
    /// 导出 / write the log as a file
    ///
    /// Example: keshi log export --trainee t1 > t1.jsonl
    Export {
        /// 一名学员 / of one trainee
        #[arg(long)]
        trainee: Option<String>,
        /// 起（含）/ received at this time or later (RFC 3339)
        #[arg(long)]
        from: Option<String>,
        /// 止（不含）/ received before this time (RFC 3339)
        #[arg(long)]
        to: Option<String>,
        /// 输出文件 / the file; standard output when left out
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// 导入 / put files into the log with their receipt times; twice adds nothing
    ///
    /// Example: keshi log import log.jsonl
    Import {
        /// 日志文件 / the files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

impl LogCommand {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        match self {
            LogCommand::Export { trainee, from, to, out } => {
                let selection = Selection { trainee: trainee.clone(), from: time(from)?, to: time(to)? };
                export(settings, &selection, out.as_ref(), json).await
            }
            LogCommand::Import { files } => import(settings, files, json).await,
        }
    }
}

fn time(text: &Option<String>) -> Result<Option<Millis>> {
    let Some(text) = text else { return Ok(None) };
    match Millis::parse_rfc3339(text) {
        Some(at) => Ok(Some(at)),
        None => bail!("{text} 须为带时区的 RFC 3339 时间 / must be an RFC 3339 time with an offset"),
    }
}

async fn export(
    settings: &Settings,
    selection: &Selection,
    path: Option<&PathBuf>,
    json: bool,
) -> Result<()> {
    let log = connect::log(settings).await?;
    let bar = show::progress(log.identity().await?.last_seq, "导出 exporting");
    let mut out: Box<dyn Write> = match path {
        Some(path) => {
            Box::new(File::create(path).with_context(|| format!("无法写入 cannot write {}", path.display()))?)
        }
        None => Box::new(std::io::stdout()),
    };
    let mut out = BufWriter::with_capacity(1 << 20, &mut out);
    let written = log.export(selection, &mut out, |seq| bar.set_position(seq)).await?;
    out.flush()?;
    bar.finish_and_clear();
    match path {
        Some(_) if json => show::json(&json!({ "lines": written })),
        Some(path) => show::line(format!("已导出 / exported {written} 条 lines → {}", path.display())),
        None => Ok(()),
    }
}

async fn import(settings: &Settings, files: &[PathBuf], json: bool) -> Result<()> {
    let mut sum = keshi_log::Imported::default();
    let mut all = Vec::new();
    for path in files {
        let file = File::open(path).with_context(|| format!("无法打开 cannot open {}", path.display()))?;
        let messages = keshi_log::file::read_sorted(BufReader::new(file)).with_context(|| {
            format!(
                "日志文件已损坏，未导入任何内容 / the log file is damaged, nothing was imported: {}",
                path.display()
            )
        })?;
        all.push(messages);
    }
    let log = connect::provisioned_log(settings).await?;
    for messages in all {
        let bar = show::progress(messages.len() as u64, "导入 importing");
        let done = log.import(&messages, |count| bar.set_position(count)).await?;
        bar.finish_and_clear();
        sum.published += done.published;
        sum.skipped += done.skipped;
    }
    if json {
        return show::json(&json!({"published": sum.published, "skipped": sum.skipped}));
    }
    show::line(format!("已导入 imported {} 条，已在日志中而跳过 skipped {} 条", sum.published, sum.skipped))
}
