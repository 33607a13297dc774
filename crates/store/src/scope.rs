//! Whose data an actor reaches: asked in the queries themselves, never in pages.

use keshi_account::Scope;

use crate::connect::Store;
use crate::error::StoreError;

impl Store {
    /// Those of some trainees whom a scope reaches: people of a district, or whoever has a record of a provider's course.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn within(&self, scope: &Scope, trainees: &[String]) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select t.trainee as "trainee!" from unnest($1::text[]) as t(trainee)
               where ($2::text is null or exists (select 1 from keshi.resident p where p.trainee = t.trainee and p.district = $2))
                 and ($3::text is null or exists (
                       select 1 from course_record c join keshi.offered k on k.course = c.course where c.trainee = t.trainee and k.provider = $3))
               order by t.trainee"#,
            trainees,
            scope.district(),
            scope.provider()
        )
        .fetch_all(self.pool())
        .await?)
    }
}
