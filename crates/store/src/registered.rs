//! The registry as the console lists it, within a scope.

use keshi_account::Scope;

use crate::connect::Store;
use crate::error::StoreError;

/// An entry of the registry as it stands.
#[derive(Clone, Debug)]
pub struct RegistryLine {
    /// Which.
    pub key: String,
    /// Register number of what holds.
    pub number: i64,
    /// What holds.
    pub body: serde_json::Value,
}

impl Store {
    /// Entries of a kind after a key; what is said of a trainee within the scope only, and to providers their own alone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn registry_lines(
        &self,
        scope: &Scope,
        kind: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<RegistryLine>, StoreError> {
        Ok(sqlx::query_as!(
            RegistryLine,
            r#"select r.key, r.number, r.body from keshi.registry r
               where r.kind = $3 and r.key collate "C" > $4
                 and ($1::text is null or not r.body ? 'trainee' or exists (
                       select 1 from keshi.registry p
                       where p.kind = 'trainee' and p.key = r.body ->> 'trainee' and p.body ->> 'district' = $1))
                 and ($2::text is null
                      or r.kind in ('specialty', 'authority')
                      or (not r.body ? 'trainee' and r.body ->> 'provider' = $2)
                      or (r.kind = 'enrolment' and exists (
                            select 1 from keshi.registry k
                            where k.kind = 'course' and k.key = r.body ->> 'course' and k.body ->> 'provider' = $2)))
               order by r.key collate "C" limit $5"#,
            scope.district(),
            scope.provider(),
            kind,
            after,
            limit
        )
        .fetch_all(self.pool())
        .await?)
    }
}
