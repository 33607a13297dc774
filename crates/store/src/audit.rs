//! The audit log: who looked at whom, and who decided what over accounts and people. Only ever added to.

use sqlx::PgConnection;
use sqlx::types::chrono::{DateTime, Utc};

use crate::connect::Store;
use crate::error::StoreError;

/// A line to write.
#[derive(Clone, Copy, Debug, Default)]
pub struct Audited<'a> {
    /// The account's name, or `operator` for whoever works on the machine itself.
    pub who: &'a str,
    /// Its role's word.
    pub role: Option<&'a str>,
    /// A stable word, such as `record.view`.
    pub action: &'a str,
    /// Whom or what it was about.
    pub subject: Option<&'a str>,
    /// The reason that was given.
    pub why: Option<&'a str>,
    /// The network address it came from.
    pub address: Option<&'a str>,
}

/// A line as it is read.
#[derive(Clone, Debug, serde::Serialize)]
pub struct AuditRow {
    /// Its place in the log.
    pub number: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub who: String,
    /// In which role.
    pub role: Option<String>,
    /// What.
    pub action: String,
    /// Whom or what it was about.
    pub subject: Option<String>,
    /// Why.
    pub why: Option<String>,
    /// From where.
    pub address: Option<String>,
}

impl Store {
    /// Writes a line.
    ///
    /// # Errors
    /// When the database fails; then what was to be audited must not happen either.
    pub async fn audit(&self, line: Audited<'_>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        write(&mut tx, line).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Lines before a number (none: from the newest), newest first; of one subject, or of one account, or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audited(
        &self,
        before: Option<i64>,
        who: Option<&str>,
        subject: Option<&str>,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        Ok(sqlx::query_as!(
            AuditRow,
            "select number, at, who, role, action, subject, why, address from keshi.audit
             where ($1::bigint is null or number < $1) and ($2::text is null or who = $2) and ($3::text is null or subject = $3)
             order by number desc limit $4",
            before,
            who,
            subject,
            limit
        )
        .fetch_all(self.pool())
        .await?)
    }
}

/// Writes a line in a transaction that does what the line says.
pub(crate) async fn write(tx: &mut PgConnection, line: Audited<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into keshi.audit (who, role, action, subject, why, address) values ($1, $2, $3, $4, $5, $6)",
        line.who,
        line.role,
        line.action,
        line.subject,
        line.why,
        line.address
    )
    .execute(tx)
    .await?;
    Ok(())
}
