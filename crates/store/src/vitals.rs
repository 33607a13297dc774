//! How the service does, and what it refused: figures for people and for watchers.

use keshi_trail::Signed;

use crate::connect::Store;
use crate::error::StoreError;

/// Rejections of a platform by code.
#[derive(Clone, Debug)]
pub struct RejectionCount {
    /// Which platform; none when the subject names none.
    pub platform: Option<String>,
    /// The code.
    pub code: String,
    /// How many.
    pub count: i64,
    /// Receipt of the newest, ms.
    pub last_at: i64,
}

/// How the service does, from the database's side.
#[derive(Clone, Debug, Default)]
pub struct Vitals {
    /// Least sequence up to which every partition is projected.
    pub projected_to: i64,
    /// Greatest sequence that is projected.
    pub projected_most: i64,
    /// The register's number.
    pub register_number: i64,
    /// The register number that every partition has folded.
    pub folded_register: i64,
    /// Facts that wait to be published.
    pub facts_waiting: i64,
    /// Age of the oldest of them, s.
    pub oldest_fact_seconds: i64,
    /// Size of the database, bytes.
    pub database_bytes: i64,
    /// Distinct accepted events, by the planner's count.
    pub events_about: i64,
    /// Rejected events.
    pub rejected: i64,
    /// Trainees with a record.
    pub trainees: i64,
    /// Completed courses.
    pub completions: i64,
}

impl Store {
    /// Rejections by platform and code; of one platform or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rejection_counts(&self, platform: Option<&str>) -> Result<Vec<RejectionCount>, StoreError> {
        Ok(sqlx::query_as!(
            RejectionCount,
            r#"select platform, code, count(*) as "count!", max(received_at) as "last_at!" from rejected
               where $1::text is null or platform = $1 group by platform, code order by platform, code"#,
            platform
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// How the service does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn vitals(&self) -> Result<Vitals, StoreError> {
        Ok(sqlx::query_as!(
            Vitals,
            r#"select coalesce((select min(saved) from checkpoint), 0) as "projected_to!",
                      coalesce((select max(seq) from checkpoint), 0) as "projected_most!",
                      coalesce((select max(number) from keshi.register), 0) as "register_number!",
                      coalesce((select min(register_number) from checkpoint), 0) as "folded_register!",
                      (select count(*) from keshi.outbox where published_at is null) as "facts_waiting!",
                      coalesce((select extract(epoch from now() - min(created_at))::bigint
                                from keshi.outbox where published_at is null), 0) as "oldest_fact_seconds!",
                      pg_database_size(current_database()) as "database_bytes!",
                      greatest((select sum(n_live_tup)::bigint from pg_stat_user_tables where relname like 'trail%'), 0) as "events_about!",
                      (select count(*) from rejected) as "rejected!",
                      (select count(*) from trainee) as "trainees!",
                      (select count(*) from completion) as "completions!""#
        )
        .fetch_one(self.pool())
        .await?)
    }

    /// How many flags stand, by level.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn flag_counts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows =
            sqlx::query!(r#"select level, count(*) as "count!" from flag group by level order by level"#)
                .fetch_all(self.pool())
                .await?;
        Ok(rows.into_iter().map(|row| (row.level, row.count)).collect())
    }

    /// Up to which sequence each partition is projected: (partition, sequence).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn positions(&self) -> Result<Vec<(u16, i64)>, StoreError> {
        let rows = sqlx::query!("select partition, seq from checkpoint order by partition")
            .fetch_all(self.pool())
            .await?;
        Ok(rows.into_iter().map(|row| (row.partition.unsigned_abs(), row.seq)).collect())
    }

    /// The last signed checkpoint: its number, and itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_signed(&self) -> Result<Option<(i64, Signed)>, StoreError> {
        let row = sqlx::query!(
            "select number, statement, key, signature from keshi.signed_checkpoint order by number desc limit 1"
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| {
            (row.number, Signed { statement: row.statement, key: row.key, signature: row.signature })
        }))
    }
}
