//! Completions on their way to claims.

use rust_decimal::Decimal;
use sqlx::types::Uuid;

use crate::batch::{FactRow, insert_facts};
use crate::connect::Store;
use crate::error::StoreError;
use crate::text::{escape, unescape};

/// A completion that has no claim of a scheme.
#[derive(Clone, Debug)]
pub struct OpenCompletion {
    /// Who.
    pub trainee: String,
    /// Which course.
    pub course: String,
    /// Corrected event time, ms.
    pub completed_at: i64,
    /// Corrected event time, ms.
    pub studied_at: i64,
    /// Corrected event time, ms.
    pub assessed_at: i64,
    /// Corrected event time, ms.
    pub first_counted_at: i64,
    /// Stream sequences that met the requirements.
    pub evidence: Vec<i64>,
    /// Floor of the exact sum, s.
    pub verified_seconds: i64,
    /// Class hours of it.
    pub class_hours: i64,
}

/// A claim to draft.
#[derive(Clone, Debug)]
pub struct DraftClaim {
    /// Its id.
    pub claim: Uuid,
    /// Which scheme.
    pub scheme: String,
    /// Who studied.
    pub trainee: String,
    /// Which course.
    pub course: String,
    /// Who is paid.
    pub provider: String,
    /// How much, to the fen.
    pub amount_yuan: Decimal,
    /// The pack's id.
    pub pack: String,
    /// The pack's hash.
    pub pack_sha256: String,
    /// JSON: rule by rule.
    pub derivation: String,
}

/// A claim as it is listed.
#[derive(Clone, Debug)]
pub struct ClaimRow {
    /// Its id.
    pub claim: Uuid,
    /// Which scheme.
    pub scheme: String,
    /// Who studied.
    pub trainee: String,
    /// Which course.
    pub course: String,
    /// Who is paid.
    pub provider: String,
    /// Where it stands.
    pub state: String,
    /// How much.
    pub amount_yuan: Decimal,
    /// The pack's id.
    pub pack: String,
    /// JSON: rule by rule.
    pub derivation: String,
}

/// Claims by state.
#[derive(Clone, Debug)]
pub struct Totals {
    /// Where they stand.
    pub state: String,
    /// How many.
    pub claims: i64,
    /// Their sum.
    pub amount_yuan: Decimal,
}

impl Store {
    /// Completions without a claim of this scheme, after (trainee, course), in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_completions(
        &self,
        scheme: &str,
        after: (&str, &str),
        limit: i64,
    ) -> Result<Vec<OpenCompletion>, StoreError> {
        let mut rows = sqlx::query_as!(
            OpenCompletion,
            "select c.trainee, c.course, c.completed_at, c.studied_at, c.assessed_at, c.first_counted_at, c.evidence, r.verified_seconds, r.class_hours
             from completion c join course_record r on r.trainee = c.trainee and r.course = c.course
             where (c.trainee, c.course) > ($2, $3)
               and not exists (select 1 from keshi.claim k where k.scheme = $1 and k.trainee = c.trainee and k.course = c.course)
             order by c.trainee, c.course limit $4",
            scheme,
            after.0,
            escape(after.1).into_owned(),
            limit
        )
        .fetch_all(self.pool())
        .await?;
        for row in &mut rows {
            row.course = unescape(&row.course);
        }
        Ok(rows)
    }

    /// Drafts a claim once: with its first step and its fact, or not at all when it stands already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn draft(&self, draft: &DraftClaim, fact: &FactRow) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let made = sqlx::query!(
            "insert into keshi.claim (claim, scheme, trainee, course, provider, state, amount_yuan, pack, pack_sha256, derivation)
             values ($1, $2, $3, $4, $5, 'drafted', $6, $7, $8, $9)
             on conflict on constraint one_claim_per_study do nothing",
            draft.claim,
            draft.scheme,
            draft.trainee,
            escape(&draft.course).into_owned(),
            draft.provider,
            draft.amount_yuan,
            draft.pack,
            draft.pack_sha256,
            draft.derivation
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if made == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query!(
            "insert into keshi.claim_step (claim, number, step, from_state, to_state, who, why)
             values ($1, 1, 'draft', null, 'drafted', 'keshi', 'completed: drafted by the settlement worker')",
            draft.claim
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "delete from keshi.unclaimed where scheme = $1 and trainee = $2 and course = $3",
            draft.scheme,
            draft.trainee,
            escape(&draft.course).into_owned()
        )
        .execute(&mut *tx)
        .await?;
        insert_facts(&mut tx, std::slice::from_ref(fact)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Notes why a completion makes no claim (yet). Says whether that is new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_unclaimed(
        &self,
        scheme: &str,
        trainee: &str,
        course: &str,
        verdict: &str,
        derivation: &str,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "insert into keshi.unclaimed (scheme, trainee, course, verdict, derivation) values ($1, $2, $3, $4, $5)
             on conflict (scheme, trainee, course) do update
                 set verdict = excluded.verdict, derivation = excluded.derivation, noted_at = now()
                 where unclaimed.verdict <> excluded.verdict or unclaimed.derivation <> excluded.derivation",
            scheme,
            trainee,
            escape(course).into_owned(),
            verdict,
            derivation
        )
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Claims after (trainee, course), in order, in one state or any, of one trainee or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claims(
        &self,
        state: Option<&str>,
        trainee: Option<&str>,
        limit: i64,
    ) -> Result<Vec<ClaimRow>, StoreError> {
        let mut rows = sqlx::query_as!(
            ClaimRow,
            r#"select claim, scheme, trainee, course, provider, state, amount_yuan, pack, derivation from keshi.claim
               where ($1::text is null or state = $1) and ($2::text is null or trainee = $2)
               order by trainee collate "C", course collate "C", scheme limit $3"#,
            state,
            trainee,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        for row in &mut rows {
            row.course = unescape(&row.course);
        }
        Ok(rows)
    }

    /// One claim.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(&self, claim: Uuid) -> Result<Option<ClaimRow>, StoreError> {
        let row = sqlx::query_as!(
            ClaimRow,
            "select claim, scheme, trainee, course, provider, state, amount_yuan, pack, derivation from keshi.claim where claim = $1",
            claim
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| ClaimRow { course: unescape(&row.course), ..row }))
    }

    /// Claims by state, with sums.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_totals(&self) -> Result<Vec<Totals>, StoreError> {
        Ok(sqlx::query_as!(
            Totals,
            r#"select state, count(*) as "claims!", sum(amount_yuan) as "amount_yuan!" from keshi.claim group by state order by state"#
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// How many completions are neither claimed nor noted as unclaimed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unsettled(&self) -> Result<i64, StoreError> {
        let count = sqlx::query_scalar!(
            "select count(*) from completion c
             where not exists (select 1 from keshi.claim k where k.trainee = c.trainee and k.course = c.course)
               and not exists (select 1 from keshi.unclaimed u where u.trainee = c.trainee and u.course = c.course)"
        )
        .fetch_one(self.pool())
        .await?;
        Ok(count.unwrap_or(0))
    }

    /// Completions that make no claim: (trainee, course, verdict, derivation).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unclaimed(&self, limit: i64) -> Result<Vec<(String, String, String, String)>, StoreError> {
        let rows = sqlx::query!(
            r#"select trainee, course, verdict, derivation from keshi.unclaimed order by trainee collate "C", course collate "C" limit $1"#,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.trainee, unescape(&row.course), row.verdict, row.derivation))
            .collect())
    }
}
