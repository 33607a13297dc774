//! What the console lists: each list in pages after a cursor, each within a scope.

use keshi_account::Scope;
use rust_decimal::Decimal;
use sqlx::types::Uuid;

use crate::claims::{ClaimRow, Totals};
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

/// A flag as listed.
#[derive(Clone, Debug)]
pub struct FlagLine {
    /// Who.
    pub trainee: String,
    /// Which.
    pub flag: String,
    /// info, review or hold.
    pub level: String,
}

/// Rejections of a platform by code.
#[derive(Clone, Debug)]
pub struct RejectionCount {
    /// Which platform; none when the subject names none.
    pub platform: Option<String>,
    /// The code.
    pub code: String,
    /// How many.
    pub count: i64,
    /// Receipt of the newest, ms.
    pub last_at: i64,
}

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

/// How the service does, from the database's side.
#[derive(Clone, Debug, Default)]
pub struct Vitals {
    /// Least sequence up to which every partition is projected.
    pub projected_to: i64,
    /// Greatest sequence that is projected.
    pub projected_most: i64,
    /// The register's number.
    pub register_number: i64,
    /// The register number that every partition has folded.
    pub folded_register: i64,
    /// Facts that wait to be published.
    pub facts_waiting: i64,
    /// Age of the oldest of them, s.
    pub oldest_fact_seconds: i64,
    /// Size of the database, bytes.
    pub database_bytes: i64,
    /// Distinct accepted events, by the planner's count.
    pub events_about: i64,
    /// Rejected events.
    pub rejected: i64,
    /// Trainees with a record.
    pub trainees: i64,
    /// Completed courses.
    pub completions: i64,
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
                       select 1 from course_record c join keshi.registry k on k.kind = 'course' and k.key = c.course
                       where c.trainee = t.trainee and k.body ->> 'provider' = $2))
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
                   where c.course = n.course and ($1::text is null or exists (
                       select 1 from keshi.registry p
                       where p.kind = 'trainee' and p.key = c.trainee and p.body ->> 'district' = $1))) s
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
                 and ($1::text is null or exists (
                       select 1 from keshi.registry p
                       where p.kind = 'trainee' and p.key = c.trainee and p.body ->> 'district' = $1))
                 and ($2::text is null or exists (
                       select 1 from keshi.registry k
                       where k.kind = 'course' and k.key = c.course and k.body ->> 'provider' = $2))
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
                 and ($1::text is null or exists (
                       select 1 from keshi.registry p
                       where p.kind = 'trainee' and p.key = c.trainee and p.body ->> 'district' = $1))
                 and ($2::text is null or exists (
                       select 1 from keshi.registry k
                       where k.kind = 'course' and k.key = c.course and k.body ->> 'provider' = $2))
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

    /// Flags after (trainee, flag), of a level or any, of a trainee or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn flag_lines(
        &self,
        scope: &Scope,
        level: Option<&str>,
        trainee: Option<&str>,
        after: (&str, &str),
        limit: i64,
    ) -> Result<Vec<FlagLine>, StoreError> {
        Ok(sqlx::query_as!(
            FlagLine,
            r#"select f.trainee, f.flag, f.level from flag f
               where (f.trainee collate "C", f.flag collate "C") > ($5, $6)
                 and ($1::text is null or exists (
                       select 1 from keshi.registry p
                       where p.kind = 'trainee' and p.key = f.trainee and p.body ->> 'district' = $1))
                 and ($2::text is null or exists (
                       select 1 from course_record c join keshi.registry k on k.kind = 'course' and k.key = c.course
                       where c.trainee = f.trainee and k.body ->> 'provider' = $2))
                 and ($3::text is null or f.level = $3) and ($4::text is null or f.trainee = $4)
               order by f.trainee collate "C", f.flag collate "C" limit $7"#,
            scope.district(),
            scope.provider(),
            level,
            trainee,
            after.0,
            after.1,
            limit
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Claims after one, in a state or any, of a trainee or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_lines(
        &self,
        scope: &Scope,
        state: Option<&str>,
        trainee: Option<&str>,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<ClaimRow>, StoreError> {
        let mut rows = sqlx::query_as!(
            ClaimRow,
            r#"select c.claim, c.scheme, c.trainee, c.course, c.provider, c.state, c.amount_yuan, c.pack, c.derivation,
                      c.certificate, c.payee, c.district, c.sheet, c.approval_from
               from keshi.claim c
               where c.claim > $5
                 and ($1::text is null or exists (
                       select 1 from keshi.registry p
                       where p.kind = 'trainee' and p.key = c.trainee and p.body ->> 'district' = $1))
                 and ($2::text is null or c.provider = $2)
                 and ($3::text is null or c.state = $3) and ($4::text is null or c.trainee = $4)
               order by c.claim limit $6"#,
            scope.district(),
            scope.provider(),
            state,
            trainee,
            after,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        for row in &mut rows {
            row.course = unescape(&row.course);
        }
        Ok(rows)
    }

    /// One claim, if the scope reaches it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_within(&self, scope: &Scope, claim: Uuid) -> Result<Option<ClaimRow>, StoreError> {
        let row = sqlx::query_as!(
            ClaimRow,
            r#"select c.claim, c.scheme, c.trainee, c.course, c.provider, c.state, c.amount_yuan, c.pack, c.derivation,
                      c.certificate, c.payee, c.district, c.sheet, c.approval_from
               from keshi.claim c
               where c.claim = $3
                 and ($1::text is null or exists (
                       select 1 from keshi.registry p
                       where p.kind = 'trainee' and p.key = c.trainee and p.body ->> 'district' = $1))
                 and ($2::text is null or c.provider = $2)"#,
            scope.district(),
            scope.provider(),
            claim
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| ClaimRow { course: unescape(&row.course), ..row }))
    }

    /// Claims by state with sums, within a scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_totals_within(&self, scope: &Scope) -> Result<Vec<Totals>, StoreError> {
        let rows = sqlx::query!(
            r#"select c.state, count(*) as "claims!", sum(c.amount_yuan) as "amount_yuan!: Decimal" from keshi.claim c
               where ($1::text is null or exists (
                       select 1 from keshi.registry p
                       where p.kind = 'trainee' and p.key = c.trainee and p.body ->> 'district' = $1))
                 and ($2::text is null or c.provider = $2)
               group by c.state order by c.state"#,
            scope.district(),
            scope.provider()
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Totals { state: row.state, claims: row.claims, amount_yuan: row.amount_yuan })
            .collect())
    }

    /// Rejections by platform and code; of one platform or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rejection_counts(&self, platform: Option<&str>) -> Result<Vec<RejectionCount>, StoreError> {
        Ok(sqlx::query_as!(
            RejectionCount,
            r#"select platform, code, count(*) as "count!", max(received_at) as "last_at!" from rejected
               where $1::text is null or platform = $1 group by platform, code order by platform, code"#,
            platform
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

    /// How the service does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn vitals(&self) -> Result<Vitals, StoreError> {
        Ok(sqlx::query_as!(
            Vitals,
            r#"select coalesce((select min(saved) from checkpoint), 0) as "projected_to!",
                      coalesce((select max(seq) from checkpoint), 0) as "projected_most!",
                      coalesce((select max(number) from keshi.register), 0) as "register_number!",
                      coalesce((select min(register_number) from checkpoint), 0) as "folded_register!",
                      (select count(*) from keshi.outbox where published_at is null) as "facts_waiting!",
                      coalesce((select extract(epoch from now() - min(created_at))::bigint
                                from keshi.outbox where published_at is null), 0) as "oldest_fact_seconds!",
                      pg_database_size(current_database()) as "database_bytes!",
                      greatest((select sum(n_live_tup)::bigint from pg_stat_user_tables where relname like 'trail%'), 0) as "events_about!",
                      (select count(*) from rejected) as "rejected!",
                      (select count(*) from trainee) as "trainees!",
                      (select count(*) from completion) as "completions!""#
        )
        .fetch_one(self.pool())
        .await?)
    }

    /// How many flags stand, by level.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn flag_counts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows =
            sqlx::query!(r#"select level, count(*) as "count!" from flag group by level order by level"#)
                .fetch_all(self.pool())
                .await?;
        Ok(rows.into_iter().map(|row| (row.level, row.count)).collect())
    }
}
