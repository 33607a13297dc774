//! Trainees and courses as the console lists them: each list in pages after a cursor, each within a scope.

use keshi_account::Scope;

use crate::connect::Store;
use crate::error::StoreError;
use crate::text::{escape, unescape};

/// A trainee as listed.
#[derive(Clone, Debug)]
pub struct TraineeLine {
    /// Who.
    pub trainee: String,
    /// District of household registration, if registered.
    pub district: Option<String>,
    /// Courses with a record.
    pub courses: i64,
    /// Verified class hours over all of them.
    pub class_hours: i64,
    /// Completed courses.
    pub completed: i64,
}

/// A course as listed.
#[derive(Clone, Debug)]
pub struct CourseLine {
    /// Which, as platforms write it.
    pub course: String,
    /// Its registered title.
    pub title: Option<String>,
    /// Its provider.
    pub provider: Option<String>,
    /// Trainees with a record, within the scope.
    pub trainees: i64,
    /// Of them: every video covered.
    pub studied: i64,
    /// Of them: completed.
    pub completed: i64,
}

/// A line of a course's board.
#[derive(Clone, Debug)]
pub struct BoardLine {
    /// Who.
    pub trainee: String,
    /// Verified, s.
    pub verified_seconds: i64,
    /// Class hours of it.
    pub class_hours: i64,
    /// Every video is covered.
    pub studied: bool,
    /// Every quiz is passed; none without one.
    pub assessed: Option<bool>,
}

/// A day of a course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletionDay {
    /// Beijing date, YYYY-MM-DD.
    pub day: String,
    /// How many completed it then.
    pub people: i64,
    /// More than its own days before explain (course-spike).
    pub is_spike: bool,
}

impl Store {
    /// Trainees with a record, by id, after one; of a course, or of a district.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trainee_lines(
        &self,
        scope: &Scope,
        course: Option<&str>,
        district: Option<&str>,
        after: &str,
        limit: i64,
    ) -> Result<Vec<TraineeLine>, StoreError> {
        let course = course.map(|course| escape(course).into_owned());
        Ok(sqlx::query_as!(
            TraineeLine,
            r#"select t.trainee, p.body ->> 'district' as district,
                      (select count(*) from course_record c where c.trainee = t.trainee) as "courses!",
                      (select coalesce(sum(c.class_hours), 0)::bigint from course_record c where c.trainee = t.trainee) as "class_hours!",
                      (select count(*) from completion c where c.trainee = t.trainee) as "completed!"
               from trainee t left join keshi.registry p on p.kind = 'trainee' and p.key = t.trainee
               where t.trainee collate "C" > $5
                 and ($1::text is null or p.body ->> 'district' = $1)
                 and ($2::text is null or exists (
                       select 1 from course_record c join keshi.offered k on k.course = c.course where c.trainee = t.trainee and k.provider = $2))
                 and ($3::text is null or exists (select 1 from course_record c where c.trainee = t.trainee and c.course = $3))
                 and ($4::text is null or p.body ->> 'district' = $4)
               order by t.trainee collate "C" limit $6"#,
            scope.district(),
            scope.provider(),
            course,
            district,
            after,
            limit
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Trainees by id, whether registered, with a record, or both. The caller has asked [`Store::within`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trainees_by_id(&self, trainees: &[String]) -> Result<Vec<TraineeLine>, StoreError> {
        Ok(sqlx::query_as!(
            TraineeLine,
            r#"select n.trainee as "trainee!", p.body ->> 'district' as district,
                      (select count(*) from course_record c where c.trainee = n.trainee) as "courses!",
                      (select coalesce(sum(c.class_hours), 0)::bigint from course_record c where c.trainee = n.trainee) as "class_hours!",
                      (select count(*) from completion c where c.trainee = n.trainee) as "completed!"
               from unnest($1::text[]) n(trainee)
               left join keshi.registry p on p.kind = 'trainee' and p.key = n.trainee
               where p.key is not null or exists (select 1 from trainee t where t.trainee = n.trainee)
               order by n.trainee collate "C""#,
            trainees
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Whether an id of the trainee came again with other content.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_changed_repeat(&self, trainee: &str) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar!(
            r#"select exists (select 1 from repeat where trainee = $1 and changed) as "found!""#,
            trainee
        )
        .fetch_one(self.pool())
        .await?;
        Ok(found)
    }

    /// Courses with a record or registered, after one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn course_lines(
        &self,
        scope: &Scope,
        after: &str,
        limit: i64,
    ) -> Result<Vec<CourseLine>, StoreError> {
        let mut rows = sqlx::query_as!(
            CourseLine,
            r#"select n.course as "course!", k.body ->> 'title' as title, k.body ->> 'provider' as provider,
                      s.trainees as "trainees!", s.studied as "studied!", s.completed as "completed!"
               from (select distinct course from course_record
                     union select key from keshi.registry where kind = 'course') n(course)
               left join keshi.registry k on k.kind = 'course' and k.key = n.course
               cross join lateral (
                   select count(*) as trainees, count(*) filter (where c.studied) as studied, count(d.trainee) as completed
                   from course_record c left join completion d on d.trainee = c.trainee and d.course = c.course
                   where c.course = n.course and ($1::text is null or exists (select 1 from keshi.resident p where p.trainee = c.trainee and p.district = $1))) s
               where n.course collate "C" > $3 and ($2::text is null or k.body ->> 'provider' = $2)
               order by n.course collate "C" limit $4"#,
            scope.district(),
            scope.provider(),
            escape(after).into_owned(),
            limit
        )
        .fetch_all(self.pool())
        .await?;
        for row in &mut rows {
            row.course = unescape(&row.course);
        }
        Ok(rows)
    }

    /// A course's board after a trainee.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn board_lines(
        &self,
        scope: &Scope,
        course: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<BoardLine>, StoreError> {
        Ok(sqlx::query_as!(
            BoardLine,
            r#"select c.trainee, c.verified_seconds, c.class_hours, c.studied, c.assessed
               from course_record c
               where c.course = $3 and c.trainee collate "C" > $4
                 and ($1::text is null or exists (select 1 from keshi.resident p where p.trainee = c.trainee and p.district = $1))
                 and ($2::text is null or exists (select 1 from keshi.offered k where k.course = c.course and k.provider = $2))
               order by c.trainee collate "C" limit $5"#,
            scope.district(),
            scope.provider(),
            escape(course).into_owned(),
            after,
            limit
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// How many completed a course on each day (Beijing), the last days on which anybody did, in order. Whether a day is a
    /// spike is told to whoever sees the whole course.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn completion_days(
        &self,
        scope: &Scope,
        course: &str,
        limit: i64,
    ) -> Result<Vec<CompletionDay>, StoreError> {
        let mut days = sqlx::query_as!(
            CompletionDay,
            r#"select to_char(timestamp 'epoch' + d.day * interval '1 day', 'YYYY-MM-DD') as "day!", d.people as "people!",
                      ($1::text is null and exists (
                          select 1 from keshi.finding f
                          where f.kind = 'course-spike' and f.course = $5
                            and (f.from_ms + 28800000) / 86400000 <= d.day and (f.to_ms + 28800000) / 86400000 >= d.day)) as "is_spike!"
               from (select (c.completed_at + 28800000) / 86400000 as day, count(*) as people
                     from completion c
                     where c.course = $3
                       and ($1::text is null or exists (select 1 from keshi.resident p where p.trainee = c.trainee and p.district = $1))
                       and ($2::text is null or exists (select 1 from keshi.offered k where k.course = c.course and k.provider = $2))
                     group by 1 order by 1 desc limit $4) d
               order by d.day desc"#,
            scope.district(),
            scope.provider(),
            escape(course).into_owned(),
            limit,
            course
        )
        .fetch_all(self.pool())
        .await?;
        days.reverse();
        Ok(days)
    }

    /// How many of a course's trainees have reached each tenth of the registered seconds (0..=10).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn progress_tenths(
        &self,
        scope: &Scope,
        course: &str,
        registered_seconds: i64,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select least(10, c.verified_seconds * 10 / greatest($4::bigint, 1)) as "tenth!", count(*) as "count!"
               from course_record c
               where c.course = $3
                 and ($1::text is null or exists (select 1 from keshi.resident p where p.trainee = c.trainee and p.district = $1))
                 and ($2::text is null or exists (select 1 from keshi.offered k where k.course = c.course and k.provider = $2))
               group by 1 order by 1"#,
            scope.district(),
            scope.provider(),
            escape(course).into_owned(),
            registered_seconds
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| (row.tenth, row.count)).collect())
    }
}
