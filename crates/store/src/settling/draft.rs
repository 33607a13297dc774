//! Claims as they are drafted, and notes of what makes none.

use std::collections::HashSet;

use rust_decimal::Decimal;
use sqlx::types::Uuid;
use sqlx::types::chrono::NaiveDate;

use super::{Settling, columns};
use crate::batch::{FactRow, insert_facts};
use crate::error::StoreError;
use crate::text::{escape, unescape};

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
    /// How much, less what was claimed back.
    pub amount_yuan: Decimal,
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
    /// The moments of the study that it rests on; empty: it rests on none.
    pub fingerprint: String,
    /// The print of the record that it was judged by.
    pub seen: String,
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
    /// The print of the record that it was judged by.
    pub seen: String,
    /// For which trade.
    pub specialty: Option<String>,
    /// For which level.
    pub level: Option<String>,
    /// By which pack.
    pub pack: String,
}

impl Settling {
    /// All claims of these trainees, in the order in which they were drafted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claims_of(&mut self, trainees: &[String]) -> Result<Vec<TraineeClaim>, StoreError> {
        let rows = sqlx::query_as!(
            TraineeClaim,
            r#"select k.claim, k.trainee, k.scheme, k.course, k.certificate, k.specialty, k.level, k.state,
                      k.amount_yuan - coalesce((select sum(s.amount_yuan) from keshi.claim_step s
                                                where s.claim = k.claim and s.step = 'claw-back'), 0) as "amount_yuan!"
               from keshi.claim k where k.trainee = any($1) order by k.drafted_at, k.claim"#,
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
            seen: draft.seen.clone(),
            specialty: draft.claim.specialty.clone(),
            level: draft.claim.level.clone(),
            pack: draft.pack.clone(),
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
                 subject, provider, payee, district, pack, pack_sha256, derivation, sheet, fingerprint, seen, completed_on)
             select d.claim, d.scheme, d.trainee, d.course, d.certificate, d.specialty, d.level, 'drafted', d.amount,
                 d.subject, d.provider, d.payee, d.district, d.pack, d.sha, d.derivation, d.sheet, d.fingerprint, d.seen, d.day
             from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::numeric[], $9::text[],
                         $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::date[])
                 as d(claim, scheme, trainee, course, certificate, specialty, level, amount, subject,
                      provider, payee, district, pack, sha, derivation, sheet, fingerprint, seen, day)
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
            &columns(drafts, |d| d.seen.clone()),
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
            &columns(notes, |n| n.seen.clone()),
        )
        .execute(&mut *self.tx)
        .await?;
        let referred: Vec<&Note> = notes.iter().filter(|note| note.verdict == "referred").collect();
        sqlx::query!(
            "insert into keshi.referral (trainee, subject, derivation, specialty, level, pack)
             select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) on conflict do nothing",
            &columns(&referred, |n| n.trainee.clone()),
            &columns(&referred, |n| escape(&n.subject).into_owned()),
            &columns(&referred, |n| n.derivation.clone()),
            &columns(&referred, |n| n.specialty.clone()) as &[Option<String>],
            &columns(&referred, |n| n.level.clone()) as &[Option<String>],
            &columns(&referred, |n| n.pack.clone())
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}
