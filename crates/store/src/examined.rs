//! What examining each trainee gave, and who has to be examined again.

use sqlx::types::Uuid;
use sqlx::{Postgres, Transaction};

use crate::connect::Store;
use crate::error::StoreError;
use crate::suspicions::{SuspicionRow, Whose, put_suspicions, take_suspicions};

type Tx = Transaction<'static, Postgres>;

/// Transactions of looks happen one after the other.
pub(crate) const LOOK: i64 = 0x6b65_7368_696c;

/// The end of a trainee's chain: all that is known of the trainee, in 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadRow {
    /// SHA-256 of the chain's last entry.
    pub head: Vec<u8>,
    /// How many entries it has.
    pub entries: i64,
    /// How many events came again with other content; they are no part of the chain.
    pub changes: i64,
}

/// Whom to examine.
#[derive(Clone, Debug)]
pub struct ToExamine {
    /// Who.
    pub trainee: String,
    /// Up to where; nothing of somebody whom the read model does not know any more.
    pub head: Option<HeadRow>,
    /// How often it was done before.
    pub times: i64,
    /// What it gave then, as digests, encoded; nothing the first time.
    pub parts: Option<Vec<u8>>,
}

/// What a trainee shows of a platform's player.
#[derive(Clone, Debug)]
pub struct TallyRow {
    /// The platform.
    pub platform: String,
    /// Long sessions, and those of them with a presence check.
    pub sessions: [i64; 2],
    /// First and last moment of them, ms.
    pub span: [Option<i64>; 2],
    /// Sent enough to tell whether it ticks; ticks; enough to tell whether it repeats; repeats.
    pub regular: [bool; 4],
}

/// What an examination changed.
#[derive(Clone, Debug)]
pub struct Examination {
    /// Of whom, and after how many others.
    pub of: ToExamine,
    /// What it gave, as digests, encoded.
    pub parts: Vec<u8>,
    /// Parts that are new or other ones: scope, key, body.
    pub put: Vec<(i16, i64, Vec<u8>)>,
    /// Keys without a part now.
    pub gone: Vec<(i16, i64)>,
    /// Keys to compare, those of the parts above among them.
    pub to_compare: Vec<(i16, i64)>,
    /// Whether addresses or devices came or went.
    pub is_elsewhere: bool,
    /// What the players show, where that changed.
    pub tallies: Option<Vec<TallyRow>>,
    /// Own suspicions that are new or other ones.
    pub suspicions: Vec<SuspicionRow>,
    /// Own suspicions that do not stand any more: flag and condition.
    pub dropped: Vec<(String, String)>,
}

impl Store {
    /// Notes under which law everything is compared from now on: under another one than before, all is compared again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn compare_under(&self, law: &[u8]) -> Result<(), StoreError> {
        let mut tx = self.begin_look().await?;
        let same = sqlx::query_scalar!("select law from keshi.compared_law")
            .fetch_optional(&mut *tx)
            .await?
            .is_some_and(|known| known == law);
        if !same {
            sqlx::query!("delete from keshi.compared_law").execute(&mut *tx).await?;
            sqlx::query!("insert into keshi.compared_law (law) values ($1)", law).execute(&mut *tx).await?;
            sqlx::query!(
                "insert into keshi.to_compare (scope, key) select distinct scope, key from keshi.trace on conflict do nothing"
            )
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Whom to examine, after one trainee, in the database's order: everybody whose trail grew, or with `sparing` only those for whom it doubled
    /// or who were not examined for twenty hours; and everybody who was examined under another law.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to_examine(
        &self,
        law: &[u8],
        sparing: bool,
        after: &str,
        limit: i64,
    ) -> Result<Vec<ToExamine>, StoreError> {
        let mut tx = self.begin().await?;
        plan_anew(&mut tx).await?;
        let rows = sqlx::query!(
            r#"select t.trainee, t.head, t.entries, coalesce(c.changes, 0) as "changes!", coalesce(e.times, 0) as "times!", e.parts as "parts?"
               from trainee t left join keshi.examined e on e.trainee = t.trainee
               left join (select trainee, count(*) as changes from repeat where changed group by trainee) c on c.trainee = t.trainee
               where t.trainee > $1
                 and (e.trainee is null or e.law <> $2 or e.changes <> coalesce(c.changes, 0)
                   or e.head <> t.head and (not $3 or t.entries >= e.entries * 2 or e.at < now() - interval '20 hours'))
               order by t.trainee limit $4"#,
            after,
            law,
            sparing,
            limit
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        let row = rows.into_iter().map(|row| ToExamine {
            trainee: row.trainee,
            head: Some(HeadRow { head: row.head, entries: row.entries, changes: row.changes }),
            times: row.times,
            parts: row.parts,
        });
        Ok(row.collect())
    }

    /// Who was examined, and is not in the read model any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to_forget(&self, limit: i64) -> Result<Vec<ToExamine>, StoreError> {
        let rows = sqlx::query!(
            "select e.trainee, e.times, e.parts from keshi.examined e
             where not exists (select 1 from trainee t where t.trainee = e.trainee) order by 1 limit $1",
            limit
        )
        .fetch_all(self.pool())
        .await?;
        let row = rows.into_iter().map(|row| ToExamine {
            trainee: row.trainee,
            head: None,
            times: row.times,
            parts: Some(row.parts),
        });
        Ok(row.collect())
    }

    /// Keeps what examinations gave. One that another look was quicker with is left out: the next look has its trail again, if
    /// it knows more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_examined(&self, law: &[u8], all: &[Examination]) -> Result<(), StoreError> {
        let mut tx = self.begin_look().await?;
        let kept = put_heads(&mut tx, law, all).await?;
        let kept: Vec<&Examination> = all.iter().filter(|one| kept.contains(&one.of.trainee)).collect();
        put_traces(&mut tx, &kept).await?;
        put_tallies(&mut tx, &kept).await?;
        let (mut gone, mut put) = (Vec::new(), Vec::new());
        for one in &kept {
            gone.extend(one.dropped.iter().map(|(flag, condition)| (Whose::ALONE, flag, condition)));
            put.extend(one.suspicions.iter().map(|suspicion| (Whose::ALONE, suspicion)));
        }
        take_suspicions(&mut tx, &gone).await?;
        put_suspicions(&mut tx, &put).await?;
        to_compare(&mut tx, &kept).await?;
        let elsewhere: Vec<String> =
            kept.iter().filter(|one| one.is_elsewhere).map(|one| one.of.trainee.clone()).collect();
        doubt_again(&mut tx, &elsewhere).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Begins a transaction beside which no other look's runs.
    pub(crate) async fn begin_look(&self) -> Result<Tx, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("select pg_advisory_xact_lock($1)", LOOK).execute(&mut *tx).await?;
        plan_anew(&mut tx).await?;
        Ok(tx)
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

/// Has each statement of a transaction planned for the tables as they are. A plan that is kept from before the first look, when all
/// of them were empty, reads whole tables for each row.
async fn plan_anew(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query!("set local plan_cache_mode = force_custom_plan").execute(&mut **tx).await?;
    Ok(())
}

/// Gives whose were kept.
async fn put_heads(
    tx: &mut Tx,
    law: &[u8],
    all: &[Examination],
) -> Result<std::collections::HashSet<String>, StoreError> {
    let there: Vec<(&Examination, &HeadRow)> =
        all.iter().filter_map(|one| Some((one, one.of.head.as_ref()?))).collect();
    let left: Vec<&Examination> = all.iter().filter(|one| one.of.head.is_none()).collect();
    let trainees: Vec<String> = there.iter().map(|(one, _)| one.of.trainee.clone()).collect();
    let heads: Vec<Vec<u8>> = there.iter().map(|(_, head)| head.head.clone()).collect();
    let entries: Vec<i64> = there.iter().map(|(_, head)| head.entries).collect();
    let times: Vec<i64> = there.iter().map(|(one, _)| one.of.times + 1).collect();
    let parts: Vec<Vec<u8>> = there.iter().map(|(one, _)| one.parts.clone()).collect();
    let mut kept = sqlx::query_scalar!(
        "insert into keshi.examined as e (trainee, head, entries, changes, times, parts, law)
         select r.trainee, r.head, r.entries, r.changes, r.times, r.parts, $7
         from unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[]) as r(trainee, head, entries, changes, times, parts)
         on conflict (trainee) do update set head = excluded.head, entries = excluded.entries, changes = excluded.changes, times = excluded.times,
           parts = excluded.parts, law = excluded.law, is_settled = false, at = now()
         where e.times = excluded.times - 1
         returning trainee",
        &trainees,
        &heads,
        &entries,
        &there.iter().map(|(_, head)| head.changes).collect::<Vec<i64>>(),
        &times,
        &parts,
        law
    )
    .fetch_all(&mut **tx)
    .await?;
    let trainees: Vec<String> = left.iter().map(|one| one.of.trainee.clone()).collect();
    let times: Vec<i64> = left.iter().map(|one| one.of.times).collect();
    kept.extend(
        sqlx::query_scalar!(
            "delete from keshi.examined e using unnest($1::text[], $2::bigint[]) as r(trainee, times)
             where e.trainee = r.trainee and e.times = r.times returning e.trainee",
            &trainees,
            &times
        )
        .fetch_all(&mut **tx)
        .await?,
    );
    Ok(kept.into_iter().collect())
}

async fn put_traces(tx: &mut Tx, kept: &[&Examination]) -> Result<(), StoreError> {
    let gone = || kept.iter().flat_map(|one| one.gone.iter().map(move |(scope, key)| (one, *scope, *key)));
    let scopes: Vec<i16> = gone().map(|(_, scope, _)| scope).collect();
    let keys: Vec<i64> = gone().map(|(_, _, key)| key).collect();
    let trainees: Vec<String> = gone().map(|(one, ..)| one.of.trainee.clone()).collect();
    sqlx::query!(
        "delete from keshi.trace t using unnest($1::smallint[], $2::bigint[], $3::text[]) as r(scope, key, trainee)
         where t.scope = r.scope and t.key = r.key and t.trainee = r.trainee",
        &scopes,
        &keys,
        &trainees
    )
    .execute(&mut **tx)
    .await?;
    let put = || kept.iter().flat_map(|one| one.put.iter().map(move |part| (one, part)));
    let scopes: Vec<i16> = put().map(|(_, part)| part.0).collect();
    let keys: Vec<i64> = put().map(|(_, part)| part.1).collect();
    let trainees: Vec<String> = put().map(|(one, _)| one.of.trainee.clone()).collect();
    let bodies: Vec<Vec<u8>> = put().map(|(_, part)| part.2.clone()).collect();
    sqlx::query!(
        "insert into keshi.trace (scope, key, trainee, body)
         select * from unnest($1::smallint[], $2::bigint[], $3::text[], $4::bytea[])
         on conflict (scope, key, trainee) do update set body = excluded.body",
        &scopes,
        &keys,
        &trainees,
        &bodies
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn put_tallies(tx: &mut Tx, kept: &[&Examination]) -> Result<(), StoreError> {
    let changed = || kept.iter().filter_map(|one| Some((one, one.tallies.as_ref()?)));
    let trainees: Vec<String> = changed().map(|(one, _)| one.of.trainee.clone()).collect();
    sqlx::query!("delete from keshi.tally where trainee = any($1)", &trainees).execute(&mut **tx).await?;
    let rows: Vec<(&String, &TallyRow)> =
        changed().flat_map(|(one, tallies)| tallies.iter().map(|row| (&one.of.trainee, row))).collect();
    let column = |of: fn(&TallyRow) -> bool| rows.iter().map(|(_, row)| of(row)).collect::<Vec<bool>>();
    sqlx::query!(
        "insert into keshi.tally (trainee, platform, long_sessions, checked, from_ms, to_ms, could_tick, ticks, could_repeat, repeats)
         select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
           $7::boolean[], $8::boolean[], $9::boolean[], $10::boolean[])",
        &rows.iter().map(|(trainee, _)| (*trainee).clone()).collect::<Vec<String>>(),
        &rows.iter().map(|(_, row)| row.platform.clone()).collect::<Vec<String>>(),
        &rows.iter().map(|(_, row)| row.sessions[0]).collect::<Vec<i64>>(),
        &rows.iter().map(|(_, row)| row.sessions[1]).collect::<Vec<i64>>(),
        &rows.iter().map(|(_, row)| row.span[0]).collect::<Vec<Option<i64>>>() as &[Option<i64>],
        &rows.iter().map(|(_, row)| row.span[1]).collect::<Vec<Option<i64>>>() as &[Option<i64>],
        &column(|row| row.regular[0]),
        &column(|row| row.regular[1]),
        &column(|row| row.regular[2]),
        &column(|row| row.regular[3]),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes keys to compare. Under a key of one person alone there is nothing to compare, but at a quiz or course.
async fn to_compare(tx: &mut Tx, kept: &[&Examination]) -> Result<(), StoreError> {
    let rows =
        || kept.iter().flat_map(|one| one.to_compare.iter().map(move |(scope, key)| (one, *scope, *key)));
    let scopes: Vec<i16> = rows().map(|(_, scope, _)| scope).collect();
    let keys: Vec<i64> = rows().map(|(_, _, key)| key).collect();
    let trainees: Vec<String> = rows().map(|(one, ..)| one.of.trainee.clone()).collect();
    sqlx::query!(
        "insert into keshi.to_compare (scope, key)
         select distinct r.scope, r.key from unnest($1::smallint[], $2::bigint[], $3::text[]) as r(scope, key, trainee)
         where r.scope in (3, 4)
           or exists (select 1 from keshi.trace t where t.scope = r.scope and t.key = r.key and t.trainee <> r.trainee)
           or exists (select 1 from keshi.suspicion s where s.scope = r.scope and s.key = r.key)
           or exists (select 1 from keshi.link l where l.scope = r.scope and l.key = r.key)
           or r.scope = 1 and exists (select 1 from keshi.room o where o.key = r.key)
           or r.scope = 2 and exists (select 1 from keshi.turning u where u.key = r.key)
         on conflict do nothing",
        &scopes,
        &keys,
        &trainees
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Settles again what rests on these people sharing a device or address.
pub(crate) async fn doubt_again(tx: &mut Tx, trainees: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into keshi.to_settle (flag)
         select flag from keshi.suspicion where condition = 'share' and one = any($1)
         union select flag from keshi.suspicion where condition = 'share' and other = any($1)
         on conflict do nothing",
        trainees
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
