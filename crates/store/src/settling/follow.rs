//! What changed since settlement looked last: in the register, in the packs, in the read model.

use super::Settling;
use crate::error::StoreError;

impl Settling {
    /// Marks what may have changed since settlement last looked: all notes and claims when something changed that touches
    /// everybody, or the packs did; those of the trainees named otherwise.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn follow_register(&mut self, packs: &str) -> Result<(), StoreError> {
        let tx = &mut self.tx;
        let seen =
            sqlx::query!("select register_number, packs from keshi.settled").fetch_one(&mut **tx).await?;
        let last = sqlx::query_scalar!("select max(number) from keshi.register").fetch_one(&mut **tx).await?;
        let last = last.unwrap_or(0);
        if last == seen.register_number && packs == seen.packs {
            return Ok(());
        }
        let touches_all = sqlx::query_scalar!(
            r#"select exists (select 1 from keshi.register where number > $1 and number <= $2
                 and kind not in ('trainee', 'enrolment', 'contract', 'insurance', 'evaluation', 'practical', 'certificate', 'benefit', 'approval')) as "all!""#,
            seen.register_number,
            last
        )
        .fetch_one(&mut **tx)
        .await?;
        let touches_all = touches_all || packs != seen.packs;
        sqlx::query!(
            "update keshi.unclaimed set stale = true where not stale and ($1 or trainee in
                 (select split_part(key, '/', 1) from keshi.register where number > $2 and number <= $3))",
            touches_all,
            seen.register_number,
            last
        )
        .execute(&mut **tx)
        .await?;
        sqlx::query!(
            "insert into keshi.to_judge (trainee)
             select distinct trainee from keshi.claim
             where state not in ('rejected', 'withdrawn', 'clawed-back')
               and ($1 or trainee in (select split_part(key, '/', 1) from keshi.register where number > $2 and number <= $3))
             on conflict do nothing",
            touches_all,
            seen.register_number,
            last
        )
        .execute(&mut **tx)
        .await?;
        sqlx::query!("update keshi.settled set register_number = $1, packs = $2", last, packs)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    /// Marks the trainees whose claims rest on a study that looks otherwise now. Says whether claims may be judged at all: not
    /// while the read model is behind where it was once, since what is missing then was not taken back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn follow_records(&mut self) -> Result<bool, StoreError> {
        let tx = &mut self.tx;
        if super::again::is_behind(tx).await? {
            return Ok(false);
        }
        let moved = sqlx::query_scalar!(
            r#"select exists (select 1 from checkpoint c left join keshi.settled_mark m on m.partition = c.partition
                 where (m.seq, m.stream_created_at, m.register_number)
                     is distinct from (c.saved, c.stream_created_at, c.register_number)) as "moved!""#
        )
        .fetch_one(&mut **tx)
        .await?;
        if !moved {
            return Ok(true);
        }
        // Before the comparison: what comes in between is seen by it and again by the next one.
        sqlx::query!(
            "insert into keshi.settled_mark (partition, seq, stream_created_at, register_number)
             select partition, saved, stream_created_at, register_number from checkpoint
             on conflict (partition) do update set seq = excluded.seq, stream_created_at = excluded.stream_created_at,
                 register_number = excluded.register_number"
        )
        .execute(&mut **tx)
        .await?;
        sqlx::query!(
            "insert into keshi.to_judge (trainee)
             select distinct k.trainee from keshi.claim k
             left join completion c on c.trainee = k.trainee and c.course = k.course
             left join course_record r on r.trainee = k.trainee and r.course = k.course
             left join trainee t on t.trainee = k.trainee
             where k.course <> '' and k.state not in ('rejected', 'withdrawn', 'clawed-back')
               and k.seen <> case when k.scheme <> 'pre-job'
                   then coalesce(concat_ws(',', c.completed_at, c.studied_at, c.assessed_at, c.first_counted_at), '')
                   when r.studied then concat_ws(',', 'studied', r.verified_seconds, r.unique_seconds, t.seq) else '' end
             on conflict do nothing"
        )
        .execute(&mut **tx)
        .await?;
        Ok(true)
    }

    /// Trainees whose claims are to be judged again, so many at most.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to_judge(&mut self, limit: i64) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!("select trainee from keshi.to_judge order by trainee limit $1", limit)
            .fetch_all(&mut *self.tx)
            .await?)
    }

    /// These trainees' claims have been judged.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn judged(&mut self, trainees: &[String]) -> Result<(), StoreError> {
        sqlx::query!("delete from keshi.to_judge where trainee = any($1)", trainees)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }
}
