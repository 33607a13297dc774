//! Facts on their way out.

use crate::connect::Store;
use crate::error::StoreError;

/// A fact that is not known to be published.
#[derive(Clone, Debug)]
pub struct Unpublished {
    /// Its place in the outbox.
    pub number: i64,
    /// Its key: the Nats-Msg-Id.
    pub key: String,
    /// Where to publish.
    pub subject: String,
    /// What to publish.
    pub body: String,
}

impl Store {
    /// The oldest unpublished facts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unpublished(&self, limit: i64) -> Result<Vec<Unpublished>, StoreError> {
        Ok(sqlx::query_as!(
            Unpublished,
            "select number, key, subject, body from keshi.outbox where published_at is null order by number limit $1",
            limit
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// How many facts wait.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unpublished_count(&self) -> Result<i64, StoreError> {
        let count = sqlx::query_scalar!("select count(*) from keshi.outbox where published_at is null")
            .fetch_one(self.pool())
            .await?;
        Ok(count.unwrap_or(0))
    }

    /// Marks facts that the server acknowledged.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_published(&self, numbers: &[i64]) -> Result<(), StoreError> {
        sqlx::query!(
            "update keshi.outbox set published_at = now() where number = any($1) and published_at is null",
            numbers
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
