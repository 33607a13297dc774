//! The fact `claim-changed`, which tells the provider where a claim stands.

use keshi_events::{FactKind, Millis, fact};
use keshi_store::FactRow;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

/// What the fact says of a claim.
pub(crate) struct Told<'a> {
    pub(crate) claim: Uuid,
    pub(crate) scheme: &'a str,
    pub(crate) trainee: &'a str,
    pub(crate) course: &'a str,
    pub(crate) provider: &'a str,
    pub(crate) amount: Decimal,
}

impl Told<'_> {
    /// `identity` is what makes this change of the claim another one than all before it.
    pub(crate) fn fact(&self, state: &str, identity: &str, now: Millis) -> FactRow {
        let data = json!({
            "claim": self.claim, "scheme": self.scheme, "trainee": self.trainee, "course": self.course,
            "state": state, "amount": self.amount.to_string(),
        });
        let identity = [self.scheme, self.trainee, identity, state];
        fact(FactKind::ClaimChanged, self.provider, &identity, now, &data).into()
    }
}
