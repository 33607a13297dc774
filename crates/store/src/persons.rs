//! Who trainees are: sealed in the table, masked on pages, whole only with a right and a reason.

use std::collections::HashMap;

use keshi_account::{Actor, Role};
use keshi_person::{
    Field, LookUp, PersonKey, Vault, VaultError, mask_id_number, mask_name, mask_phone, surname,
};
use sqlx::PgConnection;

use crate::audit::Audited;
use crate::connect::Store;
use crate::error::StoreError;

/// Personal data of a trainee.
#[derive(Clone)]
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

impl std::fmt::Debug for PersonRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonRow").field("trainee", &self.trainee).finish_non_exhaustive()
    }
}

/// What everybody who may see the trainee may see of the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// `张*`
    pub name: Option<String>,
    /// `370102********1234`
    pub id_number: Option<String>,
    /// `138****1234`
    pub phone: Option<String>,
    /// The person was forgotten: the key is destroyed.
    pub forgotten: bool,
}

/// Why personal data is not shown.
#[derive(Debug, thiserror::Error)]
pub enum RevealError {
    /// The role has no right to it.
    #[error("V110 the role {0} may not see whole numbers and names / 该角色无权查看完整个人信息")]
    NoRight(Role),
    /// No reason was given.
    #[error("V111 a reason must be given / 须填写事由")]
    NoReason,
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

struct Sealed {
    trainee: String,
    key: Option<Vec<u8>>,
    name: Option<Vec<u8>>,
    id_number: Option<Vec<u8>>,
    phone: Option<Vec<u8>>,
    forgotten: bool,
}

impl Sealed {
    fn open(&self, vault: &Vault) -> Result<PersonRow, VaultError> {
        let key = self.key.as_deref().map(|key| vault.unwrap_key(&self.trainee, key)).transpose()?;
        let open = |field, sealed: &Option<Vec<u8>>| -> Result<Option<String>, VaultError> {
            match (&key, sealed) {
                (Some(key), Some(sealed)) => Ok(Some(key.open(&self.trainee, field, sealed)?)),
                _ => Ok(None),
            }
        };
        Ok(PersonRow {
            trainee: self.trainee.clone(),
            name: open(Field::Name, &self.name)?,
            id_number: open(Field::IdNumber, &self.id_number)?,
            phone: open(Field::Phone, &self.phone)?,
        })
    }
}

impl Store {
    /// Holds the master key against the database: the first one seals it, another one is refused.
    ///
    /// # Errors
    /// [`StoreError::OtherMasterKey`], or the database fails.
    pub async fn adopt_vault(&mut self, vault: Vault) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into keshi.vault (fingerprint) values ($1) on conflict do nothing",
            vault.fingerprint()
        )
        .execute(self.pool())
        .await?;
        let stored =
            sqlx::query_scalar!("select fingerprint from keshi.vault").fetch_one(self.pool()).await?;
        if stored != vault.fingerprint() {
            return Err(StoreError::OtherMasterKey);
        }
        self.set_vault(vault);
        Ok(())
    }

    /// Whether a master key has sealed this database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_sealed(&self) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar!("select true from keshi.vault").fetch_optional(self.pool()).await?;
        Ok(found.is_some())
    }

    /// Seals what an earlier version wrote in the clear. Says how many persons.
    ///
    /// # Errors
    /// When the database fails or there is no master key.
    pub async fn seal_persons(&self) -> Result<usize, StoreError> {
        let mut tx = self.begin().await?;
        let rows = sqlx::query_as!(
            PersonRow,
            "delete from keshi.person_in_the_clear returning trainee, name, id_number, phone"
        )
        .fetch_all(&mut *tx)
        .await?;
        if !rows.is_empty() {
            self.write_persons(&mut tx, &rows).await?;
        }
        tx.commit().await?;
        Ok(rows.len())
    }

    /// Which of these (trainee, identity-card number) belong to another trainee already: (trainee, the other).
    ///
    /// # Errors
    /// When the database fails or there is no master key.
    pub async fn identities_taken(&self, persons: &[PersonRow]) -> Result<Vec<(String, String)>, StoreError> {
        let mut connection = self.pool().acquire().await?;
        self.numbers_taken(&mut connection, persons).await
    }

    async fn numbers_taken(
        &self,
        connection: &mut PgConnection,
        persons: &[PersonRow],
    ) -> Result<Vec<(String, String)>, StoreError> {
        let numbered: Vec<(&String, &String)> =
            persons.iter().filter_map(|person| Some((&person.trainee, person.id_number.as_ref()?))).collect();
        if numbered.is_empty() {
            return Ok(Vec::new());
        }
        let vault = self.vault()?;
        let (trainees, hashes): (Vec<String>, Vec<Vec<u8>>) = numbered
            .into_iter()
            .map(|(trainee, number)| (trainee.clone(), vault.hash(LookUp::IdNumber, number)))
            .unzip();
        let rows = sqlx::query!(
            r#"select n.trainee as "trainee!", p.trainee as "first!" from unnest($1::text[], $2::bytea[]) as n(trainee, hash)
               join keshi.person p on p.id_number_hash = n.hash and p.trainee <> n.trainee order by 1, 2"#,
            &trainees,
            &hashes
        )
        .fetch_all(connection)
        .await?;
        Ok(rows.into_iter().map(|row| (row.trainee, row.first)).collect())
    }

    /// Adds to what is known of persons: what is not said of somebody stays. Whoever was forgotten comes back under a new
    /// key. The caller holds the register's lock, and names nobody twice.
    pub(crate) async fn write_persons(
        &self,
        tx: &mut PgConnection,
        persons: &[PersonRow],
    ) -> Result<(), StoreError> {
        if persons.is_empty() {
            return Ok(());
        }
        let vault = self.vault()?;
        if let Some((trainee, first)) = self.numbers_taken(&mut *tx, persons).await?.into_iter().next() {
            return Err(StoreError::IdentityTaken { trainee, first });
        }
        let trainees: Vec<String> = persons.iter().map(|person| person.trainee.clone()).collect();
        let keys = sqlx::query!(
            r#"select trainee, key as "key!" from keshi.person where trainee = any($1) and key is not null"#,
            &trainees
        )
        .fetch_all(&mut *tx)
        .await?;
        let keys: HashMap<String, Vec<u8>> = keys.into_iter().map(|row| (row.trainee, row.key)).collect();
        let mut columns = Columns::default();
        for person in persons {
            let (key, wrapped) = match keys.get(&person.trainee) {
                Some(wrapped) => (vault.unwrap_key(&person.trainee, wrapped)?, wrapped.clone()),
                None => vault.new_key(&person.trainee)?,
            };
            columns.push(vault, person, &key, wrapped)?;
        }
        columns.write(tx, &trainees).await
    }

    async fn sealed(&self, trainees: &[String]) -> Result<Vec<Sealed>, StoreError> {
        Ok(sqlx::query_as!(
            Sealed,
            r#"select trainee, key, name, id_number, phone, forgotten_at is not null as "forgotten!"
               from keshi.person where trainee = any($1)"#,
            trainees
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// What pages show of trainees. Without a master key nothing is known of anybody.
    ///
    /// # Errors
    /// When the database fails or a row cannot be opened.
    pub async fn masked(&self, trainees: &[String]) -> Result<HashMap<String, Masked>, StoreError> {
        let Ok(vault) = self.vault() else { return Ok(HashMap::new()) };
        let mut masked = HashMap::with_capacity(trainees.len());
        for sealed in self.sealed(trainees).await? {
            let person = sealed.open(vault)?;
            let shown = Masked {
                name: person.name.as_deref().map(mask_name),
                id_number: person.id_number.as_deref().map(mask_id_number),
                phone: person.phone.as_deref().map(mask_phone),
                forgotten: sealed.forgotten,
            };
            masked.insert(sealed.trainee, shown);
        }
        Ok(masked)
    }

    /// Whole personal data, for rosters and for pages that reveal: each person is written to the audit log with who and
    /// why, in the same transaction. People outside of the actor's district are left out.
    ///
    /// # Errors
    /// [`RevealError`]
    pub async fn reveal(
        &self,
        actor: &Actor,
        why: &str,
        address: Option<&str>,
        trainees: &[String],
    ) -> Result<Vec<PersonRow>, RevealError> {
        if !may_reveal(actor.role()) {
            return Err(RevealError::NoRight(actor.role()));
        }
        if why.trim().is_empty() {
            return Err(RevealError::NoReason);
        }
        let vault = self.vault()?;
        let own = self.within(actor.scope(), trainees).await?;
        let mut tx = self.begin().await?;
        for trainee in &own {
            let line = Audited {
                who: actor.name(),
                role: Some(actor.role().as_str()),
                action: "person.reveal",
                subject: Some(trainee),
                why: Some(why),
                address,
            };
            crate::audit::write(&mut tx, line).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        let mut persons = Vec::with_capacity(own.len());
        for sealed in self.sealed(&own).await? {
            persons.push(sealed.open(vault).map_err(StoreError::from)?);
        }
        Ok(persons)
    }

    /// Trainees that a number or a name belongs to, by keyed hash, at most `limit`.
    ///
    /// # Errors
    /// When the database fails or there is no master key.
    pub async fn look_up(&self, by: LookUp, text: &str, limit: i64) -> Result<Vec<String>, StoreError> {
        let hash = self.vault()?.hash(by, text);
        let column = match by {
            LookUp::IdNumber => "id_number",
            LookUp::Phone => "phone",
            LookUp::Name => "name",
            LookUp::Surname => "surname",
        };
        Ok(sqlx::query_scalar!(
            r#"select trainee from keshi.person
               where ($1 = 'id_number' and id_number_hash = $2) or ($1 = 'phone' and phone_hash = $2)
                  or ($1 = 'name' and name_hash = $2) or ($1 = 'surname' and surname_hash = $2)
               order by trainee limit $3"#,
            column,
            hash,
            limit
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Forgets a person: key, values and hashes are destroyed; the record under the opaque id stays. Says whether there
    /// was anything to forget.
    ///
    /// # Errors
    /// [`RevealError`]: it takes the city's right, and a reason.
    pub async fn forget(
        &self,
        actor: &Actor,
        why: &str,
        address: Option<&str>,
        trainee: &str,
    ) -> Result<bool, RevealError> {
        if actor.role() != Role::City {
            return Err(RevealError::NoRight(actor.role()));
        }
        if why.trim().is_empty() {
            return Err(RevealError::NoReason);
        }
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update keshi.person set key = null, name = null, id_number = null, phone = null, name_hash = null,
                 surname_hash = null, id_number_hash = null, phone_hash = null, forgotten_at = now()
             where trainee = $1 and forgotten_at is null",
            trainee
        )
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from)?;
        let line = Audited {
            who: actor.name(),
            role: Some(actor.role().as_str()),
            action: "person.forget",
            subject: Some(trainee),
            why: Some(why),
            address,
        };
        crate::audit::write(&mut tx, line).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(done.rows_affected() > 0)
    }
}

/// Who may see whole names and numbers, with a reason: those who check and pay.
pub fn may_reveal(role: Role) -> bool {
    matches!(role, Role::District | Role::City | Role::Finance)
}

/// Sealed persons, column by column.
#[derive(Default)]
struct Columns {
    key: Vec<Vec<u8>>,
    name: Vec<Option<Vec<u8>>>,
    id_number: Vec<Option<Vec<u8>>>,
    phone: Vec<Option<Vec<u8>>>,
    name_hash: Vec<Option<Vec<u8>>>,
    surname_hash: Vec<Option<Vec<u8>>>,
    id_number_hash: Vec<Option<Vec<u8>>>,
    phone_hash: Vec<Option<Vec<u8>>>,
}

impl Columns {
    fn push(
        &mut self,
        vault: &Vault,
        person: &PersonRow,
        key: &PersonKey,
        wrapped: Vec<u8>,
    ) -> Result<(), VaultError> {
        let seal = |field, text: &Option<String>| -> Result<Option<Vec<u8>>, VaultError> {
            text.as_deref().map(|text| key.seal(&person.trainee, field, text)).transpose()
        };
        let hash = |by, text: Option<&str>| text.map(|text| vault.hash(by, text));
        let name = person.name.as_deref();
        self.key.push(wrapped);
        self.name.push(seal(Field::Name, &person.name)?);
        self.id_number.push(seal(Field::IdNumber, &person.id_number)?);
        self.phone.push(seal(Field::Phone, &person.phone)?);
        self.name_hash.push(hash(LookUp::Name, name));
        self.surname_hash.push(hash(LookUp::Surname, name.map(surname)));
        self.id_number_hash.push(hash(LookUp::IdNumber, person.id_number.as_deref()));
        self.phone_hash.push(hash(LookUp::Phone, person.phone.as_deref()));
        Ok(())
    }

    async fn write(&self, tx: &mut PgConnection, trainees: &[String]) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into keshi.person (trainee, key, name, id_number, phone, name_hash, surname_hash, id_number_hash, phone_hash)
             select * from unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[])
             on conflict (trainee) do update set key = excluded.key, forgotten_at = null,
                 name = coalesce(excluded.name, person.name), id_number = coalesce(excluded.id_number, person.id_number),
                 phone = coalesce(excluded.phone, person.phone), name_hash = coalesce(excluded.name_hash, person.name_hash),
                 surname_hash = coalesce(excluded.surname_hash, person.surname_hash),
                 id_number_hash = coalesce(excluded.id_number_hash, person.id_number_hash),
                 phone_hash = coalesce(excluded.phone_hash, person.phone_hash)",
            trainees,
            &self.key,
            &self.name as &[Option<Vec<u8>>],
            &self.id_number as &[Option<Vec<u8>>],
            &self.phone as &[Option<Vec<u8>>],
            &self.name_hash as &[Option<Vec<u8>>],
            &self.surname_hash as &[Option<Vec<u8>>],
            &self.id_number_hash as &[Option<Vec<u8>>],
            &self.phone_hash as &[Option<Vec<u8>>]
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}
