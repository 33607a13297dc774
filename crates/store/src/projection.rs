//! What the projector reads: checkpoints, known ids, standings and histories.

use std::collections::HashMap;

use bytes::Bytes;
use keshi_events::{Millis, StoredMessage};
use keshi_record::Completion;
use keshi_trail::{Chain, Hash, IdKey};

use crate::connect::{READ_MODEL, Store};
use crate::error::StoreError;
use crate::snapshot::StoredEntry;
use crate::text::{escape, unescape};

/// How far a partition is projected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which partition.
    pub partition: i16,
    /// The last sequence that is projected; 0 before the first.
    pub seq: i64,
    /// SHA-256 of the message there.
    pub message_hash: Option<Vec<u8>>,
    /// The stream's creation, as the server says it.
    pub stream_created_at: String,
    /// The register number that is folded.
    pub register_number: i64,
    /// How often the partition was taken.
    pub epoch: i64,
    /// The end of the partition's chain of rejections.
    pub rejections: Chain,
    /// Up to here all standings hold; those behind it that came later are caught up from the trail.
    pub saved: i64,
}

/// What is known of a trainee before a batch.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The standing in its compact form, the last event that it knows, and the end of the chain then; none for a trainee who
    /// is new.
    pub standing: Option<(Vec<u8>, i64, Chain)>,
    /// Completions by course.
    pub completions: HashMap<String, Completion>,
}

impl Store {
    /// Takes partitions over: their checkpoints, made when they are not there yet, in a new epoch each. Whoever took them
    /// before can move them no more. The locks of [`crate::Ownership`] say who may call this.
    ///
    /// # Errors
    /// [`StoreError::Partitions`] when the database was made for another number of partitions.
    pub async fn take_over(
        &self,
        partitions: i16,
        stream_created_at: &str,
        owned: &[i16],
    ) -> Result<Vec<Checkpoint>, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into keshi.deployment (partitions, read_model) values ($1, $2) on conflict do nothing",
            partitions,
            READ_MODEL
        )
        .execute(&mut *tx)
        .await?;
        let deployed =
            sqlx::query!("select partitions, read_model from keshi.deployment").fetch_one(&mut *tx).await?;
        if deployed.partitions != partitions {
            return Err(StoreError::Partitions { stored: deployed.partitions, asked: partitions });
        }
        if self.is_live() && deployed.read_model != READ_MODEL {
            return Err(StoreError::OtherReadModel { stored: deployed.read_model, ours: READ_MODEL });
        }
        let all: Vec<i16> = (0..partitions).collect();
        let begun: Vec<Vec<u8>> =
            all.iter().map(|partition| Chain::of_rejections(*partition as u16).head.0.to_vec()).collect();
        sqlx::query!(
            "insert into checkpoint (partition, seq, stream_created_at, register_number, rejected, rejected_head, saved)
             select p.partition, 0, $3, 0, 0, p.head, 0 from unnest($1::smallint[], $2::bytea[]) as p(partition, head)
             on conflict do nothing",
            &all,
            &begun,
            stream_created_at,
        )
        .execute(&mut *tx)
        .await?;
        let mut rows = sqlx::query!(
            "update checkpoint set epoch = epoch + 1 where partition = any($1)
             returning partition, seq, message_hash, stream_created_at, register_number, epoch, rejected, rejected_head, saved",
            owned
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        rows.sort_unstable_by_key(|row| row.partition);
        rows.into_iter()
            .map(|row| {
                Ok(Checkpoint {
                    partition: row.partition,
                    seq: row.seq,
                    message_hash: row.message_hash,
                    stream_created_at: row.stream_created_at,
                    register_number: row.register_number,
                    epoch: row.epoch,
                    rejections: chain("checkpoint", row.rejected, &row.rejected_head)?,
                    saved: row.saved,
                })
            })
            .collect()
    }

    /// The least sequence up to which all partitions are projected, standings and boards too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn projected_to(&self) -> Result<i64, StoreError> {
        let least = sqlx::query_scalar!("select min(saved) from checkpoint").fetch_one(self.pool()).await?;
        Ok(least.unwrap_or(0))
    }

    /// The number of partitions that the database was made for; none before a projector has ever run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known_partitions(&self) -> Result<Option<i16>, StoreError> {
        Ok(sqlx::query_scalar!("select partitions from keshi.deployment").fetch_optional(self.pool()).await?)
    }

    /// The number of partitions that the database was made for.
    ///
    /// # Errors
    /// When the database fails, or nothing was ever projected.
    pub async fn partitions(&self) -> Result<i16, StoreError> {
        Ok(sqlx::query_scalar!("select partitions from keshi.deployment").fetch_one(self.pool()).await?)
    }

    /// The register number that every partition has folded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn folded_register(&self) -> Result<i64, StoreError> {
        let least =
            sqlx::query_scalar!("select min(register_number) from checkpoint").fetch_one(self.pool()).await?;
        Ok(least.unwrap_or(0))
    }

    /// The ids of trainees as numbers, each with its event's sequence.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn id_keys(&self, trainees: &[String]) -> Result<Vec<(String, IdKey, i64)>, StoreError> {
        let rows = sqlx::query!("select trainee, id_key, seq from trail where trainee = any($1)", trainees)
            .fetch_all(self.pool())
            .await?;
        Ok(rows.into_iter().map(|row| (row.trainee, IdKey(row.id_key), row.seq)).collect())
    }

    /// Standings and completions of trainees.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known(&self, trainees: &[String]) -> Result<HashMap<String, Known>, StoreError> {
        let mut known: HashMap<String, Known> = HashMap::with_capacity(trainees.len());
        let standings = sqlx::query!(
            "select trainee, seq, standing, entries, head from trainee where trainee = any($1)",
            trainees
        )
        .fetch_all(self.pool())
        .await?;
        for row in standings {
            let chain = chain("trainee", row.entries, &row.head)?;
            known.entry(row.trainee).or_default().standing = Some((row.standing, row.seq, chain));
        }
        if known.is_empty() {
            return Ok(known);
        }
        let completions = sqlx::query!(
            "select trainee, course, completed_at, studied_at, assessed_at, first_counted_at, evidence from completion where trainee = any($1)",
            trainees
        )
        .fetch_all(self.pool())
        .await?;
        for row in completions {
            let completion = Completion {
                completed_at: Millis(row.completed_at),
                studied_at: Millis(row.studied_at),
                assessed_at: Millis(row.assessed_at),
                first_counted_at: Millis(row.first_counted_at),
                evidence: row.evidence.into_iter().map(|seq| seq as u64).collect(),
            };
            known.entry(row.trainee).or_default().completions.insert(unescape(&row.course), completion);
        }
        Ok(known)
    }

    /// All distinct accepted events of a trainee in order of recording.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn history(&self, trainee: &str) -> Result<Vec<StoredMessage>, StoreError> {
        let rows = sqlx::query!(
            "select seq, recorded_at, subject, headers, payload from trail where trainee = $1 order by seq",
            trainee
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|row| message(row.seq, row.recorded_at, row.subject, &row.headers, row.payload))
            .collect()
    }

    /// Whoever has events after a sequence, or an id that came again then with other content.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trainees_since(&self, seq: i64) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select trainee as "trainee!" from trail where seq > $1
               union select trainee from repeat where seq > $1 and changed order by 1"#,
            seq
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// The events of trainees after a sequence, in order of recording, each with its entry.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn trail_since(&self, trainees: &[String], seq: i64) -> Result<Vec<StoredEntry>, StoreError> {
        let rows = sqlx::query!(
            "select trainee, seq, received_at, recorded_at, subject, headers, payload, entry, id_key, extract from trail
             where trainee = any($1) and seq > $2 order by seq",
            trainees,
            seq
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(StoredEntry {
                    trainee: row.trainee,
                    message: message(row.seq, row.recorded_at, row.subject, &row.headers, row.payload)?,
                    received_at: row.received_at,
                    entry: row.entry,
                    id_key: IdKey(row.id_key),
                    extract: row.extract,
                })
            })
            .collect()
    }

    /// Which of these trainees had an id that came again with other content after a sequence.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changed_since(&self, trainees: &[String], seq: i64) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select distinct trainee from repeat where seq > $2 and changed and trainee = any($1)",
            trainees,
            seq
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Events of the trail by (trainee, seq).
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn trail_messages(
        &self,
        keys: &[(String, i64)],
    ) -> Result<HashMap<i64, StoredMessage>, StoreError> {
        let trainees: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        let seqs: Vec<i64> = keys.iter().map(|key| key.1).collect();
        let rows = sqlx::query!(
            "select t.seq, t.recorded_at, t.subject, t.headers, t.payload
             from unnest($1::text[], $2::bigint[]) as k(trainee, seq) join trail t on t.trainee = k.trainee and t.seq = k.seq",
            &trainees,
            &seqs
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok((row.seq, message(row.seq, row.recorded_at, row.subject, &row.headers, row.payload)?))
            })
            .collect()
    }

    /// Trainees that have a record of one of these courses, or of any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trainees_of(&self, courses: Option<&[String]>) -> Result<Vec<String>, StoreError> {
        let courses: Option<Vec<String>> =
            courses.map(|courses| courses.iter().map(|course| escape(course).into_owned()).collect());
        Ok(sqlx::query_scalar!(
            "select distinct trainee from course_record where $1::text[] is null or course = any($1)",
            courses.as_deref()
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Trainees with an event from one of these platforms.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trainees_on(&self, platforms: &[String]) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select distinct trainee from trainee_platform where platform = any($1)",
            platforms
        )
        .fetch_all(self.pool())
        .await?)
    }
}

/// A chain's end as its columns hold it.
pub(crate) fn chain(what: &'static str, count: i64, head: &[u8]) -> Result<Chain, StoreError> {
    let head = Hash::from_slice(head).ok_or_else(|| StoreError::Damaged {
        what,
        why: "the head of a chain has not 32 bytes".to_owned(),
    })?;
    Ok(Chain { count: count as u64, head })
}

pub(crate) fn message(
    seq: i64,
    recorded_at: i64,
    subject: String,
    headers: &str,
    payload: Vec<u8>,
) -> Result<StoredMessage, StoreError> {
    let headers = serde_json::from_str(headers)
        .map_err(|error| StoreError::Damaged { what: "trail", why: format!("headers of {seq}: {error}") })?;
    Ok(StoredMessage {
        seq: seq as u64,
        received_at: Millis(recorded_at),
        subject,
        headers,
        payload: Bytes::from(payload),
    })
}
