//! Verification: what the database says, against what the log says, link by link.
//!
//! The log is read anew, events are decoded and judged by the plain reference, and every row of the trail, of the rejections,
//! of the register and of the records is compared, in one snapshot. Chains are walked, signed checkpoints are held against
//! what stands today.

mod chains;
mod checkpoints;
mod difference;
mod records;
mod said;
mod sampler;
mod trainees;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use keshi_events::subject::partition_of;
use keshi_log::Log;
use keshi_record::{Catalogue, Constants};
use keshi_store::{Ends, Snapshot, Store};

pub use checkpoints::{Kept, Leaf};
pub use difference::{Difference, Part, Report};
pub use sampler::Sampler;

use crate::error::ProjectorError;
use crate::registry;

/// Trainees whose rows are compared at once.
const TRAINEES_AT_ONCE: usize = 20;

/// Whom to verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// These.
    These(BTreeSet<String>),
    /// Everybody, and whatever belongs to nobody.
    All,
}

/// What verification is about to do or has done: for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many messages of the log will be read at most.
    Messages(u64),
    /// A message of the log was read: its sequence.
    Message(u64),
    /// A trainee was compared.
    Trainee,
}

/// One verification.
pub struct Audit {
    log: Log,
    snapshot: Snapshot,
    ends: Ends,
    catalogue: Catalogue,
    constants: Constants,
    report: Report,
}

impl Audit {
    /// Takes a snapshot in which the projector has folded the whole register and written all standings, waiting so long for it
    /// at most; none when
    /// nothing was ever projected.
    ///
    /// # Errors
    /// When database or log fail, or the log is another one than was projected.
    pub async fn begin(log: Log, store: &Store, patience: Duration) -> Result<Option<Audit>, ProjectorError> {
        let begun = std::time::Instant::now();
        loop {
            let mut snapshot = store.snapshot().await?;
            let Some(ends) = snapshot.ends().await? else { return Ok(None) };
            // After the snapshot: the log may only be ahead of it.
            let identity = log.identity().await?;
            if ends.stream != identity.created_at {
                return Err(ProjectorError::StreamMadeAnew {
                    found: identity.created_at,
                    projected: ends.stream,
                });
            }
            if let Some((partition, position)) =
                (0..).zip(&ends.positions).find(|(_, position)| **position > identity.last_seq as i64)
            {
                return Err(ProjectorError::Ahead {
                    partition,
                    checkpoint: *position,
                    last: identity.last_seq,
                });
            }
            let (number, catalogue) = registry::load(store).await?;
            let is_saved = ends.behind.is_none();
            if is_saved && ends.folded == ends.register.count as i64 && number == ends.folded {
                let (report, constants) = (Report::default(), Constants::default());
                return Ok(Some(Audit { log, snapshot, ends, catalogue, constants, report }));
            }
            if begun.elapsed() >= patience && !is_saved {
                return Err(ProjectorError::Behind);
            }
            if begun.elapsed() >= patience {
                return Err(ProjectorError::RegisterNotFolded {
                    folded: ends.folded,
                    number: ends.register.count as i64,
                });
            }
            drop(snapshot);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Some trainees, drawn by chance.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn draw(&mut self, count: i64) -> Result<BTreeSet<String>, ProjectorError> {
        Ok(self.snapshot.some_trainees(count).await?.into_iter().collect())
    }

    /// Compares trainees with the whole log of their partitions; of everybody also the rejections and the register.
    ///
    /// # Errors
    /// When database or log fail. Differences are no errors: they are in the report.
    pub async fn compare(
        &mut self,
        whom: &Whom,
        mut progress: impl FnMut(Step),
    ) -> Result<(), ProjectorError> {
        let partitions = self.ends.positions.len() as u16;
        let wanted: Vec<u16> = match whom {
            Whom::All => (0..partitions).collect(),
            Whom::These(trainees) => {
                let of: BTreeSet<u16> =
                    trainees.iter().map(|trainee| partition_of(trainee, partitions)).collect();
                of.into_iter().collect()
            }
        };
        for partition in wanted {
            let position = self.ends.positions.get(usize::from(partition)).copied().unwrap_or(0);
            progress(Step::Messages(position as u64));
            let these = match whom {
                Whom::All => None,
                Whom::These(these) => Some(these),
            };
            let said = said::read(&self.log, partition, partitions, position, these, &mut progress).await?;
            let mut trainees: BTreeSet<String> = said.trainees.keys().cloned().collect();
            match these {
                None => trainees.extend(self.snapshot.trainees_in(partition as i16).await?),
                Some(these) => trainees
                    .extend(these.iter().filter(|t| partition_of(t, partitions) == partition).cloned()),
            }
            self.compare_trainees(&trainees, &said.trainees, &mut progress).await?;
            if *whom == Whom::All {
                self.compare_rejections(partition, &said.rejected).await?;
            }
        }
        if *whom == Whom::All {
            self.compare_strays().await?;
        }
        self.walk_register().await
    }

    async fn compare_trainees(
        &mut self,
        trainees: &BTreeSet<String>,
        said: &BTreeMap<String, said::OfTrainee>,
        progress: &mut impl FnMut(Step),
    ) -> Result<(), ProjectorError> {
        let none = said::OfTrainee::default();
        let all: Vec<String> = trainees.iter().cloned().collect();
        for some in all.chunks(TRAINEES_AT_ONCE) {
            let mut rows: BTreeMap<String, Vec<keshi_store::StoredEntry>> = BTreeMap::new();
            for row in self.snapshot.trail(some).await? {
                rows.entry(row.trainee.clone()).or_default().push(row);
            }
            let mut derived = self.snapshot.derived(some).await?;
            for trainee in some {
                let rows = rows.remove(trainee).unwrap_or_default();
                let derived = derived.remove(trainee).unwrap_or_default();
                let said = said.get(trainee).unwrap_or(&none);
                self.compare_trainee(trainee, rows, Some(said), &derived).await?;
                progress(Step::Trainee);
            }
        }
        Ok(())
    }

    /// Rows of trainees that have no standing.
    async fn compare_strays(&mut self) -> Result<(), ProjectorError> {
        for trainee in self.snapshot.strays().await? {
            let difference = Difference::new(
                Part::Record,
                "rows of a trainee of whom no event was ever accepted; they were put in / 凭空插入的行",
            );
            self.report.add(difference.of_trainee(&trainee));
        }
        Ok(())
    }

    /// What was found.
    pub fn report(self) -> Report {
        self.report
    }
}
