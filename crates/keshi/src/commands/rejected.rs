//! `keshi rejected`

use anyhow::{Result, bail};
use base64::Engine;
use clap::Subcommand;
use keshi_events::Millis;
use keshi_store::RejectedEvent;
use serde_json::json;

use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum Rejected {
    /// 列出 / list them
    ///
    /// Example: keshi rejected list --platform p1 --after 1000
    List {
        /// 平台 / of one platform
        #[arg(long)]
        platform: Option<String>,
        /// 序号之后 / after this sequence
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// 最多 / at most
        #[arg(long, default_value_t = 100)]
        limit: i64,
    },
    /// 查看一条 / one of them whole, as it was received
    ///
    /// Example: keshi rejected show 1234
    Show {
        /// 序号 / its stream sequence
        seq: u64,
    },
    /// 重新投递 / publish them once more, as new messages with their first receipt time; the first verdict stands
    ///
    /// Example: keshi rejected redrive 1234 1240
    Redrive {
        /// 序号 / their stream sequences
        #[arg(required = true)]
        seqs: Vec<u64>,
    },
}

impl Rejected {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        match self {
            Rejected::List { platform, after, limit } => {
                list(settings, platform.as_deref(), *after, *limit, json).await
            }
            Rejected::Show { seq } => show_one(settings, *seq, json).await,
            Rejected::Redrive { seqs } => redrive(settings, seqs, json).await,
        }
    }
}

/// What is known of the rejected messages; each must be one.
async fn rejected(settings: &Settings, seqs: &[u64]) -> Result<Vec<RejectedEvent>> {
    let store = connect::store(settings).await?;
    let mut rows = Vec::with_capacity(seqs.len());
    for seq in seqs {
        let row = store.rejected(None, *seq as i64 - 1, 1).await?.pop().filter(|row| row.seq as u64 == *seq);
        let Some(row) = row else {
            bail!("序号 {seq} 不是被拒事件 / no message at {seq} was rejected: `keshi rejected list`");
        };
        rows.push(row);
    }
    Ok(rows)
}

async fn show_one(settings: &Settings, seq: u64, json: bool) -> Result<()> {
    let row = rejected(settings, &[seq]).await?.pop();
    let Some(message) = connect::log(settings).await?.message(seq).await? else {
        bail!("日志中没有序号 {seq} / the log holds no message at {seq}");
    };
    let text = std::str::from_utf8(&message.payload).ok();
    let payload_base64 =
        text.is_none().then(|| base64::engine::general_purpose::STANDARD.encode(&message.payload));
    if json {
        return show::json(&json!({"rejected": row, "subject": message.subject, "headers": message.headers,
                                  "payload": text, "payload_base64": payload_base64}));
    }
    if let Some(row) = row {
        let received = Millis(row.received_at).to_beijing();
        show::line(format!("{} {} {received}", row.code, row.subject))?;
        show::line(row.sentence)?;
    }
    for (name, value) in message.headers.iter() {
        show::line(format!("{name}: {value}"))?;
    }
    show::line(format!("\n{}", text.map_or_else(|| payload_base64.unwrap_or_default(), visible)))
}

/// The text with its control characters spelt out, so that none of them acts on a terminal.
fn visible(text: &str) -> String {
    let spelt =
        |c: char| if c.is_control() && c != '\n' { c.escape_debug().to_string() } else { c.to_string() };
    text.chars().map(spelt).collect()
}

async fn redrive(settings: &Settings, seqs: &[u64], json: bool) -> Result<()> {
    rejected(settings, seqs).await?;
    let done = connect::provisioned_log(settings).await?.redrive(seqs).await?;
    if json {
        return show::json(&json!({"published": done.published, "skipped": done.skipped}));
    }
    show::line(format!(
        "重新投递 published {} 条，此前已投递而跳过 skipped {} 条",
        done.published, done.skipped
    ))
}

async fn list(settings: &Settings, platform: Option<&str>, after: i64, limit: i64, json: bool) -> Result<()> {
    let store = connect::store(settings).await?;
    let rows = store.rejected(platform, after, limit).await?;
    if json {
        return show::json(&rows);
    }
    let mut table = show::table(&[
        "序号 seq",
        "接收 received",
        "平台 platform",
        "事件 event",
        "代码 code",
        "怎样改正 what to mend",
    ]);
    for row in &rows {
        table.add_row(vec![
            row.seq.to_string(),
            Millis(row.received_at).to_beijing(),
            row.platform.clone().unwrap_or_default(),
            row.event_id.clone().unwrap_or_default().escape_debug().to_string(),
            row.code.clone(),
            row.sentence.clone(),
        ]);
    }
    show::line(&table)?;
    if let Some(last) = rows.last().filter(|_| rows.len() as i64 == limit) {
        show::line(format!("更多 / more: keshi rejected list --after {}", last.seq))?;
    }
    Ok(())
}
