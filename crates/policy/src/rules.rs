//! The rules, by theme: one function each.

mod evidence;
mod hours;
mod listing;
mod money;
mod people;
mod study;

pub(crate) use evidence::EVIDENCE_KINDS;
pub(crate) use hours::MINIMUM_ONLINE_HOURS;
pub(crate) use listing::{COURSE_LISTED, PROVIDER_LISTED, SPECIALTY_IN_CATALOGUE};
pub(crate) use money::{NOT_HELD, ONE_CLAIM_PER_STUDY, RATE_CEILING, SPECIAL_OPERATIONS_CEILING};
pub(crate) use people::{AUDIENCE, FREE_OF_CHARGE, TRAINEE_ELIGIBLE};
pub(crate) use study::{ASSESSED, INSIDE_WINDOW, STUDIED};
