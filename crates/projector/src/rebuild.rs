//! A new read model from the log, beside the live one: compared with it, then switched in one transaction.
//!
//! The live one is projected and read all the while. For the last messages, the comparison and the switch its checkpoints
//! are held, so that both models tell of the same moment: projecting waits, reading does not.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use keshi_events::{StoredMessage, TraineeId, partition_of_message};
use keshi_log::{Log, LogError, StreamIdentity};
use keshi_record::{Constants, TraineeRecord};
use keshi_store::{Compared, Held, Store};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::error::ProjectorError;
use crate::fold::Folder;
use crate::positions::{Positions, Saving};
use crate::registry;
use crate::run::{Messages, drain};
use crate::trainee::read_standing;

/// Connections of the new read model.
const CONNECTIONS: u32 = 4;
/// Tries to find both models with the same register folded; a live model that nobody projects never comes to it.
const TRIES: u32 = 10;
/// Tries to find the live model with all standings written, as it is unless a backlog is projected.
const PATIENCE: u32 = 200;
/// Differing records that are named.
const NAMED: usize = 20;

/// Builds the read model anew.
pub struct Rebuild {
    /// Where events come from.
    pub log: Log,
    /// The live read model's database.
    pub store: Store,
}

/// What a rebuild found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rebuilt {
    /// Messages that were projected.
    pub events: u64,
    /// How long building and comparing took.
    pub seconds: f64,
    /// Messages a second.
    pub events_per_second: f64,
    /// Tables, row by row.
    pub tables: Vec<Compared>,
    /// Study records that are not the same in both.
    pub records: Records,
    /// Whether the new one is the live one now.
    pub switched: bool,
}

/// Study records of two models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Records {
    /// Trainees of the live one.
    pub before: u64,
    /// Trainees of the new one.
    pub after: u64,
    /// Trainees whose records differ.
    pub differing: u64,
    /// Some of them.
    pub some: Vec<String>,
}

impl Rebuilt {
    /// Whether both models say the same.
    pub fn is_same(&self) -> bool {
        self.records.differing == 0 && self.tables.iter().all(|table| table.differing == 0)
    }
}

impl Rebuild {
    /// Builds, compares and, unless `check` alone is asked, switches. None when it was told to stop: nothing has changed then.
    ///
    /// # Errors
    /// When another rebuild runs, or log or database fail: the live model stays as it is.
    pub async fn run(
        &self,
        check: bool,
        stop: &CancellationToken,
        mut progress: impl FnMut(u64),
    ) -> Result<Option<Rebuilt>, ProjectorError> {
        let begun = Instant::now();
        let mut rebuild = self.store.rebuild(CONNECTIONS).await?;
        let mut build = Build::begin(&self.log, &self.store, rebuild.next.clone()).await?;
        let mut tries = 0;
        let held = loop {
            if !build.follow(&self.store, stop, &mut progress).await? {
                rebuild.give_up().await?;
                return Ok(None);
            }
            let held = rebuild.hold().await?;
            let folded = build.positions.register_number();
            let is_folded = held.checkpoints.iter().all(|(_, _, register)| *register == folded);
            if held.is_saved && (is_folded || tries >= TRIES) {
                break held;
            }
            rebuild.let_go().await?;
            tries += 1;
            if tries > PATIENCE {
                rebuild.give_up().await?;
                return Err(ProjectorError::Behind);
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        };
        build.reach(&held).await?;
        let tables = rebuild.compare().await?;
        let records = compare_records(&self.store, &build).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let events = build.at;
        drop(build);
        if check {
            rebuild.give_up().await?;
        } else {
            rebuild.switch().await?;
        }
        let events_per_second = events as f64 / seconds.max(0.001);
        Ok(Some(Rebuilt { events, seconds, events_per_second, tables, records, switched: !check }))
    }
}

/// The new model while it grows.
struct Build {
    next: Store,
    folder: Folder,
    positions: Positions,
    messages: Messages,
    partitions: u16,
    /// The last sequence that was read.
    at: u64,
}

impl Build {
    async fn begin(log: &Log, store: &Store, next: Store) -> Result<Build, ProjectorError> {
        let identity: StreamIdentity = log.identity().await?;
        let all: Vec<i16> = (0..identity.partitions as i16).collect();
        let mut positions = Positions::take_over(&next, &identity, &all).await?;
        positions.check(log, &identity).await?;
        let (number, catalogue) = registry::load(store).await?;
        let mut folder = Folder::new(next.clone(), identity.partitions, catalogue);
        positions.revise(&next, &mut folder, number).await?;
        let messages: Messages = Box::pin(log.read(1, None).await?);
        Ok(Build { next, folder, positions, messages, partitions: identity.partitions, at: 0 })
    }

    /// Projects up to where the live model is in all its partitions. Says whether it may go on.
    async fn follow(
        &mut self,
        live: &Store,
        stop: &CancellationToken,
        progress: &mut impl FnMut(u64),
    ) -> Result<bool, ProjectorError> {
        loop {
            let least = u64::try_from(live.projected_to().await?).unwrap_or(0);
            if self.at >= least {
                self.positions.follow_register(&self.next, &mut self.folder).await?;
                return Ok(!stop.is_cancelled());
            }
            while self.at < least {
                if stop.is_cancelled() {
                    return Ok(false);
                }
                let batch = self.read(least).await?;
                self.positions.project(&mut self.folder, batch, Saving::Late).await?;
                progress(self.at);
            }
        }
    }

    /// Projects what each partition of the held model has beyond that.
    async fn reach(&mut self, held: &Held) -> Result<(), ProjectorError> {
        let limits: HashMap<i16, i64> = held.checkpoints.iter().map(|(p, seq, _)| (*p, *seq)).collect();
        let end = limits.values().max().and_then(|seq| u64::try_from(*seq).ok()).unwrap_or(0);
        while self.at < end {
            let mut batch = self.read(end).await?;
            batch.retain(|message| {
                let partition = partition_of_message(message, self.partitions) as i16;
                limits.get(&partition).is_some_and(|limit| message.seq as i64 <= *limit)
            });
            self.positions.project(&mut self.folder, batch, Saving::Late).await?;
        }
        self.positions.save_all(&mut self.folder).await
    }

    /// The next messages, none beyond `end`.
    async fn read(&mut self, end: u64) -> Result<Vec<StoredMessage>, ProjectorError> {
        let first = self.messages.next().await.ok_or(LogError::Ended)??;
        let batch = drain(first, &mut self.messages, end)?;
        self.at = batch.last().map_or(self.at, |message| message.seq);
        Ok(batch)
    }
}

/// Holds the records of both models against each other: standings may differ in their bytes and say the same.
async fn compare_records(live: &Store, build: &Build) -> Result<Records, ProjectorError> {
    let constants = Constants::default();
    let digest = |trainee: &str, standing: &[u8]| -> Result<[u8; 32], ProjectorError> {
        let standing = read_standing(standing)?;
        let id = TraineeId::from(trainee);
        let record = TraineeRecord::of(&id, standing.summary(), &constants, build.folder.catalogue());
        let text =
            serde_json::to_vec(&record).map_err(|error| ProjectorError::Registry(error.to_string()))?;
        Ok(Sha256::digest(&text).into())
    };
    let mut before: HashMap<String, [u8; 32]> = HashMap::new();
    live.each_standing::<ProjectorError>(|trainee, standing| {
        let digest = digest(&trainee, &standing)?;
        before.insert(trainee, digest);
        Ok(())
    })
    .await?;
    let mut records = Records { before: before.len() as u64, ..Records::default() };
    let differ = |trainee: String, records: &mut Records| {
        records.differing += 1;
        if records.some.len() < NAMED {
            records.some.push(trainee);
        }
    };
    build
        .next
        .each_standing::<ProjectorError>(|trainee, standing| {
            records.after += 1;
            if before.remove(&trainee) != Some(digest(&trainee, &standing)?) {
                differ(trainee, &mut records);
            }
            Ok(())
        })
        .await?;
    for (trainee, _) in before {
        differ(trainee, &mut records);
    }
    Ok(records)
}
