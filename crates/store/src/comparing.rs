//! Comparing people key by key: what stands under one device, address, quiz, course or rhythm, and what judging it gave.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use sqlx::{Postgres, Transaction};

use crate::connect::Store;
use crate::error::StoreError;
use crate::examined::doubt_again;
use crate::suspicions::{SuspicionRow, Whose, replace_suspicions};

/// Addresses are of this scope; see the migration.
const ADDRESS: i16 = 1;
/// Devices.
const DEVICE: i16 = 2;
/// Papers.
const QUIZ: i16 = 3;

/// Some keys being compared: what is read and what is written are of one moment.
pub struct Comparing {
    tx: Transaction<'static, Postgres>,
}

/// A key to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Its scope.
    pub scope: i16,
    /// Which one.
    pub key: i64,
    /// How many people left something there.
    pub people: i64,
}

/// What one trainee left.
#[derive(Clone, Debug)]
pub struct PartRow {
    /// Under which key.
    pub key: i64,
    /// Who.
    pub trainee: String,
    /// What, encoded.
    pub body: Vec<u8>,
}

/// Who repeats whom.
#[derive(Clone, Debug)]
pub struct LinkRow {
    /// Both people.
    pub people: [String; 2],
    /// The earlier and the later moment, ms.
    pub at: [i64; 2],
    /// Events, encoded.
    pub evidence: Vec<u8>,
}

/// What judging a key gave.
#[derive(Clone, Debug)]
pub struct JudgedRow {
    /// The key.
    pub whose: Whose,
    /// What looks wrong.
    pub suspicions: Vec<SuspicionRow>,
    /// The address is a room or gateway.
    pub is_room: bool,
    /// From how many to how many trainees in all that stays, where it does not stay anyhow.
    pub turning: Option<[i64; 2]>,
    /// Who repeats whom there.
    pub links: Vec<LinkRow>,
}

impl Store {
    /// Begins to compare some keys.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn compare(&self) -> Result<Comparing, StoreError> {
        Ok(Comparing { tx: self.begin_look().await? })
    }
}

impl Comparing {
    /// How many trainees there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn everybody(&mut self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!(r#"select count(*) as "count!" from keshi.examined"#)
            .fetch_one(&mut *self.tx)
            .await?)
    }

    /// The next keys to compare, addresses first; those whose judgement turned with the number of trainees among them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&mut self, everybody: i64, limit: i64) -> Result<Vec<KeyRow>, StoreError> {
        sqlx::query!(
            "insert into keshi.to_compare (scope, key)
             select $2, key from keshi.turning where $1 not between least and most on conflict do nothing",
            everybody,
            DEVICE
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(sqlx::query_as!(
            KeyRow,
            r#"select c.scope, c.key,
                      (select count(*) from keshi.trace t where t.scope = c.scope and t.key = c.key) as "people!"
               from (select scope, key from keshi.to_compare order by scope, key limit $1) c
               order by c.scope, c.key"#,
            limit
        )
        .fetch_all(&mut *self.tx)
        .await?)
    }

    /// What stands under keys of one scope, one after the other.
    ///
    /// # Errors
    /// When the database or `each` fails.
    pub async fn parts<E: From<StoreError>>(
        &mut self,
        scope: i16,
        keys: &[i64],
        mut each: impl FnMut(PartRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rows = sqlx::query_as!(
            PartRow,
            "select key, trainee, body from keshi.trace where scope = $1 and key = any($2)",
            scope,
            keys
        )
        .fetch(&mut *self.tx);
        while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
            each(row)?;
        }
        Ok(())
    }

    /// Which of these people have papers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn with_papers(&mut self, trainees: &[String]) -> Result<BTreeSet<String>, StoreError> {
        let rows = sqlx::query_scalar!(
            r#"select r.trainee as "trainee!" from unnest($1::text[]) as r(trainee)
               where exists (select 1 from keshi.trace t where t.scope = $2 and t.trainee = r.trainee)"#,
            trainees,
            QUIZ
        )
        .fetch_all(&mut *self.tx)
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// The papers of these people.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn papers(&mut self, trainees: &[String]) -> Result<Vec<PartRow>, StoreError> {
        Ok(sqlx::query_as!(
            PartRow,
            "select key, trainee, body from keshi.trace where scope = $2 and trainee = any($1) order by trainee, key",
            trainees,
            QUIZ
        )
        .fetch_all(&mut *self.tx)
        .await?)
    }

    /// Keeps what judging these keys gave, in the place of what it gave before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(mut self, judged: &[JudgedRow]) -> Result<(), StoreError> {
        let whose: Vec<Whose> = judged.iter().map(|row| row.whose).collect();
        let now: Vec<(Whose, &SuspicionRow)> = judged
            .iter()
            .flat_map(|row| row.suspicions.iter().map(|suspicion| (row.whose, suspicion)))
            .collect();
        replace_suspicions(&mut self.tx, &whose, &now).await?;
        self.keep_rooms(judged).await?;
        self.keep_turning(judged).await?;
        self.keep_links(judged).await?;
        sqlx::query!(
            "delete from keshi.to_compare c using unnest($1::smallint[], $2::bigint[]) as r(scope, key)
             where c.scope = r.scope and c.key = r.key",
            &whose.iter().map(|whose| whose.0).collect::<Vec<i16>>(),
            &whose.iter().map(|whose| whose.1).collect::<Vec<i64>>()
        )
        .execute(&mut *self.tx)
        .await?;
        self.tx.commit().await?;
        Ok(())
    }

    async fn keep_rooms(&mut self, judged: &[JudgedRow]) -> Result<(), StoreError> {
        let addresses = || judged.iter().filter(|row| row.whose.0 == ADDRESS);
        let all: Vec<i64> = addresses().map(|row| row.whose.1).collect();
        let before: BTreeSet<i64> =
            sqlx::query_scalar!("select key from keshi.room where key = any($1)", &all)
                .fetch_all(&mut *self.tx)
                .await?
                .into_iter()
                .collect();
        let now: BTreeSet<i64> = addresses().filter(|row| row.is_room).map(|row| row.whose.1).collect();
        let closed: Vec<i64> = before.difference(&now).copied().collect();
        let opened: Vec<i64> = now.difference(&before).copied().collect();
        if closed.is_empty() && opened.is_empty() {
            return Ok(());
        }
        sqlx::query!("delete from keshi.room where key = any($1)", &closed).execute(&mut *self.tx).await?;
        sqlx::query!("insert into keshi.room (key) select * from unnest($1::bigint[])", &opened)
            .execute(&mut *self.tx)
            .await?;
        let turned = [closed, opened].concat();
        let there = sqlx::query_scalar!(
            "select distinct trainee from keshi.trace where scope = $1 and key = any($2)",
            ADDRESS,
            &turned
        )
        .fetch_all(&mut *self.tx)
        .await?;
        doubt_again(&mut self.tx, &there).await
    }

    async fn keep_turning(&mut self, judged: &[JudgedRow]) -> Result<(), StoreError> {
        let devices = || judged.iter().filter(|row| row.whose.0 == DEVICE);
        let all: Vec<i64> = devices().map(|row| row.whose.1).collect();
        sqlx::query!("delete from keshi.turning where key = any($1)", &all).execute(&mut *self.tx).await?;
        let turning: Vec<(i64, [i64; 2])> =
            devices().filter_map(|row| Some((row.whose.1, row.turning?))).collect();
        sqlx::query!(
            "insert into keshi.turning (key, least, most) select * from unnest($1::bigint[], $2::bigint[], $3::bigint[])",
            &turning.iter().map(|(key, _)| *key).collect::<Vec<i64>>(),
            &turning.iter().map(|(_, range)| range[0]).collect::<Vec<i64>>(),
            &turning.iter().map(|(_, range)| range[1]).collect::<Vec<i64>>()
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn keep_links(&mut self, judged: &[JudgedRow]) -> Result<(), StoreError> {
        sqlx::query!(
            "delete from keshi.link l using unnest($1::smallint[], $2::bigint[]) as r(scope, key)
             where l.scope = r.scope and l.key = r.key",
            &judged.iter().map(|row| row.whose.0).collect::<Vec<i16>>(),
            &judged.iter().map(|row| row.whose.1).collect::<Vec<i64>>()
        )
        .execute(&mut *self.tx)
        .await?;
        let rows: Vec<(Whose, i32, &LinkRow)> = judged
            .iter()
            .flat_map(|row| (0..).zip(&row.links).map(|(number, link)| (row.whose, number, link)))
            .collect();
        let text = |at: usize| -> Vec<String> {
            rows.iter().filter_map(|(.., link)| link.people.get(at).cloned()).collect()
        };
        let moment = |at: usize| -> Vec<i64> {
            rows.iter().filter_map(|(.., link)| link.at.get(at).copied()).collect()
        };
        sqlx::query!(
            "insert into keshi.link (scope, key, number, one, other, from_ms, to_ms, evidence)
             select * from unnest($1::smallint[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bytea[])",
            &rows.iter().map(|(whose, ..)| whose.0).collect::<Vec<i16>>(),
            &rows.iter().map(|(whose, ..)| whose.1).collect::<Vec<i64>>(),
            &rows.iter().map(|(_, number, _)| *number).collect::<Vec<i32>>(),
            &text(0),
            &text(1),
            &moment(0),
            &moment(1),
            &rows.iter().map(|(.., link)| link.evidence.clone()).collect::<Vec<Vec<u8>>>()
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}
