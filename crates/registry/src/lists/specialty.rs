use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{Level, SpecialtyId};
use crate::lists::Listing;
use crate::money::{Share, Yuan};

/// A specialty or trade (clause 六(一)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specialty {
    /// The registry's id.
    pub specialty: SpecialtyId,
    /// Its name, for rosters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which least hours and standards apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// The vocational-training subsidy standard by level, yuan a person.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub standard_yuan: BTreeMap<Level, Yuan>,
    /// The share for offline practical training that the city set (clause 一).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practical_share: Option<Share>,
    /// When the specialty stood in the catalogue. Left out: it does, with no period of its own; empty: it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listings: Option<Vec<Listing>>,
    /// When the city's experts assessed it, for one outside the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expert_approved_on: Option<NaiveDate>,
    /// The department in charge that guides training in a special-operations trade (业务主管部门, clause 一).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub competent_department: Option<String>,
}

/// Kinds of specialties that the notice treats apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// 技能类专业.
    Skill,
    /// 创业意识培训.
    EntrepreneurshipAwareness,
    /// 创业能力培训.
    EntrepreneurshipCapability,
    /// 创业能力提升培训（网络创业培训）.
    EntrepreneurshipImprovement,
    /// 岗前培训.
    PreJob,
    /// 特种作业操作工种.
    SpecialOperations,
}

impl Category {
    /// All words, English and Chinese.
    pub(crate) const WORDS: &'static [(&'static str, Category)] = &[
        ("skill", Category::Skill),
        ("entrepreneurship-awareness", Category::EntrepreneurshipAwareness),
        ("entrepreneurship-capability", Category::EntrepreneurshipCapability),
        ("entrepreneurship-improvement", Category::EntrepreneurshipImprovement),
        ("pre-job", Category::PreJob),
        ("special-operations", Category::SpecialOperations),
        ("技能类", Category::Skill),
        ("创业意识培训", Category::EntrepreneurshipAwareness),
        ("创业能力培训", Category::EntrepreneurshipCapability),
        ("创业能力提升培训", Category::EntrepreneurshipImprovement),
        ("网络创业培训", Category::EntrepreneurshipImprovement),
        ("岗前培训", Category::PreJob),
        ("特种作业", Category::SpecialOperations),
    ];

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Skill => "skill",
            Category::EntrepreneurshipAwareness => "entrepreneurship-awareness",
            Category::EntrepreneurshipCapability => "entrepreneurship-capability",
            Category::EntrepreneurshipImprovement => "entrepreneurship-improvement",
            Category::PreJob => "pre-job",
            Category::SpecialOperations => "special-operations",
        }
    }

    /// The Chinese name.
    pub fn chinese(self) -> &'static str {
        match self {
            Category::Skill => "技能类",
            Category::EntrepreneurshipAwareness => "创业意识培训",
            Category::EntrepreneurshipCapability => "创业能力培训",
            Category::EntrepreneurshipImprovement => "创业能力提升培训",
            Category::PreJob => "岗前培训",
            Category::SpecialOperations => "特种作业",
        }
    }
}
