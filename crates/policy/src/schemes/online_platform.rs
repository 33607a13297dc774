//! Clause 二: an assessed platform that trains eligible people of the city free of charge is paid per person who
//! completed the online course and passed the assessment.

use crate::amount::online_part;
use crate::rules::*;
use crate::schemes::Definition;

pub(super) const DEFINITION: Definition = Definition {
    rules: &[
        PROVIDER_LISTED,
        COURSE_LISTED,
        SPECIALTY_IN_CATALOGUE,
        INSIDE_WINDOW,
        TRAINEE_ELIGIBLE,
        AUDIENCE,
        FREE_OF_CHARGE,
        EVIDENCE_KINDS,
        STUDIED,
        ASSESSED,
        MINIMUM_ONLINE_HOURS,
        ONE_CLAIM_PER_STUDY,
        RATE_CEILING,
        SPECIAL_OPERATIONS_CEILING,
        NOT_HELD,
    ],
    amount: online_part,
};
