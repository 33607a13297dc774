//! `keshi checkpoint` and `keshi evidence`: what others keep, to check us by.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use keshi_events::Millis;
use keshi_projector::Signing;
use keshi_projector::audit::{Kept, Leaf};
use keshi_trail::{Chain, Checkpoint};
use serde::Serialize;
use serde_json::json;

use crate::commands::{connect, signing};
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum CheckpointCommand {
    /// 立即签署 / sign one now
    ///
    /// Example: keshi checkpoint sign
    Sign,
    /// 列出 / list them
    ///
    /// Example: keshi checkpoint list --after 100
    List {
        /// 编号之后 / after this number
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// 最多 / at most
        #[arg(long, default_value_t = 100)]
        limit: i64,
    },
    /// 导出 / write one to a file, for somebody else to keep
    ///
    /// Example: keshi checkpoint export --leaves --out kept.json
    Export {
        /// 编号 / which one; without it the last
        #[arg(long)]
        number: Option<i64>,
        /// 附上每名学员的链 / with every trainee's chain: then a chain that was re-made can be named
        #[arg(long)]
        leaves: bool,
        /// 文件 / the file; without it standard output
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// 公钥 / print the public key, for auditors to know
    ///
    /// Example: keshi checkpoint key > public.key
    Key,
}

impl CheckpointCommand {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        match self {
            CheckpointCommand::Sign => sign(settings, json).await,
            CheckpointCommand::List { after, limit } => list(settings, *after, *limit, json).await,
            CheckpointCommand::Export { number, leaves, out } => {
                export(settings, *number, *leaves, out.as_ref()).await
            }
            CheckpointCommand::Key => match signing::key(settings)? {
                Some(key) => show::line(key.public()),
                None => bail!("没有密钥 / there is no key: `keshi up` makes one, or set checkpoint_key"),
            },
        }
    }
}

async fn sign(settings: &Settings, json: bool) -> Result<()> {
    let Some(key) = signing::key(settings)? else {
        bail!("没有密钥 / there is no key: `keshi up` makes one, or set checkpoint_key");
    };
    let store = connect::store(settings).await?;
    let (checkpoint, fresh) = match Box::pin(signing::notary(settings, &store, key)?.sign()).await? {
        Signing::Done(checkpoint) => (checkpoint, true),
        Signing::Unchanged(checkpoint) => (checkpoint, false),
        Signing::Busy => bail!("另一进程正在签署 / somebody else is signing: try again"),
        Signing::Nothing => bail!("尚无任何投影 / nothing was projected yet"),
    };
    if json {
        return show::json(
            &json!({"signed": fresh, "number": checkpoint.statement.number, "root": checkpoint.statement.root}),
        );
    }
    let said = if fresh { "已签署 signed" } else { "自此未变 nothing has changed since" };
    show::line(format!(
        "{said}：检查点 checkpoint {}，根 root {}",
        checkpoint.statement.number, checkpoint.statement.root
    ))
}

async fn list(settings: &Settings, after: i64, limit: i64, json: bool) -> Result<()> {
    let store = connect::store(settings).await?;
    let signed = store.snapshot().await?.signed_after(after, limit).await?;
    if json {
        let all: Vec<_> = signed.into_iter().map(|(_, signed)| signed).collect();
        return show::json(&all);
    }
    let mut table = show::table(&["编号 number", "时间 at", "学员 trainees", "登记簿 register", "根 root"]);
    for (number, signed) in signed {
        let row = match Checkpoint::open(signed) {
            Ok(Checkpoint { statement, .. }) => vec![
                statement.number.to_string(),
                Millis(statement.at_ms).to_beijing(),
                statement.trainees.to_string(),
                statement.register.count.to_string(),
                statement.root.to_string(),
            ],
            Err(error) => vec![number.to_string(), error.to_string()],
        };
        table.add_row(row);
    }
    show::line(&table)
}

async fn export(settings: &Settings, number: Option<i64>, leaves: bool, out: Option<&PathBuf>) -> Result<()> {
    let store = connect::store(settings).await?;
    let mut snapshot = store.snapshot().await?;
    let Some(signed) = snapshot.signed(number).await? else {
        bail!(
            "没有此检查点 / there is no such checkpoint: `keshi checkpoint list`, or `keshi checkpoint sign`"
        );
    };
    let checkpoint = Checkpoint::open(signed)?;
    let mut kept = Kept { checkpoint: checkpoint.signed.clone(), leaves: Vec::new() };
    if leaves {
        let positions = &checkpoint.statement.positions;
        snapshot
            .each_leaf(positions, |trainee, then, _| {
                if let Some(Chain { count, head }) = then {
                    kept.leaves.push(Leaf { trainee: trainee.to_owned(), count, head });
                }
            })
            .await?;
    }
    write(&kept, out)
}

fn write(value: &impl Serialize, out: Option<&PathBuf>) -> Result<()> {
    let Some(path) = out else { return show::json(value) };
    let file = File::create(path).with_context(|| format!("无法写入 cannot write {}", path.display()))?;
    let mut file = BufWriter::new(file);
    serde_json::to_writer(&mut file, value)?;
    file.write_all(b"\n")?;
    file.flush()?;
    Ok(())
}

#[derive(Args)]
pub(crate) struct Evidence {
    /// 学员 / whose
    trainee: String,
    /// 文件 / the file; without it standard output
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Evidence {
    /// Everything up to the last checkpoint; what came after is under none yet.
    pub(crate) async fn run(&self, settings: &Settings) -> Result<()> {
        let store = connect::store(settings).await?;
        let bundle = store.evidence(&self.trainee).await?;
        write(&bundle, self.out.as_ref())?;
        if let Some(path) = &self.out {
            show::line(format!(
                "已写入 written: {}，{} 条 entries，检查点 checkpoint {}",
                path.display(),
                bundle.chain.count,
                Checkpoint::open(bundle.checkpoint)?.statement.number
            ))?;
        }
        Ok(())
    }
}
