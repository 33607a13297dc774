//! The histories of many trainees in one reading: a query for each would cost more than judging what it brings.

use futures_util::TryStreamExt;
use keshi_events::StoredMessage;

use crate::connect::Store;
use crate::error::StoreError;
use crate::projection::message;

impl Store {
    /// All distinct accepted events of each of these trainees, in order of recording, one trainee after another; whoever has
    /// none is left out. One history is in memory at a time: a long one is better read by [`Store::history`].
    ///
    /// # Errors
    /// When the database or `each` fails, or a row cannot be read.
    pub async fn histories<E: From<StoreError>>(
        &self,
        trainees: &[String],
        mut each: impl FnMut(&str, Vec<StoredMessage>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rows = sqlx::query!(
            r#"select w.trainee as "trainee!", h.seqs as "seqs!", h.recorded_at as "recorded_at!", h.subjects as "subjects!",
                      h.headers as "headers!", h.payloads as "payloads!"
               from unnest($1::text[]) as w(trainee) cross join lateral (
                 select array_agg(e.seq) as seqs, array_agg(e.recorded_at) as recorded_at, array_agg(e.subject) as subjects,
                        array_agg(e.headers) as headers, array_agg(e.payload) as payloads
                 from (select seq, recorded_at, subject, headers, payload from trail where trainee = w.trainee order by seq) e) h
               where h.seqs is not null"#,
            trainees
        )
        .fetch(self.pool());
        while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
            let events = row.seqs.into_iter().zip(row.recorded_at).zip(row.subjects);
            let messages: Result<Vec<StoredMessage>, StoreError> = events
                .zip(row.headers)
                .zip(row.payloads)
                .map(|((((seq, at), subject), headers), payload)| {
                    message(seq, at, subject, &headers, payload)
                })
                .collect();
            let mut messages = messages?;
            messages.sort_by_key(|message| message.seq);
            each(&row.trainee, messages)?;
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
