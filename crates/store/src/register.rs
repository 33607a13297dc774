//! The register: what officials decided, entry by entry, and its present state.

use std::collections::{BTreeMap, HashMap};

use keshi_trail::{Chain, Decision};
use serde_json::Value;
use sqlx::{PgExecutor, Postgres, Transaction};

use crate::connect::Store;
use crate::error::StoreError;
use crate::persons::PersonRow;
use crate::projection::chain;

type Tx = Transaction<'static, Postgres>;

/// Entries of one statement.
const BATCH: usize = 5_000;

/// One advisory lock for all who add to the register, so that its numbers are gapless in the order of commit.
const REGISTER_LOCK: i64 = 0x6b65_7368_6901;

/// An entry to add.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Which list.
    pub kind: String,
    /// Which row of it.
    pub key: String,
    /// What it says from now on; none removes it.
    pub body: Option<Value>,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// Entries that said something new.
    pub added: usize,
    /// Entries that said what stood there already.
    pub unchanged: usize,
    /// The register's number afterwards.
    pub number: i64,
}

/// What entries of a kind would change, as the registry stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Keys that are not registered.
    pub fresh: usize,
    /// Keys of which something else is registered.
    pub changed: usize,
    /// Keys of which the same is registered.
    pub unchanged: usize,
}

impl Store {
    /// What entries would change, kind by kind.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changes(&self, entries: &[NewEntry]) -> Result<BTreeMap<String, Change>, StoreError> {
        let mut changes: BTreeMap<String, Change> = BTreeMap::new();
        for batch in entries.chunks(BATCH) {
            let standing = standing(self.pool(), batch).await?;
            for entry in batch {
                let change = changes.entry(entry.kind.clone()).or_default();
                match standing.get(&(entry.kind.clone(), entry.key.clone())) {
                    None => change.fresh += 1,
                    now if now == entry.body.as_ref() => change.unchanged += 1,
                    Some(_) => change.changed += 1,
                }
            }
        }
        Ok(changes)
    }

    /// Adds entries and persons in one transaction, batch by batch; `progress` hears how many are done. An entry that
    /// says what stands there already is left out.
    ///
    /// # Errors
    /// [`StoreError::IdentityTaken`], [`StoreError::NoMasterKey`] where there are persons, or when the database fails; nothing is added then.
    pub async fn register(
        &self,
        entries: &[NewEntry],
        persons: &[PersonRow],
        who: &str,
        why: &str,
        mut progress: impl FnMut(usize),
    ) -> Result<Registered, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("select pg_advisory_xact_lock($1)", REGISTER_LOCK).execute(&mut *tx).await?;
        let (mut chain, now) = end(&mut tx).await?;
        let (last, mut done) = (chain.count as i64, 0);
        for batch in entries.chunks(BATCH) {
            let fresh = said_anew(&mut tx, batch).await?;
            append(&mut tx, &fresh, &mut chain, now, who, why).await?;
            done += batch.len();
            progress(done);
        }
        for batch in persons.chunks(BATCH) {
            self.write_persons(&mut tx, batch).await?;
            done += batch.len();
            progress(done);
        }
        tx.commit().await?;
        let number = chain.count as i64;
        let added = usize::try_from(number - last).unwrap_or(0);
        Ok(Registered { added, unchanged: entries.len() - added, number })
    }

    /// The last number of the register; 0 while it is empty.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn register_number(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!("select max(number) from keshi.register")
            .fetch_one(self.pool())
            .await?
            .unwrap_or(0))
    }

    /// Kind and key of the entries after a number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn register_since(&self, number: i64, until: i64) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query!(
            "select distinct kind, key from keshi.register where number > $1 and number <= $2",
            number,
            until
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| (row.kind, row.key)).collect())
    }

    /// The register's present state, folded up to its last number: (number, [(kind, body)]).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn registry(&self, kinds: &[&str]) -> Result<(i64, Vec<(String, Value)>), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("set transaction isolation level repeatable read, read only").execute(&mut *tx).await?;
        let number = sqlx::query_scalar!("select max(number) from keshi.register")
            .fetch_one(&mut *tx)
            .await?
            .unwrap_or(0);
        let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let rows = sqlx::query!(
            r#"select kind, body from keshi.registry where kind = any($1) order by kind, key collate "C""#,
            &kinds
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok((number, rows.into_iter().map(|row| (row.kind, row.body)).collect()))
    }

    /// The present entry of a key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn registered(&self, kind: &str, key: &str) -> Result<Option<Value>, StoreError> {
        Ok(sqlx::query_scalar!("select body from keshi.registry where kind = $1 and key = $2", kind, key)
            .fetch_optional(self.pool())
            .await?)
    }

    /// Certificates that are registered for somebody else already: (number, whose it was to be, whose it is). Each is asked for
    /// as (number, trainee).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn certificates_taken(
        &self,
        certificates: &[(String, String)],
    ) -> Result<Vec<(String, String, String)>, StoreError> {
        let numbers: Vec<String> = certificates.iter().map(|(number, _)| number.clone()).collect();
        let trainees: Vec<String> = certificates.iter().map(|(_, trainee)| trainee.clone()).collect();
        let rows = sqlx::query!(
            r#"select c.number as "number!", c.trainee as "trainee!", split_part(r.key, '/', 1) as "first!"
               from unnest($1::text[], $2::text[]) as c(number, trainee)
               join keshi.registry r on r.kind = 'certificate' and r.body ->> 'certificate' = c.number
               where split_part(r.key, '/', 1) <> c.trainee"#,
            &numbers,
            &trainees
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| (row.number, row.trainee, row.first)).collect())
    }

    /// Which of these keys of a kind stand in the registry.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn registered_keys(&self, kind: &str, keys: &[String]) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select key from keshi.registry where kind = $1 and key = any($2)",
            kind,
            keys
        )
        .fetch_all(self.pool())
        .await?)
    }
}

/// What stands in the registry under the keys of entries.
async fn standing(
    executor: impl PgExecutor<'_>,
    entries: &[NewEntry],
) -> Result<HashMap<(String, String), Value>, StoreError> {
    let kinds: Vec<String> = entries.iter().map(|entry| entry.kind.clone()).collect();
    let keys: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    let standing = sqlx::query!(
        "select r.kind, r.key, r.body from unnest($1::text[], $2::text[]) as k(kind, key)
         join keshi.registry r on r.kind = k.kind and r.key = k.key",
        &kinds,
        &keys
    )
    .fetch_all(executor)
    .await?;
    Ok(standing.into_iter().map(|row| ((row.kind, row.key), row.body)).collect())
}

/// The entries that say something else than what stands.
async fn said_anew<'e>(tx: &mut Tx, entries: &'e [NewEntry]) -> Result<Vec<&'e NewEntry>, StoreError> {
    let standing = standing(&mut **tx, entries).await?;
    let is_new =
        |entry: &&NewEntry| standing.get(&(entry.kind.clone(), entry.key.clone())) != entry.body.as_ref();
    Ok(entries.iter().filter(is_new).collect())
}

/// The end of the register's chain, and the moment that `now()` is in this transaction, µs since the epoch.
async fn end(tx: &mut Tx) -> Result<(Chain, i64), StoreError> {
    let now = sqlx::query_scalar!(r#"select (extract(epoch from now()) * 1000000)::bigint as "now!""#)
        .fetch_one(&mut **tx)
        .await?;
    let last = sqlx::query!("select number, entry from keshi.register order by number desc limit 1")
        .fetch_optional(&mut **tx)
        .await?;
    let end = match last {
        Some(last) => chain("register", last.number, &last.entry)?,
        None => Chain::of_register(),
    };
    Ok((end, now))
}

/// Bodies as PostgreSQL will write them: what the chain covers.
async fn stored_texts(tx: &mut Tx, bodies: &[Option<Value>]) -> Result<Vec<Option<String>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select b.body::text from unnest($1::jsonb[]) with ordinality as b(body, place) order by b.place",
        bodies as &[Option<Value>]
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// Appends entries to the register and its chain, and folds them.
async fn append(
    tx: &mut Tx,
    entries: &[&NewEntry],
    chain: &mut Chain,
    recorded_at_us: i64,
    who: &str,
    why: &str,
) -> Result<(), StoreError> {
    let after = chain.count as i64;
    let numbers: Vec<i64> = (after + 1..=after + entries.len() as i64).collect();
    let kinds: Vec<String> = entries.iter().map(|entry| entry.kind.clone()).collect();
    let keys: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    let bodies: Vec<Option<Value>> = entries.iter().map(|entry| entry.body.clone()).collect();
    let texts = stored_texts(tx, &bodies).await?;
    let mut linked = Vec::with_capacity(entries.len());
    for ((entry, number), body) in entries.iter().zip(&numbers).zip(&texts) {
        let (kind, key, body) = (entry.kind.as_str(), entry.key.as_str(), body.as_deref());
        let decision = Decision { number: *number, recorded_at_us, kind, key, body, who, why };
        linked.push(chain.record(&decision).0.to_vec());
    }
    sqlx::query!(
        "insert into keshi.register (number, kind, key, body, who, why, entry)
         select e.number, e.kind, e.key, e.body, $5, $6, e.entry
         from unnest($1::bigint[], $2::text[], $3::text[], $4::jsonb[], $7::bytea[]) as e(number, kind, key, body, entry)
         order by e.number",
        &numbers,
        &kinds,
        &keys,
        &bodies as &[Option<Value>],
        who,
        why,
        &linked
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into keshi.registry (kind, key, number, body)
         select e.kind, e.key, e.number, e.body
         from unnest($1::bigint[], $2::text[], $3::text[], $4::jsonb[]) as e(number, kind, key, body) where e.body is not null
         on conflict (kind, key) do update set number = excluded.number, body = excluded.body",
        &numbers,
        &kinds,
        &keys,
        &bodies as &[Option<Value>],
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "delete from keshi.registry r using unnest($1::text[], $2::text[], $3::jsonb[]) as e(kind, key, body)
         where r.kind = e.kind and r.key = e.key and e.body is null",
        &kinds,
        &keys,
        &bodies as &[Option<Value>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
