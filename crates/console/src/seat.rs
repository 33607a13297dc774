//! Who asks: the account, its language, and the token that its forms carry.

use keshi_account::{Actor, Scope};
use keshi_store::Audited;

use crate::lang::Lang;

/// Whoever asks, signed in or not.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) lang: Lang,
    /// The network address of the connection.
    pub(crate) address: String,
    /// Path and query, to come back to.
    pub(crate) place: String,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) actor: Actor,
    /// What every form has to carry; none for tokens, which send no forms.
    pub(crate) csrf: Option<String>,
    pub(crate) visitor: Visitor,
}

impl Seat {
    pub(crate) fn lang(&self) -> Lang {
        self.visitor.lang
    }

    pub(crate) fn scope(&self) -> &Scope {
        self.actor.scope()
    }

    /// A line for the audit log.
    pub(crate) fn audited<'a>(&'a self, action: &'a str, subject: Option<&'a str>) -> Audited<'a> {
        Audited {
            who: self.actor.name(),
            role: Some(self.actor.role().as_str()),
            action,
            subject,
            why: None,
            address: Some(&self.visitor.address),
        }
    }
}
