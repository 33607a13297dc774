//! `keshi policy`

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Subcommand;
use keshi_policy::Pack;
use serde_json::json;

use crate::commands::packs;
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum Policy {
    /// 检查 / say what is wrong with a pack; exit 3 when something is. Example: keshi policy check my-city.toml
    Check {
        /// 政策包文件 / the pack
        file: String,
    },
    /// 解释 / print a pack clause by clause. Example: keshi policy explain
    Explain {
        /// 政策包文件；省略则为自带的 / the pack; the one that comes with Keshi when left out
        file: Option<String>,
    },
}

impl Policy {
    pub(crate) fn run(&self, settings: &Settings, json: bool) -> Result<ExitCode> {
        match self {
            Policy::Check { file } => check(&packs::read(file)?, json),
            Policy::Explain { file: Some(file) } => explain(&packs::read(file)?, json),
            Policy::Explain { file: None } => {
                explain(packs::load(settings)?.first().context("没有政策包 no pack")?, json)
            }
        }
    }
}

fn check(pack: &Pack, json: bool) -> Result<ExitCode> {
    let found = pack.check();
    if json {
        let all: Vec<_> = found
            .iter()
            .map(|c| json!({"code": c.code, "reason": c.reason, "reason_en": c.reason_en}))
            .collect();
        show::json(&all)?;
    } else if found.is_empty() {
        show::line(format!("{} 没有矛盾 / is sound", pack.id))?;
    } else {
        for contradiction in &found {
            show::line(format!(
                "{} {} / {}",
                contradiction.code, contradiction.reason, contradiction.reason_en
            ))?;
        }
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn explain(pack: &Pack, json: bool) -> Result<ExitCode> {
    let rows = pack.explain();
    if json {
        let all: Vec<_> = rows
            .iter()
            .map(|r| json!({"clause": r.clause, "rule": r.rule, "value": r.value, "chinese": r.chinese, "english": r.english}))
            .collect();
        show::json(&all)?;
        return Ok(ExitCode::SUCCESS);
    }
    show::line(format!(
        "{} · {} · {} 至 {} · SHA-256 {}",
        pack.id,
        pack.title,
        pack.valid_from,
        pack.valid_to,
        pack.sha256()
    ))?;
    let mut table = show::table(&["条款 clause", "规则 rule", "值 value", "说明", "meaning"]);
    for row in rows {
        table.add_row(vec![row.clause, row.rule, row.value, row.chinese, row.english]);
    }
    show::line(&table)?;
    Ok(ExitCode::SUCCESS)
}
