//! Findings of the attendance checks, and officials' decisions about them.

use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{Postgres, Transaction};

use crate::connect::Store;
use crate::error::StoreError;
use crate::text::unescape;

/// Something that looks wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// Made from what it says.
    pub flag: String,
    /// What.
    pub kind: String,
    /// `info`, `review` or `hold`.
    pub level: String,
    /// About whom.
    pub people: Vec<String>,
    /// About which platform.
    pub platform: Option<String>,
    /// In which course.
    pub course: Option<String>,
    /// First moment that it is about, ms.
    pub from_ms: i64,
    /// Last moment that it is about, ms.
    pub to_ms: i64,
    /// What happened.
    pub chinese: String,
    /// The same in English.
    pub english: String,
    /// JSON: the events.
    pub evidence: String,
}

/// A finding with where it stands.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// What was found.
    pub finding: FindingRow,
    /// `open`, `confirmed` or `dismissed`.
    pub state: String,
}

/// A decision.
#[derive(Clone, Debug)]
pub struct DecisionRow {
    /// `confirmed`, `dismissed` or `reopened`.
    pub decision: String,
    /// Who decided.
    pub who: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: DateTime<Utc>,
}

type Tx = Transaction<'static, Postgres>;

/// Any two looks, and any decision, happen one after the other.
const CASE_BOOK: i64 = 0x6b65_7368_6966;

impl Store {
    /// Findings of one level and state, or any; the weightiest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases(
        &self,
        level: Option<&str>,
        state: Option<&str>,
        trainee: Option<&str>,
        limit: i64,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select f.flag, f.kind, f.level, f.people, f.platform, f.course, f.from_ms, f.to_ms, f.chinese, f.english, f.evidence,
                      coalesce(nullif(d.decision, 'reopened'), 'open') as "state!"
               from keshi.finding f
               left join lateral (select decision from keshi.finding_decision d where d.flag = f.flag order by d.number desc limit 1) d on true
               where ($1::text is null or f.level = $1)
                 and ($2::text is null or coalesce(nullif(d.decision, 'reopened'), 'open') = $2)
                 and ($3::text is null or f.people @> array[$3])
               order by case f.level when 'hold' then 0 when 'review' then 1 else 2 end, f.from_ms, f.flag limit $4"#,
            level,
            state,
            trainee,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| CaseRow {
                finding: FindingRow {
                    flag: row.flag,
                    kind: row.kind,
                    level: row.level,
                    people: row.people,
                    platform: row.platform,
                    course: row.course.map(|course| unescape(&course)),
                    from_ms: row.from_ms,
                    to_ms: row.to_ms,
                    chinese: unescape(&row.chinese),
                    english: unescape(&row.english),
                    evidence: row.evidence,
                },
                state: row.state,
            })
            .collect())
    }

    /// Findings that hold these trainees' money, not dismissed: (trainee, `flag/<kind>/<id>`), in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holding_findings(&self, trainees: &[String]) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query!(
            r#"select p.trainee as "trainee!", 'flag/' || f.kind || '/' || f.flag as "key!"
               from keshi.finding f cross join unnest(f.people) as p(trainee)
               where f.level = 'hold' and f.people && $1 and p.trainee = any($1)
                 and coalesce((select decision from keshi.finding_decision d where d.flag = f.flag order by number desc limit 1), 'open') <> 'dismissed'
               order by 1, 2"#,
            trainees
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| (row.trainee, row.key)).collect())
    }

    /// What was decided about a finding, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decisions(&self, flag: &str) -> Result<Vec<DecisionRow>, StoreError> {
        Ok(sqlx::query_as!(
            DecisionRow,
            "select decision, who, why, at from keshi.finding_decision where flag = $1 order by number",
            flag
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Notes a decision about a finding, when it stands in one of these states; says whether it did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decide(
        &self,
        flag: &str,
        from: &[&str],
        decision: &str,
        who: &str,
        why: &str,
    ) -> Result<bool, StoreError> {
        let from: Vec<String> = from.iter().map(|state| (*state).to_owned()).collect();
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        let made = sqlx::query!(
            "insert into keshi.finding_decision (flag, decision, who, why)
             select $1, $2, $3, $4
             where exists (select 1 from keshi.finding where flag = $1)
               and coalesce(nullif((select decision from keshi.finding_decision where flag = $1 order by number desc limit 1), 'reopened'), 'open') = any($5)",
            flag,
            decision,
            who,
            why,
            &from
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        let people = sqlx::query_scalar!("select people from keshi.finding where flag = $1", flag)
            .fetch_optional(&mut *tx)
            .await?;
        mark_held(&mut tx, &people.unwrap_or_default()).await?;
        tx.commit().await?;
        Ok(made == 1)
    }
}

pub(crate) async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query!("select pg_advisory_xact_lock($1)", CASE_BOOK).execute(&mut **tx).await?;
    Ok(())
}

/// Marks which of these people a finding that was not dismissed puts under review or holds, beside VT-1's own flags, for
/// whoever reads a record. Settlement asks the findings themselves. Person by person through the index: holding all of them against
/// every finding takes seconds a page.
pub(crate) async fn mark_held(tx: &mut Tx, people: &[String]) -> Result<(), StoreError> {
    let of_the_rule: Vec<String> =
        keshi_record::Flag::ALL.iter().map(|flag| flag.as_str().to_owned()).collect();
    sqlx::query!("delete from flag where trainee = any($2) and flag <> all($1)", &of_the_rule, people)
        .execute(&mut **tx)
        .await?;
    sqlx::query!(
        "insert into flag (trainee, flag, level)
         select p.trainee, f.kind, min(f.level)
         from unnest($2::text[]) as p(trainee)
         cross join lateral (
           select flag, kind, level from keshi.finding
           where people @> array[p.trainee] and level in ('hold', 'review') and kind <> all($1)
           offset 0) f
         where coalesce((select decision from keshi.finding_decision d where d.flag = f.flag order by number desc limit 1), 'open') <> 'dismissed'
         group by p.trainee, f.kind",
        &of_the_rule,
        people
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
