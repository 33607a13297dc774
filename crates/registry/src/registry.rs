//! The register, folded: what holds now.

use std::collections::BTreeMap;

use keshi_events::{CourseId, TraineeId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::entry::{Entry, Fact, Kind};
use crate::file::RegistryFile;
use crate::ids::{ProviderId, SpecialtyId};
use crate::lists::*;

/// What the register says now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    /// Providers by id.
    pub providers: BTreeMap<ProviderId, Provider>,
    /// Specialties by id.
    pub specialties: BTreeMap<SpecialtyId, Specialty>,
    /// Courses by id.
    pub courses: BTreeMap<CourseId, Course>,
    /// Trainees by id, without personal data.
    pub trainees: BTreeMap<TraineeId, Trainee>,
    /// Enrolments by trainee and course.
    pub enrolments: BTreeMap<(TraineeId, CourseId), Enrolment>,
    /// Authorities by their key.
    pub authorities: BTreeMap<String, Authority>,
    /// Teaching plans by their key.
    pub teaching_plans: BTreeMap<String, TeachingPlan>,
    /// Agreements by their key.
    pub agreements: BTreeMap<String, Agreement>,
    /// Contracts by their key.
    pub contracts: BTreeMap<String, Contract>,
    /// Insurance by their key.
    pub insurance: BTreeMap<String, Insurance>,
    /// Evaluations by their key.
    pub evaluations: BTreeMap<String, Evaluation>,
    /// Practicals by their key.
    pub practicals: BTreeMap<String, Practical>,
    /// Certificates by their key.
    pub certificates: BTreeMap<String, Certificate>,
    /// Benefits by their key.
    pub benefits: BTreeMap<String, Benefit>,
    /// Approvals by their key.
    pub approvals: BTreeMap<String, Approval>,
}

/// A stored fact cannot be read: it was written by a newer version, or changed by hand.
#[derive(Debug, thiserror::Error)]
#[error("R120: entry {kind} {key} cannot be read: {why}", kind = .kind.as_str())]
pub struct NotAnEntry {
    /// What it is about.
    pub kind: Kind,
    /// Of which one.
    pub key: String,
    /// What is wrong.
    #[source]
    pub why: serde_json::Error,
}

impl Registry {
    /// Folds entries in the order in which they were recorded.
    ///
    /// # Errors
    /// [`NotAnEntry`] at the first that cannot be read.
    pub fn from_entries<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Registry, NotAnEntry> {
        let mut registry = Registry::default();
        for entry in entries {
            registry.apply(entry)?;
        }
        Ok(registry)
    }

    /// Takes one more entry in.
    ///
    /// # Errors
    /// [`NotAnEntry`]; then nothing has changed.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), NotAnEntry> {
        if entry.body.is_null() {
            self.retract(entry.kind, &entry.key);
            return Ok(());
        }
        match entry.kind {
            Kind::Provider => {
                let row: Provider = body(entry)?;
                self.providers.insert(row.provider.clone(), row);
            }
            Kind::Specialty => {
                let row: Specialty = body(entry)?;
                self.specialties.insert(row.specialty.clone(), row);
            }
            Kind::Course => {
                let row: Course = body(entry)?;
                self.courses.insert(row.course.clone(), row);
            }
            Kind::Trainee => {
                let row: Trainee = body(entry)?;
                self.trainees.insert(row.trainee.clone(), row);
            }
            Kind::Enrolment => {
                let row: Enrolment = body(entry)?;
                self.enrolments.insert((row.trainee.clone(), row.course.clone()), row);
            }
            Kind::Authority => put(&mut self.authorities, body(entry)?),
            Kind::TeachingPlan => put(&mut self.teaching_plans, body(entry)?),
            Kind::Agreement => put(&mut self.agreements, body(entry)?),
            Kind::Contract => put(&mut self.contracts, body(entry)?),
            Kind::Insurance => put(&mut self.insurance, body(entry)?),
            Kind::Evaluation => put(&mut self.evaluations, body(entry)?),
            Kind::Practical => put(&mut self.practicals, body(entry)?),
            Kind::Certificate => put(&mut self.certificates, body(entry)?),
            Kind::Benefit => put(&mut self.benefits, body(entry)?),
            Kind::Approval => put(&mut self.approvals, body(entry)?),
        }
        Ok(())
    }

    fn retract(&mut self, kind: Kind, key: &str) {
        match kind {
            Kind::Provider => drop(self.providers.remove(key)),
            Kind::Specialty => drop(self.specialties.remove(key)),
            Kind::Course => drop(self.courses.remove(key)),
            Kind::Trainee => drop(self.trainees.remove(key)),
            Kind::Enrolment => {
                if let Some((trainee, course)) = key.split_once('/') {
                    self.enrolments.remove(&(trainee.into(), course.into()));
                }
            }
            Kind::Authority => drop(self.authorities.remove(key)),
            Kind::TeachingPlan => drop(self.teaching_plans.remove(key)),
            Kind::Agreement => drop(self.agreements.remove(key)),
            Kind::Contract => drop(self.contracts.remove(key)),
            Kind::Insurance => drop(self.insurance.remove(key)),
            Kind::Evaluation => drop(self.evaluations.remove(key)),
            Kind::Practical => drop(self.practicals.remove(key)),
            Kind::Certificate => drop(self.certificates.remove(key)),
            Kind::Benefit => drop(self.benefits.remove(key)),
            Kind::Approval => drop(self.approvals.remove(key)),
        }
    }

    /// The same as lists, without personal data.
    pub fn to_file(&self) -> RegistryFile {
        let nameless = |trainee: &Trainee| TraineeRow { trainee: trainee.clone(), person: Person::default() };
        RegistryFile {
            providers: self.providers.values().cloned().collect(),
            specialties: self.specialties.values().cloned().collect(),
            courses: self.courses.values().cloned().collect(),
            trainees: self.trainees.values().map(nameless).collect(),
            enrolments: self.enrolments.values().cloned().collect(),
            authorities: self.authorities.values().cloned().collect(),
            teaching_plans: self.teaching_plans.values().cloned().collect(),
            agreements: self.agreements.values().cloned().collect(),
            contracts: self.contracts.values().cloned().collect(),
            insurance: self.insurance.values().cloned().collect(),
            evaluations: self.evaluations.values().cloned().collect(),
            practicals: self.practicals.values().cloned().collect(),
            certificates: self.certificates.values().cloned().collect(),
            benefits: self.benefits.values().cloned().collect(),
            approvals: self.approvals.values().cloned().collect(),
            ..RegistryFile::default()
        }
    }
}

fn put<F: Fact>(rows: &mut BTreeMap<String, F>, row: F) {
    rows.insert(row.key(), row);
}

fn body<T: DeserializeOwned>(entry: &Entry) -> Result<T, NotAnEntry> {
    T::deserialize(&entry.body as &Value).map_err(|why| NotAnEntry {
        kind: entry.kind,
        key: entry.key.clone(),
        why,
    })
}
