//! `keshi policy`

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::Subcommand;
use keshi_policy::Pack;
use keshi_registry::RegistryFile;
use serde_json::json;

use crate::commands::packs;
use crate::settings::Settings;
use crate::show;

#[derive(Subcommand)]
pub(crate) enum Policy {
    /// 检查 / say what is wrong with packs, alone and together; exit 3 when something is
    ///
    /// Example: keshi policy check my-city.toml
    Check {
        /// 政策包文件 / the packs; those of one city must leave no gap and no overlap
        #[arg(required = true)]
        files: Vec<String>,
        /// 登记文件 / a registry file whose specialties and practical shares are checked too
        #[arg(long)]
        registry: Option<std::path::PathBuf>,
    },
    /// 解释 / print a pack clause by clause
    ///
    /// Example: keshi policy explain
    Explain {
        /// 政策包文件；省略则为自带的 / the pack; the one that comes with Keshi when left out
        file: Option<String>,
    },
}

impl Policy {
    pub(crate) fn run(&self, settings: &Settings, json: bool) -> Result<ExitCode> {
        match self {
            Policy::Check { files, registry } => {
                let packs = files.iter().map(|file| packs::read(file)).collect::<Result<Vec<_>>>()?;
                check(&packs, registry.as_deref(), json)
            }
            Policy::Explain { file: Some(file) } => explain(&packs::read(file)?, json),
            Policy::Explain { file: None } => {
                explain(packs::load(settings)?.first().context("没有政策包 no pack")?, json)
            }
        }
    }
}

fn check(packs: &[Pack], registry: Option<&Path>, json: bool) -> Result<ExitCode> {
    let mut found: Vec<_> = packs.iter().flat_map(Pack::check).chain(Pack::check_together(packs)).collect();
    if let Some(path) = registry {
        let bytes =
            std::fs::read(path).with_context(|| format!("无法打开 cannot open {}", path.display()))?;
        let file = RegistryFile::parse_strict(&bytes).map_err(|faults| {
            let first = faults.first().map(ToString::to_string).unwrap_or_default();
            anyhow!("{first}（共 {} 处 faults in all）", faults.len())
        })?;
        for pack in packs {
            found.extend(pack.check_specialties(&file.specialties));
            found.extend(pack.check_known(file.specialties.iter().map(|specialty| &specialty.specialty)));
        }
    }
    if json {
        let all: Vec<_> = found
            .iter()
            .map(|c| json!({"code": c.code, "reason": c.reason, "reason_en": c.reason_en}))
            .collect();
        show::json(&all)?;
    } else if found.is_empty() {
        for pack in packs {
            show::line(format!("{} 没有矛盾 / is sound", pack.id))?;
        }
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
