//! The register's side of the fold: the catalogue, and whom its new entries touch.

use keshi_record::Catalogue;
use keshi_registry::{Entry, Kind, Registry};
use keshi_store::{Store, StoreError};

use crate::error::ProjectorError;

/// The catalogue, and the register number that it stands for.
pub(crate) async fn load(store: &Store) -> Result<(i64, Catalogue), ProjectorError> {
    let kinds = [Kind::Provider, Kind::Course, Kind::Approval];
    let (number, bodies) = store.registry(&kinds.map(Kind::as_str)).await?;
    if number == 0 {
        return Ok((0, Catalogue::default()));
    }
    let entries: Vec<Entry> = bodies
        .into_iter()
        .filter_map(|(kind, body)| Kind::parse(&kind).map(|kind| Entry { kind, key: String::new(), body }))
        .collect();
    let registry =
        Registry::from_entries(&entries).map_err(|error| ProjectorError::Registry(error.to_string()))?;
    Ok((number, registry.catalogue()))
}

/// Whom new entries touch.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// Their time has to be judged again.
    pub(crate) judge: Vec<String>,
    /// Their courses have to be looked at again.
    pub(crate) look: Vec<String>,
}

/// Finds the trainees of entries (kind, key). The first entries of all end the time without a registry, for everybody.
pub(crate) async fn touched(
    store: &Store,
    entries: &[(String, String)],
    first: bool,
) -> Result<Touched, StoreError> {
    let mut touched = Touched::default();
    let keys =
        |kind: Kind| entries.iter().filter(move |(k, _)| k == kind.as_str()).map(|(_, key)| key.as_str());
    let mut platforms: Vec<String> = keys(Kind::Provider).map(str::to_owned).collect();
    for key in keys(Kind::Approval) {
        let mut parts = key.splitn(4, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("session"), Some(_), Some(trainee)) => touched.judge.push(trainee.to_owned()),
            (Some("outage"), Some(platform), _) => platforms.push(platform.to_owned()),
            _ => {}
        }
    }
    if !platforms.is_empty() {
        touched.judge.extend(store.trainees_on(&platforms).await?);
    }
    touched.judge.sort_unstable();
    touched.judge.dedup();
    let courses: Vec<String> = keys(Kind::Course).map(str::to_owned).collect();
    if first || !courses.is_empty() {
        touched.look = store.trainees_of((!first).then_some(courses.as_slice())).await?;
    }
    Ok(touched)
}
