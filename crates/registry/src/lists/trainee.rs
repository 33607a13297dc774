use std::fmt;

use keshi_events::TraineeId;
use serde::{Deserialize, Serialize};

/// What the register holds of a trainee: nothing that names a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trainee {
    /// The opaque id that events carry.
    pub trainee: TraineeId,
    /// District of household registration (户籍区县), who pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// Which eligible group (人员类别), as the policy pack names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// How they are employed (就业状态).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employment: Option<Employment>,
}

/// How a trainee is employed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Employment {
    /// 在职.
    Employed,
    /// 灵活就业, earning through a platform included.
    Flexible,
    /// 失业.
    Unemployed,
    /// 在校.
    Student,
}

impl Employment {
    /// All words, English and Chinese.
    pub(crate) const WORDS: &'static [(&'static str, Employment)] = &[
        ("employed", Employment::Employed),
        ("flexible", Employment::Flexible),
        ("unemployed", Employment::Unemployed),
        ("student", Employment::Student),
        ("在职", Employment::Employed),
        ("灵活就业", Employment::Flexible),
        ("失业", Employment::Unemployed),
        ("在校", Employment::Student),
    ];
}

/// Who a trainee is. Kept beside the register, so that a person can be forgotten; its debug form shows no value.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// 姓名.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// 身份证号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_number: Option<String>,
    /// 联系电话.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl Person {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.id_number.is_none() && self.phone.is_none()
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |member: &Option<String>| if member.is_some() { "***" } else { "-" };
        f.debug_struct("Person")
            .field("name", &shown(&self.name))
            .field("id_number", &shown(&self.id_number))
            .field("phone", &shown(&self.phone))
            .finish()
    }
}

/// A row of the trainees' list, as files have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraineeRow {
    /// For the register.
    #[serde(flatten)]
    pub trainee: Trainee,
    /// For the table of persons.
    #[serde(flatten)]
    pub person: Person,
}
