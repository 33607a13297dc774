//! The policy packs: those that come with Keshi, and those of the settings.

use anyhow::{Context, Result};
use keshi_policy::Pack;

use crate::settings::Settings;

const SHIPPED: &[(&str, &str)] =
    &[("jinan-2020-6.toml", include_str!("../../../../deploy/policies/jinan-2020-6.toml"))];

pub(crate) fn load(settings: &Settings) -> Result<Vec<Pack>> {
    let mut packs = Vec::new();
    for (name, text) in SHIPPED {
        packs.push(Pack::parse(text).with_context(|| format!("政策包 pack {name}"))?);
    }
    for path in settings.get("policies").split(',').map(str::trim).filter(|path| !path.is_empty()) {
        packs.push(read(path)?);
    }
    Ok(packs)
}

pub(crate) fn read(path: &str) -> Result<Pack> {
    let text = std::fs::read_to_string(path).with_context(|| format!("无法打开 cannot open {path}"))?;
    Pack::parse(&text).with_context(|| format!("政策包 pack {path}"))
}

/// The limits of the attendance checks.
pub(crate) fn rules(settings: &Settings) -> Result<keshi_integrity::Rules> {
    Ok(keshi_policy::attendance_rules(&load(settings)?))
}
