//! Enterprises and their workers (clause 四): contracts, insurance, entrusted training.

use chrono::NaiveDate;
use keshi_events::{CourseId, TraineeId};
use serde::{Deserialize, Serialize};

use crate::ids::ProviderId;

/// A trainee works for an enterprise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Who works.
    pub trainee: TraineeId,
    /// For which enterprise.
    pub enterprise: ProviderId,
    /// On which day it was signed; part of the key.
    pub signed_on: NaiveDate,
    /// How they work for it; left out is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
    /// Its first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Its last day; left out is unknown, unless it is open-ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// Whether it has no end (无固定期限).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_ended: Option<bool>,
}

impl Contract {
    /// Whether a day lies between its signing, or its first day if that is earlier, and its end.
    pub fn covers_since_signing(&self, day: NaiveDate) -> bool {
        self.signed_on <= day && self.to.is_none_or(|to| day <= to) || self.covers(day)
    }

    /// Whether it may be in force on a day: an unknown end does not end it.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from.unwrap_or(self.signed_on) <= day && self.to.is_none_or(|to| day <= to)
    }
}

/// How somebody works for an enterprise (clause 四).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// 建立劳动关系.
    Labour,
    /// 通过平台提供服务获取劳动报酬, without a labour relation.
    Platform,
}

impl Relation {
    /// All words, English and Chinese.
    pub(crate) const WORDS: &'static [(&'static str, Relation)] = &[
        ("labour", Relation::Labour),
        ("platform", Relation::Platform),
        ("劳动合同", Relation::Labour),
        ("平台服务", Relation::Platform),
    ];
}

/// Social insurance that an enterprise paid for a trainee (社会保险).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insurance {
    /// For whom.
    pub trainee: TraineeId,
    /// By which enterprise.
    pub enterprise: ProviderId,
    /// First day that is paid for; part of the key.
    pub from: NaiveDate,
    /// Last day; none while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// Whether it was paid (已缴纳).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<bool>,
    /// Whether the trainee qualifies for the unemployment insurance's skill subsidy (技能提升补贴, clause 四(三)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill_subsidy: Option<bool>,
}

/// An enterprise entrusts a platform or institution with training (委托培训协议, clause 四).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Its number.
    pub agreement: String,
    /// Who entrusts.
    pub enterprise: ProviderId,
    /// Who trains.
    pub provider: ProviderId,
    /// First day.
    pub from: NaiveDate,
    /// Last day; none while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// For which course; left out: for all of the provider's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<CourseId>,
    /// To whom the subsidy is paid; left out is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_to: Option<PayTo>,
}

impl Agreement {
    /// Whether it covers a course of its provider on a day.
    pub fn covers(&self, course: &CourseId, day: NaiveDate) -> bool {
        self.from <= day
            && self.to.is_none_or(|to| day <= to)
            && self.course.as_ref().is_none_or(|own| own == course)
    }
}

/// To whom an agreement has the subsidy paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PayTo {
    /// The enterprise that entrusts.
    Enterprise,
    /// Straight to the platform or institution that trains.
    Provider,
}

impl PayTo {
    /// All words, English and Chinese.
    pub(crate) const WORDS: &'static [(&'static str, PayTo)] = &[
        ("enterprise", PayTo::Enterprise),
        ("provider", PayTo::Provider),
        ("企业", PayTo::Enterprise),
        ("培训主体", PayTo::Provider),
    ];
}
