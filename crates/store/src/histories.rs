//! The histories of many trainees in one reading: a query for each would cost more than judging what it brings.

use futures_util::TryStreamExt;
use keshi_events::StoredMessage;

use crate::connect::Store;
use crate::error::StoreError;
use crate::projection::message;

impl Store {
    /// All distinct accepted events of each of these trainees, in order of recording, one trainee after another; whoever has
    /// none is left out. One history is in memory at a time.
    ///
    /// # Errors
    /// When the database or `each` fails, or a row cannot be read.
    pub async fn histories<E: From<StoreError>>(
        &self,
        trainees: &[String],
        mut each: impl FnMut(&str, Vec<StoredMessage>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rows = sqlx::query!(
            "select trainee, seq, recorded_at, subject, headers, payload from trail where trainee = any($1) order by trainee, seq",
            trainees
        )
        .fetch(self.pool());
        let (mut whose, mut messages) = (String::new(), Vec::new());
        while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
            if row.trainee != whose {
                if !messages.is_empty() {
                    each(&whose, std::mem::take(&mut messages))?;
                }
                whose = row.trainee;
            }
            messages.push(message(row.seq, row.recorded_at, row.subject, &row.headers, row.payload)?);
        }
        if !messages.is_empty() {
            each(&whose, messages)?;
        }
        Ok(())
    }

    /// Events of these trainees that came again with other content: whose, their sequence, and that of the event that stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changed_repeats(&self, trainees: &[String]) -> Result<Vec<(String, i64, i64)>, StoreError> {
        let rows = sqlx::query!(
            "select trainee, seq, first_seq from repeat where trainee = any($1) and changed order by trainee, seq",
            trainees
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| (row.trainee, row.seq, row.first_seq)).collect())
    }
}
