//! Personal data, in one place: who a trainee is. Nothing else reads or writes the table.

use sqlx::{Postgres, Transaction};

use crate::connect::Store;
use crate::error::StoreError;

/// Personal data of a trainee.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// The opaque id.
    pub trainee: String,
    /// Name.
    pub name: Option<String>,
    /// Identity-card number.
    pub id_number: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
}

impl Store {
    /// Personal data of trainees.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn persons(&self, trainees: &[String]) -> Result<Vec<PersonRow>, StoreError> {
        Ok(sqlx::query_as!(
            PersonRow,
            "select trainee, name, id_number, phone from keshi.person where trainee = any($1)",
            trainees
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Which of these (trainee, identity-card number) belong to another trainee already: (trainee, the other).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities_taken(&self, persons: &[PersonRow]) -> Result<Vec<(String, String)>, StoreError> {
        let mut connection = self.pool().acquire().await?;
        taken(&mut connection, persons).await
    }
}

async fn taken(
    connection: &mut sqlx::PgConnection,
    persons: &[PersonRow],
) -> Result<Vec<(String, String)>, StoreError> {
    let (trainees, numbers): (Vec<String>, Vec<String>) =
        persons.iter().filter_map(|person| Some((person.trainee.clone(), person.id_number.clone()?))).unzip();
    let rows = sqlx::query!(
        r#"select n.trainee as "trainee!", p.trainee as "first!" from unnest($1::text[], $2::text[]) as n(trainee, number)
           join keshi.person p on p.id_number = n.number and p.trainee <> n.trainee order by 1, 2"#,
        &trainees,
        &numbers
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.trainee, row.first)).collect())
}

/// Adds to what is known of persons: what is not said stays. The caller holds the register's lock.
pub(crate) async fn upsert(
    tx: &mut Transaction<'static, Postgres>,
    persons: &[PersonRow],
) -> Result<(), StoreError> {
    if let Some((trainee, first)) = taken(tx, persons).await?.into_iter().next() {
        return Err(StoreError::IdentityTaken { trainee, first });
    }
    sqlx::query!(
        "insert into keshi.person (trainee, name, id_number, phone)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
         on conflict (trainee) do update set name = coalesce(excluded.name, person.name),
             id_number = coalesce(excluded.id_number, person.id_number), phone = coalesce(excluded.phone, person.phone)",
        &persons.iter().map(|person| person.trainee.clone()).collect::<Vec<_>>(),
        &persons.iter().map(|person| person.name.clone()).collect::<Vec<_>>() as &[Option<String>],
        &persons.iter().map(|person| person.id_number.clone()).collect::<Vec<_>>() as &[Option<String>],
        &persons.iter().map(|person| person.phone.clone()).collect::<Vec<_>>() as &[Option<String>]
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
