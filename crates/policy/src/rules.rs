//! The rules, by theme: one function each.

mod employment;
mod evidence;
mod hours;
mod listing;
mod money;
mod people;
mod practice;
mod study;

pub(crate) use employment::{
    CONTRACT_TERM, ENTRUSTMENT_AGREEMENT, MAIN_BUSINESS, REGISTERED_HERE, SOCIAL_INSURANCE_PAID,
    WITHIN_A_YEAR,
};
pub(crate) use evidence::EVIDENCE_KINDS;
pub(crate) use hours::{MINIMUM_ONLINE_HOURS, MINIMUM_PRACTICAL_HOURS};
pub(crate) use listing::{COURSE_LISTED, OWN_DEVELOPED, PROVIDER_LISTED, SPECIALTY_IN_CATALOGUE};
pub(crate) use money::{
    NO_DOUBLE_BENEFIT, NOT_HELD, ONCE_PER_PERSON_TRADE_AND_LEVEL, ONE_CLAIM_PER_STUDY, RATE_CEILING,
    SPECIAL_OPERATIONS_CEILING,
};
pub(crate) use people::{AUDIENCE, FREE_OF_CHARGE, TRAINEE_ELIGIBLE};
pub(crate) use practice::{
    CERTIFICATE_AFTER_TRAINING, CERTIFICATE_KIND, COMPETENT_DEPARTMENT, EVALUATION_PASSED,
    ONLINE_BEFORE_PRACTICAL, PRACTICAL_FROM,
};
pub(crate) use study::{ASSESSED, INSIDE_WINDOW, STUDIED};
