//! Studies and certificates that no claim rests on yet.

use serde_json::Value;

use crate::connect::Store;
use crate::error::StoreError;
use crate::text::{escape, unescape};

/// A completed (or, before a job, studied) course without a claim.
#[derive(Clone, Debug)]
pub struct OpenStudy {
    /// Who.
    pub trainee: String,
    /// Which course.
    pub course: String,
}

/// A certificate without a claim.
#[derive(Clone, Debug)]
pub struct OpenCertificate {
    /// Whose.
    pub trainee: String,
    /// Its registry row.
    pub body: Value,
}

impl Store {
    /// Certificates without a claim, after (trainee, key), in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_certificates(
        &self,
        after: &str,
        limit: i64,
    ) -> Result<Vec<(String, OpenCertificate)>, StoreError> {
        let rows = sqlx::query!(
            r#"select g.key, g.body, split_part(g.key, '/', 1) as "trainee!"
               from keshi.registry g
               left join completion c on c.trainee = split_part(g.key, '/', 1)
                    and c.course = replace(g.body ->> 'course', '\', '\\')
               left join keshi.unclaimed u on u.trainee = split_part(g.key, '/', 1)
                    and u.subject = 'certificate/' || replace(g.body ->> 'certificate', '\', '\\')
               where g.kind = 'certificate' and g.key > $1
                 and (u.trainee is null or u.stale
                      or u.fingerprint <> coalesce(concat_ws(',', c.completed_at, c.studied_at, c.assessed_at, c.first_counted_at), ''))
                 and not exists (select 1 from keshi.claim k where k.trainee = split_part(g.key, '/', 1)
                                 and k.subject = 'certificate/' || replace(g.body ->> 'certificate', '\', '\\')
                                 and k.state not in ('rejected', 'withdrawn'))
               order by g.key limit $2"#,
            after,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.key, OpenCertificate { trainee: row.trainee, body: row.body }))
            .collect())
    }

    /// Completions without a claim, after (trainee, course), in order; those of `studied` courses, whose claim needs no
    /// assessment, as soon as they are studied.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_studies(
        &self,
        studied: &[String],
        after: (&str, &str),
        limit: i64,
    ) -> Result<Vec<OpenStudy>, StoreError> {
        let studied: Vec<String> = studied.iter().map(|course| escape(course).into_owned()).collect();
        let rows = sqlx::query_as!(
            OpenStudy,
            r#"select s.trainee as "trainee!", s.course as "course!"
               from (select c.trainee, c.course,
                            concat_ws(',', c.completed_at, c.studied_at, c.assessed_at, c.first_counted_at) as print
                     from completion c where c.course <> all($3)
                     union all
                     select r.trainee, r.course, concat_ws(',', 'studied', r.verified_seconds, r.unique_seconds, t.seq)
                     from course_record r join trainee t on t.trainee = r.trainee
                     where r.studied and r.course = any($3)) s
               left join keshi.unclaimed u on u.trainee = s.trainee and u.subject = 'course/' || s.course
               where (s.trainee, s.course) > ($1, $2)
                 and (u.trainee is null or u.stale or u.fingerprint <> s.print)
                 and not exists (select 1 from keshi.claim k where k.trainee = s.trainee and k.subject = 'course/' || s.course
                                 and k.state not in ('rejected', 'withdrawn'))
               order by s.trainee, s.course limit $4"#,
            after.0,
            escape(after.1).into_owned(),
            &studied,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| OpenStudy { course: unescape(&row.course), ..row }).collect())
    }
}
