//! What one transaction of the projector writes: all of it, or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use keshi_events::{StoredMessage, TraineeId};
use keshi_record::Completion;
use keshi_trail::{Chain, Hash, IdKey};
use sqlx::postgres::PgCopyIn;
use sqlx::{PgConnection, Postgres, Transaction};

use crate::connect::Store;
use crate::copy::CopyRows;
use crate::error::StoreError;
use crate::text::escape;

/// So many bytes of the trail's rows are sent at once, each in the place of those before: memory that is warm already.
const SENT_AT_ONCE: usize = 128 << 10;

/// A distinct accepted event: a message of the batch, and what the projector says of it.
#[derive(Clone, Debug)]
pub struct TrailRow {
    /// Its place among the batch's messages.
    pub at: usize,
    /// Who.
    pub trainee: TraineeId,
    /// The receipt that counts, ms.
    pub received_at: i64,
    /// The event's id as a number.
    pub id_key: IdKey,
    /// This entry of the trainee's chain.
    pub entry: Hash,
    /// Where its extract stands in [`Batch::extracts`].
    pub extract: Range<usize>,
}

/// An accepted event that repeats an id.
#[derive(Clone, Debug)]
pub struct RepeatRow {
    /// Stream sequence.
    pub seq: i64,
    /// Who.
    pub trainee: String,
    /// Which event it repeats.
    pub first_seq: i64,
    /// Whether it says something else.
    pub changed: bool,
}

/// An event that cannot be used.
#[derive(Clone, Debug)]
pub struct RejectedRow {
    /// Stream sequence.
    pub seq: i64,
    /// Its partition.
    pub partition: i16,
    /// The platform of its subject, where it has one.
    pub platform: Option<String>,
    /// The event's id, as far as it can be read.
    pub event_id: Option<String>,
    /// The stable code.
    pub code: String,
    /// What to mend.
    pub sentence: String,
    /// The member at fault.
    pub pointer: Option<String>,
    /// Receipt, ms.
    pub received_at: i64,
    /// As stored.
    pub subject: String,
    /// JSON: [[name, value], ...]
    pub headers: String,
    /// As received.
    pub payload: Bytes,
    /// This entry of the partition's chain of rejections.
    pub entry: Hash,
}

/// A trainee's standing after the batch.
#[derive(Clone, Debug)]
pub struct StandingRow {
    /// Who.
    pub trainee: String,
    /// Partition of all events of the trainee.
    pub partition: i16,
    /// The last event that it knows.
    pub seq: i64,
    /// The standing in its compact form.
    pub standing: Vec<u8>,
    /// The end of the trainee's chain.
    pub chain: Chain,
}

/// A line of a course's board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseRow {
    /// Floor of the exact sum.
    pub verified_seconds: i64,
    /// Content covered at all.
    pub unique_seconds: i64,
    /// Class hours of the verified seconds.
    pub class_hours: i64,
    /// Every video is covered.
    pub studied: bool,
    /// Every quiz is passed; none without one.
    pub assessed: Option<bool>,
}

/// A fact to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRow {
    /// Its key for ever: also the Nats-Msg-Id.
    pub key: String,
    /// Where to publish.
    pub subject: String,
    /// A CloudEvent, structured JSON.
    pub body: String,
}

impl From<keshi_events::PublishedFact> for FactRow {
    fn from(fact: keshi_events::PublishedFact) -> FactRow {
        FactRow { key: fact.key, subject: fact.subject, body: fact.body }
    }
}

/// A step of a partition's checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// Which partition.
    pub partition: i16,
    /// Where it was loaded at.
    pub from: i64,
    /// Where it goes.
    pub to: i64,
    /// SHA-256 of the message there; none before the first.
    pub message_hash: Option<Vec<u8>>,
    /// The taking of the partition that gives the right to move it.
    pub epoch: i64,
    /// The end of the partition's chain of rejections.
    pub rejections: Chain,
    /// With this batch all standings of the partition hold up to `to`.
    pub saved: bool,
}

/// All rows of one batch. Keys are (trainee, course) and (trainee, flag).
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The messages that it was made of.
    pub messages: Arc<Vec<StoredMessage>>,
    /// Distinct accepted events.
    pub trail: Vec<TrailRow>,
    /// The extracts of its events, one behind the other: what a look needs of them.
    pub extracts: Vec<u8>,
    /// How many of them were linked into the trainees' chains.
    pub linked: usize,
    /// Who was told of by a platform for the first time: (platform, trainee).
    pub platforms: BTreeSet<(String, String)>,
    /// Repeats.
    pub repeats: Vec<RepeatRow>,
    /// Rejections.
    pub rejected: Vec<RejectedRow>,
    /// Changed standings.
    pub standings: Vec<StandingRow>,
    /// Changed lines of boards.
    pub courses: BTreeMap<(String, String), CourseRow>,
    /// Completions that are new, changed or gone.
    pub completions: BTreeMap<(String, String), Option<Completion>>,
    /// Flags that are raised, with their levels, or no longer hold.
    pub flags: BTreeMap<(String, String), Option<&'static str>>,
    /// Facts.
    pub facts: Vec<FactRow>,
    /// Checkpoints.
    pub advances: Vec<Advance>,
    /// The register number that the batch has folded.
    pub register_number: i64,
}

impl Store {
    /// Writes a batch in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when a checkpoint is no longer where it was loaded; [`StoreError::RowCount`] when rows do
    /// not add up. Nothing is written then.
    pub async fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        self.make_months(batch).await?;
        let mut tx = self.begin().await?;
        batch.advance(&mut tx).await?;
        batch.copy_trail(&mut tx).await?;
        batch.insert_platforms(&mut tx).await?;
        batch.insert_repeats(&mut tx).await?;
        batch.insert_rejected(&mut tx).await?;
        batch.upsert_standings(&mut tx).await?;
        batch.upsert_courses(&mut tx).await?;
        batch.write_completions(&mut tx).await?;
        batch.write_flags(&mut tx).await?;
        insert_facts(&mut tx, &batch.facts).await?;
        tx.commit().await?;
        Ok(())
    }
}

type Tx = Transaction<'static, Postgres>;

fn expect_rows(what: &'static str, expected: usize, written: u64) -> Result<(), StoreError> {
    if written == expected as u64 { Ok(()) } else { Err(StoreError::RowCount { what, expected, written }) }
}

/// One column of many rows.
fn column<'r, R, T>(rows: &'r [R], of: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

impl Store {
    /// Makes the tables for the months in which the batch's events were received, before the transaction that fills them.
    async fn make_months(&self, batch: &Batch) -> Result<(), StoreError> {
        for row in &batch.trail {
            if self.months.knows(row.received_at) {
                continue;
            }
            let bounds = sqlx::query!(
                r#"select from_ms as "from_ms!", to_ms as "to_ms!" from keshi.trail_month($1)"#,
                row.received_at
            )
            .fetch_one(self.pool())
            .await?;
            self.months.note(bounds.from_ms..bounds.to_ms);
        }
        Ok(())
    }
}

impl Batch {
    async fn advance(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let moved = sqlx::query!(
            "update checkpoint c set seq = a.to_seq, message_hash = a.hash, register_number = $5, rejected = a.rejected, rejected_head = a.head,
                 saved = case when a.saved then a.to_seq else c.saved end
             from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bytea[], $6::bigint[], $7::bigint[], $8::bytea[], $9::boolean[])
                 as a(partition, from_seq, to_seq, hash, epoch, rejected, head, saved)
             where c.partition = a.partition and c.seq = a.from_seq and c.epoch = a.epoch",
            &column(&self.advances, |a| a.partition),
            &column(&self.advances, |a| a.from),
            &column(&self.advances, |a| a.to),
            &column(&self.advances, |a| a.message_hash.clone()) as &[Option<Vec<u8>>],
            self.register_number,
            &column(&self.advances, |a| a.epoch),
            &column(&self.advances, |a| a.rejections.count as i64),
            &column(&self.advances, |a| a.rejections.head.0.to_vec()),
            &column(&self.advances, |a| a.saved),
        )
        .execute(&mut **tx)
        .await?;
        if moved.rows_affected() == self.advances.len() as u64 { Ok(()) } else { Err(StoreError::Fenced) }
    }

    async fn copy_trail(&self, tx: &mut Tx) -> Result<(), StoreError> {
        // What was hashed into the chains, not what was to be inserted: an event that one of them forgot must not pass.
        if self.trail.is_empty() {
            return expect_rows("trail", self.linked, 0);
        }
        let mut copy = tx
            .copy_in_raw(
                "copy trail (trainee, seq, received_at, recorded_at, subject, payload, entry, id_key, extract, headers)
                 from stdin (format binary)",
            )
            .await?;
        if let Err(error) = self.send_trail(&mut copy).await {
            copy.abort("the rows cannot be sent").await?;
            return Err(error);
        }
        expect_rows("trail", self.linked, copy.finish().await?)
    }

    async fn send_trail(&self, copy: &mut PgCopyIn<&mut PgConnection>) -> Result<(), StoreError> {
        let mut rows = CopyRows::new(10, SENT_AT_ONCE);
        for row in self.by_trainee() {
            let Some(message) = self.messages.get(row.at) else { continue };
            let damaged = |why: String| StoreError::Damaged { what: "trail", why };
            let extract = self.extracts.get(row.extract.clone());
            let extract = extract.ok_or_else(|| damaged(format!("{} has no extract", message.seq)))?;
            rows.row()
                .value(row.trainee.as_str().as_bytes())
                .bigint(message.seq as i64)
                .bigint(row.received_at)
                .bigint(message.received_at.0)
                .value(message.subject.as_bytes())
                .value(&message.payload)
                .value(row.entry.as_slice())
                .bigint(row.id_key.0)
                .value(extract)
                .written(|bytes| serde_json::to_writer(bytes, &message.headers))
                .map_err(|error| damaged(error.to_string()))?;
            if rows.bytes().len() >= SENT_AT_ONCE {
                copy.send(rows.bytes()).await?;
                rows.clear();
            }
        }
        rows.end();
        copy.send(rows.bytes()).await?;
        Ok(())
    }

    /// The rows of the trail in the order of its key: neighbours go to the same pages of the index, one after another.
    fn by_trainee(&self) -> Vec<&TrailRow> {
        let mut rows: Vec<&TrailRow> = self.trail.iter().collect();
        rows.sort_unstable_by(|a, b| (a.trainee.as_str(), a.at).cmp(&(b.trainee.as_str(), b.at)));
        rows
    }

    async fn insert_platforms(&self, tx: &mut Tx) -> Result<(), StoreError> {
        if self.platforms.is_empty() {
            return Ok(());
        }
        let rows: Vec<&(String, String)> = self.platforms.iter().collect();
        sqlx::query!(
            "insert into trainee_platform (platform, trainee) select * from unnest($1::text[], $2::text[]) on conflict do nothing",
            &column(&rows, |row| row.0.as_str()) as &[&str],
            &column(&rows, |row| row.1.as_str()) as &[&str],
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    async fn insert_repeats(&self, tx: &mut Tx) -> Result<(), StoreError> {
        if self.repeats.is_empty() {
            return Ok(());
        }
        let done = sqlx::query!(
            "insert into repeat (seq, trainee, first_seq, changed)
             select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::boolean[])",
            &column(&self.repeats, |row| row.seq),
            &column(&self.repeats, |row| row.trainee.as_str()) as &[&str],
            &column(&self.repeats, |row| row.first_seq),
            &column(&self.repeats, |row| row.changed),
        )
        .execute(&mut **tx)
        .await?;
        expect_rows("repeat", self.repeats.len(), done.rows_affected())
    }

    async fn insert_rejected(&self, tx: &mut Tx) -> Result<(), StoreError> {
        if self.rejected.is_empty() {
            return Ok(());
        }
        let optional = |text: &Option<String>| text.as_deref().map(|text| escape(text).into_owned());
        let done = sqlx::query!(
            "insert into rejected (seq, partition, platform, event_id, code, sentence, pointer, received_at, subject, headers, payload, entry)
             select * from unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                                  $8::bigint[], $9::text[], $10::text[], $11::bytea[], $12::bytea[])",
            &column(&self.rejected, |row| row.seq),
            &column(&self.rejected, |row| row.partition),
            &column(&self.rejected, |row| row.platform.clone()) as &[Option<String>],
            &column(&self.rejected, |row| optional(&row.event_id)) as &[Option<String>],
            &column(&self.rejected, |row| row.code.as_str()) as &[&str],
            &column(&self.rejected, |row| row.sentence.as_str()) as &[&str],
            &column(&self.rejected, |row| optional(&row.pointer)) as &[Option<String>],
            &column(&self.rejected, |row| row.received_at),
            &column(&self.rejected, |row| escape(&row.subject).into_owned()),
            &column(&self.rejected, |row| row.headers.as_str()) as &[&str],
            &column(&self.rejected, |row| &*row.payload) as &[&[u8]],
            &column(&self.rejected, |row| row.entry.0.as_slice()) as &[&[u8]],
        )
        .execute(&mut **tx)
        .await?;
        expect_rows("rejected", self.rejected.len(), done.rows_affected())
    }

    async fn upsert_standings(&self, tx: &mut Tx) -> Result<(), StoreError> {
        if self.standings.is_empty() {
            return Ok(());
        }
        let done = sqlx::query!(
            "insert into trainee (trainee, partition, seq, standing, entries, head)
             select * from unnest($1::text[], $2::smallint[], $3::bigint[], $4::bytea[], $5::bigint[], $6::bytea[])
             on conflict (trainee) do update set seq = greatest(trainee.seq, excluded.seq), standing = excluded.standing,
                 entries = excluded.entries, head = excluded.head",
            &column(&self.standings, |row| row.trainee.as_str()) as &[&str],
            &column(&self.standings, |row| row.partition),
            &column(&self.standings, |row| row.seq),
            &column(&self.standings, |row| row.standing.as_slice()) as &[&[u8]],
            &column(&self.standings, |row| row.chain.count as i64),
            &column(&self.standings, |row| row.chain.head.0.as_slice()) as &[&[u8]],
        )
        .execute(&mut **tx)
        .await?;
        expect_rows("trainee", self.standings.len(), done.rows_affected())
    }

    async fn upsert_courses(&self, tx: &mut Tx) -> Result<(), StoreError> {
        if self.courses.is_empty() {
            return Ok(());
        }
        let rows: Vec<(&(String, String), &CourseRow)> = self.courses.iter().collect();
        let done = sqlx::query!(
            "insert into course_record (trainee, course, verified_seconds, unique_seconds, class_hours, studied, assessed)
             select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::boolean[], $7::boolean[])
             on conflict (trainee, course) do update set verified_seconds = excluded.verified_seconds,
                 unique_seconds = excluded.unique_seconds, class_hours = excluded.class_hours,
                 studied = excluded.studied, assessed = excluded.assessed",
            &column(&rows, |(key, _)| key.0.as_str()) as &[&str],
            &column(&rows, |(key, _)| escape(&key.1).into_owned()),
            &column(&rows, |(_, row)| row.verified_seconds),
            &column(&rows, |(_, row)| row.unique_seconds),
            &column(&rows, |(_, row)| row.class_hours),
            &column(&rows, |(_, row)| row.studied),
            &column(&rows, |(_, row)| row.assessed) as &[Option<bool>],
        )
        .execute(&mut **tx)
        .await?;
        expect_rows("course_record", rows.len(), done.rows_affected())
    }

    async fn write_completions(&self, tx: &mut Tx) -> Result<(), StoreError> {
        for ((trainee, course), completion) in &self.completions {
            match completion {
                Some(made) => {
                    let evidence: Vec<i64> = made.evidence.iter().map(|seq| *seq as i64).collect();
                    sqlx::query!(
                        "insert into completion (trainee, course, completed_at, studied_at, assessed_at, first_counted_at, evidence)
                         values ($1, $2, $3, $4, $5, $6, $7)
                         on conflict (trainee, course) do update set completed_at = excluded.completed_at,
                             studied_at = excluded.studied_at, assessed_at = excluded.assessed_at,
                             first_counted_at = excluded.first_counted_at, evidence = excluded.evidence",
                        trainee,
                        escape(course).into_owned(),
                        made.completed_at.0,
                        made.studied_at.0,
                        made.assessed_at.0,
                        made.first_counted_at.0,
                        &evidence,
                    )
                    .execute(&mut **tx)
                    .await?;
                }
                None => {
                    sqlx::query!(
                        "delete from completion where trainee = $1 and course = $2",
                        trainee,
                        escape(course).into_owned()
                    )
                    .execute(&mut **tx)
                    .await?;
                }
            }
        }
        Ok(())
    }

    async fn write_flags(&self, tx: &mut Tx) -> Result<(), StoreError> {
        if self.flags.is_empty() {
            return Ok(());
        }
        let rows: Vec<(&(String, String), &Option<&'static str>)> = self.flags.iter().collect();
        sqlx::query!(
            "with said as (select * from unnest($1::text[], $2::text[], $3::text[]) as s(trainee, flag, level)),
                  gone as (delete from flag f using said s where f.trainee = s.trainee and f.flag = s.flag and s.level is null)
             insert into flag (trainee, flag, level) select trainee, flag, level from said where level is not null
             on conflict do nothing",
            &column(&rows, |(key, _)| key.0.clone()),
            &column(&rows, |(key, _)| key.1.clone()),
            &column(&rows, |(_, level)| level.map(str::to_owned)) as &[Option<String>],
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

/// Writes facts; one that was written before stays as it is.
pub(crate) async fn insert_facts(tx: &mut Tx, facts: &[FactRow]) -> Result<(), StoreError> {
    if facts.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into outbox (key, subject, body) select * from unnest($1::text[], $2::text[], $3::text[])
         on conflict (key) do nothing",
        &column(facts, |fact| fact.key.clone()),
        &column(facts, |fact| fact.subject.clone()),
        &column(facts, |fact| fact.body.clone()),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
