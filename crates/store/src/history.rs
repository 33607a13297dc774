//! What happened to a claim: its steps, redrafts, holds and adjustments, only ever added to.

use rust_decimal::Decimal;
use sqlx::types::Uuid;
use sqlx::types::chrono::{DateTime, Utc};

use crate::connect::Store;
use crate::error::StoreError;
use crate::text::unescape;

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

/// A draft that was drawn anew.
#[derive(Clone, Debug)]
pub struct RedraftRow {
    /// From 1.
    pub number: i32,
    /// What it asks for since.
    pub amount_yuan: Decimal,
    /// Why.
    pub why: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether its hash follows from the redraft before.
    pub chained: bool,
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
    /// What was drafted, in short.
    pub was: String,
    /// What would be drafted when it was found.
    pub now_is: String,
    /// When it was found.
    pub found_at: DateTime<Utc>,
    /// Whether its hold stands.
    pub open: bool,
}

impl Store {
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

    /// A claim's redrafts, in order, each with whether it follows from the one before by its hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_redrafts(&self, claim: Uuid) -> Result<Vec<RedraftRow>, StoreError> {
        Ok(sqlx::query_as!(
            RedraftRow,
            r#"select number, amount_yuan, why, at,
                      (hash is not distinct from keshi.step_hash(lag(hash) over (order by number), claim, number, 'redraft', null, 'redraft',
                           'keshi', why, amount_yuan, at)) as "chained!"
               from keshi.redraft where claim = $1 order by number"#,
            claim
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Claims that are no longer what was drafted, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn adjustments(&self, limit: i64) -> Result<Vec<AdjustmentRow>, StoreError> {
        let rows = sqlx::query_as!(
            AdjustmentRow,
            r#"select a.claim, k.trainee, k.course, k.state, k.amount_yuan, a.was, a.now_is, a.found_at,
                      coalesce((select m.held from keshi.claim_mark m where m.claim = a.claim and m.key = 'adjustment/' || a.now_is
                                order by m.number desc limit 1), false) as "open!"
               from keshi.adjustment a join keshi.claim k on k.claim = a.claim where a.holds order by a.number desc limit $1"#,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| AdjustmentRow { course: unescape(&row.course), ..row }).collect())
    }
}
