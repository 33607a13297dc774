//! Claims as the console lists them: each list in pages after a cursor, each within a scope.

use keshi_account::Scope;
use rust_decimal::Decimal;
use sqlx::types::Uuid;

use crate::claims::{ClaimRow, Totals};
use crate::connect::Store;
use crate::error::StoreError;
use crate::rosters::RosterRow;
use crate::text::unescape;

impl Store {
    /// Claims after one, in a state or any, of a trainee or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_lines(
        &self,
        scope: &Scope,
        state: Option<&str>,
        trainee: Option<&str>,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<ClaimRow>, StoreError> {
        let mut rows = sqlx::query_as!(
            ClaimRow,
            r#"select c.claim, c.scheme, c.trainee, c.course, c.provider, c.state, c.amount_yuan, c.pack, c.derivation,
                      c.certificate, c.payee, c.district, c.sheet, c.approval_from
               from keshi.claim c
               where c.claim > $5
                 and ($1::text is null or c.district = $1 or exists (select 1 from keshi.resident p where p.trainee = c.trainee and p.district = $1))
                 and ($2::text is null or c.provider = $2)
                 and ($3::text is null or c.state = $3) and ($4::text is null or c.trainee = $4)
               order by c.claim limit $6"#,
            scope.district(),
            scope.provider(),
            state,
            trainee,
            after,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        for row in &mut rows {
            row.course = unescape(&row.course);
        }
        Ok(rows)
    }

    /// One claim, if the scope reaches it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_within(&self, scope: &Scope, claim: Uuid) -> Result<Option<ClaimRow>, StoreError> {
        let row = sqlx::query_as!(
            ClaimRow,
            r#"select c.claim, c.scheme, c.trainee, c.course, c.provider, c.state, c.amount_yuan, c.pack, c.derivation,
                      c.certificate, c.payee, c.district, c.sheet, c.approval_from
               from keshi.claim c
               where c.claim = $3
                 and ($1::text is null or c.district = $1 or exists (select 1 from keshi.resident p where p.trainee = c.trainee and p.district = $1))
                 and ($2::text is null or c.provider = $2)"#,
            scope.district(),
            scope.provider(),
            claim
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| ClaimRow { course: unescape(&row.course), ..row }))
    }

    /// Claims by state with sums, within a scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_totals_within(&self, scope: &Scope) -> Result<Vec<Totals>, StoreError> {
        let rows = sqlx::query!(
            r#"select c.state, count(*) as "claims!", sum(c.amount_yuan) as "amount_yuan!: Decimal" from keshi.claim c
               where ($1::text is null or c.district = $1 or exists (select 1 from keshi.resident p where p.trainee = c.trainee and p.district = $1))
                 and ($2::text is null or c.provider = $2)
               group by c.state order by c.state"#,
            scope.district(),
            scope.provider()
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Totals { state: row.state, claims: row.claims, amount_yuan: row.amount_yuan })
            .collect())
    }

    /// Batches within a scope, newest first; after one, or this one alone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rosters_within(
        &self,
        scope: &Scope,
        roster: Option<Uuid>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<RosterRow>, StoreError> {
        Ok(sqlx::query_as!(
            RosterRow,
            r#"select r.roster, r.scheme, r.provider, r.district, r.from_day, r.to_day, r.who, r.made_at,
                      count(k.claim) as "claims!", coalesce(sum(k.amount_yuan), 0) as "amount_yuan!"
               from keshi.roster r left join keshi.roster_claim c on c.roster = r.roster
               left join keshi.claim k on k.claim = c.claim and k.state not in ('rejected', 'withdrawn')
               where ($1::text is null or r.district = $1) and ($2::text is null or r.provider = $2)
                 and ($3::uuid is null or r.roster = $3)
                 and ($4::uuid is null or (r.made_at, r.roster) < (select a.made_at, a.roster from keshi.roster a where a.roster = $4))
               group by r.roster order by r.made_at desc, r.roster desc limit $5"#,
            scope.district(),
            scope.provider(),
            roster,
            after,
            limit
        )
        .fetch_all(self.pool())
        .await?)
    }
}
