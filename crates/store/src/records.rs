//! What is shown of study records.

use futures_util::TryStreamExt;

use crate::connect::Store;
use crate::error::StoreError;
use crate::text::{escape, unescape};

/// A line of a course's board.
#[derive(Clone, Debug)]
pub struct BoardRow {
    /// Who.
    pub trainee: String,
    /// Floor of the exact sum, s.
    pub verified_seconds: i64,
    /// Class hours of it.
    pub class_hours: i64,
    /// Every video is covered.
    pub studied: bool,
    /// Every quiz is passed; none without one.
    pub assessed: Option<bool>,
    /// Flags that stand, with their levels.
    pub flags: Vec<String>,
}

/// A rejected event as it is listed.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RejectedEvent {
    /// Stream sequence.
    pub seq: i64,
    /// Platform of the subject, if it has one.
    pub platform: Option<String>,
    /// The event's id, as far as it can be read.
    pub event_id: Option<String>,
    /// The stable code.
    pub code: String,
    /// What to mend.
    pub sentence: String,
    /// The member at fault.
    pub pointer: Option<String>,
    /// Receipt, ms since the epoch.
    pub received_at: i64,
    /// As stored.
    pub subject: String,
}

impl Store {
    /// One trainee's standing; none when no event of the trainee was accepted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn standing(&self, trainee: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar!("select standing from trainee where trainee = $1", trainee)
            .fetch_optional(self.pool())
            .await?)
    }

    /// All standings by trainee, one by one.
    ///
    /// # Errors
    /// When the database or `each` fails.
    pub async fn each_standing<E: From<StoreError>>(
        &self,
        mut each: impl FnMut(String, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rows = sqlx::query!(r#"select trainee, standing from trainee order by trainee collate "C""#)
            .fetch(self.pool());
        while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
            each(row.trainee, row.standing)?;
        }
        Ok(())
    }

    /// Sequence and code of every rejected message, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rejections(&self) -> Result<Vec<(i64, String)>, StoreError> {
        let rows = sqlx::query!("select seq, code from rejected order by seq").fetch_all(self.pool()).await?;
        Ok(rows.into_iter().map(|row| (row.seq, row.code)).collect())
    }

    /// How many accepted events repeat an id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn repeats(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!("select count(*) from repeat").fetch_one(self.pool()).await?.unwrap_or(0))
    }

    /// How many events stand in the trail.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trail_count(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!("select count(*) from trail").fetch_one(self.pool()).await?.unwrap_or(0))
    }

    /// Rejected events after a sequence, in order, of one platform or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rejected(
        &self,
        platform: Option<&str>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<RejectedEvent>, StoreError> {
        let mut rows = sqlx::query_as!(
            RejectedEvent,
            "select seq, platform, event_id, code, sentence, pointer, received_at, subject from rejected
             where seq > $1 and ($2::text is null or platform = $2) order by seq limit $3",
            after,
            platform,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        for row in &mut rows {
            row.event_id = row.event_id.as_deref().map(unescape);
            row.pointer = row.pointer.as_deref().map(unescape);
            row.subject = unescape(&row.subject);
        }
        Ok(rows)
    }

    /// A course's board, by trainee.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn board(&self, course: &str) -> Result<Vec<BoardRow>, StoreError> {
        Ok(sqlx::query_as!(
            BoardRow,
            r#"select c.trainee, c.verified_seconds, c.class_hours, c.studied, c.assessed,
                      array(select f.flag from flag f where f.trainee = c.trainee order by f.flag) as "flags!"
               from course_record c where c.course = $1 order by c.trainee collate "C""#,
            escape(course).into_owned()
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Trainees with a record, by id: of one course, or all; after a trainee.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trainees(
        &self,
        course: Option<&str>,
        after: &str,
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        let course = course.map(|course| escape(course).into_owned());
        Ok(sqlx::query_scalar!(
            r#"select t.trainee from trainee t
               where t.trainee collate "C" > $2
                 and ($1::text is null or exists (select 1 from course_record c where c.trainee = t.trainee and c.course = $1))
               order by t.trainee collate "C" limit $3"#,
            course,
            after,
            limit
        )
        .fetch_all(self.pool())
        .await?)
    }
}
