//! What all claims of a turn stand on: the parts of the registry that are not one person's, and the packs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use keshi_events::CourseId;
use keshi_policy::{CompletionFacts, Pack};
use keshi_record::Catalogue;
use keshi_registry::{Category, Certificate, Course, Entry, Kind, Registry, Trainee};
use keshi_store::Store;

use crate::error::SettlementError;

pub(crate) struct Ground {
    pub(crate) registry: Registry,
    pub(crate) catalogue: Catalogue,
    pub(crate) packs: Vec<Pack>,
    pub(crate) partitions: u16,
    /// The register's number that it is of.
    pub(crate) number: i64,
    versions: BTreeMap<CourseId, Vec<(i64, Course)>>,
}

impl Ground {
    pub(crate) async fn load(store: &Store, packs: &[Pack]) -> Result<Ground, SettlementError> {
        let unreadable = |why: String| SettlementError::Unreadable { what: "the registry".to_owned(), why };
        let kinds: Vec<&str> =
            Kind::ALL.into_iter().filter(|kind| !Kind::OF_TRAINEE.contains(kind)).map(Kind::as_str).collect();
        let (number, bodies) = store.registry(&kinds).await?;
        let mut registry = Registry::default();
        for (kind, body) in bodies {
            let Some(kind) = Kind::parse(&kind) else { continue };
            let entry = Entry { kind, key: String::new(), body };
            registry.apply(&entry).map_err(|error| unreadable(error.to_string()))?;
        }
        let mut versions: BTreeMap<CourseId, Vec<(i64, Course)>> = BTreeMap::new();
        for (number, body) in store.course_versions().await? {
            let course: Course = serde_json::from_value(body)
                .map_err(|error| unreadable(format!("entry {number}: {error}")))?;
            versions.entry(course.course.clone()).or_default().push((number, course));
        }
        Ok(Ground {
            catalogue: registry.catalogue(),
            packs: packs.iter().map(|pack| pack.with_authorities(registry.authorities.values())).collect(),
            // Before a projector has run there are no events to decode.
            partitions: store.known_partitions().await?.unwrap_or_default() as u16,
            registry,
            number,
            versions,
        })
    }

    /// The version of a course that judges completions of a day, with its number in the register.
    pub(crate) fn version(&self, course: Option<&CourseId>, day: Option<NaiveDate>) -> Option<(i64, Course)> {
        let versions = self.versions.get(course?)?;
        let day = day.unwrap_or(NaiveDate::MAX);
        let at = Course::version_on(versions.iter().map(|(_, version)| version), day)?;
        versions.get(at).cloned()
    }

    /// The pack that judges a trainee's completion, or a certificate without one.
    pub(crate) fn pack(
        &self,
        trainee: Option<&Trainee>,
        completion: &CompletionFacts,
        certificate: Option<&Certificate>,
    ) -> Option<&Pack> {
        let certified = certificate.and_then(|it| it.trained_to.or(it.issued_on));
        Pack::judging(&self.packs, trainee.and_then(|it| it.district.as_deref()), |pack| {
            completion.last_moment().map(|at| pack.date_of(at)).or(certified)
        })
    }

    /// Courses whose claims need no assessment: those of the category pre-job.
    pub(crate) fn pre_job_courses(&self) -> Vec<String> {
        let trades: BTreeSet<_> = self
            .registry
            .specialties
            .values()
            .filter(|it| it.category == Some(Category::PreJob))
            .map(|it| &it.specialty)
            .collect();
        let courses = self.registry.courses.values();
        courses
            .filter(|it| it.specialty.as_ref().is_some_and(|specialty| trades.contains(specialty)))
            .map(|it| it.course.to_string())
            .collect()
    }
}
