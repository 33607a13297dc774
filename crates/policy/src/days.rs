//! Which days a claim is about: those of its online study, or those of the training that a certificate ends.

use chrono::NaiveDate;

use crate::rule::Case;

/// First and last day, as far as they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) first: Option<NaiveDate>,
    pub(crate) last: Option<NaiveDate>,
}

impl Days {
    /// Of the online study, from its first counted second to its completion.
    pub(crate) fn of_study(case: Case<'_>) -> Days {
        let completion = &case.facts.completion;
        Days { first: case.date(completion.first_counted_at), last: case.date(completion.last_moment()) }
    }

    /// Of the training before a certificate: the practical part, or what the certificate itself says.
    pub(crate) fn of_certificate(case: Case<'_>) -> Days {
        let (practical, certificate) = (case.facts.practical.as_ref(), case.facts.certificate.as_ref());
        Days {
            first: practical.and_then(|it| it.from).or(certificate.and_then(|it| it.trained_from)),
            last: practical.and_then(|it| it.to).or(certificate.and_then(|it| it.trained_to)),
        }
    }

    /// Of the training that is claimed for.
    pub(crate) fn of_training(case: Case<'_>) -> Days {
        if case.scheme.rests_on_certificate() { Days::of_certificate(case) } else { Days::of_study(case) }
    }
}
