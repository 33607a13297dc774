//! Steps of claims, marks beside them, and the books: each in one transaction that holds the claim.

use rust_decimal::Decimal;
use sqlx::types::Uuid;
use sqlx::types::chrono::NaiveDate;
use sqlx::{Postgres, Transaction};

use crate::batch::{FactRow, insert_facts};
use crate::books::{Booking, Posting, is_booked, owed, write_booking};
use crate::claims::ClaimRow;
use crate::connect::Store;
use crate::error::StoreError;
use crate::settling::SETTLING_LOCK;
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

    /// Takes a step: `decide` sees the claim, locked, and says what to write. A step that `changes` what the trainee's claims rest
    /// on (it ends one, or gives it back to be mended) waits for the page that is settled now. `None`: there is no such claim.
    ///
    /// # Errors
    /// When `decide` refuses or the database fails; nothing is written then.
    pub async fn take_step<E: From<StoreError>>(
        &self,
        claim: Uuid,
        changes: bool,
        decide: impl FnOnce(&ClaimNow) -> Result<Taken, E>,
    ) -> Result<Option<ClaimNow>, E> {
        let mut tx = self.begin().await?;
        if changes {
            let shared = sqlx::query!("select pg_advisory_xact_lock_shared($1)", SETTLING_LOCK);
            shared.execute(&mut *tx).await.map_err(StoreError::from)?;
        }
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

async fn write_step(tx: &mut Tx, now: &ClaimNow, taken: &Taken) -> Result<(), StoreError> {
    let amount = taken.amount_yuan.unwrap_or(now.row.amount_yuan);
    sqlx::query!(
        "with moment as (select clock_timestamp() as at)
         insert into keshi.claim_step (claim, number, step, from_state, to_state, who, why, amount_yuan, at, hash)
         select $1, $2, $3, $4, $5, $6, $7, $8, moment.at,
                keshi.step_hash((select hash from keshi.claim_step where claim = $1 and number = $2 - 1), $1, $2, $3, $4, $5, $6, $7, $8, moment.at)
         from moment",
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
    if ["returned", "rejected", "withdrawn", "clawed-back"].contains(&taken.to_state) {
        sqlx::query!(
            "insert into keshi.to_judge (trainee) values ($1) on conflict do nothing",
            now.row.trainee
        )
        .execute(&mut **tx)
        .await?;
        sqlx::query!("update keshi.unclaimed set stale = true where trainee = $1", now.row.trainee)
            .execute(&mut **tx)
            .await?;
    }
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
