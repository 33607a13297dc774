//! The end of a look: findings are made anew of the suspicions that changed, a page in a transaction. Each transaction begins
//! where everything is compared, so that what stands after it is of one moment; money waits for the last of them.

use futures_util::TryStreamExt;
use sqlx::{Postgres, Transaction};

use crate::batch::{FactRow, insert_facts};
use crate::comparing::LinkRow;
use crate::connect::Store;
use crate::error::StoreError;
use crate::findings::{FindingRow, lock, mark_held};
use crate::suspicions::{SuspicionRow, Whose, replace_suspicions};
use crate::text::{escape, unescape};

/// The findings, held for a page of a look. Nothing stands before [`CaseBook::keep`] or [`CaseBook::close`].
pub struct CaseBook {
    tx: Transaction<'static, Postgres>,
}

/// All people of a platform together.
#[derive(Clone, Debug)]
pub struct SideRow {
    /// The platform.
    pub platform: String,
    /// Long sessions, and those of them with a presence check.
    pub sessions: [i64; 2],
    /// First and last moment of them, ms.
    pub span: [Option<i64>; 2],
    /// People who sent enough to tell whether they tick; who tick; enough to tell whether they repeat; who repeat.
    pub regular: [i64; 4],
}

impl Store {
    /// Takes the findings in hand; none while keys are still to be compared.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case_book(&self) -> Result<Option<CaseBook>, StoreError> {
        let mut tx = self.begin_look().await?;
        lock(&mut tx).await?;
        let compared =
            sqlx::query_scalar!(r#"select not exists (select 1 from keshi.to_compare) as "compared!""#)
                .fetch_one(&mut *tx)
                .await?;
        Ok(compared.then_some(CaseBook { tx }))
    }
}

impl CaseBook {
    /// All platforms.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sides(&mut self) -> Result<Vec<SideRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select platform, sum(long_sessions)::bigint as "long_sessions!", sum(checked)::bigint as "checked!",
                      min(from_ms) as from_ms, max(to_ms) as to_ms,
                      count(*) filter (where could_tick) as "could_tick!", count(*) filter (where ticks) as "ticks!",
                      count(*) filter (where could_repeat) as "could_repeat!", count(*) filter (where repeats) as "repeats!"
               from keshi.tally group by platform order by platform collate "C""#
        )
        .fetch_all(&mut *self.tx)
        .await?;
        let side = rows.into_iter().map(|row| SideRow {
            platform: row.platform,
            sessions: [row.long_sessions, row.checked],
            span: [row.from_ms, row.to_ms],
            regular: [row.could_tick, row.ticks, row.could_repeat, row.repeats],
        });
        Ok(side.collect())
    }

    /// Notes which platforms' players tick, and repeat, by themselves; what rests on one that turned is settled again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_players(&mut self, players: &[(String, bool, bool)]) -> Result<(), StoreError> {
        let before = sqlx::query!("delete from keshi.player returning platform, ticks, repeats")
            .fetch_all(&mut *self.tx)
            .await?;
        let before: Vec<(String, bool, bool)> =
            before.into_iter().map(|row| (row.platform, row.ticks, row.repeats)).collect();
        sqlx::query!(
            "insert into keshi.player (platform, ticks, repeats) select * from unnest($1::text[], $2::boolean[], $3::boolean[])",
            &players.iter().map(|player| player.0.clone()).collect::<Vec<String>>(),
            &players.iter().map(|player| player.1).collect::<Vec<bool>>(),
            &players.iter().map(|player| player.2).collect::<Vec<bool>>()
        )
        .execute(&mut *self.tx)
        .await?;
        let conditions = |all: &[(String, bool, bool)]| -> std::collections::BTreeSet<String> {
            let ticks = all.iter().filter(|player| player.1).map(|player| format!("tick {}", player.0));
            let repeats = all.iter().filter(|player| player.2).map(|player| format!("repeat {}", player.0));
            ticks.chain(repeats).collect()
        };
        let (before, now) = (conditions(&before), conditions(players));
        let turned: Vec<String> = before.symmetric_difference(&now).cloned().collect();
        sqlx::query!(
            "insert into keshi.to_settle (flag) select distinct flag from keshi.suspicion
             where condition = any($1) and condition <> '' and condition <> 'share' on conflict do nothing",
            &turned
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// All links, one by one.
    ///
    /// # Errors
    /// When the database or `each` fails.
    pub async fn links<E: From<StoreError>>(
        &mut self,
        mut each: impl FnMut(LinkRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rows =
            sqlx::query!("select one, other, from_ms, to_ms, evidence from keshi.link").fetch(&mut *self.tx);
        while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
            each(LinkRow {
                people: [row.one, row.other],
                at: [row.from_ms, row.to_ms],
                evidence: row.evidence,
            })?;
        }
        Ok(())
    }

    /// Puts what a judgement over everybody gave in the place of what it gave before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suspect(&mut self, whose: Whose, rows: &[SuspicionRow]) -> Result<(), StoreError> {
        let rows: Vec<(Whose, &SuspicionRow)> = rows.iter().map(|row| (whose, row)).collect();
        replace_suspicions(&mut self.tx, &[whose], &rows).await
    }

    /// Some flags to settle.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to_settle(&mut self, limit: i64) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            "delete from keshi.to_settle where flag in (select flag from keshi.to_settle order by flag limit $1) returning flag",
            limit
        )
        .fetch_all(&mut *self.tx)
        .await?)
    }

    /// Bodies of the suspicions of these flags of which everything is so that must be so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn standing(&mut self, flags: &[String]) -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select s.body from keshi.suspicion s
             where s.flag = any($1) and case s.condition
               when '' then true
               when 'share' then exists (
                 select 1 from keshi.trace a join keshi.trace b on b.scope = a.scope and b.key = a.key
                 where a.trainee = s.one and b.trainee = s.other and a.scope <= 2 and b.scope <= 2
                   and not (a.scope = 1 and exists (select 1 from keshi.room r where r.key = a.key)))
               else not exists (
                 select 1 from keshi.player p
                 where p.ticks and s.condition = 'tick ' || p.platform or p.repeats and s.condition = 'repeat ' || p.platform)
             end",
            flags
        )
        .fetch_all(&mut *self.tx)
        .await?)
    }

    /// Puts findings in the place of those of these flags; the others of these are gone. Gives how many are new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write(
        &mut self,
        flags: &[String],
        rows: &[FindingRow],
        facts: &[FactRow],
    ) -> Result<u64, StoreError> {
        let stays: Vec<String> = rows.iter().map(|row| row.flag.clone()).collect();
        let gone = sqlx::query_scalar!(
            "delete from keshi.finding where flag = any($1) and flag <> all($2) returning people",
            flags,
            &stays
        )
        .fetch_all(&mut *self.tx)
        .await?;
        let new = sqlx::query_scalar!(
            r#"select count(*) as "count!" from unnest($1::text[]) as r(flag)
               where not exists (select 1 from keshi.finding f where f.flag = r.flag)"#,
            &stays
        )
        .fetch_one(&mut *self.tx)
        .await?;
        self.put(rows).await?;
        insert_facts(&mut self.tx, facts).await?;
        let people = gone.into_iter().chain(rows.iter().map(|row| row.people.clone())).flatten();
        let people: std::collections::BTreeSet<String> = people.collect();
        mark_held(&mut self.tx, &people.into_iter().collect::<Vec<String>>()).await?;
        Ok(new.unsigned_abs())
    }

    async fn put(&mut self, rows: &[FindingRow]) -> Result<(), StoreError> {
        let text = |of: fn(&FindingRow) -> &str| -> Vec<String> {
            rows.iter().map(|row| escape(of(row)).into_owned()).collect()
        };
        // Names of people are tokens, without a comma.
        sqlx::query!(
            "insert into keshi.finding (flag, kind, level, people, platform, course, from_ms, to_ms, chinese, english, evidence)
             select r.flag, r.kind, r.level, string_to_array(r.people, ','), r.platform, r.course, r.from_ms, r.to_ms, r.chinese, r.english, r.evidence
             from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::text[])
               as r(flag, kind, level, people, platform, course, from_ms, to_ms, chinese, english, evidence)
             on conflict (flag) do update set level = excluded.level, from_ms = excluded.from_ms, to_ms = excluded.to_ms,
               chinese = excluded.chinese, english = excluded.english, evidence = excluded.evidence",
            &text(|row| &row.flag),
            &text(|row| &row.kind),
            &text(|row| &row.level),
            &rows.iter().map(|row| row.people.join(",")).collect::<Vec<String>>(),
            &rows.iter().map(|row| row.platform.clone()).collect::<Vec<Option<String>>>() as &[Option<String>],
            &rows
                .iter()
                .map(|row| row.course.as_deref().map(|course| escape(course).into_owned()))
                .collect::<Vec<Option<String>>>() as &[Option<String>],
            &rows.iter().map(|row| row.from_ms).collect::<Vec<i64>>(),
            &rows.iter().map(|row| row.to_ms).collect::<Vec<i64>>(),
            &text(|row| &row.chinese),
            &text(|row| &row.english),
            &rows.iter().map(|row| row.evidence.clone()).collect::<Vec<String>>()
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// `travel` holds where something else holds, and only there. Gives those that hold since now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn weigh_travel(&mut self) -> Result<Vec<FindingRow>, StoreError> {
        let rows = sqlx::query!(
            r#"update keshi.finding t set level = w.level
               from (select f.flag, case when exists (
                       select 1 from keshi.finding h
                       where h.level = 'hold' and h.kind <> 'travel' and h.people && f.people)
                       then 'hold' else 'info' end as level
                     from keshi.finding f where f.kind = 'travel') w
               where t.flag = w.flag and t.level <> w.level
               returning t.flag, t.kind, t.level, t.people, t.platform, t.course, t.from_ms, t.to_ms, t.chinese, t.english, t.evidence"#
        )
        .fetch_all(&mut *self.tx)
        .await?;
        let people: std::collections::BTreeSet<String> =
            rows.iter().flat_map(|row| row.people.clone()).collect();
        mark_held(&mut self.tx, &people.into_iter().collect::<Vec<String>>()).await?;
        let row = rows.into_iter().map(|row| FindingRow {
            flag: row.flag,
            kind: row.kind,
            level: row.level,
            people: row.people,
            platform: row.platform,
            course: row.course.map(|course| unescape(&course)),
            from_ms: row.from_ms,
            to_ms: row.to_ms,
            chinese: unescape(&row.chinese),
            english: unescape(&row.english),
            evidence: row.evidence,
        });
        Ok(row.filter(|row| row.level == "hold").collect())
    }

    /// Keeps a page, and tells of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(mut self, facts: &[FactRow]) -> Result<(), StoreError> {
        insert_facts(&mut self.tx, facts).await?;
        self.tx.commit().await?;
        Ok(())
    }

    /// Keeps the last page and ends the look: everybody who was examined stands in the findings now. Gives how many findings
    /// there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close(mut self, facts: &[FactRow]) -> Result<i64, StoreError> {
        insert_facts(&mut self.tx, facts).await?;
        sqlx::query!("update keshi.examined set is_settled = true where not is_settled")
            .execute(&mut *self.tx)
            .await?;
        let found = sqlx::query_scalar!(r#"select count(*) as "count!" from keshi.finding"#)
            .fetch_one(&mut *self.tx)
            .await?;
        self.tx.commit().await?;
        Ok(found)
    }
}
