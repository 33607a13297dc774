//! Registry files taken in: read together, judged together with what is registered, entered whole or not at all.
//!
//! The command and the page of the console both come this way, so that a row is judged by one rule wherever it is brought.

use std::collections::{BTreeMap, BTreeSet};

use keshi_registry::{Draft, Entry, Kind, Registry, RegistryFile, RowError, merge};
use keshi_store::{Change, NewEntry, PersonRow, Registered, Store, StoreError};

use crate::workbook::read_registry_file;

/// Files without a fault, as they stand against the registry.
#[derive(Debug)]
pub struct Intake {
    file: RegistryFile,
    entries: Vec<NewEntry>,
    persons: Vec<PersonRow>,
}

/// Files that were not taken in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// Rows have faults: nothing was registered.
    #[error("R100 {} faults, nothing was registered / 有错误，未登记任何内容", .0.len())]
    Faults(Vec<RowError>),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Intake {
    /// Reads all files (name, bytes) together: what one names may stand in another, or in the registry already.
    ///
    /// # Errors
    /// [`IntakeError::Faults`] with every fault of every row; or the database's.
    pub async fn read<'a>(
        store: &Store,
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Intake, IntakeError> {
        let (mut drafts, mut faults) = (Vec::new(), Vec::new());
        for (name, bytes) in files {
            match read_registry_file(name, bytes) {
                Ok(draft) => drafts.push(draft),
                Err(found) => faults.extend(found),
            }
        }
        if !faults.is_empty() {
            return Err(IntakeError::Faults(faults));
        }
        let current = owners(store, &drafts).await?;
        let file = merge(drafts, &current).map_err(IntakeError::Faults)?;
        let mut faults = file.validate(&known(store, &file).await?);
        let persons = persons(&file);
        let taken = store.identities_taken(&persons).await?;
        faults.extend(taken.iter().map(|(trainee, first)| file.identity_taken(trainee, first)));
        let numbers: Vec<(String, String)> =
            file.certificates.iter().map(|row| (row.certificate.clone(), row.trainee.to_string())).collect();
        let taken = store.certificates_taken(&numbers).await?;
        let taken =
            taken.iter().map(|(number, trainee, first)| file.certificate_taken(number, trainee, first));
        faults.extend(taken);
        if !faults.is_empty() {
            return Err(IntakeError::Faults(faults));
        }
        let entries = file.entries().map(|entry| NewEntry {
            kind: entry.kind.as_str().to_owned(),
            key: entry.key,
            body: Some(entry.body),
        });
        Ok(Intake { entries: entries.collect(), persons, file })
    }

    /// Rows that would become entries of the register.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// People whose personal data would be sealed.
    pub fn persons(&self) -> usize {
        self.persons.len()
    }

    /// What would become of the rows, kind by kind, as the registry stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changes(&self, store: &Store) -> Result<BTreeMap<String, Change>, StoreError> {
        store.changes(&self.entries).await
    }

    /// Enters everything in one transaction; `progress` hears how many of entries and persons are done.
    ///
    /// # Errors
    /// [`IntakeError::Faults`] where somebody else was faster with an identity-card number; or the database's. Nothing is
    /// registered then.
    pub async fn enter(
        &self,
        store: &Store,
        who: &str,
        why: &str,
        progress: impl FnMut(usize),
    ) -> Result<Registered, IntakeError> {
        match store.register(&self.entries, &self.persons, who, why, progress).await {
            // Between the check and the lock.
            Err(StoreError::IdentityTaken { trainee, first }) => {
                Err(IntakeError::Faults(vec![self.file.identity_taken(&trainee, &first)]))
            }
            done => Ok(done?),
        }
    }
}

/// The owners of nested rows, as the registry has them.
async fn owners(store: &Store, drafts: &[Draft]) -> Result<Registry, StoreError> {
    let mut registry = Registry::default();
    for (kind, key) in drafts.iter().flat_map(Draft::owners) {
        if let Some(body) = store.registered(kind.as_str(), &key).await? {
            let entry = Entry { kind, key, body };
            registry
                .apply(&entry)
                .map_err(|error| StoreError::Damaged { what: "registry", why: error.to_string() })?;
        }
    }
    Ok(registry)
}

/// What the file names and the registry knows.
async fn known(store: &Store, file: &RegistryFile) -> Result<BTreeSet<(Kind, String)>, StoreError> {
    let mut wanted: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for (kind, key) in file.references() {
        wanted.entry(kind).or_default().push(key);
    }
    let mut known = BTreeSet::new();
    for (kind, keys) in wanted {
        let there = store.registered_keys(kind.as_str(), &keys).await?;
        known.extend(there.into_iter().map(|key| (kind, key)));
    }
    Ok(known)
}

fn persons(file: &RegistryFile) -> Vec<PersonRow> {
    let row = |(trainee, person): (&keshi_events::TraineeId, &keshi_registry::Person)| PersonRow {
        trainee: trainee.to_string(),
        name: person.name.clone(),
        id_number: person.id_number.clone(),
        phone: person.phone.clone(),
    };
    file.persons().map(row).collect()
}
