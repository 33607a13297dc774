//! The facts of a page of claims: what the record, the register and the findings say of its trainees.

use serde_json::Value;

use super::columns;
use crate::connect::Store;
use crate::error::StoreError;
use crate::text::{escape, unescape};

/// What the record says of a course that somebody began.
#[derive(Clone, Debug)]
pub struct StudyRow {
    /// Who.
    pub trainee: String,
    /// Which course.
    pub course: String,
    /// Corrected event time, ms; none while the course is not completed.
    pub completed_at: Option<i64>,
    /// Corrected event time, ms.
    pub studied_at: Option<i64>,
    /// Corrected event time, ms.
    pub assessed_at: Option<i64>,
    /// Corrected event time, ms.
    pub first_counted_at: Option<i64>,
    /// Stream sequences that met the requirements.
    pub evidence: Vec<i64>,
    /// Floor of the exact sum, s.
    pub verified_seconds: i64,
    /// Class hours of it.
    pub class_hours: i64,
    /// Of the completion; empty: there is none. Read in one statement with all the above.
    pub completion_print: String,
    /// Of all that a study without an assessment may rest on; empty: not studied.
    pub study_print: String,
}

/// A referral to the social-insurance agency (四(三)).
#[derive(Clone, Debug)]
pub struct Referral {
    /// Whose.
    pub trainee: String,
    /// `certificate/<number>`.
    pub subject: String,
    /// For which trade.
    pub specialty: Option<String>,
    /// For which level.
    pub level: Option<String>,
}

impl Store {
    /// Every entry of the courses, in order: their versions. (number, body)
    ///
    /// # Errors
    /// When the database fails.
    pub async fn course_versions(&self) -> Result<Vec<(i64, Value)>, StoreError> {
        let rows = sqlx::query!(
            r#"select number, body as "body!" from keshi.register where kind = 'course' and body is not null order by number"#
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| (row.number, row.body)).collect())
    }

    /// What the record says of these (trainee, course).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn studies(&self, keys: &[(String, String)]) -> Result<Vec<StudyRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select r.trainee, r.course, c.completed_at as "completed_at?", c.studied_at as "studied_at?",
                      c.assessed_at as "assessed_at?", c.first_counted_at as "first_counted_at?", c.evidence as "evidence?",
                      r.verified_seconds, r.class_hours,
                      coalesce(concat_ws(',', c.completed_at, c.studied_at, c.assessed_at, c.first_counted_at), '') as "completion_print!",
                      case when r.studied then concat_ws(',', 'studied', r.verified_seconds, r.unique_seconds, t.seq) else '' end as "study_print!"
               from unnest($1::text[], $2::text[]) as k(trainee, course)
               join course_record r on r.trainee = k.trainee and r.course = k.course
               left join trainee t on t.trainee = k.trainee
               left join completion c on c.trainee = k.trainee and c.course = k.course"#,
            &columns(keys, |key| key.0.clone()),
            &columns(keys, |key| escape(&key.1).into_owned())
        )
        .fetch_all(self.pool())
        .await?;
        let study = rows.into_iter().map(|row| StudyRow {
            trainee: row.trainee,
            course: unescape(&row.course),
            completed_at: row.completed_at,
            studied_at: row.studied_at,
            assessed_at: row.assessed_at,
            first_counted_at: row.first_counted_at,
            evidence: row.evidence.unwrap_or_default(),
            verified_seconds: row.verified_seconds,
            class_hours: row.class_hours,
            completion_print: row.completion_print,
            study_print: row.study_print,
        });
        Ok(study.collect())
    }

    /// What the registry knows of each of these trainees: (kind, key, body).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn registered_of(
        &self,
        trainees: &[String],
    ) -> Result<Vec<(String, String, Value)>, StoreError> {
        let rows = sqlx::query!(
            "select kind, key, body from keshi.registry
             where kind in ('trainee', 'enrolment', 'contract', 'insurance', 'evaluation', 'practical', 'certificate', 'benefit')
               and split_part(key, '/', 1) = any($1)",
            trainees
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| (row.kind, row.key, row.body)).collect())
    }

    /// Standings of these trainees.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn standings(&self, trainees: &[String]) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let rows = sqlx::query!("select trainee, standing from trainee where trainee = any($1)", trainees)
            .fetch_all(self.pool())
            .await?;
        Ok(rows.into_iter().map(|row| (row.trainee, row.standing)).collect())
    }

    /// Referrals to the social-insurance agency of these trainees.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn referrals(&self, trainees: &[String]) -> Result<Vec<Referral>, StoreError> {
        let rows = sqlx::query_as!(
            Referral,
            "select trainee, subject, specialty, level from keshi.referral where trainee = any($1)",
            trainees
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| Referral { subject: unescape(&row.subject), ..row }).collect())
    }
}
