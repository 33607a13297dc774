//! Roles, scopes and actors.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a person of an office may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A provider (培训主体): its own courses, their trainees and claims.
    Provider,
    /// A district (区县): its own people.
    District,
    /// The city (市).
    City,
    /// Finance (财政): pays; of a district, or of the city.
    Finance,
    /// An auditor (审计): reads everything, verifies, decides nothing.
    Auditor,
    /// Keeps the accounts; sees no study data.
    Admin,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 6] =
        [Role::Provider, Role::District, Role::City, Role::Finance, Role::Auditor, Role::Admin];

    /// The word that is stored; the same as in [`keshi_policy::Role`] where both have the role.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Provider => "provider",
            Role::District => "district",
            Role::City => "city",
            Role::Finance => "finance",
            Role::Auditor => "auditor",
            Role::Admin => "admin",
        }
    }

    /// The Chinese word.
    pub fn chinese(self) -> &'static str {
        match self {
            Role::Provider => "培训主体",
            Role::District => "区县",
            Role::City => "市",
            Role::Finance => "财政",
            Role::Auditor => "审计",
            Role::Admin => "系统管理",
        }
    }

    /// The role of a stored word.
    pub fn parse(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// The role in which it takes steps of claims; none for roles that take none.
    pub fn in_claims(self) -> Option<keshi_policy::Role> {
        match self {
            Role::Provider => Some(keshi_policy::Role::Provider),
            Role::District => Some(keshi_policy::Role::District),
            Role::City => Some(keshi_policy::Role::City),
            Role::Finance => Some(keshi_policy::Role::Finance),
            Role::Auditor | Role::Admin => None,
        }
    }

    /// Whether it may look at study records at all.
    pub fn sees_records(self) -> bool {
        self != Role::Admin
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whose data somebody reaches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Everybody's.
    All,
    /// People of one district of household registration (户籍区县).
    District(String),
    /// Courses of one provider, and whoever studies them.
    Provider(String),
}

impl Scope {
    /// The district, when it is one.
    pub fn district(&self) -> Option<&str> {
        match self {
            Scope::District(district) => Some(district),
            _ => None,
        }
    }

    /// The provider, when it is one.
    pub fn provider(&self) -> Option<&str> {
        match self {
            Scope::Provider(provider) => Some(provider),
            _ => None,
        }
    }

    /// The id that is stored; none when it is everything.
    pub fn id(&self) -> Option<&str> {
        self.district().or(self.provider())
    }
}

/// Somebody who has proven who they are. Role and scope always fit each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    name: String,
    role: Role,
    scope: Scope,
}

/// Why there is no such actor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnActor {
    /// The name is not usable.
    #[error(
        "A101 a user name has 2 to 32 of a-z, 0-9, '.', '-' and '_', a letter first, and is not keshi / 用户名须为 2 至 32 个小写字母、数字、点、横线或下划线，字母开头，且不得为 keshi"
    )]
    Name,
    /// The role needs a scope.
    #[error("A102 a {0} account needs its {0}'s id as scope / 该角色须指明所属区县或培训主体")]
    ScopeMissing(Role),
    /// The role reaches everything.
    #[error("A103 the role {0} has no scope / 该角色不限范围，不能指明所属")]
    ScopeTooMuch(Role),
}

impl Actor {
    /// Somebody with this name, role and, where the role needs it, the id of a district or provider. Finance may have
    /// a district or none.
    ///
    /// # Errors
    /// [`NotAnActor`]
    pub fn new(name: &str, role: Role, scope: Option<&str>) -> Result<Actor, NotAnActor> {
        let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        let starts = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        // `keshi` is how the program itself signs: its own drafts and marks.
        if !starts || name == "keshi" || !(2..=32).contains(&name.len()) || !name.bytes().all(letters) {
            return Err(NotAnActor::Name);
        }
        let scope = match (role, scope.filter(|id| !id.is_empty())) {
            (Role::Provider, Some(id)) => Scope::Provider(id.to_owned()),
            (Role::District | Role::Finance, Some(id)) => Scope::District(id.to_owned()),
            (Role::Provider | Role::District, None) => return Err(NotAnActor::ScopeMissing(role)),
            (_, Some(_)) => return Err(NotAnActor::ScopeTooMuch(role)),
            (_, None) => Scope::All,
        };
        Ok(Actor { name: name.to_owned(), role, scope })
    }

    /// The account's name, as the audit log and histories have it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it may do.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whose data it reaches.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_and_scope_fit() {
        let of = |role, scope| Actor::new("li.na", role, scope).map(|actor| actor.scope().clone());
        assert_eq!(of(Role::District, Some("lixia")), Ok(Scope::District("lixia".into())));
        assert_eq!(of(Role::Provider, Some("p1")), Ok(Scope::Provider("p1".into())));
        assert_eq!(of(Role::District, None), Err(NotAnActor::ScopeMissing(Role::District)));
        assert_eq!(of(Role::Provider, Some("")), Err(NotAnActor::ScopeMissing(Role::Provider)));
        assert_eq!(of(Role::City, Some("lixia")), Err(NotAnActor::ScopeTooMuch(Role::City)));
        assert_eq!(of(Role::Finance, None), Ok(Scope::All));
        for name in ["", "a", "Li", "1a", "a b", "张三", &"a".repeat(33)] {
            assert_eq!(Actor::new(name, Role::City, None), Err(NotAnActor::Name), "{name}");
        }
    }

    #[test]
    fn the_words_are_those_of_claims() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
            if let Some(in_claims) = role.in_claims() {
                assert_eq!(in_claims.as_str(), role.as_str());
            }
        }
    }
}
