//! Rosters: which claims stand in which batch, and what is printed of them.

use rust_decimal::Decimal;
use sqlx::types::Uuid;
use sqlx::types::chrono::{DateTime, NaiveDate, Utc};

use crate::connect::Store;
use crate::error::StoreError;
use crate::text::unescape;

/// A batch to make.
#[derive(Clone, Debug)]
pub struct NewRoster {
    /// Its id.
    pub roster: Uuid,
    /// Of which scheme.
    pub scheme: String,
    /// Of which provider.
    pub provider: String,
    /// Of which payer district.
    pub district: String,
    /// First day of completions.
    pub from_day: NaiveDate,
    /// Last day.
    pub to_day: NaiveDate,
    /// Who makes it.
    pub who: String,
}

/// A batch as it is listed.
#[derive(Clone, Debug)]
pub struct RosterRow {
    /// Its id.
    pub roster: Uuid,
    /// Of which scheme.
    pub scheme: String,
    /// Of which provider.
    pub provider: String,
    /// Of which payer district.
    pub district: String,
    /// First day of completions.
    pub from_day: NaiveDate,
    /// Last day.
    pub to_day: NaiveDate,
    /// Who made it.
    pub who: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// How many claims.
    pub claims: i64,
    /// Their sum.
    pub amount_yuan: Decimal,
}

/// A line of a roster.
#[derive(Clone, Debug)]
pub struct RosterLine {
    /// From 1.
    pub place: i32,
    /// The claim.
    pub claim: Uuid,
    /// Whose.
    pub trainee: String,
    /// Which course; empty without one.
    pub course: String,
    /// Where the claim stands.
    pub state: String,
    /// How much.
    pub amount_yuan: Decimal,
    /// How much of it was claimed back.
    pub clawed_back: Option<Decimal>,
    /// JSON: what a roster shows, as it stood at drafting.
    pub sheet: String,
    /// Name.
    pub name: Option<String>,
    /// Identity-card number.
    pub id_number: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
}

impl Store {
    /// Makes a batch of the claims of this scheme, provider, district and period that are reviewed or further and stand in
    /// no batch yet. Says how many; with none, no batch is made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn make_roster(&self, new: &NewRoster) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into keshi.roster (roster, scheme, provider, district, from_day, to_day, who) values ($1, $2, $3, $4, $5, $6, $7)",
            new.roster,
            new.scheme,
            new.provider,
            new.district,
            new.from_day,
            new.to_day,
            new.who
        )
        .execute(&mut *tx)
        .await?;
        let placed = sqlx::query!(
            "insert into keshi.roster_claim (claim, roster, place)
             select k.claim, $1, row_number() over (order by k.completed_on, k.trainee, k.claim)
             from keshi.claim k
             where k.scheme = $2 and k.provider = $3 and k.district = $4 and k.completed_on between $5 and $6
               and k.state in ('reviewed', 'publicised', 'approved', 'payment-failed', 'paid')
               and not exists (select 1 from keshi.roster_claim r where r.claim = k.claim)
             on conflict (claim) do nothing",
            new.roster,
            new.scheme,
            new.provider,
            new.district,
            new.from_day,
            new.to_day
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if placed > 0 {
            tx.commit().await?;
        }
        Ok(placed)
    }

    /// Batches, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rosters(&self, roster: Option<Uuid>) -> Result<Vec<RosterRow>, StoreError> {
        Ok(sqlx::query_as!(
            RosterRow,
            r#"select r.roster, r.scheme, r.provider, r.district, r.from_day, r.to_day, r.who, r.made_at,
                      count(k.claim) as "claims!", coalesce(sum(k.amount_yuan), 0) as "amount_yuan!"
               from keshi.roster r left join keshi.roster_claim c on c.roster = r.roster left join keshi.claim k on k.claim = c.claim and k.state not in ('rejected', 'withdrawn')
               where $1::uuid is null or r.roster = $1 group by r.roster order by r.made_at desc, r.roster"#,
            roster
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// The lines of a batch after a place, in order, so many or all; personal data are not in them: they are revealed or
    /// masked to whoever asks.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roster_lines(
        &self,
        roster: Uuid,
        after: i64,
        limit: Option<i64>,
    ) -> Result<Vec<RosterLine>, StoreError> {
        let rows = sqlx::query!(
            "select c.place, k.claim, k.trainee, k.course, k.state, k.amount_yuan, k.sheet,
                    (select sum(s.amount_yuan) from keshi.claim_step s where s.claim = k.claim and s.step = 'claw-back') as clawed_back
             from keshi.roster_claim c join keshi.claim k on k.claim = c.claim where c.roster = $1 and c.place > $2::bigint and k.state not in ('rejected', 'withdrawn') order by c.place limit $3",
            roster,
            after,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        let line = rows.into_iter().map(|row| RosterLine {
            place: row.place,
            claim: row.claim,
            name: None,
            id_number: None,
            phone: None,
            trainee: row.trainee,
            course: unescape(&row.course),
            state: row.state,
            amount_yuan: row.amount_yuan,
            clawed_back: row.clawed_back,
            sheet: row.sheet,
        });
        Ok(line.collect())
    }
}
