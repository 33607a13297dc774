//! The derived rows of trainees, as verification compares them.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::Millis;
use keshi_record::Completion;
use keshi_trail::Chain;

use crate::batch::CourseRow;
use crate::error::StoreError;
use crate::projection::chain;
use crate::snapshot::Snapshot;
use crate::text::unescape;

/// All derived rows of one trainee.
#[derive(Clone, Debug, Default)]
pub struct Derived {
    /// Partition, standing and the end of the chain; none without a row.
    pub standing: Option<(i16, Vec<u8>, Chain)>,
    /// Platforms that told of the trainee.
    pub platforms: BTreeSet<String>,
    /// Repeats: sequence with the first one's sequence, and whether it says something else.
    pub repeats: BTreeMap<i64, (i64, bool)>,
    /// Lines of boards by course.
    pub courses: BTreeMap<String, CourseRow>,
    /// Completions by course.
    pub completions: BTreeMap<String, Completion>,
    /// Flags with their levels.
    pub flags: BTreeMap<String, String>,
}

impl Snapshot {
    /// The derived rows of trainees.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn derived(&mut self, trainees: &[String]) -> Result<BTreeMap<String, Derived>, StoreError> {
        let mut all: BTreeMap<String, Derived> = BTreeMap::new();
        self.add_standings(trainees, &mut all).await?;
        self.add_platforms(trainees, &mut all).await?;
        self.add_repeats(trainees, &mut all).await?;
        self.add_courses(trainees, &mut all).await?;
        self.add_completions(trainees, &mut all).await?;
        self.add_flags(trainees, &mut all).await?;
        Ok(all)
    }

    async fn add_standings(
        &mut self,
        trainees: &[String],
        all: &mut BTreeMap<String, Derived>,
    ) -> Result<(), StoreError> {
        let rows = sqlx::query!(
            "select trainee, partition, standing, entries, head from trainee where trainee = any($1)",
            trainees
        )
        .fetch_all(&mut *self.tx)
        .await?;
        for row in rows {
            let end = chain("trainee", row.entries, &row.head)?;
            all.entry(row.trainee).or_default().standing = Some((row.partition, row.standing, end));
        }
        Ok(())
    }

    async fn add_platforms(
        &mut self,
        trainees: &[String],
        all: &mut BTreeMap<String, Derived>,
    ) -> Result<(), StoreError> {
        let rows =
            sqlx::query!("select trainee, platform from trainee_platform where trainee = any($1)", trainees)
                .fetch_all(&mut *self.tx)
                .await?;
        for row in rows {
            all.entry(row.trainee).or_default().platforms.insert(row.platform);
        }
        Ok(())
    }

    async fn add_repeats(
        &mut self,
        trainees: &[String],
        all: &mut BTreeMap<String, Derived>,
    ) -> Result<(), StoreError> {
        let rows = sqlx::query!(
            "select trainee, seq, first_seq, changed from repeat where trainee = any($1)",
            trainees
        )
        .fetch_all(&mut *self.tx)
        .await?;
        for row in rows {
            all.entry(row.trainee).or_default().repeats.insert(row.seq, (row.first_seq, row.changed));
        }
        Ok(())
    }

    async fn add_courses(
        &mut self,
        trainees: &[String],
        all: &mut BTreeMap<String, Derived>,
    ) -> Result<(), StoreError> {
        let rows = sqlx::query!(
            "select trainee, course, verified_seconds, unique_seconds, class_hours, studied, assessed
             from course_record where trainee = any($1)",
            trainees
        )
        .fetch_all(&mut *self.tx)
        .await?;
        for row in rows {
            let line = CourseRow {
                verified_seconds: row.verified_seconds,
                unique_seconds: row.unique_seconds,
                class_hours: row.class_hours,
                studied: row.studied,
                assessed: row.assessed,
            };
            all.entry(row.trainee).or_default().courses.insert(unescape(&row.course), line);
        }
        Ok(())
    }

    async fn add_completions(
        &mut self,
        trainees: &[String],
        all: &mut BTreeMap<String, Derived>,
    ) -> Result<(), StoreError> {
        let rows = sqlx::query!(
            "select trainee, course, completed_at, studied_at, assessed_at, first_counted_at, evidence
             from completion where trainee = any($1)",
            trainees
        )
        .fetch_all(&mut *self.tx)
        .await?;
        for row in rows {
            let made = Completion {
                completed_at: Millis(row.completed_at),
                studied_at: Millis(row.studied_at),
                assessed_at: Millis(row.assessed_at),
                first_counted_at: Millis(row.first_counted_at),
                evidence: row.evidence.into_iter().map(|seq| seq as u64).collect(),
            };
            all.entry(row.trainee).or_default().completions.insert(unescape(&row.course), made);
        }
        Ok(())
    }

    async fn add_flags(
        &mut self,
        trainees: &[String],
        all: &mut BTreeMap<String, Derived>,
    ) -> Result<(), StoreError> {
        let rows = sqlx::query!("select trainee, flag, level from flag where trainee = any($1)", trainees)
            .fetch_all(&mut *self.tx)
            .await?;
        for row in rows {
            all.entry(row.trainee).or_default().flags.insert(row.flag, row.level);
        }
        Ok(())
    }

    /// Trainees of a partition.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trainees_in(&mut self, partition: i16) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!("select trainee from trainee where partition = $1", partition)
            .fetch_all(&mut *self.tx)
            .await?)
    }

    /// Some trainees, drawn by chance.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn some_trainees(&mut self, count: i64) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!("select trainee from trainee order by random() limit $1", count)
            .fetch_all(&mut *self.tx)
            .await?)
    }

    /// Whoever has rows of any kind and no standing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn strays(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select s.trainee as "trainee!" from (
                   select trainee from trail union select trainee from trainee_platform union select trainee from repeat
                   union select trainee from course_record union select trainee from completion union select trainee from flag) s
               where not exists (select 1 from trainee t where t.trainee = s.trainee) order by 1"#
        )
        .fetch_all(&mut *self.tx)
        .await?)
    }
}
