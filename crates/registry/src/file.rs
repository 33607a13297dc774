//! The registry file: all lists together.

use std::collections::BTreeMap;

use keshi_events::TraineeId;
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Fact, Kind};
use crate::fault::{Origin, Place, RowError};
use crate::lists::*;
use crate::merge::{Draft, merge};
use crate::registry::Registry;
use crate::{csv_file, lenient, read};

/// The longest video, ms: positions in events end there. A video without length could never be covered, so 1 is the
/// least.
pub const MAX_VIDEO_MS: i64 = 86_400_000;

/// What one import states, or what a recomputation is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistryFile {
    /// Providers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<Provider>,
    /// Specialties.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub specialties: Vec<Specialty>,
    /// Courses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub courses: Vec<Course>,
    /// Trainees with their personal data.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trainees: Vec<TraineeRow>,
    /// Enrolments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enrolments: Vec<Enrolment>,
    /// Who assesses and pays.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<Authority>,
    /// Plans for practical parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub teaching_plans: Vec<TeachingPlan>,
    /// Entrustment agreements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agreements: Vec<Agreement>,
    /// Labour contracts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contracts: Vec<Contract>,
    /// Social insurance.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub insurance: Vec<Insurance>,
    /// Evaluations after pre-job training.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evaluations: Vec<Evaluation>,
    /// Practical training.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub practicals: Vec<Practical>,
    /// Certificates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<Certificate>,
    /// Benefits received elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub benefits: Vec<Benefit>,
    /// Approvals of back-filled time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Where the rows came from.
    #[serde(skip)]
    pub origins: Origins,
}

/// Where each row stood, so that a fault found later can still name its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(pub(crate) BTreeMap<(Kind, String), Origin>);

impl Origins {
    pub(crate) fn of(&self, kind: Kind, key: &str) -> Origin {
        let known = self.0.get(&(kind, key.to_owned())).cloned();
        known.unwrap_or(Origin { file: String::new(), sheet: None, place: Place::File })
    }
}

impl RegistryFile {
    /// Reads one JSON file as an import does: unknown members are refused, every bad row is named.
    ///
    /// # Errors
    /// Every fault of every row.
    pub fn parse_strict(bytes: &[u8]) -> Result<RegistryFile, Vec<RowError>> {
        merge(vec![read::json::read("", bytes)?], &Registry::default())
    }

    /// Reads what verified time needs: courses with videos and durations, approvals, `max_stretch_ms`. All else is
    /// ignored, and is empty in the answer.
    ///
    /// # Errors
    /// The file is no JSON object, or one of those rows cannot be read.
    pub fn parse_lenient(bytes: &[u8]) -> Result<RegistryFile, Vec<RowError>> {
        lenient::read(bytes)
    }

    /// Reads one file of an import: CSV by its name's end, JSON otherwise.
    ///
    /// # Errors
    /// Every fault of every row.
    pub fn read_file(name: &str, bytes: &[u8]) -> Result<Draft, Vec<RowError>> {
        if name.to_lowercase().ends_with(".csv") {
            csv_file::read_csv(name, bytes)
        } else {
            read::json::read(name, bytes)
        }
    }

    /// The facts that the file states, in the order in which they are recorded: by kind, what is named first; within a
    /// kind as in the file. No personal data.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        fn all<'a, F: Fact + 'a>(
            rows: impl IntoIterator<Item = &'a F> + 'a,
        ) -> impl Iterator<Item = Entry> + 'a {
            rows.into_iter().map(Fact::entry)
        }
        all(&self.authorities)
            .chain(all(&self.providers))
            .chain(all(&self.specialties))
            .chain(all(&self.courses))
            .chain(all(&self.teaching_plans))
            .chain(all(&self.agreements))
            .chain(all(self.trainees.iter().map(|row| &row.trainee)))
            .chain(all(&self.enrolments))
            .chain(all(&self.contracts))
            .chain(all(&self.insurance))
            .chain(all(&self.evaluations))
            .chain(all(&self.practicals))
            .chain(all(&self.certificates))
            .chain(all(&self.benefits))
            .chain(all(&self.approvals))
    }

    /// The fault of a trainee whose identity-card number belongs to another one in the registry already.
    pub fn identity_taken(&self, trainee: &str, first: &str) -> RowError {
        RowError::identity_taken(Some(self.origins.of(Kind::Trainee, trainee)), trainee, first)
    }

    /// The fault of a certificate that belongs to another trainee in the registry already.
    pub fn certificate_taken(&self, number: &str, trainee: &str, first: &str) -> RowError {
        let origin = self.origins.of(Kind::Certificate, &format!("{trainee}/{number}"));
        RowError::certificate_taken(Some(origin), number, trainee, first)
    }

    /// The personal data, for the table of persons; trainees of whom nothing is stated are left out.
    pub fn persons(&self) -> impl Iterator<Item = (&TraineeId, &Person)> {
        self.trainees
            .iter()
            .filter(|row| !row.person.is_empty())
            .map(|row| (&row.trainee.trainee, &row.person))
    }
}
