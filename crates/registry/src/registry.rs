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
            Kind::Approval => {
                let row: Approval = body(entry)?;
                self.approvals.insert(row.key(), row);
            }
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
            approvals: self.approvals.values().cloned().collect(),
            ..RegistryFile::default()
        }
    }
}

fn body<T: DeserializeOwned>(entry: &Entry) -> Result<T, NotAnEntry> {
    T::deserialize(&entry.body as &Value).map_err(|why| NotAnEntry {
        kind: entry.kind,
        key: entry.key.clone(),
        why,
    })
}
