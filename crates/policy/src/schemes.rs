//! What each scheme asks and pays. A scheme is one file here and one line below.

mod online_platform;

use crate::amount::Amount;
use crate::rule::{Case, Rule};
use crate::scheme::Scheme;

/// A scheme's rules, in the order in which a derivation shows them, and its amount.
pub(crate) struct Definition {
    pub(crate) rules: &'static [Rule],
    pub(crate) amount: fn(Case<'_>) -> Amount,
}

/// The definition of a scheme; `None` while this version cannot judge it.
pub(crate) fn definition(scheme: Scheme) -> Option<&'static Definition> {
    match scheme {
        Scheme::OnlinePlatform => Some(&online_platform::DEFINITION),
        _ => None,
    }
}
