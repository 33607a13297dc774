//! What is owed: policy packs (政策包), rules, amounts, claim states.
//!
//! A pack and the facts of a claim go in; a derivation comes out that says, rule by rule with its clause, what was seen
//! and what follows. A rule is one function in `rules`, a scheme one file in `schemes`. Pure: no files, no clock.
#![deny(clippy::indexing_slicing)]

mod amount;
mod days;
mod derivation;
mod facts;
mod pack;
mod rule;
mod rules;
mod scheme;
mod schemes;
mod state;

pub use amount::AmountStep;
pub use derivation::{Derivation, Verdict, Wait, derive};
pub use facts::{
    ClaimFacts, CompletionFacts, Entrustment, EventRef, Evidence, EvidenceFacts, Held, OtherClaim,
};
pub use keshi_registry::{Share, Yuan};
pub use pack::{
    Authority, AuthorityLevel, Calendar, Contradiction, Eligible, Explained, Holiday, MinHours, OnlineWindow,
    Pack, PackError, Practical, PracticalShare, Publicity, PublicityPeriod, Rates, SchemeTerms, Standard,
    attendance_rules,
};
pub use rule::{Outcome, RuleId, RuleResult, Seen, Severity};
pub use scheme::Scheme;
pub use schemes::{Payee, scheme_of_certificate, scheme_of_study};
pub use state::{
    Circumstances, ClaimState, Refusal, Role, Step, TRANSITIONS, Transition, next, steps_from, take,
};
