//! Verification without end: every little while one trainee, drawn by chance.

use std::collections::BTreeMap;
use std::time::Duration;

use keshi_log::Log;
use keshi_store::Store;
use tokio_util::sync::CancellationToken;

use super::Audit;
use crate::error::ProjectorError;

/// Trainees of one turn.
const AT_ONCE: i64 = 1;

/// Verifies a small sample again and again, as long as the service runs.
pub struct Sampler {
    /// The log.
    pub log: Log,
    /// The database.
    pub store: Store,
    /// How long it rests between two turns.
    pub every: Duration,
}

impl Sampler {
    /// Runs until `stop`. What differs is logged and counted; an error is logged, and the next turn tries again.
    pub async fn run(&self, stop: &CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.every) => {}
            }
            if let Err(error) = Box::pin(self.turn()).await {
                tracing::warn!(%error, "a sample could not be verified");
            }
        }
    }

    /// One turn: whoever is drawn is walked and judged anew, rows are looked up in the log one by one.
    async fn turn(&self) -> Result<(), ProjectorError> {
        let begun = Audit::begin(self.log.clone(), &self.store, Duration::ZERO).await;
        let mut audit = match begun {
            Ok(Some(audit)) => audit,
            // Its turn comes when the projector has caught up.
            Ok(None) | Err(ProjectorError::RegisterNotFolded { .. } | ProjectorError::Behind) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let drawn: Vec<String> = audit.draw(AT_ONCE).await?.into_iter().collect();
        let mut derived = audit.snapshot.derived(&drawn).await?;
        let mut rows: BTreeMap<String, Vec<keshi_store::StoredEntry>> = BTreeMap::new();
        for row in audit.snapshot.trail(&drawn).await? {
            rows.entry(row.trainee.clone()).or_default().push(row);
        }
        for trainee in &drawn {
            let derived = derived.remove(trainee).unwrap_or_default();
            let rows = rows.remove(trainee).unwrap_or_default();
            audit.compare_trainee(trainee, rows, None, &derived).await?;
        }
        let report = audit.report();
        for difference in &report.differences {
            tracing::error!(%difference, "the sample differs: run `keshi verify --all`");
        }
        // The first of a turn: in the trail, where there is one there, and what follows from it comes behind it.
        let last = report.differences.first().map(ToString::to_string);
        let (trainees, entries) = (report.trainees as i64, report.entries as i64);
        self.store.note_verified(trainees, entries, report.found as i64, last.as_deref()).await?;
        Ok(())
    }
}
