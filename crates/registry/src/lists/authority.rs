use serde::{Deserialize, Serialize};

/// Who assesses and pays: the city, or a district. Beside those that the policy pack names; a row here stands before one
/// of the pack with the same token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Its token.
    pub authority: String,
    /// Its Chinese name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// City or district.
    pub level: AuthorityLevel,
}

/// The two levels of clause 五.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorityLevel {
    /// 市.
    City,
    /// 区县.
    District,
}

impl AuthorityLevel {
    /// All words, English and Chinese.
    pub(crate) const WORDS: &'static [(&'static str, AuthorityLevel)] = &[
        ("city", AuthorityLevel::City),
        ("district", AuthorityLevel::District),
        ("市", AuthorityLevel::City),
        ("区县", AuthorityLevel::District),
    ];
}
