//! Schemes: the ways in which the notice pays.

use std::fmt;

use keshi_registry::ProviderKind;
use serde::{Deserialize, Serialize};

/// The schemes of the notice. The words are stored: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// 平台线上培训补贴 (二).
    OnlinePlatform,
    /// 机构线上培训补贴 (三(一)).
    OnlineInstitution,
    /// 机构线下实操培训补贴 (三(二)).
    PracticalInstitution,
    /// 企业岗前培训补贴 (四(一)).
    PreJob,
    /// 企业线上岗位培训补贴 (四(二)).
    OnJob,
    /// 企业线下实操培训补贴 (四(三)).
    PracticalEnterprise,
    /// 特种作业培训补贴 (一).
    SpecialOperations,
}

impl Scheme {
    /// All schemes, in the order of the notice.
    pub const ALL: [Scheme; 7] = [
        Scheme::OnlinePlatform,
        Scheme::OnlineInstitution,
        Scheme::PracticalInstitution,
        Scheme::PreJob,
        Scheme::OnJob,
        Scheme::PracticalEnterprise,
        Scheme::SpecialOperations,
    ];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::OnlinePlatform => "online-platform",
            Scheme::OnlineInstitution => "online-institution",
            Scheme::PracticalInstitution => "practical-institution",
            Scheme::PreJob => "pre-job",
            Scheme::OnJob => "on-job",
            Scheme::PracticalEnterprise => "practical-enterprise",
            Scheme::SpecialOperations => "special-operations",
        }
    }

    /// The scheme of a stored word.
    pub fn parse(word: &str) -> Option<Scheme> {
        Scheme::ALL.into_iter().find(|scheme| scheme.as_str() == word)
    }

    /// The Chinese name.
    pub fn chinese(self) -> &'static str {
        match self {
            Scheme::OnlinePlatform => "平台线上培训补贴",
            Scheme::OnlineInstitution => "机构线上培训补贴",
            Scheme::PracticalInstitution => "机构线下实操培训补贴",
            Scheme::PreJob => "企业岗前培训补贴",
            Scheme::OnJob => "企业线上岗位培训补贴",
            Scheme::PracticalEnterprise => "企业线下实操培训补贴",
            Scheme::SpecialOperations => "特种作业培训补贴",
        }
    }

    /// Whether it pays for an online study; one study funds one such claim.
    pub fn is_online(self) -> bool {
        matches!(self, Scheme::OnlinePlatform | Scheme::OnlineInstitution | Scheme::PreJob | Scheme::OnJob)
    }

    /// Whether it pays for practical training after an online course.
    pub fn is_practical(self) -> bool {
        matches!(self, Scheme::PracticalInstitution | Scheme::PracticalEnterprise)
    }

    /// Whether its claims rest on a certificate: their identity is (scheme, trainee, certificate).
    pub fn rests_on_certificate(self) -> bool {
        self.is_practical() || self == Scheme::SpecialOperations
    }

    /// Whether an enterprise applies for its workers (clause 四).
    pub fn is_of_enterprise(self) -> bool {
        matches!(self, Scheme::PreJob | Scheme::OnJob | Scheme::PracticalEnterprise)
    }

    /// Whether a study at a provider of this kind, that no enterprise entrusted, may fund it.
    pub(crate) fn pays_provider(self, kind: ProviderKind) -> bool {
        match self {
            Scheme::OnlinePlatform => kind == ProviderKind::Platform,
            Scheme::OnlineInstitution | Scheme::PracticalInstitution => kind == ProviderKind::Institution,
            Scheme::PreJob | Scheme::OnJob | Scheme::PracticalEnterprise => kind == ProviderKind::Enterprise,
            Scheme::SpecialOperations => true,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
