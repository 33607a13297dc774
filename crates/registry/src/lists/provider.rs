use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::ProviderId;

/// Who offers training (clauses 二, 三, 四 of 济人社发〔2020〕6号).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// The registry's id; `keshi` is reserved.
    pub provider: ProviderId,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ProviderKind>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its listings in the published catalogue (clause 五); left out is unknown, empty is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listings: Option<Vec<Listing>>,
    /// Its own limit for the length of one stretch, ms (VT-1 `max_stretch`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_stretch_ms: Option<i64>,
    /// Whether it is registered in the city (在济注册, clause 四).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_here: Option<bool>,
    /// What it mainly does (主营业务, clause 四).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main_business: Option<String>,
    /// Whether a human-resources agency is qualified to train (具有培训资质, clause 四(一)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_qualified: Option<bool>,
    /// Its account, for rosters (收款账号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl Provider {
    /// A provider of whom nothing is known.
    pub fn new(provider: ProviderId) -> Provider {
        Provider {
            provider,
            kind: None,
            name: None,
            listings: None,
            max_stretch_ms: None,
            registered_here: None,
            main_business: None,
            training_qualified: None,
            account: None,
        }
    }
}

/// The kinds of providers that the notice pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderKind {
    /// 线上培训平台, assessed by the city.
    Platform,
    /// 培训机构 of the catalogue.
    Institution,
    /// 在济注册企业.
    Enterprise,
    /// 具有培训资质的人力资源服务机构.
    HumanResourcesAgency,
}

impl ProviderKind {
    /// All words, English and Chinese.
    pub(crate) const WORDS: &'static [(&'static str, ProviderKind)] = &[
        ("platform", ProviderKind::Platform),
        ("institution", ProviderKind::Institution),
        ("enterprise", ProviderKind::Enterprise),
        ("human-resources-agency", ProviderKind::HumanResourcesAgency),
        ("平台", ProviderKind::Platform),
        ("线上培训平台", ProviderKind::Platform),
        ("培训机构", ProviderKind::Institution),
        ("企业", ProviderKind::Enterprise),
        ("人力资源服务机构", ProviderKind::HumanResourcesAgency),
    ];

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            ProviderKind::Platform => "platform",
            ProviderKind::Institution => "institution",
            ProviderKind::Enterprise => "enterprise",
            ProviderKind::HumanResourcesAgency => "human-resources-agency",
        }
    }

    /// The Chinese name.
    pub fn chinese(self) -> &'static str {
        match self {
            ProviderKind::Platform => "线上培训平台",
            ProviderKind::Institution => "培训机构",
            ProviderKind::Enterprise => "企业",
            ProviderKind::HumanResourcesAgency => "人力资源服务机构",
        }
    }
}

/// An entry of the published catalogue (职业培训目录清单), both days included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Who assessed: an authority that the policy pack names.
    pub authority: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day; none while the listing stands until further notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// When a district filed the result with the city (备案, clause 五).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed_on: Option<NaiveDate>,
}

impl Listing {
    /// Whether the listing is in force on a day.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}
