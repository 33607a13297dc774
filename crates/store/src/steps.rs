//! Steps of claims, marks beside them, and the books: each in one transaction that holds the claim.

use rust_decimal::Decimal;
use sqlx::types::Uuid;
use sqlx::types::chrono::{DateTime, NaiveDate, Utc};
use sqlx::{Postgres, Transaction};

use crate::batch::{FactRow, insert_facts};
use crate::claims::ClaimRow;
use crate::connect::Store;
use crate::error::StoreError;
use crate::text::unescape;

type Tx = Transaction<'static, Postgres>;

/// A claim as a step finds it.
#[derive(Clone, Debug)]
pub struct ClaimNow {
    /// The claim.
    pub row: ClaimRow,
    /// Who took the last step.
    pub last_who: String,
    /// Its number.
    pub last_number: i32,
    /// When it was made public, last.
    pub published_on: Option<NaiveDate>,
    /// First day on which the city may decide.
    pub approval_from: Option<NaiveDate>,
    /// Keys of the holds that stand.
    pub holds: Vec<String>,
    /// What the payee owes the payer district from claw-backs: (claim, yuan), oldest first.
    pub owed: Vec<(Uuid, Decimal)>,
}

/// One line of a booking.
#[derive(Clone, Debug)]
pub struct Posting {
    /// `budget`, `obligation`, `paid`, `receivable` or `recovered`.
    pub account: &'static str,
    /// Of which claim.
    pub claim: Uuid,
    /// Positive or negative.
    pub amount_yuan: Decimal,
}

/// A booking: it sums to zero, and is made once.
#[derive(Clone, Debug, Default)]
pub struct Booking {
    /// Its name for ever.
    pub name: String,
    /// Its lines.
    pub postings: Vec<Posting>,
}

/// A step that was decided.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Which.
    pub step: &'static str,
    /// The state afterwards.
    pub to_state: &'static str,
    /// Who.
    pub who: String,
    /// Why.
    pub why: String,
    /// Of how much, where not of the claim's amount.
    pub amount_yuan: Option<Decimal>,
    /// A publicity period that begins: its day, and the first on which the city may decide.
    pub publicity: Option<(NaiveDate, NaiveDate)>,
    /// What it moves.
    pub booking: Booking,
    /// Whom it tells.
    pub fact: FactRow,
}

/// A hold or a release to note.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Of which hold.
    pub key: String,
    /// Set, or released.
    pub held: bool,
    /// Who.
    pub who: String,
    /// Why.
    pub why: String,
}

/// A line of a claim's history.
#[derive(Clone, Debug)]
pub struct StepRow {
    /// From 1.
    pub number: i32,
    /// Which step.
    pub step: String,
    /// From where.
    pub from_state: Option<String>,
    /// To where.
    pub to_state: String,
    /// Who.
    pub who: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Of how much.
    pub amount_yuan: Option<Decimal>,
    /// Whether its hash follows from the step before.
    pub chained: bool,
}

/// A hold or release as it is listed.
#[derive(Clone, Debug)]
pub struct MarkRow {
    /// Of which hold.
    pub key: String,
    /// Set, or released.
    pub held: bool,
    /// Who.
    pub who: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A balance of the books.
#[derive(Clone, Debug)]
pub struct Balance {
    /// Of which payer district.
    pub district: String,
    /// Of which account.
    pub account: String,
    /// The sum of its postings.
    pub amount_yuan: Decimal,
}

/// An adjustment as it is listed.
#[derive(Clone, Debug)]
pub struct AdjustmentRow {
    /// Of which claim.
    pub claim: Uuid,
    /// Whose.
    pub trainee: String,
    /// Which course.
    pub course: String,
    /// Where the claim stands.
    pub state: String,
    /// How much it asks for.
    pub amount_yuan: Decimal,
    /// The completion when it was drafted.
    pub was: String,
    /// The completion now; empty: it is gone.
    pub now_is: String,
    /// When it was found.
    pub found_at: DateTime<Utc>,
    /// Whether its hold stands.
    pub open: bool,
}

impl Store {
    /// A claim as a step would find it now. `None`: there is no such claim.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_at_claim(&self, claim: Uuid) -> Result<Option<ClaimNow>, StoreError> {
        let mut tx = self.begin().await?;
        let now = lock(&mut tx, claim).await?;
        tx.rollback().await?;
        Ok(now)
    }

    /// Takes a step: `decide` sees the claim, locked, and says what to write. `None`: there is no such claim.
    ///
    /// # Errors
    /// When `decide` refuses or the database fails; nothing is written then.
    pub async fn take_step<E: From<StoreError>>(
        &self,
        claim: Uuid,
        decide: impl FnOnce(&ClaimNow) -> Result<Taken, E>,
    ) -> Result<Option<ClaimNow>, E> {
        let mut tx = self.begin().await?;
        let Some(now) = lock(&mut tx, claim).await? else { return Ok(None) };
        let taken = decide(&now)?;
        write_step(&mut tx, &now, &taken).await?;
        write_booking(&mut tx, &now.row.district, now.row.payee.as_deref(), &taken.booking).await?;
        insert_facts(&mut tx, std::slice::from_ref(&taken.fact)).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(Some(now))
    }

    /// Sets or releases holds: `decide` sees the claim, locked. `None`: there is no such claim.
    ///
    /// # Errors
    /// When `decide` refuses or the database fails.
    pub async fn mark_claim<E: From<StoreError>>(
        &self,
        claim: Uuid,
        decide: impl FnOnce(&ClaimNow) -> Result<Vec<Mark>, E>,
    ) -> Result<Option<ClaimNow>, E> {
        let mut tx = self.begin().await?;
        let Some(now) = lock(&mut tx, claim).await? else { return Ok(None) };
        for mark in decide(&now)? {
            insert_mark(&mut tx, claim, &mark).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(Some(now))
    }

    /// Books what moves no state: a repayment. A booking that was made before moves nothing. `None`: there is no such
    /// claim; else whether it was new.
    ///
    /// # Errors
    /// When `decide` refuses or the database fails.
    pub async fn book<E: From<StoreError>>(
        &self,
        claim: Uuid,
        name: &str,
        decide: impl FnOnce(&ClaimNow) -> Result<Vec<Posting>, E>,
    ) -> Result<Option<bool>, E> {
        let mut tx = self.begin().await?;
        let Some(now) = lock(&mut tx, claim).await? else { return Ok(None) };
        if is_booked(&mut tx, name).await? {
            return Ok(Some(false));
        }
        let booking = Booking { name: name.to_owned(), postings: decide(&now)? };
        write_booking(&mut tx, &now.row.district, now.row.payee.as_deref(), &booking).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(Some(true))
    }

    /// A claim's steps, in order, each with whether it follows from the one before by its hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_history(&self, claim: Uuid) -> Result<Vec<StepRow>, StoreError> {
        Ok(sqlx::query_as!(
            StepRow,
            r#"select number, step, from_state, to_state, who, why, at, amount_yuan,
                      (hash is not distinct from keshi.step_hash(lag(hash) over (order by number), claim, number, step, from_state, to_state, who, why, amount_yuan, at)) as "chained!"
               from keshi.claim_step where claim = $1 order by number"#,
            claim
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// A claim's holds and releases, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_marks(&self, claim: Uuid) -> Result<Vec<MarkRow>, StoreError> {
        Ok(sqlx::query_as!(
            MarkRow,
            "select key, held, who, why, at from keshi.claim_mark where claim = $1 order by number",
            claim
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// The books: a balance per district and account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn balances(&self, district: Option<&str>) -> Result<Vec<Balance>, StoreError> {
        Ok(sqlx::query_as!(
            Balance,
            r#"select district, account, sum(amount_yuan) as "amount_yuan!" from keshi.posting
               where $1::text is null or district = $1 group by district, account order by district, account"#,
            district
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Completions that changed after their claims were drafted, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn adjustments(&self, limit: i64) -> Result<Vec<AdjustmentRow>, StoreError> {
        let rows = sqlx::query_as!(
            AdjustmentRow,
            r#"select a.claim, k.trainee, k.course, k.state, k.amount_yuan, a.was, a.now_is, a.found_at,
                      coalesce((select m.held from keshi.claim_mark m where m.claim = a.claim and m.key = 'adjustment/' || a.now_is
                                order by m.number desc limit 1), false) as "open!"
               from keshi.adjustment a join keshi.claim k on k.claim = a.claim order by a.found_at desc, a.claim limit $1"#,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| AdjustmentRow { course: unescape(&row.course), ..row }).collect())
    }
}

/// Locks the claim as its updates do. Not `for update`: a set-off that books on another claim refers to that one's key, and
/// would wait for whoever holds it and itself waits for the payee's books.
async fn lock(tx: &mut Tx, claim: Uuid) -> Result<Option<ClaimNow>, StoreError> {
    let Some(at) = sqlx::query!(
        "select published_on, approval_from from keshi.claim where claim = $1 for no key update",
        claim
    )
    .fetch_optional(&mut **tx)
    .await?
    else {
        return Ok(None);
    };
    let row = sqlx::query_as!(
        ClaimRow,
        "select claim, scheme, trainee, course, provider, state, amount_yuan, pack, derivation, certificate, payee, district, sheet, approval_from
         from keshi.claim where claim = $1",
        claim
    )
    .fetch_one(&mut **tx)
    .await?;
    let row = ClaimRow { course: unescape(&row.course), ..row };
    let last = sqlx::query!(
        "select number, who from keshi.claim_step where claim = $1 order by number desc limit 1",
        claim
    )
    .fetch_one(&mut **tx)
    .await?;
    let holds = standing_holds(tx, claim, &row.trainee).await?;
    let owed = owed(tx, &row).await?;
    Ok(Some(ClaimNow {
        row,
        last_who: last.who,
        last_number: last.number,
        published_on: at.published_on,
        approval_from: at.approval_from,
        holds,
        owed,
    }))
}

/// Holds that stand: those that were set here, and findings of level `hold` that were not dismissed, each until its
/// release. A release counts only until the finding is decided again.
async fn standing_holds(tx: &mut Tx, claim: Uuid, trainee: &str) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"with latest as (select distinct on (key) key, held, at from keshi.claim_mark where claim = $1 order by key, number desc)
           select key as "key!" from latest where held
           union
           select f.key from
               (select 'flag/' || f.kind || '/' || f.flag as key, d.decision, d.at
                from keshi.finding f
                left join lateral (select decision, at from keshi.finding_decision d where d.flag = f.flag
                                   order by d.number desc limit 1) d on true
                where f.level = 'hold' and f.people @> array[$2]) f
           where f.decision is distinct from 'dismissed'
             and not exists (select 1 from latest l where l.key = f.key and not l.held
                             and l.at >= coalesce(f.at, '-infinity'))
           order by 1"#,
        claim,
        trainee
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// What the payee owes, under a lock of its own so that it is set off once.
async fn owed(tx: &mut Tx, row: &ClaimRow) -> Result<Vec<(Uuid, Decimal)>, StoreError> {
    let payee = row.payee.clone().unwrap_or_else(|| format!("trainee/{}", row.trainee));
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))",
        format!("{}/{payee}", row.district)
    )
    .execute(&mut **tx)
    .await?;
    let rows = sqlx::query!(
        r#"select p.claim, sum(p.amount_yuan) as "amount!" from keshi.posting p join keshi.claim k on k.claim = p.claim
           where p.account = 'receivable' and p.district = $1 and k.payee is not distinct from $2
             and ($2::text is not null or k.trainee = $3)
           group by p.claim having sum(p.amount_yuan) > 0 order by min(p.number)"#,
        row.district,
        row.payee,
        row.trainee
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.claim, row.amount)).collect())
}

async fn write_step(tx: &mut Tx, now: &ClaimNow, taken: &Taken) -> Result<(), StoreError> {
    let amount = taken.amount_yuan.unwrap_or(now.row.amount_yuan);
    sqlx::query!(
        "insert into keshi.claim_step (claim, number, step, from_state, to_state, who, why, amount_yuan, at, hash)
         select $1, $2, $3, $4, $5, $6, $7, $8, now(),
                keshi.step_hash((select hash from keshi.claim_step where claim = $1 and number = $2 - 1), $1, $2, $3, $4, $5, $6, $7, $8, now())",
        now.row.claim,
        now.last_number + 1,
        taken.step,
        now.row.state,
        taken.to_state,
        taken.who,
        taken.why,
        amount
    )
    .execute(&mut **tx)
    .await?;
    let (published_on, approval_from) = taken.publicity.unzip();
    sqlx::query!(
        "update keshi.claim set state = $2, published_on = coalesce($3, published_on), approval_from = coalesce($4, approval_from)
         where claim = $1",
        now.row.claim,
        taken.to_state,
        published_on,
        approval_from
    )
    .execute(&mut **tx)
    .await?;
    if ["rejected", "withdrawn"].contains(&taken.to_state) {
        sqlx::query!("update keshi.unclaimed set stale = true where trainee = $1", now.row.trainee)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

async fn is_booked(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    let there = sqlx::query_scalar!(
        r#"select exists (select 1 from keshi.posting where booking = $1) as "there!""#,
        name
    );
    Ok(there.fetch_one(&mut **tx).await?)
}

async fn write_booking(
    tx: &mut Tx,
    district: &str,
    payee: Option<&str>,
    booking: &Booking,
) -> Result<(), StoreError> {
    if booking.postings.is_empty() || is_booked(tx, &booking.name).await? {
        return Ok(());
    }
    sqlx::query!(
        "insert into keshi.posting (booking, district, account, claim, payee, amount_yuan)
         select $1, $2, p.account, p.claim, $3, p.amount
         from unnest($4::text[], $5::uuid[], $6::numeric[]) as p(account, claim, amount)",
        booking.name,
        district,
        payee,
        &booking.postings.iter().map(|p| p.account.to_owned()).collect::<Vec<_>>(),
        &booking.postings.iter().map(|p| p.claim).collect::<Vec<_>>(),
        &booking.postings.iter().map(|p| p.amount_yuan).collect::<Vec<_>>()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert_mark(tx: &mut Tx, claim: Uuid, mark: &Mark) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into keshi.claim_mark (claim, key, held, who, why) values ($1, $2, $3, $4, $5)",
        claim,
        mark.key,
        mark.held,
        mark.who,
        mark.why
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
