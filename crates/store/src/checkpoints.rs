//! Signed checkpoints, and the counters of continuous verification.

use keshi_trail::Signed;

use crate::batch::{FactRow, insert_facts};
use crate::connect::Store;
use crate::error::StoreError;
use crate::snapshot::Snapshot;

/// One signer at a time.
const SIGNER_LOCK: i64 = 0x6b65_7368_6903;

/// What continuous verification has seen, since the database was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verification {
    /// Trainees that were verified, each as often as it was.
    pub trainees: i64,
    /// Entries of their chains.
    pub entries: i64,
    /// Differences that were found.
    pub differences: i64,
    /// When the last was verified, ms since the epoch.
    pub verified_at_ms: Option<i64>,
    /// The last difference, in words.
    pub last_difference: Option<String>,
}

impl Snapshot {
    /// Whether nobody else is signing; nobody else will until this snapshot ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn try_sign(&mut self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "got!""#, SIGNER_LOCK)
            .fetch_one(&mut *self.tx)
            .await?)
    }

    /// A signed checkpoint; without a number the last one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn signed(&mut self, number: Option<i64>) -> Result<Option<Signed>, StoreError> {
        Ok(sqlx::query_as!(
            Signed,
            "select statement, key, signature from keshi.signed_checkpoint
             where $1::bigint is null or number = $1 order by number desc limit 1",
            number
        )
        .fetch_optional(&mut *self.tx)
        .await?)
    }

    /// Signed checkpoints after a number, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn signed_after(&mut self, number: i64, limit: i64) -> Result<Vec<(i64, Signed)>, StoreError> {
        let rows = sqlx::query!(
            "select number, statement, key, signature from keshi.signed_checkpoint where number > $1 order by number limit $2",
            number,
            limit
        )
        .fetch_all(&mut *self.tx)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let signed = Signed { statement: row.statement, key: row.key, signature: row.signature };
                (row.number, signed)
            })
            .collect())
    }

    /// Stores a checkpoint with the fact that publishes it, and ends the snapshot.
    ///
    /// # Errors
    /// When the database fails; nothing is stored then.
    pub async fn store_signed(
        mut self,
        number: i64,
        signed: &Signed,
        fact: FactRow,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into keshi.signed_checkpoint (number, statement, key, signature) values ($1, $2, $3, $4)",
            number,
            signed.statement,
            signed.key,
            signed.signature
        )
        .execute(&mut *self.tx)
        .await?;
        insert_facts(&mut self.tx, &[fact]).await?;
        self.tx.commit().await?;
        Ok(())
    }
}

impl Store {
    /// What continuous verification has seen.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verification(&self) -> Result<Verification, StoreError> {
        Ok(sqlx::query_as!(
            Verification,
            "select trainees, entries, differences, (extract(epoch from verified_at) * 1000)::bigint as verified_at_ms, last_difference
             from keshi.verification"
        )
        .fetch_one(self.pool())
        .await?)
    }

    /// Counts what was verified.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_verified(
        &self,
        trainees: i64,
        entries: i64,
        differences: i64,
        last_difference: Option<&str>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "update keshi.verification set trainees = trainees + $1, entries = entries + $2, differences = differences + $3,
                 verified_at = now(), last_difference = coalesce($4, last_difference),
                 last_difference_at = case when $4::text is null then last_difference_at else now() end",
            trainees,
            entries,
            differences,
            last_difference
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
