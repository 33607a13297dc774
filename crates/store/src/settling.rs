//! What the settlement worker reads and writes: page by page, one worker at a time.

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::types::Uuid;
use sqlx::types::chrono::NaiveDate;
use sqlx::{Postgres, Transaction};

use crate::batch::{FactRow, insert_facts};
use crate::connect::Store;
use crate::error::StoreError;
use crate::text::{escape, unescape};

/// One advisory lock for all who draft: rules over several claims of one trainee need all of them.
const SETTLING_LOCK: i64 = 0x6b65_7368_6902;

/// A completed (or, before a job, studied) course without a claim.
#[derive(Clone, Debug)]
pub struct OpenStudy {
    /// Who.
    pub trainee: String,
    /// Which course.
    pub course: String,
    /// What its claim would rest on.
    pub fingerprint: String,
}

/// A certificate without a claim.
#[derive(Clone, Debug)]
pub struct OpenCertificate {
    /// Whose.
    pub trainee: String,
    /// Its registry row.
    pub body: Value,
    /// Of the completion of its course; empty: there is none.
    pub fingerprint: String,
}

/// What the record says of a completed course.
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
}

/// A claim of a trainee, as rules see it.
#[derive(Clone, Debug)]
pub struct TraineeClaim {
    /// Its id.
    pub claim: Uuid,
    /// Whose.
    pub trainee: String,
    /// Which scheme.
    pub scheme: String,
    /// Which course; empty without one.
    pub course: String,
    /// Which certificate.
    pub certificate: Option<String>,
    /// Which trade.
    pub specialty: Option<String>,
    /// Which level.
    pub level: Option<String>,
    /// Where it stands.
    pub state: String,
    /// How much.
    pub amount_yuan: Decimal,
}

/// What a claim was drafted on.
#[derive(Clone, Debug)]
pub struct ClaimToJudge {
    /// Whose.
    pub trainee: String,
    /// Which scheme.
    pub scheme: String,
    /// Which course; empty without one.
    pub course: String,
    /// Which certificate.
    pub certificate: Option<String>,
    /// Of the completion when it was drafted; empty: it rests on none.
    pub fingerprint: String,
    /// How much.
    pub amount_yuan: Decimal,
    /// Who is paid; none: the trainee.
    pub payee: Option<String>,
    /// Who pays.
    pub district: String,
    /// The certificate's registry row now; none: it was taken back.
    pub body: Option<Value>,
    /// Whether the read model has a record of this study.
    pub recorded: bool,
}

/// A claim to draft.
#[derive(Clone, Debug)]
pub struct DraftClaim {
    /// As other claims' rules see it.
    pub claim: TraineeClaim,
    /// `course/<id>` or `certificate/<number>`.
    pub subject: String,
    /// Who hands it in.
    pub provider: String,
    /// Who is paid; none: the trainee.
    pub payee: Option<String>,
    /// Who pays.
    pub district: String,
    /// The pack's id.
    pub pack: String,
    /// The pack's hash.
    pub pack_sha256: String,
    /// JSON: rule by rule.
    pub derivation: String,
    /// JSON: what a roster shows.
    pub sheet: String,
    /// Of the completion.
    pub fingerprint: String,
    /// The completion's or the certificate's day.
    pub completed_on: Option<NaiveDate>,
    /// Whom its draft tells.
    pub fact: FactRow,
}

/// Why there is no claim (yet).
#[derive(Clone, Debug)]
pub struct Note {
    /// Who.
    pub trainee: String,
    /// `course/<id>` or `certificate/<number>`.
    pub subject: String,
    /// Which course; empty without one.
    pub course: String,
    /// Which scheme was asked.
    pub scheme: String,
    /// `waits`, `refused` or `referred`.
    pub verdict: &'static str,
    /// JSON: rule by rule.
    pub derivation: String,
    /// Of the completion.
    pub fingerprint: String,
}

/// The one worker that drafts now: a transaction under the lock.
#[derive(Debug)]
pub struct Settling {
    tx: Transaction<'static, Postgres>,
}

fn columns<R, T>(rows: &[R], of: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

impl Store {
    /// Waits until no other worker drafts, and begins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settling(&self) -> Result<Settling, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("select pg_advisory_xact_lock($1)", SETTLING_LOCK).execute(&mut *tx).await?;
        Ok(Settling { tx })
    }

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
            r#"select g.key, g.body, split_part(g.key, '/', 1) as "trainee!",
                      coalesce(concat_ws(',', c.completed_at, c.studied_at, c.assessed_at, c.first_counted_at), '') as "fingerprint!"
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
        let open = rows.into_iter().map(|row| {
            let certificate =
                OpenCertificate { trainee: row.trainee, body: row.body, fingerprint: row.fingerprint };
            (row.key, certificate)
        });
        Ok(open.collect())
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
            r#"select s.trainee as "trainee!", s.course as "course!", s.fingerprint as "fingerprint!"
               from (select c.trainee, c.course,
                            concat_ws(',', c.completed_at, c.studied_at, c.assessed_at, c.first_counted_at) as fingerprint
                     from completion c where c.course <> all($3)
                     union all
                     select r.trainee, r.course, 'studied' from course_record r where r.studied and r.course = any($3)) s
               left join keshi.unclaimed u on u.trainee = s.trainee and u.subject = 'course/' || s.course
               where (s.trainee, s.course) > ($1, $2)
                 and (u.trainee is null or u.stale or u.fingerprint <> s.fingerprint)
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

    /// What the record says of these (trainee, course).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn studies(&self, keys: &[(String, String)]) -> Result<Vec<StudyRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select r.trainee, r.course, c.completed_at as "completed_at?", c.studied_at as "studied_at?",
                      c.assessed_at as "assessed_at?", c.first_counted_at as "first_counted_at?", c.evidence as "evidence?",
                      r.verified_seconds, r.class_hours
               from unnest($1::text[], $2::text[]) as k(trainee, course)
               join course_record r on r.trainee = k.trainee and r.course = k.course
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

    /// What a claim rests on, to be judged again. `None`: there is no such claim.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_to_judge(&self, claim: Uuid) -> Result<Option<ClaimToJudge>, StoreError> {
        let row = sqlx::query_as!(
            ClaimToJudge,
            r#"select k.trainee, k.scheme, k.course, k.certificate, k.fingerprint, k.amount_yuan, k.payee, k.district,
                      (select g.body from keshi.registry g where g.kind = 'certificate' and split_part(g.key, '/', 1) = k.trainee
                       and g.body ->> 'certificate' = k.certificate) as body,
                      exists (select 1 from course_record r where r.trainee = k.trainee and r.course = k.course) as "recorded!"
               from keshi.claim k where k.claim = $1"#,
            claim
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| ClaimToJudge { course: unescape(&row.course), ..row }))
    }

    /// The claims of a trainee that were drafted before this one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claims_before(&self, claim: Uuid) -> Result<Vec<TraineeClaim>, StoreError> {
        let rows = sqlx::query_as!(
            TraineeClaim,
            "select k.claim, k.trainee, k.scheme, k.course, k.certificate, k.specialty, k.level, k.state, k.amount_yuan
             from keshi.claim k join keshi.claim own on own.trainee = k.trainee
             where own.claim = $1 and (k.drafted_at, k.claim) < (own.drafted_at, own.claim) order by k.drafted_at, k.claim",
            claim
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| TraineeClaim { course: unescape(&row.course), ..row }).collect())
    }

    /// Raises an adjustment of a claim, with its hold. Says whether it stops the claim: an official who released its hold
    /// has decided that the claim goes on all the same.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise_adjustment(
        &self,
        claim: Uuid,
        was: &str,
        now_is: &str,
        why: &str,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("select claim from keshi.claim where claim = $1 for update", claim)
            .fetch_optional(&mut *tx)
            .await?;
        sqlx::query!(
            "with raised as (insert into keshi.adjustment (claim, was, now_is) values ($1, $2, $3)
                             on conflict do nothing returning claim, now_is)
             insert into keshi.claim_mark (claim, key, held, who, why)
             select claim, 'adjustment/' || now_is, true, 'keshi', $4 from raised",
            claim,
            was,
            now_is,
            why
        )
        .execute(&mut *tx)
        .await?;
        let held = sqlx::query_scalar!(
            "select held from keshi.claim_mark where claim = $1 and key = 'adjustment/' || $2::text order by number desc limit 1",
            claim,
            now_is
        )
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(held.unwrap_or(true))
    }

    /// Referrals to the social-insurance agency of these trainees: (trainee, subject).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn referrals(&self, trainees: &[String]) -> Result<Vec<(String, String)>, StoreError> {
        let rows =
            sqlx::query!("select trainee, subject from keshi.referral where trainee = any($1)", trainees)
                .fetch_all(self.pool())
                .await?;
        Ok(rows.into_iter().map(|row| (row.trainee, row.subject)).collect())
    }
}

impl Settling {
    /// Marks what may have changed since settlement last looked: all notes when something changed that touches everybody,
    /// or the packs did; those of the trainees named otherwise.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn follow_register(&mut self, packs: &str) -> Result<(), StoreError> {
        let tx = &mut self.tx;
        let seen =
            sqlx::query!("select register_number, packs from keshi.settled").fetch_one(&mut **tx).await?;
        let last = sqlx::query_scalar!("select max(number) from keshi.register").fetch_one(&mut **tx).await?;
        let last = last.unwrap_or(0);
        if last == seen.register_number && packs == seen.packs {
            return Ok(());
        }
        let touches_all = sqlx::query_scalar!(
            r#"select exists (select 1 from keshi.register where number > $1 and number <= $2
                 and kind not in ('trainee', 'enrolment', 'contract', 'insurance', 'evaluation', 'practical', 'certificate', 'benefit', 'approval')) as "all!""#,
            seen.register_number,
            last
        )
        .fetch_one(&mut **tx)
        .await?;
        sqlx::query!(
            "update keshi.unclaimed set stale = true where not stale and ($1 or trainee in
                 (select split_part(key, '/', 1) from keshi.register where number > $2 and number <= $3))",
            touches_all || packs != seen.packs,
            seen.register_number,
            last
        )
        .execute(&mut **tx)
        .await?;
        sqlx::query!("update keshi.settled set register_number = $1, packs = $2", last, packs)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    /// All claims of these trainees.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claims_of(&mut self, trainees: &[String]) -> Result<Vec<TraineeClaim>, StoreError> {
        let rows = sqlx::query_as!(
            TraineeClaim,
            "select claim, trainee, scheme, course, certificate, specialty, level, state, amount_yuan
             from keshi.claim where trainee = any($1) order by drafted_at, claim",
            trainees
        )
        .fetch_all(&mut *self.tx)
        .await?;
        Ok(rows.into_iter().map(|row| TraineeClaim { course: unescape(&row.course), ..row }).collect())
    }

    /// Drafts claims, each once, with their first steps and facts; notes the others. A claim that is there already, rejected
    /// or withdrawn, or whose certificate is another's, is noted as refused. Says how many were drafted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write(&mut self, drafts: &[DraftClaim], notes: &[Note]) -> Result<u64, StoreError> {
        let made = self.insert_claims(drafts).await?;
        let (told, left): (Vec<&DraftClaim>, Vec<&DraftClaim>) =
            drafts.iter().partition(|draft| made.contains(&draft.claim.claim));
        let mut notes = notes.to_vec();
        notes.extend(left.into_iter().map(|draft| Note {
            trainee: draft.claim.trainee.clone(),
            subject: draft.subject.clone(),
            course: draft.claim.course.clone(),
            scheme: draft.claim.scheme.clone(),
            verdict: "refused",
            derivation: r#"{"waits_for": "该申请已被拒绝或撤回，或证书已用于他人申请 / its claim was rejected or withdrawn, or the certificate funds another's"}"#.to_owned(),
            fingerprint: draft.fingerprint.clone(),
        }));
        self.insert_notes(&notes).await?;
        let facts: Vec<FactRow> = told.into_iter().map(|draft| draft.fact.clone()).collect();
        insert_facts(&mut self.tx, &facts).await?;
        Ok(made.len() as u64)
    }

    async fn insert_claims(&mut self, drafts: &[DraftClaim]) -> Result<HashSet<Uuid>, StoreError> {
        if drafts.is_empty() {
            return Ok(HashSet::new());
        }
        let made = sqlx::query_scalar!(
            "insert into keshi.claim (claim, scheme, trainee, course, certificate, specialty, level, state, amount_yuan,
                 subject, provider, payee, district, pack, pack_sha256, derivation, sheet, fingerprint, completed_on)
             select d.claim, d.scheme, d.trainee, d.course, d.certificate, d.specialty, d.level, 'drafted', d.amount,
                 d.subject, d.provider, d.payee, d.district, d.pack, d.sha, d.derivation, d.sheet, d.fingerprint, d.day
             from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::numeric[], $9::text[],
                         $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::date[])
                 as d(claim, scheme, trainee, course, certificate, specialty, level, amount, subject,
                      provider, payee, district, pack, sha, derivation, sheet, fingerprint, day)
             on conflict do nothing returning claim",
            &columns(drafts, |d| d.claim.claim),
            &columns(drafts, |d| d.claim.scheme.clone()),
            &columns(drafts, |d| d.claim.trainee.clone()),
            &columns(drafts, |d| escape(&d.claim.course).into_owned()),
            &columns(drafts, |d| d.claim.certificate.clone()) as &[Option<String>],
            &columns(drafts, |d| d.claim.specialty.clone()) as &[Option<String>],
            &columns(drafts, |d| d.claim.level.clone()) as &[Option<String>],
            &columns(drafts, |d| d.claim.amount_yuan),
            &columns(drafts, |d| escape(&d.subject).into_owned()),
            &columns(drafts, |d| d.provider.clone()),
            &columns(drafts, |d| d.payee.clone()) as &[Option<String>],
            &columns(drafts, |d| d.district.clone()),
            &columns(drafts, |d| d.pack.clone()),
            &columns(drafts, |d| d.pack_sha256.clone()),
            &columns(drafts, |d| d.derivation.clone()),
            &columns(drafts, |d| d.sheet.clone()),
            &columns(drafts, |d| d.fingerprint.clone()),
            &columns(drafts, |d| d.completed_on) as &[Option<NaiveDate>],
        )
        .fetch_all(&mut *self.tx)
        .await?;
        sqlx::query!(
            "insert into keshi.claim_step (claim, number, step, from_state, to_state, who, why, amount_yuan, at, hash)
             select k.claim, 1, 'draft', null, 'drafted', 'keshi', 'drafted by the settlement worker', k.amount_yuan, k.drafted_at,
                    keshi.step_hash(null, k.claim, 1, 'draft', null, 'drafted', 'keshi', 'drafted by the settlement worker', k.amount_yuan, k.drafted_at)
             from keshi.claim k where k.claim = any($1)",
            &made
        )
        .execute(&mut *self.tx)
        .await?;
        sqlx::query!(
            "delete from keshi.unclaimed u using unnest($1::text[], $2::text[]) as d(trainee, subject)
             where u.trainee = d.trainee and u.subject = d.subject",
            &columns(drafts, |d| d.claim.trainee.clone()),
            &columns(drafts, |d| escape(&d.subject).into_owned())
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(made.into_iter().collect())
    }

    async fn insert_notes(&mut self, notes: &[Note]) -> Result<(), StoreError> {
        if notes.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "insert into keshi.unclaimed (trainee, subject, course, scheme, verdict, derivation, fingerprint)
             select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
             on conflict (trainee, subject) do update set scheme = excluded.scheme, verdict = excluded.verdict,
                 derivation = excluded.derivation, fingerprint = excluded.fingerprint, stale = false, noted_at = now()",
            &columns(notes, |n| n.trainee.clone()),
            &columns(notes, |n| escape(&n.subject).into_owned()),
            &columns(notes, |n| escape(&n.course).into_owned()),
            &columns(notes, |n| n.scheme.clone()),
            &columns(notes, |n| n.verdict.to_owned()),
            &columns(notes, |n| n.derivation.clone()),
            &columns(notes, |n| n.fingerprint.clone()),
        )
        .execute(&mut *self.tx)
        .await?;
        let referred: Vec<&Note> = notes.iter().filter(|note| note.verdict == "referred").collect();
        sqlx::query!(
            "insert into keshi.referral (trainee, subject, derivation)
             select * from unnest($1::text[], $2::text[], $3::text[]) on conflict do nothing",
            &columns(&referred, |n| n.trainee.clone()),
            &columns(&referred, |n| escape(&n.subject).into_owned()),
            &columns(&referred, |n| n.derivation.clone())
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Raises an adjustment, and a hold with it, for each live claim whose completion is another one now, or gone. Says
    /// how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise_adjustments(&mut self) -> Result<u64, StoreError> {
        let raised = sqlx::query!(
            "with changed as (
                 select k.claim, k.fingerprint as was,
                        case when k.fingerprint = 'studied' then case when r.studied then 'studied' else '' end
                             else coalesce(concat_ws(',', c.completed_at, c.studied_at, c.assessed_at, c.first_counted_at), '') end as now_is
                 from keshi.claim k
                 left join completion c on c.trainee = k.trainee and c.course = k.course
                 left join course_record r on r.trainee = k.trainee and r.course = k.course
                 where k.fingerprint <> '' and k.state not in ('rejected', 'withdrawn')),
             raised as (
                 insert into keshi.adjustment (claim, was, now_is)
                 select claim, was, now_is from changed where was <> now_is
                 on conflict do nothing returning claim, now_is)
             insert into keshi.claim_mark (claim, key, held, who, why)
             select claim, 'adjustment/' || now_is, true, 'keshi', 'the completion changed after the claim was drafted' from raised"
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(raised.rows_affected())
    }

    /// Keeps it all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await?;
        Ok(())
    }
}
