//! What examining each trainee gave, and who has to be examined again.

use sqlx::types::Uuid;
use sqlx::{Postgres, Transaction};

use crate::connect::Store;
use crate::error::StoreError;

/// The end of a trainee's chain: all that is known of the trainee, in 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadRow {
    /// Who.
    pub trainee: String,
    /// SHA-256 of the chain's last entry.
    pub head: Vec<u8>,
    /// How many entries it has.
    pub entries: i64,
}

/// What examining one trainee gave.
#[derive(Clone, Debug)]
pub struct ExaminedRow {
    /// Up to where.
    pub head: HeadRow,
    /// The result, encoded.
    pub found: Vec<u8>,
    /// Whether a look has laid it side by side with the others'.
    pub is_settled: bool,
}

impl Store {
    /// Whom to examine, after one trainee, in order: everybody whose trail grew, or with `sparing` only those for whom it grew by
    /// a quarter or who were not examined for twenty hours; and everybody who was examined under another law.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to_examine(
        &self,
        law: &[u8],
        sparing: bool,
        after: &str,
        limit: i64,
    ) -> Result<Vec<HeadRow>, StoreError> {
        Ok(sqlx::query_as!(
            HeadRow,
            r#"select t.trainee, t.head, t.entries
               from trainee t left join keshi.examined e on e.trainee = t.trainee
               where t.trainee collate "C" > $1
                 and (e.trainee is null or e.law <> $2
                   or e.head <> t.head and (not $3 or t.entries * 4 >= e.entries * 5 or e.at < now() - interval '20 hours'))
               order by t.trainee collate "C" limit $4"#,
            after,
            law,
            sparing,
            limit
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Keeps what examinations gave.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_examined(&self, law: &[u8], rows: &[(HeadRow, Vec<u8>)]) -> Result<(), StoreError> {
        let trainees: Vec<String> = rows.iter().map(|(row, _)| row.trainee.clone()).collect();
        let heads: Vec<Vec<u8>> = rows.iter().map(|(row, _)| row.head.clone()).collect();
        let entries: Vec<i64> = rows.iter().map(|(row, _)| row.entries).collect();
        let found: Vec<Vec<u8>> = rows.iter().map(|(_, found)| found.clone()).collect();
        sqlx::query!(
            "insert into keshi.examined (trainee, head, entries, law, found)
             select r.trainee, r.head, r.entries, $5, r.found
             from unnest($1::text[], $2::bytea[], $3::bigint[], $4::bytea[]) as r(trainee, head, entries, found)
             on conflict (trainee) do update set head = excluded.head, entries = excluded.entries, law = excluded.law,
               found = excluded.found, is_settled = false, at = now()",
            &trainees,
            &heads,
            &entries,
            &found,
            law
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// What examinations under a law gave, after one trainee, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn examined(
        &self,
        law: &[u8],
        after: &str,
        limit: i64,
    ) -> Result<Vec<ExaminedRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select e.trainee, e.head, e.entries, e.found, e.is_settled
               from keshi.examined e join trainee t on t.trainee = e.trainee
               where e.trainee collate "C" > $1 and e.law = $2 order by e.trainee collate "C" limit $3"#,
            after,
            law,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        let row = rows.into_iter().map(|row| ExaminedRow {
            head: HeadRow { trainee: row.trainee, head: row.head, entries: row.entries },
            found: row.found,
            is_settled: row.is_settled,
        });
        Ok(row.collect())
    }

    /// Of these claims' trainees, those of whom no look has judged everything that was projected: money must not go forward on a
    /// history that nobody has looked at.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unexamined(&self, claims: &[Uuid]) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select distinct c.trainee from keshi.claim c join trainee t on t.trainee = c.trainee
             left join keshi.examined e on e.trainee = c.trainee and e.head = t.head and e.is_settled
             where c.claim = any($1) and e.trainee is null order by 1",
            claims
        )
        .fetch_all(self.pool())
        .await?)
    }
}

/// Notes that these examinations stand in the findings of a look.
pub(crate) async fn settle(
    tx: &mut Transaction<'static, Postgres>,
    rows: &[HeadRow],
) -> Result<(), StoreError> {
    let trainees: Vec<String> = rows.iter().map(|row| row.trainee.clone()).collect();
    let heads: Vec<Vec<u8>> = rows.iter().map(|row| row.head.clone()).collect();
    sqlx::query!(
        "update keshi.examined e set is_settled = true
         from unnest($1::text[], $2::bytea[]) as r(trainee, head) where e.trainee = r.trainee and e.head = r.head",
        &trainees,
        &heads
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
