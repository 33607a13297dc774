//! The histories of many trainees in one reading: a query for each would cost more than judging what it brings.

use futures_util::TryStreamExt;
use keshi_events::Millis;

use crate::connect::Store;
use crate::error::StoreError;

/// An event of the trail, as far as a look needs it.
#[derive(Clone, Copy, Debug)]
pub struct ExtractRow<'a> {
    /// Stream sequence.
    pub seq: u64,
    /// The receipt that counts.
    pub received_at: Millis,
    /// What the projector extracted.
    pub extract: &'a [u8],
}

impl Store {
    /// All distinct accepted events of each of these trainees, in order of recording, one trainee after another. Whoever has none
    /// is left out, and so is whoever has some that were written before there were extracts. One history is in memory at a time;
    /// a long one is better read by [`Store::extracts_of`].
    ///
    /// # Errors
    /// When the database or `each` fails, or a row cannot be read.
    pub async fn extracts<E: From<StoreError>>(
        &self,
        trainees: &[String],
        mut each: impl FnMut(&str, &[ExtractRow<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        // Few large values are read in a fraction of the time that many small ones take.
        let mut rows = sqlx::query!(
            r#"select w.trainee as "trainee!", h.seqs as "seqs!", h.received_at as "received_at!", h.lengths as "lengths!", h.extracts as "extracts!"
               from unnest($1::text[]) as w(trainee) cross join lateral (
                 select array_agg(e.seq) as seqs, array_agg(e.received_at) as received_at,
                        array_agg(octet_length(e.extract)) as lengths, string_agg(e.extract, ''::bytea) as extracts,
                        bool_and(e.extract is not null) as has_all
                 from (select seq, received_at, extract from trail where trainee = w.trainee order by seq) e) h
               where h.has_all"#,
            trainees
        )
        .fetch(self.pool());
        while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
            let mut left = row.extracts.as_slice();
            let mut events = Vec::with_capacity(row.seqs.len());
            for ((seq, received_at), length) in row.seqs.iter().zip(row.received_at).zip(row.lengths) {
                let length = usize::try_from(length).unwrap_or_default().min(left.len());
                let (extract, rest) = left.split_at(length);
                events.push(ExtractRow {
                    seq: seq.unsigned_abs(),
                    received_at: Millis(received_at),
                    extract,
                });
                left = rest;
            }
            events.sort_by_key(|event| event.seq);
            each(&row.trainee, &events)?;
        }
        Ok(())
    }

    /// The same of one trainee: sequences, receipts and extracts; none where some of its events were written before there were any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn extracts_of(
        &self,
        trainee: &str,
    ) -> Result<Option<Vec<(u64, Millis, Vec<u8>)>>, StoreError> {
        let rows = sqlx::query!(
            "select seq, received_at, extract from trail where trainee = $1 order by seq",
            trainee
        )
        .fetch_all(self.pool())
        .await?;
        let row =
            rows.into_iter().map(|row| Some((row.seq.unsigned_abs(), Millis(row.received_at), row.extract?)));
        Ok(row.collect())
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
