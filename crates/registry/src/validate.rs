//! References: what a file names must be in it, or known already.

use std::collections::BTreeSet;

use keshi_events::{CourseId, TraineeId};

use crate::entry::{Fact, Kind};
use crate::fault::{Code, RowError};
use crate::file::RegistryFile;
use crate::headers::List;
use crate::ids::{ProviderId, SpecialtyId};
use crate::lists::Approval;
use crate::registry::Registry;

/// Answers what the registry holds already.
pub trait Known {
    /// Whether there is one of this kind and key.
    fn knows(&self, kind: Kind, key: &str) -> bool;
}

/// A registry that is still empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct NothingKnown;

impl Known for NothingKnown {
    fn knows(&self, _: Kind, _: &str) -> bool {
        false
    }
}

/// Keys that were looked up beforehand (see [`RegistryFile::references`]).
impl Known for BTreeSet<(Kind, String)> {
    fn knows(&self, kind: Kind, key: &str) -> bool {
        self.contains(&(kind, key.to_owned()))
    }
}

impl Known for Registry {
    fn knows(&self, kind: Kind, key: &str) -> bool {
        match kind {
            Kind::Provider => self.providers.contains_key(key),
            Kind::Specialty => self.specialties.contains_key(key),
            Kind::Course => self.courses.contains_key(key),
            Kind::Trainee => self.trainees.contains_key(key),
            Kind::Enrolment => key.split_once('/').is_some_and(|(trainee, course)| {
                self.enrolments.contains_key(&(trainee.into(), course.into()))
            }),
            Kind::Authority => self.authorities.contains_key(key),
            Kind::TeachingPlan => self.teaching_plans.contains_key(key),
            Kind::Agreement => self.agreements.contains_key(key),
            Kind::Contract => self.contracts.contains_key(key),
            Kind::Insurance => self.insurance.contains_key(key),
            Kind::Evaluation => self.evaluations.contains_key(key),
            Kind::Practical => self.practicals.contains_key(key),
            Kind::Certificate => self.certificates.contains_key(key),
            Kind::Benefit => self.benefits.contains_key(key),
            Kind::Approval => self.approvals.contains_key(key),
        }
    }
}

/// One row names another.
struct Reference {
    list: List,
    from: (Kind, String),
    member: &'static str,
    to: (Kind, String),
}

impl RegistryFile {
    /// The keys that this file names and does not hold: what has to be looked up for [`RegistryFile::validate`].
    pub fn references(&self) -> BTreeSet<(Kind, String)> {
        let own = self.own_keys();
        self.all_references().map(|reference| reference.to).filter(|to| !own.contains(to)).collect()
    }

    /// Checks every reference against the file and what is known already. Empty: all is well.
    pub fn validate(&self, known: &dyn Known) -> Vec<RowError> {
        let own = self.own_keys();
        self.all_references()
            .filter(|reference| !own.contains(&reference.to) && !known.knows(reference.to.0, &reference.to.1))
            .map(|reference| RowError {
                origin: self.origins.of(reference.from.0, &reference.from.1),
                list: Some(reference.list),
                member: Some(reference.member.to_owned()),
                column: None,
                code: Code::R110,
                reason: format!("文件和登记中都没有 {}", reference.to.1),
                reason_en: format!("{} is neither in the files nor in the registry", reference.to.1),
            })
            .collect()
    }

    fn references_of_enterprises(&self) -> impl Iterator<Item = Reference> + '_ {
        let agreements = self.agreements.iter().flat_map(|row| {
            let from = (Kind::Agreement, row.key());
            let to = [
                provider("enterprise", &row.enterprise),
                provider("provider", &row.provider),
                course(row.course.as_ref()),
            ];
            references(List::Agreements, from, to)
        });
        let contracts = self.contracts.iter().flat_map(|row| {
            let to = [trainee(&row.trainee), provider("enterprise", &row.enterprise)];
            references(List::Contracts, (Kind::Contract, row.key()), to)
        });
        let insurance = self.insurance.iter().flat_map(|row| {
            let to = [trainee(&row.trainee), provider("enterprise", &row.enterprise)];
            references(List::Insurance, (Kind::Insurance, row.key()), to)
        });
        let sent = self.enrolments.iter().flat_map(|row| {
            let to = [row.enterprise.as_ref().and_then(|to| provider("enterprise", to))];
            references(List::Enrolments, (Kind::Enrolment, row.key()), to)
        });
        agreements.chain(contracts).chain(insurance).chain(sent)
    }

    fn references_of_practice(&self) -> impl Iterator<Item = Reference> + '_ {
        let plans = self.teaching_plans.iter().flat_map(|row| {
            let to = [provider("provider", &row.provider), course(Some(&row.course))];
            references(List::TeachingPlans, (Kind::TeachingPlan, row.key()), to)
        });
        let evaluations = self.evaluations.iter().flat_map(|row| {
            let to = [trainee(&row.trainee), course(Some(&row.course))];
            references(List::Evaluations, (Kind::Evaluation, row.key()), to)
        });
        let practicals = self.practicals.iter().flat_map(|row| {
            let to = [trainee(&row.trainee), provider("provider", &row.provider), course(Some(&row.course))];
            references(List::Practicals, (Kind::Practical, row.key()), to)
        });
        let certificates = self.certificates.iter().flat_map(|row| {
            let to = [
                trainee(&row.trainee),
                row.provider.as_ref().and_then(|to| provider("provider", to)),
                course(row.course.as_ref()),
                specialty(row.specialty.as_ref()),
            ];
            references(List::Certificates, (Kind::Certificate, row.key()), to)
        });
        let benefits = self.benefits.iter().flat_map(|row| {
            let to = [trainee(&row.trainee), specialty(row.specialty.as_ref())];
            references(List::Benefits, (Kind::Benefit, row.key()), to)
        });
        plans.chain(evaluations).chain(practicals).chain(certificates).chain(benefits)
    }

    fn own_keys(&self) -> BTreeSet<(Kind, String)> {
        let mut keys = BTreeSet::new();
        keys.extend(self.providers.iter().map(|row| (Kind::Provider, row.key())));
        keys.extend(self.specialties.iter().map(|row| (Kind::Specialty, row.key())));
        keys.extend(self.courses.iter().map(|row| (Kind::Course, row.key())));
        keys.extend(self.trainees.iter().map(|row| (Kind::Trainee, row.trainee.key())));
        keys
    }

    fn all_references(&self) -> impl Iterator<Item = Reference> + '_ {
        let courses = self.courses.iter().flat_map(|row| {
            let from = (Kind::Course, row.key());
            let provider = row.provider.as_ref().map(|to| ("provider", (Kind::Provider, to.to_string())));
            let specialty = row.specialty.as_ref().map(|to| ("specialty", (Kind::Specialty, to.to_string())));
            references(List::Courses, from, [provider, specialty])
        });
        let enrolments = self.enrolments.iter().flat_map(|row| {
            let trainee = ("trainee", (Kind::Trainee, row.trainee.to_string()));
            let course = ("course", (Kind::Course, row.course.to_string()));
            references(List::Enrolments, (Kind::Enrolment, row.key()), [Some(trainee), Some(course)])
        });
        let approvals = self.approvals.iter().flat_map(|row| {
            let (platform, trainee) = match row {
                Approval::Session { platform, trainee, .. } => (platform, Some(trainee)),
                Approval::Outage { platform, .. } => (platform, None),
            };
            let platform = ("platform", (Kind::Provider, platform.to_string()));
            let trainee = trainee.map(|to| ("trainee", (Kind::Trainee, to.to_string())));
            references(List::Approvals, (Kind::Approval, row.key()), [Some(platform), trainee])
        });
        courses
            .chain(enrolments)
            .chain(approvals)
            .chain(self.references_of_enterprises())
            .chain(self.references_of_practice())
    }
}

/// What a member names.
type Named = Option<(&'static str, (Kind, String))>;

fn trainee(to: &TraineeId) -> Named {
    Some(("trainee", (Kind::Trainee, to.to_string())))
}

fn provider(member: &'static str, to: &ProviderId) -> Named {
    Some((member, (Kind::Provider, to.to_string())))
}

fn course(to: Option<&CourseId>) -> Named {
    Some(("course", (Kind::Course, to?.to_string())))
}

fn specialty(to: Option<&SpecialtyId>) -> Named {
    Some(("specialty", (Kind::Specialty, to?.to_string())))
}

fn references<const N: usize>(
    list: List,
    from: (Kind, String),
    to: [Named; N],
) -> impl Iterator<Item = Reference> {
    let named = to.into_iter().flatten();
    named.map(move |(member, to)| Reference { list, from: from.clone(), member, to })
}
