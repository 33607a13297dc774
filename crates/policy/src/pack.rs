//! A policy pack: one notice as data. Decimals are quoted, dates are quoted, every table says its clause or `practice`.

mod calendar;
mod check;
mod explain;

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use keshi_events::Millis;
use keshi_registry::{Category, Level, Share, Specialty, SpecialtyId, Yuan};

pub use keshi_registry::AuthorityLevel;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::rule::{RuleId, Severity};
use crate::scheme::Scheme;

pub use calendar::{Calendar, Holiday, Publicity, PublicityPeriod};
pub use check::Contradiction;
pub use explain::Explained;

/// The clause of what the notice is silent on.
pub(crate) const PRACTICE: &str = "practice";

/// A pack cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// No TOML, a member unknown, missing or of the wrong kind; the text names line and column.
    #[error("P101: the pack cannot be read / 政策包无法读取: {0}")]
    Unreadable(String),
}

/// A policy pack.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Its stable name.
    pub id: String,
    /// The notice's title.
    pub title: String,
    /// The notice's number (文号).
    pub source: String,
    /// First day of completions that it judges.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_to: NaiveDate,
    /// Where `valid_from` and `valid_to` stand.
    pub valid_clause: String,
    /// Offset of the calendar dates, `+08:00`.
    #[serde(deserialize_with = "offset")]
    pub time_zone: FixedOffset,
    /// Until when online training is paid.
    pub online_window: OnlineWindow,
    /// From when practical training is paid.
    #[serde(default)]
    pub practical: Practical,
    /// Shares and amounts.
    pub rates: Rates,
    /// Subsidy standards, for specialties that the registry gives none.
    #[serde(default)]
    pub standards: Vec<Standard>,
    /// Practical shares that the city set, for specialties that the registry gives none.
    #[serde(default)]
    pub practical_shares: Vec<PracticalShare>,
    /// Least class hours of courses.
    #[serde(default)]
    pub min_hours: Vec<MinHours>,
    /// Who may be subsidised.
    pub eligible: Vec<Eligible>,
    /// Who assesses, and which districts pay.
    pub authorities: Vec<Authority>,
    /// 公示.
    pub publicity: Publicity,
    /// Holidays and shifted working days.
    pub calendar: Calendar,
    /// The schemes that the notice pays.
    pub schemes: BTreeMap<Scheme, SchemeTerms>,
    /// Each rule's clause.
    pub rules: BTreeMap<RuleId, String>,
    /// The parameters of the attendance checks; what is not set is the default.
    #[serde(default)]
    pub integrity: keshi_integrity::Rules,
    #[serde(skip)]
    sha256: String,
}

/// Until when online training is paid.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnlineWindow {
    /// Last day of study, assessment and completion.
    pub until: NaiveDate,
    /// Where it stands.
    pub clause: String,
}

/// From when practical training is paid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Practical {
    /// The end of the epidemic; not set is undetermined.
    pub from: Option<NaiveDate>,
    /// Where it stands.
    pub clause: String,
}

/// Shares and amounts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Share of the standard that online training pays.
    pub online_rate: Share,
    /// The most that practical training may pay of the standard.
    pub practical_share_ceiling: Share,
    /// Yuan a person for a special-operations certificate, and the ceiling of all schemes for such a trade.
    pub special_operations: Yuan,
    /// Yuan a person for pre-job training.
    pub pre_job: Yuan,
    /// Where each of these stands.
    pub clauses: RateClauses,
}

/// Where each rate stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateClauses {
    /// Of `online_rate`.
    pub online_rate: String,
    /// Of `practical_share_ceiling`.
    pub practical_share_ceiling: String,
    /// Of `special_operations`.
    pub special_operations: String,
    /// Of `pre_job`.
    pub pre_job: String,
}

/// A vocational-training subsidy standard.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// For specialties of this category.
    pub category: Category,
    /// For courses of this level; not set: whatever the level.
    pub level: Option<Level>,
    /// Yuan a person.
    pub yuan: Yuan,
    /// Where it stands.
    pub clause: String,
}

/// The share of the standard that a specialty's practical part pays (clause 一).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PracticalShare {
    /// Of this specialty; it stands before one of its category.
    pub specialty: Option<SpecialtyId>,
    /// Of the specialties of this category.
    pub category: Option<Category>,
    /// The share.
    pub share: Share,
    /// Where it stands.
    pub clause: String,
}

/// Least class hours, for specialties of a category or claims of a scheme.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinHours {
    /// Specialties of these categories.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// Claims of these schemes.
    #[serde(default)]
    pub schemes: Vec<Scheme>,
    /// Least online class hours of the course.
    pub online: i64,
    /// Least practical class hours of the teaching plan.
    pub practical: Option<i64>,
    /// `warning` for a "normally" (一般).
    pub severity: Severity,
    /// Where it stands.
    pub clause: String,
}

/// A group of people that may be subsidised.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligible {
    /// Its token.
    pub id: String,
    /// Its Chinese name.
    pub name: String,
    /// Other names that registries use.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Where it stands.
    pub clause: String,
}

/// Who assesses and pays.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Its token.
    pub id: String,
    /// Its Chinese name.
    pub name: String,
    /// Other names that registries use.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The city, or a district.
    pub level: AuthorityLevel,
}

/// What the pack says of a scheme.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemeTerms {
    /// The clause that pays.
    pub clause: String,
    /// The document by whose procedure it is handled (六(三)).
    pub procedure: String,
    /// Clauses of rules that stand elsewhere for this scheme.
    #[serde(default)]
    pub rules: BTreeMap<RuleId, String>,
}

/// The limits of the attendance checks: a deployment's own pack, the last one, stands before the one that comes with Keshi. One
/// look goes over the people of all cities, so one set of limits holds for it.
pub fn attendance_rules(packs: &[Pack]) -> keshi_integrity::Rules {
    packs.last().map_or_else(keshi_integrity::Rules::default, |pack| pack.integrity.clone())
}

impl Pack {
    /// Reads a pack.
    ///
    /// # Errors
    /// [`PackError::Unreadable`].
    pub fn parse(text: &str) -> Result<Pack, PackError> {
        let mut pack: Pack =
            toml::from_str(text).map_err(|fault| PackError::Unreadable(fault.to_string()))?;
        pack.sha256 = hex::encode(Sha256::digest(text.as_bytes()));
        Ok(pack)
    }

    /// SHA-256 of the text that it was read from, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether completions of a day are judged by it.
    pub fn in_force(&self, day: NaiveDate) -> bool {
        (self.valid_from..=self.valid_to).contains(&day)
    }

    /// The pack in force on a day; else the last one before it, which then says what was too late; else the first.
    pub fn choose(packs: &[Pack], day: NaiveDate) -> Option<&Pack> {
        Pack::judging(packs, None, |_| Some(day))
    }

    /// The pack that judges a person of a district: of the packs that name the district (all, where none does), the one in
    /// force on its own calendar day of the claim. `day_of` gives that day by a pack's time zone; none is not known yet.
    pub fn judging<'p>(
        packs: &'p [Pack],
        district: Option<&str>,
        day_of: impl Fn(&Pack) -> Option<NaiveDate>,
    ) -> Option<&'p Pack> {
        let of_city: Vec<&Pack> =
            packs.iter().filter(|pack| district.is_some_and(|word| pack.district(word).is_some())).collect();
        let own = if of_city.is_empty() { packs.iter().collect() } else { of_city };
        let dated = || own.iter().filter_map(|pack| Some((*pack, day_of(pack)?)));
        let in_force = dated().find(|(pack, day)| pack.in_force(*day));
        let before =
            || dated().filter(|(pack, day)| pack.valid_from <= *day).max_by_key(|(pack, _)| pack.valid_to);
        let chosen = in_force.or_else(before).map(|(pack, _)| pack);
        chosen.or_else(|| own.into_iter().min_by_key(|pack| pack.valid_from))
    }

    /// The calendar date of a moment, by the pack's time zone.
    pub fn date_of(&self, at: Millis) -> NaiveDate {
        DateTime::from_timestamp_millis(at.0).unwrap_or_default().with_timezone(&self.time_zone).date_naive()
    }

    /// Where a rule stands.
    pub fn clause_of(&self, rule: RuleId) -> &str {
        self.rules.get(&rule).map_or(PRACTICE, String::as_str)
    }

    /// Where a rule stands for a scheme.
    pub fn clause_for(&self, scheme: Scheme, rule: RuleId) -> &str {
        let own = self.schemes.get(&scheme).and_then(|terms| terms.rules.get(&rule));
        own.map_or_else(|| self.clause_of(rule), String::as_str)
    }

    /// The same pack with the registry's authorities; one of the same token stands before the pack's.
    pub fn with_authorities<'a>(
        &self,
        authorities: impl IntoIterator<Item = &'a keshi_registry::Authority>,
    ) -> Pack {
        let mut pack = self.clone();
        for row in authorities {
            pack.authorities.retain(|authority| authority.id != row.authority);
            let name = row.name.clone().unwrap_or_else(|| row.authority.clone());
            pack.authorities.push(Authority {
                id: row.authority.clone(),
                name,
                aliases: Vec::new(),
                level: row.level,
            });
        }
        pack
    }

    /// The practical share of a specialty, and where it stands: the registry's, the pack's for it, or for its category.
    pub fn practical_share(&self, specialty: &Specialty) -> Option<(Share, &str)> {
        if let Some(share) = specialty.practical_share {
            return Some((share, "registry"));
        }
        let own =
            self.practical_shares.iter().find(|row| row.specialty.as_ref() == Some(&specialty.specialty));
        let of_category = || {
            let mut rows = self.practical_shares.iter().filter(|row| row.specialty.is_none());
            rows.find(|row| row.category.is_some() && row.category == specialty.category)
        };
        own.or_else(of_category).map(|row| (row.share, row.clause.as_str()))
    }

    /// The standard for a category and level: that of the level, or else the category's.
    pub fn standard(&self, category: Category, level: Option<&Level>) -> Option<&Standard> {
        let mut of_category = self.standards.iter().filter(|standard| standard.category == category);
        let exact =
            of_category.clone().find(|standard| standard.level.is_some() && standard.level.as_ref() == level);
        exact.or_else(|| of_category.find(|standard| standard.level.is_none()))
    }

    /// The authority of a token, name or alias.
    pub fn authority(&self, word: &str) -> Option<&Authority> {
        self.authorities.iter().find(|a| named(&a.id, &a.name, &a.aliases, word))
    }

    /// The district of a token, name or alias: whose budget pays.
    pub fn district(&self, word: &str) -> Option<&Authority> {
        self.authority(word).filter(|authority| authority.level == AuthorityLevel::District)
    }

    /// The eligible group of a token, name or alias.
    pub fn eligible_group(&self, word: &str) -> Option<&Eligible> {
        self.eligible.iter().find(|e| named(&e.id, &e.name, &e.aliases, word))
    }
}

fn named(id: &str, name: &str, aliases: &[String], word: &str) -> bool {
    id == word || name == word || aliases.iter().any(|alias| alias == word)
}

fn offset<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<FixedOffset, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| serde::de::Error::custom("time_zone must be an offset such as +08:00"))
}
