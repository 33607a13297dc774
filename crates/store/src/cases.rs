//! The case book as officials work through it: each case within a scope, and decisions by whoever has the right.

use keshi_account::{Actor, Role, Scope};
use serde_json::Value;

use crate::connect::Store;
use crate::error::StoreError;
use crate::findings::{CaseRow, FindingRow};
use crate::text::unescape;

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

/// Which cases are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct CasesWanted<'a> {
    /// `info`, `review` or `hold`.
    pub level: Option<&'a str>,
    /// `open`, `confirmed` or `dismissed`.
    pub state: Option<&'a str>,
    /// About this trainee.
    pub trainee: Option<&'a str>,
    /// This one alone.
    pub flag: Option<&'a str>,
    /// After this place.
    pub after: Option<&'a CasePlace>,
}

/// Where a case stands in the order of the queue: the weightiest first, then the oldest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CasePlace {
    /// 0 hold, 1 review, 2 info.
    pub weight: i32,
    /// Beginning of what was found, ms.
    pub from_ms: i64,
    /// The case's id.
    pub flag: String,
}

impl std::fmt::Display for CasePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.weight, self.from_ms, self.flag)
    }
}

impl CasePlace {
    /// The place that [`Display`](std::fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<CasePlace> {
        let mut parts = text.splitn(3, '.');
        let (weight, from_ms, flag) = (parts.next()?, parts.next()?, parts.next()?);
        Some(CasePlace {
            weight: weight.parse().ok()?,
            from_ms: from_ms.parse().ok()?,
            flag: flag.to_owned(),
        })
    }
}

/// A case as a scope sees it. What it says of others is left out: their ids, their events, and the sentence that names them.
#[derive(Clone, Debug)]
pub struct CaseSeen {
    /// The case, with the people and the evidence within the scope.
    pub case: CaseRow,
    /// How many more people it is about.
    pub others: usize,
    /// Where it stands in the queue.
    pub place: CasePlace,
}

/// How many cases there are of a level in a state.
#[derive(Clone, Debug)]
pub struct CaseCount {
    /// `info`, `review` or `hold`.
    pub level: String,
    /// `open`, `confirmed` or `dismissed`.
    pub state: String,
    /// How many.
    pub cases: i64,
}

/// What can be decided about a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it looks.
    Confirm,
    /// There is a good explanation.
    Dismiss,
    /// It is to be looked at again.
    Reopen,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Verdict; 3] = [Verdict::Confirm, Verdict::Dismiss, Verdict::Reopen];

    /// The word of the command and of forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Confirm => "confirm",
            Verdict::Dismiss => "dismiss",
            Verdict::Reopen => "reopen",
        }
    }

    /// The Chinese word.
    pub fn chinese(self) -> &'static str {
        match self {
            Verdict::Confirm => "认定",
            Verdict::Dismiss => "排除",
            Verdict::Reopen => "重新打开",
        }
    }

    /// The one of a word.
    pub fn parse(word: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// What is stored.
    fn stored(self) -> &'static str {
        match self {
            Verdict::Confirm => "confirmed",
            Verdict::Dismiss => "dismissed",
            Verdict::Reopen => "reopened",
        }
    }

    /// The states from which it can be decided.
    pub fn from_states(self) -> &'static [&'static str] {
        match self {
            Verdict::Confirm | Verdict::Dismiss => &["open"],
            Verdict::Reopen => &["confirmed", "dismissed"],
        }
    }
}

/// Why a case was not decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The role has no right to it.
    #[error("C101: {0} may not decide: a district or city official does / 无权处理，由区县或市办理")]
    NotYours(String),
    /// No reason was given.
    #[error("C102: a reason must be given / 须说明理由")]
    NoReason,
    /// Not there, or of other people.
    #[error("C103: there is no such case within your scope / 没有该标记，或不在您的范围内")]
    NoCase,
    /// People of other districts, or no people at all.
    #[error(
        "C104: the case is about others than your district's people: the city decides / 涉及其他区县的学员，由市处理"
    )]
    TheCitys,
    /// It stands elsewhere by now.
    #[error("C105: the case is {0} now / 该标记的状态已改变")]
    Elsewhere(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
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
                 and ($1::text is null or exists (select 1 from keshi.resident p where p.trainee = f.trainee and p.district = $1))
                 and ($2::text is null or exists (
                       select 1 from course_record c join keshi.offered k on k.course = c.course where c.trainee = f.trainee and k.provider = $2))
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

    /// Cases within a scope, the weightiest first, then the oldest: those about somebody whom it reaches, or about its own
    /// platform or course.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases_within(
        &self,
        scope: &Scope,
        wanted: CasesWanted<'_>,
        limit: i64,
    ) -> Result<Vec<CaseSeen>, StoreError> {
        let after = wanted.after;
        let rows = sqlx::query!(
            r#"with c as (
                   select f.*, case f.level when 'hold' then 0 when 'review' then 1 else 2 end as weight,
                          coalesce(nullif((select decision from keshi.finding_decision d where d.flag = f.flag order by d.number desc limit 1), 'reopened'), 'open') as state,
                          array(select p.trainee from unnest(f.people) with ordinality as p(trainee, place)
                                where ($1::text is null or exists (select 1 from keshi.resident r where r.trainee = p.trainee and r.district = $1))
                                  and ($2::text is null or exists (
                                        select 1 from course_record r join keshi.offered k on k.course = r.course where r.trainee = p.trainee and k.provider = $2))
                                order by p.place) as own
                   from keshi.finding f
                   where ($3::text is null or f.level = $3) and ($5::text is null or f.people @> array[$5]) and ($6::text is null or f.flag = $6))
               select c.flag, c.kind, c.level, c.people, c.own as "own!", c.platform, c.course, c.from_ms, c.to_ms, c.chinese, c.english,
                      c.evidence, c.state as "state!", c.weight as "weight!"
               from c
               where (($1::text is null and $2::text is null) or cardinality(c.own) > 0
                      or ($2::text is not null and cardinality(c.people) = 0 and (c.platform = $2 or exists (select 1 from keshi.offered k where k.course = c.course and k.provider = $2))))
                 and ($2::text is null or ((c.platform is null or c.platform = $2) and (c.course is null or exists (select 1 from keshi.offered k where k.course = c.course and k.provider = $2))))
                 and ($4::text is null or c.state = $4)
                 and ($7::int is null or (c.weight, c.from_ms, c.flag) > ($7, $8::bigint, $9::text))
               order by c.weight, c.from_ms, c.flag limit $10"#,
            scope.district(),
            scope.provider(),
            wanted.level,
            wanted.state,
            wanted.trainee,
            wanted.flag,
            after.map(|after| after.weight),
            after.map_or(0, |after| after.from_ms),
            after.map_or("", |after| after.flag.as_str()),
            limit
        )
        .fetch_all(self.pool())
        .await?;
        let seen = rows.into_iter().map(|row| {
            let others = row.people.len() - row.own.len();
            let whole = others == 0;
            let tell = |text: &str| if whole { unescape(text) } else { String::new() };
            CaseSeen {
                place: CasePlace { weight: row.weight, from_ms: row.from_ms, flag: row.flag.clone() },
                others,
                case: CaseRow {
                    finding: FindingRow {
                        chinese: tell(&row.chinese),
                        english: tell(&row.english),
                        evidence: if whole { row.evidence } else { of_own(&row.evidence, &row.own) },
                        flag: row.flag,
                        kind: row.kind,
                        level: row.level,
                        people: row.own,
                        platform: row.platform,
                        course: row.course.map(|course| unescape(&course)),
                        from_ms: row.from_ms,
                        to_ms: row.to_ms,
                    },
                    state: row.state,
                },
            }
        });
        Ok(seen.collect())
    }

    /// One case, if the scope reaches it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case_within(&self, scope: &Scope, flag: &str) -> Result<Option<CaseSeen>, StoreError> {
        let wanted = CasesWanted { flag: Some(flag), ..CasesWanted::default() };
        Ok(self.cases_within(scope, wanted, 1).await?.pop())
    }

    /// How many cases a scope has, by level and state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case_counts(&self, scope: &Scope) -> Result<Vec<CaseCount>, StoreError> {
        Ok(sqlx::query_as!(
            CaseCount,
            r#"select c.level, c.state as "state!", count(*) as "cases!" from (
                   select f.level, coalesce(nullif((select decision from keshi.finding_decision d where d.flag = f.flag order by d.number desc limit 1), 'reopened'), 'open') as state
                   from keshi.finding f
                   where ($1::text is null or exists (
                            select 1 from unnest(f.people) p(trainee) join keshi.registry r on r.kind = 'trainee' and r.key = p.trainee
                            where r.body ->> 'district' = $1))
                     and ($2::text is null or (
                            (f.platform is null or f.platform = $2)
                            and (f.course is null or exists (select 1 from keshi.offered k where k.course = f.course and k.provider = $2))
                            and (exists (
                                  select 1 from unnest(f.people) p(trainee) join course_record r on r.trainee = p.trainee
                                  join keshi.registry k on k.kind = 'course' and k.key = r.course
                                  where k.body ->> 'provider' = $2)
                                 or (cardinality(f.people) = 0 and (f.platform is not null or f.course is not null)))))) c
               group by 1, 2 order by 1, 2"#,
            scope.district(),
            scope.provider()
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// Decides about a case: a district about its own people, the city about all.
    ///
    /// # Errors
    /// [`DecideError`]; then nothing has changed.
    pub async fn decide_case(
        &self,
        actor: &Actor,
        flag: &str,
        verdict: Verdict,
        why: &str,
    ) -> Result<(), DecideError> {
        if !matches!(actor.role(), Role::District | Role::City) {
            return Err(DecideError::NotYours(actor.name().to_owned()));
        }
        if why.trim().is_empty() {
            return Err(DecideError::NoReason);
        }
        let seen = self.case_within(actor.scope(), flag).await?.ok_or(DecideError::NoCase)?;
        if seen.others > 0 {
            return Err(DecideError::TheCitys);
        }
        if self.decide(flag, verdict.from_states(), verdict.stored(), actor.name(), why).await? {
            return Ok(());
        }
        let now = self.case_within(actor.scope(), flag).await?.ok_or(DecideError::NoCase)?;
        Err(DecideError::Elsewhere(now.case.state))
    }
}

/// Those exhibits of a case that are of these people.
fn of_own(evidence: &str, own: &[String]) -> String {
    let all: Vec<Value> = serde_json::from_str(evidence).unwrap_or_default();
    let is_own = |exhibit: &&Value| {
        exhibit["trainee"].as_str().is_some_and(|trainee| own.iter().any(|one| one == trainee))
    };
    Value::from_iter(all.iter().filter(is_own).cloned()).to_string()
}
