//! `keshi roster`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::NaiveDate;
use clap::Subcommand;
use keshi_policy::Scheme;
use keshi_settlement::{Reader, Roster as Written, RosterOrder, make_roster, masked_lines, whole_lines};
use keshi_store::Store;
use serde_json::json;
use uuid::Uuid;

use crate::commands::actor::authenticate;
use crate::commands::connect;
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum Roster {
    /// 编制 / put claims together into a batch, each claim once
    ///
    /// Example: keshi roster make --scheme online-platform --provider p1 --district lixia --from 2020-04-01 --to 2020-04-30 --as wang
    Make {
        /// 项目 / the scheme
        #[arg(long)]
        scheme: String,
        /// 培训主体 / the provider
        #[arg(long)]
        provider: String,
        /// 付款区县 / the payer district
        #[arg(long)]
        district: String,
        /// 完成日期起 / first day of completions
        #[arg(long)]
        from: NaiveDate,
        /// 完成日期止 / last day
        #[arg(long)]
        to: NaiveDate,
        /// 经办人 / who makes it
        #[arg(long = "as")]
        who: String,
    },
    /// 列出 / list batches with their totals
    ///
    /// Example: keshi roster list
    List,
    /// 导出 / write a batch as XLSX or CSV, by the file's name. Whole identity-card numbers for those with the right (--as); masked otherwise
    ///
    /// Example: keshi roster export 0196… --out 花名册.xlsx --as li
    Export {
        /// 批次 / the batch
        roster: Uuid,
        /// 文件 / where to
        #[arg(long)]
        out: PathBuf,
        /// 公示名单 / the public list: masked, without telephones and accounts
        #[arg(long)]
        public: bool,
        /// 经办人 / who takes it
        #[arg(long = "as")]
        who: Option<String>,
    },
}

impl Roster {
    pub(crate) async fn run(&self, settings: &Settings, json: bool) -> Result<()> {
        let store = connect::store(settings).await?;
        match self {
            Roster::Make { scheme, provider, district, from, to, who } => {
                let actor = authenticate(&store, who).await?;
                let scheme = Scheme::parse(scheme).with_context(|| {
                    format!("没有该项目 / no such scheme: {}", Scheme::ALL.map(Scheme::as_str).join(", "))
                })?;
                let (roster, provider, district) = (Uuid::now_v7(), provider.clone(), district.clone());
                let order = RosterOrder { scheme, provider, district, from: *from, to: *to };
                let claims = make_roster(&store, &actor, roster, order).await?;
                if json {
                    return show::json(&json!({"roster": roster.to_string(), "claims": claims}));
                }
                show::line(format!("{roster}：{claims} 份申请 claims"))
            }
            Roster::List => list(&store, json).await,
            Roster::Export { roster, out, public, who } => {
                export(&store, *roster, out, *public, who.as_deref(), json).await
            }
        }
    }
}

async fn list(store: &Store, json: bool) -> Result<()> {
    let rows = store.rosters(None).await?;
    if json {
        let all: Vec<_> = rows
            .iter()
            .map(|r| {
                json!({"roster": r.roster.to_string(), "scheme": r.scheme, "provider": r.provider, "district": r.district,
                       "from": r.from_day, "to": r.to_day, "claims": r.claims, "amount_yuan": r.amount_yuan.to_string()})
            })
            .collect();
        return show::json(&all);
    }
    let mut table = show::table(&[
        "批次 roster",
        "项目 scheme",
        "主体 provider",
        "付款 payer",
        "期间 period",
        "人数",
        "金额 yuan",
    ]);
    for r in rows {
        table.add_row(vec![
            r.roster.to_string(),
            r.scheme,
            r.provider,
            r.district,
            format!("{} .. {}", r.from_day, r.to_day),
            r.claims.to_string(),
            r.amount_yuan.to_string(),
        ]);
    }
    show::line(&table)
}

async fn export(
    store: &Store,
    roster: Uuid,
    out: &Path,
    public: bool,
    who: Option<&str>,
    json: bool,
) -> Result<()> {
    let batch =
        store.rosters(Some(roster)).await?.into_iter().next().context("没有该批次 / no such batch")?;
    let actor = match who {
        Some(who) if !public => Some(authenticate(store, who).await?),
        _ => None,
    };
    let lines = match &actor {
        Some(actor) => whole_lines(store, &batch, actor, &format!("roster {roster}"), None).await?,
        None => masked_lines(store, &batch).await?,
    };
    let reader = match (public, &actor) {
        (true, _) => Reader::Public,
        (_, Some(_)) => Reader::Official,
        (_, None) => Reader::Masked,
    };
    let written = Written::of(&batch, &lines, reader)?;
    let is_csv = out.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let bytes = if is_csv { written.csv()? } else { written.xlsx()? };
    std::fs::write(out, &bytes).with_context(|| format!("无法写入 cannot write {}", out.display()))?;
    let (total, capitals) = (written.total(), keshi_settlement::capitals(written.total()));
    if json {
        return show::json(
            &json!({"roster": roster.to_string(), "out": out.display().to_string(), "lines": lines.len(),
                                  "total_yuan": total.to_string(), "capitals": capitals}),
        );
    }
    show::line(format!("{}：{} 人，合计 total {total} 元 yuan，{capitals}", out.display(), lines.len()))
}
