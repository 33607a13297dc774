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

/// A period in which something stands in the published catalogue.
#[derive(Clone, Debug)]
pub struct ListingLine {
    /// `provider`, `specialty` or `course`.
    pub kind: String,
    /// Which.
    pub key: String,
    /// What kind of provider, where it is one.
    pub provider_kind: Option<String>,
    /// Its name or title.
    pub name: Option<String>,
    /// Whose course it is.
    pub provider: Option<String>,
    /// The place of the period among those of its entry, from 1.
    pub place: i64,
    /// Who listed it.
    pub authority: String,
    /// First day, `2020-03-01`.
    pub from_day: String,
    /// Last day; none until further notice.
    pub to_day: Option<String>,
    /// When a district filed it with the city.
    pub filed_on: Option<String>,
}

/// Which listing periods.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListingsWanted<'a> {
    /// Of this kind of entry.
    pub kind: Option<&'a str>,
    /// By this authority.
    pub authority: Option<&'a str>,
    /// In force on this day, `2020-03-01`.
    pub on: Option<&'a str>,
    /// After this one: (kind, key, place).
    pub after: (&'a str, &'a str, i64),
}

impl Store {
    /// Listing periods of providers, specialties and courses, by kind and key; to providers their own and those of specialties.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn listings(
        &self,
        scope: &Scope,
        wanted: ListingsWanted<'_>,
        limit: i64,
    ) -> Result<Vec<ListingLine>, StoreError> {
        let (kind, key, place) = wanted.after;
        Ok(sqlx::query_as!(
            ListingLine,
            r#"select r.kind, r.key, case when r.kind = 'provider' then r.body ->> 'kind' end as provider_kind,
                      coalesce(r.body ->> 'name', r.body ->> 'title') as name,
                      case when r.kind = 'course' then r.body ->> 'provider' end as provider,
                      l.place as "place!", l.listing ->> 'authority' as "authority!", l.listing ->> 'from' as "from_day!",
                      l.listing ->> 'to' as to_day, l.listing ->> 'filed_on' as filed_on
               from keshi.registry r
               cross join lateral jsonb_array_elements(
                   case jsonb_typeof(r.body -> 'listings') when 'array' then r.body -> 'listings' else '[]' end)
                   with ordinality as l(listing, place)
               where r.kind in ('provider', 'specialty', 'course')
                 and ($1::text is null or r.kind = 'specialty' or r.body ->> 'provider' = $1)
                 and ($2::text is null or r.kind = $2)
                 and ($3::text is null or l.listing ->> 'authority' = $3)
                 and ($4::text is null or (l.listing ->> 'from' <= $4 and coalesce(l.listing ->> 'to', $4) >= $4))
                 and (r.kind collate "C", r.key collate "C", l.place) > ($5, $6, $7)
               order by r.kind collate "C", r.key collate "C", l.place limit $8"#,
            scope.provider(),
            wanted.kind,
            wanted.authority,
            wanted.on,
            kind,
            key,
            place,
            limit
        )
        .fetch_all(self.pool())
        .await?)
    }

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
                 and ($1::text is null or not r.body ? 'trainee' or exists (select 1 from keshi.resident p where p.trainee = r.body ->> 'trainee' and p.district = $1))
                 and ($2::text is null
                      or r.kind in ('specialty', 'authority')
                      or (not r.body ? 'trainee' and r.body ->> 'provider' = $2)
                      or (r.kind = 'enrolment' and exists (select 1 from keshi.offered k where k.course = r.body ->> 'course' and k.provider = $2)))
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
