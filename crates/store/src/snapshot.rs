//! One moment of everything: what signed checkpoints state and what verification compares.

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::TryStreamExt;
use keshi_events::{Millis, StoredMessage};
use keshi_trail::{Chain, Hash, IdKey};
use sqlx::{Postgres, Transaction};

use crate::connect::Store;
use crate::error::StoreError;
use crate::projection::{chain, message};
use crate::text::unescape;

/// A repeatable-read transaction: whatever is read through it stood at the same moment.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) tx: Transaction<'static, Postgres>,
}

/// Where everything ends at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// When, by the database's clock.
    pub at: Millis,
    /// The stream that was projected: its creation.
    pub stream: String,
    /// The last sequence projected, by partition.
    pub positions: Vec<i64>,
    /// The chains of rejections, by partition.
    pub rejections: Vec<Chain>,
    /// The register's chain.
    pub register: Chain,
    /// The register number that every partition has folded.
    pub folded: i64,
    /// While a backlog is projected, standings are written after their events: the sequence after which some are.
    pub behind: Option<i64>,
}

/// A row of the trail.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    /// Whose.
    pub trainee: String,
    /// The message as the row holds it.
    pub message: StoredMessage,
    /// The receipt that the row says.
    pub received_at: i64,
    /// The entry that the row says.
    pub entry: Vec<u8>,
    /// The event's id as a number, as the row says it.
    pub id_key: IdKey,
    /// What the projector extracted; none of rows that were written before it did.
    pub extract: Option<Vec<u8>>,
}

/// A row of the rejected messages.
#[derive(Clone, Debug)]
pub struct StoredRejection {
    /// The message; its own timestamp is not kept, so `received_at` is the receipt that counts.
    pub message: StoredMessage,
    /// The platform that the row says.
    pub platform: Option<String>,
    /// The event's id that the row says.
    pub event_id: Option<String>,
    /// The verdict's code.
    pub code: String,
    /// The verdict's sentence.
    pub sentence: String,
    /// The member at fault.
    pub pointer: Option<String>,
    /// The entry that the row says.
    pub entry: Vec<u8>,
}

/// A row of the register.
#[derive(Clone, Debug)]
pub struct StoredDecision {
    /// Its number.
    pub number: i64,
    /// Which list.
    pub kind: String,
    /// Which row of it.
    pub key: String,
    /// What holds, as PostgreSQL writes it.
    pub body: Option<String>,
    /// Who.
    pub who: String,
    /// Why.
    pub why: String,
    /// When, µs since the epoch.
    pub recorded_at_us: i64,
    /// The entry that the row says.
    pub entry: Vec<u8>,
}

impl Store {
    /// A snapshot, taken when the first thing is read through it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("set transaction isolation level repeatable read").execute(&mut *tx).await?;
        Ok(Snapshot { tx })
    }
}

impl Snapshot {
    /// Where everything ends; none before anything was projected.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn ends(&mut self) -> Result<Option<Ends>, StoreError> {
        let now = sqlx::query_scalar!(r#"select (extract(epoch from now()) * 1000)::bigint as "now!""#)
            .fetch_one(&mut *self.tx)
            .await?;
        let rows = sqlx::query!(
            "select seq, stream_created_at, register_number, rejected, rejected_head, saved from checkpoint order by partition"
        )
        .fetch_all(&mut *self.tx)
        .await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let last = sqlx::query!("select number, entry from keshi.register order by number desc limit 1")
            .fetch_optional(&mut *self.tx)
            .await?;
        let register = match last {
            Some(last) => chain("register", last.number, &last.entry)?,
            None => Chain::of_register(),
        };
        let rejections: Result<Vec<Chain>, StoreError> =
            rows.iter().map(|row| chain("checkpoint", row.rejected, &row.rejected_head)).collect();
        Ok(Some(Ends {
            at: Millis(now),
            stream: first.stream_created_at.clone(),
            positions: rows.iter().map(|row| row.seq).collect(),
            rejections: rejections?,
            register,
            folded: rows.iter().map(|row| row.register_number).min().unwrap_or(0),
            behind: rows.iter().filter(|row| row.saved < row.seq).map(|row| row.saved).min(),
        }))
    }

    /// Every trainee, by partition and then in order of bytes: the end of the chain at the given positions (none for a trainee
    /// who came later), and its end now. Only trainees with newer events are looked up in the trail.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn each_leaf(
        &mut self,
        positions: &[i64],
        mut each: impl FnMut(&str, Option<Chain>, Chain),
    ) -> Result<(), StoreError> {
        let mut tails = self.tails().await?;
        let mut rows = sqlx::query!(
            r#"select t.trainee, t.partition, t.seq, t.entries, t.head, t.seq > p.position as "newer!",
                      case when t.seq > p.position then
                          (select count(*) from trail r where r.trainee = t.trainee and r.seq <= p.position) end as earlier,
                      case when t.seq > p.position then
                          (select r.entry from trail r where r.trainee = t.trainee and r.seq <= p.position order by r.seq desc limit 1) end as earlier_head
               from trainee t join unnest($1::bigint[]) with ordinality as p(position, number) on t.partition = p.number - 1
               order by t.partition, t.trainee collate "C""#,
            positions
        )
        .fetch(&mut *self.tx);
        while let Some(row) = rows.try_next().await? {
            let noted = chain("trainee", row.entries, &row.head)?;
            let tail = tails.remove(&row.trainee).unwrap_or_default();
            // The entries that the standing does not know yet, up to a sequence.
            let up_to = |limit: i64| {
                tail.iter()
                    .filter(|(seq, _)| row.seq < *seq && *seq <= limit)
                    .fold(noted, |chain, (_, head)| Chain { count: chain.count + 1, head: *head })
            };
            let position = positions.get(row.partition as usize).copied().unwrap_or(0);
            let then = match (row.newer, row.earlier, row.earlier_head) {
                (false, ..) => Some(up_to(position)),
                (true, Some(count), Some(head)) => Some(chain("trail", count, &head)?),
                _ => None,
            };
            each(&row.trainee, then, up_to(i64::MAX));
        }
        Ok(())
    }

    /// By trainee, in order: sequence and entry of what is in the trail and perhaps not in the standings yet.
    async fn tails(&mut self) -> Result<HashMap<String, Vec<(i64, Hash)>>, StoreError> {
        let behind = sqlx::query_scalar!("select min(saved) from checkpoint where saved < seq")
            .fetch_one(&mut *self.tx)
            .await?;
        let mut tails: HashMap<String, Vec<(i64, Hash)>> = HashMap::new();
        let Some(behind) = behind else { return Ok(tails) };
        let mut rows =
            sqlx::query!("select trainee, seq, entry from trail where seq > $1 order by seq", behind)
                .fetch(&mut *self.tx);
        while let Some(row) = rows.try_next().await? {
            let entry = Hash::from_slice(&row.entry).ok_or_else(|| StoreError::Damaged {
                what: "trail",
                why: format!("the entry of {} has not 32 bytes", row.seq),
            })?;
            tails.entry(row.trainee).or_default().push((row.seq, entry));
        }
        Ok(tails)
    }

    /// Rows of the trail, by trainee and sequence.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn trail(&mut self, trainees: &[String]) -> Result<Vec<StoredEntry>, StoreError> {
        let rows = sqlx::query!(
            r#"select trainee, seq, received_at, recorded_at, subject, headers, payload, entry, id_key, extract from trail
               where trainee = any($1) order by trainee collate "C", seq"#,
            trainees
        )
        .fetch_all(&mut *self.tx)
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

    /// The `count`-th entry of a trainee's chain, as the trail says it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entry_at(&mut self, trainee: &str, count: i64) -> Result<Option<Hash>, StoreError> {
        let entry = sqlx::query_scalar!(
            "select entry from trail where trainee = $1 order by seq offset $2 limit 1",
            trainee,
            count - 1
        )
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(entry.as_deref().and_then(Hash::from_slice))
    }

    /// The `count`-th entry of a partition's chain of rejections.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rejection_at(&mut self, partition: i16, count: i64) -> Result<Option<Hash>, StoreError> {
        let entry = sqlx::query_scalar!(
            "select entry from rejected where partition = $1 order by seq offset $2 limit 1",
            partition,
            count - 1
        )
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(entry.as_deref().and_then(Hash::from_slice))
    }

    /// An entry of the register.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decision_at(&mut self, number: i64) -> Result<Option<Hash>, StoreError> {
        let entry = sqlx::query_scalar!("select entry from keshi.register where number = $1", number)
            .fetch_optional(&mut *self.tx)
            .await?;
        Ok(entry.as_deref().and_then(Hash::from_slice))
    }

    /// Rejected messages of a partition, in order.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn rejected_of(&mut self, partition: i16) -> Result<Vec<StoredRejection>, StoreError> {
        let rows = sqlx::query!(
            "select seq, platform, event_id, code, sentence, pointer, received_at, subject, headers, payload, entry
             from rejected where partition = $1 order by seq",
            partition
        )
        .fetch_all(&mut *self.tx)
        .await?;
        rows.into_iter()
            .map(|row| {
                let headers = serde_json::from_str(&row.headers).map_err(|error| StoreError::Damaged {
                    what: "rejected",
                    why: format!("headers of {}: {error}", row.seq),
                })?;
                Ok(StoredRejection {
                    message: StoredMessage {
                        seq: row.seq as u64,
                        received_at: Millis(row.received_at),
                        subject: unescape(&row.subject),
                        headers,
                        payload: Bytes::from(row.payload),
                    },
                    platform: row.platform,
                    event_id: row.event_id.as_deref().map(unescape),
                    code: row.code,
                    sentence: row.sentence,
                    pointer: row.pointer.as_deref().map(unescape),
                    entry: row.entry,
                })
            })
            .collect()
    }

    /// Entries of the register after a number, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decisions(&mut self, after: i64, limit: i64) -> Result<Vec<StoredDecision>, StoreError> {
        Ok(sqlx::query_as!(
            StoredDecision,
            r#"select number, kind, key, body::text as body, who, why,
                      (extract(epoch from recorded_at) * 1000000)::bigint as "recorded_at_us!", entry
               from keshi.register where number > $1 order by number limit $2"#,
            after,
            limit
        )
        .fetch_all(&mut *self.tx)
        .await?)
    }

    /// Rows of the registry that are not what the register folds to: (kind, key).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unfolded(&mut self) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query!(
            r#"with folded as (select distinct on (kind, key) kind, key, number, body from keshi.register order by kind, key, number desc)
               select coalesce(f.kind, r.kind) as "kind!", coalesce(f.key, r.key) as "key!"
               from (select * from folded where body is not null) f
               full join keshi.registry r on r.kind = f.kind and r.key = f.key
               where r.number is distinct from f.number or r.body is distinct from f.body order by 1, 2"#
        )
        .fetch_all(&mut *self.tx)
        .await?;
        Ok(rows.into_iter().map(|row| (row.kind, row.key)).collect())
    }
}
