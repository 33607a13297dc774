//! What a pack says against itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Weekday};
use keshi_registry::{Specialty, SpecialtyId};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::pack::{AuthorityLevel, Pack};
use crate::rule::RuleId;
use crate::schemes;

/// A contradiction in a pack, or a hole that would make every claim wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// Stable code.
    pub code: &'static str,
    /// What, in Chinese.
    pub reason: String,
    /// What, in English.
    pub reason_en: String,
}

fn say(code: &'static str, reason: impl Into<String>, reason_en: impl Into<String>) -> Contradiction {
    Contradiction { code, reason: reason.into(), reason_en: reason_en.into() }
}

impl Pack {
    /// Everything that contradicts itself; empty: the pack is sound.
    pub fn check(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        self.check_dates(&mut found);
        self.check_rates(&mut found);
        self.check_rows(&mut found);
        self.check_calendar(&mut found);
        self.check_schemes(&mut found);
        found.extend(self.integrity.faults().into_iter().map(|(member, chinese, english)| {
            say("P124", format!("integrity.{member}：{chinese}"), format!("integrity.{member}: {english}"))
        }));
        found
    }

    /// Specialties of a registry that the pack does not allow: a practical share above its ceiling.
    pub fn check_specialties<'a>(
        &self,
        specialties: impl IntoIterator<Item = &'a Specialty>,
    ) -> Vec<Contradiction> {
        let ceiling = self.rates.practical_share_ceiling;
        let too_much =
            specialties.into_iter().filter(|s| s.practical_share.is_some_and(|share| share > ceiling));
        too_much
            .map(|Specialty { specialty, .. }| {
                say(
                    "P118",
                    format!("专业 {specialty} 的实操占比超过上限 {ceiling}"),
                    format!("the practical share of specialty {specialty} is above {ceiling}"),
                )
            })
            .collect()
    }

    /// Specialties that the pack names and a registry does not know.
    pub fn check_known<'a>(&self, known: impl IntoIterator<Item = &'a SpecialtyId>) -> Vec<Contradiction> {
        let known: BTreeSet<&SpecialtyId> = known.into_iter().collect();
        let named = self.practical_shares.iter().filter_map(|row| row.specialty.as_ref());
        let unknown = named.filter(|specialty| !known.contains(specialty));
        unknown
            .map(|specialty| {
                say(
                    "P120",
                    format!("登记中没有专业 {specialty}"),
                    format!("specialty {specialty} is not registered"),
                )
            })
            .collect()
    }

    /// What the packs of one city say against each other: days that two of them claim, and days between them that none
    /// does.
    pub fn check_together(packs: &[Pack]) -> Vec<Contradiction> {
        let mut by_city: BTreeMap<&str, Vec<&Pack>> = BTreeMap::new();
        for pack in packs {
            let city = pack.authorities.iter().find(|authority| authority.level == AuthorityLevel::City);
            by_city.entry(city.map_or("", |city| city.id.as_str())).or_default().push(pack);
        }
        let mut found = Vec::new();
        for packs in by_city.values_mut() {
            packs.sort_by_key(|pack| (pack.valid_from, pack.valid_to));
            for (before, after) in packs.iter().zip(packs.iter().skip(1)) {
                let (one, other) = (&before.id, &after.id);
                if after.valid_from <= before.valid_to {
                    found.push(say(
                        "P121",
                        format!("{one} 与 {other} 的有效期重叠"),
                        format!("{one} and {other} are in force at the same time"),
                    ));
                } else if before.valid_to.succ_opt().is_some_and(|next| next < after.valid_from) {
                    found.push(say(
                        "P122",
                        format!("{one} 与 {other} 之间有空档"),
                        format!("no pack is in force between {one} and {other}"),
                    ));
                }
            }
        }
        found
    }

    fn check_dates(&self, found: &mut Vec<Contradiction>) {
        if self.valid_to < self.valid_from {
            found.push(say("P102", "valid_to 早于 valid_from", "valid_to is before valid_from"));
        }
        if !self.in_force(self.online_window.until) {
            found.push(say(
                "P103",
                "线上截止日不在政策有效期内",
                "online_window.until lies outside valid_from to valid_to",
            ));
        }
    }

    fn check_rates(&self, found: &mut Vec<Contradiction>) {
        let (online, practical) = (self.rates.online_rate, self.rates.practical_share_ceiling);
        if online.value() + practical.value() > Decimal::ONE {
            found.push(say(
                "P104",
                format!("线上 {online} 与实操上限 {practical} 合计超过 1"),
                format!("online_rate {online} and practical_share_ceiling {practical} exceed 1 together"),
            ));
        }
        for row in &self.practical_shares {
            if row.share > practical {
                found.push(say(
                    "P119",
                    format!("实操占比 {} 超过上限 {practical}", row.share),
                    format!("a practical share of {} is above {practical}", row.share),
                ));
            }
            if row.specialty.is_some() == row.category.is_some() {
                found.push(say(
                    "P108",
                    "实操占比须指明专业或专业类别之一",
                    "a row of practical_shares names a specialty or a category",
                ));
            }
        }
        for (standard, yuan) in self.standards.iter().map(|standard| (standard, standard.yuan)) {
            if standard.category == keshi_registry::Category::SpecialOperations
                && yuan > self.rates.special_operations
            {
                found.push(say(
                    "P105",
                    "特种作业标准超过其上限",
                    "a special-operations standard is above special_operations",
                ));
            }
        }
    }

    fn check_rows(&self, found: &mut Vec<Contradiction>) {
        let mut seen = BTreeSet::new();
        for standard in &self.standards {
            if !seen.insert((standard.category, standard.level.clone())) {
                let category = standard.category.as_str();
                found.push(say(
                    "P106",
                    format!("补贴标准重复：{category}"),
                    format!("two standards for the same category and level: {category}"),
                ));
            }
        }
        for row in &self.min_hours {
            if row.online < 0 || row.practical.is_some_and(|hours| hours < 0) {
                found.push(say("P107", "课时为负", "class hours are negative"));
            }
            if row.categories.is_empty() && row.schemes.is_empty() {
                found.push(say(
                    "P108",
                    "最低课时未指明专业类别或补贴项目",
                    "a row of min_hours names neither a category nor a scheme",
                ));
            }
        }
        let groups = self.eligible.iter().flat_map(|e| [&e.id, &e.name].into_iter().chain(&e.aliases));
        let authorities =
            self.authorities.iter().flat_map(|a| [&a.id, &a.name].into_iter().chain(&a.aliases));
        for word in twice(groups).into_iter().chain(twice(authorities)) {
            found.push(say(
                "P109",
                format!("名称重复：{word}"),
                format!("a name stands for two rows: {word}"),
            ));
        }
        if self.eligible.is_empty() {
            found.push(say("P110", "没有享受补贴对象", "nobody is eligible"));
        }
        if !self.authorities.iter().any(|authority| authority.level == AuthorityLevel::City) {
            found.push(say("P111", "没有市级评估单位", "no authority of the city is named"));
        }
    }

    fn check_calendar(&self, found: &mut Vec<Contradiction>) {
        let calendar = &self.calendar;
        for holiday in &calendar.holidays {
            if holiday.to < holiday.from {
                let name = &holiday.name;
                found.push(say(
                    "P112",
                    format!("{name}：结束早于开始"),
                    format!("{name} ends before it begins"),
                ));
            }
        }
        for day in &calendar.working {
            let off = calendar.holidays.iter().any(|holiday| holiday.from <= *day && *day <= holiday.to);
            if off {
                found.push(say(
                    "P113",
                    format!("{day} 既是假日又是工作日"),
                    format!("{day} is both a holiday and worked"),
                ));
            }
            if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
                found.push(say(
                    "P114",
                    format!("{day} 本为工作日，不是调休"),
                    format!("{day} is a weekday, not a shifted working day"),
                ));
            }
        }
        for year in self.valid_from.year()..=self.valid_to.year() {
            if !calendar.holidays.iter().any(|holiday| holiday.from.year() == year) {
                found.push(say(
                    "P123",
                    format!("日历缺少 {year} 年的假日"),
                    format!("the calendar has no holidays of {year}"),
                ));
            }
        }
        if self.online_window.until > calendar.covers_to || self.online_window.until < calendar.covers_from {
            found.push(say(
                "P115",
                "日历未覆盖线上截止日",
                "the calendar does not cover online_window.until",
            ));
        }
    }

    fn check_schemes(&self, found: &mut Vec<Contradiction>) {
        for scheme in self.schemes.keys() {
            let rules = schemes::definition(*scheme).rules.iter().map(|rule| rule.id);
            let own = self.schemes.get(scheme).map(|terms| &terms.rules);
            let silent = |rule: &RuleId| {
                !self.rules.contains_key(rule) && !own.is_some_and(|own| own.contains_key(rule))
            };
            for rule in rules.filter(silent) {
                found.push(say(
                    "P116",
                    format!("{scheme} 的规则 {rule} 未注明条款"),
                    format!("rule {rule} of {scheme} names no clause"),
                ));
            }
        }
        if self.schemes.is_empty() {
            found.push(say("P117", "没有补贴项目", "no scheme is named"));
        }
    }
}

fn twice<'a>(words: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    words.map(String::as_str).filter(|word| !seen.insert(*word)).collect()
}
