//! What the registry says of one person beside the record: trades of certificates, practice, entrusting enterprises.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use keshi_policy::Entrustment;
use keshi_registry::{
    Agreement, Benefit, Certificate, Contract, Course, Enrolment, Level, Provider, ProviderKind, Registry,
    SpecialtyId,
};

use crate::facts::Subject;
use crate::ground::Ground;

/// The trade and level of a certificate: its own, or else its course's.
pub(crate) fn trade_of(ground: &Ground, certificate: &Certificate) -> (Option<SpecialtyId>, Option<Level>) {
    let course = certificate.course.as_ref().and_then(|course| ground.registry.courses.get(course));
    let specialty = certificate.specialty.clone().or(course.and_then(|course| course.specialty.clone()));
    let level = certificate.level.clone().or(course.and_then(|course| course.level.clone()));
    (specialty, level)
}

/// A benefit that names a certificate alone was received for that one's trade and level.
pub(crate) fn resolved(ground: &Ground, person: &Registry, benefit: &Benefit) -> Benefit {
    let mut benefit = benefit.clone();
    let number = benefit.certificate.as_deref().filter(|_| benefit.specialty.is_none());
    let certificate = person.certificates.values().find(|it| Some(it.certificate.as_str()) == number);
    if let Some(certificate) = certificate {
        (benefit.specialty, benefit.level) = trade_of(ground, certificate);
    }
    benefit
}

/// The practical part that a certificate ends: of its course, by its provider where it names one. Of several nobody can say
/// which it is.
pub(crate) fn practical_of(person: &Registry, subject: &Subject) -> Option<keshi_registry::Practical> {
    let certificate = subject.certificate.as_ref()?;
    let course = certificate.course.as_ref()?;
    let mut fitting = person.practicals.values().filter(|it| {
        it.course == *course && certificate.provider.as_ref().is_none_or(|provider| it.provider == *provider)
    });
    let first = fitting.next();
    first.filter(|_| fitting.next().is_none()).cloned()
}

/// Which enterprise entrusted the course's provider with this trainee: one with an agreement, for which the trainee
/// works then; the enrolment decides where it names one.
pub(crate) fn entrusted(
    ground: &Ground,
    course: &Course,
    person: &Registry,
    enrolment: Option<&Enrolment>,
    day: Option<NaiveDate>,
) -> Entrustment {
    let (Some(provider), Some(day)) = (&course.provider, day) else { return Entrustment::None };
    let covering = ground.registry.agreements.values().filter(|it| {
        it.provider == *provider && it.enterprise != *provider && it.covers(&course.course, day)
    });
    let sender = enrolment.and_then(|it| it.enterprise.as_ref()).filter(|it| *it != provider);
    let works = |it: &Contract, agreement: &Agreement| {
        it.enterprise == agreement.enterprise && it.covers_since_signing(day)
    };
    let fits = |agreement: &&Agreement| match sender {
        Some(sender) => agreement.enterprise == *sender,
        None => person.contracts.values().any(|contract| works(contract, agreement)),
    };
    let mut by_enterprise: BTreeMap<_, &Agreement> = BTreeMap::new();
    for agreement in covering.filter(fits) {
        let latest = by_enterprise.entry(agreement.enterprise.clone()).or_insert(agreement);
        if latest.from < agreement.from {
            *latest = agreement;
        }
    }
    match (by_enterprise.len(), by_enterprise.values().next(), sender) {
        (1, Some(agreement), _) => Entrustment::By(Box::new((*agreement).clone())),
        (0, _, None) => Entrustment::None,
        (0, _, Some(sender)) => Entrustment::Unclear(vec![sender.clone()]),
        _ => Entrustment::Unclear(by_enterprise.into_keys().collect()),
    }
}

pub(crate) fn enterprise_of(
    ground: &Ground,
    provider: Option<&Provider>,
    entrustment: &Entrustment,
) -> Option<Provider> {
    match entrustment {
        Entrustment::By(agreement) => ground.registry.providers.get(&agreement.enterprise).cloned(),
        Entrustment::None | Entrustment::Unclear(_) => {
            provider.filter(|it| it.kind == Some(ProviderKind::Enterprise)).cloned()
        }
    }
}
