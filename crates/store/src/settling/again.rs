//! Claims that are judged again: what they were drafted on, and what becomes of a difference.

use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::types::Uuid;
use sqlx::{Postgres, Transaction};

use super::{DraftClaim, Settling, TraineeClaim, columns};
use crate::batch::{FactRow, insert_facts};
use crate::connect::Store;
use crate::error::StoreError;
use crate::text::{escape, unescape};

type Tx = Transaction<'static, Postgres>;

/// What a claim was drafted on.
#[derive(Clone, Debug)]
pub struct ClaimToJudge {
    /// Its id.
    pub claim: Uuid,
    /// Whose.
    pub trainee: String,
    /// Which scheme.
    pub scheme: String,
    /// Which course; empty without one.
    pub course: String,
    /// Which certificate.
    pub certificate: Option<String>,
    /// Where it stands.
    pub state: String,
    /// The moments of the study that it rests on; empty: it rests on none.
    pub fingerprint: String,
    /// How much.
    pub amount_yuan: Decimal,
    /// Who is paid; none: the trainee.
    pub payee: Option<String>,
    /// Who hands it in.
    pub provider: String,
    /// Who pays.
    pub district: String,
    /// JSON: rule by rule.
    pub derivation: String,
    /// JSON: what a roster shows.
    pub sheet: String,
    /// The certificate's registry row now; none: it was taken back.
    pub body: Option<Value>,
}

/// A difference between a claim and what would be drafted now.
#[derive(Clone, Copy, Debug)]
pub struct Again<'a> {
    /// Which claim.
    pub claim: Uuid,
    /// What was drafted, in short.
    pub was: &'a str,
    /// What would be drafted now, in short; none: the same.
    pub now_is: Option<&'a str>,
    /// Why, as a sentence.
    pub why: &'a str,
    /// Whether the worker itself may release what it held, once there is no difference: of drafts, which no official has seen.
    pub releases: bool,
}

/// What became of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjusted {
    /// It was not known yet.
    pub is_new: bool,
    /// Its hold stands: no official has released it.
    pub is_held: bool,
}

/// Whether the read model lacks what it once had: it is being filled from the log again.
pub(super) async fn is_behind(tx: &mut Tx) -> Result<bool, StoreError> {
    let behind = sqlx::query_scalar!(
        r#"select exists (select 1 from keshi.settled_mark m left join checkpoint c on c.partition = m.partition
             where c.partition is null or (c.stream_created_at = m.stream_created_at and c.saved < m.seq)) as "behind!""#
    );
    Ok(behind.fetch_one(&mut **tx).await?)
}

impl Store {
    /// Whether the read model lacks what it once had: then nothing can be said of what claims rest on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_record_behind(&self) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let behind = is_behind(&mut tx).await?;
        tx.rollback().await?;
        Ok(behind)
    }

    /// What these claims rest on, to be judged again, in the order in which they were drafted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claims_to_judge(&self, claims: &[Uuid]) -> Result<Vec<ClaimToJudge>, StoreError> {
        let rows = sqlx::query_as!(
            ClaimToJudge,
            r#"select k.claim, k.trainee, k.scheme, k.course, k.certificate, k.state, k.fingerprint, k.amount_yuan, k.payee, k.provider,
                      k.district, k.derivation, k.sheet, g.body as "body?"
               from keshi.claim k
               left join keshi.registry g on g.kind = 'certificate' and g.key = k.trainee || '/' || k.certificate
               where k.claim = any($1) order by k.drafted_at, k.claim"#,
            claims
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| ClaimToJudge { course: unescape(&row.course), ..row }).collect())
    }

    /// The claims of a trainee that were drafted before this one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claims_before(&self, claim: Uuid) -> Result<Vec<TraineeClaim>, StoreError> {
        let rows = sqlx::query_as!(
            TraineeClaim,
            r#"select k.claim, k.trainee, k.scheme, k.course, k.certificate, k.specialty, k.level, k.state,
                      k.amount_yuan - coalesce((select sum(s.amount_yuan) from keshi.claim_step s
                                                where s.claim = k.claim and s.step = 'claw-back'), 0) as "amount_yuan!"
               from keshi.claim k join keshi.claim own on own.trainee = k.trainee
               where own.claim = $1 and (k.drafted_at, k.claim) < (own.drafted_at, own.claim) order by k.drafted_at, k.claim"#,
            claim
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| TraineeClaim { course: unescape(&row.course), ..row }).collect())
    }

    /// Notes how a claim differs now, with a hold: an official who releases that hold has decided that the claim goes on all the
    /// same. The difference that was noted last is not noted again; one that came, went and came again is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn adjust(&self, again: Again<'_>) -> Result<Adjusted, StoreError> {
        let mut tx = self.begin().await?;
        let adjusted = adjust(&mut tx, again).await?;
        tx.commit().await?;
        Ok(adjusted)
    }
}

impl Settling {
    /// The same within the page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn adjust(&mut self, again: Again<'_>) -> Result<Adjusted, StoreError> {
        adjust(&mut self.tx, again).await
    }

    /// Draws a drafted or returned claim anew, and releases what adjustments held it. False: it has gone on meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn redraw(
        &mut self,
        claim: Uuid,
        draft: &DraftClaim,
        why: &str,
        fact: FactRow,
    ) -> Result<bool, StoreError> {
        let tx = &mut self.tx;
        let drawn = sqlx::query!(
            "update keshi.claim set amount_yuan = $2, payee = $3, provider = $4, district = $5, pack = $6, pack_sha256 = $7, derivation = $8,
                 sheet = $9, fingerprint = $10, seen = $11, completed_on = $12, specialty = $13, level = $14, course = $15
             where claim = $1 and state in ('drafted', 'returned')",
            claim,
            draft.claim.amount_yuan,
            draft.payee,
            draft.provider,
            draft.district,
            draft.pack,
            draft.pack_sha256,
            draft.derivation,
            draft.sheet,
            draft.fingerprint,
            draft.seen,
            draft.completed_on,
            draft.claim.specialty,
            draft.claim.level,
            escape(&draft.claim.course).into_owned()
        )
        .execute(&mut **tx)
        .await?;
        if drawn.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query!(
            "with last as (select max(number) as number from keshi.redraft where claim = $1), moment as (select clock_timestamp() as at)
             insert into keshi.redraft (claim, number, amount_yuan, why, at, hash)
             select $1, coalesce(last.number, 0) + 1, $2, $3, moment.at,
                    keshi.step_hash((select hash from keshi.redraft r where r.claim = $1 and r.number = last.number), $1,
                                    coalesce(last.number, 0) + 1, 'redraft', null, 'redraft', 'keshi', $3, $2, moment.at)
             from last, moment",
            claim,
            draft.claim.amount_yuan,
            why
        )
        .execute(&mut **tx)
        .await?;
        release_adjustments(tx, claim, why).await?;
        sqlx::query!(
            "insert into keshi.adjustment (claim, was, now_is, holds)
             select claim, was, was, false from keshi.adjustment
             where holds and number = (select max(number) from keshi.adjustment where claim = $1)",
            claim
        )
        .execute(&mut **tx)
        .await?;
        insert_facts(tx, &[fact]).await?;
        Ok(true)
    }

    /// Notes by which print of the record these claims were judged.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seen(&mut self, prints: &[(Uuid, String)]) -> Result<(), StoreError> {
        sqlx::query!(
            "update keshi.claim k set seen = p.seen from unnest($1::uuid[], $2::text[]) as p(claim, seen)
             where k.claim = p.claim and k.seen <> p.seen",
            &columns(prints, |(claim, _)| *claim),
            &columns(prints, |(_, seen)| seen.clone())
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}

async fn adjust(tx: &mut Tx, again: Again<'_>) -> Result<Adjusted, StoreError> {
    // Two who judge the same claim note one difference once.
    sqlx::query!("select claim from keshi.claim where claim = $1 for no key update", again.claim)
        .fetch_optional(&mut **tx)
        .await?;
    let last = sqlx::query!(
        "select now_is, holds from keshi.adjustment where claim = $1 order by number desc limit 1",
        again.claim
    )
    .fetch_optional(&mut **tx)
    .await?;
    let stands = |now: &str| last.as_ref().is_some_and(|last| last.holds && last.now_is == now);
    let Some(now_is) = again.now_is else {
        let is_new = last.as_ref().is_some_and(|last| last.holds);
        if is_new {
            note(tx, again.claim, again.was, again.was, false).await?;
        }
        if is_new && again.releases {
            release_adjustments(tx, again.claim, again.why).await?;
        }
        return Ok(Adjusted { is_new, is_held: false });
    };
    let key = format!("adjustment/{now_is}");
    let is_new = !stands(now_is);
    if is_new {
        note(tx, again.claim, again.was, now_is, true).await?;
        sqlx::query!(
            "insert into keshi.claim_mark (claim, key, held, who, why) values ($1, $2, true, 'keshi', $3)",
            again.claim,
            key,
            again.why
        )
        .execute(&mut **tx)
        .await?;
    }
    let held = sqlx::query_scalar!(
        "select held from keshi.claim_mark where claim = $1 and key = $2 order by number desc limit 1",
        again.claim,
        key
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(Adjusted { is_new, is_held: held.unwrap_or(true) })
}

async fn release_adjustments(tx: &mut Tx, claim: Uuid, why: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into keshi.claim_mark (claim, key, held, who, why)
         select $1, key, false, 'keshi', $2
         from (select distinct on (key) key, held from keshi.claim_mark where claim = $1 and key like 'adjustment/%' order by key, number desc) m
         where held",
        claim,
        why
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn note(tx: &mut Tx, claim: Uuid, was: &str, now_is: &str, holds: bool) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into keshi.adjustment (claim, was, now_is, holds) values ($1, $2, $3, $4)",
        claim,
        was,
        now_is,
        holds
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
