//! The books: double entry per payer district. Every booking sums to zero and is made once by its name.

use rust_decimal::Decimal;
use sqlx::types::Uuid;
use sqlx::{Postgres, Transaction};

use crate::claims::ClaimRow;
use crate::connect::Store;
use crate::error::StoreError;

type Tx = Transaction<'static, Postgres>;

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

impl Store {
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
}

/// What the payee owes, under a lock of its own so that it is set off once.
pub(crate) async fn owed(tx: &mut Tx, row: &ClaimRow) -> Result<Vec<(Uuid, Decimal)>, StoreError> {
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

pub(crate) async fn is_booked(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    let there = sqlx::query_scalar!(
        r#"select exists (select 1 from keshi.posting where booking = $1) as "there!""#,
        name
    );
    Ok(there.fetch_one(&mut **tx).await?)
}

pub(crate) async fn write_booking(
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
