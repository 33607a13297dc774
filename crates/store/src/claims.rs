//! Completions on their way to claims.

use rust_decimal::Decimal;
use sqlx::types::Uuid;
use sqlx::types::chrono::NaiveDate;

use crate::connect::Store;
use crate::error::StoreError;
use crate::text::unescape;

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
    /// Who hands it in.
    pub provider: String,
    /// Where it stands.
    pub state: String,
    /// How much.
    pub amount_yuan: Decimal,
    /// The pack's id.
    pub pack: String,
    /// JSON: rule by rule.
    pub derivation: String,
    /// Which certificate it rests on.
    pub certificate: Option<String>,
    /// Who is paid; none: the trainee.
    pub payee: Option<String>,
    /// Who pays.
    pub district: String,
    /// JSON: what a roster shows, as it stood at drafting.
    pub sheet: String,
    /// While publicised: the first day on which the city may decide.
    pub approval_from: Option<NaiveDate>,
}

/// A study or certificate that makes no claim (yet).
#[derive(Clone, Debug)]
pub struct UnclaimedRow {
    /// Who.
    pub trainee: String,
    /// Which course; empty without one.
    pub course: String,
    /// `course/<id>` or `certificate/<number>`.
    pub subject: String,
    /// Which scheme was asked.
    pub scheme: String,
    /// `waits`, `refused` or `referred`.
    pub verdict: String,
    /// JSON: rule by rule.
    pub derivation: String,
}

/// Which claims; what is left out does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// In one state.
    pub state: Option<&'a str>,
    /// Of one trainee.
    pub trainee: Option<&'a str>,
    /// Of one payer district.
    pub district: Option<&'a str>,
    /// Of one provider.
    pub provider: Option<&'a str>,
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
    /// Claims by trainee and course, as many as are wanted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claims(&self, wanted: &Wanted<'_>, limit: i64) -> Result<Vec<ClaimRow>, StoreError> {
        let mut rows = sqlx::query_as!(
            ClaimRow,
            r#"select claim, scheme, trainee, course, provider, state, amount_yuan, pack, derivation, certificate, payee, district, sheet, approval_from from keshi.claim
               where ($1::text is null or state = $1) and ($2::text is null or trainee = $2)
                 and ($4::text is null or district = $4) and ($5::text is null or provider = $5)
               order by trainee collate "C", course collate "C", scheme limit $3"#,
            wanted.state,
            wanted.trainee,
            limit,
            wanted.district,
            wanted.provider
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
            "select claim, scheme, trainee, course, provider, state, amount_yuan, pack, derivation, certificate, payee, district, sheet, approval_from from keshi.claim where claim = $1",
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
             where not exists (select 1 from keshi.claim k where k.trainee = c.trainee and k.subject = 'course/' || c.course)
               and not exists (select 1 from keshi.unclaimed u where u.trainee = c.trainee and u.subject = 'course/' || c.course)"
        )
        .fetch_one(self.pool())
        .await?;
        Ok(count.unwrap_or(0))
    }

    /// Studies and certificates that make no claim (yet), of one verdict or any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unclaimed(
        &self,
        verdict: Option<&str>,
        limit: i64,
    ) -> Result<Vec<UnclaimedRow>, StoreError> {
        let rows = sqlx::query_as!(
            UnclaimedRow,
            r#"select trainee, course, subject, scheme, verdict, derivation from keshi.unclaimed
               where $1::text is null or verdict = $1 order by trainee collate "C", subject collate "C" limit $2"#,
            verdict,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        let plain = |row: UnclaimedRow| UnclaimedRow {
            course: unescape(&row.course),
            subject: unescape(&row.subject),
            ..row
        };
        Ok(rows.into_iter().map(plain).collect())
    }
}
